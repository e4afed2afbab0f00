#pragma once
#include <stdbool.h>
#include <stddef.h>

/// Whether allocations are counted: not under a sanitizer, which has an allocator of its own.
bool callocations_are_counted(void);

/// How often the calling thread has allocated memory so far.
size_t callocations_of_this_thread(void);

/// The same less how often it has freed memory.
ptrdiff_t callocations_kept_by_this_thread(void);
