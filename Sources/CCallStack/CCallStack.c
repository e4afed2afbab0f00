#define UNW_LOCAL_ONLY
#include "CCallStack.h"

#include <libunwind.h>

int ccallstack_capture(uintptr_t *addresses, int capacity) {
  return unw_backtrace((void **)addresses, capacity);
}
