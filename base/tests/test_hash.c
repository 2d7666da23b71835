/* Checksums: whatever way the processor goes, the same number. */
#include "base/hash.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Bit by bit, from the definition (RFC 3720, appendix B.4). */
static uint32_t crc_by_bits(uint32_t crc, const uint8_t *p, size_t len) {
    crc = ~crc;
    for (; len > 0; len--) {
        crc ^= *p++;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) ? 0x82f63b78u : 0);
    }
    return ~crc;
}

START_TEST(test_crc_known) {
    uint8_t zeros[32] = {0};
    ck_assert_uint_eq(crc32c(0, zeros, sizeof(zeros)), 0x8a9136aau); /* RFC 3720 */
    ck_assert_uint_eq(crc32c(0, "123456789", 9), 0xe3069283u);
    ck_assert_uint_eq(crc32c(0, "", 0), 0);
}
END_TEST

START_TEST(test_crc_lengths) {
    enum { BYTES = 20000 };
    static uint8_t bytes[BYTES];
    uint32_t x = 1;
    for (size_t i = 0; i < BYTES; i++) {
        x = x * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(x >> 24);
    }
    for (size_t len = 0; len < BYTES - 8; len += len < 1200 ? 1 : 217)
        ck_assert_uint_eq(crc32c((uint32_t)len, bytes + len % 8, len),
                          crc_by_bits((uint32_t)len, bytes + len % 8, len));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("hash");
    TCase *tcase = tcase_create("hash");
    tcase_add_test(tcase, test_crc_known);
    tcase_add_test(tcase, test_crc_lengths);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
