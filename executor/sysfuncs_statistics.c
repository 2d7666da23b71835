/* sysfuncs_statistics.c: what extended statistics hold and are made of (manual: Multivariate Statistics). */
#include "executor/sysfuncs_int.h"

#include "planner/deparse.h"
#include "planner/planner.h"
#include "types/ext_stats.h"

typedef struct McvCursor {
    McvList list;
    uint32_t next;
} McvCursor;

static Status items_start(SetCall *set) {
    McvCursor *cursor = arena_new(set->scan_arena, McvCursor);
    set->state = cursor;
    Str bytes = set->call.args[0].str;
    return mcv_list_read(set->call.site->env, set->scan_arena,
                         str_make(arena_memdup(set->scan_arena, bytes.data, bytes.len), bytes.len),
                         &cursor->list);
}

/* index, values, nulls, frequency, base_frequency */
static Status items_next(SetCall *set, bool *row_out) {
    static const Oid types[] = {OID_INT4, OID_TEXT_ARRAY, OID_BOOL_ARRAY, OID_FLOAT8, OID_FLOAT8};
    McvCursor *cursor = set->state;
    Datum values[5] = {0}, texts[EXT_STATS_COLUMNS_MAX], flags[EXT_STATS_COLUMNS_MAX];
    *row_out = cursor->next < cursor->list.count;
    if (!*row_out)
        return STATUS_OK;
    const McvItem *item = &cursor->list.items[cursor->next];
    for (uint32_t i = 0; i < cursor->list.column_count; i++) {
        flags[i] = datum_bool(item->nulls[i]);
        texts[i] = datum_i64(0);
        if (!item->nulls[i])
            TRY(type_output_text(set->call.site->env, set->call.arena, cursor->list.types[i],
                                 item->values[i], &texts[i].str));
    }
    values[0] = datum_i32((int32_t)cursor->next++);
    TRY(array_build_1d(set->call.arena, OID_TEXT, PHYS_STR, texts, item->nulls,
                       cursor->list.column_count, &values[1]));
    TRY(array_build_1d(set->call.arena, OID_BOOL, PHYS_BYTE, flags, NULL, cursor->list.column_count,
                       &values[2]));
    values[3].f64 = item->frequency;
    values[4].f64 = item->base_frequency;
    return record_set_row(set, types, values, (const bool[5]){false}, ARRAY_LEN(types));
}

/* PostgreSQL's text of each expression; NULL where there is none. */
static Status fn_expressions(FnCall *call) {
    CatalogRow *row = arena_new(call->arena, CatalogRow);
    ExprList exprs = {0};
    bool found;
    TRY(catalog_find_oid(call_catalog(call), PG_STATISTIC_EXT_OID_INDEX, arg_oid(call, 0),
                         call->arena, row, &found));
    if (!found || row->nulls[PG_STATISTIC_EXT_STXEXPRS])
        return give_null(call);
    Str text = row->values[PG_STATISTIC_EXT_STXEXPRS].str;
    TRY(expr_list_from_string(call->arena, text.data, text.len, &exprs));
    Datum *values = arena_array(call->arena, Datum, exprs.count + 1u);
    for (uint32_t i = 0; i < exprs.count; i++) {
        const char *one;
        TRY(deparse_expr(call->site->env, call->arena, exprs.items[i],
                         row_oid(row, PG_STATISTIC_EXT_STXRELID), false, 0, &one));
        values[i] = datum_cstr(one);
    }
    return array_build_1d(call->arena, OID_TEXT, PHYS_STR, values, NULL, exprs.count,
                          &call->result);
}

static const FnEntry entries[] = {
    SYSFUNC(6173, "pg_get_statisticsobjdef_expressions", fn_expressions),
    SYSFUNC_SET(3427, "pg_stats_ext_mcvlist_items", items_start, items_next),
};

void sysfuncs_statistics_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
