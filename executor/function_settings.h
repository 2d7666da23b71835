/* function_settings.h: CREATE FUNCTION .. SET: settings while a function runs. Layer: executor. */
#ifndef EXECUTOR_FUNCTION_SETTINGS_H
#define EXECUTOR_FUNCTION_SETTINGS_H

#include "catalog/desc.h"
#include "catalog/name.h"
#include "executor/session.h"

typedef struct FunctionSettings {
    bool has_path;
    SearchPathSaved path;
    const char **names; /* of other settings, with what they were */
    const char **values;
    uint32_t count;
    EvalEnv env;
    SavedRole role;
    bool has_role;
} FunctionSettings;

/* Takes on the owner's rights (SECURITY DEFINER) and the settings of the function; saved_out is on the
 * arena, good for one pop. On an error nothing is changed. */
Status function_settings_push(Session *session, Arena *arena, const ProcDesc *proc,
                              FunctionSettings *saved_out);
/* Back to what was; after errors, too. */
void function_settings_pop(Session *session, const FunctionSettings *saved);

#endif
