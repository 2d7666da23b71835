/*
 * parse_keywords.c: is this word a keyword?
 *
 * A perfect hash: the scanner hashes a word while it folds its case (keyword_hash_step), the low bits
 * choose a displacement, and the word can only be the keyword in one slot. One comparison decides.
 * The two tables were found by trying displacements bucket by bucket, largest first, for the FNV
 * hash that starts at KEYWORD_HASH_START; the unit tests check that every keyword finds itself, so a
 * change of keywords.def that forgets them fails there.
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

static const uint16_t displacement[128] = {
    2, 142, 18, 0, 25, 4, 61, 1, 29, 10, 19, 5, 33, 22, 15, 27, 27, 8, 91, 14, 34, 20, 52, 0, 10,
    0, 5, 39, 12, 3, 1, 13, 77, 29, 4, 28, 1, 9, 137, 35, 96, 9, 4, 102, 39, 1, 19, 0, 4, 9, 16,
    22, 6, 2, 0, 0, 23, 0, 1, 8, 97, 4, 34, 5, 3, 91, 19, 2, 25, 9, 28, 113, 0, 1, 0, 0, 28, 3, 45,
    1, 7, 15, 11, 2, 33, 15, 1, 1, 0, 7, 3, 2, 4, 3, 46, 179, 4, 5, 10, 3, 0, 46, 0, 13, 8, 9, 1,
    4, 27, 134, 45, 0, 7, 5, 5, 1, 4, 23, 125, 10, 77, 21, 7, 0, 10, 7, 0, 0,
};

#define NO_KEYWORD 0xffff
static const uint16_t slots[512] = {
    330, 412, 96, 446, 112, 205, 49, 66, 444, 357, 433, 208, 38, 198, 94, 23, 125, 351, 416, 17,
    395, 271, 415, 283, 372, 377, 43, 440, 220, 65535, 324, 261, 362, 65535, 162, 402, 65535, 435,
    346, 65535, 318, 65535, 65535, 457, 307, 247, 65535, 143, 206, 385, 244, 50, 32, 130, 277, 443,
    65535, 119, 454, 165, 73, 409, 243, 368, 65535, 259, 24, 115, 54, 168, 450, 390, 8, 65535, 122,
    434, 65535, 382, 256, 76, 169, 65535, 65535, 31, 422, 293, 405, 65535, 78, 219, 65535, 47,
    65535, 438, 272, 82, 91, 6, 65535, 65535, 65535, 304, 15, 354, 65535, 308, 65535, 141, 359,
    170, 65535, 298, 176, 364, 65535, 65535, 35, 65535, 111, 451, 65535, 267, 65535, 126, 140, 348,
    65535, 431, 25, 378, 75, 353, 239, 296, 65535, 204, 234, 317, 83, 227, 137, 155, 61, 268, 232,
    110, 379, 424, 21, 437, 237, 230, 302, 65, 65535, 358, 315, 84, 51, 13, 329, 65535, 295, 63,
    301, 229, 58, 343, 177, 212, 65535, 72, 417, 389, 173, 67, 135, 81, 327, 65535, 40, 181, 95,
    60, 273, 210, 459, 249, 441, 326, 360, 375, 116, 213, 393, 370, 274, 265, 428, 19, 224, 113,
    391, 193, 287, 46, 366, 316, 236, 238, 36, 167, 65535, 65535, 281, 68, 429, 65535, 195, 175,
    200, 235, 217, 14, 187, 99, 321, 269, 3, 2, 423, 62, 131, 133, 299, 305, 337, 280, 171, 414,
    128, 276, 1, 18, 93, 12, 373, 406, 202, 207, 85, 65535, 106, 216, 215, 344, 179, 163, 57, 303,
    311, 408, 152, 139, 65535, 186, 398, 384, 439, 314, 226, 325, 252, 284, 65535, 447, 89, 34,
    251, 363, 260, 335, 100, 380, 65535, 430, 436, 297, 120, 52, 65535, 426, 413, 117, 282, 79, 7,
    240, 228, 150, 65535, 145, 209, 418, 448, 30, 246, 278, 108, 157, 180, 352, 101, 199, 223, 151,
    16, 394, 191, 285, 164, 386, 432, 65535, 266, 397, 388, 189, 184, 97, 166, 411, 39, 456, 392,
    64, 4, 33, 404, 65535, 333, 342, 222, 183, 403, 203, 109, 161, 20, 9, 442, 114, 328, 399, 197,
    144, 410, 103, 172, 27, 92, 356, 218, 90, 190, 65535, 154, 28, 196, 80, 255, 401, 270, 289, 29,
    65535, 65535, 178, 371, 55, 340, 156, 127, 225, 350, 387, 65535, 65535, 338, 331, 445, 182,
    231, 453, 306, 286, 420, 121, 118, 253, 70, 159, 129, 65535, 146, 136, 45, 458, 369, 347, 124,
    257, 71, 10, 323, 11, 279, 65535, 250, 455, 419, 310, 87, 427, 211, 153, 312, 361, 26, 37, 134,
    0, 334, 59, 339, 77, 42, 56, 188, 149, 65535, 263, 365, 22, 258, 292, 5, 132, 264, 374, 254,
    320, 233, 105, 245, 102, 355, 319, 160, 138, 44, 383, 86, 290, 294, 262, 248, 41, 147, 396,
    288, 345, 407, 104, 322, 158, 300, 174, 214, 349, 242, 48, 275, 123, 341, 309, 367, 69, 194,
    192, 291, 332, 449, 185, 53, 425, 376, 88, 381, 148, 452, 421, 336, 221, 98, 74, 201, 241, 107,
    142, 313, 400,
};

int32_t keyword_lookup(const char *folded, size_t len, uint32_t hash) {
    hash = keyword_hash_finish(hash);
    uint16_t index = slots[((hash >> 8) + displacement[hash & 127]) & 511];
    if (index == NO_KEYWORD || keyword_table[index].len != len ||
        memcmp(keyword_table[index].name, folded, len) != 0)
        return -1;
    return index;
}

const Keyword *keyword_find(const char *name, size_t len) {
    char folded[KEYWORD_LEN_MAX];
    if (len == 0 || len > KEYWORD_LEN_MAX)
        return NULL;
    uint32_t hash = KEYWORD_HASH_START;
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        folded[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
        hash = keyword_hash_step(hash, (unsigned char)folded[i]);
    }
    int32_t index = keyword_lookup(folded, len, hash);
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
