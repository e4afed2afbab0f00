#pragma once

/// Begins to fetch the cache line of an address, to be written to; any address will do.
static inline void cprocessor_prefetch(const void *address) { __builtin_prefetch(address, 1); }

/// Tells the processor that the thread looks at one place of memory until another thread changes it.
static inline void cprocessor_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}
