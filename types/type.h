/*
 * type.h: what the server knows of a data type beyond its pg_type row: how values are read, printed,
 * compared, hashed and turned into index keys. Layer: types.
 *
 * Built-in types have a row each in types/def/types.def. Arrays, domains, enums, ranges and
 * composites that users make get their TypeInfo from the catalog row, sharing the code of their kind.
 */
#ifndef TYPES_TYPE_H
#define TYPES_TYPE_H

#include "types/fn.h"

typedef enum TypeKind {
    TYPE_BASE = 'b',
    TYPE_COMPOSITE = 'c',
    TYPE_DOMAIN = 'd',
    TYPE_ENUM = 'e',
    TYPE_PSEUDO = 'p',
    TYPE_RANGE = 'r',
    TYPE_MULTIRANGE = 'm'
} TypeKind;

typedef struct TypeInfo TypeInfo;

/* What a conversion works with: the type itself (element or base type through it), its typmod. */
typedef struct TypeIo {
    const TypeInfo *type;
    int32_t typmod; /* -1: none */
    EvalEnv *env;
    Arena *arena; /* result bytes */
} TypeIo;

struct TypeInfo {
    Oid oid;
    const char *name;
    TypeKind kind;
    PhysType phys;
    int16_t typlen; /* pg_type.typlen: what clients see in RowDescription */
    bool by_value;
    char category;
    bool preferred;
    Oid element; /* of arrays, ranges (subtype), domains (base type) */
    Oid array;   /* its array type */
    Oid collation;

    /* text[0..len) need not be NUL-terminated. */
    Status (*input)(TypeIo *io, const char *text, size_t len, Datum *value_out);
    Status (*output)(TypeIo *io, Datum value, StrBuf *text); /* appends */
    Status (*receive)(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out);
    Status (*send)(TypeIo *io, Datum value, StrBuf *bytes); /* appends */

    /* The default btree operator class. NULL: the type has no order. <0, 0, >0. */
    int (*compare)(const TypeInfo *type, Oid collation, Datum a, Datum b);
    /* Equal values hash alike. NULL: not hashable. */
    uint64_t (*hash)(const TypeInfo *type, Oid collation, Datum value);
    /*
     * Appends bytes whose memcmp order is the type's order, self-delimiting (no key is a prefix of
     * another's continuation), without NULL handling. NULL where compare is NULL.
     */
    Status (*key_encode)(const TypeInfo *type, Oid collation, Datum value, StrBuf *key);
    /* Reads one such key back: for index-only scans. NULL: not possible. Returns bytes consumed. */
    Status (*key_decode)(const TypeInfo *type, const uint8_t *key, size_t len, Arena *arena,
                         Datum *value_out, size_t *used_out);

    /* typmod as format_type prints it, "(10,2)"; and from its arguments. NULL: no typmod. */
    Status (*typmod_in)(const int32_t *args, int count, int32_t *typmod_out);
    void (*typmod_out)(int32_t typmod, StrBuf *text);

    const TypeInfo
        *element_type; /* of arrays, ranges, multiranges (their range), domains; else NULL */
    const TypeInfo
        *model; /* of users' base types: the built-in type whose values it has; else NULL */
};

/* Every built-in type with its array type (OID 0 where it has none). */
const TypeInfo *const *type_builtin_all(size_t *count_out);
/* Built-in types by OID; NULL if there is none. For any type, catalog-defined included: type_lookup. */
const TypeInfo *type_builtin(Oid type);
/* 42883 "could not identify a comparison function for type %s", for arrays their elements'. */
Status type_no_order(const TypeInfo *type);
/* Errors: 42704 "type with OID %u does not exist". Valid as long as the catalog session's statement. */
Status type_lookup(EvalEnv *env, Oid type, const TypeInfo **type_out);

/*
 * Checks a value (or NULL) against the constraints of a domain and of those it is made of; does nothing
 * for other types. Errors: 23502, 23514. How is known to the executor, which says so at start-up.
 */
Status type_check_domain(EvalEnv *env, const TypeInfo *type, Datum value, bool is_null);
void type_set_domain_check(Status (*checker)(EvalEnv *env, Oid domain, Datum value, bool is_null));

/* Formats one value through its type's output function. */
Status type_output_text(EvalEnv *env, Arena *arena, Oid type, Datum value, Str *text_out);
/* Reads one value through its type's input function. */
Status type_input_text(EvalEnv *env, Arena *arena, Oid type, int32_t typmod, Str text,
                       Datum *value_out);

/*
 * An index column's key: one byte that sorts NULL where nulls_first says, then the value's key, all
 * bytes inverted for descending.
 */
Status key_encode_column(const TypeInfo *type, Oid collation, bool descending, bool nulls_first,
                         Datum value, bool is_null, StrBuf *key);

#endif
