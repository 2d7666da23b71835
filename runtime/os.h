/* os.h: what else a process asks of its system. Layer: runtime. */
#ifndef RUNTIME_OS_H
#define RUNTIME_OS_H

#include "base/arena.h"
#include "base/status.h"

#include <sys/types.h>

/* Zeroed memory straight from the kernel, page-aligned, in huge pages where want_huge and the
 * system has them to give. NULL where it has none. Not accounted: the caller does that. */
void *os_map(size_t bytes, bool want_huge);
void os_unmap(void *ptr, size_t bytes);
/* Memory of os_map that is about to be written for the first time: has the kernel clear its pages in
 * the background, where the ring can. A hint; does not wait. On a worker. */
void os_populate(void *ptr, size_t bytes);

int os_cpu_count(void); /* that the process may use */
int os_pid(void);
/* Processor time that the process has used, in microseconds. */
void os_process_times(uint64_t *user_us_out, uint64_t *system_us_out);
uid_t os_uid(void);
/* The name of a user id; false where it has none. */
bool os_user_name(uid_t uid, char *name_out, size_t capacity);
bool os_group_name(gid_t gid, char *name_out, size_t capacity);
/* An environment variable or NULL. */
const char *os_env(const char *name);
/* A whole small file of the machine's (never of a data directory: no ring, no simulation; blocks).
 * NULL where it cannot be read or is larger than 1 MB. The caller frees it with os_file_free. */
char *os_read_system_file(const char *path, size_t *len_out);
void os_file_free(char *data);
/* What the file system knows of a path; times in microseconds since 1970. False: it is not there. */
typedef struct OsFileInfo {
    uint64_t size;
    int64_t accessed_us, modified_us, changed_us;
    bool is_directory, is_regular;
    uid_t owner;
    uint32_t mode; /* rights: the lower nine bits */
} OsFileInfo;
/* errno says why not. */
bool os_set_file_mode(const char *path, uint32_t mode);
bool os_file_info(const char *path, OsFileInfo *info_out);
/* A whole text file of the configuration (blocks; for small files outside of the engine's care), with
 * a NUL behind it, on arena. Returns 0 or an errno; EFBIG past 16 MB. */
int os_read_text_file(const char *path, Arena *arena, char **text_out, size_t *len_out);
/*
 * Runs a command by the shell and gives the first line of its output, its end included, cut to capacity - 1
 * bytes. Blocks until the command has ended. Returns 0 or an errno; *wait_status_out is waitpid's.
 */
int os_command_line(const char *command, char *line_out, size_t capacity, int *wait_status_out);
/* What such a status says: "child process exited with exit code 1". On arena. */
const char *os_wait_status_text(Arena *arena, int wait_status);
/* path itself where it is absolute, else below the working directory; on arena. */
const char *os_absolute_path(const char *path, Arena *arena);
/*
 * Is the address (4 or 16 bytes in network order) one of this machine's interfaces, or, with
 * whole_net, in the network of one? False also where the system does not tell.
 */
bool os_interface_has(const uint8_t *address, size_t bytes, bool whole_net);

/* True if process pid exists. */
bool os_process_alive(pid_t pid);
/* The limit on open files, raised to the hard limit. */
uint64_t os_raise_file_limit(void);

/* The memory this process may use: the machine's, or less where its control group or limit of address
 * space says so. */
uint64_t os_memory_bytes(void);
/* Ends the process at once: no handlers, no flushing. */
void os_exit_now(int code) __attribute__((noreturn));

#endif
