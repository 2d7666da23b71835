/* functions.h: SQL functions about sessions and the server. Layer: pgwire. */
#ifndef PGWIRE_FUNCTIONS_H
#define PGWIRE_FUNCTIONS_H

#include "types/fn.h"

/* A record of the output parameters as the result; nulls may be NULL. */
Status functions_give_record(FnCall *call, const Oid *types, const Datum *values, const bool *nulls,
                             uint32_t count);

/* Registers their code (fn_register). Once, before the first worker runs. */
void session_functions_register(void);
void server_functions_register(void);
void file_functions_register(void);
/* config_functions.c */
void config_functions_register(void);

#endif
