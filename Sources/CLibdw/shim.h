#pragma once
#include <elfutils/libdwfl.h>
