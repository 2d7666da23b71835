/* geo_path.c: functions of paths and polygons. */
#include "types/geo.h"

/* ---- paths ---- */

#define BY_COUNT(name, relation)                                                                   \
    SCALAR(name) { return ret_bool(call, ARG_PATH(0).count relation ARG_PATH(1).count); }
BY_COUNT(path_n_lt, <)
BY_COUNT(path_n_le, <=)
BY_COUNT(path_n_eq, ==)
BY_COUNT(path_n_ge, >=)
BY_COUNT(path_n_gt, >)
SCALAR(path_isclosed) { return ret_bool(call, ARG_PATH(0).closed); }
SCALAR(path_isopen) { return ret_bool(call, !ARG_PATH(0).closed); }
SCALAR(path_npoints) { return ret_i32(call, (int32_t)ARG_PATH(0).count); }
static Status with_end(FnCall *call, bool closed) {
    GeoPoints p = ARG_PATH(0);
    return geo_store_path(call->arena, p.points, p.count, closed, &call->result);
}
SCALAR(path_close) { return with_end(call, true); }
SCALAR(path_open) { return with_end(call, false); }
SCALAR(path_area) {
    Geo g = {0};
    GeoPoints p = ARG_PATH(0);
    double area = 0;
    if (!p.closed)
        return ret_null(call);
    for (uint32_t i = 0; i < p.count; i++) {
        GeoPoint a = geo_points_at(&p, i), b = geo_points_at(&p, i + 1 == p.count ? 0 : i + 1);
        area = geo_add(&g, area, geo_mul(&g, a.x, b.y));
        area = geo_sub(&g, area, geo_mul(&g, a.y, b.x));
    }
    area = geo_div(&g, fabs(area), 2);
    return geo_ret_f64(call, &g, area);
}
SCALAR(path_length) {
    Geo g = {0};
    GeoPoints p = ARG_PATH(0);
    double sum = 0;
    for (uint32_t i = geo_points_first(&p); i < p.count; i++) {
        GeoSegment s = geo_points_side(&p, i);
        sum = geo_add(&g, sum, geo_distance(&g, s.a, s.b));
    }
    return geo_ret_f64(call, &g, sum);
}
static bool sides_meet(Geo *g, const GeoPoints *p, const GeoPoints *q) {
    for (uint32_t i = geo_points_first(p); i < p->count; i++) {
        GeoSegment s = geo_points_side(p, i);
        for (uint32_t j = geo_points_first(q); j < q->count; j++) {
            GeoSegment t = geo_points_side(q, j);
            if (geo_segment_meets(g, &s, &t, NULL))
                return true;
        }
    }
    return false;
}
/* The distance between the nearest sides; false: one has no side. */
static bool sides_distance(Geo *g, const GeoPoints *p, const GeoPoints *q, double *best_out) {
    bool any = false;
    for (uint32_t i = geo_points_first(p); i < p->count; i++) {
        GeoSegment s = geo_points_side(p, i);
        for (uint32_t j = geo_points_first(q); j < q->count; j++) {
            GeoSegment t = geo_points_side(q, j);
            double d = geo_segment_near_segment(g, &s, &t, NULL);
            if (!any || float_order(d, *best_out) < 0)
                *best_out = d;
            any = true;
        }
    }
    return any;
}
SCALAR(path_inter) {
    Geo g = {0};
    GeoPoints p = ARG_PATH(0), q = ARG_PATH(1);
    GeoBox a = geo_points_bound(&p), b = geo_points_bound(&q);
    bool meet = geo_box_overlaps(&a, &b) && sides_meet(&g, &p, &q);
    return geo_ret_bool(call, &g, meet);
}
SCALAR(path_distance) {
    Geo g = {0};
    GeoPoints p = ARG_PATH(0), q = ARG_PATH(1);
    double d = 0;
    call->result_null = !sides_distance(&g, &p, &q, &d);
    return geo_ret_f64(call, &g, d);
}
static double sides_near_point(Geo *g, const GeoPoints *p, GeoPoint q) {
    double best = 0;
    uint32_t first = geo_points_first(p);
    for (uint32_t i = first; i < p->count; i++) {
        GeoSegment s = geo_points_side(p, i);
        double d = geo_segment_near_point(g, &s, q, NULL);
        if (i == first || float_order(d, best) < 0)
            best = d;
    }
    return best;
}
static Status point_path(FnCall *call, GeoPoint q, GeoPoints p) {
    Geo g = {0};
    double d = sides_near_point(&g, &p, q);
    return geo_ret_f64(call, &g, d);
}
SCALAR(dist_ppath) { return point_path(call, ARG_POINT(0), ARG_PATH(1)); }
SCALAR(dist_pathp) { return point_path(call, ARG_POINT(1), ARG_PATH(0)); }
SCALAR(on_ppath) {
    Geo g = {0};
    GeoPoint q = ARG_POINT(0);
    GeoPoints p = ARG_PATH(1);
    bool on = false;
    if (p.closed)
        on = geo_points_enclose(&g, &p, q) != 0;
    for (uint32_t i = 1; i < p.count && !p.closed && !on; i++) {
        GeoSegment s = geo_points_side(&p, i);
        double sum = geo_add(&g, geo_distance(&g, q, s.a), geo_distance(&g, q, s.b));
        on = geo_eq(sum, geo_distance(&g, s.a, s.b));
    }
    return geo_ret_bool(call, &g, on);
}
SCALAR(path_add) {
    GeoPoints p = ARG_PATH(0), q = ARG_PATH(1);
    char *points;
    if (p.closed || q.closed)
        return ret_null(call);
    size_t a = p.count * sizeof(GeoPoint), b = q.count * sizeof(GeoPoint);
    if (a + b > ARENA_ALLOC_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "too many points requested");
    TRY(call_alloc(call, a + b, &points));
    memcpy(points, p.points, a);
    memcpy(points + a, q.points, b);
    return geo_store_path(call->arena, points, p.count + q.count, false, &call->result);
}
static Status move_path(FnCall *call, GeoPoint (*of)(Geo *g, GeoPoint a, GeoPoint b)) {
    Geo g = {0};
    GeoPoints p = ARG_PATH(0);
    GeoPoint by = ARG_POINT(1);
    char *points;
    TRY(call_alloc(call, p.count * sizeof(GeoPoint), &points));
    for (uint32_t i = 0; i < p.count; i++) {
        GeoPoint to = of(&g, geo_points_at(&p, i), by);
        memcpy(points + i * sizeof(to), &to, sizeof(to));
    }
    TRY(geo_status(&g));
    return geo_store_path(call->arena, points, p.count, p.closed, &call->result);
}
SCALAR(path_add_pt) { return move_path(call, geo_point_add); }
SCALAR(path_sub_pt) { return move_path(call, geo_point_sub); }
SCALAR(path_mul_pt) { return move_path(call, geo_point_mul); }
SCALAR(path_div_pt) { return move_path(call, geo_point_div); }
SCALAR(path_poly) {
    GeoPoints p = ARG_PATH(0);
    if (!p.closed)
        return error(ERR_INVALID_PARAMETER_VALUE, "open path cannot be converted to polygon");
    return geo_store_polygon(call->arena, p.points, p.count, &call->result);
}

/* ---- polygons ---- */

#define BY_BOUND(name, condition)                                                                  \
    SCALAR(name) {                                                                                 \
        GeoBox a = ARG_POLYGON(0).bound, b = ARG_POLYGON(1).bound;                                 \
        return ret_bool(call, condition);                                                          \
    }
BY_BOUND(poly_left, a.high.x < b.low.x)
BY_BOUND(poly_overleft, a.high.x <= b.high.x)
BY_BOUND(poly_right, a.low.x > b.high.x)
BY_BOUND(poly_overright, a.low.x >= b.low.x)
BY_BOUND(poly_below, a.high.y < b.low.y)
BY_BOUND(poly_overbelow, a.high.y <= b.high.y)
BY_BOUND(poly_above, a.low.y > b.high.y)
BY_BOUND(poly_overabove, a.low.y >= b.low.y)
SCALAR(poly_npoints) { return ret_i32(call, (int32_t)ARG_POLYGON(0).count); }
SCALAR(poly_path) {
    GeoPoints p = ARG_POLYGON(0);
    return geo_store_path(call->arena, p.points, p.count, true, &call->result);
}
SCALAR(poly_box) {
    GeoBox box = ARG_POLYGON(0).bound;
    return ret_datum(call, geo_store(call->arena, &box, sizeof(box)));
}
ALIAS(spg_poly_quad_compress, poly_box)
/* The mean of the points, and the mean distance from it. */
static GeoCircle mean_circle(Geo *g, const GeoPoints *p) {
    GeoCircle c = {0};
    double n = p->count;
    for (uint32_t i = 0; i < p->count; i++)
        c.center = geo_point_add(g, c.center, geo_points_at(p, i));
    c.center = (GeoPoint){geo_div(g, c.center.x, n), geo_div(g, c.center.y, n)};
    for (uint32_t i = 0; i < p->count; i++)
        c.radius = geo_add(g, c.radius, geo_distance(g, geo_points_at(p, i), c.center));
    c.radius = geo_div(g, c.radius, n);
    return c;
}
SCALAR(poly_circle) {
    Geo g = {0};
    GeoPoints p = ARG_POLYGON(0);
    GeoCircle c = mean_circle(&g, &p);
    return geo_ret(call, &g, &c, sizeof(c));
}
SCALAR(poly_center) {
    Geo g = {0};
    GeoPoints p = ARG_POLYGON(0);
    GeoCircle c = mean_circle(&g, &p);
    return geo_ret(call, &g, &c.center, sizeof(c.center));
}
/* Whether the points are the same, in either direction, from wherever q's match begins. */
static bool same_from(const GeoPoints *p, const GeoPoints *q, uint32_t start, bool forward) {
    uint32_t j = start, n = p->count;
    for (uint32_t i = 0; i < n; i++) {
        if (!geo_point_eq(geo_points_at(q, j), geo_points_at(p, i)))
            return false;
        j = forward ? (j + 1 == n ? 0 : j + 1) : (j == 0 ? n - 1 : j - 1);
    }
    return true;
}
SCALAR(poly_same) {
    GeoPoints p = ARG_POLYGON(0), q = ARG_POLYGON(1);
    bool same = false;
    for (uint32_t i = 0; i < p.count && p.count == q.count && !same; i++)
        same = same_from(&p, &q, i, true) || same_from(&p, &q, i, false);
    return ret_bool(call, same);
}
static bool overlap(Geo *g, const GeoPoints *p, const GeoPoints *q) {
    if (!geo_box_overlaps(&p->bound, &q->bound))
        return false;
    return sides_meet(g, p, q) || geo_points_enclose(g, q, geo_points_at(p, 0)) != 0 ||
           geo_points_enclose(g, p, geo_points_at(q, 0)) != 0;
}
SCALAR(poly_overlap) {
    Geo g = {0};
    GeoPoints p = ARG_POLYGON(0), q = ARG_POLYGON(1);
    bool both = overlap(&g, &p, &q);
    return geo_ret_bool(call, &g, both);
}
SCALAR(poly_distance) {
    Geo g = {0};
    GeoPoints p = ARG_POLYGON(0), q = ARG_POLYGON(1);
    double d = 0;
    if (!overlap(&g, &p, &q))
        sides_distance(&g, &p, &q, &d);
    return geo_ret_f64(call, &g, d);
}

/*
 * Whether a segment lies inside a polygon: it is cut where a side crosses or touches it, and each piece
 * is held against the sides that follow. A piece that no side cuts is inside where its middle is.
 */
#define INSIDE_DEPTH_MAX 500
static bool inside(Geo *g, GeoPoint a, GeoPoint b, const GeoPoints *p, uint32_t start, int depth);

/* The rest of a..b where its end a lies on the side s. */
static bool touching_inside(Geo *g, GeoPoint a, GeoPoint b, const GeoSegment *s, const GeoPoints *p,
                            uint32_t start, int depth) {
    GeoSegment t = {a, b};
    if (geo_point_eq(a, s->a))
        return geo_segment_has(g, &t, s->b) ? inside(g, b, s->b, p, start, depth) : true;
    if (geo_point_eq(a, s->b))
        return geo_segment_has(g, &t, s->a) ? inside(g, b, s->a, p, start, depth) : true;
    if (geo_segment_has(g, &t, s->a))
        return inside(g, b, s->a, p, start, depth);
    if (geo_segment_has(g, &t, s->b))
        return inside(g, b, s->b, p, start, depth);
    return true;
}
static bool inside(Geo *g, GeoPoint a, GeoPoint b, const GeoPoints *p, uint32_t start, int depth) {
    bool ok = true, cut = false;
    if (depth > INSIDE_DEPTH_MAX)
        geo_fault(g, GEO_DEPTH);
    for (uint32_t i = start; i < p->count && ok && g->fault == GEO_FINE; i++) {
        GeoPoint at;
        GeoSegment s = geo_points_side(p, i), t = {a, b};
        if (geo_segment_has(g, &s, a)) {
            if (geo_segment_has(g, &s, b))
                return true;
            ok = touching_inside(g, a, b, &s, p, i + 1, depth + 1);
        } else if (geo_segment_has(g, &s, b)) {
            ok = touching_inside(g, b, a, &s, p, i + 1, depth + 1);
        } else if (geo_segment_meets(g, &t, &s, &at)) {
            cut = true;
            ok = inside(g, a, at, p, i + 1, depth + 1) && inside(g, b, at, p, i + 1, depth + 1);
        }
    }
    if (ok && !cut && g->fault == GEO_FINE)
        ok = geo_points_enclose(g, p, geo_middle(g, a, b)) != 0;
    return ok;
}
static Status contain(FnCall *call, GeoPoints outer, GeoPoints inner) {
    Geo g = {0};
    bool all = geo_box_contains(&outer.bound, &inner.bound);
    for (uint32_t i = 0; i < inner.count && all; i++) {
        GeoSegment s = geo_points_side(&inner, i);
        all = inside(&g, s.a, s.b, &outer, 0, 0);
    }
    return geo_ret_bool(call, &g, all);
}
SCALAR(poly_contain) { return contain(call, ARG_POLYGON(0), ARG_POLYGON(1)); }
SCALAR(poly_contained) { return contain(call, ARG_POLYGON(1), ARG_POLYGON(0)); }
static Status encloses(FnCall *call, GeoPoints p, GeoPoint q) {
    Geo g = {0};
    bool in = geo_points_enclose(&g, &p, q) != 0;
    return geo_ret_bool(call, &g, in);
}
SCALAR(poly_contain_pt) { return encloses(call, ARG_POLYGON(0), ARG_POINT(1)); }
SCALAR(pt_contained_poly) { return encloses(call, ARG_POLYGON(1), ARG_POINT(0)); }
static double polygon_near(Geo *g, const GeoPoints *p, GeoPoint q) {
    return geo_points_enclose(g, p, q) != 0 ? 0 : sides_near_point(g, p, q);
}
static Status point_polygon(FnCall *call, GeoPoint q, GeoPoints p) {
    Geo g = {0};
    double d = polygon_near(&g, &p, q);
    return geo_ret_f64(call, &g, d);
}
SCALAR(dist_ppoly) { return point_polygon(call, ARG_POINT(0), ARG_POLYGON(1)); }
SCALAR(dist_polyp) { return point_polygon(call, ARG_POINT(1), ARG_POLYGON(0)); }
static Status circle_polygon(FnCall *call, GeoCircle c, GeoPoints p) {
    Geo g = {0};
    double d = geo_sub(&g, polygon_near(&g, &p, c.center), c.radius);
    return geo_ret_f64(call, &g, d < 0 ? 0 : d);
}
SCALAR(dist_cpoly) { return circle_polygon(call, ARG_CIRCLE(0), ARG_POLYGON(1)); }
SCALAR(dist_polyc) { return circle_polygon(call, ARG_CIRCLE(1), ARG_POLYGON(0)); }
