#define _GNU_SOURCE
#include "CThreads.h"

#include <sched.h>

int cthreads_processor(void) { return sched_getcpu(); }

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
