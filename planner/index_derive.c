/*
 * index_derive.c: conditions that follow from one that no index can answer, but that an index can:
 *
 *   col LIKE 'abc%'     col >= 'abc' AND col < 'abd'      also ~ '^abc', ^@ 'abc'; 'abc' alone: col = 'abc'
 *   col << '10.1/16'    col > '10.1.0.0/16' AND col <= '10.1.255.255'      also <<= and their commutators
 *   col = 1 OR (col = 2 AND a > b)     col = ANY (ARRAY[1, 2])
 *
 * The original one stays a filter. Text must be ordered by its bytes: that is the case in the
 * *_pattern_ops classes and under collations like C.
 */
#include "base/utf8.h"
#include "planner/rels_int.h"
#include "types/collate.h"
#include "types/inet.h"

typedef enum PatternKind { PATTERN_NONE, PATTERN_LIKE, PATTERN_REGEX, PATTERN_PREFIX } PatternKind;

typedef struct PatternOperator {
    Oid op;
    PatternKind kind;
    Oid left, right; /* types of the comparisons that stand for it */
} PatternOperator;

static const PatternOperator pattern_operators[] = {
    {1209, PATTERN_LIKE, OID_TEXT, OID_TEXT},      /* text ~~ text */
    {1207, PATTERN_LIKE, OID_NAME, OID_TEXT},      /* name ~~ text */
    {1211, PATTERN_LIKE, OID_BPCHAR, OID_BPCHAR},  /* bpchar ~~ text */
    {641, PATTERN_REGEX, OID_TEXT, OID_TEXT},      /* text ~ text */
    {639, PATTERN_REGEX, OID_NAME, OID_TEXT},      /* name ~ text */
    {1055, PATTERN_REGEX, OID_BPCHAR, OID_BPCHAR}, /* bpchar ~ text */
    {3877, PATTERN_PREFIX, OID_TEXT, OID_TEXT},    /* text ^@ text */
};

#define OP_SUBNET 931          /* inet << inet */
#define OP_SUBNET_OR_EQUAL 932 /* inet <<= inet */
#define OP_SUPERNET 933
#define OP_SUPERNET_OR_EQUAL 934

typedef struct Derive {
    Level *level;
    const IndexInfo *index;
    uint32_t column;
    Qual *qual;
    Qual **out;
    uint32_t count;
} Derive;

/* Adds: own <strategy> value. Nothing where the index's family lacks the operator. */
static void derive_add(Derive *d, Expr *own, int16_t strategy, Oid left, ExprConst *value) {
    Planner *planner = d->level->planner;
    const IndexDesc *desc = d->index->desc;
    const OpfamilyDesc *family = NULL;
    const OperatorDesc *op = NULL;
    status_free(catalog_opfamily(planner->catalog, desc->families[d->column], &family));
    Oid oid = family == NULL ? OID_INVALID : opfamily_operator(family, left, value->type, strategy);
    if (oid != OID_INVALID)
        status_free(catalog_operator(planner->catalog, oid, &op));
    if (op == NULL)
        return;
    ExprFunc *clause = arena_memdup(planner->arena, d->qual->clause, sizeof(*clause));
    clause->op = op->oid;
    clause->function = op->code;
    clause->input_collation = desc->collations[d->column];
    clause->args = expr_list_of(planner->arena, 2, own, (Expr *)value);
    Qual *qual = qual_make(d->level, (Expr *)clause, d->qual->required, d->qual->pushed_down);
    qual->security = d->qual->security;
    d->out[d->count++] = qual;
}

/* ---- patterns ---- */

/* The fixed beginning of a LIKE pattern; *exact_out: it is the whole. False: there is none. */
static bool like_prefix(Str pattern, StrBuf *prefix, bool *exact_out) {
    uint32_t i = 0;
    for (; i < pattern.len && pattern.data[i] != '%' && pattern.data[i] != '_'; i++) {
        if (pattern.data[i] == '\\' && ++i == pattern.len)
            break;
        strbuf_putc(prefix, pattern.data[i]);
    }
    *exact_out = i == pattern.len;
    return *exact_out || prefix->len > 0;
}

static bool is_plain(char c) {
    return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || (c != '\0' && strchr(" _-/:@,;<>=!\"#%&'~`", c) != NULL);
}

/* The same of a regular expression: plain characters behind ^, as far as no quantifier follows. */
static bool regex_prefix(Str pattern, StrBuf *prefix, bool *exact_out) {
    *exact_out = false;
    if (pattern.len < 2 || pattern.data[0] != '^' || memchr(pattern.data, '|', pattern.len) != NULL)
        return false;
    for (uint32_t i = 1; i < pattern.len;) {
        uint32_t bytes = utf8_char_bytes((unsigned char)pattern.data[i]);
        uint32_t next = i + MAX(bytes, 1u);
        if (!is_plain(pattern.data[i]) || next > pattern.len) {
            *exact_out = pattern.data[i] == '$' && next == pattern.len;
            break;
        }
        if (next < pattern.len && strchr("*?{+", pattern.data[next]) != NULL)
            break;
        strbuf_append(prefix, pattern.data + i, next - i);
        i = next;
    }
    return prefix->len > 0;
}

/* The least text of the same length or shorter above all that begin with prefix; false: none. */
static bool text_above(StrBuf *text) {
    while (text->len > 0) {
        const char *data = strbuf_cstr(text);
        size_t start = text->len - 1;
        while (start > 0 && ((unsigned char)data[start] & 0xC0) == 0x80)
            start--;
        const char *p = data + start;
        uint32_t code = utf8_decode(&p) + 1;
        char encoded[4];
        if (code >= 0xD800 && code <= 0xDFFF)
            code = 0xE000;
        unsigned bytes = code > 0x10FFFF ? 0 : utf8_encode(code, encoded);
        bool fits = bytes == text->len - start;
        strbuf_truncate(text, start);
        if (fits) {
            strbuf_append(text, encoded, bytes);
            return true;
        }
    }
    return false;
}

static ExprConst *text_const(Derive *d, Oid type, StrBuf *text) {
    Arena *arena = d->level->planner->arena;
    const char *copy = arena_memdup(arena, strbuf_cstr(text), text->len + 1);
    return expr_const(arena, type, -1, d->index->desc->collations[d->column], PHYS_STR,
                      datum_str(copy, text->len), false);
}

static void derive_pattern(Derive *d, const PatternOperator *op) {
    const ExprFunc *clause = (const ExprFunc *)d->qual->clause;
    const IndexDesc *desc = d->index->desc;
    Expr *own = clause->args.items[0];
    const ExprConst *value = (const ExprConst *)expr_strip_relabel(clause->args.items[1]);
    Oid family = desc->families[d->column];
    bool by_bytes = family == OID_FAMILY_BTREE_TEXT_PATTERN_OPS ||
                    family == OID_FAMILY_BTREE_BPCHAR_PATTERN_OPS;
    if (value->tag != EXPR_CONST || value->is_null || value->phys != PHYS_STR ||
        (!by_bytes && !collation_is_bytes(desc->collations[d->column])) ||
        !collation_is_deterministic(clause->input_collation)) /* an error, once it is evaluated */
        return;
    StrBuf prefix;
    bool exact = false, found = false;
    strbuf_init(&prefix, d->level->planner->arena);
    if (op->kind == PATTERN_LIKE)
        found = like_prefix(value->value.str, &prefix, &exact);
    else if (op->kind == PATTERN_REGEX)
        found = regex_prefix(value->value.str, &prefix, &exact);
    else
        strbuf_append(&prefix, value->value.str.data, value->value.str.len);
    found |= op->kind == PATTERN_PREFIX && prefix.len > 0;
    if (!found)
        return;
    if (exact) {
        derive_add(d, own, BTREE_EQUAL, op->left, text_const(d, op->right, &prefix));
        return;
    }
    derive_add(d, own, BTREE_GREATER_EQUAL, op->left, text_const(d, op->right, &prefix));
    if (text_above(&prefix))
        derive_add(d, own, BTREE_LESS, op->left, text_const(d, op->right, &prefix));
}

/* ---- networks ---- */

static ExprConst *net_const(Derive *d, const NetAddress *address) {
    Arena *arena = d->level->planner->arena;
    return expr_const(arena, OID_INET, -1, OID_INVALID, PHYS_STR, net_store(arena, address), false);
}

static void derive_network(Derive *d, bool own_first, bool or_equal) {
    const ExprFunc *clause = (const ExprFunc *)d->qual->clause;
    Expr *own = clause->args.items[own_first ? 0 : 1];
    const ExprConst *value =
        (const ExprConst *)expr_strip_relabel(clause->args.items[own_first ? 1 : 0]);
    if (value->tag != EXPR_CONST || value->is_null || value->phys != PHYS_STR)
        return;
    NetAddress given = net_load(value->value);
    NetAddress first = net_masked(&given), last = first;
    for (int bit = given.bits; bit < net_bits_max(&given); bit++)
        last.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    last.bits = net_bits_max(&given);
    derive_add(d, own, or_equal ? BTREE_GREATER_EQUAL : BTREE_GREATER, OID_INET,
               net_const(d, &first));
    derive_add(d, own, BTREE_LESS_EQUAL, OID_INET, net_const(d, &last));
}

/* ---- alternatives ---- */

/* The arm's conjunct `own = value`, of which the value is no column's; NULL: it has none. */
static ExprFunc *arm_equality(const Derive *d, Expr *arm) {
    Planner *planner = d->level->planner;
    ExprList conjuncts = {0};
    expr_conjuncts(planner->arena, arm, &conjuncts);
    for (uint32_t i = 0; i < conjuncts.count; i++) {
        ExprFunc *op = (ExprFunc *)conjuncts.items[i];
        if (op->tag != EXPR_FUNC || op->op == OID_INVALID || op->args.count != 2 ||
            !index_key_is(d->index, d->column, op->args.items[0]) ||
            index_strategy(planner, op->op, d->index->desc->families[d->column]) != BTREE_EQUAL)
            continue;
        Expr *value = op->args.items[1];
        if (bitset_empty(tree_rels(planner->arena, NULL, value, 0)) &&
            !expr_is_volatile(planner, value) && !expr_has_subplan(value))
            return op;
    }
    return NULL;
}

/* (own = 1 AND ..) OR (own = 2 AND ..): own = ANY (ARRAY[1, 2]). */
static void derive_any(Derive *d) {
    Planner *planner = d->level->planner;
    const ExprBool *arms = (const ExprBool *)d->qual->clause;
    const TypeDesc *type = NULL;
    ExprFunc *first = arms->op == BOOL_OR ? arm_equality(d, arms->args.items[0]) : NULL;
    if (first == NULL)
        return;
    const Expr *like = first->args.items[1];
    status_free(catalog_type(planner->catalog, like->type, &type));
    if (type == NULL || type->array == OID_INVALID)
        return;
    ExprArray *values = EXPR_NEW(planner->arena, ExprArray, EXPR_ARRAY);
    values->type = type->array;
    values->typmod = -1;
    values->collation = like->collation;
    values->location = -1;
    values->element_type = like->type;
    for (uint32_t i = 0; i < arms->args.count; i++) {
        const ExprFunc *arm = arm_equality(d, arms->args.items[i]);
        if (arm == NULL || arm->op != first->op || arm->input_collation != first->input_collation)
            return;
        expr_list_add(planner->arena, &values->elements, arm->args.items[1]);
    }
    ExprScalarArrayOp *any = EXPR_NEW(planner->arena, ExprScalarArrayOp, EXPR_SCALAR_ARRAY_OP);
    any->type = OID_BOOL;
    any->typmod = -1;
    any->location = -1;
    any->op = first->op;
    any->function = first->function;
    any->use_or = true;
    any->input_collation = first->input_collation;
    any->args = expr_list_of(planner->arena, 2, first->args.items[0], values);
    Qual *qual = qual_make(d->level, (Expr *)any, d->qual->required, d->qual->pushed_down);
    qual->security = d->qual->security;
    qual->leakproof = d->qual->leakproof;
    d->out[d->count++] = qual;
}

uint32_t index_derived_quals(Level *level, const IndexInfo *index, uint32_t column, Qual *qual,
                             Qual **out) {
    Derive derive = {level, index, column, qual, out, 0};
    const ExprFunc *clause = (const ExprFunc *)qual->clause;
    if (index->desc->am != OID_AM_BTREE)
        return 0;
    if (clause->tag == EXPR_BOOL)
        derive_any(&derive);
    if (clause->tag != EXPR_FUNC || clause->op == OID_INVALID || clause->args.count != 2)
        return derive.count;
    switch (clause->op) {
    case OP_SUBNET:
    case OP_SUBNET_OR_EQUAL:
        derive_network(&derive, true, clause->op == OP_SUBNET_OR_EQUAL);
        break;
    case OP_SUPERNET:
    case OP_SUPERNET_OR_EQUAL:
        derive_network(&derive, false, clause->op == OP_SUPERNET_OR_EQUAL);
        break;
    default:
        for (size_t i = 0; i < ARRAY_LEN(pattern_operators); i++)
            if (pattern_operators[i].op == clause->op)
                derive_pattern(&derive, &pattern_operators[i]);
    }
    return derive.count;
}
