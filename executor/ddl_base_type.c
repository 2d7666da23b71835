/*
 * ddl_base_type.c: CREATE TYPE of base types, ALTER TYPE .. SET.
 *
 * The input, output and other functions of a base type are built-in code under another name, so its
 * values lie as those of the built-in type whose functions they are: types/base_type.c goes by that.
 */
#include "executor/ddl_int.h"

#include "types/type.h"

#include <strings.h>

typedef struct BaseTypeOptions {
    const AstOption *like, *length, *input, *output, *receive, *send, *typmod_in, *typmod_out,
        *analyze, *subscript, *category, *preferred, *delimiter, *element, *default_value,
        *by_value, *alignment, *storage, *collatable;
} BaseTypeOptions;

static const struct {
    const char *name;
    size_t place;
} attributes[] = {
    {"like", offsetof(BaseTypeOptions, like)},
    {"internallength", offsetof(BaseTypeOptions, length)},
    {"input", offsetof(BaseTypeOptions, input)},
    {"output", offsetof(BaseTypeOptions, output)},
    {"receive", offsetof(BaseTypeOptions, receive)},
    {"send", offsetof(BaseTypeOptions, send)},
    {"typmod_in", offsetof(BaseTypeOptions, typmod_in)},
    {"typmod_out", offsetof(BaseTypeOptions, typmod_out)},
    {"analyze", offsetof(BaseTypeOptions, analyze)},
    {"analyse", offsetof(BaseTypeOptions, analyze)},
    {"subscript", offsetof(BaseTypeOptions, subscript)},
    {"category", offsetof(BaseTypeOptions, category)},
    {"preferred", offsetof(BaseTypeOptions, preferred)},
    {"delimiter", offsetof(BaseTypeOptions, delimiter)},
    {"element", offsetof(BaseTypeOptions, element)},
    {"default", offsetof(BaseTypeOptions, default_value)},
    {"passedbyvalue", offsetof(BaseTypeOptions, by_value)},
    {"alignment", offsetof(BaseTypeOptions, alignment)},
    {"storage", offsetof(BaseTypeOptions, storage)},
    {"collatable", offsetof(BaseTypeOptions, collatable)},
};

static const AstOption **option_place(BaseTypeOptions *options, const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(attributes); i++)
        if (strcmp(attributes[i].name, name) == 0)
            return (const AstOption **)((char *)options + attributes[i].place);
    return NULL;
}

static Status invalid(const char *message) {
    return error(ERR_INVALID_OBJECT_DEFINITION, "%s", message);
}

static Status gather(Ddl *ddl, const AstList *list, BaseTypeOptions *options) {
    AST_FOREACH(AstOption, option, *list) {
        const AstOption **place = option_place(options, option->name);
        if (place == NULL) {
            Status warning = status_at(
                error(ERR_SYNTAX_ERROR, "type attribute \"%s\" not recognized", option->name),
                option->location);
            ddl->session->ops->notice(ddl->session, NOTICE_WARNING, warning);
            continue;
        }
        if (*place != NULL)
            return status_at(error(ERR_SYNTAX_ERROR, "conflicting or redundant options"),
                             option->location);
        *place = option;
    }
    return STATUS_OK;
}

/* ---- the functions ---- */

static Status function_names(const AstOption *option, StrList *names_out) {
    const Ast *value = option->value;
    *names_out = (StrList){0};
    if (value != NULL && value->tag == AST_TYPE_NAME)
        *names_out = ((const AstTypeName *)value)->names;
    else if (value != NULL && value->tag == AST_NAME_LIST)
        *names_out = ((const AstNameList *)value)->names;
    return names_out->count > 0 ? STATUS_OK
                                : error(ERR_SYNTAX_ERROR, "%s requires a parameter", option->name);
}

typedef struct IoFunction {
    const char *what;          /* "type input", in messages */
    const char *volatile_what; /* NULL: may be volatile */
    Oid args[3];
    uint32_t arg_count;
    bool three; /* takes (first, oid, int4), too */
    Oid result;
    const char *result_text;
} IoFunction;

static Status find_function(Ddl *ddl, const AstOption *option, const IoFunction *want,
                            Oid *oid_out) {
    StrList names;
    const char *schema, *name;
    const ProcDesc *proc;
    Oid longer = OID_INVALID;
    *oid_out = OID_INVALID;
    if (option == NULL)
        return STATUS_OK;
    TRY(function_names(option, &names));
    TRY(ddl_qualified(ddl, &names, &schema, &name));
    const char *full = str_list_join(ddl->arena, &names);
    TRY(catalog_proc_exact(ddl->catalog, schema, name, want->args, want->arg_count, oid_out));
    if (want->three) {
        const Oid three[] = {want->args[0], OID_OID, OID_INT4};
        TRY(catalog_proc_exact(ddl->catalog, schema, name, three, 3, &longer));
    }
    if (*oid_out != OID_INVALID && longer != OID_INVALID)
        return error(ERR_AMBIGUOUS_FUNCTION, "%s function %s has multiple matches", want->what,
                     full);
    if (*oid_out == OID_INVALID)
        *oid_out = longer;
    if (*oid_out == OID_INVALID)
        return ddl_function_by_name(ddl, &names, want->args, want->arg_count, oid_out);
    TRY(catalog_proc_require(ddl->catalog, *oid_out, &proc));
    if (proc->result != want->result)
        return error(ERR_INVALID_OBJECT_DEFINITION, "%s function %s must return type %s",
                     want->what, full, want->result_text);
    if (want->volatile_what != NULL && proc->volatility == 'v')
        ddl_warning(ddl, ERR_INVALID_OBJECT_DEFINITION, "%s function %s should not be volatile",
                    want->volatile_what, full);
    return STATUS_OK;
}

static Status find_input(Ddl *ddl, const AstOption *option, Oid type, TypeSpec *spec) {
    const char *text;
    TRY(format_type_brief(ddl->catalog, ddl->arena, type, &text));
    const IoFunction want = {"type input", "type input", {OID_CSTRING}, 1, true, type, text};
    return find_function(ddl, option, &want, &spec->input);
}
static Status find_output(Ddl *ddl, const AstOption *option, Oid type, TypeSpec *spec) {
    const IoFunction want = {"type output", "type output", {type},   1,
                             false,         OID_CSTRING,   "cstring"};
    return find_function(ddl, option, &want, &spec->output);
}
static Status find_receive(Ddl *ddl, const AstOption *option, Oid type, TypeSpec *spec) {
    const char *text;
    TRY(format_type_brief(ddl->catalog, ddl->arena, type, &text));
    const IoFunction want = {"type receive", "type receive", {OID_INTERNAL}, 1, true, type, text};
    return find_function(ddl, option, &want, &spec->receive);
}
static Status find_send(Ddl *ddl, const AstOption *option, Oid type, TypeSpec *spec) {
    const IoFunction want = {"type send", "type send", {type}, 1, false, OID_BYTEA, "bytea"};
    return find_function(ddl, option, &want, &spec->send);
}
static Status find_typmod_in(Ddl *ddl, const AstOption *option, TypeSpec *spec) {
    const IoFunction want = {
        "typmod_in", "type modifier input", {OID_CSTRING_ARRAY}, 1, false, OID_INT4, "integer"};
    return find_function(ddl, option, &want, &spec->typmod_in);
}
static Status find_typmod_out(Ddl *ddl, const AstOption *option, TypeSpec *spec) {
    const IoFunction want = {
        "typmod_out", "type modifier output", {OID_INT4}, 1, false, OID_CSTRING, "cstring"};
    return find_function(ddl, option, &want, &spec->typmod_out);
}
static Status find_analyze(Ddl *ddl, const AstOption *option, TypeSpec *spec) {
    const IoFunction want = {"type analyze", NULL, {OID_INTERNAL}, 1, false, OID_BOOL, "boolean"};
    return find_function(ddl, option, &want, &spec->analyze);
}
static Status find_subscript(Ddl *ddl, const AstOption *option, TypeSpec *spec) {
    const IoFunction want = {"type subscripting", NULL,      {OID_INTERNAL}, 1, false,
                             OID_INTERNAL,        "internal"};
    StrList names;
    TRY(find_function(ddl, option, &want, &spec->subscript));
    if (spec->subscript != PROC_ARRAY_SUBSCRIPT_HANDLER)
        return STATUS_OK;
    TRY(function_names(option, &names));
    return error(ERR_INVALID_OBJECT_DEFINITION,
                 "user-defined types cannot use subscripting function %s",
                 str_list_join(ddl->arena, &names));
}

/* ---- the other attributes ---- */

static Status read_storage(const AstOption *option, char *storage_out) {
    static const struct {
        const char *word;
        char letter;
    } words[] = {{"plain", 'p'}, {"external", 'e'}, {"extended", 'x'}, {"main", 'm'}};
    const char *text;
    TRY(ddl_option_string(option, &text));
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcasecmp(words[i].word, text) == 0) {
            *storage_out = words[i].letter;
            return STATUS_OK;
        }
    return error(ERR_INVALID_PARAMETER_VALUE, "storage \"%s\" not recognized", text);
}

static Status read_alignment(const AstOption *option, char *align_out) {
    static const struct {
        const char *word;
        char letter;
    } words[] = {{"double", 'd'}, {"float8", 'd'}, {"int4", 'i'},
                 {"int2", 's'},   {"char", 'c'},   {"bpchar", 'c'}};
    const char *text;
    TRY(ddl_option_string(option, &text));
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcasecmp(words[i].word, text) == 0) {
            *align_out = words[i].letter;
            return STATUS_OK;
        }
    return error(ERR_INVALID_PARAMETER_VALUE, "alignment \"%s\" not recognized", text);
}

static Status read_length(Ddl *ddl, const AstOption *option, int16_t *length_out) {
    const AstConst *constant = (const AstConst *)option->value;
    const char *text;
    if (constant != NULL && constant->tag == AST_CONST && constant->kind == AST_CONST_INTEGER) {
        *length_out = (int16_t)constant->ival;
        return STATUS_OK;
    }
    TRY(ddl_option_text(ddl, option, &text));
    if (constant->tag == AST_CONST && constant->kind == AST_CONST_FLOAT)
        return error(ERR_SYNTAX_ERROR, "%s requires an integer value", option->name);
    *length_out = -1;
    return strcasecmp(text, "variable") == 0
               ? STATUS_OK
               : error(ERR_SYNTAX_ERROR, "invalid argument for %s: \"%s\"", option->name, text);
}

static Status read_like(Ddl *ddl, const AstOption *option, TypeSpec *spec) {
    const TypeDesc *like;
    Oid type;
    int32_t typmod;
    if (option == NULL)
        return STATUS_OK;
    if (option->value == NULL || option->value->tag != AST_TYPE_NAME)
        return error(ERR_SYNTAX_ERROR, "argument of %s must be a type name", option->name);
    TRY(ddl_unplaced(analyze_type_name(&ddl->session->env, ddl->arena,
                                       (const AstTypeName *)option->value, &type, &typmod)));
    TRY(catalog_type_require(ddl->catalog, type, &like));
    spec->len = like->len;
    spec->by_value = like->by_value;
    spec->align = like->align;
    spec->storage = like->storage;
    return STATUS_OK;
}

static Status read_element(Ddl *ddl, const AstOption *option, TypeSpec *spec) {
    const TypeDesc *element;
    int32_t typmod;
    if (option->value == NULL || option->value->tag != AST_TYPE_NAME)
        return error(ERR_SYNTAX_ERROR, "argument of %s must be a type name", option->name);
    TRY(ddl_unplaced(analyze_type_name(&ddl->session->env, ddl->arena,
                                       (const AstTypeName *)option->value, &spec->element,
                                       &typmod)));
    TRY(catalog_type_require(ddl->catalog, spec->element, &element));
    return element->kind != 'p'
               ? STATUS_OK
               : error(ERR_DATATYPE_MISMATCH, "array element type cannot be %s", element->name);
}

static Status read_category(Ddl *ddl, const AstOption *option, char *category_out) {
    const char *text;
    TRY(ddl_option_text(ddl, option, &text));
    *category_out = text[0];
    return (unsigned char)text[0] >= 32 && (unsigned char)text[0] <= 126
               ? STATUS_OK
               : error(ERR_INVALID_PARAMETER_VALUE,
                       "invalid type category \"%s\": must be simple ASCII", text);
}

static Status read_attributes(Ddl *ddl, const BaseTypeOptions *o, TypeSpec *spec) {
    const char *text;
    bool collatable = false;
    TRY(read_like(ddl, o->like, spec));
    if (o->length != NULL)
        TRY(read_length(ddl, o->length, &spec->len));
    if (o->category != NULL)
        TRY(read_category(ddl, o->category, &spec->category));
    if (o->preferred != NULL)
        TRY(ddl_option_bool(o->preferred, &spec->preferred));
    if (o->delimiter != NULL) {
        TRY(ddl_option_text(ddl, o->delimiter, &text));
        spec->delimiter = text[0];
    }
    if (o->element != NULL)
        TRY(read_element(ddl, o->element, spec));
    if (o->default_value != NULL)
        TRY(ddl_option_text(ddl, o->default_value, &spec->default_text));
    if (o->by_value != NULL)
        TRY(ddl_option_bool(o->by_value, &spec->by_value));
    if (o->alignment != NULL)
        TRY(read_alignment(o->alignment, &spec->align));
    if (o->storage != NULL)
        TRY(read_storage(o->storage, &spec->storage));
    if (o->collatable != NULL)
        TRY(ddl_option_bool(o->collatable, &collatable));
    spec->collation = collatable ? OID_COLLATION_DEFAULT : OID_INVALID;
    if (o->input == NULL)
        return invalid("type input function must be specified");
    if (o->output == NULL)
        return invalid("type output function must be specified");
    return o->typmod_in != NULL || o->typmod_out == NULL
               ? STATUS_OK
               : invalid("type modifier output function is useless without a type modifier input "
                         "function");
}

static Status read_functions(Ddl *ddl, const BaseTypeOptions *o, Oid type, TypeSpec *spec) {
    TRY(find_input(ddl, o->input, type, spec));
    TRY(find_output(ddl, o->output, type, spec));
    TRY(find_receive(ddl, o->receive, type, spec));
    TRY(find_send(ddl, o->send, type, spec));
    TRY(find_typmod_in(ddl, o->typmod_in, spec));
    TRY(find_typmod_out(ddl, o->typmod_out, spec));
    TRY(find_analyze(ddl, o->analyze, spec));
    TRY(find_subscript(ddl, o->subscript, spec));
    if (o->subscript != NULL || spec->element == OID_INVALID)
        return STATUS_OK;
    const TypeDesc *element;
    TRY(catalog_type_require(ddl->catalog, spec->element, &element));
    if (spec->len <= 0 || spec->by_value || element->len <= 0)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "element type cannot be specified without a subscripting function");
    spec->subscript = PROC_RAW_ARRAY_SUBSCRIPT_HANDLER;
    return STATUS_OK;
}

/* Lengths and alignments that no type can have. */
static Status check_layout(const TypeSpec *spec) {
    int len = spec->len;
    char align = spec->align;
    bool bad = false;
    if (len <= 0 && len != -1 && len != -2)
        return error(ERR_INVALID_OBJECT_DEFINITION, "invalid type internal size %d", len);
    if (spec->by_value) {
        if (len != 1 && len != 2 && len != 4 && len != 8)
            return error(ERR_INVALID_OBJECT_DEFINITION,
                         "internal size %d is invalid for passed-by-value type", len);
        bad = align != (len == 1 ? 'c' : len == 2 ? 's' : len == 4 ? 'i' : 'd');
    } else {
        bad = (len == -1 && align != 'i' && align != 'd') || (len == -2 && align != 'c');
    }
    if (bad)
        return len < 0 ? error(ERR_INVALID_OBJECT_DEFINITION,
                               "alignment \"%c\" is invalid for variable-length type", align)
                       : error(ERR_INVALID_OBJECT_DEFINITION,
                               "alignment \"%c\" is invalid for passed-by-value type of size %d",
                               align, len);
    return spec->storage == 'p' || len == -1 ? STATUS_OK
                                             : invalid("fixed-size types must have storage PLAIN");
}

/* ---- CREATE TYPE ---- */

static Status find_shell(Ddl *ddl, const char *name, Oid nsp, Oid *oid_out, bool *defined_out) {
    CatalogRow row;
    bool found;
    *oid_out = OID_INVALID;
    *defined_out = false;
    TRY(catalog_find_name(ddl->catalog, PG_TYPE_TYPNAME_NSP_INDEX, name, nsp, ddl->arena, &row,
                          &found));
    if (!found)
        return STATUS_OK;
    *oid_out = row_oid(&row, PG_TYPE_OID);
    *defined_out = row.values[PG_TYPE_TYPISDEFINED].b;
    return STATUS_OK;
}

Status ddl_create_base_type(Ddl *ddl, const AstDefine *statement) {
    TypeSpec spec = {.owner = session_role(ddl->catalog),
                     .len = -1,
                     .kind = 'b',
                     .category = 'U',
                     .delimiter = ',',
                     .align = 'i',
                     .storage = 'p',
                     .typmod = -1};
    BaseTypeOptions options = {0};
    const char *schema;
    bool super, defined;
    Oid existing, oid;
    TRY(ddl_is_superuser(ddl, &super));
    if (!super)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to create a base type");
    TRY(ddl_qualified(ddl, &statement->name, &schema, &spec.name));
    TRY(namespace_for_creation(ddl->catalog, schema, &spec.nsp));
    TRY(find_shell(ddl, spec.name, spec.nsp, &existing, &defined));
    if (defined || (existing != OID_INVALID && statement->options.count == 0))
        return error(ERR_DUPLICATE_OBJECT, "type \"%s\" already exists", spec.name);
    if (statement->options.count == 0)
        return type_create_shell(ddl->catalog, spec.name, spec.nsp, spec.owner, &oid);
    if (existing == OID_INVALID)
        return status_hint(
            error(ERR_DUPLICATE_OBJECT, "type \"%s\" does not exist", spec.name),
            "Create the type as a shell type, then create its I/O functions, then do "
            "a full CREATE TYPE.");
    TRY(gather(ddl, &statement->options, &options));
    TRY(read_attributes(ddl, &options, &spec));
    TRY(read_functions(ddl, &options, existing, &spec));
    TRY(check_layout(&spec));
    return type_create_base(ddl->catalog, &spec, &oid);
}

/* ---- whose values are whose ---- */

/* Values of these types are the same bytes. */
static bool is_plain_text(Oid type) {
    return type == OID_TEXT || type == OID_VARCHAR || type == OID_BPCHAR || type == OID_BYTEA ||
           type == OID_NAME || type == OID_CSTRING || type == OID_UNKNOWN;
}

Status ddl_same_values(Ddl *ddl, Oid declared, Oid taken, bool *yes_out) {
    const TypeDesc *own, *built_in;
    const TypeInfo *info;
    TRY(catalog_type_require(ddl->catalog, declared, &own));
    TRY(catalog_type_require(ddl->catalog, taken, &built_in));
    *yes_out = declared == taken || own->kind == 'p' || built_in->kind == 'p' || !own->defined;
    if (*yes_out)
        return STATUS_OK;
    TRY(type_lookup(&ddl->session->env, declared, &info));
    while (info->kind == TYPE_DOMAIN && info->element_type != NULL)
        info = info->element_type;
    const TypeInfo *other;
    TRY(type_lookup(&ddl->session->env, taken, &other));
    Oid a = info->model != NULL ? info->model->oid : info->oid;
    Oid b = other->model != NULL ? other->model->oid : other->oid;
    *yes_out = info->phys == PHYS_STR || other->phys == PHYS_STR
                   ? a == b || (is_plain_text(a) && is_plain_text(b))
                   : phys_vector_bytes(info->phys) == phys_vector_bytes(other->phys);
    return STATUS_OK;
}

/* ---- ALTER TYPE .. SET ---- */

typedef struct TypeChanges {
    BaseTypeOptions options;
    TypeSpec spec; /* what they say */
    bool needs_superuser;
} TypeChanges;

static Status read_change(Ddl *ddl, const TypeDesc *type, const AstOption *option, TypeChanges *c) {
    static const char *const fixed[] = {"input",     "output",  "internallength", "passedbyvalue",
                                        "alignment", "like",    "category",       "preferred",
                                        "default",   "element", "delimiter",      "collatable"};
    const AstOption **place = option_place(&c->options, option->name);
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        if (strcmp(fixed[i], option->name) == 0)
            return error(ERR_SYNTAX_ERROR, "type attribute \"%s\" cannot be changed", option->name);
    if (place == NULL || strcmp(option->name, "analyse") == 0)
        return error(ERR_SYNTAX_ERROR, "type attribute \"%s\" not recognized", option->name);
    *place = option;
    if (strcmp(option->name, "storage") == 0) {
        TRY(read_storage(option, &c->spec.storage));
        if (c->spec.storage != 'p' && type->len != -1)
            return invalid("fixed-size types must have storage PLAIN");
        if (c->spec.storage == 'p' && type->storage != 'p')
            return invalid("cannot change type's storage to PLAIN");
        c->needs_superuser |= c->spec.storage != type->storage && type->storage == 'p';
        return STATUS_OK;
    }
    c->needs_superuser = true;
    const AstOption *given = option->value == NULL ? NULL : option; /* = NONE takes it away */
    if (strcmp(option->name, "receive") == 0)
        return find_receive(ddl, given, type->oid, &c->spec);
    if (strcmp(option->name, "send") == 0)
        return find_send(ddl, given, type->oid, &c->spec);
    if (strcmp(option->name, "typmod_in") == 0)
        return find_typmod_in(ddl, given, &c->spec);
    if (strcmp(option->name, "typmod_out") == 0)
        return find_typmod_out(ddl, given, &c->spec);
    return strcmp(option->name, "analyze") == 0 ? find_analyze(ddl, given, &c->spec)
                                                : find_subscript(ddl, given, &c->spec);
}

static void set_function(CatalogRow *row, int column, const AstOption *option, Oid function) {
    if (option != NULL)
        row->values[column] = datum_oid(function);
}

/* Applies the changes to a type; `level`: 0 the type itself, 1 its array, 2 a domain over it. */
static Status change_type(Ddl *ddl, Oid type, const TypeChanges *c, int level) {
    const BaseTypeOptions *o = &c->options;
    const TypeSpec *spec = &c->spec;
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_TYPE_OID_INDEX, type, ddl->arena, &row, &found));
    if (!found)
        return STATUS_OK;
    if (level != 1 && o->storage != NULL)
        row.values[PG_TYPE_TYPSTORAGE].byte = (uint8_t)spec->storage;
    if (level != 1) {
        set_function(&row, PG_TYPE_TYPSEND, o->send, spec->send);
        set_function(&row, PG_TYPE_TYPANALYZE, o->analyze, spec->analyze);
    }
    if (level == 0) {
        set_function(&row, PG_TYPE_TYPRECEIVE, o->receive, spec->receive);
        set_function(&row, PG_TYPE_TYPSUBSCRIPT, o->subscript, spec->subscript);
    }
    if (level != 2) {
        set_function(&row, PG_TYPE_TYPMODIN, o->typmod_in, spec->typmod_in);
        set_function(&row, PG_TYPE_TYPMODOUT, o->typmod_out, spec->typmod_out);
    }
    TRY(catalog_update(ddl->catalog, PG_TYPE, &row));
    const Oid functions[] = {level == 0 ? spec->receive : 0,   level != 1 ? spec->send : 0,
                             level != 2 ? spec->typmod_in : 0, level != 2 ? spec->typmod_out : 0,
                             level != 1 ? spec->analyze : 0,   level == 0 ? spec->subscript : 0};
    for (size_t i = 0; i < ARRAY_LEN(functions); i++)
        if (functions[i] >= OID_FIRST_UNPINNED)
            TRY(depend_record(ddl->catalog, object_address(PG_TYPE, type, 0),
                              object_address(PG_PROC, functions[i], 0), DEPEND_NORMAL));
    return STATUS_OK;
}

static Status change_domains(Ddl *ddl, Oid type, const TypeChanges *c, int depth) {
    DependRow *rows;
    size_t count;
    if (depth > 100)
        return STATUS_OK;
    TRY(depend_list_on(ddl->catalog, object_address(PG_TYPE, type, 0), ddl->arena, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        const TypeDesc *domain;
        if (rows[i].depender.class_id != PG_TYPE)
            continue;
        TRY(catalog_type(ddl->catalog, rows[i].depender.object, &domain));
        if (domain == NULL || domain->kind != 'd' || domain->base != type)
            continue;
        Oid oid = domain->oid;
        TRY(change_type(ddl, oid, c, 2));
        TRY(change_domains(ddl, oid, c, depth + 1));
    }
    return STATUS_OK;
}

static Status execute_alter_type(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterType *statement = (const AstAlterType *)call->raw->statement;
    AstTypeName name = {.tag = AST_TYPE_NAME, .location = -1, .names = statement->name};
    TypeChanges changes = {0};
    const TypeDesc *type;
    Oid oid;
    int32_t typmod;
    bool super;
    TRY(ddl_unplaced(analyze_type_name(&ddl.session->env, ddl.arena, &name, &oid, &typmod)));
    TRY(catalog_type_require(ddl.catalog, oid, &type));
    AST_FOREACH(AstOption, option, statement->options)
        TRY(read_change(&ddl, type, option, &changes));
    TRY(ddl_is_superuser(&ddl, &super));
    if (changes.needs_superuser && !super)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to alter a type");
    if (!changes.needs_superuser)
        TRY(object_check_owner(ddl.catalog, PG_TYPE, oid));
    if (type->kind != 'b' || type->subscript == PROC_ARRAY_SUBSCRIPT_HANDLER) {
        const char *text;
        TRY(format_type_brief(ddl.catalog, ddl.arena, oid, &text));
        return error(ERR_WRONG_OBJECT_TYPE, "%s is not a base type", text);
    }
    Oid array = type->array;
    TRY(change_type(&ddl, oid, &changes, 0));
    if (array != OID_INVALID &&
        (changes.options.typmod_in != NULL || changes.options.typmod_out != NULL))
        TRY(change_type(&ddl, array, &changes, 1));
    return change_domains(&ddl, oid, &changes, 0);
}

static const UtilityCommand commands[] = {
    {AST_ALTER_TYPE, "ALTER TYPE", UTILITY_WRITES, execute_alter_type, NULL},
};

void ddl_base_type_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
