/*
 * copy_out.c: COPY .. TO: rows to bytes.
 *
 * A table is copied as the query over its columns, so that rights, row security and visibility are
 * the executor's business. Each batch becomes one run of bytes; the ends of its rows are noted.
 */
#include "base/mem_guard.h"
#include "executor/copy_int.h"

#include "base/bits.h"
#include "catalog/name.h"
#include "types/encoding.h"

typedef struct OutColumn {
    TypeIo io;
    bool force_quote;
    const char *name;
} OutColumn;

struct CopyOut {
    Session *session;
    Arena *arena;
    CopyOptions options;
    PlannedStatement *plan;
    Executor *executor;
    OutColumn *columns;
    uint32_t column_count;
    Arena chunk_arena;
    StrBuf chunk;
    uint32_t *row_ends;
    uint64_t rows;
    bool header_done, finished;
    const Batch *batch; /* being written; NULL: none */
    uint32_t place;     /* of its selection */
};

/* ---- setting up ---- */

static Status relation_kind(const RelationDesc *desc) {
    switch (desc->kind) {
    case 'v':
        return status_hint(error(ERR_WRONG_OBJECT_TYPE, "cannot copy from view \"%s\"", desc->name),
                           "Try the COPY (SELECT ...) TO variant.");
    case 'm':
        return status_hint(
            error(ERR_WRONG_OBJECT_TYPE, "cannot copy from materialized view \"%s\"", desc->name),
            "Try the COPY (SELECT ...) TO variant.");
    case 'p':
        return status_hint(
            error(ERR_WRONG_OBJECT_TYPE, "cannot copy from partitioned table \"%s\"", desc->name),
            "Try the COPY (SELECT ...) TO variant.");
    case 'S':
        return error(ERR_WRONG_OBJECT_TYPE, "cannot copy from sequence \"%s\"", desc->name);
    case 'f':
        return status_hint(
            error(ERR_WRONG_OBJECT_TYPE, "cannot copy from foreign table \"%s\"", desc->name),
            "Try the COPY (SELECT ...) TO variant.");
    default:
        return STATUS_OK;
    }
}

/* Rights come before row security's say. */
static Status check_rights(const CopyOut *c, const RelationDesc *desc, const int16_t *attnums) {
    CatalogSession *catalog = c->session->catalog;
    Oid role = session_role(catalog);
    uint32_t held, of_column;
    bool missing;
    TRY(object_acl_mask(catalog, PG_CLASS, desc->oid, role, ACL_SELECT, &held, &missing));
    for (uint32_t i = 0; i < c->column_count && held == 0; i++) {
        TRY(column_acl_mask(catalog, desc->oid, attnums[i], role, ACL_SELECT, &of_column));
        if (of_column == 0)
            return object_check_acl(catalog, PG_CLASS, desc->oid, ACL_SELECT);
    }
    return STATUS_OK;
}

/* SELECT a, b FROM ONLY s.t */
static Status plan_relation(CopyOut *c, const AstCopy *copy, const RelationDesc **desc_out,
                            int16_t **attnums_out) {
    const RelationDesc *desc;
    Session *session = c->session;
    StrBuf sql;
    AstList statements;
    TRY(copy_relation(session, copy->relation, LOCK_ACCESS_SHARE, &desc));
    TRY(copy_columns(desc, &copy->columns, c->arena, attnums_out, &c->column_count));
    TRY(check_rights(c, desc, *attnums_out));
    TRY(relation_kind(desc));
    strbuf_init(&sql, c->arena);
    strbuf_puts(&sql, "SELECT ");
    for (uint32_t i = 0; i < c->column_count; i++) {
        if (i > 0)
            strbuf_puts(&sql, ", ");
        append_ident(session->catalog, &sql, desc->columns[(*attnums_out)[i] - 1].name);
    }
    strbuf_printf(&sql, " FROM ONLY %s",
                  quote_qualified(session->catalog, c->arena, desc->nsp_name, desc->name));
    TRY(parse_sql(c->arena, strbuf_cstr(&sql), sql.len, NULL, &statements));
    *desc_out = desc;
    return executor_plan(session, c->arena, AST_AT(AstRawStatement, statements, 0), NULL, &c->plan);
}

/* Rules may make one query of a data-modifying one, not none or several. */
static Status check_rules(CopyOut *c, const AstRawStatement *raw) {
    static const AnalyzeOptions options;
    Session *session = c->session;
    AnalyzedStatement analyzed;
    QueryList products = {0};
    session->env.catalog = session->catalog;
    session->env.txn = session->txn;
    session->env.session = session;
    TRY(analyze_statement(&session->env, c->arena, &session->planner, raw, &options, &analyzed));
    if (analyzed.query == NULL || analyzed.query->command == COMMAND_SELECT ||
        analyzed.query->command == COMMAND_UTILITY)
        return STATUS_OK;
    TRY(rewrite_query(&session->env, c->arena, &session->planner, analyzed.query, &products));
    if (products.count == 0)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "DO INSTEAD NOTHING rules are not supported for COPY");
    for (uint32_t i = 0; i < products.count && products.count > 1; i++) {
        QuerySource source = products.items[i]->source;
        if (source == SOURCE_QUALIFIED_INSTEAD || source == SOURCE_RULE)
            return error(ERR_FEATURE_NOT_SUPPORTED, "%s rules are not supported for COPY",
                         source == SOURCE_RULE ? "DO ALSO" : "conditional DO INSTEAD");
    }
    if (products.count > 1)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "multi-statement DO INSTEAD rules are not supported for COPY");
    if (products.items[0]->command == COMMAND_UTILITY)
        return error(ERR_FEATURE_NOT_SUPPORTED, "COPY query must not be a utility command");
    return STATUS_OK;
}

static Status plan_query_part(CopyOut *c, const AstCopy *copy) {
    AstRawStatement *raw = AST_NEW(c->arena, AstRawStatement, AST_RAW_STATEMENT, copy->location);
    raw->statement = copy->query;
    const Ast *first = copy->query;
    while (first->tag == AST_SELECT && ((const AstSelect *)first)->op != AST_SETOP_NONE)
        first = (const Ast *)((const AstSelect *)first)->left;
    if (first->tag == AST_SELECT && ((const AstSelect *)first)->into != NULL)
        return error(ERR_FEATURE_NOT_SUPPORTED, "COPY (SELECT INTO) is not supported");
    if (copy->query->tag != AST_SELECT)
        TRY(check_rules(c, raw));
    TRY(executor_plan(c->session, c->arena, raw, NULL, &c->plan));
    if (c->plan->command == COMMAND_UTILITY)
        return error(ERR_FEATURE_NOT_SUPPORTED, "COPY query must have a RETURNING clause");
    if (c->plan->command != COMMAND_SELECT && c->plan->column_count == 0)
        return error(ERR_FEATURE_NOT_SUPPORTED, "COPY query must have a RETURNING clause");
    c->column_count = c->plan->column_count;
    return STATUS_OK;
}

/* FORCE_QUOTE over a query's columns goes by their names. */
static Status force_quote_names(CopyOut *c) {
    const StrList *names = c->options.force_quote;
    for (uint32_t i = 0; names != NULL && i < names->count; i++) {
        uint32_t j = 0;
        while (j < c->column_count && strcmp(c->columns[j].name, names->items[i]) != 0)
            j++;
        if (j == c->column_count)
            return error(ERR_UNDEFINED_COLUMN, "column \"%s\" does not exist", names->items[i]);
        c->columns[j].force_quote = true;
    }
    return STATUS_OK;
}

static Status copy_out_setup(CopyOut *c, const AstCopy *copy) {
    const RelationDesc *desc = NULL;
    int16_t *attnums = NULL;
    TRY(copy->relation != NULL ? plan_relation(c, copy, &desc, &attnums)
                               : plan_query_part(c, copy));
    c->columns = arena_array(c->arena, OutColumn, c->column_count + 1);
    for (uint32_t i = 0; i < c->column_count; i++) {
        OutColumn *column = &c->columns[i];
        column->io = (TypeIo){.typmod = c->plan->columns[i].typmod,
                              .env = &c->session->env,
                              .arena = &c->chunk_arena};
        column->name = c->plan->columns[i].name;
        column->force_quote = c->options.force_quote_all;
        TRY(type_lookup(&c->session->env, c->plan->columns[i].type, &column->io.type));
    }
    if (desc != NULL) {
        bool *flags;
        TRY(copy_column_flags(desc, attnums, c->column_count, c->options.force_quote,
                              c->options.force_quote_all, "FORCE_QUOTE", c->arena, &flags));
        for (uint32_t i = 0; i < c->column_count; i++)
            c->columns[i].force_quote = flags[i];
    } else {
        TRY(force_quote_names(c));
    }
    return executor_start(c->session, c->plan, NULL, &c->executor);
}

Status copy_out_begin(Session *session, Arena *arena, const AstRawStatement *raw, const char *text,
                      CopyFormat *format_out, CopyOut **copy_out) {
    UtilityCall call = {.session = session, .raw = raw, .text = text, .arena = arena};
    const AstCopy *copy = (const AstCopy *)raw->statement;
    CopyOut *c = arena_new(arena, CopyOut);
    *copy_out = NULL;
    c->session = session;
    c->arena = arena;
    session->env.catalog = session->catalog;
    session->env.txn = session->txn;
    if (copy->query != NULL && copy->query->tag == AST_MERGE)
        return error(ERR_FEATURE_NOT_SUPPORTED, "MERGE not supported in COPY");
    TRY(copy_options(&call, copy, &c->options));
    arena_init(&c->chunk_arena, &session->account);
    Status s = copy_out_setup(c, copy);
    if (!status_ok(s)) {
        copy_out_end(c);
        return s;
    }
    c->row_ends = arena_alloc(arena, sizeof(uint32_t) * (BATCH_ROWS + 2));
    c->header_done = c->options.form != COPY_BINARY && c->options.header == COPY_HEADER_NO;
    *format_out = (CopyFormat){c->options.form == COPY_BINARY, c->column_count};
    *copy_out = c;
    return STATUS_OK;
}

void copy_out_end(CopyOut *c) {
    if (c == NULL)
        return;
    executor_end(c->executor);
    arena_destroy(&c->chunk_arena);
}

uint64_t copy_out_rows(const CopyOut *c) { return c->rows; }

/* ---- text ---- */

static char text_escape(char ch) {
    switch (ch) {
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '\v':
        return 'v';
    default:
        return 0;
    }
}

static void put_text(StrBuf *out, const CopyOptions *o, const char *p, size_t len) {
    const char *end = p + len, *start = p;
    for (; p < end; p++) {
        char escaped = (uint8_t)*p < 0x20 ? text_escape(*p) : 0;
        bool plain_escape = *p == '\\' || *p == o->delimiter;
        if (escaped == 0 && !plain_escape)
            continue;
        strbuf_append(out, start, (size_t)(p - start));
        strbuf_putc(out, '\\');
        strbuf_putc(out, escaped != 0 ? escaped : *p);
        start = p + 1;
    }
    strbuf_append(out, start, (size_t)(end - start));
}

static void put_csv(StrBuf *out, const CopyOptions *o, const char *p, size_t len, bool force,
                    bool only_column) {
    bool quote = force || (len == o->null_len && memcmp(p, o->null_text, len) == 0);
    /* A lone "\." would read as the end mark. */
    quote |= only_column && len == 2 && p[0] == '\\' && p[1] == '.';
    for (size_t i = 0; i < len && !quote; i++)
        quote = p[i] == o->delimiter || p[i] == o->quote || p[i] == '\n' || p[i] == '\r';
    if (!quote) {
        strbuf_append(out, p, len);
        return;
    }
    strbuf_putc(out, o->quote);
    for (size_t i = 0; i < len; i++) {
        if (p[i] == o->quote || p[i] == o->escape)
            strbuf_putc(out, o->escape);
        strbuf_putc(out, p[i]);
    }
    strbuf_putc(out, o->quote);
}

static Status put_value(CopyOut *c, OutColumn *column, Datum value, StrBuf *scratch) {
    const TypeInfo *type = column->io.type;
    const char *p;
    size_t len;
    if (!column->force_quote && c->options.delimiter != '-') {
        if (type->oid == OID_INT4) {
            strbuf_put_i64(&c->chunk, value.i32);
            return STATUS_OK;
        }
        if (type->oid == OID_INT8) {
            strbuf_put_i64(&c->chunk, value.i64);
            return STATUS_OK;
        }
    }
    if (type->oid == OID_TEXT || type->oid == OID_VARCHAR) {
        p = value.str.data;
        len = value.str.len;
    } else {
        strbuf_truncate(scratch, 0);
        TRY(type->output(&column->io, value, scratch));
        p = strbuf_cstr(scratch);
        len = scratch->len;
    }
    if (c->options.form == COPY_CSV)
        put_csv(&c->chunk, &c->options, p, len, column->force_quote, c->column_count == 1);
    else
        put_text(&c->chunk, &c->options, p, len);
    return STATUS_OK;
}

static Status put_row(CopyOut *c, const Batch *batch, uint32_t row, StrBuf *scratch) {
    for (uint32_t i = 0; i < c->column_count; i++) {
        const Vector *v = &batch->columns[i];
        if (i > 0)
            strbuf_putc(&c->chunk, c->options.delimiter);
        if (vector_is_null(v, row))
            strbuf_append(&c->chunk, c->options.null_text, c->options.null_len);
        else
            TRY(put_value(c, &c->columns[i], vector_at(v, row), scratch));
    }
    strbuf_putc(&c->chunk, '\n');
    return STATUS_OK;
}

static void put_header(CopyOut *c) {
    for (uint32_t i = 0; i < c->column_count; i++) {
        const char *name = c->columns[i].name;
        if (i > 0)
            strbuf_putc(&c->chunk, c->options.delimiter);
        if (c->options.form == COPY_CSV)
            put_csv(&c->chunk, &c->options, name, strlen(name), false, c->column_count == 1);
        else
            put_text(&c->chunk, &c->options, name, strlen(name));
    }
    strbuf_putc(&c->chunk, '\n');
}

/* ---- binary ---- */

static Status put_binary_row(CopyOut *c, const Batch *batch, uint32_t row) {
    strbuf_put_be16(&c->chunk, (uint16_t)c->column_count);
    for (uint32_t i = 0; i < c->column_count; i++) {
        const Vector *v = &batch->columns[i];
        OutColumn *column = &c->columns[i];
        if (vector_is_null(v, row)) {
            strbuf_put_be32(&c->chunk, UINT32_MAX);
            continue;
        }
        size_t at = c->chunk.len;
        strbuf_put_be32(&c->chunk, 0);
        TRY(column->io.type->send(&column->io, vector_at(v, row), &c->chunk));
        store_be32(c->chunk.data + at, (uint32_t)(c->chunk.len - at - 4));
    }
    return STATUS_OK;
}

static void put_binary_head(CopyOut *c) {
    strbuf_append(&c->chunk, copy_binary_signature, sizeof(copy_binary_signature));
    strbuf_put_be32(&c->chunk, 0);
    strbuf_put_be32(&c->chunk, 0);
}

/* ---- the stream ---- */

/* A chunk that is as long is sent before more rows come into it. */
#define CHUNK_BYTES ((size_t)1 << 20)

typedef struct PutRows {
    CopyOut *c;
    uint32_t *count;
} PutRows;

/* The next rows of the batch, until the chunk is full. */
static Status put_rows(void *arg) {
    const PutRows *put = arg;
    CopyOut *c = put->c;
    const Batch *batch = c->batch;
    bool binary = c->options.form == COPY_BINARY;
    StrBuf scratch;
    strbuf_init(&scratch, &c->chunk_arena);
    while (c->place < batch->selection.count && c->chunk.len < CHUNK_BYTES) {
        uint32_t row = selection_row(batch->selection, c->place++);
        TRY(binary ? put_binary_row(c, batch, row) : put_row(c, batch, row, &scratch));
        if (c->chunk.len > UINT32_MAX)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "a row is too big to be copied");
        c->row_ends[(*put->count)++] = (uint32_t)c->chunk.len;
        c->rows++;
    }
    if (c->place >= batch->selection.count)
        c->batch = NULL;
    return STATUS_OK;
}

/* Each row in the stream's encoding. */
static Status recode_chunk(CopyOut *c, uint32_t count) {
    StrBuf recoded;
    uint32_t start = 0;
    strbuf_init(&recoded, &c->chunk_arena);
    for (uint32_t i = 0; i < count; i++) {
        Str text;
        TRY(encoding_encode(c->options.encoding, &c->chunk_arena,
                            str_make(c->chunk.data + start, c->row_ends[i] - start), &text));
        strbuf_append(&recoded, text.data, text.len);
        if (recoded.len > UINT32_MAX)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "a batch of rows is too big to be copied");
        start = c->row_ends[i];
        c->row_ends[i] = (uint32_t)recoded.len;
    }
    c->chunk = recoded;
    return STATUS_OK;
}

Status copy_out_next(CopyOut *c, Str *chunk_out, const uint32_t **row_ends_out,
                     uint32_t *row_count_out) {
    bool binary = c->options.form == COPY_BINARY;
    uint32_t count = 0;
    *row_ends_out = c->row_ends;
    *row_count_out = 0;
    *chunk_out = (Str){0};
    if (c->finished)
        return STATUS_OK;
    arena_reset(&c->chunk_arena);
    strbuf_init(&c->chunk, &c->chunk_arena);
    if (binary && !c->header_done) {
        put_binary_head(c);
        c->header_done = true;
    } else if (!c->header_done) {
        put_header(c);
        c->header_done = true;
        c->row_ends[count++] = (uint32_t)c->chunk.len;
    }
    if (c->batch == NULL) {
        TRY(executor_next(c->executor, &c->batch));
        c->place = 0;
    }
    if (c->batch != NULL) {
        PutRows put = {c, &count};
        TRY(mem_guarded(put_rows, &put));
    } else {
        TRY(executor_finish(c->executor));
        c->finished = true;
        if (binary) {
            strbuf_put_be16(&c->chunk, UINT16_MAX);
            c->row_ends[count++] = (uint32_t)c->chunk.len;
        }
    }
    if (copy_recodes(&c->options))
        TRY(recode_chunk(c, count));
    *chunk_out = str_make(strbuf_cstr(&c->chunk), c->chunk.len);
    *row_count_out = count;
    return STATUS_OK;
}
