/* test_catalog.c: the catalogs over a simulated disk. */
#include "catalog/ddl.h"
#include "catalog/desc.h"
#include "catalog/name.h"
#include "catalog/row.h"
#include "catalog/sequence.h"
#include "mvcc/txn.h"
#include "runtime/clock.h"
#include "runtime/file.h"
#include "runtime/latch.h"
#include "runtime/sim.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define must ck_assert

static void must_ok(Status status) {
    if (!status_ok(status))
        ck_abort_msg("%s (%s)", status.error->message,
                     status.error->detail ? status.error->detail : "");
}

static void must_fail(Status status, SqlState state, const char *message) {
    must(!status_ok(status));
    ck_assert_str_eq(sqlstate_code(status.error->state), sqlstate_code(state));
    ck_assert_str_eq(status.error->message, message);
    status_free(status);
}

typedef struct World {
    Sim *sim;
    Engine *engine;
    Mvcc *mvcc;
    Catalog *catalog;
    char notices[4096];
} World;

static void open_world(World *world) {
    EngineConfig engine = {.directory = "data",
                           .pool_bytes = 64 << 20,
                           .wal_ring_bytes = 2 * WAL_SEGMENT_BYTES,
                           .wal_depth_max = 2,
                           .tuning.max_wal_bytes = 64 << 20,
                           .extent_pages = 64,
                           .account = mem_root()};
    if (!dir_exists("data"))
        must_ok(dir_create("data"));
    must_ok(dir_sync("."));
    must_ok(engine_open(&engine, &world->engine));
    MvccConfig mvcc = {.engine = world->engine, .account = mem_root()};
    must_ok(mvcc_open(&mvcc, &world->mvcc));
    CatalogConfig config = {.mvcc = world->mvcc, .account = mem_root(), .superuser_name = "chief"};
    bool initialise;
    must_ok(catalog_open(&config, &world->catalog, &initialise));
    if (initialise)
        must_ok(catalog_init_finish(world->catalog));
}

static void close_world(World *world) {
    must_ok(sequence_flush_all(world->catalog));
    catalog_close(world->catalog);
    must_ok(mvcc_close(world->mvcc));
    must_ok(engine_close(world->engine));
}

static void run_world(FiberFn fn) {
    World world = {.sim = sim_create(11)};
    SimResult result = sim_run(world.sim, fn, &world);
    must(result == SIM_DONE);
    sim_destroy(world.sim);
}

static void note(void *arg, const Notice *notice) {
    World *world = arg;
    size_t len = strlen(world->notices);
    snprintf(world->notices + len, sizeof(world->notices) - len, "%s: %s|%s\n", notice->level,
             notice->message, notice->detail ? notice->detail : "");
}

typedef struct Client {
    World *world;
    CatalogSession *session;
    Txn *txn;
    Arena arena;
} Client;

static void connect_to(Client *client, World *world, Oid database, int number) {
    CatalogSessionConfig config = {.database = database,
                                   .role = OID_ROLE_BOOTSTRAP,
                                   .backend_id = number,
                                   .notice = note,
                                   .notice_arg = world};
    client->world = world;
    client->session = catalog_session_open(world->catalog, &config);
    arena_init(&client->arena, mem_root());
}
static void disconnect(Client *client) {
    catalog_session_close(client->session);
    arena_destroy(&client->arena);
}
static void begin(Client *client) {
    must_ok(txn_begin(client->world->mvcc, ISOLATION_READ_COMMITTED, false, false, &client->txn));
    catalog_session_begin(client->session, client->txn);
}
static void commit(Client *client) {
    catalog_session_release(client->session);
    must_ok(txn_commit(client->txn, SYNC_ON));
    catalog_session_begin(client->session, NULL);
}
static void rollback(Client *client) {
    catalog_session_release(client->session);
    must_ok(txn_rollback(client->txn));
    catalog_session_begin(client->session, NULL);
}

static Oid make_table(Client *client, const char *name) {
    static const ColumnSpec columns[] = {
        {.name = "id",
         .type = OID_INT4,
         .typmod = -1,
         .not_null = true,
         .is_local = true,
         .stats_target = -1},
        {.name = "label", .type = OID_TEXT, .typmod = -1, .is_local = true, .stats_target = -1},
        {.name = "spot", .type = OID_POINT, .typmod = -1, .is_local = true, .stats_target = -1},
    };
    RelationSpec spec = {.name = name,
                         .nsp = OID_NAMESPACE_PUBLIC,
                         .owner = OID_ROLE_BOOTSTRAP,
                         .kind = 'r',
                         .persistence = 'p',
                         .columns = columns,
                         .column_count = ARRAY_LEN(columns)};
    Oid oid;
    must_ok(relation_create(client->session, &spec, &oid));
    return oid;
}

static Oid find(Client *client, const char *name) {
    Oid oid;
    must_ok(relation_by_name(client->session, NULL, NULL, name, true, &oid));
    return oid;
}

static const char *describe(Client *client, Oid class_id, Oid object, int32_t sub) {
    const char *text;
    must_ok(object_describe(client->session, &client->arena, object_address(class_id, object, sub),
                            false, &text));
    return text;
}

/* ---- bootstrap ---- */

static void check_counts(Client *c) {
    static const struct {
        Oid catalog;
        size_t least;
    } counts[] = {{PG_PROC, 3200}, {PG_TYPE, 300},   {PG_OPERATOR, 799}, {PG_CAST, 229},
                  {PG_CLASS, 186}, {PG_AMOP, 945},   {PG_AMPROC, 696},   {PG_AGGREGATE, 148},
                  {PG_INDEX, 122}, {PG_DATABASE, 3}, {PG_AUTHID, 13}};
    for (unsigned i = 0; i < ARRAY_LEN(counts); i++) {
        CatalogScan *scan;
        CatalogRow *row;
        size_t n = 0;
        must_ok(catalog_scan_open(c->session, counts[i].catalog, 0, NULL, 0, &c->arena, &scan));
        for (;;) {
            must_ok(catalog_scan_next(scan, &row));
            if (row == NULL)
                break;
            n++;
        }
        catalog_scan_close(scan);
        ck_assert_msg(n >= counts[i].least, "catalog %u has %zu rows", counts[i].catalog, n);
    }
}

static void check_lookups(Client *c) {
    const RelationDesc *rel;
    const ProcDesc *proc;
    const OperatorDesc *oper;
    const RoleDesc *role;
    Oid oid;
    const char *text;
    ck_assert_uint_eq(find(c, "pg_class"), PG_CLASS);
    must_ok(catalog_relation(c->session, PG_CLASS, &rel));
    ck_assert_uint_eq(rel->column_count, PG_CLASS_COLUMN_COUNT);
    ck_assert_uint_eq(rel->index_count, 3);
    must(rel->primary >= 0 && rel->indexes[rel->primary].oid == PG_CLASS_OID_INDEX);
    ck_assert_str_eq(rel->nsp_name, "pg_catalog");
    must(rel->store != 0 && rel->indexes[0].store != 0);
    must(rel->acl != NULL && rel->acl->count == 2);
    must_ok(catalog_proc(c->session, 1242, &proc));
    ck_assert_str_eq(proc->name, "boolin");
    Oid args[2] = {OID_INT4, OID_INT4};
    must_ok(catalog_proc_exact(c->session, NULL, "int4pl", args, 2, &oid));
    ck_assert_uint_eq(oid, 177);
    must_ok(catalog_operator_exact(c->session, NULL, "=", OID_INT4, OID_INT4, &oid));
    ck_assert_uint_eq(oid, 96);
    must_ok(catalog_operator(c->session, 96, &oper));
    ck_assert_uint_eq(oper->code, 65);
    must_ok(catalog_role_by_name(c->session, "chief", &role));
    must(role != NULL && role->superuser && role->oid == OID_ROLE_BOOTSTRAP);
    must_ok(format_type(c->session, &c->arena, OID_VARCHAR_ARRAY, 14, FORMAT_TYPE_TYPMOD, &text));
    ck_assert_str_eq(text, "character varying(10)[]");
    must_ok(format_procedure(c->session, &c->arena, 177, true, false, &text));
    ck_assert_str_eq(text, "int4pl(integer,integer)");
    must_ok(catalog_default_opclass(c->session, OID_AM_BTREE, OID_VARCHAR, &oid));
    ck_assert_uint_eq(oid, OID_OPCLASS_BTREE_TEXT_OPS);
    must_ok(catalog_default_opclass(c->session, OID_AM_BTREE, OID_INT4, &oid));
    ck_assert_uint_eq(oid, 1978);
}

static void bootstrap_main(void *arg) {
    World *world = arg;
    open_world(world);
    Client c;
    connect_to(&c, world, OID_DATABASE_POSTGRES, 1);
    begin(&c);
    check_counts(&c);
    check_lookups(&c);
    commit(&c);
    disconnect(&c);
    close_world(world);
    open_world(world);
    connect_to(&c, world, OID_DATABASE_TEMPLATE0, 1);
    begin(&c);
    check_lookups(&c);
    rollback(&c);
    disconnect(&c);
    close_world(world);
}
START_TEST(bootstrap) { run_world(bootstrap_main); }
END_TEST

/* ---- tables ---- */

static void ddl_main(void *arg) {
    World *world = arg;
    open_world(world);
    Client a, b;
    connect_to(&a, world, OID_DATABASE_POSTGRES, 1);
    connect_to(&b, world, OID_DATABASE_POSTGRES, 2);
    begin(&b);
    ck_assert_uint_eq(find(&b, "t"), 0); /* remembered as absent */
    begin(&a);
    Oid t = make_table(&a, "t");
    must(t >= OID_FIRST_NORMAL);
    ck_assert_uint_eq(find(&a, "t"), t);
    ck_assert_uint_eq(find(&b, "t"), 0);
    must_fail(relation_create(a.session,
                              &(RelationSpec){.name = "t",
                                              .nsp = OID_NAMESPACE_PUBLIC,
                                              .owner = OID_ROLE_BOOTSTRAP,
                                              .kind = 'r',
                                              .persistence = 'p'},
                              &t),
              ERR_DUPLICATE_TABLE, "relation \"t\" already exists");
    rollback(&a);
    begin(&a);
    ck_assert_uint_eq(find(&a, "t"), 0);
    t = make_table(&a, "t");
    commit(&a);
    ck_assert_uint_eq(find(&b, "t"), t);
    const RelationDesc *rel;
    must_ok(catalog_relation(b.session, t, &rel));
    ck_assert_uint_eq(rel->column_count, 3);
    must(rel->columns[2].phys == PHYS_STR && rel->columns[0].not_null);
    Oid row_type;
    must_ok(type_by_name(b.session, NULL, "_t", &row_type));
    must(row_type != 0);
    /* a change elsewhere makes it stale, and the next look-up sees the change */
    desc_pin(&rel->desc);
    catalog_session_release(b.session);
    uint64_t epoch = catalog_epoch(world->catalog);
    begin(&a);
    int16_t attnum;
    Datum missing = datum_i32(7);
    must_ok(relation_add_column(
        a.session, t,
        &(ColumnSpec){
            .name = "extra", .type = OID_INT4, .typmod = -1, .is_local = true, .stats_target = -1},
        &missing, &attnum));
    ck_assert_int_eq(attnum, 4);
    const RelationDesc *own;
    must_ok(catalog_relation(a.session, t, &own));
    must(!own->desc.shared && own->column_count == 4);
    must(own->columns[3].has_missing && own->columns[3].missing.i32 == 7);
    must(desc_is_valid(&rel->desc));
    commit(&a);
    must(!desc_is_valid(&rel->desc) && catalog_epoch(world->catalog) != epoch);
    const RelationDesc *fresh;
    must_ok(catalog_relation(b.session, t, &fresh));
    must(fresh->column_count == 4 && fresh->desc.version != rel->desc.version);
    desc_unpin(&rel->desc);
    /* a dropped column keeps its place, and how it lies */
    begin(&a);
    ObjectAddress column = object_address(PG_CLASS, t, 3);
    must_ok(object_drop(a.session, &column, 1, DROP_RESTRICT, 0));
    must_ok(relation_rename(a.session, t, "u"));
    commit(&a);
    catalog_session_release(b.session);
    ck_assert_uint_eq(find(&b, "t"), 0);
    ck_assert_uint_eq(find(&b, "u"), t);
    must_ok(catalog_relation(b.session, t, &fresh));
    must(fresh->columns[2].dropped && fresh->columns[2].phys == PHYS_STR);
    must(relation_column(fresh, "spot") == NULL);
    ck_assert_str_eq(describe(&b, PG_CLASS, t, 2), "column label of table u");
    commit(&b);
    disconnect(&a);
    disconnect(&b);
    close_world(world);
}
START_TEST(ddl) { run_world(ddl_main); }
END_TEST

static Oid make_index(Client *c, Oid table, const char *name, Oid *constraint) {
    IndexSpec spec = {.name = name,
                      .nsp = OID_NAMESPACE_PUBLIC,
                      .relation = table,
                      .am = OID_AM_BTREE,
                      .unique = true,
                      .primary = true,
                      .column_count = 1,
                      .key_count = 1,
                      .attnums = (int16_t[]){1},
                      .column_names = (const char *[]){"id"},
                      .column_types = (Oid[]){OID_INT4},
                      .opclasses = (Oid[]){1978},
                      .constraint = true};
    Oid index;
    must_ok(index_create(c->session, &spec, &index, constraint));
    return index;
}

static void drop_main(void *arg) {
    World *world = arg;
    open_world(world);
    Client c;
    connect_to(&c, world, OID_DATABASE_POSTGRES, 1);
    begin(&c);
    Oid parent = make_table(&c, "parent"), child = make_table(&c, "child"), pkey, fk;
    Oid index = make_index(&c, parent, "parent_pkey", &pkey);
    ConstraintSpec spec = {.name = "child_id_fkey",
                           .nsp = OID_NAMESPACE_PUBLIC,
                           .type = 'f',
                           .validated = true,
                           .is_local = true,
                           .no_inherit = true,
                           .relation = child,
                           .index = index,
                           .columns = (int16_t[]){1},
                           .column_count = 1,
                           .key_count = 1,
                           .referenced = parent,
                           .referenced_columns = (int16_t[]){1},
                           .pf_equal = (Oid[]){96},
                           .pp_equal = (Oid[]){96},
                           .ff_equal = (Oid[]){96},
                           .on_update = 'a',
                           .on_delete = 'c',
                           .match = 's'};
    must_ok(constraint_create(c.session, &spec, &fk));
    commit(&c);
    begin(&c);
    const RelationDesc *rel;
    must_ok(catalog_relation(c.session, parent, &rel));
    must(rel->referencing_count == 1 && rel->referencing[0].oid == fk);
    must(rel->primary == 0 && rel->indexes[0].constraint == pkey);
    ck_assert_uint_eq(rel->trigger_count, 0);
    must_ok(catalog_relation(c.session, child, &rel));
    must(rel->fk_count == 1 && rel->fks[0].on_delete == 'c' && rel->fks[0].referenced == parent);
    ck_assert_str_eq(describe(&c, PG_CONSTRAINT, fk, 0), "constraint child_id_fkey on table child");
    ObjectAddress object = object_address(PG_CLASS, parent, 0);
    Status refused = object_drop(c.session, &object, 1, DROP_RESTRICT, 0);
    must(!status_ok(refused));
    ck_assert_str_eq(refused.error->detail,
                     "constraint child_id_fkey on table child depends on table parent");
    must_fail(refused, ERR_DEPENDENT_OBJECTS_STILL_EXIST,
              "cannot drop table parent because other objects depend on it");
    ObjectAddress part = object_address(PG_CLASS, index, 0);
    must_fail(object_drop(c.session, &part, 1, DROP_CASCADE, 0), ERR_DEPENDENT_OBJECTS_STILL_EXIST,
              "cannot drop index parent_pkey because constraint parent_pkey on table parent "
              "requires it");
    ObjectAddress system = object_address(PG_CLASS, PG_CLASS, 0);
    must_fail(object_drop(c.session, &system, 1, DROP_CASCADE, 0),
              ERR_DEPENDENT_OBJECTS_STILL_EXIST,
              "cannot drop table pg_class because it is required by the database system");
    must_ok(object_drop(c.session, &object, 1, DROP_CASCADE, 0));
    ck_assert_str_eq(world->notices,
                     "NOTICE: drop cascades to constraint child_id_fkey on table child|\n");
    ck_assert_uint_eq(find(&c, "parent"), 0);
    ck_assert_uint_eq(find(&c, "parent_pkey"), 0);
    must_ok(catalog_relation(c.session, child, &rel));
    ck_assert_uint_eq(rel->fk_count, 0);
    commit(&c);
    /* nothing is left of it but what the child has */
    begin(&c);
    DependRow *rows;
    size_t count;
    must_ok(
        depend_list_on(c.session, object_address(PG_CLASS, parent, 0), &c.arena, &rows, &count));
    ck_assert_uint_eq(count, 0);
    must_ok(
        depend_list_of(c.session, object_address(PG_CONSTRAINT, fk, 0), &c.arena, &rows, &count));
    ck_assert_uint_eq(count, 0);
    commit(&c);
    disconnect(&c);
    close_world(world);
}
START_TEST(drop) { run_world(drop_main); }
END_TEST

/* ---- types, functions, schemas, roles ---- */

static Status add_label(Client *c, Oid type, const char *before) {
    bool renumbered;
    return enum_add_label(c->session, type, "ok", before, false, false, &renumbered);
}

static void objects_main(void *arg) {
    World *world = arg;
    open_world(world);
    Client c;
    connect_to(&c, world, OID_DATABASE_POSTGRES, 1);
    begin(&c);
    Oid mood, schema, fn, role, range;
    const char *labels[] = {"sad", "happy"};
    must_ok(type_create_enum(c.session, "mood", OID_NAMESPACE_PUBLIC, OID_ROLE_BOOTSTRAP, labels, 2,
                             &mood));
    must_ok(add_label(&c, mood, "happy"));
    const EnumDesc *desc;
    must_ok(catalog_enum(c.session, mood, &desc));
    ck_assert_uint_eq(desc->count, 3);
    ck_assert_str_eq(desc->labels[1].label, "ok");
    must_fail(add_label(&c, mood, NULL), ERR_DUPLICATE_OBJECT, "enum label \"ok\" already exists");
    const char *text;
    must_ok(namespace_create(c.session, "Store", OID_ROLE_BOOTSTRAP, false, &schema));
    ProcSpec proc = {.name = "twice",
                     .nsp = schema,
                     .owner = OID_ROLE_BOOTSTRAP,
                     .language = OID_LANGUAGE_SQL,
                     .cost = 100,
                     .kind = 'f',
                     .volatility = 'i',
                     .parallel = 'u',
                     .result = mood,
                     .arg_types = (Oid[]){mood},
                     .arg_count = 1,
                     .source = "select $1"};
    must_ok(proc_create(c.session, &proc, &fn));
    must_fail(proc_create(c.session, &proc, &range), ERR_DUPLICATE_FUNCTION,
              "function \"twice\" already exists with same argument types");
    must_ok(format_procedure(c.session, &c.arena, fn, true, false, &text));
    ck_assert_str_eq(text, "\"Store\".twice(mood)");
    ObjectAddress nsp = object_address(PG_NAMESPACE, schema, 0);
    must_fail(object_drop(c.session, &nsp, 1, DROP_RESTRICT, 0), ERR_DEPENDENT_OBJECTS_STILL_EXIST,
              "cannot drop schema Store because other objects depend on it");
    RangeSpec spec = {.name = "floatrange",
                      .nsp = OID_NAMESPACE_PUBLIC,
                      .owner = OID_ROLE_BOOTSTRAP,
                      .subtype = OID_FLOAT8,
                      .opclass = OID_OPCLASS_BTREE_FLOAT8_OPS};
    must_ok(type_create_range(c.session, &spec, &range));
    const RangeDesc *ranges;
    must_ok(catalog_range(c.session, range, &ranges));
    must_ok(type_name(c.session, ranges->multirange, &text));
    ck_assert_str_eq(text, "floatmultirange");
    must_ok(role_create(
        c.session, &(RoleSpec){.name = "bob", .inherit = true, .connection_limit = -1}, &role));
    uint32_t held;
    bool missing;
    must_ok(object_acl_mask(c.session, PG_NAMESPACE, schema, role, ACL_USAGE | ACL_CREATE, &held,
                            &missing));
    ck_assert_uint_eq(held, 0);
    const Acl *acl;
    must_ok(acl_change(c.session, &c.arena, acl_default(&c.arena, ACL_KIND_SCHEMA, 10), ACL_GRANT,
                       role, 10, ACL_USAGE, false, false, 10, &acl));
    must_ok(object_set_acl(c.session, nsp, acl));
    must_ok(object_acl_mask(c.session, PG_NAMESPACE, schema, role, ACL_USAGE | ACL_CREATE, &held,
                            &missing));
    ck_assert_uint_eq(held, ACL_USAGE);
    Status refused = role_drop(c.session, role);
    must(!status_ok(refused));
    ck_assert_str_eq(refused.error->detail, "privileges for schema Store");
    must_fail(refused, ERR_DEPENDENT_OBJECTS_STILL_EXIST,
              "role \"bob\" cannot be dropped because some objects depend on it");
    must_ok(comment_set(c.session, nsp, "goods"));
    must_ok(comment_get(c.session, nsp, &c.arena, &text));
    ck_assert_str_eq(text, "goods");
    must_ok(object_drop(c.session, &nsp, 1, DROP_CASCADE, 0));
    must_ok(role_drop(c.session, role));
    commit(&c);
    disconnect(&c);
    close_world(world);
}
START_TEST(objects) { run_world(objects_main); }
END_TEST

/* ---- sequences ---- */

static void sequence_main(void *arg) {
    World *world = arg;
    open_world(world);
    Client a, b;
    connect_to(&a, world, OID_DATABASE_POSTGRES, 1);
    connect_to(&b, world, OID_DATABASE_POSTGRES, 2);
    begin(&a);
    Oid oid;
    int64_t value, log;
    bool called;
    SequenceDesc options = {
        .type = OID_INT8, .start = 5, .increment = 1, .max = 100, .min = 1, .cache = 1};
    RelationSpec spec = {
        .name = "s", .nsp = OID_NAMESPACE_PUBLIC, .owner = OID_ROLE_BOOTSTRAP, .persistence = 'p'};
    must_ok(sequence_create(a.session, &spec, &options, 5, false, &oid));
    const RelationDesc *rel;
    must_ok(catalog_relation_require(a.session, oid, &rel));
    must_fail(sequence_current(a.session, rel, &value), ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
              "currval of sequence \"s\" is not yet defined in this session");
    must_ok(sequence_next(a.session, rel, &value));
    ck_assert_int_eq(value, 5);
    must_ok(sequence_read(a.session, rel, &value, &log, &called));
    must(value == 5 && log == 32 && called);
    commit(&a);
    begin(&b);
    must_ok(catalog_relation_require(b.session, oid, &rel));
    for (int i = 6; i <= 100; i++) {
        must_ok(sequence_next(b.session, rel, &value));
        ck_assert_int_eq(value, i);
    }
    must_fail(sequence_next(b.session, rel, &value), ERR_SEQUENCE_GENERATOR_LIMIT_EXCEEDED,
              "nextval: reached maximum value of sequence \"s\" (100)");
    must_ok(sequence_set(b.session, rel, 40, true));
    rollback(&b);
    disconnect(&a);
    disconnect(&b);
    close_world(world);
    open_world(world);
    connect_to(&a, world, OID_DATABASE_POSTGRES, 1);
    begin(&a);
    must_ok(catalog_relation_require(a.session, oid, &rel));
    must_ok(sequence_next(a.session, rel, &value));
    ck_assert_int_eq(value, 41);
    must_ok(sequence_restart(a.session, oid, 5, false));
    must_ok(catalog_relation_require(a.session, oid, &rel));
    must_ok(sequence_next(a.session, rel, &value));
    ck_assert_int_eq(value, 5);
    rollback(&a);
    begin(&a);
    must_ok(catalog_relation_require(a.session, oid, &rel));
    must_ok(sequence_next(a.session, rel, &value));
    ck_assert_int_eq(value, 42);
    commit(&a);
    disconnect(&a);
    close_world(world);
}
START_TEST(sequence) { run_world(sequence_main); }
END_TEST

/* ---- databases ---- */

static void database_main(void *arg) {
    World *world = arg;
    open_world(world);
    Client c, d;
    connect_to(&c, world, OID_DATABASE_POSTGRES, 1);
    begin(&c);
    Oid t = make_table(&c, "t"), pkey, copy;
    make_index(&c, t, "t_pkey", &pkey);
    commit(&c);
    DatabaseSpec spec = {.name = "copy",
                         .owner = OID_ROLE_BOOTSTRAP,
                         .template_database = OID_DATABASE_POSTGRES,
                         .tablespace = OID_TABLESPACE_DEFAULT,
                         .encoding = 6,
                         .locale_provider = 'c',
                         .collate = "C",
                         .ctype = "C",
                         .allow_connections = true,
                         .connection_limit = -1};
    begin(&c);
    must_ok(database_create(c.session, &spec, &copy));
    rollback(&c);
    begin(&c);
    must_ok(database_create(c.session, &spec, &copy));
    commit(&c);
    connect_to(&d, world, copy, 2);
    begin(&d);
    const RelationDesc *rel, *other;
    ck_assert_uint_eq(find(&d, "t"), t);
    must_ok(catalog_relation(d.session, t, &rel));
    begin(&c);
    must_ok(catalog_relation(c.session, t, &other));
    must(rel->store != other->store && rel->index_count == 1);
    must(rel->indexes[0].store != other->indexes[0].store);
    rollback(&c);
    check_lookups(&d);
    Oid mine = make_table(&d, "mine");
    must(mine != 0);
    commit(&d);
    begin(&c);
    ck_assert_uint_eq(find(&c, "mine"), 0);
    commit(&c);
    disconnect(&d);
    begin(&c);
    must_ok(database_drop(c.session, copy));
    commit(&c);
    begin(&c);
    must_ok(database_by_name(c.session, "copy", true, &copy));
    ck_assert_uint_eq(copy, 0);
    commit(&c);
    disconnect(&c);
    close_world(world);
}
START_TEST(database) { run_world(database_main); }
END_TEST

/* ---- two workers: one changes a table, the other looks ---- */

#define CHANGES 150

typedef struct Race {
    World *world;
    Oid table;
    _Atomic int done; /* columns added by transactions that have committed */
    _Atomic bool stop;
    uint64_t looks;
    FiberGroup group;
} Race;

static void race_reader(void *arg) {
    Race *race = arg;
    Client c;
    connect_to(&c, race->world, OID_DATABASE_POSTGRES, 2);
    while (!atomic_load(&race->stop)) {
        int least = atomic_load(&race->done);
        const RelationDesc *rel;
        char name[32];
        Oid oid;
        begin(&c);
        must_ok(catalog_relation(c.session, race->table, &rel));
        must(rel->column_count >= 3 + least);
        snprintf(name, sizeof(name), "t%d", least);
        must_ok(relation_by_name(c.session, NULL, NULL, name, true, &oid));
        /* Only a later commit takes the name away: one that is about to return. */
        for (int i = 0; oid == 0 && atomic_load(&race->done) == least && i < 100000; i++)
            fiber_yield();
        must(oid == race->table || atomic_load(&race->done) > least);
        commit(&c);
        race->looks++;
        fiber_yield();
    }
    disconnect(&c);
    fiber_group_done(&race->group);
}

static void race_writer(Race *race) {
    Client c;
    connect_to(&c, race->world, OID_DATABASE_POSTGRES, 1);
    for (int i = 0; i < CHANGES; i++) {
        char name[32];
        int16_t attnum;
        begin(&c);
        snprintf(name, sizeof(name), "c%d", i);
        must_ok(relation_add_column(
            c.session, race->table,
            &(ColumnSpec){
                .name = name, .type = OID_INT4, .typmod = -1, .is_local = true, .stats_target = -1},
            NULL, &attnum));
        snprintf(name, sizeof(name), "t%d", i + 1);
        must_ok(relation_rename(c.session, race->table, name));
        if (i % 3 == 0) {
            rollback(&c);
            i--;
            begin(&c);
            snprintf(name, sizeof(name), "c%d", ++i);
            must_ok(relation_add_column(c.session, race->table,
                                        &(ColumnSpec){.name = name,
                                                      .type = OID_INT4,
                                                      .typmod = -1,
                                                      .is_local = true,
                                                      .stats_target = -1},
                                        NULL, &attnum));
            snprintf(name, sizeof(name), "t%d", i + 1);
            must_ok(relation_rename(c.session, race->table, name));
        }
        catalog_session_release(c.session);
        must_ok(txn_commit(c.txn, i % 2 == 0 ? SYNC_ON : SYNC_OFF));
        catalog_session_begin(c.session, NULL);
        atomic_store(&race->done, i + 1);
    }
    disconnect(&c);
}

static void race_main(void *arg) {
    World world = {0};
    open_world(&world);
    Race race = {.world = &world};
    Client c;
    connect_to(&c, &world, OID_DATABASE_POSTGRES, 1);
    begin(&c);
    race.table = make_table(&c, "t0");
    commit(&c);
    disconnect(&c);
    fiber_group_init(&race.group, 1);
    fiber_spawn_on(1, SCHED_OLTP, race_reader, &race);
    race_writer(&race);
    atomic_store(&race.stop, true);
    fiber_group_wait(&race.group);
    must(race.looks > 0);
    close_world(&world);
    runtime_stop(runtime_self());
}

START_TEST(race) {
    char home[] = "/tmp/phantom-catalog-XXXXXX";
    must(mkdtemp(home) != NULL && chdir(home) == 0);
    RuntimeOptions options = {
        .worker_count = 2, .backend = IO_BACKEND_EPOLL, .stall_us = UINT32_MAX};
    Runtime *runtime;
    must_ok(runtime_create(&options, &runtime));
    must_ok(runtime_run(runtime, race_main, NULL));
    runtime_destroy(runtime);
    char command[64];
    snprintf(command, sizeof(command), "rm -rf %s", home);
    must(chdir("/") == 0 && system(command) == 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("catalog");
    TCase *cases = tcase_create("catalog");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, bootstrap);
    tcase_add_test(cases, ddl);
    tcase_add_test(cases, drop);
    tcase_add_test(cases, objects);
    tcase_add_test(cases, sequence);
    tcase_add_test(cases, database);
    tcase_add_test(cases, race);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
