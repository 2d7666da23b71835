/* citext.h: text of the extension citext, which is compared without regard to case. Layer: types. */
#ifndef TYPES_CITEXT_H
#define TYPES_CITEXT_H

#include "types/type.h"

/* How its values, which are those of text, are read and ordered. */
extern const TypeInfo citext_model;

/* Registers its functions (fn_register). Once, before the first worker runs. */
void citext_register(void);

#endif
