/* geo_circle.c: functions of circles. */
#include "types/geo.h"

static double left(Geo *g, const GeoCircle *c) { return geo_sub(g, c->center.x, c->radius); }
static double right(Geo *g, const GeoCircle *c) { return geo_add(g, c->center.x, c->radius); }
static double bottom(Geo *g, const GeoCircle *c) { return geo_sub(g, c->center.y, c->radius); }
static double top(Geo *g, const GeoCircle *c) { return geo_add(g, c->center.y, c->radius); }
static double area(Geo *g, const GeoCircle *c) {
    return geo_mul(g, geo_mul(g, c->radius, c->radius), M_PI);
}
#define CIRCLE_TEST(name, relation, of_a, of_b)                                                    \
    SCALAR(name) {                                                                                 \
        Geo g = {0};                                                                               \
        GeoCircle a = ARG_CIRCLE(0), b = ARG_CIRCLE(1);                                            \
        bool r = relation(of_a, of_b);                                                             \
        return geo_ret_bool(call, &g, r);                                                          \
    }
#define CENTERS geo_distance(&g, a.center, b.center)
CIRCLE_TEST(circle_left, geo_lt, right(&g, &a), left(&g, &b))
CIRCLE_TEST(circle_overleft, geo_le, right(&g, &a), right(&g, &b))
CIRCLE_TEST(circle_right, geo_gt, left(&g, &a), right(&g, &b))
CIRCLE_TEST(circle_overright, geo_ge, left(&g, &a), left(&g, &b))
CIRCLE_TEST(circle_below, geo_lt, top(&g, &a), bottom(&g, &b))
CIRCLE_TEST(circle_overbelow, geo_le, top(&g, &a), top(&g, &b))
CIRCLE_TEST(circle_above, geo_gt, bottom(&g, &a), top(&g, &b))
CIRCLE_TEST(circle_overabove, geo_ge, bottom(&g, &a), bottom(&g, &b))
CIRCLE_TEST(circle_overlap, geo_le, CENTERS, geo_add(&g, a.radius, b.radius))
CIRCLE_TEST(circle_contain, geo_le, CENTERS, geo_sub(&g, a.radius, b.radius))
CIRCLE_TEST(circle_contained, geo_le, CENTERS, geo_sub(&g, b.radius, a.radius))
CIRCLE_TEST(circle_eq, geo_eq, area(&g, &a), area(&g, &b))
CIRCLE_TEST(circle_ne, geo_ne, area(&g, &a), area(&g, &b))
CIRCLE_TEST(circle_lt, geo_lt, area(&g, &a), area(&g, &b))
CIRCLE_TEST(circle_le, geo_le, area(&g, &a), area(&g, &b))
CIRCLE_TEST(circle_ge, geo_ge, area(&g, &a), area(&g, &b))
CIRCLE_TEST(circle_gt, geo_gt, area(&g, &a), area(&g, &b))
SCALAR(circle_same) {
    GeoCircle a = ARG_CIRCLE(0), b = ARG_CIRCLE(1);
    bool alike = (isnan(a.radius) && isnan(b.radius)) || geo_eq(a.radius, b.radius);
    return ret_bool(call, alike && geo_point_eq(a.center, b.center));
}

SCALAR(cr_circle) {
    GeoCircle c = {ARG_POINT(0), ARG_F64(1)};
    return ret_datum(call, geo_store(call->arena, &c, sizeof(c)));
}
SCALAR(circle_center) {
    GeoPoint p = ARG_CIRCLE(0).center;
    return ret_datum(call, geo_store(call->arena, &p, sizeof(p)));
}
SCALAR(circle_radius) { return ret_f64(call, ARG_CIRCLE(0).radius); }
SCALAR(circle_diameter) {
    Geo g = {0};
    double d = geo_mul(&g, ARG_CIRCLE(0).radius, 2);
    return geo_ret_f64(call, &g, d);
}
SCALAR(circle_area) {
    Geo g = {0};
    GeoCircle c = ARG_CIRCLE(0);
    double v = area(&g, &c);
    return geo_ret_f64(call, &g, v);
}
SCALAR(circle_distance) {
    Geo g = {0};
    GeoCircle a = ARG_CIRCLE(0), b = ARG_CIRCLE(1);
    double d = geo_sub(&g, CENTERS, geo_add(&g, a.radius, b.radius));
    return geo_ret_f64(call, &g, d < 0 ? 0 : d);
}
static Status has_point(FnCall *call, GeoCircle c, GeoPoint p) {
    Geo g = {0};
    double d = geo_distance(&g, c.center, p);
    return geo_ret_bool(call, &g, d <= c.radius);
}
SCALAR(circle_contain_pt) { return has_point(call, ARG_CIRCLE(0), ARG_POINT(1)); }
SCALAR(pt_contained_circle) { return has_point(call, ARG_CIRCLE(1), ARG_POINT(0)); }
static Status from_point(FnCall *call, GeoCircle c, GeoPoint p) {
    Geo g = {0};
    double d = geo_sub(&g, geo_distance(&g, p, c.center), c.radius);
    return geo_ret_f64(call, &g, d < 0 ? 0 : d);
}
SCALAR(dist_pc) { return from_point(call, ARG_CIRCLE(1), ARG_POINT(0)); }
SCALAR(dist_cpoint) { return from_point(call, ARG_CIRCLE(0), ARG_POINT(1)); }

SCALAR(circle_add_pt) {
    Geo g = {0};
    GeoCircle c = ARG_CIRCLE(0);
    c.center = geo_point_add(&g, c.center, ARG_POINT(1));
    return geo_ret(call, &g, &c, sizeof(c));
}
SCALAR(circle_sub_pt) {
    Geo g = {0};
    GeoCircle c = ARG_CIRCLE(0);
    c.center = geo_point_sub(&g, c.center, ARG_POINT(1));
    return geo_ret(call, &g, &c, sizeof(c));
}
SCALAR(circle_mul_pt) {
    Geo g = {0};
    GeoCircle c = ARG_CIRCLE(0);
    GeoPoint p = ARG_POINT(1);
    c.center = geo_point_mul(&g, c.center, p);
    c.radius = geo_mul(&g, c.radius, geo_hypot(&g, p.x, p.y));
    return geo_ret(call, &g, &c, sizeof(c));
}
SCALAR(circle_div_pt) {
    Geo g = {0};
    GeoCircle c = ARG_CIRCLE(0);
    GeoPoint p = ARG_POINT(1);
    c.center = geo_point_div(&g, c.center, p);
    c.radius = geo_div(&g, c.radius, geo_hypot(&g, p.x, p.y));
    return geo_ret(call, &g, &c, sizeof(c));
}
SCALAR(circle_box) {
    Geo g = {0};
    GeoCircle c = ARG_CIRCLE(0);
    double half = geo_div(&g, c.radius, sqrt(2.0));
    GeoPoint by = {half, half};
    GeoBox box = {geo_point_add(&g, c.center, by), geo_point_sub(&g, c.center, by)};
    return geo_ret(call, &g, &box, sizeof(box));
}
SCALAR(circle_poly) {
    Geo g = {0};
    int32_t count = ARG_I32(0);
    GeoCircle c = ARG_CIRCLE(1);
    char *points;
    if (geo_zero(c.radius))
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "cannot convert circle with radius zero to polygon");
    if (count < 2)
        return error(ERR_INVALID_PARAMETER_VALUE, "must request at least 2 points");
    if (count > (int32_t)(ARENA_ALLOC_MAX / sizeof(GeoPoint)))
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "too many points requested");
    TRY(call_alloc(call, (size_t)count * sizeof(GeoPoint), &points));
    double step = 2 * M_PI / count;
    for (int32_t i = 0; i < count; i++) {
        double angle = geo_mul(&g, step, i);
        GeoPoint p = {geo_sub(&g, c.center.x, geo_mul(&g, c.radius, cos(angle))),
                      geo_add(&g, c.center.y, geo_mul(&g, c.radius, sin(angle)))};
        memcpy(points + (size_t)i * sizeof(p), &p, sizeof(p));
    }
    TRY(geo_status(&g));
    return geo_store_polygon(call->arena, points, (uint32_t)count, &call->result);
}
