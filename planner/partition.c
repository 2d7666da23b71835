/* partition.c: see partition.h. */
#include "planner/partition.h"

#include "base/vec.h"
#include "catalog/name.h"
#include "planner/plan_int.h"

#include <stdlib.h>

#define BOUND_TAG "PARTITIONBOUND "

/* ---- stored bounds ---- */

bool partition_is_bound(const char *text, size_t len) {
    return len > strlen(BOUND_TAG) && memcmp(text, BOUND_TAG, strlen(BOUND_TAG)) == 0;
}

const char *partition_bound_write(Arena *arena, const PartitionBound *bound) {
    if (bound->is_default)
        return arena_printf(arena, BOUND_TAG "d%c", bound->strategy);
    if (bound->strategy == 'h')
        return arena_printf(arena, BOUND_TAG "h %d %d", bound->modulus, bound->remainder);
    if (bound->strategy == 'l')
        return arena_printf(arena, BOUND_TAG "l %s", expr_list_to_string(arena, &bound->values));
    ExprList both = {0};
    for (uint32_t i = 0; i < bound->lower.count; i++)
        expr_list_add(arena, &both, bound->lower.items[i]);
    for (uint32_t i = 0; i < bound->upper.count; i++)
        expr_list_add(arena, &both, bound->upper.items[i]);
    return arena_printf(arena, BOUND_TAG "r %s %s %s", bound->lower_kinds, bound->upper_kinds,
                        expr_list_to_string(arena, &both));
}

static Status bad_bound(void) { return error(ERR_DATA_CORRUPTED, "invalid partition bound"); }

static Status read_range(Arena *arena, const char *p, PartitionBound *out) {
    size_t count = strcspn(p, " ");
    ExprList both;
    if (count == 0 || count > PARTITION_KEYS_MAX || strlen(p) < 2 * count + 2)
        return bad_bound();
    out->lower_kinds = arena_strndup(arena, p, count);
    out->upper_kinds = arena_strndup(arena, p + count + 1, count);
    p += 2 * count + 2;
    TRY(expr_list_from_string(arena, p, strlen(p), &both));
    if (both.count != 2 * count)
        return bad_bound();
    for (uint32_t i = 0; i < both.count; i++)
        expr_list_add(arena, i < count ? &out->lower : &out->upper, both.items[i]);
    return STATUS_OK;
}

Status partition_bound_read(Arena *arena, const char *text, PartitionBound *out) {
    *out = (PartitionBound){0};
    if (!partition_is_bound(text, strlen(text)))
        return bad_bound();
    const char *p = text + strlen(BOUND_TAG);
    out->strategy = p[0];
    out->is_default = p[0] == 'd';
    if (p[0] == 'd') {
        out->strategy = p[1];
        return STATUS_OK;
    }
    if (p[1] != ' ')
        return bad_bound();
    p += 2;
    if (out->strategy == 'h') {
        char *end;
        out->modulus = (int32_t)strtol(p, &end, 10);
        out->remainder = (int32_t)strtol(end, NULL, 10);
        return out->modulus > 0 && out->remainder >= 0 ? STATUS_OK : bad_bound();
    }
    if (out->strategy == 'l')
        return expr_list_from_string(arena, p, strlen(p), &out->values);
    return out->strategy == 'r' ? read_range(arena, p, out) : bad_bound();
}

/* A constant without its type, as PostgreSQL writes bounds. */
static Status bound_value_text(EvalEnv *env, Arena *arena, const Expr *expr, const char **out) {
    const ExprConst *value = (const ExprConst *)expr;
    Str text;
    *out = "NULL";
    if (expr->tag != EXPR_CONST)
        return bad_bound();
    if (value->is_null)
        return STATUS_OK;
    if (value->type == OID_BOOL) {
        *out = value->value.b ? "true" : "false";
        return STATUS_OK;
    }
    TRY(type_output_text(env, arena, value->type, value->value, &text));
    bool plain = (value->type == OID_INT4 || value->type == OID_NUMERIC) && text.len > 0 &&
                 text.data[0] >= '0' && text.data[0] <= '9';
    *out = plain ? arena_strndup(arena, text.data, text.len)
                 : quote_standard_literal(arena, text.data, text.len);
    return STATUS_OK;
}

static Status value_texts(EvalEnv *env, Arena *arena, const ExprList *values, const char *kinds,
                          StrBuf *text) {
    strbuf_putc(text, '(');
    for (uint32_t i = 0; i < values->count; i++) {
        const char *one = kinds != NULL && kinds[i] == 'm'   ? "MINVALUE"
                          : kinds != NULL && kinds[i] == 'M' ? "MAXVALUE"
                                                             : NULL;
        if (one == NULL)
            TRY(bound_value_text(env, arena, values->items[i], &one));
        strbuf_printf(text, "%s%s", i > 0 ? ", " : "", one);
    }
    strbuf_putc(text, ')');
    return STATUS_OK;
}

Status partition_bound_text(EvalEnv *env, Arena *arena, const PartitionBound *bound,
                            const char **text_out) {
    StrBuf text;
    strbuf_init(&text, arena);
    if (bound->is_default) {
        strbuf_puts(&text, "DEFAULT");
    } else if (bound->strategy == 'h') {
        strbuf_printf(&text, "FOR VALUES WITH (modulus %d, remainder %d)", bound->modulus,
                      bound->remainder);
    } else if (bound->strategy == 'l') {
        strbuf_puts(&text, "FOR VALUES IN ");
        TRY(value_texts(env, arena, &bound->values, NULL, &text));
    } else {
        strbuf_puts(&text, "FOR VALUES FROM ");
        TRY(value_texts(env, arena, &bound->lower, bound->lower_kinds, &text));
        strbuf_puts(&text, " TO ");
        TRY(value_texts(env, arena, &bound->upper, bound->upper_kinds, &text));
    }
    *text_out = strbuf_cstr(&text);
    return STATUS_OK;
}

/* ---- keys ---- */

static Status column_open(EvalEnv *env, const RelationDesc *table, uint16_t i, char strategy,
                          PartitionColumn *out) {
    const PartitionKeyDesc *key = table->partition_key;
    const OpclassDesc *opclass;
    const OpfamilyDesc *family;
    out->type = out->expr->type;
    out->typmod = out->expr->typmod;
    out->collation = key->collations[i];
    out->opclass = key->opclasses[i];
    TRY(type_lookup(env, out->type, &out->info));
    out->phys = out->info->phys;
    TRY(catalog_opclass(env->catalog, out->opclass, &opclass));
    if (opclass == NULL)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for opclass %u", out->opclass);
    out->family = opclass->family;
    out->input_type = opclass->input_type;
    if (strategy != 'h')
        return STATUS_OK;
    TRY(catalog_opfamily(env->catalog, out->family, &family));
    if (family != NULL)
        out->hash_function = opfamily_proc(family, out->input_type, out->input_type, 2);
    return STATUS_OK;
}

Status partition_key_open(EvalEnv *env, Arena *arena, const RelationDesc *table,
                          PartitionKey *out) {
    const PartitionKeyDesc *desc = table->partition_key;
    ExprList expressions = {0};
    uint32_t next = 0;
    if (desc == NULL)
        return error(ERR_INTERNAL_ERROR, "relation \"%s\" has no partition key", table->name);
    *out = (PartitionKey){desc->strategy, desc->key_count, NULL};
    out->columns = arena_array(arena, PartitionColumn, desc->key_count + 1u);
    if (desc->expressions != NULL)
        TRY(expr_list_from_string(arena, desc->expressions, strlen(desc->expressions),
                                  &expressions));
    for (uint16_t i = 0; i < desc->key_count; i++) {
        PartitionColumn *column = &out->columns[i];
        int16_t attnum = desc->attnums[i];
        if (attnum > 0 && attnum <= table->column_count) {
            const ColumnDesc *c = &table->columns[attnum - 1];
            column->expr =
                (Expr *)expr_column(arena, 1, attnum, c->type, c->typmod, c->collation, 0);
        } else if (next < expressions.count) {
            column->expr = expressions.items[next++];
        } else {
            return error(ERR_DATA_CORRUPTED, "partition key of \"%s\" lacks an expression",
                         table->name);
        }
        TRY(column_open(env, table, i, desc->strategy, column));
    }
    return STATUS_OK;
}

Status partition_encode(const PartitionColumn *column, Datum value, StrBuf *key) {
    if (column->info->key_encode == NULL)
        return error(ERR_FEATURE_NOT_SUPPORTED, "partition keys of type %s are not supported",
                     column->info->name);
    strbuf_putc(key, 1);
    return column->info->key_encode(column->info, column->collation, value, key);
}

Status partition_bound_key(const PartitionKey *key, const char *kinds, const ExprList *values,
                           StrBuf *out) {
    for (uint32_t i = 0; i < values->count && i < key->count; i++) {
        if (kinds != NULL && kinds[i] != 'v') {
            strbuf_putc(out, kinds[i] == 'm' ? 0 : (char)0xff);
            break; /* what follows makes no difference */
        }
        TRY(partition_encode(&key->columns[i], ((const ExprConst *)values->items[i])->value, out));
    }
    return STATUS_OK;
}

Expr *partition_hash_expr(Arena *arena, const PartitionColumn *column, Expr *value) {
    ExprFunc *call = EXPR_NEW(arena, ExprFunc, EXPR_FUNC);
    Expr *seed = (Expr *)expr_const(arena, OID_INT8, -1, 0, PHYS_I64,
                                    (Datum){.i64 = (int64_t)PARTITION_HASH_SEED}, false);
    call->function = column->hash_function;
    call->type = OID_INT8;
    call->typmod = -1;
    call->input_collation = column->collation;
    call->location = -1;
    call->args = expr_list_of(arena, 2, value, seed);
    return (Expr *)call;
}

Status partition_hash_value(EvalEnv *env, Arena *arena, const PartitionColumn *column, Datum value,
                            uint64_t *hash_out) {
    Expr *call =
        partition_hash_expr(arena, column,
                            (Expr *)expr_const(arena, column->type, column->typmod,
                                               column->collation, column->phys, value, false));
    TRY(fold_alone(env, arena, call, &call));
    if (call->tag != EXPR_CONST || ((ExprConst *)call)->is_null)
        return error(ERR_INTERNAL_ERROR, "hash function %u gave no value", column->hash_function);
    *hash_out = (uint64_t)((ExprConst *)call)->value.i64;
    return STATUS_OK;
}

/* ---- the sorted bounds ---- */

static int compare_keys(Str a, Str b) {
    int order = memcmp(a.data, b.data, MIN(a.len, b.len));
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

uint32_t partition_search(const PartitionTable *table, Str key, bool or_equal) {
    uint32_t low = 0, high = table->bound_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        int order = compare_keys(table->bounds[middle], key);
        if (order < 0 || (or_equal && order == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int32_t partition_find(const PartitionTable *table, Str key) {
    uint32_t at = partition_search(table, key, true);
    int32_t found = -1;
    if (table->strategy == 'r')
        found = table->slots[at];
    else if (at > 0 && compare_keys(table->bounds[at - 1], key) == 0)
        found = table->slots[at - 1];
    return found >= 0 ? found : table->default_at;
}

int32_t partition_find_hash(const PartitionTable *table, uint64_t hash) {
    return table->modulus == 0 ? -1 : table->slots[hash % table->modulus];
}

/* A bound on its way into the table. */
typedef struct Entry {
    Str key;
    uint32_t partition; /* as read */
    bool is_upper;
} Entry;

typedef struct Building {
    EvalEnv *env;
    Arena *arena; /* of the work */
    PartitionTable *out;
    PartitionKey key;
    VEC(Oid) oids;
    VEC(PartitionBound) bounds;
    VEC(Entry) entries;
} Building;

static Status add_entry(Building *b, uint32_t partition, const char *kinds, const ExprList *values,
                        bool is_upper) {
    StrBuf key;
    strbuf_init(&key, b->arena);
    TRY(partition_bound_key(&b->key, kinds, values, &key));
    Entry entry = {str_make(strbuf_cstr(&key), key.len), partition, is_upper};
    vec_push(&b->entries, b->arena, entry);
    return STATUS_OK;
}

static Status read_partitions(Building *b, const RelationDesc *table) {
    for (uint32_t i = 0; i < table->child_count; i++) {
        const RelationDesc *child;
        PartitionBound bound;
        TRY(catalog_relation(b->env->catalog, table->children[i], &child));
        if (child == NULL || child->partition_bound == NULL) /* being detached */
            continue;
        TRY(partition_bound_read(b->arena, child->partition_bound, &bound));
        vec_push(&b->oids, b->arena, child->oid);
        vec_push(&b->bounds, b->arena, bound);
    }
    return STATUS_OK;
}

static int entry_order(const void *x, const void *y) {
    const Entry *a = x, *b = y;
    int order = compare_keys(a->key, b->key);
    return order != 0 ? order : (int)b->is_upper - (int)a->is_upper; /* an end, then a start */
}

static uint32_t place_of(Building *b, int32_t *places, uint32_t partition) {
    if (places[partition] < 0) {
        places[partition] = (int32_t)b->out->count;
        b->out->partitions[b->out->count++] = b->oids.items[partition];
    }
    return (uint32_t)places[partition];
}

static Str keep_key(PartitionTable *out, Str key) {
    return str_make(arena_memdup(&out->arena, key.data, key.len), key.len);
}

static Status build_list(Building *b, int32_t *places) {
    PartitionTable *out = b->out;
    uint32_t null_partition = UINT32_MAX;
    for (uint32_t i = 0; i < b->oids.count; i++) {
        const PartitionBound *bound = &b->bounds.items[i];
        for (uint32_t v = 0; v < bound->values.count; v++) {
            ExprList one = {1, 1, &bound->values.items[v]};
            if (((ExprConst *)bound->values.items[v])->is_null)
                null_partition = i;
            else
                TRY(add_entry(b, i, NULL, &one, false));
        }
    }
    if (b->entries.count > 0)
        qsort(b->entries.items, b->entries.count, sizeof(Entry), entry_order);
    out->bounds = arena_array(&out->arena, Str, b->entries.count + 1);
    out->slots = arena_array(&out->arena, int32_t, b->entries.count + 1);
    for (size_t i = 0; i < b->entries.count; i++) {
        out->bounds[i] = keep_key(out, b->entries.items[i].key);
        out->slots[i] = (int32_t)place_of(b, places, b->entries.items[i].partition);
    }
    out->bound_count = (uint32_t)b->entries.count;
    if (null_partition != UINT32_MAX)
        out->null_at = (int32_t)place_of(b, places, null_partition);
    return STATUS_OK;
}

static Status build_range(Building *b, int32_t *places) {
    PartitionTable *out = b->out;
    for (uint32_t i = 0; i < b->oids.count; i++) {
        const PartitionBound *bound = &b->bounds.items[i];
        if (bound->is_default)
            continue;
        TRY(add_entry(b, i, bound->lower_kinds, &bound->lower, false));
        TRY(add_entry(b, i, bound->upper_kinds, &bound->upper, true));
    }
    if (b->entries.count > 0)
        qsort(b->entries.items, b->entries.count, sizeof(Entry), entry_order);
    out->bounds = arena_array(&out->arena, Str, b->entries.count + 1);
    out->slots = arena_array(&out->arena, int32_t, b->entries.count + 2);
    out->slots[0] = -1;
    for (size_t i = 0; i < b->entries.count; i++) {
        const Entry *entry = &b->entries.items[i];
        if (out->bound_count == 0 ||
            compare_keys(out->bounds[out->bound_count - 1], entry->key) != 0) {
            out->bounds[out->bound_count++] = keep_key(out, entry->key);
            out->slots[out->bound_count] = -1;
        }
        if (!entry->is_upper)
            out->slots[out->bound_count] = (int32_t)place_of(b, places, entry->partition);
    }
    return STATUS_OK;
}

static Status build_hash(Building *b, int32_t *places) {
    PartitionTable *out = b->out;
    for (uint32_t i = 0; i < b->oids.count; i++) {
        const PartitionBound *bound = &b->bounds.items[i];
        out->modulus = MAX(out->modulus, (uint32_t)bound->modulus);
        Entry entry = {.partition = i};
        vec_push(&b->entries, b->arena, entry);
    }
    for (size_t i = 1; i < b->entries.count; i++) /* by modulus, remainder */
        for (size_t j = i; j > 0; j--) {
            Entry *one = &b->entries.items[j - 1], *two = &b->entries.items[j], swap = *one;
            const PartitionBound *x = &b->bounds.items[one->partition];
            const PartitionBound *y = &b->bounds.items[two->partition];
            if (x->modulus < y->modulus ||
                (x->modulus == y->modulus && x->remainder <= y->remainder))
                break;
            *one = *two;
            *two = swap;
        }
    TRY(arena_try_alloc(&out->arena, sizeof(int32_t) * ((size_t)out->modulus + 1),
                        (void **)&out->slots));
    memset(out->slots, 0xff, sizeof(int32_t) * ((size_t)out->modulus + 1));
    for (size_t i = 0; i < b->entries.count; i++) {
        const PartitionBound *bound = &b->bounds.items[b->entries.items[i].partition];
        int32_t place = (int32_t)place_of(b, places, b->entries.items[i].partition);
        for (uint32_t at = (uint32_t)bound->remainder; at < out->modulus;
             at += (uint32_t)bound->modulus)
            out->slots[at] = place;
    }
    return STATUS_OK;
}

static Status build_table(Building *b, const RelationDesc *table) {
    PartitionTable *out = b->out;
    TRY(partition_key_open(b->env, b->arena, table, &b->key));
    TRY(read_partitions(b, table));
    out->strategy = b->key.strategy;
    out->key_count = b->key.count;
    out->default_at = out->null_at = -1;
    out->partitions = arena_array(&out->arena, Oid, b->oids.count + 1);
    int32_t *places = arena_array(b->arena, int32_t, b->oids.count + 1);
    memset(places, 0xff, sizeof(int32_t) * (b->oids.count + 1));
    TRY(out->strategy == 'l'   ? build_list(b, places)
        : out->strategy == 'r' ? build_range(b, places)
                               : build_hash(b, places));
    for (uint32_t i = 0; i < b->oids.count; i++)
        if (b->bounds.items[i].is_default)
            out->default_at = (int32_t)place_of(b, places, i);
    return STATUS_OK;
}

static void table_free(DescExtra *extra) {
    PartitionTable *table = (PartitionTable *)extra;
    MemAccount *account = table->arena.account;
    arena_destroy(&table->arena);
    mem_free(account, table, sizeof(*table));
}

Status partition_table_open(EvalEnv *env, const RelationDesc *table, const PartitionTable **out) {
    *out = (const PartitionTable *)desc_extra(&table->desc);
    if (*out != NULL)
        return STATUS_OK;
    MemAccount *account = desc_extra_account(&table->desc);
    PartitionTable *made = mem_alloc(account, sizeof(*made));
    Arena work;
    memset(made, 0, sizeof(*made));
    made->head.free = table_free;
    arena_init(&made->arena, account);
    arena_init(&work, account);
    Building building = {.env = env, .arena = &work, .out = made};
    Status s = build_table(&building, table);
    arena_destroy(&work);
    if (!status_ok(s)) {
        table_free(&made->head);
        return s;
    }
    *out = (const PartitionTable *)desc_extra_attach(&table->desc, &made->head);
    return STATUS_OK;
}
