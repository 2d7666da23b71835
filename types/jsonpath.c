/* jsonpath.c: the type jsonpath: its forms, and a path's canonical text. */
#include "types/jsonpath.h"
#include "types/text.h"

DECLARE_TYPE_IO(jsonpath);

const char *path_op_name(PathOp op) {
    static const char *const names[] = {[PATH_OR] = "||",
                                        [PATH_AND] = "&&",
                                        [PATH_EQUAL] = "==",
                                        [PATH_NOT_EQUAL] = "!=",
                                        [PATH_LESS] = "<",
                                        [PATH_GREATER] = ">",
                                        [PATH_LESS_EQUAL] = "<=",
                                        [PATH_GREATER_EQUAL] = ">=",
                                        [PATH_STARTS_WITH] = "starts with",
                                        [PATH_LIKE_REGEX] = "like_regex",
                                        [PATH_ADD] = "+",
                                        [PATH_SUB] = "-",
                                        [PATH_MUL] = "*",
                                        [PATH_DIV] = "/",
                                        [PATH_MOD] = "%",
                                        [PATH_PLUS] = "+",
                                        [PATH_MINUS] = "-",
                                        [PATH_TYPE] = "type",
                                        [PATH_SIZE] = "size",
                                        [PATH_ABS] = "abs",
                                        [PATH_FLOOR] = "floor",
                                        [PATH_CEILING] = "ceiling",
                                        [PATH_DOUBLE] = "double",
                                        [PATH_DATETIME] = "datetime",
                                        [PATH_KEYVALUE] = "keyvalue"};
    return names[op];
}
static int priority(PathOp op) {
    switch (op) {
    case PATH_OR:
        return 0;
    case PATH_AND:
        return 1;
    case PATH_EQUAL:
    case PATH_NOT_EQUAL:
    case PATH_LESS:
    case PATH_GREATER:
    case PATH_LESS_EQUAL:
    case PATH_GREATER_EQUAL:
    case PATH_STARTS_WITH:
        return 2;
    case PATH_ADD:
    case PATH_SUB:
        return 3;
    case PATH_MUL:
    case PATH_DIV:
    case PATH_MOD:
        return 4;
    case PATH_PLUS:
    case PATH_MINUS:
        return 5;
    default:
        return 6;
    }
}

static void print(const PathNode *node, bool behind, bool brackets, StrBuf *out);

static void print_operand(const PathNode *of, const PathNode *operand, StrBuf *out) {
    print(operand, false, priority(operand->op) <= priority(of->op), out);
}
static void print_level(uint32_t level, StrBuf *out) {
    if (level == PATH_LEVEL_LAST)
        strbuf_puts(out, "last");
    else
        strbuf_printf(out, "%u", level);
}
static void print_any(const PathNode *node, StrBuf *out) {
    strbuf_puts(out, "**");
    if (node->first == 0 && node->last == PATH_LEVEL_LAST)
        return;
    strbuf_putc(out, '{');
    print_level(node->first, out);
    if (node->first != node->last) {
        strbuf_puts(out, " to ");
        print_level(node->last, out);
    }
    strbuf_putc(out, '}');
}
static void print_indexes(const PathNode *node, StrBuf *out) {
    for (uint32_t i = 0; i < node->index_count; i++) {
        strbuf_putc(out, i == 0 ? '[' : ',');
        print(node->indexes[i].from, false, false, out);
        if (node->indexes[i].to == NULL)
            continue;
        strbuf_puts(out, " to ");
        print(node->indexes[i].to, false, false, out);
    }
    strbuf_putc(out, ']');
}
static void print_like_regex(const PathNode *node, StrBuf *out) {
    print_operand(node, node->left, out);
    strbuf_puts(out, " like_regex ");
    json_put_string(out, node->text);
    if (node->flags == 0)
        return;
    strbuf_puts(out, " flag \"");
    for (int i = 0; i < 5; i++)
        if (node->flags & 1u << i)
            strbuf_putc(out, "ismxq"[i]);
    strbuf_putc(out, '"');
}
static void wrap(const char *before, const PathNode *node, const char *after, StrBuf *out) {
    strbuf_puts(out, before);
    if (node != NULL)
        print(node, false, false, out);
    strbuf_puts(out, after);
}
/* Those with two operands, and the signs. */
static void print_operator(const PathNode *node, StrBuf *out) {
    if (node->op == PATH_LIKE_REGEX) {
        print_like_regex(node, out);
    } else if (node->right == NULL) {
        strbuf_puts(out, path_op_name(node->op));
        print_operand(node, node->left, out);
    } else {
        print_operand(node, node->left, out);
        strbuf_printf(out, " %s ", path_op_name(node->op));
        print_operand(node, node->right, out);
    }
}
static void print_literal(const PathNode *node, StrBuf *out) {
    bool number = node->op == PATH_NUMBER && node->next != NULL;
    if (number)
        strbuf_putc(out, '(');
    jsonb_print(node->value, false, out);
    if (number)
        strbuf_putc(out, ')');
}
static void print_one(const PathNode *node, bool behind, StrBuf *out) {
    bool dotted =
        behind && (node->op == PATH_KEY || node->op == PATH_ANY_KEY || node->op == PATH_ANY);
    if (dotted)
        strbuf_putc(out, '.');
    switch (node->op) {
    case PATH_NULL:
    case PATH_BOOL:
    case PATH_NUMBER:
    case PATH_STRING:
        print_literal(node, out);
        return;
    case PATH_VARIABLE:
        strbuf_putc(out, '$');
        json_put_string(out, node->text);
        return;
    case PATH_KEY:
        json_put_string(out, node->text);
        return;
    case PATH_ROOT:
    case PATH_CURRENT:
        strbuf_putc(out, node->op == PATH_ROOT ? '$' : '@');
        return;
    case PATH_LAST:
        strbuf_puts(out, "last");
        return;
    case PATH_NOT:
        wrap("!(", node->left, ")", out);
        return;
    case PATH_IS_UNKNOWN:
        wrap("(", node->left, ") is unknown", out);
        return;
    case PATH_EXISTS:
        wrap("exists (", node->left, ")", out);
        return;
    case PATH_FILTER:
        wrap("?(", node->left, ")", out);
        return;
    case PATH_ANY_KEY:
        strbuf_putc(out, '*');
        return;
    case PATH_ANY:
        print_any(node, out);
        return;
    case PATH_ANY_ARRAY:
        strbuf_puts(out, "[*]");
        return;
    case PATH_INDEXES:
        print_indexes(node, out);
        return;
    case PATH_DATETIME:
        wrap(".datetime(", node->left, ")", out);
        return;
    case PATH_TYPE:
    case PATH_SIZE:
    case PATH_ABS:
    case PATH_FLOOR:
    case PATH_CEILING:
    case PATH_DOUBLE:
    case PATH_KEYVALUE:
        strbuf_printf(out, ".%s()", path_op_name(node->op));
        return;
    default:
        print_operator(node, out);
        return;
    }
}
/* behind: it is applied to something. brackets: around operators. */
static void print(const PathNode *node, bool behind, bool brackets, StrBuf *out) {
    for (; node != NULL; node = node->next, behind = brackets = true) {
        bool is_operator =
            (path_op_is_predicate(node->op) || (node->op >= PATH_ADD && node->op <= PATH_MINUS)) &&
            node->op != PATH_NOT && node->op != PATH_IS_UNKNOWN && node->op != PATH_EXISTS;
        if (is_operator && brackets)
            strbuf_putc(out, '(');
        print_one(node, behind, out);
        if (is_operator && brackets)
            strbuf_putc(out, ')');
    }
}
void path_print(const PathExpr *path, StrBuf *text) {
    if (!path->lax)
        strbuf_puts(text, "strict ");
    print(path->root, false, true, text);
}

Status jsonpath_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    PathExpr path;
    StrBuf buf;
    TRY(path_parse(io->arena, str_make(text, len), &path));
    strbuf_init(&buf, io->arena);
    path_print(&path, &buf);
    *value_out = buf_datum(&buf);
    return STATUS_OK;
}
Status jsonpath_output(TypeIo *io, Datum value, StrBuf *text) {
    strbuf_append(text, value.str.data, value.str.len);
    return STATUS_OK;
}
/* A version byte, then the text. */
Status jsonpath_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len < 1)
        return error(ERR_PROTOCOL_VIOLATION, "no data left in message");
    if (bytes[0] != 1)
        return error(ERR_INTERNAL_ERROR, "unsupported jsonpath version number: %d", bytes[0]);
    TRY(text_verify(bytes + 1, len - 1));
    return jsonpath_input(io, (const char *)bytes + 1, len - 1, value_out);
}
Status jsonpath_send(TypeIo *io, Datum value, StrBuf *bytes) {
    strbuf_putc(bytes, 1);
    return jsonpath_output(io, value, bytes);
}
