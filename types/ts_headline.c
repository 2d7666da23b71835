/*
 * ts_headline.c: ts_headline: the part of a text that shows a query's words, marked.
 *
 * The text's tokens are kept with the operands they satisfy; a token that satisfies several stands there
 * several times. A cover is a shortest stretch that satisfies the query; the best one (or, with
 * MaxFragments, the best ones) is stretched to a readable length.
 */
#include "types/json.h"
#include "types/ts_text.h"

typedef struct Word {
    TsTokenType type;
    Str text;
    const TsNode *operand; /* NULL: none */
    uint16_t position;
    bool repeated; /* the token before once more, for another operand */
    bool selected, in, skip, replace;
} Word;
typedef VEC(Word) Words;

typedef struct Options {
    Str start, stop, delimiter;
    int32_t max_words, min_words, short_word, max_fragments;
    bool all;
} Options;
typedef struct Headline {
    EvalEnv *env;
    Arena *arena;
    Oid config;
    TsQuery query;
    Options options;
    Words words;
    uint32_t position; /* of the last lexeme */
    int max_cover;
} Headline;

/* ---- options ---- */

static Status read_number(const char *value, int32_t *out) {
    Datum d;
    TypeIo io = {.typmod = -1};
    TRY(type_builtin(23)->input(&io, value, strlen(value), &d));
    *out = d.i32;
    return STATUS_OK;
}
static bool is_true(const char *v) {
    static const char *const words[] = {"1", "on", "true", "t", "y", "yes"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (text_is_word(v, strlen(v), words[i]))
            return true;
    return false;
}
static Status read_option(Options *o, const TsOption *option) {
    struct {
        const char *name;
        int32_t *number;
        Str *text;
    } const known[] = {
        {"maxwords", &o->max_words, NULL},
        {"minwords", &o->min_words, NULL},
        {"shortword", &o->short_word, NULL},
        {"maxfragments", &o->max_fragments, NULL},
        {"startsel", NULL, &o->start},
        {"stopsel", NULL, &o->stop},
        {"fragmentdelimiter", NULL, &o->delimiter},
    };
    size_t len = strlen(option->name);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (!text_is_word(option->name, len, known[i].name))
            continue;
        if (known[i].number != NULL)
            return read_number(option->value, known[i].number);
        *known[i].text = str_from_cstr(option->value);
        return STATUS_OK;
    }
    if (!text_is_word(option->name, len, "highlightall"))
        return error(ERR_INVALID_PARAMETER_VALUE, "unrecognized headline parameter: \"%s\"",
                     option->name);
    o->all = is_true(option->value);
    return STATUS_OK;
}
static Status check_options(const Options *o) {
    const char *wrong = o->min_words >= o->max_words ? "MinWords should be less than MaxWords"
                        : o->min_words <= 0          ? "MinWords should be positive"
                        : o->short_word < 0          ? "ShortWord should be >= 0"
                        : o->max_fragments < 0       ? "MaxFragments should be >= 0"
                                                     : NULL;
    if (wrong != NULL && !o->all)
        return error(ERR_INVALID_PARAMETER_VALUE, "%s", wrong);
    return STATUS_OK;
}
static Status check_lengths(const Options *o) {
    const char *wrong = o->start.len > INT16_MAX       ? "StartSel"
                        : o->stop.len > INT16_MAX      ? "StopSel"
                        : o->delimiter.len > INT16_MAX ? "FragmentDelimiter"
                                                       : NULL;
    if (wrong != NULL)
        return error(ERR_INVALID_PARAMETER_VALUE, "value for \"%s\" is too long", wrong);
    return STATUS_OK;
}
static Status read_options(Headline *h, const Str *text) {
    TsOptions options = {0};
    Options *o = &h->options;
    *o = (Options){.max_words = 35, .min_words = 15, .short_word = 3};
    o->start = str_from_cstr("<b>");
    o->stop = str_from_cstr("</b>");
    o->delimiter = str_from_cstr(" ... ");
    if (text != NULL)
        TRY(ts_options_parse(h->arena, *text, &options));
    for (uint32_t i = 0; i < options.count; i++)
        TRY(read_option(o, &options.items[i]));
    int64_t cover = (int64_t)o->max_words * 10;
    cover = cover < 100 ? 100 : cover;
    if (o->max_fragments > 0)
        cover *= o->max_fragments;
    h->max_cover = cover > INT32_MAX ? INT32_MAX : (int)cover;
    return check_options(o);
}

/* ---- the text ---- */

/* The last word satisfies every operand that is this lexeme. */
static void note_lexeme(Headline *h, Str lexeme, uint32_t position) {
    size_t at = h->words.count - 1;
    h->words.items[at].position =
        (uint16_t)(position > TS_POSITION_MAX ? TS_POSITION_MAX : position);
    for (uint32_t i = 0; i < h->query.count; i++) {
        const TsNode *n = &h->query.nodes[i];
        if (n->kind != TS_OPERAND ||
            ts_compare(n->text, n->len, lexeme.data, lexeme.len, n->prefix) != 0)
            continue;
        if (h->words.items[at].operand == NULL) {
            h->words.items[at].operand = n;
            continue;
        }
        Word copy = h->words.items[at];
        copy.operand = n;
        copy.repeated = true;
        vec_push(&h->words, h->arena, copy);
    }
}
static void note_step(Headline *h, const TsStep *step, bool found) {
    uint32_t before = h->position += found;
    for (const TsToken *t = step->tokens; t != NULL; t = t->next) {
        if (t->type == TS_NONE)
            continue;
        Word w = {.type = t->type, .text = t->text};
        uint32_t position = before;
        vec_push(&h->words, h->arena, w);
        for (uint32_t i = 0; found && i < step->lexeme_count; i++) {
            position += (step->lexemes[i].flags & TS_ADD_POSITION) != 0;
            note_lexeme(h, step->lexemes[i].text, position);
        }
    }
    for (uint32_t i = 0; found && i < step->lexeme_count; i++)
        h->position += (step->lexemes[i].flags & TS_ADD_POSITION) != 0;
}
static Status read_text(Headline *h, Str text) {
    const TsConfig *config;
    TRY(ts_config_open(h->env, h->config, &config));
    TsLexer *lexer = ts_lexer_open(h->arena, text);
    TsPipe *pipe = ts_pipe_open(h->env, h->arena, config);
    for (bool more = true; more;) {
        TsTokenType type = TS_NONE;
        Str token = {.data = ""};
        more = ts_lexer_next(lexer, &type, &token);
        ts_pipe_push(pipe, more ? type : TS_NONE, str_make(token.data, token.len));
        for (bool found = true; found;) {
            TsStep step;
            TRY(ts_pipe_next(pipe, &found, &step));
            note_step(h, &step, found);
        }
    }
    return STATUS_OK;
}

/* ---- covers ---- */

static bool no_word(TsTokenType t) {
    return t == TS_BLANK || t == TS_TAG || t == TS_URL || t == TS_NUMHWORD || t == TS_ASCIIHWORD ||
           t == TS_HWORD;
}
static bool no_end(TsTokenType t) {
    return no_word(t) || t == TS_SFLOAT || t == TS_VERSION || t == TS_FLOAT || t == TS_INT ||
           t == TS_UINT;
}
static const Word *word_at(const Headline *h, int i) { return &h->words.items[i]; }
static int counts(const Headline *h, int i) { return !no_word(word_at(h, i)->type); }
static bool interesting(const Headline *h, int i) {
    return word_at(h, i)->operand != NULL && !word_at(h, i)->repeated;
}
static bool bad_end(const Headline *h, int i) {
    const Word *w = word_at(h, i);
    return (no_end(w->type) || w->text.len <= (uint32_t)h->options.short_word) &&
           !interesting(h, i);
}

typedef struct Stretch {
    Headline *h;
    int from, to;
} Stretch;
static TsMatch check_stretch(void *arg, const TsNode *operand, TsPlaces *places) {
    const Stretch *s = arg;
    TsMatch m = TS_NO;
    for (int i = s->from; i <= s->to; i++) {
        const Word *w = word_at(s->h, i);
        if (w->operand != operand)
            continue;
        m = TS_YES;
        if (places == NULL)
            break;
        if (places->positions == NULL)
            places->positions = arena_alloc(s->h->arena, 2 * ((size_t)(s->to - s->from) + 1));
        if (places->count == 0 || places->positions[places->count - 1] < w->position)
            places->positions[places->count++] = w->position;
    }
    return m;
}
static int next_hit(const Headline *h, int from) {
    for (int i = from; i < (int)h->words.count; i++)
        if (word_at(h, i)->operand != NULL)
            return i;
    return -1;
}
static bool next_cover(Headline *h, int *from, int *to) {
    Stretch s = {h, 0, 0};
    if (h->query.count == 0)
        return false;
    TsRun run = {.arena = h->arena, .find = check_stretch, .arg = &s};
    for (int begin = next_hit(h, *from); begin >= 0; begin = next_hit(h, begin + 1)) {
        s.from = begin;
        for (int end = begin; end >= 0 && (end == begin || end - begin < h->max_cover);
             end = next_hit(h, end + 1)) {
            s.to = end;
            if (ts_query_match(&run, h->query.nodes)) {
                *from = begin;
                *to = end;
                return true;
            }
        }
    }
    return false;
}
static void mark(Headline *h, int from, int to) {
    for (int i = from; i <= to; i++) {
        Word *w = &h->words.items[i];
        w->selected |= w->operand != NULL;
        if (!h->options.all && w->type == TS_TAG)
            w->replace = true;
        else if (w->type != TS_TAG && w->type != TS_BLANK && no_word(w->type))
            w->skip = true;
        w->in = !w->repeated;
    }
}
static void mark_beginning(Headline *h) {
    int words = 0, to = -1;
    for (int i = 0; i < (int)h->words.count && words < h->options.min_words; i++) {
        words += counts(h, i);
        to = i;
    }
    mark(h, 0, to);
}

/* ---- one stretch ---- */

typedef struct Choice {
    int from, to;
    int hits;
    bool whole; /* holds its cover */
} Choice;

/* Too long already: ends before a bad end. i stands behind the last word taken. */
static void shorten(const Headline *h, int i, int words, Choice *c) {
    for (; words > h->options.min_words; i--) {
        if (!bad_end(h, i))
            break;
        words -= counts(h, i);
        c->hits -= interesting(h, i);
        c->to = i - 1;
    }
}
/* Goes on to a good end; where the text ends too early, begins earlier. */
static void lengthen(const Headline *h, int i, int first, int last, int words, Choice *c) {
    for (i--; i < (int)h->words.count && words < h->options.max_words; i++) {
        if (i > last) {
            words += counts(h, i);
            c->hits += interesting(h, i);
        }
        c->to = i;
        if (!bad_end(h, i) && words >= h->options.min_words)
            break;
    }
    if (words >= h->options.min_words)
        return;
    for (i = first - 1; i >= 0; i--) {
        words += counts(h, i);
        c->hits += interesting(h, i);
        if (words >= h->options.max_words || (!bad_end(h, i) && words >= h->options.min_words))
            break;
    }
    c->from = i >= 0 ? i : 0;
}
static Choice choice_of(const Headline *h, int first, int last) {
    Choice c = {.from = first, .to = first};
    int words = 0, i;
    for (i = first; i <= last && words < h->options.max_words; i++) {
        words += counts(h, i);
        c.hits += interesting(h, i);
        c.to = i;
    }
    if (words < h->options.max_words)
        lengthen(h, i, first, last, words, &c);
    else
        shorten(h, i > last ? last : i, words, &c);
    c.whole = c.from <= first && c.to >= last;
    return c;
}
static void mark_one(Headline *h) {
    Choice best = {.hits = -1, .to = -1};
    int first = 0, last = 0;
    if (h->options.all) {
        mark(h, 0, (int)h->words.count - 1);
        return;
    }
    for (; next_cover(h, &first, &last); first++) {
        Choice c = choice_of(h, first, last);
        if (best.hits < 0 || c.whole > best.whole ||
            (c.whole == best.whole &&
             (c.hits > best.hits ||
              (c.hits == best.hits && !bad_end(h, c.to) && bad_end(h, best.to)))))
            best = c;
    }
    if (best.hits < 0)
        mark_beginning(h);
    else
        mark(h, best.from, best.to);
}

/* ---- fragments ---- */

typedef struct Fragment {
    int from, to;
    int hits, words;
    bool chosen, excluded;
} Fragment;
typedef VEC(Fragment) Fragments;

/* The next part of a cover, of at most max_words, with query words at both ends. */
static Fragment part_of(const Headline *h, int from, int to) {
    Fragment f = {.from = from, .to = to};
    int i;
    for (i = from; i <= to; i++) {
        f.from = i;
        if (interesting(h, i))
            break;
    }
    for (i = f.from; i <= to && f.words < h->options.max_words; i++) {
        f.words += counts(h, i);
        f.hits += interesting(h, i);
    }
    if (to > i) {
        for (f.to = i; i >= f.from; i--) {
            f.to = i;
            if (interesting(h, i))
                break;
            f.words -= counts(h, i);
        }
    }
    return f;
}
static void find_fragments(Headline *h, Fragments *all) {
    int first = 0, last = 0;
    for (; next_cover(h, &first, &last); first++)
        for (int from = first; from <= last;) {
            Fragment f = part_of(h, from, last);
            vec_push(all, h->arena, f);
            from = f.to + 1;
        }
}
static Fragment *best_fragment(Fragments *all) {
    Fragment *best = NULL;
    int hits = 0, words = INT32_MAX;
    for (size_t i = 0; i < all->count; i++) {
        Fragment *f = &all->items[i];
        if (!f->chosen && !f->excluded &&
            (hits < f->hits || (hits == f->hits && words > f->words))) {
            best = f;
            hits = f->hits;
            words = f->words;
        }
    }
    return best;
}
static void stretch(const Headline *h, Fragment *f) {
    int room = (h->options.max_words - f->words) / 2, taken = 0, at = f->from, i;
    for (i = f->from - 1; i >= 0 && taken < room && !word_at(h, i)->in; i--) {
        f->words += counts(h, i);
        taken += counts(h, i);
        at = i;
    }
    for (i = at; i < f->from && bad_end(h, i); i++)
        f->words -= counts(h, i);
    f->from = i;
    at = f->to;
    for (i = f->to + 1;
         i < (int)h->words.count && f->words < h->options.max_words && !word_at(h, i)->in; i++) {
        f->words += counts(h, i);
        at = i;
    }
    for (i = at; i > f->to && bad_end(h, i); i--)
        f->words -= counts(h, i);
    f->to = i;
}
static void mark_fragments(Headline *h) {
    Fragments all = {0};
    int32_t n = 0;
    find_fragments(h, &all);
    for (; n < h->options.max_fragments; n++) {
        Fragment *f = best_fragment(&all);
        if (f == NULL)
            break;
        f->chosen = true;
        if (f->words < h->options.max_words)
            stretch(h, f);
        mark(h, f->from, f->to);
        for (size_t i = 0; i < all.count; i++) {
            Fragment *g = &all.items[i];
            if (g != f && g->from <= f->to && g->to >= f->from)
                g->excluded = true;
        }
    }
    if (n == 0)
        mark_beginning(h);
}

/* ---- the result ---- */

static void print(Headline *h, StrBuf *out) {
    bool inside = false;
    int fragments = 0;
    for (size_t i = 0; i < h->words.count; i++) {
        const Word *w = &h->words.items[i];
        if (w->repeated)
            continue;
        if (!w->in) {
            inside = false;
            continue;
        }
        if (!inside && fragments++ > 0)
            strbuf_append(out, h->options.delimiter.data, h->options.delimiter.len);
        inside = true;
        if (w->replace)
            strbuf_putc(out, ' ');
        if (w->replace || w->skip)
            continue;
        if (w->selected)
            strbuf_append(out, h->options.start.data, h->options.start.len);
        strbuf_append(out, w->text.data, w->text.len);
        if (w->selected)
            strbuf_append(out, h->options.stop.data, h->options.stop.len);
    }
}
static Status headline(Headline *h, Str text, StrBuf *out) {
    h->words.count = 0;
    TRY(read_text(h, text));
    if (h->options.max_fragments == 0)
        mark_one(h);
    else
        mark_fragments(h);
    TRY(check_lengths(&h->options));
    print(h, out);
    return STATUS_OK;
}
/* config_at < 0: the default one; options_at < 0: none. */
static Status open_headline(FnCall *call, int config_at, int query_at, int options_at,
                            Headline *h) {
    *h = (Headline){.env = call_env(call), .arena = call->arena};
    if (config_at < 0)
        TRY(ts_config_default(h->env, &h->config));
    else
        h->config = call->args[config_at].u32;
    h->query = ts_query(call->arena, ARG_STR(query_at));
    return read_options(h, options_at < 0 ? NULL : &call->args[options_at].str);
}
static Status text_headline(FnCall *call, int config_at, int text_at, int options_at) {
    Headline h;
    StrBuf out;
    strbuf_init(&out, call->arena);
    TRY(open_headline(call, config_at, text_at + 1, options_at, &h));
    TRY(headline(&h, ARG_STR(text_at), &out));
    return ret_buf(call, &out);
}
SCALAR(ts_headline) { return text_headline(call, -1, 0, -1); }
SCALAR(ts_headline_opt) { return text_headline(call, -1, 0, 2); }
SCALAR(ts_headline_byid) { return text_headline(call, 0, 1, -1); }
SCALAR(ts_headline_byid_opt) { return text_headline(call, 0, 1, 3); }

/* ---- JSON: every string its own headline ---- */

static Status change_text(Headline *h, Str *text) {
    StrBuf out;
    strbuf_init(&out, h->arena);
    TRY(headline(h, *text, &out));
    *text = str_make(strbuf_cstr(&out), out.len);
    return STATUS_OK;
}
static Status put_json(Headline *h, const JsonNode *node, int depth, StrBuf *out) {
    if (depth > JSON_DEPTH_MAX)
        return fiber_stack_error();
    if (node->kind == JSON_STRING) {
        Str text = node->text;
        TRY(change_text(h, &text));
        json_put_string(out, text);
        return STATUS_OK;
    }
    if (node->kind != JSON_ARRAY && node->kind != JSON_OBJECT) {
        strbuf_append(out, node->source.data, node->source.len);
        return STATUS_OK;
    }
    bool object = node->kind == JSON_OBJECT;
    strbuf_putc(out, object ? '{' : '[');
    for (const JsonNode *c = node->first; c != NULL; c = c->next) {
        if (c != node->first)
            strbuf_putc(out, ',');
        if (object) {
            json_put_string(out, c->key);
            strbuf_putc(out, ':');
        }
        TRY(put_json(h, c, depth + 1, out));
    }
    strbuf_putc(out, object ? '}' : ']');
    return STATUS_OK;
}
static Status change_jsonb(Headline *h, Str value, int depth, JsonNode **node_out) {
    JsonKind kind = jsonb_kind(value);
    if (depth > JSON_DEPTH_MAX)
        return fiber_stack_error();
    if (kind == JSON_STRING) {
        Str text = jsonb_scalar(value);
        TRY(change_text(h, &text));
        *node_out = json_node_string(h->arena, text);
        return STATUS_OK;
    }
    *node_out =
        jsonb_is_container(value) ? json_node(h->arena, kind) : json_node_encoded(h->arena, value);
    for (uint32_t i = 0; jsonb_is_container(value) && i < jsonb_count(value); i++) {
        JsonNode *child;
        TRY(change_jsonb(h, jsonb_child(value, i), depth + 1, &child));
        if (kind == JSON_OBJECT)
            child->key = jsonb_key(value, i);
        json_append(*node_out, child);
    }
    return STATUS_OK;
}
static Status json_headline(FnCall *call, bool binary, int config_at, int json_at, int options_at) {
    Headline h;
    JsonNode *node;
    StrBuf out;
    TRY(open_headline(call, config_at, json_at + 1, options_at, &h));
    if (binary) {
        TRY(change_jsonb(&h, ARG_STR(json_at), 0, &node));
        return jsonb_encode(call->arena, node, &call->result);
    }
    strbuf_init(&out, call->arena);
    TRY(json_parse(call->arena, ARG_STR(json_at), true, &node));
    TRY(put_json(&h, node, 0, &out));
    return ret_buf(call, &out);
}
SCALAR(ts_headline_jsonb) { return json_headline(call, true, -1, 0, -1); }
SCALAR(ts_headline_jsonb_opt) { return json_headline(call, true, -1, 0, 2); }
SCALAR(ts_headline_jsonb_byid) { return json_headline(call, true, 0, 1, -1); }
SCALAR(ts_headline_jsonb_byid_opt) { return json_headline(call, true, 0, 1, 3); }
SCALAR(ts_headline_json) { return json_headline(call, false, -1, 0, -1); }
SCALAR(ts_headline_json_opt) { return json_headline(call, false, -1, 0, 2); }
SCALAR(ts_headline_json_byid) { return json_headline(call, false, 0, 1, -1); }
SCALAR(ts_headline_json_byid_opt) { return json_headline(call, false, 0, 1, 3); }
