/* ts_option.h: lists of options in text: key = 'value', key = value. Layer: types. */
#ifndef TYPES_TS_OPTION_H
#define TYPES_TS_OPTION_H

#include "types/types_int.h"

typedef struct TsOption {
    const char *name;
    const char *value;
    bool bare; /* a number: printed without quotes */
} TsOption;
typedef struct TsOptions {
    TsOption *items;
    uint32_t count;
} TsOptions;
/* Error: 42601 "invalid parameter list format". */
Status ts_options_parse(Arena *arena, Str text, TsOptions *options_out);
void ts_options_print(const TsOptions *options, StrBuf *text);
/* Error: 42601 "%s requires a Boolean value". */
Status ts_option_bool(const TsOption *option, bool *value_out);
/* A token type by its alias: "asciiword"; 0: none. */
int ts_token_type_of(const char *alias);
const char *ts_token_type_alias(int type);
/* Opens a dictionary of these options and forgets it again: are they right? init_function: 0 none. */
Status ts_dict_check(struct EvalEnv *env, Oid init_function, const TsOptions *options);

#endif
