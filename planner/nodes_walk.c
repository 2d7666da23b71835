/* nodes_walk.c: making, walking, mapping, comparing, hashing and copying nodes, by nodes.c's tables. */
#include "base/hash.h"
#include "planner/nodes_int.h"

#include <stdarg.h>

/* ---- lists ---- */

static void *list_grow(Arena *arena, void *items, uint32_t count, uint32_t *capacity, size_t size) {
    if (count < *capacity)
        return items;
    uint32_t wider = *capacity == 0 ? 4 : *capacity * 2;
    void *grown = arena_alloc(arena, arena_array_bytes(wider, size));
    if (count > 0)
        memcpy(grown, items, count * size);
    *capacity = wider;
    return grown;
}

void expr_list_add(Arena *arena, ExprList *list, void *expr) {
    list->items = list_grow(arena, list->items, list->count, &list->capacity, sizeof(Expr *));
    list->items[list->count++] = expr;
}

void expr_list_concat(Arena *arena, ExprList *list, const ExprList *tail) {
    for (uint32_t i = 0; i < tail->count; i++)
        expr_list_add(arena, list, tail->items[i]);
}

ExprList expr_list_of(Arena *arena, uint32_t count, ...) {
    ExprList list = {0};
    va_list args;
    va_start(args, count);
    for (uint32_t i = 0; i < count; i++)
        expr_list_add(arena, &list, va_arg(args, Expr *));
    va_end(args);
    return list;
}

void sort_list_add(Arena *arena, SortList *list, SortClause clause) {
    list->items = list_grow(arena, list->items, list->count, &list->capacity, sizeof(SortClause));
    list->items[list->count++] = clause;
}

void target_list_add(Arena *arena, TargetList *list, Target *target) {
    list->items = list_grow(arena, list->items, list->count, &list->capacity, sizeof(Target *));
    list->items[list->count++] = target;
}

void query_list_add(Arena *arena, QueryList *list, Query *query) {
    list->items = list_grow(arena, list->items, list->count, &list->capacity, sizeof(Query *));
    list->items[list->count++] = query;
}

Target *target_make(Arena *arena, Expr *expr, int16_t resno, const char *name, bool junk) {
    Target *target = arena_new(arena, Target);
    target->expr = expr;
    target->resno = resno;
    target->name = name;
    target->junk = junk;
    return target;
}

Target *target_by_ref(const TargetList *list, uint32_t sort_ref) {
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i]->sort_ref == sort_ref)
            return list->items[i];
    return NULL;
}

RangeEntry *query_add_rte(Arena *arena, Query *query, RangeEntry *entry) {
    query->range_table = list_grow(arena, query->range_table, query->range_count,
                                   &query->range_capacity, sizeof(RangeEntry *));
    query->range_table[query->range_count++] = entry;
    return entry;
}

void from_add(Arena *arena, FromNode *list, FromNode *item) {
    list->items =
        list_grow(arena, list->items, list->item_count, &list->item_capacity, sizeof(FromNode *));
    list->items[list->item_count++] = item;
}

/* ---- making ---- */

void *expr_new(Arena *arena, size_t bytes, ExprTag tag) {
    Expr *expr = arena_zalloc(arena, bytes);
    expr->tag = tag;
    expr->location = -1;
    expr->typmod = -1;
    return expr;
}

ExprConst *expr_const(Arena *arena, Oid type, int32_t typmod, Oid collation, PhysType phys,
                      Datum value, bool is_null) {
    ExprConst *node = EXPR_NEW(arena, ExprConst, EXPR_CONST);
    node->type = type;
    node->typmod = typmod;
    node->collation = collation;
    node->phys = phys;
    node->is_null = is_null;
    if (!is_null)
        node->value = value;
    return node;
}

ExprConst *expr_bool_const(Arena *arena, bool value, bool is_null) {
    return expr_const(arena, 16, -1, 0, PHYS_BYTE, datum_bool(value), is_null);
}

ExprConst *expr_null(Arena *arena, Oid type, int32_t typmod, Oid collation, PhysType phys) {
    return expr_const(arena, type, typmod, collation, phys, (Datum){0}, true);
}

ExprSlot *expr_slot(Arena *arena, SlotSide side, int32_t column, const Expr *like) {
    ExprSlot *slot = EXPR_NEW(arena, ExprSlot, EXPR_SLOT);
    slot->type = like->type;
    slot->typmod = like->typmod;
    slot->collation = like->collation;
    slot->location = like->location;
    slot->side = side;
    slot->column = column;
    return slot;
}

ExprColumn *expr_column(Arena *arena, uint32_t rt_index, int16_t attno, Oid type, int32_t typmod,
                        Oid collation, uint32_t levels_up) {
    ExprColumn *column = EXPR_NEW(arena, ExprColumn, EXPR_COLUMN);
    column->rt_index = rt_index;
    column->attno = attno;
    column->type = type;
    column->typmod = typmod;
    column->collation = collation;
    column->levels_up = levels_up;
    column->syntax_rt_index = rt_index;
    column->syntax_attno = attno;
    return column;
}

static Expr *chain(Arena *arena, BoolOp op, const ExprList *args) {
    if (args->count <= 1)
        return args->count == 0 ? NULL : args->items[0];
    ExprBool *node = EXPR_NEW(arena, ExprBool, EXPR_BOOL);
    node->type = 16;
    node->op = op;
    node->args = *args;
    return (Expr *)node;
}

Expr *expr_and(Arena *arena, const ExprList *conjuncts) {
    return chain(arena, BOOL_AND, conjuncts);
}

Expr *expr_or(Arena *arena, const ExprList *arms) { return chain(arena, BOOL_OR, arms); }

Expr *expr_not(Arena *arena, Expr *arg) {
    ExprBool *node = EXPR_NEW(arena, ExprBool, EXPR_BOOL);
    node->type = 16;
    node->op = BOOL_NOT;
    expr_list_add(arena, &node->args, arg);
    return (Expr *)node;
}

void expr_conjuncts(Arena *arena, Expr *condition, ExprList *out) {
    if (condition == NULL)
        return;
    if (condition->tag == EXPR_BOOL && ((ExprBool *)condition)->op == BOOL_AND) {
        EXPR_FOREACH(arg, ((ExprBool *)condition)->args)
            expr_conjuncts(arena, arg, out);
        return;
    }
    expr_list_add(arena, out, condition);
}

const char *expr_tag_name(ExprTag tag) {
    return tag < EXPR_TAG_COUNT && expr_descs[tag].name != NULL ? expr_descs[tag].name : "?";
}

/* ---- walking ---- */

bool expr_list_walk(const ExprList *list, ExprVisit visit, void *arg) {
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i] != NULL && visit(list->items[i], arg))
            return true;
    return false;
}

static uint32_t array_count(const void *node, const Field *field) {
    return *FIELD_AT(uint32_t, node, field->count_offset);
}

static bool walk_struct(const StructDesc *desc, void *node, uint32_t *level, ExprVisit visit,
                        void *arg);

static bool walk_array(const Field *field, void *node, uint32_t *level, ExprVisit visit,
                       void *arg) {
    uint32_t count = array_count(node, field);
    void *array = *FIELD_AT(void *, node, field->offset);
    for (uint32_t i = 0; array != NULL && i < count; i++) {
        bool stop = false;
        if (field->kind == FIELD_EXPRS) {
            Expr *item = ((Expr **)array)[i];
            stop = item != NULL && visit(item, arg);
        } else if (field->kind == FIELD_LISTS) {
            stop = expr_list_walk((ExprList *)array + i, visit, arg);
        } else if (field->kind == FIELD_PTRS) {
            stop = walk_struct(field->sub, ((void **)array)[i], level, visit, arg);
        } else if (field->kind == FIELD_STRUCTS) {
            stop = walk_struct(field->sub, (char *)array + (size_t)i * field->sub->size, level,
                               visit, arg);
        } else {
            return false;
        }
        if (stop)
            return true;
    }
    return false;
}

static bool walk_field(const Field *field, void *node, uint32_t *level, ExprVisit visit,
                       void *arg) {
    switch (field->kind) {
    case FIELD_EXPR: {
        Expr *child = *FIELD_AT(Expr *, node, field->offset);
        return child != NULL && visit(child, arg);
    }
    case FIELD_LIST:
        return expr_list_walk(FIELD_AT(ExprList, node, field->offset), visit, arg);
    case FIELD_QUERY: {
        Query *query = *FIELD_AT(Query *, node, field->offset);
        if (level == NULL || query == NULL)
            return false;
        ++*level;
        bool stop = walk_struct(&query_desc, query, level, visit, arg);
        --*level;
        return stop;
    }
    case FIELD_STRUCT:
        return walk_struct(field->sub, FIELD_AT(void, node, field->offset), level, visit, arg);
    case FIELD_PTR: {
        void *sub = *FIELD_AT(void *, node, field->offset);
        return sub != NULL && walk_struct(field->sub, sub, level, visit, arg);
    }
    case FIELD_PTR_LIST: {
        TargetList *list = FIELD_AT(TargetList, node, field->offset);
        for (uint32_t i = 0; i < list->count; i++)
            if (walk_struct(field->sub, list->items[i], level, visit, arg))
                return true;
        return false;
    }
    case FIELD_EXPRS:
    case FIELD_LISTS:
    case FIELD_PTRS:
    case FIELD_STRUCTS:
        return walk_array(field, node, level, visit, arg);
    default:
        return false;
    }
}

static bool walk_struct(const StructDesc *desc, void *node, uint32_t *level, ExprVisit visit,
                        void *arg) {
    for (const Field *field = desc->fields; field->kind != FIELD_END; field++)
        if (walk_field(field, node, level, visit, arg))
            return true;
    return false;
}

bool expr_walk(Expr *expr, ExprVisit visit, void *arg) {
    return walk_struct(&expr_descs[expr->tag], expr, NULL, visit, arg);
}

bool expr_walk_levels(Expr *expr, uint32_t *level, ExprVisit visit, void *arg) {
    return walk_struct(&expr_descs[expr->tag], expr, level, visit, arg);
}

bool query_walk(Query *query, uint32_t *level, ExprVisit visit, void *arg) {
    return walk_struct(&query_desc, query, level, visit, arg);
}

/* ---- mapping ---- */

ExprList expr_list_map(Arena *arena, const ExprList *list, ExprMap map, void *arg) {
    ExprList out = *list;
    bool copied = false;
    for (uint32_t i = 0; i < list->count; i++) {
        Expr *item = list->items[i];
        Expr *mapped = item == NULL ? NULL : map(item, arg);
        if (mapped == item)
            continue;
        if (!copied) {
            out.items = arena_memdup(arena, list->items, list->count * sizeof(Expr *));
            out.capacity = list->count;
            copied = true;
        }
        out.items[i] = mapped;
    }
    return out;
}

Expr *expr_map(Arena *arena, Expr *expr, ExprMap map, void *arg) {
    const StructDesc *desc = &expr_descs[expr->tag];
    Expr *out = expr;
    for (const Field *field = desc->fields; field->kind != FIELD_END; field++) {
        if (field->kind == FIELD_EXPR) {
            Expr *child = *FIELD_AT(Expr *, expr, field->offset);
            Expr *mapped = child == NULL ? NULL : map(child, arg);
            if (mapped == child)
                continue;
            if (out == expr)
                out = arena_memdup(arena, expr, desc->size);
            *FIELD_AT(Expr *, out, field->offset) = mapped;
        } else if (field->kind == FIELD_LIST) {
            ExprList *list = FIELD_AT(ExprList, expr, field->offset);
            ExprList mapped = expr_list_map(arena, list, map, arg);
            if (mapped.items == list->items)
                continue;
            if (out == expr)
                out = arena_memdup(arena, expr, desc->size);
            *FIELD_AT(ExprList, out, field->offset) = mapped;
        }
    }
    return out;
}

static void map_struct(Arena *arena, const StructDesc *desc, void *node, uint32_t *level,
                       ExprMap map, void *arg);

static void map_array(Arena *arena, const Field *field, void *node, uint32_t *level, ExprMap map,
                      void *arg) {
    uint32_t count = array_count(node, field);
    void *array = *FIELD_AT(void *, node, field->offset);
    for (uint32_t i = 0; array != NULL && i < count; i++) {
        if (field->kind == FIELD_EXPRS) {
            Expr **item = (Expr **)array + i;
            if (*item != NULL)
                *item = map(*item, arg);
        } else if (field->kind == FIELD_LISTS) {
            ExprList *list = (ExprList *)array + i;
            *list = expr_list_map(arena, list, map, arg);
        } else if (field->kind == FIELD_PTRS) {
            map_struct(arena, field->sub, ((void **)array)[i], level, map, arg);
        } else {
            map_struct(arena, field->sub, (char *)array + (size_t)i * field->sub->size, level, map,
                       arg);
        }
    }
}

static void map_field(Arena *arena, const Field *field, void *node, uint32_t *level, ExprMap map,
                      void *arg) {
    switch (field->kind) {
    case FIELD_EXPR: {
        Expr **child = FIELD_AT(Expr *, node, field->offset);
        if (*child != NULL)
            *child = map(*child, arg);
        break;
    }
    case FIELD_LIST: {
        ExprList *list = FIELD_AT(ExprList, node, field->offset);
        *list = expr_list_map(arena, list, map, arg);
        break;
    }
    case FIELD_QUERY: {
        Query *query = *FIELD_AT(Query *, node, field->offset);
        if (level == NULL || query == NULL)
            break;
        ++*level;
        map_struct(arena, &query_desc, query, level, map, arg);
        --*level;
        break;
    }
    case FIELD_STRUCT:
        map_struct(arena, field->sub, FIELD_AT(void, node, field->offset), level, map, arg);
        break;
    case FIELD_PTR:
        if (*FIELD_AT(void *, node, field->offset) != NULL)
            map_struct(arena, field->sub, *FIELD_AT(void *, node, field->offset), level, map, arg);
        break;
    case FIELD_PTR_LIST: {
        TargetList *list = FIELD_AT(TargetList, node, field->offset);
        for (uint32_t i = 0; i < list->count; i++)
            map_struct(arena, field->sub, list->items[i], level, map, arg);
        break;
    }
    case FIELD_EXPRS:
    case FIELD_LISTS:
    case FIELD_PTRS:
    case FIELD_STRUCTS:
        map_array(arena, field, node, level, map, arg);
        break;
    default:
        break;
    }
}

static void map_struct(Arena *arena, const StructDesc *desc, void *node, uint32_t *level,
                       ExprMap map, void *arg) {
    for (const Field *field = desc->fields; field->kind != FIELD_END; field++)
        map_field(arena, field, node, level, map, arg);
}

void query_map(Arena *arena, Query *query, uint32_t *level, ExprMap map, void *arg) {
    map_struct(arena, &query_desc, query, level, map, arg);
}

Expr *expr_map_levels(Arena *arena, Expr *expr, uint32_t *level, ExprMap map, void *arg) {
    Expr *out = expr_map(arena, expr, map, arg);
    if (out->tag != EXPR_SUB_LINK)
        return out;
    ExprSubLink *link = arena_memdup(arena, out, sizeof(ExprSubLink));
    link->query = query_copy(arena, link->query);
    ++*level;
    query_map(arena, link->query, level, map, arg);
    --*level;
    return (Expr *)link;
}

/* ---- equality ---- */

static bool equal_struct(const StructDesc *desc, const void *a, const void *b);

static bool equal_datum(const ExprConst *a, const ExprConst *b) {
    if (a->is_null || b->is_null)
        return a->is_null == b->is_null;
    if (a->phys != b->phys)
        return false;
    if (a->phys == PHYS_STR)
        return str_equal(a->value.str, b->value.str);
    return memcmp(&a->value, &b->value, phys_vector_bytes(a->phys)) == 0;
}

static bool equal_text(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static size_t scalar_bytes(FieldKind kind) {
    switch (kind) {
    case FIELD_BOOL:
    case FIELD_CHAR:
    case FIELD_U8:
    case FIELD_BOOLS:
        return 1;
    case FIELD_I16:
    case FIELD_I16S:
        return 2;
    case FIELD_DOUBLE:
        return 8;
    default:
        return 4;
    }
}

static bool equal_array(const Field *field, const void *a, const void *b) {
    uint32_t count = array_count(a, field);
    void *x = *FIELD_AT(void *, a, field->offset), *y = *FIELD_AT(void *, b, field->offset);
    if (count != array_count(b, field) || (x == NULL) != (y == NULL))
        return false;
    for (uint32_t i = 0; x != NULL && i < count; i++) {
        bool same = true;
        switch (field->kind) {
        case FIELD_STRS:
            same = equal_text(((const char **)x)[i], ((const char **)y)[i]);
            break;
        case FIELD_EXPRS:
            same = expr_equal(((Expr **)x)[i], ((Expr **)y)[i]);
            break;
        case FIELD_LISTS:
            same = expr_list_equal((ExprList *)x + i, (ExprList *)y + i);
            break;
        case FIELD_PTRS:
            same = equal_struct(field->sub, ((void **)x)[i], ((void **)y)[i]);
            break;
        case FIELD_STRUCTS:
            same = equal_struct(field->sub, (char *)x + (size_t)i * field->sub->size,
                                (char *)y + (size_t)i * field->sub->size);
            break;
        default: {
            size_t bytes = scalar_bytes(field->kind);
            same = memcmp((char *)x + i * bytes, (char *)y + i * bytes, bytes) == 0;
        }
        }
        if (!same)
            return false;
    }
    return true;
}

static bool equal_list(const Field *field, const void *a, const void *b) {
    const TargetList *x = FIELD_AT(TargetList, a, field->offset);
    const TargetList *y = FIELD_AT(TargetList, b, field->offset);
    if (x->count != y->count)
        return false;
    for (uint32_t i = 0; i < x->count; i++) {
        const void *p = field->kind == FIELD_PTR_LIST
                            ? (void *)x->items[i]
                            : (char *)x->items + (size_t)i * field->sub->size;
        const void *q = field->kind == FIELD_PTR_LIST
                            ? (void *)y->items[i]
                            : (char *)y->items + (size_t)i * field->sub->size;
        if (!equal_struct(field->sub, p, q))
            return false;
    }
    return true;
}

static bool equal_field(const Field *field, const void *a, const void *b) {
    const void *x = FIELD_AT(void, a, field->offset), *y = FIELD_AT(void, b, field->offset);
    switch (field->kind) {
    case FIELD_BOOL:
    case FIELD_CHAR:
    case FIELD_U8:
    case FIELD_I16:
    case FIELD_I32:
    case FIELD_U32:
    case FIELD_DOUBLE:
        return memcmp(x, y, scalar_bytes(field->kind)) == 0;
    case FIELD_STR:
        return equal_text(*(char *const *)x, *(char *const *)y);
    case FIELD_DATUM:
        return equal_datum(a, b);
    case FIELD_EXPR:
        return expr_equal(*(Expr *const *)x, *(Expr *const *)y);
    case FIELD_LIST:
        return expr_list_equal(x, y);
    case FIELD_QUERY:
        return query_equal(*(Query *const *)x, *(Query *const *)y);
    case FIELD_BITSET:
        return bitset_equal(*(BitSet *const *)x, *(BitSet *const *)y);
    case FIELD_STRUCT:
        return equal_struct(field->sub, x, y);
    case FIELD_PTR: {
        const void *p = *(void *const *)x, *q = *(void *const *)y;
        return (p == NULL) == (q == NULL) && (p == NULL || equal_struct(field->sub, p, q));
    }
    case FIELD_PTR_LIST:
    case FIELD_STRUCT_LIST:
        return equal_list(field, a, b);
    default:
        return equal_array(field, a, b);
    }
}

static bool equal_struct(const StructDesc *desc, const void *a, const void *b) {
    for (const Field *field = desc->fields; field->kind != FIELD_END; field++)
        if (!(field->flags & FIELD_QUIET) && !equal_field(field, a, b))
            return false;
    return true;
}

bool expr_equal(const Expr *a, const Expr *b) {
    if (a == b)
        return true;
    if (a == NULL || b == NULL || a->tag != b->tag || a->type != b->type)
        return false;
    return equal_struct(&expr_descs[a->tag], a, b);
}

bool expr_list_equal(const ExprList *a, const ExprList *b) {
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!expr_equal(a->items[i], b->items[i]))
            return false;
    return true;
}

bool query_equal(const Query *a, const Query *b) {
    return a == b || (a != NULL && b != NULL && equal_struct(&query_desc, a, b));
}

uint64_t expr_hash(const Expr *expr) {
    if (expr == NULL)
        return 0;
    uint64_t hash = hash_combine(expr->tag, expr->type);
    for (const Field *field = expr_descs[expr->tag].fields; field->kind != FIELD_END; field++) {
        const void *at = FIELD_AT(void, expr, field->offset);
        if (field->flags & FIELD_QUIET)
            continue;
        if (field->kind == FIELD_I16 || field->kind == FIELD_I32 || field->kind == FIELD_U32)
            hash = hash_combine(hash, field->kind == FIELD_I16 ? (uint64_t) * (const int16_t *)at
                                                               : *(const uint32_t *)at);
        else if (field->kind == FIELD_EXPR)
            hash = hash_combine(hash, expr_hash(*(Expr *const *)at));
        else if (field->kind == FIELD_LIST)
            for (uint32_t i = 0; i < ((const ExprList *)at)->count; i++)
                hash = hash_combine(hash, expr_hash(((const ExprList *)at)->items[i]));
        else if (field->kind == FIELD_DATUM && !((const ExprConst *)expr)->is_null)
            hash =
                ((const ExprConst *)expr)->phys == PHYS_STR
                    ? hash_combine(hash, hash_bytes(((const Datum *)at)->str.data,
                                                    ((const Datum *)at)->str.len))
                    : hash_combine(
                          hash, hash_bytes(at, phys_vector_bytes(((const ExprConst *)expr)->phys)));
    }
    return hash;
}

/* ---- copying ---- */

static void copy_children(Arena *arena, const StructDesc *desc, void *node);

static void *copy_struct(Arena *arena, const StructDesc *desc, const void *node) {
    void *copy = arena_memdup(arena, node, desc->size);
    copy_children(arena, desc, copy);
    return copy;
}

static ExprList copy_list(Arena *arena, const ExprList *list) {
    ExprList copy = {list->count, list->count, NULL};
    if (list->count > 0)
        copy.items = arena_array(arena, Expr *, list->count);
    for (uint32_t i = 0; i < list->count; i++)
        copy.items[i] = expr_copy(arena, list->items[i]);
    return copy;
}

static void copy_array(Arena *arena, const Field *field, void *node) {
    uint32_t count = array_count(node, field);
    void **at = FIELD_AT(void *, node, field->offset);
    if (*at == NULL || count == 0)
        return;
    size_t item =
        field->kind == FIELD_STRS || field->kind == FIELD_EXPRS || field->kind == FIELD_PTRS
            ? sizeof(void *)
        : field->kind == FIELD_LISTS   ? sizeof(ExprList)
        : field->kind == FIELD_STRUCTS ? field->sub->size
                                       : scalar_bytes(field->kind);
    *at = arena_memdup(arena, *at, arena_array_bytes(count, item));
    for (uint32_t i = 0; i < count; i++) {
        if (field->kind == FIELD_STRS) {
            const char **text = (const char **)*at + i;
            if (*text != NULL)
                *text = arena_strdup(arena, *text);
        } else if (field->kind == FIELD_EXPRS) {
            ((Expr **)*at)[i] = expr_copy(arena, ((Expr **)*at)[i]);
        } else if (field->kind == FIELD_LISTS) {
            ((ExprList *)*at)[i] = copy_list(arena, (ExprList *)*at + i);
        } else if (field->kind == FIELD_PTRS) {
            ((void **)*at)[i] = copy_struct(arena, field->sub, ((void **)*at)[i]);
        } else if (field->kind == FIELD_STRUCTS) {
            copy_children(arena, field->sub, (char *)*at + i * item);
        }
    }
}

static void copy_struct_list(Arena *arena, const Field *field, void *node) {
    TargetList *list = FIELD_AT(TargetList, node, field->offset);
    if (list->count == 0)
        return;
    size_t item = field->kind == FIELD_PTR_LIST ? sizeof(void *) : field->sub->size;
    list->items = arena_memdup(arena, list->items, arena_array_bytes(list->count, item));
    list->capacity = list->count;
    for (uint32_t i = 0; i < list->count; i++) {
        if (field->kind == FIELD_PTR_LIST)
            list->items[i] = copy_struct(arena, field->sub, list->items[i]);
        else
            copy_children(arena, field->sub, (char *)list->items + i * item);
    }
}

static void copy_field(Arena *arena, const Field *field, void *node) {
    void *at = FIELD_AT(void, node, field->offset);
    switch (field->kind) {
    case FIELD_STR:
        if (*(const char **)at != NULL)
            *(const char **)at = arena_strdup(arena, *(const char **)at);
        break;
    case FIELD_DATUM: {
        ExprConst *constant = node;
        if (!constant->is_null && constant->phys == PHYS_STR)
            constant->value =
                datum_str(arena_memdup(arena, constant->value.str.data, constant->value.str.len),
                          constant->value.str.len);
        break;
    }
    case FIELD_EXPR:
        *(Expr **)at = expr_copy(arena, *(Expr **)at);
        break;
    case FIELD_LIST:
        *(ExprList *)at = copy_list(arena, at);
        break;
    case FIELD_QUERY:
        *(Query **)at = query_copy(arena, *(Query **)at);
        break;
    case FIELD_BITSET:
        *(BitSet **)at = bitset_copy(arena, *(BitSet **)at);
        break;
    case FIELD_STRUCT:
        copy_children(arena, field->sub, at);
        break;
    case FIELD_PTR:
        if (*(void **)at != NULL)
            *(void **)at = copy_struct(arena, field->sub, *(void **)at);
        break;
    case FIELD_PTR_LIST:
    case FIELD_STRUCT_LIST:
        copy_struct_list(arena, field, node);
        break;
    case FIELD_U32S:
    case FIELD_I32S:
    case FIELD_I16S:
    case FIELD_BOOLS:
    case FIELD_STRS:
    case FIELD_EXPRS:
    case FIELD_LISTS:
    case FIELD_PTRS:
    case FIELD_STRUCTS:
        copy_array(arena, field, node);
        break;
    default:
        break;
    }
}

static void copy_children(Arena *arena, const StructDesc *desc, void *node) {
    for (const Field *field = desc->fields; field->kind != FIELD_END; field++)
        copy_field(arena, field, node);
}

Expr *expr_copy(Arena *arena, const Expr *expr) {
    return expr == NULL ? NULL : copy_struct(arena, &expr_descs[expr->tag], expr);
}

Query *query_copy(Arena *arena, const Query *query) {
    if (query == NULL)
        return NULL;
    Query *copy = copy_struct(arena, &query_desc, query);
    copy->range_capacity = copy->range_count;
    return copy;
}

/* ---- location ---- */

typedef struct LocationSearch {
    int32_t leftmost;
} LocationSearch;

static bool location_visit(Expr *expr, void *arg) {
    LocationSearch *search = arg;
    int32_t here = expr_location(expr);
    if (here >= 0 && (search->leftmost < 0 || here < search->leftmost))
        search->leftmost = here;
    return here >= 0; /* of its arguments the first that has one */
}

int32_t expr_location(const Expr *expr) {
    if (expr == NULL)
        return -1;
    LocationSearch search = {expr->location};
    switch (expr->tag) {
    case EXPR_FUNC: /* a function's name leads it, an operator stands within */
    case EXPR_DISTINCT:
    case EXPR_NULLIF:
    case EXPR_SCALAR_ARRAY_OP:
    case EXPR_BOOL:
    case EXPR_RELABEL:
    case EXPR_COERCE_VIA_IO:
    case EXPR_ARRAY_COERCE:
    case EXPR_ROW_COERCE:
    case EXPR_COERCE_DOMAIN:
    case EXPR_NULL_TEST:
    case EXPR_BOOLEAN_TEST:
    case EXPR_NAMED_ARG:
    case EXPR_SUB_LINK:
        expr_walk((Expr *)expr, location_visit, &search);
        break;
    case EXPR_SUBSCRIPT:
        return expr_location(((const ExprSubscript *)expr)->arg);
    case EXPR_FIELD_SELECT:
        return expr_location(((const ExprFieldSelect *)expr)->arg);
    case EXPR_FIELD_STORE:
        return expr_location(((const ExprFieldStore *)expr)->arg);
    case EXPR_COLLATE:
        return expr_location(((const ExprCollate *)expr)->arg);
    case EXPR_ROW_COMPARE:
        return ((const ExprRowCompare *)expr)->left.count > 0
                   ? expr_location(((const ExprRowCompare *)expr)->left.items[0])
                   : -1;
    default:
        break;
    }
    return search.leftmost;
}
