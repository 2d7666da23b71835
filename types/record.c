/* record.c: the bytes of row values; their text and binary forms; row comparison. */
#include "types/record.h"
#include "catalog/name.h"
#include "types/hash_value.h"

#include "types/record_int.h"

#include "catalog/desc.h"

#include <stdio.h>

DECLARE_TYPE_IO(record);
DECLARE_TYPE_ORDER(record);

#define HEADER 12
#define WITH_NAMES -2

Status record_view(Str bytes, RecordView *view_out) {
    *view_out = (RecordView){0};
    if (bytes.len < HEADER + 4)
        return error(ERR_DATA_CORRUPTED, "row value is malformed");
    uint32_t n = load_le32(bytes.data + 8);
    uint64_t fixed = HEADER + 8ull * n + 4ull * (n + 1ull);
    if (n > 1664 * 2 || fixed > bytes.len)
        return error(ERR_DATA_CORRUPTED, "row value is malformed");
    *view_out = (RecordView){.type = load_le32(bytes.data),
                             .column_count = n,
                             .columns = (const uint8_t *)bytes.data + HEADER,
                             .offsets = (const uint8_t *)bytes.data + HEADER + 8 * n,
                             .values = bytes.data + fixed};
    uint64_t end = fixed + load_le32(view_out->offsets + 4 * n);
    if (end > bytes.len)
        return error(ERR_DATA_CORRUPTED, "row value is malformed");
    if ((int32_t)load_le32(bytes.data + 4) == WITH_NAMES)
        view_out->names = str_make(bytes.data + end, bytes.len - end);
    return STATUS_OK;
}
Oid record_column_type(const RecordView *view, uint32_t column) {
    return load_le32(view->columns + 8 * column);
}
PhysType record_column_phys(const RecordView *view, uint32_t column) {
    return (PhysType)view->columns[8 * column + 4];
}
bool record_column_is_null(const RecordView *view, uint32_t column) {
    return view->columns[8 * column + 5] != 0;
}
Datum record_column(const RecordView *view, uint32_t column) {
    uint32_t start = load_le32(view->offsets + 4 * column);
    uint32_t end = load_le32(view->offsets + 4 * column + 4);
    PhysType phys = record_column_phys(view, column);
    Datum d = {.i64 = 0};
    if (phys == PHYS_STR)
        return datum_str(view->values + start, end - start);
    memcpy(&d, view->values + start, MIN(end - start, phys_vector_bytes(phys)));
    return d;
}

Str record_pack_names(Arena *arena, const char *const *names, uint32_t column_count) {
    StrBuf packed;
    bool plain = true;
    strbuf_init(&packed, arena);
    for (uint32_t i = 0; names != NULL && i < column_count; i++) {
        char number[16];
        snprintf(number, sizeof(number), "f%u", i + 1);
        size_t len = MIN(strlen(names[i]), (size_t)UINT8_MAX);
        plain &= strcmp(names[i], number) == 0;
        strbuf_putc(&packed, (char)len);
        strbuf_append(&packed, names[i], len);
    }
    return names == NULL || plain ? (Str){0} : str_make(strbuf_cstr(&packed), packed.len);
}
Status record_column_names(EvalEnv *env, Arena *arena, const RecordView *view,
                           const char ***names_out) {
    const TypeDesc *desc = NULL;
    const RelationDesc *relation = NULL;
    const char **names = *names_out = arena_array(arena, const char *, view->column_count + 1);
    const char *at = view->names.data, *end = at + view->names.len;
    if (view->type != OID_RECORD && env != NULL && env->catalog != NULL) {
        TRY(catalog_type_require(env->catalog, view->type, &desc));
        TRY(catalog_relation_require(env->catalog, desc->relation, &relation));
    }
    for (uint32_t i = 0; i < view->column_count; i++) {
        if (relation != NULL && i < relation->column_count) {
            names[i] = relation->columns[i].dropped ? NULL : relation->columns[i].name;
        } else if (at != NULL && at < end && end - at > (uint8_t)*at) {
            names[i] = arena_strndup(arena, at + 1, (uint8_t)*at);
            at += 1 + (uint8_t)*at;
        } else {
            names[i] = arena_printf(arena, "f%u", i + 1);
        }
    }
    return STATUS_OK;
}

Status record_build(Arena *arena, Oid type, int32_t typmod, uint32_t column_count, const Oid *types,
                    const PhysType *phys, const Datum *values, const bool *nulls,
                    Datum *record_out) {
    return record_build_named(arena, type, column_count, types, phys, values, nulls, (Str){0},
                              record_out);
}
Status record_build_named(Arena *arena, Oid type, uint32_t column_count, const Oid *types,
                          const PhysType *phys, const Datum *values, const bool *nulls, Str names,
                          Datum *record_out) {
    uint64_t total = HEADER + 8ull * column_count + 4ull * (column_count + 1ull) + names.len;
    void *memory;
    for (uint32_t i = 0; i < column_count; i++)
        if (nulls == NULL || !nulls[i])
            total += phys[i] == PHYS_STR ? values[i].str.len : phys_vector_bytes(phys[i]);
    TRY(arena_try_alloc(arena, total, &memory));
    char *p = memory, *columns = p + HEADER, *offsets = columns + 8 * column_count;
    char *data = offsets + 4 * (column_count + 1);
    uint32_t at = 0;
    store_le32(p, type);
    store_le32(p + 4, (uint32_t)(names.data != NULL ? WITH_NAMES : -1));
    store_le32(p + 8, column_count);
    store_le32(offsets, 0);
    for (uint32_t i = 0; i < column_count; i++) {
        bool is_null = nulls != NULL && nulls[i];
        store_le32(columns + 8 * i, types[i]);
        columns[8 * i + 4] = (char)phys[i];
        columns[8 * i + 5] = is_null;
        store_le16(columns + 8 * i + 6, 0);
        if (!is_null && phys[i] == PHYS_STR) {
            memcpy(data + at, values[i].str.data, values[i].str.len);
            at += values[i].str.len;
        } else if (!is_null) {
            memcpy(data + at, &values[i], phys_vector_bytes(phys[i]));
            at += phys_vector_bytes(phys[i]);
        }
        store_le32(offsets + 4 * (i + 1), at);
    }
    if (names.data != NULL)
        memcpy(data + at, names.data, names.len);
    *record_out = datum_str(p, total);
    return STATUS_OK;
}

Status record_set_row(SetCall *set, const Oid *types, const Datum *values, const bool *nulls,
                      uint32_t count) {
    if (set->column_count == (int)count && !set->whole) {
        for (uint32_t i = 0; i < count; i++) {
            set->columns[i] = values[i];
            set->column_nulls[i] = nulls[i];
        }
        return STATUS_OK;
    }
    PhysType *phys = arena_array(set->call.arena, PhysType, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const TypeInfo *info;
        TRY(type_lookup(set->call.site->env, types[i], &info));
        phys[i] = info->phys;
    }
    set->column_nulls[0] = false;
    return record_build(set->call.arena, set->call.site->result_type, -1, count, types, phys,
                        values, nulls, &set->columns[0]);
}

static Status malformed(const char *text, size_t len, const char *detail) {
    return status_detail(error(ERR_INVALID_TEXT_REPRESENTATION,
                               "malformed record literal: \"%.*s\"", (int)len, text),
                         "%s", detail);
}

/* One column's text up to a comma or parenthesis outside quotes. */
static Status scan_column(const char **at, const char *end, StrBuf *buf, const char *text,
                          size_t len) {
    const char *p = *at;
    bool quoted = false;
    for (; p < end && (quoted || (*p != ',' && *p != ')')); p++) {
        if (*p == '\\') {
            if (++p >= end)
                return malformed(text, len, "Unexpected end of input.");
            strbuf_putc(buf, *p);
        } else if (*p == '"') {
            if (!quoted)
                quoted = true;
            else if (p + 1 < end && p[1] == '"')
                strbuf_putc(buf, *p++);
            else
                quoted = false;
        } else {
            strbuf_putc(buf, *p);
        }
    }
    if (p >= end)
        return malformed(text, len, "Unexpected end of input.");
    *at = p;
    return STATUS_OK;
}

Status record_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    RecordShape shape;
    const char *p = text, *end = text + len;
    TRY(fiber_stack_check());
    if (io->type->oid == OID_RECORD)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "input of anonymous composite types is not implemented");
    TRY(record_shape(io->env, io->arena, io->type->oid, &shape));
    Datum *values = arena_array(io->arena, Datum, shape.count + 1);
    bool *nulls = arena_array(io->arena, bool, shape.count + 1);
    while (p < end && is_space(*p))
        p++;
    if (p >= end || *p++ != '(')
        return malformed(text, len, "Missing left parenthesis.");
    bool any = false;
    for (uint32_t i = 0; i < shape.count; i++) {
        nulls[i] = true;
        if (shape.types[i] == 0)
            continue;
        if (any) {
            if (p >= end || *p != ',')
                return malformed(text, len, "Too few columns.");
            p++;
        }
        any = true;
        if (p >= end)
            return malformed(text, len, "Unexpected end of input.");
        nulls[i] = *p == ',' || *p == ')';
        TypeIo column = {.typmod = shape.typmods[i], .env = io->env, .arena = io->arena};
        TRY(type_lookup(io->env, shape.types[i], &column.type));
        if (nulls[i]) {
            TRY(type_check_domain(io->env, column.type, datum_i64(0), true));
            continue;
        }
        StrBuf buf;
        strbuf_init(&buf, io->arena);
        TRY(scan_column(&p, end, &buf, text, len));
        TRY(column.type->input(&column, strbuf_cstr(&buf), buf.len, &values[i]));
    }
    if (p >= end || *p++ != ')')
        return malformed(text, len, "Too many columns.");
    while (p < end && is_space(*p))
        p++;
    if (p < end)
        return malformed(text, len, "Junk after right parenthesis.");
    return record_build(io->arena, io->type->oid, -1, shape.count, shape.types, shape.phys, values,
                        nulls, value_out);
}

Status record_output(TypeIo *io, Datum value, StrBuf *text) {
    RecordView view;
    TRY(fiber_stack_check());
    TRY(record_view(value.str, &view));
    bool any = false;
    strbuf_putc(text, '(');
    for (uint32_t i = 0; i < view.column_count; i++) {
        if (record_column_type(&view, i) == 0)
            continue;
        if (any)
            strbuf_putc(text, ',');
        any = true;
        if (record_column_is_null(&view, i))
            continue;
        TypeIo column = {.typmod = -1, .env = io->env, .arena = io->arena};
        TRY(type_lookup(io->env, record_column_type(&view, i), &column.type));
        StrBuf buf;
        strbuf_init(&buf, io->arena);
        TRY(column.type->output(&column, record_column(&view, i), &buf));
        bool quote = buf.len == 0;
        for (size_t k = 0; k < buf.len && !quote; k++)
            quote = strchr("\"\\(),", buf.data[k]) != NULL || is_space(buf.data[k]);
        if (quote)
            strbuf_putc(text, '"');
        for (size_t k = 0; k < buf.len; k++) {
            if (buf.data[k] == '"' || buf.data[k] == '\\')
                strbuf_putc(text, buf.data[k]);
            strbuf_putc(text, buf.data[k]);
        }
        if (quote)
            strbuf_putc(text, '"');
    }
    strbuf_putc(text, ')');
    return STATUS_OK;
}

Status record_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    RecordShape shape;
    TRY(fiber_stack_check());
    if (io->type->oid == OID_RECORD)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "input of anonymous composite types is not implemented");
    TRY(record_shape(io->env, io->arena, io->type->oid, &shape));
    if (len < 4)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    uint32_t live = 0;
    for (uint32_t i = 0; i < shape.count; i++)
        live += shape.types[i] != 0;
    if (load_be32(bytes) != live)
        return error(ERR_DATATYPE_MISMATCH, "wrong number of columns: %d, expected %d",
                     (int)load_be32(bytes), (int)live);
    const uint8_t *p = bytes + 4, *end = bytes + len;
    Datum *values = arena_array(io->arena, Datum, shape.count + 1);
    bool *nulls = arena_array(io->arena, bool, shape.count + 1);
    for (uint32_t i = 0; i < shape.count; i++) {
        nulls[i] = true;
        if (shape.types[i] == 0)
            continue;
        if (end - p < 8)
            return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
        Oid type = load_be32(p);
        int32_t size = (int32_t)load_be32(p + 4);
        p += 8;
        if (type != shape.types[i])
            return error(ERR_DATATYPE_MISMATCH,
                         "binary data has type %u instead of expected %u in record column %u", type,
                         shape.types[i], i + 1);
        nulls[i] = size == -1;
        if (size < -1 || size > end - p)
            return error(ERR_INVALID_BINARY_REPRESENTATION, "insufficient data left in message");
        if (nulls[i])
            continue;
        TypeIo column = {.typmod = shape.typmods[i], .env = io->env, .arena = io->arena};
        TRY(type_lookup(io->env, type, &column.type));
        TRY(column.type->receive(&column, p, (size_t)size, &values[i]));
        p += size;
    }
    if (p != end)
        return type_receive_error();
    return record_build(io->arena, io->type->oid, -1, shape.count, shape.types, shape.phys, values,
                        nulls, value_out);
}

Status record_send(TypeIo *io, Datum value, StrBuf *bytes) {
    RecordView view;
    TRY(record_view(value.str, &view));
    uint32_t live = 0;
    for (uint32_t i = 0; i < view.column_count; i++)
        live += record_column_type(&view, i) != 0;
    strbuf_put_be32(bytes, live);
    for (uint32_t i = 0; i < view.column_count; i++) {
        if (record_column_type(&view, i) == 0)
            continue;
        strbuf_put_be32(bytes, record_column_type(&view, i));
        size_t at = bytes->len;
        strbuf_put_be32(bytes, UINT32_MAX);
        if (record_column_is_null(&view, i))
            continue;
        TypeIo column = {.typmod = -1, .env = io->env, .arena = io->arena};
        TRY(type_lookup(io->env, record_column_type(&view, i), &column.type));
        TRY(column.type->send(&column, record_column(&view, i), bytes));
        store_be32(bytes->data + at, (uint32_t)(bytes->len - at - 4));
    }
    return STATUS_OK;
}

/* Columns of built-in types compare by their type; others, which take part in no index, by bytes. */
static int compare_columns(const RecordView *a, const RecordView *b, uint32_t i, Oid collation) {
    Datum x = record_column(a, i), y = record_column(b, i);
    const TypeInfo *type = type_builtin(record_column_type(a, i));
    if (type != NULL && type->compare != NULL)
        return type->compare(type, collation, x, y);
    if (record_column_phys(a, i) == PHYS_STR) {
        RecordView inner;
        Status s = record_view(x.str, &inner);
        bool nested = type == NULL && status_ok(s);
        status_free(s);
        return nested ? record_compare(NULL, collation, x, y) : str_compare(x.str, y.str);
    }
    return (x.u32 > y.u32) - (x.u32 < y.u32);
}
int record_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    RecordView x, y;
    Status s = record_view(a.str, &x), t = record_view(b.str, &y);
    if (!status_ok(s) || !status_ok(t)) {
        status_free(s);
        status_free(t);
        return str_compare(a.str, b.str);
    }
    for (uint32_t i = 0; i < x.column_count && i < y.column_count; i++) {
        bool xn = record_column_is_null(&x, i), yn = record_column_is_null(&y, i);
        int order = xn || yn ? (int)xn - (int)yn : compare_columns(&x, &y, i, collation);
        if (order != 0)
            return order;
    }
    return (x.column_count > y.column_count) - (x.column_count < y.column_count);
}
uint64_t record_hash(const TypeInfo *type, Oid collation, Datum value) {
    RecordView view;
    uint64_t h = 0;
    Status s = record_view(value.str, &view);
    status_free(s);
    for (uint32_t i = 0; i < view.column_count; i++) {
        const TypeInfo *column = type_builtin(record_column_type(&view, i));
        Datum d = record_column(&view, i);
        uint64_t one = 0;
        if (record_column_is_null(&view, i))
            one = 0;
        else if (column != NULL && column->hash != NULL)
            one = column->hash(column, collation, d);
        else if (record_column_phys(&view, i) == PHYS_STR)
            one = hash_bytes(d.str.data, d.str.len);
        else
            one = hash_u64(d.u32);
        h = hash_combine(h, one);
    }
    return h;
}
Status record_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    RecordView view;
    TRY(record_view(value.str, &view));
    for (uint32_t i = 0; i < view.column_count; i++) {
        const TypeInfo *column = type_builtin(record_column_type(&view, i));
        Datum d = record_column(&view, i);
        bool is_null = record_column_is_null(&view, i);
        strbuf_putc(key, is_null ? 3 : 2);
        if (is_null)
            continue;
        if (column != NULL && column->key_encode != NULL)
            TRY(column->key_encode(column, collation, d, key));
        else if (record_column_phys(&view, i) == PHYS_STR)
            key_put_bytes(key, d.str.data, d.str.len);
        else
            key_put_u32(key, d.u32);
    }
    strbuf_putc(key, 1);
    return STATUS_OK;
}

static Status dissimilar(FnCall *call, Oid x, Oid y, uint32_t column) {
    const char *a, *b;
    TRY(format_type_brief(call_env(call)->catalog, call->arena, x, &a));
    TRY(format_type_brief(call_env(call)->catalog, call->arena, y, &b));
    return error(ERR_DATATYPE_MISMATCH,
                 "cannot compare dissimilar column types %s and %s at record column %u", a, b,
                 column + 1);
}

/* By their bits: numbers as PostgreSQL's Datums, unsigned; the rest byte for byte. */
static int compare_image(PhysType phys, Datum a, Datum b) {
    uint64_t x = 0, y = 0;
    switch (phys) {
    case PHYS_STR: {
        int order = memcmp(a.str.data, b.str.data, MIN(a.str.len, b.str.len));
        return order != 0 ? order : (a.str.len > b.str.len) - (a.str.len < b.str.len);
    }
    case PHYS_W16:
        return memcmp(&a, &b, 16);
    case PHYS_BYTE:
        x = a.byte, y = b.byte;
        break;
    case PHYS_I16:
        x = (uint64_t)a.i16, y = (uint64_t)b.i16;
        break;
    case PHYS_I32:
        x = (uint64_t)a.i32, y = (uint64_t)b.i32;
        break;
    case PHYS_F32:
        x = a.u32, y = b.u32;
        break;
    default:
        x = (uint64_t)a.i64, y = (uint64_t)b.i64;
        break;
    }
    return (x > y) - (x < y);
}

/* Row comparison operators: the rows must have the same column types. */
static Status compare_rows(FnCall *call, bool order_wanted, int *order_out) {
    RecordView a, b;
    TRY(record_view(ARG_STR(0), &a));
    TRY(record_view(ARG_STR(1), &b));
    uint32_t n = MIN(a.column_count, b.column_count);
    for (uint32_t i = 0; i < n; i++) {
        const TypeInfo *x, *y;
        TRY(type_lookup(call_env(call), record_column_type(&a, i), &x));
        TRY(type_lookup(call_env(call), record_column_type(&b, i), &y));
        if (x->oid != y->oid)
            return dissimilar(call, x->oid, y->oid, i);
        bool as_bits = !order_wanted && type_has_only_equality(x->oid);
        if (!as_bits)
            TRY(order_wanted ? type_require_compare(call_env(call), x->oid, &x)
                             : type_require_equality(call_env(call), x->oid, &x));
        bool xn = record_column_is_null(&a, i), yn = record_column_is_null(&b, i);
        if (xn || yn) {
            if (xn != yn) {
                *order_out = xn ? 1 : -1;
                return STATUS_OK;
            }
            continue;
        }
        Datum left = record_column(&a, i), right = record_column(&b, i);
        *order_out = as_bits ? compare_image(record_column_phys(&a, i), left, right)
                             : x->compare(x, x->collation, left, right);
        if (*order_out != 0)
            return STATUS_OK;
    }
    *order_out = 0;
    if (a.column_count != b.column_count)
        return error(ERR_DATATYPE_MISMATCH,
                     "cannot compare record types with different numbers of columns");
    return STATUS_OK;
}
#define RECORD_COMPARISON(name, ordered, op)                                                       \
    SCALAR(name) {                                                                                 \
        int order;                                                                                 \
        TRY(compare_rows(call, ordered, &order));                                                  \
        return ret_bool(call, order op 0);                                                         \
    }
RECORD_COMPARISON(record_eq, false, ==)
RECORD_COMPARISON(record_ne, false, !=)
RECORD_COMPARISON(record_lt, true, <)
RECORD_COMPARISON(record_le, true, <=)
RECORD_COMPARISON(record_gt, true, >)
RECORD_COMPARISON(record_ge, true, >=)
SCALAR(btrecordcmp) {
    int order;
    TRY(compare_rows(call, true, &order));
    return ret_i32(call, (order > 0) - (order < 0));
}
static Status compare_images(FnCall *call, int *order_out) {
    RecordView a, b;
    *order_out = 0;
    TRY(record_view(ARG_STR(0), &a));
    TRY(record_view(ARG_STR(1), &b));
    for (uint32_t i = 0; i < MIN(a.column_count, b.column_count) && *order_out == 0; i++) {
        Oid x = record_column_type(&a, i), y = record_column_type(&b, i);
        bool xn = record_column_is_null(&a, i), yn = record_column_is_null(&b, i);
        if (x != y)
            return dissimilar(call, x, y, i);
        *order_out = xn != yn ? (xn ? 1 : -1)
                     : xn     ? 0
                              : compare_image(record_column_phys(&a, i), record_column(&a, i),
                                              record_column(&b, i));
    }
    return *order_out != 0 || a.column_count == b.column_count
               ? STATUS_OK
               : error(ERR_DATATYPE_MISMATCH,
                       "cannot compare record types with different numbers of columns");
}

#define RECORD_IMAGE_COMPARISON(name, op)                                                          \
    SCALAR(name) {                                                                                 \
        int order;                                                                                 \
        TRY(compare_images(call, &order));                                                         \
        return ret_bool(call, order op 0);                                                         \
    }
RECORD_IMAGE_COMPARISON(record_image_eq, ==)
RECORD_IMAGE_COMPARISON(record_image_ne, !=)
RECORD_IMAGE_COMPARISON(record_image_lt, <)
RECORD_IMAGE_COMPARISON(record_image_le, <=)
RECORD_IMAGE_COMPARISON(record_image_gt, >)
RECORD_IMAGE_COMPARISON(record_image_ge, >=)
SCALAR(btrecordimagecmp) {
    int order;
    TRY(compare_images(call, &order));
    return ret_i32(call, (order > 0) - (order < 0));
}
SCALAR(hash_record) {
    uint64_t h;
    TRY(hash_record_value(call, ARG_STR(0), 0, &h));
    return ret_i32(call, (int32_t)h);
}
SCALAR(hash_record_extended) {
    uint64_t h;
    TRY(hash_record_value(call, ARG_STR(0), (uint64_t)ARG_I64(1), &h));
    return ret_i64(call, (int64_t)h);
}
