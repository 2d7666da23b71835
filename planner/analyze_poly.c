/*
 * analyze_poly.c: polymorphic parameters (manual: Polymorphic Types): do the actual types fit
 * together, and what do anyelement, anyarray, anycompatible .. stand for?
 *
 * Both questions go through the same solver; when only asked whether, `quiet` turns every refusal
 * into *ok = false, so overload resolution makes no errors that it throws away.
 */
#include "planner/analyze_int.h"

typedef struct Poly {
    Analyzer *an;
    bool quiet;
    bool failed;
    uint32_t family1_args;
    bool any_compatible;
    bool unknowns;
    Oid element, array, range, multirange;
    bool non_array, is_enum, wants_multirange;
    Oid compatible, compatible_array, compatible_range, compatible_range_element;
    Oid compatible_multirange, compatible_multirange_range;
    bool compatible_non_array, wants_compatible_array, wants_compatible_range,
        wants_compatible_multirange;
    uint32_t compatible_count;
    Oid compatible_types[FUNC_ARGS_MAX * 2];
} Poly;

#define REFUSE(poly, status_expr)                                                                  \
    do {                                                                                           \
        (poly)->failed = true;                                                                     \
        return (poly)->quiet ? STATUS_OK : (status_expr);                                          \
    } while (0)

#define SOLVE(poly, expr)                                                                          \
    do {                                                                                           \
        TRY(expr);                                                                                 \
        if ((poly)->failed)                                                                        \
            return STATUS_OK;                                                                      \
    } while (0)

static const char *type_text(Poly *poly, Oid type) { return an_format_type(poly->an, type); }

static Status mismatch(const char *message) { return error(ERR_DATATYPE_MISMATCH, "%s", message); }

/* All arguments of one polymorphic type are alike. */
static Status same_type(Poly *poly, Oid *known, Oid actual, const char *declared) {
    if (*known != 0 && *known != actual)
        REFUSE(poly,
               status_detail(error(ERR_DATATYPE_MISMATCH,
                                   "arguments declared \"%s\" are not all alike", declared),
                             "%s versus %s", type_text(poly, *known), type_text(poly, actual)));
    *known = actual;
    return STATUS_OK;
}

static Status range_subtype(Analyzer *an, Oid range, Oid *subtype_out) {
    const RangeDesc *desc;
    *subtype_out = 0;
    TRY(catalog_range(an->catalog, range, &desc));
    if (desc != NULL)
        *subtype_out = desc->subtype;
    return STATUS_OK;
}

static Status multirange_range(Analyzer *an, Oid multirange, Oid *range_out) {
    const RangeDesc *desc;
    *range_out = 0;
    TRY(catalog_range_by_multirange(an->catalog, multirange, &desc));
    if (desc != NULL)
        *range_out = desc->range;
    return STATUS_OK;
}

static Status declared_not(Poly *poly, const char *declared, const char *kind, Oid actual) {
    REFUSE(poly, error(ERR_DATATYPE_MISMATCH, "argument declared %s is not %s but type %s",
                       declared, kind, type_text(poly, actual)));
}

static Status collect_compatible(Poly *poly, Oid declared, Oid actual) {
    Oid base, element;
    poly->any_compatible = true;
    if (declared == OID_ANYCOMPATIBLENONARRAY)
        poly->compatible_non_array = true;
    else if (declared == OID_ANYCOMPATIBLEARRAY)
        poly->wants_compatible_array = true;
    else if (declared == OID_ANYCOMPATIBLERANGE)
        poly->wants_compatible_range = true;
    else if (declared == OID_ANYCOMPATIBLEMULTIRANGE)
        poly->wants_compatible_multirange = true;
    if (actual == OID_UNKNOWN)
        return STATUS_OK;
    if (declared == OID_ANYCOMPATIBLE || declared == OID_ANYCOMPATIBLENONARRAY) {
        poly->compatible_types[poly->compatible_count++] = actual;
        return STATUS_OK;
    }
    TRY(an_base_type(poly->an, actual, &base));
    if (declared == OID_ANYCOMPATIBLEARRAY) {
        TRY(an_element(poly->an, base, &element));
        if (element == 0)
            return declared_not(poly, "anycompatiblearray", "an array", base);
        poly->compatible_types[poly->compatible_count++] = element;
    } else if (declared == OID_ANYCOMPATIBLERANGE) {
        bool first = poly->compatible_range == 0;
        SOLVE(poly, same_type(poly, &poly->compatible_range, base, "anycompatiblerange"));
        TRY(range_subtype(poly->an, base, &element));
        if (element == 0)
            return declared_not(poly, "anycompatiblerange", "a range type", base);
        poly->compatible_range_element = element;
        if (first)
            poly->compatible_types[poly->compatible_count++] = element;
    } else {
        SOLVE(poly, same_type(poly, &poly->compatible_multirange, base, "anycompatiblemultirange"));
        TRY(multirange_range(poly->an, base, &poly->compatible_multirange_range));
        if (poly->compatible_multirange_range == 0)
            return declared_not(poly, "anycompatiblemultirange", "a multirange type", base);
    }
    return STATUS_OK;
}

static Status collect(Poly *poly, Oid declared, Oid actual) {
    if (!is_polymorphic(declared))
        return STATUS_OK;
    if (!is_polymorphic_simple(declared))
        return collect_compatible(poly, declared, actual);
    poly->family1_args++;
    if (declared == OID_ANYNONARRAY)
        poly->non_array = true;
    else if (declared == OID_ANYENUM)
        poly->is_enum = true;
    else if (declared == OID_ANYMULTIRANGE)
        poly->wants_multirange = true;
    if (actual == OID_UNKNOWN) {
        poly->unknowns = true;
        return STATUS_OK;
    }
    if (declared == OID_ANYELEMENT || declared == OID_ANYNONARRAY || declared == OID_ANYENUM)
        return same_type(poly, &poly->element, actual, "anyelement");
    Oid base;
    TRY(an_base_type(poly->an, actual, &base));
    if (declared == OID_ANYARRAY)
        return same_type(poly, &poly->array, base, "anyarray");
    if (declared == OID_ANYRANGE)
        return same_type(poly, &poly->range, base, "anyrange");
    return same_type(poly, &poly->multirange, base, "anymultirange");
}

static Status inconsistent(Poly *poly, const char *a, const char *b, Oid x, Oid y) {
    REFUSE(poly, status_detail(error(ERR_DATATYPE_MISMATCH,
                                     "argument declared %s is not consistent with argument "
                                     "declared %s",
                                     a, b),
                               "%s versus %s", type_text(poly, x), type_text(poly, y)));
}

static Status solve_array(Poly *poly, Oid result) {
    Oid element;
    if (poly->array == 0)
        return STATUS_OK;
    if (poly->array == OID_ANYARRAY) { /* a column of pg_statistic: the element is not known */
        if (!poly->quiet &&
            (poly->family1_args != 1 || (result != OID_ANYARRAY && is_polymorphic_simple(result))))
            REFUSE(poly, mismatch("cannot determine element type of \"anyarray\" argument"));
        element = OID_ANYELEMENT;
        if (poly->quiet)
            return STATUS_OK;
    } else {
        TRY(an_element(poly->an, poly->array, &element));
        if (element == 0)
            return declared_not(poly, "anyarray", "an array", poly->array);
    }
    if (poly->element == 0)
        poly->element = element;
    else if (poly->element != element)
        return inconsistent(poly, "anyarray", "anyelement", poly->array, poly->element);
    return STATUS_OK;
}

static Status solve_ranges(Poly *poly) {
    Oid inner;
    if (poly->multirange != 0) {
        TRY(multirange_range(poly->an, poly->multirange, &inner));
        if (inner == 0)
            return declared_not(poly, "anymultirange", "a multirange type", poly->multirange);
        if (poly->range == 0)
            poly->range = inner;
        else if (poly->range != inner)
            return inconsistent(poly, "anymultirange", "anyrange", poly->multirange, poly->range);
    } else if (poly->wants_multirange && poly->range != 0) {
        const RangeDesc *desc;
        TRY(catalog_range(poly->an->catalog, poly->range, &desc));
        poly->multirange = desc == NULL ? 0 : desc->multirange;
    }
    if (poly->range == 0)
        return STATUS_OK;
    TRY(range_subtype(poly->an, poly->range, &inner));
    if (inner == 0)
        return declared_not(poly, "anyrange", "a range type", poly->range);
    if (poly->element == 0)
        poly->element = inner;
    else if (poly->element != inner)
        return inconsistent(poly, "anyrange", "anyelement", poly->range, poly->element);
    return STATUS_OK;
}

static Status solve_family1(Poly *poly, Oid result) {
    if (poly->family1_args == 0)
        return STATUS_OK;
    SOLVE(poly, solve_array(poly, result));
    SOLVE(poly, solve_ranges(poly));
    if (poly->element == 0) {
        if (poly->quiet) { /* any type may come of it, but no enum */
            poly->failed |= poly->is_enum;
            return STATUS_OK;
        }
        if (poly->unknowns)
            REFUSE(poly, error(ERR_DATATYPE_MISMATCH,
                               "could not determine polymorphic type because input has type %s",
                               "unknown"));
    }
    if (poly->non_array && poly->element != OID_ANYELEMENT) {
        Oid element;
        TRY(an_base_element(poly->an, poly->element, &element));
        if (element != 0)
            REFUSE(poly,
                   error(ERR_DATATYPE_MISMATCH, "type matched to anynonarray is an array type: %s",
                         type_text(poly, poly->element)));
    }
    if (poly->is_enum && (poly->element != OID_ANYELEMENT || poly->quiet)) {
        const TypeDesc *desc;
        TRY(an_type(poly->an, poly->element, &desc));
        if (desc->kind != 'e')
            REFUSE(poly,
                   error(ERR_DATATYPE_MISMATCH, "type matched to anyenum is not an enum type: %s",
                         type_text(poly, poly->element)));
    }
    return STATUS_OK;
}

static Status solve_compatible_ranges(Poly *poly) {
    if (poly->compatible_multirange == 0)
        return STATUS_OK;
    if (poly->compatible_range != 0) {
        if (poly->compatible_multirange_range != poly->compatible_range)
            return inconsistent(poly, "anycompatiblemultirange", "anycompatiblerange",
                                poly->compatible_multirange, poly->compatible_range);
        return STATUS_OK;
    }
    poly->compatible_range = poly->compatible_multirange_range;
    TRY(range_subtype(poly->an, poly->compatible_range, &poly->compatible_range_element));
    poly->compatible_types[poly->compatible_count++] = poly->compatible_range_element;
    return STATUS_OK;
}

static Status solve_common(Poly *poly) {
    ExprList fakes = {0}; /* the common-type rule wants expressions */
    for (uint32_t i = 0; i < poly->compatible_count; i++) {
        Expr *fake = EXPR_NEW(poly->an->arena, Expr, EXPR_CASE_TEST);
        fake->type = poly->compatible_types[i];
        expr_list_add(poly->an->arena, &fakes, fake);
    }
    bool ok = true;
    if (poly->quiet)
        TRY(coerce_common_type(poly->an, &fakes, NULL, &poly->compatible, NULL));
    else {
        Status s = coerce_common_type(poly->an, &fakes, NULL, &poly->compatible, NULL);
        TRY(s);
        if (poly->compatible == 0) {
            uint32_t i = 1;
            while (i < poly->compatible_count &&
                   poly->compatible_types[i] == poly->compatible_types[0])
                i++;
            REFUSE(
                poly,
                error(ERR_DATATYPE_MISMATCH, "argument types %s and %s cannot be matched",
                      type_text(poly, poly->compatible_types[0]),
                      type_text(poly, poly->compatible_types[i < poly->compatible_count ? i : 0])));
        }
    }
    if (poly->compatible != 0)
        TRY(coerce_verify_common(poly->an, poly->compatible, &fakes, &ok));
    if (poly->compatible == 0 || !ok)
        REFUSE(poly, mismatch("arguments of anycompatible family cannot be cast to a common type"));
    return STATUS_OK;
}

static Status solve_compatible(Poly *poly) {
    SOLVE(poly, solve_compatible_ranges(poly));
    if (poly->compatible_count == 0) {
        if (poly->quiet || !poly->any_compatible)
            return STATUS_OK;
        poly->compatible = OID_TEXT; /* nothing but unknown literals */
        poly->compatible_array = OID_TEXT_ARRAY;
        if (poly->wants_compatible_range || poly->wants_compatible_multirange)
            REFUSE(poly, error(ERR_DATATYPE_MISMATCH,
                               "could not determine polymorphic type %s because input has type %s",
                               poly->wants_compatible_range ? "anycompatiblerange"
                                                            : "anycompatiblemultirange",
                               "unknown"));
        return STATUS_OK;
    }
    SOLVE(poly, solve_common(poly));
    if (poly->wants_compatible_array) {
        TRY(an_array_of(poly->an, poly->compatible, &poly->compatible_array));
        if (poly->compatible_array == 0 &&
            !poly->quiet) /* found out after the function is chosen */
            REFUSE(poly, error(ERR_UNDEFINED_OBJECT, "could not find array type for data type %s",
                               type_text(poly, poly->compatible)));
    }
    if (poly->compatible_range_element != 0 && poly->compatible_range_element != poly->compatible)
        REFUSE(poly,
               error(ERR_DATATYPE_MISMATCH,
                     "anycompatiblerange type %s does not match anycompatible type %s",
                     type_text(poly, poly->compatible_range), type_text(poly, poly->compatible)));
    if (poly->compatible_non_array) {
        Oid element;
        TRY(an_base_element(poly->an, poly->compatible, &element));
        if (element != 0)
            REFUSE(poly, error(ERR_DATATYPE_MISMATCH,
                               "type matched to anycompatiblenonarray is an array type: %s",
                               type_text(poly, poly->compatible)));
    }
    return STATUS_OK;
}

static Status solve(Poly *poly, const Oid *actual, const Oid *declared, uint32_t count,
                    Oid result) {
    for (uint32_t i = 0; i < count; i++)
        SOLVE(poly, collect(poly, declared[i], actual[i]));
    SOLVE(poly, solve_family1(poly, result));
    return solve_compatible(poly);
}

Status coerce_generic_matches(Analyzer *an, const Oid *actual, const Oid *declared, uint32_t count,
                              bool *ok_out) {
    Poly *poly = arena_new(an->arena, Poly);
    poly->an = an;
    poly->quiet = true;
    TRY(solve(poly, actual, declared, count, 0));
    *ok_out = !poly->failed;
    return STATUS_OK;
}

static Status array_over(Poly *poly, Oid element, Oid *array_out) {
    TRY(an_array_of(poly->an, element, array_out));
    if (*array_out == 0)
        return error(ERR_UNDEFINED_OBJECT, "could not find array type for data type %s",
                     type_text(poly, element));
    return STATUS_OK;
}

/* What a polymorphic type stands for. */
static Status resolve(Poly *poly, Oid type, Oid *type_out) {
    *type_out = type;
    const char *missing = NULL;
    switch (type) {
    case OID_ANYELEMENT:
    case OID_ANYNONARRAY:
    case OID_ANYENUM:
        *type_out = poly->element;
        break;
    case OID_ANYARRAY:
        if (poly->array != 0)
            *type_out = poly->array;
        else if (poly->element != 0)
            return array_over(poly, poly->element, type_out);
        else
            *type_out = 0;
        break;
    case OID_ANYRANGE:
        *type_out = poly->range;
        missing = "anyrange";
        break;
    case OID_ANYMULTIRANGE:
        *type_out = poly->multirange;
        missing = "anymultirange";
        break;
    case OID_ANYCOMPATIBLE:
    case OID_ANYCOMPATIBLENONARRAY:
        *type_out = poly->compatible;
        break;
    case OID_ANYCOMPATIBLEARRAY:
        if (poly->compatible_array == 0)
            return array_over(poly, poly->compatible, type_out);
        *type_out = poly->compatible_array;
        break;
    case OID_ANYCOMPATIBLERANGE:
        *type_out = poly->compatible_range;
        missing = "anycompatiblerange";
        break;
    case OID_ANYCOMPATIBLEMULTIRANGE:
        *type_out = poly->compatible_multirange;
        if (*type_out == 0 && poly->compatible_range != 0) {
            const RangeDesc *desc;
            TRY(catalog_range(poly->an->catalog, poly->compatible_range, &desc));
            *type_out = desc == NULL ? 0 : desc->multirange;
        }
        missing = "anycompatiblemultirange";
        break;
    default:
        return STATUS_OK;
    }
    if (*type_out == 0)
        return missing != NULL
                   ? error(ERR_DATATYPE_MISMATCH,
                           "could not determine polymorphic type %s because input has type %s",
                           missing, "unknown")
                   : error(ERR_DATATYPE_MISMATCH,
                           "could not determine polymorphic type because input has type %s",
                           "unknown");
    return STATUS_OK;
}

Status coerce_enforce_generic(Analyzer *an, const Oid *actual, Oid *declared, uint32_t count,
                              Oid result, Oid *result_out) {
    bool any = is_polymorphic(result);
    *result_out = result;
    for (uint32_t i = 0; i < count && !any; i++)
        any = is_polymorphic(declared[i]);
    if (!any)
        return STATUS_OK;
    Poly *poly = arena_new(an->arena, Poly);
    poly->an = an;
    poly->non_array = result == OID_ANYNONARRAY;
    poly->is_enum = result == OID_ANYENUM;
    poly->wants_multirange = result == OID_ANYMULTIRANGE;
    poly->wants_compatible_array = result == OID_ANYCOMPATIBLEARRAY;
    poly->wants_compatible_range = result == OID_ANYCOMPATIBLERANGE;
    poly->wants_compatible_multirange = result == OID_ANYCOMPATIBLEMULTIRANGE;
    TRY(solve(poly, actual, declared, count, result));
    if (poly->family1_args == 0 && !poly->any_compatible)
        return STATUS_OK;
    for (uint32_t i = 0; i < count; i++) {
        Oid declared_type = declared[i];
        /* An anyarray that got pg_statistic's anyarray stays so. */
        if (is_polymorphic(declared_type) &&
            !(declared_type == OID_ANYARRAY && poly->array == OID_ANYARRAY))
            TRY(resolve(poly, declared_type, &declared[i]));
    }
    return resolve(poly, result, result_out);
}
