/*
 * collate.h: how text is ordered, compared and cased under a collation. Layer: types.
 *
 * "C", "POSIX", ucs_basic and the database's default order by bytes, as C.UTF-8 does, whose letters have
 * case beyond ASCII; the others are ICU's. Comparison functions get nothing but a collation's OID, so what
 * an OID means is known process-wide: a table that only grows. A database's own collations enter it with
 * its first session, new ones when they are made.
 */
#ifndef TYPES_COLLATE_H
#define TYPES_COLLATE_H

#include "types/types_int.h"

#define COLLATION_UCS_BASIC_LAST 951u /* default, C and POSIX and what lies between */

typedef enum TextCase { TEXT_LOWER, TEXT_UPPER, TEXT_INITCAP } TextCase;

/* Reads pg_collation, once a process and database. Needs a transaction. */
Status collation_load(struct CatalogSession *session);
/* Makes a collation known. Errors: 22023 where ICU does not take the locale. provider: 'c' or 'i'. */
Status collation_register(Oid collation, char provider, const char *locale, bool deterministic);
/* The version of a locale's rules: "153.112"; NULL where there is none. */
const char *collation_version(Arena *arena, char provider, const char *locale);

/* Does memcmp order it? */
bool collation_is_bytes(Oid collation);
/* Are only equal bytes equal? */
bool collation_is_deterministic(Oid collation);
int collation_compare(Oid collation, Str a, Str b);
uint64_t collation_hash(Oid collation, Str s);
void collation_key(Oid collation, Str s, StrBuf *key);
Status collation_case(Oid collation, Arena *arena, Str s, TextCase to, Str *out);
/* One character; where the collation changes several at once, what comes nearest. */
uint32_t collation_upper_char(Oid collation, uint32_t c);
uint32_t collation_lower_char(Oid collation, uint32_t c);

/* 42P22 "could not determine which collation to use for %s" where it is 0. */
Status collation_require(Oid collation, const char *what);
/* The same, and 0A000 where it is not deterministic. what: "LIKE", "regular expressions". */
Status collation_require_deterministic(Oid collation, const char *what, const char *kind);

#endif
