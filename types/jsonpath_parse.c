/*
 * jsonpath_parse.c: reads a jsonpath into a tree, by recursive descent:
 *
 *   path       [strict | lax] disjunction
 *   predicate  comparisons and tests, joined by && and ||; in parentheses it may stand for a value
 *   value      + - * / % over signed operands; an operand is a primary with accessors behind it
 *
 * Values and predicates are told apart by their operator: where one stands for the other the text is in
 * error at the token behind it.
 */
#include "types/jsonpath_lex.h"
#include "types/numeric.h"

#include "runtime/fiber.h"

#include <limits.h>
#include <stdlib.h>

typedef struct PathParser {
    PathLexer lexer;
    Arena *arena;
} PathParser;

static Status advance(PathParser *p) { return path_lex_next(&p->lexer); }
static bool at(const PathParser *p, PathToken kind) { return p->lexer.kind == kind; }
static bool at_mark(const PathParser *p, char mark) {
    return p->lexer.kind == PT_CHAR && p->lexer.mark == mark;
}
static Status syntax_error(PathParser *p) { return path_lex_error(&p->lexer, "syntax error"); }
static Status expect_mark(PathParser *p, char mark) {
    return at_mark(p, mark) ? advance(p) : syntax_error(p);
}
static PathNode *make(PathParser *p, PathOp op, PathNode *left, PathNode *right) {
    PathNode *node = arena_new(p->arena, PathNode);
    *node = (PathNode){.op = op, .left = left, .right = right};
    return node;
}
static PathNode *make_text(PathParser *p, PathOp op) {
    PathNode *node = make(p, op, NULL, NULL);
    node->text = p->lexer.text;
    return node;
}
/* What a value of this tree is: accessors make a value of anything. */
static bool is_predicate(const PathNode *node) {
    return path_op_is_predicate(node->op) && node->next == NULL;
}

static Status disjunction(PathParser *p, PathNode **out);
static Status additive(PathParser *p, PathNode **out);
static Status value(PathParser *p, PathNode **out) {
    TRY(additive(p, out));
    return is_predicate(*out) ? syntax_error(p) : STATUS_OK;
}

/* ---- literals ---- */

static Status encode(PathParser *p, const JsonNode *node, Str *out) {
    Datum value;
    TRY(jsonb_encode(p->arena, node, &value));
    *out = value.str;
    return STATUS_OK;
}
static Status literal(PathParser *p, PathOp op, JsonKind kind, PathNode **out) {
    JsonNode json = {.kind = kind, .text = p->lexer.text, .truth = at(p, PT_TRUE)};
    *out = make_text(p, op);
    TRY(encode(p, &json, &(*out)->value));
    return advance(p);
}
/* A string literal where the grammar wants just that. */
static Status string(PathParser *p, PathNode **out) {
    return at(p, PT_STRING) ? literal(p, PATH_STRING, JSON_STRING, out) : syntax_error(p);
}

/* ---- accessors ---- */

static Status level(PathParser *p, uint32_t *out) {
    char digits[24];
    if (at(p, PT_LAST)) {
        *out = PATH_LEVEL_LAST;
        return advance(p);
    }
    if (!at(p, PT_INTEGER))
        return syntax_error(p);
    Str text = p->lexer.text;
    unsigned long n = ULONG_MAX;
    if (text.len < sizeof(digits)) {
        memcpy(digits, text.data, text.len);
        digits[text.len] = '\0';
        n = strtoul(digits, NULL, 10);
    }
    if (n > INT32_MAX)
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE,
                     "value \"%.*s\" is out of range for type integer", (int)text.len, text.data);
    *out = (uint32_t)n;
    return advance(p);
}
static Status any_path(PathParser *p, PathNode **out) {
    PathNode *node = *out = make(p, PATH_ANY, NULL, NULL);
    node->last = PATH_LEVEL_LAST;
    TRY(advance(p));
    if (!at_mark(p, '{'))
        return STATUS_OK;
    TRY(advance(p));
    TRY(level(p, &node->first));
    node->last = node->first;
    if (at(p, PT_TO)) {
        TRY(advance(p));
        TRY(level(p, &node->last));
    }
    return expect_mark(p, '}');
}
static Status array_accessor(PathParser *p, PathNode **out) {
    VEC(PathIndex) indexes = {0};
    TRY(advance(p));
    if (at_mark(p, '*')) {
        *out = make(p, PATH_ANY_ARRAY, NULL, NULL);
        TRY(advance(p));
        return expect_mark(p, ']');
    }
    for (;;) {
        PathIndex index = {0};
        TRY(value(p, &index.from));
        if (at(p, PT_TO)) {
            TRY(advance(p));
            TRY(value(p, &index.to));
        }
        vec_push(&indexes, p->arena, index);
        if (!at_mark(p, ','))
            break;
        TRY(advance(p));
    }
    *out = make(p, PATH_INDEXES, NULL, NULL);
    (*out)->indexes = indexes.items;
    (*out)->index_count = (uint32_t)indexes.count;
    return expect_mark(p, ']');
}
/* The words that are methods before a parenthesis. False: another one. */
static bool method(PathToken kind, PathOp *op_out) {
    static const struct {
        PathToken kind;
        PathOp op;
    } methods[] = {{PT_ABS, PATH_ABS},           {PT_SIZE, PATH_SIZE},
                   {PT_TYPE, PATH_TYPE},         {PT_FLOOR, PATH_FLOOR},
                   {PT_DOUBLE, PATH_DOUBLE},     {PT_CEILING, PATH_CEILING},
                   {PT_KEYVALUE, PATH_KEYVALUE}, {PT_DATETIME, PATH_DATETIME}};
    for (size_t i = 0; i < ARRAY_LEN(methods); i++)
        if (methods[i].kind == kind) {
            *op_out = methods[i].op;
            return true;
        }
    return false;
}
static Status member_accessor(PathParser *p, PathNode **out) {
    PathOp op;
    TRY(advance(p));
    if (at_mark(p, '*')) {
        *out = make(p, PATH_ANY_KEY, NULL, NULL);
        return advance(p);
    }
    if (at(p, PT_ANY))
        return any_path(p, out);
    if (!at(p, PT_IDENT) && !at(p, PT_STRING) && p->lexer.kind < PT_IS)
        return syntax_error(p);
    bool is_method = method(p->lexer.kind, &op);
    *out = make_text(p, PATH_KEY);
    TRY(advance(p));
    if (!is_method || !at_mark(p, '('))
        return STATUS_OK;
    *out = make(p, op, NULL, NULL);
    TRY(advance(p));
    if (op == PATH_DATETIME && at(p, PT_STRING))
        TRY(string(p, &(*out)->left));
    return expect_mark(p, ')');
}
static Status filter(PathParser *p, PathNode **out) {
    PathNode *condition;
    TRY(advance(p));
    TRY(expect_mark(p, '('));
    TRY(disjunction(p, &condition));
    if (!is_predicate(condition))
        return syntax_error(p);
    *out = make(p, PATH_FILTER, condition, NULL);
    return expect_mark(p, ')');
}
static bool at_accessor(const PathParser *p) {
    return at_mark(p, '.') || at_mark(p, '[') || at_mark(p, '?');
}
/* Puts accessors behind whatever the tree ends with. */
static Status accessors(PathParser *p, PathNode *head) {
    PathNode *end = head;
    while (end->next != NULL)
        end = end->next;
    while (at_accessor(p)) {
        if (at_mark(p, '.'))
            TRY(member_accessor(p, &end->next));
        else if (at_mark(p, '['))
            TRY(array_accessor(p, &end->next));
        else
            TRY(filter(p, &end->next));
        end = end->next;
    }
    return STATUS_OK;
}

/* ---- values ---- */

static Status parenthesized(PathParser *p, PathNode **out) {
    TRY(advance(p));
    TRY(disjunction(p, out));
    TRY(expect_mark(p, ')'));
    if (!is_predicate(*out) || !at(p, PT_IS))
        return STATUS_OK;
    TRY(advance(p));
    if (!at(p, PT_UNKNOWN))
        return syntax_error(p);
    *out = make(p, PATH_IS_UNKNOWN, *out, NULL);
    return advance(p);
}
static Status primary(PathParser *p, PathNode **out) {
    switch (p->lexer.kind) {
    case PT_STRING:
        TRY(string(p, out));
        break;
    case PT_NULL:
        TRY(literal(p, PATH_NULL, JSON_NULL, out));
        break;
    case PT_TRUE:
    case PT_FALSE:
        TRY(literal(p, PATH_BOOL, JSON_BOOL, out));
        break;
    case PT_INTEGER:
    case PT_NUMERIC:
        TRY(literal(p, PATH_NUMBER, JSON_NUMBER, out));
        break;
    case PT_VARIABLE:
        *out = make_text(p, PATH_VARIABLE);
        TRY(advance(p));
        break;
    case PT_LAST:
        *out = make(p, PATH_LAST, NULL, NULL);
        TRY(advance(p));
        break;
    default:
        if (at_mark(p, '(')) {
            TRY(parenthesized(p, out));
            if ((*out)->op == PATH_IS_UNKNOWN && (*out)->next == NULL)
                return STATUS_OK;
            break;
        }
        if (!at_mark(p, '$') && !at_mark(p, '@'))
            return syntax_error(p);
        *out = make(p, at_mark(p, '$') ? PATH_ROOT : PATH_CURRENT, NULL, NULL);
        TRY(advance(p));
    }
    return accessors(p, *out);
}
/* A sign; that of a literal goes into it. */
static Status sign(PathParser *p, PathNode **out) {
    bool minus = at_mark(p, '-');
    PathNode *operand;
    TRY(fiber_stack_check());
    if (!minus && !at_mark(p, '+'))
        return primary(p, out);
    TRY(advance(p));
    TRY(sign(p, &operand));
    if (is_predicate(operand))
        return syntax_error(p);
    *out = operand;
    if (operand->op != PATH_NUMBER || operand->next != NULL) {
        *out = make(p, minus ? PATH_MINUS : PATH_PLUS, operand, NULL);
        return STATUS_OK;
    }
    if (!minus)
        return STATUS_OK;
    Str number;
    TRY(numeric_minus(p->arena, num_from_i64(p->arena, 0), jsonb_scalar(operand->value), &number));
    operand->value = jsonb_of_numeric(p->arena, number);
    return STATUS_OK;
}
static Status binary(PathParser *p, const char *marks, const PathOp *ops,
                     Status (*operand)(PathParser *, PathNode **), PathNode **out) {
    TRY(operand(p, out));
    for (;;) {
        const char *mark = at(p, PT_CHAR) ? strchr(marks, p->lexer.mark) : NULL;
        PathNode *right;
        if (mark == NULL)
            return STATUS_OK;
        if (is_predicate(*out))
            return syntax_error(p);
        TRY(advance(p));
        TRY(operand(p, &right));
        if (is_predicate(right))
            return syntax_error(p);
        *out = make(p, ops[mark - marks], *out, right);
    }
}
static Status multiplicative(PathParser *p, PathNode **out) {
    static const PathOp ops[] = {PATH_MUL, PATH_DIV, PATH_MOD};
    return binary(p, "*/%", ops, sign, out);
}
static Status additive(PathParser *p, PathNode **out) {
    static const PathOp ops[] = {PATH_ADD, PATH_SUB};
    return binary(p, "+-", ops, multiplicative, out);
}

/* ---- predicates ---- */

static Status regex_flag_bits(PathParser *p, unsigned *bits_out) {
    static const char letters[] = "ismxq";
    Str text = p->lexer.text;
    for (size_t i = 0; i < text.len; i++) {
        const char *letter = strchr(letters, text.data[i]);
        if (letter == NULL || *letter == '\0')
            return status_detail(
                error(ERR_SYNTAX_ERROR, "invalid input syntax for type %s", "jsonpath"),
                "Unrecognized flag character \"%.*s\" in LIKE_REGEX predicate.",
                (int)MIN(text.len - i, utf8_char_bytes((uint8_t)text.data[i])), text.data + i);
        *bits_out |= 1u << (letter - letters);
    }
    return STATUS_OK;
}
static Status like_regex(PathParser *p, PathNode *subject, PathNode **out) {
    PathNode *node = *out = make(p, PATH_LIKE_REGEX, subject, NULL);
    TRY(advance(p));
    if (!at(p, PT_STRING))
        return syntax_error(p);
    node->text = p->lexer.text;
    TRY(advance(p));
    if (at(p, PT_FLAG)) {
        TRY(advance(p));
        if (!at(p, PT_STRING))
            return syntax_error(p);
        TRY(regex_flag_bits(p, &node->flags));
        TRY(advance(p));
    }
    unsigned flags = node->flags & PATH_REGEX_ICASE ? REGEX_NO_CASE : 0;
    if (node->flags & PATH_REGEX_QUOTE) {
        flags |= REGEX_LITERAL;
    } else {
        flags |= node->flags & PATH_REGEX_DOTALL ? 0 : REGEX_NL_STOP;
        flags |= node->flags & PATH_REGEX_MLINE ? REGEX_NL_ANCHOR : 0;
        if (node->flags & PATH_REGEX_WSPACE)
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "XQuery \"x\" flag (expanded regular expressions) is not implemented");
    }
    return regex_compile(p->arena, node->text, flags, &node->regex);
}
static Status starts_with(PathParser *p, PathNode *subject, PathNode **out) {
    PathNode *initial;
    TRY(advance(p));
    if (!at(p, PT_WITH))
        return syntax_error(p);
    TRY(advance(p));
    if (at(p, PT_VARIABLE)) {
        initial = make_text(p, PATH_VARIABLE);
        TRY(advance(p));
    } else {
        TRY(string(p, &initial));
    }
    *out = make(p, PATH_STARTS_WITH, subject, initial);
    return STATUS_OK;
}
static Status exists(PathParser *p, PathNode **out) {
    PathNode *operand;
    TRY(advance(p));
    TRY(expect_mark(p, '('));
    TRY(value(p, &operand));
    *out = make(p, PATH_EXISTS, operand, NULL);
    return expect_mark(p, ')');
}
/* ! takes a predicate in parentheses or exists(). */
static Status negation(PathParser *p, PathNode **out) {
    PathNode *operand;
    TRY(advance(p));
    if (at(p, PT_EXISTS)) {
        TRY(exists(p, &operand));
    } else {
        TRY(expect_mark(p, '('));
        TRY(disjunction(p, &operand));
        if (!is_predicate(operand))
            return syntax_error(p);
        TRY(expect_mark(p, ')'));
    }
    *out = make(p, PATH_NOT, operand, NULL);
    return STATUS_OK;
}
static Status test(PathParser *p, PathNode **out) {
    static const PathOp ops[] = {PATH_LESS,      PATH_LESS_EQUAL, PATH_EQUAL,
                                 PATH_NOT_EQUAL, PATH_GREATER,    PATH_GREATER_EQUAL};
    PathNode *right;
    if (at(p, PT_NOT))
        return negation(p, out);
    if (at(p, PT_EXISTS))
        return exists(p, out);
    TRY(additive(p, out));
    if (is_predicate(*out))
        return STATUS_OK;
    if (at(p, PT_STARTS))
        return starts_with(p, *out, out);
    if (at(p, PT_LIKE_REGEX))
        return like_regex(p, *out, out);
    if (p->lexer.kind < PT_LESS || p->lexer.kind > PT_GREATER_EQUAL)
        return STATUS_OK;
    PathOp op = ops[p->lexer.kind - PT_LESS];
    TRY(advance(p));
    TRY(value(p, &right));
    *out = make(p, op, *out, right);
    return STATUS_OK;
}
static Status joined(PathParser *p, PathToken token, PathOp op,
                     Status (*operand)(PathParser *, PathNode **), PathNode **out) {
    TRY(operand(p, out));
    while (at(p, token)) {
        PathNode *right;
        if (!is_predicate(*out))
            return syntax_error(p);
        TRY(advance(p));
        TRY(operand(p, &right));
        if (!is_predicate(right))
            return syntax_error(p);
        *out = make(p, op, *out, right);
    }
    return STATUS_OK;
}
static Status conjunction(PathParser *p, PathNode **out) {
    return joined(p, PT_AND, PATH_AND, test, out);
}
static Status disjunction(PathParser *p, PathNode **out) {
    TRY(fiber_stack_check());
    return joined(p, PT_OR, PATH_OR, conjunction, out);
}

/* ---- places of @ and last ---- */

static Status check_places(const PathNode *node, bool in_filter, bool in_subscript) {
    TRY(fiber_stack_check());
    for (; node != NULL; node = node->next) {
        if (node->op == PATH_CURRENT && !in_filter)
            return error(ERR_SYNTAX_ERROR, "@ is not allowed in root expressions");
        if (node->op == PATH_LAST && !in_subscript)
            return error(ERR_SYNTAX_ERROR, "LAST is allowed only in array subscripts");
        bool filtered = in_filter || node->op == PATH_FILTER;
        TRY(check_places(node->left, filtered, in_subscript));
        TRY(check_places(node->right, in_filter, in_subscript));
        for (uint32_t i = 0; i < node->index_count; i++) {
            TRY(check_places(node->indexes[i].from, in_filter, true));
            TRY(check_places(node->indexes[i].to, in_filter, true));
        }
    }
    return STATUS_OK;
}
Status path_parse(Arena *arena, Str text, PathExpr *path_out) {
    PathParser p = {.arena = arena,
                    .lexer = {.arena = arena, .at = text.data, .end = text.data + text.len}};
    *path_out = (PathExpr){.lax = true};
    TRY(advance(&p));
    if (at(&p, PT_END))
        return error(ERR_INVALID_TEXT_REPRESENTATION, "invalid input syntax for type %s: \"%.*s\"",
                     "jsonpath", (int)text.len, text.data);
    if (at(&p, PT_STRICT) || at(&p, PT_LAX)) {
        path_out->lax = at(&p, PT_LAX);
        TRY(advance(&p));
    }
    TRY(disjunction(&p, &path_out->root));
    if (!at(&p, PT_END))
        return syntax_error(&p);
    return check_places(path_out->root, false, false);
}
