/*
 * pending.h: records that a restart has read and not applied yet. Layer: engine, private.
 *
 * Recovery reads the log once and reads no pages. What it finds about a page that is not in memory is
 * kept here, in the log's order; whoever loads the page first applies it, exactly as redo would have.
 * So the server is open once the log is read, and the pages that nobody asks for are brought up to
 * date behind its back.
 *
 * R1 A page has records here only until it is loaded, or made anew; all of them are older than any change
 *    that is made to it afterwards.
 * R2 No checkpoint's redo LSN passes the first record of a page here: pending_lsn_min is asked before
 *    pool_rec_lsn_min, and a page's frame is dirty before its records go.
 */
#ifndef ENGINE_PENDING_H
#define ENGINE_PENDING_H

#include "base/map.h"
#include "engine/page.h"
#include "runtime/latch.h"
#include "wal/wal.h"

typedef struct Engine Engine;

typedef struct Pending {
    RwLatch latch;
    U64Map pages;         /* page -> PendingPage */
    _Atomic size_t count; /* of pages; what loads look at first */
    struct PendingChunk *chunks;
    size_t bytes;
} Pending;

void pending_init(Engine *engine);
/* Drops what is left. */
void pending_destroy(Engine *engine);
/*
 * Keeps a record about a page that is not in memory: a leaf operation, or one page's change of a record
 * about several (its payload then is that change). Only while the log is replayed. With more than
 * PENDING_BYTES_MAX the pages are brought up to date first. Parks. Errors: XX001, I/O errors.
 */
#define PENDING_BYTES_MAX ((size_t)256 << 20)
Status pending_add(Engine *engine, PageNo page_no, const WalRecord *record);
/* For the loader of a page, whose frame nobody else sees yet: applies its records, sets *first_out and
 * *last_out to the LSNs of those the page did not have (LSN_INVALID: none). Returns what is wrong, or
 * NULL. Never parks. */
const char *pending_apply(Engine *engine, Page *page, PageNo page_no, Lsn *first_out,
                          Lsn *last_out);
/* They are applied, the frame is dirty; or the page is made anew. */
void pending_forget(Engine *engine, PageNo page_no);
/* The first record of all; LSN_MAX: there is none. */
Lsn pending_lsn_min(Engine *engine);
/* Loads every page that has records, until *stop (may be NULL). Parks. Errors: XX001, I/O errors; what
 * failed stays. */
Status pending_drain(Engine *engine, const _Atomic bool *stop);

#endif
