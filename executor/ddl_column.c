/* ddl_column.c: column definitions: types, NOT NULL, defaults, generated columns, serial, identity. */
#include "executor/ddl_int.h"

#define TYPE_INT2 21u
#define TYPE_INT4 23u
#define TYPE_INT8 20u

/* serial and its kin are integer types with a sequence. */
static Oid serial_type(const AstTypeName *type) {
    if (type == NULL || type->names.count != 1 || type->setof || type->bound_count > 0)
        return OID_INVALID;
    const char *name = type->names.items[0];
    if (strcmp(name, "serial") == 0 || strcmp(name, "serial4") == 0)
        return TYPE_INT4;
    if (strcmp(name, "bigserial") == 0 || strcmp(name, "serial8") == 0)
        return TYPE_INT8;
    if (strcmp(name, "smallserial") == 0 || strcmp(name, "serial2") == 0)
        return TYPE_INT2;
    return OID_INVALID;
}

static Status plan_type(Ddl *ddl, const AstColumnDef *def, ColumnPlan *plan) {
    Oid serial = serial_type(def->type);
    if (serial != OID_INVALID) {
        plan->serial = true;
        plan->spec.type = serial;
        plan->spec.typmod = -1;
        plan->spec.not_null = true;
        return STATUS_OK;
    }
    if (def->type == NULL)
        return STATUS_OK;
    TRY(analyze_type_name(&ddl->session->env, ddl->arena, def->type, &plan->spec.type,
                          &plan->spec.typmod));
    plan->spec.dims = (int32_t)def->type->bound_count;
    if (def->type->setof)
        return status_at(error(ERR_INVALID_TABLE_DEFINITION,
                               "column \"%s\" cannot be declared SETOF", def->name),
                         def->type->location);
    TRY(ddl_check_type_usage(ddl, plan->spec.type));
    return analyze_column_collation(&ddl->session->env, def->collate, plan->spec.type,
                                    &plan->spec.collation);
}

static Status conflicting_null(const char *column, const char *table, int32_t location) {
    return status_at(
        error(ERR_SYNTAX_ERROR,
              "conflicting NULL/NOT NULL declarations for column \"%s\" of table \"%s\"", column,
              table),
        location);
}

static Status multiple(const char *what, const char *column, const char *table, int32_t location) {
    return status_at(error(ERR_SYNTAX_ERROR, "multiple %s for column \"%s\" of table \"%s\"", what,
                           column, table),
                     location);
}

static Status both(const char *what, const char *column, const char *table, int32_t location) {
    return status_at(error(ERR_SYNTAX_ERROR, "both %s specified for column \"%s\" of table \"%s\"",
                           what, column, table),
                     location);
}

/* A column constraint that is a table constraint over this column. */
static void as_table_constraint(Ddl *ddl, const AstColumnDef *def, const AstConstraint *constraint,
                                AstList *constraints) {
    AstConstraint *copy = arena_memdup(ddl->arena, constraint, sizeof(*constraint));
    if (copy->kind == AST_CONSTRAINT_PRIMARY_KEY || copy->kind == AST_CONSTRAINT_UNIQUE) {
        copy->keys = (StrList){0};
        str_list_add(ddl->arena, &copy->keys, def->name);
    } else if (copy->kind == AST_CONSTRAINT_FOREIGN_KEY) {
        copy->fk_columns = (StrList){0};
        str_list_add(ddl->arena, &copy->fk_columns, def->name);
    }
    ast_list_add(ddl->arena, constraints, copy);
}

/* DEFERRABLE and its kin qualify the constraint before them. */
static Status apply_attribute(AstList *constraints, const AstConstraint *attribute) {
    AstConstraint *last = constraints->count == 0
                              ? NULL
                              : AST_AT(AstConstraint, *constraints, constraints->count - 1);
    if (last == NULL ||
        (last->kind != AST_CONSTRAINT_PRIMARY_KEY && last->kind != AST_CONSTRAINT_UNIQUE &&
         last->kind != AST_CONSTRAINT_FOREIGN_KEY))
        return status_at(
            error(ERR_SYNTAX_ERROR, "misplaced %s clause",
                  attribute->kind == AST_CONSTRAINT_ATTR_DEFERRABLE       ? "DEFERRABLE"
                  : attribute->kind == AST_CONSTRAINT_ATTR_NOT_DEFERRABLE ? "NOT DEFERRABLE"
                  : attribute->kind == AST_CONSTRAINT_ATTR_DEFERRED       ? "INITIALLY DEFERRED"
                                                                          : "INITIALLY IMMEDIATE"),
            attribute->location);
    if (attribute->kind == AST_CONSTRAINT_ATTR_DEFERRABLE)
        last->deferrable = true;
    if (attribute->kind == AST_CONSTRAINT_ATTR_DEFERRED)
        last->deferrable = last->initially_deferred = true;
    return STATUS_OK;
}

static Status plan_constraint(Ddl *ddl, const char *table, const AstConstraint *constraint,
                              ColumnPlan *plan, bool *null_given, AstList *constraints) {
    const AstColumnDef *def = plan->def;
    switch (constraint->kind) {
    case AST_CONSTRAINT_NULL:
        if (plan->spec.not_null)
            return conflicting_null(def->name, table, constraint->location);
        *null_given = true;
        return STATUS_OK;
    case AST_CONSTRAINT_NOT_NULL:
        if (*null_given)
            return conflicting_null(def->name, table, constraint->location);
        plan->spec.not_null = true;
        return STATUS_OK;
    case AST_CONSTRAINT_DEFAULT:
    case AST_CONSTRAINT_GENERATED:
        if (plan->default_constraint != NULL && plan->default_constraint->kind == constraint->kind)
            return multiple(constraint->kind == AST_CONSTRAINT_DEFAULT
                                ? "default values specified"
                                : "generation clauses specified",
                            def->name, table, constraint->location);
        if (plan->default_constraint != NULL)
            return both("default and generation expression", def->name, table,
                        constraint->location);
        if (plan->identity != NULL)
            return both(constraint->kind == AST_CONSTRAINT_GENERATED
                            ? "identity and generation expression"
                            : "default and identity",
                        def->name, table, constraint->location);
        plan->default_constraint = constraint;
        if (constraint->kind == AST_CONSTRAINT_GENERATED)
            plan->spec.generated = 's';
        return STATUS_OK;
    case AST_CONSTRAINT_IDENTITY:
        if (plan->identity != NULL)
            return multiple("identity specifications", def->name, table, constraint->location);
        if (plan->default_constraint != NULL || plan->serial)
            return both(plan->spec.generated == 's' ? "identity and generation expression"
                                                    : "default and identity",
                        def->name, table, plan->serial ? -1 : constraint->location);
        plan->identity = constraint;
        plan->spec.identity = constraint->always ? 'a' : 'd';
        if (*null_given)
            return conflicting_null(def->name, table, constraint->location);
        plan->spec.not_null = true;
        return STATUS_OK;
    case AST_CONSTRAINT_ATTR_DEFERRABLE:
    case AST_CONSTRAINT_ATTR_NOT_DEFERRABLE:
    case AST_CONSTRAINT_ATTR_DEFERRED:
    case AST_CONSTRAINT_ATTR_IMMEDIATE:
        return apply_attribute(constraints, constraint);
    default:
        as_table_constraint(ddl, def, constraint, constraints);
        return STATUS_OK;
    }
}

Status ddl_plan_column(Ddl *ddl, const char *table, const AstColumnDef *def, ColumnPlan *plan,
                       AstList *constraints) {
    *plan = (ColumnPlan){.def = def};
    plan->spec =
        (ColumnSpec){.name = def->name, .typmod = -1, .is_local = true, .stats_target = -1};
    TRY(plan_type(ddl, def, plan));
    bool null_given = false;
    AST_FOREACH(AstConstraint, constraint, def->constraints) {
        TRY(plan_constraint(ddl, table, constraint, plan, &null_given, constraints));
    }
    if (plan->serial && plan->default_constraint != NULL)
        return multiple("default values specified", def->name, table,
                        plan->default_constraint->location);
    if (plan->identity != NULL && !ddl_is_sequence_type(plan->spec.type))
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "identity column type must be smallint, integer, or bigint");
    return ddl_compression(ddl, def->compression, plan->spec.type, &plan->spec.compression);
}

bool ddl_is_sequence_type(Oid type) {
    return type == TYPE_INT2 || type == TYPE_INT4 || type == TYPE_INT8;
}

Status ddl_compression(Ddl *ddl, const char *method, Oid type, char *compression_out) {
    const TypeDesc *desc;
    *compression_out = '\0';
    if (method == NULL || strcmp(method, "default") == 0)
        return STATUS_OK;
    TRY(catalog_type_require(ddl->catalog, type, &desc));
    if (desc->storage == 'p') {
        const char *text;
        TRY(format_type_brief(ddl->catalog, ddl->arena, type, &text));
        return error(ERR_FEATURE_NOT_SUPPORTED, "column data type %s does not support compression",
                     text);
    }
    *compression_out = strcmp(method, "pglz") == 0 ? 'p' : strcmp(method, "lz4") == 0 ? 'l' : '\0';
    return *compression_out != '\0'
               ? STATUS_OK
               : error(ERR_INVALID_PARAMETER_VALUE, "invalid compression method \"%s\"", method);
}

/* What pg_dump says of an identity column's sequence beyond CREATE SEQUENCE's options. */
typedef struct SequencePlace {
    const AstOption *name;   /* SEQUENCE NAME; NULL: made of the table's and the column's */
    const AstOption *logged; /* LOGGED or UNLOGGED; NULL: as the table */
    AstList rest;
} SequencePlace;

static Status sequence_place(Ddl *ddl, const AstList *options, SequencePlace *place) {
    AST_FOREACH(AstOption, option, *options) {
        if (strcmp(option->name, "sequence_name") == 0) {
            TRY(ddl_option_unique(options, option));
            place->name = option;
        } else if (strcmp(option->name, "logged") == 0 || strcmp(option->name, "unlogged") == 0) {
            if (place->logged != NULL)
                return status_at(error(ERR_SYNTAX_ERROR, "conflicting or redundant options"),
                                 option->location);
            place->logged = option;
        } else {
            ast_list_add(ddl->arena, &place->rest, (Ast *)option);
        }
    }
    return STATUS_OK;
}

static Status sequence_spec(Ddl *ddl, const RelationDesc *table, const ColumnPlan *plan,
                            const SequencePlace *place, RelationSpec *spec) {
    *spec = (RelationSpec){
        .nsp = table->nsp, .owner = table->owner, .kind = 'S', .persistence = table->persistence};
    if (place->logged != NULL && table->persistence == 't')
        return status_at(
            error(ERR_INVALID_TABLE_DEFINITION, "cannot set logged status of a temporary sequence"),
            place->logged->location);
    if (place->logged != NULL)
        spec->persistence = place->logged->name[0] == 'l' ? 'p' : 'u';
    if (place->name == NULL)
        return name_choose_relation(ddl->catalog, ddl->arena, table->name, plan->spec.name, "seq",
                                    table->nsp, false, &spec->name);
    const StrList *names = &((const AstNameList *)place->name->value)->names;
    spec->name = str_list_last(names);
    if (names->count < 2)
        return STATUS_OK;
    return namespace_by_name(ddl->catalog, names->items[names->count - 2], false, &spec->nsp);
}

Status ddl_column_sequence(Ddl *ddl, Oid relation, const ColumnPlan *plan, int16_t attnum,
                           Oid *sequence_out) {
    const RelationDesc *table;
    TRY(catalog_relation_require(ddl->catalog, relation, &table));
    SequenceDesc options = {0};
    int64_t restart;
    bool restart_given;
    const StrList *owned_by;
    SequencePlace place = {0};
    if (plan->identity != NULL)
        TRY(sequence_place(ddl, &plan->identity->options, &place));
    TRY(ddl_sequence_options(ddl, &place.rest, plan->spec.type, true, &options, &restart,
                             &restart_given, &owned_by));
    RelationSpec spec;
    TRY(sequence_spec(ddl, table, plan, &place, &spec));
    spec.columns = sequence_columns(&spec.column_count);
    TRY(sequence_create(ddl->catalog, &spec, &options, options.start, false, sequence_out));
    return depend_record(ddl->catalog, object_address(PG_CLASS, *sequence_out, 0),
                         object_address(PG_CLASS, relation, attnum),
                         plan->identity != NULL ? DEPEND_INTERNAL : DEPEND_AUTO);
}

/* nextval('seq'::regclass), as pg_get_expr will print it. */
static Status serial_default(Ddl *ddl, const ColumnPlan *plan, Oid sequence, Expr **expr_out) {
    ExprFunc *call = arena_new(ddl->arena, ExprFunc);
    *call = (ExprFunc){.tag = EXPR_FUNC,
                       .location = -1,
                       .type = TYPE_INT8,
                       .typmod = -1,
                       .function = 1574, /* nextval */
                       .form = CALL_EXPLICIT};
    ExprConst *name = expr_const(ddl->arena, 2205, -1, 0, PHYS_I32, datum_oid(sequence), false);
    expr_list_add(ddl->arena, &call->args, name);
    return analyze_coerce_default(&ddl->session->env, ddl->arena, (Expr *)call, plan->spec.name,
                                  plan->spec.type, -1, expr_out);
}

static Status store_expr(Ddl *ddl, Oid relation, int16_t attnum, Expr *expr, bool generated) {
    AddressList addresses = {0};
    ddl_expr_addresses(ddl, expr, relation, &addresses);
    Oid oid;
    return attrdef_store(ddl->catalog, relation, attnum, expr_to_string(ddl->arena, expr),
                         generated, addresses.items, addresses.count, &oid);
}

typedef struct GenerationWalk {
    const RelationDesc *relation;
    Status status;
} GenerationWalk;

/* A generation expression reads plain columns only: not itself, not other generated ones. */
static bool forbidden_column(Expr *expr, void *arg) {
    GenerationWalk *walk = arg;
    if (expr == NULL || expr->tag != EXPR_COLUMN)
        return expr != NULL && expr_walk(expr, forbidden_column, arg);
    int16_t attno = ((ExprColumn *)expr)->attno;
    if (attno == 0)
        walk->status =
            status_detail(error(ERR_INVALID_OBJECT_DEFINITION,
                                "cannot use whole-row variable in column generation expression"),
                          "This would cause the generated column to depend on its own value.");
    else if (attno > 0 && walk->relation->columns[attno - 1].generated != 0)
        walk->status = status_detail(
            error(ERR_INVALID_OBJECT_DEFINITION,
                  "cannot use generated column \"%s\" in column generation expression",
                  walk->relation->columns[attno - 1].name),
            "A generated column cannot reference another generated column.");
    walk->status = status_at(walk->status, expr->location);
    return !status_ok(walk->status);
}

static Status check_generation(Ddl *ddl, Oid relation, Expr *expr) {
    GenerationWalk walk = {0};
    bool immutable;
    TRY(catalog_relation_require(ddl->catalog, relation, &walk.relation));
    forbidden_column(expr, &walk);
    TRY(walk.status);
    TRY(ddl_expr_is_immutable(ddl, expr, &immutable));
    return immutable
               ? STATUS_OK
               : error(ERR_INVALID_OBJECT_DEFINITION, "generation expression is not immutable");
}

Status ddl_store_default(Ddl *ddl, Oid relation, const ColumnPlan *plan, int16_t attnum) {
    Expr *expr;
    if (plan->serial || plan->identity != NULL) {
        Oid sequence;
        TRY(ddl_column_sequence(ddl, relation, plan, attnum, &sequence));
        if (plan->identity != NULL)
            return STATUS_OK;
        TRY(serial_default(ddl, plan, sequence, &expr));
        return store_expr(ddl, relation, attnum, expr, false);
    }
    if (plan->default_constraint == NULL)
        return STATUS_OK;
    bool generated = plan->spec.generated == 's';
    ExprScope scope = {.relation = generated ? relation : OID_INVALID};
    Status status = analyze_expr(
        &ddl->session->env, ddl->arena, &ddl->session->planner, plan->default_constraint->expr,
        &scope, generated ? EXPR_KIND_GENERATED_COLUMN : EXPR_KIND_COLUMN_DEFAULT, &expr);
    if (status_ok(status))
        status = analyze_coerce_default(&ddl->session->env, ddl->arena, expr, plan->spec.name,
                                        plan->spec.type, plan->spec.typmod, &expr);
    if (status_ok(status) && generated)
        status = check_generation(ddl, relation, expr);
    if (!status_ok(status))
        return ddl->altering ? status_unplaced(status) : status;
    const ExprConst *constant = (const ExprConst *)expr;
    if (!generated && expr->tag == EXPR_CONST && constant->is_null)
        return STATUS_OK; /* DEFAULT NULL is no default */
    return store_expr(ddl, relation, attnum, expr, generated);
}
