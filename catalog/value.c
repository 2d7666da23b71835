/* value.c: vectors and arrays in catalog rows. */
#include "catalog/catalog_int.h"

static Datum build_array(Arena *arena, Oid elem, PhysType phys, const Datum *values, uint32_t count,
                         bool vector) {
    Datum array = {.i64 = 0};
    int32_t dim = (int32_t)count, lower = vector ? 0 : 1;
    /* The sizes are those of catalog lists: no limit is near. */
    Status s = array_build(arena, elem, phys, vector || count > 0 ? 1 : 0, &dim, &lower, values,
                           NULL, &array);
    check(status_ok(s));
    return array;
}

static Datum oids_array(Arena *arena, const Oid *oids, uint32_t count, bool vector) {
    Datum *values = arena_array(arena, Datum, count + 1);
    for (uint32_t i = 0; i < count; i++)
        values[i] = datum_oid(oids[i]);
    return build_array(arena, OID_OID, PHYS_I32, values, count, vector);
}

static Datum int2s_array(Arena *arena, const int16_t *items, uint32_t count, bool vector) {
    Datum *values = arena_array(arena, Datum, count + 1);
    for (uint32_t i = 0; i < count; i++)
        values[i].i16 = items[i];
    return build_array(arena, OID_INT2, PHYS_I16, values, count, vector);
}

Datum row_oid_vector(Arena *arena, const Oid *oids, uint32_t count) {
    return oids_array(arena, oids, count, true);
}
Datum row_int2_vector(Arena *arena, const int16_t *values, uint32_t count) {
    return int2s_array(arena, values, count, true);
}
Datum row_oid_array(Arena *arena, const Oid *oids, uint32_t count) {
    return oids_array(arena, oids, count, false);
}
Datum row_int2_array(Arena *arena, const int16_t *values, uint32_t count) {
    return int2s_array(arena, values, count, false);
}

Datum row_text_array(Arena *arena, const char *const *texts, uint32_t count) {
    Datum *values = arena_array(arena, Datum, count + 1);
    for (uint32_t i = 0; i < count; i++)
        values[i] = datum_cstr(texts[i]);
    return build_array(arena, OID_TEXT, PHYS_STR, values, count, false);
}

Datum row_char_array(Arena *arena, const char *chars, uint32_t count) {
    Datum *values = arena_array(arena, Datum, count + 1);
    for (uint32_t i = 0; i < count; i++)
        values[i].byte = (uint8_t)chars[i];
    return build_array(arena, OID_CHAR, PHYS_BYTE, values, count, false);
}

/* Elements of an array of the expected physical type; 0 of any other. */
static uint32_t view_of(Datum array, PhysType phys, ArrayView *view) {
    if (array.str.data == NULL)
        return 0;
    Status s = array_view(array.str, view);
    if (!status_ok(s)) {
        status_free(s);
        return 0;
    }
    return view->elem_phys == phys ? view->elem_count : 0;
}

const Oid *row_get_oids(Arena *arena, Datum array, uint32_t *count_out) {
    ArrayView view;
    *count_out = view_of(array, PHYS_I32, &view);
    Oid *oids = arena_array(arena, Oid, *count_out + 1);
    for (uint32_t i = 0; i < *count_out; i++)
        oids[i] = array_get(&view, i).u32;
    return oids;
}

const int16_t *row_get_int2s(Arena *arena, Datum array, uint32_t *count_out) {
    ArrayView view;
    *count_out = view_of(array, PHYS_I16, &view);
    int16_t *values = arena_array(arena, int16_t, *count_out + 1);
    for (uint32_t i = 0; i < *count_out; i++)
        values[i] = array_get(&view, i).i16;
    return values;
}

const char *const *row_get_texts(Arena *arena, Datum array, uint32_t *count_out) {
    ArrayView view;
    *count_out = view_of(array, PHYS_STR, &view);
    const char **texts = arena_array(arena, const char *, *count_out + 1);
    for (uint32_t i = 0; i < *count_out; i++) {
        Str s = array_is_null(&view, i) ? str_make("", 0) : array_get(&view, i).str;
        texts[i] = arena_strndup(arena, s.data, s.len);
    }
    return texts;
}

const char *row_get_chars(Arena *arena, Datum array, uint32_t *count_out) {
    ArrayView view;
    *count_out = view_of(array, PHYS_BYTE, &view);
    char *chars = arena_array(arena, char, *count_out + 1);
    for (uint32_t i = 0; i < *count_out; i++)
        chars[i] = (char)array_get(&view, i).byte;
    return chars;
}
