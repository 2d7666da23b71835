/* ddl_table.c: CREATE TABLE. */
#include "executor/ddl_partition.h"
#include "executor/ddl_trigger.h"
#include "executor/fk.h"
#include "planner/parser.h"

typedef struct CopiedTable {
    const AstTableLike *like;
    Oid other;
} CopiedTable;

/* Everything CREATE TABLE gathers before it makes anything. */
typedef struct TablePlan {
    Ddl *ddl;
    const AstCreateTable *statement;
    char kind; /* 'r', 'f' */
    VEC(ColumnPlan) columns;
    AstList constraints; /* AstConstraint */
    VEC(const RelationDesc *) parents;
    Oid of_type;                 /* CREATE TABLE .. OF; else 0 */
    size_t own_count;            /* columns that the statement wrote so far, by LIKE too */
    VEC(CopiedTable) likes;      /* LIKE clauses and the tables that they found */
    VEC(const char *) conflicts; /* columns whose parents disagree on the default */
    PartitionBound bound;        /* PARTITION OF */
} TablePlan;

static ColumnPlan *find_column(TablePlan *plan, const char *name) {
    for (size_t i = 0; i < plan->columns.count; i++)
        if (strcmp(plan->columns.items[i].spec.name, name) == 0)
            return &plan->columns.items[i];
    return NULL;
}

/* A column like that of another table: LIKE and INHERITS. */
static ColumnSpec spec_of(const ColumnDesc *column) {
    return (ColumnSpec){.name = column->name,
                        .type = column->type,
                        .typmod = column->typmod,
                        .collation = column->collation,
                        .dims = column->dims,
                        .not_null = column->not_null,
                        .stats_target = -1};
}

typedef struct CopiedDefault {
    const char *column;
    const char *text;
    bool generated;
    const RelationDesc *from;
} CopiedDefault;

/* Stored defaults come along as they stand, but for the places of columns. */
static Status copy_default(Ddl *ddl, Oid relation, int16_t attnum, const CopiedDefault *item) {
    const RelationDesc *desc;
    Expr *expr;
    TRY(expr_from_string(ddl->arena, item->text, strlen(item->text), &expr));
    TRY(catalog_relation_require(ddl->catalog, relation, &desc));
    TRY(partition_map_columns(ddl->arena, item->from, desc, expr, &expr));
    AddressList addresses = {0};
    ddl_expr_addresses(ddl, expr, relation, &addresses);
    Oid oid;
    return attrdef_store(ddl->catalog, relation, attnum, expr_to_string(ddl->arena, expr),
                         item->generated, addresses.items, addresses.count, &oid);
}

typedef struct CopiedDefaults {
    VEC(CopiedDefault) list;
} CopiedDefaults;

static void notice_merge(TablePlan *plan, const ColumnPlan *inherited) {
    const char *name = inherited->spec.name;
    if ((size_t)(inherited - plan->columns.items) + 1 == plan->own_count) {
        ddl_notice(plan->ddl, ERR_SUCCESSFUL_COMPLETION,
                   "merging column \"%s\" with inherited definition", name);
        return;
    }
    Notice notice = {.level = "NOTICE",
                     .state = ERR_SUCCESSFUL_COMPLETION,
                     .message = arena_printf(plan->ddl->arena,
                                             "moving and merging column \"%s\" with inherited "
                                             "definition",
                                             name),
                     .detail = "User-specified column moved to the position of the inherited "
                               "column."};
    session_notice_full(plan->ddl->catalog, &notice);
}

static const char *storage_name(char storage) {
    return storage == 'p'   ? "PLAIN"
           : storage == 'm' ? "MAIN"
           : storage == 'x' ? "EXTENDED"
                            : "EXTERNAL";
}

static const char *compression_name(char compression) {
    return compression == 'l' ? "lz4" : "pglz";
}

/* what: how messages call the column. */
static Status check_storage(const ColumnPlan *existing, const ColumnSpec *other, const char *what) {
    if (existing->spec.storage != 0 && other->storage != 0 &&
        existing->spec.storage != other->storage)
        return status_detail(error(ERR_DATATYPE_MISMATCH,
                                   "%s \"%s\" has a storage parameter conflict", what, other->name),
                             "%s versus %s", storage_name(existing->spec.storage),
                             storage_name(other->storage));
    if (existing->spec.compression != 0 && other->compression != 0 &&
        existing->spec.compression != other->compression)
        return status_detail(error(ERR_DATATYPE_MISMATCH,
                                   "column \"%s\" has a compression method conflict", other->name),
                             "%s versus %s", compression_name(existing->spec.compression),
                             compression_name(other->compression));
    return STATUS_OK;
}

/* Of a generated column, a child's definition says nothing more about where its values come from. */
static Status check_own_generated(const ColumnPlan *column, const ColumnPlan *inherited) {
    const char *name = column->spec.name;
    if (inherited->spec.generated == 0)
        return STATUS_OK;
    if (column->spec.generated != 0)
        return status_hint(error(ERR_INVALID_COLUMN_DEFINITION,
                                 "child column \"%s\" specifies generation expression", name),
                           "Omit the generation expression in the definition of the child table "
                           "column to inherit the generation expression from the parent table.");
    if (column->default_constraint != NULL || column->serial)
        return error(ERR_INVALID_COLUMN_DEFINITION,
                     "column \"%s\" inherits from generated column but specifies default", name);
    return column->identity == NULL
               ? STATUS_OK
               : error(ERR_INVALID_COLUMN_DEFINITION,
                       "column \"%s\" inherits from generated column but specifies identity", name);
}

/* A column of the statement's own in place of an inherited one of that name. */
static Status merge_own(TablePlan *plan, ColumnPlan *column, ColumnPlan *inherited) {
    const char *name = column->spec.name;
    if (plan->statement->bound == NULL)
        notice_merge(plan, inherited);
    if (column->spec.type != inherited->spec.type ||
        column->spec.typmod != inherited->spec.typmod) {
        const char *own, *theirs;
        TRY(format_type(plan->ddl->catalog, plan->ddl->arena, inherited->spec.type,
                        inherited->spec.typmod, FORMAT_TYPE_TYPMOD, &theirs));
        TRY(format_type(plan->ddl->catalog, plan->ddl->arena, column->spec.type,
                        column->spec.typmod, FORMAT_TYPE_TYPMOD, &own));
        return status_detail(
            error(ERR_DATATYPE_MISMATCH, "column \"%s\" has a type conflict", name), "%s versus %s",
            theirs, own);
    }
    if (plan->statement->bound == NULL && column->spec.collation != 0 &&
        column->spec.collation != inherited->spec.collation) {
        CatalogRow one, two;
        bool found;
        TRY(catalog_find_oid(plan->ddl->catalog, PG_COLLATION_OID_INDEX, inherited->spec.collation,
                             plan->ddl->arena, &one, &found));
        TRY(catalog_find_oid(plan->ddl->catalog, PG_COLLATION_OID_INDEX, column->spec.collation,
                             plan->ddl->arena, &two, &found));
        return status_detail(
            error(ERR_COLLATION_MISMATCH, "column \"%s\" has a collation conflict", name),
            "\"%s\" versus \"%s\"", row_name(&one, PG_COLLATION_COLLNAME, plan->ddl->arena),
            row_name(&two, PG_COLLATION_COLLNAME, plan->ddl->arena));
    }
    TRY(check_storage(inherited, &column->spec, "column"));
    TRY(check_own_generated(column, inherited));
    ColumnPlan merged = *column;
    if (merged.spec.storage == 0)
        merged.spec.storage = inherited->spec.storage;
    if (merged.spec.compression == 0)
        merged.spec.compression = inherited->spec.compression;
    merged.spec.collation = inherited->spec.collation;
    merged.spec.inherit_count = inherited->spec.inherit_count;
    merged.spec.not_null |= inherited->spec.not_null;
    merged.spec.is_local = plan->statement->bound == NULL;
    if (merged.spec.generated == 0 && merged.default_constraint == NULL && merged.identity == NULL)
        merged.spec.generated = inherited->spec.generated;
    *inherited = merged;
    return STATUS_OK;
}

static Status add_like(TablePlan *plan, const AstTableLike *like, CopiedDefaults *defaults) {
    const RelationDesc *relation;
    TRY(status_at(ddl_relation(plan->ddl, like->relation, LOCK_ACCESS_SHARE, false, &relation),
                  like->relation->location));
    if (strchr("rvmcfp", relation->kind) == NULL)
        return status_at(
            status_detail(error(ERR_WRONG_OBJECT_TYPE, "relation \"%s\" is invalid in LIKE clause",
                                relation->name),
                          "This operation is not supported for %s.",
                          ddl_relation_kind_plural(relation->kind)),
            like->relation->location);
    TRY(object_check_acl(plan->ddl->catalog, relation->kind == 'c' ? PG_TYPE : PG_CLASS,
                         relation->kind == 'c' ? relation->row_type : relation->oid,
                         relation->kind == 'c' ? ACL_USAGE : ACL_SELECT));
    CopiedTable copied = {like, relation->oid};
    vec_push(&plan->likes, plan->ddl->arena, copied);
    for (uint16_t i = 0; i < relation->column_count; i++) {
        const ColumnDesc *column = &relation->columns[i];
        if (column->dropped)
            continue;
        ColumnPlan copy = {.spec = spec_of(column)};
        copy.spec.is_local = true;
        plan->own_count++;
        bool generated = column->generated != 0;
        if (generated && (like->options & AST_LIKE_GENERATED) != 0)
            copy.spec.generated = 's';
        bool wanted = generated ? (like->options & AST_LIKE_GENERATED) != 0
                                : (like->options & AST_LIKE_DEFAULTS) != 0;
        if (like->options & AST_LIKE_STORAGE)
            copy.spec.storage = column->storage;
        if (like->options & AST_LIKE_COMPRESSION)
            copy.spec.compression = column->compression;
        if (column->identity != 0 && (like->options & AST_LIKE_IDENTITY)) {
            copy.spec.identity = column->identity;
            TRY(ddl_like_identity(plan->ddl, relation, column, &copy.identity));
        }
        if (column->default_expr != NULL && wanted) {
            CopiedDefault item = {column->name, column->default_expr, generated, relation};
            vec_push(&defaults->list, plan->ddl->arena, item);
        }
        ColumnPlan *inherited = find_column(plan, column->name);
        if (inherited != NULL && inherited->spec.inherit_count > 0 && !inherited->spec.is_local) {
            TRY(merge_own(plan, &copy, inherited));
            continue;
        }
        vec_push(&plan->columns, plan->ddl->arena, copy);
    }
    return STATUS_OK;
}

/* A column that several parents have. */
static Status merge_parents(TablePlan *plan, const RelationDesc *parent, const ColumnDesc *column,
                            ColumnPlan *existing, CopiedDefaults *defaults) {
    Ddl *ddl = plan->ddl;
    ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION,
               "merging multiple inherited definitions of column \"%s\"", column->name);
    if (existing->spec.type != column->type || existing->spec.typmod != column->typmod) {
        const char *own, *theirs;
        TRY(format_type(ddl->catalog, ddl->arena, existing->spec.type, existing->spec.typmod,
                        FORMAT_TYPE_TYPMOD, &own));
        TRY(format_type(ddl->catalog, ddl->arena, column->type, column->typmod, FORMAT_TYPE_TYPMOD,
                        &theirs));
        return status_detail(error(ERR_DATATYPE_MISMATCH,
                                   "inherited column \"%s\" has a type conflict", column->name),
                             "%s versus %s", own, theirs);
    }
    if (existing->spec.collation != column->collation)
        return error(ERR_COLLATION_MISMATCH, "inherited column \"%s\" has a collation conflict",
                     column->name);
    ColumnSpec theirs = spec_of(column);
    theirs.storage = column->storage;
    theirs.compression = column->compression;
    TRY(check_storage(existing, &theirs, "inherited column"));
    if (existing->spec.compression == 0)
        existing->spec.compression = column->compression;
    if ((existing->spec.generated != 0) != (column->generated != 0))
        return error(ERR_DATATYPE_MISMATCH, "inherited column \"%s\" has a generation conflict",
                     column->name);
    existing->spec.inherit_count++;
    existing->spec.not_null |= column->not_null;
    if (column->default_expr == NULL)
        return STATUS_OK;
    for (size_t i = 0; i < defaults->list.count; i++)
        if (strcmp(defaults->list.items[i].column, column->name) == 0) {
            bool same;
            const CopiedDefault *first = &defaults->list.items[i];
            TRY(ddl_same_expression(ddl, parent, column->default_expr, first->from, first->text,
                                    &same));
            if (!same)
                vec_push(&plan->conflicts, ddl->arena, column->name);
            return STATUS_OK;
        }
    CopiedDefault item = {column->name, column->default_expr, column->generated != 0, parent};
    vec_push(&defaults->list, ddl->arena, item);
    return STATUS_OK;
}

/* May it be a parent of the new table? */
static Status check_parent(TablePlan *plan, const RelationDesc *parent, char persistence) {
    bool partition = plan->statement->bound != NULL;
    const char *name = parent->name;
    if (parent->kind != 'r' && parent->kind != 'p' && parent->kind != 'f')
        return error(ERR_WRONG_OBJECT_TYPE,
                     "inherited relation \"%s\" is not a table or foreign table", name);
    if (partition && parent->kind != 'p')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not partitioned", name);
    if (parent->kind == 'p' && !partition)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot inherit from partitioned table \"%s\"", name);
    if (parent->is_partition && !partition)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot inherit from partition \"%s\"", name);
    if (persistence != 't' && parent->persistence == 't')
        return partition ? error(ERR_WRONG_OBJECT_TYPE,
                                 "cannot create a permanent relation as partition of temporary "
                                 "relation \"%s\"",
                                 name)
                         : error(ERR_WRONG_OBJECT_TYPE,
                                 "cannot inherit from temporary relation \"%s\"", name);
    if (persistence == 't' && parent->persistence != 't' && partition)
        return error(ERR_WRONG_OBJECT_TYPE,
                     "cannot create a temporary relation as partition of permanent relation \"%s\"",
                     name);
    return object_check_owner(plan->ddl->catalog, PG_CLASS, parent->oid);
}

/* Merges one parent's columns (manual: Inheritance). */
static Status add_parent(TablePlan *plan, const AstRangeVar *name, char persistence,
                         CopiedDefaults *defaults) {
    Ddl *ddl = plan->ddl;
    const RelationDesc *parent;
    bool partition = plan->statement->bound != NULL;
    TRY(ddl_relation(ddl, name, partition ? LOCK_ACCESS_EXCLUSIVE : LOCK_SHARE_UPDATE_EXCLUSIVE,
                     false, &parent));
    for (size_t i = 0; i < plan->parents.count; i++)
        if (plan->parents.items[i]->oid == parent->oid)
            return error(ERR_DUPLICATE_TABLE,
                         "relation \"%s\" would be inherited from more than once", parent->name);
    TRY(check_parent(plan, parent, persistence));
    for (uint16_t i = 0; i < parent->column_count; i++) {
        const ColumnDesc *column = &parent->columns[i];
        if (column->dropped)
            continue;
        ColumnPlan *existing = find_column(plan, column->name);
        if (existing != NULL) {
            TRY(merge_parents(plan, parent, column, existing, defaults));
            continue;
        }
        ColumnPlan copy = {.spec = spec_of(column)};
        copy.spec.inherit_count = 1;
        copy.spec.generated = column->generated;
        copy.spec.storage = column->storage;
        copy.spec.compression = column->compression;
        vec_push(&plan->columns, ddl->arena, copy);
        if (column->default_expr != NULL) {
            CopiedDefault item = {column->name, column->default_expr, column->generated != 0,
                                  parent};
            vec_push(&defaults->list, ddl->arena, item);
        }
    }
    vec_push(&plan->parents, ddl->arena, parent);
    return STATUS_OK;
}

/* PARTITION OF t (a NOT NULL): the column's type is the parent's. */
static Status typed_definition(TablePlan *plan, const AstColumnDef *def, AstColumnDef *out) {
    Ddl *ddl = plan->ddl;
    const ColumnPlan *inherited = find_column(plan, def->name);
    const char *text;
    *out = *def;
    if (def->type != NULL)
        return STATUS_OK;
    if (inherited == NULL)
        return error(ERR_UNDEFINED_COLUMN, "column \"%s\" does not exist", def->name);
    TRY(format_type(ddl->catalog, ddl->arena, inherited->spec.type, inherited->spec.typmod,
                    FORMAT_TYPE_TYPMOD, &text));
    return parse_type_name(ddl->arena, text, strlen(text), &out->type);
}

/* Identity columns are no part of a type, nor of a partition alone. */
static Status check_identity(const TablePlan *plan, const AstColumnDef *def) {
    bool typed = plan->statement->of_type != NULL, partition = plan->statement->bound != NULL;
    AST_FOREACH(AstConstraint, constraint, def->constraints) {
        if (constraint->kind == AST_CONSTRAINT_IDENTITY && (typed || partition))
            return error(ERR_FEATURE_NOT_SUPPORTED, "identity columns are not supported on %s",
                         typed ? "typed tables" : "partitions");
    }
    return STATUS_OK;
}

/* A column that the statement defines itself, merged with an inherited one of that name. */
static Status add_own_column(TablePlan *plan, const AstColumnDef *written) {
    Ddl *ddl = plan->ddl;
    ColumnPlan column;
    AstColumnDef *def = arena_new(ddl->arena, AstColumnDef);
    TRY(typed_definition(plan, written, def));
    TRY(check_identity(plan, def));
    TRY(ddl_plan_column(ddl, plan->statement->relation->name, def, &column, &plan->constraints));
    ColumnPlan *inherited = find_column(plan, def->name);
    plan->own_count++;
    if (inherited == NULL || inherited->spec.inherit_count == 0) {
        vec_push(&plan->columns, ddl->arena, column);
        return STATUS_OK;
    }
    if (inherited->def != NULL) /* a second definition of it */
        return error(ERR_DUPLICATE_COLUMN, "column \"%s\" specified more than once", def->name);
    return merge_own(plan, &column, inherited);
}

static Status check_defaults(TablePlan *plan) {
    for (size_t i = 0; i < plan->conflicts.count; i++) {
        const char *name = plan->conflicts.items[i];
        const ColumnPlan *column = find_column(plan, name);
        if (column->default_constraint != NULL || column->identity != NULL || column->serial)
            continue;
        if (column->spec.generated != 0)
            return error(ERR_INVALID_COLUMN_DEFINITION,
                         "column \"%s\" inherits conflicting generation expressions", name);
        return status_hint(error(ERR_INVALID_COLUMN_DEFINITION,
                                 "column \"%s\" inherits conflicting default values", name),
                           "To resolve the conflict, specify a default explicitly.");
    }
    return STATUS_OK;
}

/* CREATE TABLE .. OF: the type's columns; the statement's own only add constraints to them. */
static Status add_of_type(TablePlan *plan) {
    Ddl *ddl = plan->ddl;
    const RelationDesc *type;
    TRY(ddl_type(ddl, plan->statement->of_type, false, &plan->of_type));
    TRY(object_check_acl(ddl->catalog, PG_TYPE, plan->of_type, ACL_USAGE));
    TRY(ddl_check_of_type(ddl, plan->of_type, &type));
    for (uint16_t i = 0; i < type->column_count; i++) {
        if (type->columns[i].dropped)
            continue;
        ColumnPlan column = {.spec = spec_of(&type->columns[i])};
        column.spec.is_local = true;
        vec_push(&plan->columns, ddl->arena, column);
    }
    return STATUS_OK;
}

static Status add_typed_column(TablePlan *plan, const AstColumnDef *def) {
    ColumnPlan column, *typed = find_column(plan, def->name);
    if (typed == NULL)
        return error(ERR_UNDEFINED_COLUMN, "column \"%s\" does not exist", def->name);
    if (typed->def != NULL)
        return error(ERR_DUPLICATE_COLUMN, "column \"%s\" specified more than once", def->name);
    TRY(check_identity(plan, def));
    TRY(ddl_plan_column(plan->ddl, plan->statement->relation->name, def, &column,
                        &plan->constraints));
    column.spec.type = typed->spec.type;
    column.spec.typmod = typed->spec.typmod;
    column.spec.collation = typed->spec.collation;
    column.spec.dims = typed->spec.dims;
    *typed = column;
    return STATUS_OK;
}

static Status gather(TablePlan *plan, char persistence, CopiedDefaults *defaults) {
    const AstCreateTable *statement = plan->statement;
    if (statement->of_type != NULL)
        TRY(add_of_type(plan));
    AST_FOREACH(AstRangeVar, parent, statement->inherits) {
        TRY(add_parent(plan, parent, persistence, defaults));
    }
    AST_FOREACH(Ast, element, statement->elements) {
        if (element->tag == AST_COLUMN_DEF && statement->of_type != NULL)
            TRY(add_typed_column(plan, (const AstColumnDef *)element));
        else if (element->tag == AST_COLUMN_DEF)
            TRY(add_own_column(plan, (const AstColumnDef *)element));
        else if (element->tag == AST_TABLE_LIKE)
            TRY(add_like(plan, (const AstTableLike *)element, defaults));
        else
            ast_list_add(plan->ddl->arena, &plan->constraints, element);
    }
    TRY(check_defaults(plan));
    /* a primary key makes its columns NOT NULL from the start */
    bool has_primary = false;
    AST_FOREACH(AstConstraint, constraint, plan->constraints) {
        if (constraint->kind != AST_CONSTRAINT_PRIMARY_KEY)
            continue;
        if (has_primary)
            return status_at(error(ERR_INVALID_TABLE_DEFINITION,
                                   "multiple primary keys for table \"%s\" are not allowed",
                                   statement->relation->name),
                             constraint->location);
        has_primary = true;
        for (uint32_t i = 0; i < constraint->keys.count; i++) {
            ColumnPlan *column = find_column(plan, constraint->keys.items[i]);
            if (column != NULL)
                column->spec.not_null = true;
        }
    }
    return STATUS_OK;
}

static Status make_relation(TablePlan *plan, Oid nsp, char persistence, Oid *oid_out) {
    Ddl *ddl = plan->ddl;
    RelationSpec spec = {.name = plan->statement->relation->name,
                         .nsp = nsp,
                         .owner = session_role(ddl->catalog),
                         .kind = plan->statement->partition_by != NULL ? 'p' : plan->kind,
                         .persistence = persistence,
                         .column_count = (uint32_t)plan->columns.count,
                         .is_partition = plan->statement->bound != NULL,
                         .of_type = plan->of_type};
    if (spec.is_partition)
        spec.partition_bound = partition_bound_write(ddl->arena, &plan->bound);
    ColumnSpec *columns = arena_array(ddl->arena, ColumnSpec, plan->columns.count);
    for (size_t i = 0; i < plan->columns.count; i++)
        columns[i] = plan->columns.items[i].spec;
    spec.columns = columns;
    TRY(ddl_tablespace(ddl, plan->statement->tablespace, persistence, spec.kind == 'p',
                       &spec.tablespace));
    if (spec.kind != 'f')
        TRY(ddl_table_access_method(ddl, plan->statement->access_method, spec.kind == 'p',
                                    &spec.am));
    TRY(ddl_new_options(ddl, spec.kind == 'p' ? OPTIONS_NONE : OPTIONS_HEAP,
                        &plan->statement->options, &spec.options, &spec.option_count));
    return relation_create(ddl->catalog, &spec, oid_out);
}

static Status add_defaults(TablePlan *plan, Oid oid, const CopiedDefaults *defaults) {
    for (size_t i = 0; i < plan->columns.count; i++) {
        const ColumnPlan *column = &plan->columns.items[i];
        bool own = column->serial || column->identity != NULL || column->default_constraint != NULL;
        if (own)
            TRY(ddl_store_default(plan->ddl, oid, column, (int16_t)(i + 1)));
        for (size_t j = 0; !own && j < defaults->list.count; j++) {
            const CopiedDefault *item = &defaults->list.items[j];
            if (strcmp(item->column, column->spec.name) == 0)
                TRY(copy_default(plan->ddl, oid, (int16_t)(i + 1), item));
        }
    }
    return STATUS_OK;
}

/* A parent's check: a new one, or one more parent for what another brought. */
static Status inherit_check(TablePlan *plan, Oid oid, const RelationDesc *parent,
                            const CheckDesc *check) {
    Ddl *ddl = plan->ddl;
    const RelationDesc *desc;
    Expr *expr, *other;
    TRY(catalog_relation_require(ddl->catalog, oid, &desc));
    TRY(expr_from_string(ddl->arena, check->expr, strlen(check->expr), &expr));
    TRY(partition_map_columns(ddl->arena, parent, desc, expr, &expr));
    for (uint16_t i = 0; i < desc->check_count; i++) {
        const CheckDesc *own = &desc->checks[i];
        if (strcmp(own->name, check->name) != 0)
            continue;
        TRY(expr_from_string(ddl->arena, own->expr, strlen(own->expr), &other));
        if (!expr_equal(expr, other))
            return error(ERR_DUPLICATE_OBJECT,
                         "check constraint name \"%s\" appears multiple times but with different "
                         "expressions",
                         check->name);
        return ddl_count_check_parent(ddl, own->oid, 1, false);
    }
    int16_t *columns = arena_array(ddl->arena, int16_t, desc->column_count + 1u);
    ConstraintSpec spec = {.name = check->name,
                           .nsp = desc->nsp,
                           .type = 'c',
                           .validated = true,
                           .inherit_count = 1,
                           .relation = oid,
                           .columns = columns,
                           .expr = expr_to_string(ddl->arena, expr)};
    ddl_expr_columns(expr, columns, &spec.column_count);
    spec.key_count = spec.column_count;
    AddressList addresses = {0};
    ddl_expr_addresses(ddl, expr, OID_INVALID, &addresses);
    spec.expr_referenced = addresses.items;
    spec.expr_referenced_count = addresses.count;
    Oid constraint;
    return constraint_create(ddl->catalog, &spec, &constraint);
}

static Status inherit_from_parents(TablePlan *plan, Oid oid) {
    for (size_t i = 0; i < plan->parents.count; i++) {
        const RelationDesc *parent = plan->parents.items[i];
        TRY(relation_add_parent(plan->ddl->catalog, oid, parent->oid, (int32_t)i + 1,
                                plan->statement->bound != NULL));
        for (uint16_t k = 0; k < parent->check_count; k++)
            if (!parent->checks[k].no_inherit)
                TRY(inherit_check(plan, oid, parent, &parent->checks[k]));
    }
    if (plan->bound.is_default)
        return ddl_partition_set_default(plan->ddl, plan->parents.items[0]->oid, oid);
    return STATUS_OK;
}

/* PARTITION OF: the bound must be the parent's kind and free. */
static Status plan_bound(TablePlan *plan) {
    const AstPartitionBound *ast = plan->statement->bound;
    const RelationDesc *parent;
    if (ast == NULL)
        return STATUS_OK;
    parent = plan->parents.items[0];
    if (plan->kind == 'f')
        TRY(ddl_check_foreign_partition(parent, plan->statement->relation->name, true));
    TRY(ddl_partition_bound(plan->ddl, parent, ast, &plan->bound));
    TRY(fk_check_idle(plan->ddl->session, parent, "CREATE TABLE .. PARTITION OF"));
    TRY(ddl_partition_check_bound(plan->ddl, parent, plan->statement->relation->name, ast,
                                  &plan->bound));
    return ddl_partition_check_default(plan->ddl, parent, &plan->bound);
}

static Status copy_likes(TablePlan *plan, Oid oid) {
    for (size_t i = 0; i < plan->likes.count; i++)
        TRY(ddl_copy_like(plan->ddl, oid, plan->likes.items[i].like, plan->likes.items[i].other));
    return STATUS_OK;
}

/* Keys first, so that a foreign key to the table itself finds its index; then checks, then foreign
 * keys. */
static Status add_constraints(TablePlan *plan, Oid oid) {
    for (int pass = 0; pass < 3; pass++) {
        if (pass == 2) /* its indexes may be what foreign keys refer to */
            TRY(copy_likes(plan, oid));
        AST_FOREACH(AstConstraint, constraint, plan->constraints) {
            int wanted = constraint->kind == AST_CONSTRAINT_FOREIGN_KEY ? 2
                         : constraint->kind == AST_CONSTRAINT_CHECK     ? 0
                                                                        : 1;
            bool merged = false;
            if (wanted != pass)
                continue;
            if (wanted == 0)
                TRY(ddl_merge_check(plan->ddl, oid, constraint, true, false, &merged));
            if (!merged)
                TRY(ddl_add_constraint(plan->ddl, oid, constraint, false));
        }
    }
    return STATUS_OK;
}

static Status exists_already(Ddl *ddl, const AstRangeVar *name, Oid nsp, bool *exists_out) {
    Arena *arena = ddl->arena;
    CatalogRow row;
    return catalog_find_name(ddl->catalog, PG_CLASS_RELNAME_NSP_INDEX, name->name, nsp, arena, &row,
                             exists_out);
}

Status ddl_create_table(Ddl *ddl, const AstCreateTable *statement, char kind, Oid *oid_out) {
    TablePlan plan = {.ddl = ddl, .statement = statement, .kind = kind};
    Oid nsp, oid;
    *oid_out = OID_INVALID;
    char persistence;
    TRY(status_at(ddl_creation_namespace(ddl, plan.statement->relation, &nsp, &persistence),
                  plan.statement->relation->location));
    if (plan.statement->if_not_exists) {
        bool exists;
        TRY(exists_already(ddl, plan.statement->relation, nsp, &exists));
        if (exists) {
            ddl_notice(ddl, ERR_DUPLICATE_TABLE, "relation \"%s\" already exists, skipping",
                       plan.statement->relation->name);
            return STATUS_OK;
        }
    }
    if (plan.statement->partition_by != NULL) {
        char strategy;
        if (plan.statement->inherits.count > 0 && plan.statement->bound == NULL)
            return error(ERR_INVALID_OBJECT_DEFINITION,
                         "cannot create partitioned table as inheritance child");
        TRY(ddl_partition_strategy(plan.statement->partition_by, &strategy));
    }
    if (plan.statement->on_commit != AST_ON_COMMIT_NOOP && persistence != 't')
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "ON COMMIT can only be used on temporary tables");
    CopiedDefaults defaults = {0};
    TRY(gather(&plan, persistence, &defaults));
    TRY(plan_bound(&plan));
    TRY(make_relation(&plan, nsp, persistence, &oid));
    TRY(ddl_on_commit(ddl, oid, plan.statement->on_commit));
    TRY(add_defaults(&plan, oid, &defaults));
    TRY(inherit_from_parents(&plan, oid));
    if (plan.statement->partition_by != NULL)
        TRY(ddl_partition_key(ddl, oid, plan.statement->partition_by));
    if (plan.statement->bound != NULL) {
        TRY(ddl_partition_indexes(ddl, plan.parents.items[0]->oid, oid));
        TRY(ddl_partition_foreign_keys(ddl, plan.parents.items[0]->oid, oid));
        TRY(ddl_partition_triggers(ddl, plan.parents.items[0]->oid, oid));
    }
    TRY(add_constraints(&plan, oid));
    *oid_out = oid;
    return STATUS_OK;
}

static Status execute_create(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    Oid oid;
    return ddl_create_table(&ddl, (const AstCreateTable *)call->raw->statement, 'r', &oid);
}

static const UtilityCommand commands[] = {
    {AST_CREATE_TABLE, "CREATE TABLE", UTILITY_WRITES, execute_create, NULL},
};

void ddl_table_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
