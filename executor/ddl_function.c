/*
 * ddl_function.c: CREATE and ALTER FUNCTION and PROCEDURE, DO.
 *
 * Bodies in SQL run in the executor; functions of LANGUAGE internal are names of built-in code. Other
 * languages can be recorded, so that dumps load, but calling such a function is an error.
 */
#include "executor/ddl_int.h"
#include "executor/plpgsql.h"
#include "executor/procedure.h"

#include "planner/parser.h"
#include "types/type.h"

#include <stdlib.h>

/* ---- parameters ---- */

#define PARAMETERS_MAX 100

typedef struct FunctionPlan {
    Ddl *ddl;
    const AstCreateFunction *statement;
    ProcSpec spec;
    Oid in_types[PARAMETERS_MAX];
    Oid all_types[PARAMETERS_MAX];
    char modes[PARAMETERS_MAX];
    const char *names[PARAMETERS_MAX];
    ExprList defaults;
    AddressList addresses;
    Oid out_result; /* what OUT parameters make of it; 0: there are none */
    uint16_t out_count;
    bool any_name, only_in;
    const char *language;
    Query *last_query; /* of an SQL-standard body; NULL: it is empty */
} FunctionPlan;

static Status bad(const char *fmt, const char *arg) {
    return error(ERR_INVALID_FUNCTION_DEFINITION, fmt, arg);
}

static Status param_type(FunctionPlan *plan, const AstFuncParam *param, Oid *type_out) {
    Ddl *ddl = plan->ddl;
    int32_t typmod;
    TRY(analyze_type_name_find(&ddl->session->env, ddl->arena, param->type, type_out, &typmod));
    if (*type_out == OID_INVALID)
        return ddl_no_param_type(ddl, param->type);
    const TypeDesc *type;
    TRY(catalog_type_require(ddl->catalog, *type_out, &type));
    if (!type->defined) {
        if (strcmp(plan->language, "sql") == 0)
            return bad("SQL function cannot accept shell type %s",
                       ddl_type_name_text(ddl, param->type));
        ddl_notice(ddl, ERR_WRONG_OBJECT_TYPE, "argument type %s is only a shell",
                   ddl_type_name_text(ddl, param->type));
    }
    if (param->type->setof)
        return error(ERR_INVALID_FUNCTION_DEFINITION,
                     plan->statement->procedure ? "procedures cannot accept set arguments"
                                                : "functions cannot accept set arguments");
    return STATUS_OK;
}

static Status check_param_name(FunctionPlan *plan, const AstFuncParam *param, uint16_t at) {
    if (param->name == NULL || *param->name == '\0')
        return STATUS_OK;
    plan->any_name = true;
    for (uint16_t i = 0; i < at; i++) {
        bool in = plan->modes[i] == 'i' || plan->modes[i] == 'b' || plan->modes[i] == 'v';
        bool out = plan->modes[i] == 'o' || plan->modes[i] == 't' || plan->modes[i] == 'b';
        bool this_in = param->mode != AST_PARAM_OUT && param->mode != AST_PARAM_TABLE;
        bool this_out = param->mode == AST_PARAM_OUT || param->mode == AST_PARAM_TABLE ||
                        param->mode == AST_PARAM_INOUT;
        if (strcmp(plan->names[i], param->name) == 0 && ((in && this_in) || (out && this_out)))
            return bad("parameter name \"%s\" used more than once", param->name);
    }
    return STATUS_OK;
}

static Status param_default(FunctionPlan *plan, const AstFuncParam *param, Oid type) {
    Ddl *ddl = plan->ddl;
    if (param->default_value == NULL) {
        if (plan->defaults.count > 0)
            return bad("%s", "input parameters after one with a default value must also have defaults");
        return STATUS_OK;
    }
    ExprScope scope = {0};
    Expr *expr;
    TRY(analyze_expr(&ddl->session->env, ddl->arena, &ddl->session->planner, param->default_value,
                     &scope, EXPR_KIND_FUNCTION_DEFAULT, &expr));
    TRY(analyze_coerce_default(&ddl->session->env, ddl->arena, expr, "DEFAULT", type, -1, &expr));
    ddl_expr_addresses(ddl, expr, OID_INVALID, &plan->addresses);
    expr_list_add(ddl->arena, &plan->defaults, expr);
    return STATUS_OK;
}

static Status check_variadic(FunctionPlan *plan, Oid type) {
    Oid element;
    if (type == OID_ANY || type == OID_ANYARRAY || type == OID_ANYCOMPATIBLEARRAY)
        return STATUS_OK;
    TRY(catalog_array_element(plan->ddl->catalog, type, &element));
    return element != OID_INVALID ? STATUS_OK : bad("%s", "VARIADIC parameter must be an array");
}

static Status read_param(FunctionPlan *plan, const AstFuncParam *param) {
    ProcSpec *spec = &plan->spec;
    uint16_t at = spec->all_arg_count;
    Oid type;
    if (at == PARAMETERS_MAX)
        return error(ERR_TOO_MANY_ARGUMENTS, "functions cannot have more than %d arguments",
                     PARAMETERS_MAX);
    TRY(param_type(plan, param, &type));
    TRY(check_param_name(plan, param, at));
    bool in = param->mode != AST_PARAM_OUT && param->mode != AST_PARAM_TABLE;
    if (in) {
        for (uint16_t i = 0; i < at; i++)
            if (plan->modes[i] == 'v')
                return bad("%s", "VARIADIC parameter must be the last input parameter");
        TRY(param_default(plan, param, type));
        plan->in_types[spec->arg_count++] = type;
    } else if (param->default_value != NULL) {
        return bad("%s", "only input parameters can have default values");
    }
    if (plan->statement->procedure && (!in || param->mode == AST_PARAM_INOUT)) {
        if (at > 0 && plan->modes[at - 1] == 'v')
            return bad("%s", "VARIADIC parameter must be the last parameter");
        if (!in && plan->defaults.count > 0)
            return bad("%s",
                       "procedure OUT parameters cannot appear after one with a default value");
    }
    if (!in || param->mode == AST_PARAM_INOUT) {
        plan->out_result = plan->out_count++ == 0 ? type : OID_RECORD;
    }
    TRY(ddl_check_type_usage(plan->ddl, type));
    if (param->mode == AST_PARAM_VARIADIC)
        TRY(check_variadic(plan, type));
    plan->only_in &= param->mode == AST_PARAM_IN || param->mode == AST_PARAM_DEFAULT;
    plan->all_types[at] = type;
    plan->modes[at] = param->mode == AST_PARAM_DEFAULT ? 'i' : (char)param->mode;
    plan->names[at] = param->name == NULL ? "" : param->name;
    spec->all_arg_count++;
    ddl_type_address(plan->ddl, type, &plan->addresses);
    return STATUS_OK;
}

static Status read_params(FunctionPlan *plan) {
    ProcSpec *spec = &plan->spec;
    plan->only_in = true;
    bool table = false;
    AST_FOREACH(AstFuncParam, param, plan->statement->params) {
        table |= param->mode == AST_PARAM_TABLE;
        TRY(read_param(plan, param));
    }
    if (table && plan->out_count == 1)
        plan->out_result = plan->all_types[spec->all_arg_count - 1];
    spec->arg_types = plan->in_types;
    spec->arg_names = plan->any_name ? plan->names : NULL;
    if (plan->only_in) {
        spec->all_arg_count = 0;
    } else {
        spec->all_arg_types = plan->all_types;
        spec->arg_modes = plan->modes;
    }
    if (plan->defaults.count > 0) {
        spec->default_exprs = expr_list_to_string(plan->ddl->arena, &plan->defaults);
        spec->default_count = (uint16_t)plan->defaults.count;
    }
    return STATUS_OK;
}

/* ---- the result ---- */

static Status shell_result(FunctionPlan *plan, const AstTypeName *name) {
    Ddl *ddl = plan->ddl;
    const char *schema, *type;
    Oid nsp;
    TRY(ddl_type_schema(ddl, name));
    if (strcmp(plan->language, "sql") == 0 || name->bound_count > 0)
        return error(ERR_UNDEFINED_OBJECT, "type \"%s\" does not exist",
                     ddl_type_name_text(ddl, name));
    TRY(ddl_qualified(ddl, &name->names, &schema, &type));
    Status notice = error(ERR_UNDEFINED_OBJECT, "type \"%s\" is not yet defined",
                          ddl_type_name_text(ddl, name));
    ddl->session->ops->notice(ddl->session, NOTICE_NOTICE,
                              status_detail(notice, "Creating a shell type definition."));
    TRY(namespace_for_creation(ddl->catalog, schema, &nsp));
    return type_create_shell(ddl->catalog, type, nsp, session_role(ddl->catalog),
                             &plan->spec.result);
}

static Status read_result(FunctionPlan *plan) {
    Ddl *ddl = plan->ddl;
    const AstCreateFunction *statement = plan->statement;
    ProcSpec *spec = &plan->spec;
    bool table = false;
    AST_FOREACH(AstFuncParam, param, statement->params) {
        table |= param->mode == AST_PARAM_TABLE;
    }
    if (statement->procedure) {
        spec->kind = 'p';
        spec->result = plan->out_count > 0 ? OID_RECORD : OID_VOID;
        return STATUS_OK;
    }
    if (statement->returns == NULL) {
        if (plan->out_result == OID_INVALID)
            return bad("%s", "function result type must be specified");
        spec->result = plan->out_result;
        spec->returns_set = table;
        return STATUS_OK;
    }
    int32_t typmod;
    TRY(analyze_type_name_find(&ddl->session->env, ddl->arena, statement->returns, &spec->result,
                               &typmod));
    spec->returns_set = statement->returns->setof || table;
    if (spec->result == OID_INVALID)
        return shell_result(plan, statement->returns);
    TRY(ddl_check_type_usage(plan->ddl, spec->result));
    if (table)
        spec->result = plan->out_result;
    const TypeDesc *type;
    TRY(catalog_type_require(ddl->catalog, spec->result, &type));
    if (!type->defined && strcmp(plan->language, "sql") == 0)
        return bad("SQL function cannot return shell type %s",
                   ddl_type_name_text(ddl, statement->returns));
    if (!type->defined)
        ddl_notice(ddl, ERR_WRONG_OBJECT_TYPE, "return type %s is only a shell",
                   ddl_type_name_text(ddl, statement->returns));
    ddl_type_address(ddl, spec->result, &plan->addresses);
    if (plan->out_result == OID_INVALID || plan->out_result == spec->result)
        return STATUS_OK;
    const char *text;
    TRY(format_type_brief(ddl->catalog, ddl->arena, plan->out_result, &text));
    return bad("function result type must be %s because of OUT parameters", text);
}

/* Polymorphic results, and internal ones, must follow from the arguments. */
static Status check_result(FunctionPlan *plan) {
    const ProcSpec *spec = &plan->spec;
    bool internal = false;
    TRY(ddl_check_polymorphic(plan->ddl, plan->in_types, spec->arg_count, spec->result,
                              "cannot determine result data type"));
    for (uint16_t i = 0; i < spec->arg_count; i++)
        internal |= plan->in_types[i] == OID_INTERNAL;
    for (uint16_t i = 0; i < spec->all_arg_count; i++)
        if (plan->modes[i] == 'o' || plan->modes[i] == 't')
            TRY(ddl_check_polymorphic(plan->ddl, plan->in_types, spec->arg_count,
                                      plan->all_types[i], "cannot determine result data type"));
    return spec->result != OID_INTERNAL || internal
               ? STATUS_OK
               : status_detail(bad("%s", "unsafe use of pseudo-type \"internal\""),
                               "A result of type internal requires at least one input of type "
                               "internal.");
}

/* ---- options ---- */

typedef struct FunctionOptions {
    const AstOption *as, *language, *transform, *window, *strict, *volatility, *security,
        *leakproof, *cost, *rows, *support, *parallel;
    VEC(const AstVariableSet *) sets;
} FunctionOptions;

static Status gather_options(Ddl *ddl, const AstList *list, FunctionOptions *o) {
    const struct {
        const char *name;
        const AstOption **place;
    } places[] = {{"as", &o->as},
                  {"language", &o->language},
                  {"transform", &o->transform},
                  {"window", &o->window},
                  {"strict", &o->strict},
                  {"volatility", &o->volatility},
                  {"security", &o->security},
                  {"leakproof", &o->leakproof},
                  {"cost", &o->cost},
                  {"rows", &o->rows},
                  {"support", &o->support},
                  {"parallel", &o->parallel}};
    AST_FOREACH(AstOption, option, *list) {
        if (strcmp(option->name, "set") == 0) {
            vec_push(&o->sets, ddl->arena, (const AstVariableSet *)option->value);
            continue;
        }
        for (size_t i = 0; i < ARRAY_LEN(places); i++) {
            if (strcmp(option->name, places[i].name) != 0)
                continue;
            if (*places[i].place != NULL)
                return status_at(error(ERR_SYNTAX_ERROR, "conflicting or redundant options"),
                                 option->location);
            *places[i].place = option;
        }
    }
    return STATUS_OK;
}

static Status option_number(const AstOption *option, float *value_out) {
    const AstConst *value = (const AstConst *)option->value;
    double number = value->kind == AST_CONST_INTEGER ? value->ival : strtod(value->text, NULL);
    if (number <= 0)
        return error(ERR_INVALID_PARAMETER_VALUE, strcmp(option->name, "cost") == 0
                                                      ? "COST must be positive"
                                                      : "ROWS must be positive");
    *value_out = (float)number;
    return STATUS_OK;
}

static Status option_letter(const AstOption *option, char *letter_out) {
    const char *word;
    TRY(ddl_option_string(option, &word));
    if (strcmp(option->name, "volatility") == 0) {
        *letter_out = word[0];
        return STATUS_OK;
    }
    *letter_out = strcmp(word, "safe") == 0         ? 's'
                  : strcmp(word, "unsafe") == 0     ? 'u'
                  : strcmp(word, "restricted") == 0 ? 'r'
                                                    : '\0';
    return *letter_out != '\0'
               ? STATUS_OK
               : error(ERR_SYNTAX_ERROR,
                       "parameter \"parallel\" must be SAFE, RESTRICTED, or UNSAFE");
}

static Status option_config(Ddl *ddl, const FunctionOptions *o, const char *const *was,
                            uint32_t was_count, ProcSpec *spec) {
    VEC(const char *) list = {0};
    for (uint32_t i = 0; i < was_count; i++)
        vec_push(&list, ddl->arena, was[i]);
    for (size_t i = 0; i < o->sets.count; i++) {
        const AstVariableSet *set = o->sets.items[i];
        size_t kept = 0;
        for (size_t k = 0; k < list.count && set->kind != AST_RESET_ALL; k++)
            if (strncmp(list.items[k], set->name, strlen(set->name)) != 0 ||
                list.items[k][strlen(set->name)] != '=')
                list.items[kept++] = list.items[k];
        list.count = kept;
        if (set->kind != AST_SET_VALUE && set->kind != AST_SET_CURRENT)
            continue;
        const char *value;
        TRY(ddl_setting_value(ddl, set, &value));
        vec_push(&list, ddl->arena, arena_printf(ddl->arena, "%s=%s", set->name, value));
    }
    spec->config = list.items;
    spec->config_count = (uint32_t)list.count;
    return STATUS_OK;
}

static Status require_superuser(Ddl *ddl, const char *message) {
    bool super;
    TRY(role_is_superuser(ddl->catalog, session_role(ddl->catalog), &super));
    return super ? STATUS_OK : error(ERR_INSUFFICIENT_PRIVILEGE, "%s", message);
}

static Status find_support(Ddl *ddl, const AstOption *option, Oid *oid_out) {
    const char *schema, *name;
    const StrList *names = &((const AstNameList *)option->value)->names;
    Oid internal = OID_INTERNAL;
    TRY(ddl_qualified(ddl, names, &schema, &name));
    TRY(catalog_proc_exact(ddl->catalog, schema, name, &internal, 1, oid_out));
    if (*oid_out == OID_INVALID)
        return error(ERR_UNDEFINED_FUNCTION, "function %s(internal) does not exist",
                     str_list_join(ddl->arena, names));
    return require_superuser(ddl, "must be superuser to specify a support function");
}

static Status apply_options(Ddl *ddl, const FunctionOptions *o, ProcSpec *spec) {
    const AstOption *functions_only[] = {o->strict, o->volatility, o->leakproof, o->cost,
                                         o->rows,   o->support,    o->parallel,  o->window};
    const AstOption *first = NULL;
    for (size_t i = 0; i < ARRAY_LEN(functions_only) && spec->kind == 'p'; i++)
        if (functions_only[i] != NULL &&
            (first == NULL || functions_only[i]->location < first->location))
            first = functions_only[i];
    if (first != NULL)
        return status_at(
            error(ERR_INVALID_FUNCTION_DEFINITION, "invalid attribute in procedure definition"),
            first->location);
    if (o->strict != NULL)
        TRY(ddl_option_bool(o->strict, &spec->strict));
    if (o->volatility != NULL)
        TRY(option_letter(o->volatility, &spec->volatility));
    if (o->parallel != NULL)
        TRY(option_letter(o->parallel, &spec->parallel));
    if (o->security != NULL)
        TRY(ddl_option_bool(o->security, &spec->security_definer));
    if (o->leakproof != NULL) {
        TRY(ddl_option_bool(o->leakproof, &spec->leakproof));
        if (spec->leakproof)
            TRY(require_superuser(ddl, "only superuser can define a leakproof function"));
    }
    if (o->cost != NULL)
        TRY(option_number(o->cost, &spec->cost));
    if (o->rows != NULL) {
        TRY(option_number(o->rows, &spec->rows));
        if (!spec->returns_set)
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "ROWS is not applicable when function does not return a set");
    }
    return o->support == NULL ? STATUS_OK : find_support(ddl, o->support, &spec->support);
}

/* ---- the body ---- */

static Status check_internal(Ddl *ddl, const char *source) {
    CatalogScan *scan;
    CatalogRow *each;
    Status status;
    bool known = false;
    TRY(catalog_scan_open(ddl->catalog, PG_PROC, 0, NULL, 0, ddl->arena, &scan));
    while (status_ok(status = catalog_scan_next(scan, &each)) && each != NULL && !known)
        known = row_oid(each, PG_PROC_PROLANG) == OID_LANGUAGE_INTERNAL &&
                row_oid(each, PG_PROC_OID) < OID_FIRST_NORMAL &&
                str_equal(each->values[PG_PROC_PROSRC].str, str_from_cstr(source));
    catalog_scan_close(scan);
    TRY(status);
    return known ? STATUS_OK
                 : error(ERR_UNDEFINED_FUNCTION, "there is no built-in function named \"%s\"",
                         source);
}

/* Built-in code gets the values that it was written for, and as many. */
static Status check_internal_types(FunctionPlan *plan) {
    Ddl *ddl = plan->ddl;
    const ProcSpec *spec = &plan->spec;
    const FnEntry *entry = fn_by_prosrc(spec->source);
    const ProcDesc *proc = NULL;
    if (entry == NULL)
        return STATUS_OK;
    TRY(catalog_proc(ddl->catalog, entry->oid, &proc));
    if (proc == NULL)
        return STATUS_OK;
    bool same = spec->arg_count >= proc->arg_count || proc->variadic != OID_INVALID;
    desc_pin(&proc->desc);
    Status s = STATUS_OK;
    for (uint16_t i = 0; i < proc->arg_count && i < spec->arg_count && same && status_ok(s); i++)
        s = ddl_same_values(ddl, plan->in_types[i], proc->arg_types[i], &same);
    if (status_ok(s) && same)
        s = ddl_same_values(ddl, spec->result, proc->result, &same);
    desc_unpin(&proc->desc);
    TRY(s);
    return same ? STATUS_OK
                : bad("the arguments and result do not suit the built-in function \"%s\"",
                      spec->source);
}

typedef struct BodyNames {
    FunctionPlan *plan;
} BodyNames;

/* $n, and parameters by name, while a body is checked. */
static Status body_param(void *arg, Arena *arena, const AstParamRef *ref, Expr **expr_out) {
    FunctionPlan *plan = ((BodyNames *)arg)->plan;
    *expr_out = NULL;
    if (ref->number < 1 || ref->number > plan->spec.arg_count)
        return STATUS_OK;
    ExprParam *param = EXPR_NEW(arena, ExprParam, EXPR_PARAM);
    const TypeDesc *type;
    param->kind = PARAM_EXTERNAL;
    param->number = (uint32_t)ref->number;
    param->type = plan->in_types[ref->number - 1];
    TRY(catalog_type_require(plan->ddl->catalog, param->type, &type));
    param->collation = type->collation;
    *expr_out = (Expr *)param;
    return STATUS_OK;
}

static Status find_body_param(void *arg, Arena *arena, const char *name, int32_t location,
                              Expr **expr_out) {
    FunctionPlan *plan = ((BodyNames *)arg)->plan;
    int32_t number = 0;
    uint32_t count = plan->only_in ? plan->spec.arg_count : plan->spec.all_arg_count;
    *expr_out = NULL;
    for (uint32_t i = 0; plan->spec.arg_names != NULL && i < count; i++) {
        bool in = plan->modes[i] == 'i' || plan->modes[i] == 'b' || plan->modes[i] == 'v';
        number += in;
        if (in && strcmp(plan->names[i], name) == 0) {
            AstParamRef param = {.tag = AST_PARAM_REF, .location = location, .number = number};
            return body_param(arg, arena, &param, expr_out);
        }
    }
    return STATUS_OK;
}

static Status body_column(void *arg, Arena *arena, const AstColumnRef *ref, bool found,
                          Expr **expr_out) {
    FunctionPlan *plan = ((BodyNames *)arg)->plan;
    Ddl *ddl = plan->ddl;
    return analyze_param_name(&ddl->session->env, arena, &ddl->session->planner, plan->spec.name,
                              ref, find_body_param, arg, expr_out);
}

static bool has_polymorphic(const FunctionPlan *plan) {
    static const Oid polymorphic[] = {OID_ANY,
                                      OID_ANYELEMENT,
                                      OID_ANYARRAY,
                                      OID_ANYNONARRAY,
                                      OID_ANYENUM,
                                      OID_ANYRANGE,
                                      OID_ANYMULTIRANGE,
                                      OID_ANYCOMPATIBLE,
                                      OID_ANYCOMPATIBLEARRAY,
                                      OID_ANYCOMPATIBLENONARRAY,
                                      OID_ANYCOMPATIBLERANGE,
                                      OID_ANYCOMPATIBLEMULTIRANGE};
    for (uint16_t i = 0; i < plan->spec.arg_count; i++)
        for (size_t k = 0; k < ARRAY_LEN(polymorphic); k++)
            if (plan->in_types[i] == polymorphic[k])
                return true;
    return false;
}

/* Where the body stands in the statement: the byte after its opening quote; -1 if that is not one
 * place. `doubled`: quotes within are doubled. */
static int32_t find_body(const char *text, const char *source, bool *doubled) {
    int32_t found = -1;
    size_t source_len = strlen(source);
    for (const char *at = text; *at != '\0'; at++) {
        const char *body = NULL;
        bool quoted = *at == '\'';
        if (quoted) {
            body = at + 1;
            const char *p = body;
            size_t i = 0;
            while (i < source_len && *p == source[i]) {
                p += source[i] == '\'' ? 2 : 1;
                i++;
            }
            if (i < source_len || *p != '\'')
                body = NULL;
        } else if (*at == '$') {
            size_t tag =
                strspn(at + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
            if (at[tag + 1] == '$' && strncmp(at + tag + 2, source, source_len) == 0 &&
                strncmp(at + tag + 2 + source_len, at, tag + 2) == 0)
                body = at + tag + 2;
        }
        if (body == NULL)
            continue;
        if (found >= 0)
            return -1;
        found = (int32_t)(body - text);
        *doubled = quoted;
        at = body + source_len;
        if (*at == '\0')
            break;
    }
    return found;
}

static int32_t body_place(Ddl *ddl, const char *source, bool *doubled) {
    const UtilityCall *call = ddl->call;
    if (call->text == NULL)
        return -1;
    return find_body(arena_strndup(ddl->arena, call->text, call->text_len), source, doubled);
}

/* An error in the body points into the statement where the body stands in it, as if it were part. */
static Status body_error(FunctionPlan *plan, Status status) {
    if (status_ok(status) || status.error->byte_location < 0)
        return status;
    bool doubled = false;
    int32_t body = body_place(plan->ddl, plan->spec.source, &doubled);
    int32_t inside = status.error->byte_location;
    if (body < 0 && plan->spec.language == OID_LANGUAGE_PLPGSQL)
        return status_internal(status, plan->spec.source);
    status.error->byte_location = -1;
    if (body < 0)
        return status_context(status, "SQL function \"%s\"", plan->spec.name);
    int32_t quotes = 0;
    for (int32_t i = 0; doubled && i < inside && plan->spec.source[i] != '\0'; i++)
        quotes += plan->spec.source[i] == '\'';
    status.error->byte_location = body + inside + quotes;
    return status;
}

/* The last statement gives what the function returns. */
static Status check_body_result(FunctionPlan *plan, Query *query) {
    Ddl *ddl = plan->ddl;
    const ProcSpec *spec = &plan->spec;
    FunctionResult want = {.type = spec->result, .is_procedure = spec->kind == 'p'};
    const TypeDesc *type;
    bool row;
    TRY(catalog_type_require(ddl->catalog, spec->result, &type));
    uint32_t count = plan->only_in ? 0 : spec->all_arg_count, n = 0;
    Oid *types = NULL;
    if (spec->result == OID_RECORD) {
        types = arena_array(ddl->arena, Oid, count + 1);
        for (uint32_t i = 0; i < count; i++)
            if (strchr("obt", plan->modes[i]) != NULL)
                types[n++] = spec->all_arg_types[i];
    } else if (type->kind == 'c') {
        const RelationDesc *relation;
        TRY(catalog_relation_require(ddl->catalog, type->relation, &relation));
        types = arena_array(ddl->arena, Oid, relation->column_count + 1u);
        for (uint16_t i = 0; i < relation->column_count; i++)
            types[n++] = relation->columns[i].dropped ? OID_INVALID : relation->columns[i].type;
    }
    want.types = types;
    want.column_count = n;
    want.has_columns = n > 0;
    Status s = analyze_function_result(&ddl->session->env, ddl->arena, &ddl->session->planner,
                                       &want, &query, &row);
    return status_context(s, "SQL function \"%s\"", spec->name);
}

static Status check_body_call(FunctionPlan *plan, const AstCall *statement,
                              const AnalyzeOptions *options) {
    Ddl *ddl = plan->ddl;
    ExprFunc *function;
    ProcOutputs outputs;
    TRY(analyze_call(&ddl->session->env, ddl->arena, &ddl->session->planner, statement->call,
                     options, &function, &outputs));
    if (outputs.count == 0)
        return STATUS_OK;
    return status_context(error(ERR_FEATURE_NOT_SUPPORTED,
                                "calling procedures with output arguments is not supported in SQL "
                                "functions"),
                          "SQL function \"%s\"", plan->spec.name);
}

/* Analyses every statement of an SQL body, so that mistakes show now and not at the first call. */
static Status check_sql(FunctionPlan *plan) {
    Ddl *ddl = plan->ddl;
    AstList statements;
    TRY(body_error(plan, parse_sql(ddl->arena, plan->spec.source, strlen(plan->spec.source), NULL,
                                   &statements)));
    if (has_polymorphic(plan) || session_bootstrap(ddl->catalog))
        return STATUS_OK;
    BodyNames names = {plan};
    ParseHooks hooks = {&names, body_column, body_param};
    AnalyzeOptions options = {.hooks = &hooks};
    AnalyzedStatement analyzed = {0};
    AST_FOREACH(AstRawStatement, raw, statements) {
        TRY(body_error(plan, analyze_statement(&ddl->session->env, ddl->arena,
                                               &ddl->session->planner, raw, &options, &analyzed)));
        if (raw->statement->tag == AST_CALL)
            TRY(body_error(plan, check_body_call(plan, (const AstCall *)raw->statement, &options)));
    }
    return check_body_result(plan, analyzed.query);
}

static Status body_statement(FunctionPlan *plan, Ast *statement, Query **query_out) {
    Ddl *ddl = plan->ddl;
    BodyNames names = {plan};
    ParseHooks hooks = {&names, body_column, body_param};
    AnalyzeOptions options = {.hooks = &hooks};
    AnalyzedStatement analyzed = {0};
    AstRawStatement *raw = AST_NEW(ddl->arena, AstRawStatement, AST_RAW_STATEMENT, -1);
    raw->statement = statement;
    TRY(analyze_statement(&ddl->session->env, ddl->arena, &ddl->session->planner, raw, &options,
                          &analyzed));
    *query_out = analyzed.query;
    if (analyzed.query->command != COMMAND_UTILITY) {
        ddl_query_addresses(ddl, analyzed.query, &plan->addresses);
        return STATUS_OK;
    }
    const UtilityCommand *command = utility_find(statement->tag);
    return error(ERR_FEATURE_NOT_SUPPORTED, "%s is not yet supported in unquoted SQL function body",
                 command != NULL && command->tag != NULL ? command->tag
                                                         : ast_tag_name(statement->tag));
}

/* RETURN expression, BEGIN ATOMIC .. END: stored as queries. */
static Status read_sql_body(FunctionPlan *plan) {
    Arena *arena = plan->ddl->arena;
    Ast *body = plan->statement->body;
    ProcSpec *spec = &plan->spec;
    QueryList list = {0};
    Query *query;
    for (uint16_t i = 0; i < spec->arg_count; i++)
        if (ddl_is_polymorphic(plan->in_types[i]))
            return bad("%s", "SQL function with unquoted function body cannot have polymorphic "
                             "arguments");
    spec->source = "";
    if (!plan->statement->atomic) {
        TRY(body_statement(plan, body, &plan->last_query));
        spec->sql_body = query_to_string(arena, plan->last_query);
        return STATUS_OK;
    }
    const AstList *statements = &((AstExprList *)body)->items;
    for (uint32_t i = 0; i < statements->count; i++) {
        TRY(body_statement(plan, statements->items[i], &query));
        query_list_add(arena, &list, query);
        plan->last_query = query;
    }
    spec->sql_body = query_list_to_string(arena, &list);
    return STATUS_OK;
}

/* Pseudo-types that SQL functions do not know. */
static Status check_sql_type(FunctionPlan *plan, Oid type, const char *format) {
    const TypeDesc *desc;
    const char *text;
    TRY(catalog_type_require(plan->ddl->catalog, type, &desc));
    if (desc->kind != 'p' || ddl_is_polymorphic(type))
        return STATUS_OK;
    TRY(format_type(plan->ddl->catalog, plan->ddl->arena, type, -1, 0, &text));
    return error(ERR_INVALID_FUNCTION_DEFINITION, format, text);
}

static Status check_sql_types(FunctionPlan *plan) {
    const ProcSpec *spec = &plan->spec;
    if (spec->result != OID_VOID && spec->result != OID_RECORD)
        TRY(check_sql_type(plan, spec->result, "SQL functions cannot return type %s"));
    for (uint16_t i = 0; i < spec->arg_count; i++)
        TRY(check_sql_type(plan, plan->in_types[i],
                           "SQL functions cannot have arguments of type %s"));
    return STATUS_OK;
}

static Status check_plpgsql_type(FunctionPlan *plan, Oid type, const char *format) {
    const TypeDesc *desc;
    const char *text;
    TRY(catalog_type_require(plan->ddl->catalog, type, &desc));
    if (desc->kind != 'p' || type == OID_RECORD || ddl_is_polymorphic(type))
        return STATUS_OK;
    TRY(format_type(plan->ddl->catalog, plan->ddl->arena, type, -1, 0, &text));
    return error(ERR_FEATURE_NOT_SUPPORTED, format, text);
}

/* Its body is read as at a call. */
static Status check_plpgsql(FunctionPlan *plan, Oid function) {
    const ProcSpec *spec = &plan->spec;
    Oid result = spec->result;
    if (result != OID_VOID && result != OID_TRIGGER && result != OID_EVENT_TRIGGER)
        TRY(check_plpgsql_type(plan, result, "PL/pgSQL functions cannot return type %s"));
    for (uint16_t i = 0; i < spec->arg_count; i++)
        TRY(check_plpgsql_type(plan, plan->in_types[i],
                               "PL/pgSQL functions cannot accept type %s"));
    if (!plan->ddl->session->settings.check_function_bodies)
        return STATUS_OK;
    PlSourcePlace place;
    place.at = body_place(plan->ddl, spec->source, &place.doubled);
    return body_error(plan, plpgsql_validate(plan->ddl->session, function, place));
}

/* Nothing can be loaded: PostgreSQL's libraries speak to PostgreSQL. */
static Status no_library(Ddl *ddl, const ProcSpec *spec) {
    const char *file = spec->binary;
    if (strncmp(file, "$libdir/", 8) == 0)
        file = arena_printf(ddl->arena, "/usr/lib/postgresql/15/lib/%s", file + 8);
    if (strcmp(spec->binary, "$libdir/plpgsql") == 0)
        return error(ERR_UNDEFINED_FUNCTION, "could not find function \"%s\" in file \"%s.so\"",
                     spec->source, file);
    return error(ERR_UNDEFINED_FILE, "could not access file \"%s\": No such file or directory",
                 file);
}

/* What pg_proc has of PL/pgSQL itself may be named again, as old dumps do for its handlers. */
static bool is_plpgsql_entry(const ProcSpec *spec) {
    if (strcmp(spec->binary, "$libdir/plpgsql") != 0)
        return false;
    static const char *const entries[] = {"plpgsql_call_handler", "plpgsql_inline_handler",
                                          "plpgsql_validator"};
    bool found = false;
    for (size_t i = 0; i < ARRAY_LEN(entries); i++)
        found |= strcmp(spec->source, entries[i]) == 0;
    return found;
}

static Status read_body(FunctionPlan *plan, const FunctionOptions *o) {
    Ddl *ddl = plan->ddl;
    ProcSpec *spec = &plan->spec;
    if (plan->statement->body != NULL && o->as != NULL)
        return bad("%s", "duplicate function body specified");
    if (plan->statement->body != NULL && spec->language != OID_LANGUAGE_SQL)
        return bad("%s", "inline SQL function body only valid for language SQL");
    if (plan->statement->body != NULL)
        return read_sql_body(plan);
    if (o->as == NULL)
        return bad("%s", "no function body specified");
    const StrList *sources = &((const AstNameList *)o->as->value)->names;
    if (spec->language == OID_LANGUAGE_C) {
        spec->binary = sources->items[0];
        spec->source = sources->count > 1 ? sources->items[1] : spec->name;
        return session_current_extension(ddl->catalog) != OID_INVALID || is_plpgsql_entry(spec)
                   ? STATUS_OK
                   : no_library(ddl, spec);
    }
    spec->source = sources->items[0];
    if (sources->count > 1)
        return bad("only one AS item needed for language \"%s\"", plan->language);
    if (spec->language == OID_LANGUAGE_INTERNAL) {
        if (*spec->source == '\0')
            spec->source = spec->name;
        TRY(check_internal(ddl, spec->source));
        return session_current_extension(ddl->catalog) != OID_INVALID ? STATUS_OK
                                                                      : check_internal_types(plan);
    }
    return STATUS_OK;
}

static Status read_language(FunctionPlan *plan, const FunctionOptions *o) {
    Ddl *ddl = plan->ddl;
    if (o->language == NULL) {
        if (plan->statement->body == NULL)
            return bad("%s", "no language specified");
        plan->language = "sql";
    } else {
        TRY(ddl_option_string(o->language, &plan->language));
    }
    TRY(language_by_name(ddl->catalog, plan->language, true, &plan->spec.language));
    if (plan->spec.language == OID_INVALID)
        return error(ERR_UNDEFINED_OBJECT, "language \"%s\" does not exist", plan->language);
    const LanguageDesc *language;
    TRY(catalog_language(ddl->catalog, plan->spec.language, &language));
    if (language->trusted)
        return object_check_acl(ddl->catalog, PG_LANGUAGE, plan->spec.language, ACL_USAGE);
    bool super;
    TRY(role_is_superuser(ddl->catalog, session_role(ddl->catalog), &super));
    return super ? STATUS_OK : acl_error_denied(ddl->catalog, PG_LANGUAGE, plan->spec.language);
}

static Status execute_create(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateFunction *statement = (const AstCreateFunction *)call->raw->statement;
    FunctionPlan *plan = arena_new(ddl.arena, FunctionPlan);
    plan->ddl = &ddl;
    plan->statement = statement;
    call->tag = statement->procedure ? "CREATE PROCEDURE" : "CREATE FUNCTION";
    const char *schema;
    FunctionOptions options = {0};
    ProcSpec *spec = &plan->spec;
    TRY(ddl_qualified(&ddl, &statement->name, &schema, &spec->name));
    TRY(namespace_for_creation(ddl.catalog, schema, &spec->nsp));
    spec->owner = session_role(ddl.catalog);
    spec->kind = statement->procedure ? 'p' : 'f';
    spec->volatility = 'v';
    spec->parallel = 'u';
    spec->replace = statement->replace;
    TRY(gather_options(&ddl, &statement->options, &options));
    TRY(read_language(plan, &options));
    TRY(read_params(plan));
    TRY(read_result(plan));
    TRY(check_result(plan));
    if (options.window != NULL && !statement->procedure)
        spec->kind = 'w';
    spec->cost =
        spec->language == OID_LANGUAGE_INTERNAL || spec->language == OID_LANGUAGE_C ? 1 : 100;
    spec->rows = spec->returns_set ? 1000 : 0;
    TRY(apply_options(&ddl, &options, spec));
    TRY(option_config(&ddl, &options, NULL, 0, spec));
    TRY(read_body(plan, &options));
    vec_push(&plan->addresses, ddl.arena, object_address(PG_LANGUAGE, spec->language, 0));
    spec->referenced = plan->addresses.items;
    spec->referenced_count = plan->addresses.count;
    Oid oid;
    TRY(proc_create(ddl.catalog, spec, &oid));
    /* Afterwards: the body may call the function. */
    if (spec->language == OID_LANGUAGE_SQL)
        TRY(check_sql_types(plan));
    if (spec->language == OID_LANGUAGE_SQL && ddl.session->settings.check_function_bodies)
        return spec->sql_body != NULL ? check_body_result(plan, plan->last_query) : check_sql(plan);
    if (spec->language == OID_LANGUAGE_PLPGSQL)
        return check_plpgsql(plan, oid);
    return STATUS_OK;
}

/* ---- ALTER FUNCTION ---- */

static Status execute_alter(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterFunction *statement = (const AstAlterFunction *)call->raw->statement;
    call->tag = arena_printf(call->arena, "ALTER %s", ddl_kind_words(statement->function->kind));
    DdlObject object;
    const ProcDesc *proc;
    FunctionOptions options = {0};
    TRY(ddl_object(&ddl, statement->function, LOCK_ACCESS_EXCLUSIVE, false, &object));
    TRY(object_check_owner(ddl.catalog, PG_PROC, object.address.object));
    TRY(catalog_proc_require(ddl.catalog, object.address.object, &proc));
    if (proc->kind == 'a')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is an aggregate function",
                     str_list_join(ddl.arena, &statement->function->name));
    ProcSpec spec = {.kind = proc->kind,
                     .strict = proc->strict,
                     .volatility = proc->volatility,
                     .parallel = proc->parallel,
                     .security_definer = proc->security_definer,
                     .leakproof = proc->leakproof,
                     .cost = proc->cost,
                     .rows = proc->rows,
                     .support = proc->support,
                     .returns_set = proc->returns_set};
    TRY(gather_options(&ddl, &statement->options, &options));
    TRY(apply_options(&ddl, &options, &spec));
    TRY(option_config(&ddl, &options, proc->config, proc->config_count, &spec));
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(ddl.catalog, PG_PROC_OID_INDEX, proc->oid, ddl.arena, &row, &found));
    row.values[PG_PROC_PROISSTRICT] = datum_bool(spec.strict);
    row.values[PG_PROC_PROSECDEF] = datum_bool(spec.security_definer);
    row.values[PG_PROC_PROLEAKPROOF] = datum_bool(spec.leakproof);
    row.values[PG_PROC_PROVOLATILE].byte = (uint8_t)spec.volatility;
    row.values[PG_PROC_PROPARALLEL].byte = (uint8_t)spec.parallel;
    row.values[PG_PROC_PROCOST].f32 = spec.cost;
    row.values[PG_PROC_PROROWS].f32 = spec.rows;
    row.values[PG_PROC_PROSUPPORT] = datum_oid(spec.support);
    row.nulls[PG_PROC_PROCONFIG] = spec.config_count == 0;
    if (spec.config_count > 0)
        row.values[PG_PROC_PROCONFIG] = row_text_array(ddl.arena, spec.config, spec.config_count);
    return catalog_update(ddl.catalog, PG_PROC, &row);
}

/* ---- DO ---- */

static Status execute_do(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstDo *statement = (const AstDo *)call->raw->statement;
    const char *language = "plpgsql", *source = NULL;
    AST_FOREACH(AstOption, option, statement->options) {
        if (strcmp(option->name, "language") == 0)
            TRY(ddl_option_string(option, &language));
        else
            TRY(ddl_option_string(option, &source));
    }
    if (source == NULL)
        return error(ERR_SYNTAX_ERROR, "no inline code specified");
    Oid oid;
    const LanguageDesc *desc;
    TRY(language_by_name(ddl.catalog, language, false, &oid));
    TRY(catalog_language(ddl.catalog, oid, &desc));
    if (desc->inline_handler == OID_INVALID)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "language \"%s\" does not support inline code execution", language);
    if (oid != OID_LANGUAGE_PLPGSQL)
        return error(ERR_FEATURE_NOT_SUPPORTED, "language \"%s\" is not supported", language);
    TRY(object_check_acl(ddl.catalog, PG_LANGUAGE, oid, ACL_USAGE));
    PlSourcePlace place = {0};
    place.at = body_place(&ddl, source, &place.doubled);
    plpgsql_allow_commit(ddl.session, call_may_commit(call));
    Status status = plpgsql_do(call, source, place);
    plpgsql_allow_commit(ddl.session, false);
    return status;
}

static const UtilityCommand commands[] = {
    {AST_CREATE_FUNCTION, NULL, UTILITY_WRITES, execute_create, NULL},
    {AST_ALTER_FUNCTION, NULL, UTILITY_WRITES, execute_alter, NULL},
    {AST_DO, "DO", 0, execute_do, NULL},
};

void ddl_function_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
