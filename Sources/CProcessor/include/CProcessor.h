#pragma once

#include <stddef.h>

/// Begins to fetch the cache line of an address, to be written to; any address will do.
static inline void cprocessor_prefetch(const void *address) { __builtin_prefetch(address, 1); }

/// A small number of the calling thread's, of its own as long as the process has no more than 2^32 threads in its life.
unsigned cprocessor_thread_number(void);

/// Lets ThreadSanitizer see an access. It sees those of code that is compiled under it, and neither the Swift library's, nor
/// the C library's when the Swift library is what calls it. Elsewhere they do nothing.
void cprocessor_note_read(const void *start, size_t length);
void cprocessor_note_write(const void *start, size_t length);
