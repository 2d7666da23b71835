/*
 * drop.c: DROP: what goes with an object, in which order, and with whose consent.
 *
 * The walk (find) goes from an object to those that depend on it, depth first, and appends each after
 * its dependents, so deleting in the order of the list never leaves a dangling reference. An object
 * that is an internal part of another, reached from elsewhere, drags its owner in: the walk goes on
 * from the owner. One that the user named himself is refused instead.
 */
#include "catalog/catalog_int.h"
#include "runtime/fiber.h"

#define REPORTED_MAX 100

enum {
    FOUND_ORIGINAL = 1, /* named by the user */
    FOUND_NORMAL = 2,   /* needs CASCADE */
    FOUND_AUTO = 4,     /* goes silently */
    FOUND_INTERNAL = 8,
    FOUND_PARTITION = 16, /* with the partitioned parent's */
    FOUND_EXTENSION = 32,
    FOUND_IS_PART = 64, /* has a partition dependency that must be satisfied */
    FOUND_SUB = 128     /* a column of a found relation */
};

typedef struct Found {
    ObjectAddress object;
    unsigned flags;
    ObjectAddress because; /* what it depends on */
} Found;

typedef struct Path { /* from the walk's start to here */
    ObjectAddress object;
    unsigned flags;
    struct Path *up;
} Path;

typedef struct Drop {
    CatalogSession *session;
    Arena arena;
    DropBehavior behavior;
    unsigned flags;
    const ObjectAddress *pending; /* the user's whole list */
    size_t pending_count;
    struct {
        Found *items;
        size_t count;
        size_t capacity;
    } found;
} Drop;

static bool same(ObjectAddress a, ObjectAddress b) {
    return a.class_id == b.class_id && a.object == b.object && a.sub == b.sub;
}
/* Is b the object or a column of it? */
static bool covers(ObjectAddress a, ObjectAddress b) {
    return a.class_id == b.class_id && a.object == b.object && (a.sub == b.sub || a.sub == 0);
}

static bool on_path(Path *path, ObjectAddress object, unsigned flags) {
    for (; path != NULL; path = path->up)
        if (covers(path->object, object)) {
            if (path->object.sub == object.sub)
                path->flags |= flags;
            return true;
        }
    return false;
}

static bool is_found(Drop *drop, ObjectAddress object, unsigned flags) {
    bool known = false;
    for (size_t i = 0; i < drop->found.count; i++) {
        Found *f = &drop->found.items[i];
        if (same(f->object, object)) {
            f->flags |= flags;
            known = true;
        } else if (covers(f->object, object)) {
            known = true; /* the whole object goes already */
        } else if (covers(object, f->object)) {
            f->flags |= flags != 0 ? FOUND_SUB : 0;
        }
    }
    return known;
}

static bool is_pending(const Drop *drop, ObjectAddress object) {
    for (size_t i = 0; i < drop->pending_count; i++)
        if (covers(drop->pending[i], object))
            return true;
    return false;
}

static const char *describe(Drop *drop, ObjectAddress object) {
    const char *text = NULL;
    Status s = object_describe(drop->session, &drop->arena, object, true, &text);
    if (!status_ok(s))
        status_free(s);
    return text != NULL ? text : "object";
}

static Status requires_error(Drop *drop, ObjectAddress object, ObjectAddress owner) {
    const char *needed = describe(drop, owner);
    return status_hint(error(ERR_DEPENDENT_OBJECTS_STILL_EXIST,
                             "cannot drop %s because %s requires it", describe(drop, object),
                             needed),
                       "You can drop %s instead.", needed);
}

static Status find(Drop *drop, ObjectAddress object, unsigned flags, Path *up);

/* What the object is a part of. *redirected_out: the walk went on from its owner instead;
 * *partition_out: the parent's object where it is a partition's. */
static Status find_owners(Drop *drop, ObjectAddress object, unsigned *flags, Path *up,
                          ObjectAddress *partition_out, bool *redirected_out) {
    DependRow *rows;
    size_t count;
    ObjectAddress owner = {0}, partition_owner = {0};
    *redirected_out = false;
    TRY(depend_list_of(drop->session, object, &drop->arena, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        ObjectAddress other = rows[i].referenced;
        if (other.class_id == object.class_id && other.object == object.object && object.sub == 0)
            continue; /* its columns are parts of it */
        switch (rows[i].type) {
        case DEPEND_PARTITION_PRI:
            *flags |= FOUND_IS_PART;
            partition_owner = other;
            break;
        case DEPEND_PARTITION_SEC:
            *flags |= FOUND_IS_PART;
            if (partition_owner.class_id == 0)
                partition_owner = other;
            break;
        case DEPEND_EXTENSION:
            if (drop->flags & DROP_SKIP_EXTENSIONS)
                break;
            if (other.class_id == PG_EXTENSION && other.object == drop->session->extension &&
                other.object != 0)
                break;
            /* fall through */
        case DEPEND_INTERNAL:
            if (up == NULL) {
                if (is_pending(drop, other)) { /* it will go with its owner */
                    *redirected_out = true;
                    return STATUS_OK;
                }
                if (owner.class_id == 0 || rows[i].type == DEPEND_EXTENSION)
                    owner = other;
                break;
            }
            if (on_path(up, other, 0))
                break;
            *redirected_out = true;
            TRY(find(drop, other, FOUND_NORMAL, up));
            (void)is_found(drop, object, *flags); /* it came in by its owner, for this reason too */
            return STATUS_OK;
        default:
            break;
        }
    }
    *partition_out = partition_owner;
    if (owner.class_id != 0)
        return requires_error(drop, object,
                              partition_owner.class_id != 0 ? partition_owner : owner);
    return STATUS_OK;
}

static unsigned flag_of(char type) {
    switch (type) {
    case DEPEND_NORMAL:
        return FOUND_NORMAL;
    case DEPEND_INTERNAL:
        return FOUND_INTERNAL;
    case DEPEND_PARTITION_PRI:
    case DEPEND_PARTITION_SEC:
        return FOUND_PARTITION;
    case DEPEND_EXTENSION:
        return FOUND_EXTENSION;
    default:
        return FOUND_AUTO;
    }
}

typedef struct Dependent {
    ObjectAddress object;
    unsigned flags;
} Dependent;

/* Younger objects first, as they are more likely to depend on older ones. */
static int compare_dependents(const void *a, const void *b) {
    const ObjectAddress *x = &((const Dependent *)a)->object, *y = &((const Dependent *)b)->object;
    if (x->object != y->object)
        return x->object > y->object ? -1 : 1;
    if (x->class_id != y->class_id)
        return x->class_id < y->class_id ? -1 : 1;
    return (uint32_t)x->sub < (uint32_t)y->sub ? -1 : (uint32_t)x->sub > (uint32_t)y->sub;
}

static Status find_dependents(Drop *drop, ObjectAddress object, Path *here) {
    DependRow *rows;
    size_t count, kept = 0;
    TRY(depend_list_on(drop->session, object, &drop->arena, &rows, &count));
    Dependent *list = arena_array(&drop->arena, Dependent, count + 1);
    for (size_t i = 0; i < count; i++) {
        ObjectAddress other = rows[i].depender;
        bool self = other.class_id == object.class_id && other.object == object.object;
        if (self && object.sub == 0)
            continue;
        if (self && other.sub == object.sub)
            continue;
        list[kept++] = (Dependent){other, flag_of(rows[i].type)};
    }
    qsort(list, kept, sizeof(Dependent), compare_dependents);
    for (size_t i = 0; i < kept; i++)
        TRY(find(drop, list[i].object, list[i].flags, here));
    return STATUS_OK;
}

static Status find(Drop *drop, ObjectAddress object, unsigned flags, Path *up) {
    if (on_path(up, object, flags) || is_found(drop, object, flags))
        return STATUS_OK;
    TRY(fiber_stack_check());
    if (object_is_pinned(object))
        return error(ERR_DEPENDENT_OBJECTS_STILL_EXIST,
                     "cannot drop %s because it is required by the database system",
                     describe(drop, object));
    bool redirected;
    ObjectAddress partition = {0};
    TRY(find_owners(drop, object, &flags, up, &partition, &redirected));
    if (!redirected) {
        Path here = {object, flags, up};
        TRY(object_lock(drop->session, object.class_id, object.object, LOCK_ACCESS_EXCLUSIVE));
        TRY(find_dependents(drop, object, &here));
        /* A dependent may have brought the object in through its owner. */
        if (!is_found(drop, object, here.flags)) {
            ObjectAddress because = flags & FOUND_IS_PART ? partition
                                    : up != NULL          ? up->object
                                                          : (ObjectAddress){0};
            Found found = {object, here.flags, because};
            vec_push(&drop->found, &drop->arena, found);
        }
    }
    return STATUS_OK;
}

/* ---- consent ---- */

static void put_line(StrBuf *buf, const char *line) {
    if (buf->len > 0)
        strbuf_putc(buf, '\n');
    strbuf_puts(buf, line);
}

static void notice_cascade(Drop *drop, int count, const char *detail) {
    if (drop->flags & DROP_QUIET || count == 0)
        return;
    const char *level = drop->flags & DROP_INTERNAL ? "DEBUG2" : "NOTICE";
    if (count == 1) {
        session_notice(drop->session, level, ERR_SUCCESSFUL_COMPLETION, "%s", detail);
        return;
    }
    Notice notice = {.level = level,
                     .state = ERR_SUCCESSFUL_COMPLETION,
                     .message =
                         arena_printf(&drop->arena, "drop cascades to %d other objects", count),
                     .detail = detail};
    session_notice_full(drop->session, &notice);
}

static Status report(Drop *drop, const ObjectAddress *original) {
    int count = 0, reported = 0;
    bool refused = false;
    StrBuf detail;
    strbuf_init(&detail, &drop->arena);
    for (size_t i = 0; i < drop->found.count; i++) {
        const Found *f = &drop->found.items[i];
        if ((f->flags & FOUND_IS_PART) && !(f->flags & FOUND_PARTITION))
            return requires_error(drop, f->object, f->because);
    }
    for (size_t i = drop->found.count; i-- > 0;) {
        const Found *f = &drop->found.items[i];
        if (f->flags & (FOUND_ORIGINAL | FOUND_SUB | FOUND_AUTO | FOUND_INTERNAL | FOUND_PARTITION |
                        FOUND_EXTENSION))
            continue;
        count++;
        refused |= drop->behavior == DROP_RESTRICT;
        if (reported == REPORTED_MAX)
            continue;
        reported++;
        const char *what = describe(drop, f->object);
        put_line(&detail, drop->behavior == DROP_RESTRICT
                              ? arena_printf(&drop->arena, "%s depends on %s", what,
                                             describe(drop, f->because))
                              : arena_printf(&drop->arena, "drop cascades to %s", what));
    }
    if (count > reported)
        put_line(&detail, arena_printf(&drop->arena,
                                       count - reported == 1
                                           ? "and %d other object (see server log for list)"
                                           : "and %d other objects (see server log for list)",
                                       count - reported));
    if (!refused) {
        notice_cascade(drop, count, strbuf_cstr(&detail));
        return STATUS_OK;
    }
    Status s =
        original != NULL
            ? error(ERR_DEPENDENT_OBJECTS_STILL_EXIST,
                    "cannot drop %s because other objects depend on it", describe(drop, *original))
            : error(ERR_DEPENDENT_OBJECTS_STILL_EXIST,
                    "cannot drop desired object(s) because other objects depend on them");
    s = status_detail(s, "%s", strbuf_cstr(&detail));
    return status_hint(s, "Use DROP ... CASCADE to drop the dependent objects too.");
}

/* ---- deletion ---- */

static Status delete_by_oid(CatalogSession *session, Oid index, Oid oid) {
    Datum key = datum_oid(oid);
    return catalog_delete_all(session, index, &key, 1);
}

static Status delete_relation(CatalogSession *session, Oid relation) {
    const RelationDesc *rel;
    TRY(catalog_relation_require(session, relation, &rel));
    if (rel->store != 0)
        TRY(txn_store_drop(session->txn, rel->store));
    if (rel->kind == 'i' || rel->kind == 'I')
        TRY(delete_by_oid(session, PG_INDEX_INDEXRELID_INDEX, relation));
    if (rel->kind == 'S')
        TRY(delete_by_oid(session, PG_SEQUENCE_SEQRELID_INDEX, relation));
    if (rel->kind == 'f')
        TRY(delete_by_oid(session, PG_FOREIGN_TABLE_RELID_INDEX, relation));
    if (rel->kind == 'p')
        TRY(delete_by_oid(session, PG_PARTITIONED_TABLE_PARTRELID_INDEX, relation));
    for (uint32_t i = 0; rel->is_partition && i < rel->parent_count; i++)
        TRY(partition_default_forget(session, rel->parents[i], relation));
    TRY(delete_by_oid(session, PG_INHERITS_RELID_SEQNO_INDEX, relation));
    TRY(delete_by_oid(session, PG_STATISTIC_RELID_ATT_INH_INDEX, relation));
    TRY(delete_by_oid(session, PG_SUBSCRIPTION_REL_SRRELID_SRSUBID_INDEX, relation));
    TRY(delete_by_oid(session, PG_ATTRIBUTE_RELID_ATTNUM_INDEX, relation));
    return delete_by_oid(session, PG_CLASS_OID_INDEX, relation);
}

static Status delete_default(CatalogSession *session, Oid attrdef) {
    Arena arena;
    arena_init(&arena, &session->account);
    CatalogRow *row = row_new(&arena), *column = row_new(&arena);
    bool found;
    Status status = catalog_find_oid(session, PG_ATTRDEF_OID_INDEX, attrdef, &arena, row, &found);
    if (status_ok(status) && found) {
        status = catalog_delete(session, PG_ATTRDEF, row);
        if (status_ok(status))
            status = column_row(session, row_oid(row, PG_ATTRDEF_ADRELID),
                                row->values[PG_ATTRDEF_ADNUM].i16, &arena, column);
        if (status_ok(status)) {
            row_set_bool(column, PG_ATTRIBUTE_ATTHASDEF, false);
            row_set_char(column, PG_ATTRIBUTE_ATTGENERATED, 0);
            status = catalog_update(session, PG_ATTRIBUTE, column);
        }
    }
    arena_destroy(&arena);
    return status;
}

/* Its commutator and negator forget it. */
static Status unlink_operator(CatalogSession *session, Oid oper) {
    static const int columns[] = {PG_OPERATOR_OPRCOM, PG_OPERATOR_OPRNEGATE};
    Arena arena;
    arena_init(&arena, &session->account);
    CatalogRow *row = row_new(&arena), *other = row_new(&arena);
    bool found;
    Status status = object_row(session, PG_OPERATOR, oper, &arena, row, &found);
    for (size_t i = 0; i < ARRAY_LEN(columns) && status_ok(status) && found; i++) {
        Oid linked = row_oid(row, columns[i]);
        bool known;
        if (linked == 0 || linked == oper)
            continue;
        status = object_row(session, PG_OPERATOR, linked, &arena, other, &known);
        bool back = false;
        for (size_t k = 0; k < ARRAY_LEN(columns) && status_ok(status) && known; k++)
            if (row_oid(other, columns[k]) == oper) {
                row_set_oid(other, columns[k], 0);
                back = true;
            }
        if (back)
            status = catalog_update(session, PG_OPERATOR, other);
    }
    arena_destroy(&arena);
    return status;
}

static Status delete_rows(CatalogSession *session, ObjectAddress object) {
    switch (object.class_id) {
    case PG_CLASS:
        return object.sub != 0 ? relation_drop_column(session, object.object, (int16_t)object.sub)
                               : delete_relation(session, object.object);
    case PG_CONSTRAINT:
        return constraint_delete(session, object.object);
    case PG_ATTRDEF:
        return delete_default(session, object.object);
    case PG_PROC:
        vec_push(&session->dropped_functions, &session->arena, object.object);
        TRY(delete_by_oid(session, PG_AGGREGATE_FNOID_INDEX, object.object));
        break;
    case PG_TYPE:
        TRY(delete_by_oid(session, PG_ENUM_TYPID_SORTORDER_INDEX, object.object));
        TRY(delete_by_oid(session, PG_RANGE_RNGTYPID_INDEX, object.object));
        break;
    case PG_OPERATOR:
        TRY(unlink_operator(session, object.object));
        break;
    case PG_STATISTIC_EXT:
        TRY(delete_by_oid(session, PG_STATISTIC_EXT_DATA_STXOID_INH_INDEX, object.object));
        break;
    case PG_TS_CONFIG:
        TRY(delete_by_oid(session, PG_TS_CONFIG_MAP_INDEX, object.object));
        break;
    case PG_LARGEOBJECT:
        TRY(delete_by_oid(session, PG_LARGEOBJECT_LOID_PN_INDEX, object.object));
        break;
    default:
        break;
    }
    const ObjectClass *class = object_class(object.class_id);
    if (class == NULL)
        return error(ERR_INTERNAL_ERROR, "unsupported object class: %u", object.class_id);
    return delete_by_oid(session, class->oid_index, object.object);
}

static Status delete_attachments(CatalogSession *session, ObjectAddress object) {
    Datum keys[3] = {datum_oid(object.object), datum_oid(object.class_id), datum_i32(object.sub)};
    TRY(depend_delete_of(session, object, false, NULL));
    TRY(shdepend_delete_of(session, object.class_id, object.object, object.sub));
    TRY(comment_delete_all(session, object));
    TRY(catalog_delete_all(session, PG_SECLABEL_OBJECT_INDEX, keys, object.sub != 0 ? 3 : 2));
    return catalog_delete_all(session, PG_INIT_PRIVS_O_C_O_INDEX, keys, object.sub != 0 ? 3 : 2);
}

static void tell_hook(Drop *drop) {
    CatalogSession *session = drop->session;
    if (drop->flags & DROP_INTERNAL)
        return;
    for (size_t i = 0; session->drop_hook != NULL && i < drop->found.count; i++) {
        const Found *f = &drop->found.items[i];
        if (!((drop->flags & DROP_KEEP_ORIGINAL) && (f->flags & FOUND_ORIGINAL)))
            session->drop_hook(session->drop_hook_arg, f->object, (f->flags & FOUND_ORIGINAL) != 0,
                               (f->flags & FOUND_NORMAL) != 0);
    }
}

static Status delete_found(Drop *drop) {
    CatalogSession *session = drop->session;
    tell_hook(drop);
    for (size_t i = 0; i < drop->found.count; i++) {
        const Found *f = &drop->found.items[i];
        if ((drop->flags & DROP_KEEP_ORIGINAL) && (f->flags & FOUND_ORIGINAL))
            continue;
        TRY(delete_rows(session, f->object));
        TRY(delete_attachments(session, f->object));
    }
    return STATUS_OK;
}

Status object_drop(CatalogSession *session, const ObjectAddress *objects, size_t count,
                   DropBehavior behavior, unsigned flags) {
    Drop drop = {.session = session,
                 .behavior = behavior,
                 .flags = flags,
                 .pending = objects,
                 .pending_count = count};
    arena_init(&drop.arena, &session->account);
    Status status = STATUS_OK;
    for (size_t i = 0; i < count && status_ok(status); i++)
        status = find(&drop, objects[i], FOUND_ORIGINAL, NULL);
    if (status_ok(status))
        status = report(&drop, count == 1 ? &objects[0] : NULL);
    if (status_ok(status))
        status = delete_found(&drop);
    arena_destroy(&drop.arena);
    return status;
}

void session_set_insert_hook(CatalogSession *session, CatalogInsertHook hook, void *arg) {
    session->insert_hook = hook;
    session->insert_hook_arg = arg;
}

void session_set_drop_hook(CatalogSession *session, ObjectDropHook hook, void *arg) {
    session->drop_hook = hook;
    session->drop_hook_arg = arg;
}
