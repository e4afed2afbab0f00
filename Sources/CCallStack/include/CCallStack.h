#pragma once
#include <stddef.h>
#include <stdint.h>

/// The most addresses that one stack holds; deeper frames are left out.
enum { ccallstack_addresses_max = 64 };

struct ccallstack_addresses {
  int count;
  uintptr_t values[ccallstack_addresses_max];
};

/// Fills `captured` with return addresses of the calling thread's stack, innermost first. The frame of the function
/// that calls this one is left out, and so are the `skipped` innermost frames of what called that.
void ccallstack_capture(struct ccallstack_addresses *captured, int skipped);

/// A file mapped into this process: what is added to the file's addresses, and where its segments begin and end.
typedef void (*ccallstack_module_visitor)(void *context, const char *path, uintptr_t load_bias, uintptr_t start,
                                          uintptr_t end);

/// Calls `visitor` for the program and each shared library that is mapped from a file.
void ccallstack_visit_modules(ccallstack_module_visitor visitor, void *context);

/// Gives the calling thread an alternate signal stack, unless this function did so before. Returns 0 or an errno.
int ccallstack_arm_thread(void);

/// Installs the handler. At a trap it writes to `descriptor` the bytes of `preamble` (copied), and then its own lines.
/// Returns 0 or an errno.
int ccallstack_arm(int descriptor, const char *preamble, size_t preamble_bytes);

/// The Swift runtime's demangler: a string to free, or NULL if `mangled` is not a Swift symbol.
char *swift_demangle(const char *mangled, size_t mangled_bytes, char *output, size_t *output_bytes, uint32_t flags);

/// The C++ library's demangler: a string to free, or NULL if `mangled` is not a symbol of C++.
char *__cxa_demangle(const char *mangled, char *output, size_t *output_bytes, int *status);
