#include "CProcessor.h"

#include <stdatomic.h>

unsigned cprocessor_thread_number(void) {
  static atomic_uint numbers;
  static _Thread_local unsigned number;
  if (number == 0) number = atomic_fetch_add_explicit(&numbers, 1, memory_order_relaxed) + 1;
  return number;
}

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_THREAD_SANITIZER 1
#endif
#endif

#ifdef HAS_THREAD_SANITIZER
void __tsan_read_range(const void *start, size_t length);
void __tsan_write_range(const void *start, size_t length);

void cprocessor_note_read(const void *start, size_t length) { __tsan_read_range(start, length); }
void cprocessor_note_write(const void *start, size_t length) { __tsan_write_range(start, length); }
#else
void cprocessor_note_read(const void *start, size_t length) {}
void cprocessor_note_write(const void *start, size_t length) {}
#endif
