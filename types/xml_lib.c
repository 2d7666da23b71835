/*
 * xml_lib.c: parsing, XPath and serialization by libxml2.
 *
 * Errors are collected by a handler that is set while the library runs (libxml2 keeps it by thread, and no
 * fibre parks meanwhile) and become the detail of one error. External entities are empty.
 *
 * Stacks: the parser allows 256 levels of elements; XPath recurses over parentheses when it compiles and
 * over steps and operators when it runs, so paths with more of these than a fibre's stack carries are
 * refused before.
 */
#include "types/text.h"
#include "types/types_int.h"
#include "types/xml.h"

#include "catalog/catalog.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdio.h>

#define PATH_NESTING_MAX 32
#define PATH_OPERATORS_MAX 200

typedef struct XmlErrors {
    EvalEnv *env;
    StrBuf text;
    bool occurred;
    bool syntax_only; /* namespaces and their like do not matter */
} XmlErrors;
typedef struct XmlHandlers {
    xmlStructuredErrorFunc handler;
    void *context;
} XmlHandlers;

struct XmlDocument {
    Arena *arena;
    XmlErrors errors;
    xmlParserCtxtPtr parser;
    xmlDocPtr doc;
    xmlXPathContextPtr context;
    VEC(xmlXPathObjectPtr) objects;
};

static void append(void *data, const char *format, ...) {
    StrBuf *out = data;
    char piece[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(piece, sizeof(piece), format, args);
    va_end(args);
    strbuf_append(out, piece, MIN((size_t)MAX(n, 0), sizeof(piece) - 1));
}
static void chop_newlines(StrBuf *text) {
    while (text->len > 0 && text->data[text->len - 1] == '\n')
        strbuf_truncate(text, text->len - 1);
}
static void separate_line(StrBuf *text) {
    chop_newlines(text);
    if (text->len > 0)
        strbuf_putc(text, '\n');
}
/* Whether an error counts, by where it comes from. */
static bool counts(const XmlErrors *errors, const xmlError *e, int domain) {
    switch (domain) {
    case XML_FROM_PARSER:
        return e->code != XML_WAR_UNDECLARED_ENTITY &&
               !(e->code == XML_ERR_NOT_WELL_BALANCED && errors->occurred);
    case XML_FROM_NONE:
    case XML_FROM_MEMORY:
    case XML_FROM_IO:
        return e->code != XML_WAR_UNDECLARED_ENTITY;
    default:
        return !errors->syntax_only;
    }
}
static void on_error(void *data, xmlErrorPtr e) {
    XmlErrors *errors = data;
    xmlParserCtxtPtr parser = e->ctxt;
    xmlNodePtr node = e->node;
    int domain = e->domain, level = (int)e->level;
    StrBuf text;
    switch (e->code) {
    case XML_WAR_NS_URI:
        level = XML_ERR_ERROR;
        domain = XML_FROM_NAMESPACE;
        break;
    case XML_ERR_NS_DECL_ERROR:
    case XML_WAR_NS_URI_RELATIVE:
    case XML_WAR_NS_COLUMN:
    case XML_NS_ERR_XML_NAMESPACE:
    case XML_NS_ERR_UNDEFINED_NAMESPACE:
    case XML_NS_ERR_QNAME:
    case XML_NS_ERR_ATTRIBUTE_REDEFINED:
    case XML_NS_ERR_EMPTY:
        domain = XML_FROM_NAMESPACE;
        break;
    default:
        break;
    }
    if (!counts(errors, e, domain))
        return;
    strbuf_init(&text, errors->text.arena);
    if (e->line > 0)
        strbuf_printf(&text, "line %d: ", e->line);
    if (node != NULL && node->type == XML_ELEMENT_NODE && node->name != NULL)
        strbuf_printf(&text, "element %s: ", (const char *)node->name);
    strbuf_puts(&text, e->message != NULL ? e->message : "(no message provided)");
    if (parser != NULL && parser->input != NULL) {
        xmlGenericErrorFunc saved = xmlGenericError;
        void *saved_context = xmlGenericErrorContext;
        separate_line(&text);
        xmlSetGenericErrorFunc(&text, append);
        xmlParserPrintFileContext(parser->input);
        xmlSetGenericErrorFunc(saved_context, saved);
    }
    chop_newlines(&text);
    if (level >= XML_ERR_ERROR) {
        separate_line(&errors->text);
        strbuf_append(&errors->text, strbuf_cstr(&text), text.len);
        errors->occurred = true;
    } else if (errors->env != NULL && errors->env->catalog != NULL) {
        session_notice(errors->env->catalog, level >= XML_ERR_WARNING ? "WARNING" : "NOTICE",
                       ERR_WARNING, "%s", strbuf_cstr(&text));
    }
}
static xmlParserInputPtr load_nothing(const char *url, const char *id, xmlParserCtxtPtr parser) {
    return xmlNewStringInputStream(parser, (const xmlChar *)"");
}
static XmlHandlers handlers_set(XmlErrors *errors, EvalEnv *env, Arena *arena, bool syntax_only) {
    XmlHandlers saved = {xmlStructuredError, xmlStructuredErrorContext};
    *errors = (XmlErrors){.env = env, .syntax_only = syntax_only};
    strbuf_init(&errors->text, arena);
    xmlInitParser();
    xmlSetExternalEntityLoader(load_nothing);
    xmlSetStructuredErrorFunc(errors, on_error);
    return saved;
}
static void handlers_restore(XmlHandlers saved) {
    xmlSetStructuredErrorFunc(saved.context, saved.handler);
}
static Status library_error(XmlErrors *errors, SqlState state, const char *message) {
    Status s = error(state, "%s", message);
    errors->occurred = false;
    return errors->text.len > 0 ? status_detail(s, "%s", strbuf_cstr(&errors->text)) : s;
}

/* ---- parsing ---- */

static const char *skip_space(const char *p) {
    while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
        p++;
    return p;
}
/* Whether content is a document with a DTD: comments and instructions, then <!DOCTYPE. */
static bool has_doctype(const char *p) {
    for (;;) {
        p = skip_space(p);
        if (strncmp(p, "<!DOCTYPE", 9) == 0)
            return true;
        if (strncmp(p, "<!--", 4) == 0) {
            p = strstr(p + 4, "--");
            if (p == NULL || p[2] != '>')
                return false;
            p += 3;
        } else if (strncmp(p, "<?", 2) == 0) {
            p = strstr(p + 2, "?>");
            if (p == NULL)
                return false;
            p += 2;
        } else {
            return false;
        }
    }
}
static Status declaration_error(XmlDeclarationError e) {
    static const char *const details[] = {
        [XML_DECL_CHARACTER] = "Invalid character value.",
        [XML_DECL_SPACE] = "Space required.",
        [XML_DECL_STANDALONE] = "standalone accepts only 'yes' or 'no'.",
        [XML_DECL_VERSION] = "Malformed declaration: missing version.",
        [XML_DECL_ENCODING] = "Missing encoding in text declaration.",
        [XML_DECL_END] = "Parsing XML declaration: '?>' expected."};
    return status_detail(
        error(ERR_INVALID_XML_CONTENT, "invalid XML content: invalid XML declaration"), "%s",
        details[e]);
}
static Status check_document(XmlErrors *errors, const char *text, bool document) {
    xmlParserCtxtPtr parser = xmlNewParserCtxt();
    xmlDocPtr doc = NULL;
    if (parser != NULL)
        doc = xmlCtxtReadDoc(parser, (const xmlChar *)text, NULL, "UTF-8",
                             XML_PARSE_NOENT | XML_PARSE_DTDATTR);
    bool good = doc != NULL && !errors->occurred;
    xmlFreeDoc(doc);
    xmlFreeParserCtxt(parser);
    if (good)
        return STATUS_OK;
    return document ? library_error(errors, ERR_INVALID_XML_DOCUMENT, "invalid XML document")
                    : library_error(errors, ERR_INVALID_XML_CONTENT, "invalid XML content");
}
static Status check_content(XmlErrors *errors, const char *text, const char *version) {
    xmlDocPtr doc = xmlNewDoc((const xmlChar *)version);
    int code = 0;
    doc->encoding = xmlStrdup((const xmlChar *)"UTF-8");
    if (*text != '\0')
        code = xmlParseBalancedChunkMemory(doc, NULL, NULL, 0, (const xmlChar *)text, NULL);
    bool good = code == 0 && !errors->occurred;
    xmlFreeDoc(doc);
    return good ? STATUS_OK : library_error(errors, ERR_INVALID_XML_CONTENT, "invalid XML content");
}
Status xml_check(EvalEnv *env, Arena *arena, Str value, bool document) {
    XmlErrors errors;
    const char *text = arena_strndup(arena, value.data, value.len);
    XmlDeclaration d = {0};
    if (!document) {
        XmlDeclarationError e = xml_declaration(value, &d);
        if (e != XML_DECL_OK)
            return declaration_error(e);
    }
    const char *version =
        d.version.data == NULL ? NULL : arena_strndup(arena, d.version.data, d.version.len);
    XmlHandlers saved = handlers_set(&errors, env, arena, true);
    Status s = document || has_doctype(text + d.len)
                   ? check_document(&errors, text, document)
                   : check_content(&errors, text + d.len, version);
    handlers_restore(saved);
    return s;
}
Status xml_is_document(EvalEnv *env, Arena *arena, Str text, bool *out) {
    Status s = xml_check(env, arena, text, true);
    *out = status_ok(s);
    if (!*out && s.error->state != ERR_INVALID_XML_DOCUMENT)
        return s;
    status_free(s);
    return STATUS_OK;
}

/* ---- XPath ---- */

static Status check_path(Str path) {
    int nesting = 0, operators = 0;
    char quote = 0;
    for (size_t i = 0; i < path.len; i++) {
        char c = path.data[i];
        if (quote != 0 || c == '"' || c == '\'') {
            quote = quote == 0 ? c : quote == c ? 0 : quote;
            continue;
        }
        nesting += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
        operators += strchr("/|+-*=<>!,([ ", c) != NULL;
        if (nesting > PATH_NESTING_MAX || operators > PATH_OPERATORS_MAX)
            return error(ERR_STATEMENT_TOO_COMPLEX, "XPath expression is too complex");
    }
    return STATUS_OK;
}
Status xml_document_open(EvalEnv *env, Arena *arena, Str text, const Str *names,
                         uint32_t name_count, XmlDocument **out) {
    XmlDocument *d = *out = arena_new(arena, XmlDocument);
    XmlDeclaration declaration;
    Status s = STATUS_OK;
    d->arena = arena;
    if (xml_declaration(text, &declaration) != XML_DECL_OK)
        declaration.len = 0;
    XmlHandlers saved = handlers_set(&d->errors, env, arena, false);
    d->parser = xmlNewParserCtxt();
    d->doc = xmlCtxtReadMemory(d->parser, text.data + declaration.len,
                               (int)(text.len - declaration.len), NULL, NULL, 0);
    if (d->doc == NULL || d->errors.occurred)
        s = library_error(&d->errors, ERR_INVALID_XML_DOCUMENT, "could not parse XML document");
    else
        d->context = xmlXPathNewContext(d->doc);
    for (uint32_t i = 0; d->context != NULL && i < name_count && status_ok(s); i++) {
        const char *prefix = arena_strndup(arena, names[2 * i].data, names[2 * i].len);
        const char *uri = arena_strndup(arena, names[2 * i + 1].data, names[2 * i + 1].len);
        if (xmlXPathRegisterNs(d->context, (const xmlChar *)prefix, (const xmlChar *)uri) != 0)
            s = error(ERR_INTERNAL_ERROR,
                      "could not register XML namespace with name \"%s\" and URI \"%s\"", prefix,
                      uri);
    }
    handlers_restore(saved);
    return s;
}
void xml_document_free(XmlDocument *d) {
    if (d == NULL)
        return;
    for (size_t i = 0; i < d->objects.count; i++)
        xmlXPathFreeObject(d->objects.items[i]);
    if (d->context != NULL)
        xmlXPathFreeContext(d->context);
    xmlFreeDoc(d->doc);
    xmlFreeParserCtxt(d->parser);
}
static Status read_object(XmlDocument *d, xmlXPathObjectPtr object, XmlResult *out) {
    switch (object->type) {
    case XPATH_NODESET:
        out->is_set = true;
        if (object->nodesetval != NULL) {
            out->count = (uint32_t)object->nodesetval->nodeNr;
            out->nodes = (void **)object->nodesetval->nodeTab;
        }
        return STATUS_OK;
    case XPATH_BOOLEAN:
        out->is_bool = true;
        out->truth = object->boolval != 0;
        out->text = str_from_cstr(out->truth ? "true" : "false");
        return STATUS_OK;
    case XPATH_NUMBER: {
        xmlChar *text = xmlXPathCastNumberToString(object->floatval);
        out->text = str_from_cstr(arena_strdup(d->arena, (const char *)text));
        out->is_number = true;
        out->number = object->floatval;
        xmlFree(text);
        return STATUS_OK;
    }
    case XPATH_STRING:
        out->is_string = true;
        out->text = str_from_cstr((const char *)object->stringval);
        return STATUS_OK;
    default:
        return error(ERR_INTERNAL_ERROR, "xpath expression result type %d is unsupported",
                     (int)object->type);
    }
}
Status xml_evaluate(XmlDocument *d, void *node, Str path, XmlResult *out) {
    *out = (XmlResult){0};
    TRY(check_path(path));
    const char *text = arena_strndup(d->arena, path.data, path.len);
    Status s = STATUS_OK;
    xmlXPathObjectPtr object = NULL;
    XmlHandlers saved = handlers_set(&d->errors, d->errors.env, d->arena, false);
    d->context->node = node != NULL ? node : (xmlNodePtr)d->doc;
    xmlXPathCompExprPtr compiled = xmlXPathCtxtCompile(d->context, (const xmlChar *)text);
    if (compiled == NULL || d->errors.occurred) {
        s = library_error(&d->errors, ERR_INTERNAL_ERROR, "invalid XPath expression");
    } else {
        object = xmlXPathCompiledEval(compiled, d->context);
        if (object == NULL || d->errors.occurred)
            s = library_error(&d->errors, ERR_INTERNAL_ERROR, "could not create XPath object");
    }
    if (object != NULL)
        vec_push(&d->objects, d->arena, object);
    if (compiled != NULL)
        xmlXPathFreeCompExpr(compiled);
    handlers_restore(saved);
    TRY(s);
    return read_object(d, object, out);
}
Status xml_node_value(XmlDocument *d, void *data, StrBuf *out) {
    xmlNodePtr node = data;
    if (node->type == XML_ATTRIBUTE_NODE || node->type == XML_TEXT_NODE) {
        xmlChar *text = xmlXPathCastNodeToString(node);
        xml_escape(out, str_from_cstr((const char *)text));
        xmlFree(text);
        return STATUS_OK;
    }
    /* A copy has the namespaces of what is above. */
    xmlBufferPtr buffer = xmlBufferCreate();
    xmlNodePtr copy = xmlCopyNode(node, 1);
    if (copy != NULL)
        xmlNodeDump(buffer, NULL, copy, 0, 0);
    strbuf_append(out, (const char *)xmlBufferContent(buffer), (size_t)xmlBufferLength(buffer));
    if (copy != NULL && copy->type == XML_DOCUMENT_NODE)
        xmlFreeDoc((xmlDocPtr)copy);
    else
        xmlFreeNode(copy);
    xmlBufferFree(buffer);
    return STATUS_OK;
}
void xml_node_text(void *node, StrBuf *out) {
    xmlChar *text = xmlXPathCastNodeToString(node);
    strbuf_puts(out, (const char *)text);
    xmlFree(text);
}
