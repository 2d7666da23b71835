/*
 * large_object.h: large objects (manual: Large Objects). Layer: executor.
 *
 * An object is a row of pg_largeobject_metadata and pages of 2,048 bytes in pg_largeobject, as
 * transactional as any row. A page that is absent reads as zeros if a later one exists. Every call
 * needs a transaction and may park.
 */
#ifndef EXECUTOR_LARGE_OBJECT_H
#define EXECUTOR_LARGE_OBJECT_H

#include "executor/session.h"

#define LARGE_OBJECT_PAGE_BYTES 2048
#define LARGE_OBJECT_BYTES_MAX ((int64_t)INT32_MAX * LARGE_OBJECT_PAGE_BYTES)

/* Modes of lo_open. */
#define LARGE_OBJECT_WRITE 0x20000
#define LARGE_OBJECT_READ 0x40000

typedef struct LargeObject {
    Oid oid;
    bool readable, writable;
    int64_t offset;
} LargeObject;

/* wanted 0: a free OID. Error: 23505. */
Status large_object_create(Session *session, Oid wanted, Oid *oid_out);
/* Must be the owner's; its open descriptors close. Errors: 42704, 42501. */
Status large_object_drop(Session *session, Oid oid);
/* Errors: 22023 flags, 42704 absent, 42501. */
Status large_object_open(Session *session, Oid oid, int32_t flags, LargeObject *out);
/* From and to the offset, which moves. got_out < len only at the object's end. */
Status large_object_read(Session *session, LargeObject *object, char *buf, int64_t len,
                         int64_t *got_out);
Status large_object_write(Session *session, LargeObject *object, const char *data, size_t len);
/* whence: SEEK_SET, SEEK_CUR, SEEK_END as in stdio. Error: 22023. */
Status large_object_seek(Session *session, LargeObject *object, int64_t offset, int32_t whence,
                         int64_t *offset_out);
/* Cuts or extends with zeros. */
Status large_object_truncate(Session *session, LargeObject *object, int64_t len);

/* ---- descriptors: small numbers that live as long as the transaction ---- */

Status large_object_descriptor_new(Session *session, const LargeObject *object, int32_t *fd_out);
/* NULL: no such descriptor. */
LargeObject *large_object_descriptor(Session *session, int32_t fd);
void large_object_descriptor_close(Session *session, int32_t fd);
/* A savepoint's mark, and what its rollback closes: descriptors that were opened later. */
uint64_t large_objects_mark(const Session *session);
void large_objects_close_since(Session *session, uint64_t mark);
/* The transaction is over. */
void large_objects_forget(Session *session);

#endif
