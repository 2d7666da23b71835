/*
 * gin_box.c: keys of geometric values: the cell of the plane that their bounding box lies in.
 *
 * A coordinate is a number of 32 bits, the first ones of the double, ordered; x and y interleaved are a
 * place on a curve through all cells (Morton's). A cell of level n has the places that agree in their
 * first 2n bits; a box belongs to the smallest cell that has all of it. Boxes that meet a region lie in the
 * cells it covers or in cells around those: the region is divided into a few cells, each of which is
 * a range of keys, and the cells around them are keys of their own. Boxes with a NaN have a key of theirs
 * which every query asks for.
 */
#include "types/gin_int.h"

#include "types/cube.h"
#include "types/geo.h"

#define OID_POINT 600u
#define OID_BOX 603u
#define OID_POLYGON 604u
#define OID_CIRCLE 718u
#define LEVELS 32
#define CELLS_MAX 64u

bool gin_box_answers(int16_t strategy) {
    switch (strategy) {
    case 28: /* a point in a box, under another, over another; in a polygon, in a circle */
    case 29:
    case 30:
    case 48:
    case 68:
        return true;
    default:
        return strategy >= 1 && strategy <= 12;
    }
}

static uint32_t coordinate(double v) {
    uint64_t bits;
    v = v == 0 ? 0 : v; /* no negative zero */
    memcpy(&bits, &v, 8);
    bits = bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
    return (uint32_t)(bits >> 32);
}

static uint64_t spread(uint32_t v) {
    uint64_t x = v;
    x = (x | x << 16) & UINT64_C(0x0000ffff0000ffff);
    x = (x | x << 8) & UINT64_C(0x00ff00ff00ff00ff);
    x = (x | x << 4) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    x = (x | x << 2) & UINT64_C(0x3333333333333333);
    return (x | x << 1) & UINT64_C(0x5555555555555555);
}
static uint64_t place(uint32_t x, uint32_t y) { return spread(x) << 1 | spread(y); }

static bool has_nan(const GeoBox *b) {
    return isnan(b->low.x) || isnan(b->low.y) || isnan(b->high.x) || isnan(b->high.y);
}

static GeoBox bound_of(Oid type, Datum value) {
    if (type == OID_BOX)
        return geo_box(value.str);
    if (type == OID_POLYGON)
        return geo_polygon(value.str).bound;
    if (type == OID_CIRCLE) {
        GeoCircle c = geo_circle(value.str);
        return (GeoBox){{c.center.x + c.radius, c.center.y + c.radius},
                        {c.center.x - c.radius, c.center.y - c.radius}};
    }
    GeoPoint p = geo_point(value.str);
    return (GeoBox){p, p};
}

/* The first place of the cell, and its level. */
static Str cell_key(KeyMaker *m, uint64_t first, int level) {
    gin_begin(m, KEY_CELL);
    strbuf_put_be64(&m->buf, first);
    strbuf_putc(&m->buf, (char)level);
    return str_make(arena_memdup(m->arena, strbuf_cstr(&m->buf), m->buf.len), m->buf.len);
}
static uint64_t cell_mask(int level) {
    return level == LEVELS ? 0 : UINT64_MAX >> (2 * level);
}

static Status box_keys(KeyMaker *m, GeoBox b, bool odd) {
    if (odd || has_nan(&b)) {
        gin_put_marker(m, KEY_NULL);
        return STATUS_OK;
    }
    uint64_t low = place(coordinate(b.low.x), coordinate(b.low.y)),
             high = place(coordinate(b.high.x), coordinate(b.high.y));
    int level = low == high ? LEVELS : __builtin_clzll(low ^ high) / 2;
    Str key = cell_key(m, low & ~cell_mask(level), level);
    vec_push(m->keys, m->arena, key);
    return STATUS_OK;
}

/* What is in a polygon without an end has no bounds. */
static bool has_no_end(Oid type, const GeoBox *b) {
    return type == OID_POLYGON && (isinf(b->low.x) || isinf(b->low.y) || isinf(b->high.x) ||
                                   isinf(b->high.y));
}

Status gin_box_keys(KeyMaker *m, Datum value) {
    GeoBox b = bound_of(m->column->type->oid, value);
    return box_keys(m, b, has_no_end(m->column->type->oid, &b));
}

static GeoBox cube_bound(Str cube) {
    return (GeoBox){{cube_high(cube, 0), cube_high(cube, 1)}, {cube_low(cube, 0), cube_low(cube, 1)}};
}

/* Those of fewer dimensions are among what every query asks for. */
Status gin_cube_keys(KeyMaker *m, Datum value) {
    return box_keys(m, cube_bound(value.str), cube_dim(value.str) < 2);
}

/* ---- queries ---- */

typedef struct Region {
    uint32_t x_low, x_high, y_low, y_high;
} Region;

typedef struct Cell {
    uint32_t x, y; /* its lower corner */
    int level;
} Cell;

static uint32_t cell_side(const Cell *c) {
    return c->level == 0 ? UINT32_MAX : c->level == LEVELS ? 0 : UINT32_MAX >> c->level;
}
static bool meets(const Cell *c, const Region *r) {
    uint32_t side = cell_side(c);
    return c->x <= r->x_high && c->x + side >= r->x_low && c->y <= r->y_high &&
           c->y + side >= r->y_low;
}
static bool inside(const Cell *c, const Region *r) {
    uint32_t side = cell_side(c);
    return c->x >= r->x_low && c->x + side <= r->x_high && c->y >= r->y_low &&
           c->y + side <= r->y_high;
}

static void add_node(KeyMaker *m, GinNode *any, uint64_t first, int level, bool whole) {
    GinNode *leaf = gin_leaf(m->arena, whole ? GIN_RANGE : GIN_KEY, cell_key(m, first, level));
    if (whole)
        leaf->high = cell_key(m, first | cell_mask(level), LEVELS);
    any->items[any->count++] = leaf;
}

/* Level by level: cells that the region only meets are divided while there are few of them. */
static void add_cells(KeyMaker *m, GinNode *any, const Region *r) {
    Cell open[CELLS_MAX + 4] = {{0, 0, 0}}, next[CELLS_MAX + 4];
    uint32_t count = 1;
    while (count > 0) {
        uint32_t more = 0;
        for (uint32_t i = 0; i < count; i++) {
            const Cell *c = &open[i];
            uint64_t first = place(c->x, c->y);
            if (c->level == LEVELS || inside(c, r) || more + (count - i) + 3 > CELLS_MAX / 4) {
                add_node(m, any, first, c->level, true);
                continue;
            }
            add_node(m, any, first, c->level, false);
            uint32_t half = c->level + 1 == LEVELS ? 1 : UINT32_C(1) << (31 - c->level);
            for (uint32_t q = 0; q < 4; q++) {
                Cell part = {c->x + (q & 2 ? half : 0), c->y + (q & 1 ? half : 0), c->level + 1};
                if (meets(&part, r))
                    next[more++] = part;
            }
        }
        memcpy(open, next, more * sizeof(Cell));
        count = more;
    }
}

/* What the bounding box of a value must meet. */
static GeoBox wanted_box(int16_t strategy, const GeoBox *q) {
    GeoBox w = {{INFINITY, INFINITY}, {-INFINITY, -INFINITY}};
    switch (strategy) {
    case 1:
        w.high.x = q->low.x;
        break;
    case 2:
        w.high.x = q->high.x;
        break;
    case 4:
        w.low.x = q->low.x;
        break;
    case 5:
        w.low.x = q->high.x;
        break;
    case 9:
        w.high.y = q->high.y;
        break;
    case 10:
    case 29:
        w.high.y = q->low.y;
        break;
    case 11:
    case 30:
        w.low.y = q->high.y;
        break;
    case 12:
        w.low.y = q->low.y;
        break;
    default:
        return *q;
    }
    return w;
}

static Status box_query(KeyMaker *m, GeoBox q, GinNode **out) {
    const double slack = 4 * GEO_TOLERANCE;
    if (has_nan(&q)) {
        *out = gin_leaf(m->arena, GIN_ALL, (Str){0});
        return STATUS_OK;
    }
    Region r = {coordinate(q.low.x - slack), coordinate(q.high.x + slack),
                coordinate(q.low.y - slack), coordinate(q.high.y + slack)};
    GinNode *any = *out = gin_leaf(m->arena, GIN_OR, (Str){0});
    any->items = arena_array(m->arena, GinNode *, CELLS_MAX * (LEVELS + 1));
    add_cells(m, any, &r);
    gin_begin(m, KEY_NULL);
    Str key = str_make(arena_memdup(m->arena, strbuf_cstr(&m->buf), m->buf.len), m->buf.len);
    any->items[any->count++] = gin_leaf(m->arena, GIN_KEY, key);
    return STATUS_OK;
}

Status gin_box_query(KeyMaker *m, int16_t strategy, Datum query, Oid query_type, GinNode **out) {
    GeoBox q = bound_of(query_type, query);
    if (has_no_end(query_type, &q)) {
        *out = gin_leaf(m->arena, GIN_ALL, (Str){0});
        return STATUS_OK;
    }
    return box_query(m, has_nan(&q) ? q : wanted_box(strategy, &q), out);
}

/* Overlaps, equal, contains, contained. */
bool gin_cube_answers(int16_t strategy) {
    return strategy == 3 || (strategy >= 6 && strategy <= 8);
}

/* A box contains another whatever it has in dimensions that the other lacks. */
Status gin_cube_query(KeyMaker *m, int16_t strategy, Datum query, GinNode **out) {
    GeoBox q = cube_bound(query.str);
    uint32_t dim = cube_dim(query.str);
    if (strategy == 7 && dim < 1) {
        q.low.x = -INFINITY;
        q.high.x = INFINITY;
    }
    if (strategy == 7 && dim < 2) {
        q.low.y = -INFINITY;
        q.high.y = INFINITY;
    }
    return box_query(m, q, out);
}
