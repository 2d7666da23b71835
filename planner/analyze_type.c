/* analyze_type.c: facts about types that analysis asks for, and type names. */
#include "planner/analyze_int.h"

Status an_type(Analyzer *an, Oid type, const TypeDesc **desc_out) {
    return catalog_type_require(an->catalog, type, desc_out);
}

Status an_base_type_mod(Analyzer *an, Oid type, Oid *base_out, int32_t *typmod_io) {
    for (;;) {
        const TypeDesc *desc;
        *base_out = type;
        if (type == OID_INVALID || type == OID_UNKNOWN)
            return STATUS_OK;
        TRY(an_type(an, type, &desc));
        if (desc->kind != 'd')
            return STATUS_OK;
        type = desc->base;
        if (typmod_io != NULL)
            *typmod_io = desc->typmod;
    }
}

Status an_base_type(Analyzer *an, Oid type, Oid *base_out) {
    return an_base_type_mod(an, type, base_out, NULL);
}

Status an_element(Analyzer *an, Oid type, Oid *element_out) {
    return catalog_array_element(an->catalog, type, element_out);
}

Status an_base_element(Analyzer *an, Oid type, Oid *element_out) {
    Oid base;
    TRY(an_base_type(an, type, &base));
    return an_element(an, base, element_out);
}

Status an_array_of(Analyzer *an, Oid element, Oid *array_out) {
    return catalog_array_type(an->catalog, element, array_out);
}

Status an_type_relation(Analyzer *an, Oid type, Oid *relation_out) {
    Oid base;
    const TypeDesc *desc;
    *relation_out = 0;
    TRY(an_base_type(an, type, &base));
    TRY(catalog_type(an->catalog, base, &desc));
    if (desc != NULL && desc->kind == 'c')
        *relation_out = desc->relation;
    return STATUS_OK;
}

Status an_is_complex(Analyzer *an, Oid type, bool *complex_out) {
    Oid relation;
    Status s = an_type_relation(an, type, &relation);
    *complex_out = relation != 0;
    return s;
}

Status an_type_collation(Analyzer *an, Oid type, Oid *collation_out) {
    const TypeDesc *desc;
    *collation_out = 0;
    if (type == OID_INVALID)
        return STATUS_OK;
    TRY(catalog_type(an->catalog, type, &desc));
    *collation_out = desc == NULL ? 0 : desc->collation;
    return STATUS_OK;
}

bool an_is_collatable(Analyzer *an, Oid type) {
    Oid collation = 0;
    status_free(an_type_collation(an, type, &collation));
    return collation != 0;
}

Status an_phys(Analyzer *an, Oid type, PhysType *phys_out) {
    const TypeInfo *info = type_builtin(type);
    const TypeDesc *desc;
    *phys_out = PHYS_STR;
    if (info != NULL) {
        *phys_out = info->phys;
        return STATUS_OK;
    }
    TRY(catalog_type(an->catalog, type, &desc));
    if (desc != NULL)
        *phys_out = desc->phys;
    return STATUS_OK;
}

bool is_polymorphic_simple(Oid type) {
    return type == OID_ANYELEMENT || type == OID_ANYARRAY || type == OID_ANYNONARRAY ||
           type == OID_ANYENUM || type == OID_ANYRANGE || type == OID_ANYMULTIRANGE;
}

bool is_polymorphic(Oid type) {
    return is_polymorphic_simple(type) || type == OID_ANYCOMPATIBLE ||
           type == OID_ANYCOMPATIBLEARRAY || type == OID_ANYCOMPATIBLENONARRAY ||
           type == OID_ANYCOMPATIBLERANGE || type == OID_ANYCOMPATIBLEMULTIRANGE;
}

const char *an_format_type_mod(Analyzer *an, Oid type, int32_t typmod) {
    const char *text = NULL;
    Status s = format_type(an->catalog, an->arena, type, typmod,
                           FORMAT_TYPE_TYPMOD | FORMAT_TYPE_ALLOW_INVALID, &text);
    status_free(s);
    return text == NULL ? "???" : text;
}

const char *an_format_type(Analyzer *an, Oid type) {
    const char *text = NULL;
    Status s = format_type_brief(an->catalog, an->arena, type, &text);
    status_free(s);
    return text == NULL ? "???" : text;
}

Status an_null_const(Analyzer *an, Oid type, int32_t typmod, Oid collation, Expr **expr_out) {
    PhysType phys;
    TRY(an_phys(an, type, &phys));
    *expr_out = (Expr *)expr_null(an->arena, type, typmod, collation, phys);
    return STATUS_OK;
}

Status an_input(Analyzer *an, Oid type, int32_t typmod, Str text, int32_t location,
                Datum *value_out) {
    const TypeInfo *info;
    TRY(AT(location, type_lookup(an->env, type, &info)));
    TypeIo io = {.type = info, .typmod = typmod, .env = an->env, .arena = an->arena};
    if (info->input == NULL)
        return AT(location, error(ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s",
                                  an_format_type(an, type)));
    Status s = info->input(&io, text.data, text.len, value_out);
    if (!status_ok(s) && location >= 0) /* not where in the value, but where in the query */
        s = status_unplaced(s);
    return AT(location, s);
}

/* ---- rows ---- */

static void shape_alloc(Analyzer *an, RowShape *shape, uint32_t count) {
    shape->count = count;
    shape->names = arena_array(an->arena, const char *, count + 1);
    shape->types = arena_array(an->arena, Oid, count + 1);
    shape->typmods = arena_array(an->arena, int32_t, count + 1);
    shape->collations = arena_array(an->arena, Oid, count + 1);
}

Status an_relation_shape(Analyzer *an, Oid relation, RowShape *shape_out) {
    const RelationDesc *desc;
    TRY(catalog_relation_require(an->catalog, relation, &desc));
    shape_alloc(an, shape_out, desc->column_count);
    for (uint32_t i = 0; i < desc->column_count; i++) {
        const ColumnDesc *column = &desc->columns[i];
        shape_out->names[i] = column->dropped ? "" : column->name;
        shape_out->types[i] = column->dropped ? 0 : column->type;
        shape_out->typmods[i] = column->typmod;
        shape_out->collations[i] = column->collation;
    }
    return STATUS_OK;
}

static void shape_of_exprs(Analyzer *an, const ExprList *exprs, const char **names,
                           RowShape *shape_out) {
    shape_alloc(an, shape_out, exprs->count);
    for (uint32_t i = 0; i < exprs->count; i++) {
        const Expr *expr = exprs->items[i];
        shape_out->names[i] =
            names != NULL && names[i] != NULL ? names[i] : arena_printf(an->arena, "f%u", i + 1);
        shape_out->types[i] = expr->type;
        shape_out->typmods[i] = expr->typmod;
        shape_out->collations[i] = expr->collation;
    }
}

static Status func_result_shape(Analyzer *an, const ExprFunc *call, RowShape *shape_out,
                                bool *found_out) {
    const ProcDesc *proc;
    TRY(catalog_proc_require(an->catalog, call->function, &proc));
    if (proc->all_arg_count == 0 || proc->arg_modes == NULL)
        return STATUS_OK;
    uint32_t count = 0;
    Oid declared[FUNC_ARGS_MAX];
    Oid actual[FUNC_ARGS_MAX];
    uint32_t arg_count = 0;
    bool polymorphic = false;
    shape_alloc(an, shape_out, proc->all_arg_count);
    for (uint32_t i = 0; i < proc->arg_count && i < call->args.count && i < FUNC_ARGS_MAX; i++) {
        declared[arg_count] = proc->arg_types[i];
        actual[arg_count++] = call->args.items[i]->type;
    }
    for (uint32_t i = 0; i < proc->all_arg_count; i++) {
        char mode = proc->arg_modes[i];
        if (mode != 'o' && mode != 'b' && mode != 't')
            continue;
        const char *name = proc->arg_names == NULL ? "" : proc->arg_names[i];
        Oid type = proc->all_arg_types[i];
        if (is_polymorphic(type)) {
            Oid copy[FUNC_ARGS_MAX];
            memcpy(copy, declared, arg_count * sizeof(Oid));
            TRY(coerce_enforce_generic(an, actual, copy, arg_count, type, &type));
            polymorphic = true;
        }
        shape_out->names[count] =
            name[0] != '\0' ? name : arena_printf(an->arena, "column%u", count + 1);
        shape_out->types[count] = type;
        shape_out->typmods[count] = -1;
        TRY(an_type_collation(an, type, &shape_out->collations[count]));
        count++;
    }
    (void)polymorphic;
    shape_out->count = count;
    *found_out = count > 0;
    return STATUS_OK;
}

/* A query that an expression stands in, and those around it. */
typedef struct QueryChain {
    const struct QueryChain *outer;
    const Query *query;
    const Scope *scope; /* while it is analysed; NULL: it is done */
} QueryChain;

static const QueryChain *chain_of(Arena *arena, const Scope *scope) {
    if (scope == NULL || scope->query == NULL)
        return NULL;
    QueryChain *chain = arena_new(arena, QueryChain);
    *chain = (QueryChain){chain_of(arena, scope->parent), scope->query, scope};
    return chain;
}

static const Query *cte_query(const QueryChain *chain, const RangeEntry *entry,
                              const QueryChain **at_out) {
    for (uint32_t up = entry->cte_levels_up; up > 0 && chain != NULL; up--)
        chain = chain->outer;
    *at_out = chain;
    if (chain == NULL || entry->self_reference)
        return NULL;
    for (size_t i = 0; chain->scope != NULL && i < chain->scope->ctes.count; i++)
        if (strcmp(chain->scope->ctes.items[i]->name, entry->cte_name) == 0)
            return chain->scope->ctes.items[i]->query;
    for (uint32_t i = 0; i < chain->query->ctes.count; i++)
        if (strcmp(chain->query->ctes.items[i]->name, entry->cte_name) == 0)
            return chain->query->ctes.items[i]->query;
    return NULL;
}

/* The shape of a record that comes out of subqueries and WITH queries. */
static Status shape_in(Analyzer *an, const QueryChain *chain, Expr *expr, int depth,
                       RowShape *shape_out, bool *found_out) {
    if (expr->tag == EXPR_ROW) {
        shape_of_exprs(an, &((ExprRow *)expr)->args, ((ExprRow *)expr)->names, shape_out);
        *found_out = true;
        return STATUS_OK;
    }
    if (expr->tag == EXPR_FUNC)
        return func_result_shape(an, (ExprFunc *)expr, shape_out, found_out);
    if (expr->tag != EXPR_COLUMN || depth > 64)
        return STATUS_OK;
    const ExprColumn *column = (const ExprColumn *)expr;
    for (uint32_t up = column->levels_up; up > 0 && chain != NULL; up--)
        chain = chain->outer;
    if (chain == NULL || column->rt_index == 0 || column->rt_index > chain->query->range_count)
        return STATUS_OK;
    const RangeEntry *entry = query_rte(chain->query, column->rt_index);
    if (column->attno == 0 && entry->column_types != NULL) {
        shape_alloc(an, shape_out, entry->column_count);
        memcpy(shape_out->names, entry->column_names, entry->column_count * sizeof(char *));
        memcpy(shape_out->types, entry->column_types, entry->column_count * sizeof(Oid));
        for (uint32_t i = 0; i < entry->column_count; i++) {
            shape_out->typmods[i] = entry->column_typmods == NULL ? -1 : entry->column_typmods[i];
            shape_out->collations[i] =
                entry->column_collations == NULL ? 0 : entry->column_collations[i];
        }
        *found_out = true;
        return STATUS_OK;
    }
    if (entry->kind == RTE_JOIN && entry->join_columns != NULL && column->attno > 0 &&
        (uint32_t)column->attno <= entry->column_count)
        return shape_in(an, chain, entry->join_columns[column->attno - 1].expr, depth + 1,
                        shape_out, found_out);
    const QueryChain *around = chain;
    const Query *inner = entry->kind == RTE_SUBQUERY ? entry->subquery
                         : entry->kind == RTE_CTE    ? cte_query(chain, entry, &around)
                                                     : NULL;
    for (uint32_t i = 0; inner != NULL && i < inner->targets.count; i++) {
        const Target *target = inner->targets.items[i];
        QueryChain within = {around, inner, NULL};
        if (target->resno == column->attno && !target->junk)
            return shape_in(an, &within, target->expr, depth + 1, shape_out, found_out);
    }
    return STATUS_OK;
}

static Status column_shape(Scope *scope, const ExprColumn *column, RowShape *shape_out,
                           bool *found_out) {
    Scope *owner = scope_up(scope, column->levels_up);
    if (owner == NULL || column->rt_index == 0 || column->rt_index > owner->query->range_count)
        return STATUS_OK;
    ScopeItem *item = scope_item_of(owner, column->rt_index);
    RangeEntry *entry = item->entry;
    if (column->attno == 0) {
        shape_alloc(scope->an, shape_out, item->column_count);
        for (uint32_t i = 0; i < item->column_count; i++) {
            shape_out->names[i] = item->columns[i].type == 0 ? "" : item->names[i];
            shape_out->types[i] = item->columns[i].type;
            shape_out->typmods[i] = item->columns[i].typmod;
            shape_out->collations[i] = item->columns[i].collation;
        }
        *found_out = true;
        return STATUS_OK;
    }
    if (column->attno < 0)
        return STATUS_OK;
    if (entry->kind == RTE_SUBQUERY || entry->kind == RTE_CTE) {
        ExprColumn own = *column;
        own.levels_up = 0;
        return shape_in(scope->an, chain_of(scope->an->arena, owner), (Expr *)&own, 0, shape_out,
                        found_out);
    }
    if (entry->kind == RTE_JOIN && entry->join_columns != NULL &&
        (uint32_t)column->attno <= entry->column_count)
        return an_expr_shape(owner, entry->join_columns[column->attno - 1].expr, shape_out,
                             found_out);
    return STATUS_OK;
}

Status an_expr_shape(Scope *scope, Expr *expr, RowShape *shape_out, bool *found_out) {
    Oid relation;
    *found_out = false;
    *shape_out = (RowShape){0};
    TRY(an_type_relation(scope->an, expr->type, &relation));
    if (relation != 0) {
        *found_out = true;
        return an_relation_shape(scope->an, relation, shape_out);
    }
    if (expr->type != OID_RECORD)
        return STATUS_OK;
    if (expr->tag == EXPR_ROW) {
        shape_of_exprs(scope->an, &((ExprRow *)expr)->args, ((ExprRow *)expr)->names, shape_out);
        *found_out = true;
        return STATUS_OK;
    }
    if (expr->tag == EXPR_FUNC)
        return func_result_shape(scope->an, (ExprFunc *)expr, shape_out, found_out);
    if (expr->tag == EXPR_COLUMN)
        return column_shape(scope, (ExprColumn *)expr, shape_out, found_out);
    if (expr->tag == EXPR_SUB_LINK && ((ExprSubLink *)expr)->kind == SUBLINK_EXPR) {
        Query *query = ((ExprSubLink *)expr)->query;
        if (query->targets.count > 0 && query->targets.items[0]->expr->tag == EXPR_ROW) {
            ExprRow *row = (ExprRow *)query->targets.items[0]->expr;
            shape_of_exprs(scope->an, &row->args, row->names, shape_out);
            *found_out = true;
        }
    }
    return STATUS_OK;
}

/* ---- type names ---- */

static const char *type_name_text(Analyzer *an, const AstTypeName *name) {
    StrBuf text;
    strbuf_init(&text, an->arena);
    strbuf_puts(&text, str_list_join(an->arena, &name->names));
    if (name->percent_type)
        strbuf_puts(&text, "%TYPE");
    if (name->bound_count > 0)
        strbuf_puts(&text, "[]");
    return strbuf_cstr(&text);
}

static Status percent_type(Analyzer *an, const AstTypeName *name, Oid *type_out) {
    const StrList *names = &name->names;
    if (names->count < 2)
        return error(ERR_SYNTAX_ERROR, "improper %%TYPE reference (too few dotted names): %s",
                     str_list_join(an->arena, names));
    if (names->count > 4)
        return error(ERR_SYNTAX_ERROR, "improper %%TYPE reference (too many dotted names): %s",
                     str_list_join(an->arena, names));
    const char *column = names->items[names->count - 1];
    const char *table = names->items[names->count - 2];
    const char *schema = names->count > 2 ? names->items[names->count - 3] : NULL;
    const char *database = names->count > 3 ? names->items[0] : NULL;
    Oid relation;
    const RelationDesc *desc;
    TRY(relation_by_name(an->catalog, database, schema, table, false, &relation));
    TRY(catalog_relation_require(an->catalog, relation, &desc));
    const ColumnDesc *found = relation_column(desc, column);
    if (found == NULL)
        return error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist",
                     column, table);
    *type_out = found->type;
    session_notice(an->catalog, "NOTICE", ERR_SUCCESSFUL_COMPLETION,
                   "type reference %s converted to %s", type_name_text(an, name),
                   an_format_type(an, found->type));
    return STATUS_OK;
}

static Status type_find(Analyzer *an, const AstTypeName *name, Oid *type_out) {
    const StrList *names = &name->names;
    *type_out = 0;
    if (name->percent_type)
        return percent_type(an, name, type_out);
    if (names->count > 3)
        return error(ERR_SYNTAX_ERROR, "improper qualified name (too many dotted names): %s",
                     str_list_join(an->arena, names));
    const char *schema = names->count > 1 ? names->items[names->count - 2] : NULL;
    if (names->count == 3) {
        const char *database = NULL;
        TRY(database_name(an->catalog, session_database(an->catalog), &database));
        if (database == NULL || strcmp(database, names->items[0]) != 0)
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "cross-database references are not implemented: %s",
                         str_list_join(an->arena, names));
    }
    TRY(type_by_name(an->catalog, schema, str_list_last(names), type_out));
    if (*type_out != 0 && name->bound_count > 0) {
        const TypeDesc *desc;
        TRY(an_type(an, *type_out, &desc));
        Oid element = desc->element;
        bool is_array = false;
        if (element != 0) {
            Oid true_element;
            TRY(an_element(an, *type_out, &true_element));
            is_array = true_element != 0;
        }
        if (!is_array)
            TRY(an_array_of(an, *type_out, type_out));
    }
    return STATUS_OK;
}

static Status typmod_text(Analyzer *an, const Ast *mod, int32_t *value_out, bool *number_out) {
    *number_out = false;
    if (mod->tag == AST_CONST) {
        const AstConst *constant = (const AstConst *)mod;
        if (constant->kind == AST_CONST_INTEGER) {
            *value_out = constant->ival;
            *number_out = true;
            return STATUS_OK;
        }
        if (constant->kind == AST_CONST_FLOAT || constant->kind == AST_CONST_STRING) {
            Datum value;
            TRY(an_input(an, OID_INT4, -1, str_make(constant->text, constant->text_len),
                         mod->location, &value));
            *value_out = value.i32;
            *number_out = true;
        }
        return STATUS_OK;
    }
    if (mod->tag == AST_OP) { /* -5 */
        const AstOp *op = (const AstOp *)mod;
        if (op->left == NULL && op->kind == AST_OP_PLAIN && str_list_is(&op->name, "-") &&
            op->right->tag == AST_CONST) {
            TRY(typmod_text(an, op->right, value_out, number_out));
            *value_out = -*value_out;
        }
    }
    return STATUS_OK;
}

#define TYPMODS_MAX 8

static Status typmod_of(Analyzer *an, const AstTypeName *name, Oid type, int32_t *typmod_out) {
    *typmod_out = -1;
    if (name->typmods.count == 0)
        return STATUS_OK;
    const TypeDesc *desc;
    TRY(an_type(an, type, &desc));
    if (!desc->defined)
        return AT(name->location,
                  error(ERR_SYNTAX_ERROR, "type modifier cannot be specified for shell type \"%s\"",
                        type_name_text(an, name)));
    if (desc->typmod_in == 0)
        return AT(name->location,
                  error(ERR_SYNTAX_ERROR, "type modifier is not allowed for type \"%s\"",
                        type_name_text(an, name)));
    int32_t values[TYPMODS_MAX];
    int count = 0;
    for (uint32_t i = 0; i < name->typmods.count && count < TYPMODS_MAX; i++) {
        bool number;
        TRY(typmod_text(an, name->typmods.items[i], &values[count], &number));
        if (!number)
            return AT(
                name->location,
                error(ERR_SYNTAX_ERROR, "type modifiers must be simple constants or identifiers"));
        count++;
    }
    const TypeInfo *info;
    TRY(type_lookup(an->env, type, &info));
    if (info->typmod_in == NULL && info->element_type != NULL)
        info = info->element_type;
    if (info->typmod_in == NULL)
        return AT(name->location,
                  error(ERR_SYNTAX_ERROR, "type modifier is not allowed for type \"%s\"",
                        type_name_text(an, name)));
    return AT(name->location, info->typmod_in(values, count, typmod_out));
}

static Status type_name_resolve(Analyzer *an, const AstTypeName *name, bool missing_ok,
                                Oid *type_out, int32_t *typmod_out) {
    const TypeDesc *desc;
    int32_t typmod = -1;
    Status s = type_find(an, name, type_out);
    if (missing_ok && !status_ok(s) && s.error->state == ERR_UNDEFINED_SCHEMA) {
        status_free(s);
        s = STATUS_OK;
        *type_out = 0;
    }
    TRY(AT(name->location, s));
    if (*type_out == 0) {
        if (missing_ok)
            return STATUS_OK;
        return AT(name->location, error(ERR_UNDEFINED_OBJECT, "type \"%s\" does not exist",
                                        type_name_text(an, name)));
    }
    TRY(an_type(an, *type_out, &desc));
    if (!desc->defined && !missing_ok)
        return AT(name->location, error(ERR_UNDEFINED_OBJECT, "type \"%s\" is only a shell",
                                        type_name_text(an, name)));
    TRY(typmod_of(an, name, *type_out, &typmod));
    if (typmod_out != NULL)
        *typmod_out = typmod;
    return STATUS_OK;
}

Status analyze_type_name(EvalEnv *env, Arena *arena, const AstTypeName *name, Oid *type_out,
                         int32_t *typmod_out) {
    Analyzer an = {.env = env, .catalog = env->catalog, .arena = arena};
    return type_name_resolve(&an, name, false, type_out, typmod_out);
}

Status analyze_type_name_find(EvalEnv *env, Arena *arena, const AstTypeName *name, Oid *type_out,
                              int32_t *typmod_out) {
    Analyzer an = {.env = env, .catalog = env->catalog, .arena = arena};
    return type_name_resolve(&an, name, true, type_out, typmod_out);
}

Status analyze_column_collation(EvalEnv *env, const AstCollate *collate, Oid type,
                                Oid *collation_out) {
    Analyzer an = {.env = env, .catalog = env->catalog, .arena = env->statement_arena};
    Oid own;
    TRY(an_type_collation(&an, type, &own));
    *collation_out = own;
    if (collate == NULL)
        return STATUS_OK;
    const StrList *name = &collate->name;
    TRY(AT(collate->location,
           collation_by_name(env->catalog, name->count > 1 ? name->items[name->count - 2] : NULL,
                             str_list_last(name), false, collation_out)));
    if (own == 0)
        return AT(collate->location,
                  error(ERR_DATATYPE_MISMATCH, "collations are not supported by type %s",
                        an_format_type(&an, type)));
    return STATUS_OK;
}

bool str_list_is(const StrList *list, const char *s) {
    return (list->count == 1 || (list->count == 2 && strcmp(list->items[0], "pg_catalog") == 0)) &&
           strcmp(str_list_last(list), s) == 0;
}

StrList str_list_one(Arena *arena, const char *s) {
    StrList list = {0};
    str_list_add(arena, &list, s);
    return list;
}
