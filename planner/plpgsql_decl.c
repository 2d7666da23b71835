/* plpgsql_decl.c: DECLARE: variables, their types, aliases, cursors. */
#include "planner/plpgsql_int.h"

#include "base/strbuf.h"
#include "types/type.h"

static Status at(uint32_t place, Status s) { return status_at(s, (int32_t)place); }

/* ---- types ---- */

static Status composite_relation(PlParser *p, const TypeDesc *type, Oid *relation_out) {
    *relation_out = OID_INVALID;
    while (type->kind == 'd')
        TRY(catalog_type_require(p->env->catalog, type->base, &type));
    if (type->kind == 'c')
        *relation_out = type->relation;
    return STATUS_OK;
}

Status pl_type_make(PlParser *p, Oid oid, int32_t typmod, Oid collation, PlType *type_out) {
    const TypeDesc *type;
    TRY(catalog_type_require(p->env->catalog, oid, &type));
    if (!type->defined)
        return error(ERR_UNDEFINED_OBJECT, "type \"%s\" is only a shell", type->name);
    *type_out = (PlType){.oid = oid, .typmod = typmod, .is_domain = type->kind == 'd'};
    TRY(composite_relation(p, type, &type_out->relation));
    const TypeInfo *info;
    TRY(type_lookup(p->env, oid, &info));
    type_out->collation = info->collation;
    if (info->collation != OID_INVALID && collation != OID_INVALID)
        type_out->collation = collation;
    return STATUS_OK;
}

/* A type written out. */
static Status written_type(PlParser *p, const char *text, uint32_t place, PlType *type_out) {
    AstTypeName *name;
    Oid oid;
    int32_t typmod;
    Status s = parse_type_name(p->arena, text, strlen(text), &name);
    if (status_ok(s))
        s = analyze_type_name(p->env, p->arena, name, &oid, &typmod);
    if (!status_ok(s)) {
        s.error->byte_location = (int32_t)place + MAX(s.error->byte_location, 0);
        return s;
    }
    return pl_type_make(p, oid, typmod, p->options->collation, type_out);
}

/* name%TYPE; *found_out false: no such thing. */
static Status type_of_word(PlParser *p, const PlToken *t, PlType *type_out, bool *found_out) {
    uint32_t used;
    const PlName *n = pl_name_find(p->names, false, t->names, 1, &used);
    *found_out = n != NULL && n->kind == PL_NAME_VAR;
    if (n != NULL) {
        if (*found_out)
            *type_out = n->datum->type;
        return STATUS_OK;
    }
    AstTypeName *name;
    Oid oid;
    int32_t typmod;
    const TypeDesc *type;
    const char *quoted = quote_ident(p->env->catalog, p->arena, t->names[0]);
    TRY(parse_type_name(p->arena, quoted, strlen(quoted), &name));
    TRY(analyze_type_name_find(p->env, p->arena, name, &oid, &typmod));
    if (oid == OID_INVALID)
        return STATUS_OK;
    TRY(catalog_type_require(p->env->catalog, oid, &type));
    if (!type->defined || type->kind == 'c')
        return STATUS_OK;
    *found_out = true;
    return pl_type_make(p, oid, -1, p->options->collation, type_out);
}

/* [schema.]table.column%TYPE. */
static Status type_of_column(PlParser *p, const PlToken *t, PlType *type_out, bool *found_out) {
    uint32_t used;
    const RelationDesc *relation;
    Oid oid;
    *found_out = false;
    const PlName *n = pl_name_find(p->names, false, t->names, t->name_count, &used);
    if (t->name_count == 2 && n != NULL && n->kind == PL_NAME_VAR) {
        *found_out = true;
        *type_out = n->datum->type;
        return STATUS_OK;
    }
    TRY(relation_by_name(p->env->catalog, NULL, t->name_count == 3 ? t->names[0] : NULL,
                         t->names[t->name_count - 2], true, &oid));
    if (oid == OID_INVALID)
        return STATUS_OK;
    TRY(catalog_relation_require(p->env->catalog, oid, &relation));
    const ColumnDesc *column = relation_column(relation, t->names[t->name_count - 1]);
    if (column == NULL || strchr("rSvmcfp", relation->kind) == NULL)
        return STATUS_OK;
    *found_out = true;
    return pl_type_make(p, column->type, column->typmod, column->collation, type_out);
}

static Status row_type(PlParser *p, const PlToken *t, PlType *type_out, bool *found_out) {
    const RelationDesc *relation;
    Oid oid;
    *found_out = t->name_count < 3;
    if (!*found_out)
        return STATUS_OK;
    const char *name = t->names[t->name_count - 1];
    TRY(relation_by_name(p->env->catalog, NULL, t->name_count == 2 ? t->names[0] : NULL, name,
                         t->name_count == 1, &oid));
    if (oid == OID_INVALID)
        return error(ERR_UNDEFINED_TABLE, "relation \"%s\" does not exist", name);
    TRY(catalog_relation_require(p->env->catalog, oid, &relation));
    if (relation->row_type == OID_INVALID)
        return error(ERR_WRONG_OBJECT_TYPE, "relation \"%s\" does not have a composite type", name);
    return pl_type_make(p, relation->row_type, -1, OID_INVALID, type_out);
}

/* %TYPE and %ROWTYPE behind t. */
static Status type_by_reference(PlParser *p, const PlToken *t, PlType *type_out, bool *found_out) {
    PlToken word;
    *found_out = false;
    TRY(pl_next(p, &word)); /* % */
    TRY(pl_next(p, &word));
    if (pl_is(&word, PL_K_rowtype))
        return row_type(p, t, type_out, found_out);
    if (!pl_is(&word, PL_K_type))
        return STATUS_OK;
    return t->name_count == 1 ? type_of_word(p, t, type_out, found_out)
                              : type_of_column(p, t, type_out, found_out);
}

static bool follows_type(const PlToken *t, int32_t depth) {
    return t->kind == PL_K_collate || t->kind == PL_K_not || t->kind == '=' ||
           t->kind == TOK_COLON_EQUALS || t->kind == PL_K_default || t->kind == ';' ||
           ((t->kind == ',' || t->kind == ')') && depth == 0);
}

static Status read_type(PlParser *p, PlType *type_out) {
    PlToken first, t;
    bool found;
    TRY(pl_next(p, &first));
    t = first;
    bool word = t.kind == PL_TOK_WORD || t.kind == PL_TOK_NAMES || pl_is_unreserved(&t);
    if (word && pl_peek(p) == '%') {
        TRY(type_by_reference(p, &t, type_out, &found));
        if (found)
            return STATUS_OK;
        TRY(pl_next(p, &t));
    }
    for (int32_t depth = 0; !follows_type(&t, depth);) {
        if (t.kind == TOK_END)
            return pl_syntax(
                p, &t, depth != 0 ? "mismatched parentheses" : "incomplete data type declaration");
        depth += (t.kind == '(') - (t.kind == ')');
        TRY(pl_next(p, &t));
    }
    pl_back(p, &t);
    if (t.start <= first.start)
        return pl_syntax(p, &t, "missing data type declaration");
    uint32_t end = t.start;
    while (end > first.start && strchr(" \t\n\r", p->source[end - 1]) != NULL)
        end--;
    return written_type(p, pl_slice(p, first.start, end), first.start, type_out);
}

/* ---- variables ---- */

PlDatum *pl_record_add(PlParser *p, const char *name, int32_t line, bool name_it) {
    PlDatum *d = pl_datum_add(p, PL_REC, name, line);
    d->type = (PlType){.oid = OID_RECORD, .typmod = -1};
    if (name_it)
        pl_name_add(p, PL_NAME_REC, d, name);
    return d;
}

Status pl_variable_add(PlParser *p, const char *name, int32_t line, const PlType *type,
                       bool name_it, PlDatum **datum_out) {
    const TypeDesc *desc;
    const char *text;
    TRY(catalog_type_require(p->env->catalog, type->oid, &desc));
    bool record = type->relation != OID_INVALID || type->oid == OID_RECORD;
    if (desc->kind == 'p' && !record) {
        TRY(format_type(p->env->catalog, p->arena, type->oid, -1, 0, &text));
        return error(ERR_FEATURE_NOT_SUPPORTED, "variable \"%s\" has pseudo-type %s", name, text);
    }
    PlDatum *d = pl_datum_add(p, record ? PL_REC : PL_VAR, name, line);
    d->type = *type;
    if (name_it)
        pl_name_add(p, record ? PL_NAME_REC : PL_NAME_VAR, d, name);
    *datum_out = d;
    return STATUS_OK;
}

PlDatum *pl_row_add(PlParser *p, PlDatum **parts, const char **names, uint32_t count,
                    int32_t line) {
    PlDatum *d = pl_datum_add(p, PL_ROW, "(unnamed row)", line);
    d->part_count = count;
    d->parts = arena_memdup(p->arena, parts, count * sizeof(PlDatum *));
    d->part_names = arena_memdup(p->arena, names, count * sizeof(char *));
    return d;
}

Status pl_check_assignable(PlParser *p, const PlDatum *datum, const PlToken *t) {
    if (datum->kind == PL_FIELD)
        datum = datum->parent;
    if (datum->kind == PL_ROW || !datum->is_const)
        return STATUS_OK;
    return at(t->start,
              error(ERR_ERROR_IN_ASSIGNMENT, "variable \"%s\" is declared CONSTANT", datum->name));
}

/* A list of variables begun with `first`, which is read; the commas are to come. */
Status pl_scalar_list(PlParser *p, const PlToken *first, PlDatum **row_out) {
    VEC(PlDatum *) parts = {0};
    VEC(const char *) names = {0};
    PlToken t = *first;
    for (;;) {
        TRY(pl_check_assignable(p, t.datum, &t));
        if (parts.count > 0 && (t.datum->kind == PL_ROW || t.datum->kind == PL_REC))
            return at(t.start, error(ERR_SYNTAX_ERROR, "\"%s\" is not a scalar variable",
                                     pl_names_text(p, &t)));
        vec_push(&parts, p->arena, t.datum);
        vec_push(&names, p->arena, pl_names_text(p, &t));
        if (pl_peek(p) != ',')
            break;
        TRY(pl_next(p, &t));
        if (parts.count >= 1024)
            return at(t.start,
                      error(ERR_PROGRAM_LIMIT_EXCEEDED, "too many INTO variables specified"));
        TRY(pl_next(p, &t));
        if (t.kind != PL_TOK_DATUM)
            return pl_not_variable(p, &t);
    }
    *row_out =
        pl_row_add(p, parts.items, names.items, (uint32_t)parts.count, pl_line_of(p, first->start));
    return STATUS_OK;
}

Status pl_into_target(PlParser *p, PlDatum **target_out, bool *strict_out) {
    PlToken t;
    TRY(pl_next(p, &t));
    if (strict_out != NULL && t.kind == PL_K_strict) {
        *strict_out = true;
        TRY(pl_next(p, &t));
    }
    if (t.kind != PL_TOK_DATUM)
        return pl_not_variable(p, &t);
    if (t.datum->kind != PL_REC && t.datum->kind != PL_ROW)
        return pl_scalar_list(p, &t, target_out);
    TRY(pl_check_assignable(p, t.datum, &t));
    *target_out = t.datum;
    if (pl_peek(p) != ',')
        return STATUS_OK;
    TRY(pl_next(p, &t));
    return at(t.start,
              error(ERR_SYNTAX_ERROR, "record variable cannot be part of multiple-item INTO list"));
}

/* ---- declarations ---- */

static Status shadow_check(PlParser *p, const PlToken *t, const char *name) {
    uint32_t used;
    unsigned asked = p->options->extra_errors | p->options->extra_warnings;
    if ((asked & PL_CHECK_SHADOWED) == 0 ||
        pl_name_find(p->names, false, (const char *const[]){name}, 1, &used) == NULL)
        return STATUS_OK;
    Status s = at(t->start, error(ERR_DUPLICATE_ALIAS,
                                  "variable \"%s\" shadows a previously defined variable", name));
    if (p->options->extra_errors & PL_CHECK_SHADOWED)
        return s;
    p->options->warn(p->options->warn_arg, s);
    return STATUS_OK;
}

static Status declared_name(PlParser *p, const PlToken *t, const char **name_out) {
    uint32_t used;
    if (t->kind != PL_TOK_WORD && !pl_is_unreserved(t))
        return pl_syntax(p, t, "syntax error");
    *name_out = t->names[0];
    if (pl_name_find(p->names, true, t->names, 1, &used) != NULL)
        return pl_syntax(p, t, "duplicate declaration");
    return shadow_check(p, t, *name_out);
}

static Status alias(PlParser *p, const char *name) {
    PlToken t;
    uint32_t used;
    TRY(pl_expect(p, PL_K_for, &t));
    TRY(pl_next(p, &t));
    if (t.kind != PL_TOK_WORD && t.kind != PL_TOK_NAMES && !pl_is_unreserved(&t))
        return pl_syntax(p, &t, "syntax error");
    const PlName *n = pl_name_find(p->names, false, t.names, t.name_count, &used);
    if (n == NULL)
        return at(t.start, error(ERR_UNDEFINED_OBJECT, "variable \"%s\" does not exist",
                                 pl_names_text(p, &t)));
    pl_name_add(p, n->kind, n->datum, name);
    return pl_expect(p, ';', &t);
}

/* (name type, ...) of a cursor. */
static Status cursor_parameters(PlParser *p, PlDatum **row_out) {
    VEC(PlDatum *) parts = {0};
    VEC(const char *) names = {0};
    PlToken t;
    int32_t line = p->line;
    do {
        const char *name;
        PlType type;
        PlDatum *d;
        TRY(pl_next(p, &t));
        TRY(declared_name(p, &t, &name));
        TRY(read_type(p, &type));
        TRY(pl_variable_add(p, name, pl_line_of(p, t.start), &type, true, &d));
        vec_push(&parts, p->arena, d);
        vec_push(&names, p->arena, name);
        TRY(pl_next(p, &t));
    } while (t.kind == ',');
    if (t.kind != ')')
        return pl_syntax(p, &t, "syntax error");
    *row_out = pl_row_add(p, parts.items, names.items, (uint32_t)parts.count, line);
    return STATUS_OK;
}

static Status cursor(PlParser *p, const char *name, int32_t line, unsigned options) {
    PlToken t;
    PlDatum *args = NULL, *d;
    PlExpr *query;
    PlType type;
    pl_level_push(p, name, PL_LABEL_OTHER);
    TRY(pl_next(p, &t));
    if (t.kind == '(') {
        TRY(cursor_parameters(p, &args));
        TRY(pl_next(p, &t));
    }
    if (t.kind != PL_K_is && t.kind != PL_K_for)
        return pl_syntax(p, &t, "syntax error");
    TRY(pl_read_statement(p, &query));
    pl_level_pop(p);
    TRY(pl_type_make(p, OID_REFCURSOR, -1, OID_INVALID, &type));
    TRY(pl_variable_add(p, name, line, &type, true, &d));
    StrBuf text;
    strbuf_init(&text, p->arena);
    strbuf_printf(&text, "%s'", strchr(name, '\\') != NULL ? "E" : "");
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '\'' || *c == '\\')
            strbuf_putc(&text, *c);
        strbuf_putc(&text, *c);
    }
    strbuf_puts(&text, "'::pg_catalog.refcursor");
    d->default_value = pl_expr_make(p, PL_SQL_EXPRESSION, strbuf_cstr(&text), -1);
    d->cursor_query = query;
    d->cursor_args = args;
    d->cursor_options = options;
    return STATUS_OK;
}

static Status collation(PlParser *p, PlType *type) {
    PlToken t;
    TRY(pl_next(p, &t));
    if (t.kind != PL_TOK_WORD && t.kind != PL_TOK_NAMES && !pl_is_unreserved(&t))
        return pl_syntax(p, &t, "syntax error");
    AstCollate ast = {.tag = AST_COLLATE, .location = -1};
    for (uint32_t i = 0; i < t.name_count; i++)
        str_list_add(p->arena, &ast.name, t.names[i]);
    Oid collation;
    if (type->collation == OID_INVALID) {
        const char *text;
        TRY(format_type(p->env->catalog, p->arena, type->oid, -1, 0, &text));
        return at(t.start,
                  error(ERR_DATATYPE_MISMATCH, "collations are not supported by type %s", text));
    }
    TRY(analyze_column_collation(p->env, &ast, OID_TEXT, &collation));
    type->collation = collation;
    return STATUS_OK;
}

/* [COLLATE c] [NOT NULL] [:= expr]; */
static Status variable_rest(PlParser *p, const char *name, int32_t line, bool is_const,
                            PlType *type) {
    PlToken t, not_null = {0};
    PlDatum *d;
    PlExpr *value = NULL;
    TRY(pl_next(p, &t));
    if (t.kind == PL_K_collate) {
        TRY(collation(p, type));
        TRY(pl_next(p, &t));
    }
    if (t.kind == PL_K_not) {
        not_null = t;
        TRY(pl_expect(p, PL_K_null, &t));
        TRY(pl_next(p, &t));
    }
    if (t.kind == '=' || t.kind == TOK_COLON_EQUALS || t.kind == PL_K_default)
        TRY(pl_read_expr(p, ';', ";", &value));
    else if (t.kind != ';')
        return pl_syntax(p, &t, "syntax error");
    TRY(pl_variable_add(p, name, line, type, true, &d));
    d->is_const = is_const;
    d->not_null = not_null.kind != 0;
    d->default_value = value;
    if (d->not_null && value == NULL)
        return at(not_null.start, error(ERR_NULL_VALUE_NOT_ALLOWED,
                                        "variable \"%s\" must have a default value, since it's "
                                        "declared NOT NULL",
                                        name));
    return STATUS_OK;
}

static Status declaration(PlParser *p, const PlToken *first) {
    const char *name;
    PlToken t;
    PlType type;
    unsigned options = 0;
    int32_t line = pl_line_of(p, first->start);
    TRY(declared_name(p, first, &name));
    TRY(pl_next(p, &t));
    if (t.kind == PL_K_alias)
        return alias(p, name);
    if (t.kind == PL_K_no) {
        TRY(pl_expect(p, PL_K_scroll, &t));
        TRY(pl_expect(p, PL_K_cursor, &t));
        options = AST_CURSOR_NO_SCROLL;
    } else if (t.kind == PL_K_scroll) {
        TRY(pl_expect(p, PL_K_cursor, &t));
        options = AST_CURSOR_SCROLL;
    }
    if (t.kind == PL_K_cursor)
        return cursor(p, name, line, options);
    bool is_const = t.kind == PL_K_constant;
    if (!is_const)
        pl_back(p, &t);
    TRY(read_type(p, &type));
    return variable_rest(p, name, line, is_const, &type);
}

/* After DECLARE, up to BEGIN. */
Status pl_declarations(PlParser *p, PlBlock *block) {
    size_t from = p->datums.count;
    PlToken t;
    p->lookup = PL_LOOKUP_DECLARE;
    for (;;) {
        TRY(pl_next(p, &t));
        if (t.kind == PL_K_begin)
            break;
        if (t.kind == PL_K_declare)
            continue;
        if (t.kind == TOK_OP && t.end - t.start == 2 && memcmp(p->source + t.start, "<<", 2) == 0)
            return at(t.start, error(ERR_SYNTAX_ERROR,
                                     "block label must be placed before DECLARE, not after"));
        TRY(declaration(p, &t));
    }
    pl_back(p, &t);
    p->lookup = PL_LOOKUP_NORMAL;
    block->variables = arena_array(p->arena, PlDatum *, p->datums.count - from + 1);
    for (size_t i = from; i < p->datums.count; i++) {
        PlDatum *d = p->datums.items[i];
        if (d->kind == PL_VAR || d->kind == PL_REC)
            block->variables[block->variable_count++] = d;
    }
    return STATUS_OK;
}

/* ---- arguments of cursors ---- */

static Status argument_place(PlParser *p, const PlDatum *cursor, bool *named_out,
                             uint32_t *place_out) {
    const PlDatum *row = cursor->cursor_args;
    PlToken t;
    PlLookup saved = p->lookup;
    if (pl_raw_kind(p, 1) != TOK_COLON_EQUALS)
        return STATUS_OK;
    *named_out = true;
    p->lookup = PL_LOOKUP_DECLARE;
    TRY(pl_next(p, &t));
    p->lookup = saved;
    for (*place_out = 0; *place_out < row->part_count; ++*place_out)
        if (t.name_count == 1 && strcmp(row->part_names[*place_out], t.names[0]) == 0)
            return pl_expect(p, TOK_COLON_EQUALS, &t);
    return at(t.start, error(ERR_SYNTAX_ERROR, "cursor \"%s\" has no argument named \"%s\"",
                             cursor->name, t.name_count > 0 ? t.names[0] : ""));
}

static Status wrong_arguments(const PlDatum *cursor, const char *format, const PlToken *t) {
    return at(t->start, error(ERR_SYNTAX_ERROR, format, cursor->name));
}

static Status argument_list(PlParser *p, const PlDatum *cursor, const char **values,
                            bool *named_out) {
    const PlDatum *row = cursor->cursor_args;
    for (uint32_t i = 0; i < row->part_count; i++) {
        PlExpr *value;
        uint32_t place = i;
        uint32_t start = p->raw[MIN(p->at, p->raw_count - 1)].start;
        TRY(argument_place(p, cursor, named_out, &place));
        if (values[place] != NULL)
            return at(start, error(ERR_SYNTAX_ERROR,
                                   "value for parameter \"%s\" of cursor \"%s\" specified more "
                                   "than once",
                                   row->part_names[place], cursor->name));
        PlToken end;
        TRY(pl_read_expr2(p, ',', ')', ",\" or \")", &value, &end));
        values[place] = value->text;
        bool last = i + 1 == row->part_count;
        if (end.kind == ')' && !last)
            return wrong_arguments(cursor, "not enough arguments for cursor \"%s\"", &end);
        if (end.kind == ',' && last)
            return wrong_arguments(cursor, "too many arguments for cursor \"%s\"", &end);
    }
    return STATUS_OK;
}

Status pl_cursor_arguments(PlParser *p, const PlDatum *cursor, int until, PlExpr **expr_out) {
    const PlDatum *row = cursor->cursor_args;
    PlToken t;
    bool named = false;
    *expr_out = NULL;
    TRY(pl_next(p, &t));
    if (row == NULL) {
        if (t.kind == '(')
            return wrong_arguments(cursor, "cursor \"%s\" has no arguments", &t);
        return t.kind == until ? STATUS_OK : pl_syntax(p, &t, "syntax error");
    }
    if (t.kind != '(')
        return wrong_arguments(cursor, "cursor \"%s\" has arguments", &t);
    const char **values = arena_array(p->arena, const char *, row->part_count + 1);
    TRY(argument_list(p, cursor, values, &named));
    StrBuf text;
    strbuf_init(&text, p->arena);
    for (uint32_t i = 0; i < row->part_count; i++) {
        strbuf_printf(&text, "%s%s", i > 0 ? ", " : "", values[i]);
        if (named)
            strbuf_printf(&text, " AS %s",
                          quote_ident(p->env->catalog, p->arena, row->part_names[i]));
    }
    *expr_out = pl_expr_make(p, PL_SQL_EXPRESSION, strbuf_cstr(&text), -1);
    return pl_expect(p, until, &t);
}
