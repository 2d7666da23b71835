/* trigger_call.c: running trigger functions by their language: see trigger_call.h. */
#include "executor/trigger_call.h"

#include "executor/exec_int.h"

#define LANGUAGES_MAX 8u
#define BUILTIN_TABLES_MAX 8u
/* Filled at start-up, read-only afterwards. */
static struct {
    const char *name;
    TriggerFunction row;
    EventTriggerFunction event;
} languages[LANGUAGES_MAX];
static uint32_t language_count;
static struct {
    const TriggerBuiltin *entries;
    size_t count;
} builtins[BUILTIN_TABLES_MAX];
static uint32_t builtin_count;

void trigger_register_language(const char *name, TriggerFunction row, EventTriggerFunction event) {
    check(language_count < LANGUAGES_MAX);
    languages[language_count].name = name;
    languages[language_count].row = row;
    languages[language_count++].event = event;
}

void trigger_register_builtins(const TriggerBuiltin *entries, size_t count) {
    check(builtin_count < BUILTIN_TABLES_MAX);
    builtins[builtin_count].entries = entries;
    builtins[builtin_count++].count = count;
}

Status trigger_protocol_error(const char *function, const char *what) {
    return error(ERR_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED, "function \"%s\" %s", function, what);
}

static TriggerFunction find_builtin(const char *source) {
    for (uint32_t t = 0; t < builtin_count; t++)
        for (size_t i = 0; i < builtins[t].count; i++)
            if (strcmp(builtins[t].entries[i].source, source) == 0)
                return builtins[t].entries[i].run;
    return NULL;
}

static Status not_supported(const ProcDesc *function) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "trigger function \"%s\" is not supported",
                 function->name);
}

static Status find_language(Session *session, const ProcDesc *function, uint32_t *place_out) {
    const LanguageDesc *language;
    TRY(catalog_language(session->catalog, function->language, &language));
    for (uint32_t i = 0; language != NULL && i < language_count; i++)
        if (strcmp(languages[i].name, language->name) == 0) {
            *place_out = i;
            return STATUS_OK;
        }
    return not_supported(function);
}

static Status find_function(Session *session, const ProcDesc *function, TriggerFunction *run_out) {
    uint32_t place;
    if (function->language == OID_LANGUAGE_INTERNAL || function->language == OID_LANGUAGE_C) {
        *run_out = find_builtin(function->source);
        return *run_out == NULL ? not_supported(function) : STATUS_OK;
    }
    TRY(find_language(session, function, &place));
    *run_out = languages[place].row;
    return *run_out == NULL ? not_supported(function) : STATUS_OK;
}

static Status enter(Session *session) {
    TRY(fiber_stack_check());
    session->function_depth++;
    return STATUS_OK;
}

Status trigger_call(TriggerCall *call) {
    Session *session = call->session;
    TriggerFunction run;
    TRY(catalog_proc_require(session->catalog, call->trigger->function, &call->function));
    TRY(find_function(session, call->function, &run));
    const TriggerRow *row = call->op == TRIGGER_OP_DELETE ? call->old_row : call->new_row;
    call->skip = false;
    call->result_values = row == NULL ? NULL : row->values;
    call->result_nulls = row == NULL ? NULL : row->nulls;
    TRY(enter(session));
    desc_pin(&call->function->desc);
    EvalEnv saved = session->env;
    session->env.transitions = call->transitions;
    session->trigger_depth++;
    Status s = run(call);
    session->trigger_depth--;
    session->env = saved;
    session->function_depth--;
    desc_unpin(&call->function->desc);
    return s;
}

Status event_trigger_call(EventTriggerCall *call) {
    Session *session = call->session;
    uint32_t place;
    TRY(find_language(session, call->function, &place));
    if (languages[place].event == NULL)
        return not_supported(call->function);
    TRY(enter(session));
    desc_pin(&call->function->desc);
    EvalEnv saved = session->env;
    session->env.transitions = NULL;
    Status s = languages[place].event(call);
    session->env = saved;
    session->function_depth--;
    desc_unpin(&call->function->desc);
    return s;
}
