/*
 * ast.h: what a statement says, before anything is looked up. Layer: planner.
 *
 * parse_sql() turns text into this tree; analysis reads it and never changes it. Nothing here is
 * resolved: a name is a list of strings, a type is an AstTypeName, an operator is its symbol. The
 * tree holds the information of PostgreSQL 15's raw parse tree (manual: The Parser Stage), so the
 * manual's reference pages describe each statement; where a spelling is only sugar (BETWEEN, TABLE
 * t, EXTRACT) the comment says what it becomes.
 *
 * Every node starts with AST_HEAD: its tag and the byte offset in the text that an error about it
 * points to (-1: none). Structs and tags pair by name: AST_FUNC_CALL is an AstFuncCall. Everything
 * lives in the arena given to the parser; strings are NUL-terminated and never NULL where the
 * grammar demands a name. Lists are by value; an empty list is all zeros.
 *
 * Queries and expressions are in this file, utility statements in ast_utility.h.
 */
#ifndef PLANNER_AST_H
#define PLANNER_AST_H

#include "base/arena.h"
#include "base/defs.h"

/* clang-format off */
#define AST_TAGS(X)                                                                                \
    /* expressions */                                                                              \
    X(COLUMN_REF) X(PARAM_REF) X(CONST) X(TYPE_CAST) X(COLLATE) X(OP) X(IN_LIST) X(BETWEEN)        \
    X(BOOL_EXPR) X(NULL_TEST) X(BOOLEAN_TEST) X(FUNC_CALL) X(NAMED_ARG) X(SUB_LINK) X(CASE)        \
    X(CASE_WHEN) X(ROW) X(ARRAY) X(COALESCE) X(MIN_MAX) X(INDIRECTION) X(FIELD) X(SUBSCRIPT)       \
    X(STAR) X(GROUPING_SET) X(GROUPING_FUNC) X(VALUE_FUNC) X(XML_EXPR) X(XML_SERIALIZE)            \
    X(SET_TO_DEFAULT) X(CURRENT_OF)                                                                \
    /* parts */                                                                                    \
    X(TYPE_NAME) X(EXPR_LIST) X(NAME_LIST) X(OPTION) X(TARGET) X(SET_CLAUSE) X(SORT_BY)            \
    X(WINDOW_DEF) X(LOCKING) X(WITH) X(CTE) X(CTE_SEARCH) X(CTE_CYCLE) X(INTO) X(ON_CONFLICT)      \
    X(MERGE_WHEN) X(ALIAS) X(RANGE_VAR) X(RANGE_SUBSELECT) X(RANGE_FUNCTION)                       \
    X(RANGE_FUNCTION_ITEM) X(RANGE_SAMPLE) X(RANGE_XML_TABLE) X(XML_TABLE_COLUMN) X(JOIN)          \
    X(COLUMN_DEF) X(CONSTRAINT) X(TABLE_LIKE) X(PARTITION_SPEC) X(PARTITION_ELEM)                  \
    X(PARTITION_BOUND) X(INDEX_ELEM) X(STATS_ELEM) X(ALTER_TABLE_CMD) X(ROLE_SPEC) X(FUNC_PARAM)   \
    X(OBJECT) X(PRIVILEGE) X(TRIGGER_TRANSITION) X(OP_CLASS_ITEM) X(PUBLICATION_OBJECT)            \
    X(VACUUM_RELATION) X(EXCLUSION) X(RAW_STATEMENT)                                               \
    /* queries */                                                                                  \
    X(SELECT) X(INSERT) X(UPDATE) X(DELETE) X(MERGE) X(RETURN)                                     \
    /* utility statements */                                                                       \
    X(ALTER_COLLATION) X(ALTER_DATABASE) X(ALTER_DATABASE_SET) X(ALTER_DEFAULT_PRIVILEGES)         \
    X(ALTER_DOMAIN) X(ALTER_ENUM) X(ALTER_EVENT_TRIGGER) X(ALTER_EXTENSION)                        \
    X(ALTER_EXTENSION_CONTENTS) X(ALTER_FDW) X(ALTER_FUNCTION) X(ALTER_OBJECT_DEPENDS)             \
    X(ALTER_OBJECT_SCHEMA) X(ALTER_OPERATOR) X(ALTER_OP_FAMILY) X(ALTER_OWNER) X(ALTER_POLICY)     \
    X(ALTER_PUBLICATION) X(ALTER_ROLE) X(ALTER_ROLE_SET) X(ALTER_SEQUENCE) X(ALTER_SERVER)         \
    X(ALTER_STATISTICS) X(ALTER_SUBSCRIPTION) X(ALTER_SYSTEM) X(ALTER_TABLE)                       \
    X(ALTER_TABLESPACE) X(ALTER_TABLE_MOVE_ALL) X(ALTER_TS_CONFIG) X(ALTER_TS_DICTIONARY)          \
    X(ALTER_TYPE) X(ALTER_USER_MAPPING) X(CALL) X(CHECKPOINT) X(CLOSE_PORTAL) X(CLUSTER)           \
    X(COMMENT) X(COMPOSITE_TYPE) X(CONSTRAINTS_SET) X(COPY) X(CREATE_ACCESS_METHOD) X(CREATE_CAST) \
    X(CREATE_CONVERSION) X(CREATE_DATABASE) X(CREATE_DOMAIN) X(CREATE_ENUM)                        \
    X(CREATE_EVENT_TRIGGER) X(CREATE_EXTENSION) X(CREATE_FDW) X(CREATE_FOREIGN_TABLE)              \
    X(CREATE_FUNCTION) X(CREATE_INDEX) X(CREATE_LANGUAGE) X(CREATE_OP_CLASS) X(CREATE_OP_FAMILY)   \
    X(CREATE_POLICY) X(CREATE_PUBLICATION) X(CREATE_RANGE) X(CREATE_ROLE) X(CREATE_RULE)           \
    X(CREATE_SCHEMA) X(CREATE_SEQUENCE) X(CREATE_SERVER) X(CREATE_STATISTICS)                      \
    X(CREATE_SUBSCRIPTION) X(CREATE_TABLE) X(CREATE_TABLESPACE) X(CREATE_TABLE_AS)                 \
    X(CREATE_TRANSFORM) X(CREATE_TRIGGER) X(CREATE_USER_MAPPING) X(CREATE_VIEW) X(DEALLOCATE)      \
    X(DECLARE_CURSOR) X(DEFINE) X(DISCARD) X(DO) X(DROP) X(DROP_DATABASE) X(DROP_OWNED)            \
    X(DROP_ROLE) X(DROP_SUBSCRIPTION) X(DROP_TABLESPACE) X(DROP_USER_MAPPING) X(EXECUTE)           \
    X(EXPLAIN) X(FETCH) X(GRANT) X(GRANT_ROLE) X(IMPORT_FOREIGN_SCHEMA) X(LISTEN) X(LOAD) X(LOCK)  \
    X(NOTIFY) X(PREPARE) X(REASSIGN_OWNED) X(REFRESH_MATVIEW) X(REINDEX) X(RENAME)                 \
    X(SECURITY_LABEL) X(TRANSACTION) X(TRUNCATE) X(UNLISTEN) X(VACUUM) X(VARIABLE_SET)             \
    X(VARIABLE_SHOW)
/* clang-format on */

typedef enum AstTag {
    AST_INVALID,
#define AST_TAG_ENUM(name) AST_##name,
    AST_TAGS(AST_TAG_ENUM)
#undef AST_TAG_ENUM
        AST_TAG_COUNT
} AstTag;

#define AST_HEAD                                                                                   \
    AstTag tag;                                                                                    \
    int32_t location

/* What every node is. */
typedef struct Ast {
    AST_HEAD;
} Ast;

/* Nodes in order. items may hold NULL only where a comment says so. */
typedef struct AstList {
    uint32_t count;
    uint32_t capacity;
    Ast **items;
} AstList;

/* Strings in order: a dotted name, a list of columns, an operator's name. */
typedef struct StrList {
    uint32_t count;
    uint32_t capacity;
    const char **items;
} StrList;

/* The i-th node as its struct: AST_AT(AstTarget, select->targets, 0)->name. */
#define AST_AT(type, list, i) ((type *)(list).items[i])
/* Walks a list: AST_FOREACH(AstTarget, target, select->targets) { use(target); } */
#define AST_FOREACH(type, var, list)                                                               \
    for (uint32_t var##_index_ = 0, var##_once_ = 0; !var##_once_ && var##_index_ < (list).count;  \
         var##_index_++)                                                                           \
        for (type *var = (var##_once_ = 1, (type *)(list).items[var##_index_]); var##_once_;       \
             var##_once_ = 0)

void ast_list_grow(Arena *arena, AstList *list);
static inline void ast_list_add(Arena *arena, AstList *list, void *node) {
    if (UNLIKELY(list->count == list->capacity))
        ast_list_grow(arena, list);
    list->items[list->count++] = (Ast *)node;
}
void ast_list_concat(Arena *arena, AstList *list, const AstList *tail);
void str_list_grow(Arena *arena, StrList *list);
static inline void str_list_add(Arena *arena, StrList *list, const char *s) {
    if (UNLIKELY(list->count == list->capacity))
        str_list_grow(arena, list);
    list->items[list->count++] = s;
}
/* The last part of a dotted name; the list must not be empty. */
static inline const char *str_list_last(const StrList *list) {
    return list->items[list->count - 1];
}
/* "a.b.c" as error messages print a qualified name (unquoted). */
const char *str_list_join(Arena *arena, const StrList *list);

/* A zeroed node: AstRow *row = AST_NEW(arena, AstRow, AST_ROW, location). */
#define AST_NEW(arena, type, tag_, location_)                                                      \
    ((type *)ast_new((arena), sizeof(type), (tag_), (location_)))
static inline void *ast_new(Arena *arena, size_t bytes, AstTag tag, int32_t location) {
    Ast *node = (Ast *)arena_zalloc(arena, bytes);
    node->tag = tag;
    node->location = location;
    return node;
}

/* "SELECT" for AST_SELECT. Static. */
const char *ast_tag_name(AstTag tag);
/* The leftmost offset of an expression or part, where PostgreSQL puts the cursor when it complains
 * about the whole of it; -1 if unknown. node may be NULL. */
int32_t ast_location(const void *node);
/* The same for a list: its first element with a location. */
int32_t ast_list_location(const AstList *list);

typedef struct AstTypeName AstTypeName;
typedef struct AstSelect AstSelect;
typedef struct AstWindowDef AstWindowDef;
typedef struct AstRangeVar AstRangeVar;
typedef struct AstAlias AstAlias;
typedef struct AstWith AstWith;

/* ---- expressions ---- */

/* a, a.b, a.b.*, or * (no fields). */
typedef struct AstColumnRef {
    AST_HEAD;
    StrList fields;
    bool star;
} AstColumnRef;

/* $n */
typedef struct AstParamRef {
    AST_HEAD;
    int32_t number;
} AstParamRef;

typedef enum AstConstKind {
    AST_CONST_NULL,
    AST_CONST_BOOL,
    AST_CONST_INTEGER, /* fits int32: ival */
    AST_CONST_FLOAT,   /* any other number: text, a leading '-' possible */
    AST_CONST_STRING,  /* text: decoded, type unknown */
    AST_CONST_BIT      /* text: 'b' or 'x', then the digits as written */
} AstConstKind;

/* A literal. */
typedef struct AstConst {
    AST_HEAD;
    AstConstKind kind;
    bool bval;
    int32_t ival;
    uint32_t text_len; /* bytes in text */
    const char *text;
} AstConst;

/* CAST(arg AS type), arg::type, type 'literal'. */
typedef struct AstTypeCast {
    AST_HEAD;
    Ast *arg;
    AstTypeName *type;
} AstTypeCast;

/* arg COLLATE name. arg is NULL in column definitions, where only the name counts. */
typedef struct AstCollate {
    AST_HEAD;
    Ast *arg;
    StrList name;
} AstCollate;

typedef enum AstOpKind {
    AST_OP_PLAIN,        /* left name right; left NULL: prefix */
    AST_OP_ANY,          /* left name ANY (right is an array) */
    AST_OP_ALL,          /* left name ALL (right is an array) */
    AST_OP_DISTINCT,     /* IS DISTINCT FROM; name is = */
    AST_OP_NOT_DISTINCT, /* IS NOT DISTINCT FROM; name is = */
    AST_OP_NULLIF,       /* NULLIF(left, right); name is = */
    AST_OP_LIKE,         /* name is ~~ or !~~; ESCAPE wraps right in pg_catalog.like_escape() */
    AST_OP_ILIKE,        /* ~~* or !~~*, likewise */
    AST_OP_SIMILAR       /* ~ or !~; right is always pg_catalog.similar_to_escape() */
} AstOpKind;

/* An operator applied; location is the operator's. */
typedef struct AstOp {
    AST_HEAD;
    AstOpKind kind;
    StrList name; /* the symbol last, a schema before it: OPERATOR(schema.+) */
    Ast *left;
    Ast *right;
} AstOp;

/* left [NOT] IN (items); with a subquery it is an AstSubLink, under NOT if negated. */
typedef struct AstInList {
    AST_HEAD;
    bool negated;
    Ast *left;
    AstList items;
} AstInList;

/* arg [NOT] BETWEEN [SYMMETRIC] low AND high */
typedef struct AstBetween {
    AST_HEAD;
    bool negated;
    bool symmetric;
    Ast *arg;
    Ast *low;
    Ast *high;
} AstBetween;

typedef enum AstBoolOp { AST_AND, AST_OR, AST_NOT } AstBoolOp;

/* AND and OR chains are flat: two or more args; NOT has one. */
typedef struct AstBoolExpr {
    AST_HEAD;
    AstBoolOp op;
    AstList args;
} AstBoolExpr;

/* arg IS [NOT] NULL */
typedef struct AstNullTest {
    AST_HEAD;
    bool negated;
    Ast *arg;
} AstNullTest;

typedef enum AstBooleanTestKind { AST_IS_TRUE, AST_IS_FALSE, AST_IS_UNKNOWN } AstBooleanTestKind;

/* arg IS [NOT] TRUE | FALSE | UNKNOWN */
typedef struct AstBooleanTest {
    AST_HEAD;
    AstBooleanTestKind kind;
    bool negated;
    Ast *arg;
} AstBooleanTest;

/* How the call was written, for whoever prints it back. */
typedef enum AstFuncForm {
    AST_FUNC_EXPLICIT, /* name(args) */
    AST_FUNC_SQL       /* EXTRACT(x FROM y), a AT TIME ZONE b, ...: name is in pg_catalog */
} AstFuncForm;

/* name([DISTINCT | VARIADIC] args [ORDER BY ..]) [WITHIN GROUP ..] [FILTER ..] [OVER ..] */
typedef struct AstFuncCall {
    AST_HEAD;
    AstFuncForm form;
    StrList name;
    AstList args;     /* expressions and AstNamedArg */
    AstList order_by; /* AstSortBy; of WITHIN GROUP if within_group */
    Ast *filter;
    AstWindowDef *over;
    bool star; /* name(*) */
    bool distinct;
    bool variadic; /* the last argument is VARIADIC */
    bool within_group;
} AstFuncCall;

/* name => arg or name := arg */
typedef struct AstNamedArg {
    AST_HEAD;
    const char *name;
    Ast *arg;
} AstNamedArg;

typedef enum AstSubLinkKind {
    AST_SUBLINK_EXPR,   /* (query) as a value */
    AST_SUBLINK_EXISTS, /* EXISTS (query) */
    AST_SUBLINK_ANY,    /* test op ANY (query); test IN (query) has an empty op */
    AST_SUBLINK_ALL,    /* test op ALL (query) */
    AST_SUBLINK_ARRAY   /* ARRAY(query) */
} AstSubLinkKind;

/* A subquery within an expression. */
typedef struct AstSubLink {
    AST_HEAD;
    AstSubLinkKind kind;
    Ast *test;  /* ANY and ALL only */
    StrList op; /* LIKE is ~~ and so on */
    AstSelect *query;
} AstSubLink;

/* CASE [arg] WHEN .. THEN .. [ELSE otherwise] END */
typedef struct AstCase {
    AST_HEAD;
    Ast *arg;
    AstList whens; /* AstCaseWhen */
    Ast *otherwise;
} AstCase;

/* WHEN condition THEN result */
typedef struct AstCaseWhen {
    AST_HEAD;
    Ast *condition;
    Ast *result;
} AstCaseWhen;

/* ROW(..) or, not explicit, (a, b, ..) */
typedef struct AstRow {
    AST_HEAD;
    bool explicit_row;
    AstList args;
} AstRow;

/* ARRAY[..]; nested brackets are nested AstArray */
typedef struct AstArray {
    AST_HEAD;
    AstList elements;
} AstArray;

/* COALESCE(..) */
typedef struct AstCoalesce {
    AST_HEAD;
    AstList args;
} AstCoalesce;

/* GREATEST(..) or LEAST(..) */
typedef struct AstMinMax {
    AST_HEAD;
    bool greatest;
    AstList args;
} AstMinMax;

/* arg followed by .field, .*, [subscript] steps that are not part of a column's name */
typedef struct AstIndirection {
    AST_HEAD;
    Ast *arg;
    AstList steps; /* AstField, AstSubscript, Ast (AST_STAR, only last) */
} AstIndirection;

/* .name */
typedef struct AstField {
    AST_HEAD;
    const char *name;
} AstField;

/* [upper] or, a slice, [lower:upper] with either NULL */
typedef struct AstSubscript {
    AST_HEAD;
    bool slice;
    Ast *lower;
    Ast *upper;
} AstSubscript;

typedef enum AstGroupingSetKind {
    AST_GROUPING_EMPTY,
    AST_GROUPING_ROLLUP,
    AST_GROUPING_CUBE,
    AST_GROUPING_SETS
} AstGroupingSetKind;

/* An item of GROUP BY that is more than an expression. */
typedef struct AstGroupingSet {
    AST_HEAD;
    AstGroupingSetKind kind;
    AstList content; /* expressions; of SETS also AstGroupingSet */
} AstGroupingSet;

/* GROUPING(args) */
typedef struct AstGroupingFunc {
    AST_HEAD;
    AstList args;
} AstGroupingFunc;

typedef enum AstValueFuncKind {
    AST_CURRENT_DATE,
    AST_CURRENT_TIME,
    AST_CURRENT_TIMESTAMP,
    AST_LOCALTIME,
    AST_LOCALTIMESTAMP,
    AST_CURRENT_ROLE,
    AST_CURRENT_USER,
    AST_USER,
    AST_SESSION_USER,
    AST_CURRENT_CATALOG,
    AST_CURRENT_SCHEMA
} AstValueFuncKind;

/* A function without parentheses. */
typedef struct AstValueFunc {
    AST_HEAD;
    AstValueFuncKind kind;
    int32_t precision; /* of the time kinds; -1: none given */
} AstValueFunc;

typedef enum AstXmlOp {
    AST_XML_CONCAT,
    AST_XML_ELEMENT,
    AST_XML_FOREST,
    AST_XML_PARSE, /* args: text, preserve-whitespace boolean */
    AST_XML_PI,
    AST_XML_ROOT, /* args: xml, version, standalone (AstConst integer: AstXmlStandalone) */
    AST_XML_IS_DOCUMENT
} AstXmlOp;

typedef enum AstXmlStandalone {
    AST_XML_STANDALONE_YES,
    AST_XML_STANDALONE_NO,
    AST_XML_STANDALONE_NO_VALUE,
    AST_XML_STANDALONE_OMITTED
} AstXmlStandalone;

/* XMLELEMENT and its kind; XMLEXISTS is a call of pg_catalog.xmlexists. */
typedef struct AstXmlExpr {
    AST_HEAD;
    AstXmlOp op;
    const char *name;   /* element or PI target */
    AstList attributes; /* AstTarget: XMLATTRIBUTES, or XMLFOREST's items */
    AstList args;
    bool document; /* DOCUMENT, not CONTENT */
} AstXmlExpr;

/* XMLSERIALIZE(DOCUMENT | CONTENT arg AS type) */
typedef struct AstXmlSerialize {
    AST_HEAD;
    bool document;
    Ast *arg;
    AstTypeName *type;
} AstXmlSerialize;

/* WHERE CURRENT OF cursor */
typedef struct AstCurrentOf {
    AST_HEAD;
    const char *cursor;
} AstCurrentOf;

/* AST_SET_TO_DEFAULT (the word DEFAULT as a value) and AST_STAR are plain Ast. */

/* ---- parts that several statements share ---- */

/* A type as written. SQL's spellings (integer, timestamp with time zone) become pg_catalog.int4
 * ... */
struct AstTypeName {
    AST_HEAD;
    StrList names;
    bool setof;
    bool percent_type;    /* names is a column: table.column%TYPE */
    AstList typmods;      /* expressions in parentheses; interval: AstConst mask, then precision */
    uint32_t bound_count; /* array dimensions */
    int32_t *bounds;      /* each given size or -1 */
};

/* The mask of an interval's fields, as PostgreSQL's typmod has it. */
#define AST_INTERVAL_MASK(bit) (1 << (bit))
enum {
    AST_INTERVAL_MONTH = AST_INTERVAL_MASK(1),
    AST_INTERVAL_YEAR = AST_INTERVAL_MASK(2),
    AST_INTERVAL_DAY = AST_INTERVAL_MASK(3),
    AST_INTERVAL_HOUR = AST_INTERVAL_MASK(10),
    AST_INTERVAL_MINUTE = AST_INTERVAL_MASK(11),
    AST_INTERVAL_SECOND = AST_INTERVAL_MASK(12),
    AST_INTERVAL_FULL_RANGE = 0x7fff
};

/* A row of VALUES, the argument list of a partition bound, ... */
typedef struct AstExprList {
    AST_HEAD;
    AstList items;
} AstExprList;

/* A list of strings as an option's value: columns, a dotted name, an operator. */
typedef struct AstNameList {
    AST_HEAD;
    StrList names;
} AstNameList;

typedef enum AstOptionAction {
    AST_OPTION_PLAIN,
    AST_OPTION_SET,
    AST_OPTION_ADD,
    AST_OPTION_DROP
} AstOptionAction;

/* name = value in WITH (..), OPTIONS (..), attribute lists and so on. */
typedef struct AstOption {
    AST_HEAD;
    const char *space; /* toast in toast.autovacuum_enabled; usually NULL */
    const char *name;
    Ast *value; /* NULL, AstConst, AstTypeName (so may a bare word be), AstNameList, AST_STAR .. */
    AstOptionAction action;
} AstOption;

/* An output column: value [AS name]; an insert column: name and indirection. */
typedef struct AstTarget {
    AST_HEAD;
    const char *name;    /* NULL: none given */
    AstList indirection; /* AstField, AstSubscript, AST_STAR */
    Ast *value;
} AstTarget;

/* col = value, or (a, b) = value: an AstRow, a subquery, any expression */
typedef struct AstSetClause {
    AST_HEAD;
    bool multiple;   /* written with parentheses */
    AstList targets; /* AstTarget without value */
    Ast *value;
} AstSetClause;

typedef enum AstSortDirection {
    AST_SORT_DEFAULT,
    AST_SORT_ASC,
    AST_SORT_DESC,
    AST_SORT_USING
} AstSortDirection;
typedef enum AstSortNulls { AST_NULLS_DEFAULT, AST_NULLS_FIRST, AST_NULLS_LAST } AstSortNulls;

/* An item of ORDER BY; location is the operator's after USING, else -1. */
typedef struct AstSortBy {
    AST_HEAD;
    Ast *value;
    AstSortDirection direction;
    AstSortNulls nulls;
    StrList using_op;
} AstSortBy;

typedef enum AstFrameMode { AST_FRAME_RANGE, AST_FRAME_ROWS, AST_FRAME_GROUPS } AstFrameMode;
typedef enum AstFrameBound {
    AST_BOUND_UNBOUNDED_PRECEDING,
    AST_BOUND_PRECEDING, /* with an offset */
    AST_BOUND_CURRENT_ROW,
    AST_BOUND_FOLLOWING, /* with an offset */
    AST_BOUND_UNBOUNDED_FOLLOWING
} AstFrameBound;
typedef enum AstFrameExclude {
    AST_EXCLUDE_NONE,
    AST_EXCLUDE_CURRENT_ROW,
    AST_EXCLUDE_GROUP,
    AST_EXCLUDE_TIES
} AstFrameExclude;

/* A window: an item of WINDOW (name set), OVER (..), or OVER name (only name set, reference
 * true). */
struct AstWindowDef {
    AST_HEAD;
    const char *name;
    bool reference;       /* OVER name */
    const char *ref_name; /* the window copied: (ref_name ORDER BY ..) */
    AstList partition_by;
    AstList order_by; /* AstSortBy */
    bool frame_given; /* else RANGE UNBOUNDED PRECEDING .. CURRENT ROW, which the fields say too */
    bool frame_between;
    AstFrameMode frame_mode;
    AstFrameBound frame_start;
    AstFrameBound frame_end;
    AstFrameExclude frame_exclude;
    Ast *start_offset;
    Ast *end_offset;
};

typedef enum AstLockStrength {
    AST_LOCK_KEY_SHARE,
    AST_LOCK_SHARE,
    AST_LOCK_NO_KEY_UPDATE,
    AST_LOCK_UPDATE
} AstLockStrength;
typedef enum AstLockWait { AST_WAIT_BLOCK, AST_WAIT_SKIP, AST_WAIT_ERROR } AstLockWait;

/* FOR UPDATE [OF ..] [NOWAIT | SKIP LOCKED] */
typedef struct AstLocking {
    AST_HEAD;
    AstLockStrength strength;
    AstLockWait wait;
    AstList relations; /* AstRangeVar; empty: all */
} AstLocking;

/* WITH [RECURSIVE] .. */
struct AstWith {
    AST_HEAD;
    bool recursive;
    AstList ctes; /* AstCte */
};

typedef enum AstMaterialized {
    AST_MATERIALIZED_DEFAULT,
    AST_MATERIALIZED_ALWAYS,
    AST_MATERIALIZED_NEVER
} AstMaterialized;

/* SEARCH BREADTH | DEPTH FIRST BY columns SET sequence_column */
typedef struct AstCteSearch {
    AST_HEAD;
    bool breadth_first;
    StrList columns;
    const char *sequence_column;
} AstCteSearch;

/* CYCLE columns SET mark_column [TO value DEFAULT default] USING path_column */
typedef struct AstCteCycle {
    AST_HEAD;
    StrList columns;
    const char *mark_column;
    Ast *mark_value; /* true and false where not written */
    Ast *mark_default;
    const char *path_column;
} AstCteCycle;

/* name (columns) AS [NOT] MATERIALIZED (query) .. */
typedef struct AstCte {
    AST_HEAD;
    const char *name;
    StrList columns;
    AstMaterialized materialized;
    Ast *query; /* AstSelect, AstInsert, AstUpdate, AstDelete, AstMerge */
    AstCteSearch *search;
    AstCteCycle *cycle;
} AstCte;

typedef enum AstOnCommit {
    AST_ON_COMMIT_NOOP, /* nothing said */
    AST_ON_COMMIT_PRESERVE_ROWS,
    AST_ON_COMMIT_DELETE_ROWS,
    AST_ON_COMMIT_DROP
} AstOnCommit;

/* The target of SELECT INTO, CREATE TABLE AS, CREATE MATERIALIZED VIEW. */
typedef struct AstInto {
    AST_HEAD;
    AstRangeVar *relation;
    StrList columns;
    const char *access_method;
    AstList options; /* AstOption */
    AstOnCommit on_commit;
    const char *tablespace;
    bool skip_data; /* WITH NO DATA */
} AstInto;

/* ---- FROM ---- */

/* [AS] name (columns) */
struct AstAlias {
    AST_HEAD;
    const char *name;
    StrList columns;
};

typedef enum AstPersistence {
    AST_PERSISTENCE_PERMANENT = 'p',
    AST_PERSISTENCE_UNLOGGED = 'u',
    AST_PERSISTENCE_TEMPORARY = 't'
} AstPersistence;

/* A table's name, in FROM or wherever a statement names a relation. */
struct AstRangeVar {
    AST_HEAD;
    const char *catalog; /* NULL: not given */
    const char *schema;
    const char *name;
    bool inherit; /* false after ONLY */
    AstPersistence persistence;
    AstAlias *alias;
};

/* (query) alias */
typedef struct AstRangeSubselect {
    AST_HEAD;
    bool lateral;
    AstSelect *query;
    AstAlias *alias;
} AstRangeSubselect;

/* func(..) or ROWS FROM (..), [WITH ORDINALITY] alias (columns) */
typedef struct AstRangeFunction {
    AST_HEAD;
    bool lateral;
    bool ordinality;
    bool rows_from;
    AstList functions; /* AstRangeFunctionItem */
    AstAlias *alias;
    AstList columns; /* AstColumnDef: alias (name type, ..) */
} AstRangeFunction;

/* One function of ROWS FROM, or the only one. */
typedef struct AstRangeFunctionItem {
    AST_HEAD;
    Ast *call;       /* AstFuncCall or what a function-like spelling became */
    AstList columns; /* AstColumnDef: AS (name type, ..) */
} AstRangeFunctionItem;

/* relation TABLESAMPLE method (args) REPEATABLE (seed) */
typedef struct AstRangeSample {
    AST_HEAD;
    Ast *relation;
    StrList method;
    AstList args;
    Ast *repeatable;
} AstRangeSample;

/* XMLTABLE(..) */
typedef struct AstRangeXmlTable {
    AST_HEAD;
    bool lateral;
    Ast *document;
    Ast *row;
    AstList namespaces; /* AstTarget; name NULL: DEFAULT */
    AstList columns;    /* AstXmlTableColumn */
    AstAlias *alias;
} AstRangeXmlTable;

typedef struct AstXmlTableColumn {
    AST_HEAD;
    const char *name;
    bool ordinality;
    bool not_null;
    AstTypeName *type;
    Ast *path;
    Ast *default_value;
} AstXmlTableColumn;

typedef enum AstJoinKind {
    AST_JOIN_INNER, /* also CROSS: neither ON nor USING */
    AST_JOIN_LEFT,
    AST_JOIN_FULL,
    AST_JOIN_RIGHT
} AstJoinKind;

/* left JOIN right */
typedef struct AstJoin {
    AST_HEAD;
    AstJoinKind kind;
    bool natural;
    Ast *left;
    Ast *right;
    StrList using_columns;
    AstAlias *using_alias; /* USING (..) AS alias */
    Ast *on;
    AstAlias *alias; /* (a JOIN b ..) AS alias */
} AstJoin;

/* name type in a column definition list, CREATE TABLE, CREATE TYPE AS, ADD COLUMN. */
typedef struct AstColumnDef {
    AST_HEAD;
    const char *name;
    AstTypeName *type; /* NULL: OF type or PARTITION OF */
    const char *compression;
    AstList fdw_options; /* AstOption */
    AstCollate *collate; /* or NULL */
    AstList constraints; /* AstConstraint, in order; see ast_utility.h */
} AstColumnDef;

/* ---- queries ---- */

typedef enum AstSetOp {
    AST_SETOP_NONE,
    AST_SETOP_UNION,
    AST_SETOP_INTERSECT,
    AST_SETOP_EXCEPT
} AstSetOp;
typedef enum AstLimitKind { AST_LIMIT_DEFAULT, AST_LIMIT_COUNT, AST_LIMIT_WITH_TIES } AstLimitKind;

/*
 * SELECT, VALUES, TABLE t (as SELECT * FROM t) or a set operation.
 * A leaf (op none) is a VALUES if values has rows. A set operation uses only op, all, left, right
 * and the clauses that any query may carry: with, order_by, limit, offset, locking.
 */
struct AstSelect {
    AST_HEAD; /* of the word SELECT, VALUES, TABLE; a set operation: its left query's */
    AstWith *with;
    AstSetOp op;
    bool all; /* UNION ALL */
    AstSelect *left;
    AstSelect *right;

    bool distinct;
    AstList distinct_on; /* empty: plain DISTINCT */
    AstList targets;     /* AstTarget */
    AstInto *into;
    AstList from; /* range nodes */
    Ast *where;
    bool group_by_given;
    bool group_distinct;
    AstList group_by; /* expressions and AstGroupingSet */
    Ast *having;
    AstList windows; /* AstWindowDef */
    AstList values;  /* AstExprList, one a row */

    AstList order_by; /* AstSortBy */
    Ast *limit;       /* LIMIT ALL: a null AstConst */
    Ast *offset;
    AstLimitKind limit_kind;
    AstList locking; /* AstLocking */
    bool parenthesized;
};

typedef enum AstOverriding {
    AST_OVERRIDING_NONE,
    AST_OVERRIDING_USER,
    AST_OVERRIDING_SYSTEM
} AstOverriding;

/* ON CONFLICT [(elements) [WHERE] | ON CONSTRAINT name] DO NOTHING | UPDATE SET .. [WHERE ..] */
typedef struct AstOnConflict {
    AST_HEAD;
    bool update; /* else DO NOTHING */
    bool target_given;
    int32_t target_location;
    AstList elements; /* AstIndexElem */
    Ast *elements_where;
    const char *constraint;
    AstList set; /* AstSetClause */
    Ast *where;
} AstOnConflict;

typedef struct AstInsert {
    AST_HEAD;
    AstWith *with;
    AstRangeVar *relation;
    AstList columns;   /* AstTarget: names only; empty: all */
    AstSelect *source; /* NULL: DEFAULT VALUES */
    AstOverriding overriding;
    AstOnConflict *on_conflict;
    AstList returning; /* AstTarget */
} AstInsert;

typedef struct AstUpdate {
    AST_HEAD;
    AstWith *with;
    AstRangeVar *relation;
    AstList set; /* AstSetClause */
    AstList from;
    Ast *where; /* or AstCurrentOf */
    AstList returning;
} AstUpdate;

typedef struct AstDelete {
    AST_HEAD;
    AstWith *with;
    AstRangeVar *relation;
    AstList from; /* USING */
    Ast *where;   /* or AstCurrentOf */
    AstList returning;
} AstDelete;

typedef enum AstMergeAction {
    AST_MERGE_NOTHING,
    AST_MERGE_INSERT,
    AST_MERGE_UPDATE,
    AST_MERGE_DELETE
} AstMergeAction;

/* WHEN [NOT] MATCHED [AND condition] THEN .. */
typedef struct AstMergeWhen {
    AST_HEAD;
    bool matched;
    Ast *condition;
    AstMergeAction action;
    AstList set;     /* UPDATE: AstSetClause */
    AstList columns; /* INSERT: AstTarget */
    AstList values;  /* INSERT: expressions; empty: DEFAULT VALUES */
    AstOverriding overriding;
} AstMergeWhen;

typedef struct AstMerge {
    AST_HEAD;
    AstWith *with;
    AstRangeVar *relation;
    Ast *source; /* a range node */
    Ast *on;
    AstList whens; /* AstMergeWhen */
} AstMerge;

/* RETURN value, a statement of an SQL-standard function body. */
typedef struct AstReturn {
    AST_HEAD;
    Ast *value;
} AstReturn;

/* One statement of a query string. location is its first token's offset. */
typedef struct AstRawStatement {
    AST_HEAD;
    int32_t length; /* bytes, up to the end of its last token, without the semicolon */
    Ast *statement;
} AstRawStatement;

#include "planner/ast_utility.h"

#endif
