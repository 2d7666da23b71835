/* collate.c: collations through ICU; see the header. */
#include "types/collate.h"

#include "catalog/catalogs.h"
#include "catalog/row.h"

#include <stdatomic.h>
#include <unicode/uchar.h>
#include <unicode/ucol.h>
#include <unicode/ustring.h>

typedef struct Collation {
    Oid oid;
    char provider;
    bool deterministic, bytes;
    const char *locale;
    _Atomic(UCollator *)
        collator; /* opened when first needed; ICU lets all threads compare with it */
    struct Collation *next;
} Collation;

#define BUCKETS 1024u
static _Atomic(Collation *) table[BUCKETS];

/* ---- the table ---- */

static Collation *find(Oid oid) {
    for (Collation *c = atomic_load_explicit(&table[oid % BUCKETS], memory_order_acquire);
         c != NULL; c = c->next)
        if (c->oid == oid)
            return c;
    return NULL;
}
static Collation *add(Oid oid, char provider, const char *locale, bool deterministic) {
    Collation *c = find(oid);
    if (c != NULL)
        return c;
    size_t len = strlen(locale) + 1;
    char *name = mem_alloc(mem_root(), len);
    memcpy(name, locale, len);
    c = mem_alloc(mem_root(), sizeof(*c));
    *c = (Collation){.oid = oid,
                     .provider = provider,
                     .deterministic = deterministic,
                     .bytes = provider != 'i',
                     .locale = name};
    Collation *head = atomic_load(&table[oid % BUCKETS]);
    do
        c->next = head;
    while (!atomic_compare_exchange_weak(&table[oid % BUCKETS], &head, c));
    return c;
}
static UCollator *open_collator(const char *locale) {
    UErrorCode status = U_ZERO_ERROR;
    UCollator *u = ucol_open(locale, &status);
    return U_FAILURE(status) ? NULL : u;
}
/* NULL: bytes decide. */
static UCollator *collator_of(Oid oid) {
    Collation *c = oid <= COLLATION_UCS_BASIC_LAST ? NULL : find(oid);
    if (c == NULL || c->bytes)
        return NULL;
    UCollator *u = atomic_load_explicit(&c->collator, memory_order_acquire);
    if (u != NULL)
        return u;
    UCollator *fresh = open_collator(c->locale), *other = NULL;
    if (fresh == NULL || atomic_compare_exchange_strong(&c->collator, &other, fresh))
        return fresh;
    ucol_close(fresh);
    return other;
}

Status collation_register(Oid oid, char provider, const char *locale, bool deterministic) {
    if (provider == 'i') {
        UCollator *u = open_collator(locale);
        if (u == NULL)
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "could not open collator for locale \"%s\": %s", locale,
                         "U_ILLEGAL_ARGUMENT_ERROR");
        ucol_close(u);
    }
    if (oid != 0)
        add(oid, provider, locale, deterministic);
    return STATUS_OK;
}
Status collation_load(struct CatalogSession *session) {
    static _Atomic(uint32_t) loaded[256];
    Oid database = session_database(session);
    for (size_t i = 0; i < 256; i++) {
        uint32_t seen = atomic_load(&loaded[i]);
        if (seen == database)
            return STATUS_OK;
        if (seen == 0)
            break;
    }
    CatalogScan *scan;
    CatalogRow *row;
    Arena *arena = session_statement_arena(session);
    TRY(catalog_scan_open(session, PG_COLLATION, 0, NULL, 0, arena, &scan));
    Status s;
    while (status_ok(s = catalog_scan_next(scan, &row)) && row != NULL) {
        bool icu = row->values[PG_COLLATION_COLLPROVIDER].byte == 'i';
        int column = icu ? PG_COLLATION_COLLICULOCALE : PG_COLLATION_COLLCTYPE;
        const char *locale = row_name(row, column, arena);
        Oid oid = row_oid(row, PG_COLLATION_OID);
        if (oid > COLLATION_UCS_BASIC_LAST && locale != NULL)
            add(oid, icu ? 'i' : 'c', locale, row->values[PG_COLLATION_COLLISDETERMINISTIC].b);
    }
    catalog_scan_close(scan);
    for (size_t i = 0; status_ok(s) && i < 256; i++) {
        uint32_t none = 0;
        if (atomic_compare_exchange_strong(&loaded[i], &none, database) || none == database)
            break;
    }
    return s;
}
const char *collation_version(Arena *arena, char provider, const char *locale) {
    if (provider != 'i')
        return NULL;
    UCollator *u = open_collator(locale);
    if (u == NULL)
        return NULL;
    UVersionInfo info;
    char text[U_MAX_VERSION_STRING_LENGTH];
    ucol_getVersion(u, info);
    u_versionToString(info, text);
    ucol_close(u);
    return arena_strdup(arena, text);
}

/* ---- order ---- */

bool collation_is_bytes(Oid oid) { return collator_of(oid) == NULL; }
bool collation_is_deterministic(Oid oid) {
    if (oid <= COLLATION_UCS_BASIC_LAST)
        return true;
    const Collation *c = find(oid);
    return c == NULL || c->deterministic;
}
int collation_compare(Oid oid, Str a, Str b) {
    UCollator *u = collator_of(oid);
    if (u == NULL)
        return str_compare(a, b);
    if (str_equal(a, b))
        return 0;
    UErrorCode status = U_ZERO_ERROR;
    UCollationResult r =
        ucol_strcollUTF8(u, a.data, (int32_t)a.len, b.data, (int32_t)b.len, &status);
    if (U_FAILURE(status))
        return str_compare(a, b);
    if (r != UCOL_EQUAL)
        return r == UCOL_LESS ? -1 : 1;
    return collation_is_deterministic(oid) ? str_compare(a, b) : 0;
}
static UChar *to_utf16(Arena *arena, Str s, int32_t *len_out) {
    UErrorCode status = U_ZERO_ERROR;
    UChar *u = arena_alloc(arena, ((size_t)s.len + 1) * sizeof(UChar));
    u_strFromUTF8(u, (int32_t)s.len + 1, len_out, s.data, (int32_t)s.len, &status);
    if (U_FAILURE(status))
        *len_out = 0;
    return u;
}
/* ICU's sort key, with its closing zero. */
static const uint8_t *sort_key(UCollator *u, Arena *arena, Str s, size_t *len_out) {
    int32_t n;
    UChar *text = to_utf16(arena, s, &n);
    int32_t len = ucol_getSortKey(u, text, n, NULL, 0);
    uint8_t *key = arena_alloc(arena, (size_t)len + 1);
    ucol_getSortKey(u, text, n, key, len);
    *len_out = (size_t)len;
    return key;
}
uint64_t collation_hash(Oid oid, Str s) {
    UCollator *u = collation_is_deterministic(oid) ? NULL : collator_of(oid);
    if (u == NULL)
        return hash_bytes(s.data, s.len);
    Arena arena;
    size_t len;
    arena_init(&arena, mem_root());
    const uint8_t *key = sort_key(u, &arena, s, &len);
    uint64_t h = hash_bytes(key, len);
    arena_destroy(&arena);
    return h;
}
void collation_key(Oid oid, Str s, StrBuf *key) {
    UCollator *u = collator_of(oid);
    if (u != NULL) {
        size_t len;
        const uint8_t *sort = sort_key(u, key->arena, s, &len);
        key_put_bytes(key, sort, len);
        if (!collation_is_deterministic(oid))
            return;
    }
    key_put_bytes(key, s.data, s.len);
}

/* ---- case ---- */

static int32_t change(UChar *to, int32_t room, const UChar *from, int32_t len, const char *locale,
                      TextCase how, UErrorCode *status) {
    if (how == TEXT_UPPER)
        return u_strToUpper(to, room, from, len, locale, status);
    if (how == TEXT_LOWER)
        return u_strToLower(to, room, from, len, locale, status);
    return u_strToTitle(to, room, from, len, NULL, locale, status);
}
static Status icu_case(const char *locale, Arena *arena, Str s, TextCase how, Str *out) {
    UErrorCode status = U_ZERO_ERROR;
    int32_t n, bytes;
    UChar *text = to_utf16(arena, s, &n);
    int32_t len = change(NULL, 0, text, n, locale, how, &status);
    UChar *changed = arena_alloc(arena, ((size_t)len + 1) * sizeof(UChar));
    status = U_ZERO_ERROR;
    change(changed, len + 1, text, n, locale, how, &status);
    if (U_FAILURE(status))
        return error(ERR_INTERNAL_ERROR, "case conversion failed: %s", u_errorName(status));
    char *utf8 = arena_alloc(arena, (size_t)len * 3 + 1);
    status = U_ZERO_ERROR;
    u_strToUTF8(utf8, len * 3 + 1, &bytes, changed, len, &status);
    if (U_FAILURE(status))
        return error(ERR_INTERNAL_ERROR, "case conversion failed: %s", u_errorName(status));
    *out = str_make(utf8, (size_t)bytes);
    return STATUS_OK;
}
/* Is it libc's with letters beyond ASCII? */
static bool has_unicode_case(Oid oid) {
    const Collation *c = oid <= COLLATION_UCS_BASIC_LAST ? NULL : find(oid);
    return c != NULL && c->provider == 'c' && strcmp(c->locale, "C") != 0 &&
           strcmp(c->locale, "POSIX") != 0;
}
uint32_t collation_upper_char(Oid oid, uint32_t c) {
    if (c < 0x80)
        return c >= 'a' && c <= 'z' ? c - 32 : c;
    return collator_of(oid) != NULL || has_unicode_case(oid) ? (uint32_t)u_toupper((UChar32)c) : c;
}
uint32_t collation_lower_char(Oid oid, uint32_t c) {
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    return collator_of(oid) != NULL || has_unicode_case(oid) ? (uint32_t)u_tolower((UChar32)c) : c;
}
Status collation_case(Oid oid, Arena *arena, Str s, TextCase how, Str *out) {
    if (collator_of(oid) != NULL)
        return icu_case(find(oid)->locale, arena, s, how, out);
    bool unicode = has_unicode_case(oid), in_word = false;
    const char *p = s.data, *end = s.data + s.len;
    StrBuf buf;
    strbuf_init(&buf, arena);
    strbuf_reserve(&buf, s.len);
    while (p < end) {
        char bytes[4];
        uint32_t c = utf8_decode(&p);
        bool up = how == TEXT_UPPER || (how == TEXT_INITCAP && !in_word);
        uint32_t r = up ? collation_upper_char(oid, c) : collation_lower_char(oid, c);
        in_word =
            c < 0x80 ? is_alpha((char)c) || is_digit((char)c) : unicode && u_isalnum((UChar32)c);
        strbuf_append(&buf, bytes, utf8_encode(r, bytes));
    }
    *out = str_make(strbuf_cstr(&buf), buf.len);
    return STATUS_OK;
}

/* ---- what cannot be ---- */

Status collation_require(Oid oid, const char *what) {
    if (oid != 0)
        return STATUS_OK;
    return status_hint(error(ERR_INDETERMINATE_COLLATION,
                             "could not determine which collation to use for %s", what),
                       "Use the COLLATE clause to set the collation explicitly.");
}
Status collation_require_deterministic(Oid oid, const char *what, const char *kind) {
    TRY(collation_require(oid, what));
    if (collation_is_deterministic(oid))
        return STATUS_OK;
    return error(ERR_FEATURE_NOT_SUPPORTED, "nondeterministic collations are not supported for %s",
                 kind);
}
