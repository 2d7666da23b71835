/* deparse_syntax.c: functions that SQL has a syntax of its own for, printed in it. */
#include "planner/deparse_int.h"

/* Pieces of text before, between and behind the arguments, which stand in the order that `order` says. */
typedef struct SqlSyntax {
    const char *name; /* of the function, in pg_catalog */
    uint32_t arg_count;
    const char *order; /* digits: arguments, 0-based; 'k': a keyword out of a text constant */
    const char *pieces[5];
    bool paren; /* arguments are parenthesised where they bind looser */
} SqlSyntax;

static const SqlSyntax syntaxes[] = {
    {"timezone", 2, "10", {"(", " AT TIME ZONE ", ")"}, true},
    {"overlaps", 4, "0123", {"((", ", ", ") OVERLAPS (", ", ", "))"}, false},
    {"extract", 2, "k1", {"EXTRACT(", " FROM ", ")"}, false},
    {"is_normalized", 1, "0", {"(", " IS NORMALIZED)"}, true},
    {"is_normalized", 2, "0k", {"(", " IS ", " NORMALIZED)"}, true},
    {"pg_collation_for", 1, "0", {"COLLATION FOR (", ")"}, false},
    {"normalize", 1, "0", {"NORMALIZE(", ")"}, false},
    {"normalize", 2, "0k", {"NORMALIZE(", ", ", ")"}, false},
    {"overlay", 3, "012", {"OVERLAY(", " PLACING ", " FROM ", ")"}, false},
    {"overlay", 4, "0123", {"OVERLAY(", " PLACING ", " FROM ", " FOR ", ")"}, false},
    {"position", 2, "10", {"POSITION((", ") IN (", "))"}, false},
    {"substring", 2, "01", {"SUBSTRING(", " FROM ", ")"}, false},
    {"substring", 3, "012", {"SUBSTRING(", " FROM ", " FOR ", ")"}, false},
    {"btrim", 1, "0", {"TRIM(BOTH FROM ", ")"}, false},
    {"btrim", 2, "10", {"TRIM(BOTH ", " FROM ", ")"}, false},
    {"ltrim", 1, "0", {"TRIM(LEADING FROM ", ")"}, false},
    {"ltrim", 2, "10", {"TRIM(LEADING ", " FROM ", ")"}, false},
    {"rtrim", 1, "0", {"TRIM(TRAILING FROM ", ")"}, false},
    {"rtrim", 2, "10", {"TRIM(TRAILING ", " FROM ", ")"}, false},
    {"xmlexists", 2, "01", {"XMLEXISTS((", ") PASSING (", "))"}, false},
};
static const SqlSyntax similar = {
    "substring", 3, "012", {"SUBSTRING(", " SIMILAR ", " ESCAPE ", ")"}, false};

static const SqlSyntax *find_syntax(const ProcDesc *proc, const ExprFunc *func) {
    for (size_t i = 0; i < ARRAY_LEN(syntaxes); i++) {
        const SqlSyntax *s = &syntaxes[i];
        if (s->arg_count != func->args.count || strcmp(s->name, proc->name) != 0)
            continue;
        for (uint32_t k = 0; k < s->arg_count; k++) {
            const ExprConst *c = (const ExprConst *)func->args.items[k];
            if (s->order[k] == 'k') {
                c = (const ExprConst *)func->args.items[s->order[0] == 'k' ? 0 : 1];
                if (c->tag != EXPR_CONST || c->is_null)
                    return NULL;
            }
        }
        if (strcmp(s->name, "substring") == 0 && func->args.items[1]->type == OID_TEXT)
            return s->arg_count == 3 ? &similar : NULL;
        return s;
    }
    return NULL;
}

Status put_sql_syntax(Deparse *d, const ExprFunc *func, bool *done_out) {
    const ProcDesc *proc;
    *done_out = false;
    if (func->form != CALL_SQL)
        return STATUS_OK;
    TRY(catalog_proc(d->catalog, func->function, &proc));
    const SqlSyntax *s =
        proc == NULL || proc->oid >= OID_FIRST_UNPINNED ? NULL : find_syntax(proc, func);
    if (s == NULL)
        return STATUS_OK;
    *done_out = true;
    put(d, s->pieces[0]);
    for (uint32_t i = 0; i < s->arg_count; i++) {
        if (s->order[i] == 'k') {
            const ExprConst *word = (const ExprConst *)func->args.items[i];
            strbuf_append(d->buf, word->value.str.data, word->value.str.len);
        } else {
            const Expr *arg = func->args.items[s->order[i] - '0'];
            TRY(s->paren ? put_expr_paren(d, arg, false, (const Expr *)func)
                         : put_expr(d, arg, false));
        }
        put(d, s->pieces[i + 1]);
    }
    return STATUS_OK;
}

/* ---- what needs no parentheses ---- */

/* '+' for + and -, '*' for * / %; 0: no such binary operator. */
static char priority(Deparse *d, const Expr *expr) {
    const ExprFunc *func = (const ExprFunc *)expr;
    const OperatorDesc *desc = NULL;
    if (expr->tag != EXPR_FUNC || func->op == OID_INVALID || func->args.count != 2)
        return 0;
    Status s = catalog_operator(d->catalog, func->op, &desc);
    bool known = status_ok(s) && desc != NULL && strlen(desc->name) == 1;
    status_free(s);
    if (!known)
        return 0;
    return strchr("+-", desc->name[0]) != NULL    ? '+'
           : strchr("*/%", desc->name[0]) != NULL ? '*'
                                                  : 0;
}

/* Within what has parentheses or keywords around its parts. */
static bool parent_separates(const Expr *parent) {
    switch (parent->tag) {
    case EXPR_FUNC: {
        const ExprFunc *func = (const ExprFunc *)parent;
        return func->op == OID_INVALID && func->form == CALL_EXPLICIT;
    }
    case EXPR_SUBSCRIPT:
    case EXPR_ARRAY:
    case EXPR_ROW:
    case EXPR_COALESCE:
    case EXPR_MIN_MAX:
    case EXPR_XML:
    case EXPR_NULLIF:
    case EXPR_AGG:
    case EXPR_GROUPING:
    case EXPR_WINDOW_CALL:
    case EXPR_CASE:
        return true;
    default:
        return false;
    }
}

static bool operator_fits(Deparse *d, const Expr *expr, const Expr *parent) {
    const ExprFunc *outer = (const ExprFunc *)parent;
    if (parent->tag != EXPR_FUNC || outer->op == OID_INVALID)
        return parent->tag == EXPR_BOOL || parent_separates(parent);
    char own = priority(d, expr), other = priority(d, parent);
    if (own == 0 || other == 0)
        return false;
    if (own != other)
        return own == '*';
    return expr == outer->args.items[0];
}

static bool bool_fits(const ExprBool *inner, const Expr *parent) {
    if (parent->tag != EXPR_BOOL)
        return parent_separates(parent);
    BoolOp outer = ((const ExprBool *)parent)->op;
    return inner->op == BOOL_OR ? outer == BOOL_OR : outer == BOOL_AND || outer == BOOL_OR;
}

bool deparse_is_simple(Deparse *d, const Expr *expr, const Expr *parent) {
    switch (expr->tag) {
    case EXPR_CONST:
    case EXPR_COLUMN:
    case EXPR_PARAM:
    case EXPR_AGG:
    case EXPR_WINDOW_CALL:
    case EXPR_GROUPING:
    case EXPR_COALESCE:
    case EXPR_MIN_MAX:
    case EXPR_VALUE_FUNC:
    case EXPR_XML:
    case EXPR_NULLIF:
    case EXPR_ROW:
    case EXPR_ARRAY:
    case EXPR_CASE:
    case EXPR_SUBSCRIPT:
    case EXPR_DOMAIN_VALUE:
    case EXPR_COLLATE:
    case EXPR_SET_TO_DEFAULT:
    case EXPR_CURRENT_OF:
        return true;
    case EXPR_FIELD_SELECT:
        return parent->tag != EXPR_FIELD_SELECT;
    case EXPR_RELABEL:
        return deparse_is_simple(d, ((const ExprRelabel *)expr)->arg, expr);
    case EXPR_COERCE_VIA_IO:
        return deparse_is_simple(d, ((const ExprCoerceViaIo *)expr)->arg, expr);
    case EXPR_ARRAY_COERCE:
        return deparse_is_simple(d, ((const ExprArrayCoerce *)expr)->arg, expr);
    case EXPR_COERCE_DOMAIN:
        return deparse_is_simple(d, ((const ExprCoerceDomain *)expr)->arg, expr);
    case EXPR_FUNC:
        return ((const ExprFunc *)expr)->op == OID_INVALID || operator_fits(d, expr, parent);
    case EXPR_BOOL:
        return bool_fits((const ExprBool *)expr, parent);
    case EXPR_SUB_LINK:
    case EXPR_NULL_TEST:
    case EXPR_BOOLEAN_TEST:
    case EXPR_DISTINCT:
        return parent->tag == EXPR_BOOL || parent_separates(parent);
    default:
        return false;
    }
}
