/* ddl_fk_trigger.c: the rows of pg_trigger that stand for foreign keys. */
#include "catalog/catalog_int.h"

#define TRIGGER_ROW 1
#define TRIGGER_INSERT 4
#define TRIGGER_DELETE 8
#define TRIGGER_UPDATE 16
#define PROC_RI_CHECK_INS 1644
#define PROC_RI_CHECK_UPD 1645

static Oid action_function(char action, bool update) {
    switch (action) {
    case 'c':
        return 1646 + update;
    case 'r':
        return 1648 + update;
    case 'n':
        return 1650 + update;
    case 'd':
        return 1652 + update;
    default:
        return 1654 + update;
    }
}

static Status note_parent(CatalogSession *session, Oid trigger, Oid parent, Oid relation) {
    ObjectAddress self = object_address(PG_TRIGGER, trigger, 0);
    TRY(depend_record(session, self, object_address(PG_TRIGGER, parent, 0), DEPEND_PARTITION_PRI));
    return depend_record(session, self, object_address(PG_CLASS, relation, 0),
                         DEPEND_PARTITION_SEC);
}

/* One side of a foreign key. */
typedef struct FkTriggerSide {
    const ConstraintSpec *spec;
    Oid constraint;
    bool action;
    Oid relation, other;
} FkTriggerSide;

static Status insert_trigger(CatalogSession *session, const FkTriggerSide *side, bool update,
                             Oid parent, Arena *arena, Oid *oid_out) {
    const ConstraintSpec *spec = side->spec;
    CatalogRow *row = row_new(arena);
    char action = update ? spec->on_update : spec->on_delete;
    bool waits = !side->action || action == 'a';
    int type = update ? TRIGGER_UPDATE : side->action ? TRIGGER_DELETE : TRIGGER_INSERT;
    TRY(catalog_new_oid(session, PG_TRIGGER, oid_out));
    row_set_oid(row, PG_TRIGGER_OID, *oid_out);
    row_set_oid(row, PG_TRIGGER_TGRELID, side->relation);
    row_set_oid(row, PG_TRIGGER_TGPARENTID, parent);
    row_set_text(
        row, PG_TRIGGER_TGNAME,
        arena_printf(arena, "RI_ConstraintTrigger_%s_%u", side->action ? "a" : "c", *oid_out));
    row_set_oid(row, PG_TRIGGER_TGFOID,
                side->action ? action_function(action, update)
                : update     ? PROC_RI_CHECK_UPD
                             : PROC_RI_CHECK_INS);
    row_set_i16(row, PG_TRIGGER_TGTYPE, (int16_t)(TRIGGER_ROW | type));
    row_set_char(row, PG_TRIGGER_TGENABLED, 'O');
    row_set_bool(row, PG_TRIGGER_TGISINTERNAL, true);
    row_set_oid(row, PG_TRIGGER_TGCONSTRRELID, side->other);
    row_set_oid(row, PG_TRIGGER_TGCONSTRINDID, spec->index);
    row_set_oid(row, PG_TRIGGER_TGCONSTRAINT, side->constraint);
    row_set_bool(row, PG_TRIGGER_TGDEFERRABLE, waits && spec->deferrable);
    row_set_bool(row, PG_TRIGGER_TGINITDEFERRED, waits && spec->deferred);
    row->values[PG_TRIGGER_TGATTR] = row_int2_vector(arena, NULL, 0);
    row->values[PG_TRIGGER_TGARGS] = datum_str("", 0);
    row_set_null(row, PG_TRIGGER_TGQUAL);
    row_set_null(row, PG_TRIGGER_TGOLDTABLE);
    row_set_null(row, PG_TRIGGER_TGNEWTABLE);
    TRY(catalog_insert(session, PG_TRIGGER, row));
    TRY(depend_record(session, object_address(PG_TRIGGER, *oid_out, 0),
                      object_address(PG_CONSTRAINT, side->constraint, 0), DEPEND_INTERNAL));
    return relation_set_flag(session, side->relation, PG_CLASS_RELHASTRIGGERS);
}

Status foreign_key_triggers(CatalogSession *session, const ConstraintSpec *spec, Oid constraint,
                            bool action, FkTriggers parents, FkTriggers *made_out) {
    FkTriggerSide side = {.spec = spec,
                          .constraint = constraint,
                          .action = action,
                          .relation = action ? spec->referenced : spec->relation,
                          .other = action ? spec->relation : spec->referenced};
    Arena arena;
    Status s = STATUS_OK;
    *made_out = (FkTriggers){{0}};
    arena_init(&arena, &session->account);
    for (int i = 0; i < 2 && status_ok(s); i++)
        s = insert_trigger(session, &side, i == 1, parents.oids[i], &arena, &made_out->oids[i]);
    arena_destroy(&arena);
    return s;
}

Status foreign_key_find_triggers(CatalogSession *session, Oid constraint, Oid relation, bool action,
                                 FkTriggers *found_out) {
    Arena arena;
    CatalogRow *rows;
    size_t count;
    Datum key = datum_oid(constraint);
    *found_out = (FkTriggers){{0}};
    arena_init(&arena, &session->account);
    Status s = catalog_find_all(session, PG_TRIGGER_TGCONSTRAINT_INDEX, &key, 1, &arena, &rows,
                                &count);
    for (size_t i = 0; status_ok(s) && i < count; i++) {
        Oid function = row_oid(&rows[i], PG_TRIGGER_TGFOID);
        bool update = (rows[i].values[PG_TRIGGER_TGTYPE].i16 & TRIGGER_UPDATE) != 0;
        if (row_oid(&rows[i], PG_TRIGGER_TGRELID) == relation && fk_trigger_is_any(function) &&
            fk_trigger_is_check(function) == !action)
            found_out->oids[update] = row_oid(&rows[i], PG_TRIGGER_OID);
    }
    arena_destroy(&arena);
    return s;
}

static Status set_parent(CatalogSession *session, Oid trigger, Oid parent, Oid relation,
                         Arena *arena) {
    CatalogRow *row = row_new(arena);
    bool found;
    ObjectAddress self = object_address(PG_TRIGGER, trigger, 0);
    TRY(catalog_find_oid(session, PG_TRIGGER_OID_INDEX, trigger, arena, row, &found));
    if (!found)
        return STATUS_OK;
    row_set_oid(row, PG_TRIGGER_TGPARENTID, parent);
    TRY(catalog_update(session, PG_TRIGGER, row));
    if (parent != 0)
        return note_parent(session, trigger, parent, relation);
    TRY(depend_delete_of_class(session, self, PG_TRIGGER, DEPEND_PARTITION_PRI, NULL));
    return depend_delete_of_class(session, self, PG_CLASS, DEPEND_PARTITION_SEC, NULL);
}

Status foreign_key_set_parents(CatalogSession *session, FkTriggers triggers, FkTriggers parents,
                               Oid relation) {
    Arena arena;
    Status s = STATUS_OK;
    arena_init(&arena, &session->account);
    for (int i = 0; i < 2 && status_ok(s); i++)
        if (triggers.oids[i] != 0)
            s = set_parent(session, triggers.oids[i], parents.oids[i], relation, &arena);
    arena_destroy(&arena);
    return s;
}
