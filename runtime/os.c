#include "runtime/os.h"

#include "base/arena.h"

#include <errno.h>
#include <grp.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSTEM_FILE_MAX (1024u * 1024u)
#define TEXT_FILE_MAX ((size_t)16 << 20)
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

static uint64_t microseconds(struct timeval t) {
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_usec;
}

void os_process_times(uint64_t *user_us_out, uint64_t *system_us_out) {
    struct rusage usage = {0};
    getrusage(RUSAGE_SELF, &usage);
    *user_us_out = microseconds(usage.ru_utime);
    *system_us_out = microseconds(usage.ru_stime);
}

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

static int64_t time_us(struct timespec t) { return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000; }

bool os_file_info(const char *path, OsFileInfo *info_out) {
    struct stat st;
    if (stat(path, &st) != 0)
        return false;
    *info_out = (OsFileInfo){.size = (uint64_t)st.st_size,
                             .accessed_us = time_us(st.st_atim),
                             .modified_us = time_us(st.st_mtim),
                             .changed_us = time_us(st.st_ctim),
                             .is_directory = S_ISDIR(st.st_mode),
                             .is_regular = S_ISREG(st.st_mode),
                             .owner = st.st_uid,
                             .mode = st.st_mode & 0777u};
    return true;
}

bool os_set_file_mode(const char *path, uint32_t mode) { return chmod(path, (mode_t)mode) == 0; }

int os_command_line(const char *command, char *line_out, size_t capacity, int *wait_status_out) {
    line_out[0] = '\0';
    *wait_status_out = 0;
    FILE *f = popen(command, "re");
    if (f == NULL)
        return errno;
    int code = fgets(line_out, (int)capacity, f) == NULL && ferror(f) != 0 ? errno : 0;
    int ended = pclose(f);
    if (ended == -1)
        return errno;
    *wait_status_out = ended;
    return code;
}

const char *os_wait_status_text(Arena *arena, int wait_status) {
    if (WIFSIGNALED(wait_status))
        return arena_printf(arena, "child process was terminated by signal %d: %s",
                            WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
    int code = WEXITSTATUS(wait_status);
    return code == 126   ? "command not executable"
           : code == 127 ? "command not found"
                         : arena_printf(arena, "child process exited with exit code %d", code);
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

uint64_t os_memory_bytes(void) {
    uint64_t bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        limit.rlim_cur < bytes)
        bytes = limit.rlim_cur;
    FILE *f = fopen("/sys/fs/cgroup/memory.max", "rb");
    if (f != NULL) {
        char digits[32] = "";
        size_t len = fread(digits, 1, sizeof(digits) - 1, f);
        fclose(f);
        digits[len] = '\0';
        uint64_t group_bytes = strtoull(digits, NULL, 10); /* "max" reads as 0 */
        if (group_bytes != 0 && group_bytes < bytes)
            bytes = group_bytes;
    }
    return bytes;
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

int os_read_text_file(const char *path, Arena *arena, char **text_out, size_t *len_out) {
    *text_out = NULL;
    *len_out = 0;
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return errno;
    size_t len = 0, capacity = 16384;
    char *text = arena_alloc(arena, capacity);
    for (;;) {
        size_t n = fread(text + len, 1, capacity - len - 1, f);
        len += n;
        if (n == 0)
            break;
        if (len + 1 < capacity)
            continue;
        text = arena_grow(arena, text, capacity, capacity * 2);
        capacity *= 2;
        if (capacity > TEXT_FILE_MAX)
            break;
    }
    int error_number = ferror(f) != 0 ? (errno != 0 ? errno : EIO) : 0;
    fclose(f);
    if (capacity > TEXT_FILE_MAX)
        return EFBIG;
    text[len] = '\0';
    *text_out = text;
    *len_out = len;
    return error_number;
}

const char *os_absolute_path(const char *path, Arena *arena) {
    char directory[4096];
    if (path[0] == '/' || getcwd(directory, sizeof(directory)) == NULL)
        return path;
    return arena_printf(arena, "%s/%s", directory, path);
}

static bool same_network(const uint8_t *a, const uint8_t *b, const uint8_t *mask, size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        if (((a[i] ^ b[i]) & (mask == NULL ? 0xff : mask[i])) != 0)
            return false;
    return true;
}

static const uint8_t *socket_bytes(const struct sockaddr *address) {
    return address->sa_family == AF_INET6
               ? (const uint8_t *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr
               : (const uint8_t *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;
}

bool os_interface_has(const uint8_t *address, size_t bytes, bool whole_net) {
    struct ifaddrs *all;
    if (getifaddrs(&all) != 0)
        return false;
    int family = bytes == 4 ? AF_INET : AF_INET6;
    bool found = false;
    for (const struct ifaddrs *i = all; i != NULL && !found; i = i->ifa_next) {
        if (i->ifa_addr == NULL || i->ifa_addr->sa_family != family)
            continue;
        const uint8_t *mask =
            whole_net && i->ifa_netmask != NULL ? socket_bytes(i->ifa_netmask) : NULL;
        found = same_network(address, socket_bytes(i->ifa_addr), mask, bytes);
    }
    freeifaddrs(all);
    return found;
}
