/*
 * blob.h: values over 2 KB, up to 1 GB - 1, outside the tree. Layer: engine.
 *
 * A blob is immutable: a new value is a new blob. It is written before the row that refers to it, and
 * freed past the horizon of the row version that did, or by rollback. Compressed by lz4 chunk by
 * chunk where that helps, checksummed page by page.
 */
#ifndef ENGINE_BLOB_H
#define ENGINE_BLOB_H

#include "engine/btree.h"

/* What a row holds in place of the value: 16 bytes, little-endian. */
typedef struct BlobRef {
    PageNo first_page;
    uint32_t raw_len;
    uint32_t stored_len;
    uint32_t check; /* CRC-32C of the raw bytes */
} BlobRef;
#define BLOB_REF_BYTES 16u

/* Writes and logs under the context (each record chains on the transaction: *last_lsn in/out). Parks. */
Status blob_write(Engine *engine, StoreId owner, const void *data, size_t len, Xid xid, Lsn *last_lsn,
                  BlobRef *ref_out);
/* Bytes [offset, offset + len) of the raw value into buf. Parks. Error: XX001. */
Status blob_read(Engine *engine, const BlobRef *ref, size_t offset, size_t len, void *buf);
/* Frees its pages; idempotent for redo. */
Status blob_free(Engine *engine, const BlobRef *ref);

void blob_ref_store(const BlobRef *ref, uint8_t out[BLOB_REF_BYTES]);
BlobRef blob_ref_load(const uint8_t in[BLOB_REF_BYTES]);

#endif
