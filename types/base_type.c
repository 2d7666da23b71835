/*
 * base_type.c: base types that users make. Their input, output and other functions are built-in code
 * under other names, so a value is one of the built-in type (the model) that the code belongs to.
 */
#include "types/base_type.h"

#include "catalog/desc.h"
#include "types/citext.h"
#include "types/cube.h"
#include "types/hstore.h"
#include "types/int_array.h"
#include "types/ltree.h"
#include "types/extension_type.h"
#include "types/types_int.h"

/* Functions that read typmods, and whose they are. */
static Oid typmod_model(const char *source) {
    static const struct {
        const char *source;
        Oid type;
    } models[] = {
        {"varchartypmodin", OID_VARCHAR},         {"bpchartypmodin", OID_BPCHAR},
        {"numerictypmodin", OID_NUMERIC},         {"bittypmodin", OID_BIT},
        {"varbittypmodin", OID_VARBIT},           {"timestamptypmodin", OID_TIMESTAMP},
        {"timestamptztypmodin", OID_TIMESTAMPTZ}, {"timetypmodin", OID_TIME},
        {"timetztypmodin", OID_TIMETZ},           {"intervaltypmodin", OID_INTERVAL},
    };
    for (size_t i = 0; i < ARRAY_LEN(models); i++)
        if (strcmp(models[i].source, source) == 0)
            return models[i].type;
    return OID_INVALID;
}

/* Of types that only index pages hold: nobody makes or shows a value. */
static Status index_only_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s", io->type->name);
}
static Status index_only_output(TypeIo *io, Datum value, StrBuf *text) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "cannot display a value of type %s", io->type->name);
}
static const TypeInfo index_only_model = {
    .name = "index key",
    .kind = TYPE_BASE,
    .phys = PHYS_STR,
    .typlen = -1,
    .category = 'U',
    .input = index_only_input,
    .output = index_only_output,
};

/* The types of extensions, by the functions that read and print them. */
static const struct {
    const char *input, *output;
    const TypeInfo *model;
} extension_types[] = {
    {"citextin", "citextout", &citext_model},
    {"cube_in", "cube_out", &cube_model},
    {"hstore_in", "hstore_out", &hstore_model},
    {"ltree_in", "ltree_out", &ltree_model},
    {"lquery_in", "lquery_out", &lquery_model},
    {"ltxtq_in", "ltxtq_out", &ltxtquery_model},
    {"ltree_gist_in", "ltree_gist_out", &index_only_model},
    {"bqarr_in", "bqarr_out", &query_int_model},
    {"_intbig_in", "_intbig_out", &index_only_model},
    {"ghstore_in", "ghstore_out", &index_only_model},
};

static const TypeInfo *extension_model(const char *source, bool reads) {
    for (size_t i = 0; i < ARRAY_LEN(extension_types); i++)
        if (strcmp(source, reads ? extension_types[i].input : extension_types[i].output) == 0)
            return extension_types[i].model;
    return NULL;
}

/* The built-in type that a function reads (its result) or prints (its argument); NULL: of none. */
static Status function_model(EvalEnv *env, Oid function, bool reads, const TypeInfo **model_out) {
    const ProcDesc *proc;
    *model_out = NULL;
    TRY(catalog_proc(env->catalog, function, &proc));
    if (proc != NULL && proc->language == OID_LANGUAGE_C)
        *model_out = extension_model(proc->source, reads);
    if (proc == NULL || proc->language != OID_LANGUAGE_INTERNAL)
        return STATUS_OK;
    const FnEntry *entry = fn_by_prosrc(proc->source);
    if (entry == NULL)
        return STATUS_OK;
    TRY(catalog_proc(env->catalog, entry->oid, &proc));
    if (proc == NULL || proc->arg_count == 0)
        return STATUS_OK;
    const TypeInfo *info = type_builtin(reads ? proc->result : proc->arg_types[0]);
    if (info != NULL && info->kind == TYPE_BASE && info->element_type == NULL)
        *model_out = info;
    return STATUS_OK;
}

static Status no_model(const char *name) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "type %s is not supported", name);
}

/* The bytes that a value takes where it is passed by value; 0: it is not. */
static int value_bytes(PhysType phys) {
    switch (phys) {
    case PHYS_BYTE:
        return 1;
    case PHYS_I16:
        return 2;
    case PHYS_I32:
    case PHYS_F32:
        return 4;
    case PHYS_I64:
    case PHYS_F64:
        return 8;
    default:
        return 0;
    }
}

/* Values of another length than the functions read and print cannot be. */
static Status check_length(const TypeInfo *in, const TypeInfo *out, const TypeDesc *desc) {
    int bytes = value_bytes(in->phys);
    bool same = in->phys == out->phys || (bytes != 0 && bytes == value_bytes(out->phys));
    if (same && bytes != 0)
        same = desc->by_value && bytes == desc->len;
    else if (same)
        same = !desc->by_value && (in->typlen < 0) == (desc->len < 0);
    return same ? STATUS_OK
                : error(ERR_INVALID_OBJECT_DEFINITION,
                        "the length of type %s does not suit its input and output functions",
                        desc->name);
}

static TypeIo model_io(TypeIo *io) {
    TypeIo model = *io;
    model.type = io->type->model;
    return model;
}
static Status base_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    TypeIo model = model_io(io);
    return model.type->input(&model, text, len, value_out);
}
static Status base_output(TypeIo *io, Datum value, StrBuf *text) {
    TypeIo model = model_io(io);
    return model.type->output(&model, value, text);
}
static Status base_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    TypeIo model = model_io(io);
    return model.type->receive(&model, bytes, len, value_out);
}
static Status base_send(TypeIo *io, Datum value, StrBuf *bytes) {
    TypeIo model = model_io(io);
    return model.type->send(&model, value, bytes);
}
static Status no_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return error(ERR_UNDEFINED_FUNCTION, "no binary input function available for type %s",
                 io->type->name);
}
static Status no_send(TypeIo *io, Datum value, StrBuf *bytes) {
    return error(ERR_UNDEFINED_FUNCTION, "no binary output function available for type %s",
                 io->type->name);
}

/* What prints is the output function's own type: it may differ from what reads. */
static Status other_output(TypeIo *io, Datum value, StrBuf *text) {
    const TypeDesc *desc;
    TypeIo model = *io;
    TRY(catalog_type_require(io->env->catalog, io->type->oid, &desc));
    TRY(function_model(io->env, desc->output, false, &model.type));
    if (model.type == NULL)
        return no_model(io->type->name);
    return model.type->output(&model, value, text);
}

Status base_type_info(EvalEnv *env, const TypeDesc *desc, TypeInfo *info) {
    const TypeInfo *model, *out;
    const ProcDesc *proc;
    if (!desc->defined)
        return error(ERR_UNDEFINED_OBJECT, "type \"%s\" is only a shell", desc->name);
    TRY(function_model(env, desc->input, true, &model));
    TRY(function_model(env, desc->output, false, &out));
    if (model == NULL || out == NULL)
        return no_model(desc->name);
    TRY(check_length(model, out, desc));
    info->model = model;
    info->phys = model->phys;
    info->input = base_input;
    info->output = out == model ? base_output : other_output;
    info->receive = desc->receive == 0 ? no_receive : base_receive;
    info->send = desc->send == 0 ? no_send : base_send;
    info->compare = model->compare;
    info->hash = model->hash;
    info->key_encode = model->key_encode;
    info->key_decode = model->key_decode;
    if (desc->typmod_in == 0)
        return STATUS_OK;
    TRY(catalog_proc_require(env->catalog, desc->typmod_in, &proc));
    const TypeInfo *mod = type_builtin(typmod_model(proc->source));
    if (mod != NULL) {
        info->typmod_in = mod->typmod_in;
        info->typmod_out = mod->typmod_out;
    }
    return STATUS_OK;
}

/* ---- their functions, called by hand ---- */

static Status result_type_name(FnCall *call, const TypeDesc **desc_out) {
    return catalog_type_require(call_env(call)->catalog, call->site->result_type, desc_out);
}
Status extension_type_in(FnCall *call) {
    return type_input_text(call_env(call), call->arena, call->site->result_type, -1, ARG_STR(0),
                           &call->result);
}
Status extension_type_recv(FnCall *call) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s", "internal");
}
Status extension_type_out(FnCall *call) {
    return type_output_text(call_env(call), call->arena, call->site->arg_types[0], call->args[0],
                            &call->result.str);
}
Status extension_type_send(FnCall *call) {
    TypeIo io = {.typmod = -1, .env = call_env(call), .arena = call->arena};
    StrBuf buf;
    TRY(type_lookup(io.env, call->site->arg_types[0], &io.type));
    strbuf_init(&buf, call->arena);
    TRY(io.type->send(&io, call->args[0], &buf));
    return ret_buf(call, &buf);
}
Status extension_no_input(FnCall *call) {
    const TypeDesc *desc;
    TRY(result_type_name(call, &desc));
    return error(ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s", desc->name);
}
Status extension_no_output(FnCall *call) {
    const TypeDesc *desc;
    TRY(catalog_type_require(call_env(call)->catalog, call->site->arg_types[0], &desc));
    return error(ERR_FEATURE_NOT_SUPPORTED, "cannot display a value of type %s", desc->name);
}
