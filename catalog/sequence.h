/*
 * sequence.h: sequences: nextval and its kin. Layer: catalog.
 *
 * A sequence's value lives in its store as one row {last_value, log_cnt, is_called}, written in
 * transactions of its own, SEQUENCE_LOG_AHEAD values ahead of use: nextval takes no lock that lasts,
 * is never rolled back, never gives a value twice, and a crash skips at most that many. ALTER
 * SEQUENCE … RESTART and TRUNCATE … RESTART IDENTITY are transactional: they give it another store.
 */
#ifndef CATALOG_SEQUENCE_H
#define CATALOG_SEQUENCE_H

#include "catalog/desc.h"

#define SEQUENCE_LOG_AHEAD 32

/* The caller has checked kind and privileges. Errors: 2200H "nextval: reached maximum value of
 * sequence \"%s\" (%lld)". */
Status sequence_next(CatalogSession *session, const RelationDesc *sequence, int64_t *value_out);
/* Error: 55000 "currval of sequence \"%s\" is not yet defined in this session". */
Status sequence_current(CatalogSession *session, const RelationDesc *sequence, int64_t *value_out);
/* relation_out: for the privilege check. Error: 55000 "lastval is not yet defined in this session". */
Status sequence_last(CatalogSession *session, Oid *relation_out, int64_t *value_out);
/* Error: 22003 "setval: value %lld is out of bounds for sequence \"%s\" (%lld..%lld)". */
Status sequence_set(CatalogSession *session, const RelationDesc *sequence, int64_t value,
                    bool is_called);
/* SELECT * FROM s; pg_sequence_last_value. */
Status sequence_read(CatalogSession *session, const RelationDesc *sequence, int64_t *last_value_out,
                     int64_t *log_count_out, bool *is_called_out);
/* Transactional restart: a fresh store that begins so. */
Status sequence_restart(CatalogSession *session, Oid sequence, int64_t last_value, bool is_called);
/* At a clean stop: writes what was given out last, so that nothing is skipped. Parks. */
Status sequence_flush_all(Catalog *catalog);
/* DISCARD SEQUENCES. */
void sequence_forget_all(CatalogSession *session);

#endif
