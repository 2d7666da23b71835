#include "types/ts_dict.h"
Status ts_ispell_init(EvalEnv *env, TsDict *dict, const TsOptions *options) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "ispell");
}
