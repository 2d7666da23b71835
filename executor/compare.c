/* compare.c: see compare.h. */
#include "executor/compare.h"

#include "base/bits.h"
#include "base/hash.h"
#include "types/collate.h"

#include <math.h>

static bool phys_is_int(PhysType phys) { return phys <= PHYS_I64; }
static bool phys_is_float(PhysType phys) { return phys == PHYS_F32 || phys == PHYS_F64; }

/* String types whose equality is that of their bytes. */
static bool type_is_bytes(Oid type) {
    switch (type) {
    case OID_TEXT:
    case OID_VARCHAR:
    case OID_NAME:
    case OID_BYTEA:
    case OID_UNKNOWN:
    case OID_CSTRING:
        return true;
    default:
        return false;
    }
}

/* int2, int4, int8 compare by value with one another, as do float4 and float8, text and name; dates and the
 * timestamps do not. */
static bool types_agree(const OperatorDesc *op) {
    static const Oid classes[][3] = {
        {OID_INT2, OID_INT4, OID_INT8}, {OID_FLOAT4, OID_FLOAT8}, {OID_TEXT, OID_NAME}};
    bool agree = op->left == op->right;
    for (size_t i = 0; i < ARRAY_LEN(classes) && !agree; i++) {
        bool left = false, right = false;
        for (size_t k = 0; k < ARRAY_LEN(classes[i]); k++) {
            left |= op->left == classes[i][k];
            right |= op->right == classes[i][k];
        }
        agree = left && right;
    }
    return agree;
}

/* Is it what the types' values, as they are stored, are equal by? Any operator of that name that hashes or
 * merges is its types' default equality; "record *=" and its kin have other names. */
static Status op_is_default(Executor *exec, Oid op, bool *plain_out) {
    const OperatorDesc *desc = NULL;
    *plain_out = true;
    if (op == 0 || exec->env.catalog == NULL)
        return STATUS_OK;
    TRY(catalog_operator(exec->env.catalog, op, &desc));
    *plain_out = desc != NULL && strcmp(desc->name, "=") == 0 && types_agree(desc);
    return STATUS_OK;
}

static Status column_equal_init(ColumnEqual *c, Executor *exec, Oid left, Oid right, Oid op,
                                Oid collation) {
    const TypeInfo *other;
    bool plain;
    TRY(exec_type(exec, left, &c->info));
    TRY(exec_type(exec, right, &other));
    c->left = c->info->phys;
    c->right = other->phys;
    c->collation = collation;
    TRY(op_is_default(exec, op, &plain));
    if (plain && phys_is_int(c->left) && phys_is_int(c->right) &&
        (left == right || (c->info->kind == TYPE_BASE && other->kind == TYPE_BASE)))
        c->kind = EQUAL_INT;
    else if (plain && phys_is_float(c->left) && phys_is_float(c->right))
        c->kind = EQUAL_FLOAT;
    else if (plain && type_is_bytes(left) && type_is_bytes(right) &&
             collation_is_deterministic(collation))
        c->kind = EQUAL_BYTES;
    else if (plain && c->left == c->right && c->info->compare != NULL)
        c->kind = EQUAL_TYPE;
    else {
        Oid function, types[2] = {left, right};
        c->kind = EQUAL_FUNCTION;
        if (op == 0)
            return error(ERR_UNDEFINED_FUNCTION,
                         "could not identify an equality operator for type %s", c->info->name);
        TRY(operator_function(exec, op, &function));
        TRY(fn_caller_make(exec, function, types, 2, OID_BOOL, collation, NULL, &c->caller));
    }
    return STATUS_OK;
}

Status row_equal_init_types(RowEqual *equal, Executor *exec, uint32_t count, const Oid *left_types,
                            const Oid *right_types, const Oid *ops, const Oid *collations) {
    equal->count = count;
    equal->columns = arena_array(&exec->arena, ColumnEqual, count + 1);
    for (uint32_t i = 0; i < count; i++)
        TRY(column_equal_init(&equal->columns[i], exec, left_types[i], right_types[i],
                              ops == NULL ? 0 : ops[i], collations == NULL ? 0 : collations[i]));
    return STATUS_OK;
}

Status row_equal_init_right(RowEqual *equal, Executor *exec, uint32_t count, const Oid *left_types,
                            const Oid *right_types, const Oid *ops, const Oid *collations) {
    Oid *own = arena_array(&exec->arena, Oid, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const OperatorDesc *op;
        TRY(catalog_operator_require(exec->env.catalog, ops[i], &op));
        own[i] = left_types[i] == right_types[i] || op->left == op->right ? ops[i] : 0;
    }
    return row_equal_init_types(equal, exec, count, right_types, right_types, own, collations);
}

Status row_equal_init(RowEqual *equal, Executor *exec, const Plan *plan, uint32_t count,
                      const uint32_t *columns, const Oid *ops, const Oid *collations) {
    Oid *types = arena_array(&exec->arena, Oid, count + 1);
    for (uint32_t i = 0; i < count; i++)
        types[i] = plan->targets[columns == NULL ? i : columns[i]].expr->type;
    return row_equal_init_types(equal, exec, count, types, types, ops, collations);
}

/* ---- values ---- */

static int64_t int_of(PhysType phys, Datum d) {
    switch (phys) {
    case PHYS_BYTE:
        return d.byte;
    case PHYS_I16:
        return d.i16;
    case PHYS_I32:
        return d.i32;
    default:
        return d.i64;
    }
}

static double float_of(PhysType phys, Datum d) { return phys == PHYS_F32 ? d.f32 : d.f64; }

Status row_equal_pair(const RowEqual *equal, Arena *arena, uint32_t column, Datum left, Datum right,
                      bool *equal_out) {
    ColumnEqual *c = &equal->columns[column];
    switch (c->kind) {
    case EQUAL_INT:
        *equal_out = int_of(c->left, left) == int_of(c->right, right);
        return STATUS_OK;
    case EQUAL_FLOAT: {
        double a = float_of(c->left, left), b = float_of(c->right, right);
        *equal_out = a == b || (isnan(a) && isnan(b));
        return STATUS_OK;
    }
    case EQUAL_BYTES:
        *equal_out = str_equal(left.str, right.str);
        return STATUS_OK;
    case EQUAL_TYPE:
        *equal_out = c->info->compare(c->info, c->collation, left, right) == 0;
        return STATUS_OK;
    default: {
        Datum args[2] = {left, right}, result = {.i64 = 0};
        bool is_null;
        TRY(fn_caller_call(&c->caller, arena, args, NULL, &result, &is_null));
        *equal_out = !is_null && result.b;
        return STATUS_OK;
    }
    }
}

Status row_equal_batch(const RowEqual *equal, Arena *arena, const Batch *left,
                       const uint32_t *left_columns, uint32_t left_row, const Batch *right,
                       const uint32_t *right_columns, uint32_t right_row, bool *equal_out) {
    *equal_out = true;
    for (uint32_t i = 0; i < equal->count && *equal_out; i++) {
        const Vector *a = &left->columns[left_columns == NULL ? i : left_columns[i]];
        const Vector *b = &right->columns[right_columns == NULL ? i : right_columns[i]];
        bool a_null = vector_is_null(a, left_row), b_null = vector_is_null(b, right_row);
        if (a_null || b_null)
            *equal_out = a_null == b_null;
        else
            TRY(row_equal_pair(equal, arena, i, vector_at(a, left_row), vector_at(b, right_row),
                               equal_out));
    }
    return STATUS_OK;
}

Status row_equal_batch_values(const RowEqual *equal, Arena *arena, const Batch *left,
                              const uint32_t *left_columns, uint32_t left_row, const Datum *values,
                              const bool *nulls, bool *equal_out) {
    *equal_out = true;
    for (uint32_t i = 0; i < equal->count && *equal_out; i++) {
        const Vector *a = &left->columns[left_columns == NULL ? i : left_columns[i]];
        bool a_null = vector_is_null(a, left_row);
        if (a_null || nulls[i])
            *equal_out = a_null == nulls[i];
        else
            TRY(row_equal_pair(equal, arena, i, vector_at(a, left_row), values[i], equal_out));
    }
    return STATUS_OK;
}

/* ---- hashes ---- */

#define NULL_HASH UINT64_C(0x9d3f5c2b7a1e4d68)

static uint64_t hash_float(double d) {
    if (d == 0)
        d = 0; /* -0 */
    if (isnan(d))
        return UINT64_C(0x7ff8000000000000);
    uint64_t bits;
    memcpy(&bits, &d, 8);
    return hash_u64(bits);
}

static uint64_t hash_value(const ColumnEqual *c, PhysType phys, Datum value) {
    switch (c->kind) {
    case EQUAL_INT:
        return hash_u64((uint64_t)int_of(phys, value) + UINT64_C(0x9e3779b97f4a7c15));
    case EQUAL_FLOAT:
        return hash_float(float_of(phys, value));
    case EQUAL_BYTES:
        return hash_bytes(value.str.data, value.str.len);
    default:
        if (c->info->hash != NULL && c->left == c->right)
            return c->info->hash(c->info, c->collation, value);
        return 0; /* correct, if slow: every pair is compared */
    }
}

uint64_t row_equal_hash(const RowEqual *equal, uint32_t column, Datum value, bool is_null,
                        uint64_t hash) {
    const ColumnEqual *c = &equal->columns[column];
    return hash_combine(hash, is_null ? NULL_HASH : hash_value(c, c->left, value));
}

void row_equal_hash_vectors(const RowEqual *equal, const Vector *const *columns, bool right_side,
                            Selection sel, uint64_t *hashes) {
    SELECTION_FOREACH(sel, zero_row)
        hashes[zero_row] = 0;
    for (uint32_t i = 0; i < equal->count; i++) {
        const ColumnEqual *c = &equal->columns[i];
        const Vector *v = columns[i];
        PhysType phys = right_side ? c->right : c->left;
        if (c->kind == EQUAL_INT && phys == PHYS_I32 && v->form == VEC_FLAT && v->nulls == NULL) {
            const int32_t *values = v->values;
            SELECTION_FOREACH(sel, row)
                hashes[row] = hash_combine(hashes[row], hash_u64((uint64_t)(int64_t)values[row] +
                                                                 UINT64_C(0x9e3779b97f4a7c15)));
            continue;
        }
        if (c->kind == EQUAL_INT && phys == PHYS_I64 && v->form == VEC_FLAT && v->nulls == NULL) {
            const uint64_t *values = v->values;
            SELECTION_FOREACH(sel, row)
                hashes[row] =
                    hash_combine(hashes[row], hash_u64(values[row] + UINT64_C(0x9e3779b97f4a7c15)));
            continue;
        }
        SELECTION_FOREACH(sel, row) {
            bool is_null = vector_is_null(v, row);
            hashes[row] = hash_combine(
                hashes[row], is_null ? NULL_HASH : hash_value(c, phys, vector_at(v, row)));
        }
    }
}

bool row_equal_hashable(const RowEqual *equal) {
    for (uint32_t i = 0; i < equal->count; i++)
        if (equal->columns[i].kind >= EQUAL_TYPE && equal->columns[i].info->hash == NULL)
            return false;
    return true;
}

/* ---- order ---- */

Status row_order_init(RowOrder *order, Executor *exec, const Plan *input, const SortKey *keys,
                      uint32_t count) {
    order->count = count;
    order->columns = arena_array(&exec->arena, OrderColumn, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        OrderColumn *c = &order->columns[i];
        *c = (OrderColumn){.column = keys[i].column,
                           .collation = keys[i].collation,
                           .descending = keys[i].descending,
                           .nulls_first = keys[i].nulls_first};
        TRY(exec_type(exec, input->targets[keys[i].column].expr->type, &c->info));
        if (c->info->compare == NULL)
            return status_hint(error(ERR_UNDEFINED_FUNCTION,
                                     "could not identify an ordering operator for type %s",
                                     c->info->name),
                               "Use an explicit ordering operator or modify the query.");
        /* Orders by the *_pattern_ops operators compare bytes. */
        if (keys[i].sort_op >= 2314 && keys[i].sort_op <= 2332)
            c->collation = OID_COLLATION_C;
        else if (c->info->collation != OID_INVALID)
            TRY(collation_require(c->collation, "string comparison"));
    }
    return STATUS_OK;
}

int row_order_values(const OrderColumn *c, Datum a, bool a_null, Datum b, bool b_null) {
    if (a_null || b_null) {
        if (a_null && b_null)
            return 0;
        return a_null == c->nulls_first ? -1 : 1;
    }
    int order = c->info->compare(c->info, c->collation, a, b);
    return c->descending ? -order : order;
}

int row_order_batches(const RowOrder *order, const Batch *a, uint32_t a_row, const Batch *b,
                      uint32_t b_row) {
    int result = 0;
    for (uint32_t i = 0; i < order->count && result == 0; i++) {
        const OrderColumn *c = &order->columns[i];
        const Vector *x = &a->columns[c->column], *y = &b->columns[c->column];
        bool x_null = vector_is_null(x, a_row), y_null = vector_is_null(y, b_row);
        result = row_order_values(c, x_null ? (Datum){.i64 = 0} : vector_at(x, a_row), x_null,
                                  y_null ? (Datum){.i64 = 0} : vector_at(y, b_row), y_null);
    }
    return result;
}

/* Integers are the common case: sign flipped, big-endian, as key_encode would have them. */
static void encode_int(StrBuf *key, uint64_t v, unsigned bytes, bool descending) {
    v ^= UINT64_C(1) << (bytes * 8 - 1);
    if (descending)
        v = ~v;
    uint8_t out[8];
    store_be64(out, v << (64 - bytes * 8));
    strbuf_append(key, out, bytes);
}

static bool type_is_signed_int(Oid type) {
    switch (type) {
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_DATE:
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ:
    case OID_TIME:
        return true;
    default:
        return false;
    }
}

Status row_order_encode(const RowOrder *order, const Batch *batch, uint32_t row, StrBuf *key) {
    for (uint32_t i = 0; i < order->count; i++) {
        const OrderColumn *c = &order->columns[i];
        const Vector *v = &batch->columns[c->column];
        bool is_null = vector_is_null(v, row);
        strbuf_putc(key, is_null == c->nulls_first ? 0 : 1);
        if (is_null)
            continue;
        Datum value = vector_at(v, row);
        if (type_is_signed_int(c->info->oid)) {
            unsigned bytes = phys_vector_bytes(c->info->phys);
            encode_int(key, (uint64_t)int_of(c->info->phys, value), bytes, c->descending);
            continue;
        }
        size_t from = key->len;
        TRY(c->info->key_encode(c->info, c->collation, value, key));
        for (size_t j = from; j < key->len && c->descending; j++)
            key->data[j] = (char)~key->data[j];
    }
    return STATUS_OK;
}
