/* page.c: checksums and the slotted layout; the format stands in page.h. */
#include "engine/page.h"

#include "base/hash.h"
#include "engine/btree.h"

#ifdef PAGE_TSAN
PAGE_TORN void page_copy_torn(void *to, const void *from, size_t len) {
    volatile const uint8_t *p = from;
    volatile uint8_t *q = to;
    for (size_t i = 0; i < len; i++)
        q[i] = p[i];
}
PAGE_TORN static int compare_torn(const void *a, const void *b, size_t len) {
    volatile const uint8_t *p = a, *q = b;
    for (size_t i = 0; i < len; i++) {
        uint8_t x = p[i], y = q[i];
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}
#else
#define compare_torn memcmp
#endif

/* ---- any page ---- */

uint32_t page_checksum(const Page *page) {
    uint32_t seed[2] = {page->page_no, page->store};
    return crc32c(crc32c(0, seed, sizeof(seed)), page_at(page, 4), PAGE_BYTES - 4);
}

bool page_is_zero(const Page *page) {
    const uint64_t *words = (const uint64_t *)page;
    for (size_t i = 0; i < PAGE_BYTES / 8; i++)
        if (words[i] != 0)
            return false;
    return true;
}

static bool range_in_heap(const Page *page, uint32_t offset, uint32_t len) {
    return offset >= page->heap_start && offset + len <= PAGE_BYTES;
}

static const char *verify_fences(const Page *page) {
    if (!range_in_heap(page, page->low_offset, page->low_len) ||
        !range_in_heap(page, page->high_offset, page->high_len))
        return "a fence lies outside the page";
    if (page->prefix_len > page->low_len)
        return "the prefix is longer than the low fence";
    if (page_high_infinite(page))
        return page->prefix_len == 0 ? NULL : "a prefix without a high fence";
    if (page->prefix_len > page->high_len ||
        memcmp(page_at(page, page->low_offset), page_at(page, page->high_offset),
               page->prefix_len) != 0)
        return "the fences do not share the prefix";
    return NULL;
}

const char *page_verify_structure(const Page *page) {
    if (page->type != PAGE_LEAF && page->type != PAGE_INNER)
        return page->type <= PAGE_FILE ? NULL : "unknown page type";
    if ((page->type == PAGE_LEAF) != (page->level == 0))
        return "type and level disagree";
    if (page->slot_count > PAGE_SLOTS_MAX || page_slots_end(page) > page->heap_start ||
        page->heap_start > PAGE_BYTES)
        return "slots and heap overlap";
    const char *wrong = verify_fences(page);
    if (wrong != NULL)
        return wrong;
    uint32_t live = page->low_len + page->high_len, first = page->level > 0;
    if (page->slot_count > first && page->head_skip > page->slots[first].suffix_len)
        return "the heads skip more than there is";
    for (uint32_t i = 0; i < page->slot_count; i++) {
        const PageSlot *slot = &page->slots[i];
        if (!range_in_heap(page, slot->offset, PAGE_VALUE_LEN_BYTES + slot->suffix_len))
            return "an entry lies outside the page";
        uint32_t value_len = load_le16(page_at(page, slot->offset));
        uint32_t len = PAGE_VALUE_LEN_BYTES + slot->suffix_len + value_len;
        if (!range_in_heap(page, slot->offset, len))
            return "a value lies outside the page";
        if (page->type == PAGE_INNER && value_len != 4)
            return "a child reference of the wrong size";
        live += len;
    }
    if (live + page->garbage != PAGE_BYTES - page->heap_start)
        return "the heap does not add up";
    return NULL;
}

const char *page_verify(const Page *page, PageNo page_no) {
    if (page_checksum(page) != page->checksum)
        return page_is_zero(page) ? "the page was never written" : "the checksum does not match";
    if (page->page_no != page_no)
        return "the page carries another page's number";
    return page_verify_structure(page);
}

/* ---- searching ---- */

/* Few slots lie in two or three lines anyway. */
#define INTERPOLATE_SLOTS_MIN 24u

/* The first four bytes as an integer that compares like memcmp, zero-padded. */
static inline uint32_t head_of(const char *data, uint32_t len) {
    if (LIKELY(len >= 4))
        return load_be32(data);
    uint32_t head = 0;
    for (uint32_t i = 0; i < len; i++)
        head |= (uint32_t)(uint8_t)data[i] << (24 - 8 * i);
    return head;
}

/* The head of a suffix in a page whose keys share `skip` bytes of theirs. */
static inline uint32_t head_behind(const char *data, uint32_t len, uint32_t skip) {
    return len > skip ? head_of(data + skip, len - skip) : 0;
}

/* [torn] Compares slot's suffix with data; any answer where the slot makes no sense. */
PAGE_TORN static int compare_suffix(const Page *page, uint32_t slot, const char *data,
                                    uint32_t len) {
    uint32_t offset = page->slots[slot].offset + PAGE_VALUE_LEN_BYTES;
    uint32_t suffix_len = page->slots[slot].suffix_len;
    if (offset + suffix_len > PAGE_BYTES)
        return -1;
    int order = compare_torn(page_at(page, offset), data, MIN(suffix_len, len));
    return order != 0 ? order : (suffix_len > len) - (suffix_len < len);
}

/* [torn] Compares what all keys share beyond the prefix, read at slot, with data: 0 data begins with
 * it, < 0 all keys are less than data, > 0 all are greater. */
PAGE_TORN static int compare_shared(const Page *page, uint32_t slot, uint32_t skip,
                                    const char *data, uint32_t len) {
    uint32_t offset = page->slots[slot].offset + PAGE_VALUE_LEN_BYTES;
    if (offset + skip > PAGE_BYTES)
        return 0;
    int order = compare_torn(page_at(page, offset), data, MIN(skip, len));
    return order != 0 ? order : skip > len;
}

/* Among [low, high), whose heads are all equal, the first suffix >= data. */
PAGE_TORN static uint32_t search_tied(const Page *page, uint32_t low, uint32_t high,
                                      const char *data, uint32_t len, bool *found_out) {
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare_suffix(page, middle, data, len);
        if (order == 0) {
            *found_out = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The first slot in [low, count) whose head is >= head, by halving. */
PAGE_TORN static uint32_t halve_head(const PageSlot *slots, uint32_t low, uint32_t count,
                                     uint32_t head) {
    uint32_t n = count - low;
    while (n > 1) {
        uint32_t half = n / 2;
        low += slots[low + half - 1].head < head ? half : 0;
        n -= half;
    }
    return n == 1 && slots[low].head < head ? low + 1 : low;
}

/* Where head would stand if the heads of [low, high] were spread evenly; slots[low].head < head. */
PAGE_TORN static uint32_t interpolate(const PageSlot *slots, uint32_t low, uint32_t high,
                                      uint32_t head) {
    uint32_t least = slots[low].head, span = slots[high].head - least;
    if (span == 0)
        return low;
    uint64_t guess = low + (uint64_t)(head - least) * (high - low) / span;
    return guess < high ? (uint32_t)guess : high;
}

/* The same. Keys are often spread evenly: a guess and a few doubling steps away from it touch two
 * lines of memory where halving touches seven. Uneven keys cost twice the halving at most. */
PAGE_TORN static uint32_t search_head(const PageSlot *slots, uint32_t low, uint32_t count,
                                      uint32_t head) {
    if (count - low <= INTERPOLATE_SLOTS_MIN)
        return halve_head(slots, low, count, head);
    if (slots[low].head >= head)
        return low;
    /* slots[low].head < head, and the answer is in (low, high] */
    uint32_t high = count - 1, at = interpolate(slots, low, high, head), step = 1;
    if (slots[at].head < head) {
        low = at;
        while (high - low > step && slots[low + step].head < head) {
            low += step;
            step *= 2;
        }
        high = MIN(high, low + step);
    } else {
        high = at;
        while (high - low > step && slots[high - step].head >= head) {
            high -= step;
            step *= 2;
        }
        if (high - low > step)
            low = high - step;
    }
    return halve_head(slots, low + 1, high + 1, head);
}

/* Slot 0 of an inner page has no key of its own. */
static PAGE_INLINE uint32_t first_keyed(const Page *page) { return page->level > 0; }

/* ---- asking for memory ahead of a search ---- */

PAGE_TORN void page_request_bounds(const Page *page) {
    uint32_t count = MIN((uint32_t)page->slot_count, PAGE_SLOTS_MAX);
    __builtin_prefetch(&page->slots[count > 0 ? count - 1 : 0]);
}

/* Where the search begins. */
PAGE_TORN void page_request_slot(const Page *page, Str key) {
    uint32_t count = MIN((uint32_t)page->slot_count, PAGE_SLOTS_MAX), first = first_keyed(page);
    uint32_t prefix = MIN((uint32_t)page->prefix_len, key.len);
    uint32_t head = head_behind(key.data + prefix, key.len - prefix, page->head_skip);
    if (count <= first + INTERPOLATE_SLOTS_MIN || page->slots[first].head >= head ||
        page->slots[count - 1].head <= head)
        return;
    __builtin_prefetch(&page->slots[interpolate(page->slots, first, count - 1, head)]);
}

/* Where it ends: two lines of the entry. */
PAGE_TORN void page_request_entry(const Page *page, Str key) {
    uint32_t count = MIN((uint32_t)page->slot_count, PAGE_SLOTS_MAX), first = first_keyed(page);
    uint32_t prefix = MIN((uint32_t)page->prefix_len, key.len);
    uint32_t head = head_behind(key.data + prefix, key.len - prefix, page->head_skip);
    if (count <= first)
        return;
    uint32_t low = page->slots[count - 1].head < head
                       ? count - 1
                       : search_head(page->slots, first, count, head);
    if (low > first && page->level > 0 && page->slots[low].head != head)
        low--; /* the child that owns the key */
    const uint8_t *entry =
        (const uint8_t *)page + MIN((uint32_t)page->slots[low].offset, PAGE_BYTES - 1u);
    __builtin_prefetch(entry);
    __builtin_prefetch(entry + 64);
}

PAGE_TORN uint32_t page_search(const Page *page, Str key, bool *found_out) {
    *found_out = false;
    uint32_t count = MIN((uint32_t)page->slot_count, PAGE_SLOTS_MAX), first = first_keyed(page);
    uint32_t prefix = MIN((uint32_t)page->prefix_len, key.len), skip = page->head_skip;
    const char *data = key.data + prefix;
    uint32_t len = key.len - prefix;
    if (count <= first)
        return count;
    uint32_t head = head_behind(data, len, skip);
    const PageSlot *slots = page->slots;
    uint32_t low = slots[count - 1].head < head ? count : search_head(slots, first, count, head);
    if (skip > 0) {
        /* at the slot that the caller will look at next */
        int order = compare_shared(page, low > first ? low - 1 : first, skip, data, len);
        if (UNLIKELY(order != 0))
            return order < 0 ? count : first;
    }
    if (low == count || slots[low].head != head)
        return low;
    uint32_t high = low + 1;
    if (high < count && slots[high].head == head) {
        if (compare_suffix(page, count - 1, data, len) < 0)
            return count; /* ascending inserts */
        high = head == UINT32_MAX ? count : search_head(slots, high, count, head + 1);
    }
    return search_tied(page, low, high, data, len, found_out);
}

PAGE_TORN uint32_t page_search_row(const Page *page, uint64_t rowid, bool *found_out) {
    char key[8];
    store_be64(key, rowid);
    uint32_t prefix = MIN((uint32_t)page->prefix_len, 8u);
    uint32_t skip = MIN((uint32_t)page->head_skip, 8u - prefix);
    uint32_t count = MIN((uint32_t)page->slot_count, PAGE_SLOTS_MAX);
    if (LIKELY(prefix + skip >= 4 && prefix + skip < 8 && count > 0)) {
        /* the head is all of the suffix that differs */
        uint32_t head = head_of(key + prefix + skip, 8 - prefix - skip);
        uint32_t guess = (head - page->slots[0].head) >> (8 * (prefix + skip - 4));
        if (guess < count && page->slots[guess].head == head &&
            compare_suffix(page, guess, key + prefix, 8 - prefix) == 0) {
            *found_out = true;
            return guess;
        }
    }
    return page_search(page, str_make(key, 8), found_out);
}

PAGE_TORN uint32_t page_child_slot(const Page *page, Str key, bool before) {
    bool found;
    uint32_t slot = page_search(page, key, &found);
    if (found && !before)
        return slot;
    return slot > 0 ? slot - 1 : 0;
}

PAGE_TORN bool page_value_torn(const Page *page, uint32_t slot, const uint8_t **data_out,
                               uint32_t *len_out) {
    if (slot >= MIN((uint32_t)page->slot_count, PAGE_SLOTS_MAX))
        return false;
    uint32_t offset = page->slots[slot].offset;
    uint32_t suffix_len = page->slots[slot].suffix_len;
    if (offset + PAGE_VALUE_LEN_BYTES > PAGE_BYTES)
        return false;
    *len_out = *(const uint8_t *)page_at(page, offset) |
               (uint32_t) * (const uint8_t *)page_at(page, offset + 1) << 8;
    *data_out = page_at(page, offset + PAGE_VALUE_LEN_BYTES + suffix_len);
    return offset + PAGE_VALUE_LEN_BYTES + suffix_len + *len_out <= PAGE_BYTES;
}

PAGE_TORN PageNo page_child(const Page *page, uint32_t slot) {
    const uint8_t *data;
    uint32_t len;
    if (!page_value_torn(page, slot, &data, &len) || len != sizeof(PageNo))
        return PAGE_NONE;
    return data[0] | (PageNo)data[1] << 8 | (PageNo)data[2] << 16 | (PageNo)data[3] << 24;
}

Str page_key(const Page *page, uint32_t slot, void *buf) {
    Str prefix = page_prefix(page), suffix = page_suffix(page, slot);
    memcpy(buf, prefix.data, prefix.len);
    memcpy((char *)buf + prefix.len, suffix.data, suffix.len);
    return str_make(buf, prefix.len + suffix.len);
}

bool page_owns(const Page *page, Str key) {
    return str_compare(key, page_low(page)) >= 0 &&
           (page_high_infinite(page) || str_compare(key, page_high(page)) < 0);
}

/* ---- changing ---- */

static uint32_t heap_push(Page *page, uint32_t len) {
    check(page->heap_start >= page_slots_end(page) + len);
    page->heap_start = (uint16_t)(page->heap_start - len);
    return page->heap_start;
}

static uint32_t common_prefix(Str a, Str b) {
    uint32_t n = MIN(a.len, b.len), i = 0;
    while (i < n && a.data[i] == b.data[i])
        i++;
    return i;
}

/* Copies of fences that may lie in the page to be changed. */
typedef struct Fences {
    Str low, high;
    bool high_infinite;
    char bytes[2 * BTREE_KEY_MAX];
} Fences;

static void copy_fences(Fences *fences, Str low, const Str *high) {
    fences->high_infinite = high == NULL;
    uint32_t high_len = high == NULL ? 0 : high->len;
    check(low.len <= BTREE_KEY_MAX && high_len <= BTREE_KEY_MAX);
    memcpy(fences->bytes, low.data, low.len);
    if (high_len > 0)
        memcpy(fences->bytes + low.len, high->data, high_len);
    fences->low = str_make(fences->bytes, low.len);
    fences->high = str_make(fences->bytes + low.len, high_len);
}

/* Lays out fences in an empty page. */
static void format_fences(Page *page, const Fences *fences) {
    Str low = fences->low, high = fences->high;
    page->slot_count = 0;
    page->garbage = 0;
    page->head_skip = 0;
    page->heap_start = PAGE_BYTES;
    page->low_len = (uint16_t)low.len;
    page->low_offset = (uint16_t)heap_push(page, low.len);
    memcpy((uint8_t *)page + page->low_offset, low.data, low.len);
    page->flags = fences->high_infinite ? PAGE_HIGH_INFINITE : 0;
    page->high_len = (uint16_t)high.len;
    page->high_offset = (uint16_t)heap_push(page, high.len);
    memcpy((uint8_t *)page + page->high_offset, high.data, high.len);
    page->prefix_len = fences->high_infinite ? 0 : (uint16_t)common_prefix(low, high);
}

void page_format(Page *page, PageNo page_no, StoreId store, uint8_t level, Str low, const Str *high,
                 PageNo right) {
    Fences fences;
    copy_fences(&fences, low, high);
    memset(page, 0, PAGE_HEADER_BYTES);
    page->page_no = page_no;
    page->store = store;
    page->type = level == 0 ? PAGE_LEAF : PAGE_INNER;
    page->level = level;
    page->right = right;
    format_fences(page, &fences);
}

/* The bytes of slot's entry in the heap. */
static uint32_t heap_entry_bytes(const Page *page, uint32_t slot) {
    return PAGE_VALUE_LEN_BYTES + page->slots[slot].suffix_len +
           load_le16(page_at(page, page->slots[slot].offset));
}

/* Closes the gaps of the heap. */
static void compact(Page *page, Page *copy) {
    check(copy != NULL);
    memcpy(copy, page, PAGE_BYTES);
    page->heap_start = PAGE_BYTES;
    page->garbage = 0;
    page->low_offset = (uint16_t)heap_push(page, page->low_len);
    memcpy((uint8_t *)page + page->low_offset, page_at(copy, copy->low_offset), page->low_len);
    page->high_offset = (uint16_t)heap_push(page, page->high_len);
    memcpy((uint8_t *)page + page->high_offset, page_at(copy, copy->high_offset), page->high_len);
    for (uint32_t i = 0; i < page->slot_count; i++) {
        uint32_t len = heap_entry_bytes(copy, i);
        uint32_t offset = heap_push(page, len);
        memcpy((uint8_t *)page + offset, page_at(copy, copy->slots[i].offset), len);
        page->slots[i].offset = (uint16_t)offset;
    }
}

/* Puts suffix and value into the heap. The slot array has its final size already. */
static void heap_write_entry(Page *page, uint32_t slot, Str suffix, Str value) {
    uint32_t len = PAGE_VALUE_LEN_BYTES + suffix.len + value.len;
    uint32_t offset = heap_push(page, len);
    uint8_t *p = (uint8_t *)page + offset;
    store_le16(p, (uint16_t)value.len);
    memcpy(p + PAGE_VALUE_LEN_BYTES, suffix.data, suffix.len);
    memcpy(p + PAGE_VALUE_LEN_BYTES + suffix.len, value.data, value.len);
    page->slots[slot] = (PageSlot){.head = head_behind(suffix.data, suffix.len, page->head_skip),
                                   .offset = (uint16_t)offset,
                                   .suffix_len = (uint16_t)suffix.len};
}

/* Before a key comes in: what it does not share may not be skipped. */
static void share_with(Page *page, Str suffix) {
    uint32_t first = first_keyed(page);
    if (page->slot_count <= first) {
        page->head_skip = (uint16_t)suffix.len;
        return;
    }
    if (page->head_skip == 0)
        return;
    Str shared = str_make(page_suffix(page, first).data, page->head_skip);
    uint32_t same = common_prefix(shared, suffix);
    if (same == page->head_skip)
        return;
    page->head_skip = (uint16_t)same;
    for (uint32_t i = first; i < page->slot_count; i++) {
        Str other = page_suffix(page, i);
        page->slots[i].head = head_behind(other.data, other.len, same);
    }
}

static void insert_suffix(Page *page, uint32_t slot, Str suffix, Str value, Page *scratch) {
    if (slot >= first_keyed(page))
        share_with(page, suffix);
    uint32_t need = (uint32_t)sizeof(PageSlot) + PAGE_VALUE_LEN_BYTES + suffix.len + value.len;
    check(slot <= page->slot_count && need <= page_free_bytes(page));
    if (need > page->heap_start - page_slots_end(page))
        compact(page, scratch);
    memmove(&page->slots[slot + 1], &page->slots[slot],
            (page->slot_count - slot) * sizeof(PageSlot));
    page->slot_count++;
    heap_write_entry(page, slot, suffix, value);
}

void page_insert(Page *page, uint32_t slot, Str key, Str value, Page *scratch) {
    check(key.len >= page->prefix_len);
    insert_suffix(page, slot, str_make(key.data + page->prefix_len, key.len - page->prefix_len),
                  value, scratch);
}

void page_insert_child(Page *page, uint32_t slot, Str key, PageNo child, Page *scratch) {
    char bytes[4];
    store_le32(bytes, child);
    if (slot == 0)
        insert_suffix(page, 0, str_make("", 0), str_make(bytes, 4), scratch);
    else
        page_insert(page, slot, key, str_make(bytes, 4), scratch);
}

void page_remove(Page *page, uint32_t slot) {
    check(slot < page->slot_count);
    uint32_t len = heap_entry_bytes(page, slot);
    if (page->slots[slot].offset == page->heap_start)
        page->heap_start = (uint16_t)(page->heap_start + len);
    else
        page->garbage = (uint16_t)(page->garbage + len);
    memmove(&page->slots[slot], &page->slots[slot + 1],
            (page->slot_count - slot - 1u) * sizeof(PageSlot));
    page->slot_count--;
}

void page_set_value(Page *page, uint32_t slot, Str value, Page *scratch) {
    Str old = page_value(page, slot);
    if (value.len <= old.len) {
        uint8_t *p = (uint8_t *)page + page->slots[slot].offset;
        store_le16(p, (uint16_t)value.len);
        memmove(p + PAGE_VALUE_LEN_BYTES + page->slots[slot].suffix_len, value.data, value.len);
        page->garbage = (uint16_t)(page->garbage + old.len - value.len);
        return;
    }
    check(value.len - old.len <= page_free_bytes(page));
    char key[BTREE_KEY_MAX];
    Str suffix = page_suffix(page, slot);
    check(suffix.len <= sizeof(key));
    memcpy(key, suffix.data, suffix.len);
    page_remove(page, slot);
    insert_suffix(page, slot, str_make(key, suffix.len), value, scratch);
}

void page_splice_value(Page *page, uint32_t slot, uint32_t offset, uint32_t old_len, Str middle,
                       Page *scratch) {
    Str old = page_value(page, slot);
    check(offset + old_len <= old.len);
    if (middle.len == old_len) {
        memcpy((char *)old.data + offset, middle.data, old_len);
        return;
    }
    char value[BTREE_ENTRY_MAX];
    uint32_t tail = old.len - offset - old_len;
    check(offset + middle.len + tail <= sizeof(value));
    memcpy(value, old.data, offset);
    memcpy(value + offset, middle.data, middle.len);
    memcpy(value + offset + middle.len, old.data + offset + old_len, tail);
    page_set_value(page, slot, str_make(value, offset + middle.len + tail), scratch);
}

/* Entries [from, to) of a leaf into an empty one whose fences lie within the source's: what the fences
 * say of the keys can only have become more, so suffixes are cut and nothing is put together. */
static void fill_leaf(Page *page, const Page *source, uint32_t from, uint32_t to) {
    uint32_t cut = page->prefix_len - source->prefix_len;
    Str first = page_suffix(source, from), last = page_suffix(source, to - 1);
    page->head_skip = (uint16_t)(common_prefix(first, last) - cut); /* keys are in order */
    for (uint32_t i = from; i < to; i++) {
        Str suffix = page_suffix(source, i);
        heap_write_entry(page, page->slot_count++, str_make(suffix.data + cut, suffix.len - cut),
                         page_value(source, i));
    }
}

void page_append_range(Page *page, const Page *source, uint32_t from, uint32_t to) {
    char key[BTREE_KEY_MAX];
    if (page->type == PAGE_LEAF && page->slot_count == 0 && page->garbage == 0 && from < to &&
        page->prefix_len >= source->prefix_len) {
        fill_leaf(page, source, from, to);
        return;
    }
    for (uint32_t i = from; i < to; i++) {
        Str whole;
        if (source->type == PAGE_INNER && i == 0) {
            whole = page_low(source);
        } else {
            check(page_key_len(source, i) <= sizeof(key));
            whole = page_key(source, i, key);
        }
        if (page->type == PAGE_INNER && page->slot_count == 0)
            insert_suffix(page, 0, str_make("", 0), page_value(source, i), NULL);
        else
            page_insert(page, page->slot_count, whole, page_value(source, i), NULL);
    }
}

/* Moves the page to copy and empties it, under other fences. */
static void refence(Page *page, Page *copy, Str low, const Str *high, PageNo right) {
    Fences fences;
    copy_fences(&fences, low, high);
    memcpy(copy, page, PAGE_BYTES);
    format_fences(page, &fences);
    page->right = right;
}

void page_truncate(Page *page, uint32_t slot_count, const Str *high, PageNo right, Page *scratch) {
    check(slot_count <= page->slot_count);
    refence(page, scratch, page_low(page), high, right);
    page_append_range(page, scratch, 0, slot_count);
}

static uint32_t merged_prefix(const Page *page, const Page *right) {
    return page_high_infinite(right) ? 0 : common_prefix(page_low(page), page_high(right));
}

bool page_can_absorb(const Page *page, const Page *right, uint32_t limit) {
    uint32_t prefix = merged_prefix(page, right);
    uint32_t bytes = PAGE_HEADER_BYTES + page->low_len + right->high_len;
    bytes += page_used_bytes(page) - PAGE_HEADER_BYTES - page->low_len - page->high_len +
             page->slot_count * (uint32_t)(page->prefix_len - MIN(prefix, page->prefix_len));
    bytes += page_used_bytes(right) - PAGE_HEADER_BYTES - right->low_len - right->high_len +
             right->slot_count * (uint32_t)(right->prefix_len - MIN(prefix, right->prefix_len));
    if (page->type == PAGE_INNER)
        bytes += right->low_len; /* slot 0 gets a key */
    return bytes <= limit;
}

void page_absorb(Page *page, const Page *right, Page *scratch) {
    Str high = page_high(right);
    refence(page, scratch, page_low(page), page_high_infinite(right) ? NULL : &high, right->right);
    page_append_range(page, scratch, 0, scratch->slot_count);
    page_append_range(page, right, 0, right->slot_count);
    page->max_xid = MAX(page->max_xid, right->max_xid);
}

/* ---- images ---- */

void page_image_parts(const Page *page, WalPart parts_out[2]) {
    parts_out[0] = (WalPart){page, page_slots_end(page)};
    parts_out[1] = (WalPart){page_at(page, page->heap_start), PAGE_BYTES - page->heap_start};
}

bool page_restore(Page *page, const uint8_t *image, uint32_t len) {
    Page header;
    if (len < PAGE_HEADER_BYTES)
        return false;
    memcpy(&header, image, PAGE_HEADER_BYTES);
    uint32_t slots_end = page_slots_end(&header);
    if (slots_end > header.heap_start || header.heap_start > PAGE_BYTES ||
        len != slots_end + (PAGE_BYTES - header.heap_start))
        return false;
    memcpy(page, image, slots_end);
    memcpy((uint8_t *)page + header.heap_start, image + slots_end, PAGE_BYTES - header.heap_start);
    return page_verify_structure(page) == NULL;
}
