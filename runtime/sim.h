/*
 * sim.h: a whole machine that obeys a seed. Layer: runtime.
 *
 * A Sim is a one-worker runtime on the calling thread with virtual time and disk in memory. The
 * same seed and the same program give the same run, byte for byte. Several may live side by side,
 * on one thread or many; they share nothing.
 *
 *     Sim *sim = sim_create(seed);
 *     sim_set_crash_at(sim, n);                      crash at the n-th I/O from now
 *     if (sim_run(sim, workload, &w) == SIM_CRASHED)
 *         sim_crash(sim);                            what survives is chosen now
 *     sim_run(sim, recover_and_verify, &v);
 *     sim_destroy(sim);
 *
 * Disk. Each file has a volatile and a durable image in sectors of 512 bytes. A write changes the
 * volatile image when it completes, after a random delay (open requests complete in any order); a
 * sync or dsync write makes durable what it covers. At a crash every sector that was written since
 * its last sync, and every sector of a write still open, keeps either its old or its new content,
 * each by chance. Now and then the simulated kernel writes a dirty sector back by itself, so
 * intermediate contents survive too. Sizes likewise. Names: creations, renames and removals of one
 * directory are durable after its dir_sync; at a crash a random prefix of the later ones survives.
 * file_sync does not make a name durable.
 *
 * Requests check their buffers: changing one while its write is open ends the process.
 */
#ifndef RUNTIME_SIM_H
#define RUNTIME_SIM_H

#include "runtime/random.h"
#include "runtime/worker.h"

typedef struct Sim Sim;

Sim *sim_create(uint64_t seed);
void sim_destroy(Sim *sim);
/* A copy of the disk as it stands between two runs, with a fresh worker and seed: to try many ends
 * of one story. */
Sim *sim_clone(Sim *sim, uint64_t seed);

typedef enum SimResult {
    SIM_DONE,    /* every fibre returned */
    SIM_CRASHED, /* a crash was due; every fibre is abandoned, its stack gone */
    SIM_STUCK    /* fibres are parked and nothing will wake them; they are abandoned */
} SimResult;

/* Runs fn on a fibre until every fibre has returned. Not from inside a fibre of the same Sim. After
 * a crash, memory that abandoned fibres held is the caller's to find: let instances own theirs, so
 * that many seeds fit in one process. Leak checkers are told to look away. */
SimResult sim_run(Sim *sim, FiberFn fn, void *arg);

/* The sim's current time, and moving it by hand between runs. */
uint64_t sim_now_us(const Sim *sim);
Runtime *sim_runtime(Sim *sim);
/* The run's random numbers: drawing from it inside a fibre keeps the replay exact. */
Rng *sim_rng(Sim *sim);

/* Crash when the n-th I/O request from now starts (1: the next; 0: never). Metadata calls count. */
void sim_set_crash_at(Sim *sim, uint64_t nth_io);
/* Crash as soon as the caller parks or returns to the scheduler; does not return on a fibre. */
void sim_crash_now(void);
/* Chooses what survives, drawing from the sim's generator. Between runs; also without a crash due,
 * as a power cut at rest. Handles that abandoned fibres held may still be closed; those that are not
 * go with the Sim. */
void sim_crash(Sim *sim);
/* I/O requests since creation. */
uint64_t sim_io_count(const Sim *sim);

/* Faults. Rates are per million requests; zero: never. A failed sync makes some sectors durable, and
 * the others never, however often it is tried again. sim_create sets writeback_ppm to 100,000 and the
 * rest to zero. */
typedef struct SimFaults {
    uint32_t read_eio_ppm;
    uint32_t write_eio_ppm;
    uint32_t sync_eio_ppm;
    uint32_t bit_flip_ppm;    /* a read returns one wrong bit, the disk keeps the right one */
    uint32_t rot_ppm;         /* a write stores one wrong bit */
    uint32_t misdirect_ppm;   /* a write lands elsewhere in its file, at a multiple of its length */
    uint32_t lost_write_ppm;  /* a write reports success and does nothing */
    uint32_t lost_sync_ppm;   /* a sync or dsync reports success and makes nothing durable */
    uint64_t fail_at_io;      /* absolute count of sim_io_count that gets EIO; 0: none */
    uint64_t disk_bytes_max;  /* allocated beyond it: ENOSPC; 0: unlimited */
    uint32_t short_read_ppm;  /* a read ends early, as if the file did */
    uint32_t writeback_ppm;   /* dirty sectors become durable by themselves before a write */
    uint32_t io_delay_us_max; /* each request takes 1 .. this; 0: 200 */
} SimFaults;
void sim_set_faults(Sim *sim, const SimFaults *faults);

/* Tampering with both images, between runs. False where path has no such byte. */
bool sim_flip_bit(Sim *sim, const char *path, uint64_t bit);
bool sim_overwrite(Sim *sim, const char *path, uint64_t offset, const void *data, size_t len);
/* The size of a file; false where absent. */
bool sim_file_size(Sim *sim, const char *path, uint64_t *size_out);
/* The n-th file in order of path, NULL at the end. Valid until a name changes. */
const char *sim_file_name(Sim *sim, size_t n);
/* A hash of every durable name and byte: equal for equal disks. */
uint64_t sim_disk_hash(Sim *sim);

#endif
