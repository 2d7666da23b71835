/*
 * jsonb_place.c: where a container stands in PostgreSQL's form of a jsonb value. jsonpath's keyvalue()
 * gives that as an object's id.
 *
 * There a container is a 4-byte header, 4 bytes for each element, key and value, then the keys and the
 * parts; numbers and containers begin at multiples of 4, a number is 4 bytes, a header of 2 or 4 bytes and
 * 2 bytes for each base-10000 digit. The cursor goes through the value in order and remembers where it
 * stands, so asking for many parts in their order costs one pass.
 */
#include "types/jsonpath.h"
#include "types/numeric.h"

static int64_t number_bytes(Arena *arena, Str number) {
    ArenaMark mark = arena_mark(arena);
    NumVar v = num_load(arena, number);
    bool is_short = v.dscale <= 63 && v.weight >= -64 && v.weight <= 63;
    int digits = v.ndigits;
    while (digits > 0 && v.digits[digits - 1] == 0)
        digits--;
    arena_release(arena, mark);
    return 4 + (is_short ? 2 : 4) + 2 * (int64_t)digits;
}
/* Enters a container that begins at cursor->at. */
static void enter(PlaceCursor *cursor, Arena *arena, Str container) {
    uint32_t count = jsonb_count(container);
    bool object = jsonb_kind(container) == JSON_OBJECT;
    cursor->at += 4 + (object ? 8 : 4) * (int64_t)count;
    for (uint32_t i = 0; object && i < count; i++)
        cursor->at += jsonb_key(container, i).len;
    PlaceFrame frame = {.container = container};
    vec_push(&cursor->stack, arena, frame);
}
int64_t path_object_place(PlaceCursor *cursor, Arena *arena, Str base, Str part) {
    if (part.data <= base.data || part.data >= base.data + base.len)
        return 0;
    if (cursor->base != base.data || part.data <= cursor->last) {
        cursor->base = cursor->last = base.data;
        cursor->stack.count = 0;
        cursor->at = 0;
        enter(cursor, arena, base);
    }
    while (cursor->stack.count > 0) {
        PlaceFrame *top = &cursor->stack.items[cursor->stack.count - 1];
        if (top->next == jsonb_count(top->container)) {
            cursor->stack.count--;
            continue;
        }
        Str child = jsonb_child(top->container, top->next++);
        JsonKind kind = jsonb_kind(child);
        if (kind == JSON_STRING)
            cursor->at += (int64_t)jsonb_scalar(child).len;
        else if (kind == JSON_NUMBER)
            cursor->at = ALIGN_UP(cursor->at, 4) + number_bytes(arena, jsonb_scalar(child));
        if (kind < JSON_ARRAY)
            continue;
        int64_t place = cursor->at = ALIGN_UP(cursor->at, 4);
        enter(cursor, arena, child);
        if (child.data == part.data) {
            cursor->last = child.data;
            return place;
        }
    }
    cursor->base = NULL;
    return 0;
}
