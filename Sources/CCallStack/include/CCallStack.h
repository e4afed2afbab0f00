#pragma once
#include <stdint.h>

/// Fills `addresses` with the return addresses of the calling thread's stack, innermost first; how many.
int ccallstack_capture(uintptr_t *addresses, int capacity);
