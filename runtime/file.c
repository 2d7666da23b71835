/* file.c: the public calls on files and directories, over whichever backend the worker has. */
#include "runtime/file.h"

#include "runtime/clock.h"
#include "runtime/latch.h"
#include "runtime/os.h"
#include "runtime/runtime_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define READ_ALL_MAX ((uint64_t)0x3fffffff)

/* ---- errors ---- */

static SqlState state_of_errno(int e) {
    switch (e) {
    case EPERM:
    case EACCES:
    case EROFS:
        return ERR_INSUFFICIENT_PRIVILEGE;
    case ENOENT:
        return ERR_UNDEFINED_FILE;
    case EEXIST:
        return ERR_DUPLICATE_FILE;
    case ENOTDIR:
    case EISDIR:
    case ENOTEMPTY:
        return ERR_WRONG_OBJECT_TYPE;
    case ENOSPC:
    case EDQUOT:
        return ERR_DISK_FULL;
    case ENOMEM:
        return ERR_OUT_OF_MEMORY;
    case ENFILE:
    case EMFILE:
        return ERR_INSUFFICIENT_RESOURCES;
    case EIO:
        return ERR_IO_ERROR;
    default:
        return ERR_INTERNAL_ERROR;
    }
}

Status file_error(int e, const char *verb, const char *path) {
    return error(state_of_errno(e), "%s \"%s\": %s", verb, path, strerror(e));
}

static Status result(int e, const char *verb, const char *path) {
    return e == 0 ? STATUS_OK : file_error(e, verb, path);
}

Status io_status(const IoRequest *request) {
    static const char *const verbs[] = {
        [IO_READ] = "could not read file",       [IO_WRITE] = "could not write to file",
        [IO_SYNC] = "could not fsync file",      [IO_DATASYNC] = "could not fsync file",
        [IO_ALLOCATE] = "could not extend file",
    };
    const char *path = request->file->path;
    if (request->error_number != 0)
        return file_error(request->error_number, verbs[request->op], path);
    if (request->op == IO_READ && request->done_bytes < request->len)
        return error(ERR_DATA_CORRUPTED, "could not read file \"%s\": read %llu of %llu", path,
                     (unsigned long long)request->done_bytes, (unsigned long long)request->len);
    return STATUS_OK;
}

/* ---- handles ---- */

static const FsOps *current_fs(void) {
    return tls_worker == NULL ? &posix_fs : tls_worker->backend->fs;
}

static File *file_make(const FsOps *fs, const char *path) {
    size_t bytes = sizeof(File) + strlen(path) + 1;
    File *file = mem_alloc(mem_root(), bytes);
    *file = (File){.fs = fs, .fd = -1, .bytes = bytes};
    memcpy(file->path, path, strlen(path) + 1);
    list_init(&file->sim_node);
    if (UNLIKELY(fs == &sim_fs))
        sim_keep_file(tls_worker->sim, file);
    return file;
}

static void file_discard(File *file) {
    list_remove(&file->sim_node);
    mem_free(mem_root(), file, file->bytes);
}

Status file_open(const char *path, unsigned flags, File **file_out) {
    const FsOps *fs = current_fs();
    File *file = file_make(fs, path);
    *file_out = NULL;
    int e = fs->open(path, flags, file);
    if (e != 0) {
        file_discard(file);
        bool creating = (flags & (FILE_CREATE | FILE_EXCLUSIVE)) == (FILE_CREATE | FILE_EXCLUSIVE);
        return file_error(e, creating ? "could not create file" : "could not open file", path);
    }
    *file_out = file;
    return STATUS_OK;
}

void file_close(File *file) {
    if (file == NULL)
        return;
    file->fs->close(file);
    file_discard(file);
}

const char *file_path(const File *file) { return file->path; }

/* ---- requests ---- */

static bool is_aligned(const IoRequest *request) {
    uint64_t bits = request->offset | request->len | (uint64_t)(uintptr_t)request->buf;
    return bits % FILE_DIRECT_ALIGN == 0;
}

void io_submit(IoRequest *request) {
    check(tls_worker != NULL && request->done != NULL && request->file != NULL);
    bool moves_data = request->op == IO_READ || request->op == IO_WRITE;
    check(!moves_data || !request->file->direct || is_aligned(request));
    request->error_number = 0;
    request->done_bytes = 0;
    STAT_ADD(tls_worker->stats.io_requests, 1);
    tls_worker->backend->submit(tls_worker, request);
}

void io_kick(void) {
    check(tls_worker != NULL);
    tls_worker->backend->kick(tls_worker);
}

/* A file system without reservation: at least the size is as asked. */
static int extend_size(File *file, uint64_t size) {
    uint64_t present = 0;
    int e = file->fs->size(file, &present);
    return e != 0 || present >= size ? e : file->fs->truncate(file, size);
}

bool io_advance(IoRequest *request, int64_t n) {
    if (n == -EOPNOTSUPP && request->op == IO_ALLOCATE)
        n = -extend_size(request->file, request->offset + request->len);
    if (n < 0) {
        request->error_number = (int)-n;
        return false;
    }
    if (request->op != IO_READ && request->op != IO_WRITE)
        return false;
    request->done_bytes += (uint64_t)n;
    if (request->done_bytes == request->len)
        return false;
    if (n == 0) {
        if (request->op == IO_WRITE)
            request->error_number = ENOSPC; /* a write that goes nowhere */
        return false;
    }
    if (request->file->direct && request->done_bytes % FILE_DIRECT_ALIGN != 0) {
        if (request->op == IO_READ)
            return false; /* only the end of the file is unaligned */
        request->done_bytes -= request->done_bytes % FILE_DIRECT_ALIGN;
    }
    return true;
}

typedef struct IoWait {
    FiberRef fiber;
    bool done;
} IoWait;

static void io_wake(IoRequest *request) {
    IoWait *wait = request->arg;
    wait->done = true;
    fiber_unpark(wait->fiber);
}

Status io_run(IoRequest *request) {
    IoWait wait = {.fiber = fiber_self_ref()};
    check(wait.fiber.fiber != NULL);
    request->done = io_wake;
    request->arg = &wait;
    io_submit(request);
    while (!wait.done)
        (void)fiber_park_uninterruptible(DEADLINE_NONE);
    return io_status(request);
}

Status file_read(File *file, void *buf, size_t len, uint64_t offset) {
    IoRequest request = {.op = IO_READ, .file = file, .buf = buf, .len = len, .offset = offset};
    return io_run(&request);
}

Status file_read_some(File *file, void *buf, size_t len, uint64_t offset, size_t *len_out) {
    IoRequest request = {.op = IO_READ, .file = file, .buf = buf, .len = len, .offset = offset};
    Status status = io_run(&request);
    *len_out = request.done_bytes;
    if (!status_ok(status) && request.error_number == 0) {
        status_free(status);
        status = STATUS_OK;
    }
    return status;
}

static Status write_all(File *file, const void *buf, size_t len, uint64_t offset, bool dsync) {
    IoRequest request = {.op = IO_WRITE,
                         .file = file,
                         .buf = (void *)(uintptr_t)buf,
                         .len = len,
                         .offset = offset,
                         .dsync = dsync};
    return io_run(&request);
}

Status file_write(File *file, const void *buf, size_t len, uint64_t offset) {
    return write_all(file, buf, len, offset, false);
}

Status file_write_durable(File *file, const void *buf, size_t len, uint64_t offset) {
    return write_all(file, buf, len, offset, true);
}

Status file_sync(File *file) {
    IoRequest request = {.op = IO_SYNC, .file = file};
    return io_run(&request);
}

Status file_datasync(File *file) {
    IoRequest request = {.op = IO_DATASYNC, .file = file};
    return io_run(&request);
}

Status file_allocate(File *file, uint64_t offset, uint64_t len) {
    IoRequest request = {.op = IO_ALLOCATE, .file = file, .offset = offset, .len = len};
    return io_run(&request);
}

Status file_truncate(File *file, uint64_t size) {
    return result(file->fs->truncate(file, size), "could not truncate file", file->path);
}

Status file_size(File *file, uint64_t *size_out) {
    *size_out = 0;
    return result(file->fs->size(file, size_out), "could not stat file", file->path);
}

/* ---- names ---- */

bool file_exists(const char *path) { return current_fs()->exists(path, false); }

Status file_unlink(const char *path) {
    return result(current_fs()->unlink(path), "could not remove file", path);
}

Status file_unlink_if_exists(const char *path) {
    int e = current_fs()->unlink(path);
    return result(e == ENOENT ? 0 : e, "could not remove file", path);
}

Status file_rename(const char *from, const char *to) {
    int e = current_fs()->rename(from, to);
    if (e == 0)
        return STATUS_OK;
    return error(state_of_errno(e), "could not rename file \"%s\" to \"%s\": %s", from, to,
                 strerror(e));
}

Status file_link(const char *from, const char *to) {
    int e = current_fs()->link(from, to);
    if (e == 0)
        return STATUS_OK;
    return error(state_of_errno(e), "could not link file \"%s\" to \"%s\": %s", from, to,
                 strerror(e));
}

static Status read_open_file(File *file, Arena *arena, char **data_out, size_t *len_out) {
    uint64_t size;
    TRY(file_size(file, &size));
    if (size > READ_ALL_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "file \"%s\" is too large", file->path);
    void *data;
    TRY(arena_try_alloc(arena, size + 1, &data));
    TRY(file_read(file, data, size, 0));
    ((char *)data)[size] = '\0';
    *data_out = data;
    *len_out = size;
    return STATUS_OK;
}

Status file_read_all(const char *path, Arena *arena, char **data_out, size_t *len_out) {
    File *file;
    *data_out = NULL;
    *len_out = 0;
    TRY(file_open(path, FILE_READ, &file));
    Status status = read_open_file(file, arena, data_out, len_out);
    file_close(file);
    return status;
}

static Status write_new_file(const char *path, const void *data, size_t len) {
    File *file;
    TRY(file_open(path, FILE_CREATE | FILE_TRUNCATE, &file));
    Status status = len == 0 ? STATUS_OK : file_write(file, data, len, 0);
    if (status_ok(status))
        status = file_sync(file);
    file_close(file);
    return status;
}

/* The directory part of path into dir_out, "." where there is none. */
static Status parent_of(const char *path, char dir_out[4096]) {
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    if (len >= 4096)
        return file_error(ENAMETOOLONG, "could not open file", path);
    if (len == 0) { /* a plain name, or one in the root */
        dir_out[len++] = slash == NULL ? '.' : '/';
    } else {
        memcpy(dir_out, path, len);
    }
    dir_out[len] = '\0';
    return STATUS_OK;
}

Status file_replace(const char *path, const void *data, size_t len) {
    char temporary[4096];
    char dir[4096];
    if ((size_t)snprintf(temporary, sizeof(temporary), "%s.tmp", path) >= sizeof(temporary))
        return file_error(ENAMETOOLONG, "could not create file", path);
    TRY(parent_of(path, dir));
    TRY(write_new_file(temporary, data, len));
    TRY(file_rename(temporary, path));
    return dir_sync(dir);
}

/* ---- directories ---- */

Status dir_create(const char *path) {
    return result(current_fs()->mkdir(path), "could not create directory", path);
}

Status dir_remove(const char *path) {
    return result(current_fs()->rmdir(path), "could not remove directory", path);
}

bool dir_exists(const char *path) { return current_fs()->exists(path, true); }

Status dir_sync(const char *path) {
    const FsOps *fs = current_fs();
    File *file = file_make(fs, path);
    int e = fs->open_dir(path, file);
    if (e != 0) {
        file_discard(file);
        return file_error(e, "could not open directory", path);
    }
    Status status = file_sync(file);
    file_close(file);
    return status;
}

typedef struct NameList {
    Arena *arena;
    const char **names;
    size_t count;
    size_t capacity;
} NameList;

static void add_name(void *arg, const char *name) {
    NameList *list = arg;
    if (list->count + 1 >= list->capacity) {
        size_t capacity = MAX(list->capacity * 2, 32);
        list->names = arena_grow(list->arena, list->names, list->capacity * sizeof(char *),
                                 capacity * sizeof(char *));
        list->capacity = capacity;
    }
    list->names[list->count++] = arena_strdup(list->arena, name);
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

Status dir_list(const char *path, Arena *arena, const char ***names_out, size_t *count_out) {
    NameList list = {.arena = arena};
    int e = current_fs()->list(path, add_name, &list);
    if (list.names == NULL)
        list.names = arena_array(arena, const char *, 1);
    if (list.count > 1)
        qsort(list.names, list.count, sizeof(char *), compare_names);
    list.names[list.count] = NULL;
    *names_out = list.names;
    *count_out = list.count;
    return result(e, "could not open directory", path);
}

static Status remove_tree(const char *path, Arena *arena, int depth) {
    const char **names;
    size_t count;
    if (depth > 64)
        return file_error(ELOOP, "could not remove directory", path);
    TRY(dir_list(path, arena, &names, &count));
    for (size_t i = 0; i < count; i++) {
        const char *child = arena_printf(arena, "%s/%s", path, names[i]);
        TRY(dir_exists(child) ? remove_tree(child, arena, depth + 1) : file_unlink(child));
    }
    return dir_remove(path);
}

Status dir_remove_tree(const char *path) {
    Arena arena;
    arena_init(&arena, mem_root());
    Status status = remove_tree(path, &arena, 0);
    arena_destroy(&arena);
    return status;
}

/* ---- lock files ---- */

#define LOCK_TEXT_BYTES 4096
#define LOCK_RETRY_US 1000u
#define LOCK_WAIT_UNSURE_US 100000u
#define LOCK_WAIT_DEAD_US (60u * 1000u * 1000u)

typedef struct Hold {
    int fd;
    FiberGroup group;
} Hold;

static void hold_here(void *arg) {
    Hold *hold = arg;
    tls_worker->backend->hold(tls_worker, hold->fd);
    fiber_group_done(&hold->group);
}

/* On every worker: each has I/O in flight of its own. */
static void hold_everywhere(int fd) {
    Hold hold = {.fd = fd};
    fiber_group_init(&hold.group, (uint32_t)worker_count());
    for (int i = 0; i < worker_count(); i++)
        worker_post(i, hold_here, &hold);
    fiber_group_wait(&hold.group);
}

/* How long a lock is waited for: as long as it takes where its process is dead, a moment where that
 * is not certain. In a container a dead predecessor may have had this process's own pid. */
static uint64_t lock_patience_us(int pid) {
    bool dead = pid > 0 && pid != os_pid() && !os_process_alive(pid);
    return dead ? LOCK_WAIT_DEAD_US : LOCK_WAIT_UNSURE_US;
}

static int take_lock(const char *path, File *file, int *pid_out) {
    uint64_t start_us = clock_mono_us();
    for (;;) {
        int e = file->fs->lock(path, file, pid_out);
        bool alive = *pid_out > 0 && *pid_out != os_pid() && os_process_alive(*pid_out);
        if (e != EEXIST || alive || clock_mono_us() - start_us > lock_patience_us(*pid_out))
            return e;
        (void)fiber_sleep(LOCK_RETRY_US);
    }
}

Status lock_file_acquire(const char *path, const char *text, LockFile **lock_out) {
    File *file = file_make(current_fs(), path);
    int pid = 0;
    *lock_out = NULL;
    int e = take_lock(path, file, &pid);
    if (e != 0) {
        file_discard(file);
        if (e != EEXIST)
            return file_error(e, "could not create lock file", path);
        return status_severity(
            status_hint(error(ERR_LOCK_FILE_EXISTS, "lock file \"%s\" already exists", path),
                        "Is another server (PID %d) running in this directory?", pid),
            SEV_FATAL);
    }
    hold_everywhere(file->fd);
    Status status = lock_file_update(file, text);
    if (!status_ok(status)) {
        lock_file_release(file);
        return status;
    }
    *lock_out = file;
    return STATUS_OK;
}

Status lock_file_update(LockFile *lock, const char *text) {
    char buf[LOCK_TEXT_BYTES];
    int len = snprintf(buf, sizeof(buf), "%d\n%s", os_pid(), text);
    if (len < 0 || (size_t)len >= sizeof(buf))
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "lock file text is too long");
    TRY(file_truncate(lock, 0));
    return file_write(lock, buf, (size_t)len, 0);
}

void lock_file_release(LockFile *lock) {
    if (lock == NULL)
        return;
    (void)lock->fs->unlink(lock->path); /* while still held, so that no other's file goes */
    hold_everywhere(-1);
    file_close(lock);
}
