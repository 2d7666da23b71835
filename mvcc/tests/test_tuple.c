/* test_tuple.c: the row codec: random shapes and rows against what went in; damaged bytes. */
#include "base/bits.h"
#include "mvcc/tuple.h"
#include "runtime/random.h"

#include <check.h>
#include <stdlib.h>

static Rng rng;

static uint64_t draw(uint64_t bound) { return rng_below(&rng, bound); }

typedef struct Sample {
    TupleShape shape;
    Datum *values;
    bool *nulls;
    bool *external;
    uint8_t *body;
    size_t len;
} Sample;

static void make_shape(TupleShape *shape, Arena *arena) {
    uint8_t phys[60];
    uint32_t count = (uint32_t)draw(sizeof(phys));
    for (uint32_t i = 0; i < count; i++)
        phys[i] = (uint8_t)draw(PHYS_COUNT);
    tuple_shape_init(shape, arena, phys, count);
}

static void make_row(Sample *sample, Arena *arena, bool with_nulls, bool with_external) {
    uint32_t n = sample->shape.column_count;
    sample->values = arena_array(arena, Datum, n + 1);
    sample->nulls = arena_array(arena, bool, n + 1);
    sample->external = arena_array(arena, bool, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        sample->nulls[i] = with_nulls && draw(4) == 0;
        if (sample->shape.phys[i] != PHYS_STR) {
            for (int b = 0; b < 16; b++)
                sample->values[i].w16[b] = (uint8_t)draw(256);
            continue;
        }
        sample->external[i] = with_external && !sample->nulls[i] && draw(4) == 0;
        size_t len = sample->external[i] ? 16 : draw(draw(5) == 0 ? 300 : 12);
        char *data = arena_alloc(arena, len + 1);
        for (size_t b = 0; b < len; b++)
            data[b] = (char)draw(256);
        sample->values[i] = datum_str(data, len);
    }
    sample->len = tuple_size(&sample->shape, sample->values, sample->nulls);
    sample->body = arena_alloc(arena, sample->len + 1);
    tuple_encode(&sample->shape, sample->values, sample->nulls, sample->external, sample->body);
}

static void check_value(const TupleShape *shape, uint32_t column, Datum expected, Datum got) {
    static const uint8_t widths[PHYS_COUNT] = {1, 2, 4, 8, 4, 8, 16, 0};
    if (shape->phys[column] == PHYS_STR)
        ck_assert(str_equal(expected.str, got.str));
    else
        ck_assert_mem_eq(&expected, &got, widths[shape->phys[column]]);
}

START_TEST(round_trip) {
    Arena arena;
    arena_init(&arena, mem_root());
    rng_seed(&rng, 1);
    for (int round = 0; round < 3000; round++) {
        Sample sample = {0};
        make_shape(&sample.shape, &arena);
        make_row(&sample, &arena, draw(2), draw(2));
        for (uint32_t i = 0; i < sample.shape.column_count; i++) {
            Datum value;
            bool damaged = false;
            TupleGet got = tuple_get(&sample.shape, sample.body, sample.len, i, &value, &damaged);
            ck_assert(!damaged);
            ck_assert_int_eq(got, sample.nulls[i]      ? TUPLE_NULL
                                  : sample.external[i] ? TUPLE_EXTERNAL
                                                       : TUPLE_VALUE);
            if (got != TUPLE_NULL)
                check_value(&sample.shape, i, sample.values[i], value);
        }
        arena_reset(&arena);
    }
    arena_destroy(&arena);
}
END_TEST

START_TEST(columns) {
    Arena arena;
    arena_init(&arena, mem_root());
    rng_seed(&rng, 2);
    for (int round = 0; round < 300; round++) {
        enum { ROWS = 50 };
        Sample samples[ROWS];
        const uint8_t *bodies[ROWS];
        uint32_t lens[ROWS];
        TupleShape full, older;
        make_shape(&full, &arena);
        tuple_shape_init(&older, &arena, full.phys, (uint32_t)draw(full.column_count + 1));
        for (int r = 0; r < ROWS; r++) {
            samples[r].shape = draw(8) == 0 ? older : full;
            make_row(&samples[r], &arena, draw(3) == 0, draw(3) == 0);
            bodies[r] = samples[r].body;
            lens[r] = (uint32_t)samples[r].len;
        }
        for (uint32_t c = 0; c < full.column_count; c++) {
            _Alignas(64) uint8_t values[ROWS * 16];
            uint8_t nulls[ROWS], codes[ROWS];
            bool damaged = false;
            Vector out = {.phys = full.phys[c], .form = VEC_FLAT, .values = values, .nulls = nulls};
            tuple_get_column(&full, bodies, lens, ROWS, c, &out, codes, &damaged);
            ck_assert(!damaged);
            for (int r = 0; r < ROWS; r++) {
                bool missing = c >= samples[r].shape.column_count;
                ck_assert_int_eq(codes[r], missing                  ? TUPLE_MISSING
                                           : samples[r].nulls[c]    ? TUPLE_NULL
                                           : samples[r].external[c] ? TUPLE_EXTERNAL
                                                                    : TUPLE_VALUE);
                if (codes[r] == TUPLE_VALUE || codes[r] == TUPLE_EXTERNAL)
                    check_value(&full, c, samples[r].values[c], vector_get(&out, (uint32_t)r));
            }
        }
        arena_reset(&arena);
    }
    arena_destroy(&arena);
}
END_TEST

/* Never reads past the end (a sanitizer build sees that), never crashes. */
START_TEST(damage) {
    Arena arena;
    arena_init(&arena, mem_root());
    rng_seed(&rng, 3);
    for (int round = 0; round < 20000; round++) {
        Sample sample = {0};
        make_shape(&sample.shape, &arena);
        make_row(&sample, &arena, draw(2), draw(2));
        size_t len = draw(sample.len + 1);
        uint8_t *cut = malloc(len + 1);
        memcpy(cut, sample.body, len);
        for (uint64_t flips = draw(4); flips > 0 && len > 0; flips--)
            cut[draw(len)] = (uint8_t)draw(256);
        for (uint32_t i = 0; i < sample.shape.column_count; i++) {
            Datum value;
            bool damaged = false;
            TupleGet got = tuple_get(&sample.shape, cut, len, i, &value, &damaged);
            if (sample.shape.phys[i] == PHYS_STR && got == TUPLE_VALUE) {
                ck_assert(value.str.data >= (char *)cut);
                ck_assert(value.str.data + value.str.len <= (char *)cut + len);
            }
            uint8_t null = 0, code;
            const uint8_t *bodies[1] = {cut};
            uint32_t lens[1] = {(uint32_t)len};
            Vector out = {.phys = sample.shape.phys[i], .values = &value, .nulls = &null};
            tuple_get_column(&sample.shape, bodies, lens, 1, i, &out, &code, &damaged);
        }
        free(cut);
        arena_reset(&arena);
    }
    arena_destroy(&arena);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("tuple");
    TCase *tcase = tcase_create("codec");
    tcase_add_test(tcase, round_trip);
    tcase_add_test(tcase, columns);
    tcase_add_test(tcase, damage);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
