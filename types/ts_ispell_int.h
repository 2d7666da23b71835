/* ts_ispell_int.h: what reading and using an ispell dictionary share. Private to types/. */
#ifndef TYPES_TS_ISPELL_INT_H
#define TYPES_TS_ISPELL_INT_H

#include "types/regex.h"
#include "types/ts_dict.h"

/* Where in a compound a word or affix may stand. */
enum {
    ISPELL_ONLY_COMPOUND = 1,
    ISPELL_BEGIN = 2,
    ISPELL_MIDDLE = 4,
    ISPELL_LAST = 8,
    ISPELL_ANYWHERE = ISPELL_BEGIN | ISPELL_MIDDLE | ISPELL_LAST,
    ISPELL_COMPOUND_MASK = 15,
    ISPELL_PERMIT = 16,
    ISPELL_FORBID = 32,
    ISPELL_CROSS = 64 /* prefix and suffix go together */
};
typedef enum FlagMode { FLAG_CHAR, FLAG_LONG, FLAG_NUMBER } FlagMode;

/* One place of a mask: a set of characters, or all but them. */
typedef struct MaskPart {
    const uint32_t *chars;
    uint32_t count;
    bool except;
} MaskPart;
typedef enum MaskKind { MASK_ANY, MASK_PARTS, MASK_REGEX } MaskKind;

typedef struct Affix {
    Str flag;
    unsigned flags;
    bool suffix;
    Str find, repl; /* the basic form has find where the word has repl */
    MaskKind mask;  /* what the basic form looks like */
    const MaskPart *parts;
    uint32_t part_count;
    Regex *regex;
    uint32_t number; /* order in the file */
} Affix;
typedef struct IspellWord {
    Str word, flags;
    unsigned compound;
} IspellWord;
typedef struct CompoundAffix {
    Str text;
    bool suffix;
} CompoundAffix;
typedef struct Ispell {
    Arena *arena;
    FlagMode mode;
    bool compounds;
    IspellWord *words; /* in order */
    uint32_t word_count;
    Affix *affixes; /* prefixes by repl, then suffixes by repl read backwards */
    uint32_t affix_count, first_suffix;
    CompoundAffix *compound_affixes;
    uint32_t compound_affix_count;
    TsStops stops;
} Ispell;

/* The next flag of a set; false at its end. Errors: F0000. */
Status ispell_next_flag(FlagMode mode, Str *set, Str *flag_out, bool *found_out);
/* Does the set have the flag? An empty flag is in every set. */
bool ispell_has_flag(FlagMode mode, Str set, Str flag);
/* Byte order from the end of a suffix, from the beginning of a prefix. */
int ispell_order(bool suffix, Str a, Str b);

Status ispell_read(Ispell *spell, Str affix_text, Str dict_text);

#endif
