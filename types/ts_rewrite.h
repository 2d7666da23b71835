/* ts_rewrite.h: substitution in text search queries, for functions here and above. Layer: types. */
#ifndef TYPES_TS_REWRITE_H
#define TYPES_TS_REWRITE_H

#include "types/ts.h"

typedef struct TsRewrite TsRewrite;
/* Errors: 54001 for queries that nest too deeply. */
Status ts_rewrite_open(Arena *arena, Str query, TsRewrite **rewrite_out);
/* Replaces every occurrence of one query by another, empty ones by nothing. */
Status ts_rewrite_apply(TsRewrite *rewrite, Str from, Str to);
/* Makes what was put in part of the query that the next one changes. */
Status ts_rewrite_tidy(TsRewrite *rewrite);
Status ts_rewrite_close(TsRewrite *rewrite, Datum *value_out);

#endif
