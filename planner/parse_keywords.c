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
    {spelling, sizeof(spelling) - 1, KEYWORD_##category, bare},
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

const int16_t keyword_slots[512] = {
    197, 428, 387, 383, 90,  81,  97,  415, 348, 378, 192, 319, 95,  29,  458, 20,  63,  341, 244,
    329, 182, 234, 183, 204, 44,  246, 158, 447, 155, 54,  38,  218, 311, 396, 456, 207, 47,  254,
    423, 225, 363, 272, 427, 132, 366, 134, 414, 8,   89,  109, 237, 361, 306, 84,  413, 142, 412,
    67,  367, 342, 419, 120, 434, 19,  -1,  127, 31,  11,  83,  255, 435, 247, 375, 42,  291, 43,
    33,  45,  -1,  450, 174, 386, 455, 318, 103, -1,  -1,  353, 293, 452, 66,  219, 349, 91,  392,
    -1,  227, 224, 355, 149, 77,  277, 335, 220, 454, 352, 14,  441, 161, 86,  409, 130, 444, -1,
    74,  345, 232, 359, 116, 167, 290, 285, 26,  105, 264, 80,  125, 439, 322, 292, 190, 333, 245,
    102, 340, 274, 35,  13,  68,  262, 379, 399, 25,  374, 372, 92,  16,  49,  216, 133, 251, 213,
    151, 433, 12,  425, 315, 344, 70,  405, 78,  198, 148, 51,  384, 357, 111, 389, 106, 265, 193,
    178, 156, 445, 242, 157, 283, 82,  117, 23,  346, 261, 407, 191, 278, 410, 304, 429, 27,  153,
    137, 270, 98,  286, 298, 195, 215, 395, 448, 398, -1,  382, 358, 309, -1,  402, 154, 34,  211,
    41,  180, 276, 233, 138, 323, 99,  438, 397, -1,  144, 4,   307, -1,  404, -1,  294, 21,  236,
    124, -1,  -1,  56,  57,  75,  170, 369, -1,  284, 69,  330, 320, 129, 72,  368, 108, 231, 175,
    184, 85,  172, 280, 87,  391, -1,  271, 59,  281, 145, 140, 107, 451, 50,  40,  -1,  171, -1,
    240, 299, 79,  46,  327, 18,  300, 337, 362, 256, 228, 200, 122, 141, 314, 64,  302, 312, 376,
    -1,  15,  339, -1,  131, 267, 146, -1,  135, -1,  139, 431, 258, 273, 223, 365, 7,   288, 241,
    303, 121, -1,  239, 76,  -1,  164, 24,  336, -1,  112, -1,  36,  253, 418, 118, 268, 28,  -1,
    453, 301, 168, 406, 432, 39,  32,  364, -1,  252, 199, 203, 101, 449, 123, 326, 287, -1,  324,
    -1,  73,  143, 442, 260, 408, -1,  282, 430, 202, 3,   189, 354, -1,  -1,  446, 147, 186, 338,
    -1,  -1,  222, 110, 343, 416, 1,   0,   17,  181, 332, 214, -1,  37,  436, 420, -1,  -1,  93,
    370, 208, 201, 162, 169, 275, 371, -1,  266, 313, 235, 321, 230, 421, 350, 196, 380, 100, 128,
    187, -1,  289, -1,  209, 30,  212, 159, 119, -1,  -1,  188, 393, 6,   -1,  360, 152, 459, 22,
    305, 308, 263, 331, 457, -1,  48,  -1,  210, 96,  115, -1,  411, 334, 55,  347, 295, 373, 394,
    250, -1,  61,  257, 62,  377, 2,   88,  71,  52,  94,  443, 10,  400, 173, 296, 279, 5,   194,
    269, -1,  317, 243, 424, 177, 126, 249, 176, 310, 325, 417, 297, 165, 388, -1,  226, 9,   351,
    221, 206, 385, 238, 316, 248, 437, 401, 217, -1,  58,  114, 104, 163, -1,  136, -1,  422, 328,
    205, 150, 229, 166, 356, 160, 390, 113, 426, 179, 65,  185, 381, 53,  440, 403, 259, 60,
};

int32_t keyword_lookup(const char *folded, size_t len, const uint64_t first16[2]) {
    if (len <= 16)
        return keyword_lookup_short(len, first16);
    int32_t index = keyword_lookup_short(KEYWORD_LEN_MAX, first16);
    /* Only the longest keyword has a byte more. */
    return index >= 0 && keyword_table[index].name[16] == folded[16] ? index : -1;
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
