/*
 * blob.h: values over 2 KB, up to 1 GB - 1, outside the row. Layer: engine.
 *
 * A blob is immutable: a new value is a new blob. It is written before the row that refers to it, and
 * freed past the horizon of the row version that did, or by rollback. Each store that owns blobs has
 * a store of kind STORE_BLOB beside it, made at the first one and dropped with it; a blob lies there
 * in pieces of a quarter page, compressed frame by frame where that helps.
 *
 * Rollback: what blob_write logs are LEAF_INSERT records of the blob store under the transaction;
 * they are undone as those of an index are, by removing the key.
 */
#ifndef ENGINE_BLOB_H
#define ENGINE_BLOB_H

#include "engine/btree.h"

/* What a row holds in place of the value: 16 bytes, little-endian. */
typedef struct BlobRef {
    StoreId store; /* the blob store, not the owner */
    uint32_t raw_len;
    uint64_t id; /* never reused */
} BlobRef;
#define BLOB_REF_BYTES 16u
#define BLOB_BYTES_MAX ((size_t)0x3fffffff)

/* Writes and logs under the transaction. *last_lsn is the transaction's own field: records chain on it,
 * and it moves with each, so that a checkpoint in between lists the transaction rightly (which must be
 * known as active before the call). Parks. len <= BLOB_BYTES_MAX. On error, what was written stays for
 * the rollback. */
Status blob_write(Engine *engine, StoreId owner, const void *data, size_t len, Xid xid,
                  Lsn *last_lsn, BlobRef *ref_out);
/* Bytes [offset, offset + len) of the raw value into buf. Parks. Error: XX001. */
Status blob_read(Engine *engine, const BlobRef *ref, size_t offset, size_t len, void *buf);
/* Removes it for good; nothing where it is gone. Parks. */
Status blob_free(Engine *engine, const BlobRef *ref);

void blob_ref_store(const BlobRef *ref, uint8_t out[BLOB_REF_BYTES]);
BlobRef blob_ref_load(const uint8_t in[BLOB_REF_BYTES]);

#endif
