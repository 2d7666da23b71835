/* function_settings.c: see function_settings.h. */
#include "executor/function_settings.h"

static void restore(Session *session, const FunctionSettings *saved) {
    for (uint32_t i = saved->count; i-- > 0;)
        status_free(session->ops->setting_set(session, saved->names[i], saved->values[i], true));
}

static Status set_one(Session *session, Arena *arena, const char *config, FunctionSettings *saved) {
    const char *equals = strchr(config, '=');
    if (equals == NULL)
        return STATUS_OK;
    const char *name = arena_strndup(arena, config, (size_t)(equals - config));
    if (strcmp(name, "search_path") == 0) {
        const char *const *list = NULL;
        uint32_t count = 0;
        name_parse_list(arena, equals + 1, &list, &count);
        if (list != NULL || count == 0) {
            saved->path = session_push_search_path(session->catalog, list, count);
            saved->has_path = true;
        }
        return STATUS_OK;
    }
    const char *before;
    TRY(session->ops->setting_show(session, arena, name, true, &before));
    TRY(session->ops->setting_set(session, name, equals + 1, true));
    if (before == NULL) /* nobody has set this custom parameter before: it is empty from now on */
        before = "";
    saved->names[saved->count] = name;
    saved->values[saved->count++] = arena_strndup(arena, before, strlen(before));
    return STATUS_OK;
}

Status function_settings_push(Session *session, Arena *arena, const ProcDesc *proc,
                              FunctionSettings *saved_out) {
    *saved_out = (FunctionSettings){.env = session->env, .has_role = proc->security_definer};
    if (proc->config_count > 0) {
        saved_out->names = arena_array(arena, const char *, proc->config_count);
        saved_out->values = arena_array(arena, const char *, proc->config_count);
    }
    if (saved_out->has_role)
        saved_out->role = session_push_role(session->catalog, proc->owner, ROLE_LOCAL);
    Status status = STATUS_OK;
    for (uint32_t i = 0; i < proc->config_count && status_ok(status); i++)
        status = set_one(session, arena, proc->config[i], saved_out);
    if (!status_ok(status))
        function_settings_pop(session, saved_out);
    return status;
}

void function_settings_pop(Session *session, const FunctionSettings *saved) {
    restore(session, saved);
    session->env = saved->env;
    if (saved->has_path)
        session_pop_search_path(session->catalog, saved->path);
    if (saved->has_role)
        session_pop_role(session->catalog, saved->role);
}
