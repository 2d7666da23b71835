/*
 * json_value.c: SQL values as JSON: numbers and truth values bare, times as ISO 8601, arrays and rows as
 * containers, JSON as it is, everything else as a string of its text.
 */
#include "types/array_ops.h"
#include "types/datetime.h"
#include "types/json.h"
#include "types/record.h"
#include "types/record_int.h"

#define OID_JSON 114
#define OID_JSONB 3802
#define OID_NUMERIC 1700

typedef enum ValueForm {
    FORM_BOOL,
    FORM_NUMBER,
    FORM_TIME,
    FORM_JSON,
    FORM_JSONB,
    FORM_ARRAY,
    FORM_RECORD,
    FORM_TEXT
} ValueForm;

static Status value_form(EvalEnv *env, Oid type, const TypeInfo **info_out, ValueForm *form_out) {
    TRY(type_lookup(env, type, info_out));
    while ((*info_out)->kind == TYPE_DOMAIN)
        *info_out = (*info_out)->element_type;
    switch ((*info_out)->oid) {
    case 16:
        *form_out = FORM_BOOL;
        return STATUS_OK;
    case 20:
    case 21:
    case 23:
    case 700:
    case 701:
    case OID_NUMERIC:
        *form_out = FORM_NUMBER;
        return STATUS_OK;
    case 1082:
    case 1114:
    case 1184:
        *form_out = FORM_TIME;
        return STATUS_OK;
    case OID_JSON:
        *form_out = FORM_JSON;
        return STATUS_OK;
    case OID_JSONB:
        *form_out = FORM_JSONB;
        return STATUS_OK;
    case 22:
    case 30:
    case 2249:
    case 2277:
    case 2287:
        *form_out = (*info_out)->oid == 2249 ? FORM_RECORD : FORM_ARRAY;
        return STATUS_OK;
    default:
        *form_out = (*info_out)->kind == TYPE_COMPOSITE ? FORM_RECORD
                    : (*info_out)->category == 'A' && (*info_out)->element_type != NULL ? FORM_ARRAY
                                                                                        : FORM_TEXT;
        return STATUS_OK;
    }
}

/* The text that goes into JSON; times in ISO form whatever DateStyle says. */
static Status value_text(EvalEnv *env, Arena *arena, const TypeInfo *info, ValueForm form,
                         Datum value, Str *text_out) {
    StrBuf buf;
    EvalEnv iso = *env;
    TypeIo io = {.type = info, .typmod = -1, .env = env, .arena = arena};
    if (form == FORM_TIME) {
        iso.date_style = DATE_STYLE_ISO;
        io.env = &iso;
    }
    strbuf_init(&buf, arena);
    TRY(info->output(&io, value, &buf));
    *text_out = buf_datum(&buf).str;
    if (form != FORM_TIME || info->oid == 1082)
        return STATUS_OK;
    char *blank = memchr(buf.data, ' ', buf.len);
    if (blank != NULL)
        *blank = 'T';
    /* An offset is written with its minutes. */
    size_t n = buf.len;
    if (info->oid == 1184 && n > 3 && (buf.data[n - 3] == '+' || buf.data[n - 3] == '-'))
        strbuf_puts(&buf, ":00");
    *text_out = buf_datum(&buf).str;
    return STATUS_OK;
}
Status json_key_text(EvalEnv *env, Arena *arena, Oid type, Datum value, Str *text_out) {
    const TypeInfo *info;
    ValueForm form;
    TRY(value_form(env, type, &info, &form));
    if (form == FORM_ARRAY || form == FORM_RECORD || form == FORM_JSON || form == FORM_JSONB)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "key value must be scalar, not array, composite, or json");
    if (form == FORM_BOOL) {
        *text_out = str_from_cstr(value.b ? "true" : "false");
        return STATUS_OK;
    }
    return value_text(env, arena, info, form, value, text_out);
}

/* ---- as text ---- */

typedef struct JsonWriter {
    EvalEnv *env;
    Arena *arena;
    StrBuf *text;
} JsonWriter;

static Status write_value(JsonWriter *w, Oid type, Datum value, bool is_null, bool pretty);

static Status write_array(JsonWriter *w, const ArrayView *view, int dim, uint32_t *next,
                          bool pretty) {
    strbuf_putc(w->text, '[');
    for (int32_t i = 0; view->dim_count > 0 && i < view->dims[dim]; i++) {
        if (i > 0)
            strbuf_puts(w->text, pretty ? ",\n " : ",");
        if (dim + 1 < view->dim_count) {
            TRY(write_array(w, view, dim + 1, next, false));
            continue;
        }
        uint32_t at = (*next)++;
        bool is_null = array_is_null(view, at);
        TRY(write_value(w, view->elem_type, is_null ? datum_i64(0) : array_get(view, at), is_null,
                        false));
    }
    strbuf_putc(w->text, ']');
    return STATUS_OK;
}
static Status write_record(JsonWriter *w, const RecordView *view, bool pretty) {
    const char **names;
    bool any = false;
    TRY(record_column_names(w->env, w->arena, view, &names));
    strbuf_putc(w->text, '{');
    for (uint32_t i = 0; i < view->column_count; i++) {
        if (names[i] == NULL)
            continue;
        if (any)
            strbuf_puts(w->text, pretty ? ",\n " : ",");
        any = true;
        json_put_string(w->text, str_from_cstr(names[i]));
        strbuf_putc(w->text, ':');
        bool is_null = record_column_is_null(view, i);
        TRY(write_value(w, record_column_type(view, i),
                        is_null ? datum_i64(0) : record_column(view, i), is_null, false));
    }
    strbuf_putc(w->text, '}');
    return STATUS_OK;
}
static Status write_container(JsonWriter *w, ValueForm form, Datum value, bool pretty) {
    Status s;
    TRY(fiber_stack_check());
    if (form == FORM_ARRAY) {
        ArrayView view;
        uint32_t next = 0;
        s = array_view(value.str, &view);
        if (status_ok(s))
            s = write_array(w, &view, 0, &next, pretty);
    } else {
        RecordView view;
        s = record_view(value.str, &view);
        if (status_ok(s))
            s = write_record(w, &view, pretty);
    }
    return s;
}
static Status write_value(JsonWriter *w, Oid type, Datum value, bool is_null, bool pretty) {
    const TypeInfo *info;
    ValueForm form;
    Str text;
    if (is_null) {
        strbuf_puts(w->text, "null");
        return STATUS_OK;
    }
    TRY(value_form(w->env, type, &info, &form));
    switch (form) {
    case FORM_BOOL:
        strbuf_puts(w->text, value.b ? "true" : "false");
        return STATUS_OK;
    case FORM_JSON:
        strbuf_append(w->text, value.str.data, value.str.len);
        return STATUS_OK;
    case FORM_JSONB:
        jsonb_print(value.str, false, w->text);
        return STATUS_OK;
    case FORM_ARRAY:
    case FORM_RECORD:
        return write_container(w, form, value, pretty);
    default:
        TRY(value_text(w->env, w->arena, info, form, value, &text));
        if (form == FORM_NUMBER && json_is_number(text))
            strbuf_append(w->text, text.data, text.len);
        else
            json_put_string(w->text, text);
        return STATUS_OK;
    }
}
Status json_put_value(EvalEnv *env, Arena *arena, Oid type, Datum value, bool is_null, bool pretty,
                      StrBuf *text) {
    JsonWriter w = {.env = env, .arena = arena, .text = text};
    return write_value(&w, type, value, is_null, pretty);
}

/* ---- as nodes ---- */

static Status make_node(JsonWriter *w, Oid type, Datum value, bool is_null, JsonNode **node_out);

static Status array_node(JsonWriter *w, const ArrayView *view, int dim, uint32_t *next,
                         JsonNode **node_out) {
    JsonNode *node = *node_out = json_node(w->arena, JSON_ARRAY), *child;
    for (int32_t i = 0; view->dim_count > 0 && i < view->dims[dim]; i++) {
        if (dim + 1 < view->dim_count) {
            TRY(array_node(w, view, dim + 1, next, &child));
        } else {
            uint32_t at = (*next)++;
            bool is_null = array_is_null(view, at);
            TRY(make_node(w, view->elem_type, is_null ? datum_i64(0) : array_get(view, at), is_null,
                          &child));
        }
        json_append(node, child);
    }
    return STATUS_OK;
}
static Status record_node(JsonWriter *w, const RecordView *view, JsonNode **node_out) {
    JsonNode *node = *node_out = json_node(w->arena, JSON_OBJECT), *child;
    const char **names;
    TRY(record_column_names(w->env, w->arena, view, &names));
    for (uint32_t i = 0; i < view->column_count; i++) {
        bool is_null = record_column_is_null(view, i);
        if (names[i] == NULL)
            continue;
        TRY(make_node(w, record_column_type(view, i),
                      is_null ? datum_i64(0) : record_column(view, i), is_null, &child));
        child->key = str_from_cstr(names[i]);
        json_append(node, child);
    }
    return STATUS_OK;
}
static Status container_node(JsonWriter *w, ValueForm form, Datum value, JsonNode **node_out) {
    Status s;
    TRY(fiber_stack_check());
    if (form == FORM_ARRAY) {
        ArrayView view;
        uint32_t next = 0;
        s = array_view(value.str, &view);
        if (status_ok(s))
            s = array_node(w, &view, 0, &next, node_out);
    } else {
        RecordView view;
        s = record_view(value.str, &view);
        if (status_ok(s))
            s = record_node(w, &view, node_out);
    }
    return s;
}
static Status make_node(JsonWriter *w, Oid type, Datum value, bool is_null, JsonNode **node_out) {
    const TypeInfo *info;
    ValueForm form;
    Str text;
    if (is_null) {
        *node_out = json_node(w->arena, JSON_NULL);
        return STATUS_OK;
    }
    TRY(value_form(w->env, type, &info, &form));
    switch (form) {
    case FORM_BOOL:
        *node_out = json_node(w->arena, JSON_BOOL);
        (*node_out)->truth = value.b;
        return STATUS_OK;
    case FORM_JSON:
        return json_parse(w->arena, value.str, true, node_out);
    case FORM_JSONB:
        *node_out = json_node_encoded(w->arena, value.str);
        return STATUS_OK;
    case FORM_ARRAY:
    case FORM_RECORD:
        return container_node(w, form, value, node_out);
    default:
        TRY(value_text(w->env, w->arena, info, form, value, &text));
        *node_out = json_node_string(w->arena, text);
        if (form == FORM_NUMBER && json_is_number(text))
            (*node_out)->kind = JSON_NUMBER;
        return STATUS_OK;
    }
}
Status json_value_node(EvalEnv *env, Arena *arena, Oid type, Datum value, bool is_null,
                       JsonNode **node_out) {
    JsonWriter w = {.env = env, .arena = arena};
    return make_node(&w, type, value, is_null, node_out);
}
