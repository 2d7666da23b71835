/* statement_stats.c: see statement_stats.h. */
#include "pgwire/statement_stats.h"

#include "base/hash.h"
#include "base/map.h"
#include "catalog/acl.h"
#include "catalog/name.h"
#include "executor/settings.h"
#include "pgwire/client_int.h"
#include "planner/lexer.h"
#include "runtime/clock.h"
#include "runtime/latch.h"
#include "types/record.h"

#include <math.h>
#include <stdlib.h>

#define STATEMENT_STATS_OID 9230 /* of the functions: found by prosrc, pg_proc has none of these */
#define ENTRIES_MAX 5000u

typedef struct StatementEntry {
    struct StatementEntry *next; /* same hash */
    Oid role, database;
    int64_t query_id;
    char *text;
    uint32_t text_len;
    int64_t calls, rows;
    double total_ms, min_ms, max_ms, mean_ms,
        squares; /* squares: sum of squared distances (Welford) */
} StatementEntry;

struct StatementStats {
    RwLatch latch;
    U64Map entries; /* by hash of role, database and query */
    uint32_t count;
    int64_t dropped_micros_since; /* when it was reset, since 2000-01-01 */
    int64_t drops;                /* how often the least used were thrown out */
    MemAccount account;
};

void statement_stats_init(Server *server) {
    const char *libraries =
        settings_server_get(server->options->settings, "shared_preload_libraries");
    if (libraries == NULL || strstr(libraries, "pg_stat_statements") == NULL)
        return;
    StatementStats *stats = mem_alloc(&server->sessions_account, sizeof(*stats));
    *stats = (StatementStats){.dropped_micros_since = clock_timestamp_us()};
    mem_account_init(&stats->account, &server->sessions_account, "pg_stat_statements", SIZE_MAX);
    u64map_init(&stats->entries, &stats->account);
    server->statement_stats = stats;
}

void statement_stats_start(ClientSession *client) {
    if (LIKELY(client->server->statement_stats == NULL))
        return;
    client->statement_started_us = clock_mono_us();
    client->statement_text = (Str){0};
}

/* ---- a text without its literals ---- */

typedef struct Normalizer {
    const char *text;
    uint32_t copied; /* up to here the text is in out */
    StrBuf out;
    uint64_t hash, before_sign; /* before_sign: what it was before the last minus */
    int32_t next_param;
    Token last, before;  /* the last two tokens */
    int depth, by_depth; /* brackets; those around ORDER BY or GROUP BY, -1: none */
    int type_depth;      /* brackets of a type's modifiers behind a cast; 0: none */
    bool in_type;        /* behind a cast, in the type's name */
} Normalizer;

typedef enum TextKind { TEXT_PLANNED, TEXT_UTILITY, TEXT_EXECUTE, TEXT_UNCOUNTED } TextKind;

/* What a text is by its first word. name_out: of what EXECUTE runs. */
static TextKind kind_of(Str text, Arena *arena, const ParseOptions *options, Token *name_out) {
    Lexer lexer;
    Token token;
    lexer_init(&lexer, arena, text.data, text.len, false, options);
    do
        lexer_next(&lexer, &token);
    while (token.kind == '(');
    lexer_next(&lexer, name_out);
    lexer_done(&lexer);
    switch (token.kind) {
    case TOK_K_SELECT:
    case TOK_K_INSERT:
    case TOK_K_UPDATE:
    case TOK_K_DELETE:
    case TOK_K_WITH:
    case TOK_K_VALUES:
    case TOK_K_TABLE:
    case TOK_K_MERGE:
        return TEXT_PLANNED;
    case TOK_K_EXECUTE:
        return TEXT_EXECUTE;
    case TOK_K_PREPARE:
        return name_out->kind == TOK_K_TRANSACTION ? TEXT_UTILITY : TEXT_UNCOUNTED;
    case TOK_K_DEALLOCATE:
        return TEXT_UNCOUNTED;
    default:
        return TEXT_UTILITY;
    }
}

/* Numbers that name a column of the list, and modifiers of types, are no literals. */
static bool stays(const Normalizer *n, const Token *t) {
    if (n->type_depth > 0)
        return true;
    return t->kind == TOK_INTEGER && n->by_depth == n->depth &&
           (n->last.kind == TOK_K_BY || n->last.kind == ',');
}

static bool is_literal(const Normalizer *n, const Token *t) {
    switch (t->kind) {
    case TOK_INTEGER:
    case TOK_FLOAT:
    case TOK_STRING:
    case TOK_BIT:
        return !stays(n, t);
    case TOK_K_NULL:
    case TOK_K_TRUE:
    case TOK_K_FALSE:
        return n->last.kind != TOK_K_IS &&
               !(n->last.kind == TOK_K_NOT && n->before.kind == TOK_K_IS);
    default:
        return false;
    }
}

/* A sign before a number belongs to it where no operand stands before. */
static bool takes_sign(const Normalizer *n, const Token *t) {
    if (n->last.kind != '-' || (t->kind != TOK_INTEGER && t->kind != TOK_FLOAT))
        return false;
    switch (n->before.kind) {
    case TOK_IDENT:
    case TOK_INTEGER:
    case TOK_FLOAT:
    case TOK_STRING:
    case TOK_BIT:
    case TOK_PARAM:
    case ')':
    case ']':
        return false;
    default:
        return true;
    }
}

static void follow(Normalizer *n, const Token *t) {
    n->depth += (t->kind == '(') - (t->kind == ')');
    if (t->kind == TOK_K_BY && (n->last.kind == TOK_K_ORDER || n->last.kind == TOK_K_GROUP))
        n->by_depth = n->depth;
    else if (n->depth < n->by_depth || t->kind == TOK_K_LIMIT || t->kind == TOK_K_HAVING ||
             t->kind == TOK_K_OFFSET || t->kind == TOK_K_UNION)
        n->by_depth = -1;
    if (t->kind == TOK_TYPECAST) {
        n->in_type = true;
    } else if (n->in_type) {
        if (t->kind == '(' && n->type_depth == 0)
            n->type_depth = n->depth;
        n->in_type = t->kind == TOK_IDENT || t->kind == '.' || t->kind >= TOK_KEYWORD_FIRST;
    }
    if (n->depth < n->type_depth)
        n->type_depth = 0;
}

static void put(Normalizer *n, uint32_t from, uint32_t to) {
    strbuf_append(&n->out, n->text + n->copied, from - n->copied);
    strbuf_printf(&n->out, "$%d", n->next_param++);
    n->copied = to;
}

/* The highest parameter that the text has. */
static int32_t params_of(const char *text, uint32_t len, const ParseOptions *options) {
    Lexer lexer;
    Token token;
    int32_t most = 0;
    lexer_init(&lexer, NULL, text, len, false, options);
    for (lexer_next(&lexer, &token); token.kind != TOK_END && token.kind != TOK_ERROR;
         lexer_next(&lexer, &token))
        if (token.kind == TOK_PARAM)
            most = MAX(most, token.ival);
    lexer_done(&lexer);
    return most;
}

static void normalize(Normalizer *n, Arena *arena, Str text, const ParseOptions *options) {
    Lexer lexer;
    Token token;
    *n = (Normalizer){.text = text.data, .hash = 0x5bd1e995, .by_depth = -1};
    strbuf_init(&n->out, arena);
    n->next_param = params_of(text.data, text.len, options) + 1;
    lexer_init(&lexer, arena, text.data, text.len, false, options);
    for (lexer_next(&lexer, &token); token.kind != TOK_END && token.kind != TOK_ERROR;
         lexer_next(&lexer, &token)) {
        uint32_t kind = token.kind;
        if (is_literal(n, &token)) {
            bool sign = takes_sign(n, &token);
            put(n, sign ? n->last.start : token.start, token.end);
            n->hash = sign ? n->before_sign : n->hash;
            kind = kind == TOK_K_FALSE ? TOK_K_TRUE : kind;
        } else if (token.kind == TOK_IDENT || token.kind == TOK_OP || token.kind == TOK_FLOAT ||
                   token.kind == TOK_STRING) {
            n->hash = hash_combine(n->hash, hash_bytes_stable(token.text, token.text_len));
        } else if (token.kind == TOK_INTEGER || token.kind == TOK_PARAM) {
            n->hash = hash_combine(n->hash, (uint32_t)token.ival);
        }
        n->before_sign = kind == '-' ? n->hash : n->before_sign;
        n->hash = hash_combine(n->hash, kind);
        follow(n, &token);
        n->before = n->last;
        n->last = token;
    }
    lexer_done(&lexer);
    strbuf_append(&n->out, text.data + n->copied, text.len - n->copied);
}

/* Without white space and semicolons around it. */
static Str trimmed(const char *text, size_t len) {
    while (len > 0 && strchr(" \t\r\n\f", *text) != NULL) {
        text++;
        len--;
    }
    while (len > 0 && strchr(" \t\r\n\f;", text[len - 1]) != NULL)
        len--;
    return str_make(text, len);
}

/* ---- counting ---- */

static uint64_t entry_hash(Oid role, Oid database, int64_t query_id) {
    return hash_combine((uint64_t)query_id, (uint64_t)role << 32 | database);
}

static StatementEntry *entry_find(const StatementStats *stats, Oid role, Oid database,
                                  int64_t query_id) {
    StatementEntry *e = u64map_get(&stats->entries, entry_hash(role, database, query_id));
    while (e != NULL && (e->role != role || e->database != database || e->query_id != query_id))
        e = e->next;
    return e;
}

static void entry_free(StatementStats *stats, StatementEntry *e) {
    mem_free(&stats->account, e->text, e->text_len + 1u);
    mem_free(&stats->account, e, sizeof(*e));
}

/* Takes out what `wanted` says; the map is made anew. */
static void entries_drop(StatementStats *stats, bool (*wanted)(const StatementEntry *e, void *arg),
                         void *arg) {
    U64Map kept;
    size_t cursor = 0;
    uint64_t key;
    void *value;
    u64map_init(&kept, &stats->account);
    while (u64map_next(&stats->entries, &cursor, &key, &value)) {
        StatementEntry *stay = NULL;
        for (StatementEntry *e = value, *next; e != NULL; e = next) {
            next = e->next;
            if (wanted(e, arg)) {
                entry_free(stats, e);
                stats->count--;
                continue;
            }
            e->next = stay;
            stay = e;
        }
        if (stay != NULL)
            u64map_put(&kept, key, stay);
    }
    u64map_destroy(&stats->entries);
    stats->entries = kept;
}

typedef struct Thinning {
    int64_t calls_max;
    size_t left; /* so many are to go */
} Thinning;
static bool used_less(const StatementEntry *e, void *arg) {
    Thinning *t = arg;
    bool goes = t->left > 0 && e->calls <= t->calls_max;
    t->left -= goes;
    return goes;
}
static int compare_calls(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Room for more: the twentieth part that was called least. */
static void entries_thin(StatementStats *stats) {
    size_t cursor = 0, n = 0, bytes = stats->count * sizeof(int64_t);
    uint64_t key;
    void *value;
    int64_t *calls = mem_alloc(&stats->account, bytes);
    while (u64map_next(&stats->entries, &cursor, &key, &value))
        for (const StatementEntry *e = value; e != NULL; e = e->next)
            calls[n++] = e->calls;
    qsort(calls, n, sizeof(int64_t), compare_calls);
    Thinning thinning = {calls[n / 20], n / 20};
    mem_free(&stats->account, calls, bytes);
    entries_drop(stats, used_less, &thinning);
    stats->drops++;
}

static StatementEntry *entry_add(StatementStats *stats, Oid role, Oid database, int64_t query_id,
                                 Str text) {
    if (stats->count >= ENTRIES_MAX)
        entries_thin(stats);
    StatementEntry *e = mem_alloc(&stats->account, sizeof(*e));
    *e = (StatementEntry){
        .role = role, .database = database, .query_id = query_id, .text_len = text.len};
    e->text = mem_alloc(&stats->account, text.len + 1u);
    memcpy(e->text, text.data, text.len);
    e->text[text.len] = '\0';
    e->next = u64map_put(&stats->entries, entry_hash(role, database, query_id), e);
    stats->count++;
    return e;
}

static void entry_count(StatementEntry *e, double ms, int64_t rows) {
    double old = e->mean_ms;
    e->calls++;
    e->rows += rows;
    e->total_ms += ms;
    e->min_ms = e->calls == 1 ? ms : fmin(e->min_ms, ms);
    e->max_ms = fmax(e->max_ms, ms);
    e->mean_ms += (ms - old) / (double)e->calls;
    e->squares += (ms - old) * (ms - e->mean_ms);
}

/* The number at the end of "INSERT 0 5". */
static int64_t rows_of(const char *tag) {
    const char *space = tag == NULL ? NULL : strrchr(tag, ' ');
    return space == NULL ? 0 : strtoll(space + 1, NULL, 10);
}

static void count_text(ClientSession *client, Arena *arena, Str text, double ms, int64_t rows) {
    StatementStats *stats = client->server->statement_stats;
    Normalizer n = {0};
    Token name;
    ParseOptions options = PARSE_DEFAULTS;
    options.standard_conforming_strings = client->exec.env.standard_conforming_strings;
    options.escape_string_warning = false;
    TextKind kind = kind_of(text, arena, &options, &name);
    if (kind == TEXT_EXECUTE && name.text != NULL) {
        const Prepared *prepared = prepared_find(client, name.text);
        if (prepared == NULL)
            return;
        text = trimmed(prepared->text, prepared->text_len);
        kind = TEXT_PLANNED;
    }
    if (kind == TEXT_UNCOUNTED)
        return;
    if (kind == TEXT_PLANNED) {
        normalize(&n, arena, text, &options);
        text = str_make(strbuf_cstr(&n.out), n.out.len);
    } else {
        n.hash = hash_bytes_stable(text.data, text.len);
    }
    int64_t id = n.hash == 0 ? 1 : (int64_t)n.hash;
    Oid role = session_role(client->exec.catalog),
        database = session_database(client->exec.catalog);
    latch_lock(&stats->latch);
    StatementEntry *e = entry_find(stats, role, database, id);
    if (e == NULL)
        e = entry_add(stats, role, database, id, text);
    entry_count(e, ms, rows);
    latch_unlock(&stats->latch);
}

void statement_stats_count(ClientSession *client, const char *tag) {
    uint64_t now = clock_mono_us();
    double ms = (double)(now - client->statement_started_us) / 1000;
    Str text = client->statement_text;
    if (text.data == NULL && client->query_text != NULL)
        text = str_make(client->query_text, client->query_len);
    client->statement_started_us = now;
    if (text.data == NULL)
        return;
    Arena arena;
    arena_init(&arena, &client->exec.account);
    count_text(client, &arena, trimmed(text.data, text.len), ms, rows_of(tag));
    arena_destroy(&arena);
}

/* ---- SQL ---- */

static Status stats_of(const FnCall *call, StatementStats **out) {
    *out = client_of(call->site->env->session)->server->statement_stats;
    return *out != NULL ? STATUS_OK
                        : error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                                "pg_stat_statements must be loaded via shared_preload_libraries");
}

typedef struct Listing {
    StatementEntry *items;
    uint32_t count, next;
    bool reads_all, shows_text;
} Listing;

/* A copy, texts and all, taken under the latch. */
static void listing_fill(const StatementStats *stats, Arena *arena, Listing *l) {
    size_t cursor = 0;
    uint64_t key;
    void *value;
    l->items = arena_array(arena, StatementEntry, stats->count + 1u);
    while (u64map_next(&stats->entries, &cursor, &key, &value))
        for (const StatementEntry *e = value; e != NULL; e = e->next) {
            l->items[l->count] = *e;
            l->items[l->count++].text = arena_strndup(arena, e->text, e->text_len);
        }
}

static Status list_start(SetCall *set) {
    StatementStats *stats;
    Listing *l = arena_new(set->scan_arena, Listing);
    CatalogSession *catalog = set->call.site->env->catalog;
    set->state = l;
    TRY(stats_of(&set->call, &stats));
    TRY(role_has_privileges_of(catalog, session_role(catalog), OID_ROLE_READ_ALL_STATS,
                               &l->reads_all));
    l->shows_text = set->call.args[0].b;
    latch_lock(&stats->latch);
    listing_fill(stats, set->scan_arena, l);
    latch_unlock(&stats->latch);
    return STATUS_OK;
}

#define COLUMNS 43

/* Times of planning are not taken, nor pages, log and just-in-time compilation by statement: zero. */
static void entry_row(const StatementEntry *e, Datum *values, bool *nulls, Oid *types) {
    static const uint8_t integers[] = {5,  11, 17, 18, 19, 20, 21, 22, 23, 24,
                                       25, 26, 27, 32, 33, 35, 37, 39, 41};
    for (int i = 0; i < COLUMNS; i++) {
        types[i] = OID_FLOAT8;
        values[i] = (Datum){.f64 = 0};
        nulls[i] = false;
    }
    for (size_t i = 0; i < ARRAY_LEN(integers); i++) {
        types[integers[i]] = OID_INT8;
        values[integers[i]] = datum_i64(0);
    }
    types[0] = types[1] = OID_OID;
    types[2] = OID_BOOL;
    types[3] = OID_INT8;
    types[4] = OID_TEXT;
    types[34] = OID_NUMERIC;
    values[0] = datum_oid(e->role);
    values[1] = datum_oid(e->database);
    values[2] = datum_bool(true);
    values[3] = datum_i64(e->query_id);
    values[4] = datum_str(e->text, e->text_len);
    values[11] = datum_i64(e->calls);
    values[12].f64 = e->total_ms;
    values[13].f64 = e->min_ms;
    values[14].f64 = e->max_ms;
    values[15].f64 = e->mean_ms;
    values[16].f64 = e->calls > 1 ? sqrt(e->squares / (double)e->calls) : 0;
    values[17] = datum_i64(e->rows);
}

static Status list_next(SetCall *set, bool *row_out) {
    Listing *l = set->state;
    CatalogSession *catalog = set->call.site->env->catalog;
    Datum *values = arena_array(set->call.arena, Datum, COLUMNS);
    bool *nulls = arena_array(set->call.arena, bool, COLUMNS), mine = true;
    Oid *types = arena_array(set->call.arena, Oid, COLUMNS);
    *row_out = l->next < l->count;
    if (!*row_out)
        return STATUS_OK;
    const StatementEntry *e = &l->items[l->next++];
    entry_row(e, values, nulls, types);
    TRY(type_input_text(set->call.site->env, set->call.arena, OID_NUMERIC, -1, str_from_cstr("0"),
                        &values[34]));
    if (!l->reads_all)
        mine = session_role(catalog) == e->role;
    if (!mine) {
        values[4] = datum_cstr("<insufficient privilege>");
        nulls[3] = true;
    }
    nulls[4] = !l->shows_text;
    return record_set_row(set, types, values, nulls, COLUMNS);
}

typedef struct ResetWish {
    Oid role, database;
    int64_t query_id;
} ResetWish;
static bool is_wished(const StatementEntry *e, void *arg) {
    const ResetWish *w = arg;
    return (w->role == 0 || w->role == e->role) &&
           (w->database == 0 || w->database == e->database) &&
           (w->query_id == 0 || w->query_id == e->query_id);
}
static Status fn_reset(FnCall *call) {
    StatementStats *stats;
    ResetWish wish = {call->args[0].u32, call->args[1].u32, call->args[2].i64};
    TRY(stats_of(call, &stats));
    latch_lock(&stats->latch);
    entries_drop(stats, is_wished, &wish);
    if (wish.role == 0 && wish.database == 0 && wish.query_id == 0) {
        stats->drops = 0;
        stats->dropped_micros_since = clock_timestamp_us();
    }
    latch_unlock(&stats->latch);
    call->result = datum_str("", 0); /* void */
    return STATUS_OK;
}

static Status fn_info(FnCall *call) {
    static const Oid types[2] = {OID_INT8, OID_TIMESTAMPTZ};
    static const PhysType phys[2] = {PHYS_I64, PHYS_I64};
    StatementStats *stats;
    TRY(stats_of(call, &stats));
    const Datum values[2] = {datum_i64(stats->drops), datum_i64(stats->dropped_micros_since)};
    return record_build(call->arena, OID_RECORD, -1, 2, types, phys, values, NULL, &call->result);
}

static const FnEntry entries[] = {
    {.oid = STATEMENT_STATS_OID,
     .prosrc = "pg_stat_statements_1_10",
     .kind = FN_SET,
     .strict = true,
     .set_start = list_start,
     .set_next = list_next},
    {.oid = STATEMENT_STATS_OID + 1,
     .prosrc = "pg_stat_statements_reset_1_7",
     .strict = true,
     .scalar = fn_reset},
    {.oid = STATEMENT_STATS_OID + 2,
     .prosrc = "pg_stat_statements_info",
     .strict = true,
     .scalar = fn_info},
};
void statement_stats_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
