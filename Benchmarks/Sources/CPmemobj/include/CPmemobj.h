#pragma once
#include <stddef.h>
#include <stdint.h>

// libpmemobj's transactions, on a pool of which the benchmark's records are the root object.

struct cpmemobj;

/// Makes a pool and opens it; NULL with errno where that fails. A path on tmpfs needs PMEM_IS_PMEM_FORCE=1.
struct cpmemobj *cpmemobj_create(const char *path, size_t region_length);
void cpmemobj_close(struct cpmemobj *pool);

/// A transaction: adds the ranges (pairs of offset and length) and writes `value` to each. 0, or the errno.
int cpmemobj_change(struct cpmemobj *pool, const size_t *ranges, size_t count, const void *value);
