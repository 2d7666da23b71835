/* index_key.c: keys of indexes; decoding rows. See index_key.h. */
#include "executor/index_key.h"

#include "executor/program.h"

#include "base/hash.h"
#include "base/strbuf.h"
#include "planner/deparse.h"

#define PREFIX_MAX 200u /* longer ones are hashed */

struct IndexKey {
    Session *session;
    const RelationDesc *relation;
    const IndexDesc *desc;
    Index *index;
    uint16_t count;
    IndexColumn *columns;
    GinColumn *gin; /* inverted: its columns; else NULL */
    bool has_equality; /* inverted, of an exclusion constraint: a column is keyed */
    uint16_t exclusion_at; /* inverted: the column searched for it; count: there is none */
    int16_t exclusion_strategy;
    Datum *values;
    bool *nulls;
    StrBuf bytes;
    Executor *exec; /* for expressions and predicate; NULL: none */
    ProgNode **expressions;
    ProgNode **predicate;
    uint32_t predicate_count;
    Vector *row_columns; /* a row as a batch of constants */
    Register *row_registers;
    Batch row;
    Arena scratch;
};

Status index_is_keyed(CatalogSession *catalog, const IndexDesc *index, bool *keyed_out) {
    GinIndex gin;
    *keyed_out = false;
    if (index->store == 0)
        return STATUS_OK;
    *keyed_out = index->am == OID_AM_BTREE || index->am == OID_AM_HASH || index->exclusion;
    if (*keyed_out)
        return STATUS_OK;
    TRY(gin_index(catalog, index, &gin));
    *keyed_out = gin.inverted;
    return STATUS_OK;
}

bool index_key_is_inverted(const IndexKey *key) { return key->gin != NULL; }
const GinColumn *index_key_gin_column(const IndexKey *key, uint32_t column) {
    return &key->gin[column];
}
uint32_t index_key_exclusion_column(const IndexKey *key) { return key->exclusion_at; }
int16_t index_key_exclusion_strategy(const IndexKey *key) { return key->exclusion_strategy; }

static Status gin_columns(IndexKey *key, Arena *arena, const GinIndex *gin) {
    const IndexDesc *index = key->desc;
    key->gin = arena_array(arena, GinColumn, key->count + 1);
    key->exclusion_at = gin->exclusion_at;
    key->exclusion_strategy = gin->exclusion_strategy;
    for (uint16_t i = 0; i < key->count; i++) {
        GinColumn *column = &key->gin[i];
        int16_t attnum = index->attnums[i];
        Oid type = attnum > 0 ? key->relation->columns[attnum - 1].type : index->column_types[i];
        *column = (GinColumn){
            .kind = gin->kinds[i], .number = (uint8_t)i, .collation = index->collations[i]};
        if (index->families[i] == OID_FAMILY_SPGIST_TEXT_OPS)
            column->collation = OID_COLLATION_C;
        TRY(type_lookup(&key->session->env, type, &column->type));
        while (column->type->kind == TYPE_DOMAIN)
            column->type = column->type->element_type;
        key->columns[i] = (IndexColumn){.type = column->type,
                                        .collation = column->collation,
                                        .keyed = gin->equality[i]};
        key->has_equality |= gin->equality[i];
    }
    return STATUS_OK;
}

/* Equal values have equal keys, so an equality operator's column can be looked up by its key. */
static Status column_is_keyed(Session *session, const IndexDesc *index, uint16_t i,
                              const TypeInfo *type, bool *keyed_out) {
    const OperatorDesc *oper;
    *keyed_out = true;
    if (index->am == OID_AM_BTREE || index->am == OID_AM_HASH || index->exclusion_operators == NULL)
        return STATUS_OK;
    TRY(catalog_operator_require(session->catalog, index->exclusion_operators[i], &oper));
    *keyed_out = type->key_encode != NULL && (oper->can_merge || oper->can_hash);
    return STATUS_OK;
}

static Oid key_collation(const IndexDesc *desc, uint16_t i) {
    Oid family = desc->families[i];
    if (family == OID_FAMILY_BTREE_TEXT_PATTERN_OPS || family == OID_FAMILY_HASH_TEXT_PATTERN_OPS ||
        family == OID_FAMILY_BTREE_BPCHAR_PATTERN_OPS ||
        family == OID_FAMILY_HASH_BPCHAR_PATTERN_OPS)
        return OID_COLLATION_C;
    return desc->collations[i];
}

/* single: the text is one expression, not a list. */
static Status key_compile(IndexKey *key, Arena *arena, const char *text, bool single,
                          ProgNode ***nodes_out, uint32_t *count_out) {
    ExprList list = {0};
    Executor *exec = key->exec;
    if (single) {
        Expr *expr;
        TRY(expr_from_string(arena, text, strlen(text), &expr));
        expr_list_add(arena, &list, expr);
    } else {
        TRY(expr_list_from_string(arena, text, strlen(text), &list));
    }
    ProgNode **nodes = arena_array(arena, ProgNode *, list.count + 1);
    for (uint32_t i = 0; i < list.count; i++) {
        Expr *planned;
        TRY(plan_expr(&exec->env, arena, &key->session->planner, list.items[i], SLOT_TARGET,
                      &planned));
        TRY(prog_compile(exec, planned, &nodes[i]));
    }
    *nodes_out = nodes;
    *count_out = list.count;
    return STATUS_OK;
}

static Status key_expressions(IndexKey *key, Arena *arena) {
    const IndexDesc *desc = key->desc;
    uint32_t count;
    if (desc->expressions == NULL && desc->predicate == NULL)
        return STATUS_OK;
    TRY(exec_light(key->session, arena, NULL, &key->exec));
    if (desc->expressions != NULL)
        TRY(key_compile(key, arena, desc->expressions, false, &key->expressions, &count));
    if (desc->predicate != NULL)
        TRY(key_compile(key, arena, desc->predicate, true, &key->predicate, &key->predicate_count));
    uint32_t n = key->relation->column_count;
    key->row_columns = arena_array(arena, Vector, n + 1);
    key->row_registers = arena_array(arena, Register, n + 1);
    key->row = (Batch){.column_count = n,
                       .row_count = 1,
                       .selection = selection_all(1),
                       .columns = key->row_columns};
    return STATUS_OK;
}

Status index_key_make(Session *session, Arena *arena, const RelationDesc *relation,
                      const IndexDesc *index, IndexKey **key_out) {
    IndexKey *key = arena_new(arena, IndexKey);
    *key_out = key;
    key->session = session;
    key->relation = relation;
    key->desc = index;
    key->count = index->key_count;
    key->columns = arena_array(arena, IndexColumn, key->count + 1);
    key->values = arena_array(arena, Datum, key->count + 1);
    key->nulls = arena_array(arena, bool, key->count + 1);
    strbuf_init(&key->bytes, arena);
    arena_init(&key->scratch, arena->account);
    GinIndex gin;
    TRY(gin_index(session->catalog, index, &gin));
    if (gin.inverted)
        TRY(gin_columns(key, arena, &gin));
    for (uint16_t i = 0; i < key->count && key->gin == NULL; i++) {
        IndexColumn *c = &key->columns[i];
        int16_t options = index->options[i];
        EvalEnv *env = &session->env;
        c->type = type_builtin(index->column_types[i]);
        if (c->type == NULL)
            TRY(type_lookup(env, index->column_types[i], &c->type));
        TRY(column_is_keyed(session, index, i, c->type, &c->keyed));
        if (c->keyed && c->type->key_encode == NULL)
            return error(ERR_FEATURE_NOT_SUPPORTED, "type %s cannot be an index key",
                         c->type->name);
        c->collation = key_collation(index, i);
        c->descending = (options & INDEX_OPTION_DESC) != 0;
        c->nulls_first = (options & INDEX_OPTION_NULLS_FIRST) != 0;
    }
    TRY(index_open(session->mvcc, index->store, index->unique, &key->index));
    return key_expressions(key, arena);
}

void index_key_end(IndexKey *key) {
    if (key == NULL)
        return;
    if (key->exec != NULL)
        exec_light_end(key->exec);
    arena_destroy(&key->scratch);
}

uint32_t index_key_columns(const IndexKey *key) { return key->count; }
const IndexDesc *index_key_desc(const IndexKey *key) { return key->desc; }
Index *index_key_index(const IndexKey *key) { return key->index; }
const IndexColumn *index_key_column(const IndexKey *key, uint32_t column) {
    return &key->columns[column];
}
const Datum *index_key_values(const IndexKey *key, const bool **nulls_out) {
    *nulls_out = key->nulls;
    return key->values;
}

/* The row as vectors of one row, for expressions. */
static ProgContext key_context(IndexKey *key, const Datum *values, const bool *nulls) {
    for (uint32_t i = 0; i < key->row.column_count; i++)
        key->row_columns[i] =
            *register_constant(&key->row_registers[i], &key->exec->arena,
                               key->relation->columns[i].phys, values[i], nulls[i]);
    arena_reset(&key->scratch);
    return (ProgContext){.exec = key->exec,
                         .side = {NULL, NULL, &key->row, NULL},
                         .row_count = 1,
                         .arena = &key->scratch};
}

Status index_key_wanted(IndexKey *key, const Datum *values, const bool *nulls, bool *wanted_out) {
    *wanted_out = true;
    if (key->predicate_count == 0)
        return STATUS_OK;
    ProgContext ctx = key_context(key, values, nulls);
    for (uint32_t i = 0; i < key->predicate_count && *wanted_out; i++) {
        Datum value;
        bool is_null;
        TRY(prog_eval_single(key->predicate[i], &ctx, &value, &is_null));
        *wanted_out = !is_null && value.b;
    }
    return STATUS_OK;
}

static Status key_values(IndexKey *key, const Datum *values, const bool *nulls) {
    uint32_t expression = 0;
    ProgContext ctx = {0};
    for (uint16_t i = 0; i < key->count; i++) {
        int16_t attnum = key->desc->attnums[i];
        if (attnum > 0) {
            key->nulls[i] = nulls[attnum - 1];
            key->values[i] = values[attnum - 1];
            continue;
        }
        if (ctx.exec == NULL)
            ctx = key_context(key, values, nulls);
        TRY(prog_eval_single(key->expressions[expression++], &ctx, &key->values[i],
                             &key->nulls[i]));
    }
    return STATUS_OK;
}

Status index_key_entries(IndexKey *key, const Datum *values, const bool *nulls, Arena *arena,
                         GinKeys *keys_out) {
    *keys_out = (GinKeys){0};
    TRY(key_values(key, values, nulls));
    for (uint16_t i = 0; i < key->count; i++)
        if (!key->nulls[i])
            TRY(gin_keys(&key->session->env, &key->gin[i], key->values[i], arena, keys_out));
    if (key->has_equality && key->exclusion_at < key->count) {
        GinColumn column;
        bool has_null;
        TRY(index_key_exclusion_prefix(key, arena, &column, &has_null));
        if (!has_null)
            TRY(gin_keys(&key->session->env, &column, key->values[key->exclusion_at], arena,
                         keys_out));
    }
    gin_keys_sort(keys_out);
    return STATUS_OK;
}

Status index_key_evaluate(IndexKey *key, const Datum *values, const bool *nulls) {
    return key_values(key, values, nulls);
}

Status index_key_exclusion_prefix(IndexKey *key, Arena *arena, GinColumn *column_out,
                                  bool *null_out) {
    StrBuf prefix;
    strbuf_init(&prefix, arena);
    strbuf_putc(&prefix, (char)GIN_EXCLUSION_NUMBER);
    *column_out = key->gin[key->exclusion_at];
    *null_out = false;
    for (uint16_t i = 0; i < key->count; i++)
        *null_out |= key->nulls[i];
    if (*null_out || !key->has_equality)
        return STATUS_OK;
    for (uint16_t i = 0; i < key->count; i++) {
        const IndexColumn *c = &key->columns[i];
        if (c->keyed && c->type->key_encode != NULL)
            TRY(c->type->key_encode(c->type, c->collation, key->values[i], &prefix));
    }
    if (prefix.len > PREFIX_MAX) {
        uint64_t hash = hash_bytes_stable(prefix.data, prefix.len);
        strbuf_truncate(&prefix, 1);
        strbuf_put_be64(&prefix, hash);
    }
    column_out->prefix = str_make(strbuf_cstr(&prefix), prefix.len);
    return STATUS_OK;
}

Status index_key_encode(IndexKey *key, const Datum *values, const bool *nulls, Str *key_out,
                        bool *has_null_out) {
    TRY(key_values(key, values, nulls));
    strbuf_truncate(&key->bytes, 0);
    *has_null_out = false;
    for (uint16_t i = 0; i < key->count; i++) {
        const IndexColumn *c = &key->columns[i];
        *has_null_out |= key->nulls[i];
        if (!c->keyed)
            continue;
        TRY(key_encode_column(c->type, c->collation, c->descending, c->nulls_first, key->values[i],
                              key->nulls[i], &key->bytes));
    }
    if (key->bytes.len == 0)
        strbuf_putc(&key->bytes, 0); /* a key is never empty */
    if (key->desc->nulls_not_distinct)
        *has_null_out = false;
    if (UNLIKELY(key->bytes.len > INDEX_KEY_MAX))
        return status_hint(
            status_object(
                error(ERR_PROGRAM_LIMIT_EXCEEDED,
                      "index row size %zu exceeds btree version 4 maximum %u for index \"%s\"",
                      key->bytes.len, INDEX_KEY_MAX, key->desc->name),
                key->relation->nsp_name, key->relation->name, NULL, NULL, key->desc->name),
            "Values larger than 1/3 of a buffer page cannot be indexed.\n"
            "Consider a function index of an MD5 hash of the value, or use full text indexing.");
    *key_out = str_make(strbuf_cstr(&key->bytes), key->bytes.len);
    return STATUS_OK;
}

/* ---- rows ---- */

Status relation_decode_column(const RelationDesc *relation, Table *table, const RowView *row,
                              int16_t attnum, Arena *arena, Datum *value_out, bool *null_out) {
    bool damaged = false;
    const ColumnDesc *column = &relation->columns[attnum - 1];
    *null_out = false;
    TupleGet got =
        tuple_get(&relation->shape, row->body, row->len, (uint32_t)attnum - 1, value_out, &damaged);
    if (UNLIKELY(damaged))
        return error(ERR_DATA_CORRUPTED, "row %llu of relation \"%s\" is damaged",
                     (unsigned long long)row->rowid, relation->name);
    if (got == TUPLE_EXTERNAL)
        return table_read_external(table, value_out->str, arena, value_out);
    if (got == TUPLE_MISSING && column->has_missing)
        *value_out = column->missing;
    else
        *null_out = got != TUPLE_VALUE;
    return STATUS_OK;
}

Status relation_decode(const RelationDesc *relation, Table *table, const RowView *row, Arena *arena,
                       Datum *values, bool *nulls) {
    for (uint16_t i = 0; i < relation->column_count; i++)
        TRY(relation_decode_column(relation, table, row, (int16_t)(i + 1), arena, &values[i],
                                   &nulls[i]));
    return STATUS_OK;
}

Status index_row_matches(void *arg, const RowView *row, Str key, bool *matches_out) {
    IndexCheck *c = arg;
    uint16_t n = c->relation->column_count;
    Str own;
    bool has_null, wanted;
    ArenaMark mark = arena_mark(c->arena);
    Datum *values = arena_alloc(c->arena, sizeof(Datum) * (n + 1u));
    bool *nulls = arena_alloc(c->arena, n + 1u);
    Status s = STATUS_OK;
    *matches_out = false;
    /* Plain columns: only those of the key are decoded. */
    if (c->key->exec == NULL) {
        for (uint16_t i = 0; status_ok(s) && i < c->key->count; i++) {
            int16_t attnum = c->key->desc->attnums[i];
            s = relation_decode_column(c->relation, c->table, row, attnum, c->arena,
                                       &values[attnum - 1], &nulls[attnum - 1]);
        }
    } else {
        s = relation_decode(c->relation, c->table, row, c->arena, values, nulls);
        if (status_ok(s))
            s = index_key_wanted(c->key, values, nulls, &wanted);
        if (!status_ok(s) || !wanted)
            goto done;
    }
    /* The caller's key may be what the last encoding left in the buffer: encode behind it. */
    StrBuf saved = c->key->bytes;
    strbuf_init(&c->key->bytes, c->arena);
    if (status_ok(s))
        s = index_key_encode(c->key, values, nulls, &own, &has_null);
    if (status_ok(s))
        *matches_out = str_equal(own, key);
    c->key->bytes = saved;
done:
    arena_release(c->arena, mark);
    return s;
}

/* ---- errors ---- */

Status index_key_describe(Session *session, IndexKey *key, Arena *arena, const char **columns_out,
                          const char **values_out) {
    StrBuf columns, values;
    strbuf_init(&columns, arena);
    strbuf_init(&values, arena);
    for (uint16_t i = 0; i < key->count; i++) {
        int16_t attnum = key->desc->attnums[i];
        if (i > 0) {
            strbuf_puts(&columns, ", ");
            strbuf_puts(&values, ", ");
        }
        const char *name = attnum > 0 ? key->relation->columns[attnum - 1].name : NULL;
        if (name == NULL)
            TRY(deparse_index(&session->env, arena, key->desc->oid, i + 1, DEPARSE_PAREN, &name));
        strbuf_puts(&columns, name == NULL ? "expression" : name);
        if (key->nulls[i]) {
            strbuf_puts(&values, "null");
            continue;
        }
        TypeIo io = {
            .type = key->columns[i].type, .typmod = -1, .env = &session->env, .arena = arena};
        TRY(io.type->output(&io, key->values[i], &values));
    }
    *columns_out = strbuf_cstr(&columns);
    *values_out = strbuf_cstr(&values);
    return STATUS_OK;
}

Status row_hidden_by_policy(Session *session, const RelationDesc *relation, bool *hidden_out) {
    CatalogSession *catalog = session->catalog;
    Oid role = session_role(catalog);
    const RoleDesc *desc;
    bool owner;
    *hidden_out = false;
    TRY(catalog_role(catalog, role, &desc));
    if (!relation->row_security || (desc != NULL && (desc->superuser || desc->bypass_rls)))
        return STATUS_OK;
    TRY(role_has_privileges_of(catalog, role, relation->owner, &owner));
    *hidden_out = !owner || relation->force_row_security;
    return STATUS_OK;
}

Status row_values_hidden(Session *session, const RelationDesc *relation, const int16_t *attnums,
                         uint32_t count, bool *hidden_out) {
    CatalogSession *catalog = session->catalog;
    Oid role = session_role(catalog);
    uint32_t held;
    bool missing;
    TRY(row_hidden_by_policy(session, relation, hidden_out));
    TRY(object_acl_mask(catalog, PG_CLASS, relation->oid, role, ACL_SELECT, &held, &missing));
    for (uint32_t i = 0; i < count && held == 0 && !*hidden_out; i++) {
        uint32_t of_column = 0;
        if (attnums[i] > 0)
            TRY(column_acl_mask(catalog, relation->oid, attnums[i], role, ACL_SELECT, &of_column));
        *hidden_out = of_column == 0;
    }
    return STATUS_OK;
}

Status index_duplicate_error(Session *session, IndexKey *key, const RelationDesc *relation,
                             Arena *arena) {
    const char *columns, *values;
    TRY(index_key_describe(session, key, arena, &columns, &values));
    Status s = error(ERR_UNIQUE_VIOLATION, "duplicate key value violates unique constraint \"%s\"",
                     key->desc->name);
    bool hidden;
    Status rights =
        row_values_hidden(session, relation, key->desc->attnums, key->desc->key_count, &hidden);
    if (!status_ok(rights)) {
        status_free(s);
        return rights;
    }
    if (!hidden)
        s = status_detail(s, "Key (%s)=(%s) already exists.", columns, values);
    return status_object(s, relation->nsp_name, relation->name, NULL, NULL, key->desc->name);
}
