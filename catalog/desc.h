/*
 * desc.h: descriptors: what the catalogs say about an object, parsed. Layer: catalog.
 *
 * Descriptors are immutable and shared by all sessions of a database. Every look-up pins what it
 * returns until catalog_session_release (the end of the statement); desc_pin keeps one longer (plan
 * caches). A commit that changes an object's rows takes its descriptor out of the cache and clears
 * `valid`; whoever holds it may go on reading it. A transaction's own uncommitted changes are seen
 * through private descriptors (shared = false), which others never get.
 *
 * A statement locks a relation before it relies on its descriptor (relation_by_name_lock, then
 * catalog_relation). A cached plan keeps its descriptors pinned and, after locking, checks
 * desc_is_valid of each (or, cheaper, that catalog_epoch has not moved).
 *
 * All look-ups: *desc_out = NULL where there is no such object; errors are I/O errors only. The
 * _require forms make that XX000 "cache lookup failed for ... %u".
 */
#ifndef CATALOG_DESC_H
#define CATALOG_DESC_H

#include "catalog/acl.h"
#include "catalog/catalog.h"
#include "mvcc/table.h"
#include "mvcc/tuple.h"

#include <stdatomic.h>

/* The head of every descriptor. */
typedef struct Desc {
    _Atomic uint32_t pins;
    _Atomic bool valid;
    bool shared;
    uint64_t version; /* never the same for two states of an object */
    struct CacheEntry *entry;
} Desc;

/* Another reference; any worker. */
void desc_pin(const Desc *desc);
void desc_unpin(const Desc *desc);
static inline bool desc_is_valid(const Desc *desc) {
    return atomic_load_explicit(&desc->valid, memory_order_acquire);
}

/*
 * What a layer above made of a descriptor: kept and freed with it, shared by its users. free() releases
 * everything, the struct included.
 */
typedef struct DescExtra {
    void (*free)(struct DescExtra *extra);
} DescExtra;
/* NULL: none yet. */
DescExtra *desc_extra(const Desc *desc);
/* Attaches it; where another was faster, frees it and returns that one. */
DescExtra *desc_extra_attach(const Desc *desc, DescExtra *extra);
/* The account that extras are charged to. */
MemAccount *desc_extra_account(const Desc *desc);

/* ---- relations ---- */

typedef struct ColumnDesc {
    int16_t attnum; /* from 1 */
    const char *name;
    Oid type; /* 0 if dropped */
    int32_t typmod;
    int16_t typlen;
    bool by_value;
    char align;
    PhysType phys;
    int32_t dims;
    Oid collation;
    bool not_null;
    bool has_default;
    char identity;  /* 'a', 'd', 0 */
    char generated; /* 's', 0 */
    bool dropped;
    bool is_local;
    int32_t inherit_count;
    bool has_missing; /* rows that end before the column have missing */
    Datum missing;
    char storage;
    char compression;
    int32_t stats_target;
    Oid default_oid;          /* pg_attrdef row */
    const char *default_expr; /* pg_node_tree; also a generated column's expression; NULL: none */
    const Acl *acl;           /* NULL: none */
    const char *const *options;
    uint32_t option_count;
} ColumnDesc;

#define INDEX_OPTION_DESC 1
#define INDEX_OPTION_NULLS_FIRST 2

typedef struct IndexDesc {
    Oid oid;
    Oid relation;
    const char *name;
    StoreId store;
    Oid am;
    float tuples; /* rows when it was built or counted last; 0: none, or not counted */
    bool unique, nulls_not_distinct, primary, exclusion, immediate, clustered, valid, ready, live,
        replica_identity;
    uint16_t column_count;
    uint16_t key_count;      /* the rest are INCLUDE columns */
    const int16_t *attnums;  /* [column_count]; 0: an expression */
    const Oid *opclasses;    /* [key_count] */
    const Oid *families;     /* [key_count] */
    const Oid *input_types;  /* [key_count] opcintype */
    const Oid *collations;   /* [key_count] */
    const int16_t *options;  /* [key_count] INDEX_OPTION_ */
    const Oid *column_types; /* [column_count] of the index's own columns */
    const char *expressions; /* pg_node_tree, a list; NULL: none */
    const char *predicate;   /* pg_node_tree; NULL: none */
    Oid constraint;          /* of PRIMARY KEY, UNIQUE, EXCLUDE; 0: none */
    const char *constraint_name;
    bool deferrable, deferred;
    const Oid *exclusion_operators; /* [key_count]; NULL */
} IndexDesc;

typedef struct CheckDesc {
    Oid oid;
    const char *name;
    const char *expr; /* pg_node_tree */
    bool validated, no_inherit, is_local;
    int32_t inherit_count;
} CheckDesc;

typedef struct FkDesc {
    Oid oid;
    const char *name;
    Oid nsp;
    Oid relation;   /* refers */
    Oid referenced; /* is referred to */
    Oid index;      /* the unique index used */
    Oid parent;     /* constraint of a partitioned parent */
    uint16_t column_count;
    const int16_t *columns;
    const int16_t *referenced_columns;
    const Oid *pf_equal, *pp_equal, *ff_equal;
    char on_update, on_delete; /* 'a' no action, 'r', 'c', 'n', 'd' */
    char match;                /* 's', 'f', 'p' */
    bool deferrable, deferred, validated;
    char check_enabled;  /* tgenabled of the triggers that stand for it: on the referring table, */
    char action_enabled; /* on the referenced one; 0: it has none there */
    bool action_cloned;  /* the latter are clones of those on a partitioned table above */
    uint16_t delete_set_count; /* ON DELETE SET NULL (columns) */
    const int16_t *delete_set_columns;
} FkDesc;

typedef struct TriggerDesc {
    Oid oid;
    const char *name;
    Oid function;
    int16_t type; /* tgtype bits */
    char enabled;
    bool internal;
    Oid parent, constraint, constraint_relation, constraint_index;
    bool deferrable, deferred;
    uint16_t column_count;
    const int16_t *columns;
    uint16_t arg_count;
    const char *const *args;
    const char *when; /* pg_node_tree */
    const char *old_table, *new_table;
} TriggerDesc;

typedef struct RuleDesc {
    Oid oid;
    const char *name;
    char event; /* '1' select, '2' update, '3' insert, '4' delete */
    char enabled;
    bool instead;
    const char *condition; /* pg_node_tree; NULL: none */
    const char *actions;   /* pg_node_tree: of the view's rule _RETURN, its query */
} RuleDesc;

typedef struct PolicyDesc {
    Oid oid;
    const char *name;
    char command; /* 'r', 'a', 'w', 'd', '*' */
    bool permissive;
    const Oid *roles;
    uint32_t role_count;
    const char *using_expr, *check_expr;
} PolicyDesc;

typedef struct SequenceDesc {
    Oid type;
    int64_t start, increment, max, min, cache;
    bool cycle;
} SequenceDesc;

typedef struct PartitionKeyDesc {
    char strategy; /* 'l', 'r', 'h' */
    uint16_t key_count;
    Oid default_partition;
    const int16_t *attnums; /* 0: an expression */
    const Oid *opclasses;
    const Oid *collations;
    const char *expressions;
} PartitionKeyDesc;

typedef struct StatisticsDesc { /* CREATE STATISTICS */
    Oid oid;
    const char *kinds;
    const int16_t *columns;
    uint32_t column_count;
    const char *expressions;
} StatisticsDesc;

typedef struct RelationDesc {
    Desc desc;
    Oid oid;
    const char *name;
    Oid nsp;
    const char *nsp_name;
    Oid row_type;
    Oid of_type;
    Oid owner;
    Oid am;
    StoreId store; /* 0: has none */
    Oid tablespace;
    char kind;        /* r i S v m c f p I t */
    char persistence; /* p u t */
    bool is_shared, has_subclass, row_security, force_row_security, is_populated, is_partition;
    char replica_identity;
    bool maybe_published; /* there are publications, and it is a table that they can name */
    int32_t pages;
    float tuples;   /* -1: never counted */
    const Acl *acl; /* NULL: the default */
    const char *const *options;
    uint32_t option_count;
    Oid toast;

    TupleShape shape; /* every column, dropped ones too; attnum n is shape column n - 1 */
    uint16_t column_count;
    const ColumnDesc *columns;

    uint16_t index_count;
    const IndexDesc *indexes; /* by OID; for an index relation: itself */
    int16_t primary;          /* place in indexes; -1: none */
    uint16_t check_count;
    const CheckDesc *checks;
    uint16_t fk_count; /* this table refers; with those to single partitions, not checked here */
    const FkDesc *fks;
    uint16_t referencing_count; /* others (or itself) refer to it */
    const FkDesc *referencing;
    uint16_t trigger_count; /* by name, as they fire; those of foreign keys are not among them */
    const TriggerDesc *triggers;
    uint16_t rule_count;
    const RuleDesc *rules; /* by name */
    uint16_t policy_count;
    const PolicyDesc *policies;
    const SequenceDesc *sequence;
    const PartitionKeyDesc *partition_key;
    const char *partition_bound; /* pg_node_tree */
    uint32_t parent_count;
    const Oid *parents; /* by inhseqno */
    uint32_t child_count;
    const Oid *children; /* ascending */
    Oid pending_child;   /* a partition that is being detached: not among them */
    uint32_t statistics_count;
    const StatisticsDesc *statistics;
} RelationDesc;

/* Of a row of pg_trigger; everything on the arena. */
struct CatalogRow;
void trigger_describe(Arena *arena, const struct CatalogRow *row, TriggerDesc *desc_out);

Status catalog_relation(CatalogSession *session, Oid relation, const RelationDesc **desc_out);
Status catalog_relation_require(CatalogSession *session, Oid relation,
                                const RelationDesc **desc_out);
/* NULL if there is none that is not dropped. */
const ColumnDesc *relation_column(const RelationDesc *desc, const char *name);
const IndexDesc *relation_index(const RelationDesc *desc, Oid index);
/* Value of a reloption ("fillfactor"); NULL if not set. */
const char *relation_option(const RelationDesc *desc, const char *name);
/* An index by its own OID: pins its table's descriptor. */
Status catalog_index_desc(CatalogSession *session, Oid index, const IndexDesc **desc_out,
                          const RelationDesc **relation_out);
/* The relation and all that inherit from it, itself first, each once. No locks. */
Status relation_descendants(CatalogSession *session, Oid relation, Arena *arena,
                            const Oid **relations_out, size_t *count_out);

/* ---- types ---- */

typedef struct TypeDesc {
    Desc desc;
    Oid oid;
    const char *name;
    Oid nsp;
    Oid owner;
    int16_t len;
    bool by_value;
    char kind; /* b c d e p r m */
    char category;
    bool preferred;
    bool defined;
    char delimiter;
    Oid relation;  /* of a composite type */
    Oid subscript; /* pg_proc */
    Oid element;
    Oid array;
    Oid input, output, receive, send, typmod_in, typmod_out, analyze;
    char align;
    char storage;
    bool not_null;
    Oid base;
    int32_t typmod;
    int32_t dims;
    Oid collation;
    const char *default_expr; /* pg_node_tree */
    const char *default_text;
    const Acl *acl;
    PhysType phys;
    uint16_t check_count; /* of a domain, without those of its base */
    const CheckDesc *checks;
} TypeDesc;

Status catalog_type(CatalogSession *session, Oid type, const TypeDesc **desc_out);
Status catalog_type_require(CatalogSession *session, Oid type, const TypeDesc **desc_out);
/* A true array type (subscripted by array_subscript_handler); then its element, else 0. */
Status catalog_array_element(CatalogSession *session, Oid type, Oid *element_out);
Status catalog_array_type(CatalogSession *session, Oid element, Oid *array_out);
/* Through domains to the type itself; typmod_out (may be NULL) of the domain. */
Status catalog_base_type(CatalogSession *session, Oid type, Oid *base_out, int32_t *typmod_out);
/* The physical type of a built-in type or of one that pg_type describes so. */
PhysType catalog_phys(Oid type, int16_t len, bool by_value, char kind);

typedef struct EnumLabel {
    Oid oid;
    float order;
    const char *label;
} EnumLabel;
typedef struct EnumDesc {
    Desc desc;
    Oid type;
    uint32_t count;
    const EnumLabel *labels; /* in order */
} EnumDesc;
Status catalog_enum(CatalogSession *session, Oid type, const EnumDesc **desc_out);
/* NULL if there is none. */
const EnumLabel *enum_label(const EnumDesc *desc, const char *label, size_t len);
const EnumLabel *enum_label_by_oid(const EnumDesc *desc, Oid oid);
/* 55P04 for a label that this transaction added: indexes must not hold what a rollback would take away. */
Status enum_check_usable(CatalogSession *session, Arena *arena, const EnumLabel *label, Oid type);

typedef struct RangeDesc {
    Desc desc;
    Oid range, subtype, multirange, collation, opclass, canonical, subdiff;
} RangeDesc;
Status catalog_range(CatalogSession *session, Oid range, const RangeDesc **desc_out);
Status catalog_range_by_multirange(CatalogSession *session, Oid multirange,
                                   const RangeDesc **desc_out);

/* ---- functions ---- */

typedef struct ProcDesc {
    Desc desc;
    Oid oid;
    const char *name;
    Oid nsp;
    Oid owner;
    Oid language;
    float cost;
    float rows;
    Oid variadic; /* element type of the VARIADIC parameter; 0: none */
    Oid support;
    char kind; /* f p a w */
    bool security_definer, leakproof, strict, returns_set;
    char volatility; /* i s v */
    char parallel;   /* s r u */
    uint16_t arg_count;
    uint16_t default_count;
    Oid result;
    const Oid *arg_types;
    uint16_t all_arg_count; /* 0: arg_types is all there is */
    const Oid *all_arg_types;
    const char *arg_modes;        /* [all_arg_count] i o b v t; NULL: all in */
    const char *const *arg_names; /* [all_arg_count or arg_count], "" unnamed; NULL: none */
    const char *default_exprs; /* pg_node_tree, a list of default_count; of built-in functions: '='
                                  and SQL expressions separated by ", " */
    const char *source;
    const char *binary;
    const char *sql_body;      /* pg_node_tree */
    const char *const *config; /* "name=value" */
    uint32_t config_count;
    const Acl *acl;
} ProcDesc;
Status catalog_proc(CatalogSession *session, Oid proc, const ProcDesc **desc_out);
Status catalog_proc_require(CatalogSession *session, Oid proc, const ProcDesc **desc_out);

/* Functions of a name; good until the end of the statement and never to be pinned (catalog_proc gives
 * one that may be). schema NULL: those in the search path, in its order, a later one with the
 * argument types of an earlier one left out. Error: 3F000 (42501) for the schema. */
typedef struct ProcCandidates {
    const ProcDesc *const *procs;
    const uint16_t *path_places; /* order within the search path, for PostgreSQL's tie rules */
    uint32_t count;
} ProcCandidates;
Status catalog_proc_candidates(CatalogSession *session, const char *schema, const char *name,
                               Arena *arena, ProcCandidates *candidates_out);
/* The one with exactly these argument types; 0: none. */
Status catalog_proc_exact(CatalogSession *session, const char *schema, const char *name,
                          const Oid *arg_types, uint32_t arg_count, Oid *proc_out);

typedef struct AggregateDesc {
    Desc desc;
    Oid proc;
    char kind; /* n o h */
    int16_t direct_arg_count;
    Oid trans, final, combine, serial, deserial, mtrans, minvtrans, mfinal;
    bool final_extra, mfinal_extra;
    char final_modify, mfinal_modify;
    Oid sort_operator;
    Oid trans_type;
    int32_t trans_space;
    Oid mtrans_type;
    int32_t mtrans_space;
    const char *initial; /* NULL: NULL */
    const char *minitial;
} AggregateDesc;
Status catalog_aggregate(CatalogSession *session, Oid proc, const AggregateDesc **desc_out);

/* ---- operators ---- */

typedef struct OperatorDesc {
    Desc desc;
    Oid oid;
    const char *name;
    Oid nsp;
    Oid owner;
    char kind; /* b l */
    bool can_merge, can_hash;
    Oid left; /* 0: prefix */
    Oid right;
    Oid result;
    Oid commutator, negator;
    Oid code; /* pg_proc; 0: a shell */
    Oid restrict_estimator, join_estimator;
} OperatorDesc;
Status catalog_operator(CatalogSession *session, Oid oper, const OperatorDesc **desc_out);
Status catalog_operator_require(CatalogSession *session, Oid oper, const OperatorDesc **desc_out);

typedef struct OperatorCandidates {
    const OperatorDesc *const *operators;
    const uint16_t *path_places;
    uint32_t count;
} OperatorCandidates;
/* kind: 'b' or 'l'. Otherwise as catalog_proc_candidates. */
Status catalog_operator_candidates(CatalogSession *session, const char *schema, const char *name,
                                   char kind, Arena *arena, OperatorCandidates *candidates_out);
/* Exactly these argument types (left 0: prefix); 0: none. */
Status catalog_operator_exact(CatalogSession *session, const char *schema, const char *name,
                              Oid left, Oid right, Oid *oper_out);

typedef struct CastDesc {
    Desc desc;
    Oid oid;
    Oid source, target;
    Oid proc;     /* 0: none */
    char context; /* i a e */
    char method;  /* f i b */
} CastDesc;
Status catalog_cast(CatalogSession *session, Oid source, Oid target, const CastDesc **desc_out);

typedef struct OpclassDesc {
    Desc desc;
    Oid oid;
    const char *name;
    Oid nsp;
    Oid owner;
    Oid am;
    Oid family;
    Oid input_type;
    bool is_default;
    Oid key_type; /* 0: input_type */
} OpclassDesc;
Status catalog_opclass(CatalogSession *session, Oid opclass, const OpclassDesc **desc_out);
/* The default class of an access method for a type, through domains and binary-coercible casts as
 * GetDefaultOpClass has it; 0: none. */
Status catalog_default_opclass(CatalogSession *session, Oid am, Oid type, Oid *opclass_out);

typedef struct FamilyOperator {
    Oid family, left, right;
    int16_t strategy;
    char purpose; /* s o */
    Oid oper;
    Oid am;
    Oid sort_family;
} FamilyOperator;
typedef struct FamilyProc {
    Oid left, right;
    int16_t number;
    Oid proc;
} FamilyProc;
typedef struct OpfamilyDesc {
    Desc desc;
    Oid oid;
    const char *name;
    Oid nsp;
    Oid owner;
    Oid am;
    uint32_t operator_count;
    const FamilyOperator *operators;
    uint32_t proc_count;
    const FamilyProc *procs;
} OpfamilyDesc;
Status catalog_opfamily(CatalogSession *session, Oid family, const OpfamilyDesc **desc_out);
/* 0: none. */
Oid opfamily_operator(const OpfamilyDesc *family, Oid left, Oid right, int16_t strategy);
Oid opfamily_proc(const OpfamilyDesc *family, Oid left, Oid right, int16_t number);

/* Every family that an operator is a member of. */
typedef struct OperatorFamilies {
    Desc desc;
    uint32_t count;
    const FamilyOperator *members;
} OperatorFamilies;
Status catalog_operator_families(CatalogSession *session, Oid oper,
                                 const OperatorFamilies **families_out);
#define BTREE_LESS 1
#define BTREE_LESS_EQUAL 2
#define BTREE_EQUAL 3
#define BTREE_GREATER_EQUAL 4
#define BTREE_GREATER 5
#define HASH_EQUAL 1

/* ---- the rest ---- */

typedef struct NamespaceDesc {
    Desc desc;
    Oid oid;
    const char *name;
    Oid owner;
    const Acl *acl;
} NamespaceDesc;
Status catalog_namespace(CatalogSession *session, Oid nsp, const NamespaceDesc **desc_out);
Status catalog_namespace_by_name(CatalogSession *session, const char *name,
                                 const NamespaceDesc **desc_out);

typedef struct RoleMembership {
    Oid role, member, grantor;
    bool admin;
} RoleMembership;
typedef struct RoleDesc {
    Desc desc;
    Oid oid;
    const char *name;
    bool superuser, inherit, create_role, create_db, can_login, replication, bypass_rls;
    int32_t connection_limit;
    const char *password; /* verifier; NULL: none */
    bool has_valid_until;
    int64_t valid_until; /* timestamptz */
    uint32_t membership_count;
    const RoleMembership *memberships; /* direct: what it is a member of */
} RoleDesc;
Status catalog_role(CatalogSession *session, Oid role, const RoleDesc **desc_out);
Status catalog_role_by_name(CatalogSession *session, const char *name, const RoleDesc **desc_out);

/* connection_limit of a database that an interrupted DROP DATABASE left behind. */
#define DATABASE_INVALID_LIMIT (-2)

typedef struct DatabaseDesc {
    Desc desc;
    Oid oid;
    const char *name;
    Oid owner;
    int32_t encoding;
    char locale_provider;
    bool is_template, allow_connections;
    int32_t connection_limit;
    Oid tablespace;
    const char *collate, *ctype, *icu_locale;
    const Acl *acl;
} DatabaseDesc;
Status catalog_database(CatalogSession *session, Oid database, const DatabaseDesc **desc_out);
Status catalog_database_by_name(CatalogSession *session, const char *name,
                                const DatabaseDesc **desc_out);
/* "name=value" settings of ALTER ROLE/DATABASE … SET for exactly this pair (0: any). */
Status catalog_role_settings(CatalogSession *session, Oid database, Oid role, Arena *arena,
                             const char *const **settings_out, uint32_t *count_out);

typedef struct CollationDesc {
    Desc desc;
    Oid oid;
    const char *name;
    Oid nsp;
    Oid owner;
    char provider; /* d c i */
    bool deterministic;
    int32_t encoding;
    const char *collate, *ctype, *icu_locale, *version;
} CollationDesc;
Status catalog_collation(CatalogSession *session, Oid collation, const CollationDesc **desc_out);

typedef struct LanguageDesc {
    Desc desc;
    Oid oid;
    const char *name;
    Oid owner;
    bool is_procedural, trusted;
    Oid call_handler, inline_handler, validator;
    const Acl *acl;
} LanguageDesc;
/* May functions of the language be code of the server's? Those of C belong to its extensions. */
static inline bool language_has_code(Oid language) {
    return language == OID_LANGUAGE_INTERNAL || language == OID_LANGUAGE_C;
}
Status catalog_language(CatalogSession *session, Oid language, const LanguageDesc **desc_out);

typedef struct AmDesc {
    Desc desc;
    Oid oid;
    const char *name;
    Oid handler;
    char type; /* t i */
} AmDesc;
Status catalog_am(CatalogSession *session, Oid am, const AmDesc **desc_out);
/* Bloom's handler is the only one for indexes that an extension brings. */
static inline bool am_is_bloom(const AmDesc *am) {
    return am != NULL && am->type == 'i' && am->handler >= OID_FIRST_NORMAL;
}

typedef struct TablespaceDesc {
    Desc desc;
    Oid oid;
    const char *name;
    Oid owner;
    const Acl *acl;
} TablespaceDesc;
Status catalog_tablespace(CatalogSession *session, Oid tablespace, const TablespaceDesc **desc_out);

/* Statistics of a column (pg_statistic, stainherit as asked), as raw slots; the planner reads them. */
typedef struct StatisticSlot {
    int16_t kind;
    Oid oper, collation;
    const float *numbers;
    uint32_t number_count;
    bool has_values;
    Datum values; /* an array */
} StatisticSlot;
typedef struct ColumnStatistics {
    Desc desc;
    Oid relation;
    int16_t attnum;
    float null_fraction;
    int32_t width;
    float distinct; /* < 0: fraction of the rows */
    StatisticSlot slots[5];
} ColumnStatistics;
/* A row of pg_statistic read; on the arena. */
struct CatalogRow;
ColumnStatistics *catalog_statistics_of_row(const struct CatalogRow *row, Arena *arena);
Status catalog_column_statistics(CatalogSession *session, Oid relation, int16_t attnum,
                                 bool inherit, const ColumnStatistics **desc_out);

#endif
