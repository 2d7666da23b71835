/*
 * xml.h: the type xml and the constructs of SQL/XML, for functions here and expressions in the executor.
 * Layer: types.
 *
 * xml is its text, checked. Parsing and XPath are libxml2's: it loads nothing from outside, and what nests
 * deeper than a fibre's stack allows is refused before it gets there.
 */
#ifndef TYPES_XML_H
#define TYPES_XML_H

#include "types/type.h"

/* The declaration a value begins with. */
typedef struct XmlDeclaration {
    Str version, encoding; /* data NULL: not given */
    int standalone;        /* 1 yes, 0 no, -1 not given */
    size_t len;            /* bytes it takes; 0: there is none */
} XmlDeclaration;
typedef enum XmlDeclarationError {
    XML_DECL_OK,
    XML_DECL_CHARACTER,
    XML_DECL_SPACE,
    XML_DECL_STANDALONE,
    XML_DECL_VERSION,
    XML_DECL_ENCODING,
    XML_DECL_END
} XmlDeclarationError;
XmlDeclarationError xml_declaration(Str text, XmlDeclaration *out);
/* Appends one where it says more than the default; whether it did. */
bool xml_put_declaration(StrBuf *out, Str version, int standalone);

/* Errors: 2200M, 2200N with libxml's text as detail. */
Status xml_check(EvalEnv *env, Arena *arena, Str text, bool document);
Status xml_is_document(EvalEnv *env, Arena *arena, Str text, bool *out);
/* XMLCONCAT of what is not NULL. */
void xml_concat(Arena *arena, const Str *values, uint32_t count, StrBuf *out);
/* XMLROOT. version.data NULL: NO VALUE. standalone: 1, 0, -1 no value, -2 as it is. */
void xml_root(Str value, Str version, int standalone, StrBuf *out);
/* XMLPI. Errors: 42601, 2200T. arg.data NULL: none. */
Status xml_pi(const char *target, Str arg, StrBuf *out);
/* A value of any type as XML. escape: not for attributes. */
Status xml_put_value(EvalEnv *env, Arena *arena, Oid type, Datum value, bool escape, StrBuf *out);
void xml_put_attribute(StrBuf *out, const char *name, Str value);
void xml_escape(StrBuf *out, Str text);
/* A name as SQL/XML maps identifiers. */
void xml_put_name(StrBuf *out, const char *identifier, bool full, bool escape_period);

/* The identifier that a name stands for. */
void xml_name_to_identifier(const char *name, StrBuf *out);

/* A parsed document with an XPath context. Free it also after an error. */
typedef struct XmlDocument XmlDocument;
/* names[2 * i], names[2 * i + 1]: prefix and URI. Errors: 2200M. */
Status xml_document_open(EvalEnv *env, Arena *arena, Str text, const Str *names,
                         uint32_t name_count, XmlDocument **out);
void xml_document_free(XmlDocument *document);
/*
 * Evaluates a path from node (NULL: the document). Results live on arena: nodes for sets, else texts of one
 * scalar value, numbers as XPath prints them. Errors: XX000 "invalid XPath expression" with detail, 54001.
 */
typedef struct XmlResult {
    bool is_set;
    uint32_t count;
    void **nodes; /* is_set */
    Str text;     /* else */
    bool is_bool, truth;
    bool is_string, is_number;
    double number;
} XmlResult;
Status xml_evaluate(XmlDocument *document, void *node, Str path, XmlResult *out);
/* A node serialized as xpath() shows it. */
Status xml_node_value(XmlDocument *document, void *node, StrBuf *out);
/* A node's string value: its text without markup. */
void xml_node_text(void *node, StrBuf *out);

#endif
