/* test_page.c: the slotted page against a model, and its reading side against garbage. */
#include "engine/page.h"
#include "engine/tests/model.h"
#include "runtime/random.h"

#include <check.h>
#include <stdio.h>

static Page scratch[PAGE_BYTES / sizeof(Page) + 1];

static Page *new_page(void) { return aligned_alloc(4096, PAGE_BYTES); }

static void compare(const Page *page, const Model *model) {
    char buf[BTREE_KEY_MAX];
    ck_assert_ptr_null(page_verify_structure(page));
    ck_assert_uint_eq(page->slot_count, model->count);
    for (uint32_t i = 0; i < model->count; i++) {
        const ModelEntry *entry = &model->entries[i];
        bool found;
        if (!str_equal(page_key(page, i, buf), model_key(entry)) ||
            !str_equal(page_value(page, i), model_value(entry)) ||
            page_search(page, model_key(entry), &found) != i || !found)
            ck_abort_msg("entry %u differs", i);
    }
}

static uint32_t draw_key(Rng *rng, char *key, const char *prefix) {
    uint32_t len = (uint32_t)sprintf(key, "%s", prefix);
    if (rng_one_in(rng, 2))
        return len + (uint32_t)sprintf(key + len, "%u", (unsigned)rng_below(rng, 2000));
    uint32_t more = 1 + (uint32_t)rng_below(rng, 6);
    for (uint32_t i = 0; i < more; i++)
        key[len + i] = (char)rng_below(rng, 3);
    return len + more;
}

static void change(Page *page, Model *model, Rng *rng, const char *prefix) {
    char key_buf[64], value_buf[600];
    Str key = str_make(key_buf, draw_key(rng, key_buf, prefix));
    Str value = str_make(value_buf, rng_below(rng, 200));
    memset(value_buf, (int)rng_below(rng, 256), sizeof(value_buf));
    bool found;
    uint32_t slot = page_search(page, key, &found);
    ck_assert_int_eq(found, model_get(model, key) != NULL);
    if (!found) {
        if (page_entry_bytes(page, key.len, value.len) <= page_free_bytes(page)) {
            page_insert(page, slot, key, value, scratch);
            model_set(model, key, &value);
        }
    } else if (rng_one_in(rng, 2)) {
        page_remove(page, slot);
        model_set(model, key, NULL);
    } else if (value.len <= page_value(page, slot).len + page_free_bytes(page)) {
        page_set_value(page, slot, value, scratch);
        model_set(model, key, &value);
    }
}

/* Bounds that hold every key with the prefix. */
static void format(Page *page, const char *prefix) {
    char high_buf[64];
    uint32_t len = (uint32_t)sprintf(high_buf, "%s", prefix);
    high_buf[len] = (char)0xff;
    Str high = str_make(high_buf, len + 1);
    page_format(page, 5, 7, 0, str_make(prefix, strlen(prefix)), &high, 6);
}

START_TEST(test_model) {
    Page *page = new_page();
    for (uint64_t seed = 1; seed <= 40; seed++) {
        Rng rng;
        Model model = {0};
        const char *prefix = seed % 3 == 0 ? "" : seed % 3 == 1 ? "a/long/common/prefix/" : "xy";
        rng_seed(&rng, seed);
        if (seed % 2)
            format(page, prefix);
        else
            page_format(page, 5, 7, 0, str_make("", 0), NULL, 0);
        for (uint32_t i = 0; i < 600; i++) {
            change(page, &model, &rng, prefix);
            if (i % 50 == 0)
                compare(page, &model);
        }
        compare(page, &model);
        model_free(&model);
    }
    free(page);
}
END_TEST

START_TEST(test_split_and_absorb) {
    Page *page = new_page(), *right = new_page(), *copy = new_page();
    for (uint64_t seed = 1; seed <= 40; seed++) {
        Rng rng;
        Model model = {0};
        char buf[BTREE_KEY_MAX];
        rng_seed(&rng, seed);
        format(page, "pre");
        for (uint32_t i = 0; i < 200; i++)
            change(page, &model, &rng, "pre");
        uint32_t count = page->slot_count, at = (uint32_t)rng_below(&rng, count - 1) + 1;
        Str separator = page_key(page, at, buf), high = page_high(page);
        page_format(right, 9, 7, 0, separator, &high, page->right);
        page_append_range(right, page, at, count);
        page_truncate(page, at, &separator, 9, scratch);
        ck_assert_ptr_null(page_verify_structure(page));
        ck_assert_ptr_null(page_verify_structure(right));
        ck_assert_uint_eq(page->right, 9);
        ck_assert(page_can_absorb(page, right, PAGE_BYTES));
        WalPart parts[2];
        page_image_parts(right, parts);
        uint8_t *image = malloc(parts[0].len + parts[1].len);
        memcpy(image, parts[0].data, parts[0].len);
        memcpy(image + parts[0].len, parts[1].data, parts[1].len);
        ck_assert(page_restore(copy, image, parts[0].len + parts[1].len));
        ck_assert(!page_restore(copy, image, parts[0].len + parts[1].len - 1));
        ck_assert(page_restore(copy, image, parts[0].len + parts[1].len));
        page_absorb(page, copy, scratch);
        ck_assert_uint_eq(page->right, 6);
        compare(page, &model);
        free(image);
        model_free(&model);
    }
    free(page);
    free(right);
    free(copy);
}
END_TEST

START_TEST(test_rowids) {
    Page *page = new_page();
    Rng rng;
    rng_seed(&rng, 3);
    for (uint32_t round = 0; round < 30; round++) {
        uint64_t first = round % 3 == 0 ? 1 : rng_next(&rng) >> rng_below(&rng, 60);
        uint32_t count = 200, present = 0;
        char low[8], high[8];
        store_be64(low, first);
        store_be64(high, first + count);
        Str high_key = str_make(high, 8);
        page_format(page, 5, 7, 0, str_make(low, 8), round % 2 ? &high_key : NULL, 0);
        bool there[200] = {false};
        for (uint32_t i = 0; i < count; i++) {
            if (round > 5 && rng_one_in(&rng, 4))
                continue;
            char key[8];
            store_be64(key, first + i);
            page_insert(page, present++, str_make(key, 8), str_make("value", 5), scratch);
            there[i] = true;
        }
        for (uint32_t i = 0; i < count; i++) {
            bool found;
            page_search_row(page, first + i, &found);
            if (found != there[i])
                ck_abort_msg("rowid %llu + %u: %d", (unsigned long long)first, i, found);
        }
    }
    free(page);
}
END_TEST

/* Torn bytes may give any answer, but nothing outside of the page may be read. */
START_TEST(test_garbage) {
    /* the page ends where its allocation does: address sanitizer watches the border */
    Page *page = malloc(PAGE_BYTES);
    Rng rng;
    rng_seed(&rng, 1);
    format(page, "key");
    Model model = {0};
    for (uint32_t i = 0; i < 200; i++)
        change(page, &model, &rng, "key");
    for (uint32_t round = 0; round < 20000; round++) {
        uint8_t *bytes = (uint8_t *)page;
        for (uint32_t i = 0; i < 4; i++) {
            uint32_t at = (uint32_t)rng_below(&rng, rng_one_in(&rng, 2) ? 64 : PAGE_BYTES);
            bytes[at] = (uint8_t)rng_next(&rng);
        }
        char key_buf[64];
        Str key = str_make(key_buf, draw_key(&rng, key_buf, rng_one_in(&rng, 2) ? "key" : "k"));
        bool found;
        uint32_t slot = page_search(page, key, &found);
        page_search_row(page, rng_below(&rng, 1000), &found);
        page_child_slot(page, key, true);
        page_child(page, slot);
        const uint8_t *data;
        uint32_t len, sum = 0;
        if (page_value_torn(page, slot, &data, &len))
            for (uint32_t i = 0; i < len; i++)
                sum += data[i];
        ck_assert_uint_ne(sum, UINT32_MAX);
        page_verify_structure(page);
    }
    model_free(&model);
    free(page);
}
END_TEST

START_TEST(test_verify) {
    Page *page = new_page();
    memset(page, 0, PAGE_BYTES);
    format(page, "k");
    page->checksum = page_checksum(page);
    ck_assert_ptr_null(page_verify(page, 5));
    ck_assert_ptr_nonnull(page_verify(page, 4));
    ((uint8_t *)page)[9000] ^= 16;
    ck_assert_ptr_nonnull(page_verify(page, 5));
    memset(page, 0, PAGE_BYTES);
    ck_assert_str_eq(page_verify(page, 5), "the page was never written");
    free(page);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("page");
    TCase *tcase = tcase_create("page");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_model);
    tcase_add_test(tcase, test_split_and_absorb);
    tcase_add_test(tcase, test_rowids);
    tcase_add_test(tcase, test_garbage);
    tcase_add_test(tcase, test_verify);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
