/* ext_fuzzy.c: the functions of the extension fuzzystrmatch: Levenshtein's distance, soundex. */
#include "executor/ddl_extension.h"
#include "executor/sysfuncs_int.h"

#include "base/utf8.h"

#define FUZZY_TEXT_MAX 255

/* A text as code points. Errors: 22023 where it has more than 255. */
static Status code_points(Str s, uint32_t out[FUZZY_TEXT_MAX], uint32_t *count_out) {
    *count_out = 0;
    for (const char *p = s.data, *end = s.data + s.len; p < end;) {
        if (*count_out == FUZZY_TEXT_MAX)
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "levenshtein argument exceeds maximum length of %d characters",
                         FUZZY_TEXT_MAX);
        out[(*count_out)++] = utf8_decode(&p);
    }
    return STATUS_OK;
}

/* Row by row of the table of distances between beginnings (Wagner and Fischer 1974). */
static Status distance(FnCall *call, int32_t insert, int32_t delete, int32_t change, int32_t *out) {
    uint32_t a[FUZZY_TEXT_MAX], b[FUZZY_TEXT_MAX], m, n;
    int32_t row[FUZZY_TEXT_MAX + 1];
    TRY(code_points(call->args[0].str, a, &m));
    TRY(code_points(call->args[1].str, b, &n));
    for (uint32_t j = 0; j <= n; j++)
        row[j] = (int32_t)j * insert;
    for (uint32_t i = 1; i <= m; i++) {
        int32_t diagonal = row[0];
        row[0] = (int32_t)i * delete;
        for (uint32_t j = 1; j <= n; j++) {
            int32_t best = diagonal + (a[i - 1] == b[j - 1] ? 0 : change);
            diagonal = row[j];
            best = MIN(best, row[j] + delete);
            row[j] = MIN(best, row[j - 1] + insert);
        }
    }
    *out = row[n];
    return STATUS_OK;
}
static Status fn_levenshtein(FnCall *call) { return distance(call, 1, 1, 1, &call->result.i32); }
static Status fn_levenshtein_costs(FnCall *call) {
    return distance(call, call->args[2].i32, call->args[3].i32, call->args[4].i32,
                    &call->result.i32);
}
/* Past the limit it is only known to be greater. */
static Status limited(FnCall *call, int32_t limit) {
    if (limit >= 0 && call->result.i32 > limit)
        call->result = datum_i32(limit + 1);
    return STATUS_OK;
}
static Status fn_less_equal(FnCall *call) {
    TRY(distance(call, 1, 1, 1, &call->result.i32));
    return limited(call, call->args[2].i32);
}
static Status fn_less_equal_costs(FnCall *call) {
    TRY(fn_levenshtein_costs(call));
    return limited(call, call->args[5].i32);
}

/* A letter and three digits; letters of one class next to each other count once. */
static void soundex(Str s, char out[5]) {
    static const char classes[] = "01230120022455012623010202"; /* a to z */
    const char *p = s.data, *end = s.data + s.len;
    int n = 0;
    char last = 0;
    memset(out, 0, 5);
    for (; p < end && n < 4; p++) {
        char c = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
        if (c < 'A' || c > 'Z') {
            if (n > 0)
                last = 0;
            continue;
        }
        char class = classes[c - 'A'];
        if (n == 0)
            out[n++] = c;
        else if (class != last && class != '0')
            out[n++] = class;
        last = class;
    }
    while (n > 0 && n < 4)
        out[n++] = '0';
}
static Status fn_soundex(FnCall *call) {
    char code[5];
    soundex(call->args[0].str, code);
    return give_text(call, code);
}
static Status fn_difference(FnCall *call) {
    char a[5], b[5];
    int32_t same = 0;
    soundex(call->args[0].str, a);
    soundex(call->args[1].str, b);
    for (int i = 0; i < 4; i++)
        same += a[i] == b[i];
    return give_i32(call, same);
}

static const FnEntry entries[] = {
    SYSFUNC(EXT_FUZZY_OID, "levenshtein", fn_levenshtein),
    SYSFUNC(EXT_FUZZY_OID + 1, "levenshtein_with_costs", fn_levenshtein_costs),
    SYSFUNC(EXT_FUZZY_OID + 2, "levenshtein_less_equal", fn_less_equal),
    SYSFUNC(EXT_FUZZY_OID + 3, "levenshtein_less_equal_with_costs", fn_less_equal_costs),
    SYSFUNC(EXT_FUZZY_OID + 4, "soundex", fn_soundex),
    SYSFUNC(EXT_FUZZY_OID + 5, "difference", fn_difference),
};
void ext_fuzzy_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
