/*
 * ddl.h: making and changing objects, one catalog deed at a time. Layer: catalog.
 *
 * Statements (executor/ddl_*) check privileges, resolve names and defaults, and call these. Each
 * keeps rows, stores, dependencies, owners and default privileges consistent; none commits. Names
 * are checked for duplicates here (42P07, 42710, 42723, 42P06, 42P04 with PostgreSQL's texts).
 * A Spec is read only during the call.
 */
#ifndef CATALOG_DDL_H
#define CATALOG_DDL_H

#include "catalog/depend.h"
#include "catalog/desc.h"
#include "catalog/row.h"

/* ---- relations ---- */

typedef struct ColumnSpec {
    const char *name;
    Oid type;
    int32_t typmod;
    Oid collation; /* 0: the type's own */
    int32_t dims;
    bool not_null;
    char identity, generated; /* 0: none */
    char storage;             /* 0: the type's */
    char compression;         /* 0: default */
    bool is_local;            /* false: inherited only */
    int32_t inherit_count;
    int32_t stats_target; /* -1: default */
} ColumnSpec;

typedef struct RelationSpec {
    const char *name;
    Oid nsp;
    Oid owner;
    char kind;        /* r v m f p S c; indexes: index_create */
    char persistence; /* p u t */
    Oid am;           /* 0: heap for r, m; none for others */
    Oid tablespace;
    Oid of_type;
    const ColumnSpec *columns;
    uint32_t column_count;
    const char *const *options;
    uint32_t option_count;
    bool is_partition;
    const char *partition_bound; /* pg_node_tree */
    Oid oid;                     /* 0: a new one */
} RelationSpec;

/* Rows of pg_class, pg_attribute (system columns too), pg_type (row type and its array; not for
 * sequences and indexes), a store where the kind has one, dependencies, default ACL.
 * Errors: 42P07 "relation \"%s\" already exists"; 42710 "type \"%s\" already exists" + hint; 42701
 * "column \"%s\" specified more than once"; 42701 system column name; 54011 too many columns; 42P16
 * pseudo-types "column \"%s\" has pseudo-type %s". */
Status relation_create(CatalogSession *session, const RelationSpec *spec, Oid *oid_out);
/* ALTER TABLE ADD COLUMN. missing: what older rows have (NULL pointer: NULL). */
Status relation_add_column(CatalogSession *session, Oid relation, const ColumnSpec *spec,
                           const Datum *missing, int16_t *attnum_out);
/* Marks it dropped; object_drop of the column comes here. */
Status relation_drop_column(CatalogSession *session, Oid relation, int16_t attnum);
Status relation_rename(CatalogSession *session, Oid relation, const char *name);
Status relation_rename_column(CatalogSession *session, Oid relation, int16_t attnum,
                              const char *name);
/* pg_class, its row type, indexes, owned sequences and pg_shdepend follow. */
Status relation_change_owner(CatalogSession *session, Oid relation, Oid owner);
Status relation_change_namespace(CatalogSession *session, Oid relation, Oid nsp);
/* A fresh, empty store for a rewrite or TRUNCATE (the old one goes at commit); also its indexes'. */
Status relation_new_store(CatalogSession *session, Oid relation, StoreId *store_out);
/* An empty table becomes a view; its rule is stored by the caller. Drops the table's store. */
Status relation_into_view(CatalogSession *session, Oid relation);
Status index_new_store(CatalogSession *session, Oid index, StoreId *store_out);
/* Read, change, write back pg_class / pg_attribute rows. */
Status relation_row(CatalogSession *session, Oid relation, Arena *arena, CatalogRow *row_out);
Status column_row(CatalogSession *session, Oid relation, int16_t attnum, Arena *arena,
                  CatalogRow *row_out);
/* reltuples, relpages: outside the transaction's visibility rules they are hints. */
Status relation_set_stats(CatalogSession *session, Oid relation, int32_t pages, float tuples);
/* pg_inherits, dependency, relhassubclass. */
Status relation_add_parent(CatalogSession *session, Oid relation, Oid parent, int32_t sequence_no,
                           bool partition);
Status relation_remove_parent(CatalogSession *session, Oid relation, Oid parent);
/* Sets a boolean of pg_class, such as relhassubclass, if it is not set yet. */
Status relation_set_flag(CatalogSession *session, Oid relation, int column);
Status relation_clear_flag(CatalogSession *session, Oid relation, int column);
typedef struct PartitionKeySpec {
    char strategy;
    uint16_t key_count;
    const int16_t *attnums;
    const Oid *opclasses;
    const Oid *collations;
    const char *expressions;
} PartitionKeySpec;
Status partition_key_store(CatalogSession *session, Oid relation, const PartitionKeySpec *spec,
                           const ObjectAddress *referenced, size_t referenced_count);

/* ---- indexes ---- */

typedef struct IndexSpec {
    const char *name;
    Oid nsp;
    Oid relation;
    Oid am;
    Oid tablespace;
    bool unique, nulls_not_distinct, primary, exclusion, deferrable, deferred;
    bool partitioned; /* kind I: no store */
    bool invalid;     /* CONCURRENTLY: not yet to be used (indisready, indisvalid false) */
    uint16_t column_count, key_count;
    const int16_t *attnums;          /* 0: an expression */
    const char *const *column_names; /* of the index's columns */
    const Oid *column_types;
    const int32_t *column_typmods;
    const Oid *opclasses;
    const Oid *collations;
    const int16_t *options;
    const char *const *const
        *class_options; /* by column: its operator class's parameters; or NULL */
    const uint32_t *class_option_counts;
    const char *expressions; /* pg_node_tree list */
    const char *predicate;
    const ObjectAddress *referenced; /* what expressions and predicate need */
    size_t referenced_count;
    bool constraint;          /* also makes the pg_constraint row of that name */
    bool constraint_internal; /* the constraint's parent owns it */
    const Oid *exclusion_operators;
    const char *const *options_list; /* reloptions */
    uint32_t option_count;
    Oid parent_index; /* of a partitioned index */
} IndexSpec;
/* Rows and an empty store; the caller fills it. */
Status index_create(CatalogSession *session, const IndexSpec *spec, Oid *index_out,
                    Oid *constraint_out);
Status index_set_state(CatalogSession *session, Oid index, bool ready, bool valid, bool live);

/* ---- constraints, defaults ---- */

typedef struct ConstraintSpec {
    const char *name;
    Oid nsp;
    char type; /* c f p u x t */
    bool deferrable, deferred, validated, is_local, no_inherit;
    int32_t inherit_count;
    Oid relation; /* or domain */
    Oid domain;
    Oid index;
    Oid parent;
    const int16_t *columns;
    uint16_t column_count;
    uint16_t key_count; /* columns that the dependency is on; mostly column_count */
    Oid referenced;
    const int16_t *referenced_columns;
    const Oid *pf_equal, *pp_equal, *ff_equal;
    char on_update, on_delete, match;
    const int16_t *delete_set_columns;
    uint16_t delete_set_count;
    const Oid *exclusion_operators;
    const char *expr;                     /* pg_node_tree */
    const ObjectAddress *expr_referenced; /* what expr needs beyond the columns */
    size_t expr_referenced_count;
    bool internal; /* DEPEND_INTERNAL on the parent instead of AUTO on the relation */
    bool bare;     /* a foreign key whose triggers the caller makes: foreign_key_triggers */
} ConstraintSpec;
Status constraint_create(CatalogSession *session, const ConstraintSpec *spec, Oid *oid_out);

/* The triggers that stand for a foreign key on one of its sides. */
typedef struct FkTriggers {
    Oid oids[2]; /* action: DELETE, UPDATE; check: INSERT, UPDATE; 0: none */
} FkTriggers;
/* Makes those of one side; parents: the triggers that they are clones of (0: none). */
Status foreign_key_triggers(CatalogSession *session, const ConstraintSpec *spec, Oid constraint,
                            bool action, FkTriggers parents, FkTriggers *made_out);
/* Those that a constraint has on a relation. */
Status foreign_key_find_triggers(CatalogSession *session, Oid constraint, Oid relation, bool action,
                                 FkTriggers *found_out);
/* They become clones of others, or (0) stand alone. */
Status foreign_key_set_parents(CatalogSession *session, FkTriggers triggers, FkTriggers parents,
                               Oid relation);
/* Keeps pg_class.relchecks right. */
Status constraint_delete(CatalogSession *session, Oid constraint);
Status constraint_rename(CatalogSession *session, Oid constraint, const char *name);
Status constraint_name_used(CatalogSession *session, Oid relation, Oid domain, const char *name,
                            bool *used_out);

/* Sets the default (or generation expression) of a column, replacing what stood there. */
Status attrdef_store(CatalogSession *session, Oid relation, int16_t attnum, const char *expr,
                     bool generated, const ObjectAddress *referenced, size_t referenced_count,
                     Oid *oid_out);
Status attrdef_remove(CatalogSession *session, Oid relation, int16_t attnum, DropBehavior behavior,
                      bool internal);

/* ---- sequences: relation_create's kind S with this ---- */

Status sequence_create(CatalogSession *session, const RelationSpec *spec,
                       const SequenceDesc *options, int64_t last_value, bool is_called,
                       Oid *oid_out);
Status sequence_change(CatalogSession *session, Oid sequence, const SequenceDesc *options);
/* The three columns that every sequence relation has: last_value, log_cnt, is_called. */
const ColumnSpec *sequence_columns(uint32_t *count_out);

/* ---- views ---- */

typedef struct RuleSpec {
    const char *name;
    Oid relation;
    char event;
    bool instead;
    char enabled;
    const char *condition, *actions; /* "<>" for none */
    const ObjectAddress *referenced;
    size_t referenced_count;
    bool replace;
} RuleSpec;
Status rule_store(CatalogSession *session, const RuleSpec *spec, Oid *oid_out);

/* ---- types ---- */

typedef struct TypeSpec {
    Oid oid; /* 0: a new one */
    const char *name;
    Oid nsp;
    Oid relation; /* of a composite type's row type */
    char relation_kind;
    Oid owner;
    int16_t len;
    char kind;
    char category;
    bool preferred;
    char delimiter;
    Oid input, output, receive, send, typmod_in, typmod_out, analyze, subscript;
    Oid element;
    bool is_implicit_array;
    Oid array;
    Oid base;
    const char *default_text;
    const char *default_expr;
    bool by_value;
    char align, storage;
    int32_t typmod, dims;
    bool not_null;
    Oid collation;
    const ObjectAddress *expr_referenced;
    size_t expr_referenced_count;
} TypeSpec;
/* Completes a shell of that name if there is one. */
Status type_create(CatalogSession *session, const TypeSpec *spec, Oid *oid_out);
/* A base type and its array type. */
Status type_create_base(CatalogSession *session, const TypeSpec *spec, Oid *oid_out);
Status type_create_shell(CatalogSession *session, const char *name, Oid nsp, Oid owner,
                         Oid *oid_out);
/* A type with its array type, the usual functions filled in by kind. */
Status type_create_enum(CatalogSession *session, const char *name, Oid nsp, Oid owner,
                        const char *const *labels, uint32_t label_count, Oid *oid_out);
/* neighbour NULL: at the end. *renumbered_out: the labels have got new numbers, so index keys made
 * of the old ones find nothing. Errors: 42710 "enum label \"%s\" already exists", 22023. */
Status enum_add_label(CatalogSession *session, Oid type, const char *label, const char *neighbour,
                      bool after, bool if_not_exists, bool *renumbered_out);
Status enum_rename_label(CatalogSession *session, Oid type, const char *label, const char *name);
typedef struct DomainSpec {
    const char *name;
    Oid nsp, owner, base;
    int32_t typmod, dims;
    Oid collation;
    bool not_null;
    const char *default_text, *default_expr;
    const ObjectAddress *expr_referenced;
    size_t expr_referenced_count;
} DomainSpec;
Status type_create_domain(CatalogSession *session, const DomainSpec *spec, Oid *oid_out);
typedef struct RangeSpec {
    const char *name, *multirange_name; /* NULL: made from name */
    Oid nsp, multirange_nsp, owner, subtype, opclass, collation, canonical, subdiff;
} RangeSpec;
/* The range, its multirange, both arrays, constructor functions, pg_range. */
Status type_create_range(CatalogSession *session, const RangeSpec *spec, Oid *oid_out);
/* "_name", with more underscores until it is free. */
Status type_choose_array_name(CatalogSession *session, Arena *arena, const char *name, Oid nsp,
                              const char **name_out);
Status type_rename(CatalogSession *session, Oid type, const char *name);
Status type_change_owner(CatalogSession *session, Oid type, Oid owner);
Status type_change_namespace(CatalogSession *session, Oid type, Oid nsp);

/* ---- functions ---- */

typedef struct ProcSpec {
    const char *name;
    Oid nsp, owner, language;
    float cost, rows;
    Oid support;
    char kind;
    bool security_definer, leakproof, strict, returns_set;
    char volatility, parallel;
    Oid result;
    const Oid *arg_types;
    uint16_t arg_count;
    const Oid *all_arg_types; /* NULL: only IN parameters */
    uint16_t all_arg_count;
    const char *arg_modes;
    const char *const *arg_names; /* NULL: none */
    const char *default_exprs;
    uint16_t default_count;
    const char *source, *binary, *sql_body;
    const char *const *config;
    uint32_t config_count;
    const ObjectAddress *referenced; /* what defaults and body need */
    size_t referenced_count;
    bool replace;
} ProcSpec;
/* Errors: 42723 "function \"%s\" already exists with same argument types"; 42P13 "cannot change
 * return type of existing function" + hint and its kin; 42809 kinds differ. */
Status proc_create(CatalogSession *session, const ProcSpec *spec, Oid *oid_out);

/* ---- schemas, databases, roles ---- */

Status namespace_create(CatalogSession *session, const char *name, Oid owner, bool temporary,
                        Oid *oid_out);

typedef struct DatabaseSpec {
    const char *name;
    Oid owner, template_database, tablespace;
    int32_t encoding;
    char locale_provider;
    const char *collate, *ctype, *icu_locale;
    bool is_template, allow_connections;
    int32_t connection_limit;
    Oid oid; /* 0: a new one */
} DatabaseSpec;
/* Copies every store of the template. The caller sees to it that nobody is connected to it. Parks
 * for long. */
Status database_create(CatalogSession *session, const DatabaseSpec *spec, Oid *oid_out);
/* Its rows, stores, shared dependencies, settings, comments. */
Status database_drop(CatalogSession *session, Oid database);

typedef struct RoleSpec {
    const char *name;
    bool superuser, inherit, create_role, create_db, can_login, replication, bypass_rls;
    int32_t connection_limit;
    const char *password; /* verifier; NULL */
    bool has_valid_until;
    int64_t valid_until;
    Oid oid;
} RoleSpec;
Status role_create(CatalogSession *session, const RoleSpec *spec, Oid *oid_out);
/* Errors: 2BP01 "role \"%s\" cannot be dropped because some objects depend on it" + detail. */
Status role_drop(CatalogSession *session, Oid role);
Status role_grant(CatalogSession *session, Oid role, Oid member, Oid grantor, bool admin);
Status role_revoke(CatalogSession *session, Oid role, Oid member, bool admin_only, bool *was_out);

/* ---- any object with the usual columns (object_class) ---- */

/* Updates the name column after checking that it is free. */
Status object_rename(CatalogSession *session, Oid class_id, Oid object, const char *name);
Status object_change_owner(CatalogSession *session, Oid class_id, Oid object, Oid owner);
Status object_change_namespace(CatalogSession *session, Oid class_id, Oid object, Oid nsp);
/* Stores an ACL (column: attnum of a relation, else 0) with its shared dependencies. */
/* Which of ACL_SET and ACL_ALTER_SYSTEM the role was granted on a setting. */
Status parameter_acl_mask(CatalogSession *session, const char *name, Oid role, uint32_t mask,
                          uint32_t *held_out);
/* The row of pg_parameter_acl; make: made with the usual rights where there is none. 0: there is none. */
Status parameter_acl_find(CatalogSession *session, const char *name, bool make, Arena *arena,
                          Oid *oid_out);
/* A row that says no more than what holds without it goes. */
Status parameter_acl_tidy(CatalogSession *session, Oid oid, Arena *arena);
Status object_set_acl(CatalogSession *session, ObjectAddress object, const Acl *acl);
Status object_get_acl(CatalogSession *session, ObjectAddress object, Arena *arena,
                      const Acl **acl_out, Oid *owner_out);
/* Inserts an object's row, owner dependency, namespace dependency, extension membership. The row's
 * OID is chosen if zero. Errors: 42710 by the unique name index. */
Status object_insert(CatalogSession *session, Oid class_id, CatalogRow *row, Oid *oid_out);

#endif
