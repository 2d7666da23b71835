/* nodes_int.h: what every struct of expr.h and query.h consists of. Private to planner/. */
#ifndef PLANNER_NODES_INT_H
#define PLANNER_NODES_INT_H

#include "planner/query.h"

typedef enum FieldKind {
    FIELD_END,
    FIELD_BOOL,
    FIELD_CHAR,
    FIELD_U8,
    FIELD_I16,
    FIELD_I32,
    FIELD_U32, /* OIDs and enums too */
    FIELD_DOUBLE,
    FIELD_STR,         /* const char * */
    FIELD_DATUM,       /* of an ExprConst */
    FIELD_EXPR,        /* Expr * */
    FIELD_LIST,        /* ExprList */
    FIELD_QUERY,       /* Query * */
    FIELD_BITSET,      /* BitSet * */
    FIELD_STRUCT,      /* a struct within the struct */
    FIELD_PTR,         /* a pointer to a struct */
    FIELD_PTR_LIST,    /* {count, capacity, struct **items} */
    FIELD_STRUCT_LIST, /* {count, capacity, struct *items} */
    /* arrays whose count lies in another field */
    FIELD_U32S,
    FIELD_I32S,
    FIELD_I16S,
    FIELD_BOOLS,
    FIELD_STRS,
    FIELD_EXPRS,  /* Expr ** */
    FIELD_LISTS,  /* ExprList * */
    FIELD_PTRS,   /* struct ** */
    FIELD_STRUCTS /* struct * */
} FieldKind;

enum {
    FIELD_QUIET = 1,    /* says how it was written: no part of equality */
    FIELD_MINUS_ONE = 2 /* -1 where not given */
};

typedef struct StructDesc StructDesc;

typedef struct Field {
    FieldKind kind;
    uint8_t flags;
    uint16_t offset;
    uint16_t count_offset;
    const char *name;
    const StructDesc *sub;
} Field;

struct StructDesc {
    const char *name;
    uint32_t size;
    const Field *fields; /* up to FIELD_END */
};

extern const StructDesc expr_descs[EXPR_TAG_COUNT];
extern const StructDesc query_desc;

#define FIELD_AT(type, node, offset) ((type *)((char *)(node) + (offset)))

#endif
