#define _GNU_SOURCE
#define UNW_LOCAL_ONLY
#include "CCallStack.h"

#include <libunwind.h>
#include <limits.h>
#include <link.h>
#include <unistd.h>

enum { scratch_max = 4 * ccallstack_addresses_max };

__attribute__((noinline)) void ccallstack_capture(struct ccallstack_addresses *captured, int skipped) {
  void *stack[scratch_max];
  captured->count = 0;
  if (skipped < 0 || skipped > scratch_max) return;

  // Two own frames come first: this one, and the caller's. They are found by address, as the compiler may have
  // removed or added some.
  int wanted = ccallstack_addresses_max + 2 + skipped;
  int found = unw_backtrace(stack, wanted < scratch_max ? wanted : scratch_max);
  const void *caller = __builtin_return_address(0);
  int first = 0;
  while (first < found && stack[first] != caller) first += 1;
  first += 1 + skipped;

  for (int i = first; i < found && captured->count < ccallstack_addresses_max; i += 1) {
    captured->values[captured->count] = (uintptr_t)stack[i];
    captured->count += 1;
  }
}

struct module_visit {
  ccallstack_module_visitor visitor;
  void *context;
};

static int visit_module(struct dl_phdr_info *info, size_t size, void *argument) {
  (void)size;
  struct module_visit *visit = argument;
  const char *path = info->dlpi_name;
  char program[PATH_MAX];
  if (path[0] == '\0') {  // the program itself
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) return 0;
    program[length] = '\0';
    path = program;
  }
  if (path[0] != '/') return 0;  // the kernel's vDSO has no file

  uintptr_t start = UINTPTR_MAX, end = 0;
  for (int i = 0; i < info->dlpi_phnum; i += 1) {
    if (info->dlpi_phdr[i].p_type != PT_LOAD) continue;
    uintptr_t segment_start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
    uintptr_t segment_end = segment_start + info->dlpi_phdr[i].p_memsz;
    if (segment_start < start) start = segment_start;
    if (segment_end > end) end = segment_end;
  }
  if (start < end) visit->visitor(visit->context, path, info->dlpi_addr, start, end);
  return 0;
}

void ccallstack_visit_modules(ccallstack_module_visitor visitor, void *context) {
  struct module_visit visit = {visitor, context};
  dl_iterate_phdr(visit_module, &visit);
}
