/* ddl_aggregate.c: CREATE AGGREGATE. The rules that its functions must keep: manual, CREATE AGGREGATE. */
#include "executor/ddl_int.h"

#include "planner/parser.h"
#include "types/type.h"

#include <strings.h>

#define AGGREGATE_ARGS_MAX 99

typedef struct AggregatePlan {
    Ddl *ddl;
    const AstDefine *statement;
    const AstOption *sfunc, *stype, *finalfunc, *combinefunc, *serialfunc, *deserialfunc, *msfunc,
        *minvfunc, *mfinalfunc, *mstype, *sortop, *basetype, *initcond, *minitcond, *parallel;
    bool final_extra, mfinal_extra;
    char final_modify, mfinal_modify; /* 0: by kind */
    int64_t space, mspace;
    char kind; /* n o h */
    Oid types[AGGREGATE_ARGS_MAX + 1];
    char modes[AGGREGATE_ARGS_MAX + 1];
    const char *names[AGGREGATE_ARGS_MAX + 1];
    uint32_t count, direct;
    bool any_name, variadic;
    Oid trans_type, mtrans_type, result;
    Oid trans, final, combine, serial, deserial, mtrans, minv, mfinal, sort_operator;
    AddressList needs;
} AggregatePlan;

static Status bad(const char *message) {
    return error(ERR_INVALID_FUNCTION_DEFINITION, "%s", message);
}

static const char *type_text(Ddl *ddl, Oid type) {
    const char *text = "???";
    status_free(format_type_brief(ddl->catalog, ddl->arena, type, &text));
    return text;
}

static const StrList *names_of(const AstOption *option) {
    const Ast *value = option->value;
    if (value != NULL && value->tag == AST_NAME_LIST)
        return &((const AstNameList *)value)->names;
    return value != NULL && value->tag == AST_TYPE_NAME ? &((const AstTypeName *)value)->names
                                                        : NULL;
}

/* ---- the attributes ---- */

static Status read_modify(const AggregatePlan *plan, const AstOption *option, char *letter_out) {
    const char *word;
    TRY(ddl_option_text(plan->ddl, option, &word));
    *letter_out = strcmp(word, "read_only") == 0    ? 'r'
                  : strcmp(word, "shareable") == 0  ? 's'
                  : strcmp(word, "read_write") == 0 ? 'w'
                                                    : '\0';
    return *letter_out != '\0'
               ? STATUS_OK
               : error(ERR_SYNTAX_ERROR,
                       "parameter \"%s\" must be READ_ONLY, SHAREABLE, or READ_WRITE",
                       option->name);
}

static Status read_flag(AggregatePlan *plan, const AstOption *option, bool *known_out) {
    const char *name = option->name;
    *known_out = true;
    if (strcmp(name, "finalfunc_extra") == 0)
        return ddl_option_bool(option, &plan->final_extra);
    if (strcmp(name, "mfinalfunc_extra") == 0)
        return ddl_option_bool(option, &plan->mfinal_extra);
    if (strcmp(name, "finalfunc_modify") == 0)
        return read_modify(plan, option, &plan->final_modify);
    if (strcmp(name, "mfinalfunc_modify") == 0)
        return read_modify(plan, option, &plan->mfinal_modify);
    if (strcmp(name, "sspace") == 0)
        return ddl_option_int(option, &plan->space);
    if (strcmp(name, "msspace") == 0)
        return ddl_option_int(option, &plan->mspace);
    if (strcmp(name, "hypothetical") == 0) {
        bool yes;
        TRY(ddl_option_bool(option, &yes));
        if (yes && plan->kind == 'n')
            return bad("only ordered-set aggregates can be hypothetical");
        plan->kind = yes ? 'h' : plan->kind;
        return STATUS_OK;
    }
    *known_out = false;
    return STATUS_OK;
}

static Status read_attributes(AggregatePlan *plan) {
    const struct {
        const char *name;
        const AstOption **place;
    } places[] = {{"sfunc", &plan->sfunc},           {"sfunc1", &plan->sfunc},
                  {"stype", &plan->stype},           {"stype1", &plan->stype},
                  {"initcond", &plan->initcond},     {"initcond1", &plan->initcond},
                  {"finalfunc", &plan->finalfunc},   {"combinefunc", &plan->combinefunc},
                  {"serialfunc", &plan->serialfunc}, {"deserialfunc", &plan->deserialfunc},
                  {"msfunc", &plan->msfunc},         {"minvfunc", &plan->minvfunc},
                  {"mfinalfunc", &plan->mfinalfunc}, {"mstype", &plan->mstype},
                  {"sortop", &plan->sortop},         {"basetype", &plan->basetype},
                  {"minitcond", &plan->minitcond},   {"parallel", &plan->parallel}};
    AST_FOREACH(AstOption, option, plan->statement->options) {
        bool known;
        TRY(read_flag(plan, option, &known));
        for (size_t i = 0; i < ARRAY_LEN(places) && !known; i++) {
            if (strcmp(option->name, places[i].name) != 0)
                continue;
            *places[i].place = option;
            known = true;
        }
        if (!known)
            ddl_warning(plan->ddl, ERR_SYNTAX_ERROR, "aggregate attribute \"%s\" not recognized",
                        option->name);
    }
    return STATUS_OK;
}

static Status check_attributes(const AggregatePlan *plan) {
    if (plan->stype == NULL)
        return bad("aggregate stype must be specified");
    if (plan->sfunc == NULL)
        return bad("aggregate sfunc must be specified");
    if (plan->mstype != NULL) {
        if (plan->msfunc == NULL)
            return bad("aggregate msfunc must be specified when mstype is specified");
        return plan->minvfunc != NULL
                   ? STATUS_OK
                   : bad("aggregate minvfunc must be specified when mstype is specified");
    }
    if (plan->msfunc != NULL)
        return bad("aggregate msfunc must not be specified without mstype");
    if (plan->minvfunc != NULL)
        return bad("aggregate minvfunc must not be specified without mstype");
    if (plan->mfinalfunc != NULL)
        return bad("aggregate mfinalfunc must not be specified without mstype");
    if (plan->mspace != 0)
        return bad("aggregate msspace must not be specified without mstype");
    return plan->minitcond == NULL
               ? STATUS_OK
               : bad("aggregate minitcond must not be specified without mstype");
}

/* ---- the arguments ---- */

static Status read_old_style(AggregatePlan *plan) {
    Ddl *ddl = plan->ddl;
    const char *text;
    if (plan->basetype == NULL)
        return bad("aggregate input type must be specified");
    TRY(ddl_option_text(plan->ddl, plan->basetype, &text));
    if (text != NULL && strcasecmp(text, "ANY") == 0)
        return STATUS_OK;
    plan->modes[0] = 'i';
    plan->names[0] = "";
    plan->count = 1;
    return ddl_type(ddl, (const AstTypeName *)plan->basetype->value, false, &plan->types[0]);
}

static Status read_argument(AggregatePlan *plan, const AstFuncParam *param) {
    Ddl *ddl = plan->ddl;
    const TypeDesc *type;
    uint32_t at = plan->count;
    int32_t typmod;
    if (at == AGGREGATE_ARGS_MAX)
        return error(ERR_TOO_MANY_ARGUMENTS, "aggregates cannot have more than %d arguments",
                     AGGREGATE_ARGS_MAX);
    TRY(analyze_type_name_find(&ddl->session->env, ddl->arena, param->type, &plan->types[at],
                               &typmod));
    if (plan->types[at] == OID_INVALID)
        return ddl_no_param_type(ddl, param->type);
    TRY(catalog_type_require(ddl->catalog, plan->types[at], &type));
    TRY(ddl_check_type_usage(ddl, plan->types[at]));
    if (!type->defined)
        return bad(arena_printf(ddl->arena, "aggregate cannot accept shell type %s", type->name));
    if (param->type->setof)
        return bad("aggregates cannot accept set arguments");
    if (param->mode == AST_PARAM_OUT || param->mode == AST_PARAM_INOUT)
        return bad("aggregates cannot have output arguments");
    if (at > 0 && plan->modes[at - 1] == 'v' && plan->kind == 'n')
        return bad("VARIADIC parameter must be the last input parameter");
    plan->modes[at] = param->mode == AST_PARAM_VARIADIC ? 'v' : 'i';
    plan->variadic |= param->mode == AST_PARAM_VARIADIC;
    if (param->mode == AST_PARAM_VARIADIC && plan->types[at] != OID_ANY &&
        plan->types[at] != OID_ANYARRAY && plan->types[at] != OID_ANYCOMPATIBLEARRAY) {
        Oid element;
        TRY(catalog_array_element(ddl->catalog, plan->types[at], &element));
        if (element == OID_INVALID)
            return bad("VARIADIC parameter must be an array");
    }
    plan->names[at] = param->name == NULL ? "" : param->name;
    plan->any_name |= param->name != NULL;
    plan->count++;
    return STATUS_OK;
}

static Status read_arguments(AggregatePlan *plan) {
    if (plan->statement->old_style)
        return read_old_style(plan);
    if (plan->basetype != NULL)
        return bad("basetype is redundant with aggregate input type specification");
    AST_FOREACH(AstFuncParam, param, plan->statement->params) {
        TRY(read_argument(plan, param));
    }
    plan->direct = plan->statement->direct_args < 0 ? 0 : (uint32_t)plan->statement->direct_args;
    return STATUS_OK;
}

/* A hypothetical set's last direct arguments are those that it sorts by. */
static Status check_ordered(const AggregatePlan *plan) {
    if (plan->kind == 'n')
        return STATUS_OK;
    if (plan->variadic && plan->types[plan->count - 1] != OID_ANY)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "a variadic ordered-set aggregate must use VARIADIC type ANY");
    uint32_t sorted = plan->count - plan->direct;
    bool matches = plan->direct >= sorted;
    if (plan->direct == plan->count)
        return STATUS_OK;
    for (uint32_t i = 0; i < sorted && matches; i++)
        matches = plan->types[plan->direct - sorted + i] == plan->types[plan->direct + i];
    return plan->kind == 'o' || matches
               ? STATUS_OK
               : bad("a hypothetical-set aggregate must have direct arguments matching its "
                     "aggregated arguments");
}

/* ---- types ---- */

static Status transition_type(AggregatePlan *plan, const AstOption *option, Oid *type_out) {
    Ddl *ddl = plan->ddl;
    const TypeDesc *type;
    TRY(ddl_type(ddl, (const AstTypeName *)option->value, false, type_out));
    TRY(catalog_type_require(ddl->catalog, *type_out, &type));
    TRY(ddl_check_type_usage(ddl, *type_out));
    if (type->kind != 'p' || ddl_is_polymorphic(*type_out))
        return STATUS_OK;
    bool super;
    TRY(ddl_is_superuser(ddl, &super));
    if (*type_out == OID_INTERNAL && super)
        return STATUS_OK;
    return bad(arena_printf(ddl->arena, "aggregate transition data type cannot be %s",
                            type_text(ddl, *type_out)));
}

/* ---- functions ---- */

static Status lookup(AggregatePlan *plan, const AstOption *option, const Oid *types, uint32_t count,
                     bool variadic, Oid *function_out, Oid *result_out) {
    Ddl *ddl = plan->ddl;
    const StrList *names = names_of(option);
    if (names == NULL)
        return error(ERR_SYNTAX_ERROR, "%s requires a parameter", option->name);
    TRY(analyze_support_function(&ddl->session->env, ddl->arena, &ddl->session->planner, names,
                                 types, count, variadic && plan->types[plan->count - 1] == OID_ANY,
                                 function_out, result_out));
    TRY(object_check_acl(ddl->catalog, PG_PROC, *function_out, ACL_EXECUTE));
    vec_push(&plan->needs, ddl->arena, object_address(PG_PROC, *function_out, 0));
    return STATUS_OK;
}

static Status wrong_result(AggregatePlan *plan, const char *what, const AstOption *option,
                           Oid wanted) {
    return error(ERR_DATATYPE_MISMATCH, "return type of %s function %s is not %s", what,
                 str_list_join(plan->ddl->arena, names_of(option)), type_text(plan->ddl, wanted));
}

/* state first, then what is aggregated */
static uint32_t transition_args(const AggregatePlan *plan, Oid state, Oid *types) {
    uint32_t count = 0;
    types[count++] = state;
    uint32_t first = plan->kind == 'n' || plan->direct == plan->count ? 0 : plan->direct;
    if (plan->kind != 'n' && plan->direct == plan->count)
        first = plan->count - 1; /* one VARIADIC "any" serves both */
    for (uint32_t i = first; i < plan->count; i++)
        types[count++] = plan->types[i];
    return count;
}

static Status find_transition(AggregatePlan *plan, const AstOption *option, Oid state,
                              const AstOption *initial, const char *what, Oid *function_out) {
    Oid types[AGGREGATE_ARGS_MAX + 2], result;
    const ProcDesc *proc;
    bool yes;
    uint32_t count = transition_args(plan, state, types);
    TRY(lookup(plan, option, types, count, plan->variadic, function_out, &result));
    if (result != state)
        return wrong_result(plan, what, option, state);
    TRY(catalog_proc_require(plan->ddl->catalog, *function_out, &proc));
    if (!proc->strict || initial != NULL || strcmp(what, "transition") != 0)
        return STATUS_OK;
    yes = count > 1;
    if (yes)
        TRY(ddl_binary_coercible(plan->ddl, types[1], state, &yes));
    return yes ? STATUS_OK
               : bad("must not omit initial value when transition function is strict and "
                     "transition "
                     "type is not compatible with input type");
}

static Status find_final(AggregatePlan *plan, const AstOption *option, Oid state, bool extra,
                         Oid *function_out, Oid *result_out) {
    Oid types[AGGREGATE_ARGS_MAX + 2];
    const ProcDesc *proc;
    uint32_t count = 0;
    types[count++] = state;
    uint32_t args = extra ? plan->count : plan->kind == 'n' ? 0 : plan->direct;
    for (uint32_t i = 0; i < args; i++)
        types[count++] = plan->types[i];
    *result_out = state;
    if (option == NULL)
        return STATUS_OK;
    TRY(lookup(plan, option, types, count, extra && plan->variadic, function_out, result_out));
    TRY(catalog_proc_require(plan->ddl->catalog, *function_out, &proc));
    return extra && proc->strict
               ? bad("final function with extra arguments must not be declared STRICT")
               : STATUS_OK;
}

static Status find_moving(AggregatePlan *plan) {
    const ProcDesc *forward, *inverse;
    Oid result;
    if (plan->mstype == NULL)
        return STATUS_OK;
    TRY(find_transition(plan, plan->msfunc, plan->mtrans_type, plan->minitcond, "transition",
                        &plan->mtrans));
    TRY(find_transition(plan, plan->minvfunc, plan->mtrans_type, plan->minitcond,
                        "inverse transition", &plan->minv));
    TRY(catalog_proc_require(plan->ddl->catalog, plan->mtrans, &forward));
    TRY(catalog_proc_require(plan->ddl->catalog, plan->minv, &inverse));
    if (forward->strict != inverse->strict)
        return bad("strictness of aggregate's forward and inverse transition functions must match");
    TRY(find_final(plan, plan->mfinalfunc, plan->mtrans_type, plan->mfinal_extra, &plan->mfinal,
                   &result));
    return result == plan->result
               ? STATUS_OK
               : bad(arena_printf(plan->ddl->arena,
                                  "moving-aggregate implementation returns type %s, but plain "
                                  "implementation returns type %s",
                                  type_text(plan->ddl, result),
                                  type_text(plan->ddl, plan->result)));
}

static Status find_partial(AggregatePlan *plan) {
    Oid result, types[2] = {plan->trans_type, plan->trans_type};
    const ProcDesc *proc;
    if (plan->combinefunc != NULL) {
        TRY(lookup(plan, plan->combinefunc, types, 2, false, &plan->combine, &result));
        if (result != plan->trans_type)
            return wrong_result(plan, "combine", plan->combinefunc, plan->trans_type);
        TRY(catalog_proc_require(plan->ddl->catalog, plan->combine, &proc));
        if (plan->trans_type == OID_INTERNAL && proc->strict)
            return bad(arena_printf(plan->ddl->arena,
                                    "combine function with transition type %s must not be declared "
                                    "STRICT",
                                    type_text(plan->ddl, plan->trans_type)));
    }
    if (plan->serialfunc == NULL)
        return STATUS_OK;
    types[0] = OID_INTERNAL;
    TRY(lookup(plan, plan->serialfunc, types, 1, false, &plan->serial, &result));
    if (result != OID_BYTEA)
        return wrong_result(plan, "serialization", plan->serialfunc, OID_BYTEA);
    types[0] = OID_BYTEA;
    types[1] = OID_INTERNAL;
    TRY(lookup(plan, plan->deserialfunc, types, 2, false, &plan->deserial, &result));
    return result == OID_INTERNAL
               ? STATUS_OK
               : wrong_result(plan, "deserialization", plan->deserialfunc, OID_INTERNAL);
}

static Status find_sort_operator(AggregatePlan *plan) {
    const char *schema, *name;
    Ddl *ddl = plan->ddl;
    if (plan->sortop == NULL)
        return STATUS_OK;
    if (plan->count != 1)
        return bad("sort operator can only be specified for single-argument aggregates");
    const StrList *names = names_of(plan->sortop);
    TRY(ddl_qualified(ddl, names, &schema, &name));
    TRY(catalog_operator_exact(ddl->catalog, schema, name, plan->types[0], plan->types[0],
                               &plan->sort_operator));
    if (plan->sort_operator == OID_INVALID)
        return error(ERR_UNDEFINED_FUNCTION, "operator does not exist: %s %s %s",
                     type_text(ddl, plan->types[0]), str_list_join(ddl->arena, names),
                     type_text(ddl, plan->types[0]));
    vec_push(&plan->needs, ddl->arena, object_address(PG_OPERATOR, plan->sort_operator, 0));
    return STATUS_OK;
}

static Status check_serial(const AggregatePlan *plan) {
    if (plan->serialfunc == NULL && plan->deserialfunc == NULL)
        return STATUS_OK;
    if (plan->serialfunc == NULL || plan->deserialfunc == NULL)
        return bad("must specify both or neither of serialization and deserialization functions");
    if (plan->trans_type != OID_INTERNAL)
        return bad(arena_printf(plan->ddl->arena,
                                "serialization functions may be specified only when the aggregate "
                                "transition data type is %s",
                                type_text(plan->ddl, OID_INTERNAL)));
    return STATUS_OK;
}

/* The initial value must be one of the transition type; internal has no text. */
static Status check_initial(AggregatePlan *plan, const AstOption *option, Oid type,
                            const char **text_out) {
    Ddl *ddl = plan->ddl;
    const TypeInfo *info;
    const TypeDesc *desc;
    Datum value;
    *text_out = NULL;
    if (option == NULL)
        return STATUS_OK;
    TRY(ddl_option_text(plan->ddl, option, text_out));
    TRY(catalog_type_require(ddl->catalog, type, &desc));
    if (desc->kind == 'p')
        return STATUS_OK;
    TRY(type_lookup(&ddl->session->env, type, &info));
    TypeIo io = {.type = info, .typmod = -1, .env = &ddl->session->env, .arena = ddl->arena};
    return info->input(&io, *text_out, strlen(*text_out), &value);
}

static Status parallel_letter(const AggregatePlan *plan, char *letter_out) {
    const char *word;
    *letter_out = 'u';
    if (plan->parallel == NULL)
        return STATUS_OK;
    TRY(ddl_option_text(plan->ddl, plan->parallel, &word));
    *letter_out = strcmp(word, "safe") == 0         ? 's'
                  : strcmp(word, "restricted") == 0 ? 'r'
                  : strcmp(word, "unsafe") == 0     ? 'u'
                                                    : '\0';
    return *letter_out != '\0'
               ? STATUS_OK
               : error(ERR_SYNTAX_ERROR,
                       "parameter \"parallel\" must be SAFE, RESTRICTED, or UNSAFE");
}

/* ---- making it ---- */

static Status check_replaced(AggregatePlan *plan, const char *name, Oid nsp, bool *existed_out) {
    Ddl *ddl = plan->ddl;
    const char *schema;
    Oid old;
    const ProcDesc *proc;
    const AggregateDesc *aggregate;
    *existed_out = false;
    TRY(namespace_name(ddl->catalog, nsp, &schema));
    TRY(catalog_proc_exact(ddl->catalog, schema, name, plan->types, plan->count, &old));
    if (old == OID_INVALID || !plan->statement->replace)
        return STATUS_OK;
    TRY(catalog_proc_require(ddl->catalog, old, &proc));
    if (proc->kind != 'a')
        return STATUS_OK;
    TRY(catalog_aggregate(ddl->catalog, old, &aggregate));
    *existed_out = true;
    if (aggregate->kind != plan->kind)
        return status_detail(error(ERR_WRONG_OBJECT_TYPE, "cannot change routine kind"),
                             "\"%s\" is %s.", name,
                             aggregate->kind == 'n'   ? "an ordinary aggregate function"
                             : aggregate->kind == 'o' ? "an ordered-set aggregate"
                                                      : "a hypothetical-set aggregate");
    return aggregate->direct_arg_count == (int16_t)plan->direct
               ? STATUS_OK
               : bad("cannot change number of direct arguments of an aggregate function");
}

static Status store_row(AggregatePlan *plan, Oid oid, bool existed, const char *initial,
                        const char *minitial) {
    Ddl *ddl = plan->ddl;
    CatalogRow *row = arena_new(ddl->arena, CatalogRow);
    bool found = false;
    if (existed) {
        Datum key = datum_oid(oid);
        TRY(catalog_find(ddl->catalog, PG_AGGREGATE_FNOID_INDEX, &key, 1, ddl->arena, row, &found));
    }
    char usual = plan->kind == 'n' ? 'r' : 'w';
    row->values[PG_AGGREGATE_AGGFNOID] = datum_oid(oid);
    row->values[PG_AGGREGATE_AGGKIND].byte = (uint8_t)plan->kind;
    row->values[PG_AGGREGATE_AGGNUMDIRECTARGS].i16 = (int16_t)plan->direct;
    row->values[PG_AGGREGATE_AGGTRANSFN] = datum_oid(plan->trans);
    row->values[PG_AGGREGATE_AGGFINALFN] = datum_oid(plan->final);
    row->values[PG_AGGREGATE_AGGCOMBINEFN] = datum_oid(plan->combine);
    row->values[PG_AGGREGATE_AGGSERIALFN] = datum_oid(plan->serial);
    row->values[PG_AGGREGATE_AGGDESERIALFN] = datum_oid(plan->deserial);
    row->values[PG_AGGREGATE_AGGMTRANSFN] = datum_oid(plan->mtrans);
    row->values[PG_AGGREGATE_AGGMINVTRANSFN] = datum_oid(plan->minv);
    row->values[PG_AGGREGATE_AGGMFINALFN] = datum_oid(plan->mfinal);
    row->values[PG_AGGREGATE_AGGFINALEXTRA] = datum_bool(plan->final_extra);
    row->values[PG_AGGREGATE_AGGMFINALEXTRA] = datum_bool(plan->mfinal_extra);
    row->values[PG_AGGREGATE_AGGFINALMODIFY].byte =
        (uint8_t)(plan->final_modify != 0 ? plan->final_modify : usual);
    row->values[PG_AGGREGATE_AGGMFINALMODIFY].byte =
        (uint8_t)(plan->mfinal_modify != 0 ? plan->mfinal_modify : usual);
    row->values[PG_AGGREGATE_AGGSORTOP] = datum_oid(plan->sort_operator);
    row->values[PG_AGGREGATE_AGGTRANSTYPE] = datum_oid(plan->trans_type);
    row->values[PG_AGGREGATE_AGGTRANSSPACE] = datum_i32((int32_t)plan->space);
    row->values[PG_AGGREGATE_AGGMTRANSTYPE] = datum_oid(plan->mtrans_type);
    row->values[PG_AGGREGATE_AGGMTRANSSPACE] = datum_i32((int32_t)plan->mspace);
    row->nulls[PG_AGGREGATE_AGGINITVAL] = initial == NULL;
    if (initial != NULL)
        row->values[PG_AGGREGATE_AGGINITVAL] = datum_cstr(initial);
    row->nulls[PG_AGGREGATE_AGGMINITVAL] = minitial == NULL;
    if (minitial != NULL)
        row->values[PG_AGGREGATE_AGGMINITVAL] = datum_cstr(minitial);
    return found ? catalog_update(ddl->catalog, PG_AGGREGATE, row)
                 : catalog_insert(ddl->catalog, PG_AGGREGATE, row);
}

static Status resolve(AggregatePlan *plan, const char **initial_out, const char **minitial_out) {
    TRY(transition_type(plan, plan->stype, &plan->trans_type));
    TRY(check_serial(plan));
    if (plan->mstype != NULL)
        TRY(transition_type(plan, plan->mstype, &plan->mtrans_type));
    TRY(check_initial(plan, plan->initcond, plan->trans_type, initial_out));
    TRY(check_initial(plan, plan->minitcond, plan->mtrans_type, minitial_out));
    TRY(ddl_check_polymorphic(plan->ddl, plan->types, plan->count, plan->trans_type,
                              "cannot determine transition data type"));
    if (plan->mtrans_type != OID_INVALID)
        TRY(ddl_check_polymorphic(plan->ddl, plan->types, plan->count, plan->mtrans_type,
                                  "cannot determine transition data type"));
    TRY(check_ordered(plan));
    TRY(find_transition(plan, plan->sfunc, plan->trans_type, plan->initcond, "transition",
                        &plan->trans));
    TRY(find_final(plan, plan->finalfunc, plan->trans_type, plan->final_extra, &plan->final,
                   &plan->result));
    TRY(find_partial(plan));
    TRY(ddl_check_polymorphic(plan->ddl, plan->types, plan->count, plan->result,
                              "cannot determine result data type"));
    bool internal = plan->result != OID_INTERNAL;
    for (uint32_t i = 0; i < plan->count; i++)
        internal |= plan->types[i] == OID_INTERNAL;
    if (!internal)
        return status_detail(bad("unsafe use of pseudo-type \"internal\""),
                             "A result of type internal requires at least one input of type "
                             "internal.");
    TRY(find_moving(plan));
    return find_sort_operator(plan);
}

Status ddl_create_aggregate(Ddl *ddl, const AstDefine *statement) {
    AggregatePlan *plan = arena_new(ddl->arena, AggregatePlan);
    ProcSpec spec = {.owner = session_role(ddl->catalog),
                     .language = OID_LANGUAGE_INTERNAL,
                     .kind = 'a',
                     .cost = 1,
                     .volatility = 'i',
                     .replace = statement->replace,
                     .source = "aggregate_dummy"};
    const char *schema, *initial, *minitial;
    bool existed;
    Oid oid;
    plan->ddl = ddl;
    plan->statement = statement;
    plan->kind = statement->direct_args >= 0 ? 'o' : 'n';
    TRY(ddl_qualified(ddl, &statement->name, &schema, &spec.name));
    TRY(namespace_for_creation(ddl->catalog, schema, &spec.nsp));
    TRY(read_attributes(plan));
    TRY(check_attributes(plan));
    TRY(read_arguments(plan));
    TRY(parallel_letter(plan, &spec.parallel));
    TRY(resolve(plan, &initial, &minitial));
    TRY(check_replaced(plan, spec.name, spec.nsp, &existed));
    ddl_type_address(ddl, plan->trans_type, &plan->needs);
    ddl_type_address(ddl, plan->mtrans_type, &plan->needs);
    spec.result = plan->result;
    spec.arg_types = plan->types;
    spec.arg_count = (uint16_t)plan->count;
    spec.arg_names = plan->any_name ? plan->names : NULL;
    if (plan->variadic) {
        spec.all_arg_types = plan->types;
        spec.all_arg_count = (uint16_t)plan->count;
        spec.arg_modes = plan->modes;
    }
    spec.referenced = plan->needs.items;
    spec.referenced_count = plan->needs.count;
    TRY(proc_create(ddl->catalog, &spec, &oid));
    return store_row(plan, oid, existed, initial, minitial);
}
