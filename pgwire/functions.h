/* functions.h: SQL functions about sessions and the server. Layer: pgwire. */
#ifndef PGWIRE_FUNCTIONS_H
#define PGWIRE_FUNCTIONS_H

/* Registers their code (fn_register). Once, before the first worker runs. */
void session_functions_register(void);
void server_functions_register(void);
void file_functions_register(void);
/* config_functions.c */
void config_functions_register(void);

#endif
