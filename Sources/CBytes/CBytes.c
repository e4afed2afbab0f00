#define _GNU_SOURCE
#include "CBytes.h"

#include <string.h>

const void *cbytes_find(const void *bytes, size_t length, const void *pattern, size_t pattern_length) {
  return memmem(bytes, length, pattern, pattern_length);
}
