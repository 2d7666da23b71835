/* Files, on the ring, on pread/pwrite and on the simulated disk: the same body for each. */
#include "runtime/clock.h"
#include "runtime/file.h"
#include "runtime/os.h"
#include "runtime/sim.h"
#include "runtime/worker.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A thread sanitizer does not see what the kernel writes. */
#if defined(__SANITIZE_THREAD__)
#define WITH_URING 0
#else
#define WITH_URING 1
#endif

#define CHECK_OK(expr)                                                                             \
    do {                                                                                           \
        Status s_ = (expr);                                                                        \
        ck_assert_msg(status_ok(s_), "%s: %s", #expr, status_ok(s_) ? "" : s_.error->message);     \
    } while (0)

#define CHECK_FAILS(expr, code, text)                                                              \
    do {                                                                                           \
        Status s_ = (expr);                                                                        \
        ck_assert(!status_ok(s_));                                                                 \
        ck_assert_str_eq(sqlstate_code(s_.error->state), code);                                    \
        ck_assert_str_eq(s_.error->message, text);                                                 \
        status_free(s_);                                                                           \
    } while (0)

static void *aligned(size_t bytes) {
    void *p = os_map(bytes, false);
    ck_assert_ptr_nonnull(p);
    return p;
}

static void test_content(void) {
    char buf[100];
    size_t len;
    uint64_t size;
    File *file;
    CHECK_OK(file_open("d/a", FILE_CREATE, &file));
    CHECK_OK(file_write(file, "hello world", 11, 0));
    CHECK_OK(file_write(file, "there", 5, 1000));
    CHECK_OK(file_read(file, buf, 11, 0));
    ck_assert_mem_eq(buf, "hello world", 11);
    CHECK_OK(file_size(file, &size));
    ck_assert_uint_eq(size, 1005);
    CHECK_OK(file_read_some(file, buf, 100, 995, &len));
    ck_assert_uint_eq(len, 10);
    ck_assert_mem_eq(buf, "\0\0\0\0\0there", 10);
    CHECK_FAILS(file_read(file, buf, 10, 1000), "XX001",
                "could not read file \"d/a\": read 5 of 10");
    CHECK_OK(file_sync(file));
    CHECK_OK(file_datasync(file));
    CHECK_OK(file_write_durable(file, "x", 1, 3));
    CHECK_OK(file_allocate(file, 0, 8192));
    CHECK_OK(file_size(file, &size));
    ck_assert_uint_eq(size, 8192);
    CHECK_OK(file_truncate(file, 7));
    CHECK_OK(file_read_some(file, buf, 100, 0, &len));
    ck_assert_uint_eq(len, 7);
    ck_assert_mem_eq(buf, "helxo w", 7);
    file_close(file);
}

static void test_names(void) {
    Arena arena;
    arena_init(&arena, mem_root());
    const char **names;
    size_t count;
    File *file;
    char *data;
    CHECK_FAILS(file_open("d/none", FILE_READ, &file), "58P01",
                "could not open file \"d/none\": No such file or directory");
    CHECK_FAILS(file_open("d/a", FILE_CREATE | FILE_EXCLUSIVE, &file), "58P02",
                "could not create file \"d/a\": File exists");
    CHECK_FAILS(dir_create("d"), "58P02", "could not create directory \"d\": File exists");
    CHECK_OK(file_rename("d/a", "d/b"));
    ck_assert(!file_exists("d/a") && file_exists("d/b"));
    CHECK_OK(file_link("d/b", "d/c"));
    CHECK_OK(file_replace("d/r", "first", 5));
    CHECK_OK(file_replace("d/r", "second", 6));
    CHECK_OK(file_read_all("d/r", &arena, &data, &count));
    ck_assert_str_eq(data, "second");
    CHECK_OK(dir_create("d/sub"));
    CHECK_OK(file_replace("d/sub/x", "", 0));
    CHECK_OK(dir_sync("d"));
    CHECK_OK(dir_list("d", &arena, &names, &count));
    ck_assert_uint_eq(count, 4);
    ck_assert_str_eq(names[0], "b");
    ck_assert_str_eq(names[3], "sub");
    ck_assert_ptr_null(names[4]);
    ck_assert(dir_exists("d/sub") && !dir_exists("d/b") && !dir_exists("d/none"));
    CHECK_FAILS(dir_remove("d/sub"), "42809",
                "could not remove directory \"d/sub\": Directory not empty");
    CHECK_OK(file_rename("d/sub", "d/other"));
    ck_assert(file_exists("d/other/x") && !file_exists("d/sub/x"));
    CHECK_OK(file_unlink("d/c"));
    CHECK_FAILS(file_unlink("d/c"), "58P01",
                "could not remove file \"d/c\": No such file or directory");
    CHECK_OK(file_unlink_if_exists("d/c"));
    arena_destroy(&arena);
}

typedef struct Batch {
    int open;
    FiberRef waiter;
} Batch;

static void one_done(IoRequest *request) {
    Batch *batch = request->arg;
    batch->open--;
    fiber_unpark(batch->waiter);
}

static void test_requests(void) {
    enum { COUNT = 32, BYTES = 16384 };
    File *file;
    CHECK_OK(file_open("d/direct", FILE_CREATE | FILE_DIRECT, &file));
    CHECK_OK(file_allocate(file, 0, COUNT * BYTES));
    char *memory = aligned(COUNT * BYTES);
    Batch batch = {.waiter = fiber_self_ref()};
    static IoRequest requests[COUNT];
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < COUNT; i++) {
            if (pass == 0)
                memset(memory + i * BYTES, 'A' + i, BYTES);
            requests[i] = (IoRequest){.op = pass == 0 ? IO_WRITE : IO_READ,
                                      .file = file,
                                      .buf = memory + i * BYTES,
                                      .len = BYTES,
                                      .offset = (uint64_t)i * BYTES,
                                      .dsync = i % 2 == 0,
                                      .done = one_done,
                                      .arg = &batch};
            batch.open++;
            io_submit(&requests[i]);
        }
        io_kick();
        ck_assert_int_eq(batch.open, COUNT); /* never inside io_submit */
        while (batch.open > 0)
            (void)fiber_park(DEADLINE_NONE);
        for (int i = 0; i < COUNT; i++) {
            CHECK_OK(io_status(&requests[i]));
            ck_assert_uint_eq(requests[i].done_bytes, BYTES);
            ck_assert_int_eq(memory[i * BYTES + 77], 'A' + i);
        }
        if (pass == 0)
            memset(memory, 0, COUNT * BYTES);
    }
    os_unmap(memory, COUNT * BYTES);
    file_close(file);
}

static void test_locks(void) {
    LockFile *lock, *second;
    CHECK_OK(lock_file_acquire("d/lock", "/data\n", &lock));
    Status status = lock_file_acquire("d/lock", "/data\n", &second);
    ck_assert(!status_ok(status));
    ck_assert_str_eq(sqlstate_code(status.error->state), "F0001");
    ck_assert_str_eq(status.error->message, "lock file \"d/lock\" already exists");
    status_free(status);
    CHECK_OK(lock_file_update(lock, "/data\n5432\n"));
    lock_file_release(lock);
    ck_assert(!file_exists("d/lock"));
    CHECK_OK(lock_file_acquire("d/lock", "", &lock));
    lock_file_release(lock);
}

static void body(void *arg) {
    CHECK_OK(dir_create("d"));
    test_content();
    test_names();
    test_requests();
    test_locks();
    CHECK_OK(dir_remove_tree("d"));
    ck_assert(!dir_exists("d"));
    if (arg != NULL)
        runtime_stop(arg);
}

static void run_real(IoBackendKind backend) {
    RuntimeOptions options = {.worker_count = 1, .backend = backend, .stall_us = UINT32_MAX};
    Runtime *runtime;
    CHECK_OK(runtime_create(&options, &runtime));
    CHECK_OK(runtime_run(runtime, body, runtime));
    runtime_destroy(runtime);
}

static char home[] = "/tmp/phantom-file-XXXXXX";

START_TEST(test_uring) { run_real(IO_BACKEND_URING); }
END_TEST
START_TEST(test_epoll) { run_real(IO_BACKEND_EPOLL); }
END_TEST
START_TEST(test_sim) {
    Sim *sim = sim_create(1);
    ck_assert_int_eq(sim_run(sim, body, NULL), SIM_DONE);
    sim_destroy(sim);
}
END_TEST

int main(void) {
    if (mkdtemp(home) == NULL || chdir(home) != 0)
        return EXIT_FAILURE;
    Suite *suite = suite_create("file");
    TCase *tcase = tcase_create("file");
    if (WITH_URING)
        tcase_add_test(tcase, test_uring);
    tcase_add_test(tcase, test_epoll);
    tcase_add_test(tcase, test_sim);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (chdir("/") == 0)
        rmdir(home);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
