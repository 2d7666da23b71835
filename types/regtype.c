/*
 * regtype.c: regclass, regtype, regproc and their kin: OIDs that read and print as names. Input takes
 * "-" for 0, digits as an OID, or a name looked up along the search path.
 */
#include "types/regtype.h"

#include "catalog/catalogs.h"
#include "catalog/depend.h"
#include "catalog/desc.h"
#include "catalog/name.h"
#include "catalog/row.h"

/* Binary forms are oid's. */
#define REG_TYPE(family)                                                                           \
    DECLARE_TYPE_IO(family);                                                                       \
    Status family##_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {      \
        if (len != 4)                                                                              \
            return type_receive_error();                                                           \
        *value_out = datum_oid(load_be32(bytes));                                                  \
        return STATUS_OK;                                                                          \
    }                                                                                              \
    Status family##_send(TypeIo *io, Datum value, StrBuf *bytes) {                                 \
        strbuf_put_be32(bytes, value.u32);                                                         \
        return STATUS_OK;                                                                          \
    }
REG_TYPE(regclass)
REG_TYPE(regtype)
REG_TYPE(regproc)
REG_TYPE(regprocedure)
REG_TYPE(regoper)
REG_TYPE(regoperator)
REG_TYPE(regnamespace)
REG_TYPE(regrole)
REG_TYPE(regcollation)
REG_TYPE(regconfig)
REG_TYPE(regdictionary)

/* "-", digits; or nothing is settled. */
static bool plain_oid(const char *text, size_t len, Status *status_out, Datum *out) {
    *status_out = STATUS_OK;
    *out = datum_oid(0);
    if (len == 1 && *text == '-')
        return true;
    if (len == 0)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_digit(text[i]))
            return false;
    TypeIo io = {.typmod = -1};
    *status_out = type_builtin(26)->input(&io, text, len, out);
    return true;
}
static Status need_catalog(TypeIo *io) {
    if (io->env == NULL || io->env->catalog == NULL)
        return error(ERR_FEATURE_NOT_SUPPORTED, "%s values must be OIDs here", io->type->name);
    return STATUS_OK;
}
static const char *dotted(Arena *arena, const char *const *parts, uint32_t count) {
    StrBuf all;
    strbuf_init(&all, arena);
    for (uint32_t i = 0; i < count; i++)
        strbuf_printf(&all, "%s%s", i > 0 ? "." : "", parts[i]);
    return strbuf_cstr(&all);
}
/* Parts of a name that is perhaps qualified, by schema and database; NULL where not given. */
static Status split_relation(TypeIo *io, const char *text, size_t len, const char **database,
                             const char **schema, const char **name) {
    const char *const *parts;
    uint32_t count;
    TRY(name_parse(io->arena, text, len, &parts, &count));
    if (count > 3)
        return error(ERR_SYNTAX_ERROR, "improper relation name (too many dotted names): %s",
                     dotted(io->arena, parts, count));
    *database = count == 3 ? parts[0] : NULL;
    *schema = count >= 2 ? parts[count - 2] : NULL;
    *name = parts[count - 1];
    return STATUS_OK;
}
/* The same for what is no relation; a database must be this one. */
static Status split_name(TypeIo *io, const char *text, size_t len, const char **schema,
                         const char **name) {
    const char *const *parts;
    uint32_t count;
    TRY(name_parse(io->arena, text, len, &parts, &count));
    if (count > 3)
        return error(ERR_SYNTAX_ERROR, "improper qualified name (too many dotted names): %s",
                     dotted(io->arena, parts, count));
    if (count == 3) {
        const char *database = NULL;
        TRY(database_name(io->env->catalog, session_database(io->env->catalog), &database));
        if (database == NULL || strcmp(database, parts[0]) != 0)
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "cross-database references are not implemented: %s",
                         dotted(io->arena, parts, count));
    }
    *schema = count >= 2 ? parts[count - 2] : NULL;
    *name = parts[count - 1];
    return STATUS_OK;
}
static Status put_oid(StrBuf *text, Oid oid) {
    if (oid == 0)
        strbuf_putc(text, '-');
    else
        strbuf_put_i64(text, oid);
    return STATUS_OK;
}
#define RESOLVE_OID(io, text, len, value_out)                                                      \
    Status plain_status;                                                                           \
    if (plain_oid(text, len, &plain_status, value_out))                                            \
        return plain_status;                                                                       \
    TRY(need_catalog(io))
/* "-" is an operator. */
#define RESOLVE_OPERATOR_OID(io, text, len, value_out)                                             \
    Status plain_status;                                                                           \
    if (((len) != 1 || *(text) != '-') && plain_oid(text, len, &plain_status, value_out))          \
        return plain_status;                                                                       \
    TRY(need_catalog(io))
#define OUTPUT_WITHOUT_CATALOG(io, value, text)                                                    \
    if ((value).u32 == 0 || (io)->env == NULL || (io)->env->catalog == NULL)                       \
    return put_oid(text, (value).u32)

Status regclass_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    const char *database, *schema, *name;
    RESOLVE_OID(io, text, len, value_out);
    TRY(split_relation(io, text, len, &database, &schema, &name));
    return relation_by_name(io->env->catalog, database, schema, name, false, &value_out->u32);
}
Status regclass_output(TypeIo *io, Datum value, StrBuf *text) {
    const char *s;
    OUTPUT_WITHOUT_CATALOG(io, value, text);
    TRY(format_relation(io->env->catalog, io->arena, value.u32, &s));
    strbuf_puts(text, s);
    return STATUS_OK;
}
SCALAR(text_regclass) {
    TypeIo io = {
        .typmod = -1, .env = call_env(call), .arena = call->arena, .type = type_builtin(2205)};
    const char *database, *schema, *name; /* always a name, digits and "-" too */
    TRY(need_catalog(&io));
    TRY(split_relation(&io, ARG_STR(0).data, ARG_STR(0).len, &database, &schema, &name));
    return relation_by_name(io.env->catalog, database, schema, name, false, &call->result.u32);
}

Status regtype_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    int32_t typmod;
    RESOLVE_OID(io, text, len, value_out);
    return type_parse_name(io->env, io->arena, text, len, &value_out->u32, &typmod);
}
Status regtype_output(TypeIo *io, Datum value, StrBuf *text) {
    const TypeDesc *desc;
    const char *s;
    OUTPUT_WITHOUT_CATALOG(io, value, text);
    TRY(catalog_type(io->env->catalog, value.u32, &desc));
    if (desc == NULL)
        return put_oid(text, value.u32);
    TRY(format_type_brief(io->env->catalog, io->arena, value.u32, &s));
    strbuf_puts(text, s);
    return STATUS_OK;
}

static Status proc_by_name(TypeIo *io, const char *text, size_t len, Oid *out) {
    const char *schema, *name;
    ProcCandidates found;
    TRY(split_name(io, text, len, &schema, &name));
    TRY(catalog_proc_candidates(io->env->catalog, schema, name, io->arena, &found));
    if (found.count == 0)
        return error(ERR_UNDEFINED_FUNCTION, "function \"%.*s\" does not exist", (int)len, text);
    if (found.count > 1)
        return error(ERR_AMBIGUOUS_FUNCTION, "more than one function named \"%.*s\"", (int)len,
                     text);
    *out = found.procs[0]->oid;
    return STATUS_OK;
}
Status regproc_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    RESOLVE_OID(io, text, len, value_out);
    return proc_by_name(io, text, len, &value_out->u32);
}
Status regproc_output(TypeIo *io, Datum value, StrBuf *text) {
    const char *s;
    OUTPUT_WITHOUT_CATALOG(io, value, text);
    TRY(format_procedure(io->env->catalog, io->arena, value.u32, false, false, &s));
    strbuf_puts(text, s);
    return STATUS_OK;
}

/* name(type, type ...): the part before the parenthesis and the types. */
#define SIGNATURE_ARGS_MAX 100
static Status split_signature(TypeIo *io, const char *text, size_t len, size_t *name_len,
                              Oid *types, uint32_t *count) {
    const char *open = memchr(text, '(', len);
    if (open == NULL)
        return error(ERR_INVALID_TEXT_REPRESENTATION, "expected a left parenthesis");
    const char *name = text;
    size_t n = (size_t)(open - text);
    text_trim(&name, &n);
    if (n == 0)
        return error(ERR_INVALID_NAME, "invalid name syntax");
    const char *close = text + len;
    while (close > open && is_space(close[-1]))
        close--;
    if (close[-1] != ')')
        return error(ERR_INVALID_TEXT_REPRESENTATION, "expected a right parenthesis");
    *name_len = (size_t)(open - text);
    *count = 0;
    const char *p = open + 1, *end = close - 1;
    while (p < end && is_space(*p))
        p++;
    while (p < end) {
        const char *stop = p;
        int depth = 0;
        bool quoted = false;
        for (; stop < end && (*stop != ',' || depth > 0 || quoted); stop++) {
            quoted ^= *stop == '"';
            depth += !quoted && (*stop == '(' || *stop == '[');
            depth -= !quoted && (*stop == ')' || *stop == ']');
        }
        const char *word = p;
        n = (size_t)(stop - p);
        text_trim(&word, &n);
        if (*count >= SIGNATURE_ARGS_MAX)
            return error(ERR_TOO_MANY_ARGUMENTS, "too many arguments");
        int32_t typmod;
        if (text_is_word(word, n, "none"))
            types[*count] = 0;
        else
            TRY(type_parse_name(io->env, io->arena, word, n, &types[*count], &typmod));
        (*count)++;
        p = stop + 1;
    }
    return STATUS_OK;
}
Status regprocedure_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    const char *schema, *name;
    Oid types[SIGNATURE_ARGS_MAX];
    uint32_t count;
    size_t name_len;
    RESOLVE_OID(io, text, len, value_out);
    TRY(split_signature(io, text, len, &name_len, types, &count));
    TRY(split_name(io, text, name_len, &schema, &name));
    TRY(catalog_proc_exact(io->env->catalog, schema, name, types, count, &value_out->u32));
    if (value_out->u32 == 0)
        return error(ERR_UNDEFINED_FUNCTION, "function \"%.*s\" does not exist", (int)len, text);
    return STATUS_OK;
}
Status regprocedure_output(TypeIo *io, Datum value, StrBuf *text) {
    const char *s;
    OUTPUT_WITHOUT_CATALOG(io, value, text);
    TRY(format_procedure(io->env->catalog, io->arena, value.u32, true, false, &s));
    strbuf_puts(text, s);
    return STATUS_OK;
}

Status regoper_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    const char *schema, *name;
    OperatorCandidates binary, prefix;
    RESOLVE_OPERATOR_OID(io, text, len, value_out);
    TRY(split_name(io, text, len, &schema, &name));
    TRY(catalog_operator_candidates(io->env->catalog, schema, name, 'b', io->arena, &binary));
    TRY(catalog_operator_candidates(io->env->catalog, schema, name, 'l', io->arena, &prefix));
    if (binary.count + prefix.count == 0)
        return error(ERR_UNDEFINED_FUNCTION, "operator does not exist: %.*s", (int)len, text);
    if (binary.count + prefix.count > 1)
        return error(ERR_AMBIGUOUS_FUNCTION, "more than one operator named %.*s", (int)len, text);
    *value_out = datum_oid(binary.count > 0 ? binary.operators[0]->oid : prefix.operators[0]->oid);
    return STATUS_OK;
}
Status regoper_output(TypeIo *io, Datum value, StrBuf *text) {
    const char *s;
    if (value.u32 == 0) {
        strbuf_putc(text, '0');
        return STATUS_OK;
    }
    OUTPUT_WITHOUT_CATALOG(io, value, text);
    TRY(format_operator(io->env->catalog, io->arena, value.u32, false, false, &s));
    strbuf_puts(text, s);
    return STATUS_OK;
}
Status regoperator_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    const char *schema, *name;
    Oid types[SIGNATURE_ARGS_MAX];
    uint32_t count;
    size_t name_len;
    RESOLVE_OPERATOR_OID(io, text, len, value_out);
    TRY(split_signature(io, text, len, &name_len, types, &count));
    if (count == 1)
        return status_hint(error(ERR_UNDEFINED_PARAMETER, "missing argument"),
                           "Use NONE to denote the missing argument of a unary operator.");
    if (count != 2)
        return status_hint(error(ERR_TOO_MANY_ARGUMENTS, "too many arguments"),
                           "Provide two argument types for operator.");
    TRY(split_name(io, text, name_len, &schema, &name));
    Oid nsp = OID_INVALID;
    if (schema != NULL)
        TRY(namespace_by_name(io->env->catalog, schema, true, &nsp));
    *value_out = datum_oid(OID_INVALID);
    if (schema == NULL || nsp != OID_INVALID)
        TRY(catalog_operator_exact(io->env->catalog, schema, name, types[0], types[1],
                                   &value_out->u32));
    if (value_out->u32 == 0)
        return error(ERR_UNDEFINED_FUNCTION, "operator does not exist: %.*s", (int)len, text);
    return STATUS_OK;
}
Status regoperator_output(TypeIo *io, Datum value, StrBuf *text) {
    const char *s;
    if (value.u32 == 0) {
        strbuf_putc(text, '0');
        return STATUS_OK;
    }
    OUTPUT_WITHOUT_CATALOG(io, value, text);
    TRY(format_operator(io->env->catalog, io->arena, value.u32, true, false, &s));
    strbuf_puts(text, s);
    return STATUS_OK;
}

/* One-part names: schema, role. */
static Status single_name(TypeIo *io, const char *text, size_t len, const char **name) {
    const char *const *parts;
    uint32_t count;
    TRY(name_parse(io->arena, text, len, &parts, &count));
    *name = parts[0];
    return count == 1 ? STATUS_OK : error(ERR_INVALID_NAME, "invalid name syntax");
}
static Status put_name(TypeIo *io, const char *name, Oid oid, StrBuf *text) {
    if (name == NULL)
        return put_oid(text, oid);
    append_ident(io->env->catalog, text, name);
    return STATUS_OK;
}
Status regnamespace_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    const char *name;
    RESOLVE_OID(io, text, len, value_out);
    TRY(single_name(io, text, len, &name));
    return namespace_by_name(io->env->catalog, name, false, &value_out->u32);
}
Status regnamespace_output(TypeIo *io, Datum value, StrBuf *text) {
    const char *name;
    OUTPUT_WITHOUT_CATALOG(io, value, text);
    TRY(namespace_name(io->env->catalog, value.u32, &name));
    return put_name(io, name, value.u32, text);
}
Status regrole_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    const char *name;
    RESOLVE_OID(io, text, len, value_out);
    TRY(single_name(io, text, len, &name));
    return role_by_name(io->env->catalog, name, false, &value_out->u32);
}
Status regrole_output(TypeIo *io, Datum value, StrBuf *text) {
    const char *name;
    OUTPUT_WITHOUT_CATALOG(io, value, text);
    TRY(role_name(io->env->catalog, value.u32, &name));
    return put_name(io, name, value.u32, text);
}
Status regcollation_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    const char *schema, *name;
    RESOLVE_OID(io, text, len, value_out);
    TRY(split_name(io, text, len, &schema, &name));
    return collation_by_name(io->env->catalog, schema, name, false, &value_out->u32);
}
Status regcollation_output(TypeIo *io, Datum value, StrBuf *text) {
    const char *name;
    OUTPUT_WITHOUT_CATALOG(io, value, text);
    TRY(collation_name(io->env->catalog, value.u32, &name));
    return put_name(io, name, value.u32, text);
}
static Status text_search_input(TypeIo *io, Oid kind, const char *text, size_t len, Oid *out) {
    const char *schema, *name;
    TRY(split_name(io, text, len, &schema, &name));
    return text_search_by_name(io->env->catalog, kind, schema, name, false, out);
}
Status regconfig_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    RESOLVE_OID(io, text, len, value_out);
    return text_search_input(io, PG_TS_CONFIG, text, len, &value_out->u32);
}
Status regdictionary_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    RESOLVE_OID(io, text, len, value_out);
    return text_search_input(io, PG_TS_DICT, text, len, &value_out->u32);
}
/* Qualified where the bare name finds another; digits where there is none. */
static Status text_search_output(TypeIo *io, Oid kind, Oid oid, StrBuf *text) {
    const ObjectClass *class = object_class(kind);
    CatalogRow row;
    bool found, visible;
    memset(&row, 0, sizeof(row));
    TRY(catalog_find_oid(io->env->catalog, class->oid_index, oid, io->arena, &row, &found));
    if (!found)
        return put_oid(text, oid);
    const char *schema = NULL;
    TRY(object_is_visible(io->env->catalog, kind, oid, &visible, &found));
    if (!visible)
        TRY(namespace_name(io->env->catalog, row_oid(&row, class->nsp_column), &schema));
    strbuf_puts(text, quote_qualified(io->env->catalog, io->arena, schema,
                                      row_name(&row, class->name_column, io->arena)));
    return STATUS_OK;
}
Status regconfig_output(TypeIo *io, Datum value, StrBuf *text) {
    OUTPUT_WITHOUT_CATALOG(io, value, text);
    return text_search_output(io, PG_TS_CONFIG, value.u32, text);
}
Status regdictionary_output(TypeIo *io, Datum value, StrBuf *text) {
    OUTPUT_WITHOUT_CATALOG(io, value, text);
    return text_search_output(io, PG_TS_DICT, value.u32, text);
}
