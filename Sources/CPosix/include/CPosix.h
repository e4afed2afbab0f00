#pragma once
#include <sys/types.h>

/// What the Glibc module and swift-system do not show. Each returns what the call returns and leaves errno.
int cposix_fdatasync(int descriptor);
