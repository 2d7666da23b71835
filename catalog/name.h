/*
 * name.h: names and back: quoting, resolution along the search path, visibility, how types are
 * printed. Layer: catalog.
 *
 * Resolvers take schema NULL for an unqualified name. missing_ok: *oid_out = 0 instead of an error.
 */
#ifndef CATALOG_NAME_H
#define CATALOG_NAME_H

#include "base/strbuf.h"
#include "catalog/catalog.h"

/* Quoted if it must be (the session's keyword test; NULL session: no keywords). On the arena. */
const char *quote_ident(const CatalogSession *session, Arena *arena, const char *name);
/* schema NULL: the name alone. */
const char *quote_qualified(const CatalogSession *session, Arena *arena, const char *schema,
                            const char *name);
const char *quote_literal(Arena *arena, const char *text, size_t len);
/* With standard_conforming_strings in mind: a backslash stands for itself and needs no E. */
const char *quote_standard_literal(Arena *arena, const char *text, size_t len);
void append_ident(const CatalogSession *session, StrBuf *buf, const char *name);
/* Cuts to 63 bytes at a character's edge, with a NOTICE ("identifier ... will be truncated"). */
const char *name_truncate(CatalogSession *session, Arena *arena, const char *name);
/* "<prefix>_<middle>_<suffix>" cut to fit, as in t_a_b_key; middle/suffix may be NULL. */
const char *name_make_object(Arena *arena, const char *prefix, const char *middle,
                             const char *suffix);
/* The same, with digits appended until no relation (or constraint, with for_constraint) of the schema
 * has the name. */
Status name_choose_relation(CatalogSession *session, Arena *arena, const char *prefix,
                            const char *middle, const char *suffix, Oid nsp, bool for_constraint,
                            const char **name_out);
/* "a.b.c" with quotes, folded to lower case: for reg* input, settings. Error: 42602 "invalid name
 * syntax". */
Status name_parse(Arena *arena, const char *text, size_t len, const char *const **parts_out,
                  uint32_t *count_out);
/* A comma-separated list of identifiers, as search_path has it. False if malformed. */
bool name_parse_list(Arena *arena, const char *text, const char *const **names_out,
                     uint32_t *count_out);

/* ---- namespaces ---- */

/* Error: 3F000 "schema \"%s\" does not exist". pg_temp means the session's. */
Status namespace_by_name(CatalogSession *session, const char *name, bool missing_ok, Oid *oid_out);
/* The same, and the current role needs USAGE on it (42501). */
Status namespace_for_lookup(CatalogSession *session, const char *name, bool missing_ok,
                            Oid *oid_out);
/* Where a new object goes: schema or the path's creation target; checks CREATE. Errors: 3F000 "no
 * schema has been selected to create in", 42501. */
Status namespace_for_creation(CatalogSession *session, const char *schema, Oid *oid_out);
/* NULL if gone. On the statement arena. */
Status namespace_name(CatalogSession *session, Oid nsp, const char **name_out);

/* ---- relations ---- */

/* No lock taken. Errors: 42P01 "relation \"%s\" does not exist", 3F000. database: NULL or the current
 * one's name (else 0A000 "cross-database references are not implemented: ..."). */
Status relation_by_name(CatalogSession *session, const char *database, const char *schema,
                        const char *name, bool missing_ok, Oid *oid_out);
/* Resolves, locks, and resolves again until both agree: what a statement does. Parks. */
Status relation_by_name_lock(CatalogSession *session, const char *database, const char *schema,
                             const char *name, LockMode mode, LockWait wait, bool missing_ok,
                             Oid *oid_out);
/* *got_out (may be NULL) as in lock_acquire; error 55P03 "could not obtain lock on relation \"%s\""
 * where it is NULL. */
Status relation_lock(CatalogSession *session, Oid relation, LockMode mode, LockWait wait,
                     bool *got_out);
/* lock_wait_holders of the relation's lock. */
Status relation_wait_holders(CatalogSession *session, Oid relation, LockMode mode);
/* Any object, by catalog and OID: DDL takes LOCK_ACCESS_EXCLUSIVE on what it drops or changes. */
Status object_lock(CatalogSession *session, Oid class_id, Oid object, LockMode mode);

/* ---- other objects by name ---- */

/* A type's OID by its catalog name (int4, _int4, a table's name). 0 if there is none (no error). */
Status type_by_name(CatalogSession *session, const char *schema, const char *name, Oid *oid_out);
/* The rest: 42704 "%s \"%s\" does not exist" where missing. */
Status collation_by_name(CatalogSession *session, const char *schema, const char *name,
                         bool missing_ok, Oid *oid_out);
Status opclass_by_name(CatalogSession *session, Oid am, const char *schema, const char *name,
                       bool missing_ok, Oid *oid_out);
Status opfamily_by_name(CatalogSession *session, Oid am, const char *schema, const char *name,
                        bool missing_ok, Oid *oid_out);
Status conversion_by_name(CatalogSession *session, const char *schema, const char *name,
                          bool missing_ok, Oid *oid_out);
Status statistics_by_name(CatalogSession *session, const char *schema, const char *name,
                          bool missing_ok, Oid *oid_out);
/* kind: PG_TS_CONFIG, PG_TS_DICT, PG_TS_PARSER or PG_TS_TEMPLATE. */
Status text_search_by_name(CatalogSession *session, Oid kind, const char *schema, const char *name,
                           bool missing_ok, Oid *oid_out);
Status role_by_name(CatalogSession *session, const char *name, bool missing_ok, Oid *oid_out);
Status database_by_name(CatalogSession *session, const char *name, bool missing_ok, Oid *oid_out);
Status tablespace_by_name(CatalogSession *session, const char *name, bool missing_ok, Oid *oid_out);
Status language_by_name(CatalogSession *session, const char *name, bool missing_ok, Oid *oid_out);
Status am_by_name(CatalogSession *session, const char *name, char type, bool missing_ok,
                  Oid *oid_out); /* type: 't', 'i', 0 any */
Status extension_by_name(CatalogSession *session, const char *name, bool missing_ok, Oid *oid_out);
Status constraint_by_name(CatalogSession *session, Oid relation, const char *name, bool missing_ok,
                          Oid *oid_out);

/* ---- names of objects; NULL if gone; on the statement arena ---- */

Status role_name(CatalogSession *session, Oid role, const char **name_out);
Status relation_name(CatalogSession *session, Oid relation, const char **name_out);
Status relation_namespace(CatalogSession *session, Oid relation, Oid *nsp_out);
Status type_name(CatalogSession *session, Oid type, const char **name_out);
Status proc_name(CatalogSession *session, Oid proc, const char **name_out);
Status operator_name(CatalogSession *session, Oid oper, const char **name_out);
Status database_name(CatalogSession *session, Oid database, const char **name_out);
Status collation_name(CatalogSession *session, Oid collation, const char **name_out);

/* Would the bare name find this very object? found_out false: no such object. class_id: pg_class,
 * pg_type, pg_proc, pg_operator, pg_opclass, pg_opfamily, pg_collation, pg_conversion,
 * pg_statistic_ext, pg_ts_*. */
Status object_is_visible(CatalogSession *session, Oid class_id, Oid object, bool *visible_out,
                         bool *found_out);

/* ---- printing ---- */

#define FORMAT_TYPE_TYPMOD 1u        /* typmod given: "numeric(10,2)" */
#define FORMAT_TYPE_ALLOW_INVALID 2u /* "???" instead of an error */
#define FORMAT_TYPE_QUALIFY 4u       /* always with schema, but for SQL's own names */
#define FORMAT_TYPE_NULL_INVALID 8u  /* NULL instead of an error */
/* How format_type() prints it: "character varying(10)", "timestamp without time zone", "s.t[]".
 * Errors: XX000 "cache lookup failed for type %u". */
Status format_type(CatalogSession *session, Arena *arena, Oid type, int32_t typmod, unsigned flags,
                   const char **text_out);
/* The usual one, for messages: visible names bare. "???" if gone. */
Status format_type_brief(CatalogSession *session, Arena *arena, Oid type, const char **text_out);
/* As reg* types print: qualified if not visible, digits if gone, "-" for 0. with_args: regprocedure,
 * regoperator. */
Status format_procedure(CatalogSession *session, Arena *arena, Oid proc, bool with_args,
                        bool qualify, const char **text_out);
Status format_operator(CatalogSession *session, Arena *arena, Oid oper, bool with_args,
                       bool qualify, const char **text_out);
Status format_relation(CatalogSession *session, Arena *arena, Oid relation, const char **text_out);
/* "f(integer, text)" for messages. */
Status format_signature(CatalogSession *session, Arena *arena, const char *name,
                        const Oid *arg_types, uint32_t arg_count, const char **text_out);

#endif
