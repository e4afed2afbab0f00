#include "CAllocations.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

static _Thread_local size_t count;
static _Thread_local ptrdiff_t kept;

size_t callocations_of_this_thread(void) { return count; }
ptrdiff_t callocations_kept_by_this_thread(void) { return kept; }

#include <features.h>
#if SANITIZED || !defined(__GLIBC__)

bool callocations_are_counted(void) { return false; }

#else

// Defined in the program, these take the place of the C library's own, which it also has under other names.
#include <errno.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

bool callocations_are_counted(void) { return true; }

void __libc_free(void *);

static void allocated(void) {
  count++;
  kept++;
}

void *malloc(size_t length) {
  allocated();
  return __libc_malloc(length);
}

void *calloc(size_t elements, size_t length) {
  allocated();
  return __libc_calloc(elements, length);
}

void *realloc(void *memory, size_t length) {
  count++;
  if (memory == NULL) kept++;
  return __libc_realloc(memory, length);
}

void *aligned_alloc(size_t alignment, size_t length) {
  allocated();
  return __libc_memalign(alignment, length);
}

int posix_memalign(void **memory, size_t alignment, size_t length) {
  allocated();
  void *found = __libc_memalign(alignment, length);
  if (found == NULL) return ENOMEM;
  *memory = found;
  return 0;
}

void free(void *memory) {
  if (memory != NULL) kept--;
  __libc_free(memory);
}

#endif
