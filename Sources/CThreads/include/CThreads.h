#pragma once
#include <pthread.h>

// What glibc has for threads and processors and hides from Swift.

/// The number of the processor `steps` after the one that the calling thread runs on (0: that one), among those that it may run on, round and round;
/// negative where the system does not say.
int cthreads_processor_after(int steps);

/// Lets threads made with `attributes` run on one processor alone; 0, or an error number.
int cthreads_pin(pthread_attr_t *attributes, int processor);

/// Lets a thread run on one processor alone from now on; 0, or an error number.
int cthreads_move(pthread_t thread, int processor);
