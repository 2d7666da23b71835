/* sim_int.h: the simulated disk, as sim.c drives it. Layer: runtime, private. */
#ifndef RUNTIME_SIM_INT_H
#define RUNTIME_SIM_INT_H

#include "runtime/runtime_int.h"
#include "runtime/sim.h"

typedef struct SimFile SimFile;

/* A name: what it means now, and what it would mean after a crash. */
typedef struct SimEntry {
    char *path;
    SimFile *now;     /* NULL: no such name */
    SimFile *durable; /* the same on disk */
} SimEntry;

/* One change of names that is not durable yet. */
typedef struct SimNameOp SimNameOp;

typedef struct SimDisk {
    MemAccount *account;
    Rng *rng;
    SimEntry *entries; /* sorted by path */
    size_t entry_count;
    size_t entry_capacity;
    ListNode files;    /* every SimFile */
    ListNode name_ops; /* oldest first */
    ListNode handles;  /* open Files, by sim_node */
    uint64_t used_bytes;
    uint64_t bytes_max; /* 0: unlimited */
} SimDisk;

void sim_disk_init(SimDisk *disk, MemAccount *account, Rng *rng);
void sim_disk_destroy(SimDisk *disk);
void sim_disk_copy(SimDisk *to, const SimDisk *from);
/* Chooses what survives a crash. */
void sim_disk_crash(SimDisk *disk);

/* Names. 0 or an errno. */
int sim_disk_open(SimDisk *disk, const char *path, unsigned flags, SimFile **file_out);
int sim_disk_open_dir(SimDisk *disk, const char *path, SimFile **file_out);
int sim_disk_mkdir(SimDisk *disk, const char *path);
int sim_disk_remove(SimDisk *disk, const char *path, bool dir);
int sim_disk_rename(SimDisk *disk, const char *from, const char *to);
int sim_disk_link(SimDisk *disk, const char *from, const char *to);
int sim_disk_list(SimDisk *disk, const char *path, void (*each)(void *arg, const char *name),
                  void *arg);
/* Makes the changes of names in a directory durable. */
void sim_disk_sync_dir(SimDisk *disk, const char *path);
SimFile *sim_disk_find(SimDisk *disk, const char *path);

/* Content. */
bool sim_file_is_dir(const SimFile *file);
uint64_t sim_file_bytes(const SimFile *file);
void sim_file_ref(SimFile *file);
void sim_file_unref(SimDisk *disk, SimFile *file);
bool sim_file_lock(SimFile *file); /* false: held */
void sim_file_unlock(SimFile *file);
size_t sim_file_read(const SimFile *file, void *buf, size_t len, uint64_t offset);
/* Writes to the volatile image. ENOSPC writes nothing. */
int sim_file_write(SimDisk *disk, SimFile *file, const void *data, size_t len, uint64_t offset);
int sim_file_extend(SimDisk *disk, SimFile *file, uint64_t size);
void sim_file_truncate(SimDisk *disk, SimFile *file, uint64_t size);
/* Makes the dirty sectors of a range durable, and the size with them. */
void sim_file_sync_range(SimFile *file, uint64_t offset, uint64_t len);
void sim_file_sync(SimDisk *disk, SimFile *file);
/* A sync that failed: some sectors durable, the rest never. */
void sim_file_sync_failed(SimDisk *disk, SimFile *file);
/* An open write at a crash: each sector lands on the disk or does not. */
void sim_file_tear(SimDisk *disk, SimFile *file, const void *data, size_t len, uint64_t offset);
/* The kernel writes the range's dirty sectors back by itself. */
void sim_file_writeback(SimFile *file, uint64_t offset, uint64_t len);
/* Both images. */
bool sim_file_tamper(SimFile *file, uint64_t offset, const void *data, size_t len);
uint64_t sim_disk_durable_hash(const SimDisk *disk);

#endif
