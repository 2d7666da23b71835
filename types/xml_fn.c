/* xml_fn.c: functions and aggregates of xml. */
#include "types/array_ops.h"
#include "types/types_int.h"
#include "types/xml.h"

SCALAR(xmlcomment) {
    Str text = ARG_STR(0);
    StrBuf out;
    for (size_t i = 1; i < text.len; i++)
        if (text.data[i] == '-' && text.data[i - 1] == '-')
            return error(ERR_INVALID_XML_COMMENT, "invalid XML comment");
    if (text.len > 0 && text.data[text.len - 1] == '-')
        return error(ERR_INVALID_XML_COMMENT, "invalid XML comment");
    strbuf_init(&out, call->arena);
    strbuf_puts(&out, "<!--");
    strbuf_append(&out, text.data, text.len);
    strbuf_puts(&out, "-->");
    return ret_buf(call, &out);
}
SCALAR(texttoxml) {
    TRY(xml_check(call_env(call), call->arena, ARG_STR(0), call_env(call)->xml_option == 1));
    return ret_str(call, ARG_STR(0));
}
SCALAR(xmltotext) { return ret_str(call, ARG_STR(0)); }
SCALAR(xmlvalidate) { return error(ERR_FEATURE_NOT_SUPPORTED, "xmlvalidate is not implemented"); }
SCALAR(xmlconcat2) {
    StrBuf out;
    Str values[2] = {call->args[0].str, call->args[1].str};
    if (call->nulls[0] || call->nulls[1])
        return call->nulls[0] && call->nulls[1] ? ret_null(call)
                                                : ret_datum(call, call->args[call->nulls[0]]);
    strbuf_init(&out, call->arena);
    xml_concat(call->arena, values, 2, &out);
    return ret_buf(call, &out);
}

static Status well_formed(FnCall *call, bool document) {
    Status s = xml_check(call_env(call), call->arena, ARG_STR(0), document);
    bool good = status_ok(s);
    status_free(s);
    return ret_bool(call, good);
}
SCALAR(xml_is_well_formed) { return well_formed(call, call_env(call)->xml_option == 1); }
SCALAR(xml_is_well_formed_document) { return well_formed(call, true); }
SCALAR(xml_is_well_formed_content) { return well_formed(call, false); }

/* ---- xmlagg ---- */

typedef struct XmlAgg {
    VEC(Str) values;
} XmlAgg;
static Status xmlagg_step(AggCall *call, void *state) {
    XmlAgg *agg = state;
    Str v = call->args[0].str;
    vec_push(&agg->values, call->arena, str_make(arena_memdup(call->arena, v.data, v.len), v.len));
    return STATUS_OK;
}
static Status xmlagg_combine(AggCall *call, void *state, const void *other) {
    XmlAgg *agg = state;
    const XmlAgg *from = other;
    for (size_t i = 0; i < from->values.count; i++)
        vec_push(&agg->values, call->arena, from->values.items[i]);
    return STATUS_OK;
}
static Status xmlagg_final(AggCall *call, void *state) {
    XmlAgg *agg = state;
    StrBuf out;
    call->result_null = agg->values.count == 0;
    if (call->result_null)
        return STATUS_OK;
    strbuf_init(&out, call->result_arena);
    xml_concat(call->result_arena, agg->values.items, (uint32_t)agg->values.count, &out);
    call->result = buf_datum(&out);
    return STATUS_OK;
}
AGGREGATE(xmlagg, "xmlagg(xml)", .state_bytes = sizeof(XmlAgg), .strict = true, .step = xmlagg_step,
          .combine = xmlagg_combine, .final = xmlagg_final);

/* ---- XPath ---- */

/* Pairs of prefix and URI from text[][2]. */
static Status namespaces(FnCall *call, int arg, const Str **names_out, uint32_t *count_out) {
    ArrayView view;
    Datum *values;
    bool *nulls;
    *count_out = 0;
    *names_out = NULL;
    if (arg >= call->site->arg_count)
        return STATUS_OK;
    TRY(array_view(ARG_STR(arg), &view));
    if (view.dim_count == 0)
        return STATUS_OK;
    if (view.dim_count != 2 || view.dims[1] != 2)
        return status_detail(
            error(ERR_DATA_EXCEPTION, "invalid array for XML namespace mapping"),
            "The array must be two-dimensional with length of the second axis equal to 2.");
    TRY(array_deconstruct(call->arena, &view, &values, &nulls));
    Str *names = arena_array(call->arena, Str, view.elem_count + 1);
    for (uint32_t i = 0; i < view.elem_count; i++) {
        if (nulls[i])
            return error(ERR_NULL_VALUE_NOT_ALLOWED, "neither namespace name nor URI may be null");
        names[i] = values[i].str;
    }
    *names_out = names;
    *count_out = view.elem_count / 2;
    return STATUS_OK;
}
static Status result_array(FnCall *call, XmlDocument *document, const XmlResult *result) {
    uint32_t n = result->is_set ? result->count : 1;
    Datum *values = arena_array(call->arena, Datum, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        StrBuf out;
        strbuf_init(&out, call->arena);
        if (result->is_set)
            TRY(xml_node_value(document, result->nodes[i], &out));
        else if (result->is_number)
            TRY(xml_put_value(call_env(call), call->arena, 701, (Datum){.f64 = result->number},
                              true, &out));
        else
            xml_escape(&out, result->text);
        values[i] = buf_datum(&out);
    }
    return array_build_1d(call->arena, 142, PHYS_STR, values, NULL, n, &call->result);
}
static Status run_path(FnCall *call, bool only_whether) {
    XmlDocument *document = NULL;
    XmlResult result = {0};
    const Str *names;
    uint32_t name_count;
    TRY(namespaces(call, 2, &names, &name_count));
    if (ARG_STR(0).len == 0)
        return error(ERR_DATA_EXCEPTION, "empty XPath expression");
    Status s =
        xml_document_open(call_env(call), call->arena, ARG_STR(1), names, name_count, &document);
    if (status_ok(s))
        s = xml_evaluate(document, NULL, ARG_STR(0), &result);
    if (status_ok(s) && only_whether)
        s = ret_bool(call, !result.is_set || result.count > 0);
    else if (status_ok(s))
        s = result_array(call, document, &result);
    xml_document_free(document);
    return s;
}
SCALAR(xpath) { return run_path(call, false); }
SCALAR(xpath_exists) { return run_path(call, true); }
SCALAR(xmlexists) { return run_path(call, true); }
