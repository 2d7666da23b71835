/* ddl_sequence.c: CREATE SEQUENCE, ALTER SEQUENCE and the options of identity columns. */
#include "executor/ddl_int.h"

#include <stdio.h>

#define TYPE_INT2 21u
#define TYPE_INT4 23u
#define TYPE_INT8 20u

typedef struct SequenceLimits {
    int64_t min, max;
} SequenceLimits;

static bool limits_of(Oid type, SequenceLimits *limits_out) {
    *limits_out = type == TYPE_INT2   ? (SequenceLimits){INT16_MIN, INT16_MAX}
                  : type == TYPE_INT4 ? (SequenceLimits){INT32_MIN, INT32_MAX}
                                      : (SequenceLimits){INT64_MIN, INT64_MAX};
    return type == TYPE_INT2 || type == TYPE_INT4 || type == TYPE_INT8;
}

static Status invalid(const char *fmt, int64_t a, int64_t b) {
    char text[160];
    snprintf(text, sizeof(text), fmt, (long long)a, (long long)b);
    return error(ERR_INVALID_PARAMETER_VALUE, "%s", text);
}

/* Options as given; those not given have `set` false. */
typedef struct GivenOptions {
    struct {
        bool set, none;
        int64_t value;
    } increment, min, max, start, cache, restart;
    bool type_set, cycle_set, cycle;
    Oid type;
    const StrList *owned_by;
} GivenOptions;

Status ddl_option_unique(const AstList *options, const AstOption *option) {
    const AstOption *first = NULL;
    AST_FOREACH(AstOption, other, *options)
        if (first == NULL && strcmp(other->name, option->name) == 0)
            first = other;
    if (first == option)
        return STATUS_OK;
    return status_at(error(ERR_SYNTAX_ERROR, "conflicting or redundant options"), option->location);
}

static Status read_options(Ddl *ddl, const AstList *options, GivenOptions *given) {
    AST_FOREACH(AstOption, option, *options) {
        const char *name = option->name;
        TRY(ddl_option_unique(options, option));
        if (strcmp(name, "sequence_name") == 0)
            return status_at(error(ERR_SYNTAX_ERROR, "invalid sequence option SEQUENCE NAME"),
                             option->location);
        if (strcmp(name, "as") == 0) {
            int32_t typmod;
            given->type_set = true;
            TRY(analyze_type_name(&ddl->session->env, ddl->arena,
                                  (const AstTypeName *)option->value, &given->type, &typmod));
        } else if (strcmp(name, "cycle") == 0) {
            given->cycle_set = true;
            TRY(ddl_option_bool(option, &given->cycle));
        } else if (strcmp(name, "owned_by") == 0) {
            given->owned_by = &((const AstNameList *)option->value)->names;
        } else if (strcmp(name, "increment") == 0) {
            given->increment.set = true;
            TRY(ddl_option_int(option, &given->increment.value));
        } else if (strcmp(name, "start") == 0) {
            given->start.set = true;
            TRY(ddl_option_int(option, &given->start.value));
        } else if (strcmp(name, "cache") == 0) {
            given->cache.set = true;
            TRY(ddl_option_int(option, &given->cache.value));
        } else if (strcmp(name, "minvalue") == 0) {
            given->min.set = true;
            given->min.none = option->value == NULL;
            if (option->value != NULL)
                TRY(ddl_option_int(option, &given->min.value));
        } else if (strcmp(name, "maxvalue") == 0) {
            given->max.set = true;
            given->max.none = option->value == NULL;
            if (option->value != NULL)
                TRY(ddl_option_int(option, &given->max.value));
        } else if (strcmp(name, "restart") == 0) {
            given->restart.set = true;
            given->restart.none = option->value == NULL;
            if (option->value != NULL)
                TRY(ddl_option_int(option, &given->restart.value));
        } else {
            return error(ERR_INTERNAL_ERROR, "option \"%s\" not recognized", name);
        }
    }
    return STATUS_OK;
}

static Status out_of_type(const char *what, int64_t value, Oid type) {
    return error(ERR_INVALID_PARAMETER_VALUE, "%s (%lld) is out of range for sequence data type %s",
                 what, (long long)value,
                 type == TYPE_INT2   ? "smallint"
                 : type == TYPE_INT4 ? "integer"
                                     : "bigint");
}

static Status check_values(const SequenceDesc *s, SequenceLimits limits) {
    if (s->max < limits.min || s->max > limits.max)
        return out_of_type("MAXVALUE", s->max, s->type);
    if (s->min < limits.min || s->min > limits.max)
        return out_of_type("MINVALUE", s->min, s->type);
    if (s->min >= s->max)
        return invalid("MINVALUE (%lld) must be less than MAXVALUE (%lld)", s->min, s->max);
    if (s->start < s->min)
        return invalid("START value (%lld) cannot be less than MINVALUE (%lld)", s->start, s->min);
    if (s->start > s->max)
        return invalid("START value (%lld) cannot be greater than MAXVALUE (%lld)", s->start,
                       s->max);
    if (s->cache <= 0)
        return invalid("CACHE (%lld) must be greater than zero", s->cache, 0);
    return STATUS_OK;
}

Status ddl_sequence_options(Ddl *ddl, const AstList *options, Oid type, bool is_new,
                            SequenceDesc *s, int64_t *restart_out, bool *restart_given_out,
                            const StrList **owned_by_out) {
    GivenOptions given = {0};
    TRY(read_options(ddl, options, &given));
    SequenceLimits limits, old_limits;
    (void)limits_of(s->type, &old_limits);
    Oid new_type = given.type_set ? given.type : is_new ? type : s->type;
    if (!limits_of(new_type, &limits))
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "sequence type must be smallint, integer, or bigint");
    bool reset_max = !is_new && given.type_set && s->max == old_limits.max;
    bool reset_min = !is_new && given.type_set && s->min == old_limits.min;
    s->type = new_type;
    if (is_new)
        *s = (SequenceDesc){.type = new_type, .increment = 1, .cache = 1};
    if (given.increment.set)
        s->increment = given.increment.value;
    if (s->increment == 0)
        return error(ERR_INVALID_PARAMETER_VALUE, "INCREMENT must not be zero");
    if (given.cycle_set)
        s->cycle = given.cycle;
    bool up = s->increment > 0;
    if (given.max.set && !given.max.none)
        s->max = given.max.value;
    else if (is_new || given.max.set || reset_max)
        s->max = up || reset_max ? limits.max : -1;
    if (given.min.set && !given.min.none)
        s->min = given.min.value;
    else if (is_new || given.min.set || reset_min)
        s->min = !up || reset_min ? limits.min : 1;
    if (given.start.set)
        s->start = given.start.value;
    else if (is_new)
        s->start = up ? s->min : s->max;
    if (given.cache.set)
        s->cache = given.cache.value;
    TRY(check_values(s, limits));
    *restart_given_out = given.restart.set;
    *restart_out = given.restart.none ? s->start : given.restart.value;
    if (given.restart.set && *restart_out < s->min)
        return invalid("RESTART value (%lld) cannot be less than MINVALUE (%lld)", *restart_out,
                       s->min);
    if (given.restart.set && *restart_out > s->max)
        return invalid("RESTART value (%lld) cannot be greater than MAXVALUE (%lld)", *restart_out,
                       s->max);
    *owned_by_out = given.owned_by;
    return STATUS_OK;
}

/* A sequence follows its table: the same owner, the same schema; an identity column's keeps to it. */
static Status check_owner_table(Ddl *ddl, Oid oid, const RelationDesc *table) {
    const RelationDesc *sequence;
    if (strchr("rfvp", table->kind) == NULL)
        return status_detail(error(ERR_WRONG_OBJECT_TYPE,
                                   "sequence cannot be owned by relation \"%s\"", table->name),
                             "This operation is not supported for %s.",
                             ddl_relation_kind_plural(table->kind));
    TRY(catalog_relation_require(ddl->catalog, oid, &sequence));
    if (sequence->owner != table->owner)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "sequence must have same owner as table it is linked to");
    if (sequence->nsp != table->nsp)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "sequence must be in same schema as table it is linked to");
    return STATUS_OK;
}

static Status check_no_identity(Ddl *ddl, Oid sequence) {
    const RelationDesc *desc;
    const char *table;
    Oid relation;
    int32_t attnum;
    bool found;
    TRY(depend_sequence_owner(ddl->catalog, sequence, DEPEND_INTERNAL, &relation, &attnum, &found));
    if (!found)
        return STATUS_OK;
    TRY(catalog_relation_require(ddl->catalog, sequence, &desc));
    TRY(relation_name(ddl->catalog, relation, &table));
    return status_detail(
        error(ERR_FEATURE_NOT_SUPPORTED, "cannot change ownership of identity sequence"),
        "Sequence \"%s\" is linked to table \"%s\".", desc->name, table);
}

/* OWNED BY table.column or NONE. */
static Status set_owner(Ddl *ddl, Oid sequence, const StrList *owned_by) {
    long dropped;
    TRY(check_no_identity(ddl, sequence));
    TRY(depend_delete_of_class(ddl->catalog, object_address(PG_CLASS, sequence, 0), PG_CLASS,
                               DEPEND_AUTO, &dropped));
    if (owned_by->count == 1 && strcmp(owned_by->items[0], "none") == 0)
        return STATUS_OK;
    if (owned_by->count < 2)
        return status_hint(error(ERR_SYNTAX_ERROR, "invalid OWNED BY option"),
                           "Specify OWNED BY table.column or OWNED BY NONE.");
    AstRangeVar table = {.tag = AST_RANGE_VAR,
                         .location = -1,
                         .schema =
                             owned_by->count > 2 ? owned_by->items[owned_by->count - 3] : NULL,
                         .name = owned_by->items[owned_by->count - 2]};
    const RelationDesc *relation;
    TRY(ddl_relation(ddl, &table, LOCK_ACCESS_SHARE, false, &relation));
    TRY(check_owner_table(ddl, sequence, relation));
    const ColumnDesc *column = relation_column(relation, str_list_last(owned_by));
    if (column == NULL)
        return error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist",
                     str_list_last(owned_by), relation->name);
    return depend_record(ddl->catalog, object_address(PG_CLASS, sequence, 0),
                         object_address(PG_CLASS, relation->oid, column->attnum), DEPEND_AUTO);
}

static Status execute_create(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateSequence *statement = (const AstCreateSequence *)call->raw->statement;
    RelationSpec spec = {
        .name = statement->sequence->name, .owner = session_role(ddl.catalog), .kind = 'S'};
    TRY(ddl_creation_namespace(&ddl, statement->sequence, &spec.nsp, &spec.persistence));
    if (statement->if_not_exists) {
        Oid existing;
        TRY(relation_by_name(ddl.catalog, NULL, statement->sequence->schema, spec.name, true,
                             &existing));
        if (existing != OID_INVALID) {
            ddl_notice(&ddl, ERR_DUPLICATE_TABLE, "relation \"%s\" already exists, skipping",
                       spec.name);
            return STATUS_OK;
        }
    }
    SequenceDesc options = {0};
    int64_t restart;
    bool restart_given;
    const StrList *owned_by;
    TRY(ddl_sequence_options(&ddl, &statement->options, TYPE_INT8, true, &options, &restart,
                             &restart_given, &owned_by));
    spec.columns = sequence_columns(&spec.column_count);
    Oid oid;
    TRY(sequence_create(ddl.catalog, &spec, &options, restart_given ? restart : options.start,
                        false, &oid));
    return owned_by == NULL ? STATUS_OK : set_owner(&ddl, oid, owned_by);
}

static Status execute_alter(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterSequence *statement = (const AstAlterSequence *)call->raw->statement;
    const RelationDesc *relation;
    TRY(ddl_relation(&ddl, statement->sequence, LOCK_SHARE_ROW_EXCLUSIVE, statement->missing_ok,
                     &relation));
    if (relation == NULL) {
        ddl_notice(&ddl, ERR_SUCCESSFUL_COMPLETION, "relation \"%s\" does not exist, skipping",
                   statement->sequence->name);
        return STATUS_OK;
    }
    if (relation->kind != 'S' || relation->sequence == NULL)
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a sequence", relation->name);
    TRY(object_check_owner(ddl.catalog, PG_CLASS, relation->oid));
    SequenceDesc options = *relation->sequence;
    int64_t restart;
    bool restart_given;
    const StrList *owned_by;
    Oid oid = relation->oid;
    TRY(ddl_sequence_options(&ddl, &statement->options, options.type, false, &options, &restart,
                             &restart_given, &owned_by));
    if (!restart_given) {
        int64_t last, log_count;
        bool called;
        TRY(sequence_read(ddl.catalog, relation, &last, &log_count, &called));
        if (last < options.min)
            return invalid("RESTART value (%lld) cannot be less than MINVALUE (%lld)", last,
                           options.min);
        if (last > options.max)
            return invalid("RESTART value (%lld) cannot be greater than MAXVALUE (%lld)", last,
                           options.max);
    }
    TRY(sequence_change(ddl.catalog, oid, &options));
    if (restart_given)
        TRY(sequence_restart(ddl.catalog, oid, restart, false));
    return owned_by == NULL ? STATUS_OK : set_owner(&ddl, oid, owned_by);
}

static const UtilityCommand commands[] = {
    {AST_CREATE_SEQUENCE, "CREATE SEQUENCE", UTILITY_WRITES, execute_create, NULL},
    {AST_ALTER_SEQUENCE, "ALTER SEQUENCE", UTILITY_WRITES, execute_alter, NULL},
};

void ddl_sequence_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
