/* explain_format.c: EXPLAIN's output formats. */
#include "executor/explain_int.h"

#include <string.h>

static void spaces(Explain *x, int count) { strbuf_printf(&x->out, "%*s", count, ""); }

void explain_indent(Explain *x) { spaces(x, x->indent * 2); }

static void put_xml(StrBuf *out, const char *text) {
    for (const char *p = text; *p != '\0'; p++) {
        switch (*p) {
        case '&':
            strbuf_puts(out, "&amp;");
            break;
        case '<':
            strbuf_puts(out, "&lt;");
            break;
        case '>':
            strbuf_puts(out, "&gt;");
            break;
        case '\r':
            strbuf_puts(out, "&#x0d;");
            break;
        default:
            strbuf_putc(out, *p);
        }
    }
}

/* A JSON string, which is one of YAML too. */
static void put_json(StrBuf *out, const char *text) {
    static const char escaped[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
    strbuf_putc(out, '"');
    for (const char *p = text; *p != '\0'; p++) {
        const char *found = strchr(escaped, *p);
        if (found != NULL) {
            strbuf_putc(out, '\\');
            strbuf_putc(out, letters[found - escaped]);
        } else if ((unsigned char)*p < ' ') {
            strbuf_printf(out, "\\u%04x", (unsigned char)*p);
        } else {
            strbuf_putc(out, *p);
        }
    }
    strbuf_putc(out, '"');
}

typedef enum TagKind { TAG_OPEN, TAG_CLOSE, TAG_EMPTY } TagKind;

static void put_tag(Explain *x, const char *name, TagKind kind) {
    strbuf_puts(&x->out, kind == TAG_CLOSE ? "</" : "<");
    for (const char *p = name; *p != '\0'; p++) {
        bool valid = (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') ||
                     (*p >= '0' && *p <= '9') || *p == '-' || *p == '_' || *p == '.';
        strbuf_putc(&x->out, valid ? *p : '-');
    }
    strbuf_puts(&x->out, kind == TAG_EMPTY ? " />" : ">");
}

static void put_tag_line(Explain *x, const char *name, TagKind kind) {
    explain_indent(x);
    put_tag(x, name, kind);
    strbuf_putc(&x->out, '\n');
}

/* Ends what stood before in the group, begins a line. */
static void begin_item(Explain *x) {
    bool *used = &x->groups.items[x->groups.count - 1];
    if (x->format == EXPLAIN_JSON) {
        strbuf_puts(&x->out, *used ? ",\n" : "\n");
        explain_indent(x);
    } else if (*used) {
        strbuf_putc(&x->out, '\n');
        explain_indent(x);
    }
    *used = true;
}

void explain_begin(Explain *x) {
    if (x->format == EXPLAIN_XML)
        strbuf_puts(&x->out, "<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n");
    if (x->format == EXPLAIN_JSON)
        strbuf_putc(&x->out, '[');
    if (x->format == EXPLAIN_XML || x->format == EXPLAIN_JSON)
        x->indent++;
    vec_push(&x->groups, x->arena, false);
}

void explain_end(Explain *x) {
    if (x->format == EXPLAIN_XML)
        strbuf_puts(&x->out, "</explain>");
    if (x->format == EXPLAIN_JSON)
        strbuf_puts(&x->out, "\n]");
    if (x->format == EXPLAIN_XML || x->format == EXPLAIN_JSON)
        x->indent--;
    x->groups.count--;
}

void explain_open(Explain *x, const char *type, const char *label, bool labeled) {
    switch (x->format) {
    case EXPLAIN_TEXT:
        return;
    case EXPLAIN_XML:
        put_tag_line(x, type, TAG_OPEN);
        break;
    case EXPLAIN_JSON:
        begin_item(x);
        if (label != NULL) {
            put_json(&x->out, label);
            strbuf_puts(&x->out, ": ");
        }
        strbuf_putc(&x->out, labeled ? '{' : '[');
        vec_push(&x->groups, x->arena, false);
        break;
    case EXPLAIN_YAML:
        begin_item(x);
        if (label != NULL)
            strbuf_printf(&x->out, "%s: ", label);
        else
            strbuf_puts(&x->out, "- ");
        vec_push(&x->groups, x->arena, label != NULL);
        break;
    }
    x->indent++;
}

void explain_close(Explain *x, const char *type, bool labeled) {
    if (x->format == EXPLAIN_TEXT)
        return;
    x->indent--;
    if (x->format == EXPLAIN_XML) {
        put_tag_line(x, type, TAG_CLOSE);
        return;
    }
    if (x->format == EXPLAIN_JSON) {
        strbuf_putc(&x->out, '\n');
        explain_indent(x);
        strbuf_putc(&x->out, labeled ? '}' : ']');
    }
    x->groups.count--;
}

void explain_dummy(Explain *x, const char *type, const char *label) {
    if (x->format == EXPLAIN_TEXT)
        return;
    if (x->format == EXPLAIN_XML) {
        put_tag_line(x, type, TAG_EMPTY);
        return;
    }
    begin_item(x);
    if (label != NULL) {
        put_json(&x->out, label);
        strbuf_puts(&x->out, ": ");
    } else if (x->format == EXPLAIN_YAML) {
        strbuf_puts(&x->out, "- ");
    }
    put_json(&x->out, type);
}

static void put_property(Explain *x, const char *label, const char *unit, const char *value,
                         bool number) {
    switch (x->format) {
    case EXPLAIN_TEXT:
        explain_indent(x);
        strbuf_printf(&x->out, "%s: %s%s%s\n", label, value, unit != NULL ? " " : "",
                      unit != NULL ? unit : "");
        return;
    case EXPLAIN_XML:
        explain_indent(x);
        put_tag(x, label, TAG_OPEN);
        put_xml(&x->out, value);
        put_tag(x, label, TAG_CLOSE);
        strbuf_putc(&x->out, '\n');
        return;
    case EXPLAIN_JSON:
        begin_item(x);
        put_json(&x->out, label);
        strbuf_puts(&x->out, ": ");
        break;
    case EXPLAIN_YAML:
        begin_item(x);
        strbuf_printf(&x->out, "%s: ", label);
        break;
    }
    if (number)
        strbuf_puts(&x->out, value);
    else
        put_json(&x->out, value);
}

void explain_text(Explain *x, const char *label, const char *value) {
    put_property(x, label, NULL, value, false);
}

void explain_integer(Explain *x, const char *label, const char *unit, int64_t value) {
    put_property(x, label, unit, arena_printf(x->arena, "%lld", (long long)value), true);
}

void explain_float(Explain *x, const char *label, const char *unit, double value, int digits) {
    put_property(x, label, unit, arena_printf(x->arena, "%.*f", digits, value), true);
}

void explain_bool(Explain *x, const char *label, bool value) {
    put_property(x, label, NULL, value ? "true" : "false", true);
}

static void put_joined(Explain *x, const TextList *values, void (*put)(StrBuf *, const char *)) {
    for (size_t i = 0; i < values->count; i++) {
        if (i > 0)
            strbuf_puts(&x->out, ", ");
        put(&x->out, values->items[i]);
    }
}

void explain_list(Explain *x, const char *label, const TextList *values) {
    switch (x->format) {
    case EXPLAIN_TEXT:
        explain_indent(x);
        strbuf_printf(&x->out, "%s: ", label);
        put_joined(x, values, strbuf_puts);
        strbuf_putc(&x->out, '\n');
        return;
    case EXPLAIN_XML:
        put_tag_line(x, label, TAG_OPEN);
        for (size_t i = 0; i < values->count; i++) {
            spaces(x, x->indent * 2 + 2);
            strbuf_puts(&x->out, "<Item>");
            put_xml(&x->out, values->items[i]);
            strbuf_puts(&x->out, "</Item>\n");
        }
        put_tag_line(x, label, TAG_CLOSE);
        return;
    case EXPLAIN_JSON:
        begin_item(x);
        put_json(&x->out, label);
        strbuf_puts(&x->out, ": [");
        put_joined(x, values, put_json);
        strbuf_putc(&x->out, ']');
        return;
    case EXPLAIN_YAML:
        begin_item(x);
        strbuf_printf(&x->out, "%s: ", label);
        for (size_t i = 0; i < values->count; i++) {
            strbuf_putc(&x->out, '\n');
            spaces(x, x->indent * 2 + 2);
            strbuf_puts(&x->out, "- ");
            put_json(&x->out, values->items[i]);
        }
        return;
    }
}

void explain_list_nested(Explain *x, const char *label, const TextList *values) {
    if (x->format == EXPLAIN_TEXT || x->format == EXPLAIN_XML) {
        explain_list(x, label, values);
        return;
    }
    begin_item(x);
    strbuf_puts(&x->out, x->format == EXPLAIN_JSON ? "[" : "- [");
    put_joined(x, values, put_json);
    strbuf_putc(&x->out, ']');
}
