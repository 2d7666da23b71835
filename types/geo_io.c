/* geo_io.c: text and binary forms of geometric types. */
#include "types/geo.h"

DECLARE_TYPE_IO(point);
DECLARE_TYPE_IO(lseg);
DECLARE_TYPE_IO(line);
DECLARE_TYPE_IO(box);
DECLARE_TYPE_IO(circle);
DECLARE_TYPE_IO(path);
DECLARE_TYPE_IO(polygon);
DECLARE_TYPE_IO(float8);

/* ---- values of many points ---- */

enum { PATH_HEADER = 8, POLYGON_HEADER = 8 + sizeof(GeoBox) };

static GeoPoints load_points(Str bytes, uint32_t header) {
    static const GeoPoint origin;
    GeoPoints p = {.count = 1, .points = (const char *)&origin};
    if (bytes.len < header + sizeof(GeoPoint))
        return p;
    p.count = MIN(load_le32(bytes.data), (uint32_t)((bytes.len - header) / sizeof(GeoPoint)));
    p.closed = load_le32(bytes.data + 4) != 0;
    p.points = bytes.data + header;
    if (header == POLYGON_HEADER)
        memcpy(&p.bound, bytes.data + PATH_HEADER, sizeof(p.bound));
    return p;
}
GeoPoints geo_path(Str bytes) { return load_points(bytes, PATH_HEADER); }
GeoPoints geo_polygon(Str bytes) { return load_points(bytes, POLYGON_HEADER); }

static Status store_points(Arena *arena, const char *points, uint32_t count, bool closed,
                           uint32_t header, char **data_out, Datum *value_out) {
    void *data;
    size_t bytes = header + (size_t)count * sizeof(GeoPoint);
    if (bytes > ARENA_ALLOC_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "too many points requested");
    TRY(arena_try_alloc(arena, bytes, &data));
    store_le32(data, count);
    store_le32((char *)data + 4, closed);
    memcpy((char *)data + header, points, (size_t)count * sizeof(GeoPoint));
    *data_out = data;
    *value_out = datum_str(data, bytes);
    return STATUS_OK;
}
Status geo_store_path(Arena *arena, const char *points, uint32_t count, bool closed,
                      Datum *value_out) {
    char *data;
    return store_points(arena, points, count, closed, PATH_HEADER, &data, value_out);
}
Status geo_store_polygon(Arena *arena, const char *points, uint32_t count, Datum *value_out) {
    char *data;
    GeoPoints p = {.count = count, .points = points};
    TRY(store_points(arena, points, count, true, POLYGON_HEADER, &data, value_out));
    p.bound = geo_points_bound(&p);
    memcpy(data + PATH_HEADER, &p.bound, sizeof(p.bound));
    return STATUS_OK;
}

/* ---- reading ---- */

typedef struct Scan {
    const char *at, *end, *text;
    const char *type;
} Scan;

static Scan scan_start(const char *text, size_t len, const char *type) {
    return (Scan){.at = text, .end = text + len, .text = text, .type = type};
}
static Status bad_input(const Scan *s) {
    return type_input_error(s->type, s->text, (size_t)(s->end - s->text));
}
static char peek(const Scan *s) { return s->at < s->end ? *s->at : '\0'; }
static void skip_space(Scan *s) {
    while (s->at < s->end && is_space(*s->at))
        s->at++;
}
static bool skip(Scan *s, char c) {
    if (peek(s) != c || s->at >= s->end)
        return false;
    s->at++;
    return true;
}
static Status expect(Scan *s, char c) { return skip(s, c) ? STATUS_OK : bad_input(s); }
static Status expect_end(const Scan *s) { return s->at < s->end ? bad_input(s) : STATUS_OK; }

/* The length of the number, NaN or infinity that the text begins with; 0: none. */
static size_t number_length(const char *p, const char *end) {
    static const char *const words[] = {"infinity", "inf", "nan"};
    const char *start = p;
    bool digits = false;
    if (p < end && (*p == '+' || *p == '-'))
        p++;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(end - p) >= n && text_is_word(p, n, words[i]))
            return (size_t)(p - start) + n;
    }
    for (; p < end && is_digit(*p); p++)
        digits = true;
    if (p < end && *p == '.')
        for (p++; p < end && is_digit(*p); p++)
            digits = true;
    if (!digits)
        return 0;
    if (p < end && (*p == 'e' || *p == 'E')) {
        const char *q = p + 1;
        if (q < end && (*q == '+' || *q == '-'))
            q++;
        if (q < end && is_digit(*q))
            for (p = q; p < end && is_digit(*p);)
                p++;
    }
    return (size_t)(p - start);
}
static Status scan_number(Scan *s, double *v_out) {
    skip_space(s);
    size_t n = number_length(s->at, s->end);
    if (n == 0)
        return bad_input(s);
    TRY(float8_parse(s->at, n, v_out));
    s->at += n;
    skip_space(s);
    return STATUS_OK;
}
/* x,y with or without parentheses. */
static Status scan_pair(Scan *s, GeoPoint *p_out) {
    skip_space(s);
    bool open = skip(s, '(');
    TRY(scan_number(s, &p_out->x));
    TRY(expect(s, ','));
    TRY(scan_number(s, &p_out->y));
    if (open) {
        TRY(expect(s, ')'));
        skip_space(s);
    }
    return STATUS_OK;
}
/* Whether no further parenthesis opens after the one here. */
static bool last_open(const Scan *s) {
    return memrchr(s->at, '(', (size_t)(s->end - s->at)) == s->at;
}
/* Points in (...), [...] or bare, each with or without parentheses. */
static Status scan_points(Scan *s, bool may_be_open, uint32_t count, GeoPoint *points,
                          bool *open_out) {
    bool nested = false;
    skip_space(s);
    *open_out = peek(s) == '[';
    if (*open_out) {
        if (!may_be_open)
            return bad_input(s);
        nested = true;
        s->at++;
    } else if (peek(s) == '(') {
        Scan inner = *s;
        inner.at++;
        skip_space(&inner);
        nested = peek(&inner) == '(' || last_open(s);
        if (nested)
            *s = inner;
    }
    for (uint32_t i = 0; i < count; i++) {
        TRY(scan_pair(s, &points[i]));
        skip(s, ',');
    }
    if (nested) {
        if (!skip(s, ')') && !(*open_out && skip(s, ']')))
            return bad_input(s);
        skip_space(s);
    }
    return STATUS_OK;
}
/* Points in a text by its commas: an odd number. 0: no such text. */
static uint32_t count_points(const Scan *s) {
    uint32_t commas = 0;
    for (const char *p = s->at; p < s->end; p++)
        commas += *p == ',';
    return commas % 2 == 1 ? (commas + 1) / 2 : 0;
}

Status point_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    GeoPoint p;
    Scan s = scan_start(text, len, "point");
    TRY(scan_pair(&s, &p));
    *value_out = geo_store(io->arena, &p, sizeof(p));
    return expect_end(&s);
}
static Status input_two(const char *text, size_t len, const char *type, bool may_be_open,
                        GeoPoint points[2]) {
    bool open;
    Scan s = scan_start(text, len, type);
    TRY(scan_points(&s, may_be_open, 2, points, &open));
    return expect_end(&s);
}
Status lseg_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    GeoPoint p[2];
    TRY(input_two(text, len, "lseg", true, p));
    *value_out = geo_store(io->arena, p, sizeof(p));
    return STATUS_OK;
}
Status box_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    GeoPoint p[2];
    TRY(input_two(text, len, "box", false, p));
    GeoBox box = geo_box_of(p[0], p[1]);
    *value_out = geo_store(io->arena, &box, sizeof(box));
    return STATUS_OK;
}
Status line_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    Geo g = {0};
    GeoLine line;
    Scan s = scan_start(text, len, "line");
    skip_space(&s);
    if (skip(&s, '{')) {
        TRY(scan_number(&s, &line.a));
        TRY(expect(&s, ','));
        TRY(scan_number(&s, &line.b));
        TRY(expect(&s, ','));
        TRY(scan_number(&s, &line.c));
        TRY(expect(&s, '}'));
        skip_space(&s);
        TRY(expect_end(&s));
        if (geo_zero(line.a) && geo_zero(line.b))
            return error(ERR_INVALID_TEXT_REPRESENTATION,
                         "invalid line specification: A and B cannot both be zero");
    } else {
        GeoPoint p[2];
        TRY(input_two(text, len, "line", true, p));
        if (geo_point_eq(p[0], p[1]))
            return error(ERR_INVALID_TEXT_REPRESENTATION,
                         "invalid line specification: must be two distinct points");
        line = geo_line_through(&g, p[0], geo_slope(&g, p[0], p[1]));
    }
    *value_out = geo_store(io->arena, &line, sizeof(line));
    return geo_status(&g);
}
static Status scan_circle(Scan *s, GeoCircle *c) {
    bool nested;
    skip_space(s);
    nested = skip(s, '<');
    if (!nested && peek(s) == '(') {
        Scan inner = *s;
        inner.at++;
        skip_space(&inner);
        nested = peek(&inner) == '(';
        if (nested)
            *s = inner;
    }
    TRY(scan_pair(s, &c->center));
    skip(s, ',');
    TRY(scan_number(s, &c->radius));
    if (c->radius < 0)
        return bad_input(s);
    if (nested) {
        if (!skip(s, ')') && !skip(s, '>'))
            return bad_input(s);
        skip_space(s);
    }
    return expect_end(s);
}
Status circle_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    GeoCircle c;
    Scan s = scan_start(text, len, "circle");
    TRY(scan_circle(&s, &c));
    *value_out = geo_store(io->arena, &c, sizeof(c));
    return STATUS_OK;
}
static Status alloc_points(TypeIo *io, uint32_t count, GeoPoint **points_out) {
    void *p;
    if ((size_t)count * sizeof(GeoPoint) > ARENA_ALLOC_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "too many points requested");
    TRY(arena_try_alloc(io->arena, (size_t)count * sizeof(GeoPoint), &p));
    *points_out = p;
    return STATUS_OK;
}
Status path_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    GeoPoint *points;
    bool open, nested = false;
    Scan s = scan_start(text, len, "path");
    uint32_t count = count_points(&s);
    if (count == 0)
        return bad_input(&s);
    TRY(alloc_points(io, count, &points));
    skip_space(&s);
    if (peek(&s) == '(' && last_open(&s)) {
        s.at++;
        nested = true;
    }
    TRY(scan_points(&s, true, count, points, &open));
    if (nested) {
        TRY(expect(&s, ')'));
        skip_space(&s);
    }
    TRY(expect_end(&s));
    return geo_store_path(io->arena, (const char *)points, count, !open, value_out);
}
Status polygon_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    GeoPoint *points;
    bool open;
    Scan s = scan_start(text, len, "polygon");
    uint32_t count = count_points(&s);
    if (count == 0)
        return bad_input(&s);
    TRY(alloc_points(io, count, &points));
    TRY(scan_points(&s, false, count, points, &open));
    TRY(expect_end(&s));
    return geo_store_polygon(io->arena, (const char *)points, count, value_out);
}

/* ---- writing ---- */

static Status put_number(TypeIo *io, double v, StrBuf *text) {
    return float8_output(io, (Datum){.f64 = v}, text);
}
static Status put_point(TypeIo *io, GeoPoint p, StrBuf *text) {
    strbuf_putc(text, '(');
    TRY(put_number(io, p.x, text));
    strbuf_putc(text, ',');
    TRY(put_number(io, p.y, text));
    strbuf_putc(text, ')');
    return STATUS_OK;
}
static Status put_points(TypeIo *io, const GeoPoints *p, StrBuf *text) {
    for (uint32_t i = 0; i < p->count; i++) {
        if (i > 0)
            strbuf_putc(text, ',');
        TRY(put_point(io, geo_points_at(p, i), text));
    }
    return STATUS_OK;
}
Status point_output(TypeIo *io, Datum value, StrBuf *text) {
    return put_point(io, geo_point(value.str), text);
}
Status lseg_output(TypeIo *io, Datum value, StrBuf *text) {
    GeoSegment s = geo_segment(value.str);
    strbuf_putc(text, '[');
    TRY(put_points(io, &(GeoPoints){.count = 2, .points = (const char *)&s}, text));
    strbuf_putc(text, ']');
    return STATUS_OK;
}
Status box_output(TypeIo *io, Datum value, StrBuf *text) {
    GeoBox b = geo_box(value.str);
    return put_points(io, &(GeoPoints){.count = 2, .points = (const char *)&b}, text);
}
Status line_output(TypeIo *io, Datum value, StrBuf *text) {
    GeoLine line = geo_line(value.str);
    strbuf_putc(text, '{');
    TRY(put_number(io, line.a, text));
    strbuf_putc(text, ',');
    TRY(put_number(io, line.b, text));
    strbuf_putc(text, ',');
    TRY(put_number(io, line.c, text));
    strbuf_putc(text, '}');
    return STATUS_OK;
}
Status circle_output(TypeIo *io, Datum value, StrBuf *text) {
    GeoCircle c = geo_circle(value.str);
    strbuf_putc(text, '<');
    TRY(put_point(io, c.center, text));
    strbuf_putc(text, ',');
    TRY(put_number(io, c.radius, text));
    strbuf_putc(text, '>');
    return STATUS_OK;
}
Status path_output(TypeIo *io, Datum value, StrBuf *text) {
    GeoPoints p = geo_path(value.str);
    strbuf_putc(text, p.closed ? '(' : '[');
    TRY(put_points(io, &p, text));
    strbuf_putc(text, p.closed ? ')' : ']');
    return STATUS_OK;
}
Status polygon_output(TypeIo *io, Datum value, StrBuf *text) {
    GeoPoints p = geo_polygon(value.str);
    strbuf_putc(text, '(');
    TRY(put_points(io, &p, text));
    strbuf_putc(text, ')');
    return STATUS_OK;
}

/* ---- binary ---- */

static void get_doubles(const uint8_t *bytes, size_t count, void *out) {
    for (size_t i = 0; i < count; i++) {
        uint64_t v = load_be64(bytes + 8 * i);
        memcpy((char *)out + 8 * i, &v, 8);
    }
}
static void put_doubles(const char *values, size_t count, StrBuf *bytes) {
    for (size_t i = 0; i < count; i++)
        strbuf_put_be64(bytes, load_le64(values + 8 * i));
}
/* Values of a fixed count of numbers. */
static Status receive_fixed(const uint8_t *bytes, size_t len, size_t count, void *out) {
    if (len < 8 * count)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    if (len != 8 * count)
        return type_receive_error();
    get_doubles(bytes, count, out);
    return STATUS_OK;
}
static Status send_fixed(Datum value, size_t count, StrBuf *bytes) {
    put_doubles(value.str.data, MIN(count, value.str.len / 8), bytes);
    return STATUS_OK;
}
Status point_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    GeoPoint p;
    TRY(receive_fixed(bytes, len, 2, &p));
    *value_out = geo_store(io->arena, &p, sizeof(p));
    return STATUS_OK;
}
Status lseg_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    GeoSegment s;
    TRY(receive_fixed(bytes, len, 4, &s));
    *value_out = geo_store(io->arena, &s, sizeof(s));
    return STATUS_OK;
}
Status box_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    GeoBox b;
    TRY(receive_fixed(bytes, len, 4, &b));
    b = geo_box_of(b.high, b.low);
    *value_out = geo_store(io->arena, &b, sizeof(b));
    return STATUS_OK;
}
Status line_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    GeoLine line;
    TRY(receive_fixed(bytes, len, 3, &line));
    if (geo_zero(line.a) && geo_zero(line.b))
        return error(ERR_INVALID_BINARY_REPRESENTATION,
                     "invalid line specification: A and B cannot both be zero");
    *value_out = geo_store(io->arena, &line, sizeof(line));
    return STATUS_OK;
}
Status circle_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    GeoCircle c;
    TRY(receive_fixed(bytes, len, 3, &c));
    if (c.radius < 0)
        return error(ERR_INVALID_BINARY_REPRESENTATION,
                     "invalid radius in external \"circle\" value");
    *value_out = geo_store(io->arena, &c, sizeof(c));
    return STATUS_OK;
}
Status point_send(TypeIo *io, Datum value, StrBuf *bytes) { return send_fixed(value, 2, bytes); }
Status lseg_send(TypeIo *io, Datum value, StrBuf *bytes) { return send_fixed(value, 4, bytes); }
Status box_send(TypeIo *io, Datum value, StrBuf *bytes) { return send_fixed(value, 4, bytes); }
Status line_send(TypeIo *io, Datum value, StrBuf *bytes) { return send_fixed(value, 3, bytes); }
Status circle_send(TypeIo *io, Datum value, StrBuf *bytes) { return send_fixed(value, 3, bytes); }

/* A count and that many points. */
static Status receive_points(TypeIo *io, const uint8_t *bytes, size_t len, uint32_t *count_out,
                             GeoPoint **points_out) {
    uint32_t count = len < 4 ? 0 : load_be32(bytes);
    if (len < 4)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    if (count == 0 || count >= INT32_MAX / sizeof(GeoPoint))
        return error(ERR_INVALID_BINARY_REPRESENTATION,
                     "invalid number of points in external \"%s\" value", io->type->name);
    if ((len - 4) / sizeof(GeoPoint) < count)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    if (len - 4 != count * sizeof(GeoPoint))
        return type_receive_error();
    TRY(alloc_points(io, count, points_out));
    get_doubles(bytes + 4, (size_t)count * 2, *points_out);
    *count_out = count;
    return STATUS_OK;
}
Status path_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    uint32_t count;
    GeoPoint *points;
    if (len < 1)
        return error(ERR_PROTOCOL_VIOLATION, "no data left in message");
    TRY(receive_points(io, bytes + 1, len - 1, &count, &points));
    return geo_store_path(io->arena, (const char *)points, count, bytes[0] != 0, value_out);
}
Status polygon_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    uint32_t count;
    GeoPoint *points;
    TRY(receive_points(io, bytes, len, &count, &points));
    return geo_store_polygon(io->arena, (const char *)points, count, value_out);
}
Status path_send(TypeIo *io, Datum value, StrBuf *bytes) {
    GeoPoints p = geo_path(value.str);
    strbuf_putc(bytes, p.closed);
    strbuf_put_be32(bytes, p.count);
    put_doubles(p.points, (size_t)p.count * 2, bytes);
    return STATUS_OK;
}
Status polygon_send(TypeIo *io, Datum value, StrBuf *bytes) {
    GeoPoints p = geo_polygon(value.str);
    strbuf_put_be32(bytes, p.count);
    put_doubles(p.points, (size_t)p.count * 2, bytes);
    return STATUS_OK;
}
