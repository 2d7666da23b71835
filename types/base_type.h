/* base_type.h: base types that users make of the code of built-in ones. Layer: types. */
#ifndef TYPES_BASE_TYPE_H
#define TYPES_BASE_TYPE_H

#include "catalog/desc.h"
#include "types/type.h"

/* Fills in how values of the type are read, printed and ordered: as those of the built-in type whose
 * input function it uses; that type is its model. Errors: 42704 for a shell,
 * 42P17 where its length is not that of such values, 0A000 where its functions are not of a plain type. */
Status base_type_info(EvalEnv *env, const TypeDesc *desc, TypeInfo *info);

#endif
