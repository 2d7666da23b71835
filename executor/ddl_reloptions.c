/*
 * ddl_reloptions.c: storage parameters of tables, views, indexes, columns and tablespaces: which there
 * are, what values they take, and how lists of them change.
 *
 * They are stored as "name=value" texts, as PostgreSQL does. Options of a TOAST table ("toast.name") are
 * checked; as there are no TOAST tables, nothing keeps them.
 */
#include "executor/ddl_int.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

typedef enum OptionType { OPTION_BOOL, OPTION_INT, OPTION_REAL, OPTION_ENUM } OptionType;

typedef struct RelOption {
    const char *name;
    unsigned holders; /* OPTIONS_ bits */
    OptionType type;
    double min, max;
    const char *words;  /* of an enum, a space between */
    const char *detail; /* which they are */
} RelOption;

#define TABLES (OPTIONS_HEAP | OPTIONS_TOAST)
#define ON_OFF_AUTO "on off auto true false yes no 1 0"
#define ON_OFF_AUTO_DETAIL "Valid values are \"on\", \"off\", and \"auto\"."

/* How many bits of a signature a value of the column sets. */
#define BLOOM_COLUMN(name)                                                                         \
    { name, OPTIONS_BLOOM, OPTION_INT, 1, 4095, NULL, NULL }

static const RelOption rel_options[] = {
    {"autosummarize", OPTIONS_BRIN, OPTION_BOOL, 0, 0, NULL, NULL},
    {"autovacuum_enabled", TABLES, OPTION_BOOL, 0, 0, NULL, NULL},
    {"user_catalog_table", OPTIONS_HEAP, OPTION_BOOL, 0, 0, NULL, NULL},
    {"fastupdate", OPTIONS_GIN, OPTION_BOOL, 0, 0, NULL, NULL},
    {"security_barrier", OPTIONS_VIEW, OPTION_BOOL, 0, 0, NULL, NULL},
    {"security_invoker", OPTIONS_VIEW, OPTION_BOOL, 0, 0, NULL, NULL},
    {"vacuum_truncate", TABLES, OPTION_BOOL, 0, 0, NULL, NULL},
    {"deduplicate_items", OPTIONS_BTREE, OPTION_BOOL, 0, 0, NULL, NULL},
    {"fillfactor", OPTIONS_HEAP | OPTIONS_BTREE | OPTIONS_HASH | OPTIONS_GIST | OPTIONS_SPGIST,
     OPTION_INT, 10, 100, NULL, NULL},
    {"autovacuum_vacuum_threshold", TABLES, OPTION_INT, 0, INT_MAX, NULL, NULL},
    {"autovacuum_vacuum_insert_threshold", TABLES, OPTION_INT, -1, INT_MAX, NULL, NULL},
    {"autovacuum_analyze_threshold", OPTIONS_HEAP, OPTION_INT, 0, INT_MAX, NULL, NULL},
    {"autovacuum_vacuum_cost_limit", TABLES, OPTION_INT, 1, 10000, NULL, NULL},
    {"autovacuum_freeze_min_age", TABLES, OPTION_INT, 0, 1000000000, NULL, NULL},
    {"autovacuum_multixact_freeze_min_age", TABLES, OPTION_INT, 0, 1000000000, NULL, NULL},
    {"autovacuum_freeze_max_age", TABLES, OPTION_INT, 100000, 2000000000, NULL, NULL},
    {"autovacuum_multixact_freeze_max_age", TABLES, OPTION_INT, 10000, 2000000000, NULL, NULL},
    {"autovacuum_freeze_table_age", TABLES, OPTION_INT, 0, 2000000000, NULL, NULL},
    {"autovacuum_multixact_freeze_table_age", TABLES, OPTION_INT, 0, 2000000000, NULL, NULL},
    {"log_autovacuum_min_duration", TABLES, OPTION_INT, -1, INT_MAX, NULL, NULL},
    {"toast_tuple_target", OPTIONS_HEAP, OPTION_INT, 128, 8160, NULL, NULL},
    {"pages_per_range", OPTIONS_BRIN, OPTION_INT, 1, 131072, NULL, NULL},
    {"gin_pending_list_limit", OPTIONS_GIN, OPTION_INT, 64, INT_MAX, NULL, NULL},
    {"length", OPTIONS_BLOOM, OPTION_INT, 1, 4096, NULL, NULL},
    BLOOM_COLUMN("col1"),
    BLOOM_COLUMN("col2"),
    BLOOM_COLUMN("col3"),
    BLOOM_COLUMN("col4"),
    BLOOM_COLUMN("col5"),
    BLOOM_COLUMN("col6"),
    BLOOM_COLUMN("col7"),
    BLOOM_COLUMN("col8"),
    BLOOM_COLUMN("col9"),
    BLOOM_COLUMN("col10"),
    BLOOM_COLUMN("col11"),
    BLOOM_COLUMN("col12"),
    BLOOM_COLUMN("col13"),
    BLOOM_COLUMN("col14"),
    BLOOM_COLUMN("col15"),
    BLOOM_COLUMN("col16"),
    BLOOM_COLUMN("col17"),
    BLOOM_COLUMN("col18"),
    BLOOM_COLUMN("col19"),
    BLOOM_COLUMN("col20"),
    BLOOM_COLUMN("col21"),
    BLOOM_COLUMN("col22"),
    BLOOM_COLUMN("col23"),
    BLOOM_COLUMN("col24"),
    BLOOM_COLUMN("col25"),
    BLOOM_COLUMN("col26"),
    BLOOM_COLUMN("col27"),
    BLOOM_COLUMN("col28"),
    BLOOM_COLUMN("col29"),
    BLOOM_COLUMN("col30"),
    BLOOM_COLUMN("col31"),
    BLOOM_COLUMN("col32"),
    {"effective_io_concurrency", OPTIONS_TABLESPACE, OPTION_INT, 0, 1000, NULL, NULL},
    {"maintenance_io_concurrency", OPTIONS_TABLESPACE, OPTION_INT, 0, 1000, NULL, NULL},
    {"parallel_workers", OPTIONS_HEAP, OPTION_INT, 0, 1024, NULL, NULL},
    {"autovacuum_vacuum_cost_delay", TABLES, OPTION_REAL, 0, 100, NULL, NULL},
    {"autovacuum_vacuum_scale_factor", TABLES, OPTION_REAL, 0, 100, NULL, NULL},
    {"autovacuum_vacuum_insert_scale_factor", TABLES, OPTION_REAL, 0, 100, NULL, NULL},
    {"autovacuum_analyze_scale_factor", OPTIONS_HEAP, OPTION_REAL, 0, 100, NULL, NULL},
    {"seq_page_cost", OPTIONS_TABLESPACE, OPTION_REAL, 0, INFINITY, NULL, NULL},
    {"random_page_cost", OPTIONS_TABLESPACE, OPTION_REAL, 0, INFINITY, NULL, NULL},
    {"n_distinct", OPTIONS_COLUMN, OPTION_REAL, -1, INFINITY, NULL, NULL},
    {"n_distinct_inherited", OPTIONS_COLUMN, OPTION_REAL, -1, INFINITY, NULL, NULL},
    {"siglen", OPTIONS_TSVECTOR_CLASS, OPTION_INT, 1, 2024, NULL, NULL},
    {"n_distinct_per_range", OPTIONS_BLOOM_CLASS, OPTION_REAL, -1, INT_MAX, NULL, NULL},
    {"false_positive_rate", OPTIONS_BLOOM_CLASS, OPTION_REAL, 0.0001, 0.25, NULL, NULL},
    {"values_per_range", OPTIONS_MINMAX_MULTI_CLASS, OPTION_INT, 8, 256, NULL, NULL},
    {"vacuum_cleanup_index_scale_factor", OPTIONS_BTREE, OPTION_REAL, 0, 1e10, NULL, NULL},
    {"vacuum_index_cleanup", TABLES, OPTION_ENUM, 0, 0, ON_OFF_AUTO, ON_OFF_AUTO_DETAIL},
    {"buffering", OPTIONS_GIST, OPTION_ENUM, 0, 0, "on off auto", ON_OFF_AUTO_DETAIL},
    {"check_option", OPTIONS_VIEW, OPTION_ENUM, 0, 0, "local cascaded",
     "Valid values are \"local\" and \"cascaded\"."},
};

Status ddl_option_holder(Ddl *ddl, const RelationDesc *relation, OptionHolder *holder_out) {
    const AmDesc *am;
    *holder_out = OPTIONS_NONE;
    switch (relation->kind) {
    case 'r':
    case 'm':
        *holder_out = OPTIONS_HEAP;
        return STATUS_OK;
    case 'v':
        *holder_out = OPTIONS_VIEW;
        return STATUS_OK;
    case 'i':
    case 'I':
        TRY(catalog_am(ddl->catalog, relation->am, &am));
        *holder_out = ddl_index_option_holder(am);
        return STATUS_OK;
    default:
        return STATUS_OK;
    }
}

/* The handler decides: an access method may have been made of a built-in one's. */
OptionHolder ddl_index_option_holder(const AmDesc *am) {
    static const struct {
        Oid handler;
        OptionHolder holder;
    } handlers[] = {
        {330, OPTIONS_BTREE}, {331, OPTIONS_HASH},   {332, OPTIONS_GIST},
        {333, OPTIONS_GIN},   {334, OPTIONS_SPGIST}, {335, OPTIONS_BRIN},
    };
    for (size_t i = 0; i < ARRAY_LEN(handlers); i++)
        if (handlers[i].handler == am->handler)
            return handlers[i].holder;
    return am_is_bloom(am) ? OPTIONS_BLOOM : OPTIONS_NONE;
}

/* ---- values ---- */

static bool prefix_of(const char *text, const char *word, size_t least) {
    size_t len = strlen(text);
    return len >= least && len <= strlen(word) && strncasecmp(text, word, len) == 0;
}

static bool is_boolean(const char *text) {
    return prefix_of(text, "true", 1) || prefix_of(text, "false", 1) || prefix_of(text, "yes", 1) ||
           prefix_of(text, "no", 1) || prefix_of(text, "on", 2) || prefix_of(text, "off", 2) ||
           strcmp(text, "1") == 0 || strcmp(text, "0") == 0;
}

static bool is_word_of(const char *text, const char *words) {
    size_t len = strlen(text);
    for (const char *at = words; *at != '\0';) {
        size_t word = strcspn(at, " ");
        if (word == len && strncasecmp(at, text, len) == 0)
            return true;
        at += word;
        at += *at == ' ';
    }
    return false;
}

/* Whole numbers may be written with a fraction or exponent; they are rounded. */
static bool read_number(const char *text, bool whole, double *value_out) {
    char *end;
    errno = 0;
    *value_out = strtod(text, &end);
    while (*end == ' ')
        end++;
    if (end == text || *end != '\0' || errno != 0 || isnan(*value_out))
        return false;
    if (whole)
        *value_out = rint(*value_out);
    return !whole || fabs(*value_out) <= 2147483648.0;
}

static Status out_of_bounds(const RelOption *option, const char *text) {
    Status status = error(ERR_INVALID_PARAMETER_VALUE, "value %s out of bounds for option \"%s\"",
                          text, option->name);
    if (option->type == OPTION_INT)
        return status_detail(status, "Valid values are between \"%d\" and \"%d\".",
                             (int)option->min, (int)option->max);
    double max = isinf(option->max) ? 1.7976931348623157e308 : option->max;
    return status_detail(status, "Valid values are between \"%f\" and \"%f\".", option->min, max);
}

static Status check_value(const RelOption *option, const char *text) {
    double number;
    switch (option->type) {
    case OPTION_BOOL:
        return is_boolean(text)
                   ? STATUS_OK
                   : error(ERR_INVALID_PARAMETER_VALUE,
                           "invalid value for boolean option \"%s\": %s", option->name, text);
    case OPTION_ENUM:
        return is_word_of(text, option->words)
                   ? STATUS_OK
                   : status_detail(error(ERR_INVALID_PARAMETER_VALUE,
                                         "invalid value for enum option \"%s\": %s", option->name,
                                         text),
                                   "%s", option->detail);
    case OPTION_INT:
    case OPTION_REAL:
        if (!read_number(text, option->type == OPTION_INT, &number))
            return error(ERR_INVALID_PARAMETER_VALUE, "invalid value for %s option \"%s\": %s",
                         option->type == OPTION_INT ? "integer" : "floating point", option->name,
                         text);
        return number < option->min || number > option->max ? out_of_bounds(option, text)
                                                            : STATUS_OK;
    }
    return STATUS_OK;
}

/* One "name=value" text. */
static Status check_option(OptionHolder holder, const char *text) {
    size_t len = strcspn(text, "=");
    for (size_t i = 0; i < ARRAY_LEN(rel_options); i++) {
        const RelOption *option = &rel_options[i];
        if ((option->holders & (unsigned)holder) != 0 && strlen(option->name) == len &&
            strncmp(option->name, text, len) == 0)
            return check_value(option, text + len + (text[len] == '='));
    }
    return error(ERR_INVALID_PARAMETER_VALUE, "unrecognized parameter \"%.*s\"", (int)len, text);
}

/* ---- lists ---- */

static bool same_name(const char *a, const char *b) {
    size_t len = strcspn(a, "=");
    return strcspn(b, "=") == len && strncmp(a, b, len) == 0;
}

static Status check_list(OptionHolder holder, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++)
            if (same_name(list[k], list[i]))
                return error(ERR_INVALID_PARAMETER_VALUE,
                             "parameter \"%.*s\" specified more than once",
                             (int)strcspn(list[i], "="), list[i]);
        TRY(check_option(holder, list[i]));
    }
    return STATUS_OK;
}

static Status option_text(Ddl *ddl, const AstOption *option, const char **text_out) {
    const char *value = "true";
    if (strchr(option->name, '=') != NULL)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "invalid option name \"%s\": must not contain \"=\"", option->name);
    if (option->value != NULL) {
        const AstConst *c = (const AstConst *)option->value;
        if (option->value->tag == AST_CONST && c->kind == AST_CONST_INTEGER)
            value = arena_printf(ddl->arena, "%d", c->ival);
        else
            TRY(ddl_option_string(option, &value));
    }
    *text_out = arena_printf(ddl->arena, "%s=%s", option->name, value);
    return STATUS_OK;
}

static Status check_space(OptionHolder holder, const AstOption *option) {
    if (option->space == NULL || (holder == OPTIONS_HEAP && strcmp(option->space, "toast") == 0))
        return STATUS_OK;
    return error(ERR_INVALID_PARAMETER_VALUE, "unrecognized parameter namespace \"%s\"",
                 option->space);
}

/* WITH (oids = false) is said by old dumps. */
static Status check_oids(const AstOption *option) {
    bool on;
    TRY(ddl_option_bool(option, &on));
    return on ? error(ERR_FEATURE_NOT_SUPPORTED, "tables declared WITH OIDS are not supported")
              : STATUS_OK;
}

Status ddl_change_options(Ddl *ddl, OptionHolder holder, const char *const *options,
                          uint32_t option_count, const AstList *changes, OptionChange change,
                          const char *const **options_out, uint32_t *count_out) {
    VEC(const char *) list = {0};
    VEC(const char *) toast = {0};
    const char *text;
    AST_FOREACH(AstOption, option, *changes) {
        TRY(check_space(holder, option));
        if (change == OPTIONS_RESET && option->value != NULL)
            return error(ERR_SYNTAX_ERROR, "RESET must not include values for parameters");
    }
    for (uint32_t i = 0; i < option_count; i++) {
        bool replaced = false;
        AST_FOREACH(AstOption, option, *changes) {
            replaced |= option->space == NULL && same_name(options[i], option->name);
        }
        if (!replaced)
            vec_push(&list, ddl->arena, options[i]);
    }
    AST_FOREACH(AstOption, option, *changes) {
        if (change == OPTIONS_RESET)
            break;
        if (change == OPTIONS_NEW && holder == OPTIONS_HEAP && option->space == NULL &&
            strcmp(option->name, "oids") == 0) {
            TRY(check_oids(option));
            continue;
        }
        TRY(option_text(ddl, option, &text));
        if (option->space == NULL)
            vec_push(&list, ddl->arena, text);
        else
            vec_push(&toast, ddl->arena, text);
    }
    TRY(check_list(holder, list.items, list.count));
    TRY(check_list(OPTIONS_TOAST, toast.items, toast.count));
    *options_out = list.items;
    *count_out = (uint32_t)list.count;
    return STATUS_OK;
}

Status ddl_new_options(Ddl *ddl, OptionHolder holder, const AstList *options,
                       const char *const **list_out, uint32_t *count_out) {
    return ddl_change_options(ddl, holder, NULL, 0, options, OPTIONS_NEW, list_out, count_out);
}

Status ddl_set_reloptions(Ddl *ddl, Oid relation, const char *const *options, uint32_t count) {
    CatalogRow row;
    TRY(relation_row(ddl->catalog, relation, ddl->arena, &row));
    row.nulls[PG_CLASS_RELOPTIONS] = count == 0;
    if (count > 0)
        row.values[PG_CLASS_RELOPTIONS] = row_text_array(ddl->arena, options, count);
    return catalog_update(ddl->catalog, PG_CLASS, &row);
}
