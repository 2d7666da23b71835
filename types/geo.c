/* geo.c: plane geometry: distances, meetings and nearest points. */
#include "types/geo.h"

double geo_div(Geo *g, double a, double b) {
    if (UNLIKELY(b == 0) && !isnan(a)) {
        geo_fault(g, GEO_DIVISION);
        return 0;
    }
    double r = a / b;
    if (UNLIKELY(isinf(r)) && !isinf(a))
        geo_fault(g, GEO_OVERFLOW);
    if (UNLIKELY(r == 0) && a != 0 && !isinf(b))
        geo_fault(g, GEO_UNDERFLOW);
    return r;
}
double geo_hypot(Geo *g, double x, double y) {
    if (isinf(x) || isinf(y))
        return INFINITY;
    if (isnan(x) || isnan(y))
        return NAN;
    double large = fmax(fabs(x), fabs(y)), small = fmin(fabs(x), fabs(y));
    if (small == 0)
        return large;
    double ratio = small / large, r = large * sqrt(1.0 + ratio * ratio);
    if (UNLIKELY(isinf(r)))
        geo_fault(g, GEO_OVERFLOW);
    return r;
}
Status geo_status(const Geo *g) {
    switch (g->fault) {
    case GEO_OVERFLOW:
        return float_overflow_error();
    case GEO_UNDERFLOW:
        return float_underflow_error();
    case GEO_DIVISION:
        return division_by_zero_error();
    case GEO_DEPTH:
        return fiber_stack_error();
    default:
        return STATUS_OK;
    }
}

/* ---- points ---- */

bool geo_point_eq(GeoPoint a, GeoPoint b) {
    if (UNLIKELY(isnan(a.x) || isnan(a.y) || isnan(b.x) || isnan(b.y)))
        return float_order(a.x, b.x) == 0 && float_order(a.y, b.y) == 0;
    return geo_eq(a.x, b.x) && geo_eq(a.y, b.y);
}
double geo_distance(Geo *g, GeoPoint a, GeoPoint b) {
    return geo_hypot(g, geo_sub(g, a.x, b.x), geo_sub(g, a.y, b.y));
}
double geo_slope(Geo *g, GeoPoint a, GeoPoint b) {
    if (geo_eq(a.x, b.x))
        return INFINITY;
    if (geo_eq(a.y, b.y))
        return 0;
    return geo_div(g, geo_sub(g, a.y, b.y), geo_sub(g, a.x, b.x));
}
double geo_normal_slope(Geo *g, GeoPoint a, GeoPoint b) {
    if (geo_eq(a.x, b.x))
        return 0;
    if (geo_eq(a.y, b.y))
        return INFINITY;
    return geo_div(g, geo_sub(g, a.x, b.x), geo_sub(g, b.y, a.y));
}
GeoPoint geo_point_add(Geo *g, GeoPoint a, GeoPoint b) {
    return (GeoPoint){geo_add(g, a.x, b.x), geo_add(g, a.y, b.y)};
}
GeoPoint geo_point_sub(Geo *g, GeoPoint a, GeoPoint b) {
    return (GeoPoint){geo_sub(g, a.x, b.x), geo_sub(g, a.y, b.y)};
}
GeoPoint geo_point_mul(Geo *g, GeoPoint a, GeoPoint b) {
    return (GeoPoint){geo_sub(g, geo_mul(g, a.x, b.x), geo_mul(g, a.y, b.y)),
                      geo_add(g, geo_mul(g, a.x, b.y), geo_mul(g, a.y, b.x))};
}
GeoPoint geo_point_div(Geo *g, GeoPoint a, GeoPoint b) {
    double norm = geo_add(g, geo_mul(g, b.x, b.x), geo_mul(g, b.y, b.y));
    return (GeoPoint){geo_div(g, geo_add(g, geo_mul(g, a.x, b.x), geo_mul(g, a.y, b.y)), norm),
                      geo_div(g, geo_sub(g, geo_mul(g, a.y, b.x), geo_mul(g, a.x, b.y)), norm)};
}
GeoPoint geo_middle(Geo *g, GeoPoint a, GeoPoint b) {
    return (GeoPoint){geo_div(g, geo_add(g, a.x, b.x), 2), geo_div(g, geo_add(g, a.y, b.y), 2)};
}

/* ---- lines ---- */

GeoLine geo_line_through(Geo *g, GeoPoint p, double slope) {
    if (isinf(slope))
        return (GeoLine){-1, 0, p.x};
    if (slope == 0)
        return (GeoLine){0, -1, p.y};
    double c = geo_sub(g, p.y, geo_mul(g, slope, p.x));
    return (GeoLine){slope, -1, c == 0 ? 0 : c};
}
/* Where they cross, by the line that is not vertical. */
static bool cross(Geo *g, const GeoLine *a, const GeoLine *b, GeoPoint *at) {
    if (geo_eq(b->a, geo_mul(g, a->a, geo_div(g, b->b, a->b))))
        return false;
    double over = geo_sub(g, geo_mul(g, a->b, b->c), geo_mul(g, b->b, a->c));
    double under = geo_sub(g, geo_mul(g, a->a, b->b), geo_mul(g, b->a, a->b));
    at->x = geo_div(g, over, under);
    at->y = geo_div(g, -geo_add(g, geo_mul(g, a->a, at->x), a->c), a->b);
    return true;
}
bool geo_line_meets_line(Geo *g, const GeoLine *a, const GeoLine *b, GeoPoint *at_out) {
    GeoPoint at;
    if (!geo_zero(a->b) ? !cross(g, a, b, &at) : geo_zero(b->b) || !cross(g, b, a, &at))
        return false;
    if (at_out != NULL)
        *at_out = (GeoPoint){at.x == 0 ? 0 : at.x, at.y == 0 ? 0 : at.y};
    return true;
}
bool geo_line_has(Geo *g, const GeoLine *line, GeoPoint p) {
    double sum = geo_add(g, geo_mul(g, line->a, p.x), geo_mul(g, line->b, p.y));
    return geo_zero(geo_add(g, sum, line->c));
}
static double line_normal_slope(Geo *g, const GeoLine *line) {
    if (geo_zero(line->a))
        return INFINITY;
    return geo_zero(line->b) ? 0 : geo_div(g, line->b, line->a);
}
double geo_line_near_point(Geo *g, const GeoLine *line, GeoPoint p, GeoPoint *near_out) {
    GeoPoint foot;
    GeoLine upright = geo_line_through(g, p, line_normal_slope(g, line));
    bool found = geo_line_meets_line(g, &upright, line, &foot);
    if (near_out != NULL)
        *near_out = found ? foot : p;
    return found ? geo_distance(g, foot, p) : NAN;
}

/* ---- segments ---- */

bool geo_segment_has(Geo *g, const GeoSegment *s, GeoPoint p) {
    return geo_eq(geo_distance(g, p, s->a) + geo_distance(g, p, s->b), geo_distance(g, s->a, s->b));
}
bool geo_segment_meets_line(Geo *g, const GeoSegment *s, const GeoLine *line, GeoPoint *at_out) {
    GeoPoint at;
    GeoLine along = geo_line_through(g, s->a, geo_slope(g, s->a, s->b));
    if (!geo_line_meets_line(g, &along, line, &at) || !geo_segment_has(g, s, at))
        return false;
    if (at_out != NULL) /* an end is given back exactly */
        *at_out = geo_point_eq(s->a, at) ? s->a : geo_point_eq(s->b, at) ? s->b : at;
    return true;
}
bool geo_segment_meets(Geo *g, const GeoSegment *s, const GeoSegment *t, GeoPoint *at_out) {
    GeoPoint at;
    GeoLine along = geo_line_through(g, t->a, geo_slope(g, t->a, t->b));
    if (!geo_segment_meets_line(g, s, &along, &at) || !geo_segment_has(g, t, at))
        return false;
    if (at_out != NULL)
        *at_out = at;
    return true;
}
double geo_segment_near_line(Geo *g, const GeoSegment *s, const GeoLine *line, GeoPoint *near_out) {
    if (geo_segment_meets_line(g, s, line, near_out))
        return 0;
    double a = geo_line_near_point(g, line, s->a, NULL);
    double b = geo_line_near_point(g, line, s->b, NULL);
    if (near_out != NULL)
        *near_out = a < b ? s->a : s->b;
    return a < b ? a : b;
}
double geo_segment_near_point(Geo *g, const GeoSegment *s, GeoPoint p, GeoPoint *near_out) {
    GeoPoint near;
    GeoLine upright = geo_line_through(g, p, geo_normal_slope(g, s->a, s->b));
    geo_segment_near_line(g, s, &upright, &near);
    if (near_out != NULL)
        *near_out = near;
    return geo_distance(g, near, p);
}
double geo_segment_near_segment(Geo *g, const GeoSegment *s, const GeoSegment *to,
                                GeoPoint *near_out) {
    GeoPoint candidates[4], at;
    if (geo_segment_meets(g, s, to, near_out))
        return 0;
    candidates[2] = s->a;
    candidates[3] = s->b;
    double distances[4] = {geo_segment_near_point(g, s, to->a, &candidates[0]),
                           geo_segment_near_point(g, s, to->b, &candidates[1]),
                           geo_segment_near_point(g, to, s->a, NULL),
                           geo_segment_near_point(g, to, s->b, NULL)};
    int best = 0;
    for (int i = 1; i < 4; i++)
        if (float_order(distances[i], distances[best]) < 0)
            best = i;
    at = candidates[best];
    if (near_out != NULL)
        *near_out = at;
    return distances[best];
}

/* ---- boxes and figures ---- */

GeoBox geo_box_of(GeoPoint a, GeoPoint b) {
    bool ax = float_order(a.x, b.x) > 0, ay = float_order(a.y, b.y) > 0;
    return (GeoBox){.high = {ax ? a.x : b.x, ay ? a.y : b.y},
                    .low = {ax ? b.x : a.x, ay ? b.y : a.y}};
}
bool geo_box_overlaps(const GeoBox *a, const GeoBox *b) {
    return geo_le(a->low.x, b->high.x) && geo_le(b->low.x, a->high.x) &&
           geo_le(a->low.y, b->high.y) && geo_le(b->low.y, a->high.y);
}
bool geo_box_contains(const GeoBox *a, const GeoBox *b) {
    return geo_ge(a->high.x, b->high.x) && geo_le(a->low.x, b->low.x) &&
           geo_ge(a->high.y, b->high.y) && geo_le(a->low.y, b->low.y);
}
bool geo_box_has(const GeoBox *box, GeoPoint p) {
    return box->high.x >= p.x && box->low.x <= p.x && box->high.y >= p.y && box->low.y <= p.y;
}
GeoBox geo_points_bound(const GeoPoints *p) {
    GeoPoint first = geo_points_at(p, 0);
    GeoBox box = {first, first};
    for (uint32_t i = 1; i < p->count; i++) {
        GeoPoint q = geo_points_at(p, i);
        box.high = (GeoPoint){geo_max(q.x, box.high.x), geo_max(q.y, box.high.y)};
        box.low = (GeoPoint){geo_min(q.x, box.low.x), geo_min(q.y, box.low.y)};
    }
    return box;
}

enum { ON_BORDER = 1000 };
/*
 * How a side from `from` to `to` crosses the ray from the origin along +x: +-2 across it, +-1 where an
 * end lies on it, 0 not at all, ON_BORDER where the side goes through the origin.
 */
static int crossing(Geo *g, GeoPoint to, GeoPoint from) {
    if (geo_zero(to.y)) {
        if (geo_zero(to.x))
            return ON_BORDER;
        bool right = geo_gt(to.x, 0);
        if (geo_zero(from.y))
            return (right ? geo_gt(from.x, 0) : geo_lt(from.x, 0)) ? 0 : ON_BORDER;
        return !right ? 0 : geo_lt(from.y, 0) ? 1 : -1;
    }
    int sign = geo_gt(to.y, 0) ? 1 : -1;
    if (geo_zero(from.y))
        return geo_lt(from.x, 0) ? 0 : sign;
    if (sign < 0 ? geo_lt(from.y, 0) : geo_gt(from.y, 0))
        return 0;
    if (geo_ge(to.x, 0) && geo_gt(from.x, 0))
        return 2 * sign;
    if (geo_lt(to.x, 0) && geo_le(from.x, 0))
        return 0;
    double z = geo_sub(g, geo_mul(g, geo_sub(g, to.x, from.x), to.y),
                       geo_mul(g, geo_sub(g, to.y, from.y), to.x));
    if (geo_zero(z))
        return ON_BORDER;
    return (sign < 0 ? geo_lt(z, 0) : geo_gt(z, 0)) ? 0 : 2 * sign;
}
int geo_points_enclose(Geo *g, const GeoPoints *p, GeoPoint q) {
    int64_t total = 0;
    GeoPoint from = geo_point_sub(g, geo_points_at(p, 0), q);
    for (uint32_t i = 1; i <= p->count; i++) {
        GeoPoint to = geo_point_sub(g, geo_points_at(p, i == p->count ? 0 : i), q);
        int c = crossing(g, to, from);
        if (c == ON_BORDER)
            return 2;
        total += c;
        from = to;
    }
    return total != 0;
}
