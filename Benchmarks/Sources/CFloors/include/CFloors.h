#pragma once
#include <stddef.h>
#include <stdint.h>

// What the machine can do at best, without an engine: a log and no recovery.

/// Draws the places of transactions, the same in C and in Swift (SplitMix64).
static inline uint64_t cfloors_next(uint64_t *state) {
  uint64_t mixed = (*state += 0x9E3779B97F4A7C15u);
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
  return mixed ^ (mixed >> 31);
}

/// Starts a process for each processor that keeps it from sleeping while nothing else runs (SCHED_IDLE: whatever
/// else wants to run takes its place at once). It ends with this process. 0, or the negative errno.
///
/// A virtual processor that sleeps may be told of a finished write only at the next tick, 4 ms later: then a single
/// thread that waits for the disk measures the tick.
int cfloors_keep_awake(int processors);
/// Stops those processes, or lets them go on. A processor that only they use is not idle to the system, which then leaves two threads
/// on the other one.
void cfloors_let_sleep(int may_sleep);

/// A file of `length` bytes, written once and synced; or the negative errno.
int cfloors_create(const char *path, size_t length);
/// The same file again, for direct writes, each of which is durable when it returns; or the negative errno.
int cfloors_open_direct(const char *path);
/// Floor A: `count` bytes at `offset`, then a data sync. 0, or the negative errno.
int cfloors_write_and_sync(int descriptor, const void *bytes, size_t count, int64_t offset);
/// Floor B: one direct write of 4 KiB. 0, or the negative errno.
int cfloors_write_direct(int descriptor, const void *aligned, int64_t offset);
/// Memory of this alignment.
void *cfloors_aligned(size_t length, size_t alignment);

/// The memory that the memory-only floor works on.
struct cfloors_memory {
  unsigned char *region;
  size_t region_slots_128;
  size_t region_slots_64;
  unsigned char *history;
  size_t history_slots;
  unsigned char *log;
  size_t log_length;
  size_t log_used;
  /// What a transaction would bring back if it aborted.
  unsigned char old_values[512];
  size_t old_used;
  uint64_t random;
  uint64_t number;
  uint64_t checksum;
};

/// The memory-only floor: for each transaction keep the old bytes, change them, copy them behind each other with a header of 16 bytes
/// for each range and one for the transaction, and checksum these. `w1`: debit-credit, else one range of 64 bytes.
void cfloors_memory_only(struct cfloors_memory *memory, int w1, size_t transactions);
