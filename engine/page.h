/*
 * page.h: the 16 KiB page: header, checksum, and the slotted layout of tree pages. Layer: engine,
 * private.
 *
 * Header of every page (little-endian):
 *
 *   offset  bytes  field
 *   0       4      CRC-32C of bytes 4.., seeded with page number and store
 *   4       4      page number: a misdirected write is found out
 *   8       8      LSN of the last record that changed the page
 *   16      4      store
 *   20      1      PageType
 *   21      1      level: 0 a leaf
 *   22      2      PAGE_HIGH_INFINITE
 *   24      4      right sibling
 *   28      2      slots
 *   30      2      start of the heap, which grows down from the end
 *   32      2      bytes within the heap that nothing refers to
 *   34      4      low fence: offset, length
 *   38      4      high fence: offset, length
 *   42      2      length of the prefix that both fences share
 *   44      2      head skip: bytes of suffix that all keys share, left out of the heads
 *   46      2      zero
 *   48      8      highest Xid that ever wrote to this leaf
 *   56      8 each slots, in key order
 *
 * A tree page owns the keys k with low <= k < high. All of them begin with what the fences share, so
 * entries keep only the rest (the suffix). A slot carries four bytes of the suffix as an integer that
 * compares like memcmp: a search touches the slots alone until heads tie. The heads begin behind what
 * the page's keys happen to share beyond the prefix (rowids far below 2^32, at the tree's right edge
 * where no fence gives a prefix), so that they tell the keys apart.
 *
 *   slot: head u32, offset u16, suffix length u16
 *   heap entry at offset: value length u16, suffix, value
 *
 * An inner page's value is the child's page number (u32); its slot i owns [key i, key i + 1). Slot 0
 * has the empty key, which stands for the low fence.
 *
 * Optimistic readers look at pages that change under them. Functions marked [torn] are safe on any
 * bytes: they never read outside the page, and their answer counts only once the page's version has
 * been checked. The others need the page latched, or a private copy, and a page that page_verify()
 * accepted.
 */
#ifndef ENGINE_PAGE_H
#define ENGINE_PAGE_H

#include "base/bits.h"
#include "base/datum.h"
#include "engine/engine.h"

typedef enum PageType {
    PAGE_FREE = 0, /* nothing, or was freed */
    PAGE_LEAF = 1,
    PAGE_INNER = 2,
    PAGE_SPACE = 3, /* a bitmap of used pages */
    PAGE_FILE = 4,  /* page 0: names the file */
} PageType;

typedef struct PageSlot {
    uint32_t head;
    uint16_t offset;
    uint16_t suffix_len;
} PageSlot;
_Static_assert(sizeof(PageSlot) == 8, "on-disk size");

typedef struct Page {
    uint32_t checksum;
    PageNo page_no;
    Lsn lsn;
    StoreId store;
    uint8_t type;
    uint8_t level;
    uint16_t flags;
    PageNo right;
    uint16_t slot_count;
    uint16_t heap_start;
    uint16_t garbage;
    uint16_t low_offset, low_len;
    uint16_t high_offset, high_len;
    uint16_t prefix_len;
    uint16_t head_skip;
    uint16_t zero;
    Xid max_xid;
    PageSlot slots[];
} Page;
#define PAGE_HEADER_BYTES 56u
_Static_assert(sizeof(Page) == PAGE_HEADER_BYTES, "on-disk size");
_Static_assert(offsetof(Page, lsn) == 8 && offsetof(Page, right) == 24 &&
                   offsetof(Page, heap_start) == 30 && offsetof(Page, high_len) == 40 &&
                   offsetof(Page, max_xid) == 48,
               "on-disk offsets");

#define PAGE_HIGH_INFINITE 0x0001u
#define PAGE_VALUE_LEN_BYTES 2u
#define PAGE_SLOTS_MAX                                                                             \
    ((PAGE_BYTES - PAGE_HEADER_BYTES) / (uint32_t)(sizeof(PageSlot) + PAGE_VALUE_LEN_BYTES))

/* Races on page bytes are settled by version checks, which ThreadSanitizer cannot see. */
#if defined(__SANITIZE_THREAD__)
#define PAGE_TSAN 1
#define PAGE_TORN __attribute__((no_sanitize("thread"), noinline))
void page_copy_torn(void *to, const void *from, size_t len);
#else
#define PAGE_TORN
#define page_copy_torn memcpy
#endif
#define PAGE_INLINE inline __attribute__((always_inline))

/* ---- any page ---- */

uint32_t page_checksum(const Page *page);
bool page_is_zero(const Page *page);
/* NULL if checksum, address and structure are right, else what is wrong with it. */
const char *page_verify(const Page *page, PageNo page_no);
/* The structure alone. */
const char *page_verify_structure(const Page *page);

/* ---- tree pages ---- */

/* Empties the page and gives it its identity. high NULL: infinite. low and high may point into the
 * page itself. LSN and max_xid are zero. */
void page_format(Page *page, PageNo page_no, StoreId store, uint8_t level, Str low, const Str *high,
                 PageNo right);

static PAGE_INLINE uint32_t page_slots_end(const Page *page) {
    return PAGE_HEADER_BYTES + page->slot_count * (uint32_t)sizeof(PageSlot);
}
static PAGE_INLINE const uint8_t *page_at(const Page *page, uint32_t offset) {
    return (const uint8_t *)page + offset;
}
static PAGE_INLINE Str page_low(const Page *page) {
    return str_make((const char *)page_at(page, page->low_offset), page->low_len);
}
static PAGE_INLINE bool page_high_infinite(const Page *page) {
    return (page->flags & PAGE_HIGH_INFINITE) != 0;
}
static PAGE_INLINE Str page_high(const Page *page) {
    return str_make((const char *)page_at(page, page->high_offset), page->high_len);
}
static PAGE_INLINE Str page_prefix(const Page *page) {
    return str_make((const char *)page_at(page, page->low_offset), page->prefix_len);
}
static PAGE_INLINE Str page_suffix(const Page *page, uint32_t slot) {
    const PageSlot *s = &page->slots[slot];
    return str_make((const char *)page_at(page, s->offset + PAGE_VALUE_LEN_BYTES), s->suffix_len);
}
static PAGE_INLINE Str page_value(const Page *page, uint32_t slot) {
    const PageSlot *s = &page->slots[slot];
    return str_make((const char *)page_at(page, s->offset + PAGE_VALUE_LEN_BYTES + s->suffix_len),
                    load_le16(page_at(page, s->offset)));
}
static PAGE_INLINE uint32_t page_key_len(const Page *page, uint32_t slot) {
    return page->prefix_len + page->slots[slot].suffix_len;
}
/* Writes the whole key to buf (page_key_len bytes). */
Str page_key(const Page *page, uint32_t slot, void *buf);
/* Is low <= key < high? */
bool page_owns(const Page *page, Str key);

/* Bytes an entry takes in this page, its slot included. key_len: of the whole key. */
static PAGE_INLINE uint32_t page_entry_bytes(const Page *page, uint32_t key_len,
                                             uint32_t value_len) {
    return (uint32_t)sizeof(PageSlot) + PAGE_VALUE_LEN_BYTES + (key_len - page->prefix_len) +
           value_len;
}
static PAGE_INLINE uint32_t page_free_bytes(const Page *page) {
    return page->heap_start - page_slots_end(page) + page->garbage;
}
/* Header, slots, fences and live entries. */
static PAGE_INLINE uint32_t page_used_bytes(const Page *page) {
    return PAGE_BYTES - page_free_bytes(page);
}

/* [torn] The first slot whose key is >= key, and whether it is equal. */
uint32_t page_search(const Page *page, Str key, bool *found_out);
/* [torn] The same for a table's rowid: looks first where it stands if no rowid is missing. */
uint32_t page_search_row(const Page *page, uint64_t rowid, bool *found_out);
/* [torn] The slot of an inner page whose range holds key; with `before`, the range that holds what
 * comes just below key. */
uint32_t page_child_slot(const Page *page, Str key, bool before);
/* [torn] What page_search will read, requested in three steps, each of which needs the one before it in
 * the cache: the page's first line; the last slot; the slot where the search begins; the entry. */
void page_request_bounds(const Page *page);
void page_request_slot(const Page *page, Str key);
void page_request_entry(const Page *page, Str key);
/* [torn] PAGE_NONE where there is no such slot. */
PageNo page_child(const Page *page, uint32_t slot);
/* [torn] The value's place; false where the bytes make no sense. */
bool page_value_torn(const Page *page, uint32_t slot, const uint8_t **data_out, uint32_t *len_out);

/* These need room: page_entry_bytes(...) <= page_free_bytes(). They compact where necessary, with the
 * help of a scratch page (NULL: the page has no garbage). */
void page_insert(Page *page, uint32_t slot, Str key, Str value, Page *scratch);
void page_set_value(Page *page, uint32_t slot, Str value, Page *scratch);
/* Replaces old_len bytes at offset of the value by middle. */
void page_splice_value(Page *page, uint32_t slot, uint32_t offset, uint32_t old_len, Str middle,
                       Page *scratch);
void page_remove(Page *page, uint32_t slot);
void page_insert_child(Page *page, uint32_t slot, Str key, PageNo child, Page *scratch);

/* Keeps the first slot_count slots, under another high fence and right sibling. */
void page_truncate(Page *page, uint32_t slot_count, const Str *high, PageNo right, Page *scratch);
/* Adds entries [from, to) of source behind those of page. An inner source's slot 0 comes under
 * source's low fence, unless the page is empty. */
void page_append_range(Page *page, const Page *source, uint32_t from, uint32_t to);
/* Takes over the entries of its right neighbour, whose fences it then ends with. */
void page_absorb(Page *page, const Page *right, Page *scratch);
/* Would page_absorb leave no more than limit bytes used? */
bool page_can_absorb(const Page *page, const Page *right, uint32_t limit);

/* The page without its hole: two runs of bytes. */
void page_image_parts(const Page *page, WalPart parts_out[2]);
/* False where the bytes are no image. */
bool page_restore(Page *page, const uint8_t *image, uint32_t len);

#endif
