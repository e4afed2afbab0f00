#include "CPmemobj.h"

#include <errno.h>
#include <libpmemobj.h>
#include <stdlib.h>
#include <string.h>

struct cpmemobj {
  PMEMobjpool *pool;
  PMEMoid root;
  char *bytes;
};

struct cpmemobj *cpmemobj_create(const char *path, size_t region_length) {
  struct cpmemobj *result = malloc(sizeof *result);
  if (result == NULL) return NULL;
  result->pool = pmemobj_create(path, "lrvm-bench", 2 * region_length, 0666);
  if (result->pool == NULL) {
    free(result);
    return NULL;
  }
  result->root = pmemobj_root(result->pool, region_length);
  result->bytes = pmemobj_direct(result->root);
  memset(result->bytes, 0, region_length);
  return result;
}

void cpmemobj_close(struct cpmemobj *pool) {
  pmemobj_close(pool->pool);
  free(pool);
}

int cpmemobj_change(struct cpmemobj *pool, const size_t *ranges, size_t count, const void *value) {
  int error = 0;
  TX_BEGIN(pool->pool) {
    for (size_t range = 0; range < count; range++) {
      size_t offset = ranges[2 * range], length = ranges[2 * range + 1];
      pmemobj_tx_add_range(pool->root, offset, length);
      memcpy(pool->bytes + offset, value, length);
    }
  } TX_ONABORT {
    error = errno == 0 ? EIO : errno;
  } TX_END
  return error;
}
