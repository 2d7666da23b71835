/* depend.c: rows of pg_depend and pg_shdepend. */
#include "catalog/catalog_int.h"

#include <stdlib.h>

bool object_is_pinned(ObjectAddress object) {
    if (object.object >= OID_FIRST_UNPINNED || object.class_id == PG_LARGEOBJECT ||
        object.class_id == PG_DATABASE)
        return false;
    return !(object.class_id == PG_NAMESPACE && object.object == OID_NAMESPACE_PUBLIC);
}

static ObjectAddress address_at(const CatalogRow *row, int class_column) {
    return object_address(row->values[class_column].u32, row->values[class_column + 1].u32,
                          row->values[class_column + 2].i32);
}

static bool same_address(ObjectAddress a, ObjectAddress b) {
    return a.class_id == b.class_id && a.object == b.object && a.sub == b.sub;
}

Status depend_record_many(CatalogSession *session, ObjectAddress depender,
                          const ObjectAddress *referenced, size_t count, DependType type) {
    Status status = STATUS_OK;
    for (size_t i = 0; i < count && status_ok(status); i++) {
        bool known = object_is_pinned(referenced[i]) || referenced[i].object == 0;
        for (size_t k = 0; k < i && !known; k++)
            known = same_address(referenced[k], referenced[i]);
        /* What needs columns of a table needs the table. */
        for (size_t k = 0; k < count && !known && referenced[i].sub == 0; k++)
            known = referenced[k].sub != 0 && referenced[k].object == referenced[i].object &&
                    referenced[k].class_id == referenced[i].class_id;
        if (known)
            continue;
        CatalogRow row = {0};
        row_set_oid(&row, PG_DEPEND_CLASSID, depender.class_id);
        row_set_oid(&row, PG_DEPEND_OBJID, depender.object);
        row_set_i32(&row, PG_DEPEND_OBJSUBID, depender.sub);
        row_set_oid(&row, PG_DEPEND_REFCLASSID, referenced[i].class_id);
        row_set_oid(&row, PG_DEPEND_REFOBJID, referenced[i].object);
        row_set_i32(&row, PG_DEPEND_REFOBJSUBID, referenced[i].sub);
        row_set_char(&row, PG_DEPEND_DEPTYPE, (char)type);
        status = catalog_insert(session, PG_DEPEND, &row);
    }
    return status;
}

Status depend_record(CatalogSession *session, ObjectAddress depender, ObjectAddress referenced,
                     DependType type) {
    return depend_record_many(session, depender, &referenced, 1, type);
}

/* Rows of an object; sub 0: of all its columns too. */
static Status depend_rows(CatalogSession *session, ObjectAddress object, bool as_depender,
                          Arena *arena, CatalogRow **rows_out, size_t *count_out) {
    Datum keys[3] = {datum_oid(object.class_id), datum_oid(object.object), datum_i32(object.sub)};
    return catalog_find_all(session,
                            as_depender ? PG_DEPEND_DEPENDER_INDEX : PG_DEPEND_REFERENCE_INDEX,
                            keys, object.sub != 0 ? 3 : 2, arena, rows_out, count_out);
}

static Status list_rows(CatalogSession *session, ObjectAddress object, bool as_depender,
                        Arena *arena, DependRow **rows_out, size_t *count_out) {
    CatalogRow *rows;
    TRY(depend_rows(session, object, as_depender, arena, &rows, count_out));
    *rows_out = arena_array(arena, DependRow, *count_out + 1);
    for (size_t i = 0; i < *count_out; i++)
        (*rows_out)[i] = (DependRow){address_at(&rows[i], PG_DEPEND_CLASSID),
                                     address_at(&rows[i], PG_DEPEND_REFCLASSID),
                                     (char)rows[i].values[PG_DEPEND_DEPTYPE].byte};
    return STATUS_OK;
}

Status depend_list_of(CatalogSession *session, ObjectAddress depender, Arena *arena,
                      DependRow **rows_out, size_t *count_out) {
    return list_rows(session, depender, true, arena, rows_out, count_out);
}
Status depend_list_on(CatalogSession *session, ObjectAddress referenced, Arena *arena,
                      DependRow **rows_out, size_t *count_out) {
    return list_rows(session, referenced, false, arena, rows_out, count_out);
}

typedef bool (*DependFilter)(const CatalogRow *row, const void *arg);

static Status delete_where(CatalogSession *session, ObjectAddress depender, DependFilter filter,
                           const void *arg, long *count_out) {
    Arena arena;
    arena_init(&arena, &session->account);
    CatalogRow *rows;
    size_t count;
    long deleted = 0;
    Status status = depend_rows(session, depender, true, &arena, &rows, &count);
    for (size_t i = 0; status_ok(status) && i < count; i++) {
        if (!filter(&rows[i], arg))
            continue;
        status = catalog_delete(session, PG_DEPEND, &rows[i]);
        deleted++;
    }
    arena_destroy(&arena);
    if (count_out != NULL)
        *count_out = deleted;
    return status;
}

static bool not_extension(const CatalogRow *row, const void *arg) {
    return !*(const bool *)arg || row->values[PG_DEPEND_DEPTYPE].byte != DEPEND_EXTENSION;
}
Status depend_delete_of(CatalogSession *session, ObjectAddress depender, bool keep_extension,
                        long *count_out) {
    return delete_where(session, depender, not_extension, &keep_extension, count_out);
}

typedef struct ClassFilter {
    Oid ref_class;
    char type;
} ClassFilter;
static bool of_class(const CatalogRow *row, const void *arg) {
    const ClassFilter *f = arg;
    return row_oid(row, PG_DEPEND_REFCLASSID) == f->ref_class &&
           row->values[PG_DEPEND_DEPTYPE].byte == (uint8_t)f->type;
}
Status depend_delete_of_class(CatalogSession *session, ObjectAddress depender, Oid ref_class,
                              DependType type, long *count_out) {
    ClassFilter filter = {ref_class, (char)type};
    return delete_where(session, depender, of_class, &filter, count_out);
}

static Status change_rows(CatalogSession *session, Arena *arena, ObjectAddress depender,
                          Oid ref_class, Oid old, Oid now, long *count_out) {
    CatalogRow *rows;
    size_t count;
    TRY(depend_rows(session, depender, true, arena, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        if (row_oid(&rows[i], PG_DEPEND_REFCLASSID) != ref_class ||
            row_oid(&rows[i], PG_DEPEND_REFOBJID) != old)
            continue;
        ++*count_out;
        if (object_is_pinned(object_address(ref_class, now, 0))) {
            TRY(catalog_delete(session, PG_DEPEND, &rows[i]));
        } else {
            row_set_oid(&rows[i], PG_DEPEND_REFOBJID, now);
            TRY(catalog_update(session, PG_DEPEND, &rows[i]));
        }
    }
    /* The old one was pinned, so nothing was recorded. */
    if (*count_out == 0 && object_is_pinned(object_address(ref_class, old, 0))) {
        *count_out = 1;
        return depend_record(session, depender, object_address(ref_class, now, 0), DEPEND_NORMAL);
    }
    return STATUS_OK;
}

Status depend_change(CatalogSession *session, Oid class_id, Oid object, Oid ref_class, Oid old,
                     Oid now, long *count_out) {
    long changed = 0;
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = change_rows(session, &arena, object_address(class_id, object, 0), ref_class,
                                old, now, &changed);
    arena_destroy(&arena);
    if (count_out != NULL)
        *count_out = changed;
    return status;
}

Oid session_current_extension(const CatalogSession *session) { return session->extension; }
void session_set_current_extension(CatalogSession *session, Oid extension) {
    session->extension = extension;
}

Status depend_on_current_extension(CatalogSession *session, ObjectAddress object) {
    if (session->extension == 0)
        return STATUS_OK;
    return depend_record(session, object, object_address(PG_EXTENSION, session->extension, 0),
                         DEPEND_EXTENSION);
}

Status depend_sequence_owner(CatalogSession *session, Oid sequence, char type, Oid *relation_out,
                             int32_t *attnum_out, bool *found_out) {
    Arena arena;
    arena_init(&arena, &session->account);
    DependRow *rows;
    size_t count;
    *found_out = false;
    Status status =
        depend_list_of(session, object_address(PG_CLASS, sequence, 0), &arena, &rows, &count);
    for (size_t i = 0; status_ok(status) && i < count && !*found_out; i++) {
        if (rows[i].type != type || rows[i].referenced.class_id != PG_CLASS ||
            rows[i].referenced.sub == 0)
            continue;
        *found_out = true;
        *relation_out = rows[i].referenced.object;
        *attnum_out = rows[i].referenced.sub;
    }
    arena_destroy(&arena);
    return status;
}

Status depend_owned_sequences(CatalogSession *session, Oid relation, int32_t attnum, char type,
                              Arena *arena, const Oid **sequences_out, size_t *count_out) {
    VEC(Oid) found = {0};
    DependRow *rows;
    size_t count;
    *sequences_out = NULL;
    *count_out = 0;
    TRY(depend_list_on(session, object_address(PG_CLASS, relation, attnum), arena, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        if (rows[i].depender.class_id != PG_CLASS || rows[i].depender.sub != 0 ||
            rows[i].referenced.sub == 0 ||
            (type != 0 ? rows[i].type != type
                       : rows[i].type != DEPEND_AUTO && rows[i].type != DEPEND_INTERNAL))
            continue;
        const RelationDesc *rel;
        TRY(catalog_relation(session, rows[i].depender.object, &rel));
        if (rel != NULL && rel->kind == 'S')
            vec_push(&found, arena, rel->oid);
    }
    *sequences_out = found.items;
    *count_out = found.count;
    return STATUS_OK;
}

/* ---- shared dependencies ---- */

static Oid database_of(const CatalogSession *session, Oid class_id) {
    const CatalogTable *table = catalog_table(class_id);
    return table != NULL && table->shared ? 0 : session->database;
}

static bool shared_is_pinned(Oid class_id, Oid object) {
    return object_is_pinned(object_address(class_id, object, 0));
}

static Status shdepend_insert(CatalogSession *session, Oid class_id, Oid object, int32_t sub,
                              Oid ref_class, Oid ref_object, char type) {
    if (shared_is_pinned(ref_class, ref_object))
        return STATUS_OK;
    CatalogRow row = {0};
    row_set_oid(&row, PG_SHDEPEND_DBID, database_of(session, class_id));
    row_set_oid(&row, PG_SHDEPEND_CLASSID, class_id);
    row_set_oid(&row, PG_SHDEPEND_OBJID, object);
    row_set_i32(&row, PG_SHDEPEND_OBJSUBID, sub);
    row_set_oid(&row, PG_SHDEPEND_REFCLASSID, ref_class);
    row_set_oid(&row, PG_SHDEPEND_REFOBJID, ref_object);
    row_set_char(&row, PG_SHDEPEND_DEPTYPE, type);
    return catalog_insert(session, PG_SHDEPEND, &row);
}

/* Deletes the object's rows of a type (0: any) on ref_object (0: any). all_subs: whatever the sub. */
static Status shdepend_delete(CatalogSession *session, Oid class_id, Oid object, int32_t sub,
                              bool all_subs, Oid ref_class, Oid ref_object, char type) {
    Arena arena;
    arena_init(&arena, &session->account);
    Datum keys[4] = {datum_oid(database_of(session, class_id)), datum_oid(class_id),
                     datum_oid(object), datum_i32(sub)};
    CatalogRow *rows;
    size_t count;
    Status status = catalog_find_all(session, PG_SHDEPEND_DEPENDER_INDEX, keys, all_subs ? 3 : 4,
                                     &arena, &rows, &count);
    for (size_t i = 0; status_ok(status) && i < count; i++) {
        const CatalogRow *row = &rows[i];
        if ((type != 0 && row->values[PG_SHDEPEND_DEPTYPE].byte != (uint8_t)type) ||
            (ref_class != 0 && row_oid(row, PG_SHDEPEND_REFCLASSID) != ref_class) ||
            (ref_object != 0 && row_oid(row, PG_SHDEPEND_REFOBJID) != ref_object))
            continue;
        status = catalog_delete(session, PG_SHDEPEND, row);
    }
    arena_destroy(&arena);
    return status;
}

Status shdepend_record_owner(CatalogSession *session, Oid class_id, Oid object, Oid owner) {
    return shdepend_insert(session, class_id, object, 0, PG_AUTHID, owner, 'o');
}

Status shdepend_change_owner(CatalogSession *session, Oid class_id, Oid object, Oid owner) {
    TRY(shdepend_delete(session, class_id, object, 0, false, PG_AUTHID, 0, 'o'));
    TRY(shdepend_insert(session, class_id, object, 0, PG_AUTHID, owner, 'o'));
    /* An owner needs no entry for what the ACL gives it. */
    return shdepend_delete(session, class_id, object, 0, true, PG_AUTHID, owner, 'a');
}

Status shdepend_record_tablespace(CatalogSession *session, Oid class_id, Oid object,
                                  Oid tablespace) {
    return tablespace == 0
               ? STATUS_OK
               : shdepend_insert(session, class_id, object, 0, PG_TABLESPACE, tablespace, 't');
}
Status shdepend_change_tablespace(CatalogSession *session, Oid class_id, Oid object,
                                  Oid tablespace) {
    TRY(shdepend_delete(session, class_id, object, 0, false, PG_TABLESPACE, 0, 't'));
    return shdepend_record_tablespace(session, class_id, object, tablespace);
}

static bool has_oid(const Oid *list, size_t count, Oid oid) {
    for (size_t i = 0; i < count; i++)
        if (list[i] == oid)
            return true;
    return false;
}

Status shdepend_update_acl(CatalogSession *session, Oid class_id, Oid object, int32_t sub,
                           Oid owner, const Oid *old_roles, size_t old_count, const Oid *new_roles,
                           size_t new_count) {
    for (size_t i = 0; i < old_count; i++)
        if (!has_oid(new_roles, new_count, old_roles[i]) && !has_oid(old_roles, i, old_roles[i]))
            TRY(shdepend_delete(session, class_id, object, sub, false, PG_AUTHID, old_roles[i],
                                'a'));
    for (size_t i = 0; i < new_count; i++)
        if (!has_oid(old_roles, old_count, new_roles[i]) && !has_oid(new_roles, i, new_roles[i]) &&
            new_roles[i] != owner && new_roles[i] != 0)
            TRY(shdepend_insert(session, class_id, object, sub, PG_AUTHID, new_roles[i], 'a'));
    return STATUS_OK;
}

Status shdepend_delete_of(CatalogSession *session, Oid class_id, Oid object, int32_t sub) {
    return shdepend_delete(session, class_id, object, sub, sub == 0, 0, 0, 0);
}

static Status shdepend_rows(CatalogSession *session, Oid class_id, Oid object, Arena *arena,
                            CatalogRow **rows, size_t *count) {
    Datum keys[2] = {datum_oid(class_id), datum_oid(object)};
    return catalog_find_all(session, PG_SHDEPEND_REFERENCE_INDEX, keys, 2, arena, rows, count);
}

Status shdepend_list_on(CatalogSession *session, Oid class_id, Oid object, Arena *arena,
                        ShDependRow **rows_out, size_t *count_out) {
    CatalogRow *rows;
    size_t count;
    TRY(shdepend_rows(session, class_id, object, arena, &rows, &count));
    *rows_out = arena_array(arena, ShDependRow, count + 1);
    *count_out = 0;
    for (size_t i = 0; i < count; i++) {
        Oid database = row_oid(&rows[i], PG_SHDEPEND_DBID);
        if (database != 0 && database != session->database)
            continue;
        (*rows_out)[(*count_out)++] =
            (ShDependRow){database, address_at(&rows[i], PG_SHDEPEND_CLASSID),
                          (char)rows[i].values[PG_SHDEPEND_DEPTYPE].byte};
    }
    return STATUS_OK;
}

#define REPORTED_MAX 100

static const char *shdepend_words(char type) {
    switch (type) {
    case 'o':
        return "owner of";
    case 'a':
        return "privileges for";
    case 'r':
        return "target of";
    default:
        return "tablespace for";
    }
}

typedef struct ForeignCount {
    Oid database;
    int count;
} ForeignCount;

static Status put_foreign(CatalogSession *session, StrBuf *buf, const ForeignCount *foreign,
                          size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *name;
        TRY(database_name(session, foreign[i].database, &name));
        if (buf->len > 0)
            strbuf_putc(buf, '\n');
        strbuf_printf(
            buf, foreign[i].count == 1 ? "%d object in database %s" : "%d objects in database %s",
            foreign[i].count, name != NULL ? name : "?");
    }
    return STATUS_OK;
}

/* By object, class, part: the order in which they are told. */
static int compare_dependers(const void *a, const void *b) {
    ObjectAddress x = address_at(a, PG_SHDEPEND_CLASSID), y = address_at(b, PG_SHDEPEND_CLASSID);
    if (x.object != y.object)
        return x.object < y.object ? -1 : 1;
    if (x.class_id != y.class_id)
        return x.class_id < y.class_id ? -1 : 1;
    if (x.sub != y.sub)
        return (uint32_t)x.sub < (uint32_t)y.sub ? -1 : 1;
    return (int)((const CatalogRow *)a)->values[PG_SHDEPEND_DEPTYPE].byte -
           (int)((const CatalogRow *)b)->values[PG_SHDEPEND_DEPTYPE].byte;
}

Status shdepend_check(CatalogSession *session, Oid class_id, Oid object, Arena *arena,
                      const char **detail_out) {
    CatalogRow *rows;
    size_t count;
    int reported = 0, unreported = 0;
    *detail_out = NULL;
    TRY(shdepend_rows(session, class_id, object, arena, &rows, &count));
    if (count > 1)
        qsort(rows, count, sizeof(*rows), compare_dependers);
    StrBuf buf;
    strbuf_init(&buf, arena);
    VEC(ForeignCount) foreign = {0};
    for (size_t i = 0; i < count; i++) {
        Oid database = row_oid(&rows[i], PG_SHDEPEND_DBID);
        ObjectAddress address = address_at(&rows[i], PG_SHDEPEND_CLASSID);
        if (database != 0 && database != session->database) {
            size_t k = 0;
            while (k < foreign.count && foreign.items[k].database != database)
                k++;
            if (k == foreign.count)
                vec_push(&foreign, arena, ((ForeignCount){database, 0}));
            foreign.items[k].count++;
            continue;
        }
        if (reported == REPORTED_MAX) {
            unreported++;
            continue;
        }
        const char *text;
        TRY(object_describe(session, arena, address, true, &text));
        if (text == NULL)
            continue;
        strbuf_printf(&buf, "%s%s %s", reported++ > 0 ? "\n" : "",
                      shdepend_words((char)rows[i].values[PG_SHDEPEND_DEPTYPE].byte), text);
    }
    if (unreported > 0)
        strbuf_printf(&buf,
                      unreported == 1 ? "\nand %d other object (see server log for list)"
                                      : "\nand %d other objects (see server log for list)",
                      unreported);
    TRY(put_foreign(session, &buf, foreign.items, foreign.count));
    if (buf.len > 0)
        *detail_out = strbuf_cstr(&buf);
    return STATUS_OK;
}
