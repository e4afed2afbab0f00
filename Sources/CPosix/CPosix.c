#define _GNU_SOURCE
#include "CPosix.h"

#include <unistd.h>

int cposix_fdatasync(int descriptor) { return fdatasync(descriptor); }
