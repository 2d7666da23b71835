/*
 * regex.h: PostgreSQL's advanced regular expressions. Private to types/.
 *
 * A pattern becomes a tree whose nodes each own a piece of one NFA. A match's extent is found by
 * simulating the NFA (leftmost start; then the longest or the shortest end, as the pattern prefers);
 * captures are then found by dissecting the matched text along the tree: every node divides its text among
 * its children by their own preferences, trying again where a later part fails. Back references are
 * looked at only in the dissection; in the NFA they stand for the pattern that they refer to.
 */
#ifndef TYPES_REGEX_H
#define TYPES_REGEX_H

#include "types/types_int.h"

#define REGEX_NO_CASE 1u
#define REGEX_LITERAL 2u
#define REGEX_EXPANDED 4u
#define REGEX_NL_STOP 8u    /* . and [^ do not match newline */
#define REGEX_NL_ANCHOR 16u /* ^ and $ match at lines */
#define REGEX_ERE 32u       /* no escapes of ARE */

#define REGEX_INFINITE 256
#define REGEX_DUP_MAX 255

typedef struct CharRange {
    uint32_t low, high;
} CharRange;
typedef struct CharSet {
    uint64_t bits[4]; /* characters below 256 */
    CharRange *ranges;
    uint32_t range_count;
    bool negated;
} CharSet;

typedef enum RegexNodeKind {
    RE_EMPTY,
    RE_SET,
    RE_CONCAT,
    RE_ALT,
    RE_REPEAT,
    RE_CAPTURE,
    RE_BACKREF,
    RE_ASSERT,
    RE_LOOK
} RegexNodeKind;

typedef enum AssertKind {
    AT_LINE_START,
    AT_LINE_END,
    AT_TEXT_START,
    AT_TEXT_END,
    AT_WORD_START,
    AT_WORD_END,
    AT_WORD_EDGE,
    AT_NO_WORD_EDGE
} AssertKind;

typedef enum Preference { PREFER_NONE, PREFER_LONG, PREFER_SHORT } Preference;

typedef struct RegexNode {
    RegexNodeKind kind;
    Preference preference;
    bool has_capture, has_backref;  /* in the subtree */
    struct RegexNode *left, *right; /* RE_CONCAT, RE_ALT: both; others: left */
    CharSet *set;
    int min, max; /* RE_REPEAT; max REGEX_INFINITE: no limit */
    int capture;  /* RE_CAPTURE, RE_BACKREF: 1-based */
    AssertKind assertion;
    bool behind, negative; /* RE_LOOK */
    int start, accept;     /* states; -1 before compilation */
} RegexNode;

typedef struct NfaState {
    enum { NFA_SET, NFA_EPSILON, NFA_ASSERT, NFA_LOOK } kind;
    int out1, out2; /* -1: none */
    const CharSet *set;
    const RegexNode *node;
} NfaState;

typedef struct Regex {
    Arena *arena;
    RegexNode *root;
    VEC(NfaState) states;
    int capture_count;
    unsigned flags;
    RegexNode **captures; /* [capture_count + 1] */
    bool anchored;        /* can match at the text's start only */
    bool has_backref;
    int32_t first_byte; /* -1: any */
} Regex;

typedef struct RegexMatch {
    int32_t start, end; /* byte offsets; -1: took no part */
} RegexMatch;

/* Flag letters of SQL functions. *global_out may be NULL where "g" is not allowed. */
Status regex_flags(Str text, unsigned *flags_out, bool *global_out, const char *function);
/* Errors: 2201B. The regex lives on arena. */
Status regex_compile(Arena *arena, Str pattern, unsigned flags, Regex **regex_out);
Status regex_nfa_build(Regex *regex);
/*
 * The first match that starts at or after from. matches[0..count): the whole, then captures; count 0:
 * only whether. scratch is given back. Errors: 53200, 54001.
 */
Status regex_search(const Regex *regex, Arena *scratch, Str text, int32_t from, RegexMatch *matches,
                    int count, bool *found_out);

bool charset_has(const CharSet *set, uint32_t c);
bool regex_is_word_char(uint32_t c);

#endif
