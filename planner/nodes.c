/*
 * nodes.c: a table of the fields of every node, so that copying, comparing, hashing, walking, mapping,
 * writing and reading are written once (nodes_walk.c, nodes_store.c) and cannot disagree.
 *
 * A field left out here is invisible to all of them: only what the planner computes while it works
 * (and the AST of utility statements) may be missing.
 */
#include "planner/nodes_int.h"

#include <stddef.h>

#define F(kind_, type, member)                                                                     \
    { .kind = FIELD_##kind_, .offset = offsetof(type, member), .name = #member }
#define FQ(kind_, type, member)                                                                    \
    {                                                                                              \
        .kind = FIELD_##kind_, .flags = FIELD_QUIET, .offset = offsetof(type, member),             \
        .name = #member                                                                            \
    }
#define FM(kind_, type, member)                                                                    \
    {                                                                                              \
        .kind = FIELD_##kind_, .flags = FIELD_MINUS_ONE, .offset = offsetof(type, member),         \
        .name = #member                                                                            \
    }
#define FS(kind_, type, member, desc)                                                              \
    { .kind = FIELD_##kind_, .offset = offsetof(type, member), .name = #member, .sub = &(desc) }
/* An array and the field that counts it (a uint32_t, or a list: its count comes first). */
#define FA(kind_, type, member, counter)                                                           \
    {                                                                                              \
        .kind = FIELD_##kind_, .offset = offsetof(type, member),                                   \
        .count_offset = offsetof(type, counter), .name = #member                                   \
    }
#define FAS(kind_, type, member, counter, desc)                                                    \
    {                                                                                              \
        .kind = FIELD_##kind_, .offset = offsetof(type, member),                                   \
        .count_offset = offsetof(type, counter), .name = #member, .sub = &(desc)                   \
    }
#define END                                                                                        \
    { .kind = FIELD_END }

#define HEAD(struct_)                                                                              \
    F(U32, struct_, type), FM(I32, struct_, typmod), F(U32, struct_, collation), {                 \
        .kind = FIELD_I32, .flags = FIELD_QUIET | FIELD_MINUS_ONE,                                 \
        .offset = offsetof(struct_, location), .name = "location"                                  \
    }

#define STRUCT(desc, struct_, ...)                                                                 \
    static const Field desc##_fields[] = {__VA_ARGS__, END};                                       \
    static const StructDesc desc = {#struct_, sizeof(struct_), desc##_fields}

/* ---- expressions ---- */

STRUCT(sort_clause_desc, SortClause, F(U32, SortClause, ref), F(U32, SortClause, eq_op),
       F(U32, SortClause, sort_op), F(BOOL, SortClause, descending),
       F(BOOL, SortClause, nulls_first), F(BOOL, SortClause, hashable));

#define EXPR_FIELDS(tag, struct_, ...)                                                             \
    static const Field tag##_fields[] = {HEAD(struct_), ##__VA_ARGS__, END}

EXPR_FIELDS(plain, Expr);
EXPR_FIELDS(const, ExprConst, F(BOOL, ExprConst, is_null), F(U32, ExprConst, phys),
            F(DATUM, ExprConst, value));
EXPR_FIELDS(column, ExprColumn, F(U32, ExprColumn, rt_index), F(I16, ExprColumn, attno),
            F(U32, ExprColumn, levels_up), FQ(U32, ExprColumn, syntax_rt_index),
            FQ(I16, ExprColumn, syntax_attno));
EXPR_FIELDS(param, ExprParam, F(U32, ExprParam, kind), F(U32, ExprParam, number));
EXPR_FIELDS(slot, ExprSlot, F(U32, ExprSlot, side), F(I32, ExprSlot, column));
EXPR_FIELDS(func, ExprFunc, F(U32, ExprFunc, function), F(U32, ExprFunc, op),
            FQ(U32, ExprFunc, form), F(BOOL, ExprFunc, variadic), F(BOOL, ExprFunc, returns_set),
            F(U32, ExprFunc, input_collation), F(LIST, ExprFunc, args));
EXPR_FIELDS(saop, ExprScalarArrayOp, F(U32, ExprScalarArrayOp, function),
            F(U32, ExprScalarArrayOp, op), F(BOOL, ExprScalarArrayOp, use_or),
            F(U32, ExprScalarArrayOp, input_collation), F(LIST, ExprScalarArrayOp, args));
EXPR_FIELDS(bool, ExprBool, F(U32, ExprBool, op), F(LIST, ExprBool, args));
EXPR_FIELDS(agg, ExprAgg, F(U32, ExprAgg, function), F(U32, ExprAgg, kind),
            F(LIST, ExprAgg, direct_args), F(LIST, ExprAgg, args), F(U32, ExprAgg, call_arg_count),
            FS(STRUCT_LIST, ExprAgg, order_by, sort_clause_desc),
            FS(STRUCT_LIST, ExprAgg, distinct, sort_clause_desc), F(EXPR, ExprAgg, filter),
            F(BOOL, ExprAgg, star), F(BOOL, ExprAgg, variadic), F(U32, ExprAgg, input_collation),
            F(U32, ExprAgg, levels_up));
EXPR_FIELDS(grouping, ExprGrouping, F(LIST, ExprGrouping, args), FA(U32S, ExprGrouping, refs, args),
            F(U32, ExprGrouping, levels_up));
EXPR_FIELDS(window, ExprWindowCall, F(U32, ExprWindowCall, function), F(LIST, ExprWindowCall, args),
            F(EXPR, ExprWindowCall, filter), F(U32, ExprWindowCall, input_collation),
            F(U32, ExprWindowCall, window_ref), F(BOOL, ExprWindowCall, star),
            F(BOOL, ExprWindowCall, is_agg));
EXPR_FIELDS(sub_link, ExprSubLink, F(U32, ExprSubLink, kind), F(U32, ExprSubLink, id),
            F(EXPR, ExprSubLink, test), FQ(STR, ExprSubLink, op_name),
            F(QUERY, ExprSubLink, query));
EXPR_FIELDS(sub_plan, ExprSubPlan, F(U32, ExprSubPlan, kind), F(U32, ExprSubPlan, plan),
            F(STR, ExprSubPlan, name), F(EXPR, ExprSubPlan, test),
            F(U32, ExprSubPlan, column_param_count),
            FA(U32S, ExprSubPlan, column_params, column_param_count), F(LIST, ExprSubPlan, args),
            FA(U32S, ExprSubPlan, param_ids, args), F(BOOL, ExprSubPlan, use_hash),
            F(BOOL, ExprSubPlan, unknown_is_false), F(U32, ExprSubPlan, first_column_type),
            F(I32, ExprSubPlan, first_column_typmod), F(U32, ExprSubPlan, first_column_collation),
            F(DOUBLE, ExprSubPlan, startup_cost), F(DOUBLE, ExprSubPlan, per_call_cost));
EXPR_FIELDS(field_select, ExprFieldSelect, F(EXPR, ExprFieldSelect, arg),
            F(I16, ExprFieldSelect, field));
EXPR_FIELDS(field_store, ExprFieldStore, F(EXPR, ExprFieldStore, arg),
            F(LIST, ExprFieldStore, values), FA(I16S, ExprFieldStore, fields, values));
EXPR_FIELDS(relabel, ExprRelabel, F(EXPR, ExprRelabel, arg), FQ(U32, ExprRelabel, form));
EXPR_FIELDS(via_io, ExprCoerceViaIo, F(EXPR, ExprCoerceViaIo, arg), FQ(U32, ExprCoerceViaIo, form));
EXPR_FIELDS(array_coerce, ExprArrayCoerce, F(EXPR, ExprArrayCoerce, arg),
            F(EXPR, ExprArrayCoerce, element), FQ(U32, ExprArrayCoerce, form));
EXPR_FIELDS(row_coerce, ExprRowCoerce, F(EXPR, ExprRowCoerce, arg), FQ(U32, ExprRowCoerce, form));
EXPR_FIELDS(domain, ExprCoerceDomain, F(EXPR, ExprCoerceDomain, arg),
            FQ(U32, ExprCoerceDomain, form));
EXPR_FIELDS(collate, ExprCollate, F(EXPR, ExprCollate, arg));
EXPR_FIELDS(case, ExprCase, F(EXPR, ExprCase, arg), F(LIST, ExprCase, conditions),
            F(LIST, ExprCase, results), F(EXPR, ExprCase, otherwise));
EXPR_FIELDS(array, ExprArray, F(U32, ExprArray, element_type), F(BOOL, ExprArray, multi),
            F(LIST, ExprArray, elements));
EXPR_FIELDS(row, ExprRow, F(LIST, ExprRow, args), FA(STRS, ExprRow, names, args),
            FQ(U32, ExprRow, form));
EXPR_FIELDS(row_compare, ExprRowCompare, F(U32, ExprRowCompare, kind),
            F(LIST, ExprRowCompare, left), F(LIST, ExprRowCompare, right),
            FA(U32S, ExprRowCompare, ops, left), FA(U32S, ExprRowCompare, functions, left),
            FA(U32S, ExprRowCompare, input_collations, left));
EXPR_FIELDS(coalesce, ExprCoalesce, F(LIST, ExprCoalesce, args));
EXPR_FIELDS(min_max, ExprMinMax, F(BOOL, ExprMinMax, greatest), F(U32, ExprMinMax, input_collation),
            F(LIST, ExprMinMax, args));
EXPR_FIELDS(value_func, ExprValueFunc, F(U32, ExprValueFunc, kind));
EXPR_FIELDS(xml, ExprXml, F(U32, ExprXml, op), F(STR, ExprXml, name), F(LIST, ExprXml, named_args),
            FA(STRS, ExprXml, arg_names, named_args), F(LIST, ExprXml, args),
            F(BOOL, ExprXml, document));
EXPR_FIELDS(null_test, ExprNullTest, F(EXPR, ExprNullTest, arg), F(BOOL, ExprNullTest, is_not),
            F(BOOL, ExprNullTest, arg_is_row));
EXPR_FIELDS(boolean_test, ExprBooleanTest, F(EXPR, ExprBooleanTest, arg),
            F(U32, ExprBooleanTest, kind));
EXPR_FIELDS(subscript, ExprSubscript, F(U32, ExprSubscript, container_type),
            F(U32, ExprSubscript, element_type), F(BOOL, ExprSubscript, slice),
            F(EXPR, ExprSubscript, arg), F(LIST, ExprSubscript, upper),
            F(LIST, ExprSubscript, lower), F(EXPR, ExprSubscript, value));
EXPR_FIELDS(current_of, ExprCurrentOf, F(U32, ExprCurrentOf, rt_index),
            F(STR, ExprCurrentOf, cursor), F(U32, ExprCurrentOf, param));
EXPR_FIELDS(next_value, ExprNextValue, F(U32, ExprNextValue, sequence));
EXPR_FIELDS(named_arg, ExprNamedArg, F(STR, ExprNamedArg, name), F(EXPR, ExprNamedArg, arg),
            F(I32, ExprNamedArg, number));
EXPR_FIELDS(placeholder, ExprPlaceholder, F(EXPR, ExprPlaceholder, arg),
            F(BITSET, ExprPlaceholder, rels), F(U32, ExprPlaceholder, id),
            F(U32, ExprPlaceholder, levels_up));

const StructDesc expr_descs[EXPR_TAG_COUNT] = {
    [EXPR_CONST] = {"CONST", sizeof(ExprConst), const_fields},
    [EXPR_COLUMN] = {"COLUMN", sizeof(ExprColumn), column_fields},
    [EXPR_PARAM] = {"PARAM", sizeof(ExprParam), param_fields},
    [EXPR_SLOT] = {"SLOT", sizeof(ExprSlot), slot_fields},
    [EXPR_FUNC] = {"FUNC", sizeof(ExprFunc), func_fields},
    [EXPR_DISTINCT] = {"DISTINCT", sizeof(ExprFunc), func_fields},
    [EXPR_NULLIF] = {"NULLIF", sizeof(ExprFunc), func_fields},
    [EXPR_SCALAR_ARRAY_OP] = {"SCALAR_ARRAY_OP", sizeof(ExprScalarArrayOp), saop_fields},
    [EXPR_BOOL] = {"BOOL", sizeof(ExprBool), bool_fields},
    [EXPR_AGG] = {"AGG", sizeof(ExprAgg), agg_fields},
    [EXPR_GROUPING] = {"GROUPING", sizeof(ExprGrouping), grouping_fields},
    [EXPR_WINDOW_CALL] = {"WINDOW_CALL", sizeof(ExprWindowCall), window_fields},
    [EXPR_SUB_LINK] = {"SUB_LINK", sizeof(ExprSubLink), sub_link_fields},
    [EXPR_SUB_PLAN] = {"SUB_PLAN", sizeof(ExprSubPlan), sub_plan_fields},
    [EXPR_FIELD_SELECT] = {"FIELD_SELECT", sizeof(ExprFieldSelect), field_select_fields},
    [EXPR_FIELD_STORE] = {"FIELD_STORE", sizeof(ExprFieldStore), field_store_fields},
    [EXPR_RELABEL] = {"RELABEL", sizeof(ExprRelabel), relabel_fields},
    [EXPR_COERCE_VIA_IO] = {"COERCE_VIA_IO", sizeof(ExprCoerceViaIo), via_io_fields},
    [EXPR_ARRAY_COERCE] = {"ARRAY_COERCE", sizeof(ExprArrayCoerce), array_coerce_fields},
    [EXPR_ROW_COERCE] = {"ROW_COERCE", sizeof(ExprRowCoerce), row_coerce_fields},
    [EXPR_COERCE_DOMAIN] = {"COERCE_DOMAIN", sizeof(ExprCoerceDomain), domain_fields},
    [EXPR_DOMAIN_VALUE] = {"DOMAIN_VALUE", sizeof(Expr), plain_fields},
    [EXPR_COLLATE] = {"COLLATE", sizeof(ExprCollate), collate_fields},
    [EXPR_CASE] = {"CASE", sizeof(ExprCase), case_fields},
    [EXPR_CASE_TEST] = {"CASE_TEST", sizeof(Expr), plain_fields},
    [EXPR_ARRAY] = {"ARRAY", sizeof(ExprArray), array_fields},
    [EXPR_ROW] = {"ROW", sizeof(ExprRow), row_fields},
    [EXPR_ROW_COMPARE] = {"ROW_COMPARE", sizeof(ExprRowCompare), row_compare_fields},
    [EXPR_COALESCE] = {"COALESCE", sizeof(ExprCoalesce), coalesce_fields},
    [EXPR_MIN_MAX] = {"MIN_MAX", sizeof(ExprMinMax), min_max_fields},
    [EXPR_VALUE_FUNC] = {"VALUE_FUNC", sizeof(ExprValueFunc), value_func_fields},
    [EXPR_XML] = {"XML", sizeof(ExprXml), xml_fields},
    [EXPR_NULL_TEST] = {"NULL_TEST", sizeof(ExprNullTest), null_test_fields},
    [EXPR_BOOLEAN_TEST] = {"BOOLEAN_TEST", sizeof(ExprBooleanTest), boolean_test_fields},
    [EXPR_SUBSCRIPT] = {"SUBSCRIPT", sizeof(ExprSubscript), subscript_fields},
    [EXPR_SET_TO_DEFAULT] = {"SET_TO_DEFAULT", sizeof(Expr), plain_fields},
    [EXPR_CURRENT_OF] = {"CURRENT_OF", sizeof(ExprCurrentOf), current_of_fields},
    [EXPR_NEXT_VALUE] = {"NEXT_VALUE", sizeof(ExprNextValue), next_value_fields},
    [EXPR_NAMED_ARG] = {"NAMED_ARG", sizeof(ExprNamedArg), named_arg_fields},
    [EXPR_PLACEHOLDER] = {"PLACEHOLDER", sizeof(ExprPlaceholder), placeholder_fields},
};

/* ---- queries ---- */

STRUCT(target_desc, Target, F(EXPR, Target, expr), F(I16, Target, resno), F(BOOL, Target, junk),
       FQ(STR, Target, name), F(U32, Target, sort_ref), FQ(U32, Target, origin_table),
       FQ(I16, Target, origin_column));

STRUCT(range_function_desc, RangeFunction, F(EXPR, RangeFunction, call),
       F(U32, RangeFunction, column_count), FA(STRS, RangeFunction, column_names, column_count),
       FA(U32S, RangeFunction, column_types, column_count),
       FA(I32S, RangeFunction, column_typmods, column_count),
       FA(U32S, RangeFunction, column_collations, column_count));

STRUCT(table_func_desc, TableFunc, F(EXPR, TableFunc, document), F(EXPR, TableFunc, row),
       F(LIST, TableFunc, namespace_uris), FA(STRS, TableFunc, namespace_names, namespace_uris),
       F(U32, TableFunc, column_count), FA(STRS, TableFunc, names, column_count),
       FA(U32S, TableFunc, types, column_count), FA(I32S, TableFunc, typmods, column_count),
       FA(U32S, TableFunc, collations, column_count), FA(EXPRS, TableFunc, paths, column_count),
       FA(EXPRS, TableFunc, defaults, column_count), FA(BOOLS, TableFunc, not_null, column_count),
       FM(I32, TableFunc, ordinality_column));

STRUCT(join_column_desc, JoinColumn, F(EXPR, JoinColumn, expr), F(I16, JoinColumn, left_attno),
       F(I16, JoinColumn, right_attno));

STRUCT(sample_desc, TableSample, F(U32, TableSample, handler), F(LIST, TableSample, args),
       F(EXPR, TableSample, repeatable));

STRUCT(rte_desc, RangeEntry, F(U32, RangeEntry, kind), F(STR, RangeEntry, alias),
       F(U32, RangeEntry, alias_column_count),
       FA(STRS, RangeEntry, alias_columns, alias_column_count), F(STR, RangeEntry, name),
       F(U32, RangeEntry, column_count), FA(STRS, RangeEntry, column_names, column_count),
       FQ(I32, RangeEntry, location), F(U32, RangeEntry, relation), F(CHAR, RangeEntry, relkind),
       F(BOOL, RangeEntry, inherit), F(BOOL, RangeEntry, no_row_security),
       F(U8, RangeEntry, lock_mode), FS(PTR, RangeEntry, sample, sample_desc),
       F(QUERY, RangeEntry, subquery), F(BOOL, RangeEntry, security_barrier),
       F(U32, RangeEntry, view), F(U32, RangeEntry, join_kind), F(U32, RangeEntry, merged_count),
       FAS(STRUCTS, RangeEntry, join_columns, column_count, join_column_desc),
       F(STR, RangeEntry, using_alias), F(U32, RangeEntry, function_count),
       FAS(STRUCTS, RangeEntry, functions, function_count, range_function_desc),
       F(BOOL, RangeEntry, ordinality), FS(PTR, RangeEntry, table_func, table_func_desc),
       F(U32, RangeEntry, row_count), FA(LISTS, RangeEntry, rows, row_count),
       F(STR, RangeEntry, cte_name), F(U32, RangeEntry, cte_levels_up),
       F(BOOL, RangeEntry, self_reference), FA(U32S, RangeEntry, column_types, column_count),
       FA(I32S, RangeEntry, column_typmods, column_count),
       FA(U32S, RangeEntry, column_collations, column_count), F(BOOL, RangeEntry, lateral),
       F(BOOL, RangeEntry, in_from), F(U32, RangeEntry, required_rights),
       F(U32, RangeEntry, check_as_user), F(BITSET, RangeEntry, selected_columns),
       F(BITSET, RangeEntry, inserted_columns), F(BITSET, RangeEntry, updated_columns),
       F(LIST, RangeEntry, security_quals));

static const StructDesc from_desc;
static const Field from_fields[] = {
    F(U32, FromNode, kind),
    F(U32, FromNode, rt_index),
    F(U32, FromNode, join_kind),
    F(BOOL, FromNode, natural),
    F(U32, FromNode, using_count),
    FA(STRS, FromNode, using_columns, using_count),
    FS(PTR, FromNode, left, from_desc),
    FS(PTR, FromNode, right, from_desc),
    F(U32, FromNode, item_count),
    FAS(PTRS, FromNode, items, item_count, from_desc),
    F(EXPR, FromNode, condition),
    END,
};
static const StructDesc from_desc = {"FromNode", sizeof(FromNode), from_fields};

static const StructDesc grouping_set_desc;
static const Field grouping_set_fields[] = {
    F(U32, GroupingSet, kind),
    F(U32, GroupingSet, ref_count),
    FA(U32S, GroupingSet, refs, ref_count),
    F(U32, GroupingSet, child_count),
    FAS(PTRS, GroupingSet, children, child_count, grouping_set_desc),
    FQ(I32, GroupingSet, location),
    END,
};
static const StructDesc grouping_set_desc = {"GroupingSet", sizeof(GroupingSet),
                                             grouping_set_fields};

STRUCT(frame_desc, WindowFrame, F(BOOL, WindowFrame, given), F(BOOL, WindowFrame, between),
       F(U32, WindowFrame, mode), F(U32, WindowFrame, start), F(U32, WindowFrame, end),
       F(U32, WindowFrame, exclude), F(EXPR, WindowFrame, start_offset),
       F(EXPR, WindowFrame, end_offset), F(U32, WindowFrame, start_in_range),
       F(U32, WindowFrame, end_in_range), F(U32, WindowFrame, in_range_collation),
       F(BOOL, WindowFrame, in_range_descending), F(BOOL, WindowFrame, in_range_nulls_first));

STRUCT(window_clause_desc, WindowClause, F(U32, WindowClause, ref), F(STR, WindowClause, name),
       F(STR, WindowClause, ref_name),
       FS(STRUCT_LIST, WindowClause, partition_by, sort_clause_desc),
       FS(STRUCT_LIST, WindowClause, order_by, sort_clause_desc),
       FS(STRUCT, WindowClause, frame, frame_desc), F(BOOL, WindowClause, copied_order));

STRUCT(row_mark_desc, RowMark, F(U32, RowMark, rt_index), F(U32, RowMark, strength),
       F(U32, RowMark, wait), F(BOOL, RowMark, pushed_down));

static const StructDesc set_op_desc;
static const Field set_op_fields[] = {
    F(U32, SetOpNode, rt_index),
    F(U32, SetOpNode, op),
    F(BOOL, SetOpNode, all),
    FS(PTR, SetOpNode, left, set_op_desc),
    FS(PTR, SetOpNode, right, set_op_desc),
    F(U32, SetOpNode, column_count),
    FA(U32S, SetOpNode, types, column_count),
    FA(I32S, SetOpNode, typmods, column_count),
    FA(U32S, SetOpNode, collations, column_count),
    FS(STRUCT_LIST, SetOpNode, group, sort_clause_desc),
    END,
};
static const StructDesc set_op_desc = {"SetOpNode", sizeof(SetOpNode), set_op_fields};

STRUCT(search_desc, CteSearch, F(BOOL, CteSearch, breadth_first), F(U32, CteSearch, column_count),
       FA(STRS, CteSearch, columns, column_count), F(STR, CteSearch, sequence_column));
STRUCT(cycle_desc, CteCycle, F(U32, CteCycle, column_count),
       FA(STRS, CteCycle, columns, column_count), F(STR, CteCycle, mark_column),
       F(EXPR, CteCycle, mark_value), F(EXPR, CteCycle, mark_default),
       F(STR, CteCycle, path_column), F(U32, CteCycle, mark_type), FM(I32, CteCycle, mark_typmod),
       F(U32, CteCycle, mark_collation), F(U32, CteCycle, mark_neq_op));
STRUCT(cte_desc, Cte, F(STR, Cte, name), F(U32, Cte, alias_count),
       FA(STRS, Cte, aliases, alias_count), F(U32, Cte, materialized), F(QUERY, Cte, query),
       F(BOOL, Cte, recursive), F(U32, Cte, ref_count), FQ(I32, Cte, location),
       FS(PTR, Cte, search, search_desc), FS(PTR, Cte, cycle, cycle_desc),
       F(U32, Cte, column_count), FA(STRS, Cte, column_names, column_count),
       FA(U32S, Cte, column_types, column_count), FA(I32S, Cte, column_typmods, column_count),
       FA(U32S, Cte, column_collations, column_count));

STRUCT(infer_desc, InferElem, F(EXPR, InferElem, expr), F(U32, InferElem, collation),
       F(U32, InferElem, op_class));
STRUCT(on_conflict_desc, OnConflict, F(BOOL, OnConflict, update), F(U32, OnConflict, elem_count),
       FAS(STRUCTS, OnConflict, elems, elem_count, infer_desc), F(EXPR, OnConflict, where_infer),
       F(U32, OnConflict, constraint), FS(PTR_LIST, OnConflict, set, target_desc),
       F(EXPR, OnConflict, where), F(U32, OnConflict, excluded_rt_index));
STRUCT(merge_desc, MergeAction, F(BOOL, MergeAction, matched), F(U32, MergeAction, command),
       F(U32, MergeAction, overriding), F(EXPR, MergeAction, condition),
       FS(PTR_LIST, MergeAction, targets, target_desc));
STRUCT(with_check_desc, WithCheck, F(U32, WithCheck, kind), F(STR, WithCheck, relation_name),
       F(STR, WithCheck, policy_name), F(EXPR, WithCheck, condition), F(BOOL, WithCheck, cascaded));

static const Field query_fields[] = {
    F(U32, Query, command),
    FQ(U32, Query, source),
    FQ(BOOL, Query, can_set_tag),
    FQ(I32, Query, location),
    FQ(I32, Query, length),
    F(U32, Query, range_count),
    FAS(PTRS, Query, range_table, range_count, rte_desc),
    F(U32, Query, result_rt_index),
    FS(PTR, Query, from, from_desc),
    FS(PTR_LIST, Query, targets, target_desc),
    F(U32, Query, overriding),
    FS(PTR, Query, on_conflict, on_conflict_desc),
    FS(PTR_LIST, Query, returning, target_desc),
    F(U32, Query, merge_action_count),
    FAS(PTRS, Query, merge_actions, merge_action_count, merge_desc),
    F(BOOL, Query, merge_use_outer_join),
    F(BOOL, Query, has_group_by),
    FS(STRUCT_LIST, Query, group_by, sort_clause_desc),
    F(BOOL, Query, group_distinct),
    F(U32, Query, grouping_set_count),
    FAS(PTRS, Query, grouping_sets, grouping_set_count, grouping_set_desc),
    F(EXPR, Query, having),
    FS(PTR_LIST, Query, windows, window_clause_desc),
    F(BOOL, Query, has_distinct_on),
    FS(STRUCT_LIST, Query, distinct, sort_clause_desc),
    FS(STRUCT_LIST, Query, order_by, sort_clause_desc),
    F(EXPR, Query, limit),
    F(EXPR, Query, offset),
    F(BOOL, Query, with_ties),
    F(U32, Query, row_mark_count),
    FAS(STRUCTS, Query, row_marks, row_mark_count, row_mark_desc),
    FS(PTR, Query, set_op, set_op_desc),
    FS(PTR_LIST, Query, ctes, cte_desc),
    F(BOOL, Query, recursive_with),
    F(U32, Query, with_check_count),
    FAS(STRUCTS, Query, with_checks, with_check_count, with_check_desc),
    F(BOOL, Query, has_aggs),
    F(BOOL, Query, has_windows),
    F(BOOL, Query, has_target_srfs),
    F(BOOL, Query, has_sub_links),
    F(BOOL, Query, has_modifying_cte),
    F(BOOL, Query, has_for_update),
    F(BOOL, Query, has_row_security),
    F(BOOL, Query, is_return),
    F(STR, Query, notify_channel),
    F(STR, Query, notify_payload),
    END,
};
const StructDesc query_desc = {"Query", sizeof(Query), query_fields};
