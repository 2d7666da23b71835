/* ext_stats.c: reading, writing and printing extended statistics. Layouts: ext_stats.h. */
#include "types/ext_stats.h"

#include "types/types_int.h"

DECLARE_TYPE_IO(ndistinct);
DECLARE_TYPE_IO(dependencies);
DECLARE_TYPE_IO(mcv_list);

static Status damaged(void) { return error(ERR_DATA_CORRUPTED, "extended statistics are damaged"); }

/* ---- a reader that stays within the bytes ---- */

typedef struct Reader {
    const char *at, *end;
} Reader;
static bool take(Reader *r, void *out, size_t len) {
    if ((size_t)(r->end - r->at) < len)
        return false;
    memcpy(out, r->at, len);
    r->at += len;
    return true;
}

Status column_groups_read(Arena *arena, Str bytes, ColumnGroups *out) {
    Reader r = {bytes.data, bytes.data + bytes.len};
    *out = (ColumnGroups){0};
    uint32_t count;
    if (!take(&r, &count, 4) || count > bytes.len / 16)
        return damaged();
    out->items = arena_array(arena, ColumnGroup, count + 1u);
    for (uint32_t i = 0; i < count; i++) {
        ColumnGroup *g = &out->items[i];
        if (!take(&r, &g->value, 8) || !take(&r, &g->count, 4) || g->count < 2 ||
            g->count > EXT_STATS_COLUMNS_MAX || !take(&r, g->columns, 2 * (size_t)g->count))
            return damaged();
    }
    out->count = count;
    return STATUS_OK;
}

Datum column_groups_write(Arena *arena, const ColumnGroups *groups) {
    StrBuf out;
    strbuf_init(&out, arena);
    strbuf_append(&out, &groups->count, 4);
    for (uint32_t i = 0; i < groups->count; i++) {
        const ColumnGroup *g = &groups->items[i];
        strbuf_append(&out, &g->value, 8);
        strbuf_append(&out, &g->count, 4);
        strbuf_append(&out, g->columns, 2 * (size_t)g->count);
    }
    return buf_datum(&out);
}

static Status value_read(Reader *r, const TypeInfo *type, Datum *out) {
    uint32_t len;
    *out = datum_i64(0);
    if (type->phys != PHYS_STR)
        return take(r, out, phys_vector_bytes(type->phys)) ? STATUS_OK : damaged();
    if (!take(r, &len, 4) || (size_t)(r->end - r->at) < len)
        return damaged();
    *out = datum_str(r->at, len);
    r->at += len;
    return STATUS_OK;
}

Status mcv_list_read(EvalEnv *env, Arena *arena, Str bytes, McvList *out) {
    Reader r = {bytes.data, bytes.data + bytes.len};
    const TypeInfo *types[EXT_STATS_COLUMNS_MAX];
    uint32_t count;
    *out = (McvList){0};
    if (!take(&r, &out->column_count, 4) || !take(&r, &count, 4) ||
        out->column_count > EXT_STATS_COLUMNS_MAX || count > bytes.len / 16 ||
        !take(&r, out->types, 4 * (size_t)out->column_count))
        return damaged();
    for (uint32_t i = 0; i < out->column_count; i++)
        TRY(type_lookup(env, out->types[i], &types[i]));
    void *items;
    TRY(arena_try_alloc(arena, ((size_t)count + 1) * sizeof(McvItem), &items));
    out->items = items;
    for (uint32_t k = 0; k < count; k++) {
        McvItem *item = &out->items[k];
        memset(item, 0, sizeof(*item));
        if (!take(&r, &item->frequency, 8) || !take(&r, &item->base_frequency, 8))
            return damaged();
        for (uint32_t i = 0; i < out->column_count; i++) {
            uint8_t null;
            if (!take(&r, &null, 1))
                return damaged();
            item->nulls[i] = null != 0;
            if (null == 0)
                TRY(value_read(&r, types[i], &item->values[i]));
        }
    }
    out->count = count;
    return STATUS_OK;
}

Status mcv_list_write(EvalEnv *env, Arena *arena, const McvList *list, Datum *out) {
    StrBuf buf;
    const TypeInfo *types[EXT_STATS_COLUMNS_MAX];
    strbuf_init(&buf, arena);
    strbuf_append(&buf, &list->column_count, 4);
    strbuf_append(&buf, &list->count, 4);
    strbuf_append(&buf, list->types, 4 * (size_t)list->column_count);
    for (uint32_t i = 0; i < list->column_count; i++)
        TRY(type_lookup(env, list->types[i], &types[i]));
    for (uint32_t k = 0; k < list->count; k++) {
        const McvItem *item = &list->items[k];
        strbuf_append(&buf, &item->frequency, 8);
        strbuf_append(&buf, &item->base_frequency, 8);
        for (uint32_t i = 0; i < list->column_count; i++) {
            strbuf_putc(&buf, item->nulls[i] ? 1 : 0);
            if (item->nulls[i])
                continue;
            if (types[i]->phys != PHYS_STR) {
                strbuf_append(&buf, &item->values[i], phys_vector_bytes(types[i]->phys));
                continue;
            }
            Str s = item->values[i].str;
            strbuf_append(&buf, &s.len, 4);
            strbuf_append(&buf, s.data, s.len);
        }
    }
    *out = buf_datum(&buf);
    return STATUS_OK;
}

/* ---- the types ---- */

#define READ_ONLY_TYPE(family)                                                                     \
    Status family##_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {            \
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s",                \
                     io->type->name);                                                              \
    }                                                                                              \
    Status family##_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {      \
        return family##_input(io, (const char *)bytes, len, value_out);                            \
    }                                                                                              \
    Status family##_send(TypeIo *io, Datum value, StrBuf *bytes) {                                 \
        strbuf_append(bytes, value.str.data, value.str.len);                                       \
        return STATUS_OK;                                                                          \
    }
READ_ONLY_TYPE(ndistinct)
READ_ONLY_TYPE(dependencies)
READ_ONLY_TYPE(mcv_list)

Status ndistinct_output(TypeIo *io, Datum value, StrBuf *text) {
    ColumnGroups groups;
    TRY(column_groups_read(io->arena, value.str, &groups));
    strbuf_putc(text, '{');
    for (uint32_t i = 0; i < groups.count; i++) {
        const ColumnGroup *g = &groups.items[i];
        strbuf_puts(text, i > 0 ? ", \"" : "\"");
        for (uint32_t k = 0; k < g->count; k++)
            strbuf_printf(text, "%s%d", k > 0 ? ", " : "", g->columns[k]);
        strbuf_printf(text, "\": %d", (int)g->value);
    }
    strbuf_putc(text, '}');
    return STATUS_OK;
}
Status dependencies_output(TypeIo *io, Datum value, StrBuf *text) {
    ColumnGroups groups;
    TRY(column_groups_read(io->arena, value.str, &groups));
    strbuf_putc(text, '{');
    for (uint32_t i = 0; i < groups.count; i++) {
        const ColumnGroup *g = &groups.items[i];
        strbuf_puts(text, i > 0 ? ", \"" : "\"");
        for (uint32_t k = 0; k < g->count; k++)
            strbuf_printf(text, "%s%d",
                          k == 0              ? ""
                          : k + 1 == g->count ? " => "
                                              : ", ",
                          g->columns[k]);
        strbuf_printf(text, "\": %f", g->value);
    }
    strbuf_putc(text, '}');
    return STATUS_OK;
}
Status mcv_list_output(TypeIo *io, Datum value, StrBuf *text) {
    TypeIo bytes = *io;
    bytes.type = type_builtin(17);
    return bytes.type->output(&bytes, value, text);
}
