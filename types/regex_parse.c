/* regex_parse.c: the syntax of regular expressions. */
#include "types/regex.h"

typedef struct Parser {
    Arena *arena;
    const char *p, *end;
    unsigned flags;
    int captures;
    VEC(RegexNode *) groups; /* by number, from 1; NULL while open */
    int depth;
    bool has_backref;
    int looks; /* open lookarounds */
} Parser;

static Status bad(const char *what) {
    return error(ERR_INVALID_REGULAR_EXPRESSION, "invalid regular expression: %s", what);
}
#define BAD_ESCAPE bad("invalid escape \\ sequence")
#define BAD_PAREN bad("parentheses () not balanced")
#define BAD_BRACKET bad("brackets [] not balanced")

static RegexNode *node_new(Parser *q, RegexNodeKind kind) {
    RegexNode *n = arena_new(q->arena, RegexNode);
    n->kind = kind;
    n->start = n->accept = -1;
    return n;
}
static RegexNode *pair(Parser *q, RegexNodeKind kind, RegexNode *left, RegexNode *right) {
    RegexNode *n = node_new(q, kind);
    n->left = left;
    n->right = right;
    n->has_capture = left->has_capture || right->has_capture;
    n->has_backref = left->has_backref || right->has_backref;
    n->preference = kind == RE_ALT                    ? PREFER_LONG
                    : left->preference != PREFER_NONE ? left->preference
                                                      : right->preference;
    return n;
}

/* ---- character sets ---- */
bool regex_is_word_char(uint32_t c) {
    return c < 128 && (is_alpha((char)c) || is_digit((char)c) || c == '_');
}
bool charset_has(const CharSet *set, uint32_t c) {
    if (c < 256)
        return (set->bits[c / 64] >> (c % 64) & 1) != set->negated;
    for (uint32_t i = 0; i < set->range_count; i++)
        if (c >= set->ranges[i].low && c <= set->ranges[i].high)
            return !set->negated;
    return set->negated;
}
static void set_add_range(Parser *q, CharSet *set, uint32_t low, uint32_t high) {
    for (uint32_t c = low; c <= high && c < 256; c++) {
        set->bits[c / 64] |= UINT64_C(1) << (c % 64);
        if (q->flags & REGEX_NO_CASE && c < 128) {
            uint32_t other = (uint32_t)(is_alpha((char)c) ? c ^ 32 : c);
            set->bits[other / 64] |= UINT64_C(1) << (other % 64);
        }
    }
    if (high < 256)
        return;
    CharRange *ranges = arena_array(q->arena, CharRange, set->range_count + 1);
    if (set->range_count > 0)
        memcpy(ranges, set->ranges, set->range_count * sizeof(CharRange));
    ranges[set->range_count++] = (CharRange){MAX(low, 256), high};
    set->ranges = ranges;
}
static RegexNode *set_node(Parser *q, CharSet **set_out) {
    RegexNode *n = node_new(q, RE_SET);
    n->set = *set_out = arena_new(q->arena, CharSet);
    return n;
}
static RegexNode *char_node(Parser *q, uint32_t c) {
    CharSet *set;
    RegexNode *n = set_node(q, &set);
    set_add_range(q, set, c, c);
    return n;
}
static bool add_class(Parser *q, CharSet *set, const char *name, size_t len) {
    static const struct {
        const char *name, *ranges; /* pairs of ends */
    } classes[] = {
        {"alnum", "09AZaz"},
        {"alpha", "AZaz"},
        {"ascii", "\1\x7f"},
        {"blank", "\t\t  "},
        {"cntrl", "\1\x1f\x7f\x7f"},
        {"digit", "09"},
        {"graph", "!~"},
        {"lower", "az"},
        {"print", " ~"},
        {"punct", "!/:@[`{~"},
        {"space", "\t\r  "},
        {"upper", "AZ"},
        {"xdigit", "09AFaf"},
        {"word", "09AZaz__"},
    };
    if (q->flags & REGEX_NO_CASE &&
        (text_is_word(name, len, "lower") || text_is_word(name, len, "upper")))
        name = "alpha", len = 5;
    for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
        if (strlen(classes[i].name) != len || memcmp(classes[i].name, name, len) != 0)
            continue;
        for (const char *r = classes[i].ranges; *r != '\0'; r += 2)
            set_add_range(q, set, (uint8_t)r[0], (uint8_t)r[1]);
        return true;
    }
    return false;
}
/* \d \w \s and their opposites. An opposite inside brackets is added as ranges. */
static void add_escape_class(Parser *q, CharSet *set, char letter) {
    CharSet own = {0};
    char lower = to_lower(letter);
    const char *name = lower == 'd' ? "digit" : lower == 'w' ? "word" : "space";
    add_class(q, &own, name, strlen(name));
    if (lower == letter) {
        for (int i = 0; i < 4; i++)
            set->bits[i] |= own.bits[i];
        return;
    }
    for (int i = 0; i < 4; i++)
        set->bits[i] |= ~own.bits[i];
    set_add_range(q, set, 256, 0x10ffff);
}

static int hex_digit(char c) {
    c = to_lower(c);
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
static Status hex_escape(Parser *q, int width, uint32_t *c_out) {
    uint32_t c = 0;
    for (int i = 0; i < width; i++) {
        int d = q->p < q->end ? hex_digit(*q->p) : -1;
        if (d < 0)
            return BAD_ESCAPE;
        c = c << 4 | (uint32_t)d;
        q->p++;
    }
    if (c > 0x10ffff)
        return BAD_ESCAPE;
    *c_out = c;
    return STATUS_OK;
}
/* A character's escape behind the backslash: \n \x41 \u00e9 \012 ...; *is_char false: another kind,
 * nothing taken. */
static Status char_escape(Parser *q, uint32_t *c_out, bool *is_char) {
    static const char from[] = "abefnrtv0";
    static const char to[] = "\a\b\033\f\n\r\t\v";
    char letter = *q->p;
    *is_char = true;
    if (!is_alpha(letter) && !is_digit(letter)) {
        *c_out = utf8_decode(&q->p);
        return STATUS_OK;
    }
    const char *found = letter == '0' ? NULL : strchr(from, letter);
    if (letter == 'B') {
        q->p++;
        *c_out = '\\';
        return STATUS_OK;
    }
    if (found != NULL && letter != '0') {
        q->p++;
        *c_out = (uint8_t)to[found - from];
        return STATUS_OK;
    }
    switch (letter) {
    case 'c':
        if (q->p + 1 >= q->end)
            return BAD_ESCAPE;
        *c_out = (uint32_t)(q->p[1] & 31);
        q->p += 2;
        return STATUS_OK;
    case 'u':
        q->p++;
        return hex_escape(q, 4, c_out);
    case 'U':
        q->p++;
        return hex_escape(q, 8, c_out);
    case 'x': {
        uint32_t c = 0;
        int n = 0;
        for (q->p++; q->p < q->end && hex_digit(*q->p) >= 0 && n < 8; q->p++, n++)
            c = c << 4 | (uint32_t)hex_digit(*q->p);
        if (n == 0 || c > 0x10ffff)
            return BAD_ESCAPE;
        *c_out = c;
        return STATUS_OK;
    }
    case '0': {
        uint32_t c = 0;
        for (int n = 0; n < 3 && q->p < q->end && *q->p >= '0' && *q->p <= '7'; n++, q->p++)
            c = c * 8 + (uint32_t)(*q->p - '0');
        *c_out = c;
        return STATUS_OK;
    }
    default:
        *is_char = false;
        return STATUS_OK;
    }
}

/* ---- bracket expressions ---- */
static Status bracket_item(Parser *q, CharSet *set, uint32_t *c_out, bool *is_char) {
    *is_char = true;
    if (q->p + 1 < q->end && *q->p == '[' && strchr(":.=", q->p[1]) != NULL) {
        char kind = q->p[1], close[3] = {kind, ']', '\0'};
        const char *name = q->p + 2;
        const char *stop = memmem(name, (size_t)(q->end - name), close, 2);
        if (stop == NULL)
            return BAD_BRACKET;
        q->p = stop + 2;
        if (kind == ':') {
            *is_char = false;
            return add_class(q, set, name, (size_t)(stop - name)) ? STATUS_OK
                                                                  : bad("invalid character class");
        }
        const char *c = name;
        if (stop == name)
            return bad("invalid collating element");
        *c_out = utf8_decode(&c);
        return c == stop ? STATUS_OK : bad("invalid collating element");
    }
    if (*q->p == '\\' && !(q->flags & REGEX_ERE)) {
        if (++q->p >= q->end)
            return BAD_ESCAPE;
        if (strchr("dwsDWS", *q->p) != NULL) {
            add_escape_class(q, set, *q->p++);
            *is_char = false;
            return STATUS_OK;
        }
        TRY(char_escape(q, c_out, is_char));
        return *is_char ? STATUS_OK : BAD_ESCAPE;
    }
    *c_out = utf8_decode(&q->p);
    return STATUS_OK;
}
static Status parse_bracket(Parser *q, RegexNode **out) {
    CharSet *set;
    *out = set_node(q, &set);
    bool negated = q->p < q->end && *q->p == '^', first = true;
    q->p += negated;
    for (;; first = false) {
        uint32_t low, high;
        bool is_char;
        if (q->p >= q->end)
            return BAD_BRACKET;
        if (*q->p == ']' && !first)
            break;
        TRY(bracket_item(q, set, &low, &is_char));
        bool range = q->p + 1 < q->end && *q->p == '-' && q->p[1] != ']';
        if (!is_char) {
            if (range)
                return bad("invalid character range");
            continue;
        }
        high = low;
        if (range) {
            q->p++;
            TRY(bracket_item(q, set, &high, &is_char));
            if (!is_char || high < low)
                return bad("invalid character range");
        }
        set_add_range(q, set, low, high);
    }
    q->p++;
    if (negated && q->flags & REGEX_NL_STOP)
        set_add_range(q, set, '\n', '\n');
    set->negated = negated;
    return STATUS_OK;
}

/* ---- atoms ---- */
static RegexNode *assert_node(Parser *q, AssertKind kind) {
    RegexNode *n = node_new(q, RE_ASSERT);
    n->assertion = kind;
    return n;
}
static Status parse_alternatives(Parser *q, RegexNode **out);

static Status parse_group(Parser *q, RegexNode **out) {
    RegexNode *inner;
    int number = 0;
    bool look = false, behind = false, negative = false;
    if (q->p + 1 < q->end && *q->p == '?') {
        char c = q->p[1];
        if (c == ':') {
            q->p += 2;
        } else if (c == '=' || c == '!') {
            look = true;
            negative = c == '!';
            q->p += 2;
        } else if (c == '<' && q->p + 2 < q->end && (q->p[2] == '=' || q->p[2] == '!')) {
            look = behind = true;
            negative = q->p[2] == '!';
            q->p += 3;
        } else if (c == '#') {
            while (q->p < q->end && *q->p != ')')
                q->p++;
            if (q->p >= q->end)
                return BAD_PAREN;
            q->p++;
            *out = node_new(q, RE_EMPTY);
            return STATUS_OK;
        } else {
            return bad("quantifier operand invalid");
        }
    } else {
        number = ++q->captures;
        vec_push(&q->groups, q->arena, NULL);
    }
    q->looks += look;
    TRY(parse_alternatives(q, &inner));
    q->looks -= look;
    if (q->p >= q->end || *q->p != ')')
        return BAD_PAREN;
    q->p++;
    *out = inner;
    if (look) {
        RegexNode *n = *out = node_new(q, RE_LOOK);
        n->left = inner;
        n->behind = behind;
        n->negative = negative;
    } else if (number > 0) {
        RegexNode *n = *out = node_new(q, RE_CAPTURE);
        n->left = inner;
        n->capture = number;
        n->has_capture = true;
        n->has_backref = inner->has_backref;
        n->preference = inner->preference;
        q->groups.items[number - 1] = n;
    }
    return STATUS_OK;
}

static Status parse_escape(Parser *q, RegexNode **out) {
    static const char letters[] = "AZmMyY<>";
    static const AssertKind kinds[] = {AT_TEXT_START, AT_TEXT_END,     AT_WORD_START, AT_WORD_END,
                                       AT_WORD_EDGE,  AT_NO_WORD_EDGE, AT_WORD_START, AT_WORD_END};
    uint32_t c;
    bool is_char;
    if (q->p >= q->end)
        return BAD_ESCAPE;
    char letter = *q->p;
    if (q->flags & REGEX_ERE) {
        *out = char_node(q, utf8_decode(&q->p));
        return STATUS_OK;
    }
    const char *found = letter == '<' || letter == '>' ? NULL : strchr(letters, letter);
    if (found != NULL) {
        q->p++;
        *out = assert_node(q, kinds[found - letters]);
        return STATUS_OK;
    }
    if (strchr("dwsDWS", letter) != NULL) {
        CharSet *set;
        *out = set_node(q, &set);
        add_escape_class(q, set, letter);
        q->p++;
        return STATUS_OK;
    }
    if (letter >= '1' && letter <= '9') {
        int number = 0;
        const char *start = q->p;
        while (q->p < q->end && is_digit(*q->p) && number < 1000)
            number = number * 10 + (*q->p++ - '0');
        if (q->p > start + 1 && number > q->captures) {
            /* More digits than there are groups: an octal character. */
            q->p = start;
            c = 0;
            for (int n = 0; n < 3 && q->p < q->end && *q->p >= '0' && *q->p <= '7'; n++, q->p++)
                c = c * 8 + (uint32_t)(*q->p - '0');
            *out = char_node(q, c);
            return STATUS_OK;
        }
        if (number > q->captures || q->groups.items[number - 1] == NULL || q->looks > 0)
            return bad("invalid backreference number");
        RegexNode *n = *out = node_new(q, RE_BACKREF);
        n->capture = number;
        n->has_backref = true;
        q->has_backref = true;
        return STATUS_OK;
    }
    TRY(char_escape(q, &c, &is_char));
    if (!is_char)
        return BAD_ESCAPE;
    *out = char_node(q, c);
    return STATUS_OK;
}

static void skip_expanded(Parser *q) {
    if (!(q->flags & REGEX_EXPANDED))
        return;
    for (; q->p < q->end; q->p++) {
        if (*q->p == '#')
            while (q->p < q->end && *q->p != '\n')
                q->p++;
        else if (!is_space(*q->p))
            return;
        if (q->p >= q->end)
            return;
    }
}

static Status parse_atom(Parser *q, RegexNode **out) {
    char c = *q->p;
    CharSet *set;
    switch (c) {
    case '(':
        q->p++;
        return parse_group(q, out);
    case '[':
        if (q->end - q->p >= 7 &&
            (memcmp(q->p, "[[:<:]]", 7) == 0 || memcmp(q->p, "[[:>:]]", 7) == 0)) {
            *out = assert_node(q, q->p[3] == '<' ? AT_WORD_START : AT_WORD_END);
            q->p += 7;
            return STATUS_OK;
        }
        q->p++;
        return parse_bracket(q, out);
    case '.':
        q->p++;
        *out = set_node(q, &set);
        if (q->flags & REGEX_NL_STOP)
            set_add_range(q, set, '\n', '\n');
        set->negated = true;
        return STATUS_OK;
    case '^':
        q->p++;
        *out = assert_node(q, q->flags & REGEX_NL_ANCHOR ? AT_LINE_START : AT_TEXT_START);
        return STATUS_OK;
    case '$':
        q->p++;
        *out = assert_node(q, q->flags & REGEX_NL_ANCHOR ? AT_LINE_END : AT_TEXT_END);
        return STATUS_OK;
    case '\\':
        q->p++;
        return parse_escape(q, out);
    case '*':
    case '+':
    case '?':
        return bad("quantifier operand invalid");
    case '{':
        if (q->p + 1 < q->end && is_digit(q->p[1]))
            return bad("quantifier operand invalid");
        break;
    default:
        break;
    }
    *out = char_node(q, utf8_decode(&q->p));
    return STATUS_OK;
}

static Status parse_count(Parser *q, int *out) {
    int v = 0;
    if (q->p >= q->end || !is_digit(*q->p))
        return bad("invalid repetition count(s)");
    while (q->p < q->end && is_digit(*q->p)) {
        v = v * 10 + (*q->p++ - '0');
        if (v > REGEX_DUP_MAX)
            return bad("invalid repetition count(s)");
    }
    *out = v;
    return STATUS_OK;
}
/* group: the atom is (?:...), which may hold a mere constraint. */
static Status parse_quantifier(Parser *q, bool group, RegexNode **atom) {
    int min, max;
    skip_expanded(q);
    if (q->p >= q->end)
        return STATUS_OK;
    switch (*q->p) {
    case '*':
        min = 0, max = REGEX_INFINITE;
        q->p++;
        break;
    case '+':
        min = 1, max = REGEX_INFINITE;
        q->p++;
        break;
    case '?':
        min = 0, max = 1;
        q->p++;
        break;
    case '{':
        if (q->p + 1 >= q->end || !is_digit(q->p[1]))
            return STATUS_OK;
        q->p++;
        TRY(parse_count(q, &min));
        max = min;
        if (q->p < q->end && *q->p == ',') {
            q->p++;
            max = REGEX_INFINITE;
            if (q->p < q->end && is_digit(*q->p))
                TRY(parse_count(q, &max));
        }
        if (q->p >= q->end)
            return bad("braces {} not balanced");
        if (*q->p != '}' || max < min)
            return bad("invalid repetition count(s)");
        q->p++;
        break;
    default:
        return STATUS_OK;
    }
    bool lazy = q->p < q->end && *q->p == '?' && !(q->flags & REGEX_ERE);
    q->p += lazy;
    if (q->p < q->end && strchr("*+?", *q->p) != NULL)
        return bad("quantifier operand invalid");
    if (!group && ((*atom)->kind == RE_ASSERT || (*atom)->kind == RE_LOOK))
        return bad("quantifier operand invalid");
    RegexNode *n = node_new(q, RE_REPEAT);
    n->left = *atom;
    n->min = min;
    n->max = max;
    n->has_capture = (*atom)->has_capture;
    n->has_backref = (*atom)->has_backref;
    n->preference = min == max ? (*atom)->preference : lazy ? PREFER_SHORT : PREFER_LONG;
    /* {1,1}? marks a preference, as SIMILAR's translation needs. */
    if (min == 1 && max == 1)
        n->preference = lazy ? PREFER_SHORT : PREFER_LONG;
    *atom = n;
    return STATUS_OK;
}

static Status parse_branch(Parser *q, RegexNode **out) {
    RegexNode *branch = NULL;
    for (;;) {
        RegexNode *atom;
        skip_expanded(q);
        if (q->p >= q->end || *q->p == '|' || (*q->p == ')' && q->depth > 1))
            break;
        if (*q->p == ')' && !(q->flags & REGEX_ERE))
            return BAD_PAREN;
        bool group = q->end - q->p >= 3 && memcmp(q->p, "(?:", 3) == 0;
        TRY(parse_atom(q, &atom));
        TRY(parse_quantifier(q, group, &atom));
        branch = branch == NULL ? atom : pair(q, RE_CONCAT, branch, atom);
    }
    *out = branch != NULL ? branch : node_new(q, RE_EMPTY);
    return STATUS_OK;
}
/* Left-leaning chains become right-leaning: a dissection fixes the first part first. */
static RegexNode *lean_right(Parser *q, RegexNode *n, RegexNodeKind kind) {
    if (n->kind != kind || n->left->kind != kind)
        return n;
    RegexNode *chain = n->right, *head = n->left;
    while (head->kind == kind) {
        chain = pair(q, kind, head->right, chain);
        head = head->left;
    }
    return pair(q, kind, head, chain);
}
static Status parse_alternatives(Parser *q, RegexNode **out) {
    RegexNode *branch;
    q->depth++;
    if (!fiber_stack_fits())
        return error(ERR_INVALID_REGULAR_EXPRESSION,
                     "invalid regular expression: regular expression is too complex");
    TRY(parse_branch(q, &branch));
    RegexNode *all = lean_right(q, branch, RE_CONCAT);
    while (q->p < q->end && *q->p == '|') {
        q->p++;
        TRY(parse_branch(q, &branch));
        all = pair(q, RE_ALT, all, lean_right(q, branch, RE_CONCAT));
    }
    *out = lean_right(q, all, RE_ALT);
    q->depth--;
    return STATUS_OK;
}

Status regex_flags(Str text, unsigned *flags_out, bool *global_out, const char *function) {
    unsigned flags = *flags_out;
    if (global_out != NULL)
        *global_out = false;
    for (uint32_t i = 0; i < text.len; i++) {
        switch (text.data[i]) {
        case 'g':
            if (global_out == NULL)
                return status_hint(error(ERR_INVALID_PARAMETER_VALUE,
                                         "%s does not support the \"global\" option", function),
                                   "Use the regexp_matches function instead.");
            *global_out = true;
            break;
        case 'b':
        case 'e':
            flags |= REGEX_ERE;
            break;
        case 'c':
            flags &= ~REGEX_NO_CASE;
            break;
        case 'i':
            flags |= REGEX_NO_CASE;
            break;
        case 'm':
        case 'n':
            flags |= REGEX_NL_STOP | REGEX_NL_ANCHOR;
            break;
        case 'p':
            flags = (flags | REGEX_NL_STOP) & ~REGEX_NL_ANCHOR;
            break;
        case 'q':
            flags |= REGEX_LITERAL;
            break;
        case 's':
            flags &= ~(REGEX_NL_STOP | REGEX_NL_ANCHOR);
            break;
        case 't':
            flags &= ~REGEX_EXPANDED;
            break;
        case 'w':
            flags = (flags & ~REGEX_NL_STOP) | REGEX_NL_ANCHOR;
            break;
        case 'x':
            flags |= REGEX_EXPANDED;
            break;
        default:
            return error(ERR_INVALID_PARAMETER_VALUE, "invalid regular expression option: \"%.*s\"",
                         (int)utf8_char_bytes((uint8_t)text.data[i]), text.data + i);
        }
    }
    *flags_out = flags;
    return STATUS_OK;
}

/* "***:", "***=" and "(?flags)" in front. */
static Status parse_prefix(Parser *q) {
    if (q->end - q->p >= 4 && memcmp(q->p, "***", 3) == 0) {
        if (q->p[3] == '=')
            q->flags |= REGEX_LITERAL;
        else if (q->p[3] == ':')
            q->flags &= ~REGEX_ERE;
        else
            return bad("quantifier operand invalid");
        q->p += 4;
    }
    if (!(q->flags & (REGEX_LITERAL | REGEX_ERE)) && q->end - q->p >= 3 && q->p[0] == '(' &&
        q->p[1] == '?' && is_alpha(q->p[2])) {
        const char *close = memchr(q->p, ')', (size_t)(q->end - q->p));
        const char *first = q->p + 2;
        for (const char *c = first; close != NULL && c < close; c++)
            if (strchr("bceimnpqstwx", *c) == NULL)
                return bad("invalid embedded option");
        if (close == NULL)
            return bad("invalid embedded option");
        TRY(regex_flags(str_make(first, (size_t)(close - first)), &q->flags, NULL, ""));
        q->p = close + 1;
    }
    return STATUS_OK;
}

/* A byte that every match begins with, and whether it can begin at the text's start only. */
static void find_start(Regex *regex) {
    const RegexNode *n = regex->root;
    regex->first_byte = -1;
    for (;;) {
        if (n->kind == RE_CONCAT || n->kind == RE_CAPTURE || (n->kind == RE_REPEAT && n->min > 0))
            n = n->left;
        else
            break;
    }
    regex->anchored = n->kind == RE_ASSERT && n->assertion == AT_TEXT_START;
    if (n->kind != RE_SET || n->set->negated || n->set->range_count > 0)
        return;
    int only = -1;
    for (int c = 0; c < 256; c++)
        if (n->set->bits[c / 64] >> (c % 64) & 1) {
            if (only >= 0 || c >= 128)
                return;
            only = c;
        }
    regex->first_byte = only;
}

Status regex_compile(Arena *arena, Str pattern, unsigned flags, Regex **regex_out) {
    Parser q = {
        .arena = arena, .p = pattern.data, .end = pattern.data + pattern.len, .flags = flags};
    RegexNode *root;
    TRY(parse_prefix(&q));
    if (q.flags & REGEX_LITERAL) {
        root = node_new(&q, RE_EMPTY);
        RegexNode *last = NULL;
        while (q.p < q.end) {
            RegexNode *c = char_node(&q, utf8_decode(&q.p));
            root = last == NULL ? c : pair(&q, RE_CONCAT, root, c);
            last = c;
        }
        root = lean_right(&q, root, RE_CONCAT);
    } else {
        TRY(parse_alternatives(&q, &root));
        if (q.p < q.end)
            return BAD_PAREN;
    }
    Regex *regex = arena_new(arena, Regex);
    regex->arena = arena;
    regex->root = root;
    regex->flags = q.flags;
    regex->capture_count = q.captures;
    regex->captures = arena_array(arena, RegexNode *, (size_t)q.captures + 1);
    for (int i = 0; i < q.captures; i++)
        regex->captures[i + 1] = q.groups.items[i];
    regex->has_backref = q.has_backref;
    find_start(regex);
    TRY(regex_nfa_build(regex));
    *regex_out = regex;
    return STATUS_OK;
}
