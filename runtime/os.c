#include "runtime/os.h"

#include "base/arena.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_FILE_MAX (1024u * 1024u)
#define HUGE_BYTES (2u * 1024u * 1024u)

void *os_map(size_t bytes, bool want_huge) {
    bool huge = want_huge && bytes >= HUGE_BYTES;
    size_t slack = huge ? HUGE_BYTES : 0;
    char *map = mmap(NULL, bytes + slack, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED)
        return NULL;
    if (!huge)
        return map;
    /* Huge pages need their own alignment: cut the ends off. */
    char *start = (char *)ALIGN_UP((uintptr_t)map, (uintptr_t)HUGE_BYTES);
    if (start > map)
        munmap(map, (size_t)(start - map));
    if (map + slack > start)
        munmap(ALIGN_UP(bytes, (size_t)4096) + start, (size_t)(map + slack - start));
    madvise(start, bytes, MADV_HUGEPAGE);
    return start;
}

void os_unmap(void *ptr, size_t bytes) {
    if (ptr != NULL)
        munmap(ptr, bytes);
}

int os_cpu_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return 1;
    return MAX(CPU_COUNT(&set), 1);
}

int os_pid(void) { return getpid(); }

uid_t os_uid(void) { return geteuid(); }

bool os_user_name(uid_t uid, char *name_out, size_t capacity) {
    struct passwd entry, *found = NULL;
    char buf[4096];
    *name_out = '\0';
    if (getpwuid_r(uid, &entry, buf, sizeof(buf), &found) != 0 || found == NULL)
        return false;
    snprintf(name_out, capacity, "%s", found->pw_name);
    return true;
}

bool os_group_name(gid_t gid, char *name_out, size_t capacity) {
    struct group entry, *found = NULL;
    char buf[4096];
    *name_out = '\0';
    if (getgrgid_r(gid, &entry, buf, sizeof(buf), &found) != 0 || found == NULL)
        return false;
    snprintf(name_out, capacity, "%s", found->gr_name);
    return true;
}

static int64_t time_us(struct timespec t) {
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

bool os_file_info(const char *path, OsFileInfo *info_out) {
    struct stat st;
    if (stat(path, &st) != 0)
        return false;
    *info_out = (OsFileInfo){.size = (uint64_t)st.st_size,
                             .accessed_us = time_us(st.st_atim),
                             .modified_us = time_us(st.st_mtim),
                             .changed_us = time_us(st.st_ctim),
                             .is_directory = S_ISDIR(st.st_mode)};
    return true;
}

const char *os_env(const char *name) { return getenv(name); }

bool os_process_alive(pid_t pid) { return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM); }

uint64_t os_raise_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    if (limit.rlim_cur < limit.rlim_max) {
        struct rlimit raised = {limit.rlim_max, limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit = raised;
    }
    return limit.rlim_cur;
}

void os_exit_now(int code) { _exit(code); }

char *os_read_system_file(const char *path, size_t *len_out) {
    *len_out = 0;
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return NULL;
    char *data = mem_alloc(mem_root(), SYSTEM_FILE_MAX);
    size_t n = fread(data, 1, SYSTEM_FILE_MAX, f);
    bool bad = ferror(f) != 0 || n == SYSTEM_FILE_MAX;
    fclose(f);
    if (bad) {
        os_file_free(data);
        return NULL;
    }
    *len_out = n;
    return data;
}

void os_file_free(char *data) {
    if (data != NULL)
        mem_free(mem_root(), data, SYSTEM_FILE_MAX);
}
