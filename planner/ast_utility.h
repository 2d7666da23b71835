/*
 * ast_utility.h: the statements that are not queries. Layer: planner. Included by ast.h.
 *
 * Options of every kind are AstOption lists in the order written; the executor of a statement knows
 * which names it accepts. Objects that COMMENT, DROP, ALTER .. OWNER and others name are AstObject.
 */
#ifndef PLANNER_AST_UTILITY_H
#define PLANNER_AST_UTILITY_H

#ifndef PLANNER_AST_H
#error "include planner/ast.h"
#endif

typedef enum AstObjectKind {
    AST_OBJECT_ACCESS_METHOD,
    AST_OBJECT_AGGREGATE,
    AST_OBJECT_ATTRIBUTE, /* of a composite type */
    AST_OBJECT_CAST,
    AST_OBJECT_COLLATION,
    AST_OBJECT_COLUMN,
    AST_OBJECT_CONVERSION,
    AST_OBJECT_DATABASE,
    AST_OBJECT_DEFAULT_ACL,
    AST_OBJECT_DOMAIN,
    AST_OBJECT_DOMAIN_CONSTRAINT,
    AST_OBJECT_EVENT_TRIGGER,
    AST_OBJECT_EXTENSION,
    AST_OBJECT_FDW,
    AST_OBJECT_FOREIGN_SERVER,
    AST_OBJECT_FOREIGN_TABLE,
    AST_OBJECT_FUNCTION,
    AST_OBJECT_INDEX,
    AST_OBJECT_LANGUAGE,
    AST_OBJECT_LARGE_OBJECT,
    AST_OBJECT_MATVIEW,
    AST_OBJECT_OP_CLASS,
    AST_OBJECT_OPERATOR,
    AST_OBJECT_OP_FAMILY,
    AST_OBJECT_PARAMETER, /* a setting, in ACLs */
    AST_OBJECT_POLICY,
    AST_OBJECT_PROCEDURE,
    AST_OBJECT_PUBLICATION,
    AST_OBJECT_ROLE,
    AST_OBJECT_ROUTINE,
    AST_OBJECT_RULE,
    AST_OBJECT_SCHEMA,
    AST_OBJECT_SEQUENCE,
    AST_OBJECT_STATISTICS,
    AST_OBJECT_SUBSCRIPTION,
    AST_OBJECT_TABLE,
    AST_OBJECT_TABLE_CONSTRAINT,
    AST_OBJECT_TABLESPACE,
    AST_OBJECT_TRANSFORM,
    AST_OBJECT_TRIGGER,
    AST_OBJECT_TS_CONFIGURATION,
    AST_OBJECT_TS_DICTIONARY,
    AST_OBJECT_TS_PARSER,
    AST_OBJECT_TS_TEMPLATE,
    AST_OBJECT_TYPE,
    AST_OBJECT_VIEW
} AstObjectKind;

/*
 * An object that a statement names.
 *   name  the dotted name; an operator's symbol comes last; a large object's number as text;
 *         of a policy, rule, trigger or table constraint: the relation, of a domain constraint: the
 *         domain, and sub_name is its own name; of a column: relation.column
 *   sub_name also: the access method of an operator class or family, a transform's language
 *   relation the same for ALTER TABLE's kinds, with ONLY
 *   type  of a type, domain, transform; the source of a cast, whose target is type2
 *   params functions, aggregates: AstFuncParam; operators: AstTypeName, NULL for NONE
 */
typedef struct AstObject {
    AST_HEAD;
    AstObjectKind kind;
    StrList name;
    const char *sub_name;
    AstRangeVar *relation;
    AstTypeName *type;
    AstTypeName *type2;
    bool params_given;   /* FUNCTION f() has params, FUNCTION f has not */
    bool aggregate_star; /* name(*) */
    int32_t direct_args; /* ordered-set aggregates: parameters before ORDER BY; else -1 */
    AstList params;
} AstObject;

typedef enum AstDropBehavior { AST_DROP_RESTRICT, AST_DROP_CASCADE } AstDropBehavior;

typedef enum AstRoleKind {
    AST_ROLE_NAMED,
    AST_ROLE_CURRENT_ROLE,
    AST_ROLE_CURRENT_USER,
    AST_ROLE_SESSION_USER,
    AST_ROLE_PUBLIC
} AstRoleKind;

/* A role, or a word that stands for one. */
typedef struct AstRoleSpec {
    AST_HEAD;
    AstRoleKind kind;
    const char *name; /* of a named one */
} AstRoleSpec;

/* ---- tables ---- */

typedef enum AstConstraintKind {
    AST_CONSTRAINT_NULL,
    AST_CONSTRAINT_NOT_NULL,
    AST_CONSTRAINT_DEFAULT,
    AST_CONSTRAINT_IDENTITY,
    AST_CONSTRAINT_GENERATED,
    AST_CONSTRAINT_CHECK,
    AST_CONSTRAINT_PRIMARY_KEY,
    AST_CONSTRAINT_UNIQUE,
    AST_CONSTRAINT_EXCLUSION,
    AST_CONSTRAINT_FOREIGN_KEY,
    /* Column constraints only: these follow the constraint that they qualify. */
    AST_CONSTRAINT_ATTR_DEFERRABLE,
    AST_CONSTRAINT_ATTR_NOT_DEFERRABLE,
    AST_CONSTRAINT_ATTR_DEFERRED,
    AST_CONSTRAINT_ATTR_IMMEDIATE
} AstConstraintKind;

typedef enum AstFkMatch {
    AST_FK_MATCH_FULL = 'f',
    AST_FK_MATCH_PARTIAL = 'p',
    AST_FK_MATCH_SIMPLE = 's'
} AstFkMatch;

typedef enum AstFkAction {
    AST_FK_NO_ACTION = 'a',
    AST_FK_RESTRICT = 'r',
    AST_FK_CASCADE = 'c',
    AST_FK_SET_NULL = 'n',
    AST_FK_SET_DEFAULT = 'd'
} AstFkAction;

/* A column's or a table's constraint; which fields count depends on kind. */
typedef struct AstConstraint {
    AST_HEAD;
    AstConstraintKind kind;
    const char *name; /* NULL: to be chosen */
    bool deferrable;
    bool initially_deferred;
    bool not_valid;
    bool no_inherit;
    bool nulls_not_distinct;
    bool always;       /* IDENTITY: GENERATED ALWAYS, not BY DEFAULT */
    Ast *expr;         /* CHECK, DEFAULT, GENERATED */
    StrList keys;      /* UNIQUE, PRIMARY KEY as a table constraint */
    StrList including; /* INCLUDE (..) */
    AstList options;   /* AstOption: WITH (..); IDENTITY: of the sequence */
    const char *index; /* USING INDEX name */
    const char *tablespace;
    const char *access_method; /* EXCLUDE USING */
    AstList exclusions;        /* AstExclusion */
    Ast *where;                /* EXCLUDE .. WHERE */
    AstRangeVar *references;
    StrList fk_columns; /* as a table constraint */
    StrList pk_columns;
    AstFkMatch fk_match;
    AstFkAction fk_update;
    AstFkAction fk_delete;
    StrList fk_delete_columns; /* ON DELETE SET NULL (..) */
} AstConstraint;

/* name|(expression) [COLLATE ..] [opclass [(options)]] [ASC|DESC] [NULLS ..] of an index. */
typedef struct AstIndexElem {
    AST_HEAD;
    const char *name; /* a column, else expr */
    Ast *expr;
    StrList collation;
    StrList op_class;
    AstList op_class_options; /* AstOption */
    AstSortDirection direction;
    AstSortNulls nulls;
} AstIndexElem;

/* element WITH operator */
typedef struct AstExclusion {
    AST_HEAD;
    AstIndexElem *element;
    StrList op;
} AstExclusion;

enum {
    AST_LIKE_COMMENTS = 1 << 0,
    AST_LIKE_COMPRESSION = 1 << 1,
    AST_LIKE_CONSTRAINTS = 1 << 2,
    AST_LIKE_DEFAULTS = 1 << 3,
    AST_LIKE_GENERATED = 1 << 4,
    AST_LIKE_IDENTITY = 1 << 5,
    AST_LIKE_INDEXES = 1 << 6,
    AST_LIKE_STATISTICS = 1 << 7,
    AST_LIKE_STORAGE = 1 << 8,
    AST_LIKE_ALL = (1 << 9) - 1
};

/* LIKE relation INCLUDING .. among the columns of CREATE TABLE. */
typedef struct AstTableLike {
    AST_HEAD;
    AstRangeVar *relation;
    uint32_t options; /* AST_LIKE_* */
} AstTableLike;

/* PARTITION BY strategy (elements) */
typedef struct AstPartitionSpec {
    AST_HEAD;
    const char *strategy; /* as written: list, range, hash or wrong */
    AstList elements;     /* AstPartitionElem */
} AstPartitionSpec;

typedef struct AstPartitionElem {
    AST_HEAD;
    const char *name; /* a column, else expr */
    Ast *expr;
    StrList collation;
    StrList op_class;
} AstPartitionElem;

typedef enum AstPartitionBoundKind {
    AST_PARTITION_DEFAULT,
    AST_PARTITION_LIST,
    AST_PARTITION_RANGE,
    AST_PARTITION_HASH
} AstPartitionBoundKind;

/* FOR VALUES .. or DEFAULT */
typedef struct AstPartitionBound {
    AST_HEAD;
    AstPartitionBoundKind kind;
    int32_t modulus;
    int32_t remainder;
    AstList values; /* IN (..) */
    AstList lower;  /* FROM (..) */
    AstList upper;  /* TO (..) */
} AstPartitionBound;

typedef struct AstCreateTable {
    AST_HEAD;
    AstRangeVar *relation; /* persistence: TEMPORARY, UNLOGGED */
    bool if_not_exists;
    AstList elements;         /* AstColumnDef, AstTableLike, AstConstraint in order */
    AstList inherits;         /* AstRangeVar: INHERITS; of PARTITION OF: the one parent */
    AstTypeName *of_type;     /* OF type */
    AstPartitionBound *bound; /* PARTITION OF .. bound */
    AstPartitionSpec *partition_by;
    const char *access_method;
    AstList options;
    AstOnCommit on_commit;
    const char *tablespace;
} AstCreateTable;

/* CREATE FOREIGN TABLE */
typedef struct AstCreateForeignTable {
    AST_HEAD;
    AstCreateTable *table;
    const char *server;
    AstList options;
} AstCreateForeignTable;

typedef enum AstAlterTableKind {
    AST_AT_ADD_COLUMN,          /* definition: AstColumnDef; missing_ok: IF NOT EXISTS */
    AST_AT_COLUMN_DEFAULT,      /* name; definition: expression, NULL drops */
    AST_AT_DROP_NOT_NULL,       /* name */
    AST_AT_SET_NOT_NULL,        /* name */
    AST_AT_DROP_EXPRESSION,     /* name; missing_ok */
    AST_AT_SET_STATISTICS,      /* name or column_number; number */
    AST_AT_SET_OPTIONS,         /* name; options: of a column */
    AST_AT_RESET_OPTIONS,       /* name; options */
    AST_AT_SET_STORAGE,         /* name; text */
    AST_AT_SET_COMPRESSION,     /* name; text */
    AST_AT_ADD_IDENTITY,        /* name; definition: AstConstraint */
    AST_AT_SET_IDENTITY,        /* name; options */
    AST_AT_DROP_IDENTITY,       /* name; missing_ok */
    AST_AT_DROP_COLUMN,         /* name; missing_ok; behavior */
    AST_AT_COLUMN_TYPE,         /* name; definition: AstColumnDef with type, collate; using_expr */
    AST_AT_COLUMN_FDW_OPTIONS,  /* name; options */
    AST_AT_ADD_CONSTRAINT,      /* definition: AstConstraint */
    AST_AT_ALTER_CONSTRAINT,    /* definition: AstConstraint with name and deferrability */
    AST_AT_VALIDATE_CONSTRAINT, /* name */
    AST_AT_DROP_CONSTRAINT,     /* name; missing_ok; behavior */
    AST_AT_DROP_OIDS,
    AST_AT_CLUSTER_ON, /* name of the index */
    AST_AT_DROP_CLUSTER,
    AST_AT_SET_LOGGED,
    AST_AT_SET_UNLOGGED,
    AST_AT_ENABLE_TRIGGER, /* name */
    AST_AT_ENABLE_ALWAYS_TRIGGER,
    AST_AT_ENABLE_REPLICA_TRIGGER,
    AST_AT_ENABLE_TRIGGER_ALL,
    AST_AT_ENABLE_TRIGGER_USER,
    AST_AT_DISABLE_TRIGGER, /* name */
    AST_AT_DISABLE_TRIGGER_ALL,
    AST_AT_DISABLE_TRIGGER_USER,
    AST_AT_ENABLE_RULE, /* name */
    AST_AT_ENABLE_ALWAYS_RULE,
    AST_AT_ENABLE_REPLICA_RULE,
    AST_AT_DISABLE_RULE,
    AST_AT_INHERIT,    /* relation */
    AST_AT_NO_INHERIT, /* relation */
    AST_AT_OF,         /* definition: AstTypeName */
    AST_AT_NOT_OF,
    AST_AT_OWNER,             /* owner */
    AST_AT_SET_ACCESS_METHOD, /* name */
    AST_AT_SET_TABLESPACE,    /* name */
    AST_AT_SET_REL_OPTIONS,   /* options */
    AST_AT_RESET_REL_OPTIONS, /* options */
    AST_AT_REPLICA_IDENTITY,  /* text: n(othing) f(ull) d(efault) i(ndex), then name */
    AST_AT_ENABLE_ROW_SECURITY,
    AST_AT_DISABLE_ROW_SECURITY,
    AST_AT_FORCE_ROW_SECURITY,
    AST_AT_NO_FORCE_ROW_SECURITY,
    AST_AT_FDW_OPTIONS,      /* options */
    AST_AT_ATTACH_PARTITION, /* relation; definition: AstPartitionBound, NULL of an index */
    AST_AT_DETACH_PARTITION, /* relation; concurrently */
    AST_AT_DETACH_FINALIZE,  /* relation */
    AST_AT_ADD_ATTRIBUTE,    /* ALTER TYPE: definition: AstColumnDef; behavior */
    AST_AT_DROP_ATTRIBUTE,   /* name; missing_ok; behavior */
    AST_AT_ALTER_ATTRIBUTE   /* name; definition: AstColumnDef; behavior */
} AstAlterTableKind;

typedef struct AstAlterTableCmd {
    AST_HEAD;
    AstAlterTableKind kind;
    const char *name;
    int32_t column_number; /* ALTER COLUMN 3 SET STATISTICS; 0: by name */
    int32_t number;
    const char *text;
    Ast *definition;
    Ast *using_expr;
    AstList options;
    AstRangeVar *relation;
    AstRoleSpec *owner;
    AstDropBehavior behavior;
    bool missing_ok;
    bool concurrently;
} AstAlterTableCmd;

/* ALTER TABLE, INDEX, SEQUENCE, VIEW, MATERIALIZED VIEW, FOREIGN TABLE, TYPE (attributes) */
typedef struct AstAlterTable {
    AST_HEAD;
    AstObjectKind kind;
    AstRangeVar *relation;
    bool missing_ok;
    AstList commands; /* AstAlterTableCmd */
} AstAlterTable;

/* ALTER TABLE ALL IN TABLESPACE .. */
typedef struct AstAlterTableMoveAll {
    AST_HEAD;
    AstObjectKind kind;
    const char *from_tablespace;
    const char *to_tablespace;
    AstList roles; /* AstRoleSpec */
    bool nowait;
} AstAlterTableMoveAll;

typedef struct AstCreateIndex {
    AST_HEAD;
    bool unique;
    bool concurrently;
    bool if_not_exists;
    bool nulls_not_distinct;
    const char *name; /* NULL: to be chosen */
    AstRangeVar *relation;
    const char *access_method; /* NULL: default (btree) */
    AstList elements;          /* AstIndexElem */
    AstList including;         /* AstIndexElem */
    AstList options;
    const char *tablespace;
    Ast *where;
} AstCreateIndex;

typedef struct AstCreateSequence {
    AST_HEAD;
    AstRangeVar *sequence;
    bool if_not_exists;
    AstList options;
} AstCreateSequence;

typedef struct AstAlterSequence {
    AST_HEAD;
    AstRangeVar *sequence;
    bool missing_ok;
    AstList options;
} AstAlterSequence;

typedef enum AstCheckOption { AST_CHECK_NONE, AST_CHECK_LOCAL, AST_CHECK_CASCADED } AstCheckOption;

/* CREATE [OR REPLACE] [RECURSIVE] VIEW; a recursive one's query is already WITH RECURSIVE .. */
typedef struct AstCreateView {
    AST_HEAD;
    AstRangeVar *view;
    StrList columns;
    AstSelect *query;
    bool replace;
    AstList options;
    AstCheckOption check_option;
} AstCreateView;

/* CREATE TABLE .. AS, CREATE MATERIALIZED VIEW .. AS */
typedef struct AstCreateTableAs {
    AST_HEAD;
    bool matview;
    bool if_not_exists;
    AstInto *into;
    Ast *query; /* AstSelect or AstExecute */
} AstCreateTableAs;

typedef struct AstRefreshMatview {
    AST_HEAD;
    AstRangeVar *relation;
    bool concurrently;
    bool skip_data;
} AstRefreshMatview;

/* A column or (expression) of CREATE STATISTICS. */
typedef struct AstStatsElem {
    AST_HEAD;
    const char *name;
    Ast *expr;
} AstStatsElem;

typedef struct AstCreateStatistics {
    AST_HEAD;
    StrList name;
    bool if_not_exists;
    StrList kinds;
    AstList elements; /* AstStatsElem */
    AstList from;
} AstCreateStatistics;

typedef struct AstAlterStatistics {
    AST_HEAD;
    StrList name;
    bool missing_ok;
    int32_t target;
} AstAlterStatistics;

typedef struct AstTruncate {
    AST_HEAD;
    AstList relations;
    bool restart_sequences;
    AstDropBehavior behavior;
} AstTruncate;

typedef struct AstCreatePolicy {
    AST_HEAD;
    const char *name;
    AstRangeVar *table;
    bool permissive;
    const char *command; /* "all", "select", "insert", "update", "delete" */
    AstList roles;       /* AstRoleSpec */
    Ast *using_expr;
    Ast *check_expr;
} AstCreatePolicy;

typedef struct AstAlterPolicy {
    AST_HEAD;
    const char *name;
    AstRangeVar *table;
    AstList roles; /* empty: unchanged */
    Ast *using_expr;
    Ast *check_expr;
} AstAlterPolicy;

typedef enum AstTriggerTiming {
    AST_TRIGGER_BEFORE,
    AST_TRIGGER_AFTER,
    AST_TRIGGER_INSTEAD
} AstTriggerTiming;
enum {
    AST_TRIGGER_INSERT = 1 << 0,
    AST_TRIGGER_DELETE = 1 << 1,
    AST_TRIGGER_UPDATE = 1 << 2,
    AST_TRIGGER_TRUNCATE = 1 << 3
};

/* NEW | OLD  TABLE | ROW  name, of REFERENCING */
typedef struct AstTriggerTransition {
    AST_HEAD;
    const char *name;
    bool is_new;
    bool is_table;
} AstTriggerTransition;

typedef struct AstCreateTrigger {
    AST_HEAD;
    bool replace;
    bool constraint;
    const char *name;
    AstRangeVar *relation;
    AstTriggerTiming timing;
    uint32_t events;     /* AST_TRIGGER_* */
    StrList columns;     /* UPDATE OF */
    AstList transitions; /* AstTriggerTransition */
    bool row;
    Ast *when;
    StrList function;
    StrList args;
    bool deferrable;
    bool initially_deferred;
    AstRangeVar *constraint_table;
} AstCreateTrigger;

typedef struct AstCreateEventTrigger {
    AST_HEAD;
    const char *name;
    const char *event;
    AstList when; /* AstOption: variable, AstNameList */
    StrList function;
} AstCreateEventTrigger;

typedef struct AstAlterEventTrigger {
    AST_HEAD;
    const char *name;
    char enabled; /* O enabled, R replica, A always, D disabled */
} AstAlterEventTrigger;

/* CREATE RULE name AS ON event TO relation [WHERE] DO [ALSO | INSTEAD] actions */
typedef struct AstCreateRule {
    AST_HEAD;
    bool replace;
    const char *name;
    AstTag event; /* AST_SELECT, AST_INSERT, AST_UPDATE, AST_DELETE */
    AstRangeVar *relation;
    Ast *where;
    bool instead;
    AstList actions; /* queries and AstNotify */
} AstCreateRule;

/* ---- types, functions, operators ---- */

/* CREATE AGGREGATE, OPERATOR, TYPE (base or shell), TEXT SEARCH .., COLLATION */
typedef struct AstDefine {
    AST_HEAD;
    AstObjectKind kind;
    StrList name;
    bool replace;
    bool if_not_exists;
    bool old_style;      /* an aggregate without argument list */
    AstList params;      /* AGGREGATE: AstFuncParam */
    int32_t direct_args; /* AGGREGATE (direct ORDER BY ..): how many, else -1 */
    AstList options;     /* COLLATION .. FROM other: option "from" with an AstNameList */
} AstDefine;

/* CREATE TYPE name AS (columns) */
typedef struct AstCompositeType {
    AST_HEAD;
    AstRangeVar *name;
    AstList columns; /* AstColumnDef */
} AstCompositeType;

typedef struct AstCreateEnum {
    AST_HEAD;
    StrList name;
    StrList labels;
} AstCreateEnum;

typedef struct AstCreateRange {
    AST_HEAD;
    StrList name;
    AstList options;
} AstCreateRange;

/* ALTER TYPE name ADD VALUE label .. | RENAME VALUE old_label TO label */
typedef struct AstAlterEnum {
    AST_HEAD;
    StrList name;
    const char *old_label; /* RENAME */
    const char *label;
    const char *neighbor; /* BEFORE | AFTER */
    bool after;
    bool if_not_exists;
} AstAlterEnum;

/* ALTER TYPE name SET (..) */
typedef struct AstAlterType {
    AST_HEAD;
    StrList name;
    AstList options;
} AstAlterType;

typedef struct AstCreateDomain {
    AST_HEAD;
    StrList name;
    AstTypeName *type;
    AstCollate *collate;
    AstList constraints;
} AstCreateDomain;

typedef enum AstAlterDomainKind {
    AST_DOMAIN_DEFAULT, /* definition: expression, NULL drops */
    AST_DOMAIN_DROP_NOT_NULL,
    AST_DOMAIN_SET_NOT_NULL,
    AST_DOMAIN_ADD_CONSTRAINT,  /* definition: AstConstraint */
    AST_DOMAIN_DROP_CONSTRAINT, /* constraint */
    AST_DOMAIN_VALIDATE_CONSTRAINT
} AstAlterDomainKind;

typedef struct AstAlterDomain {
    AST_HEAD;
    AstAlterDomainKind kind;
    StrList name;
    const char *constraint;
    Ast *definition;
    AstDropBehavior behavior;
    bool missing_ok;
} AstAlterDomain;

typedef enum AstParamMode {
    AST_PARAM_DEFAULT = 'd', /* not written: IN */
    AST_PARAM_IN = 'i',
    AST_PARAM_OUT = 'o',
    AST_PARAM_INOUT = 'b',
    AST_PARAM_VARIADIC = 'v',
    AST_PARAM_TABLE = 't' /* a column of RETURNS TABLE */
} AstParamMode;

typedef struct AstFuncParam {
    AST_HEAD;
    AstParamMode mode;
    const char *name; /* or NULL */
    AstTypeName *type;
    Ast *default_value;
} AstFuncParam;

/* CREATE [OR REPLACE] FUNCTION | PROCEDURE */
typedef struct AstCreateFunction {
    AST_HEAD;
    bool procedure;
    bool replace;
    StrList name;
    AstList params;       /* AstFuncParam, RETURNS TABLE's columns last */
    AstTypeName *returns; /* NULL: none said */
    AstList options;      /* as: AstNameList; language, transform, window, strict, volatility, .. */
    Ast *body;            /* AstReturn, or AstExprList of statements: BEGIN ATOMIC */
    bool atomic;
} AstCreateFunction;

typedef struct AstAlterFunction {
    AST_HEAD;
    AstObject *function;
    AstList options;
} AstAlterFunction;

typedef struct AstCreateCast {
    AST_HEAD;
    AstTypeName *source;
    AstTypeName *target;
    AstObject *function; /* NULL: WITHOUT FUNCTION or WITH INOUT */
    bool inout;
    char context; /* i implicit, a assignment, e explicit */
} AstCreateCast;

typedef struct AstCreateTransform {
    AST_HEAD;
    bool replace;
    AstTypeName *type;
    const char *language;
    AstObject *from_sql;
    AstObject *to_sql;
} AstCreateTransform;

typedef struct AstCreateConversion {
    AST_HEAD;
    bool is_default;
    StrList name;
    const char *from_encoding;
    const char *to_encoding;
    StrList function;
} AstCreateConversion;

typedef enum AstOpClassItemKind {
    AST_OP_CLASS_OPERATOR,
    AST_OP_CLASS_FUNCTION,
    AST_OP_CLASS_STORAGE
} AstOpClassItemKind;

typedef struct AstOpClassItem {
    AST_HEAD;
    AstOpClassItemKind kind;
    int32_t number;
    AstObject *object;    /* operator or function; params_given says whether types were */
    StrList order_family; /* FOR ORDER BY family */
    AstList arg_types;    /* FUNCTION n (types); DROP: the types */
    AstTypeName *storage;
} AstOpClassItem;

typedef struct AstCreateOpClass {
    AST_HEAD;
    StrList name;
    StrList family;
    const char *access_method;
    AstTypeName *type;
    bool is_default;
    AstList items;
} AstCreateOpClass;

typedef struct AstCreateOpFamily {
    AST_HEAD;
    StrList name;
    const char *access_method;
} AstCreateOpFamily;

typedef struct AstAlterOpFamily {
    AST_HEAD;
    StrList name;
    const char *access_method;
    bool drop;
    AstList items;
} AstAlterOpFamily;

/* ALTER OPERATOR .. SET (..) */
typedef struct AstAlterOperator {
    AST_HEAD;
    AstObject *op;
    AstList options;
} AstAlterOperator;

typedef struct AstCreateLanguage {
    AST_HEAD;
    bool replace;
    bool trusted;
    const char *name;
    StrList handler; /* empty: an extension of that name */
    StrList inline_handler;
    StrList validator;
} AstCreateLanguage;

typedef struct AstCreateAccessMethod {
    AST_HEAD;
    const char *name;
    char kind; /* i index, t table */
    StrList handler;
} AstCreateAccessMethod;

typedef struct AstAlterCollation { /* REFRESH VERSION */
    AST_HEAD;
    StrList name;
} AstAlterCollation;

typedef struct AstAlterTsDictionary {
    AST_HEAD;
    StrList name;
    AstList options;
} AstAlterTsDictionary;

typedef enum AstTsConfigKind {
    AST_TS_ADD_MAPPING,
    AST_TS_ALTER_MAPPING,
    AST_TS_REPLACE_DICT,
    AST_TS_REPLACE_DICT_FOR_TOKEN,
    AST_TS_DROP_MAPPING
} AstTsConfigKind;

typedef struct AstAlterTsConfig {
    AST_HEAD;
    AstTsConfigKind kind;
    StrList name;
    StrList token_types;
    AstList dictionaries; /* AstNameList; of REPLACE: the old, then the new */
    bool missing_ok;
} AstAlterTsConfig;

/* ---- extensions, foreign data, publications ---- */

typedef struct AstCreateExtension {
    AST_HEAD;
    const char *name;
    bool if_not_exists;
    AstList options; /* schema, new_version, cascade */
} AstCreateExtension;

typedef struct AstAlterExtension { /* UPDATE */
    AST_HEAD;
    const char *name;
    AstList options;
} AstAlterExtension;

typedef struct AstAlterExtensionContents {
    AST_HEAD;
    const char *name;
    bool drop; /* else ADD */
    AstObject *object;
} AstAlterExtensionContents;

typedef struct AstCreateFdw {
    AST_HEAD;
    const char *name;
    AstList functions; /* AstOption handler, validator: AstNameList, NULL for NO */
    AstList options;
} AstCreateFdw;

typedef struct AstAlterFdw {
    AST_HEAD;
    const char *name;
    AstList functions;
    AstList options;
} AstAlterFdw;

typedef struct AstCreateServer {
    AST_HEAD;
    const char *name;
    bool if_not_exists;
    const char *type;
    const char *version;
    const char *wrapper;
    AstList options;
} AstCreateServer;

typedef struct AstAlterServer {
    AST_HEAD;
    const char *name;
    bool version_given;
    const char *version; /* NULL: VERSION NULL */
    AstList options;
} AstAlterServer;

typedef struct AstCreateUserMapping {
    AST_HEAD;
    AstRoleSpec *user;
    const char *server;
    bool if_not_exists;
    AstList options;
} AstCreateUserMapping;

typedef struct AstAlterUserMapping {
    AST_HEAD;
    AstRoleSpec *user;
    const char *server;
    AstList options;
} AstAlterUserMapping;

typedef struct AstDropUserMapping {
    AST_HEAD;
    AstRoleSpec *user;
    const char *server;
    bool missing_ok;
} AstDropUserMapping;

typedef enum AstImportKind { AST_IMPORT_ALL, AST_IMPORT_LIMIT_TO, AST_IMPORT_EXCEPT } AstImportKind;

typedef struct AstImportForeignSchema {
    AST_HEAD;
    const char *server;
    const char *remote_schema;
    const char *local_schema;
    AstImportKind kind;
    AstList tables;
    AstList options;
} AstImportForeignSchema;

typedef enum AstPublicationObjectKind {
    AST_PUBLICATION_TABLE,
    AST_PUBLICATION_SCHEMA,
    AST_PUBLICATION_CURRENT_SCHEMA
} AstPublicationObjectKind;

typedef struct AstPublicationObject {
    AST_HEAD;
    AstPublicationObjectKind kind;
    const char *schema;
    AstRangeVar *relation;
    StrList columns;
    bool columns_given;
    Ast *where;
} AstPublicationObject;

typedef struct AstCreatePublication {
    AST_HEAD;
    const char *name;
    bool all_tables;
    AstList objects;
    AstList options;
} AstCreatePublication;

typedef enum AstAlterPublicationKind {
    AST_PUBLICATION_SET_OPTIONS,
    AST_PUBLICATION_ADD,
    AST_PUBLICATION_SET,
    AST_PUBLICATION_DROP
} AstAlterPublicationKind;

typedef struct AstAlterPublication {
    AST_HEAD;
    AstAlterPublicationKind kind;
    const char *name;
    AstList objects;
    AstList options;
} AstAlterPublication;

typedef struct AstCreateSubscription {
    AST_HEAD;
    const char *name;
    const char *connection;
    StrList publications;
    AstList options;
} AstCreateSubscription;

typedef enum AstAlterSubscriptionKind {
    AST_SUBSCRIPTION_SET_OPTIONS,
    AST_SUBSCRIPTION_CONNECTION,
    AST_SUBSCRIPTION_REFRESH,
    AST_SUBSCRIPTION_ADD_PUBLICATION,
    AST_SUBSCRIPTION_DROP_PUBLICATION,
    AST_SUBSCRIPTION_SET_PUBLICATION,
    AST_SUBSCRIPTION_ENABLE,
    AST_SUBSCRIPTION_DISABLE,
    AST_SUBSCRIPTION_SKIP
} AstAlterSubscriptionKind;

typedef struct AstAlterSubscription {
    AST_HEAD;
    AstAlterSubscriptionKind kind;
    const char *name;
    const char *connection;
    StrList publications;
    AstList options;
} AstAlterSubscription;

typedef struct AstDropSubscription {
    AST_HEAD;
    const char *name;
    bool missing_ok;
    AstDropBehavior behavior;
} AstDropSubscription;

/* ---- roles, privileges, databases, settings ---- */

typedef enum AstVariableSetKind {
    AST_SET_VALUE,
    AST_SET_DEFAULT,
    AST_SET_CURRENT, /* FROM CURRENT, in function options */
    AST_SET_MULTI,   /* name is TRANSACTION, SESSION CHARACTERISTICS or TRANSACTION SNAPSHOT */
    AST_RESET,
    AST_RESET_ALL
} AstVariableSetKind;

/* SET and RESET; SET TIME ZONE, NAMES, ROLE .. become the setting that they set. */
typedef struct AstVariableSet {
    AST_HEAD;
    AstVariableSetKind kind;
    const char *name; /* a.b keeps its dot */
    AstList args;     /* AstConst; TIME ZONE INTERVAL: AstTypeCast; MULTI: AstOption or AstConst */
    bool local;
} AstVariableSet;

typedef struct AstVariableShow {
    AST_HEAD;
    const char *name; /* "all" for SHOW ALL */
} AstVariableShow;

typedef struct AstAlterSystem {
    AST_HEAD;
    AstVariableSet *set;
} AstAlterSystem;

/* SET CONSTRAINTS */
typedef struct AstConstraintsSet {
    AST_HEAD;
    AstList constraints; /* AstRangeVar; empty: ALL */
    bool deferred;
} AstConstraintsSet;

typedef enum AstDiscardTarget {
    AST_DISCARD_ALL,
    AST_DISCARD_PLANS,
    AST_DISCARD_SEQUENCES,
    AST_DISCARD_TEMP
} AstDiscardTarget;

typedef struct AstDiscard {
    AST_HEAD;
    AstDiscardTarget target;
} AstDiscard;

typedef enum AstRoleStatementKind {
    AST_ROLE_ROLE,
    AST_ROLE_USER,
    AST_ROLE_GROUP
} AstRoleStatementKind;

typedef struct AstCreateRole {
    AST_HEAD;
    AstRoleStatementKind kind;
    const char *name;
    AstList options;
} AstCreateRole;

/* ALTER ROLE options; ALTER GROUP .. ADD | DROP USER is the option rolemembers. */
typedef struct AstAlterRole {
    AST_HEAD;
    AstRoleSpec *role;
    bool drop; /* members */
    AstList options;
} AstAlterRole;

/* ALTER ROLE .. [IN DATABASE ..] SET | RESET */
typedef struct AstAlterRoleSet {
    AST_HEAD;
    AstRoleSpec *role; /* NULL: ALL */
    const char *database;
    AstVariableSet *set;
} AstAlterRoleSet;

typedef struct AstDropRole {
    AST_HEAD;
    AstList roles;
    bool missing_ok;
} AstDropRole;

/* A privilege (NULL: ALL, then with columns), or in GRANT role a role's name. */
typedef struct AstPrivilege {
    AST_HEAD;
    const char *name;
    StrList columns;
} AstPrivilege;

typedef enum AstGrantTarget {
    AST_GRANT_OBJECTS,
    AST_GRANT_ALL_IN_SCHEMA,
    AST_GRANT_DEFAULTS
} AstGrantTarget;

/* GRANT and REVOKE on objects. */
typedef struct AstGrant {
    AST_HEAD;
    bool grant; /* else REVOKE */
    AstGrantTarget target;
    AstObjectKind kind;
    AstList objects;    /* AstObject of that kind; ALL IN SCHEMA: of kind schema */
    AstList privileges; /* AstPrivilege; empty: ALL */
    AstList grantees;   /* AstRoleSpec */
    bool grant_option;  /* WITH GRANT OPTION; REVOKE GRANT OPTION FOR */
    AstRoleSpec *grantor;
    AstDropBehavior behavior;
} AstGrant;

typedef struct AstGrantRole {
    AST_HEAD;
    bool grant;
    AstList roles;    /* AstPrivilege */
    AstList grantees; /* AstRoleSpec */
    bool admin_option;
    AstRoleSpec *grantor;
    AstDropBehavior behavior;
} AstGrantRole;

typedef struct AstAlterDefaultPrivileges {
    AST_HEAD;
    AstList options; /* schemas: AstNameList; roles: AstExprList of AstRoleSpec */
    AstGrant *action;
} AstAlterDefaultPrivileges;

typedef struct AstDropOwned {
    AST_HEAD;
    AstList roles;
    AstDropBehavior behavior;
} AstDropOwned;

typedef struct AstReassignOwned {
    AST_HEAD;
    AstList roles;
    AstRoleSpec *new_role;
} AstReassignOwned;

typedef struct AstCreateDatabase {
    AST_HEAD;
    const char *name;
    AstList options;
} AstCreateDatabase;

typedef struct AstAlterDatabase {
    AST_HEAD;
    const char *name;
    bool refresh_collation;
    AstList options; /* SET TABLESPACE is the option tablespace */
} AstAlterDatabase;

typedef struct AstAlterDatabaseSet {
    AST_HEAD;
    const char *name;
    AstVariableSet *set;
} AstAlterDatabaseSet;

typedef struct AstDropDatabase {
    AST_HEAD;
    const char *name;
    bool missing_ok;
    AstList options;
} AstDropDatabase;

typedef struct AstCreateTablespace {
    AST_HEAD;
    const char *name;
    AstRoleSpec *owner;
    const char *directory;
    AstList options;
} AstCreateTablespace;

typedef struct AstAlterTablespace {
    AST_HEAD;
    const char *name;
    bool reset;
    AstList options;
} AstAlterTablespace;

typedef struct AstDropTablespace {
    AST_HEAD;
    const char *name;
    bool missing_ok;
} AstDropTablespace;

typedef struct AstCreateSchema {
    AST_HEAD;
    const char *name; /* NULL: the role's */
    AstRoleSpec *owner;
    bool if_not_exists;
    AstList elements; /* statements */
} AstCreateSchema;

/* ---- any object ---- */

typedef struct AstDrop {
    AST_HEAD;
    AstObjectKind kind;
    AstList objects; /* AstObject */
    AstDropBehavior behavior;
    bool missing_ok;
    bool concurrently;
} AstDrop;

/* COMMENT ON object IS text */
typedef struct AstComment {
    AST_HEAD;
    AstObject *object;
    const char *text; /* NULL removes */
} AstComment;

typedef struct AstSecurityLabel {
    AST_HEAD;
    AstObject *object;
    const char *provider;
    const char *label;
} AstSecurityLabel;

/*
 * ALTER .. RENAME .. TO new_name. kind says what is renamed: of a column, attribute or constraint
 * object names what holds it and sub_name is the old name.
 */
typedef struct AstRename {
    AST_HEAD;
    AstObjectKind kind;
    AstObject *object;
    const char *sub_name;
    const char *new_name;
    AstDropBehavior behavior;
    bool missing_ok;
} AstRename;

typedef struct AstAlterObjectSchema {
    AST_HEAD;
    AstObject *object;
    const char *new_schema;
    bool missing_ok;
} AstAlterObjectSchema;

typedef struct AstAlterObjectDepends {
    AST_HEAD;
    AstObject *object;
    const char *extension;
    bool remove; /* NO DEPENDS */
} AstAlterObjectDepends;

typedef struct AstAlterOwner {
    AST_HEAD;
    AstObject *object;
    AstRoleSpec *new_owner;
} AstAlterOwner;

/* ---- sessions and data ---- */

typedef enum AstTransactionKind {
    AST_TRANSACTION_BEGIN,
    AST_TRANSACTION_START,
    AST_TRANSACTION_COMMIT,
    AST_TRANSACTION_ROLLBACK,
    AST_TRANSACTION_SAVEPOINT,
    AST_TRANSACTION_RELEASE,
    AST_TRANSACTION_ROLLBACK_TO,
    AST_TRANSACTION_PREPARE,
    AST_TRANSACTION_COMMIT_PREPARED,
    AST_TRANSACTION_ROLLBACK_PREPARED
} AstTransactionKind;

typedef struct AstTransaction {
    AST_HEAD;
    AstTransactionKind kind;
    AstList options;  /* AstOption: transaction_isolation (string), transaction_read_only,
                         transaction_deferrable (integer 0 or 1) */
    const char *name; /* savepoint */
    const char *gid;  /* PREPARED */
    bool chain;       /* AND CHAIN */
} AstTransaction;

typedef struct AstCopy {
    AST_HEAD;
    AstRangeVar *relation; /* or query */
    Ast *query;
    StrList columns;
    bool from;
    bool program;
    const char *file; /* NULL: STDIN or STDOUT */
    AstList options;  /* both spellings give the names of the parenthesised one */
    Ast *where;
} AstCopy;

enum {
    AST_CURSOR_BINARY = 1 << 0,
    AST_CURSOR_SCROLL = 1 << 1,
    AST_CURSOR_NO_SCROLL = 1 << 2,
    AST_CURSOR_INSENSITIVE = 1 << 3,
    AST_CURSOR_ASENSITIVE = 1 << 4,
    AST_CURSOR_HOLD = 1 << 5
};

typedef struct AstDeclareCursor {
    AST_HEAD;
    const char *name;
    uint32_t options; /* AST_CURSOR_* */
    AstSelect *query;
} AstDeclareCursor;

typedef enum AstFetchDirection {
    AST_FETCH_FORWARD,
    AST_FETCH_BACKWARD,
    AST_FETCH_ABSOLUTE,
    AST_FETCH_RELATIVE
} AstFetchDirection;
#define AST_FETCH_ALL INT64_MAX

/* FETCH, MOVE: FIRST is absolute 1, LAST absolute -1, PRIOR backward 1 */
typedef struct AstFetch {
    AST_HEAD;
    AstFetchDirection direction;
    int64_t count;
    const char *portal;
    bool move;
} AstFetch;

typedef struct AstClosePortal {
    AST_HEAD;
    const char *name; /* NULL: ALL */
} AstClosePortal;

typedef struct AstPrepare {
    AST_HEAD;
    const char *name;
    AstList arg_types; /* AstTypeName */
    Ast *query;
} AstPrepare;

typedef struct AstExecute {
    AST_HEAD;
    const char *name;
    AstList args;
} AstExecute;

typedef struct AstDeallocate {
    AST_HEAD;
    const char *name; /* NULL: ALL */
} AstDeallocate;

typedef struct AstExplain {
    AST_HEAD;
    Ast *query;
    AstList options; /* AstOption analyze, verbose, ... */
} AstExplain;

typedef struct AstCall {
    AST_HEAD;
    AstFuncCall *call;
} AstCall;

typedef struct AstDo {
    AST_HEAD;
    AstList options; /* as, language */
} AstDo;

typedef struct AstNotify {
    AST_HEAD;
    const char *channel;
    const char *payload; /* NULL: none */
} AstNotify;

typedef struct AstListen {
    AST_HEAD;
    const char *channel;
} AstListen;

typedef struct AstUnlisten {
    AST_HEAD;
    const char *channel; /* NULL: all */
} AstUnlisten;

typedef struct AstLoad {
    AST_HEAD;
    const char *file;
} AstLoad;

/* The table lock modes, weakest first, with PostgreSQL's numbers. */
typedef enum AstTableLock {
    AST_TABLE_LOCK_ACCESS_SHARE = 1,
    AST_TABLE_LOCK_ROW_SHARE,
    AST_TABLE_LOCK_ROW_EXCLUSIVE,
    AST_TABLE_LOCK_SHARE_UPDATE_EXCLUSIVE,
    AST_TABLE_LOCK_SHARE,
    AST_TABLE_LOCK_SHARE_ROW_EXCLUSIVE,
    AST_TABLE_LOCK_EXCLUSIVE,
    AST_TABLE_LOCK_ACCESS_EXCLUSIVE
} AstTableLock;

typedef struct AstLock {
    AST_HEAD;
    AstList relations;
    AstTableLock mode;
    bool nowait;
} AstLock;

/* A table of VACUUM or ANALYZE with the columns to analyze. */
typedef struct AstVacuumRelation {
    AST_HEAD;
    AstRangeVar *relation;
    StrList columns;
} AstVacuumRelation;

/* VACUUM, ANALYZE */
typedef struct AstVacuum {
    AST_HEAD;
    bool vacuum; /* else ANALYZE */
    AstList options;
    AstList relations; /* AstVacuumRelation; empty: all */
} AstVacuum;

typedef struct AstCluster {
    AST_HEAD;
    AstRangeVar *relation; /* NULL: all */
    const char *index;
    AstList options;
} AstCluster;

typedef enum AstReindexKind {
    AST_REINDEX_INDEX,
    AST_REINDEX_TABLE,
    AST_REINDEX_SCHEMA,
    AST_REINDEX_SYSTEM,
    AST_REINDEX_DATABASE
} AstReindexKind;

typedef struct AstReindex {
    AST_HEAD;
    AstReindexKind kind;
    AstRangeVar *relation; /* INDEX, TABLE */
    const char *name;      /* the others */
    AstList options;       /* CONCURRENTLY is the option concurrently */
} AstReindex;

/* AST_CHECKPOINT is a plain Ast. */

#endif
