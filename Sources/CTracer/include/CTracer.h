#pragma once
#include <stddef.h>
#include <stdint.h>

// The door to ptrace(2) and to the unwinder of other processes (libunwind-ptrace): follows a program, all its threads and all that
// it starts, and knows where each thread was when it made the system call that it is in.
//
// A thread that waits for the file system's answer cannot be stopped. So each thread is stopped before each system call, its
// registers are kept, and it goes on. While it is in the call these are its registers, and its stack does not change: whoever
// serves the call unwinds it from outside, without stopping anything.
//
// A tracer is a thread of this process, which waits for what it follows and for nothing else. Functions return their result, or the
// errno negated.

struct ctracer;

/// Starts to follow a process, which must not run before this returns. Where that is not allowed nothing happens to it.
int ctracer_follow(int32_t process, struct ctracer **tracer);
/// Kills what is still followed, waits for its end, and frees the tracer.
void ctracer_end(struct ctracer *tracer);

enum {
  ctracer_addresses_max = 64,
  ctracer_register_bytes_max = 512,
};

/// Where a thread was.
struct ctracer_place {
  /// Its number in this process's namespace.
  int32_t thread;
  uint32_t register_bytes;
  /// As PTRACE_GETREGSET has them.
  uint64_t registers[ctracer_register_bytes_max / 8];
};

/// Where the thread `inner` made the system call that it is in: 1; 0 where no such thread is followed, or it is in none.
///
/// `inner` is its number in the process namespace that this process made, one below its own.
int ctracer_find(struct ctracer *tracer, int32_t inner, struct ctracer_place *place);

/// Unwinds the stack of a thread that is still there: how many addresses, innermost first. The first is the instruction after the
/// system call, the others are return addresses. There is room for `ctracer_addresses_max`.
int ctracer_unwind(const struct ctracer_place *place, uintptr_t *addresses);

/// Reads memory of a thread's process: 1; 0 where not all of it is there.
int ctracer_read(int32_t thread, uintptr_t address, void *bytes, size_t count);

/// A file that is mapped into a process: what is added to the file's addresses, and where its mappings begin and end.
typedef void (*ctracer_module_visitor)(
    void *context, const char *path, uintptr_t load_bias, uintptr_t start, uintptr_t end);

/// Calls `visitor` for the program and each shared library of a process.
void ctracer_visit_modules(int32_t process, ctracer_module_visitor visitor, void *context);
