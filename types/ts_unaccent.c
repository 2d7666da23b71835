/*
 * ts_unaccent.c: the dictionary of the extension unaccent: letters with accents become plain ones. It
 * filters: other dictionaries get what it leaves.
 *
 * Rules come from a file NAME.rules of tsearch_data, or those named unaccent from what is built in.
 */
#include "types/extension_dict.h"

#include "catalog/desc.h"
#include "catalog/name.h"
#include "types/ts_dict.h"

#include <stdlib.h>

#define UNACCENT_OID 9160 /* of the functions: found by prosrc, pg_proc has none of these OIDs */

typedef struct Rule {
    Str from, to;
} Rule;
typedef struct Rules {
    const Rule *items; /* in the order of from */
    uint32_t count, longest;
} Rules;

static const struct {
    const char *from, *to;
} builtin_rules[] = {
#define RULE(from, to) {from, to},
#include "types/def/unaccent.def"
#undef RULE
};

static int order_rules(const void *a, const void *b) {
    return str_compare(((const Rule *)a)->from, ((const Rule *)b)->from);
}

static const Rule *find_rule(const Rules *rules, const char *at, uint32_t left) {
    for (uint32_t len = MIN(left, rules->longest); len > 0; len--) {
        Rule wanted = {.from = str_make(at, len)};
        const Rule *found =
            bsearch(&wanted, rules->items, rules->count, sizeof(Rule), order_rules);
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* False: there is nothing to replace. */
static bool replace(const Rules *rules, Str word, StrBuf *out) {
    const char *at = word.data, *end = at + word.len, *copied = at;
    bool any = false;
    while (at < end) {
        const Rule *rule =
            (uint8_t)*at < 0x80 && rules->items[0].from.data[0] < 0
                ? NULL
                : find_rule(rules, at, (uint32_t)(end - at));
        if (rule == NULL) {
            utf8_decode(&at);
            continue;
        }
        any = true;
        strbuf_append(out, copied, (size_t)(at - copied));
        strbuf_append(out, rule->to.data, rule->to.len);
        at += rule->from.len;
        copied = at;
    }
    strbuf_append(out, copied, (size_t)(end - copied));
    return any;
}

static Status unaccent_lexize(const TsDict *dict, Arena *arena, Str word, TsPhrase *phrase,
                              TsLexing *out) {
    StrBuf buf;
    *out = (TsLexing){0};
    strbuf_init(&buf, arena);
    const Rules *rules = dict->data;
    if (rules->count == 0 || !replace(rules, word, &buf))
        return STATUS_OK;
    return ts_one_lexeme(arena, buf_datum(&buf).str, TS_FILTERED, out);
}

/* A word of a line; data NULL: none is left. */
static Str next_word(const char **at, const char *end) {
    while (*at < end && is_space(**at))
        ++*at;
    const char *from = *at;
    while (*at < end && !is_space(**at))
        ++*at;
    return from == *at ? (Str){0} : str_make(from, (size_t)(*at - from));
}

static void rules_add(Arena *arena, Rule **items, size_t *count, size_t *capacity, Rule rule) {
    if (*count == *capacity)
        *items = vec_grow(arena, *items, capacity, sizeof(Rule));
    (*items)[(*count)++] = rule;
}

static Status read_rules(EvalEnv *env, Arena *arena, const char *name, Rules *out) {
    Rule *items = NULL;
    size_t count = 0, capacity = 0;
    const char *path;
    Str text, line;
    Status s = ts_file_read(env, arena, str_from_cstr(name), "rules", "unaccent", &text, &path);
    if (!status_ok(s) && strcmp(name, "unaccent") != 0)
        return s;
    if (!status_ok(s)) {
        status_free(s);
        for (size_t i = 0; i < ARRAY_LEN(builtin_rules); i++)
            rules_add(arena, &items, &count, &capacity,
                      (Rule){str_from_cstr(builtin_rules[i].from),
                             str_from_cstr(builtin_rules[i].to)});
    } else {
        while (ts_file_line(&text, &line)) {
            const char *at = line.data, *end = at + line.len;
            Str from = next_word(&at, end), to = next_word(&at, end);
            if (from.data != NULL && next_word(&at, end).data == NULL)
                rules_add(arena, &items, &count, &capacity,
                          (Rule){from, to.data == NULL ? str_make("", 0) : to});
        }
    }
    if (count > 1)
        qsort(items, count, sizeof(Rule), order_rules);
    *out = (Rules){.items = items};
    for (size_t i = 0; i < count; i++)
        if (out->count == 0 || order_rules(&items[out->count - 1], &items[i]) != 0) {
            items[out->count++] = items[i];
            out->longest = MAX(out->longest, items[i].from.len);
        }
    return STATUS_OK;
}

Status ts_unaccent_init(EvalEnv *env, TsDict *dict, const TsOptions *options) {
    Rules *rules = arena_new(dict->arena, Rules);
    const char *file = NULL;
    for (uint32_t i = 0; i < options->count; i++) {
        const TsOption *o = &options->items[i];
        if (strcmp(o->name, "rules") != 0)
            return error(ERR_INVALID_PARAMETER_VALUE, "unrecognized Unaccent parameter: \"%s\"",
                         o->name);
        if (file != NULL)
            return error(ERR_INVALID_PARAMETER_VALUE, "multiple Rules parameters");
        file = o->value;
        TRY(read_rules(env, dict->arena, file, rules));
    }
    if (file == NULL)
        return error(ERR_INVALID_PARAMETER_VALUE, "missing Rules parameter");
    dict->data = rules;
    dict->lexize = unaccent_lexize;
    return STATUS_OK;
}

/* ---- unaccent(dictionary, text) ---- */

/* The dictionary in the schema of the function. */
static Status own_dictionary(FnCall *call, Oid *dict_out) {
    CatalogSession *catalog = call_env(call)->catalog;
    const ProcDesc *proc;
    const char *schema;
    TRY(catalog_proc_require(catalog, call->site->function, &proc));
    TRY(namespace_name(catalog, proc->nsp, &schema));
    TRY(text_search_by_name(catalog, PG_TS_DICT, schema, "unaccent", true, dict_out));
    return *dict_out != OID_INVALID
               ? STATUS_OK
               : error(ERR_UNDEFINED_OBJECT,
                       "text search dictionary \"%s.%s\" does not exist", schema, "unaccent");
}

static Status fn_unaccent(FnCall *call) {
    bool named = call->site->arg_count > 1;
    Str text = ARG_STR(named ? 1 : 0);
    Oid oid = named ? ARG_U32(0) : OID_INVALID;
    TsDict *dict;
    TsPhrase phrase = {0};
    TsLexing lexing;
    if (!named)
        TRY(own_dictionary(call, &oid));
    TRY(ts_dict_open(call_env(call), oid, &dict));
    TRY(dict->lexize(dict, call->arena, text, &phrase, &lexing));
    return ret_str(call, lexing.known && lexing.count > 0 ? lexing.lexemes[0].text : text);
}
static Status fn_internal(FnCall *call) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s", "internal");
}

static const FnEntry functions[] = {
    {.oid = UNACCENT_OID, .prosrc = "unaccent_dict", .strict = true, .scalar = fn_unaccent},
    {.oid = UNACCENT_OID + 1, .prosrc = "unaccent_init", .scalar = fn_internal},
    {.oid = UNACCENT_OID + 2, .prosrc = "unaccent_lexize", .scalar = fn_internal},
};
void unaccent_register(void) { fn_register(functions, ARRAY_LEN(functions)); }
