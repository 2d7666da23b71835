/*
 * file.h: files, with calls that park the fibre and requests that do not. Layer: runtime.
 *
 * The same calls work over io_uring, over pread/pwrite, and over the simulated disk; which one is
 * a property of the calling worker. Every call marked [parks] runs on a fibre only, and is deaf to
 * interrupts (fiber_park_uninterruptible).
 *
 * Errors carry PostgreSQL's texts and codes: 58P01 no such file, 58P02 exists, 42501 permission,
 * 53100 disk full, 53000 too many open files, 58030 I/O error, XX001 a file that ends too early.
 *
 * Durability: written bytes survive a power cut after file_sync/file_datasync or a request with
 * dsync; a file's name survives after dir_sync of its directory. A failed sync may not be retried:
 * the kernel may have dropped the pages. The caller stops and recovers.
 */
#ifndef RUNTIME_FILE_H
#define RUNTIME_FILE_H

#include "base/arena.h"
#include "base/status.h"

/* A file handle. Usable from every worker of its runtime; closed once, when no request is open. */
typedef struct File File;

#define FILE_READ 0u
#define FILE_WRITE 1u     /* read and write */
#define FILE_CREATE 2u    /* create where absent (mode 0600, or 0640); implies FILE_WRITE */
#define FILE_EXCLUSIVE 4u /* with FILE_CREATE: an error where it exists */
#define FILE_TRUNCATE 8u
#define FILE_DIRECT 16u /* past the page cache: buffer, length and offset in FILE_DIRECT_ALIGN */
#define FILE_DIRECT_ALIGN 4096u

/* FILE_DIRECT is dropped silently where the file system has none. */
Status file_open(const char *path, unsigned flags, File **file_out);
void file_close(File *file);
const char *file_path(const File *file);

/* [parks] Exactly len bytes. A file that ends before: XX001 "could not read file ...: read N of M".*/
Status file_read(File *file, void *buf, size_t len, uint64_t offset);
/* [parks] Up to len bytes; fewer only at the end of the file. */
Status file_read_some(File *file, void *buf, size_t len, uint64_t offset, size_t *len_out);
/* [parks] All of it. */
Status file_write(File *file, const void *buf, size_t len, uint64_t offset);
/* [parks] All of it, durable on return (with the size, if it grew). */
Status file_write_durable(File *file, const void *buf, size_t len, uint64_t offset);
/* [parks] fsync, fdatasync. */
Status file_sync(File *file);
Status file_datasync(File *file);
/* [parks] Reserves disk space and extends the size to at least offset + len; reads as zeros. */
Status file_allocate(File *file, uint64_t offset, uint64_t len);
Status file_truncate(File *file, uint64_t size);
Status file_size(File *file, uint64_t *size_out);

/* Whole files and names. */
bool file_exists(const char *path);
Status file_unlink(const char *path);
/* No error where it is absent. */
Status file_unlink_if_exists(const char *path);
Status file_rename(const char *from, const char *to);
Status file_link(const char *from, const char *to);
/* [parks] The whole file, with a NUL behind it that is not counted. Errors: 54000 past 1 GB. */
Status file_read_all(const char *path, Arena *arena, char **data_out, size_t *len_out);
/* [parks] Writes path.tmp, syncs, renames over path, syncs the directory: old or new, never torn. */
Status file_replace(const char *path, const void *data, size_t len);

/* New files and directories of the process are the group's to read, too. */
void file_allow_group_reads(void);

Status dir_create(const char *path); /* mode 0700, or 0750; 58P02 where it exists */
Status dir_remove(const char *path); /* an empty one */
/* [parks] Removes the directory and all below it. */
Status dir_remove_tree(const char *path);
/* [parks] Makes creations, renames and removals in it durable. */
Status dir_sync(const char *path);
/* Sorted names without "." and "..", NULL-terminated. */
Status dir_list(const char *path, Arena *arena, const char ***names_out, size_t *count_out);
bool dir_exists(const char *path);

/* [parks] Holds path as this process's lock file: its first line is the pid, then text. One at a time
 * per runtime. The lock lasts until lock_file_release or the end of the process and of every write
 * that it had in flight: where the holder is dead but its I/O is not, this waits.
 * Error F0001 where another live process holds it. */
typedef struct File LockFile;
Status lock_file_acquire(const char *path, const char *text, LockFile **lock_out);
/* [parks] Replaces what follows the pid line. */
Status lock_file_update(LockFile *lock, const char *text);
/* [parks] Removes the file. */
void lock_file_release(LockFile *lock);

/*
 * A request without a fibre. The caller owns the struct and the buffer, and leaves both alone until
 * done runs, on the submitting worker's own stack, from its loop (never inside io_submit). done may
 * submit the request again or free it. Bytes of several open requests that overlap: undefined.
 */
typedef enum IoOp { IO_READ, IO_WRITE, IO_SYNC, IO_DATASYNC, IO_ALLOCATE } IoOp;

typedef struct IoRequest {
    /* in */
    File *file;
    void *buf; /* IO_WRITE only reads it */
    uint64_t offset;
    uint64_t len;
    IoOp op;
    bool dsync; /* IO_WRITE: durable before done */
    void (*done)(struct IoRequest *request);
    void *arg;
    /* out */
    int error_number;    /* 0 or an errno */
    uint64_t done_bytes; /* a write without error did all of len; a read less only at the end */
    /* the backend's */
    uint64_t backend[4];
} IoRequest;

/* On a worker, from a fibre or a callback. Goes to the kernel at the worker's next turn at the
 * latest. */
void io_submit(IoRequest *request);
/* Hands what was submitted to the kernel now, where the worker will not turn soon. */
void io_kick(void);
/* Ok, or what the finished request says, with the file's name. A short read is an error. */
Status io_status(const IoRequest *request);
/* [parks] io_submit and wait; done and arg are overwritten. */
Status io_run(IoRequest *request);

/* The error for errno e. verb: "could not open file". */
Status file_error(int e, const char *verb, const char *path);

#endif
