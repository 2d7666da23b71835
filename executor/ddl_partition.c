/* ddl_partition.c: PARTITION BY and FOR VALUES: keys and bounds, checked and stored. */
#include "executor/ddl_partition.h"

#include "executor/vector.h"
#include "planner/deparse.h"

#include <strings.h>

/* ---- keys ---- */

Status ddl_partition_strategy(const AstPartitionSpec *spec, char *strategy_out) {
    *strategy_out = strcasecmp(spec->strategy, "list") == 0    ? 'l'
                    : strcasecmp(spec->strategy, "range") == 0 ? 'r'
                    : strcasecmp(spec->strategy, "hash") == 0  ? 'h'
                                                               : 0;
    if (*strategy_out == 0)
        return error(ERR_INVALID_PARAMETER_VALUE, "unrecognized partitioning strategy \"%s\"",
                     spec->strategy);
    if (*strategy_out == 'l' && spec->elements.count > 1)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "cannot use \"list\" partition strategy with more than one column");
    return STATUS_OK;
}

typedef struct KeyPlan {
    Ddl *ddl;
    const RelationDesc *relation;
    char strategy;
    int16_t attnums[PARTITION_KEYS_MAX];
    Oid opclasses[PARTITION_KEYS_MAX];
    Oid collations[PARTITION_KEYS_MAX];
    ExprList expressions;
    AddressList referenced;
} KeyPlan;

static bool is_system_column(const char *name) {
    static const char *const system[] = {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};
    for (size_t i = 0; i < ARRAY_LEN(system); i++)
        if (strcmp(name, system[i]) == 0)
            return true;
    return false;
}

static Status generated_key(const ColumnDesc *column) {
    return status_detail(
        error(ERR_INVALID_OBJECT_DEFINITION, "cannot use generated column in partition key"),
        "Column \"%s\" is a generated column.", column->name);
}

static Status key_column(KeyPlan *plan, const char *name, uint16_t at, Expr **expr_out) {
    const ColumnDesc *column = relation_column(plan->relation, name);
    if (column == NULL && is_system_column(name))
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "cannot use system column \"%s\" in partition key", name);
    if (column == NULL)
        return error(ERR_UNDEFINED_COLUMN, "column \"%s\" named in partition key does not exist",
                     name);
    if (column->generated != 0)
        return generated_key(column);
    plan->attnums[at] = column->attnum;
    *expr_out = (Expr *)expr_column(plan->ddl->arena, 1, column->attnum, column->type,
                                    column->typmod, column->collation, 0);
    return STATUS_OK;
}

typedef struct KeyWalk {
    KeyPlan *plan;
    bool any;
    Status failed;
} KeyWalk;

static bool key_visit(Expr *expr, void *arg) {
    KeyWalk *walk = arg;
    if (expr->tag != EXPR_COLUMN)
        return expr_walk(expr, key_visit, arg);
    int16_t attno = ((ExprColumn *)expr)->attno;
    walk->any = true;
    if (attno < 0)
        walk->failed = error(ERR_INVALID_OBJECT_DEFINITION,
                             "partition key expressions cannot contain system column references");
    else if (attno > 0 && walk->plan->relation->columns[attno - 1].generated != 0)
        walk->failed = generated_key(&walk->plan->relation->columns[attno - 1]);
    return !status_ok(walk->failed);
}

static Status key_type(KeyPlan *plan, const Expr *expr, uint16_t at) {
    const TypeDesc *type;
    const char *text;
    TRY(catalog_type_require(plan->ddl->catalog, expr->type, &type));
    if (type->kind != 'p')
        return STATUS_OK;
    TRY(format_type_brief(plan->ddl->catalog, plan->ddl->arena, expr->type, &text));
    return error(ERR_INVALID_TABLE_DEFINITION, "partition key column %d has pseudo-type %s", at + 1,
                 text);
}

static Status key_expression(KeyPlan *plan, const Ast *ast, uint16_t at, Expr **expr_out) {
    Ddl *ddl = plan->ddl;
    ExprScope scope = {.relation = plan->relation->oid};
    Status s = analyze_expr(&ddl->session->env, ddl->arena, &ddl->session->planner, ast, &scope,
                            EXPR_KIND_PARTITION_EXPRESSION, expr_out);
    if (!status_ok(s) && s.error->state != ERR_OUT_OF_MEMORY)
        s.error->byte_location = -1; /* such errors come without a place */
    TRY(s);
    KeyWalk walk = {plan, false, STATUS_OK};
    key_visit(*expr_out, &walk);
    TRY(walk.failed);
    bool immutable;
    TRY(ddl_expr_is_immutable(ddl, *expr_out, &immutable));
    TRY(key_type(plan, *expr_out, at));
    if (!immutable)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "functions in partition key expression must be marked IMMUTABLE");
    if (!walk.any)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "cannot use constant expression as partition key");
    return STATUS_OK;
}

static Status key_collation(KeyPlan *plan, const AstPartitionElem *element, const Expr *expr,
                            uint16_t at) {
    Ddl *ddl = plan->ddl;
    const TypeDesc *type;
    plan->collations[at] = expr->collation;
    if (element->collation.count > 0) {
        const char *schema, *name;
        TRY(ddl_qualified(ddl, &element->collation, &schema, &name));
        TRY(collation_by_name(ddl->catalog, schema, name, false, &plan->collations[at]));
    }
    TRY(catalog_type_require(ddl->catalog, expr->type, &type));
    if (type->collation != 0 && plan->collations[at] == 0)
        return status_hint(
            error(ERR_INDETERMINATE_COLLATION,
                  "could not determine which collation to use for partition expression"),
            "Use the COLLATE clause to set the collation explicitly.");
    if (type->collation == 0 && plan->collations[at] != 0) {
        const char *text;
        TRY(format_type_brief(ddl->catalog, ddl->arena, expr->type, &text));
        return error(ERR_DATATYPE_MISMATCH, "collations are not supported by type %s", text);
    }
    return STATUS_OK;
}

static Status key_opclass(KeyPlan *plan, const AstPartitionElem *element, Oid type, Oid *out) {
    Ddl *ddl = plan->ddl;
    Oid am = plan->strategy == 'h' ? OID_AM_HASH : OID_AM_BTREE;
    const char *method = plan->strategy == 'h' ? "hash" : "btree";
    const char *text, *schema, *name;
    if (element->op_class.count > 0) {
        TRY(ddl_qualified(ddl, &element->op_class, &schema, &name));
        return opclass_by_name(ddl->catalog, am, schema, name, false, out);
    }
    TRY(catalog_default_opclass(ddl->catalog, am, type, out));
    if (*out != 0)
        return STATUS_OK;
    TRY(format_type_brief(ddl->catalog, ddl->arena, type, &text));
    return status_hint(
        error(ERR_UNDEFINED_OBJECT,
              "data type %s has no default operator class for access method \"%s\"", text, method),
        "You must specify a %s operator class or define a default %s operator class for the data "
        "type.",
        method, method);
}

static Status key_element(KeyPlan *plan, const AstPartitionElem *element, uint16_t at) {
    Expr *expr;
    if (element->name != NULL) {
        TRY(status_at(key_column(plan, element->name, at, &expr), element->location));
    } else {
        TRY(key_expression(plan, element->expr, at, &expr));
        Expr *bare = expr;
        while (bare->tag == EXPR_COLLATE)
            bare = ((ExprCollate *)bare)->arg;
        if (bare->tag == EXPR_COLUMN && ((ExprColumn *)bare)->attno > 0) {
            plan->attnums[at] = ((ExprColumn *)bare)->attno;
        } else {
            plan->attnums[at] = 0;
            expr_list_add(plan->ddl->arena, &plan->expressions, expr);
            ddl_expr_addresses(plan->ddl, expr, plan->relation->oid, &plan->referenced);
        }
    }
    TRY(key_collation(plan, element, expr, at));
    return key_opclass(plan, element, expr->type, &plan->opclasses[at]);
}

Status ddl_partition_key(Ddl *ddl, Oid relation, const AstPartitionSpec *spec) {
    KeyPlan plan = {.ddl = ddl};
    uint16_t count = 0;
    TRY(ddl_partition_strategy(spec, &plan.strategy));
    if (spec->elements.count > PARTITION_KEYS_MAX)
        return error(ERR_TOO_MANY_COLUMNS, "cannot partition using more than %d columns",
                     PARTITION_KEYS_MAX);
    TRY(catalog_relation_require(ddl->catalog, relation, &plan.relation));
    AST_FOREACH(AstPartitionElem, element, spec->elements) {
        TRY(key_element(&plan, element, count));
        count++;
    }
    PartitionKeySpec key = {.strategy = plan.strategy,
                            .key_count = count,
                            .attnums = plan.attnums,
                            .opclasses = plan.opclasses,
                            .collations = plan.collations};
    if (plan.expressions.count > 0)
        key.expressions = expr_list_to_string(ddl->arena, &plan.expressions);
    return partition_key_store(ddl->catalog, relation, &key, plan.referenced.items,
                               plan.referenced.count);
}

static bool uses_column(Expr *expr, void *arg) {
    if (expr->tag == EXPR_COLUMN &&
        (((ExprColumn *)expr)->attno == *(const int16_t *)arg || ((ExprColumn *)expr)->attno == 0))
        return true;
    return expr_walk(expr, uses_column, arg);
}

Status ddl_in_partition_key(Ddl *ddl, const RelationDesc *relation, int16_t attnum, bool *yes_out) {
    const PartitionKeyDesc *key = relation->partition_key;
    ExprList list = {0};
    *yes_out = false;
    if (key == NULL)
        return STATUS_OK;
    for (uint16_t i = 0; i < key->key_count; i++)
        *yes_out |= key->attnums[i] == attnum;
    if (key->expressions != NULL)
        TRY(expr_list_from_string(ddl->arena, key->expressions, strlen(key->expressions), &list));
    for (uint32_t i = 0; i < list.count && !*yes_out; i++)
        *yes_out = uses_column(list.items[i], &attnum);
    return STATUS_OK;
}

/* ---- bounds ---- */

/* How messages name a key column. */
static Status key_name(Ddl *ddl, const RelationDesc *parent, const PartitionKey *key, uint32_t at,
                       const char **name_out) {
    int16_t attnum = parent->partition_key->attnums[at];
    if (attnum > 0) {
        *name_out = parent->columns[attnum - 1].name;
        return STATUS_OK;
    }
    return deparse_expr(&ddl->session->env, ddl->arena, key->columns[at].expr, parent->oid, false,
                        0, name_out);
}

static Status evaluate_bound(Ddl *ddl, Expr *expr, Datum *value_out, bool *null_out) {
    Expr *planned;
    ExprEval *eval;
    TRY(plan_expr(&ddl->session->env, ddl->arena, &ddl->session->planner,
                  expr_copy(ddl->arena, expr), SLOT_LEFT, &planned));
    TRY(expr_eval_make(ddl->session, ddl->arena, &planned, 1, &eval));
    Status s = expr_eval_row(eval, 0, NULL, NULL, value_out, null_out);
    const TypeDesc *type;
    if (status_ok(s))
        s = catalog_type_require(ddl->catalog, expr->type, &type);
    if (status_ok(s) && !*null_out)
        s = datum_copy(ddl->arena, type->phys, *value_out, value_out);
    expr_eval_free(eval);
    return s;
}

/* A value of a bound as a constant of the key's type. */
static Status bound_value(Ddl *ddl, const RelationDesc *parent, const PartitionKey *key,
                          uint32_t at, const Ast *ast, Expr **out) {
    const PartitionColumn *column = &key->columns[at];
    ExprScope scope = {0};
    const char *name, *type;
    Expr *expr, *fitted;
    Datum value;
    bool is_null;
    TRY(key_name(ddl, parent, key, at, &name));
    TRY(analyze_expr(&ddl->session->env, ddl->arena, &ddl->session->planner, ast, &scope,
                     EXPR_KIND_PARTITION_BOUND, &expr));
    Status s = analyze_coerce_default(&ddl->session->env, ddl->arena, expr, name, column->type,
                                      column->typmod, &fitted);
    if (!status_ok(s) && s.error->state == ERR_DATATYPE_MISMATCH) {
        status_free(s);
        TRY(format_type_brief(ddl->catalog, ddl->arena, column->type, &type));
        return status_at(error(ERR_DATATYPE_MISMATCH,
                               "specified value cannot be cast to type %s for column \"%s\"", type,
                               name),
                         ast->location);
    }
    TRY(s);
    TRY(evaluate_bound(ddl, fitted, &value, &is_null));
    *out = (Expr *)expr_const(ddl->arena, column->type, column->typmod, column->collation,
                              column->phys, value, is_null);
    ((ExprConst *)*out)->location = ast->location;
    return STATUS_OK;
}

static char open_end(const Ast *ast) {
    const AstColumnRef *ref = (const AstColumnRef *)ast;
    if (ast->tag != AST_COLUMN_REF || ref->fields.count != 1)
        return 'v';
    return strcmp(ref->fields.items[0], "minvalue") == 0   ? 'm'
           : strcmp(ref->fields.items[0], "maxvalue") == 0 ? 'M'
                                                           : 'v';
}

static Status range_side(Ddl *ddl, const RelationDesc *parent, const PartitionKey *key,
                         const AstList *list, const char **kinds_out, ExprList *values) {
    char *kinds = arena_zalloc(ddl->arena, list->count + 1);
    *kinds_out = kinds;
    for (uint32_t i = 0; i < list->count; i++) {
        const Ast *ast = AST_AT(Ast, *list, i);
        Expr *value =
            (Expr *)expr_null(ddl->arena, key->columns[i].type, -1, 0, key->columns[i].phys);
        kinds[i] = open_end(ast);
        if (kinds[i] == 'v') {
            TRY(bound_value(ddl, parent, key, i, ast, &value));
            if (((ExprConst *)value)->is_null)
                return error(ERR_INVALID_TABLE_DEFINITION, "cannot specify NULL in range bound");
        }
        expr_list_add(ddl->arena, values, value);
    }
    for (uint32_t i = 1; i < list->count; i++)
        if (kinds[i - 1] != 'v' && kinds[i] != kinds[i - 1])
            return status_at(error(ERR_DATATYPE_MISMATCH,
                                   "every bound following %s must also be %s",
                                   kinds[i - 1] == 'm' ? "MINVALUE" : "MAXVALUE",
                                   kinds[i - 1] == 'm' ? "MINVALUE" : "MAXVALUE"),
                             AST_AT(Ast, *list, i)->location);
    return STATUS_OK;
}

static Status list_bound(Ddl *ddl, const RelationDesc *parent, const PartitionKey *key,
                         const AstPartitionBound *ast, PartitionBound *out) {
    for (uint32_t i = 0; i < ast->values.count; i++) {
        Expr *value;
        bool known = false;
        TRY(bound_value(ddl, parent, key, 0, AST_AT(Ast, ast->values, i), &value));
        for (uint32_t j = 0; j < out->values.count && !known; j++)
            known = expr_equal(out->values.items[j], value);
        if (!known)
            expr_list_add(ddl->arena, &out->values, value);
    }
    return STATUS_OK;
}

static Status hash_bound(const AstPartitionBound *ast, PartitionBound *out) {
    if (ast->modulus <= 0)
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "modulus for hash partition must be an integer value greater than zero");
    if (ast->remainder < 0)
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "remainder for hash partition must be an integer value greater than or equal "
                     "to zero");
    if (ast->remainder >= ast->modulus)
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "remainder for hash partition must be less than modulus");
    out->modulus = ast->modulus;
    out->remainder = ast->remainder;
    return STATUS_OK;
}

Status ddl_partition_bound(Ddl *ddl, const RelationDesc *parent, const AstPartitionBound *ast,
                           PartitionBound *out) {
    PartitionKey key;
    *out = (PartitionBound){0};
    TRY(partition_key_open(&ddl->session->env, ddl->arena, parent, &key));
    out->strategy = key.strategy;
    out->is_default = ast->kind == AST_PARTITION_DEFAULT;
    if (out->is_default)
        return key.strategy == 'h'
                   ? error(ERR_INVALID_TABLE_DEFINITION,
                           "a hash-partitioned table may not have a default partition")
                   : STATUS_OK;
    AstPartitionBoundKind wanted = key.strategy == 'h'   ? AST_PARTITION_HASH
                                   : key.strategy == 'l' ? AST_PARTITION_LIST
                                                         : AST_PARTITION_RANGE;
    if (ast->kind != wanted)
        return status_at(error(ERR_INVALID_TABLE_DEFINITION,
                               "invalid bound specification for a %s partition",
                               key.strategy == 'h'   ? "hash"
                               : key.strategy == 'l' ? "list"
                                                     : "range"),
                         ast->location);
    if (key.strategy == 'h')
        return hash_bound(ast, out);
    if (key.strategy == 'l')
        return list_bound(ddl, parent, &key, ast, out);
    if (ast->lower.count != key.count)
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "FROM must specify exactly one value per partitioning column");
    if (ast->upper.count != key.count)
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "TO must specify exactly one value per partitioning column");
    TRY(range_side(ddl, parent, &key, &ast->lower, &out->lower_kinds, &out->lower));
    return range_side(ddl, parent, &key, &ast->upper, &out->upper_kinds, &out->upper);
}

/* ---- against the bounds that are there ---- */

typedef struct BoundCheck {
    Ddl *ddl;
    const RelationDesc *parent;
    const PartitionTable *table;
    const char *name;
    const AstPartitionBound *ast;
    const PartitionBound *bound;
    PartitionKey key;
} BoundCheck;

static Status partition_name(BoundCheck *c, int32_t at, const char **name_out) {
    const RelationDesc *desc;
    TRY(catalog_relation_require(c->ddl->catalog, c->table->partitions[at], &desc));
    *name_out = desc->name;
    return STATUS_OK;
}

static Status overlaps(BoundCheck *c, int32_t with, int32_t location) {
    const char *other;
    TRY(partition_name(c, with, &other));
    return status_at(error(ERR_INVALID_OBJECT_DEFINITION,
                           "partition \"%s\" would overlap partition \"%s\"", c->name, other),
                     location);
}

static Status check_list(BoundCheck *c) {
    for (uint32_t i = 0; i < c->bound->values.count; i++) {
        Expr *value = c->bound->values.items[i];
        ExprList one = {1, 1, &value};
        StrBuf key;
        int32_t found;
        if (((ExprConst *)value)->is_null) {
            found = c->table->null_at;
        } else {
            strbuf_init(&key, c->ddl->arena);
            TRY(partition_bound_key(&c->key, NULL, &one, &key));
            found = partition_find(c->table, str_make(strbuf_cstr(&key), key.len));
            found = found == c->table->default_at ? -1 : found;
        }
        if (found >= 0)
            return overlaps(c, found, value->location);
    }
    return STATUS_OK;
}

static Status side_text(BoundCheck *c, bool lower, const char **out) {
    PartitionBound one = *c->bound;
    const char *text;
    TRY(partition_bound_text(&c->ddl->session->env, c->ddl->arena, &one, &text));
    const char *from = strstr(text, "FROM (") + strlen("FROM ");
    const char *to = strstr(text, ") TO (");
    *out = lower ? arena_strndup(c->ddl->arena, from, (size_t)(to - from) + 1)
                 : arena_strdup(c->ddl->arena, to + strlen(") TO "));
    return STATUS_OK;
}

/* Where the first part of a range's side that differs from `other` was written; the last one where
 * none does. */
static Status side_location(BoundCheck *c, bool lower, Str other, int32_t *location_out) {
    const AstList *list = lower ? &c->ast->lower : &c->ast->upper;
    const ExprList *values = lower ? &c->bound->lower : &c->bound->upper;
    const char *kinds = lower ? c->bound->lower_kinds : c->bound->upper_kinds;
    StrBuf key;
    strbuf_init(&key, c->ddl->arena);
    for (uint32_t i = 0; i < list->count; i++) {
        PartitionKey one = {c->key.strategy, 1, &c->key.columns[i]};
        ExprList part = {1, 1, &values->items[i]};
        *location_out = AST_AT(Ast, *list, i)->location;
        TRY(partition_bound_key(&one, &kinds[i], &part, &key));
        if (key.len > other.len || memcmp(strbuf_cstr(&key), other.data, key.len) != 0)
            return STATUS_OK;
    }
    return STATUS_OK;
}

static Status check_range(BoundCheck *c) {
    StrBuf low, high;
    strbuf_init(&low, c->ddl->arena);
    strbuf_init(&high, c->ddl->arena);
    TRY(partition_bound_key(&c->key, c->bound->lower_kinds, &c->bound->lower, &low));
    TRY(partition_bound_key(&c->key, c->bound->upper_kinds, &c->bound->upper, &high));
    Str lower = str_make(strbuf_cstr(&low), low.len),
        upper = str_make(strbuf_cstr(&high), high.len);
    int order = memcmp(lower.data, upper.data, MIN(lower.len, upper.len));
    int32_t location = -1;
    if (order > 0 || (order == 0 && lower.len >= upper.len)) {
        const char *from, *to;
        TRY(side_location(c, true, upper, &location));
        TRY(side_text(c, true, &from));
        TRY(side_text(c, false, &to));
        return status_at(
            status_detail(error(ERR_INVALID_OBJECT_DEFINITION,
                                "empty range bound specified for partition \"%s\"", c->name),
                          "Specified lower bound %s is greater than or equal to upper bound %s.",
                          from, to),
            location);
    }
    uint32_t at = partition_search(c->table, lower, true);
    if (c->table->slots[at] >= 0) {
        Str there = c->table->bounds[at - 1];
        bool equal = there.len == lower.len && memcmp(there.data, lower.data, lower.len) == 0;
        /* where a partition ends and the next begins, it is the last column that decides */
        bool shared = equal && c->table->slots[at - 1] >= 0;
        TRY(side_location(c, true, equal && !shared ? (Str){0} : there, &location));
        return overlaps(c, c->table->slots[at], location);
    }
    /* The next partition must not begin before the new one ends. */
    uint32_t end = partition_search(c->table, upper, false);
    for (; at < end; at++)
        if (c->table->slots[at + 1] >= 0) {
            TRY(side_location(c, false, c->table->bounds[at], &location));
            return overlaps(c, c->table->slots[at + 1], location);
        }
    return STATUS_OK;
}

/* Moduli must divide one another. */
static Status check_hash(BoundCheck *c) {
    int32_t below = 0, above = 0;
    const char *below_name = NULL, *above_name = NULL;
    for (uint32_t i = 0; i < c->table->count; i++) {
        const RelationDesc *desc;
        PartitionBound other;
        TRY(catalog_relation_require(c->ddl->catalog, c->table->partitions[i], &desc));
        TRY(partition_bound_read(c->ddl->arena, desc->partition_bound, &other));
        if (other.modulus <= c->bound->modulus && other.modulus >= below) {
            below = other.modulus;
            below_name = desc->name;
        }
        if (other.modulus >= c->bound->modulus && (above == 0 || other.modulus < above)) {
            above = other.modulus;
            above_name = desc->name;
        }
    }
    const char *factor = "every hash partition modulus must be a factor of the next larger modulus";
    if (below != 0 && c->bound->modulus % below != 0)
        return status_detail(error(ERR_INVALID_OBJECT_DEFINITION, "%s", factor),
                             "The new modulus %d is not divisible by %d, the modulus of existing "
                             "partition \"%s\".",
                             c->bound->modulus, below, below_name);
    if (above != 0 && above % c->bound->modulus != 0)
        return status_detail(error(ERR_INVALID_OBJECT_DEFINITION, "%s", factor),
                             "The new modulus %d is not a factor of %d, the modulus of existing "
                             "partition \"%s\".",
                             c->bound->modulus, above, above_name);
    uint32_t step = (uint32_t)c->bound->modulus;
    for (uint32_t at = (uint32_t)c->bound->remainder % MAX(c->table->modulus, 1u);
         at < c->table->modulus; at += step)
        if (c->table->slots[at] >= 0)
            return overlaps(c, c->table->slots[at], c->ast->location);
    return STATUS_OK;
}

Status ddl_partition_check_bound(Ddl *ddl, const RelationDesc *parent, const char *name,
                                 const AstPartitionBound *ast, const PartitionBound *bound) {
    BoundCheck c = {.ddl = ddl, .parent = parent, .name = name, .ast = ast, .bound = bound};
    TRY(partition_key_open(&ddl->session->env, ddl->arena, parent, &c.key));
    TRY(partition_table_open(&ddl->session->env, parent, &c.table));
    if (bound->is_default) {
        const char *other;
        if (c.table->default_at < 0)
            return STATUS_OK;
        TRY(partition_name(&c, c.table->default_at, &other));
        return status_at(error(ERR_INVALID_OBJECT_DEFINITION,
                               "partition \"%s\" conflicts with existing default partition \"%s\"",
                               name, other),
                         ast->location);
    }
    return bound->strategy == 'l'   ? check_list(&c)
           : bound->strategy == 'r' ? check_range(&c)
                                    : check_hash(&c);
}

/* ---- rows that are there ---- */

typedef struct RowCheck {
    ExprEval *eval;
    const RelationDesc *relation;
    bool is_default;
    bool inverted;
} RowCheck;

static Status verify_row(void *arg, RowId rowid, const Datum *values, const bool *nulls) {
    RowCheck *c = arg;
    Datum value;
    bool is_null;
    TRY(expr_eval_row(c->eval, 0, values, nulls, &value, &is_null));
    bool violated = is_null ? false : value.b == c->inverted;
    expr_eval_reset(c->eval);
    if (!violated)
        return STATUS_OK;
    Status s = c->is_default
                   ? error(ERR_CHECK_VIOLATION,
                           "updated partition constraint for default partition \"%s\" would be "
                           "violated by some row",
                           c->relation->name)
                   : error(ERR_CHECK_VIOLATION,
                           "partition constraint of relation \"%s\" is violated by some row",
                           c->relation->name);
    return status_object(s, c->relation->nsp_name, c->relation->name, NULL, NULL, NULL);
}

static Status verify_rows(Ddl *ddl, const RelationDesc *parent, const RelationDesc *table,
                          Expr *constraint, bool is_default, bool inverted) {
    const Oid *all;
    size_t count;
    TRY(relation_descendants(ddl->catalog, table->oid, ddl->arena, &all, &count));
    for (size_t i = 0; i < count; i++) {
        RowCheck c = {.is_default = is_default, .inverted = inverted};
        Expr *own, *planned;
        TRY(catalog_relation_require(ddl->catalog, all[i], &c.relation));
        if (c.relation->store == 0)
            continue;
        TRY(partition_map_columns(ddl->arena, parent, c.relation, constraint, &own));
        TRY(plan_expr(&ddl->session->env, ddl->arena, &ddl->session->planner,
                      expr_copy(ddl->arena, own), SLOT_LEFT, &planned));
        TRY(expr_eval_make(ddl->session, ddl->arena, &planned, 1, &c.eval));
        Status s = ddl_each_row(ddl, c.relation, verify_row, &c);
        expr_eval_free(c.eval);
        TRY(s);
    }
    return STATUS_OK;
}

Status ddl_partition_verify(Ddl *ddl, const RelationDesc *parent, const RelationDesc *table,
                            Expr *constraint, bool is_default) {
    return constraint == NULL ? STATUS_OK
                              : verify_rows(ddl, parent, table, constraint, is_default, false);
}

Status ddl_partition_check_default(Ddl *ddl, const RelationDesc *parent,
                                   const PartitionBound *bound) {
    const PartitionTable *table;
    const RelationDesc *other;
    Expr *constraint;
    TRY(partition_table_open(&ddl->session->env, parent, &table));
    if (table->default_at < 0 || bound->is_default)
        return STATUS_OK;
    Oid oid = table->partitions[table->default_at];
    TRY(relation_lock(ddl->catalog, oid, LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT, NULL));
    TRY(catalog_relation_require(ddl->catalog, oid, &other));
    TRY(partition_bound_constraint(&ddl->session->env, ddl->arena, parent, bound, &constraint));
    return constraint == NULL ? STATUS_OK : verify_rows(ddl, parent, other, constraint, true, true);
}

Status ddl_partition_set_default(Ddl *ddl, Oid parent, Oid partition) {
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_PARTITIONED_TABLE_PARTRELID_INDEX, parent, ddl->arena,
                         &row, &found));
    if (!found)
        return STATUS_OK;
    row.values[PG_PARTITIONED_TABLE_PARTDEFID] = datum_oid(partition);
    return catalog_update(ddl->catalog, PG_PARTITIONED_TABLE, &row);
}
