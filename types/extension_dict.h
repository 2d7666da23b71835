/* extension_dict.h: dictionaries of extensions. Layer: types. */
#ifndef TYPES_EXTENSION_DICT_H
#define TYPES_EXTENSION_DICT_H

/* Registers the functions of unaccent (fn_register). Once, before the first worker runs. */
void unaccent_register(void);

#endif
