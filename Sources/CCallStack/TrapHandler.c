// What runs between a trap and the death of the process. Only async-signal-safe calls are made there: write,
// sigaction, pthread_sigmask, raise, and libunwind, which was used once before so that it needs no set-up.
#define _GNU_SOURCE
#define UNW_LOCAL_ONLY
#include "CCallStack.h"

#include <errno.h>
#include <fcntl.h>
#include <libunwind.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// SIGALRM is no trap, but ends a process that hangs: its stack says where.
static const int trap_signals[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGALRM};
// How long a stack may take that is taken at a time limit: the signal may have come while libunwind or the loader held
// a lock that this handler then waits for.
enum { alarm_grace_seconds = 5 };
enum { trap_signal_count = sizeof trap_signals / sizeof trap_signals[0] };

static int trap_descriptor = -1;
static pthread_t armed_thread;
static const char *trap_preamble;
static size_t trap_preamble_bytes;
static atomic_flag trap_is_being_recorded = ATOMIC_FLAG_INIT;

static void write_bytes(const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(trap_descriptor, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes += written;
    count -= (size_t)written;
  }
}

static void write_line(const char *key, uintptr_t value, unsigned base) {
  char line[64];
  size_t start = sizeof line;
  line[--start] = '\n';
  do {
    line[--start] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value > 0);
  if (base == 16) {
    line[--start] = 'x';
    line[--start] = '0';
  }
  line[--start] = ' ';
  size_t key_bytes = strlen(key);
  start -= key_bytes;
  memcpy(line + start, key, key_bytes);
  write_bytes(line + start, sizeof line - start);
}

static void write_frames(void *signal_context) {
  unw_cursor_t cursor;
  if (unw_init_local2(&cursor, (unw_context_t *)signal_context, UNW_INIT_SIGNAL_FRAME) != 0) return;
  for (int frame = 0; frame < ccallstack_addresses_max; frame += 1) {
    unw_word_t address = 0;
    if (unw_get_reg(&cursor, UNW_REG_IP, &address) != 0) return;
    if (address == 0 && frame > 0) return;  // beyond the outermost function
    write_line("frame", address, 16);
    if (unw_step(&cursor) <= 0) return;
  }
}

static void record_trap(int number, siginfo_t *info, void *signal_context) {
  (void)info;
  // The alarm goes to any thread, and the question is where the one is that works.
  if (number == SIGALRM && !pthread_equal(pthread_self(), armed_thread) &&
      pthread_kill(armed_thread, SIGALRM) == 0) {
    return;
  }
  // Another thread is recording a trap of its own, and ends the process when it has done so.
  if (atomic_flag_test_and_set(&trap_is_being_recorded)) {
    for (;;) pause();
  }
  if (number == SIGALRM) {
    struct sigaction end_at_once = {.sa_handler = SIG_DFL};
    sigaction(SIGALRM, &end_at_once, NULL);
    sigset_t alarm_signal;
    sigemptyset(&alarm_signal);
    sigaddset(&alarm_signal, SIGALRM);
    pthread_sigmask(SIG_UNBLOCK, &alarm_signal, NULL);
    alarm(alarm_grace_seconds);
  }
  write_bytes(trap_preamble, trap_preamble_bytes);
  write_line("signal", (uintptr_t)number, 10);
  write_frames(signal_context);
  write_bytes("end\n", 4);

  struct sigaction default_action = {.sa_handler = SIG_DFL};
  sigaction(number, &default_action, NULL);
  sigset_t this_signal;
  sigemptyset(&this_signal);
  sigaddset(&this_signal, number);
  raise(number);
  pthread_sigmask(SIG_UNBLOCK, &this_signal, NULL);
}

enum { signal_stack_bytes = 256 * 1024, guard_bytes = 64 * 1024 };

static pthread_key_t signal_stack_key;
static int signal_stack_key_error;

static void release_signal_stack(void *mapping) {
  stack_t disabled = {.ss_flags = SS_DISABLE};
  sigaltstack(&disabled, NULL);
  munmap(mapping, guard_bytes + signal_stack_bytes);
}

static void create_signal_stack_key(void) {
  signal_stack_key_error = pthread_key_create(&signal_stack_key, release_signal_stack);
}

int ccallstack_arm_thread(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, create_signal_stack_key);
  if (signal_stack_key_error != 0) return signal_stack_key_error;
  if (pthread_getspecific(signal_stack_key) != NULL) return 0;

  // The stack grows downwards into a guard, so that running over it ends the process and spoils nothing.
  char *mapping = mmap(NULL, guard_bytes + signal_stack_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return errno;
  stack_t stack = {.ss_sp = mapping + guard_bytes, .ss_size = signal_stack_bytes};
  int error = 0;
  if (mprotect(stack.ss_sp, signal_stack_bytes, PROT_READ | PROT_WRITE) != 0) {
    error = errno;
  } else {
    error = pthread_setspecific(signal_stack_key, mapping);
    if (error == 0 && sigaltstack(&stack, NULL) != 0) {
      error = errno;
      pthread_setspecific(signal_stack_key, NULL);
    }
  }
  if (error != 0) munmap(mapping, guard_bytes + signal_stack_bytes);
  return error;
}

static void warm_up_libunwind(void) {
  unw_context_t context;
  unw_cursor_t cursor;
  unw_word_t address;
  if (unw_getcontext(&context) != 0 || unw_init_local2(&cursor, &context, 0) != 0) return;
  for (int frame = 0; frame < ccallstack_addresses_max; frame += 1) {
    if (unw_get_reg(&cursor, UNW_REG_IP, &address) != 0 || unw_step(&cursor) <= 0) return;
  }
}

int ccallstack_arm(int descriptor, const char *preamble, size_t preamble_bytes) {
  if (fcntl(descriptor, F_GETFD) < 0) return errno;
  int error = ccallstack_arm_thread();
  if (error != 0) return error;
  // Never freed: a handler on another thread may be reading it.
  char *copy = malloc(preamble_bytes + 1);
  if (copy == NULL) return ENOMEM;
  memcpy(copy, preamble, preamble_bytes);
  warm_up_libunwind();

  trap_preamble_bytes = 0;
  trap_preamble = copy;
  trap_preamble_bytes = preamble_bytes;
  trap_descriptor = descriptor;
  armed_thread = pthread_self();
  // Threads of a pool are made with it blocked.
  sigset_t alarm_signal;
  sigemptyset(&alarm_signal);
  sigaddset(&alarm_signal, SIGALRM);
  error = pthread_sigmask(SIG_UNBLOCK, &alarm_signal, NULL);
  if (error != 0) return error;
  // Every signal waits while the handler runs. A fault inside it then ends the process at once.
  struct sigaction action = {.sa_sigaction = record_trap, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigfillset(&action.sa_mask);
  for (int i = 0; i < trap_signal_count; i += 1) {
    if (sigaction(trap_signals[i], &action, NULL) != 0) return errno;
  }
  return 0;
}
