#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Stores to memory that survives, in the order in which the program makes them, and what makes them permanent.
//
// A compiler may exchange stores that no thread could tell apart; a crash could. And a processor without total store order
// (Arm) may let them reach memory in another order. A store here is one instruction, and stays between what comes before and
// after it; on x86-64 that takes no instruction of its own.

/// Keeps the stores before it from changing places with those after it.
static inline void cmemory_order(void) { __atomic_thread_fence(__ATOMIC_ACQ_REL); }

#define CMEMORY_STORE(bits)                                                          \
  static inline void cmemory_store##bits(void *place, uint##bits##_t value) {       \
    __atomic_thread_fence(__ATOMIC_ACQ_REL);                                         \
    __atomic_store_n((uint##bits##_t *)place, value, __ATOMIC_RELAXED);              \
    __atomic_thread_fence(__ATOMIC_ACQ_REL);                                         \
  }
CMEMORY_STORE(8)
CMEMORY_STORE(16)
CMEMORY_STORE(32)
CMEMORY_STORE(64)
#undef CMEMORY_STORE

/// Copies bytes between the stores before it and those after it. Not more than 8 bytes of it are one store.
static inline void cmemory_copy(void *target, const void *source, size_t length) {
  __atomic_thread_fence(__ATOMIC_ACQ_REL);
  memcpy(target, source, length);
  __atomic_thread_fence(__ATOMIC_ACQ_REL);
}

/// Whether `cmemory_flush` writes lines back on this kind of processor.
static inline int cmemory_can_flush(void) {
#if defined(__x86_64__)
  return 1;
#else
  return 0;
#endif
}

/// Has the cache line of an address written to memory, by `cmemory_fence` at the latest (CLFLUSHOPT, which every
/// x86-64 processor with persistent memory has).
static inline void cmemory_flush(const void *address) {
#if defined(__x86_64__)
  __asm__ __volatile__("clflushopt %0" : "+m"(*(volatile char *)address));
#else
  (void)address;
#endif
}

/// Returns once the lines that this thread flushed are in memory.
static inline void cmemory_fence(void) {
#if defined(__x86_64__)
  __asm__ __volatile__("sfence" ::: "memory");
#else
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}
