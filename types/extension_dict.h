/* extension_dict.h: dictionaries of extensions. Layer: types. */
#ifndef TYPES_EXTENSION_DICT_H
#define TYPES_EXTENSION_DICT_H

/* Register the functions of unaccent, of dict_int (fn_register). Once, before the first worker runs. */
void unaccent_register(void);
void int_dict_register(void);

#endif
