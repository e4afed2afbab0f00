#define _GNU_SOURCE
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "CFloors.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { KEEPERS_MAX = 1024 };
static pid_t keepers[KEEPERS_MAX];
static int keeper_count;

int cfloors_keep_awake(int processors) {
  pid_t parent = getpid();
  for (int index = 0; index < processors; index++) {
    pid_t child = fork();
    if (child < 0) return -errno;
    if (child > 0) {
      if (keeper_count < KEEPERS_MAX) keepers[keeper_count++] = child;
      continue;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct sched_param none = {0};
    if (getppid() != parent || sched_setscheduler(0, SCHED_IDLE, &none) < 0) _exit(1);
    for (volatile unsigned long turns = 0;; turns++) {}
  }
  return 0;
}

void cfloors_let_sleep(int may_sleep) {
  for (int index = 0; index < keeper_count; index++) kill(keepers[index], may_sleep ? SIGSTOP : SIGCONT);
}

int cfloors_create(const char *path, size_t length) {
  int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) return -errno;
  static char zeros[1 << 16];
  for (size_t offset = 0; offset < length; offset += sizeof zeros) {
    if (pwrite(descriptor, zeros, sizeof zeros, (off_t)offset) != (ssize_t)sizeof zeros) return -errno;
  }
  return fsync(descriptor) < 0 ? -errno : descriptor;
}

int cfloors_open_direct(const char *path) {
  int descriptor = open(path, O_RDWR | O_DIRECT | O_DSYNC | O_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}

int cfloors_write_and_sync(int descriptor, const void *bytes, size_t count, int64_t offset) {
  if (pwrite(descriptor, bytes, count, offset) != (ssize_t)count) return -errno;
  return fdatasync(descriptor) < 0 ? -errno : 0;
}

int cfloors_write_direct(int descriptor, const void *aligned, int64_t offset) {
  return pwrite(descriptor, aligned, 4096, offset) == 4096 ? 0 : -errno;
}

void *cfloors_aligned(size_t length, size_t alignment) {
  void *memory = NULL;
  return posix_memalign(&memory, alignment, length) == 0 ? memory : NULL;
}

static void change(struct cfloors_memory *memory, unsigned char *record, unsigned char *place, size_t length) {
  unsigned char value[128];
  memset(value, (int)memory->number, length);
  memcpy(value, &memory->number, sizeof memory->number);
  memcpy(memory->old_values + memory->old_used, place, length);
  memory->old_used += length;
  memcpy(place, value, length);
  size_t offset = (size_t)(place - memory->region);
  memcpy(record, &offset, 8);
  memcpy(record + 8, &length, 8);
  memcpy(record + 16, place, length);
}

void cfloors_memory_only(struct cfloors_memory *memory, int w1, size_t transactions) {
  size_t record_length = w1 ? 16 + 4 * 16 + 3 * 128 + 64 : 16 + 16 + 64;
  for (size_t done = 0; done < transactions; done++) {
    if (memory->log_used + record_length > memory->log_length) memory->log_used = 0;
    unsigned char *record = memory->log + memory->log_used;
    memory->number++;
    memory->old_used = 0;
    unsigned char *range = record + 16;
    if (w1) {
      for (int account = 0; account < 3; account++) {
        size_t slot = (size_t)(cfloors_next(&memory->random) % memory->region_slots_128);
        change(memory, range, memory->region + slot * 128, 128);
        range += 16 + 128;
      }
      change(memory, range, memory->history + memory->number % memory->history_slots * 64, 64);
    } else {
      size_t slot = (size_t)(cfloors_next(&memory->random) % memory->region_slots_64);
      change(memory, range, memory->region + slot * 64, 64);
    }
    memcpy(record, &memory->number, 8);
    uint64_t checksum = XXH3_64bits(record + 16, record_length - 16);
    memcpy(record + 8, &checksum, 8);
    memory->checksum ^= checksum;
    memory->log_used += record_length;
  }
}
