/* ast.c: building lists and nodes, and where a node stands in the text. */
#include "planner/ast.h"

#include "base/strbuf.h"

/* Most lists are short: two items fill the smallest allocation. */
void ast_list_grow(Arena *arena, AstList *list) {
    if (list->capacity == 0) {
        list->items = arena_alloc(arena, 2 * sizeof(Ast *));
        list->capacity = 2;
        return;
    }
    uint32_t capacity = list->capacity * 2;
    list->items =
        arena_grow(arena, list->items, list->capacity * sizeof(Ast *), capacity * sizeof(Ast *));
    list->capacity = capacity;
}

void ast_list_concat(Arena *arena, AstList *list, const AstList *tail) {
    for (uint32_t i = 0; i < tail->count; i++)
        ast_list_add(arena, list, tail->items[i]);
}

void str_list_grow(Arena *arena, StrList *list) {
    if (list->capacity == 0) {
        list->items = arena_alloc(arena, 2 * sizeof(char *));
        list->capacity = 2;
        return;
    }
    uint32_t capacity = list->capacity * 2;
    list->items =
        arena_grow(arena, list->items, list->capacity * sizeof(char *), capacity * sizeof(char *));
    list->capacity = capacity;
}

const char *str_list_join(Arena *arena, const StrList *list) {
    StrBuf buf;
    strbuf_init(&buf, arena);
    for (uint32_t i = 0; i < list->count; i++) {
        if (i > 0)
            strbuf_putc(&buf, '.');
        strbuf_puts(&buf, list->items[i]);
    }
    return strbuf_cstr(&buf);
}

const char *ast_tag_name(AstTag tag) {
    static const char *const names[] = {"INVALID",
#define AST_TAG_NAME(name) #name,
                                        AST_TAGS(AST_TAG_NAME)
#undef AST_TAG_NAME
    };
    check(tag < AST_TAG_COUNT);
    return names[tag];
}

static int32_t leftmost(int32_t a, int32_t b) {
    if (a < 0)
        return b;
    return b < 0 || a < b ? a : b;
}

int32_t ast_list_location(const AstList *list) {
    for (uint32_t i = 0; i < list->count; i++) {
        int32_t location = ast_location(list->items[i]);
        if (location >= 0)
            return location;
    }
    return -1;
}

/*
 * Nodes whose own location is that of an operator, keyword or cast in their middle. The left
 * operand is followed in a loop, as long chains of operators lean to the left.
 */
int32_t ast_location(const void *node) {
    int32_t location = -1;
    while (node != NULL) {
        const Ast *ast = node;
        location = leftmost(location, ast->location);
        switch (ast->tag) {
        case AST_OP:
            node = ((const AstOp *)node)->left;
            break;
        case AST_IN_LIST:
            node = ((const AstInList *)node)->left;
            break;
        case AST_BETWEEN:
            node = ((const AstBetween *)node)->arg;
            break;
        case AST_BOOL_EXPR:
            return leftmost(location, ast_list_location(&((const AstBoolExpr *)node)->args));
        case AST_FUNC_CALL:
            return leftmost(location, ast_list_location(&((const AstFuncCall *)node)->args));
        case AST_NAMED_ARG:
            node = ((const AstNamedArg *)node)->arg;
            break;
        case AST_SUB_LINK:
            node = ((const AstSubLink *)node)->test;
            break;
        case AST_TYPE_CAST:
            location = leftmost(location, ((const AstTypeCast *)node)->type->location);
            node = ((const AstTypeCast *)node)->arg;
            break;
        case AST_COLLATE:
            return leftmost(location, ast_location(((const AstCollate *)node)->arg));
        case AST_NULL_TEST:
            node = ((const AstNullTest *)node)->arg;
            break;
        case AST_BOOLEAN_TEST:
            node = ((const AstBooleanTest *)node)->arg;
            break;
        case AST_INDIRECTION:
            node = ((const AstIndirection *)node)->arg;
            break;
        case AST_SORT_BY:
            return ast_location(((const AstSortBy *)node)->value);
        default:
            return location;
        }
    }
    return location;
}
