/*
 * parse_keywords.c: is this word a keyword?
 *
 * A perfect hash over the first sixteen bytes of a word in lower case, which the scanner has in two
 * registers anyway: the high bits of the hash choose a displacement, and the word can only be the
 * keyword in one slot. One comparison decides. Multipliers and tables were found by trying random
 * multipliers and, bucket by bucket, largest first, displacements; the unit tests check that every
 * keyword finds itself, so a change of keywords.def that forgets them fails there.
 */
#include "planner/lexer.h"
#include "planner/parser.h"

#include <string.h>

const Keyword keyword_table[] = {
#define KEYWORD(suffix, spelling, category, bare)                                                  \
    {spelling,           TOK_K_##suffix, sizeof(spelling) - 1,                                     \
     KEYWORD_##category, bare,           TOKEN_LOOKS_AHEAD(TOK_K_##suffix)},
#include "planner/keywords.def"
#undef KEYWORD
};
const uint32_t keyword_count = KEYWORD_COUNT;

const uint16_t keyword_displacement[128] = {
    42, 43, 1,  46, 3,   5,  11,  27, 35, 0,   0,   2,   27,  14, 1,  55, 0,  2,  5,  34,  3,  34,
    0,  2,  0,  0,  0,   0,  22,  25, 46, 19,  4,   3,   1,   11, 26, 8,  32, 47, 1,  36,  12, 64,
    1,  8,  28, 0,  2,   0,  12,  33, 1,  21,  9,   0,   9,   10, 2,  5,  33, 2,  7,  185, 18, 50,
    66, 24, 13, 12, 159, 20, 272, 34, 5,  121, 133, 3,   49,  26, 2,  3,  2,  2,  10, 8,   0,  40,
    2,  12, 0,  34, 7,   13, 242, 2,  0,  2,   2,   1,   0,   2,  39, 9,  0,  18, 2,  7,   46, 2,
    8,  13, 5,  19, 6,   22, 2,   6,  60, 3,   32,  177, 198, 54, 0,  0,  2,  76,
};

/* Free slots hold 0: the comparison refuses whatever they are asked for. */
const uint16_t keyword_slots[512] = {
    197, 428, 387, 383, 90,  81,  97,  415, 348, 378, 192, 319, 95,  29,  458, 20,  63,  341, 244,
    329, 182, 234, 183, 204, 44,  246, 158, 447, 155, 54,  38,  218, 311, 396, 456, 207, 47,  254,
    423, 225, 363, 272, 427, 132, 366, 134, 414, 8,   89,  109, 237, 361, 306, 84,  413, 142, 412,
    67,  367, 342, 419, 120, 434, 19,  0,   127, 31,  11,  83,  255, 435, 247, 375, 42,  291, 43,
    33,  45,  0,   450, 174, 386, 455, 318, 103, 0,   0,   353, 293, 452, 66,  219, 349, 91,  392,
    0,   227, 224, 355, 149, 77,  277, 335, 220, 454, 352, 14,  441, 161, 86,  409, 130, 444, 0,
    74,  345, 232, 359, 116, 167, 290, 285, 26,  105, 264, 80,  125, 439, 322, 292, 190, 333, 245,
    102, 340, 274, 35,  13,  68,  262, 379, 399, 25,  374, 372, 92,  16,  49,  216, 133, 251, 213,
    151, 433, 12,  425, 315, 344, 70,  405, 78,  198, 148, 51,  384, 357, 111, 389, 106, 265, 193,
    178, 156, 445, 242, 157, 283, 82,  117, 23,  346, 261, 407, 191, 278, 410, 304, 429, 27,  153,
    137, 270, 98,  286, 298, 195, 215, 395, 448, 398, 0,   382, 358, 309, 0,   402, 154, 34,  211,
    41,  180, 276, 233, 138, 323, 99,  438, 397, 0,   144, 4,   307, 0,   404, 0,   294, 21,  236,
    124, 0,   0,   56,  57,  75,  170, 369, 0,   284, 69,  330, 320, 129, 72,  368, 108, 231, 175,
    184, 85,  172, 280, 87,  391, 0,   271, 59,  281, 145, 140, 107, 451, 50,  40,  0,   171, 0,
    240, 299, 79,  46,  327, 18,  300, 337, 362, 256, 228, 200, 122, 141, 314, 64,  302, 312, 376,
    0,   15,  339, 0,   131, 267, 146, 0,   135, 0,   139, 431, 258, 273, 223, 365, 7,   288, 241,
    303, 121, 0,   239, 76,  0,   164, 24,  336, 0,   112, 0,   36,  253, 418, 118, 268, 28,  0,
    453, 301, 168, 406, 432, 39,  32,  364, 0,   252, 199, 203, 101, 449, 123, 326, 287, 0,   324,
    0,   73,  143, 442, 260, 408, 0,   282, 430, 202, 3,   189, 354, 0,   0,   446, 147, 186, 338,
    0,   0,   222, 110, 343, 416, 1,   0,   17,  181, 332, 214, 0,   37,  436, 420, 0,   0,   93,
    370, 208, 201, 162, 169, 275, 371, 0,   266, 313, 235, 321, 230, 421, 350, 196, 380, 100, 128,
    187, 0,   289, 0,   209, 30,  212, 159, 119, 0,   0,   188, 393, 6,   0,   360, 152, 459, 22,
    305, 308, 263, 331, 457, 0,   48,  0,   210, 96,  115, 0,   411, 334, 55,  347, 295, 373, 394,
    250, 0,   61,  257, 62,  377, 2,   88,  71,  52,  94,  443, 10,  400, 173, 296, 279, 5,   194,
    269, 0,   317, 243, 424, 177, 126, 249, 176, 310, 325, 417, 297, 165, 388, 0,   226, 9,   351,
    221, 206, 385, 238, 316, 248, 437, 401, 217, 0,   58,  114, 104, 163, 0,   136, 0,   422, 328,
    205, 150, 229, 166, 356, 160, 390, 113, 426, 179, 65,  185, 381, 53,  440, 403, 259, 60,
};

int32_t keyword_lookup(const char *folded, size_t len, const uint64_t first16[2]) {
    const Keyword *keyword = keyword_candidate(first16);
    /* Only the longest keyword has a byte more. */
    if (!keyword_is(keyword, first16) || keyword->len != len ||
        (len > 16 && keyword->name[16] != folded[16]))
        return -1;
    return (int32_t)(keyword - keyword_table);
}

const Keyword *keyword_find(const char *name, size_t len) {
    char folded[KEYWORD_LEN_MAX] = {0};
    uint64_t first16[2];
    if (len == 0 || len > KEYWORD_LEN_MAX)
        return NULL;
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        folded[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    memcpy(first16, folded, sizeof(first16));
    int32_t index = keyword_lookup(folded, len, first16);
    return index < 0 ? NULL : &keyword_table[index];
}

bool identifier_needs_quotes(const char *name, size_t len) {
    if (len == 0 || (name[0] >= '0' && name[0] <= '9'))
        return true;
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
            return true;
    }
    const Keyword *keyword = keyword_find(name, len);
    return keyword != NULL && keyword->category != KEYWORD_UNRESERVED;
}
