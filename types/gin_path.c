/*
 * gin_path.c: what a jsonpath asks of an index on jsonb: names on the way to an item and the scalars that
 * items must be equal to (jsonb_ops), or scalars with the whole way to them (jsonb_path_ops). Conditions
 * of other kinds ask for their items to exist. What a negation excludes is left to the second look.
 */
#include "types/gin_int.h"

#include "types/jsonpath.h"

#define DEPTH_MAX 64

/* Where an expression stands. */
typedef struct Way {
    uint64_t path;
    bool known;     /* path is the whole way: without wildcards */
    GinNode *names; /* that lead here */
} Way;

static GinNode *everything(KeyMaker *m) { return gin_leaf(m->arena, GIN_ALL, (Str){0}); }
static GinNode *predicate(KeyMaker *m, const PathNode *n, const Way *way, int depth);

static bool is_literal(const PathNode *n) {
    return n != NULL && n->op <= PATH_STRING && n->next == NULL;
}
static Str taken_key(KeyMaker *m) { return m->keys->items[--m->keys->count]; }

static GinNode *scalar_node(KeyMaker *m, const Way *way, const PathNode *literal) {
    gin_json_scalar(m, literal->value, false);
    Str key = taken_key(m);
    if (m->column->kind == GIN_KIND_JSONB_PATH) {
        if (!way->known)
            return everything(m);
        gin_json_path_key(m, way->path, key);
        return gin_leaf(m->arena, GIN_KEY, taken_key(m));
    }
    GinNode *node = gin_leaf(m->arena, GIN_KEY, key);
    if (literal->op != PATH_STRING)
        return node;
    gin_json_scalar(m, literal->value, true);
    return gin_or(m->arena, node, gin_leaf(m->arena, GIN_KEY, taken_key(m)));
}

/* The items of a path exist; literal: one of them is equal to it. */
static GinNode *items(KeyMaker *m, const PathNode *n, const Way *current, const PathNode *literal,
                      int depth) {
    Way way = *current;
    GinNode *filters = everything(m);
    if (n == NULL || (n->op != PATH_ROOT && n->op != PATH_CURRENT) || depth > DEPTH_MAX)
        return everything(m);
    if (n->op == PATH_ROOT)
        way = (Way){.known = true, .names = everything(m)};
    for (n = n->next; n != NULL; n = n->next) {
        switch (n->op) {
        case PATH_KEY:
            if (m->column->kind == GIN_KIND_JSONB) {
                gin_put_text(m, KEY_NAME, n->text);
                way.names =
                    gin_and(m->arena, way.names, gin_leaf(m->arena, GIN_KEY, taken_key(m)));
            }
            way.path = gin_json_path_step(way.path, n->text);
            break;
        case PATH_ANY_ARRAY:
        case PATH_INDEXES:
            break;
        case PATH_ANY_KEY:
        case PATH_ANY:
            way.known = false;
            break;
        case PATH_FILTER:
            filters = gin_and(m->arena, filters, predicate(m, n->left, &way, depth + 1));
            break;
        default: /* a method: of its results nothing is known */
            return gin_and(m->arena, way.names, filters);
        }
    }
    if (literal != NULL)
        filters = gin_and(m->arena, filters, scalar_node(m, &way, literal));
    return gin_and(m->arena, way.names, filters);
}

static GinNode *predicate(KeyMaker *m, const PathNode *n, const Way *way, int depth) {
    if (n == NULL || depth > DEPTH_MAX || n->next != NULL)
        return everything(m);
    switch (n->op) {
    case PATH_AND:
        return gin_and(m->arena, predicate(m, n->left, way, depth + 1),
                       predicate(m, n->right, way, depth + 1));
    case PATH_OR:
        return gin_or(m->arena, predicate(m, n->left, way, depth + 1),
                      predicate(m, n->right, way, depth + 1));
    case PATH_EXISTS:
    case PATH_STARTS_WITH:
    case PATH_LIKE_REGEX:
        return items(m, n->left, way, NULL, depth + 1);
    case PATH_EQUAL:
        if (is_literal(n->right))
            return items(m, n->left, way, n->right, depth + 1);
        if (is_literal(n->left))
            return items(m, n->right, way, n->left, depth + 1);
        /* fall through */
    case PATH_NOT_EQUAL:
    case PATH_LESS:
    case PATH_GREATER:
    case PATH_LESS_EQUAL:
    case PATH_GREATER_EQUAL:
        return gin_and(m->arena, items(m, n->left, way, NULL, depth + 1),
                       items(m, n->right, way, NULL, depth + 1));
    default:
        return everything(m);
    }
}

Status gin_path_query(KeyMaker *m, Str text, bool matches, GinNode **out) {
    PathExpr path;
    TRY(path_parse(m->arena, text, &path));
    const Way root = {.known = true, .names = everything(m)};
    bool condition = path_op_is_predicate(path.root->op);
    if (condition)
        *out = matches ? predicate(m, path.root, &root, 0) : everything(m);
    else
        *out = items(m, path.root, &root, NULL, 0);
    return m->failed;
}
