/*
 * nodes_store.c: the text form of expressions and queries, for pg_node_tree columns.
 *
 *   node    {NAME :field value ..}   fields at their default (0, NULL, empty; -1 where marked) left out
 *   list    (item ..)                expressions, structs or scalars; <> is a NULL item
 *   string  "..." with \" and \\
 *   datum   hexadecimal digits of its bytes
 *
 * Fields go by name, so a version that adds some still reads what an older one wrote. The reader trusts
 * nothing: counts are checked against the arrays they count.
 */
#include "base/strbuf.h"
#include "planner/nodes_int.h"
#include "runtime/fiber.h"

#include <stdlib.h>

/* ---- writing ---- */

static void write_struct(StrBuf *out, const StructDesc *desc, const void *node);

static void write_text(StrBuf *out, const char *text) {
    if (text == NULL) {
        strbuf_puts(out, "<>");
        return;
    }
    strbuf_putc(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            strbuf_putc(out, '\\');
        strbuf_putc(out, *text);
    }
    strbuf_putc(out, '"');
}

static void write_expr(StrBuf *out, const Expr *expr) {
    if (expr == NULL)
        strbuf_puts(out, "<>");
    else
        write_struct(out, &expr_descs[expr->tag], expr);
}

static void write_list(StrBuf *out, const ExprList *list) {
    strbuf_putc(out, '(');
    for (uint32_t i = 0; i < list->count; i++) {
        if (i > 0)
            strbuf_putc(out, ' ');
        write_expr(out, list->items[i]);
    }
    strbuf_putc(out, ')');
}

static int64_t scalar_get(FieldKind kind, const void *at) {
    switch (kind) {
    case FIELD_BOOL:
    case FIELD_BOOLS:
        return *(const bool *)at;
    case FIELD_CHAR:
    case FIELD_U8:
        return *(const uint8_t *)at;
    case FIELD_I16:
    case FIELD_I16S:
        return *(const int16_t *)at;
    case FIELD_I32:
    case FIELD_I32S:
        return *(const int32_t *)at;
    default:
        return *(const uint32_t *)at;
    }
}

static size_t item_bytes(const Field *field) {
    switch (field->kind) {
    case FIELD_BOOLS:
        return sizeof(bool);
    case FIELD_I16S:
        return sizeof(int16_t);
    case FIELD_U32S:
    case FIELD_I32S:
        return sizeof(uint32_t);
    case FIELD_LISTS:
        return sizeof(ExprList);
    case FIELD_STRUCTS:
    case FIELD_STRUCT_LIST:
        return field->sub->size;
    default:
        return sizeof(void *);
    }
}

static void write_items(StrBuf *out, const Field *field, const void *items, uint32_t count) {
    strbuf_putc(out, '(');
    for (uint32_t i = 0; i < count; i++) {
        const void *item = (const char *)items + i * item_bytes(field);
        if (i > 0)
            strbuf_putc(out, ' ');
        switch (field->kind) {
        case FIELD_STRS:
            write_text(out, *(const char *const *)item);
            break;
        case FIELD_EXPRS:
            write_expr(out, *(Expr *const *)item);
            break;
        case FIELD_LISTS:
            write_list(out, item);
            break;
        case FIELD_PTRS:
        case FIELD_PTR_LIST:
            write_struct(out, field->sub, *(void *const *)item);
            break;
        case FIELD_STRUCTS:
        case FIELD_STRUCT_LIST:
            write_struct(out, field->sub, item);
            break;
        default:
            strbuf_put_i64(out, scalar_get(field->kind, item));
        }
    }
    strbuf_putc(out, ')');
}

static void write_datum(StrBuf *out, const ExprConst *constant) {
    const uint8_t *bytes = (const uint8_t *)&constant->value;
    size_t len = phys_vector_bytes(constant->phys);
    if (constant->phys == PHYS_STR) {
        bytes = (const uint8_t *)constant->value.str.data;
        len = constant->value.str.len;
    }
    strbuf_putc(out, 'x');
    for (size_t i = 0; i < len; i++)
        strbuf_printf(out, "%02x", bytes[i]);
}

static bool field_is_default(const Field *field, const void *node) {
    const void *at = FIELD_AT(void, node, field->offset);
    switch (field->kind) {
    case FIELD_BOOL:
    case FIELD_CHAR:
    case FIELD_U8:
    case FIELD_I16:
    case FIELD_I32:
    case FIELD_U32:
        return scalar_get(field->kind, at) == (field->flags & FIELD_MINUS_ONE ? -1 : 0);
    case FIELD_DOUBLE:
        return *(const double *)at == 0;
    case FIELD_DATUM:
        return ((const ExprConst *)node)->is_null;
    case FIELD_STRUCT:
        return false;
    case FIELD_LIST:
    case FIELD_PTR_LIST:
    case FIELD_STRUCT_LIST:
        return *(const uint32_t *)at == 0;
    case FIELD_BITSET:
        return bitset_empty(*(BitSet *const *)at);
    default:
        return *(void *const *)at == NULL;
    }
}

static void write_field(StrBuf *out, const Field *field, const void *node) {
    const void *at = FIELD_AT(void, node, field->offset);
    switch (field->kind) {
    case FIELD_DOUBLE:
        strbuf_printf(out, "%.17g", *(const double *)at);
        break;
    case FIELD_STR:
        write_text(out, *(const char *const *)at);
        break;
    case FIELD_DATUM:
        write_datum(out, node);
        break;
    case FIELD_EXPR:
        write_expr(out, *(Expr *const *)at);
        break;
    case FIELD_LIST:
        write_list(out, at);
        break;
    case FIELD_QUERY:
        write_struct(out, &query_desc, *(Query *const *)at);
        break;
    case FIELD_BITSET: {
        const BitSet *set = *(BitSet *const *)at;
        strbuf_putc(out, '(');
        for (int m = bitset_next(set, -1); m >= 0; m = bitset_next(set, m))
            strbuf_printf(out, "%d ", m);
        strbuf_putc(out, ')');
        break;
    }
    case FIELD_STRUCT:
        write_struct(out, field->sub, at);
        break;
    case FIELD_PTR:
        write_struct(out, field->sub, *(void *const *)at);
        break;
    case FIELD_PTR_LIST:
    case FIELD_STRUCT_LIST:
        write_items(out, field, ((const TargetList *)at)->items, ((const TargetList *)at)->count);
        break;
    case FIELD_U32S:
    case FIELD_I32S:
    case FIELD_I16S:
    case FIELD_BOOLS:
    case FIELD_STRS:
    case FIELD_EXPRS:
    case FIELD_LISTS:
    case FIELD_PTRS:
    case FIELD_STRUCTS:
        write_items(out, field, *(void *const *)at, *FIELD_AT(uint32_t, node, field->count_offset));
        break;
    default:
        strbuf_put_i64(out, scalar_get(field->kind, at));
    }
}

static void write_struct(StrBuf *out, const StructDesc *desc, const void *node) {
    strbuf_putc(out, '{');
    strbuf_puts(out, desc->name);
    for (const Field *field = desc->fields; field->kind != FIELD_END; field++) {
        if (field_is_default(field, node))
            continue;
        strbuf_puts(out, " :");
        strbuf_puts(out, field->name);
        strbuf_putc(out, ' ');
        write_field(out, field, node);
    }
    strbuf_putc(out, '}');
}

const char *expr_to_string(Arena *arena, const Expr *expr) {
    StrBuf out;
    strbuf_init(&out, arena);
    write_expr(&out, expr);
    return strbuf_cstr(&out);
}

const char *expr_list_to_string(Arena *arena, const ExprList *list) {
    StrBuf out;
    strbuf_init(&out, arena);
    write_list(&out, list);
    return strbuf_cstr(&out);
}

const char *query_to_string(Arena *arena, const Query *query) {
    StrBuf out;
    strbuf_init(&out, arena);
    write_struct(&out, &query_desc, query);
    return strbuf_cstr(&out);
}

const char *query_list_to_string(Arena *arena, const QueryList *list) {
    StrBuf out;
    strbuf_init(&out, arena);
    strbuf_putc(&out, '(');
    for (uint32_t i = 0; i < list->count; i++) {
        if (i > 0)
            strbuf_putc(&out, ' ');
        write_struct(&out, &query_desc, list->items[i]);
    }
    strbuf_putc(&out, ')');
    return strbuf_cstr(&out);
}

/* ---- reading ---- */

typedef struct Reader {
    Arena *arena;
    const char *at;
    const char *end;
} Reader;

static Status read_damaged(void) { return error(ERR_DATA_CORRUPTED, "malformed node tree"); }

static void skip_space(Reader *reader) {
    while (reader->at < reader->end && *reader->at == ' ')
        reader->at++;
}

static bool take(Reader *reader, char c) {
    skip_space(reader);
    if (reader->at >= reader->end || *reader->at != c)
        return false;
    reader->at++;
    return true;
}

static bool take_null(Reader *reader) {
    skip_space(reader);
    if (reader->end - reader->at < 2 || memcmp(reader->at, "<>", 2) != 0)
        return false;
    reader->at += 2;
    return true;
}

static size_t read_word(Reader *reader, const char **word_out) {
    skip_space(reader);
    *word_out = reader->at;
    while (reader->at < reader->end && strchr(" {}():\"<>", *reader->at) == NULL)
        reader->at++;
    return (size_t)(reader->at - *word_out);
}

static Status read_int(Reader *reader, int64_t *value_out) {
    const char *word;
    char digits[32];
    size_t len = read_word(reader, &word);
    *value_out = 0;
    if (len == 0 || len >= sizeof(digits))
        return read_damaged();
    memcpy(digits, word, len);
    digits[len] = '\0';
    char *end;
    *value_out = strtoll(digits, &end, 10);
    return *end == '\0' ? STATUS_OK : read_damaged();
}

static Status read_text(Reader *reader, const char **text_out) {
    *text_out = NULL;
    if (take_null(reader))
        return STATUS_OK;
    if (!take(reader, '"'))
        return read_damaged();
    StrBuf text;
    strbuf_init(&text, reader->arena);
    while (reader->at < reader->end && *reader->at != '"') {
        if (*reader->at == '\\' && ++reader->at == reader->end)
            break;
        strbuf_putc(&text, *reader->at++);
    }
    *text_out = strbuf_cstr(&text);
    return take(reader, '"') ? STATUS_OK : read_damaged();
}

static Status read_struct(Reader *reader, const StructDesc *desc, void *node);

static Status read_expr(Reader *reader, Expr **expr_out) {
    *expr_out = NULL;
    if (take_null(reader))
        return STATUS_OK;
    const char *start = reader->at;
    const char *word;
    if (!take(reader, '{'))
        return read_damaged();
    size_t len = read_word(reader, &word);
    for (uint32_t tag = 1; tag < EXPR_TAG_COUNT; tag++) {
        const char *name = expr_descs[tag].name;
        if (name == NULL || strlen(name) != len || memcmp(name, word, len) != 0)
            continue;
        reader->at = start;
        Expr *expr = expr_new(reader->arena, expr_descs[tag].size, (ExprTag)tag);
        *expr_out = expr;
        return read_struct(reader, &expr_descs[tag], expr);
    }
    return read_damaged();
}

static Status read_list(Reader *reader, ExprList *list) {
    if (!take(reader, '('))
        return read_damaged();
    while (!take(reader, ')')) {
        Expr *item;
        TRY(read_expr(reader, &item));
        expr_list_add(reader->arena, list, item);
    }
    return STATUS_OK;
}

static void scalar_set(FieldKind kind, void *at, int64_t value) {
    switch (kind) {
    case FIELD_BOOL:
    case FIELD_BOOLS:
        *(bool *)at = value != 0;
        break;
    case FIELD_CHAR:
    case FIELD_U8:
        *(uint8_t *)at = (uint8_t)value;
        break;
    case FIELD_I16:
    case FIELD_I16S:
        *(int16_t *)at = (int16_t)value;
        break;
    default:
        *(uint32_t *)at = (uint32_t)value;
    }
}

static Status read_item(Reader *reader, const Field *field, void *item) {
    switch (field->kind) {
    case FIELD_STRS:
        return read_text(reader, item);
    case FIELD_EXPRS:
        return read_expr(reader, item);
    case FIELD_LISTS:
        return read_list(reader, item);
    case FIELD_PTRS:
    case FIELD_PTR_LIST:
        *(void **)item = arena_zalloc(reader->arena, field->sub->size);
        return read_struct(reader, field->sub, *(void **)item);
    case FIELD_STRUCTS:
    case FIELD_STRUCT_LIST:
        return read_struct(reader, field->sub, item);
    default: {
        int64_t value;
        TRY(read_int(reader, &value));
        scalar_set(field->kind, item, value);
        return STATUS_OK;
    }
    }
}

static Status read_items(Reader *reader, const Field *field, void **items_out,
                         uint32_t *count_out) {
    size_t bytes = item_bytes(field), capacity = 4;
    uint32_t count = 0;
    char *items = arena_zalloc(reader->arena, capacity * bytes);
    if (!take(reader, '('))
        return read_damaged();
    while (!take(reader, ')')) {
        if (count == capacity) {
            items = arena_grow(reader->arena, items, capacity * bytes, 2 * capacity * bytes);
            memset(items + capacity * bytes, 0, capacity * bytes);
            capacity *= 2;
        }
        TRY(read_item(reader, field, items + count++ * bytes));
    }
    *items_out = items;
    *count_out = count;
    return STATUS_OK;
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static Status read_datum(Reader *reader, ExprConst *constant) {
    const char *word;
    size_t len = read_word(reader, &word);
    if (len == 0 || word[0] != 'x' || len % 2 != 1 || constant->phys >= PHYS_COUNT)
        return read_damaged();
    uint8_t *bytes = arena_alloc(reader->arena, len / 2 + 1);
    for (size_t i = 0; i < len / 2; i++) {
        int high = hex_digit(word[1 + 2 * i]), low = hex_digit(word[2 + 2 * i]);
        if (high < 0 || low < 0)
            return read_damaged();
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    if (constant->phys == PHYS_STR) {
        constant->value = datum_str((const char *)bytes, len / 2);
        return STATUS_OK;
    }
    if (len / 2 != phys_vector_bytes(constant->phys))
        return read_damaged();
    memcpy(&constant->value, bytes, len / 2);
    return STATUS_OK;
}

static Status read_bitset(Reader *reader, BitSet **set) {
    if (!take(reader, '('))
        return read_damaged();
    while (!take(reader, ')')) {
        int64_t member;
        TRY(read_int(reader, &member));
        if (member < 0 || member > 100000)
            return read_damaged();
        *set = bitset_add(reader->arena, *set, (int)member);
    }
    return STATUS_OK;
}

static Status read_field(Reader *reader, const Field *field, void *node) {
    void *at = FIELD_AT(void, node, field->offset);
    switch (field->kind) {
    case FIELD_DOUBLE: {
        const char *word;
        size_t len = read_word(reader, &word);
        *(double *)at = strtod(arena_strndup(reader->arena, word, len), NULL);
        return STATUS_OK;
    }
    case FIELD_STR:
        return read_text(reader, at);
    case FIELD_DATUM:
        return read_datum(reader, node);
    case FIELD_EXPR:
        return read_expr(reader, at);
    case FIELD_LIST:
        return read_list(reader, at);
    case FIELD_QUERY:
        *(Query **)at = arena_new(reader->arena, Query);
        return read_struct(reader, &query_desc, *(Query **)at);
    case FIELD_BITSET:
        return read_bitset(reader, at);
    case FIELD_STRUCT:
        return read_struct(reader, field->sub, at);
    case FIELD_PTR:
        *(void **)at = arena_zalloc(reader->arena, field->sub->size);
        return read_struct(reader, field->sub, *(void **)at);
    case FIELD_PTR_LIST:
    case FIELD_STRUCT_LIST: {
        TargetList *list = at;
        TRY(read_items(reader, field, (void **)&list->items, &list->count));
        list->capacity = list->count;
        return STATUS_OK;
    }
    case FIELD_U32S:
    case FIELD_I32S:
    case FIELD_I16S:
    case FIELD_BOOLS:
    case FIELD_STRS:
    case FIELD_EXPRS:
    case FIELD_LISTS:
    case FIELD_PTRS:
    case FIELD_STRUCTS: {
        uint32_t count;
        TRY(read_items(reader, field, at, &count));
        return count == *FIELD_AT(uint32_t, node, field->count_offset) ? STATUS_OK : read_damaged();
    }
    default: {
        int64_t value;
        TRY(read_int(reader, &value));
        scalar_set(field->kind, at, value);
        return STATUS_OK;
    }
    }
}

static const Field *field_named(const StructDesc *desc, const char *name, size_t len) {
    for (const Field *field = desc->fields; field->kind != FIELD_END; field++)
        if (strlen(field->name) == len && memcmp(field->name, name, len) == 0)
            return field;
    return NULL;
}

static Status read_struct(Reader *reader, const StructDesc *desc, void *node) {
    const char *word;
    TRY(fiber_stack_check());
    if (!take(reader, '{'))
        return read_damaged();
    size_t len = read_word(reader, &word);
    if (strlen(desc->name) != len || memcmp(desc->name, word, len) != 0)
        return read_damaged();
    for (const Field *field = desc->fields; field->kind != FIELD_END; field++)
        if (field->flags & FIELD_MINUS_ONE)
            scalar_set(field->kind, FIELD_AT(void, node, field->offset), -1);
    while (!take(reader, '}')) {
        if (!take(reader, ':'))
            return read_damaged();
        len = read_word(reader, &word);
        const Field *field = field_named(desc, word, len);
        if (field == NULL)
            return read_damaged();
        TRY(read_field(reader, field, node));
    }
    return STATUS_OK;
}

static Status read_end(Reader *reader) {
    skip_space(reader);
    return reader->at == reader->end ? STATUS_OK : read_damaged();
}

Status expr_from_string(Arena *arena, const char *text, size_t len, Expr **expr_out) {
    Reader reader = {arena, text, text + len};
    *expr_out = NULL;
    TRY(read_expr(&reader, expr_out));
    return read_end(&reader);
}

Status expr_list_from_string(Arena *arena, const char *text, size_t len, ExprList *list_out) {
    Reader reader = {arena, text, text + len};
    *list_out = (ExprList){0};
    TRY(read_list(&reader, list_out));
    return read_end(&reader);
}

static Status read_query(Reader *reader, Query **query_out) {
    Query *query = arena_new(reader->arena, Query);
    *query_out = NULL;
    TRY(read_struct(reader, &query_desc, query));
    query->range_capacity = query->range_count;
    *query_out = query;
    return STATUS_OK;
}

Status query_from_string(Arena *arena, const char *text, size_t len, Query **query_out) {
    Reader reader = {arena, text, text + len};
    TRY(read_query(&reader, query_out));
    return read_end(&reader);
}

Status query_list_from_string(Arena *arena, const char *text, size_t len, QueryList *list_out) {
    Reader reader = {arena, text, text + len};
    *list_out = (QueryList){0};
    if (!take(&reader, '('))
        return read_damaged();
    while (!take(&reader, ')')) {
        Query *query;
        TRY(read_query(&reader, &query));
        query_list_add(arena, list_out, query);
    }
    return read_end(&reader);
}
