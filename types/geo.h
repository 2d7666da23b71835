/*
 * geo.h: geometric values. Private to types/.
 *
 *   point    x, y            lseg     two points         line    A, B, C of Ax + By + C = 0
 *   box      high, low       circle   centre, radius     (each number an IEEE double)
 *   path     uint32 count, uint32 closed, points
 *   polygon  uint32 count, uint32 1, bounding box, points
 *
 * Lengths are compared with a tolerance of 1e-6, as PostgreSQL does. Arithmetic that leaves the range
 * of a double is an error: a Geo collects the first one, so formulas stay formulas; what is computed
 * after a fault is discarded by geo_status.
 */
#ifndef TYPES_GEO_H
#define TYPES_GEO_H

#include "types/float.h"

#include <math.h>

typedef enum GeoFault { GEO_FINE, GEO_OVERFLOW, GEO_UNDERFLOW, GEO_DIVISION, GEO_DEPTH } GeoFault;
typedef struct Geo {
    GeoFault fault;
} Geo;

typedef struct GeoPoint {
    double x, y;
} GeoPoint;
typedef struct GeoSegment {
    GeoPoint a, b;
} GeoSegment;
typedef struct GeoLine {
    double a, b, c;
} GeoLine;
typedef struct GeoBox {
    GeoPoint high, low;
} GeoBox;
typedef struct GeoCircle {
    GeoPoint center;
    double radius;
} GeoCircle;
/* A path or a polygon: its points lie in the value. */
typedef struct GeoPoints {
    uint32_t count; /* at least 1 */
    bool closed;
    const char *points;
    GeoBox bound; /* of polygons only */
} GeoPoints;

#define GEO_TOLERANCE 1e-6
static inline bool geo_zero(double a) { return fabs(a) <= GEO_TOLERANCE; }
static inline bool geo_eq(double a, double b) { return a == b || fabs(a - b) <= GEO_TOLERANCE; }
static inline bool geo_ne(double a, double b) { return a != b && fabs(a - b) > GEO_TOLERANCE; }
static inline bool geo_lt(double a, double b) { return a + GEO_TOLERANCE < b; }
static inline bool geo_le(double a, double b) { return a <= b + GEO_TOLERANCE; }
static inline bool geo_gt(double a, double b) { return a > b + GEO_TOLERANCE; }
static inline bool geo_ge(double a, double b) { return a + GEO_TOLERANCE >= b; }
/* NaN is the greatest. */
static inline double geo_min(double a, double b) { return float_order(a, b) < 0 ? a : b; }
static inline double geo_max(double a, double b) { return float_order(a, b) > 0 ? a : b; }

static inline void geo_fault(Geo *g, GeoFault fault) {
    if (g->fault == GEO_FINE)
        g->fault = fault;
}
static inline double geo_add(Geo *g, double a, double b) {
    double r = a + b;
    if (UNLIKELY(isinf(r)) && !isinf(a) && !isinf(b))
        geo_fault(g, GEO_OVERFLOW);
    return r;
}
static inline double geo_sub(Geo *g, double a, double b) {
    double r = a - b;
    if (UNLIKELY(isinf(r)) && !isinf(a) && !isinf(b))
        geo_fault(g, GEO_OVERFLOW);
    return r;
}
static inline double geo_mul(Geo *g, double a, double b) {
    double r = a * b;
    if (UNLIKELY(isinf(r)) && !isinf(a) && !isinf(b))
        geo_fault(g, GEO_OVERFLOW);
    if (UNLIKELY(r == 0) && a != 0 && b != 0)
        geo_fault(g, GEO_UNDERFLOW);
    return r;
}
double geo_div(Geo *g, double a, double b);
double geo_hypot(Geo *g, double x, double y);
/* The error behind the fault, if any. Errors: 22003, 22012, 54001. */
Status geo_status(const Geo *g);

#define GEO_LOADER(suffix, type)                                                                   \
    static inline type geo_##suffix(Str bytes) {                                                   \
        type v = {0};                                                                              \
        memcpy(&v, bytes.data, MIN(bytes.len, sizeof(v)));                                         \
        return v;                                                                                  \
    }
GEO_LOADER(point, GeoPoint)
GEO_LOADER(segment, GeoSegment)
GEO_LOADER(line, GeoLine)
GEO_LOADER(box, GeoBox)
GEO_LOADER(circle, GeoCircle)
#undef GEO_LOADER
static inline GeoPoint geo_points_at(const GeoPoints *p, uint32_t i) {
    GeoPoint v;
    memcpy(&v, p->points + (size_t)i * sizeof(v), sizeof(v));
    return v;
}
/* The side that ends at point i; the one of point 0 closes the figure. */
static inline GeoSegment geo_points_side(const GeoPoints *p, uint32_t i) {
    return (GeoSegment){geo_points_at(p, i == 0 ? p->count - 1 : i - 1), geo_points_at(p, i)};
}
/* The first side there is: open paths lack side 0. */
static inline uint32_t geo_points_first(const GeoPoints *p) { return p->closed ? 0 : 1; }
GeoPoints geo_path(Str bytes);
GeoPoints geo_polygon(Str bytes);
/* Values from points[0..count), which need not be aligned. Errors: 54000, 53200. */
Status geo_store_path(Arena *arena, const char *points, uint32_t count, bool closed,
                      Datum *value_out);
Status geo_store_polygon(Arena *arena, const char *points, uint32_t count, Datum *value_out);
static inline Datum geo_store(Arena *arena, const void *value, size_t bytes) {
    return datum_str(memcpy(arena_alloc(arena, bytes), value, bytes), bytes);
}

/* Points. */
bool geo_point_eq(GeoPoint a, GeoPoint b);
double geo_distance(Geo *g, GeoPoint a, GeoPoint b);
/* dy/dx, infinite for vertical ones; and the slope of what stands upright on it. */
double geo_slope(Geo *g, GeoPoint a, GeoPoint b);
double geo_normal_slope(Geo *g, GeoPoint a, GeoPoint b);
GeoPoint geo_point_add(Geo *g, GeoPoint a, GeoPoint b);
GeoPoint geo_point_sub(Geo *g, GeoPoint a, GeoPoint b);
/* As complex numbers. */
GeoPoint geo_point_mul(Geo *g, GeoPoint a, GeoPoint b);
GeoPoint geo_point_div(Geo *g, GeoPoint a, GeoPoint b);
GeoPoint geo_middle(Geo *g, GeoPoint a, GeoPoint b);

/* Lines and segments. at_out and near_out may be NULL. */
GeoLine geo_line_through(Geo *g, GeoPoint p, double slope);
bool geo_line_meets_line(Geo *g, const GeoLine *a, const GeoLine *b, GeoPoint *at_out);
bool geo_line_has(Geo *g, const GeoLine *line, GeoPoint p);
/* The distance, NaN where there is none, and the nearest point. */
double geo_line_near_point(Geo *g, const GeoLine *line, GeoPoint p, GeoPoint *near_out);
bool geo_segment_has(Geo *g, const GeoSegment *s, GeoPoint p);
bool geo_segment_meets_line(Geo *g, const GeoSegment *s, const GeoLine *line, GeoPoint *at_out);
bool geo_segment_meets(Geo *g, const GeoSegment *s, const GeoSegment *t, GeoPoint *at_out);
/* Distances from a segment, with the nearest point on it. */
double geo_segment_near_line(Geo *g, const GeoSegment *s, const GeoLine *line, GeoPoint *near_out);
double geo_segment_near_point(Geo *g, const GeoSegment *s, GeoPoint p, GeoPoint *near_out);
double geo_segment_near_segment(Geo *g, const GeoSegment *s, const GeoSegment *to,
                                GeoPoint *near_out);

/* Boxes. */
GeoBox geo_box_of(GeoPoint a, GeoPoint b);
bool geo_box_overlaps(const GeoBox *a, const GeoBox *b);
bool geo_box_contains(const GeoBox *a, const GeoBox *b);
bool geo_box_has(const GeoBox *box, GeoPoint p);
GeoBox geo_points_bound(const GeoPoints *p);

/* 0 outside, 1 inside, 2 on the border of the closed figure. */
int geo_points_enclose(Geo *g, const GeoPoints *p, GeoPoint q);

static inline Status geo_ret(FnCall *call, const Geo *g, const void *value, size_t bytes) {
    call->result = geo_store(call->arena, value, bytes);
    return geo_status(g);
}
static inline Status geo_ret_f64(FnCall *call, const Geo *g, double v) {
    call->result.f64 = v;
    return geo_status(g);
}
static inline Status geo_ret_bool(FnCall *call, const Geo *g, bool v) {
    call->result.b = v;
    return geo_status(g);
}
/* A nearest point: NULL where the distance is no number. */
static inline Status geo_ret_near(FnCall *call, const Geo *g, double distance, GeoPoint near) {
    call->result_null = isnan(distance);
    return geo_ret(call, g, &near, sizeof(near));
}

#define ARG_POINT(n) geo_point(ARG_STR(n))
#define ARG_SEGMENT(n) geo_segment(ARG_STR(n))
#define ARG_LINE(n) geo_line(ARG_STR(n))
#define ARG_BOX(n) geo_box(ARG_STR(n))
#define ARG_CIRCLE(n) geo_circle(ARG_STR(n))
#define ARG_PATH(n) geo_path(ARG_STR(n))
#define ARG_POLYGON(n) geo_polygon(ARG_STR(n))

#endif
