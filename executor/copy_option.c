/* copy_option.c: the options of COPY, checked as PostgreSQL checks them. */
#include "executor/copy_int.h"

#include "types/encoding.h"

const char copy_binary_signature[11] = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', '\377', '\r', '\n', 0};

typedef struct Given {
    bool format, freeze, delimiter, null, header, quote, escape, force_quote, force_not_null,
        force_null, encoding;
} Given;

static Status syntax(const AstOption *option, const char *text) {
    return status_at(error(ERR_SYNTAX_ERROR, "%s", text), option->location);
}

/* Notes that an option was given; twice is an error. */
static Status once(bool *given, const AstOption *option) {
    if (*given)
        return syntax(option, "conflicting or redundant options");
    *given = true;
    return STATUS_OK;
}

/* An integer becomes text where an arena is given. */
static Status option_string(Arena *arena, const AstOption *option, const char **out) {
    const Ast *value = option->value;
    *out = NULL;
    if (value == NULL)
        return error(ERR_SYNTAX_ERROR, "%s requires a parameter", option->name);
    if (value->tag == AST_CONST) {
        const AstConst *c = (const AstConst *)value;
        if (c->kind == AST_CONST_STRING || c->kind == AST_CONST_FLOAT) {
            *out = c->text;
            return STATUS_OK;
        }
        if (c->kind == AST_CONST_INTEGER && arena != NULL) {
            *out = arena_printf(arena, "%d", (int)c->ival);
            return STATUS_OK;
        }
        if (c->kind == AST_CONST_BOOL) {
            *out = c->bval ? "true" : "false";
            return STATUS_OK;
        }
    } else if (value->tag == AST_TYPE_NAME) {
        *out = str_list_last(&((const AstTypeName *)value)->names);
        return STATUS_OK;
    } else if (value->tag == AST_NAME_LIST) {
        *out = str_list_last(&((const AstNameList *)value)->names);
        return STATUS_OK;
    }
    return error(ERR_SYNTAX_ERROR, "%s requires a parameter", option->name);
}

static bool same_word(const char *a, const char *b) {
    for (; *a != '\0' && *b != '\0'; a++, b++)
        if ((*a >= 'A' && *a <= 'Z' ? *a + 32 : *a) != *b)
            return false;
    return *a == *b;
}

static Status option_bool(const AstOption *option, bool *out) {
    const char *text;
    if (option->value == NULL) {
        *out = true;
        return STATUS_OK;
    }
    if (option->value->tag == AST_CONST) {
        const AstConst *c = (const AstConst *)option->value;
        if (c->kind == AST_CONST_INTEGER && (c->ival == 0 || c->ival == 1)) {
            *out = c->ival == 1;
            return STATUS_OK;
        }
        if (c->kind == AST_CONST_INTEGER)
            return error(ERR_SYNTAX_ERROR, "%s requires a Boolean value", option->name);
    }
    TRY(option_string(NULL, option, &text));
    *out = same_word(text, "true") || same_word(text, "on");
    if (!*out && !same_word(text, "false") && !same_word(text, "off"))
        return error(ERR_SYNTAX_ERROR, "%s requires a Boolean value", option->name);
    return STATUS_OK;
}

static Status option_header(const AstOption *option, CopyHeader *out) {
    const char *text;
    bool yes;
    if (option->value != NULL && option->value->tag != AST_CONST) {
        TRY(option_string(NULL, option, &text));
        if (same_word(text, "match")) {
            *out = COPY_HEADER_MATCH;
            return STATUS_OK;
        }
    } else if (option->value != NULL &&
               ((const AstConst *)option->value)->kind == AST_CONST_STRING &&
               same_word(((const AstConst *)option->value)->text, "match")) {
        *out = COPY_HEADER_MATCH;
        return STATUS_OK;
    }
    Status s = option_bool(option, &yes);
    if (!status_ok(s)) {
        status_free(s);
        return error(ERR_SYNTAX_ERROR, "%s requires a Boolean value or \"match\"", option->name);
    }
    *out = yes ? COPY_HEADER_YES : COPY_HEADER_NO;
    return STATUS_OK;
}

static Status option_columns(const AstOption *option, bool star, bool *all_out,
                             const StrList **list_out) {
    const Ast *value = option->value;
    if (value != NULL && value->tag == AST_STAR && star) {
        *all_out = true;
        return STATUS_OK;
    }
    if (value != NULL && value->tag == AST_NAME_LIST) {
        *list_out = &((const AstNameList *)value)->names;
        return STATUS_OK;
    }
    return status_at(error(ERR_INVALID_PARAMETER_VALUE,
                           "argument to option \"%s\" must be a list of column names",
                           option->name),
                     option->location);
}

static Status option_format(const AstOption *option, CopyOptions *o) {
    const char *text;
    TRY(option_string(o->arena, option, &text));
    if (strcmp(text, "text") == 0)
        o->form = COPY_TEXT;
    else if (strcmp(text, "csv") == 0)
        o->form = COPY_CSV;
    else if (strcmp(text, "binary") == 0)
        o->form = COPY_BINARY;
    else
        return status_at(
            error(ERR_INVALID_PARAMETER_VALUE, "COPY format \"%s\" not recognized", text),
            option->location);
    return STATUS_OK;
}

static Status option_encoding(const AstOption *option, CopyOptions *o) {
    const char *text;
    TRY(option_string(o->arena, option, &text));
    o->encoding = encoding_by_name(text, strlen(text));
    if (o->encoding < 0)
        return status_at(error(ERR_INVALID_PARAMETER_VALUE,
                               "argument to option \"%s\" must be a valid encoding name",
                               option->name),
                         option->location);
    if (copy_recodes(o) && !encoding_converts(o->encoding))
        return error(ERR_FEATURE_NOT_SUPPORTED, "COPY in encoding %s is not supported",
                     encoding_name(o->encoding));
    return STATUS_OK;
}

bool copy_recodes(const CopyOptions *o) {
    return o->form != COPY_BINARY && o->encoding != ENCODING_UTF8 &&
           o->encoding != ENCODING_SQL_ASCII;
}

static Status read_option(const AstOption *option, CopyOptions *o, Given *g, const char **delimiter,
                          const char **null, const char **quote, const char **escape) {
    const char *name = option->name;
    if (strcmp(name, "format") == 0) {
        TRY(once(&g->format, option));
        return option_format(option, o);
    }
    if (strcmp(name, "freeze") == 0) {
        TRY(once(&g->freeze, option));
        return option_bool(option, &o->freeze);
    }
    if (strcmp(name, "delimiter") == 0) {
        TRY(once(&g->delimiter, option));
        return option_string(o->arena, option, delimiter);
    }
    if (strcmp(name, "null") == 0) {
        TRY(once(&g->null, option));
        return option_string(o->arena, option, null);
    }
    if (strcmp(name, "header") == 0) {
        TRY(once(&g->header, option));
        return option_header(option, &o->header);
    }
    if (strcmp(name, "quote") == 0) {
        TRY(once(&g->quote, option));
        return option_string(o->arena, option, quote);
    }
    if (strcmp(name, "escape") == 0) {
        TRY(once(&g->escape, option));
        return option_string(o->arena, option, escape);
    }
    if (strcmp(name, "force_quote") == 0) {
        TRY(once(&g->force_quote, option));
        return option_columns(option, true, &o->force_quote_all, &o->force_quote);
    }
    if (strcmp(name, "force_not_null") == 0) {
        TRY(once(&g->force_not_null, option));
        return option_columns(option, false, &o->force_not_null_all, &o->force_not_null);
    }
    if (strcmp(name, "force_null") == 0) {
        TRY(once(&g->force_null, option));
        return option_columns(option, false, &o->force_null_all, &o->force_null);
    }
    if (strcmp(name, "encoding") == 0) {
        TRY(once(&g->encoding, option));
        return option_encoding(option, o);
    }
    return status_at(error(ERR_SYNTAX_ERROR, "option \"%s\" not recognized", name),
                     option->location);
}

/* Which options go with which format and direction. */
static Status check_modes(const CopyOptions *o, const Given *g, bool from) {
    if (o->form == COPY_BINARY && g->delimiter)
        return error(ERR_SYNTAX_ERROR, "cannot specify DELIMITER in BINARY mode");
    if (o->form == COPY_BINARY && g->null)
        return error(ERR_SYNTAX_ERROR, "cannot specify NULL in BINARY mode");
    if (o->form == COPY_BINARY && o->header != COPY_HEADER_NO)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot specify HEADER in BINARY mode");
    if (o->form != COPY_CSV && g->quote)
        return error(ERR_FEATURE_NOT_SUPPORTED, "COPY quote available only in CSV mode");
    if (o->form != COPY_CSV && g->escape)
        return error(ERR_FEATURE_NOT_SUPPORTED, "COPY escape available only in CSV mode");
    if (o->form != COPY_CSV && g->force_quote)
        return error(ERR_FEATURE_NOT_SUPPORTED, "COPY force quote available only in CSV mode");
    if (g->force_quote && from)
        return error(ERR_FEATURE_NOT_SUPPORTED, "COPY force quote only available using COPY TO");
    if (o->form != COPY_CSV && g->force_not_null)
        return error(ERR_FEATURE_NOT_SUPPORTED, "COPY force not null available only in CSV mode");
    if (g->force_not_null && !from)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "COPY force not null only available using COPY FROM");
    if (o->form != COPY_CSV && g->force_null)
        return error(ERR_FEATURE_NOT_SUPPORTED, "COPY force null available only in CSV mode");
    if (g->force_null && !from)
        return error(ERR_FEATURE_NOT_SUPPORTED, "COPY force null only available using COPY FROM");
    if (o->header == COPY_HEADER_MATCH && !from)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot use \"match\" with HEADER in COPY TO");
    return STATUS_OK;
}

/* Single bytes that must not be confused. */
static Status check_characters(const CopyOptions *o, const char *delimiter, const char *quote,
                               const char *escape) {
    const char *null = o->null_text;
    if (strlen(delimiter) != 1)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "COPY delimiter must be a single one-byte character");
    if (strchr("\r\n", delimiter[0]) != NULL)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "COPY delimiter cannot be newline or carriage return");
    if (strchr(null, '\r') != NULL || strchr(null, '\n') != NULL)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "COPY null representation cannot use newline or carriage return");
    if (o->form == COPY_TEXT &&
        strchr("\\.abcdefghijklmnopqrstuvwxyz0123456789", delimiter[0]) != NULL)
        return error(ERR_INVALID_PARAMETER_VALUE, "COPY delimiter cannot be \"%s\"", delimiter);
    if (o->form == COPY_CSV) {
        if (strlen(quote) != 1)
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "COPY quote must be a single one-byte character");
        if (delimiter[0] == quote[0])
            return error(ERR_INVALID_PARAMETER_VALUE, "COPY delimiter and quote must be different");
        if (strlen(escape) != 1)
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "COPY escape must be a single one-byte character");
    }
    if (strchr(null, delimiter[0]) != NULL)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "COPY delimiter must not appear in the NULL specification");
    if (o->form == COPY_CSV && strchr(null, quote[0]) != NULL)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "CSV quote character must not appear in the NULL specification");
    return STATUS_OK;
}

Status copy_options(UtilityCall *call, const AstCopy *copy, CopyOptions *o) {
    Given given = {0};
    const char *delimiter = NULL, *null = NULL, *quote = NULL, *escape = NULL;
    *o = (CopyOptions){.arena = call->arena, .encoding = call->session->settings.client_encoding};
    AST_FOREACH(AstOption, option, copy->options)
        TRY(read_option(option, o, &given, &delimiter, &null, &quote, &escape));
    TRY(check_modes(o, &given, copy->from));
    if (o->form == COPY_BINARY) {
        o->null_text = "";
        return STATUS_OK;
    }
    bool csv = o->form == COPY_CSV;
    delimiter = delimiter != NULL ? delimiter : csv ? "," : "\t";
    o->null_text = null != NULL ? null : csv ? "" : "\\N";
    o->null_len = strlen(o->null_text);
    quote = quote != NULL ? quote : "\"";
    escape = escape != NULL ? escape : quote;
    TRY(check_characters(o, delimiter, quote, escape));
    o->delimiter = delimiter[0];
    o->quote = quote[0];
    o->escape = escape[0];
    return STATUS_OK;
}

/* ---- columns ---- */

Status copy_columns(const RelationDesc *desc, const StrList *names, Arena *arena, int16_t **out,
                    uint32_t *count_out) {
    uint32_t n = 0;
    int16_t *columns = arena_array(arena, int16_t, MAX(desc->column_count, names->count) + 1u);
    for (uint16_t i = 0; names->count == 0 && i < desc->column_count; i++)
        if (!desc->columns[i].dropped && desc->columns[i].generated == 0)
            columns[n++] = desc->columns[i].attnum;
    for (uint32_t i = 0; i < names->count; i++) {
        const ColumnDesc *column = relation_column(desc, names->items[i]);
        if (column == NULL)
            return error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist",
                         names->items[i], desc->name);
        if (column->generated != 0)
            return status_detail(error(ERR_INVALID_COLUMN_REFERENCE,
                                       "column \"%s\" is a generated column", column->name),
                                 "Generated columns cannot be used in COPY.");
        for (uint32_t j = 0; j < n; j++)
            if (columns[j] == column->attnum)
                return error(ERR_DUPLICATE_COLUMN, "column \"%s\" specified more than once",
                             column->name);
        columns[n++] = column->attnum;
    }
    *out = columns;
    *count_out = n;
    return STATUS_OK;
}

Status copy_column_flags(const RelationDesc *desc, const int16_t *columns, uint32_t count,
                         const StrList *names, bool all, const char *option, Arena *arena,
                         bool **flags_out) {
    bool *flags = arena_array(arena, bool, count + 1);
    *flags_out = flags;
    if (all)
        memset(flags, 1, count);
    for (uint32_t i = 0; names != NULL && i < names->count; i++) {
        const ColumnDesc *column = relation_column(desc, names->items[i]);
        if (column == NULL)
            return error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist",
                         names->items[i], desc->name);
        uint32_t j = 0;
        while (j < count && columns[j] != column->attnum)
            j++;
        if (j == count)
            return error(ERR_INVALID_COLUMN_REFERENCE, "%s column \"%s\" not referenced by COPY",
                         option, names->items[i]);
        if (flags[j] && !all)
            return error(ERR_DUPLICATE_COLUMN, "column \"%s\" specified more than once",
                         names->items[i]);
        flags[j] = true;
    }
    return STATUS_OK;
}
