/*
 * type_name.c: a type's name as SQL spells it, read outside a statement (regtype, to_regtype,
 * argument lists of regprocedure): "numeric(10,2)[]", "timestamp with time zone", "s.t".
 */
#include "catalog/catalogs.h"
#include "catalog/name.h"
#include "types/regtype.h"

typedef struct NameScan {
    Arena *arena;
    const char *p, *end;
} NameScan;

static void skip(NameScan *s) {
    while (s->p < s->end && is_space(*s->p))
        s->p++;
}
static bool accept_char(NameScan *s, char c) {
    skip(s);
    if (s->p >= s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}
/* A bare word that follows, in lower case; p stays. */
static size_t peek_word(NameScan *s, char word[32]) {
    skip(s);
    size_t n = 0;
    while (s->p + n < s->end && n < 31 &&
           (is_alpha(s->p[n]) || s->p[n] == '_' || is_digit(s->p[n]))) {
        word[n] = to_lower(s->p[n]);
        n++;
    }
    word[n] = '\0';
    return n;
}
static bool accept_word(NameScan *s, const char *word) {
    char found[32];
    size_t n = peek_word(s, found);
    if (n == 0 || strcmp(found, word) != 0)
        return false;
    s->p += n;
    return true;
}

/* SQL's own spellings. */
static const struct {
    const char *sql, *name;
} spellings[] = {{"bigint", "int8"},      {"boolean", "bool"}, {"char", "bpchar"},
                 {"character", "bpchar"}, {"dec", "numeric"},  {"decimal", "numeric"},
                 {"float", "float8"},     {"int", "int4"},     {"integer", "int4"},
                 {"nchar", "bpchar"},     {"real", "float4"},  {"smallint", "int2"}};

static Status bad_name(const char *text, size_t len) {
    size_t blanks = 0;
    while (blanks < len && is_space(text[blanks]))
        blanks++;
    if (blanks == len)
        return error(ERR_SYNTAX_ERROR, "invalid type name \"%.*s\"", (int)len, text);
    return error(ERR_SYNTAX_ERROR, "syntax error in type name \"%.*s\"", (int)len, text);
}

/* name | schema.name | database.schema.name, quoted or not. A name that SQL spells its own way only where it stands alone. */
static Status scan_name(NameScan *s, const char **database, const char **schema, const char **name,
                        bool *quoted_out) {
    *database = NULL;
    *schema = *name = NULL;
    *quoted_out = false;
    StrBuf all;
    strbuf_init(&all, s->arena);
    for (int part = 0;; part++) {
        StrBuf buf;
        strbuf_init(&buf, s->arena);
        skip(s);
        if (s->p < s->end && *s->p == '"') {
            *quoted_out = true;
            for (s->p++; s->p < s->end; s->p++) {
                if (*s->p == '"' && (s->p + 1 >= s->end || *++s->p != '"'))
                    break;
                strbuf_putc(&buf, *s->p);
            }
            if (s->p < s->end && *s->p == '"')
                s->p++;
        } else {
            while (s->p < s->end && (is_alpha(*s->p) || is_digit(*s->p) || *s->p == '_' ||
                                     *s->p == '$' || (uint8_t)*s->p >= 0x80))
                strbuf_putc(&buf, to_lower(*s->p++));
        }
        if (buf.len == 0)
            return bad_name(s->p, (size_t)(s->end - s->p));
        *database = *schema;
        *schema = *name;
        *name = strbuf_cstr(&buf);
        strbuf_printf(&all, "%s%s", part > 0 ? "." : "", *name);
        if (accept_char(s, '.'))
            continue;
        return part <= 2 ? STATUS_OK
                         : error(ERR_SYNTAX_ERROR,
                                 "improper qualified name (too many dotted names): %s",
                                 strbuf_cstr(&all));
    }
}

static Status scan_modifiers(NameScan *s, int32_t *args, int *count) {
    *count = 0;
    if (!accept_char(s, '('))
        return STATUS_OK;
    do {
        skip(s);
        bool negative = accept_char(s, '-');
        int64_t v = 0;
        const char *start = s->p;
        while (s->p < s->end && is_digit(*s->p) && v < INT32_MAX)
            v = v * 10 + (*s->p++ - '0');
        if (s->p == start || *count >= 4)
            return bad_name(s->p, (size_t)(s->end - s->p));
        args[(*count)++] = (int32_t)(negative ? -v : v);
    } while (accept_char(s, ','));
    return accept_char(s, ')') ? STATUS_OK : bad_name(s->p, (size_t)(s->end - s->p));
}

static const char *sql_spelling(NameScan *s, const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++)
        if (strcmp(name, spellings[i].sql) == 0)
            name = spellings[i].name;
    if (strcmp(name, "double") == 0 && accept_word(s, "precision"))
        return "float8";
    if (strcmp(name, "bpchar") == 0 && accept_word(s, "varying"))
        return "varchar";
    if (strcmp(name, "bit") == 0 && accept_word(s, "varying"))
        return "varbit";
    return name;
}

/* The name as the grammar has it, with the brackets that follow. */
static Status no_type(NameScan *s, const char *schema, const char *name) {
    bool is_array = accept_char(s, '[') || accept_word(s, "array");
    return error(ERR_UNDEFINED_OBJECT, "type \"%s%s%s%s\" does not exist",
                 schema != NULL ? schema : "", schema != NULL ? "." : "", name,
                 is_array ? "[]" : "");
}

static Status check_database(EvalEnv *env, const char *database, const char *schema,
                             const char *name) {
    const char *ours = NULL;
    TRY(database_name(env->catalog, session_database(env->catalog), &ours));
    if (ours != NULL && strcmp(ours, database) == 0)
        return STATUS_OK;
    return error(ERR_FEATURE_NOT_SUPPORTED, "cross-database references are not implemented: %s.%s.%s",
                 database, schema, name);
}

static Status (*check_grammar)(Arena *arena, const char *text, size_t len);

void type_name_set_check(Status (*check)(Arena *arena, const char *text, size_t len)) {
    check_grammar = check;
}

Status type_parse_name(EvalEnv *env, Arena *arena, const char *text, size_t len, Oid *type_out,
                       int32_t *typmod_out) {
    NameScan s = {.arena = arena, .p = text, .end = text + len};
    const char *database, *schema, *name;
    bool quoted;
    int32_t args[4];
    int count;
    *type_out = 0;
    *typmod_out = -1;
    if (check_grammar != NULL)
        TRY(check_grammar(arena, text, len));
    TRY(scan_name(&s, &database, &schema, &name, &quoted));
    if (schema == NULL && !quoted)
        name = sql_spelling(&s, name);
    TRY(scan_modifiers(&s, args, &count));
    if (strcmp(name, "timestamp") == 0 || strcmp(name, "time") == 0) {
        bool stamp = name[4] == 's';
        if (accept_word(&s, "with"))
            name = stamp ? "timestamptz" : "timetz";
        else if (!accept_word(&s, "without"))
            goto named;
        if (!accept_word(&s, "time") || !accept_word(&s, "zone"))
            return bad_name(text, len);
    }
named:
    if (database != NULL)
        TRY(check_database(env, database, schema, name));
    TRY(type_by_name(env->catalog, schema, name, type_out));
    if (*type_out == 0)
        return no_type(&s, schema, name);
    const TypeInfo *info = type_builtin(*type_out);
    if (count > 0) {
        if (info == NULL || info->typmod_in == NULL)
            return error(ERR_SYNTAX_ERROR, "type modifier is not allowed for type \"%s\"", name);
        TRY(info->typmod_in(args, count, typmod_out));
    }
    bool is_array = accept_word(&s, "array");
    while (accept_char(&s, '[')) {
        while (s.p < s.end && is_digit(*s.p))
            s.p++;
        if (!accept_char(&s, ']'))
            return bad_name(text, len);
        is_array = true;
    }
    skip(&s);
    if (s.p < s.end)
        return bad_name(text, len);
    if (is_array) {
        TRY(type_lookup(env, *type_out, &info));
        if (info->array == 0)
            return error(ERR_UNDEFINED_OBJECT, "type \"%.*s\" does not exist", (int)len, text);
        *type_out = info->array;
    }
    return STATUS_OK;
}
