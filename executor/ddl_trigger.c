/*
 * ddl_trigger.c: CREATE TRIGGER, and what becomes of triggers of partitioned tables.
 *
 * A row trigger of a partitioned table has a clone on every partition, down to the leaves
 * (pg_trigger.tgparentid): only those fire. Statement triggers stay where they were made.
 */
#include "executor/ddl_trigger.h"

#include "planner/tree.h"

enum { ROW = 1, BEFORE = 2, INSERT = 4, DELETE = 8, UPDATE = 16, TRUNCATE = 32, INSTEAD = 64 };

/* A trigger to be stored. */
typedef struct TriggerPlan {
    Ddl *ddl;
    const RelationDesc *relation;
    const char *name;
    const char *function_name; /* as written */
    Oid function;
    int16_t type;
    char enabled;
    bool replace;
    bool constraint, deferrable, deferred;
    Oid constraint_relation;
    Oid parent; /* trigger of the partitioned table */
    const int16_t *columns;
    uint16_t column_count;
    const char *const *args;
    uint32_t arg_count;
    Expr *when;
    const char *old_table, *new_table;
} TriggerPlan;

/* ---- what may be ---- */

static Status wrong_kind(const RelationDesc *r, const char *what, const char *detail) {
    return status_detail(error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is %s", r->name, what), "%s", detail);
}

static Status check_table_kind(const AstCreateTrigger *ast, const RelationDesc *r) {
    bool instead = ast->timing == AST_TRIGGER_INSTEAD;
    bool truncate = (ast->events & AST_TRIGGER_TRUNCATE) != 0;
    switch (r->kind) {
    case 'r':
    case 'p':
        if (instead)
            return wrong_kind(r, "a table", "Tables cannot have INSTEAD OF triggers.");
        if (r->kind == 'p' && ast->row && ast->transitions.count > 0)
            return status_detail(
                error(ERR_FEATURE_NOT_SUPPORTED, "\"%s\" is a partitioned table", r->name),
                "ROW triggers with transition tables are not supported on "
                "partitioned tables.");
        return STATUS_OK;
    case 'v':
        if (!instead && ast->row)
            return wrong_kind(r, "a view", "Views cannot have row-level BEFORE or AFTER triggers.");
        return truncate ? wrong_kind(r, "a view", "Views cannot have TRUNCATE triggers.")
                        : STATUS_OK;
    case 'f':
        if (instead)
            return wrong_kind(r, "a foreign table",
                              "Foreign tables cannot have INSTEAD OF triggers.");
        if (truncate)
            return wrong_kind(r, "a foreign table",
                              "Foreign tables cannot have TRUNCATE triggers.");
        return ast->constraint ? wrong_kind(r, "a foreign table",
                                            "Foreign tables cannot have constraint triggers.")
                               : STATUS_OK;
    default:
        return status_detail(
            error(ERR_WRONG_OBJECT_TYPE, "relation \"%s\" cannot have triggers", r->name),
            "This operation is not supported for %s.", ddl_relation_kind_plural(r->kind));
    }
}

static Status not_supported(const char *text) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "%s", text);
}
static Status bad(const char *text) { return error(ERR_INVALID_OBJECT_DEFINITION, "%s", text); }

static Status check_form(const AstCreateTrigger *ast) {
    if (ast->row && (ast->events & AST_TRIGGER_TRUNCATE))
        return not_supported("TRUNCATE FOR EACH ROW triggers are not supported");
    if (ast->timing != AST_TRIGGER_INSTEAD)
        return STATUS_OK;
    if (!ast->row)
        return not_supported("INSTEAD OF triggers must be FOR EACH ROW");
    if (ast->when != NULL)
        return not_supported("INSTEAD OF triggers cannot have WHEN conditions");
    return ast->columns.count > 0 ? not_supported("INSTEAD OF triggers cannot have column lists")
                                  : STATUS_OK;
}

static Status check_transition(const TriggerPlan *plan, const AstCreateTrigger *ast,
                               const AstTriggerTransition *t) {
    const RelationDesc *r = plan->relation;
    uint32_t rows = ast->events & (AST_TRIGGER_INSERT | AST_TRIGGER_UPDATE | AST_TRIGGER_DELETE);
    if (!t->is_table)
        return status_hint(
            not_supported("ROW variable naming in the REFERENCING clause is not supported"),
            "Use OLD TABLE or NEW TABLE for naming transition tables.");
    if (r->kind == 'f')
        return wrong_kind(r, "a foreign table",
                          "Triggers on foreign tables cannot have transition tables.");
    if (r->kind == 'v')
        return wrong_kind(r, "a view", "Triggers on views cannot have transition tables.");
    if (ast->row && r->parent_count > 0)
        return not_supported(r->is_partition ? "ROW triggers with transition tables are not "
                                               "supported on partitions"
                                             : "ROW triggers with transition tables are not "
                                               "supported on inheritance children");
    if (ast->timing != AST_TRIGGER_AFTER)
        return bad("transition table name can only be specified for an AFTER trigger");
    if (ast->events & AST_TRIGGER_TRUNCATE)
        return not_supported("TRUNCATE triggers with transition tables are not supported");
    if ((rows & (rows - 1)) != 0)
        return not_supported(
            "transition tables cannot be specified for triggers with more than one event");
    if (ast->columns.count > 0)
        return not_supported(
            "transition tables cannot be specified for triggers with column lists");
    return STATUS_OK;
}

static Status read_transitions(TriggerPlan *plan, const AstCreateTrigger *ast) {
    AST_FOREACH(AstTriggerTransition, t, ast->transitions) {
        TRY(check_transition(plan, ast, t));
        const char **name = t->is_new ? &plan->new_table : &plan->old_table;
        if (t->is_new && !(ast->events & (AST_TRIGGER_INSERT | AST_TRIGGER_UPDATE)))
            return bad("NEW TABLE can only be specified for an INSERT or UPDATE trigger");
        if (!t->is_new && !(ast->events & (AST_TRIGGER_DELETE | AST_TRIGGER_UPDATE)))
            return bad("OLD TABLE can only be specified for a DELETE or UPDATE trigger");
        if (*name != NULL)
            return bad(t->is_new ? "NEW TABLE cannot be specified multiple times"
                                 : "OLD TABLE cannot be specified multiple times");
        *name = t->name;
    }
    if (plan->old_table != NULL && plan->new_table != NULL &&
        strcmp(plan->old_table, plan->new_table) == 0)
        return bad("OLD TABLE name and NEW TABLE name cannot be the same");
    return STATUS_OK;
}

static Status read_columns(TriggerPlan *plan, const StrList *names) {
    int16_t *columns = arena_array(plan->ddl->arena, int16_t, names->count + 1);
    for (uint32_t i = 0; i < names->count; i++) {
        const ColumnDesc *column = relation_column(plan->relation, names->items[i]);
        if (column == NULL)
            return error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist",
                         names->items[i], plan->relation->name);
        for (uint32_t j = 0; j < i; j++)
            if (columns[j] == column->attnum)
                return error(ERR_DUPLICATE_COLUMN, "column \"%s\" specified more than once",
                             names->items[i]);
        columns[i] = column->attnum;
    }
    plan->columns = columns;
    plan->column_count = (uint16_t)names->count;
    return STATUS_OK;
}

static Status find_function(TriggerPlan *plan, const StrList *name) {
    Ddl *ddl = plan->ddl;
    const ProcDesc *proc;
    TRY(ddl_function_by_name(ddl, name, NULL, 0, &plan->function));
    TRY(object_check_acl(ddl->catalog, PG_PROC, plan->function, ACL_EXECUTE));
    TRY(catalog_proc_require(ddl->catalog, plan->function, &proc));
    return proc->result == OID_TRIGGER
               ? STATUS_OK
               : error(ERR_INVALID_OBJECT_DEFINITION, "function %s must return type %s",
                       str_list_join(ddl->arena, name), "trigger");
}

static int16_t type_of(const AstCreateTrigger *ast) {
    int type = ast->row ? ROW : 0;
    type |= ast->timing == AST_TRIGGER_BEFORE ? BEFORE : 0;
    type |= ast->timing == AST_TRIGGER_INSTEAD ? INSTEAD : 0;
    type |= ast->events & AST_TRIGGER_INSERT ? INSERT : 0;
    type |= ast->events & AST_TRIGGER_DELETE ? DELETE : 0;
    type |= ast->events & AST_TRIGGER_UPDATE ? UPDATE : 0;
    type |= ast->events & AST_TRIGGER_TRUNCATE ? TRUNCATE : 0;
    return (int16_t)type;
}

/* ---- storing ---- */

static Datum args_datum(const TriggerPlan *plan) {
    StrBuf bytes;
    strbuf_init(&bytes, plan->ddl->arena);
    for (uint32_t i = 0; i < plan->arg_count; i++)
        strbuf_append(&bytes, plan->args[i], strlen(plan->args[i]) + 1);
    return (Datum){.str = str_make(strbuf_cstr(&bytes), bytes.len)};
}

static void set_text(CatalogRow *row, int column, const char *text) {
    row->nulls[column] = text == NULL;
    if (text != NULL)
        row->values[column] = datum_cstr(text);
}

static void fill_row(const TriggerPlan *plan, Oid oid, Oid constraint, CatalogRow *row) {
    Arena *arena = plan->ddl->arena;
    *row = (CatalogRow){0};
    row->values[PG_TRIGGER_OID] = datum_oid(oid);
    row->values[PG_TRIGGER_TGRELID] = datum_oid(plan->relation->oid);
    row->values[PG_TRIGGER_TGPARENTID] = datum_oid(plan->parent);
    row->values[PG_TRIGGER_TGNAME] = datum_cstr(plan->name);
    row->values[PG_TRIGGER_TGFOID] = datum_oid(plan->function);
    row->values[PG_TRIGGER_TGTYPE].i16 = plan->type;
    row->values[PG_TRIGGER_TGENABLED].byte = (uint8_t)plan->enabled;
    row->values[PG_TRIGGER_TGISINTERNAL] = datum_bool(false);
    row->values[PG_TRIGGER_TGCONSTRRELID] = datum_oid(plan->constraint_relation);
    row->values[PG_TRIGGER_TGCONSTRINDID] = datum_oid(0);
    row->values[PG_TRIGGER_TGCONSTRAINT] = datum_oid(constraint);
    row->values[PG_TRIGGER_TGDEFERRABLE] = datum_bool(plan->deferrable);
    row->values[PG_TRIGGER_TGINITDEFERRED] = datum_bool(plan->deferred);
    row->values[PG_TRIGGER_TGNARGS].i16 = (int16_t)plan->arg_count;
    row->values[PG_TRIGGER_TGATTR] = row_int2_vector(arena, plan->columns, plan->column_count);
    row->values[PG_TRIGGER_TGARGS] = args_datum(plan);
    set_text(row, PG_TRIGGER_TGQUAL, plan->when == NULL ? NULL : expr_to_string(arena, plan->when));
    set_text(row, PG_TRIGGER_TGOLDTABLE, plan->old_table);
    set_text(row, PG_TRIGGER_TGNEWTABLE, plan->new_table);
}

static Status check_replace(const TriggerPlan *plan, const CatalogRow *old) {
    const char *name = plan->name, *relation = plan->relation->name;
    if (!plan->replace)
        return error(ERR_DUPLICATE_OBJECT, "trigger \"%s\" for relation \"%s\" already exists",
                     name, relation);
    if ((old->values[PG_TRIGGER_TGISINTERNAL].b || row_oid(old, PG_TRIGGER_TGPARENTID) != 0) &&
        plan->parent == 0)
        return error(ERR_DUPLICATE_OBJECT,
                     "trigger \"%s\" for relation \"%s\" is an internal or a child trigger", name,
                     relation);
    if (row_oid(old, PG_TRIGGER_TGCONSTRAINT) != 0)
        return error(ERR_DUPLICATE_OBJECT,
                     "trigger \"%s\" for relation \"%s\" is a constraint trigger", name, relation);
    return STATUS_OK;
}

static Status make_constraint(const TriggerPlan *plan, Oid *constraint_out) {
    ConstraintSpec spec = {.name = plan->name,
                           .nsp = plan->relation->nsp,
                           .type = 't',
                           .deferrable = plan->deferrable,
                           .deferred = plan->deferred,
                           .validated = true,
                           .is_local = true,
                           .no_inherit = true,
                           .relation = plan->relation->oid};
    *constraint_out = 0;
    return plan->constraint ? constraint_create(plan->ddl->catalog, &spec, constraint_out)
                            : STATUS_OK;
}

static Status record(const TriggerPlan *plan, Oid oid, Oid constraint) {
    CatalogSession *catalog = plan->ddl->catalog;
    ObjectAddress self = object_address(PG_TRIGGER, oid, 0);
    ObjectAddress table = object_address(PG_CLASS, plan->relation->oid, 0);
    AddressList when = {0};
    TRY(depend_record(catalog, self, object_address(PG_PROC, plan->function, 0), DEPEND_NORMAL));
    TRY(depend_record(catalog, self, table, DEPEND_AUTO));
    if (plan->constraint_relation != 0)
        TRY(depend_record(catalog, self, object_address(PG_CLASS, plan->constraint_relation, 0),
                          DEPEND_AUTO));
    if (constraint != 0)
        TRY(depend_record(catalog, object_address(PG_CONSTRAINT, constraint, 0), self,
                          DEPEND_INTERNAL));
    if (plan->parent != 0) {
        TRY(depend_record(catalog, self, object_address(PG_TRIGGER, plan->parent, 0),
                          DEPEND_PARTITION_PRI));
        TRY(depend_record(catalog, self, table, DEPEND_PARTITION_SEC));
    }
    for (uint16_t i = 0; i < plan->column_count; i++)
        TRY(depend_record(catalog, self,
                          object_address(PG_CLASS, plan->relation->oid, plan->columns[i]),
                          DEPEND_NORMAL));
    if (plan->when == NULL || plan->parent != 0)
        return STATUS_OK;
    Expr *both = tree_change_index(plan->ddl->arena, plan->when, 2, 1, 0);
    ddl_expr_addresses(plan->ddl, both, plan->relation->oid, &when);
    return depend_record_many(catalog, self, when.items, when.count, DEPEND_NORMAL);
}

static Status clone_to_partitions(const TriggerPlan *plan, Oid oid);

static Status store_trigger(const TriggerPlan *plan) {
    CatalogSession *catalog = plan->ddl->catalog;
    CatalogRow row, old;
    bool found;
    Oid oid, constraint;
    TRY(catalog_find_name(catalog, PG_TRIGGER_TGRELID_TGNAME_INDEX, plan->name, plan->relation->oid,
                          plan->ddl->arena, &old, &found));
    if (found)
        TRY(check_replace(plan, &old));
    TRY(make_constraint(plan, &constraint));
    if (found)
        oid = row_oid(&old, PG_TRIGGER_OID);
    else
        TRY(catalog_new_oid(catalog, PG_TRIGGER, &oid));
    fill_row(plan, oid, constraint, &row);
    if (found) {
        row.rowid = old.rowid;
        row.version = old.version;
        row.xmin = old.xmin;
        TRY(catalog_update(catalog, PG_TRIGGER, &row));
        TRY(depend_delete_of(catalog, object_address(PG_TRIGGER, oid, 0), false, NULL));
    } else {
        TRY(catalog_insert(catalog, PG_TRIGGER, &row));
    }
    Oid relation = plan->relation->oid;
    TRY(record(plan, oid, constraint));
    TRY(relation_set_flag(catalog, relation, PG_CLASS_RELHASTRIGGERS));
    catalog_touch_relation(catalog, relation);
    return (plan->type & ROW) && plan->relation->kind == 'p' ? clone_to_partitions(plan, oid)
                                                             : STATUS_OK;
}

/* ---- partitions ---- */

typedef struct ColumnMap {
    Arena *arena;
    const RelationDesc *from, *to;
} ColumnMap;

static int16_t mapped(const ColumnMap *map, int16_t attnum) {
    const ColumnDesc *own = relation_column(map->to, map->from->columns[attnum - 1].name);
    return own == NULL ? attnum : own->attnum;
}

static Expr *map_expr(Expr *expr, void *arg) {
    ColumnMap *map = arg;
    if (expr->tag != EXPR_COLUMN)
        return expr_map(map->arena, expr, map_expr, arg);
    ExprColumn *column = arena_memdup(map->arena, expr, sizeof(ExprColumn));
    if (column->attno > 0)
        column->attno = mapped(map, column->attno);
    if (column->attno != 0)
        return (Expr *)column;
    ExprRowCoerce *coerce = EXPR_NEW(map->arena, ExprRowCoerce, EXPR_ROW_COERCE);
    coerce->arg = (Expr *)column;
    coerce->type = column->type;
    coerce->typmod = -1;
    coerce->form = CALL_IMPLICIT;
    column->type = map->to->row_type;
    return (Expr *)coerce;
}

static Status clone(Ddl *ddl, const TriggerPlan *parent, Oid parent_oid, Oid partition) {
    TriggerPlan plan = *parent;
    TRY(catalog_relation_require(ddl->catalog, partition, &plan.relation));
    ColumnMap map = {ddl->arena, parent->relation, plan.relation};
    int16_t *columns = arena_array(ddl->arena, int16_t, plan.column_count + 1u);
    for (uint16_t i = 0; i < plan.column_count; i++)
        columns[i] = mapped(&map, plan.columns[i]);
    plan.columns = columns;
    plan.parent = parent_oid;
    if (plan.when != NULL)
        plan.when = map_expr(plan.when, &map);
    return store_trigger(&plan);
}

static Status clone_to_partitions(const TriggerPlan *plan, Oid oid) {
    Ddl *ddl = plan->ddl;
    const RelationDesc *relation;
    TRY(catalog_relation_require(ddl->catalog, plan->relation->oid, &relation));
    const Oid *children =
        arena_memdup(ddl->arena, relation->children, sizeof(Oid) * relation->child_count);
    TriggerPlan stable = *plan; /* the descriptor may change under the clones */
    stable.relation = relation;
    uint32_t count = relation->child_count;
    for (uint32_t i = 0; i < count; i++) {
        TRY(relation_lock(ddl->catalog, children[i], LOCK_SHARE_ROW_EXCLUSIVE, LOCK_WAIT, NULL));
        TRY(catalog_relation_require(ddl->catalog, plan->relation->oid, &stable.relation));
        TRY(clone(ddl, &stable, oid, children[i]));
    }
    return STATUS_OK;
}

/* A trigger as it stands, to be stored elsewhere. */
static Status plan_of(Ddl *ddl, const RelationDesc *relation, const TriggerDesc *t,
                      TriggerPlan *plan) {
    *plan = (TriggerPlan){
        .ddl = ddl,
        .relation = relation,
        .name = arena_strdup(ddl->arena, t->name),
        .function = t->function,
        .type = t->type,
        .enabled = t->enabled,
        .constraint = t->constraint != 0,
        .deferrable = t->deferrable,
        .deferred = t->deferred,
        .constraint_relation = t->constraint_relation,
        .columns = arena_memdup(ddl->arena, t->columns, sizeof(int16_t) * t->column_count),
        .column_count = t->column_count,
        .arg_count = t->arg_count};
    const char **args = arena_array(ddl->arena, const char *, t->arg_count + 1u);
    for (uint16_t i = 0; i < t->arg_count; i++)
        args[i] = arena_strdup(ddl->arena, t->args[i]);
    plan->args = args;
    return t->when == NULL ? STATUS_OK
                           : expr_from_string(ddl->arena, t->when, strlen(t->when), &plan->when);
}

Status ddl_partition_triggers(Ddl *ddl, Oid parent_oid, Oid partition) {
    const RelationDesc *parent;
    TRY(catalog_relation_require(ddl->catalog, parent_oid, &parent));
    uint16_t count = parent->trigger_count;
    for (uint16_t i = 0; i < count; i++) {
        const TriggerDesc *t = &parent->triggers[i];
        TriggerPlan plan;
        if (!(t->type & ROW) || t->internal)
            continue;
        Oid oid = t->oid;
        TRY(plan_of(ddl, parent, t, &plan));
        TRY(clone(ddl, &plan, oid, partition));
        TRY(catalog_relation_require(ddl->catalog, parent_oid, &parent));
    }
    return STATUS_OK;
}

Status ddl_partition_detach_triggers(Ddl *ddl, Oid partition) {
    CatalogRow *rows;
    size_t count, dropped = 0;
    Datum key = datum_oid(partition);
    TRY(catalog_find_all(ddl->catalog, PG_TRIGGER_TGRELID_TGNAME_INDEX, &key, 1, ddl->arena, &rows,
                         &count));
    ObjectAddress *objects = arena_array(ddl->arena, ObjectAddress, count + 1);
    for (size_t i = 0; i < count; i++) {
        if (row_oid(&rows[i], PG_TRIGGER_TGPARENTID) == 0 ||
            rows[i].values[PG_TRIGGER_TGISINTERNAL].b)
            continue;
        ObjectAddress self = object_address(PG_TRIGGER, row_oid(&rows[i], PG_TRIGGER_OID), 0);
        TRY(depend_delete_of(ddl->catalog, self, false, NULL));
        objects[dropped++] = self;
    }
    if (dropped == 0)
        return STATUS_OK;
    TRY(object_drop(ddl->catalog, objects, dropped, DROP_RESTRICT, DROP_INTERNAL));
    catalog_touch_relation(ddl->catalog, partition);
    return STATUS_OK;
}

Status ddl_check_child_triggers(const RelationDesc *child, bool partition) {
    for (uint16_t i = 0; i < child->trigger_count; i++) {
        const TriggerDesc *t = &child->triggers[i];
        if (!(t->type & ROW) || (t->old_table == NULL && t->new_table == NULL))
            continue;
        Status s =
            error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                  partition ? "trigger \"%s\" prevents table \"%s\" from becoming a partition"
                            : "trigger \"%s\" prevents table \"%s\" from becoming an "
                              "inheritance child",
                  t->name, child->name);
        return status_detail(s, partition ? "ROW triggers with transition tables are not supported "
                                            "on partitions."
                                          : "ROW triggers with transition tables are not supported "
                                            "in inheritance hierarchies.");
    }
    return STATUS_OK;
}

/* ---- ALTER TRIGGER .. RENAME ---- */

static Status rename_row(Ddl *ddl, const RelationDesc *relation, CatalogRow *row,
                         const char *expected, const char *new_name) {
    const char *old = row_name(row, PG_TRIGGER_TGNAME, ddl->arena);
    CatalogRow other;
    bool found;
    if (strcmp(old, new_name) == 0)
        return STATUS_OK;
    TRY(catalog_find_name(ddl->catalog, PG_TRIGGER_TGRELID_TGNAME_INDEX, new_name, relation->oid,
                          ddl->arena, &other, &found));
    if (found)
        return error(ERR_DUPLICATE_OBJECT, "trigger \"%s\" for relation \"%s\" already exists",
                     new_name, relation->name);
    if (strcmp(old, expected) != 0)
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION, "renamed trigger \"%s\" on relation \"%s\"", old,
                   relation->name);
    row->values[PG_TRIGGER_TGNAME] = datum_cstr(new_name);
    TRY(catalog_update(ddl->catalog, PG_TRIGGER, row));
    catalog_touch_relation(ddl->catalog, relation->oid);
    return STATUS_OK;
}

static Status rename_clones(Ddl *ddl, Oid relation_oid, Oid parent, const char *expected,
                            const char *new_name) {
    const RelationDesc *relation;
    TRY(catalog_relation_require(ddl->catalog, relation_oid, &relation));
    uint32_t count = relation->kind == 'p' ? relation->child_count : 0;
    const Oid *children = arena_memdup(ddl->arena, relation->children, sizeof(Oid) * count);
    for (uint32_t c = 0; c < count; c++) {
        CatalogRow *rows;
        size_t row_count;
        const RelationDesc *child;
        Datum key = datum_oid(children[c]);
        TRY(relation_lock(ddl->catalog, children[c], LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT, NULL));
        TRY(catalog_relation_require(ddl->catalog, children[c], &child));
        TRY(catalog_find_all(ddl->catalog, PG_TRIGGER_TGRELID_TGNAME_INDEX, &key, 1, ddl->arena,
                             &rows, &row_count));
        for (size_t i = 0; i < row_count; i++)
            if (row_oid(&rows[i], PG_TRIGGER_TGPARENTID) == parent) {
                TRY(rename_row(ddl, child, &rows[i], expected, new_name));
                TRY(rename_clones(ddl, children[c], row_oid(&rows[i], PG_TRIGGER_OID), expected,
                                  new_name));
            }
    }
    return STATUS_OK;
}

Status ddl_rename_trigger(Ddl *ddl, Oid relation_oid, const char *name, const char *new_name) {
    const RelationDesc *relation, *parent;
    CatalogRow row;
    bool found;
    TRY(catalog_relation_require(ddl->catalog, relation_oid, &relation));
    TRY(catalog_find_name(ddl->catalog, PG_TRIGGER_TGRELID_TGNAME_INDEX, name, relation_oid,
                          ddl->arena, &row, &found));
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "trigger \"%s\" for table \"%s\" does not exist", name,
                     relation->name);
    if (row_oid(&row, PG_TRIGGER_TGPARENTID) != 0) {
        const char *relation_text = arena_strdup(ddl->arena, relation->name);
        TRY(catalog_relation_require(ddl->catalog, relation->parents[0], &parent));
        return status_hint(error(ERR_INTERNAL_ERROR, "cannot rename trigger \"%s\" on table \"%s\"",
                                 name, relation_text),
                           "Rename the trigger on the partitioned table \"%s\" instead.",
                           parent->name);
    }
    TRY(rename_row(ddl, relation, &row, name, new_name));
    return rename_clones(ddl, relation_oid, row_oid(&row, PG_TRIGGER_OID), name, new_name);
}

/* ---- ALTER TABLE .. ENABLE, DISABLE TRIGGER ---- */

static Status enable_clones(Ddl *ddl, Oid relation_oid, Oid parent, char state) {
    const RelationDesc *relation;
    TRY(catalog_relation_require(ddl->catalog, relation_oid, &relation));
    uint32_t count = relation->kind == 'p' ? relation->child_count : 0;
    const Oid *children = arena_memdup(ddl->arena, relation->children, sizeof(Oid) * count);
    for (uint32_t c = 0; c < count; c++) {
        CatalogRow *rows;
        size_t row_count;
        Datum key = datum_oid(children[c]);
        TRY(catalog_find_all(ddl->catalog, PG_TRIGGER_TGRELID_TGNAME_INDEX, &key, 1, ddl->arena,
                             &rows, &row_count));
        for (size_t i = 0; i < row_count; i++)
            if (row_oid(&rows[i], PG_TRIGGER_TGPARENTID) == parent) {
                rows[i].values[PG_TRIGGER_TGENABLED].byte = (uint8_t)state;
                TRY(catalog_update(ddl->catalog, PG_TRIGGER, &rows[i]));
                catalog_touch_relation(ddl->catalog, children[c]);
                TRY(enable_clones(ddl, children[c], row_oid(&rows[i], PG_TRIGGER_OID), state));
            }
    }
    return STATUS_OK;
}

Status ddl_enable_triggers(Ddl *ddl, Oid relation, const char *name, bool all, bool user,
                           char state, bool recurse, bool *any_out) {
    CatalogRow *rows;
    size_t count;
    bool super;
    Datum key = datum_oid(relation);
    TRY(ddl_is_superuser(ddl, &super));
    TRY(catalog_find_all(ddl->catalog, PG_TRIGGER_TGRELID_TGNAME_INDEX, &key, 1, ddl->arena, &rows,
                         &count));
    for (size_t i = 0; i < count; i++) {
        bool internal = rows[i].values[PG_TRIGGER_TGISINTERNAL].b;
        const char *own = row_name(&rows[i], PG_TRIGGER_TGNAME, ddl->arena);
        if (!(all || (user && !internal) || (!all && !user && strcmp(own, name) == 0)))
            continue;
        if (internal && !super)
            return error(ERR_INSUFFICIENT_PRIVILEGE,
                         "permission denied: \"%s\" is a system trigger", own);
        *any_out = true;
        rows[i].values[PG_TRIGGER_TGENABLED].byte = (uint8_t)state;
        TRY(catalog_update(ddl->catalog, PG_TRIGGER, &rows[i]));
        if (recurse && (rows[i].values[PG_TRIGGER_TGTYPE].i16 & ROW))
            TRY(enable_clones(ddl, relation, row_oid(&rows[i], PG_TRIGGER_OID), state));
    }
    return STATUS_OK;
}

/* ---- CREATE TRIGGER ---- */

static Status check_rights(TriggerPlan *plan, const AstCreateTrigger *ast) {
    Ddl *ddl = plan->ddl;
    if (plan->relation->oid < OID_FIRST_NORMAL)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied: \"%s\" is a system catalog",
                     plan->relation->name);
    if (ast->constraint && ast->constraint_table != NULL) {
        const RelationDesc *other;
        TRY(ddl_relation(ddl, ast->constraint_table, LOCK_ACCESS_SHARE, false, &other));
        plan->constraint_relation = other->oid;
    }
    TRY(object_check_acl(ddl->catalog, PG_CLASS, plan->relation->oid, ACL_TRIGGER));
    return plan->constraint_relation == 0
               ? STATUS_OK
               : object_check_acl(ddl->catalog, PG_CLASS, plan->constraint_relation, ACL_TRIGGER);
}

static Status plan_trigger(TriggerPlan *plan, const AstCreateTrigger *ast) {
    Session *session = plan->ddl->session;
    TRY(check_table_kind(ast, plan->relation));
    TRY(check_rights(plan, ast));
    TRY(check_form(ast));
    TRY(read_transitions(plan, ast));
    TRY(analyze_trigger_when(&session->env, plan->ddl->arena, &session->planner, ast,
                             plan->relation, &plan->when));
    TRY(find_function(plan, &ast->function));
    return read_columns(plan, &ast->columns);
}

static Status execute_create(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateTrigger *ast = (const AstCreateTrigger *)call->raw->statement;
    TriggerPlan plan = {.ddl = &ddl,
                        .name = ast->name,
                        .type = type_of(ast),
                        .enabled = 'O',
                        .replace = ast->replace,
                        .constraint = ast->constraint,
                        .deferrable = ast->deferrable,
                        .deferred = ast->initially_deferred,
                        .args = (const char *const *)ast->args.items,
                        .arg_count = ast->args.count};
    TRY(ddl_relation(&ddl, ast->relation, LOCK_SHARE_ROW_EXCLUSIVE, false, &plan.relation));
    desc_pin(&plan.relation->desc);
    const RelationDesc *pinned = plan.relation;
    Status s = plan_trigger(&plan, ast);
    if (status_ok(s))
        s = store_trigger(&plan);
    desc_unpin(&pinned->desc);
    return s;
}

static const UtilityCommand commands[] = {
    {AST_CREATE_TRIGGER, "CREATE TRIGGER", UTILITY_WRITES, execute_create, NULL},
};

void ddl_trigger_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
