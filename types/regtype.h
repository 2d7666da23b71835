/* regtype.h: names of catalog objects in values. Layer: types. */
#ifndef TYPES_REGTYPE_H
#define TYPES_REGTYPE_H

#include "types/types_int.h"

/* Set at start-up by the layer that has the grammar: its errors come before those of names. */
void type_name_set_check(Status (*check)(Arena *arena, const char *text, size_t len));
/* A type by its SQL name. Errors: 42704 "type \"%s\" does not exist", 42601. */
Status type_parse_name(EvalEnv *env, Arena *arena, const char *text, size_t len, Oid *type_out,
                       int32_t *typmod_out);

#endif
