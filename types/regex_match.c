/* regex_match.c: the NFA, its simulation, and the dissection of a match. See regex.h. */
#include "types/regex.h"

#include "runtime/fiber.h"

/* ---- construction ---- */
#define NFA_STATES_MAX 100000

static int state_new(Regex *regex, NfaState s) {
    vec_push(&regex->states, regex->arena, s);
    return (int)regex->states.count - 1;
}
static int epsilon(Regex *regex) {
    return state_new(regex, (NfaState){.kind = NFA_EPSILON, .out1 = -1, .out2 = -1});
}
static void join(Regex *regex, int from, int to) {
    NfaState *s = &regex->states.items[from];
    if (s->out1 < 0)
        s->out1 = to;
    else if (s->out2 < 0)
        s->out2 = to;
    else
        UNREACHABLE();
}

static Status build(Regex *regex, RegexNode *n, int *start_out, int *accept_out);

static Status build_repeat(Regex *regex, RegexNode *n, int start, int accept) {
    int at = start, s, a;
    int copies = n->max == REGEX_INFINITE ? MAX(n->min, 1) : n->max;
    if (copies == 0) {
        TRY(build(regex, n->left, &s, &a));
        join(regex, at, accept);
        return STATUS_OK;
    }
    for (int i = 0; i < copies; i++) {
        TRY(build(regex, n->left, &s, &a));
        bool optional = i >= n->min, last = i == copies - 1;
        join(regex, at, s);
        if (optional)
            join(regex, at, accept);
        if (last && n->max == REGEX_INFINITE) {
            /* Around again, through a state that has room for both ways out. */
            int loop = epsilon(regex);
            join(regex, a, loop);
            join(regex, loop, s);
            join(regex, loop, accept);
        } else if (last) {
            join(regex, a, accept);
        } else {
            int next = epsilon(regex);
            join(regex, a, next);
            at = next;
        }
    }
    return STATUS_OK;
}

/* Parts in a row that all may be left out lead from each to each: what PostgreSQL refuses for the
 * square of their number, none that it accepts. */
#define OPTIONAL_RUN_MAX 1542

static bool run_too_long(const RegexNode *part, int *run) {
    *run = part->kind == RE_REPEAT && part->min == 0 ? *run + 1 : 0;
    return *run > OPTIONAL_RUN_MAX;
}

/* A chain of concatenations or alternatives, which leans right and may be as long as the text. */
static Status build_chain(Regex *regex, RegexNode *n, int start, int accept) {
    RegexNodeKind kind = n->kind;
    int at = start, s, a, run = 0;
    for (;;) {
        if (kind == RE_CONCAT && run_too_long(n->left, &run))
            return error(ERR_INVALID_REGULAR_EXPRESSION,
                         "invalid regular expression: regular expression is too complex");
        TRY(build(regex, n->left, &s, &a));
        join(regex, at, s);
        if (kind == RE_CONCAT)
            at = a;
        else
            join(regex, a, accept);
        n = n->right;
        if (n->kind != kind)
            break;
        int next = epsilon(regex);
        join(regex, at, next);
        at = next;
        if (n->start < 0) {
            n->start = next;
            n->accept = accept;
        }
    }
    TRY(build(regex, n, &s, &a));
    join(regex, at, s);
    join(regex, a, accept);
    return STATUS_OK;
}

static Status build(Regex *regex, RegexNode *n, int *start_out, int *accept_out) {
    int start = epsilon(regex), accept = epsilon(regex), s1, a1;
    if (regex->states.count > NFA_STATES_MAX || !fiber_stack_fits())
        return error(ERR_INVALID_REGULAR_EXPRESSION,
                     "invalid regular expression: regular expression is too complex");
    switch (n->kind) {
    case RE_EMPTY:
        join(regex, start, accept);
        break;
    case RE_SET:
    case RE_ASSERT: {
        int s = state_new(regex, (NfaState){.kind = n->kind == RE_SET ? NFA_SET : NFA_ASSERT,
                                            .out1 = accept,
                                            .out2 = -1,
                                            .set = n->set,
                                            .node = n});
        join(regex, start, s);
        break;
    }
    case RE_LOOK: {
        TRY(build(regex, n->left, &s1, &a1));
        int s =
            state_new(regex, (NfaState){.kind = NFA_LOOK, .out1 = accept, .out2 = -1, .node = n});
        join(regex, start, s);
        break;
    }
    case RE_CONCAT:
    case RE_ALT:
        TRY(build_chain(regex, n, start, accept));
        break;
    case RE_CAPTURE:
        TRY(build(regex, n->left, &s1, &a1));
        join(regex, start, s1);
        join(regex, a1, accept);
        break;
    case RE_REPEAT:
        TRY(build_repeat(regex, n, start, accept));
        break;
    case RE_BACKREF: {
        /* What the group could match; a copy, so that the group keeps its own states. */
        RegexNode copy = *regex->captures[n->capture]->left;
        TRY(build(regex, &copy, &s1, &a1));
        join(regex, start, s1);
        join(regex, a1, accept);
        break;
    }
    }
    *start_out = start;
    *accept_out = accept;
    if (n->start < 0) {
        n->start = start;
        n->accept = accept;
    }
    return STATUS_OK;
}

Status regex_nfa_build(Regex *regex) {
    int start, accept;
    return build(regex, regex->root, &start, &accept);
}

/* ---- simulation ---- */
typedef struct Matcher {
    const Regex *regex;
    Arena *arena;
    Str text;
    RegexMatch *captures; /* [capture_count + 1] */
    uint32_t work;        /* characters looked at */
    Status failed;        /* canceled, or the stack ran low: what is not found means nothing */
    int stop; /* the simulated node's accepting state: what is behind it belongs to others */
} Matcher;

static bool stack_suffices(Matcher *m) {
    if (!fiber_stack_fits() && status_ok(m->failed))
        m->failed = error(ERR_INVALID_REGULAR_EXPRESSION,
                          "regular expression failed: regular expression is too complex");
    return status_ok(m->failed);
}

/* Lets others run, and a cancel or a timeout reach a search that takes long. */
static bool goes_on(Matcher *m) {
    if ((++m->work & 4095) == 0 && status_ok(m->failed)) {
        fiber_yield_if_due();
        m->failed = fiber_check_interrupt();
    }
    return status_ok(m->failed);
}

/* A set of states in order of arrival (sparse set). */
typedef struct StateSet {
    int *dense, *sparse;
    int count;
} StateSet;
static bool set_has(const StateSet *s, int state) {
    int i = s->sparse[state];
    return i < s->count && s->dense[i] == state;
}

static bool prev_is_word(Str t, int32_t p) {
    return p > 0 && regex_is_word_char((uint8_t)t.data[p - 1]);
}
static bool next_is_word(Str t, int32_t p) {
    return p < (int32_t)t.len && regex_is_word_char((uint8_t)t.data[p]);
}
static bool assertion_holds(AssertKind kind, Str t, int32_t p) {
    bool before = prev_is_word(t, p), after = next_is_word(t, p);
    switch (kind) {
    case AT_TEXT_START:
        return p == 0;
    case AT_TEXT_END:
        return p == (int32_t)t.len;
    case AT_LINE_START:
        return p == 0 || t.data[p - 1] == '\n';
    case AT_LINE_END:
        return p == (int32_t)t.len || t.data[p] == '\n';
    case AT_WORD_START:
        return !before && after;
    case AT_WORD_END:
        return before && !after;
    case AT_WORD_EDGE:
        return before != after;
    case AT_NO_WORD_EDGE:
        return before == after;
    }
    return false;
}

static bool simulate(Matcher *m, const RegexNode *n, int32_t from, int32_t limit, bool shortest,
                     uint8_t *ends, int32_t *end_out);

static bool look_holds(Matcher *m, const RegexNode *n, int32_t p) {
    int32_t end;
    bool found = false;
    if (!n->behind) {
        found = simulate(m, n->left, p, (int32_t)m->text.len, true, NULL, &end);
    } else {
        for (int32_t start = p; start >= 0 && !found; start--) {
            if (start < (int32_t)m->text.len && ((uint8_t)m->text.data[start] & 0xc0) == 0x80)
                continue;
            found = simulate(m, n->left, start, p, false, NULL, &end) && end == p;
        }
    }
    return found != n->negative;
}

/* Adds a state and all that empty moves reach at position p. */
static void add_state(Matcher *m, StateSet *set, int *stack, int state, int32_t p) {
    int top = 0;
    stack[top++] = state;
    while (top > 0) {
        int s = stack[--top];
        if (s < 0 || set_has(set, s))
            continue;
        set->sparse[s] = set->count;
        set->dense[set->count++] = s;
        const NfaState *st = &m->regex->states.items[s];
        if (st->kind == NFA_SET || s == m->stop)
            continue;
        if (st->kind == NFA_ASSERT && !assertion_holds(st->node->assertion, m->text, p))
            continue;
        if (st->kind == NFA_LOOK && !look_holds(m, st->node, p))
            continue;
        if (st->out2 >= 0)
            stack[top++] = st->out2;
        if (st->out1 >= 0)
            stack[top++] = st->out1;
    }
}

/*
 * Runs a node's NFA from a position up to limit. Sets *end_out to the longest (or shortest) end; where
 * ends is not NULL, ends[i] = 1 for every end at from + i. False: no match.
 */
static bool simulate(Matcher *m, const RegexNode *n, int32_t from, int32_t limit, bool shortest,
                     uint8_t *ends, int32_t *end_out) {
    size_t states = m->regex->states.count;
    ArenaMark mark = arena_mark(m->arena);
    int *memory = arena_alloc(m->arena, states * 6 * sizeof(int));
    memset(memory, 0, states * 6 * sizeof(int));
    StateSet a = {memory, memory + states, 0}, b = {memory + 2 * states, memory + 3 * states, 0};
    int *stack = memory + 4 * states;
    StateSet *now = &a, *next = &b;
    bool found = false;
    int32_t p = from;
    int outer_stop = m->stop;
    m->stop = n->accept;
    add_state(m, now, stack, n->start, p);
    while (now->count > 0 && goes_on(m)) {
        if (set_has(now, n->accept)) {
            found = true;
            *end_out = p;
            if (ends != NULL)
                ends[p - from] = 1;
            else if (shortest)
                break;
        }
        if (p >= limit)
            break;
        const char *c_at = m->text.data + p;
        uint32_t c = utf8_decode(&c_at);
        int32_t after = (int32_t)(c_at - m->text.data);
        next->count = 0;
        for (int i = 0; i < now->count; i++) {
            const NfaState *st = &m->regex->states.items[now->dense[i]];
            if (st->kind == NFA_SET && charset_has(st->set, c))
                add_state(m, next, stack, st->out1, after);
        }
        StateSet *t = now;
        now = next;
        next = t;
        p = after;
    }
    m->stop = outer_stop;
    arena_release(m->arena, mark);
    return found && status_ok(m->failed);
}

static bool matches_exactly(Matcher *m, const RegexNode *n, int32_t from, int32_t to) {
    int32_t end;
    return simulate(m, n, from, to, false, NULL, &end) && end == to;
}

/* ---- dissection ---- */
static bool dissect(Matcher *m, const RegexNode *n, int32_t from, int32_t to);

static void clear_captures(Matcher *m, const RegexNode *n) {
    for (; n != NULL && n->has_capture && n->kind != RE_LOOK; n = n->right) {
        if (n->kind == RE_CAPTURE)
            m->captures[n->capture] = (RegexMatch){-1, -1};
        clear_captures(m, n->left);
    }
}

static bool dissect_concat(Matcher *m, const RegexNode *n, int32_t from, int32_t to) {
    bool shortest = n->left->preference == PREFER_SHORT;
    int32_t span = to - from, end;
    uint8_t *ends = arena_zalloc(m->arena, (size_t)span + 1);
    if (!simulate(m, n->left, from, to, false, ends, &end))
        return false;
    for (int32_t i = 0; i <= span && status_ok(m->failed); i++) {
        int32_t k = shortest ? i : span - i;
        if (!ends[k] || !matches_exactly(m, n->right, from + k, to))
            continue;
        if (dissect(m, n->left, from, from + k) && dissect(m, n->right, from + k, to))
            return true;
        clear_captures(m, n->left);
        clear_captures(m, n->right);
    }
    return false;
}

/* The rest of a repetition: count iterations are done. */
static bool dissect_rest(Matcher *m, const RegexNode *n, int32_t from, int32_t to, int count) {
    bool shortest = n->left->preference == PREFER_SHORT;
    if (!stack_suffices(m))
        return false;
    if (from == to && count >= n->min && count > 0)
        return true;
    if (count >= n->max && n->max != REGEX_INFINITE)
        return false;
    int32_t span = to - from, end;
    uint8_t *ends = arena_zalloc(m->arena, (size_t)span + 1);
    if (!simulate(m, n->left, from, to, false, ends, &end))
        return false;
    for (int32_t i = 0; i <= span && status_ok(m->failed); i++) {
        int32_t k = shortest ? i : span - i;
        if (!ends[k] || (k == 0 && span > 0 && count + 1 >= n->min))
            continue;
        clear_captures(m, n->left);
        if (!dissect(m, n->left, from, from + k))
            continue;
        /* Later iterations overwrite captures; those of the last one stay. */
        RegexMatch *saved = arena_memdup(
            m->arena, m->captures, sizeof(RegexMatch) * (size_t)(m->regex->capture_count + 1));
        if (from + k == to && count + 1 >= n->min)
            return true;
        if (dissect_rest(m, n, from + k, to, count + 1))
            return true;
        memcpy(m->captures, saved, sizeof(RegexMatch) * (size_t)(m->regex->capture_count + 1));
    }
    return false;
}

/* Any number of iterations, the first fixed first: no choice needs to be taken back where no group is
 * referred to. */
static bool dissect_star(Matcher *m, const RegexNode *n, int32_t from, int32_t to) {
    bool shortest = n->left->preference == PREFER_SHORT;
    while (from < to) {
        int32_t span = to - from, end, i = 0, k = 0;
        ArenaMark mark = arena_mark(m->arena);
        uint8_t *ends = arena_zalloc(m->arena, (size_t)span + 1);
        if (!simulate(m, n->left, from, to, false, ends, &end))
            return false;
        for (; i <= span && status_ok(m->failed); i++) {
            k = shortest ? i : span - i;
            if (ends[k] && k > 0 && (k == span || matches_exactly(m, n, from + k, to)))
                break;
        }
        arena_release(m->arena, mark);
        if (i > span || !status_ok(m->failed))
            return false;
        clear_captures(m, n->left);
        if (!dissect(m, n->left, from, from + k))
            return false;
        from += k;
    }
    return true;
}

static bool dissect(Matcher *m, const RegexNode *n, int32_t from, int32_t to) {
    if (!n->has_capture && !n->has_backref)
        return true; /* the extent is known to match */
    if (!stack_suffices(m))
        return false;
    switch (n->kind) {
    case RE_CONCAT:
        return dissect_concat(m, n, from, to);
    case RE_ALT:
        for (; n->kind == RE_ALT; n = n->right) {
            if (matches_exactly(m, n->left, from, to) && dissect(m, n->left, from, to))
                return true;
            clear_captures(m, n->left);
        }
        return matches_exactly(m, n, from, to) && dissect(m, n, from, to);
    case RE_CAPTURE:
        if (!dissect(m, n->left, from, to))
            return false;
        m->captures[n->capture] = (RegexMatch){from, to};
        return true;
    case RE_REPEAT:
        if (from == to && n->min == 0) {
            /* No iteration is needed; one is made where it can be empty. */
            if (!matches_exactly(m, n->left, from, to) || !dissect(m, n->left, from, to))
                clear_captures(m, n->left);
            return true;
        }
        return n->max == REGEX_INFINITE && n->min <= 1 && from < to && !n->has_backref
                   ? dissect_star(m, n, from, to)
                   : dissect_rest(m, n, from, to, 0);
    case RE_BACKREF: {
        RegexMatch r = m->captures[n->capture];
        if (r.start < 0 || r.end - r.start != to - from)
            return false;
        if (m->regex->flags & REGEX_NO_CASE) {
            for (int32_t i = 0; i < to - from; i++)
                if (to_lower(m->text.data[r.start + i]) != to_lower(m->text.data[from + i]))
                    return false;
            return true;
        }
        return memcmp(m->text.data + r.start, m->text.data + from, (size_t)(to - from)) == 0;
    }
    default:
        return true;
    }
}

/* With back references an extent counts only if it can be dissected. */
static bool extent_with_backrefs(Matcher *m, int32_t from, int32_t *end_out) {
    bool shortest = m->regex->root->preference == PREFER_SHORT;
    int32_t span = (int32_t)m->text.len - from, end;
    uint8_t *ends = arena_zalloc(m->arena, (size_t)span + 1);
    if (!simulate(m, m->regex->root, from, (int32_t)m->text.len, false, ends, &end))
        return false;
    for (int32_t i = 0; i <= span; i++) {
        int32_t k = shortest ? i : span - i;
        if (!ends[k])
            continue;
        for (int c = 0; c <= m->regex->capture_count; c++)
            m->captures[c] = (RegexMatch){-1, -1};
        if (dissect(m, m->regex->root, from, from + k)) {
            *end_out = from + k;
            return true;
        }
    }
    return false;
}

Status regex_search(const Regex *regex, Arena *scratch, Str text, int32_t from, RegexMatch *matches,
                    int count, bool *found_out) {
    ArenaMark mark = arena_mark(scratch);
    Matcher m = {.regex = regex, .arena = scratch, .text = text};
    bool shortest = regex->root->preference == PREFER_SHORT || (count == 0 && !regex->has_backref);
    size_t capture_bytes = sizeof(RegexMatch) * (size_t)(regex->capture_count + 1);
    m.captures = arena_alloc(scratch, capture_bytes);
    memset(m.captures, 0xff, capture_bytes);
    *found_out = false;
    for (int32_t p = from; p <= (int32_t)text.len && status_ok(m.failed); p++) {
        int32_t end = 0;
        if (regex->anchored && p > 0)
            break;
        if (regex->first_byte >= 0) {
            const char *hit = memchr(text.data + p, regex->first_byte, text.len - (size_t)p);
            if (hit == NULL)
                break;
            p = (int32_t)(hit - text.data);
        } else if (p < (int32_t)text.len && ((uint8_t)text.data[p] & 0xc0) == 0x80) {
            continue;
        }
        bool hit = regex->has_backref
                       ? extent_with_backrefs(&m, p, &end)
                       : simulate(&m, regex->root, p, (int32_t)text.len, shortest, NULL, &end);
        if (!hit)
            continue;
        *found_out = true;
        if (count > 1 && !regex->has_backref)
            dissect(&m, regex->root, p, end);
        if (count > 0)
            matches[0] = (RegexMatch){p, end};
        for (int i = 1; i < count; i++)
            matches[i] = i <= regex->capture_count ? m.captures[i] : (RegexMatch){-1, -1};
        break;
    }
    arena_release(scratch, mark);
    TRY(m.failed);
    return arena_check(scratch);
}
