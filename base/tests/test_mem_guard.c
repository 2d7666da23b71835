/* test_mem_guard.c: large requests that are refused leave the call; small ones and barriers do not. */
#include "base/arena.h"
#include "base/mem_guard.h"
#include "base/strbuf.h"

#include <check.h>

typedef struct World {
    MemAccount account;
    Arena arena;
    size_t bytes;
    int after; /* how far the call came */
    bool latched;
} World;

static bool latch_held;
static bool may_leave(void) { return !latch_held; }

static World *world_make(size_t limit) {
    static World world;
    world = (World){0};
    mem_account_init(&world.account, mem_root(), "test", limit);
    arena_init(&world.arena, &world.account);
    return &world;
}

static Status ask(void *arg) {
    World *world = arg;
    world->after = 1;
    memset(arena_alloc(&world->arena, world->bytes), 1, world->bytes);
    world->after = 2;
    return STATUS_OK;
}

static Status ask_in_barrier(void *arg) { return mem_barrier(ask, arg); }

static Status ask_twice(void *arg) {
    World *world = arg;
    Status inner = mem_guarded(ask, world);
    ck_assert(!status_ok(inner));
    status_free(inner);
    return ask(world);
}

static Status append(void *arg) {
    World *world = arg;
    StrBuf buf;
    strbuf_init(&buf, &world->arena);
    for (world->after = 0; world->after < 100; world->after++)
        for (int i = 0; i < 1024; i++)
            strbuf_append(&buf, "0123456789abcdef", 16);
    return STATUS_OK;
}

static void refused(Status status) {
    ck_assert(!status_ok(status));
    ck_assert_int_eq((int)status.error->state, (int)ERR_OUT_OF_MEMORY);
    ck_assert_str_eq(status.error->message, "out of memory");
    ck_assert_ptr_nonnull(strstr(status.error->detail, "in memory context \"test\""));
    status_free(status);
    ck_assert_ptr_null(mem_guard_top);
}

START_TEST(beyond_the_limit) {
    World *world = world_make((size_t)4 << 20);
    world->bytes = (size_t)8 << 20;
    refused(mem_guarded(ask, world));
    ck_assert_int_eq(world->after, 1);
    ck_assert_uint_eq(atomic_load(&world->account.used_bytes), 0);
    refused(mem_guarded(ask_twice, world));
    world->bytes = (size_t)2 << 20;
    ck_assert(status_ok(mem_guarded(ask, world)));
    ck_assert_int_eq(world->after, 2);
    arena_destroy(&world->arena);
    ck_assert_uint_eq(atomic_load(&world->account.used_bytes), 0);
}
END_TEST

START_TEST(refused_by_the_system) {
    World *world = world_make(SIZE_MAX);
    world->bytes = SIZE_MAX / 4;
    refused(mem_guarded(ask, world));
    ck_assert_uint_eq(atomic_load(&world->account.used_bytes), 0);
    mem_fail_nth(1);
    world->bytes = MEM_LARGE_BYTES;
    refused(mem_guarded(ask, world));
    mem_fail_nth(0);
    ck_assert(status_ok(mem_guarded(ask, world)));
    arena_destroy(&world->arena);
}
END_TEST

START_TEST(growing_bit_by_bit) {
    World *world = world_make((size_t)3 << 20);
    refused(mem_guarded(append, world));
    ck_assert_int_gt(world->after, 32);
    arena_destroy(&world->arena);
    ck_assert_uint_eq(atomic_load(&world->account.used_bytes), 0);
}
END_TEST

/* Where nothing may be left the request is granted. */
START_TEST(not_to_be_left) {
    World *world = world_make((size_t)1 << 20);
    world->bytes = (size_t)2 << 20;
    ck_assert(status_ok(mem_guarded(ask_in_barrier, world)));
    ck_assert(status_ok(ask(world)));
    mem_guard_may_leave = may_leave;
    latch_held = true;
    ck_assert(status_ok(mem_guarded(ask, world)));
    latch_held = false;
    refused(mem_guarded(ask, world));
    mem_guard_may_leave = NULL;
    world->bytes = MEM_LARGE_BYTES / 4;
    ck_assert(status_ok(mem_guarded(ask, world)));
    arena_destroy(&world->arena);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("mem_guard");
    TCase *all = tcase_create("all");
    tcase_add_test(all, beyond_the_limit);
    tcase_add_test(all, refused_by_the_system);
    tcase_add_test(all, growing_bit_by_bit);
    tcase_add_test(all, not_to_be_left);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
