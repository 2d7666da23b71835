/*
 * jsonpath.h: the path language of SQL/JSON. Private to types/.
 *
 * A stored jsonpath is its canonical text, as json is its text: reading it again gives the same tree.
 * Calls keep the tree of their first path with the call site.
 */
#ifndef TYPES_JSONPATH_H
#define TYPES_JSONPATH_H

#include "types/json.h"
#include "types/regex.h"

typedef enum PathOp {
    PATH_NULL,
    PATH_BOOL,
    PATH_NUMBER,
    PATH_STRING,
    PATH_VARIABLE,
    PATH_ROOT,
    PATH_CURRENT,
    PATH_LAST,
    PATH_OR,
    PATH_AND,
    PATH_NOT,
    PATH_IS_UNKNOWN,
    PATH_EXISTS,
    PATH_EQUAL,
    PATH_NOT_EQUAL,
    PATH_LESS,
    PATH_GREATER,
    PATH_LESS_EQUAL,
    PATH_GREATER_EQUAL,
    PATH_STARTS_WITH,
    PATH_LIKE_REGEX,
    PATH_ADD,
    PATH_SUB,
    PATH_MUL,
    PATH_DIV,
    PATH_MOD,
    PATH_PLUS,
    PATH_MINUS,
    PATH_KEY,
    PATH_ANY_KEY,
    PATH_ANY,
    PATH_ANY_ARRAY,
    PATH_INDEXES,
    PATH_FILTER,
    PATH_TYPE,
    PATH_SIZE,
    PATH_ABS,
    PATH_FLOOR,
    PATH_CEILING,
    PATH_DOUBLE,
    PATH_DATETIME,
    PATH_KEYVALUE
} PathOp;
static inline bool path_op_is_predicate(PathOp op) {
    return op >= PATH_OR && op <= PATH_LIKE_REGEX;
}

#define PATH_LEVEL_LAST UINT32_MAX

#define PATH_REGEX_ICASE 1u
#define PATH_REGEX_DOTALL 2u
#define PATH_REGEX_MLINE 4u
#define PATH_REGEX_WSPACE 8u
#define PATH_REGEX_QUOTE 16u

typedef struct PathNode PathNode;
typedef struct PathIndex {
    PathNode *from, *to; /* to NULL: one element */
} PathIndex;
struct PathNode {
    PathOp op;
    PathNode *next;         /* what is applied to the result */
    PathNode *left, *right; /* operands; of one-sided ones, filters, methods: left, may be NULL */
    Str text;               /* string, key, variable, pattern */
    Str value;              /* literals: as jsonb */
    uint32_t first, last;   /* PATH_ANY: levels */
    unsigned flags;         /* PATH_LIKE_REGEX */
    Regex *regex;
    PathIndex *indexes;
    uint32_t index_count;
};
typedef struct PathExpr {
    bool lax;
    PathNode *root;
} PathExpr;

/* Errors: 42601, 22P02, 22P05, 2201B, 54001. Everything lives on arena; text has to stay. */
Status path_parse(Arena *arena, Str text, PathExpr *path_out);
void path_print(const PathExpr *path, StrBuf *text);
/* "+", "starts with", "datetime". */
const char *path_op_name(PathOp op);

/* An item of a sequence: a jsonb value, or a date or time (type not 0). */
typedef struct PathItem {
    Str json;
    Oid type;
    Datum value;
    int offset; /* of types with time zone: seconds east */
} PathItem;
typedef VEC(PathItem) PathItems;

typedef enum PathResult { PATH_FOUND, PATH_NOT_FOUND, PATH_FAILED } PathResult;

/*
 * Runs a path over a document. vars: an object (data NULL: none). quiet: structural and data errors
 * give PATH_FAILED instead of an error. items NULL: only whether there is one. with_zone: dates and
 * times may be compared through the session's time zone.
 */
Status path_run(EvalEnv *env, Arena *arena, const PathExpr *path, Str document, Str vars,
                bool quiet, bool with_zone, PathItems *items, PathResult *result_out);
/* The item as jsonb. */
Status path_item_json(Arena *arena, const PathItem *item, Str *json_out);
/* A pass through a value, in PostgreSQL's form of it. Zeroed to begin with. */
typedef struct PlaceFrame {
    Str container;
    uint32_t next;
} PlaceFrame;
typedef struct PlaceCursor {
    const char *base, *last;
    VEC(PlaceFrame) stack; /* on the caller's arena */
    int64_t at;
} PlaceCursor;
/* How far into PostgreSQL's form of `base` the container `part`, a slice of base, begins; 0: is not in
 * it. */
int64_t path_object_place(PlaceCursor *cursor, Arena *arena, Str base, Str part);

#endif
