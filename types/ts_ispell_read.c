/*
 * ts_ispell_read.c: the files of ispell, MySpell and Hunspell dictionaries.
 *
 * An affix file is read twice where it is of the new kind: first for the flags' form and the compound
 * flags, then for the affixes.
 */
#include "types/ts_ispell_int.h"

#include "base/map.h"

#include <stdlib.h>

#define FLAG_NUMBER_MAX 65535

typedef struct CompoundFlag {
    Str flag;
    unsigned value;
} CompoundFlag;
typedef struct Loader {
    Ispell *spell;
    Arena *arena;
    VEC(Affix) affixes;
    VEC(CompoundFlag) compound_flags;
    VEC(Str) aliases; /* number 0 stands for no flags */
    bool has_aliases;
    int64_t alias_max;
} Loader;

static Status file_error(const char *what, Str text) {
    return error(ERR_CONFIG_FILE_ERROR, "%s \"%.*s\"", what, (int)text.len, text.data);
}
static Str rest_of(Str s, uint32_t from) {
    from = from > s.len ? s.len : from;
    return str_make(s.data + from, s.len - from);
}
static bool starts_with(Str s, const char *word) {
    size_t n = strlen(word);
    return s.len >= n && memcmp(s.data, word, n) == 0;
}
static Str skip_space(Str s) {
    uint32_t i = 0;
    while (i < s.len && is_space(s.data[i]))
        i++;
    return rest_of(s, i);
}
static Str next_field(Str *line) {
    *line = skip_space(*line);
    uint32_t n = 0;
    if (line->len > 0 && line->data[0] == '#')
        return str_make("", 0);
    while (n < line->len && !is_space(line->data[n]))
        n++;
    Str field = str_make(line->data, n);
    *line = rest_of(*line, n);
    return field;
}

/* ---- flags ---- */

static Status number_flag(Str *set, Str *flag_out) {
    uint32_t n = 0;
    uint64_t value = 0;
    bool comma = false;
    for (; n < set->len && is_digit(set->data[n]); n++)
        value = value > FLAG_NUMBER_MAX ? value : value * 10 + (uint64_t)(set->data[n] - '0');
    if (n == 0)
        return file_error("invalid affix flag", *set);
    if (value > FLAG_NUMBER_MAX)
        return error(ERR_CONFIG_FILE_ERROR, "affix flag \"%.*s\" is out of range", (int)set->len,
                     set->data);
    *flag_out = str_make(set->data, n);
    for (; n < set->len; n++) {
        char c = set->data[n];
        if (is_digit(c)) {
            if (!comma)
                return file_error("invalid affix flag", *set);
            break;
        }
        if (c == ',' && comma)
            return file_error("invalid affix flag", *set);
        if (c != ',' && !is_space(c))
            return file_error("invalid character in affix flag", *set);
        comma |= c == ',';
    }
    *set = rest_of(*set, n);
    return STATUS_OK;
}
Status ispell_next_flag(FlagMode mode, Str *set, Str *flag_out, bool *found_out) {
    *found_out = set->len > 0;
    if (set->len == 0)
        return STATUS_OK;
    if (mode == FLAG_NUMBER)
        return number_flag(set, flag_out);
    uint32_t n = 0;
    for (int chars = mode == FLAG_LONG ? 2 : 1; chars > 0; chars--) {
        if (n >= set->len)
            return error(ERR_CONFIG_FILE_ERROR,
                         "invalid affix flag \"%.*s\" with \"long\" flag value", (int)set->len,
                         set->data);
        n += utf8_char_bytes((unsigned char)set->data[n]);
    }
    n = n > set->len ? set->len : n;
    *flag_out = str_make(set->data, n);
    *set = rest_of(*set, n);
    return STATUS_OK;
}
bool ispell_has_flag(FlagMode mode, Str set, Str flag) {
    Str one;
    bool found;
    if (flag.len == 0)
        return true;
    for (;;) {
        Status s = ispell_next_flag(mode, &set, &one, &found);
        if (!status_ok(s)) {
            status_free(s);
            return false;
        }
        if (!found)
            return false;
        if (str_equal(one, flag))
            return true;
    }
}
static Status add_compound_flag(Loader *l, Str text, unsigned value) {
    CompoundFlag c = {.value = value};
    text = skip_space(text);
    c.flag = next_field(&text);
    if (c.flag.len == 0)
        return error(ERR_CONFIG_FILE_ERROR, "syntax error");
    l->spell->compounds = true;
    vec_push(&l->compound_flags, l->arena, c);
    return STATUS_OK;
}
/* What the flags of a set say about compounds. */
static Status compound_value(Loader *l, Str set, unsigned *value_out) {
    Str flag;
    bool found;
    *value_out = 0;
    for (;;) {
        if (l->compound_flags.count == 0)
            return STATUS_OK;
        TRY(ispell_next_flag(l->spell->mode, &set, &flag, &found));
        if (!found)
            return STATUS_OK;
        for (size_t i = 0; i < l->compound_flags.count; i++)
            if (str_equal(l->compound_flags.items[i].flag, flag))
                *value_out |= l->compound_flags.items[i].value;
    }
}
static Status alias_set(Loader *l, Str text, Str *set_out) {
    uint64_t number = 0;
    uint32_t n = 0;
    *set_out = text;
    if (!l->has_aliases || text.len == 0)
        return STATUS_OK;
    for (; n < text.len && is_digit(text.data[n]); n++)
        number = number > UINT32_MAX ? number : number * 10 + (uint64_t)(text.data[n] - '0');
    if (n == 0 || number >= l->aliases.count)
        return file_error("invalid affix alias", text);
    *set_out = l->aliases.items[number];
    return STATUS_OK;
}

/* ---- masks ---- */

static bool simple_mask(Str mask) {
    bool inside = false;
    for (uint32_t i = 0; i < mask.len; i++) {
        char c = mask.data[i];
        if (c == '[' && !inside)
            inside = true;
        else if (c == ']' && inside)
            inside = false;
        else if (c == '^' ? !inside || mask.data[i - 1] != '[' : !is_alpha(c) && (c & 0x80) == 0)
            return false;
    }
    return !inside;
}
static void read_parts(Arena *arena, Str mask, Affix *a) {
    VEC(MaskPart) parts = {0};
    const char *p = mask.data, *end = mask.data + mask.len;
    while (p < end) {
        VEC(uint32_t) chars = {0};
        MaskPart part = {0};
        if (*p != '[') {
            vec_push(&chars, arena, utf8_decode(&p));
        } else {
            part.except = ++p < end && *p == '^';
            p += part.except;
            while (p < end && *p != ']')
                vec_push(&chars, arena, utf8_decode(&p));
            p++;
        }
        part.chars = chars.items;
        part.count = (uint32_t)chars.count;
        vec_push(&parts, arena, part);
    }
    a->mask = MASK_PARTS;
    a->parts = parts.items;
    a->part_count = (uint32_t)parts.count;
}
static Status add_affix(Loader *l, Str flag, unsigned flags, Str mask, Str find, Str repl,
                        bool suffix) {
    Affix a = {.flag = flag,
               .flags = flags,
               .suffix = suffix,
               .find = find,
               .repl = repl,
               .number = (uint32_t)l->affixes.count};
    if (mask.len == 0 || (mask.len == 1 && *mask.data == '.')) {
        a.mask = MASK_ANY;
    } else if (simple_mask(mask)) {
        read_parts(l->arena, mask, &a);
    } else {
        const char *text =
            arena_printf(l->arena, suffix ? "%.*s$" : "^%.*s", (int)mask.len, mask.data);
        a.mask = MASK_REGEX;
        TRY(regex_compile(l->arena, str_from_cstr(text), 0, &a.regex));
    }
    if ((a.flags & (ISPELL_ONLY_COMPOUND | ISPELL_PERMIT)) && !(a.flags & ISPELL_ANYWHERE))
        a.flags |= ISPELL_ANYWHERE;
    vec_push(&l->affixes, l->arena, a);
    return STATUS_OK;
}

/* ---- affix files of the new kind ---- */

static Status read_settings(Loader *l, Str text) {
    static const struct {
        const char *word;
        unsigned value;
    } words[] = {
        {"COMPOUNDFLAG", ISPELL_ANYWHERE},     {"COMPOUNDBEGIN", ISPELL_BEGIN},
        {"COMPOUNDLAST", ISPELL_LAST},         {"COMPOUNDEND", ISPELL_LAST},
        {"COMPOUNDMIDDLE", ISPELL_MIDDLE},     {"ONLYINCOMPOUND", ISPELL_ONLY_COMPOUND},
        {"COMPOUNDPERMITFLAG", ISPELL_PERMIT}, {"COMPOUNDFORBIDFLAG", ISPELL_FORBID},
    };
    Str line;
    while (ts_file_line(&text, &line)) {
        bool known = false;
        for (size_t i = 0; !known && i < sizeof(words) / sizeof(words[0]); i++)
            if ((known = starts_with(line, words[i].word)))
                TRY(add_compound_flag(l, rest_of(line, (uint32_t)strlen(words[i].word)),
                                      words[i].value));
        if (known || !starts_with(line, "FLAG"))
            continue;
        Str mode = skip_space(rest_of(line, 4));
        if (starts_with(mode, "long"))
            l->spell->mode = FLAG_LONG;
        else if (starts_with(mode, "num"))
            l->spell->mode = FLAG_NUMBER;
        else if (mode.len > 0 && !starts_with(mode, "default"))
            return error(ERR_CONFIG_FILE_ERROR, "Ispell dictionary supports only \"default\", "
                                                "\"long\", and \"num\" flag values");
    }
    return STATUS_OK;
}
static Status read_alias(Loader *l, Str text) {
    if (l->has_aliases) {
        if ((int64_t)l->aliases.count > l->alias_max)
            return error(ERR_CONFIG_FILE_ERROR, "number of aliases exceeds specified number %d",
                         (int)l->alias_max);
        vec_push(&l->aliases, l->arena, text);
        return STATUS_OK;
    }
    l->has_aliases = true;
    for (uint32_t i = 0; i < text.len && is_digit(text.data[i]) && l->alias_max < 10000000; i++)
        l->alias_max = l->alias_max * 10 + (text.data[i] - '0');
    if (l->alias_max <= 0)
        return error(ERR_CONFIG_FILE_ERROR, "invalid number of flag vector aliases");
    vec_push(&l->aliases, l->arena, str_make("", 0));
    return STATUS_OK;
}
static Str before_slash(Str s) {
    const char *slash = memchr(s.data, '/', s.len);
    return slash == NULL ? s : str_make(s.data, (size_t)(slash - s.data));
}
/* SFX flag find repl[/flags] mask; or the header: SFX flag Y count */
static Status read_new_affix(Loader *l, Str line, unsigned *cross) {
    Str fields[5];
    uint32_t count = 0;
    unsigned compound;
    while (count < 5 && (fields[count] = next_field(&line)).len > 0)
        count++;
    if (count == 0)
        return STATUS_OK;
    Str type = ts_lower(l->arena, fields[0]);
    if (starts_with(type, "af"))
        return read_alias(l, count > 1 ? fields[1] : str_make("", 0));
    bool suffix = starts_with(type, "sfx");
    if (count < 4 || (!suffix && !starts_with(type, "pfx")))
        return STATUS_OK;
    if ((fields[1].len > 1 && l->spell->mode == FLAG_CHAR) ||
        (fields[1].len > 2 && l->spell->mode == FLAG_LONG))
        return STATUS_OK;
    if (count == 4) {
        *cross = to_lower(fields[2].data[0]) == 'y' ? ISPELL_CROSS : 0;
        return STATUS_OK;
    }
    Str repl = before_slash(fields[3]), set = str_make("", 0);
    if (repl.len < fields[3].len)
        TRY(alias_set(l, rest_of(fields[3], repl.len + 1), &set));
    TRY(compound_value(l, set, &compound));
    Str none = str_make("", 0);
    return add_affix(l, fields[1], *cross | compound, ts_lower(l->arena, fields[4]),
                     *fields[2].data == '0' ? none : ts_lower(l->arena, fields[2]),
                     repl.len > 0 && *repl.data == '0' ? none : ts_lower(l->arena, repl), suffix);
}
static Status read_new_affixes(Loader *l, Str text) {
    Str rest = text, line;
    unsigned cross = 0;
    TRY(read_settings(l, text));
    while (ts_file_line(&rest, &line))
        if (line.len > 0 && !is_space(line.data[0]) && line.data[0] != '#')
            TRY(read_new_affix(l, line, &cross));
    return STATUS_OK;
}

/* ---- affix files of the old kind ---- */

static bool is_letter(char c) { return is_alpha(c) || (c & 0x80) != 0; }
/* mask > [-find,]repl */
static Status read_old_affix(Loader *l, Str line, Str flag, unsigned flags, bool suffix) {
    StrBuf mask, find, repl;
    strbuf_init(&mask, l->arena);
    strbuf_init(&find, l->arena);
    strbuf_init(&repl, l->arena);
    uint32_t i = 0;
    for (; i < line.len && line.data[i] != '>'; i++) {
        if (line.data[i] == '#' && mask.len == 0)
            return STATUS_OK;
        if (!is_space(line.data[i]))
            strbuf_putc(&mask, line.data[i]);
    }
    StrBuf *into = &repl;
    bool first = true;
    for (i++; i < line.len && line.data[i] != '#'; i++) {
        char c = line.data[i];
        if (is_space(c))
            continue;
        if (c == '-' && first) {
            into = &find;
        } else if (c == ',' && into == &find) {
            into = &repl;
        } else if (c == '-' && into == &repl && find.len > 0 && repl.len == 0) {
            break;
        } else if (is_letter(c) || (c == '\'' && first)) {
            strbuf_putc(into, c);
        } else {
            return error(ERR_CONFIG_FILE_ERROR, "syntax error");
        }
        first = false;
    }
    if (mask.len == 0 || (find.len == 0 && repl.len == 0))
        return STATUS_OK;
    return add_affix(l, flag, flags, str_make(strbuf_cstr(&mask), mask.len),
                     str_make(strbuf_cstr(&find), find.len), str_make(strbuf_cstr(&repl), repl.len),
                     suffix);
}
/* flag [*|~][\]X: false where it is none of the old kind */
static bool read_old_flag(Str line, Str *flag, unsigned *flags) {
    Str s = skip_space(rest_of(line, 4));
    *flags = 0;
    if (s.len > 0 && (*s.data == '*' || *s.data == '~')) {
        *flags = *s.data == '*' ? ISPELL_CROSS : ISPELL_ONLY_COMPOUND;
        s = rest_of(s, 1);
    }
    if (s.len > 0 && *s.data == '\\')
        s = rest_of(s, 1);
    if (s.len == 0 || (*s.data & 0x80))
        return false;
    *flag = str_make(s.data, 1);
    return s.len == 1 || s.data[1] == '#' || s.data[1] == ':' || is_space(s.data[1]);
}
static bool read_old_compound(Loader *l, Str line, Status *status) {
    for (uint32_t i = 0; i < line.len; i++) {
        if (to_lower(line.data[i]) != 'l')
            continue;
        Str s = rest_of(line, i);
        next_field(&s);
        s = skip_space(s);
        if (s.len > 0 && (*s.data & 0x80) == 0)
            *status = add_compound_flag(l, s, ISPELL_ANYWHERE);
        return true;
    }
    return false;
}
static Status read_affixes(Loader *l, Str text) {
    Str rest = text, line, flag = str_make("", 0);
    unsigned flags = 0;
    bool suffixes = false, prefixes = false, old = false;
    while (ts_file_line(&rest, &line)) {
        Str lower = ts_lower(l->arena, line);
        Status s = STATUS_OK;
        if (lower.len == 0 || *lower.data == '#')
            continue;
        if (starts_with(lower, "compoundwords") && read_old_compound(l, line, &s)) {
            TRY(s);
            old = true;
        } else if (starts_with(lower, "suffixes") || starts_with(lower, "prefixes")) {
            suffixes = *lower.data == 's';
            prefixes = !suffixes;
            old = true;
        } else if (starts_with(lower, "flag") && read_old_flag(line, &flag, &flags)) {
            old = true;
        } else if (starts_with(lower, "flag") || starts_with(line, "COMPOUNDFLAG") ||
                   starts_with(line, "COMPOUNDMIN") || starts_with(line, "PFX") ||
                   starts_with(line, "SFX")) {
            if (old)
                return error(ERR_CONFIG_FILE_ERROR,
                             "affix file contains both old-style and new-style commands");
            return read_new_affixes(l, text);
        } else if (suffixes || prefixes) {
            TRY(read_old_affix(l, lower, flag, flags, suffixes));
        }
    }
    return STATUS_OK;
}

/* ---- words ---- */

static int order_words(const void *a, const void *b) {
    const IspellWord *x = a, *y = b;
    int order = str_compare(x->word, y->word);
    return order != 0 ? order : str_compare(x->flags, y->flags);
}
static Status finish_flags(Loader *l, IspellWord *w) {
    TRY(compound_value(l, w->flags, &w->compound));
    w->compound &= ISPELL_COMPOUND_MASK;
    if ((w->compound & ISPELL_ONLY_COMPOUND) && !(w->compound & ISPELL_ANYWHERE))
        w->compound |= ISPELL_ANYWHERE;
    return STATUS_OK;
}
/* The same word once more: its flags come along. */
static Status merge_word(Loader *l, IspellWord *into, const IspellWord *other) {
    unsigned own;
    if (str_equal(into->flags, other->flags))
        return STATUS_OK;
    TRY(compound_value(l, other->flags, &own));
    bool both = (into->compound & own & ISPELL_ONLY_COMPOUND) != 0;
    if (into->flags.len == 0 || other->flags.len == 0) {
        into->flags = into->flags.len == 0 ? other->flags : into->flags;
    } else {
        char *text = arena_printf(
            l->arena, l->spell->mode == FLAG_NUMBER ? "%.*s,%.*s" : "%.*s%.*s",
            (int)into->flags.len, into->flags.data, (int)other->flags.len, other->flags.data);
        into->flags = str_from_cstr(text);
    }
    TRY(finish_flags(l, into));
    if (!both)
        into->compound &= ~(unsigned)ISPELL_ONLY_COMPOUND;
    return STATUS_OK;
}
static Status read_words(Loader *l, Str text) {
    VEC(IspellWord) words = {0};
    Str line;
    while (ts_file_line(&text, &line)) {
        IspellWord w = {.flags = str_make("", 0)};
        Str word = before_slash(line);
        if (word.len < line.len) {
            Str set = rest_of(line, word.len + 1);
            uint32_t n = 0;
            while (n < set.len && set.data[n] > ' ' && set.data[n] < 0x7f)
                n++;
            TRY(alias_set(l, str_make(set.data, n), &w.flags));
        }
        uint32_t len = 0;
        while (len < word.len && !is_space(word.data[len]))
            len++;
        w.word = ts_lower(l->arena, str_make(word.data, len));
        if (len > 0)
            vec_push(&words, l->arena, w);
    }
    if (words.count > 1)
        qsort(words.items, words.count, sizeof(IspellWord), order_words);
    size_t kept = 0;
    for (size_t i = 0; i < words.count; i++) {
        if (kept > 0 && str_equal(words.items[kept - 1].word, words.items[i].word)) {
            TRY(merge_word(l, &words.items[kept - 1], &words.items[i]));
            continue;
        }
        words.items[kept] = words.items[i];
        TRY(finish_flags(l, &words.items[kept++]));
    }
    l->spell->words = words.items;
    l->spell->word_count = (uint32_t)kept;
    return STATUS_OK;
}

/* ---- affixes in order ---- */

int ispell_order(bool suffix, Str a, Str b) {
    if (!suffix)
        return str_compare(a, b);
    uint32_t n = a.len < b.len ? a.len : b.len;
    for (uint32_t i = 1; i <= n; i++) {
        uint8_t x = (uint8_t)a.data[a.len - i], y = (uint8_t)b.data[b.len - i];
        if (x != y)
            return x < y ? -1 : 1;
    }
    return (a.len > b.len) - (a.len < b.len);
}
static int order_affixes(const void *a, const void *b) {
    const Affix *x = a, *y = b;
    if (x->suffix != y->suffix)
        return x->suffix ? 1 : -1;
    int order = ispell_order(x->suffix, x->repl, y->repl);
    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}
static Status used_flags(Loader *l, StrMap *used) {
    for (uint32_t i = 0; i < l->spell->word_count; i++) {
        Str set = l->spell->words[i].flags, flag;
        for (bool found = true; found;) {
            TRY(ispell_next_flag(l->spell->mode, &set, &flag, &found));
            if (found)
                strmap_put(used, flag.data, flag.len, l);
        }
    }
    return STATUS_OK;
}
static bool ends_with(Str s, Str end) {
    return s.len >= end.len && memcmp(s.data + s.len - end.len, end.data, end.len) == 0;
}
/* Affixes that may stand within compounds: the shortest ones only. */
static void find_compound_affixes(Loader *l, const StrMap *used) {
    Ispell *s = l->spell;
    VEC(CompoundAffix) all = {0};
    for (uint32_t i = 0; i < s->affix_count; i++) {
        const Affix *a = &s->affixes[i];
        const CompoundAffix *last = all.count > 0 ? &all.items[all.count - 1] : NULL;
        if (!(a->flags & ISPELL_ANYWHERE) || a->repl.len == 0 ||
            strmap_get(used, a->flag.data, a->flag.len) == NULL)
            continue;
        if (last != NULL && last->suffix == a->suffix && ends_with(a->repl, last->text))
            continue;
        CompoundAffix one = {a->repl, a->suffix};
        vec_push(&all, l->arena, one);
    }
    s->compound_affixes = all.items;
    s->compound_affix_count = (uint32_t)all.count;
}
Status ispell_read(Ispell *spell, Str affix_text, Str dict_text) {
    Loader l = {.spell = spell, .arena = spell->arena};
    TRY(read_affixes(&l, affix_text));
    TRY(read_words(&l, dict_text));
    spell->affixes = l.affixes.items;
    spell->affix_count = (uint32_t)l.affixes.count;
    if (spell->affix_count > 1)
        qsort(spell->affixes, spell->affix_count, sizeof(Affix), order_affixes);
    while (spell->first_suffix < spell->affix_count && !spell->affixes[spell->first_suffix].suffix)
        spell->first_suffix++;
    StrMap used;
    strmap_init(&used, spell->arena->account);
    Status s = used_flags(&l, &used);
    if (status_ok(s))
        find_compound_affixes(&l, &used);
    strmap_destroy(&used);
    return s;
}
