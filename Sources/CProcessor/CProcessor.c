#include "CProcessor.h"

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
