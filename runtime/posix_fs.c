/* posix_fs.c: names and handles in the real file system. Short calls that do not wait for a disk. */
#include "runtime/runtime_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* What new files and directories may be used for by others; atomic, process-wide. */
static _Atomic mode_t file_mode = 0600, dir_mode = 0700;

void file_allow_group_reads(void) {
    atomic_store(&file_mode, 0640);
    atomic_store(&dir_mode, 0750);
}

static int posix_open(const char *path, unsigned flags, File *file) {
    int mode = O_CLOEXEC;
    mode |= flags & (FILE_WRITE | FILE_CREATE) ? O_RDWR : O_RDONLY;
    mode |= flags & FILE_CREATE ? O_CREAT : 0;
    mode |= flags & FILE_EXCLUSIVE ? O_EXCL : 0;
    mode |= flags & FILE_TRUNCATE ? O_TRUNC : 0;
    file->direct = (flags & FILE_DIRECT) != 0;
    file->fd = open(path, mode | (file->direct ? O_DIRECT : 0), atomic_load(&file_mode));
    if (file->fd < 0 && errno == EINVAL && file->direct) {
        /* Some file systems create the file before they refuse O_DIRECT. */
        file->direct = false;
        file->fd = open(path, mode & ~O_EXCL, atomic_load(&file_mode));
    }
    return file->fd < 0 ? errno : 0;
}

static void posix_close(File *file) { close(file->fd); }

static int posix_truncate(File *file, uint64_t size) {
    return ftruncate(file->fd, (off_t)size) == 0 ? 0 : errno;
}

static int posix_size(File *file, uint64_t *size_out) {
    struct stat st;
    if (fstat(file->fd, &st) != 0)
        return errno;
    *size_out = (uint64_t)st.st_size;
    return 0;
}

static int posix_unlink(const char *path) { return unlink(path) == 0 ? 0 : errno; }

static int posix_rename(const char *from, const char *to) {
    return rename(from, to) == 0 ? 0 : errno;
}

static int posix_link(const char *from, const char *to) { return link(from, to) == 0 ? 0 : errno; }

static int posix_mkdir(const char *path) {
    return mkdir(path, atomic_load(&dir_mode)) == 0 ? 0 : errno;
}

static int posix_rmdir(const char *path) { return rmdir(path) == 0 ? 0 : errno; }

static int posix_open_dir(const char *path, File *file) {
    file->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return file->fd < 0 ? errno : 0;
}

static int posix_list(const char *path, void (*each)(void *arg, const char *name), void *arg) {
    DIR *dir = opendir(path);
    if (dir == NULL)
        return errno;
    errno = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL; errno = 0) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            each(arg, entry->d_name);
    }
    int e = errno;
    closedir(dir);
    return e;
}

static bool posix_exists(const char *path, bool want_dir) {
    struct stat st;
    return stat(path, &st) == 0 && (!want_dir || S_ISDIR(st.st_mode));
}

/* True if path still names the open file: a holder that let go may have removed it. */
static bool is_current(const char *path, int fd) {
    struct stat named, held;
    return stat(path, &named) == 0 && fstat(fd, &held) == 0 && named.st_dev == held.st_dev &&
           named.st_ino == held.st_ino;
}

static void read_pid(int fd, int *pid_out) {
    char text[32] = {0};
    if (pread(fd, text, sizeof(text) - 1, 0) > 0)
        sscanf(text, "%d", pid_out);
}

/* The kernel's lock on the file tells a live holder from a file that a crash left behind. */
static int posix_lock(const char *path, File *file, int *pid_out) {
    *pid_out = 0;
    file->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, atomic_load(&file_mode));
    if (file->fd < 0)
        return errno;
    int e = flock(file->fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    if (e == 0 && is_current(path, file->fd))
        return 0;
    if (e == EWOULDBLOCK)
        read_pid(file->fd, pid_out);
    close(file->fd);
    return e == 0 || e == EWOULDBLOCK ? EEXIST : e;
}

const FsOps posix_fs = {
    .open = posix_open,
    .close = posix_close,
    .truncate = posix_truncate,
    .size = posix_size,
    .unlink = posix_unlink,
    .rename = posix_rename,
    .link = posix_link,
    .mkdir = posix_mkdir,
    .rmdir = posix_rmdir,
    .open_dir = posix_open_dir,
    .list = posix_list,
    .exists = posix_exists,
    .lock = posix_lock,
};
