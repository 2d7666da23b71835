/*
 * ddl_index.c: CREATE INDEX, PRIMARY KEY, UNIQUE, and filling an index from its table.
 *
 * A build reads the table once, sorts the keys within maintenance_work_mem and writes the tree from
 * the bottom up. The table is locked against writers (SHARE) meanwhile; CONCURRENTLY builds the same
 * way, in a transaction of its own, under the same lock.
 */
#include "executor/ddl_partition.h"
#include "executor/fk.h"

#include "executor/exclusion.h"
#include "executor/index_key.h"
#include "executor/key_sort.h"
#include "runtime/fiber.h"

#include "types/collate.h"

#define AM_BTREE 403u
#define AM_HASH 405u
#define INDEX_COLUMNS_MAX 32

/* ---- filling ---- */

typedef struct BuildScan {
    IndexKey *key;
    KeySort *sort;
    Arena entries; /* of one row, in an inverted index */
} BuildScan;

static Status add_entries(BuildScan *scan, RowId rowid, const Datum *values, const bool *nulls) {
    GinKeys keys;
    Status s = index_key_entries(scan->key, values, nulls, &scan->entries, &keys);
    for (size_t i = 0; i < keys.count && status_ok(s); i++)
        s = key_sort_add(scan->sort, keys.items[i], rowid, false);
    arena_reset(&scan->entries);
    return s;
}

static Status add_row(void *arg, RowId rowid, const Datum *values, const bool *nulls) {
    BuildScan *scan = arg;
    bool wanted, has_null;
    TRY(index_key_wanted(scan->key, values, nulls, &wanted));
    if (!wanted)
        return STATUS_OK;
    if (index_key_is_inverted(scan->key))
        return add_entries(scan, rowid, values, nulls);
    Str key;
    TRY(index_key_encode(scan->key, values, nulls, &key, &has_null));
    return key_sort_add(scan->sort, key, rowid, has_null);
}

/* Finds the row's values again, to say which key is there twice. */
static Status duplicate(Ddl *ddl, const RelationDesc *relation, IndexKey *key, RowId rowid) {
    Table *table;
    RowView row;
    Xid writer;
    bool found;
    TRY(table_open(ddl->session->mvcc, relation->store, &table));
    TRY(table_fetch_latest(ddl->session->txn, table, rowid, ddl->arena, &row, &writer, &found));
    const IndexDesc *desc = index_key_desc(key);
    if (!found)
        return error(ERR_UNIQUE_VIOLATION, "could not create unique index \"%s\"", desc->name);
    Datum *values = arena_array(ddl->arena, Datum, relation->column_count);
    bool *nulls = arena_array(ddl->arena, bool, relation->column_count);
    TRY(relation_decode(relation, table, &row, ddl->arena, values, nulls));
    Str bytes;
    bool has_null;
    TRY(index_key_encode(key, values, nulls, &bytes, &has_null));
    const char *columns, *texts;
    TRY(index_key_describe(ddl->session, key, ddl->arena, &columns, &texts));
    return status_object(status_detail(error(ERR_UNIQUE_VIOLATION,
                                             "could not create unique index \"%s\"", desc->name),
                                       "Key (%s)=(%s) is duplicated.", columns, texts),
                         relation->nsp_name, relation->name, NULL, NULL, desc->name);
}

static Status write_tree(Ddl *ddl, const RelationDesc *relation, IndexKey *key, KeySort *sort) {
    IndexBuild *build;
    TRY(index_build_begin(ddl->session->txn, index_key_index(key), ddl->arena, &build));
    for (uint64_t i = 0;; i++) {
        KeyEntry entry;
        bool found, twice;
        TRY(key_sort_next(sort, &entry, &found));
        if (!found)
            return index_build_end(build);
        TRY(index_build_add(build, entry.key, entry.has_null, entry.rowid, &twice));
        if (twice)
            return duplicate(ddl, relation, key, entry.rowid);
        if (i % 1024 == 0) {
            TRY(fiber_check_interrupt());
            fiber_yield_if_due();
        }
    }
}

/* ---- rows under a new exclusion constraint ---- */

typedef struct ExclusionScan {
    Exclusion *exclusion;
    Arena arena;
} ExclusionScan;

static Status check_exclusion(void *arg, RowId rowid, const Datum *values, const bool *nulls) {
    ExclusionScan *scan = arg;
    RowId other;
    TRY(exclusion_find(scan->exclusion, values, nulls, rowid, &scan->arena, &other));
    arena_reset(&scan->arena);
    return other == 0 ? STATUS_OK : exclusion_error(scan->exclusion, true);
}

static Status check_exclusions(Ddl *ddl, const RelationDesc *relation, IndexKey *key) {
    ExclusionScan scan;
    Executor *exec;
    Table *table;
    TRY(table_open(ddl->session->mvcc, relation->store, &table));
    TRY(exec_light(ddl->session, ddl->arena, NULL, &exec));
    arena_init(&scan.arena, &ddl->session->account);
    Status s = exclusion_make(exec, relation, index_key_desc(key), table, key, &scan.exclusion);
    if (status_ok(s))
        s = ddl_each_row(ddl, relation, check_exclusion, &scan);
    arena_destroy(&scan.arena);
    exec_light_end(exec);
    return s;
}

static Status build_index(Ddl *ddl, const RelationDesc *relation, const IndexDesc *index) {
    BuildScan scan;
    TRY(index_key_make(ddl->session, ddl->arena, relation, index, &scan.key));
    arena_init(&scan.entries, &ddl->session->account);
    scan.sort =
        key_sort_make(&ddl->session->account, ddl->session->settings.maintenance_work_mem_bytes,
                      ddl->session->temp_directory);
    Status status = ddl_each_row(ddl, relation, add_row, &scan);
    if (status_ok(status))
        status = key_sort_finish(scan.sort);
    if (status_ok(status))
        status = write_tree(ddl, relation, scan.key, scan.sort);
    if (status_ok(status) && index->exclusion)
        status = check_exclusions(ddl, relation, scan.key);
    key_sort_free(scan.sort);
    arena_destroy(&scan.entries);
    index_key_end(scan.key);
    return status;
}

/* The index's expressions are code of the table's owner, whoever builds. */
Status ddl_build_index(Ddl *ddl, Oid relation_oid, Oid index_oid) {
    const RelationDesc *relation;
    TRY(catalog_relation_require(ddl->catalog, relation_oid, &relation));
    const IndexDesc *index = relation_index(relation, index_oid);
    bool keyed = false;
    if (index != NULL)
        TRY(index_is_keyed(ddl->catalog, index, &keyed));
    if (!keyed || relation->store == 0)
        return STATUS_OK;
    SavedRole saved = session_push_role(ddl->catalog, relation->owner, ROLE_RESTRICTED);
    Status status = build_index(ddl, relation, index);
    session_pop_role(ddl->catalog, saved);
    if (status_ok(status) && !(index->valid && index->ready))
        status = index_set_state(ddl->catalog, index_oid, true, true, true);
    return status;
}

/* A new index: pg_class says how many rows it was made over. */
static Status build_and_count(Ddl *ddl, Oid relation_oid, Oid index_oid) {
    const RelationDesc *relation;
    Table *table;
    TRY(ddl_build_index(ddl, relation_oid, index_oid));
    TRY(catalog_relation_require(ddl->catalog, relation_oid, &relation));
    if (relation->store == 0)
        return STATUS_OK;
    TRY(table_open(ddl->session->mvcc, relation->store, &table));
    uint64_t rows = table_row_estimate(table);
    if (rows == 0)
        return STATUS_OK;
    Index *tree;
    const IndexDesc *index = relation_index(relation, index_oid);
    if (index == NULL || index->am != OID_AM_BTREE || index->store == 0)
        return STATUS_OK;
    TRY(index_open(ddl->session->mvcc, index->store, index->unique, &tree));
    return relation_set_stats(ddl->catalog, index_oid, (int32_t)index_page_count(tree),
                              (float)rows);
}

/* ---- definitions ---- */

typedef struct IndexPlan {
    IndexSpec spec;
    const AmDesc *am;
    int16_t attnums[INDEX_COLUMNS_MAX];
    const char *names[INDEX_COLUMNS_MAX];
    Oid types[INDEX_COLUMNS_MAX];
    int32_t typmods[INDEX_COLUMNS_MAX];
    Oid opclasses[INDEX_COLUMNS_MAX];
    Oid collations[INDEX_COLUMNS_MAX];
    int16_t options[INDEX_COLUMNS_MAX];
    const char *const *class_options[INDEX_COLUMNS_MAX];
    uint32_t class_option_counts[INDEX_COLUMNS_MAX];
    ExprList expressions;
    AddressList referenced;
} IndexPlan;

static void plan_start(IndexPlan *plan, const RelationDesc *relation) {
    *plan = (IndexPlan){.spec = {.relation = relation->oid, .nsp = relation->nsp, .am = AM_BTREE}};
    plan->spec.attnums = plan->attnums;
    plan->spec.column_names = plan->names;
    plan->spec.column_types = plan->types;
    plan->spec.column_typmods = plan->typmods;
    plan->spec.opclasses = plan->opclasses;
    plan->spec.collations = plan->collations;
    plan->spec.options = plan->options;
    plan->spec.class_options = plan->class_options;
    plan->spec.class_option_counts = plan->class_option_counts;
}

/* A named class must take the column's type, as it is or as what it is made of. */
static Status check_opclass(Ddl *ddl, Oid opclass, Oid type) {
    const OpclassDesc *desc;
    Oid base, element;
    const TypeDesc *type_desc;
    const CastDesc *cast;
    TRY(catalog_opclass(ddl->catalog, opclass, &desc));
    TRY(catalog_base_type(ddl->catalog, type, &base, NULL));
    if (desc->input_type == type || desc->input_type == base)
        return STATUS_OK;
    TRY(catalog_cast(ddl->catalog, base, desc->input_type, &cast));
    if (cast != NULL && cast->method == 'b' && cast->context == 'i')
        return STATUS_OK;
    TRY(catalog_type_require(ddl->catalog, base, &type_desc));
    TRY(catalog_array_element(ddl->catalog, base, &element));
    if ((desc->input_type == OID_ANYARRAY && element != OID_INVALID) ||
        (desc->input_type == OID_ANYENUM && type_desc->kind == 'e') ||
        (desc->input_type == OID_ANYRANGE && type_desc->kind == 'r') ||
        (desc->input_type == OID_ANYMULTIRANGE && type_desc->kind == 'm') ||
        (desc->input_type == OID_RECORD && type_desc->kind == 'c') || desc->input_type == OID_ANY)
        return STATUS_OK;
    const char *text;
    TRY(format_type_brief(ddl->catalog, ddl->arena, type, &text));
    return error(ERR_DATATYPE_MISMATCH, "operator class \"%s\" does not accept data type %s",
                 desc->name, text);
}

static Status choose_opclass(Ddl *ddl, IndexPlan *plan, const StrList *given, Oid type,
                             Oid *opclass_out) {
    const char *type_text;
    if (given->count > 0) {
        const char *schema, *name;
        TRY(ddl_qualified(ddl, given, &schema, &name));
        TRY(opclass_by_name(ddl->catalog, plan->spec.am, schema, name, false, opclass_out));
        return check_opclass(ddl, *opclass_out, type);
    }
    TRY(catalog_default_opclass(ddl->catalog, plan->spec.am, type, opclass_out));
    if (*opclass_out != OID_INVALID)
        return STATUS_OK;
    TRY(format_type_brief(ddl->catalog, ddl->arena, type, &type_text));
    return status_hint(error(ERR_UNDEFINED_OBJECT,
                             "data type %s has no default operator class for access method \"%s\"",
                             type_text, plan->am->name),
                       "You must specify an operator class for the index or define a default "
                       "operator class for the data type.");
}

static Status plan_column(Ddl *ddl, IndexPlan *plan, const RelationDesc *relation, const char *name,
                          const char *what) {
    uint16_t at = plan->spec.column_count++;
    const ColumnDesc *column = relation_column(relation, name);
    if (at >= INDEX_COLUMNS_MAX)
        return error(ERR_TOO_MANY_COLUMNS, "cannot use more than %d columns in an index",
                     INDEX_COLUMNS_MAX);
    if (column == NULL && ddl_is_system_column(name))
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "index creation on system columns is not supported");
    if (column == NULL)
        return error(ERR_UNDEFINED_COLUMN,
                     what == NULL ? "column \"%s\" does not exist"
                                  : "column \"%s\" named in key does not exist",
                     name);
    plan->attnums[at] = column->attnum;
    plan->names[at] = column->name;
    plan->types[at] = column->type;
    plan->typmods[at] = column->typmod;
    plan->collations[at] = column->collation;
    return STATUS_OK;
}

static Status check_stored_type(Ddl *ddl, const char *name, Oid type) {
    const TypeDesc *desc;
    TRY(catalog_type_require(ddl->catalog, type, &desc));
    return desc->kind == 'p' ? error(ERR_INVALID_TABLE_DEFINITION,
                                     "column \"%s\" has pseudo-type %s", name, desc->name)
                             : STATUS_OK;
}

static Status check_immutable(Ddl *ddl, Expr *expr, const char *what) {
    bool immutable;
    TRY(ddl_expr_is_immutable(ddl, expr, &immutable));
    return immutable ? STATUS_OK
                     : error(ERR_INVALID_OBJECT_DEFINITION,
                             "functions in %s must be marked IMMUTABLE", what);
}

static bool is_system_column(Expr *expr, void *arg) {
    return (expr->tag == EXPR_COLUMN && ((ExprColumn *)expr)->attno < 0) ||
           expr_walk(expr, is_system_column, arg);
}

static Status check_no_system_columns(Expr *expr) {
    return is_system_column(expr, NULL) ? error(ERR_FEATURE_NOT_SUPPORTED,
                                                "index creation on system columns is not supported")
                                        : STATUS_OK;
}

static Status plan_expression(Ddl *ddl, IndexPlan *plan, const RelationDesc *relation,
                              const Ast *ast) {
    uint16_t at = plan->spec.column_count++;
    ExprScope scope = {.relation = relation->oid};
    Expr *expr;
    const char *name = analyze_figure_name(ast);
    TRY(analyze_expr(&ddl->session->env, ddl->arena, &ddl->session->planner, ast, &scope,
                     EXPR_KIND_INDEX_EXPRESSION, &expr));
    Oid collation = expr->collation;
    while (expr->tag == EXPR_COLLATE)
        expr = ((ExprCollate *)expr)->arg;
    if (expr->tag == EXPR_COLUMN && ((ExprColumn *)expr)->attno > 0)
        plan->attnums[at] = ((ExprColumn *)expr)->attno;
    else
        expr_list_add(ddl->arena, &plan->expressions, expr);
    plan->names[at] = name != NULL ? name : "expr";
    plan->types[at] = expr->type;
    plan->typmods[at] = expr->typmod;
    plan->collations[at] = collation;
    TRY(check_no_system_columns(expr));
    TRY(check_stored_type(ddl, plan->names[at], expr->type));
    if (plan->attnums[at] == 0)
        TRY(check_immutable(ddl, expr, "index expression"));
    ddl_expr_addresses(ddl, expr, relation->oid, &plan->referenced);
    return STATUS_OK;
}

static Status check_collation(Ddl *ddl, const AstIndexElem *element, Oid type, Oid collation) {
    const TypeDesc *desc;
    const char *text;
    TRY(catalog_type_require(ddl->catalog, type, &desc));
    if (desc->collation != OID_INVALID && collation == OID_INVALID)
        return status_hint(error(ERR_INDETERMINATE_COLLATION,
                                 "could not determine which collation to use for index expression"),
                           "Use the COLLATE clause to set the collation explicitly.");
    if (desc->collation != OID_INVALID || element->collation.count == 0)
        return STATUS_OK;
    TRY(format_type_brief(ddl->catalog, ddl->arena, type, &text));
    return error(ERR_DATATYPE_MISMATCH, "collations are not supported by type %s", text);
}

/* The *_pattern_ops classes compare bytes: what a nondeterministic collation calls equal must be that. */
static Status check_pattern_class(Ddl *ddl, Oid opclass, Oid collation) {
    const OpclassDesc *desc;
    if (opclass < 4217 || opclass > 4219 || collation_is_deterministic(collation))
        return STATUS_OK;
    TRY(catalog_opclass(ddl->catalog, opclass, &desc));
    return error(ERR_FEATURE_NOT_SUPPORTED,
                 "nondeterministic collations are not supported for operator class \"%s\"",
                 desc->name);
}

/* Only classes with an options function take parameters. */
static Status opclass_options(Ddl *ddl, IndexPlan *plan, const AstIndexElem *element, Oid opclass,
                              uint16_t at) {
    enum { GTSVECTOR_OPTIONS = 3434, BLOOM_OPTIONS = 4595, MINMAX_MULTI_OPTIONS = 4620 };
    const OpclassDesc *desc;
    const OpfamilyDesc *family;
    if (element->op_class_options.count == 0)
        return STATUS_OK;
    TRY(catalog_opclass(ddl->catalog, opclass, &desc));
    TRY(catalog_opfamily(ddl->catalog, desc->family, &family));
    Oid function = family == NULL ? OID_INVALID
                                  : opfamily_proc(family, desc->input_type, desc->input_type,
                                                  plan->spec.am == OID_AM_GIST ? 10 : 5);
    OptionHolder holder = function == GTSVECTOR_OPTIONS      ? OPTIONS_TSVECTOR_CLASS
                          : function == BLOOM_OPTIONS        ? OPTIONS_BLOOM_CLASS
                          : function == MINMAX_MULTI_OPTIONS ? OPTIONS_MINMAX_MULTI_CLASS
                                                             : OPTIONS_NONE;
    if (holder != OPTIONS_NONE)
        return ddl_new_options(ddl, holder, &element->op_class_options, &plan->class_options[at],
                               &plan->class_option_counts[at]);
    return error(ERR_INVALID_PARAMETER_VALUE, "operator class %s has no options", desc->name);
}

static Status plan_element(Ddl *ddl, IndexPlan *plan, const RelationDesc *relation,
                           const AstIndexElem *element) {
    uint16_t at = plan->spec.column_count;
    if (at >= INDEX_COLUMNS_MAX)
        return error(ERR_TOO_MANY_COLUMNS, "cannot use more than %d columns in an index",
                     INDEX_COLUMNS_MAX);
    if (element->name != NULL)
        TRY(plan_column(ddl, plan, relation, element->name, NULL));
    else
        TRY(plan_expression(ddl, plan, relation, element->expr));
    if (element->collation.count > 0) {
        const char *schema, *name;
        TRY(ddl_qualified(ddl, &element->collation, &schema, &name));
        TRY(collation_by_name(ddl->catalog, schema, name, false, &plan->collations[at]));
    }
    TRY(check_collation(ddl, element, plan->types[at], plan->collations[at]));
    if (plan->spec.am != AM_BTREE && element->direction != AST_SORT_DEFAULT)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "access method \"%s\" does not support ASC/DESC options", plan->am->name);
    if (plan->spec.am != AM_BTREE && element->nulls != AST_NULLS_DEFAULT)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "access method \"%s\" does not support NULLS FIRST/LAST options",
                     plan->am->name);
    bool descending = element->direction == AST_SORT_DESC;
    bool nulls_first =
        element->nulls == AST_NULLS_FIRST || (element->nulls == AST_NULLS_DEFAULT && descending);
    plan->options[at] = (int16_t)((descending ? INDEX_OPTION_DESC : 0) |
                                  (nulls_first ? INDEX_OPTION_NULLS_FIRST : 0));
    TRY(choose_opclass(ddl, plan, &element->op_class, plan->types[at], &plan->opclasses[at]));
    TRY(check_pattern_class(ddl, plan->opclasses[at], plan->collations[at]));
    return opclass_options(ddl, plan, element, plan->opclasses[at], at);
}

static Status plan_finish(Ddl *ddl, IndexPlan *plan, const RelationDesc *relation,
                          const Ast *where) {
    if (plan->expressions.count > 0)
        plan->spec.expressions = expr_list_to_string(ddl->arena, &plan->expressions);
    if (where != NULL) {
        ExprScope scope = {.relation = relation->oid};
        Expr *expr;
        TRY(analyze_expr(&ddl->session->env, ddl->arena, &ddl->session->planner, where, &scope,
                         EXPR_KIND_INDEX_PREDICATE, &expr));
        TRY(analyze_coerce_boolean(&ddl->session->env, ddl->arena, expr, "WHERE", &expr));
        TRY(check_no_system_columns(expr));
        TRY(check_immutable(ddl, expr, "index predicate"));
        ddl_expr_addresses(ddl, expr, relation->oid, &plan->referenced);
        plan->spec.predicate = expr_to_string(ddl->arena, expr);
    }
    plan->spec.referenced = plan->referenced.items;
    plan->spec.referenced_count = plan->referenced.count;
    return STATUS_OK;
}

static const char *joined_names(Ddl *ddl, const IndexPlan *plan) {
    StrBuf text;
    strbuf_init(&text, ddl->arena);
    for (uint16_t i = 0; i < plan->spec.column_count; i++)
        strbuf_printf(&text, "%s%s", i > 0 ? "_" : "", plan->names[i]);
    return strbuf_cstr(&text);
}

/* Columns of one index have names of their own: expr, expr1, .. */
static void name_columns(Ddl *ddl, IndexPlan *plan) {
    for (uint16_t i = 0; i < plan->spec.column_count; i++) {
        const char *wanted = plan->names[i];
        unsigned number = 0;
        for (uint16_t k = 0; k < i; k++) {
            if (strcmp(plan->names[k], plan->names[i]) != 0)
                continue;
            const char *suffix = arena_printf(ddl->arena, "%u", ++number);
            size_t room = NAME_BYTES - 1 - strlen(suffix), len = strlen(wanted);
            while (len > room || (len > 0 && ((unsigned char)wanted[len] & 0xc0) == 0x80))
                len--;
            plan->names[i] = arena_printf(ddl->arena, "%.*s%s", (int)len, wanted, suffix);
            k = (uint16_t)-1; /* from the start, with the new name */
        }
    }
}

/* only: not for the partitions of a partitioned table; then it is not to be used yet. */
static Status create_and_build(Ddl *ddl, IndexPlan *plan, const RelationDesc *relation, bool only,
                               Oid *index_out) {
    Oid constraint, table = relation->oid;
    bool has_partitions = relation->child_count > 0;
    plan->spec.partitioned = relation->kind == 'p';
    if (plan->spec.partitioned && plan->spec.unique)
        TRY(ddl_partition_check_unique(ddl, relation, plan->spec.primary ? "PRIMARY KEY" : "UNIQUE",
                                       plan->attnums, plan->spec.key_count));
    TRY(index_create(ddl->catalog, &plan->spec, index_out, &constraint));
    if (plan->spec.invalid)
        return STATUS_OK;
    if (!plan->spec.partitioned)
        return build_and_count(ddl, table, *index_out);
    if (!only)
        return ddl_index_partitions(ddl, table, *index_out);
    return has_partitions ? index_set_state(ddl->catalog, *index_out, true, false, true)
                          : STATUS_OK;
}

/* ---- CREATE INDEX ---- */

static Status find_am(Ddl *ddl, const char *name, IndexPlan *plan) {
    plan->spec.am = AM_BTREE;
    if (name != NULL && strcmp(name, "rtree") == 0) {
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION,
                   "substituting access method \"gist\" for obsolete method \"rtree\"");
        name = "gist";
    }
    if (name != NULL)
        TRY(am_by_name(ddl->catalog, name, 'i', false, &plan->spec.am));
    return catalog_am(ddl->catalog, plan->spec.am, &plan->am);
}

/* What the access method cannot do. */
static Status check_am(const IndexPlan *plan, bool unique, uint32_t included, uint32_t keys) {
    Oid am = plan->spec.am;
    const char *what = unique && am != AM_BTREE ? "unique indexes"
                       : included > 0 && (am == AM_HASH || am == OID_AM_GIN || am == OID_AM_BRIN ||
                                          am_is_bloom(plan->am))
                           ? "included columns"
                       : keys > 1 && (am == AM_HASH || am == OID_AM_SPGIST) ? "multicolumn indexes"
                                                                            : NULL;
    return what == NULL ? STATUS_OK
                        : error(ERR_FEATURE_NOT_SUPPORTED,
                                "access method \"%s\" does not support %s", plan->am->name, what);
}

static Status plan_included(Ddl *ddl, IndexPlan *plan, const RelationDesc *relation,
                            const AstIndexElem *element) {
    if (element->name == NULL)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "expressions are not supported in included columns");
    const char *what = element->collation.count > 0             ? "a collation"
                       : element->op_class.count > 0            ? "an operator class"
                       : element->direction != AST_SORT_DEFAULT ? "ASC/DESC options"
                       : element->nulls != AST_NULLS_DEFAULT    ? "NULLS FIRST/LAST options"
                                                                : NULL;
    if (what != NULL)
        return error(ERR_INVALID_OBJECT_DEFINITION, "including column does not support %s", what);
    return plan_column(ddl, plan, relation, element->name, NULL);
}

/* No partition on any level may be a foreign table. */
static Status check_foreign_parts(Ddl *ddl, const RelationDesc *relation) {
    const Oid *all;
    size_t count;
    if (relation->kind != 'p')
        return STATUS_OK;
    TRY(relation_descendants(ddl->catalog, relation->oid, ddl->arena, &all, &count));
    for (size_t i = 1; i < count; i++) {
        const RelationDesc *part;
        TRY(catalog_relation_require(ddl->catalog, all[i], &part));
        if (part->kind == 'f')
            return status_detail(
                error(ERR_WRONG_OBJECT_TYPE,
                      "cannot create unique index on partitioned table \"%s\"", relation->name),
                "Table \"%s\" contains partitions that are foreign tables.", relation->name);
    }
    return STATUS_OK;
}

Status ddl_create_index(Ddl *ddl, const AstCreateIndex *statement, Oid *index_out) {
    *index_out = OID_INVALID;
    const RelationDesc *relation;
    TRY(ddl_relation(ddl, statement->relation,
                     statement->concurrently ? LOCK_SHARE_UPDATE_EXCLUSIVE : LOCK_SHARE, false,
                     &relation));
    if (relation->kind != 'r' && relation->kind != 'm' && relation->kind != 'p')
        return status_detail(
            error(ERR_WRONG_OBJECT_TYPE, "cannot create index on relation \"%s\"", relation->name),
            "This operation is not supported for %s.", ddl_relation_kind_plural(relation->kind));
    if (relation->kind == 'p' && statement->concurrently)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "cannot create index on partitioned table \"%s\" concurrently",
                     relation->name);
    TRY(object_check_owner(ddl->catalog, PG_CLASS, relation->oid));
    TRY(fk_check_idle(ddl->session, relation, "CREATE INDEX"));
    if (relation->nsp == OID_NAMESPACE_CATALOG && relation->oid < OID_FIRST_NORMAL &&
        !session_bootstrap(ddl->catalog))
        return error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied: \"%s\" is a system catalog",
                     relation->name);
    if (statement->if_not_exists && statement->name != NULL) {
        CatalogRow row;
        bool exists;
        TRY(catalog_find_name(ddl->catalog, PG_CLASS_RELNAME_NSP_INDEX, statement->name,
                              relation->nsp, ddl->arena, &row, &exists));
        if (exists) {
            ddl_notice(ddl, ERR_DUPLICATE_TABLE, "relation \"%s\" already exists, skipping",
                       statement->name);
            return STATUS_OK;
        }
    }
    if (statement->unique && statement->relation->inherit)
        TRY(check_foreign_parts(ddl, relation));
    IndexPlan plan;
    plan_start(&plan, relation);
    TRY(find_am(ddl, statement->access_method, &plan));
    plan.spec.unique = statement->unique;
    plan.spec.nulls_not_distinct = statement->nulls_not_distinct;
    TRY(check_am(&plan, statement->unique, statement->including.count, statement->elements.count));
    AST_FOREACH(AstIndexElem, element, statement->elements) {
        TRY(plan_element(ddl, &plan, relation, element));
    }
    plan.spec.key_count = plan.spec.column_count;
    AST_FOREACH(AstIndexElem, included, statement->including) {
        TRY(plan_included(ddl, &plan, relation, included));
    }
    name_columns(ddl, &plan);
    TRY(plan_finish(ddl, &plan, relation, statement->where));
    TRY(ddl_tablespace(ddl, statement->tablespace, relation->persistence, relation->kind == 'p',
                       &plan.spec.tablespace));
    TRY(ddl_new_options(ddl, ddl_index_option_holder(plan.am), &statement->options,
                        &plan.spec.options_list, &plan.spec.option_count));
    plan.spec.name = statement->name;
    plan.spec.invalid = statement->concurrently && relation->persistence != 't';
    if (plan.spec.name == NULL)
        TRY(name_choose_relation(ddl->catalog, ddl->arena, relation->name, joined_names(ddl, &plan),
                                 "idx", relation->nsp, false, &plan.spec.name));
    return create_and_build(ddl, &plan, relation, !statement->relation->inherit, index_out);
}

static Status execute_create(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateIndex *statement = (const AstCreateIndex *)call->raw->statement;
    if (statement->concurrently)
        TRY(ddl_not_in_block(call, "CREATE INDEX CONCURRENTLY"));
    Oid index;
    TRY(ddl_create_index(&ddl, statement, &index));
    return statement->concurrently && index != OID_INVALID ? ddl_concurrent_build(&ddl, index)
                                                           : STATUS_OK;
}

/* ---- PRIMARY KEY, UNIQUE ---- */

typedef struct NullScan {
    const RelationDesc *relation;
    const int16_t *attnums;
    uint16_t count;
} NullScan;

static Status no_nulls(void *arg, RowId rowid, const Datum *values, const bool *nulls) {
    NullScan *scan = arg;
    for (uint16_t i = 0; i < scan->count; i++) {
        if (!nulls[scan->attnums[i] - 1])
            continue;
        const char *name = scan->relation->columns[scan->attnums[i] - 1].name;
        return status_object(error(ERR_NOT_NULL_VIOLATION,
                                   "column \"%s\" of relation \"%s\" contains null values", name,
                                   scan->relation->name),
                             scan->relation->nsp_name, scan->relation->name, name, NULL, NULL);
    }
    return STATUS_OK;
}

Status ddl_check_children_not_null(Ddl *ddl, const RelationDesc *relation, const char *column) {
    const Oid *all;
    size_t count;
    TRY(relation_descendants(ddl->catalog, relation->oid, ddl->arena, &all, &count));
    for (size_t i = 1; i < count; i++) {
        const RelationDesc *child;
        TRY(catalog_relation_require(ddl->catalog, all[i], &child));
        const ColumnDesc *own = relation_column(child, column);
        if (own != NULL && !own->not_null)
            return status_hint(
                status_detail(error(ERR_INVALID_TABLE_DEFINITION,
                                    "constraint must be added to child tables too"),
                              "Column \"%s\" of relation \"%s\" is not already NOT NULL.", column,
                              child->name),
                "Do not specify the ONLY keyword.");
    }
    return STATUS_OK;
}

static Status children_not_null(Ddl *ddl, const RelationDesc *relation, const int16_t *attnums,
                                uint16_t count) {
    const Oid *children = relation->children;
    uint32_t child_count = relation->child_count;
    const char **names = arena_array(ddl->arena, const char *, count + 1u);
    int16_t *theirs = arena_array(ddl->arena, int16_t, count + 1u);
    TRY(fiber_stack_check());
    for (uint16_t k = 0; k < count; k++)
        names[k] = relation->columns[attnums[k] - 1].name;
    for (uint32_t i = 0; i < child_count; i++) {
        const RelationDesc *child;
        uint16_t found = 0;
        TRY(relation_lock(ddl->catalog, children[i], LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT, NULL));
        TRY(catalog_relation_require(ddl->catalog, children[i], &child));
        for (uint16_t k = 0; k < count; k++) {
            const ColumnDesc *own = relation_column(child, names[k]);
            if (own != NULL)
                theirs[found++] = own->attnum;
        }
        TRY(ddl_key_not_null(ddl, child, theirs, found));
    }
    return STATUS_OK;
}

Status ddl_key_not_null(Ddl *ddl, const RelationDesc *relation, const int16_t *attnums,
                        uint16_t count) {
    if (relation->child_count > 0 && relation->kind == 'p' && ddl->only)
        for (uint16_t i = 0; i < count; i++)
            TRY(ddl_check_children_not_null(ddl, relation, relation->columns[attnums[i] - 1].name));
    if (relation->child_count > 0 && !ddl->only) {
        Oid oid = relation->oid;
        TRY(children_not_null(ddl, relation, attnums, count));
        TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    }
    bool needed = false;
    for (uint16_t i = 0; i < count; i++)
        needed |= !relation->columns[attnums[i] - 1].not_null;
    if (!needed)
        return STATUS_OK;
    NullScan scan = {relation, attnums, count};
    TRY(ddl_each_row(ddl, relation, no_nulls, &scan));
    for (uint16_t i = 0; i < count; i++) {
        CatalogRow row;
        TRY(column_row(ddl->catalog, relation->oid, attnums[i], ddl->arena, &row));
        row.values[PG_ATTRIBUTE_ATTNOTNULL] = datum_bool(true);
        TRY(catalog_update(ddl->catalog, PG_ATTRIBUTE, &row));
    }
    return STATUS_OK;
}

Status ddl_unique_constraint(Ddl *ddl, const RelationDesc *relation,
                             const AstConstraint *constraint) {
    bool primary = constraint->kind == AST_CONSTRAINT_PRIMARY_KEY;
    if (constraint->index != NULL)
        return ddl_constraint_using_index(ddl, relation, constraint);
    if (primary && relation->primary >= 0)
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "multiple primary keys for table \"%s\" are not allowed", relation->name);
    IndexPlan plan;
    plan_start(&plan, relation);
    TRY(catalog_am(ddl->catalog, AM_BTREE, &plan.am));
    plan.spec.unique = true;
    plan.spec.primary = primary;
    plan.spec.constraint = true;
    plan.spec.nulls_not_distinct = constraint->nulls_not_distinct;
    plan.spec.deferrable = constraint->deferrable;
    plan.spec.deferred = constraint->initially_deferred;
    for (uint32_t i = 0; i < constraint->keys.count; i++) {
        AstIndexElem element = {.tag = AST_INDEX_ELEM, .name = constraint->keys.items[i]};
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(constraint->keys.items[i], constraint->keys.items[j]) == 0)
                return status_at(error(ERR_DUPLICATE_COLUMN,
                                       "column \"%s\" appears twice in %s constraint", element.name,
                                       primary ? "primary key" : "unique"),
                                 constraint->location);
        if (relation_column(relation, element.name) == NULL &&
            !(ddl_is_system_column(element.name) && !primary))
            return status_at(error(ERR_UNDEFINED_COLUMN,
                                   "column \"%s\" named in key does not exist", element.name),
                             ddl->altering ? -1 : constraint->location);
        TRY(plan_element(ddl, &plan, relation, &element));
    }
    plan.spec.key_count = plan.spec.column_count;
    for (uint32_t i = 0; i < constraint->including.count; i++)
        TRY(plan_column(ddl, &plan, relation, constraint->including.items[i], "key"));
    name_columns(ddl, &plan);
    TRY(plan_finish(ddl, &plan, relation, NULL));
    TRY(ddl_tablespace(ddl, constraint->tablespace, relation->persistence, relation->kind == 'p',
                       &plan.spec.tablespace));
    TRY(ddl_new_options(ddl, OPTIONS_BTREE, &constraint->options, &plan.spec.options_list,
                        &plan.spec.option_count));
    plan.spec.name = constraint->name;
    if (plan.spec.name == NULL)
        TRY(name_choose_relation(ddl->catalog, ddl->arena, relation->name,
                                 primary ? NULL : joined_names(ddl, &plan),
                                 primary ? "pkey" : "key", relation->nsp, true, &plan.spec.name));
    if (primary)
        TRY(ddl_key_not_null(ddl, relation, plan.attnums, plan.spec.key_count));
    Oid index;
    return create_and_build(ddl, &plan, relation, ddl->only, &index);
}

/* ---- EXCLUDE ---- */

/* The operator of an element, as "element op element" means it. */
static Status exclusion_operator(Ddl *ddl, const IndexPlan *plan, const RelationDesc *relation,
                                 const AstExclusion *exclusion, uint16_t at, Oid *operator_out) {
    const AstIndexElem *element = exclusion->element;
    const OperatorDesc *oper;
    const OpclassDesc *opclass;
    const OperatorFamilies *families;
    Expr *expr;
    Ast *side = element->expr;
    if (side == NULL) {
        AstColumnRef *ref = AST_NEW(ddl->arena, AstColumnRef, AST_COLUMN_REF, element->location);
        str_list_add(ddl->arena, &ref->fields, element->name);
        side = (Ast *)ref;
    }
    AstOp *op = AST_NEW(ddl->arena, AstOp, AST_OP, -1);
    op->kind = AST_OP_PLAIN;
    op->name = exclusion->op;
    op->left = op->right = side;
    ExprScope scope = {.relation = relation->oid};
    TRY(analyze_expr(&ddl->session->env, ddl->arena, &ddl->session->planner, (Ast *)op, &scope,
                     EXPR_KIND_INDEX_EXPRESSION, &expr));
    if (expr->tag != EXPR_FUNC || ((ExprFunc *)expr)->op == OID_INVALID)
        return error(ERR_WRONG_OBJECT_TYPE, "operator %s cannot be used in an exclusion constraint",
                     str_list_last(&exclusion->op));
    *operator_out = ((ExprFunc *)expr)->op;
    TRY(catalog_operator_require(ddl->catalog, *operator_out, &oper));
    const char *text;
    TRY(format_operator(ddl->catalog, ddl->arena, *operator_out, true, false, &text));
    if (oper->commutator != *operator_out)
        return status_detail(error(ERR_WRONG_OBJECT_TYPE, "operator %s is not commutative", text),
                             "Only commutative operators can be used in exclusion constraints.");
    TRY(catalog_opclass(ddl->catalog, plan->opclasses[at], &opclass));
    TRY(catalog_operator_families(ddl->catalog, *operator_out, &families));
    for (uint32_t i = 0; i < families->count; i++)
        if (families->members[i].family == opclass->family && families->members[i].purpose == 's')
            return STATUS_OK;
    const OpfamilyDesc *family;
    TRY(catalog_opfamily(ddl->catalog, opclass->family, &family));
    return status_detail(error(ERR_WRONG_OBJECT_TYPE,
                               "operator %s is not a member of operator family \"%s\"", text,
                               family->name),
                         "The exclusion operator must be related to the index operator class for "
                         "the constraint.");
}

Status ddl_exclusion_constraint(Ddl *ddl, const RelationDesc *relation,
                                const AstConstraint *constraint) {
    IndexPlan plan;
    Oid operators[INDEX_COLUMNS_MAX], index;
    plan_start(&plan, relation);
    TRY(find_am(ddl, constraint->access_method, &plan));
    TRY(check_am(&plan, false, constraint->including.count, constraint->exclusions.count));
    if (plan.spec.am == OID_AM_GIN || plan.spec.am == OID_AM_BRIN || am_is_bloom(plan.am))
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "access method \"%s\" does not support exclusion constraints", plan.am->name);
    if (relation->kind == 'p')
        return status_at(error(ERR_FEATURE_NOT_SUPPORTED,
                               "exclusion constraints are not supported on partitioned tables"),
                         constraint->location);
    plan.spec.exclusion = plan.spec.constraint = true;
    plan.spec.exclusion_operators = operators;
    plan.spec.deferrable = constraint->deferrable;
    plan.spec.deferred = constraint->initially_deferred;
    AST_FOREACH(AstExclusion, exclusion, constraint->exclusions) {
        uint16_t at = plan.spec.column_count;
        const char *column = exclusion->element->name;
        if (column != NULL && relation_column(relation, column) == NULL)
            return error(ERR_UNDEFINED_COLUMN, "column \"%s\" named in key does not exist", column);
        TRY(plan_element(ddl, &plan, relation, exclusion->element));
        TRY(exclusion_operator(ddl, &plan, relation, exclusion, at, &operators[at]));
    }
    plan.spec.key_count = plan.spec.column_count;
    for (uint32_t i = 0; i < constraint->including.count; i++)
        TRY(plan_column(ddl, &plan, relation, constraint->including.items[i], "key"));
    name_columns(ddl, &plan);
    TRY(plan_finish(ddl, &plan, relation, constraint->where));
    TRY(ddl_new_options(ddl, ddl_index_option_holder(plan.am), &constraint->options,
                        &plan.spec.options_list, &plan.spec.option_count));
    plan.spec.name = constraint->name;
    if (plan.spec.name == NULL)
        TRY(name_choose_relation(ddl->catalog, ddl->arena, relation->name, joined_names(ddl, &plan),
                                 "excl", relation->nsp, true, &plan.spec.name));
    return create_and_build(ddl, &plan, relation, ddl->only, &index);
}

static const UtilityCommand commands[] = {
    {AST_CREATE_INDEX, "CREATE INDEX", UTILITY_WRITES, execute_create, NULL},
};

void ddl_index_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
