/* geo_line.c: functions of points, segments and lines. */
#include "types/geo.h"

/* ---- points ---- */

SCALAR(construct_point) {
    GeoPoint p = {ARG_F64(0), ARG_F64(1)};
    return ret_datum(call, geo_store(call->arena, &p, sizeof(p)));
}
SCALAR(point_left) { return ret_bool(call, geo_lt(ARG_POINT(0).x, ARG_POINT(1).x)); }
SCALAR(point_right) { return ret_bool(call, geo_gt(ARG_POINT(0).x, ARG_POINT(1).x)); }
SCALAR(point_above) { return ret_bool(call, geo_gt(ARG_POINT(0).y, ARG_POINT(1).y)); }
SCALAR(point_below) { return ret_bool(call, geo_lt(ARG_POINT(0).y, ARG_POINT(1).y)); }
SCALAR(point_vert) { return ret_bool(call, geo_eq(ARG_POINT(0).x, ARG_POINT(1).x)); }
SCALAR(point_horiz) { return ret_bool(call, geo_eq(ARG_POINT(0).y, ARG_POINT(1).y)); }
SCALAR(point_eq) { return ret_bool(call, geo_point_eq(ARG_POINT(0), ARG_POINT(1))); }
SCALAR(point_ne) { return ret_bool(call, !geo_point_eq(ARG_POINT(0), ARG_POINT(1))); }
SCALAR(point_distance) {
    Geo g = {0};
    double d = geo_distance(&g, ARG_POINT(0), ARG_POINT(1));
    return geo_ret_f64(call, &g, d);
}
SCALAR(point_slope) {
    Geo g = {0};
    double d = geo_slope(&g, ARG_POINT(0), ARG_POINT(1));
    return geo_ret_f64(call, &g, d);
}
typedef GeoPoint (*Combine)(Geo *g, GeoPoint a, GeoPoint b);
static Status combine(FnCall *call, Combine of) {
    Geo g = {0};
    GeoPoint p = of(&g, ARG_POINT(0), ARG_POINT(1));
    return geo_ret(call, &g, &p, sizeof(p));
}
SCALAR(point_add) { return combine(call, geo_point_add); }
SCALAR(point_sub) { return combine(call, geo_point_sub); }
SCALAR(point_mul) { return combine(call, geo_point_mul); }
SCALAR(point_div) { return combine(call, geo_point_div); }

/* ---- segments ---- */

SCALAR(lseg_construct) {
    GeoSegment s = {ARG_POINT(0), ARG_POINT(1)};
    return ret_datum(call, geo_store(call->arena, &s, sizeof(s)));
}
static double length(Geo *g, GeoSegment s) { return geo_distance(g, s.a, s.b); }
SCALAR(lseg_length) {
    Geo g = {0};
    double d = length(&g, ARG_SEGMENT(0));
    return geo_ret_f64(call, &g, d);
}
SCALAR(lseg_center) {
    Geo g = {0};
    GeoSegment s = ARG_SEGMENT(0);
    GeoPoint p = geo_middle(&g, s.a, s.b);
    return geo_ret(call, &g, &p, sizeof(p));
}
SCALAR(lseg_vertical) { return ret_bool(call, geo_eq(ARG_SEGMENT(0).a.x, ARG_SEGMENT(0).b.x)); }
SCALAR(lseg_horizontal) { return ret_bool(call, geo_eq(ARG_SEGMENT(0).a.y, ARG_SEGMENT(0).b.y)); }
static bool segments_equal(FnCall *call) {
    GeoSegment s = ARG_SEGMENT(0), t = ARG_SEGMENT(1);
    return geo_point_eq(s.a, t.a) && geo_point_eq(s.b, t.b);
}
SCALAR(lseg_eq) { return ret_bool(call, segments_equal(call)); }
SCALAR(lseg_ne) { return ret_bool(call, !segments_equal(call)); }
#define BY_LENGTH(name, relation)                                                                  \
    SCALAR(name) {                                                                                 \
        Geo g = {0};                                                                               \
        double a = length(&g, ARG_SEGMENT(0)), b = length(&g, ARG_SEGMENT(1));                     \
        return geo_ret_bool(call, &g, relation(a, b));                                             \
    }
BY_LENGTH(lseg_lt, geo_lt)
BY_LENGTH(lseg_le, geo_le)
BY_LENGTH(lseg_gt, geo_gt)
BY_LENGTH(lseg_ge, geo_ge)
static double slope(Geo *g, GeoSegment s) { return geo_slope(g, s.a, s.b); }
SCALAR(lseg_parallel) {
    Geo g = {0};
    double a = slope(&g, ARG_SEGMENT(0)), b = slope(&g, ARG_SEGMENT(1));
    return geo_ret_bool(call, &g, geo_eq(a, b));
}
SCALAR(lseg_perp) {
    Geo g = {0};
    GeoSegment t = ARG_SEGMENT(1);
    double a = slope(&g, ARG_SEGMENT(0)), b = geo_normal_slope(&g, t.a, t.b);
    return geo_ret_bool(call, &g, geo_eq(a, b));
}
SCALAR(lseg_intersect) {
    Geo g = {0};
    GeoSegment s = ARG_SEGMENT(0), t = ARG_SEGMENT(1);
    bool meet = geo_segment_meets(&g, &s, &t, NULL);
    return geo_ret_bool(call, &g, meet);
}
SCALAR(lseg_interpt) {
    Geo g = {0};
    GeoPoint at = {0};
    GeoSegment s = ARG_SEGMENT(0), t = ARG_SEGMENT(1);
    call->result_null = !geo_segment_meets(&g, &s, &t, &at);
    return geo_ret(call, &g, &at, sizeof(at));
}
SCALAR(lseg_distance) {
    Geo g = {0};
    GeoSegment s = ARG_SEGMENT(0), t = ARG_SEGMENT(1);
    double d = geo_segment_near_segment(&g, &s, &t, NULL);
    return geo_ret_f64(call, &g, d);
}
SCALAR(close_lseg) {
    Geo g = {0};
    GeoPoint near = {0};
    GeoSegment s = ARG_SEGMENT(0), t = ARG_SEGMENT(1);
    if (slope(&g, s) == slope(&g, t)) {
        call->result_null = true;
        return geo_status(&g);
    }
    double d = geo_segment_near_segment(&g, &t, &s, &near);
    return geo_ret_near(call, &g, d, near);
}
static Status point_segment(FnCall *call, GeoPoint p, GeoSegment s) {
    Geo g = {0};
    double d = geo_segment_near_point(&g, &s, p, NULL);
    return geo_ret_f64(call, &g, d);
}
SCALAR(dist_ps) { return point_segment(call, ARG_POINT(0), ARG_SEGMENT(1)); }
SCALAR(dist_sp) { return point_segment(call, ARG_POINT(1), ARG_SEGMENT(0)); }
SCALAR(close_ps) {
    Geo g = {0};
    GeoPoint near;
    GeoSegment s = ARG_SEGMENT(1);
    double d = geo_segment_near_point(&g, &s, ARG_POINT(0), &near);
    return geo_ret_near(call, &g, d, near);
}
SCALAR(on_ps) {
    Geo g = {0};
    GeoSegment s = ARG_SEGMENT(1);
    bool on = geo_segment_has(&g, &s, ARG_POINT(0));
    return geo_ret_bool(call, &g, on);
}

/* ---- lines ---- */

SCALAR(line_construct_pp) {
    Geo g = {0};
    GeoPoint a = ARG_POINT(0), b = ARG_POINT(1);
    if (geo_point_eq(a, b))
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "invalid line specification: must be two distinct points");
    GeoLine line = geo_line_through(&g, a, geo_slope(&g, a, b));
    return geo_ret(call, &g, &line, sizeof(line));
}
static bool lines_meet(FnCall *call, Geo *g, GeoPoint *at_out) {
    GeoLine a = ARG_LINE(0), b = ARG_LINE(1);
    return geo_line_meets_line(g, &a, &b, at_out);
}
SCALAR(line_intersect) {
    Geo g = {0};
    bool meet = lines_meet(call, &g, NULL);
    return geo_ret_bool(call, &g, meet);
}
SCALAR(line_parallel) {
    Geo g = {0};
    bool meet = lines_meet(call, &g, NULL);
    return geo_ret_bool(call, &g, !meet);
}
SCALAR(line_interpt) {
    Geo g = {0};
    GeoPoint at = {0};
    call->result_null = !lines_meet(call, &g, &at);
    return geo_ret(call, &g, &at, sizeof(at));
}
SCALAR(line_perp) {
    Geo g = {0};
    GeoLine a = ARG_LINE(0), b = ARG_LINE(1);
    if (geo_zero(a.a))
        return ret_bool(call, geo_zero(b.b));
    if (geo_zero(b.a))
        return ret_bool(call, geo_zero(a.b));
    if (geo_zero(a.b))
        return ret_bool(call, geo_zero(b.a));
    if (geo_zero(b.b))
        return ret_bool(call, geo_zero(a.a));
    double ratio = geo_div(&g, geo_mul(&g, a.a, b.a), geo_mul(&g, a.b, b.b));
    return geo_ret_bool(call, &g, geo_eq(ratio, -1));
}
SCALAR(line_vertical) { return ret_bool(call, geo_zero(ARG_LINE(0).b)); }
SCALAR(line_horizontal) { return ret_bool(call, geo_zero(ARG_LINE(0).a)); }
SCALAR(line_eq) {
    Geo g = {0};
    GeoLine a = ARG_LINE(0), b = ARG_LINE(1);
    double ratio = 1;
    if (UNLIKELY(isnan(a.a) || isnan(a.b) || isnan(a.c) || isnan(b.a) || isnan(b.b) || isnan(b.c)))
        return ret_bool(call, float_order(a.a, b.a) == 0 && float_order(a.b, b.b) == 0 &&
                                  float_order(a.c, b.c) == 0);
    if (!geo_zero(b.a))
        ratio = geo_div(&g, a.a, b.a);
    else if (!geo_zero(b.b))
        ratio = geo_div(&g, a.b, b.b);
    else if (!geo_zero(b.c))
        ratio = geo_div(&g, a.c, b.c);
    bool equal = geo_eq(a.a, geo_mul(&g, ratio, b.a)) && geo_eq(a.b, geo_mul(&g, ratio, b.b)) &&
                 geo_eq(a.c, geo_mul(&g, ratio, b.c));
    return geo_ret_bool(call, &g, equal);
}
static bool usable(double a, double b) {
    return !geo_zero(a) && !isnan(a) && !geo_zero(b) && !isnan(b);
}
SCALAR(line_distance) {
    Geo g = {0};
    GeoLine a = ARG_LINE(0), b = ARG_LINE(1);
    double ratio = 1;
    if (geo_line_meets_line(&g, &a, &b, NULL))
        return geo_ret_f64(call, &g, 0);
    if (usable(a.a, b.a))
        ratio = geo_div(&g, a.a, b.a);
    else if (usable(a.b, b.b))
        ratio = geo_div(&g, a.b, b.b);
    double gap = fabs(geo_sub(&g, a.c, geo_mul(&g, ratio, b.c)));
    double d = geo_div(&g, gap, geo_hypot(&g, a.a, a.b));
    return geo_ret_f64(call, &g, d);
}
static Status point_line(FnCall *call, GeoPoint p, GeoLine line) {
    Geo g = {0};
    double d = geo_line_near_point(&g, &line, p, NULL);
    return geo_ret_f64(call, &g, d);
}
SCALAR(dist_pl) { return point_line(call, ARG_POINT(0), ARG_LINE(1)); }
SCALAR(dist_lp) { return point_line(call, ARG_POINT(1), ARG_LINE(0)); }
SCALAR(close_pl) {
    Geo g = {0};
    GeoPoint near;
    GeoLine line = ARG_LINE(1);
    double d = geo_line_near_point(&g, &line, ARG_POINT(0), &near);
    return geo_ret_near(call, &g, d, near);
}
SCALAR(on_pl) {
    Geo g = {0};
    GeoLine line = ARG_LINE(1);
    bool on = geo_line_has(&g, &line, ARG_POINT(0));
    return geo_ret_bool(call, &g, on);
}
SCALAR(on_sl) {
    Geo g = {0};
    GeoSegment s = ARG_SEGMENT(0);
    GeoLine line = ARG_LINE(1);
    bool on = geo_line_has(&g, &line, s.a) && geo_line_has(&g, &line, s.b);
    return geo_ret_bool(call, &g, on);
}
SCALAR(inter_sl) {
    Geo g = {0};
    GeoSegment s = ARG_SEGMENT(0);
    GeoLine line = ARG_LINE(1);
    bool meet = geo_segment_meets_line(&g, &s, &line, NULL);
    return geo_ret_bool(call, &g, meet);
}
static Status segment_line(FnCall *call, GeoSegment s, GeoLine line) {
    Geo g = {0};
    double d = geo_segment_near_line(&g, &s, &line, NULL);
    return geo_ret_f64(call, &g, d);
}
SCALAR(dist_sl) { return segment_line(call, ARG_SEGMENT(0), ARG_LINE(1)); }
SCALAR(dist_ls) { return segment_line(call, ARG_SEGMENT(1), ARG_LINE(0)); }
static double line_slope(Geo *g, const GeoLine *line) {
    if (geo_zero(line->a))
        return 0;
    return geo_zero(line->b) ? INFINITY : geo_div(g, line->a, -line->b);
}
SCALAR(close_ls) {
    Geo g = {0};
    GeoPoint near = {0};
    GeoLine line = ARG_LINE(0);
    GeoSegment s = ARG_SEGMENT(1);
    if (slope(&g, s) == line_slope(&g, &line)) {
        call->result_null = true;
        return geo_status(&g);
    }
    double d = geo_segment_near_line(&g, &s, &line, &near);
    return geo_ret_near(call, &g, d, near);
}
