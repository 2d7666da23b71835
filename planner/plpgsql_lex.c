/*
 * plpgsql_lex.c: PL/pgSQL's tokens: those of SQL, with names looked up and joined at their dots; and
 * the names that are known.
 */
#include "planner/plpgsql_int.h"

#include "base/strbuf.h"

#include <stdlib.h>

/* ---- words ---- */

typedef struct PlWord {
    const char *name;
    bool reserved;
} PlWord;

static const PlWord words[] = {
#define PL_WORD_RESERVED(name) {#name, true},
#define PL_WORD_FREE(name) {#name, false},
    PL_WORDS(PL_WORD_RESERVED, PL_WORD_FREE)};

static int compare_word(const void *key, const void *word) {
    return strcmp(key, ((const PlWord *)word)->name);
}

/* The keyword's token, 0 where it is none. */
static int find_word(const char *name, bool *reserved_out) {
    const PlWord *w = bsearch(name, words, ARRAY_LEN(words), sizeof(words[0]), compare_word);
    *reserved_out = w != NULL && w->reserved;
    if (w == NULL)
        return 0;
    int kind = PL_TOK_KEYWORDS + 1 + (int)(w - words);
    return kind == PL_K_elseif ? PL_K_elsif : kind;
}

bool pl_is_unreserved(const PlToken *t) {
    return t->kind > PL_TOK_KEYWORDS && !words[t->kind - PL_TOK_KEYWORDS - 1].reserved;
}

/* ---- names ---- */

void pl_name_add(PlParser *p, PlNameKind kind, PlDatum *datum, const char *name) {
    size_t len = strlen(name);
    PlName *n = arena_alloc(p->arena, sizeof(PlName) + len + 1);
    n->outer = p->names;
    n->kind = kind;
    n->datum = datum;
    memcpy(n->name, name, len + 1);
    p->names = n;
}

void pl_level_push(PlParser *p, const char *label, PlNameKind kind) {
    pl_name_add(p, kind, NULL, label == NULL ? "" : label);
}

static bool is_label(const PlName *n) { return n->kind <= PL_LABEL_OTHER; }

void pl_level_pop(PlParser *p) {
    while (!is_label(p->names))
        p->names = p->names->outer;
    p->names = p->names->outer;
}

/* The name within one level, whose last names must say a field where more follow. */
static const PlName *find_in_level(const PlName *top, const char *name, bool more) {
    for (const PlName *n = top; !is_label(n); n = n->outer)
        if (strcmp(n->name, name) == 0 && (!more || n->kind == PL_NAME_REC))
            return n;
    return NULL;
}

const PlName *pl_name_find(const PlName *top, bool local, const char *const *names, uint32_t count,
                           uint32_t *used_out) {
    while (top != NULL) {
        const PlName *label = top;
        while (!is_label(label))
            label = label->outer;
        *used_out = 1;
        const PlName *found = find_in_level(top, names[0], count > 1);
        if (found != NULL)
            return found;
        *used_out = 2;
        if (count > 1 && strcmp(label->name, names[0]) == 0)
            found = find_in_level(top, names[1], count > 2);
        if (found != NULL)
            return found;
        if (local)
            break;
        top = label->outer;
    }
    *used_out = 0;
    return NULL;
}

/* ---- datums ---- */

PlDatum *pl_datum_add(PlParser *p, PlDatumKind kind, const char *name, int32_t line) {
    PlDatum *d = arena_new(p->arena, PlDatum);
    d->kind = kind;
    d->name = name;
    d->line = line;
    d->number = (uint32_t)p->datums.count;
    vec_push(&p->datums, p->arena, d);
    return d;
}

static PlDatum *field_datum(PlParser *p, PlDatum *record, const char *field) {
    for (size_t i = 0; i < p->datums.count; i++) {
        PlDatum *d = p->datums.items[i];
        if (d->kind == PL_FIELD && d->parent == record && strcmp(d->field, field) == 0)
            return d;
    }
    PlDatum *d = pl_datum_add(p, PL_FIELD, field, record->line);
    d->parent = record;
    d->field = field;
    return d;
}

/* What the names of t stand for, if they are a variable's. */
static PlDatum *resolve(PlParser *p, const PlToken *t) {
    uint32_t used;
    const PlName *n = pl_name_find(p->names, false, t->names, t->name_count, &used);
    if (n == NULL)
        return NULL;
    if (used == t->name_count)
        return n->datum;
    if (n->kind != PL_NAME_REC)
        return NULL;
    return field_datum(p, n->datum, t->names[used]);
}

/* ---- tokens ---- */

static bool raw_is_word(const Token *t) {
    return t->kind == TOK_IDENT || t->kind >= TOK_KEYWORD_FIRST || t->kind == TOK_NOT_LA ||
           t->kind == TOK_NULLS_LA || t->kind == TOK_WITH_LA;
}

static const char *raw_word(PlParser *p, const Token *t) {
    if (t->kind == TOK_PARAM)
        return arena_printf(p->arena, "$%d", t->ival);
    if (t->kind == TOK_IDENT)
        return t->text;
    if (t->kind >= TOK_KEYWORD_FIRST)
        return keyword_table[t->kind - TOK_KEYWORD_FIRST].name;
    return t->kind == TOK_NOT_LA ? "not" : t->kind == TOK_NULLS_LA ? "nulls" : "with";
}

static bool raw_quoted(const PlParser *p, const Token *t) {
    return t->kind == TOK_IDENT && (p->source[t->start] == '"' || p->source[t->start + 1] == '&');
}

static const Token *raw_at(const PlParser *p, uint32_t place) {
    return &p->raw[MIN(place, p->raw_count - 1)];
}

uint16_t pl_raw_kind(const PlParser *p, uint32_t ahead) { return raw_at(p, p->at + ahead)->kind; }

/* Reserved words are keywords wherever they stand. */
static int reserved_kind(PlParser *p, const Token *t) {
    bool reserved;
    if (!raw_is_word(t) || raw_quoted(p, t))
        return 0;
    int kind = find_word(raw_word(p, t), &reserved);
    return reserved ? kind : 0;
}

/* Does a statement begin here? Then a name is a variable only if it is assigned to. */
static bool at_statement_start(PlParser *p, uint32_t place) {
    if (place == 0)
        return false;
    const Token *before = raw_at(p, place - 1);
    if (before->kind == ';')
        return true;
    int kind = reserved_kind(p, before);
    return kind == PL_K_begin || kind == PL_K_then || kind == PL_K_else || kind == PL_K_loop;
}

static bool joins(PlParser *p, uint32_t place) {
    const Token *t = raw_at(p, place + 1);
    return raw_at(p, place)->kind == '.' && raw_is_word(t) && reserved_kind(p, t) == 0;
}

static void single_word(PlParser *p, PlToken *t) {
    bool reserved;
    const Token *next = raw_at(p, p->at);
    bool assigns = next->kind == '=' || next->kind == TOK_COLON_EQUALS || next->kind == '[';
    if (p->lookup == PL_LOOKUP_NORMAL && (assigns || !at_statement_start(p, t->place)))
        t->datum = resolve(p, t);
    int keyword = t->quoted || t->datum != NULL ? 0 : find_word(t->names[0], &reserved);
    t->kind = t->datum != NULL ? PL_TOK_DATUM : keyword != 0 ? keyword : PL_TOK_WORD;
}

Status pl_next(PlParser *p, PlToken *t) {
    const Token *raw = raw_at(p, p->at);
    *t = (PlToken){.kind = raw->kind,
                   .start = raw->start,
                   .end = raw->end,
                   .place = p->at,
                   .text = raw->text,
                   .ival = raw->ival};
    if (raw->kind == TOK_ERROR) {
        Status s = p->lexical;
        p->lexical = STATUS_OK;
        return status_ok(s) ? error(ERR_SYNTAX_ERROR, "syntax error") : s;
    }
    if (raw->kind == TOK_OP && raw->end == raw->start + 1)
        t->kind = (unsigned char)p->source[raw->start];
    if (raw->kind != TOK_END)
        p->at++;
    p->line = pl_line_of(p, t->start);
    if (!raw_is_word(raw) && raw->kind != TOK_PARAM)
        return STATUS_OK;
    int keyword = reserved_kind(p, raw);
    if (keyword != 0) {
        t->kind = keyword;
        return STATUS_OK;
    }
    t->quoted = raw_quoted(p, raw);
    t->names[t->name_count++] = raw_word(p, raw);
    while (t->name_count < 3 && joins(p, p->at)) {
        const Token *part = raw_at(p, p->at + 1);
        t->names[t->name_count++] = raw_word(p, part);
        t->end = part->end;
        p->at += 2;
    }
    if (t->name_count == 1) {
        single_word(p, t);
        return STATUS_OK;
    }
    if (p->lookup != PL_LOOKUP_DECLARE)
        t->datum = resolve(p, t);
    t->kind = t->datum != NULL ? PL_TOK_DATUM : PL_TOK_NAMES;
    return STATUS_OK;
}

int pl_peek(PlParser *p) { return raw_at(p, p->at)->kind; }

Status pl_expect(PlParser *p, int kind, PlToken *t) {
    TRY(pl_next(p, t));
    return t->kind == kind || (kind > PL_TOK_KEYWORDS && pl_is(t, kind))
               ? STATUS_OK
               : pl_syntax(p, t, "syntax error");
}

bool pl_is(const PlToken *t, int keyword) {
    if (t->kind == keyword)
        return true;
    return t->kind == PL_TOK_DATUM && t->name_count == 1 && !t->quoted &&
           strcmp(t->names[0], words[keyword - PL_TOK_KEYWORDS - 1].name) == 0;
}

Status pl_syntax(const PlParser *p, const PlToken *t, const char *message) {
    if (t->kind == TOK_END)
        return status_at(error(ERR_SYNTAX_ERROR, "%s at end of input", message),
                         (int32_t)p->source_len);
    return status_at(error(ERR_SYNTAX_ERROR, "%s at or near \"%.*s\"", message,
                           (int)(t->end - t->start), p->source + t->start),
                     (int32_t)t->start);
}

/* From the place asked for last time on, where that is not behind this one. */
int32_t pl_line_of(const PlParser *p, uint32_t offset) {
    int32_t line = 1;
    uint32_t i = 0;
    if (p->line_at <= offset) {
        line = p->line;
        i = p->line_at;
    }
    for (; i < offset && i < p->source_len; i++)
        line += p->source[i] == '\n';
    PlParser *note = (PlParser *)(uintptr_t)p;
    note->line_at = offset;
    note->line = line;
    return line;
}

const char *pl_names_text(PlParser *p, const PlToken *t) {
    StrBuf text;
    strbuf_init(&text, p->arena);
    for (uint32_t i = 0; i < t->name_count; i++)
        strbuf_printf(&text, "%s%s", i > 0 ? "." : "", t->names[i]);
    return strbuf_cstr(&text);
}

Status pl_not_variable(PlParser *p, const PlToken *t) {
    if (t->kind != PL_TOK_WORD && t->kind != PL_TOK_NAMES)
        return pl_syntax(p, t, "syntax error");
    return status_at(error(ERR_SYNTAX_ERROR, "\"%s\" is not a known variable", pl_names_text(p, t)),
                     (int32_t)t->start);
}

Status pl_identifier(PlParser *p, const PlToken *t, const char **name_out) {
    *name_out = t->names[0];
    if (t->kind == PL_TOK_WORD || pl_is_unreserved(t) ||
        (t->kind == PL_TOK_DATUM && t->name_count == 1))
        return STATUS_OK;
    return pl_syntax(p, t, "syntax error");
}
