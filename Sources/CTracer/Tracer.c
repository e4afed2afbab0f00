#define _GNU_SOURCE
#include "CTracer.h"
#include <elf.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

// A thread that is followed.
struct followed {
  pid_t inner;
  // Whether it is in a system call whose registers are known.
  int is_in_call;
  struct ctracer_place place;
};

struct ctracer {
  pthread_t thread;
  // What is to be followed first, and how that went.
  pid_t process;
  int status;
  sem_t begun;
  // Guards what follows.
  pthread_mutex_t lock;
  struct followed *threads;
  size_t count, capacity;
};

// The second number in NSpid: the first is that in the namespace of this process, the next that in the one below.
static pid_t inner_number(pid_t thread) {
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/status", thread);
  FILE *file = fopen(path, "re");
  if (file == NULL) return 0;
  int inner = 0, outer = 0;
  while (fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, "NSpid: %d %d", &outer, &inner) >= 1) break;
  }
  fclose(file);
  return inner != 0 ? inner : outer;
}

// The lock is held.
static struct followed *known(struct ctracer *tracer, pid_t thread) {
  for (size_t index = 0; index < tracer->count; index += 1) {
    if (tracer->threads[index].place.thread == thread) return &tracer->threads[index];
  }
  return NULL;
}

// The same, of a thread that may be met for the first time; NULL where there is no memory.
static struct followed *meet(struct ctracer *tracer, pid_t thread) {
  struct followed *old = known(tracer, thread);
  if (old != NULL) return old;
  if (tracer->count == tracer->capacity) {
    size_t capacity = tracer->capacity == 0 ? 16 : 2 * tracer->capacity;
    struct followed *threads = realloc(tracer->threads, capacity * sizeof *threads);
    if (threads == NULL) return NULL;
    tracer->threads = threads;
    tracer->capacity = capacity;
  }
  struct followed *new = &tracer->threads[tracer->count];
  tracer->count += 1;
  *new = (struct followed){.inner = inner_number(thread), .place = {.thread = thread}};
  return new;
}

static void forget(struct ctracer *tracer, pid_t thread) {
  pthread_mutex_lock(&tracer->lock);
  struct followed *gone = known(tracer, thread);
  if (gone != NULL) {
    tracer->count -= 1;
    *gone = tracer->threads[tracer->count];
  }
  pthread_mutex_unlock(&tracer->lock);
}

// The thread is stopped before a system call or after it.
static void note_call(struct ctracer *tracer, pid_t thread) {
  struct __ptrace_syscall_info call = {0};
  long length = ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof call, &call);
  int begins = length > 0 && call.op == PTRACE_SYSCALL_INFO_ENTRY;
  struct ctracer_place place = {.thread = thread};
  struct iovec registers = {place.registers, sizeof place.registers};
  if (begins && ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &registers) != 0) begins = 0;
  place.register_bytes = (uint32_t)registers.iov_len;
  pthread_mutex_lock(&tracer->lock);
  struct followed *caller = meet(tracer, thread);
  if (caller != NULL) {
    caller->is_in_call = begins;
    if (begins) caller->place = place;
  }
  pthread_mutex_unlock(&tracer->lock);
}

static void take_stop(struct ctracer *tracer, pid_t thread, int status) {
  int signal = WSTOPSIG(status), event = status >> 16;
  // What the thread goes on with: a signal that was on its way to it.
  int delivered = 0;
  if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
    // Stopped by its user, not by us: it stays so until it is continued.
    ptrace(PTRACE_LISTEN, thread, NULL, NULL);
    return;
  }
  if (event == PTRACE_EVENT_EXEC) {
    // Whichever thread it was that executed a program has the process's number from here on.
    unsigned long former = 0;
    if (ptrace(PTRACE_GETEVENTMSG, thread, NULL, &former) == 0 && (pid_t)former != thread) forget(tracer, (pid_t)former);
  } else if (event == 0) {
    if (signal == (SIGTRAP | 0x80)) {
      note_call(tracer, thread);
    } else {
      delivered = signal;
    }
  }
  // Where the thread is gone, its end is reported next.
  ptrace(PTRACE_SYSCALL, thread, NULL, (void *)(intptr_t)delivered);
}

static void *follow(void *argument) {
  struct ctracer *tracer = argument;
  const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                       PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  int is_followed = ptrace(PTRACE_SEIZE, tracer->process, NULL, (void *)options) == 0 &&
                    ptrace(PTRACE_INTERRUPT, tracer->process, NULL, NULL) == 0;
  tracer->status = is_followed ? 0 : -errno;
  sem_post(&tracer->begun);
  while (is_followed) {
    int status;
    // The process's other children are waited for by those who started them.
    pid_t thread = waitpid(-1, &status, __WALL | __WNOTHREAD);
    if (thread < 0 && errno == EINTR) continue;
    if (thread < 0) break;
    if (WIFSTOPPED(status)) {
      take_stop(tracer, thread, status);
    } else {
      forget(tracer, thread);
    }
  }
  return NULL;
}

int ctracer_follow(int32_t process, struct ctracer **result) {
  struct ctracer *tracer = calloc(1, sizeof *tracer);
  if (tracer == NULL) return -ENOMEM;
  tracer->process = process;
  sem_init(&tracer->begun, 0, 0);
  pthread_mutex_init(&tracer->lock, NULL);
  int error = pthread_create(&tracer->thread, NULL, follow, tracer);
  if (error == 0) {
    while (sem_wait(&tracer->begun) != 0) continue;
    if (tracer->status == 0) {
      *result = tracer;
      return 0;
    }
    error = -tracer->status;
    pthread_join(tracer->thread, NULL);
  }
  sem_destroy(&tracer->begun);
  pthread_mutex_destroy(&tracer->lock);
  free(tracer);
  return -error;
}

void ctracer_end(struct ctracer *tracer) {
  pthread_mutex_lock(&tracer->lock);
  for (size_t index = 0; index < tracer->count; index += 1) kill(tracer->threads[index].place.thread, SIGKILL);
  pthread_mutex_unlock(&tracer->lock);
  pthread_join(tracer->thread, NULL);
  sem_destroy(&tracer->begun);
  pthread_mutex_destroy(&tracer->lock);
  free(tracer->threads);
  free(tracer);
}

int ctracer_find(struct ctracer *tracer, int32_t inner, struct ctracer_place *place) {
  int is_found = 0;
  pthread_mutex_lock(&tracer->lock);
  for (size_t index = 0; index < tracer->count && !is_found; index += 1) {
    const struct followed *thread = &tracer->threads[index];
    if (thread->inner != inner || !thread->is_in_call) continue;
    *place = thread->place;
    is_found = 1;
  }
  pthread_mutex_unlock(&tracer->lock);
  return is_found;
}
