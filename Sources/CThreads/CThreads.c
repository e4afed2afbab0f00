#define _GNU_SOURCE
#include "CThreads.h"

#include <sched.h>

int cthreads_processor_after(int steps) {
  cpu_set_t allowed;
  int processor = sched_getcpu();
  if (processor < 0 || sched_getaffinity(0, sizeof allowed, &allowed) != 0) return -1;
  for (int left = steps % CPU_COUNT(&allowed); left > 0; left -= 1) {
    do processor = (processor + 1) % CPU_SETSIZE;
    while (!CPU_ISSET(processor, &allowed));
  }
  return processor;
}

int cthreads_pin(pthread_attr_t *attributes, int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return pthread_attr_setaffinity_np(attributes, sizeof set, &set);
}

int cthreads_move(pthread_t thread, int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return pthread_setaffinity_np(thread, sizeof set, &set);
}
