/* ddl_extension.h: the extensions that come with the server. Layer: executor, private. */
#ifndef EXECUTOR_DDL_EXTENSION_H
#define EXECUTOR_DDL_EXTENSION_H

#include "base/datum.h"
#include "base/status.h"

typedef struct Extension {
    const char *name, *version, *comment;
    const char *script; /* @extschema@ stands for its schema; NULL: every database has it */
} Extension;

/* NULL: there is none of that name. */
const Extension *extension_find(const char *name);
/* 0A000 "extension \"%s\" is not available". */
Status extension_missing(const char *name);

struct Ddl;
/* Moves an extension and its members. Errors: those of moving any of them. */
Status extension_set_schema(struct Ddl *ddl, Oid extension, Oid nsp);

/* Their code. It is found by prosrc; the OIDs below, of which pg_proc has none, order it. */
#define EXT_UUID_OID 9000
#define EXT_CRYPTO_OID 9020
#define EXT_FUZZY_OID 9050
#define EXT_TRGM_OID 9060
#define EXT_TABLEFUNC_OID 9200
#define EXT_SPI_OID 9220
#define EXT_AMCHECK_OID 9240
void ext_amcheck_register(void);
void ext_uuid_register(void);
void ext_crypto_register(void);
void ext_fuzzy_register(void);
void ext_trgm_register(void);
void ext_spi_register(void); /* triggers: moddatetime, autoinc, insert_username, lo, tcn */
void ext_tablefunc_register(void);

#endif
