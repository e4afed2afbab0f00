#pragma once
#include <stddef.h>

// What glibc has for runs of bytes and hides from Swift.

/// Where `pattern` stands first in `bytes`; NULL where it does not.
const void *cbytes_find(const void *bytes, size_t length, const void *pattern, size_t pattern_length);
