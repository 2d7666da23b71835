/*
 * sim.c: the simulated worker: virtual time, requests that take a random while, faults, crashes.
 *
 * A run alternates between one turn of the worker (a few fibres, in an order that the seed bends)
 * and the completion of requests that are due. When nothing is ready, time jumps to the next
 * request or timer. Time also moves one microsecond a turn, so that loops with deadlines end.
 */
#include "runtime/sim_int.h"

#include "base/hash.h"
#include "runtime/clock.h"
#include "runtime/context.h"

#include <errno.h>
#include <string.h>
#ifdef RUNTIME_ASAN
#include <sanitizer/lsan_interface.h>
#endif

#define MILLION 1000000u
#define IO_DELAY_US 200u
#define WRITEBACK_PPM 100000u
#define YIELD_ONE_IN 16
#define ROTATE_ONE_IN 4

struct Sim {
    Runtime *runtime;
    Rng rng;
    uint64_t now_us;
    SimFaults faults;
    uint64_t io_count;
    uint64_t crash_at; /* absolute io_count; 0: none */
    bool crashed;
    bool running;
    SimDisk disk;
    IoRequest **open; /* requests in flight, a heap by due time and number */
    size_t open_count;
    size_t open_capacity;
};

/* IoRequest.backend */
enum { IO_DUE, IO_NUMBER, IO_HASH };

static Worker *worker_of(Sim *sim) { return &sim->runtime->workers[0]; }

static bool chance(Sim *sim, uint32_t ppm) {
    return ppm != 0 && rng_below(&sim->rng, MILLION) < ppm;
}

uint64_t sim_clock_us(Sim *sim) { return sim->now_us; }

void sim_random(Sim *sim, void *buf, size_t len) {
    for (char *p = buf; len > 0;) {
        uint64_t value = rng_next(&sim->rng);
        size_t part = MIN(len, sizeof(value));
        memcpy(p, &value, part);
        p += part;
        len -= part;
    }
}

bool sim_should_yield(Sim *sim) { return rng_one_in(&sim->rng, YIELD_ONE_IN); }
bool sim_coin_rotate(Sim *sim) { return rng_one_in(&sim->rng, ROTATE_ONE_IN); }

/* ---- crashes ---- */

/* On a fibre it does not return: its run ends here. */
void sim_request_crash(Sim *sim) {
    sim->crashed = true;
    Worker *worker = worker_of(sim);
    if (tls_worker == worker && worker->current != NULL)
        fiber_switch_out(worker);
}

void sim_crash_now(void) {
    check(tls_worker != NULL && tls_worker->sim != NULL);
    sim_request_crash(tls_worker->sim);
}

/* Counts a request; true if the machine stops at it. */
static bool crash_is_due(Sim *sim) {
    sim->io_count++;
    return sim->crash_at != 0 && sim->io_count >= sim->crash_at;
}

/* ---- requests ---- */

static bool is_sooner(const IoRequest *a, const IoRequest *b) {
    if (a->backend[IO_DUE] != b->backend[IO_DUE])
        return a->backend[IO_DUE] < b->backend[IO_DUE];
    return a->backend[IO_NUMBER] < b->backend[IO_NUMBER];
}

static void open_push(Sim *sim, IoRequest *request) {
    if (sim->open_count == sim->open_capacity) {
        size_t capacity = MAX(sim->open_capacity * 2, 32);
        IoRequest **open = mem_alloc(mem_root(), capacity * sizeof(IoRequest *));
        if (sim->open_count > 0)
            memcpy(open, sim->open, sim->open_count * sizeof(IoRequest *));
        mem_free(mem_root(), sim->open, sim->open_capacity * sizeof(IoRequest *));
        sim->open = open;
        sim->open_capacity = capacity;
    }
    size_t i = sim->open_count++;
    for (; i > 0 && is_sooner(request, sim->open[(i - 1) / 2]); i = (i - 1) / 2)
        sim->open[i] = sim->open[(i - 1) / 2];
    sim->open[i] = request;
}

static IoRequest *open_pop(Sim *sim) {
    IoRequest *first = sim->open[0];
    IoRequest *last = sim->open[--sim->open_count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= sim->open_count)
            break;
        if (child + 1 < sim->open_count && is_sooner(sim->open[child + 1], sim->open[child]))
            child++;
        if (!is_sooner(sim->open[child], last))
            break;
        sim->open[i] = sim->open[child];
        i = child;
    }
    sim->open[i] = last;
    return first;
}

static void sim_submit(Worker *worker, IoRequest *request) {
    Sim *sim = worker->sim;
    if (sim->crashed)
        return;
    bool crash = crash_is_due(sim);
    uint32_t delay_max = sim->faults.io_delay_us_max;
    request->backend[IO_DUE] =
        sim->now_us + 1 + rng_below(&sim->rng, delay_max != 0 ? delay_max : IO_DELAY_US);
    request->backend[IO_NUMBER] = sim->io_count;
    request->backend[IO_HASH] =
        request->op == IO_WRITE ? hash_bytes_stable(request->buf, request->len) : 0;
    open_push(sim, request);
    if (crash)
        sim_request_crash(sim);
}

static void flip_a_bit(Sim *sim, void *data, size_t len) {
    if (len == 0)
        return;
    uint64_t bit = rng_below(&sim->rng, (uint64_t)len * 8);
    ((uint8_t *)data)[bit / 8] ^= (uint8_t)(1u << (bit % 8));
}

static void do_read(Sim *sim, IoRequest *request) {
    size_t len = request->len;
    if (chance(sim, sim->faults.short_read_ppm) && len > 0)
        len = rng_below(&sim->rng, len);
    request->done_bytes =
        sim_file_read(request->file->sim_file, request->buf, len, request->offset);
    if (chance(sim, sim->faults.bit_flip_ppm))
        flip_a_bit(sim, request->buf, request->done_bytes);
}

/* Where a misdirected write lands. */
static uint64_t wrong_offset(Sim *sim, const IoRequest *request) {
    uint64_t places = sim_file_bytes(request->file->sim_file) / request->len;
    return places == 0 ? request->offset : rng_below(&sim->rng, places) * request->len;
}

/* Stores one wrong bit: the caller's buffer stays as it is. */
static void rot(Sim *sim, SimFile *file, const IoRequest *request, uint64_t offset) {
    uint64_t at = rng_below(&sim->rng, request->len);
    uint8_t byte = ((const uint8_t *)request->buf)[at];
    flip_a_bit(sim, &byte, 1);
    (void)sim_file_write(&sim->disk, file, &byte, 1, offset + at);
}

static void do_write(Sim *sim, IoRequest *request) {
    SimFile *file = request->file->sim_file;
    check(request->backend[IO_HASH] == hash_bytes_stable(request->buf, request->len));
    request->done_bytes = request->len;
    if (request->len == 0 || chance(sim, sim->faults.lost_write_ppm))
        return;
    uint64_t offset = request->offset;
    if (chance(sim, sim->faults.misdirect_ppm))
        offset = wrong_offset(sim, request);
    if (chance(sim, sim->faults.writeback_ppm))
        sim_file_writeback(file, offset, request->len);
    request->error_number = sim_file_write(&sim->disk, file, request->buf, request->len, offset);
    if (request->error_number != 0) {
        request->done_bytes = 0;
        return;
    }
    if (chance(sim, sim->faults.rot_ppm))
        rot(sim, file, request, offset);
    if (request->dsync && !chance(sim, sim->faults.lost_sync_ppm))
        sim_file_sync_range(file, offset, request->len);
}

static void do_sync(Sim *sim, IoRequest *request) {
    if (chance(sim, sim->faults.lost_sync_ppm))
        return;
    SimFile *file = request->file->sim_file;
    if (file == NULL || sim_file_is_dir(file))
        sim_disk_sync_dir(&sim->disk, request->file->path);
    else
        sim_file_sync(&sim->disk, file);
}

/* A request that reports EIO; what it did meanwhile is anybody's guess. */
static bool fails(Sim *sim, IoRequest *request) {
    const SimFaults *faults = &sim->faults;
    bool is_sync = request->op == IO_SYNC || request->op == IO_DATASYNC;
    uint32_t ppm = is_sync                  ? faults->sync_eio_ppm
                   : request->op == IO_READ ? faults->read_eio_ppm
                                            : faults->write_eio_ppm;
    if (request->backend[IO_NUMBER] != faults->fail_at_io && !chance(sim, ppm))
        return false;
    SimFile *file = request->file->sim_file;
    if (request->op == IO_WRITE)
        sim_file_tear(&sim->disk, file, request->buf, request->len, request->offset);
    else if (is_sync && file != NULL)
        sim_file_sync_failed(&sim->disk, file);
    request->error_number = EIO;
    return true;
}

static void complete(Sim *sim, IoRequest *request) {
    if (!fails(sim, request)) {
        switch (request->op) {
        case IO_READ:
            do_read(sim, request);
            break;
        case IO_WRITE:
            do_write(sim, request);
            break;
        case IO_SYNC:
        case IO_DATASYNC:
            do_sync(sim, request);
            break;
        case IO_ALLOCATE:
            request->error_number = sim_file_extend(&sim->disk, request->file->sim_file,
                                                    request->offset + request->len);
            break;
        }
    }
    request->done(request);
}

/* ---- the backend ---- */

static Status sim_start(Worker *worker) { return STATUS_OK; }
static void sim_stop(Worker *worker) {}
static void sim_kick(Worker *worker) {}
static void sim_hold(Worker *worker, int fd) {}

static bool sim_poll(Worker *worker, uint64_t wait_until_us) {
    Sim *sim = worker->sim;
    if (wait_until_us != 0) {
        uint64_t next_us = wait_until_us;
        if (sim->open_count > 0)
            next_us = MIN(next_us, sim->open[0]->backend[IO_DUE]);
        if (next_us != DEADLINE_NONE)
            sim->now_us = MAX(sim->now_us, next_us);
    }
    bool any = false;
    while (!sim->crashed && sim->open_count > 0 && sim->open[0]->backend[IO_DUE] <= sim->now_us) {
        complete(sim, open_pop(sim));
        any = true;
    }
    sim->now_us++;
    return any;
}

const Backend sim_backend = {
    .kind = IO_BACKEND_SIM,
    .start = sim_start,
    .stop = sim_stop,
    .submit = sim_submit,
    .kick = sim_kick,
    .poll = sim_poll,
    .hold = sim_hold,
    .fs = &sim_fs,
};

/* ---- names ---- */

static Sim *current_sim(void) { return tls_worker->sim; }

/* A crash at a change of names comes before it or after it, as the coin falls. */
static bool before_change(Sim *sim) {
    bool due = crash_is_due(sim);
    if (due && rng_one_in(&sim->rng, 2))
        sim_request_crash(sim);
    return due;
}

static int after_change(Sim *sim, bool due, int e) {
    if (due)
        sim_request_crash(sim);
    return e;
}

#define CHANGE(call)                                                                               \
    do {                                                                                           \
        Sim *sim = current_sim();                                                                  \
        bool due = before_change(sim);                                                             \
        return after_change(sim, due, sim->crashed ? EIO : (call));                                \
    } while (0)

static void attach(File *file, SimFile *sim_file) {
    file->sim_file = sim_file;
    if (sim_file != NULL)
        sim_file_ref(sim_file);
}

/* A handle that a crash leaves behind goes with the Sim. */
void sim_keep_file(Sim *sim, File *file) {
    file->sim = sim;
    list_push_back(&sim->disk.handles, &file->sim_node);
}

static int open_file(Sim *sim, const char *path, unsigned flags, File *file) {
    SimFile *found = NULL;
    int e = sim_disk_open(&sim->disk, path, flags, &found);
    if (e == 0)
        attach(file, found);
    return e;
}

static int fs_open(const char *path, unsigned flags, File *file) {
    file->direct = (flags & FILE_DIRECT) != 0;
    if (!(flags & (FILE_CREATE | FILE_TRUNCATE)))
        return open_file(current_sim(), path, flags, file);
    CHANGE(open_file(sim, path, flags, file));
}

static void fs_close(File *file) {
    Sim *sim = file->sim;
    if (file->locked)
        sim_file_unlock(file->sim_file);
    sim_file_unref(&sim->disk, file->sim_file);
    file->sim_file = NULL;
}

static int truncate_file(Sim *sim, File *file, uint64_t size) {
    sim_file_truncate(&sim->disk, file->sim_file, size);
    return 0;
}

static int fs_truncate(File *file, uint64_t size) { CHANGE(truncate_file(sim, file, size)); }

static int fs_size(File *file, uint64_t *size_out) {
    *size_out = sim_file_bytes(file->sim_file);
    return 0;
}

static int fs_unlink(const char *path) { CHANGE(sim_disk_remove(&sim->disk, path, false)); }
static int fs_rmdir(const char *path) { CHANGE(sim_disk_remove(&sim->disk, path, true)); }
static int fs_mkdir(const char *path) { CHANGE(sim_disk_mkdir(&sim->disk, path)); }
static int fs_rename(const char *from, const char *to) {
    CHANGE(sim_disk_rename(&sim->disk, from, to));
}
static int fs_link(const char *from, const char *to) {
    CHANGE(sim_disk_link(&sim->disk, from, to));
}

static int fs_open_dir(const char *path, File *file) {
    Sim *sim = current_sim();
    SimFile *dir;
    int e = sim_disk_open_dir(&sim->disk, path, &dir);
    if (e == 0)
        attach(file, dir);
    return e;
}

static int fs_list(const char *path, void (*each)(void *arg, const char *name), void *arg) {
    return sim_disk_list(&current_sim()->disk, path, each, arg);
}

static bool fs_exists(const char *path, bool want_dir) {
    SimFile *file = sim_disk_find(&current_sim()->disk, path);
    return file != NULL && (!want_dir || sim_file_is_dir(file));
}

static int fs_lock(const char *path, File *file, int *pid_out) {
    *pid_out = 1;
    int e = fs_open(path, FILE_CREATE, file);
    if (e != 0)
        return e;
    if (!sim_file_lock(file->sim_file)) {
        fs_close(file);
        return EEXIST;
    }
    file->locked = true;
    return 0;
}

const FsOps sim_fs = {
    .open = fs_open,
    .close = fs_close,
    .truncate = fs_truncate,
    .size = fs_size,
    .unlink = fs_unlink,
    .rename = fs_rename,
    .link = fs_link,
    .mkdir = fs_mkdir,
    .rmdir = fs_rmdir,
    .open_dir = fs_open_dir,
    .list = fs_list,
    .exists = fs_exists,
    .lock = fs_lock,
};

/* ---- the machine ---- */

Sim *sim_create(uint64_t seed) {
    RuntimeOptions options = {.worker_count = 1, .stall_us = UINT32_MAX};
    Sim *sim = mem_alloc(mem_root(), sizeof(*sim));
    memset(sim, 0, sizeof(*sim));
    rng_seed(&sim->rng, seed);
    sim->runtime = runtime_alloc(&options, &sim_backend, 1);
    sim->faults.writeback_ppm = WRITEBACK_PPM;
    worker_of(sim)->sim = sim;
    sim_disk_init(&sim->disk, &sim->runtime->account, &sim->rng);
    return sim;
}

Sim *sim_clone(Sim *sim, uint64_t seed) {
    check(!sim->running);
    Sim *copy = sim_create(seed);
    copy->faults = sim->faults;
    copy->now_us = sim->now_us;
    sim_disk_copy(&copy->disk, &sim->disk);
    return copy;
}

void sim_destroy(Sim *sim) {
    if (sim == NULL)
        return;
    check(!sim->running);
    sim_disk_destroy(&sim->disk);
    mem_free(mem_root(), sim->open, sim->open_capacity * sizeof(IoRequest *));
    runtime_free(sim->runtime);
    mem_free(mem_root(), sim, sizeof(*sim));
}

/* The loop; what it returns is the run's result but for a crash. */
static SimResult run_to_end(Sim *sim) {
    Worker *worker = worker_of(sim);
    while (!sim->crashed) {
        bool more = worker_turn(worker);
        if (sim->crashed)
            break;
        bool posted = atomic_load_explicit(&worker->inbox, memory_order_relaxed) != NULL;
        uint64_t next_timer_us = timer_heap_next(&worker->timers);
        if (!more && !posted && sim->open_count == 0) {
            if (worker->stats.fibers == 0)
                return SIM_DONE;
            if (next_timer_us == DEADLINE_NONE)
                return SIM_STUCK;
        }
        (void)sim_poll(worker, more || posted ? 0 : next_timer_us);
    }
    return SIM_CRASHED;
}

/* Open writes land in part; everything that ran is forgotten. */
static void stop_machine(Sim *sim) {
    Worker *worker = worker_of(sim);
    while (sim->open_count > 0) {
        IoRequest *request = open_pop(sim);
        if (request->op == IO_WRITE)
            sim_file_tear(&sim->disk, request->file->sim_file, request->buf, request->len,
                          request->offset);
    }
    fibers_abandon(worker);
    worker->current = NULL;
    worker->timers.count = 0;
    atomic_store(&worker->inbox, NULL);
    sim->crashed = false;
    sim->crash_at = 0;
}

static void ignore_leaks(bool on) {
#ifdef RUNTIME_ASAN
    if (on)
        __lsan_disable();
    else
        __lsan_enable();
#endif
}

SimResult sim_run(Sim *sim, FiberFn fn, void *arg) {
    check(!sim->running);
    Worker *outer = tls_worker;
    sim->running = true;
    tls_worker = worker_of(sim);
    /* What abandoned fibres held is no leak of the program. */
    ignore_leaks(true);
    fiber_spawn(SCHED_OLTP, fn, arg);
    SimResult result = run_to_end(sim);
    if (result != SIM_DONE)
        stop_machine(sim);
    ignore_leaks(false);
    tls_worker = outer;
    sim->running = false;
    return result;
}

void sim_crash(Sim *sim) {
    check(!sim->running);
    sim_disk_crash(&sim->disk);
}

uint64_t sim_now_us(const Sim *sim) { return sim->now_us; }
Runtime *sim_runtime(Sim *sim) { return sim->runtime; }
Rng *sim_rng(Sim *sim) { return &sim->rng; }
uint64_t sim_io_count(const Sim *sim) { return sim->io_count; }

void sim_set_crash_at(Sim *sim, uint64_t nth_io) {
    sim->crash_at = nth_io == 0 ? 0 : sim->io_count + nth_io;
}

void sim_set_faults(Sim *sim, const SimFaults *faults) {
    sim->faults = *faults;
    sim->disk.bytes_max = faults->disk_bytes_max;
}

/* ---- tampering ---- */

bool sim_overwrite(Sim *sim, const char *path, uint64_t offset, const void *data, size_t len) {
    SimFile *file = sim_disk_find(&sim->disk, path);
    return file != NULL && sim_file_tamper(file, offset, data, len);
}

bool sim_flip_bit(Sim *sim, const char *path, uint64_t bit) {
    SimFile *file = sim_disk_find(&sim->disk, path);
    uint8_t byte;
    if (file == NULL || sim_file_read(file, &byte, 1, bit / 8) != 1)
        return false;
    byte ^= (uint8_t)(1u << (bit % 8));
    return sim_file_tamper(file, bit / 8, &byte, 1);
}

bool sim_file_size(Sim *sim, const char *path, uint64_t *size_out) {
    SimFile *file = sim_disk_find(&sim->disk, path);
    *size_out = file == NULL ? 0 : sim_file_bytes(file);
    return file != NULL;
}

const char *sim_file_name(Sim *sim, size_t n) {
    for (size_t i = 0; i < sim->disk.entry_count; i++) {
        const SimEntry *entry = &sim->disk.entries[i];
        if (entry->now != NULL && !sim_file_is_dir(entry->now) && n-- == 0)
            return entry->path;
    }
    return NULL;
}

uint64_t sim_disk_hash(Sim *sim) { return sim_disk_durable_hash(&sim->disk); }
