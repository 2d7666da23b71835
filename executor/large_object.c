/*
 * large_object.c: pages of large objects, and the descriptors of a transaction.
 *
 * Pages are found by (object, page number) in pg_largeobject's index. A read walks that index from
 * its first page, a few hundred pages of scratch memory at a time; a write looks each page up. The
 * size is the end of the last page: one step from the index's far end.
 */
#include "executor/large_object.h"

#include "base/vec.h"
#include "catalog/acl.h"
#include "catalog/catalogs.h"
#include "catalog/ddl.h"
#include "catalog/depend.h"
#include "catalog/row.h"
#include "runtime/fiber.h"

#include <stdio.h>

#define PAGE LARGE_OBJECT_PAGE_BYTES
#define SCRATCH_PAGES 256u

/* ---- objects ---- */

static Status no_object(Oid oid) {
    return error(ERR_UNDEFINED_OBJECT, "large object %u does not exist", oid);
}

static Status exists(Session *session, Oid oid, Arena *arena) {
    CatalogRow *row = arena_new(arena, CatalogRow);
    bool found;
    TRY(catalog_find_oid(session->catalog, PG_LARGEOBJECT_METADATA_OID_INDEX, oid, arena, row,
                         &found));
    return found ? STATUS_OK : no_object(oid);
}

Status large_object_create(Session *session, Oid wanted, Oid *oid_out) {
    Arena arena;
    arena_init(&arena, &session->account);
    CatalogRow *row = arena_new(&arena, CatalogRow);
    row->values[PG_LARGEOBJECT_METADATA_OID] = datum_oid(wanted);
    row->values[PG_LARGEOBJECT_METADATA_LOMOWNER] = datum_oid(session_role(session->catalog));
    row->nulls[PG_LARGEOBJECT_METADATA_LOMACL] = true;
    Status s = object_insert(session->catalog, PG_LARGEOBJECT, row, oid_out);
    arena_destroy(&arena);
    return s;
}

static Status check_access(Session *session, Oid oid, uint32_t mask) {
    uint32_t held;
    bool missing;
    if (session->settings.lo_compat_privileges)
        return STATUS_OK;
    TRY(object_acl_mask(session->catalog, PG_LARGEOBJECT, oid, session_role(session->catalog), mask,
                        &held, &missing));
    return held == mask
               ? STATUS_OK
               : error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied for large object %u", oid);
}

Status large_object_open(Session *session, Oid oid, int32_t flags, LargeObject *out) {
    Arena arena;
    *out = (LargeObject){.oid = oid,
                         .writable = (flags & LARGE_OBJECT_WRITE) != 0,
                         .readable = (flags & (LARGE_OBJECT_WRITE | LARGE_OBJECT_READ)) != 0};
    if (!out->readable)
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid flags for opening a large object: %d",
                     flags);
    arena_init(&arena, &session->account);
    Status s = exists(session, oid, &arena);
    arena_destroy(&arena);
    TRY(s);
    TRY(check_access(session, oid, ACL_SELECT));
    return out->writable ? check_access(session, oid, ACL_UPDATE) : STATUS_OK;
}

/* ---- pages ---- */

typedef struct Page {
    CatalogRow *row;
    int32_t number;
    char *data; /* room for PAGE bytes */
    uint32_t len;
} Page;

static Status page_of_row(CatalogRow *row, Arena *arena, Page *out) {
    Str data = row->values[PG_LARGEOBJECT_DATA].str;
    *out = (Page){.row = row, .number = row->values[PG_LARGEOBJECT_PAGENO].i32, .len = data.len};
    if (data.len > PAGE)
        return error(ERR_DATA_CORRUPTED,
                     "pg_largeobject entry for OID %u, page %d has invalid data field size %u",
                     row_oid(row, PG_LARGEOBJECT_LOID), out->number, data.len);
    out->data = arena_alloc(arena, PAGE);
    memcpy(out->data, data.data, data.len);
    memset(out->data + data.len, 0, PAGE - data.len);
    return STATUS_OK;
}

/* Pages from `first` up, or from the last one down. */
static Status pages_open(Session *session, Oid oid, int64_t first, bool backward, Arena *arena,
                         CatalogScan **scan_out) {
    Datum low[2] = {datum_oid(oid), datum_i32((int32_t)first)};
    Datum high[2] = {datum_oid(oid), datum_i32(INT32_MAX)};
    return catalog_scan_open_between(session->catalog, PG_LARGEOBJECT_LOID_PN_INDEX, low, high,
                                     backward, arena, scan_out);
}

static Status page_find(Session *session, Oid oid, int32_t number, Arena *arena, Page *out,
                        bool *found_out) {
    Datum keys[2] = {datum_oid(oid), datum_i32(number)};
    CatalogRow *row = arena_new(arena, CatalogRow);
    TRY(catalog_find(session->catalog, PG_LARGEOBJECT_LOID_PN_INDEX, keys, 2, arena, row,
                     found_out));
    if (*found_out)
        return page_of_row(row, arena, out);
    row->values[PG_LARGEOBJECT_LOID] = keys[0];
    row->values[PG_LARGEOBJECT_PAGENO] = keys[1];
    *out = (Page){.row = row, .number = number, .data = arena_alloc(arena, PAGE)};
    memset(out->data, 0, PAGE);
    return STATUS_OK;
}

static Status page_store(Session *session, Page *page, bool existing) {
    page->row->values[PG_LARGEOBJECT_DATA].str = str_make(page->data, page->len);
    return existing ? catalog_update(session->catalog, PG_LARGEOBJECT, page->row)
                    : catalog_insert(session->catalog, PG_LARGEOBJECT, page->row);
}

static Status object_size(Session *session, Oid oid, int64_t *size_out) {
    Arena arena;
    CatalogScan *scan;
    CatalogRow *row;
    *size_out = 0;
    arena_init(&arena, &session->account);
    Status s = pages_open(session, oid, 0, true, &arena, &scan);
    if (status_ok(s)) {
        s = catalog_scan_next(scan, &row);
        if (status_ok(s) && row != NULL)
            *size_out = (int64_t)row->values[PG_LARGEOBJECT_PAGENO].i32 * PAGE +
                        row->values[PG_LARGEOBJECT_DATA].str.len;
        catalog_scan_close(scan);
    }
    arena_destroy(&arena);
    return s;
}

/* ---- reading ---- */

typedef struct Reading {
    char *out;
    int64_t left;
    int64_t offset;
} Reading;

/* The part of a page, and zeros for the gap before it. */
static void take_page(Reading *r, const Page *page) {
    int64_t start = (int64_t)page->number * PAGE;
    if (r->offset < start) {
        int64_t gap = MIN(start - r->offset, r->left);
        memset(r->out, 0, (size_t)gap);
        r->out += gap;
        r->offset += gap;
        r->left -= gap;
    }
    int64_t skip = r->offset - start;
    if (r->left == 0 || skip >= page->len)
        return;
    int64_t n = MIN((int64_t)page->len - skip, r->left);
    memcpy(r->out, page->data + skip, (size_t)n);
    r->out += n;
    r->offset += n;
    r->left -= n;
}

/* Some pages from *next_io; *more_out: there may be further ones. */
static Status read_some(Session *session, Oid oid, Reading *r, int64_t *next_io, Arena *arena,
                        bool *more_out) {
    CatalogScan *scan;
    *more_out = false;
    TRY(pages_open(session, oid, *next_io, false, arena, &scan));
    Status s = STATUS_OK;
    for (uint32_t i = 0; i < SCRATCH_PAGES && r->left > 0; i++) {
        CatalogRow *row;
        Page page;
        s = catalog_scan_next(scan, &row);
        *more_out = status_ok(s) && row != NULL;
        if (!*more_out)
            break;
        s = page_of_row(row, arena, &page);
        if (!status_ok(s))
            break;
        take_page(r, &page);
        *next_io = (int64_t)page.number + 1;
    }
    *more_out = *more_out && r->left > 0 && *next_io <= INT32_MAX;
    catalog_scan_close(scan);
    return s;
}

Status large_object_read(Session *session, LargeObject *object, char *buf, int64_t len,
                         int64_t *got_out) {
    Reading r = {.out = buf, .left = len, .offset = object->offset};
    int64_t next = object->offset / PAGE;
    bool more = len > 0 && next <= INT32_MAX;
    Arena arena;
    Status s = check_access(session, object->oid, ACL_SELECT);
    arena_init(&arena, &session->account);
    while (more && status_ok(s)) {
        s = fiber_check_interrupt();
        if (status_ok(s))
            s = read_some(session, object->oid, &r, &next, &arena, &more);
        arena_reset(&arena);
    }
    arena_destroy(&arena);
    *got_out = len > 0 ? len - r.left : 0;
    object->offset = r.offset;
    return s;
}

/* ---- writing ---- */

static Status write_page(Session *session, LargeObject *object, const char *data, size_t len,
                         Arena *arena) {
    uint32_t skip = (uint32_t)(object->offset % PAGE);
    Page page;
    bool found;
    TRY(page_find(session, object->oid, (int32_t)(object->offset / PAGE), arena, &page, &found));
    memcpy(page.data + skip, data, len);
    page.len = MAX(page.len, skip + (uint32_t)len);
    TRY(page_store(session, &page, found));
    object->offset += (int64_t)len;
    return STATUS_OK;
}

Status large_object_write(Session *session, LargeObject *object, const char *data, size_t len) {
    TRY(check_access(session, object->oid, ACL_UPDATE));
    if ((int64_t)len > LARGE_OBJECT_BYTES_MAX - object->offset)
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid large object write request size: %d",
                     (int)len);
    Arena arena;
    Status s = STATUS_OK;
    arena_init(&arena, &session->account);
    while (len > 0 && status_ok(s)) {
        size_t n = MIN(len, PAGE - (size_t)(object->offset % PAGE));
        s = fiber_check_interrupt();
        if (status_ok(s))
            s = write_page(session, object, data, n, &arena);
        arena_reset(&arena);
        data += n;
        len -= n;
    }
    arena_destroy(&arena);
    return s;
}

Status large_object_seek(Session *session, LargeObject *object, int64_t offset, int32_t whence,
                         int64_t *offset_out) {
    int64_t base = 0, target;
    if (whence == SEEK_CUR)
        base = object->offset;
    else if (whence == SEEK_END)
        TRY(object_size(session, object->oid, &base));
    else if (whence != SEEK_SET)
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid whence setting: %d", whence);
    if (__builtin_add_overflow(base, offset, &target))
        target = -1;
    if (target < 0 || target > LARGE_OBJECT_BYTES_MAX)
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid large object seek target: %lld",
                     (long long)target);
    object->offset = *offset_out = target;
    return STATUS_OK;
}

/* Deletes a run of pages from `first`; *more_out: perhaps not all. */
static Status delete_some(Session *session, Oid oid, int64_t first, Arena *arena, bool *more_out) {
    CatalogScan *scan;
    CatalogRow *row;
    VEC(CatalogRow) doomed = {0};
    TRY(pages_open(session, oid, first, false, arena, &scan));
    Status s = STATUS_OK;
    while (doomed.count < SCRATCH_PAGES) {
        s = catalog_scan_next(scan, &row);
        if (!status_ok(s) || row == NULL)
            break;
        vec_push(&doomed, arena, *row);
    }
    catalog_scan_close(scan);
    *more_out = doomed.count == SCRATCH_PAGES;
    for (size_t i = 0; i < doomed.count && status_ok(s); i++)
        s = catalog_delete(session->catalog, PG_LARGEOBJECT, &doomed.items[i]);
    return s;
}

/* The page that the end falls into gets exactly the bytes before it. */
static Status cut_page(Session *session, Oid oid, int64_t len, Arena *arena) {
    Page page;
    bool found;
    TRY(page_find(session, oid, (int32_t)(len / PAGE), arena, &page, &found));
    page.len = (uint32_t)(len % PAGE);
    return page_store(session, &page, found);
}

Status large_object_truncate(Session *session, LargeObject *object, int64_t len) {
    TRY(check_access(session, object->oid, ACL_UPDATE));
    if (len < 0 || len > LARGE_OBJECT_BYTES_MAX)
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid large object truncation target: %lld",
                     (long long)len);
    Arena arena;
    arena_init(&arena, &session->account);
    Status s =
        len == LARGE_OBJECT_BYTES_MAX ? STATUS_OK : cut_page(session, object->oid, len, &arena);
    for (bool more = true; more && status_ok(s) && len / PAGE < INT32_MAX;) {
        arena_reset(&arena);
        s = fiber_check_interrupt();
        if (status_ok(s))
            s = delete_some(session, object->oid, len / PAGE + 1, &arena, &more);
    }
    arena_destroy(&arena);
    return s;
}

/* ---- descriptors ---- */

typedef struct Descriptor {
    bool open;
    uint64_t serial;
    LargeObject object;
} Descriptor;

struct LargeObjects {
    Arena arena;
    VEC(Descriptor *) slots; /* a descriptor stays where it is while others come */
    uint64_t serial;
};

Status large_object_descriptor_new(Session *session, const LargeObject *object, int32_t *fd_out) {
    struct LargeObjects *all = session->large_objects;
    if (all == NULL) {
        all = mem_alloc(&session->account, sizeof(*all));
        *all = (struct LargeObjects){0};
        arena_init_small(&all->arena, &session->account);
        session->large_objects = all;
    }
    size_t fd = 0;
    while (fd < all->slots.count && all->slots.items[fd]->open)
        fd++;
    if (fd == INT32_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "too many open large objects");
    if (fd == all->slots.count) {
        Descriptor *fresh = arena_new(&all->arena, Descriptor);
        vec_push(&all->slots, &all->arena, fresh);
    }
    *all->slots.items[fd] = (Descriptor){true, all->serial++, *object};
    *fd_out = (int32_t)fd;
    return arena_check(&all->arena);
}

LargeObject *large_object_descriptor(Session *session, int32_t fd) {
    struct LargeObjects *all = session->large_objects;
    if (all == NULL || fd < 0 || (size_t)fd >= all->slots.count || !all->slots.items[fd]->open)
        return NULL;
    return &all->slots.items[fd]->object;
}

void large_object_descriptor_close(Session *session, int32_t fd) {
    check(large_object_descriptor(session, fd) != NULL);
    session->large_objects->slots.items[fd]->open = false;
}

uint64_t large_objects_mark(const Session *session) {
    return session->large_objects == NULL ? 0 : session->large_objects->serial;
}

void large_objects_close_since(Session *session, uint64_t mark) {
    struct LargeObjects *all = session->large_objects;
    for (size_t i = 0; all != NULL && i < all->slots.count; i++)
        if (all->slots.items[i]->serial >= mark)
            all->slots.items[i]->open = false;
}

void large_objects_forget(Session *session) {
    struct LargeObjects *all = session->large_objects;
    if (all == NULL)
        return;
    session->large_objects = NULL;
    arena_destroy(&all->arena);
    mem_free(&session->account, all, sizeof(*all));
}

Status large_object_drop(Session *session, Oid oid) {
    struct LargeObjects *all = session->large_objects;
    bool owner = true;
    Arena arena;
    arena_init(&arena, &session->account);
    Status s = exists(session, oid, &arena);
    arena_destroy(&arena);
    TRY(s);
    if (!session->settings.lo_compat_privileges)
        TRY(object_is_owner(session->catalog, PG_LARGEOBJECT, oid, session_role(session->catalog),
                            &owner));
    if (!owner)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be owner of large object %u", oid);
    for (size_t i = 0; all != NULL && i < all->slots.count; i++)
        if (all->slots.items[i]->object.oid == oid)
            all->slots.items[i]->open = false;
    ObjectAddress address = object_address(PG_LARGEOBJECT, oid, 0);
    return object_drop(session->catalog, &address, 1, DROP_CASCADE, 0);
}
