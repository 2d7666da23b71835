/*
 * datetime_format.h: templates of to_char, to_date, to_timestamp and jsonpath's datetime(). Private to
 * types/.
 *
 * A template is cut into items: fields with modifiers (FM before, TH behind), separators and single
 * characters.
 */
#ifndef TYPES_DATETIME_FORMAT_H
#define TYPES_DATETIME_FORMAT_H

#include "types/datetime_int.h"

typedef enum Field {
    F_LITERAL,
    F_SEPARATOR,
    F_BLANK,
    F_HH12,
    F_HH24,
    F_MI,
    F_SS,
    F_MS,
    F_US,
    F_FF,
    F_SSSS,
    F_AM,
    F_A_M,
    F_Y_YYY,
    F_YYYY,
    F_YYY,
    F_YY,
    F_Y,
    F_IYYY,
    F_IYY,
    F_IY,
    F_I,
    F_BC,
    F_B_C,
    F_MONTH,
    F_MON,
    F_MM,
    F_DAY,
    F_DY,
    F_DDD,
    F_IDDD,
    F_DD,
    F_D,
    F_ID,
    F_W,
    F_WW,
    F_IW,
    F_CC,
    F_J,
    F_Q,
    F_RM,
    F_TZ,
    F_OF,
    F_TZH,
    F_TZM,
    F_FX
} Field;
typedef struct Item {
    Field field;
    int width;
    bool fm, th, th_upper;
    enum { STYLE_UPPER, STYLE_CAPITAL, STYLE_LOWER } style;
    const char *text; /* as the template has it; lives with the template */
    size_t len;
} Item;
typedef VEC(Item) Items;

/* strict: of the separators only those of SQL/JSON (else 22007). */
Status datetime_template(Arena *arena, Str format, bool strict, Items *items_out);

extern const char *const month_words[12], *const day_words[7];

/* What a template gives for a text: its type is told by the template's fields. */
typedef struct TemplateTime {
    Oid type; /* date, time, timetz, timestamp, timestamptz */
    Datum value;
    int offset; /* seconds east, where the type has a zone */
} TemplateTime;
/* Strict: separators and characters have to be the template's. Errors: 22007, 22008, 22009, 0A000. */
Status datetime_by_template(Arena *arena, Str text, const Items *items, TemplateTime *out);

#endif
