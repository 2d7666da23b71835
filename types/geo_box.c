/* geo_box.c: functions of boxes. */
#include "types/geo.h"

#define BOX_TEST(name, condition)                                                                  \
    SCALAR(name) {                                                                                 \
        GeoBox a = ARG_BOX(0), b = ARG_BOX(1);                                                     \
        return ret_bool(call, condition);                                                          \
    }
BOX_TEST(box_same, geo_point_eq(a.high, b.high) && geo_point_eq(a.low, b.low))
BOX_TEST(box_overlap, geo_box_overlaps(&a, &b))
BOX_TEST(box_left, geo_lt(a.high.x, b.low.x))
BOX_TEST(box_overleft, geo_le(a.high.x, b.high.x))
BOX_TEST(box_right, geo_gt(a.low.x, b.high.x))
BOX_TEST(box_overright, geo_ge(a.low.x, b.low.x))
BOX_TEST(box_below, geo_lt(a.high.y, b.low.y))
BOX_TEST(box_overbelow, geo_le(a.high.y, b.high.y))
BOX_TEST(box_above, geo_gt(a.low.y, b.high.y))
BOX_TEST(box_overabove, geo_ge(a.low.y, b.low.y))
BOX_TEST(box_below_eq, geo_le(a.high.y, b.low.y))
BOX_TEST(box_above_eq, geo_ge(a.low.y, b.high.y))
BOX_TEST(box_contain, geo_box_contains(&a, &b))
BOX_TEST(box_contained, geo_box_contains(&b, &a))

static double width(Geo *g, GeoBox b) { return geo_sub(g, b.high.x, b.low.x); }
static double height(Geo *g, GeoBox b) { return geo_sub(g, b.high.y, b.low.y); }
static double area(Geo *g, GeoBox b) { return geo_mul(g, width(g, b), height(g, b)); }
#define BOX_MEASURE(name, measure)                                                                 \
    SCALAR(name) {                                                                                 \
        Geo g = {0};                                                                               \
        double v = measure(&g, ARG_BOX(0));                                                        \
        return geo_ret_f64(call, &g, v);                                                           \
    }
BOX_MEASURE(box_area, area)
BOX_MEASURE(box_width, width)
BOX_MEASURE(box_height, height)
#define BY_AREA(name, relation)                                                                    \
    SCALAR(name) {                                                                                 \
        Geo g = {0};                                                                               \
        double a = area(&g, ARG_BOX(0)), b = area(&g, ARG_BOX(1));                                 \
        return geo_ret_bool(call, &g, relation(a, b));                                             \
    }
BY_AREA(box_lt, geo_lt)
BY_AREA(box_le, geo_le)
BY_AREA(box_eq, geo_eq)
BY_AREA(box_ge, geo_ge)
BY_AREA(box_gt, geo_gt)

static Status ret_box(FnCall *call, const Geo *g, GeoBox box) {
    return geo_ret(call, g, &box, sizeof(box));
}
static GeoPoint center(Geo *g, GeoBox b) { return geo_middle(g, b.high, b.low); }
SCALAR(box_center) {
    Geo g = {0};
    GeoPoint p = center(&g, ARG_BOX(0));
    return geo_ret(call, &g, &p, sizeof(p));
}
SCALAR(box_distance) {
    Geo g = {0};
    GeoPoint a = center(&g, ARG_BOX(0)), b = center(&g, ARG_BOX(1));
    double d = geo_distance(&g, a, b);
    return geo_ret_f64(call, &g, d);
}
SCALAR(box_intersect) {
    GeoBox a = ARG_BOX(0), b = ARG_BOX(1);
    if (!geo_box_overlaps(&a, &b))
        return ret_null(call);
    GeoBox box = {{geo_min(a.high.x, b.high.x), geo_min(a.high.y, b.high.y)},
                  {geo_max(a.low.x, b.low.x), geo_max(a.low.y, b.low.y)}};
    return ret_box(call, &(Geo){0}, box);
}
SCALAR(boxes_bound_box) {
    GeoBox a = ARG_BOX(0), b = ARG_BOX(1);
    GeoBox box = {{geo_max(a.high.x, b.high.x), geo_max(a.high.y, b.high.y)},
                  {geo_min(a.low.x, b.low.x), geo_min(a.low.y, b.low.y)}};
    return ret_box(call, &(Geo){0}, box);
}
SCALAR(box_diagonal) {
    GeoBox b = ARG_BOX(0);
    GeoSegment s = {b.high, b.low};
    return ret_datum(call, geo_store(call->arena, &s, sizeof(s)));
}
SCALAR(points_box) { return ret_box(call, &(Geo){0}, geo_box_of(ARG_POINT(0), ARG_POINT(1))); }
SCALAR(point_box) {
    GeoPoint p = ARG_POINT(0);
    return ret_box(call, &(Geo){0}, (GeoBox){p, p});
}
SCALAR(box_add) {
    Geo g = {0};
    GeoBox b = ARG_BOX(0);
    GeoPoint p = ARG_POINT(1);
    b = (GeoBox){geo_point_add(&g, b.high, p), geo_point_add(&g, b.low, p)};
    return ret_box(call, &g, b);
}
SCALAR(box_sub) {
    Geo g = {0};
    GeoBox b = ARG_BOX(0);
    GeoPoint p = ARG_POINT(1);
    b = (GeoBox){geo_point_sub(&g, b.high, p), geo_point_sub(&g, b.low, p)};
    return ret_box(call, &g, b);
}
SCALAR(box_mul) {
    Geo g = {0};
    GeoBox b = ARG_BOX(0);
    GeoPoint p = ARG_POINT(1);
    b = geo_box_of(geo_point_mul(&g, b.high, p), geo_point_mul(&g, b.low, p));
    return ret_box(call, &g, b);
}
SCALAR(box_div) {
    Geo g = {0};
    GeoBox b = ARG_BOX(0);
    GeoPoint p = ARG_POINT(1);
    b = geo_box_of(geo_point_div(&g, b.high, p), geo_point_div(&g, b.low, p));
    return ret_box(call, &g, b);
}
SCALAR(box_poly) {
    GeoBox b = ARG_BOX(0);
    GeoPoint corners[4] = {b.low, {b.low.x, b.high.y}, b.high, {b.high.x, b.low.y}};
    return geo_store_polygon(call->arena, (const char *)corners, 4, &call->result);
}
SCALAR(box_circle) {
    Geo g = {0};
    GeoBox b = ARG_BOX(0);
    GeoCircle c = {.center = center(&g, b)};
    c.radius = geo_distance(&g, c.center, b.high);
    return geo_ret(call, &g, &c, sizeof(c));
}

/* ---- with points, segments and lines ---- */

SCALAR(on_pb) {
    GeoBox b = ARG_BOX(1);
    return ret_bool(call, geo_box_has(&b, ARG_POINT(0)));
}
SCALAR(box_contain_pt) {
    GeoBox b = ARG_BOX(0);
    return ret_bool(call, geo_box_has(&b, ARG_POINT(1)));
}
SCALAR(on_sb) {
    GeoSegment s = ARG_SEGMENT(0);
    GeoBox b = ARG_BOX(1);
    return ret_bool(call, geo_box_has(&b, s.a) && geo_box_has(&b, s.b));
}
/* Left, upper, lower, right side: in which order, decides between equally near points. */
static GeoSegment side(const GeoBox *b, int i) {
    GeoPoint upper_left = {b->low.x, b->high.y}, lower_right = {b->high.x, b->low.y};
    return (GeoSegment){i % 2 == 0 ? b->low : b->high, i < 2 ? upper_left : lower_right};
}
static double near_point(Geo *g, const GeoBox *b, GeoPoint p, GeoPoint *near_out) {
    double best = 0;
    *near_out = p;
    if (geo_box_has(b, p))
        return 0;
    for (int i = 0; i < 4; i++) {
        GeoPoint near;
        GeoSegment s = side(b, i);
        double d = geo_segment_near_point(g, &s, p, &near);
        if (i == 0 || float_order(d, best) < 0) {
            best = d;
            *near_out = near;
        }
    }
    return best;
}
static bool meets(Geo *g, const GeoBox *b, const GeoSegment *s, GeoPoint *at_out) {
    GeoBox around = geo_box_of(s->a, s->b);
    if (!geo_box_overlaps(&around, b))
        return false;
    geo_segment_near_point(g, s, center(g, *b), at_out);
    if (geo_box_has(b, s->a) || geo_box_has(b, s->b))
        return true;
    for (int i = 0; i < 4; i++) {
        GeoSegment border = side(b, i);
        if (geo_segment_meets(g, &border, s, NULL))
            return true;
    }
    return false;
}
static double near_segment(Geo *g, const GeoBox *b, const GeoSegment *s, GeoPoint *near_out) {
    double best = 0;
    if (meets(g, b, s, near_out))
        return 0;
    for (int i = 0; i < 4; i++) {
        GeoPoint near;
        GeoSegment border = side(b, i);
        double d = geo_segment_near_segment(g, &border, s, &near);
        if (i == 0 || float_order(d, best) < 0) {
            best = d;
            *near_out = near;
        }
    }
    return best;
}
static Status point_box(FnCall *call, GeoPoint p, GeoBox b) {
    Geo g = {0};
    GeoPoint near;
    double d = near_point(&g, &b, p, &near);
    return geo_ret_f64(call, &g, d);
}
SCALAR(dist_pb) { return point_box(call, ARG_POINT(0), ARG_BOX(1)); }
SCALAR(dist_bp) { return point_box(call, ARG_POINT(1), ARG_BOX(0)); }
SCALAR(close_pb) {
    Geo g = {0};
    GeoPoint near;
    GeoBox b = ARG_BOX(1);
    double d = near_point(&g, &b, ARG_POINT(0), &near);
    return geo_ret_near(call, &g, d, near);
}
static Status segment_box(FnCall *call, GeoSegment s, GeoBox b) {
    Geo g = {0};
    GeoPoint near;
    double d = near_segment(&g, &b, &s, &near);
    return geo_ret_f64(call, &g, d);
}
SCALAR(dist_sb) { return segment_box(call, ARG_SEGMENT(0), ARG_BOX(1)); }
SCALAR(dist_bs) { return segment_box(call, ARG_SEGMENT(1), ARG_BOX(0)); }
SCALAR(close_sb) {
    Geo g = {0};
    GeoPoint near;
    GeoSegment s = ARG_SEGMENT(0);
    GeoBox b = ARG_BOX(1);
    double d = near_segment(&g, &b, &s, &near);
    return geo_ret_near(call, &g, d, near);
}
SCALAR(inter_sb) {
    Geo g = {0};
    GeoPoint at;
    GeoSegment s = ARG_SEGMENT(0);
    GeoBox b = ARG_BOX(1);
    bool meet = meets(&g, &b, &s, &at);
    return geo_ret_bool(call, &g, meet);
}
SCALAR(inter_lb) {
    Geo g = {0};
    GeoLine line = ARG_LINE(0);
    GeoBox b = ARG_BOX(1);
    bool meet = false;
    for (int i = 0; i < 4 && !meet; i++) {
        GeoSegment border = side(&b, i);
        meet = geo_segment_meets_line(&g, &border, &line, NULL);
    }
    return geo_ret_bool(call, &g, meet);
}
