#define _GNU_SOURCE
#include "CTracer.h"
#include <errno.h>
#include <libunwind-ptrace.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/user.h>

// What libunwind asks about the thread: its registers as they were kept, and its memory, which is read from outside.

enum { PAGE_BYTES = 4096, PAGES = 64 };

struct page {
  unw_word_t start;
  int is_there;
  unsigned char bytes[PAGE_BYTES];
};

struct subject {
  const struct ctracer_place *place;
  // What was read of its memory, which does not change meanwhile where the unwinder looks.
  struct page pages[PAGES];
};

// libunwind-ptrace gives its own argument to all of these functions, so what is asked about is kept beside it.
static _Thread_local struct subject *subject;

int ctracer_read(int32_t thread, uintptr_t address, void *bytes, size_t count) {
  struct iovec local = {bytes, count}, remote = {(void *)address, count};
  return process_vm_readv(thread, &local, 1, &remote, 1, 0) == (ssize_t)count;
}

static const struct page *page_at(unw_word_t start) {
  struct page *page = &subject->pages[start / PAGE_BYTES % PAGES];
  if (page->is_there && page->start == start) return page;
  page->start = start;
  page->is_there = ctracer_read(subject->place->thread, start, page->bytes, PAGE_BYTES);
  return page->is_there ? page : NULL;
}

static int access_memory(unw_addr_space_t space, unw_word_t address, unw_word_t *value, int writes, void *argument) {
  (void)space, (void)argument;
  if (writes) return -UNW_EINVAL;
  unsigned char bytes[sizeof *value];
  for (size_t index = 0; index < sizeof bytes; index += 1) {
    unw_word_t place = address + index;
    const struct page *page = page_at(place / PAGE_BYTES * PAGE_BYTES);
    if (page == NULL) return -UNW_EINVAL;
    bytes[index] = page->bytes[place % PAGE_BYTES];
  }
  memcpy(value, bytes, sizeof bytes);
  return 0;
}

static int register_value(const struct user_regs_struct *registers, unw_regnum_t number, unw_word_t *value) {
#if defined(__x86_64__)
  const unsigned long long values[] = {
      registers->rax, registers->rdx, registers->rcx, registers->rbx, registers->rsi, registers->rdi,
      registers->rbp, registers->rsp, registers->r8,  registers->r9,  registers->r10, registers->r11,
      registers->r12, registers->r13, registers->r14, registers->r15, registers->rip,
  };
  // libunwind's numbers are those of DWARF, in this order.
  _Static_assert(UNW_X86_64_RAX == 0 && UNW_X86_64_RIP == 16, "the order of registers");
  if (number < 0 || number > UNW_X86_64_RIP) return -UNW_EBADREG;
  *value = values[number];
#elif defined(__aarch64__)
  if (number >= UNW_AARCH64_X0 && number <= UNW_AARCH64_X30) {
    *value = registers->regs[number - UNW_AARCH64_X0];
  } else if (number == UNW_AARCH64_SP) {
    *value = registers->sp;
  } else if (number == UNW_AARCH64_PC) {
    *value = registers->pc;
  } else {
    return -UNW_EBADREG;
  }
#else
#error "the registers of this processor are not known here"
#endif
  return 0;
}

static int access_register(unw_addr_space_t space, unw_regnum_t number, unw_word_t *value, int writes, void *argument) {
  (void)space, (void)argument;
  if (writes) return -UNW_EREADONLYREG;
  struct user_regs_struct registers;
  memcpy(&registers, subject->place->registers, sizeof registers);
  return register_value(&registers, number, value);
}

static int access_float(unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value, int writes, void *argument) {
  (void)space, (void)number, (void)value, (void)writes, (void)argument;
  return -UNW_EBADREG;
}

static int find_dynamic(unw_addr_space_t space, unw_word_t *address, void *argument) {
  (void)space, (void)address, (void)argument;
  return -UNW_ENOINFO;
}

static int resume(unw_addr_space_t space, unw_cursor_t *cursor, void *argument) {
  (void)space, (void)cursor, (void)argument;
  return -UNW_EINVAL;
}

static int name_procedure(
    unw_addr_space_t space, unw_word_t address, char *name, size_t length, unw_word_t *offset, void *argument) {
  (void)space, (void)address, (void)name, (void)length, (void)offset, (void)argument;
  return -UNW_ENOINFO;
}

static unw_accessors_t accessors = {
    .find_proc_info = _UPT_find_proc_info,
    .put_unwind_info = _UPT_put_unwind_info,
    .get_dyn_info_list_addr = find_dynamic,
    .access_mem = access_memory,
    .access_reg = access_register,
    .access_fpreg = access_float,
    .resume = resume,
    .get_proc_name = name_procedure,
};

int ctracer_unwind(const struct ctracer_place *place, uintptr_t *addresses) {
  // A program of another word length has other registers.
  if (place->register_bytes != sizeof(struct user_regs_struct)) return 0;
  struct subject kept = {.place = place};
  unw_addr_space_t space = unw_create_addr_space(&accessors, 0);
  void *process = _UPT_create(place->thread);
  int count = 0;
  unw_cursor_t cursor;
  subject = &kept;
  if (space != NULL && process != NULL && unw_init_remote(&cursor, space, process) == 0) {
    do {
      unw_word_t address = 0;
      if (unw_get_reg(&cursor, UNW_REG_IP, &address) != 0 || address == 0) break;
      addresses[count] = address;
      count += 1;
    } while (count < ctracer_addresses_max && unw_step(&cursor) > 0);
  }
  subject = NULL;
  if (process != NULL) _UPT_destroy(process);
  if (space != NULL) unw_destroy_addr_space(space);
  return count;
}
