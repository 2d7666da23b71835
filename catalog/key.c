/*
 * key.c: keys of catalog indexes.
 *
 * SQL statements scan catalog indexes too, so these bytes are exactly what key_encode_column of
 * types/ makes of the same values: per column 0x01 (not NULL; no key of a catalog is NULL), then
 *   bool, "char"       1 byte
 *   int2, int4, int8   big-endian, sign bit turned
 *   oid, regproc       big-endian
 *   float4             as float8: IEEE bits, big-endian, made to order
 *   name, text         the bytes, 00 escaped as 00 FF, ended by 00 00
 *   oidvector          the number of elements, then each: big-endian, 4 bytes
 */
#include "catalog/catalog_int.h"

static void put_bytes(StrBuf *key, Str s) {
    for (uint32_t i = 0; i < s.len; i++) {
        strbuf_putc(key, s.data[i]);
        if (s.data[i] == 0)
            strbuf_putc(key, (char)0xff);
    }
    strbuf_append(key, "\0\0", 2);
}

static void put_f64(StrBuf *key, double v) {
    uint64_t bits;
    memcpy(&bits, &v, sizeof(bits));
    strbuf_put_be64(key, bits >> 63 ? ~bits : bits | UINT64_C(1) << 63);
}

static void put_vector(StrBuf *key, Str s) {
    ArrayView view;
    Status status = array_view(s, &view);
    if (!status_ok(status)) { /* damaged: matches nothing */
        status_free(status);
        return;
    }
    strbuf_put_be32(key, view.elem_count);
    for (uint32_t i = 0; i < view.elem_count; i++)
        strbuf_put_be32(key, array_get(&view, i).u32);
}

void key_put_datum(StrBuf *key, const CatalogColumn *column, Datum value) {
    strbuf_putc(key, 1);
    switch (column->phys) {
    case PHYS_BYTE:
        strbuf_putc(key, (char)value.byte);
        break;
    case PHYS_I16:
        strbuf_put_be16(key, (uint16_t)value.i16 ^ 0x8000u);
        break;
    case PHYS_I32:
        strbuf_put_be32(key, column->type == OID_INT4 ? value.u32 ^ 0x80000000u : value.u32);
        break;
    case PHYS_I64:
        strbuf_put_be64(key, value.u64 ^ UINT64_C(1) << 63);
        break;
    case PHYS_F32:
        put_f64(key, value.f32 == 0 ? 0 : (double)value.f32);
        break;
    case PHYS_STR:
        if (column->type == OID_OIDVECTOR)
            put_vector(key, value.str);
        else
            put_bytes(key, value.str);
        break;
    default:
        UNREACHABLE();
    }
}

void key_of_keys(StrBuf *key, const CatalogTable *table, const CatalogIndex *index,
                 const Datum *keys, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        key_put_datum(key, &table->columns[index->columns[i]], keys[i]);
}

void key_of_row(StrBuf *key, const CatalogTable *table, const CatalogIndex *index,
                const Datum *values) {
    for (uint32_t i = 0; i < index->key_count; i++)
        key_put_datum(key, &table->columns[index->columns[i]], values[index->columns[i]]);
}
