/*
 * statement_cache.c: unnamed statements that are parsed again and again.
 *
 * Drivers without statement names send the same text with every execution. From the second time on its
 * Prepared is kept, plan and micro-program included, and a Parse of the same text with the same
 * parameter types finds it. An entry counts only while everything that parsing and planning look at is
 * what it was: catalogs, search path, settings; and never inside a transaction that changed catalogs.
 *
 * Utility commands are not kept: they are not planned. A session keeps at most ENTRIES_MAX; when there
 * are more it starts anew.
 */
#include "base/hash.h"
#include "pgwire/client_int.h"

#define ENTRIES_MAX 64u
#define SEEN_SLOTS 32u
#define TEXT_BYTES_MAX ((size_t)64 << 10)

typedef struct StatementCache {
    StrMap entries;            /* key: parameter types, then the text -> Prepared, a reference */
    uint64_t generation;       /* of the settings when they were made */
    uint64_t seen[SEEN_SLOTS]; /* hashes met once */
} StatementCache;

static StatementCache *cache_of(ClientSession *client) {
    if (client->statement_cache == NULL) {
        StatementCache *cache = mem_alloc(&client->exec.account, sizeof(*cache));
        *cache = (StatementCache){.generation = client->settings_generation};
        strmap_init(&cache->entries, &client->exec.account);
        client->statement_cache = cache;
    }
    return client->statement_cache;
}

void statement_cache_free(ClientSession *client) {
    StatementCache *cache = client->statement_cache;
    if (cache == NULL)
        return;
    size_t cursor = 0;
    const void *key;
    size_t len;
    void *prepared;
    while (strmap_next(&cache->entries, &cursor, &key, &len, &prepared))
        prepared_unref(client, prepared);
    strmap_destroy(&cache->entries);
    mem_free(&client->exec.account, cache, sizeof(*cache));
    client->statement_cache = NULL;
}

static Str key_of(ClientSession *client, const char *text, size_t len, const Oid *types,
                  uint32_t type_count) {
    size_t bytes = type_count * sizeof(Oid);
    char *key = arena_alloc(&client->message_arena, bytes + len);
    memcpy(key, types, bytes);
    memcpy(key + bytes, text, len);
    return str_make(key, (uint32_t)(bytes + len));
}

static Status find(ClientSession *client, StatementCache *cache, Str key, Prepared **prepared_out) {
    *prepared_out = NULL;
    if (cache->generation != client->settings_generation) {
        statement_cache_free(client);
        return STATUS_OK;
    }
    Prepared *prepared = strmap_get(&cache->entries, key.data, key.len);
    if (prepared == NULL)
        return STATUS_OK;
    TRY(command_begin(client));
    bool fresh;
    TRY(prepared_is_fresh(client, prepared, &fresh));
    if (fresh) {
        prepared->references++;
        *prepared_out = prepared;
        return STATUS_OK;
    }
    strmap_remove(&cache->entries, prepared->cache_key.data, prepared->cache_key.len);
    prepared_unref(client, prepared);
    return STATUS_OK;
}

/* Keeps the statement if its text was met before. */
static void note(ClientSession *client, Str key, Prepared *prepared) {
    StatementCache *cache = cache_of(client);
    uint64_t hash = hash_bytes(key.data, key.len);
    uint64_t *seen = &cache->seen[hash % SEEN_SLOTS];
    bool again = *seen == hash;
    *seen = hash;
    if (!again || prepared->cached == NULL || prepared->cached->plan->command == COMMAND_UTILITY ||
        session_has_own_changes(client->exec.catalog))
        return;
    if (cache->entries.count >= ENTRIES_MAX) {
        statement_cache_free(client);
        cache = cache_of(client);
    }
    prepared->cache_key = str_make(arena_memdup(&prepared->arena, key.data, key.len), key.len);
    prepared->references++;
    strmap_put(&cache->entries, prepared->cache_key.data, prepared->cache_key.len, prepared);
}

Status statement_cache_parse(ClientSession *client, const char *text, size_t len, const Oid *types,
                             uint32_t type_count, Prepared **prepared_out) {
    bool cacheable = client->block != BLOCK_FAILED && len <= TEXT_BYTES_MAX;
    Str key = {0};
    *prepared_out = NULL;
    if (cacheable)
        key = key_of(client, text, len, types, type_count);
    if (cacheable && client->statement_cache != NULL)
        TRY(find(client, client->statement_cache, key, prepared_out));
    if (*prepared_out != NULL)
        return STATUS_OK;
    TRY(prepared_make(client, "", text, len, types, type_count, false, prepared_out));
    if (cacheable)
        note(client, key, *prepared_out);
    return STATUS_OK;
}
