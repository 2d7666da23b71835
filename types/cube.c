/* cube.c: the type cube and its functions; see cube.h. */
#include "types/cube.h"

#include "catalog/catalogs.h"
#include "types/extension_type.h"
#include "types/float.h"
#include "types/geo.h"

#include <math.h>

#define CUBE_OID 9300 /* of the functions: found by prosrc, pg_proc has none of these OIDs */
#define POINT_FLAG 0x80000000u
#define DIM_MASK 0x7fffffffu
#define DIM_MAX 100u

DECLARE_TYPE_IO(float8);

static uint32_t header(Str c) { return load_le32(c.data); }
static bool is_flagged(Str c) { return (header(c) & POINT_FLAG) != 0; }
static double number(Str c, uint32_t at) {
    double v;
    memcpy(&v, c.data + 4 + 8 * (size_t)at, 8);
    return v;
}
/* The corners as they were given. */
static double first(Str c, uint32_t i) { return number(c, i); }
static double second(Str c, uint32_t i) {
    return number(c, is_flagged(c) ? i : i + cube_dim(c));
}

uint32_t cube_dim(Str c) { return header(c) & DIM_MASK; }
double cube_low(Str c, uint32_t i) {
    return i >= cube_dim(c) ? 0 : first(c, i) < second(c, i) ? first(c, i) : second(c, i);
}
double cube_high(Str c, uint32_t i) {
    return i >= cube_dim(c) ? 0 : first(c, i) > second(c, i) ? first(c, i) : second(c, i);
}

static bool is_point(Str c) {
    for (uint32_t i = 0; i < cube_dim(c) && !is_flagged(c); i++)
        if (first(c, i) != second(c, i))
            return false;
    return true;
}

/* x: both corners. What is a point is kept as one, unless it may not be. */
static Datum cube_make(Arena *arena, uint32_t dim, const double *x, bool point) {
    size_t bytes = 4 + 8 * (size_t)dim * (point ? 1 : 2);
    char *out = arena_alloc(arena, bytes);
    store_le32(out, dim | (point ? POINT_FLAG : 0));
    memcpy(out + 4, x, bytes - 4);
    return datum_str(out, bytes);
}
static Datum cube_reduced(Arena *arena, uint32_t dim, const double *x) {
    bool point = true;
    for (uint32_t i = 0; i < dim; i++)
        point &= x[i] == x[i + dim];
    return cube_make(arena, dim, x, point);
}

/* ---- text: numbers in brackets or without, one corner or two ---- */

typedef struct CubeReader {
    const char *at, *end;
    TypeIo *io;
} CubeReader;

static Status bad_cube(void) {
    return error(ERR_INVALID_TEXT_REPRESENTATION, "invalid input syntax for cube");
}
static char peek(CubeReader *r) {
    while (r->at < r->end && is_space(*r->at) && *r->at != '\v')
        r->at++;
    return r->at < r->end ? *r->at : '\0';
}

static uint32_t digits(const char *p, const char *end) {
    const char *from = p;
    while (p < end && is_digit(*p))
        p++;
    return (uint32_t)(p - from);
}
/* How much of the text is a number: 0: none. */
static uint32_t number_length(const char *p, const char *end) {
    static const char *const words[] = {"infinity", "inf", "nan"};
    const char *from = p;
    p += p < end && (*p == '+' || *p == '-');
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(end - p) >= len && text_is_word(p, len, words[i]))
            return i == 2 && p != from ? 0 : (uint32_t)(p - from + (ptrdiff_t)len);
    }
    uint32_t whole = digits(p, end), part = 0;
    p += whole;
    if (p < end && *p == '.') {
        part = digits(p + 1, end);
        if (whole + part > 0)
            p += 1 + part;
    }
    if (whole + part == 0)
        return 0;
    if (p < end && (*p == 'e' || *p == 'E')) {
        const char *q = p + 1;
        q += q < end && (*q == '+' || *q == '-');
        uint32_t exponent = digits(q, end);
        if (exponent > 0)
            p = q + exponent;
    }
    return (uint32_t)(p - from);
}

static Status unexpected(CubeReader *r) {
    if (peek(r) == '\0')
        return status_detail(bad_cube(), "syntax error at end of input");
    uint32_t len = number_length(r->at, r->end);
    return status_detail(bad_cube(), "syntax error at or near \"%.*s\"", (int)MAX(len, 1u), r->at);
}

typedef struct Corner {
    VEC(double) x;
    StrBuf text;
} Corner;

static Status read_numbers(CubeReader *r, Corner *c) {
    TypeIo io = *r->io;
    io.type = type_builtin(OID_FLOAT8);
    for (;;) {
        Datum value;
        peek(r);
        uint32_t len = number_length(r->at, r->end);
        if (len == 0)
            return unexpected(r);
        TRY(float8_input(&io, r->at, len, &value));
        vec_push(&c->x, r->io->arena, value.f64);
        strbuf_puts(&c->text, c->x.count > 1 ? "," : "");
        strbuf_append(&c->text, r->at, len);
        r->at += len;
        if (peek(r) != ',')
            return STATUS_OK;
        r->at++;
    }
}

static Status read_corner(CubeReader *r, Corner *c) {
    strbuf_init(&c->text, r->io->arena);
    if (peek(r) != '(')
        return unexpected(r);
    r->at++;
    if (peek(r) != ')')
        TRY(read_numbers(r, c));
    if (peek(r) != ')')
        return unexpected(r);
    r->at++;
    return STATUS_OK;
}

static Status expect(CubeReader *r, char c) {
    if (peek(r) != c)
        return unexpected(r);
    r->at++;
    return STATUS_OK;
}

static Status cube_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    CubeReader r = {text, text + len, io};
    Corner a = {0}, b = {0};
    bool bracket = peek(&r) == '[', two = bracket;
    r.at += bracket;
    if (!bracket && peek(&r) != '(') {
        strbuf_init(&a.text, io->arena);
        TRY(read_numbers(&r, &a));
    } else {
        TRY(read_corner(&r, &a));
        two |= peek(&r) == ',';
    }
    if (two) {
        TRY(expect(&r, ','));
        TRY(read_corner(&r, &b));
    }
    if (bracket)
        TRY(expect(&r, ']'));
    if (peek(&r) != '\0' || r.at != r.end)
        return unexpected(&r);
    if (two && a.x.count != b.x.count)
        return status_detail(bad_cube(), "Different point dimensions in (%s) and (%s).",
                             strbuf_cstr(&a.text), strbuf_cstr(&b.text));
    if (a.x.count > DIM_MAX)
        return status_detail(bad_cube(), "A cube cannot have more than %u dimensions.", DIM_MAX);
    uint32_t dim = (uint32_t)a.x.count;
    if (!two) {
        *value_out = cube_make(io->arena, dim, a.x.items, true);
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < dim; i++)
        vec_push(&a.x, io->arena, b.x.items[i]);
    *value_out = cube_reduced(io->arena, dim, a.x.items);
    return STATUS_OK;
}

static Status put_corner(TypeIo *io, Str c, double (*corner)(Str, uint32_t), StrBuf *text) {
    TypeIo number_io = *io;
    number_io.type = type_builtin(OID_FLOAT8);
    strbuf_putc(text, '(');
    for (uint32_t i = 0; i < cube_dim(c); i++) {
        strbuf_puts(text, i == 0 ? "" : ", ");
        TRY(float8_output(&number_io, (Datum){.f64 = corner(c, i)}, text));
    }
    strbuf_putc(text, ')');
    return STATUS_OK;
}
static Status cube_output(TypeIo *io, Datum value, StrBuf *text) {
    TRY(put_corner(io, value.str, first, text));
    if (is_point(value.str))
        return STATUS_OK;
    strbuf_putc(text, ',');
    return put_corner(io, value.str, second, text);
}

static Status cube_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    double x[2 * DIM_MAX];
    if (len < 4)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    uint32_t head = load_be32(bytes), dim = head & DIM_MASK;
    if (dim > DIM_MAX)
        return status_detail(error(ERR_PROGRAM_LIMIT_EXCEEDED, "cube dimension is too large"),
                             "A cube cannot have more than %u dimensions.", DIM_MAX);
    uint32_t count = head & POINT_FLAG ? dim : 2 * dim;
    if (len < 4 + 8 * (size_t)count)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    if (len > 4 + 8 * (size_t)count)
        return type_receive_error();
    for (uint32_t i = 0; i < count; i++) {
        uint64_t bits = load_be64(bytes + 4 + 8 * (size_t)i);
        memcpy(&x[i], &bits, 8);
    }
    *value_out = cube_make(io->arena, dim, x, (head & POINT_FLAG) != 0);
    return STATUS_OK;
}
static Status cube_send(TypeIo *io, Datum value, StrBuf *bytes) {
    uint32_t count = (value.str.len - 4) / 8;
    strbuf_put_be32(bytes, header(value.str));
    for (uint32_t i = 0; i < count; i++) {
        uint64_t bits;
        double v = number(value.str, i);
        memcpy(&bits, &v, 8);
        strbuf_put_be64(bytes, bits);
    }
    return STATUS_OK;
}

/* ---- order: lower corners, upper corners, number of dimensions ---- */

static int order_numbers(double a, double b) { return (a > b) - (a < b); }

/* That of indexes and sorts: missing dimensions count as zero. */
static int cube_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    uint32_t n = cube_dim(a.str), m = cube_dim(b.str), most = MAX(n, m);
    for (uint32_t i = 0; i < 2 * most; i++) {
        double (*side)(Str, uint32_t) = i < most ? cube_low : cube_high;
        int order = float_order(side(a.str, i % most) + 0.0, side(b.str, i % most) + 0.0);
        if (order != 0)
            return order;
    }
    return (n > m) - (n < m);
}
static uint64_t cube_hash(const TypeInfo *type, Oid collation, Datum value) {
    uint64_t hash = cube_dim(value.str);
    for (uint32_t i = 0; i < cube_dim(value.str); i++) {
        double x[2] = {cube_low(value.str, i) + 0.0, cube_high(value.str, i) + 0.0};
        hash = hash_combine(hash, hash_bytes(x, sizeof(x)));
    }
    return hash;
}
/* Numbers up to the last that is not zero, each behind a byte that tells how the next of them that is not
 * zero compares with zero: 1, 3; 2 ends them. */
static void key_side(Str c, double (*side)(Str, uint32_t), StrBuf *key) {
    uint32_t n = cube_dim(c);
    while (n > 0 && side(c, n - 1) == 0)
        n--;
    for (uint32_t i = 0, ahead = 0; i < n; i++) {
        while (ahead < i || side(c, ahead) == 0)
            ahead++;
        strbuf_putc(key, side(c, ahead) < 0 ? 1 : 3);
        key_put_f64(key, side(c, i) + 0.0);
    }
    strbuf_putc(key, 2);
}
static Status cube_key(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    key_side(value.str, cube_low, key);
    key_side(value.str, cube_high, key);
    key_put_u32(key, cube_dim(value.str));
    return STATUS_OK;
}

const TypeInfo cube_model = {
    .name = "cube",
    .kind = TYPE_BASE,
    .phys = PHYS_STR,
    .typlen = -1,
    .category = 'U',
    .input = cube_input,
    .output = cube_output,
    .receive = cube_receive,
    .send = cube_send,
    .compare = cube_compare,
    .hash = cube_hash,
    .key_encode = cube_key,
};

/* SQL's: what both have, then the rest of the longer one against zero. */
static int sql_order(Str a, Str b) {
    uint32_t n = cube_dim(a), m = cube_dim(b), common = MIN(n, m), most = MAX(n, m);
    for (int part = 0; part < 4; part++) {
        double (*side)(Str, uint32_t) = part % 2 == 0 ? cube_low : cube_high;
        uint32_t from = part < 2 ? 0 : common, to = part < 2 ? common : most;
        for (uint32_t i = from; i < to; i++) {
            int order = order_numbers(side(a, i), side(b, i));
            if (order != 0)
                return order;
        }
    }
    return (n > m) - (n < m);
}
static int order(const FnCall *call) { return sql_order(ARG_STR(0), ARG_STR(1)); }
static Status fn_eq(FnCall *call) { return ret_bool(call, order(call) == 0); }
static Status fn_ne(FnCall *call) { return ret_bool(call, order(call) != 0); }
static Status fn_lt(FnCall *call) { return ret_bool(call, order(call) < 0); }
static Status fn_gt(FnCall *call) { return ret_bool(call, order(call) > 0); }
static Status fn_le(FnCall *call) { return ret_bool(call, order(call) <= 0); }
static Status fn_ge(FnCall *call) { return ret_bool(call, order(call) >= 0); }
static Status fn_cmp(FnCall *call) { return ret_i32(call, order(call)); }

/* ---- where boxes lie ---- */

static bool contains(Str a, Str b) {
    for (uint32_t i = cube_dim(a); i < cube_dim(b); i++)
        if (first(b, i) != 0 || second(b, i) != 0)
            return false;
    for (uint32_t i = 0; i < MIN(cube_dim(a), cube_dim(b)); i++)
        if (cube_low(a, i) > cube_low(b, i) || cube_high(a, i) < cube_high(b, i))
            return false;
    return true;
}
static Status fn_contains(FnCall *call) { return ret_bool(call, contains(ARG_STR(0), ARG_STR(1))); }
static Status fn_contained(FnCall *call) {
    return ret_bool(call, contains(ARG_STR(1), ARG_STR(0)));
}
static Status fn_overlap(FnCall *call) {
    Str a = ARG_STR(0), b = ARG_STR(1);
    for (uint32_t i = 0; i < MAX(cube_dim(a), cube_dim(b)); i++)
        if (cube_low(a, i) > cube_high(b, i) || cube_high(a, i) < cube_low(b, i))
            return ret_bool(call, false);
    return ret_bool(call, true);
}

static double gap(Str a, Str b, uint32_t i) {
    if (cube_high(a, i) <= cube_low(b, i))
        return cube_low(b, i) - cube_high(a, i);
    return cube_low(a, i) > cube_high(b, i) ? cube_low(a, i) - cube_high(b, i) : 0;
}
static Status fn_distance(FnCall *call) {
    Str a = ARG_STR(0), b = ARG_STR(1);
    double sum = 0;
    for (uint32_t i = 0; i < MAX(cube_dim(a), cube_dim(b)); i++)
        sum += gap(a, b, i) * gap(a, b, i);
    return ret_f64(call, sqrt(sum));
}
static Status fn_taxicab(FnCall *call) {
    Str a = ARG_STR(0), b = ARG_STR(1);
    double sum = 0;
    for (uint32_t i = 0; i < MAX(cube_dim(a), cube_dim(b)); i++)
        sum += fabs(gap(a, b, i));
    return ret_f64(call, sum);
}
static Status fn_chebyshev(FnCall *call) {
    Str a = ARG_STR(0), b = ARG_STR(1);
    double most = 0;
    for (uint32_t i = 0; i < MAX(cube_dim(a), cube_dim(b)); i++)
        most = fmax(most, fabs(gap(a, b, i)));
    return ret_f64(call, most);
}

/* ---- other boxes ---- */

static Status combined(FnCall *call, bool together) {
    Str a = ARG_STR(0), b = ARG_STR(1);
    uint32_t dim = MAX(cube_dim(a), cube_dim(b));
    double x[2 * DIM_MAX];
    for (uint32_t i = 0; i < dim; i++) {
        double low[2] = {cube_low(a, i), cube_low(b, i)};
        double high[2] = {cube_high(a, i), cube_high(b, i)};
        x[i] = (low[0] < low[1]) == together ? low[0] : low[1];
        x[i + dim] = (high[0] > high[1]) == together ? high[0] : high[1];
    }
    return ret_datum(call, cube_reduced(call->arena, dim, x));
}
static Status fn_union(FnCall *call) { return combined(call, true); }
static Status fn_inter(FnCall *call) { return combined(call, false); }

static Status fn_size(FnCall *call) {
    Str c = ARG_STR(0);
    double size = is_flagged(c) || cube_dim(c) == 0 ? 0 : 1;
    for (uint32_t i = 0; i < cube_dim(c); i++)
        size *= fabs(second(c, i) - first(c, i));
    return ret_f64(call, size);
}

static Status fn_enlarge(FnCall *call) {
    Str c = ARG_STR(0);
    double r = ARG_F64(1), x[2 * DIM_MAX];
    int64_t n = MIN((int64_t)ARG_I32(2), (int64_t)DIM_MAX);
    uint32_t dim = MAX(r > 0 && n > 0 ? (uint32_t)n : 0, cube_dim(c));
    for (uint32_t i = 0; i < dim; i++) {
        double *low = &x[i], *high = &x[i + dim];
        *low = cube_low(c, i) - r;
        *high = cube_high(c, i) + r;
        if (*low > *high)
            *low = *high = (*low + *high) / 2;
    }
    return ret_datum(call, cube_reduced(call->arena, dim, x));
}

static Status array_error(const char *message) {
    return error(ERR_ARRAY_ELEMENT_ERROR, "%s", message);
}
static Status plain_array(FnCall *call, int arg, ArrayView *view) {
    TRY(array_view(ARG_STR(arg), view));
    for (uint32_t i = 0; i < view->elem_count; i++)
        if (array_is_null(view, i))
            return array_error("cannot work with arrays containing NULLs");
    return STATUS_OK;
}
static Status too_many(const char *message) {
    return status_detail(error(ERR_PROGRAM_LIMIT_EXCEEDED, "%s", message),
                         "A cube cannot have more than %u dimensions.", DIM_MAX);
}

static Status fn_from_array(FnCall *call) {
    ArrayView view;
    double x[DIM_MAX];
    TRY(plain_array(call, 0, &view));
    if (view.elem_count > DIM_MAX)
        return too_many("array is too long");
    for (uint32_t i = 0; i < view.elem_count; i++)
        x[i] = array_get(&view, i).f64;
    return ret_datum(call, cube_make(call->arena, view.elem_count, x, true));
}
static Status fn_from_arrays(FnCall *call) {
    ArrayView a, b;
    double x[2 * DIM_MAX];
    TRY(plain_array(call, 0, &a));
    TRY(plain_array(call, 1, &b));
    if (a.elem_count > DIM_MAX)
        return too_many("can't extend cube");
    if (a.elem_count != b.elem_count)
        return array_error("UR and LL arrays must be of same length");
    for (uint32_t i = 0; i < a.elem_count; i++) {
        x[i] = array_get(&a, i).f64;
        x[i + a.elem_count] = array_get(&b, i).f64;
    }
    return ret_datum(call, cube_reduced(call->arena, a.elem_count, x));
}
static Status fn_subset(FnCall *call) {
    ArrayView view;
    Str c = ARG_STR(0);
    double x[2 * DIM_MAX];
    TRY(plain_array(call, 1, &view));
    uint32_t dim = view.elem_count;
    if (dim > DIM_MAX)
        return too_many("array is too long");
    for (uint32_t i = 0; i < dim; i++) {
        int32_t at = array_get(&view, i).i32;
        if (at <= 0 || at > (int32_t)cube_dim(c))
            return array_error("Index out of bounds");
        x[i] = first(c, (uint32_t)at - 1);
        x[i + dim] = second(c, (uint32_t)at - 1);
    }
    return ret_datum(call, cube_make(call->arena, dim, x, is_flagged(c)));
}

static Status fn_from_number(FnCall *call) {
    double x[1] = {ARG_F64(0)};
    return ret_datum(call, cube_make(call->arena, 1, x, true));
}
static Status fn_from_numbers(FnCall *call) {
    double x[2] = {ARG_F64(0), ARG_F64(1)};
    return ret_datum(call, cube_reduced(call->arena, 1, x));
}
/* One dimension more. */
static Status extended(FnCall *call, double low, double high) {
    Str c = ARG_STR(0);
    uint32_t dim = cube_dim(c) + 1;
    double x[2 * DIM_MAX];
    if (dim > DIM_MAX)
        return too_many("can't extend cube");
    for (uint32_t i = 0; i + 1 < dim; i++) {
        x[i] = first(c, i);
        x[i + dim] = second(c, i);
    }
    x[dim - 1] = low;
    x[2 * dim - 1] = high;
    return ret_datum(call, cube_make(call->arena, dim, x, is_flagged(c) && low == high));
}
static Status fn_extend(FnCall *call) { return extended(call, ARG_F64(1), ARG_F64(1)); }
static Status fn_extend_two(FnCall *call) { return extended(call, ARG_F64(1), ARG_F64(2)); }

/* ---- what a box is ---- */

static Status fn_is_point(FnCall *call) { return ret_bool(call, is_point(ARG_STR(0))); }
static Status fn_dim(FnCall *call) { return ret_i32(call, (int32_t)cube_dim(ARG_STR(0))); }
static Status fn_ll_coord(FnCall *call) {
    return ret_f64(call, ARG_I32(1) > 0 ? cube_low(ARG_STR(0), (uint32_t)ARG_I32(1) - 1) : 0);
}
static Status fn_ur_coord(FnCall *call) {
    return ret_f64(call, ARG_I32(1) > 0 ? cube_high(ARG_STR(0), (uint32_t)ARG_I32(1) - 1) : 0);
}
static Status fn_coord(FnCall *call) {
    Str c = ARG_STR(0);
    int64_t at = ARG_I32(1), dim = cube_dim(c);
    if (at <= 0 || at > 2 * dim)
        return error(ERR_ARRAY_ELEMENT_ERROR, "cube index %d is out of bounds", ARG_I32(1));
    return ret_f64(call, number(c, (uint32_t)(is_flagged(c) ? (at - 1) % dim : at - 1)));
}
static Status fn_coord_llur(FnCall *call) {
    int64_t at = ARG_I32(1);
    if (at == 0)
        return array_error("zero cube index is not defined");
    uint64_t place = (uint64_t)(at < 0 ? -at : at) - 1;
    uint32_t i = (uint32_t)(place / 2);
    double v = place % 2 == 1 ? cube_high(ARG_STR(0), i) : cube_low(ARG_STR(0), i);
    return ret_f64(call, at < 0 ? -v : v);
}

/* ---- earthdistance: points of degrees west and north; miles ---- */

#define EARTH_RADIUS_MILES 3958.747716

static Status fn_geo_distance(FnCall *call) {
    GeoPoint a = geo_point(ARG_STR(0)), b = geo_point(ARG_STR(1));
    const double degree = M_PI * 2 / 360.0;
    double north_a = a.y * degree, north_b = b.y * degree;
    double turn = fabs(a.x * degree - b.x * degree);
    turn = turn > M_PI ? M_PI * 2 - turn : turn;
    double up = sin(fabs(north_a - north_b) / 2), across = sin(turn / 2);
    double half = sqrt(up * up + cos(north_a) * cos(north_b) * across * across);
    return ret_f64(call, 2 * EARTH_RADIUS_MILES * asin(fmin(half, 1)));
}

#define ENTRY(n, src, fn) {.oid = CUBE_OID + (n), .prosrc = src, .strict = true, .scalar = fn}
static const FnEntry functions[] = {
    ENTRY(0, "cube_in", extension_type_in),
    ENTRY(1, "cube_out", extension_type_out),
    ENTRY(2, "cube_recv", extension_type_recv),
    ENTRY(3, "cube_send", extension_type_send),
    ENTRY(4, "cube_a_f8_f8", fn_from_arrays),
    ENTRY(5, "cube_a_f8", fn_from_array),
    ENTRY(6, "cube_eq", fn_eq),
    ENTRY(7, "cube_ne", fn_ne),
    ENTRY(8, "cube_lt", fn_lt),
    ENTRY(9, "cube_gt", fn_gt),
    ENTRY(10, "cube_le", fn_le),
    ENTRY(11, "cube_ge", fn_ge),
    ENTRY(12, "cube_cmp", fn_cmp),
    ENTRY(13, "cube_contains", fn_contains),
    ENTRY(14, "cube_contained", fn_contained),
    ENTRY(15, "cube_overlap", fn_overlap),
    ENTRY(16, "cube_union", fn_union),
    ENTRY(17, "cube_inter", fn_inter),
    ENTRY(18, "cube_size", fn_size),
    ENTRY(19, "cube_subset", fn_subset),
    ENTRY(20, "cube_distance", fn_distance),
    ENTRY(21, "distance_chebyshev", fn_chebyshev),
    ENTRY(22, "distance_taxicab", fn_taxicab),
    ENTRY(23, "cube_dim", fn_dim),
    ENTRY(24, "cube_ll_coord", fn_ll_coord),
    ENTRY(25, "cube_ur_coord", fn_ur_coord),
    ENTRY(26, "cube_coord", fn_coord),
    ENTRY(27, "cube_coord_llur", fn_coord_llur),
    ENTRY(28, "cube_f8", fn_from_number),
    ENTRY(29, "cube_f8_f8", fn_from_numbers),
    ENTRY(30, "cube_c_f8", fn_extend),
    ENTRY(31, "cube_c_f8_f8", fn_extend_two),
    ENTRY(32, "cube_is_point", fn_is_point),
    ENTRY(33, "cube_enlarge", fn_enlarge),
    ENTRY(34, "geo_distance", fn_geo_distance),
};
void cube_register(void) { fn_register(functions, ARRAY_LEN(functions)); }
