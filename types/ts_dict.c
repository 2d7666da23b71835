/*
 * ts_dict.c: opening dictionaries and configurations, and the session's copies of them.
 *
 * Copies live on the session's arena. While the catalog's epoch stands still and the session itself has
 * changed nothing they are good as they are; else their catalog rows are read again, and a dictionary is
 * made anew only where its row differs: files are read once a session.
 */
#include "types/ts_text.h"

#include "catalog/catalogs.h"
#include "catalog/name.h"
#include "catalog/row.h"

typedef struct TsCache {
    VEC(TsDict *) dicts;
    VEC(TsConfig *) configs;
    uint64_t dict_epoch;      /* when the dicts were found good last */
    const char *default_text; /* the setting that default_config was made of */
    Oid default_config;
    uint64_t default_epoch, path_hash;
} TsCache;

static TsCache *cache_of(EvalEnv *env) {
    void **slot = session_text_search(env->catalog);
    if (*slot == NULL)
        *slot = arena_new(session_arena(env->catalog), TsCache);
    return *slot;
}
static bool unchanged(EvalEnv *env, uint64_t epoch) {
    return epoch == catalog_epoch(session_catalog(env->catalog)) + 1 &&
           !session_has_own_changes(env->catalog);
}
/* One more than the catalog's, so 0 is none; 0 while own changes are about. */
static uint64_t epoch_now(EvalEnv *env) {
    return session_has_own_changes(env->catalog) ? 0
                                                 : catalog_epoch(session_catalog(env->catalog)) + 1;
}

/* ---- dictionaries ---- */

static const struct {
    const char *name;
    TsDictInit init;
} inits[] = {
    {"dsimple_init", ts_simple_init},     {"dsynonym_init", ts_synonym_init},
    {"dsnowball_init", ts_snowball_init}, {"thesaurus_init", ts_thesaurus_init},
    {"dispell_init", ts_ispell_init},     {"unaccent_init", ts_unaccent_init},
    {"dintdict_init", ts_int_init},
};
Status ts_dict_init(EvalEnv *env, TsDict *dict, Oid init_function, const TsOptions *options) {
    const char *name = NULL;
    if (init_function != 0)
        TRY(proc_name(env->catalog, init_function, &name));
    for (size_t i = 0; name != NULL && i < sizeof(inits) / sizeof(inits[0]); i++)
        if (strcmp(name, inits[i].name) == 0)
            return inits[i].init(env, dict, options);
    return error(
        ERR_FEATURE_NOT_SUPPORTED,
        "text search templates of other functions than the built-in ones' are not supported");
}
Status ts_dict_check(EvalEnv *env, Oid init_function, const TsOptions *options) {
    Arena arena;
    arena_init(&arena, session_arena(env->catalog)->account);
    TsDict dict = {.arena = &arena};
    Status s = ts_dict_init(env, &dict, init_function, options);
    arena_destroy(&arena);
    return s;
}

/* A template may have only its lexize function: simple without options then. */
static Status template_init(EvalEnv *env, Oid template, Arena *arena, Oid *init_out) {
    CatalogRow row;
    bool found;
    memset(&row, 0, sizeof(row));
    TRY(catalog_find_oid(env->catalog, PG_TS_TEMPLATE_OID_INDEX, template, arena, &row, &found));
    if (!found)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for text search template %u",
                     template);
    *init_out = row_oid(&row, PG_TS_TEMPLATE_TMPLINIT);
    if (*init_out != 0)
        return STATUS_OK;
    const char *name;
    TRY(proc_name(env->catalog, row_oid(&row, PG_TS_TEMPLATE_TMPLLEXIZE), &name));
    return name != NULL && strcmp(name, "dsimple_lexize") == 0
               ? STATUS_OK
               : error(ERR_FEATURE_NOT_SUPPORTED,
                       "text search templates without an init function are not supported");
}
static Status make_dict(EvalEnv *env, Oid oid, Oid template, Str options_text, TsDict **out) {
    Arena *arena = session_arena(env->catalog);
    TsOptions options;
    Oid init;
    TsDict *d = arena_new(arena, TsDict);
    d->oid = oid;
    d->template = template;
    d->arena = arena;
    d->options =
        str_make(arena_strndup(arena, options_text.data, options_text.len), options_text.len);
    TRY(ts_options_parse(arena, d->options, &options));
    TRY(template_init(env, template, session_statement_arena(env->catalog), &init));
    TRY(init == 0 ? ts_simple_init(env, d, &options) : ts_dict_init(env, d, init, &options));
    *out = d;
    return STATUS_OK;
}
Status ts_dict_open(EvalEnv *env, Oid oid, TsDict **dict_out) {
    TsCache *cache = cache_of(env);
    TsDict **slot = NULL;
    for (size_t i = 0; i < cache->dicts.count; i++)
        if (cache->dicts.items[i]->oid == oid)
            slot = &cache->dicts.items[i];
    CatalogRow row;
    bool found;
    memset(&row, 0, sizeof(row));
    Arena *scratch = session_statement_arena(env->catalog);
    TRY(catalog_find_oid(env->catalog, PG_TS_DICT_OID_INDEX, oid, scratch, &row, &found));
    if (!found)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for text search dictionary %u", oid);
    Oid template = row_oid(&row, PG_TS_DICT_DICTTEMPLATE);
    Str options = row.nulls[PG_TS_DICT_DICTINITOPTION] ? str_make("", 0)
                                                       : row.values[PG_TS_DICT_DICTINITOPTION].str;
    if (slot != NULL && (*slot)->template == template && str_equal((*slot)->options, options)) {
        *dict_out = *slot;
        return STATUS_OK;
    }
    TRY(make_dict(env, oid, template, options, dict_out));
    if (slot != NULL)
        *slot = *dict_out;
    else
        vec_push(&cache->dicts, session_arena(env->catalog), *dict_out);
    return STATUS_OK;
}

/* ---- configurations ---- */

static Status read_map(EvalEnv *env, TsConfig *c) {
    CatalogRow *rows;
    size_t count;
    Datum key = datum_oid(c->oid);
    Arena *arena = session_arena(env->catalog);
    TRY(catalog_find_all(env->catalog, PG_TS_CONFIG_MAP_INDEX, &key, 1,
                         session_statement_arena(env->catalog), &rows, &count));
    for (int i = 0; i < TS_TOKEN_TYPES; i++)
        c->dicts[i].count = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t type = rows[i].values[PG_TS_CONFIG_MAP_MAPTOKENTYPE].i32;
        TsDict *dict;
        if (type <= 0 || type >= TS_TOKEN_TYPES)
            continue;
        TRY(ts_dict_open(env, row_oid(&rows[i], PG_TS_CONFIG_MAP_MAPDICT), &dict));
        TsDicts *list = &c->dicts[type];
        if (list->count == list->capacity) {
            size_t capacity = list->capacity;
            list->items = vec_grow(arena, list->items, &capacity, sizeof(TsDict *));
            list->capacity = (uint32_t)capacity;
        }
        list->items[list->count++] = dict;
    }
    return STATUS_OK;
}
Status ts_config_open(EvalEnv *env, Oid oid, const TsConfig **config_out) {
    TsCache *cache = cache_of(env);
    TsConfig *c = NULL;
    for (size_t i = 0; i < cache->configs.count; i++)
        if (cache->configs.items[i]->oid == oid)
            c = cache->configs.items[i];
    *config_out = c;
    if (c != NULL && unchanged(env, c->epoch))
        return STATUS_OK;
    CatalogRow row;
    bool found;
    memset(&row, 0, sizeof(row));
    uint64_t epoch = epoch_now(env);
    TRY(catalog_find_oid(env->catalog, PG_TS_CONFIG_OID_INDEX, oid,
                         session_statement_arena(env->catalog), &row, &found));
    if (!found)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for text search configuration %u",
                     oid);
    if (c == NULL) {
        c = arena_new(session_arena(env->catalog), TsConfig);
        c->oid = oid;
        vec_push(&cache->configs, session_arena(env->catalog), c);
    }
    c->epoch = 0;
    c->parser = row_oid(&row, PG_TS_CONFIG_CFGPARSER);
    TRY(ts_parser_require(env, c->parser));
    TRY(read_map(env, c));
    c->epoch = epoch;
    *config_out = c;
    return STATUS_OK;
}
Status ts_config_default(EvalEnv *env, Oid *config_out) {
    Arena *arena = session_statement_arena(env->catalog);
    const char *text = env->text_search_config;
    const char *const *parts;
    uint32_t count;
    if (text == NULL || *text == '\0')
        return error(ERR_UNDEFINED_OBJECT, "text search configuration isn't set");
    TRY(name_parse(arena, text, strlen(text), &parts, &count));
    return text_search_by_name(env->catalog, PG_TS_CONFIG, count > 1 ? parts[count - 2] : NULL,
                               parts[count - 1], false, config_out);
}

SCALAR(get_current_ts_config) {
    Oid config;
    TRY(ts_config_default(call_env(call), &config));
    return ret_oid(call, config);
}
SCALAR(ts_lexize) {
    TsDict *dict;
    TsLexing lexing;
    TsPhrase phrase = {0};
    TRY(ts_dict_open(call_env(call), call->args[0].u32, &dict));
    TRY(dict->lexize(dict, call->arena, ARG_STR(1), &phrase, &lexing));
    if (phrase.wants_next) {
        phrase.at_end = true;
        TsLexing more;
        TRY(dict->lexize(dict, call->arena, ARG_STR(1), &phrase, &more));
        lexing = more.known ? more : lexing;
    }
    if (!lexing.known)
        return ret_null(call);
    Datum *words = arena_alloc(call->arena, (lexing.count + 1) * sizeof(Datum));
    for (uint32_t i = 0; i < lexing.count; i++)
        words[i] = datum_str(lexing.lexemes[i].text.data, lexing.lexemes[i].text.len);
    return array_build_1d(call->arena, 25, PHYS_STR, words, NULL, lexing.count, &call->result);
}
