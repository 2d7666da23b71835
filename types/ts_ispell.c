/*
 * ts_ispell.c: words taken back to their basic forms by the affix rules of a spelling dictionary, and
 * compounds to their parts.
 */
#include "types/ts_ispell_int.h"

#define FORMS_MAX 1023
#define WORD_MAX 256      /* bytes of a word that has forms */
#define SPLIT_MAX 100000u /* attempts to split one compound */

typedef struct Forms {
    Arena *arena;
    VEC(Str) items;
} Forms;

/* ---- words ---- */

static const IspellWord *word_entry(const Ispell *s, Str word) {
    uint32_t low = 0, high = s->word_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = str_compare(s->words[middle].word, word);
        if (order == 0)
            return &s->words[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
/* Is it a basic form that takes the affix, where in a compound the place is? */
static bool is_word(const Ispell *s, Str word, Str affix_flag, unsigned place) {
    const IspellWord *w = word_entry(s, word);
    place &= ISPELL_COMPOUND_MASK;
    if (w == NULL)
        return false;
    if (place == 0 ? (w->compound & ISPELL_ONLY_COMPOUND) != 0 : (place & w->compound) == 0)
        return false;
    return ispell_has_flag(s->mode, w->flags, affix_flag);
}
static void add_form(Forms *f, Str word) {
    if (f->items.count < FORMS_MAX &&
        (f->items.count == 0 || !str_equal(f->items.items[f->items.count - 1], word)))
        vec_push(&f->items, f->arena, word);
}

/* ---- affixes ---- */

static bool part_takes(const MaskPart *p, uint32_t c) {
    for (uint32_t i = 0; i < p->count; i++)
        if (p->chars[i] == c)
            return !p->except;
    return p->except;
}
static bool parts_match(const Affix *a, Str word) {
    size_t chars = utf8_length(word.data, word.len);
    if (chars < a->part_count)
        return false;
    size_t from = a->suffix ? utf8_offset(word.data, word.len, chars - a->part_count) : 0;
    const char *p = word.data + from;
    for (uint32_t i = 0; i < a->part_count; i++)
        if (!part_takes(&a->parts[i], utf8_decode(&p)))
            return false;
    return true;
}
static bool allowed(const Affix *a, unsigned place) {
    if (place == 0)
        return !(a->flags & ISPELL_ONLY_COMPOUND);
    if (a->flags & ISPELL_FORBID)
        return false;
    if (place & ISPELL_BEGIN)
        return (a->flags & ISPELL_BEGIN) || !a->suffix;
    if (place & ISPELL_MIDDLE)
        return (a->flags & ISPELL_MIDDLE) != 0;
    if (place & ISPELL_LAST)
        return (a->flags & ISPELL_LAST) || a->suffix;
    return true;
}
/* The word with the affix taken off, if the rule applies. base_len: of what a suffix left unchanged. */
static Status take_off(const Affix *a, Arena *arena, Str word, unsigned place, uint32_t *base_len,
                       Str *out, bool *done_out) {
    *done_out = false;
    if (!allowed(a, place) || word.len < a->repl.len)
        return STATUS_OK;
    uint32_t keep = word.len - a->repl.len;
    if (keep + a->find.len >= 2 * WORD_MAX)
        return STATUS_OK;
    char *text = arena_alloc(arena, (size_t)keep + a->find.len + 1);
    if (a->suffix) {
        memcpy(text, word.data, keep);
        memcpy(text + keep, a->find.data, a->find.len);
        if (base_len != NULL)
            *base_len = keep;
    } else {
        if (base_len != NULL && *base_len + a->find.len <= a->repl.len)
            return STATUS_OK;
        memcpy(text, a->find.data, a->find.len);
        memcpy(text + a->find.len, word.data + a->repl.len, keep);
    }
    *out = str_make(text, (size_t)keep + a->find.len);
    *done_out = a->mask == MASK_ANY || (a->mask == MASK_PARTS && parts_match(a, *out));
    if (a->mask == MASK_REGEX)
        return regex_search(a->regex, arena, *out, 0, NULL, 0, done_out);
    return STATUS_OK;
}
/* Affixes whose text the word begins or ends with, of len bytes: [first, end). */
static void affixes_of(const Ispell *s, bool suffix, Str word, uint32_t len, uint32_t *first_out,
                       uint32_t *end_out) {
    Str text = str_make(suffix ? word.data + word.len - len : word.data, len);
    uint32_t low = suffix ? s->first_suffix : 0, high = suffix ? s->affix_count : s->first_suffix;
    uint32_t last = high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ispell_order(suffix, s->affixes[middle].repl, text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *first_out = low;
    while (low < last && str_equal(s->affixes[low].repl, text))
        low++;
    *end_out = low;
}
/* Takes prefixes off; suffix: what was taken off before, or NULL. */
static Status without_prefixes(const Ispell *s, Str word, unsigned place, const Affix *suffix,
                               uint32_t *base_len, Forms *forms) {
    for (uint32_t len = 0; len <= word.len; len++) {
        uint32_t i, end;
        affixes_of(s, false, word, len, &i, &end);
        for (; i < end; i++) {
            const Affix *a = &s->affixes[i];
            Str base;
            bool done;
            TRY(take_off(a, forms->arena, word, place, base_len, &base, &done));
            bool cross = suffix != NULL && (a->flags & suffix->flags & ISPELL_CROSS);
            if (done && is_word(s, base, cross ? str_make("", 0) : a->flag, place))
                add_form(forms, base);
        }
    }
    return STATUS_OK;
}
static Status forms_of(const Ispell *s, Str word, unsigned place, Forms *forms) {
    forms->items.count = 0;
    if (word.len > WORD_MAX)
        return STATUS_OK;
    if (is_word(s, word, str_make("", 0), place))
        add_form(forms, word);
    TRY(without_prefixes(s, word, place, NULL, NULL, forms));
    for (uint32_t len = 0; len <= word.len; len++) {
        uint32_t i, end, base_len = 0;
        affixes_of(s, true, word, len, &i, &end);
        for (; i < end; i++) {
            Str base;
            bool done;
            TRY(take_off(&s->affixes[i], forms->arena, word, place, &base_len, &base, &done));
            if (!done)
                continue;
            if (is_word(s, base, s->affixes[i].flag, place))
                add_form(forms, base);
            TRY(without_prefixes(s, base, place, &s->affixes[i], &base_len, forms));
        }
    }
    return STATUS_OK;
}

/* ---- compounds ---- */

typedef struct Split {
    VEC(Str) stems;
    struct Split *next;
} Split;
/* The words that begin with what was read so far and go on. */
typedef struct Node {
    uint32_t low, high, depth;
} Node;
typedef struct Splitter {
    const Ispell *spell;
    Arena *arena;
    Str word;
    uint32_t attempts;
} Splitter;

static Split *copy_split(Splitter *sp, const Split *from) {
    Split *s = arena_new(sp->arena, Split);
    for (size_t i = 0; from != NULL && i < from->stems.count; i++)
        vec_push(&s->stems, sp->arena, from->stems.items[i]);
    return s;
}
static void append_split(Split *to, Split *what) {
    while (to->next != NULL)
        to = to->next;
    to->next = what;
}
/* One letter further: the word that ends there (NULL: none), and the words beyond. */
static bool step(const Ispell *s, Node *node, char c, const IspellWord **word_out) {
    uint32_t low = node->low, high = node->high, depth = node->depth;
    for (uint32_t end = high; low < end;) {
        uint32_t middle = low + (end - low) / 2;
        if ((uint8_t)s->words[middle].word.data[depth] < (uint8_t)c)
            low = middle + 1;
        else
            end = middle;
    }
    uint32_t first = low;
    for (uint32_t end = high; low < end;) {
        uint32_t middle = low + (end - low) / 2;
        if ((uint8_t)s->words[middle].word.data[depth] <= (uint8_t)c)
            low = middle + 1;
        else
            end = middle;
    }
    *word_out = NULL;
    if (first == low)
        return false;
    if (s->words[first].word.len == depth + 1)
        *word_out = &s->words[first++];
    *node = (Node){first, low, depth + 1};
    return true;
}
/* The next compound affix at (in_place) or behind the text; -1: none. Else bytes up to the word's end. */
static int next_affix(const Ispell *s, uint32_t *at, Str text, bool in_place) {
    while (*at < s->compound_affix_count) {
        const CompoundAffix *a = &s->compound_affixes[(*at)++];
        if (text.len <= a->text.len)
            continue;
        const char *hit =
            memmem(text.data, in_place ? a->text.len : text.len, a->text.data, a->text.len);
        if (hit != NULL)
            return a->suffix ? (int)a->text.len + (int)(hit - text.data) : 0;
    }
    return -1;
}
static Status split_word(Splitter *sp, const Node *from_node, const Split *orig, int start, int min,
                         Split **out);

/* Stems behind which a compound affix stands. */
static Status split_at_affixes(Splitter *sp, Split *var, int start, int min, int level,
                               bool in_node, bool *tried) {
    uint32_t at = 0;
    int len = (int)sp->word.len, found;
    Forms forms = {.arena = sp->arena};
    while (level > start &&
           (found = next_affix(sp->spell, &at,
                               str_make(sp->word.data + level, (size_t)(len - level)), in_node)) >=
               0) {
        int stem = level - start + found;
        if (start + stem > len || stem <= 0 || tried[start + stem - 1] || level + stem - 1 <= min ||
            stem >= WORD_MAX)
            continue;
        unsigned place = level == 0 ? ISPELL_BEGIN : level == len - 1 ? ISPELL_LAST : ISPELL_MIDDLE;
        TRY(forms_of(sp->spell, str_make(sp->word.data + start, (size_t)stem), place, &forms));
        if (forms.items.count == 0)
            continue;
        Split *more = copy_split(sp, var), *rest;
        tried[start + stem - 1] = true;
        for (size_t i = 0; i < forms.items.count; i++)
            vec_push(&more->stems, sp->arena, forms.items.items[i]);
        TRY(split_word(sp, NULL, more, start + stem, start + stem, &rest));
        append_split(var, rest);
    }
    return STATUS_OK;
}
static Status split_word(Splitter *sp, const Node *from_node, const Split *orig, int start, int min,
                         Split **out) {
    int len = (int)sp->word.len, level = from_node != NULL ? min : start;
    const Node root = {0, sp->spell->word_count, 0};
    Node node = from_node != NULL ? *from_node : root;
    bool in_node = true;
    bool *tried = arena_zalloc(sp->arena, (size_t)len + 1);
    Split *var = *out = copy_split(sp, orig);
    for (; level < len && ++sp->attempts < SPLIT_MAX; level++) {
        const IspellWord *w = NULL;
        TRY(split_at_affixes(sp, var, start, min, level, in_node, tried));
        if (!in_node)
            break;
        Node before = node;
        if (!step(sp->spell, &node, sp->word.data[level], &w)) {
            in_node = false;
            continue;
        }
        unsigned place = start == 0 ? ISPELL_BEGIN : level == len - 1 ? ISPELL_LAST : ISPELL_MIDDLE;
        if (w != NULL && (w->compound & place) && !tried[level] && level > min) {
            if (len == level + 1)
                break;
            Split *longer;
            TRY(split_word(sp, &before, var, start, level, &longer));
            append_split(var, longer);
            Str stem = str_make(sp->word.data + start, (size_t)(level + 1 - start));
            vec_push(&var->stems, sp->arena, stem);
            node = root;
            start = level + 1;
            continue;
        }
        in_node = node.low < node.high;
    }
    Str last = str_make(sp->word.data + start, (size_t)(len - start));
    vec_push(&var->stems, sp->arena, last);
    return STATUS_OK;
}

/* ---- lexing ---- */

typedef VEC(TsLexed) Lexemes;

static void add_lexeme(Arena *arena, Lexemes *all, Str text, uint16_t variant) {
    TsLexed l = {.text = text, .variant = variant};
    if (all->count < FORMS_MAX)
        vec_push(all, arena, l);
}
static Status add_compounds(const Ispell *s, Arena *arena, Str word, uint16_t variant,
                            Lexemes *all) {
    Splitter sp = {.spell = s, .arena = arena, .word = word};
    Forms forms = {.arena = arena};
    Split *split;
    if (word.len > WORD_MAX)
        return STATUS_OK;
    TRY(split_word(&sp, NULL, NULL, 0, -1, &split));
    for (; split != NULL; split = split->next) {
        size_t n = split->stems.count;
        if (n < 2)
            continue;
        TRY(forms_of(s, split->stems.items[n - 1], ISPELL_LAST, &forms));
        for (size_t i = 0; i < forms.items.count; i++, variant++) {
            for (size_t k = 0; k + 1 < n; k++)
                add_lexeme(arena, all, split->stems.items[k], variant);
            add_lexeme(arena, all, forms.items.items[i], variant);
        }
    }
    return STATUS_OK;
}
static Status ispell_lexize(const TsDict *dict, Arena *arena, Str word, TsPhrase *phrase,
                            TsLexing *out) {
    const Ispell *s = dict->data;
    Forms forms = {.arena = arena};
    Lexemes all = {0};
    *out = (TsLexing){0};
    if (word.len == 0)
        return STATUS_OK;
    Str lower = ts_lower(arena, word);
    TRY(forms_of(s, lower, 0, &forms));
    for (size_t i = 0; i < forms.items.count; i++)
        add_lexeme(arena, &all, forms.items.items[i], (uint16_t)(i + 1));
    if (s->compounds)
        TRY(add_compounds(s, arena, lower, (uint16_t)(forms.items.count + 1), &all));
    out->known = all.count > 0;
    for (size_t i = 0; i < all.count; i++)
        if (!ts_stops_have(&s->stops, all.items[i].text))
            all.items[out->count++] = all.items[i];
    out->lexemes = all.items;
    return STATUS_OK;
}
Status ts_ispell_init(EvalEnv *env, TsDict *dict, const TsOptions *options) {
    Ispell *s = arena_new(dict->arena, Ispell);
    static const char *const names[] = {"dictfile", "afffile", "stopwords"};
    static const char *const shown[] = {"DictFile", "AffFile", "StopWords"};
    const char *values[3] = {NULL, NULL, NULL}, *path;
    Str dict_text = str_make("", 0), affix_text = dict_text;
    s->arena = dict->arena;
    for (uint32_t i = 0; i < options->count; i++) {
        const TsOption *o = &options->items[i];
        int k = 0;
        while (k < 3 && strcmp(o->name, names[k]) != 0)
            k++;
        if (k == 3)
            return error(ERR_INVALID_PARAMETER_VALUE, "unrecognized Ispell parameter: \"%s\"",
                         o->name);
        if (values[k] != NULL)
            return error(ERR_INVALID_PARAMETER_VALUE, "multiple %s parameters", shown[k]);
        values[k] = o->value;
    }
    if (values[0] != NULL)
        TRY(ts_file_read(env, dict->arena, str_from_cstr(values[0]), "dict", "dictionary",
                         &dict_text, &path));
    if (values[1] != NULL)
        TRY(ts_file_read(env, dict->arena, str_from_cstr(values[1]), "affix", "affix", &affix_text,
                         &path));
    if (values[2] != NULL)
        TRY(ts_stops_read(env, dict->arena, str_from_cstr(values[2]), &s->stops));
    for (int k = 1; k >= 0; k--)
        if (values[k] == NULL)
            return error(ERR_INVALID_PARAMETER_VALUE, "missing %s parameter", shown[k]);
    TRY(ispell_read(s, affix_text, dict_text));
    dict->data = s;
    dict->lexize = ispell_lexize;
    return STATUS_OK;
}
