#pragma once
#include <stddef.h>
#include <stdint.h>

/// XXH3, 64 bits, seeded: the one checksum of log sectors and hash of states.
uint64_t cxxhash_xxh3_64(const void *bytes, size_t length, uint64_t seed);
