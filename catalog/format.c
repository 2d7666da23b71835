/* format.c: how types, functions, operators and relations are printed. */
#include "catalog/catalog_int.h"

/* SQL's own names. with_typmod, without: what precedes "(n)"; suffix follows it. */
typedef struct SqlName {
    Oid type;
    const char *name;
    const char *suffix; /* after a typmod; NULL: none */
} SqlName;

static const SqlName sql_names[] = {
    {OID_BIT, "bit", NULL},
    {OID_BOOL, "boolean", NULL},
    {OID_BPCHAR, "character", NULL},
    {OID_FLOAT4, "real", NULL},
    {OID_FLOAT8, "double precision", NULL},
    {OID_INT2, "smallint", NULL},
    {OID_INT4, "integer", NULL},
    {OID_INT8, "bigint", NULL},
    {OID_NUMERIC, "numeric", NULL},
    {OID_INTERVAL, "interval", NULL},
    {OID_TIME, "time", " without time zone"},
    {OID_TIMETZ, "time", " with time zone"},
    {OID_TIMESTAMP, "timestamp", " without time zone"},
    {OID_TIMESTAMPTZ, "timestamp", " with time zone"},
    {OID_VARBIT, "bit varying", NULL},
    {OID_VARCHAR, "character varying", NULL},
};

static const SqlName *sql_name(Oid type) {
    for (size_t i = 0; i < ARRAY_LEN(sql_names); i++)
        if (sql_names[i].type == type)
            return &sql_names[i];
    return NULL;
}

#define INTERVAL_FULL_RANGE 0x7fff
#define INTERVAL_FULL_PRECISION 0xffff

/* Interval fields by the bits of a typmod's range (1 << field). */
static const char *interval_fields(int range) {
    enum {
        MONTH = 1 << 1,
        YEAR = 1 << 2,
        DAY = 1 << 3,
        HOUR = 1 << 10,
        MINUTE = 1 << 11,
        SECOND = 1 << 12
    };
    switch (range) {
    case YEAR:
        return " year";
    case MONTH:
        return " month";
    case DAY:
        return " day";
    case HOUR:
        return " hour";
    case MINUTE:
        return " minute";
    case SECOND:
        return " second";
    case YEAR | MONTH:
        return " year to month";
    case DAY | HOUR:
        return " day to hour";
    case DAY | HOUR | MINUTE:
        return " day to minute";
    case DAY | HOUR | MINUTE | SECOND:
        return " day to second";
    case HOUR | MINUTE:
        return " hour to minute";
    case HOUR | MINUTE | SECOND:
        return " hour to second";
    case MINUTE | SECOND:
        return " minute to second";
    default:
        return "";
    }
}

static void put_typmod(StrBuf *buf, Oid type, int32_t typmod) {
    switch (type) {
    case OID_BPCHAR:
    case OID_VARCHAR:
        if (typmod > 4)
            strbuf_printf(buf, "(%d)", typmod - 4);
        break;
    case OID_NUMERIC: {
        int32_t packed = typmod - 4;
        if (typmod >= 4)
            strbuf_printf(buf, "(%d,%d)", (packed >> 16) & 0xffff,
                          ((packed & 0x7ff) ^ 1024) - 1024);
        break;
    }
    case OID_INTERVAL: {
        int range = (typmod >> 16) & INTERVAL_FULL_RANGE, precision = typmod & 0xffff;
        if (range != INTERVAL_FULL_RANGE)
            strbuf_puts(buf, interval_fields(range));
        if (precision != INTERVAL_FULL_PRECISION)
            strbuf_printf(buf, "(%d)", precision);
        break;
    }
    case OID_BIT:
    case OID_VARBIT:
    case OID_TIME:
    case OID_TIMETZ:
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ:
        strbuf_printf(buf, "(%d)", typmod);
        break;
    case OID_BOOL:
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_FLOAT4:
    case OID_FLOAT8:
        break;
    default: /* a type with typmod functions of its own prints its number */
        strbuf_printf(buf, "(%d)", typmod);
    }
}

static void put_sql_name(StrBuf *buf, const SqlName *name, Oid type, int32_t typmod,
                         bool typmod_given) {
    strbuf_puts(buf, name->name);
    if (typmod_given && typmod >= 0)
        put_typmod(buf, type, typmod);
    if (name->suffix != NULL)
        strbuf_puts(buf, name->suffix);
}

/* The built-in type that a typmod output function belongs to; left alone where it is of none. */
static Status typmod_printer(CatalogSession *session, Oid function, Oid *type_io) {
    static const struct {
        const char *source;
        Oid type;
    } printers[] = {{"varchartypmodout", OID_VARCHAR},
                    {"bpchartypmodout", OID_BPCHAR},
                    {"numerictypmodout", OID_NUMERIC},
                    {"intervaltypmodout", OID_INTERVAL}};
    const ProcDesc *proc;
    TRY(catalog_proc(session, function, &proc));
    for (size_t i = 0; proc != NULL && i < ARRAY_LEN(printers); i++)
        if (strcmp(printers[i].source, proc->source) == 0)
            *type_io = printers[i].type;
    return STATUS_OK;
}

/* The session's own temporary schema goes by pg_temp. */
static Status shown_namespace(CatalogSession *session, Oid nsp, const char **name_out) {
    Oid temp;
    TRY(session_temp_namespace(session, false, &temp));
    if (temp == OID_INVALID || nsp != temp)
        return namespace_name(session, nsp, name_out);
    *name_out = "pg_temp";
    return STATUS_OK;
}

static Status put_type(CatalogSession *session, StrBuf *buf, const TypeDesc *type, int32_t typmod,
                       unsigned flags) {
    const SqlName *name = sql_name(type->oid);
    bool typmod_given = (flags & FORMAT_TYPE_TYPMOD) != 0;
    /* bpchar without a length is not character(1), and bit not bit(1): the catalog's name. */
    if (type->oid == OID_BPCHAR && typmod_given && typmod < 0)
        name = NULL;
    if (type->oid == OID_BIT && typmod_given && typmod < 0) {
        strbuf_puts(buf, "\"bit\"");
        return STATUS_OK;
    }
    if (name != NULL) {
        put_sql_name(buf, name, type->oid, typmod, typmod_given);
        return STATUS_OK;
    }
    bool visible = false, found;
    if (!(flags & FORMAT_TYPE_QUALIFY))
        TRY(object_is_visible(session, PG_TYPE, type->oid, &visible, &found));
    if (!visible) {
        const char *schema;
        TRY(shown_namespace(session, type->nsp, &schema));
        append_ident(session, buf, schema != NULL ? schema : "");
        strbuf_putc(buf, '.');
    }
    append_ident(session, buf, type->name);
    if (!typmod_given || typmod < 0 || type->kind == 'd')
        return STATUS_OK;
    Oid like = type->oid;
    if (like >= OID_FIRST_NORMAL && type->typmod_out != 0)
        TRY(typmod_printer(session, type->typmod_out, &like));
    put_typmod(buf, like, typmod);
    return STATUS_OK;
}

Status format_type(CatalogSession *session, Arena *arena, Oid type, int32_t typmod, unsigned flags,
                   const char **text_out) {
    const TypeDesc *desc = NULL, *element = NULL;
    *text_out = NULL;
    if (type == 0 && (flags & (FORMAT_TYPE_ALLOW_INVALID | FORMAT_TYPE_NULL_INVALID))) {
        *text_out = flags & FORMAT_TYPE_NULL_INVALID ? NULL : "-";
        return STATUS_OK;
    }
    TRY(catalog_type(session, type, &desc));
    if (desc == NULL) {
        if (flags & FORMAT_TYPE_NULL_INVALID)
            return STATUS_OK;
        if (!(flags & FORMAT_TYPE_ALLOW_INVALID))
            return error(ERR_INTERNAL_ERROR, "cache lookup failed for type %u", type);
        *text_out = "???";
        return STATUS_OK;
    }
    /* True arrays print as their element with []; vectors and the like by their own names. */
    Oid element_oid;
    TRY(catalog_array_element(session, type, &element_oid));
    if (element_oid != 0 && desc->storage != 'p') {
        TRY(catalog_type(session, element_oid, &element));
        if (element == NULL) {
            *text_out = "???[]";
            return STATUS_OK;
        }
    }
    StrBuf buf;
    strbuf_init(&buf, arena);
    TRY(put_type(session, &buf, element != NULL ? element : desc, typmod, flags));
    if (element != NULL)
        strbuf_puts(&buf, "[]");
    *text_out = strbuf_cstr(&buf);
    return STATUS_OK;
}

Status format_type_brief(CatalogSession *session, Arena *arena, Oid type, const char **text_out) {
    return format_type(session, arena, type, -1, FORMAT_TYPE_ALLOW_INVALID, text_out);
}

static Status put_brief(CatalogSession *session, StrBuf *buf, Oid type, bool qualify) {
    const char *text;
    TRY(format_type(session, buf->arena, type, -1,
                    FORMAT_TYPE_ALLOW_INVALID | (qualify ? FORMAT_TYPE_QUALIFY : 0), &text));
    strbuf_puts(buf, text);
    return STATUS_OK;
}

/* schema.name, or the name alone where it is visible. */
static Status put_name(CatalogSession *session, StrBuf *buf, Oid class_id, Oid object, Oid nsp,
                       const char *name, bool quote, bool qualify) {
    bool visible = false, found;
    if (!qualify)
        TRY(object_is_visible(session, class_id, object, &visible, &found));
    if (!visible) {
        const char *schema;
        TRY(namespace_name(session, nsp, &schema));
        append_ident(session, buf, schema != NULL ? schema : "");
        strbuf_putc(buf, '.');
    }
    if (quote)
        append_ident(session, buf, name);
    else
        strbuf_puts(buf, name);
    return STATUS_OK;
}

Status format_procedure(CatalogSession *session, Arena *arena, Oid proc, bool with_args,
                        bool qualify, const char **text_out) {
    const ProcDesc *desc;
    *text_out = "-";
    if (proc == 0)
        return STATUS_OK;
    TRY(catalog_proc(session, proc, &desc));
    StrBuf buf;
    strbuf_init(&buf, arena);
    if (desc == NULL) {
        strbuf_printf(&buf, "%u", proc);
        *text_out = strbuf_cstr(&buf);
        return STATUS_OK;
    }
    if (!with_args && !qualify) {
        /* regproc: visible if the name alone finds one function, this one. */
        ProcCandidates candidates;
        TRY(catalog_proc_candidates(session, NULL, desc->name, arena, &candidates));
        qualify = candidates.count != 1 || candidates.procs[0]->oid != proc;
    }
    TRY(put_name(session, &buf, PG_PROC, proc, desc->nsp, desc->name, true, qualify));
    if (with_args) {
        strbuf_putc(&buf, '(');
        for (unsigned i = 0; i < desc->arg_count; i++) {
            if (i > 0)
                strbuf_putc(&buf, ',');
            TRY(put_brief(session, &buf, desc->arg_types[i], qualify));
        }
        strbuf_putc(&buf, ')');
    }
    *text_out = strbuf_cstr(&buf);
    return STATUS_OK;
}

Status format_operator(CatalogSession *session, Arena *arena, Oid oper, bool with_args,
                       bool qualify, const char **text_out) {
    const OperatorDesc *desc;
    *text_out = "0";
    if (oper == 0)
        return STATUS_OK;
    TRY(catalog_operator(session, oper, &desc));
    StrBuf buf;
    strbuf_init(&buf, arena);
    if (desc == NULL) {
        strbuf_printf(&buf, "%u", oper);
        *text_out = strbuf_cstr(&buf);
        return STATUS_OK;
    }
    if (!with_args && !qualify) { /* regoper: the name must find this one alone */
        OperatorCandidates left, right;
        TRY(catalog_operator_candidates(session, NULL, desc->name, 'b', arena, &left));
        TRY(catalog_operator_candidates(session, NULL, desc->name, 'l', arena, &right));
        qualify = left.count + right.count != 1;
    }
    TRY(put_name(session, &buf, PG_OPERATOR, oper, desc->nsp, desc->name, false, qualify));
    if (with_args) {
        strbuf_putc(&buf, '(');
        if (desc->left != 0)
            TRY(put_brief(session, &buf, desc->left, qualify));
        else
            strbuf_puts(&buf, "NONE");
        strbuf_putc(&buf, ',');
        if (desc->right != 0)
            TRY(put_brief(session, &buf, desc->right, qualify));
        else
            strbuf_puts(&buf, "NONE");
        strbuf_putc(&buf, ')');
    }
    *text_out = strbuf_cstr(&buf);
    return STATUS_OK;
}

Status format_relation(CatalogSession *session, Arena *arena, Oid relation, const char **text_out) {
    const RelationDesc *desc;
    *text_out = "-";
    if (relation == 0)
        return STATUS_OK;
    TRY(catalog_relation(session, relation, &desc));
    StrBuf buf;
    strbuf_init(&buf, arena);
    if (desc == NULL)
        strbuf_printf(&buf, "%u", relation);
    else
        TRY(put_name(session, &buf, PG_CLASS, relation, desc->nsp, desc->name, true, false));
    *text_out = strbuf_cstr(&buf);
    return STATUS_OK;
}

Status format_signature(CatalogSession *session, Arena *arena, const char *name,
                        const Oid *arg_types, uint32_t arg_count, const char **text_out) {
    StrBuf buf;
    strbuf_init(&buf, arena);
    strbuf_printf(&buf, "%s(", name);
    for (uint32_t i = 0; i < arg_count; i++) {
        if (i > 0)
            strbuf_puts(&buf, ", ");
        TRY(put_brief(session, &buf, arg_types[i], false));
    }
    strbuf_putc(&buf, ')');
    *text_out = strbuf_cstr(&buf);
    return STATUS_OK;
}
