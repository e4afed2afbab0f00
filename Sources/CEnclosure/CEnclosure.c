#define _GNU_SOURCE
#include "CEnclosure.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  PACKET_LENGTH_MAX = 160 << 10,
  STRINGS_MAX = 8192,
};

enum command_kind { COMMAND_START, COMMAND_KILL, COMMAND_RELEASE };

struct command {
  uint32_t kind;
  // Whether the program is to wait for COMMAND_RELEASE before it is executed.
  uint32_t is_held;
  uint32_t argument_count;
  uint32_t variable_count;
  // Its process's number, where the kernel lets us choose.
  uint32_t first_process;
};

// The first packet of the keeper.
struct greeting {
  int32_t error;
  int32_t step;
};

// The keeper

static char packet[PACKET_LENGTH_MAX];
static char *strings[STRINGS_MAX];

struct keeper {
  const char *directory;
  int control, output, errors, null;
};

static int fail(int *step, int where) {
  *step = where;
  return -errno;
}

static int write_file(const char *path, const char *text) {
  int descriptor = open(path, O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return -errno;
  ssize_t count = write(descriptor, text, strlen(text));
  int error = count < 0 ? -errno : 0;
  close(descriptor);
  return error;
}

// The user is the same inside as outside, so that programs that refuse root's rights do not meet them.
static int map_users(uid_t user, gid_t group) {
  char text[64];
  write_file("/proc/self/setgroups", "deny");
  snprintf(text, sizeof text, "%u %u 1", user, user);
  int status = write_file("/proc/self/uid_map", text);
  if (status != 0) return status;
  snprintf(text, sizeof text, "%u %u 1", group, group);
  return write_file("/proc/self/gid_map", text);
}

static int mount_fuse(const char *directory, int *step) {
  char options[160];
  if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return fail(step, CENCLOSURE_MAKE_PRIVATE);
  int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (fuse < 0) return fail(step, CENCLOSURE_OPEN_FUSE);
  snprintf(
      options, sizeof options, "fd=%d,rootmode=40000,user_id=%u,group_id=%u,allow_other", fuse, getuid(), getgid());
  if (mount("lrvm-torture", directory, "fuse.lrvm-torture", MS_NOSUID | MS_NODEV, options) != 0) {
    int error = fail(step, CENCLOSURE_MOUNT);
    close(fuse);
    return error;
  }
  // Without it /proc shows the processes of outside, by other numbers; where it may not be mounted, that is how it is.
  mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
  return fuse;
}

static int send_greeting(int control, struct greeting greeting, int descriptor) {
  struct iovec part = {&greeting, sizeof greeting};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr alignment;
  } ancillary;
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (descriptor >= 0) {
    message.msg_control = ancillary.bytes;
    message.msg_controllen = sizeof ancillary.bytes;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  return sendmsg(control, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

// Splits `count` strings off the packet; the first that does not fit ends the keeper, whose caller checked them.
static char *split(char *next, char **result, uint32_t count) {
  for (uint32_t index = 0; index < count; index += 1) {
    result[index] = next;
    next += strlen(next) + 1;
  }
  result[count] = NULL;
  return next;
}

// The caller is shown who this process is by the packet's credentials, in the numbers of its own namespace.
static void wait_for_release(const struct keeper *keeper) {
  char held = 0;
  struct command command;
  ssize_t count = send(keeper->control, &held, sizeof held, MSG_NOSIGNAL);
  if (count > 0) {
    do count = recv(keeper->control, &command, sizeof command, 0);
    while (count < 0 && errno == EINTR);
  }
  if (count <= 0) _exit(127);
}

// Runs in a process that shares the keeper's memory until it executes the program.
static void become_program(
    const struct keeper *keeper, int is_held, const char *working_directory, char **arguments, char **variables,
    volatile struct cenclosure_ending *ending) {
  if (is_held) wait_for_release(keeper);
  setsid();
  dup2(keeper->null, 0);
  dup2(keeper->output, 1);
  dup2(keeper->errors, 2);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  struct rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  if (chdir(working_directory) != 0) {
    ending->error = -errno;
    ending->step = CENCLOSURE_DIRECTORY;
  } else {
    execve(arguments[0], arguments, variables);
    ending->error = -errno;
    ending->step = CENCLOSURE_EXECUTE;
  }
  _exit(127);
}

// Waits until the program has ended, and kills it where the caller says so or is gone.
static void wait_for(const struct keeper *keeper, pid_t program, struct cenclosure_ending *ending) {
  int descriptor = (int)syscall(SYS_pidfd_open, program, 0);
  for (;;) {
    struct pollfd waits[2] = {{.fd = keeper->control, .events = POLLIN}, {.fd = descriptor, .events = POLLIN}};
    poll(waits, 2, descriptor < 0 ? 1 : -1);
    if (waits[0].revents != 0) {
      struct command command;
      if (recv(keeper->control, &command, sizeof command, 0) <= 0) _exit(0);
      if (command.kind == COMMAND_KILL) kill(-1, SIGKILL);
    }
    struct rusage usage;
    if (wait4(program, &ending->wait_status, WNOHANG, &usage) == program) {
      ending->processor_nanoseconds =
          (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000000000) +
          (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * INT64_C(1000);
      break;
    }
  }
  if (descriptor >= 0) close(descriptor);
  // The keeper is the first process of its namespace: all others are the program's.
  kill(-1, SIGKILL);
  int status;
  for (;;) {
    pid_t child = waitpid(-1, &status, __WALL);
    if (child > 0) {
      if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ending->leftovers += 1;
    } else if (errno == ECHILD) {
      break;
    }
  }
}

static void run(const struct keeper *keeper, struct cenclosure_ending *ending) {
  struct command command;
  memcpy(&command, packet, sizeof command);
  char *heads[3];
  char *next = split(packet + sizeof command, heads, 2);
  char **arguments = strings, **variables = strings + command.argument_count + 1;
  next = split(next, arguments, command.argument_count);
  split(next, variables, command.variable_count);

  char source[4200];
  int length = snprintf(source, sizeof source, "%s/%s", keeper->directory, heads[0]);
  errno = ENAMETOOLONG;
  if (length < 0 || (size_t)length >= sizeof source ||
      mount(source, keeper->directory, NULL, MS_BIND, NULL) != 0) {
    ending->error = -errno;
    ending->step = CENCLOSURE_BIND;
    return;
  }
  char last[16];
  snprintf(last, sizeof last, "%u", command.first_process - 1);
  write_file("/proc/sys/kernel/ns_last_pid", last);
  pid_t program = vfork();
  if (program == 0) become_program(keeper, (int)command.is_held, heads[1], arguments, variables, ending);
  if (program < 0) {
    ending->error = -errno;
    ending->step = CENCLOSURE_CLONE;
  } else {
    wait_for(keeper, program, ending);
  }
  umount2(keeper->directory, MNT_DETACH);
}

static void keep(const struct keeper *keeper) {
  for (;;) {
    ssize_t count = recv(keeper->control, packet, sizeof packet, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) _exit(0);
    if (((struct command *)packet)->kind != COMMAND_START) continue;
    struct cenclosure_ending ending = {0};
    run(keeper, &ending);
    if (send(keeper->control, &ending, sizeof ending, MSG_NOSIGNAL) < 0) _exit(0);
  }
}

static void reset_signals(void) {
  struct sigaction usual = {.sa_handler = SIG_DFL};
  for (int signal = 1; signal < NSIG; signal += 1) sigaction(signal, &usual, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

// Closes every descriptor but the four that the keeper needs, which move to 3...6.
static void keep_descriptors(struct keeper *keeper) {
  int *kept[4] = {&keeper->control, &keeper->output, &keeper->errors, &keeper->null};
  for (int index = 0; index < 4; index += 1) *kept[index] = fcntl(*kept[index], F_DUPFD_CLOEXEC, 64);
  for (int index = 0; index < 4; index += 1) {
    dup3(*kept[index], 3 + index, O_CLOEXEC);
    *kept[index] = 3 + index;
  }
  syscall(SYS_close_range, 7, ~0U, 0);
}

static void live_as_keeper(
    struct keeper keeper, int has_user_namespace, uid_t user, gid_t group) {
  // Elsewhere kill(-1) would end processes that are not the program's.
  if (getpid() != 1) _exit(1);
  reset_signals();
  setsid();
  prctl(PR_SET_NAME, "torture-keeper");
  keep_descriptors(&keeper);
  struct greeting greeting = {0};
  if (has_user_namespace) {
    greeting.error = map_users(user, group);
    greeting.step = CENCLOSURE_MAP_USERS;
  }
  int fuse = -1;
  if (greeting.error == 0) {
    fuse = mount_fuse(keeper.directory, &greeting.step);
    if (fuse < 0) greeting.error = fuse;
  }
  send_greeting(keeper.control, greeting, fuse);
  if (fuse < 0) _exit(1);
  close(fuse);
  keep(&keeper);
}

// The caller

static int receive_greeting(int control, struct greeting *greeting, int *descriptor) {
  struct iovec part = {greeting, sizeof *greeting};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr alignment;
  } ancillary;
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = ancillary.bytes, .msg_controllen = sizeof ancillary.bytes};
  ssize_t count;
  do count = recvmsg(control, &message, MSG_CMSG_CLOEXEC);
  while (count < 0 && errno == EINTR);
  if (count < 0) return -errno;
  if (count != sizeof *greeting) return -EPIPE;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header != NULL && header->cmsg_type == SCM_RIGHTS) memcpy(descriptor, CMSG_DATA(header), sizeof *descriptor);
  return 0;
}

// One attempt, with or without a user namespace.
static int open_enclosure(
    const char *directory, int has_user_namespace, int sockets[2], int outputs[2], int errors[2], int null,
    struct cenclosure *enclosure, enum cenclosure_step *step) {
  uid_t user = geteuid();
  gid_t group = getegid();
  unsigned long flags = CLONE_NEWNS | CLONE_NEWPID | (has_user_namespace ? CLONE_NEWUSER : 0) | SIGCHLD;
  pid_t keeper = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
  if (keeper == 0) {
    live_as_keeper(
        (struct keeper){.directory = directory, .control = sockets[1], .output = outputs[1], .errors = errors[1],
                        .null = null},
        has_user_namespace, user, group);
    _exit(0);
  }
  *step = CENCLOSURE_CLONE;
  if (keeper < 0) return -errno;
  struct greeting greeting = {0};
  int fuse = -1;
  // The keeper's end must be its alone, so that its death is noticed.
  close(sockets[1]);
  int status = receive_greeting(sockets[0], &greeting, &fuse);
  *step = CENCLOSURE_TALK;
  if (status == 0 && greeting.error != 0) {
    status = greeting.error;
    *step = greeting.step;
  }
  if (status != 0) {
    kill(keeper, SIGKILL);
    waitpid(keeper, NULL, 0);
    return status;
  }
  *enclosure = (struct cenclosure){
      .keeper = keeper, .control = sockets[0], .fuse = fuse, .output = outputs[0], .errors = errors[0],
      .has_user_namespace = has_user_namespace, .user = user, .group = group};
  return 0;
}

static int attempt(
    const char *directory, int has_user_namespace, struct cenclosure *enclosure, enum cenclosure_step *step) {
  int sockets[2] = {-1, -1}, outputs[2] = {-1, -1}, errors[2] = {-1, -1};
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  *step = CENCLOSURE_TALK;
  int status = null < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0 ||
                       pipe2(outputs, O_CLOEXEC) != 0 || pipe2(errors, O_CLOEXEC) != 0
                   ? -errno
                   : 0;
  int has_keeper = status == 0;
  if (status == 0) {
    fcntl(outputs[0], F_SETFL, O_NONBLOCK);
    fcntl(errors[0], F_SETFL, O_NONBLOCK);
    status = open_enclosure(directory, has_user_namespace, sockets, outputs, errors, null, enclosure, step);
  }
  // Its own end was closed with the keeper's start.
  if (has_keeper) sockets[1] = -1;
  int ends[7] = {null, sockets[1], outputs[1], errors[1], sockets[0], outputs[0], errors[0]};
  for (int index = 0; index < (status == 0 ? 4 : 7); index += 1) {
    if (ends[index] >= 0) close(ends[index]);
  }
  return status;
}

int cenclosure_open(const char *directory, struct cenclosure *enclosure, enum cenclosure_step *step) {
  // Who may mount needs no user namespace, and containers that allow the one often forbid the other.
  int status = attempt(directory, 0, enclosure, step);
  if (status == -EPERM && (*step == CENCLOSURE_CLONE || *step == CENCLOSURE_MAKE_PRIVATE || *step == CENCLOSURE_MOUNT)) {
    status = attempt(directory, 1, enclosure, step);
  }
  return status;
}

void cenclosure_close(struct cenclosure *enclosure) {
  close(enclosure->control);
  close(enclosure->output);
  close(enclosure->errors);
  kill(enclosure->keeper, SIGKILL);
  while (waitpid(enclosure->keeper, NULL, 0) < 0 && errno == EINTR) continue;
}

int cenclosure_start(
    const struct cenclosure *enclosure, const char *text, size_t length, uint32_t argument_count,
    uint32_t variable_count, uint32_t first_process, int is_held) {
  struct command command = {COMMAND_START, is_held != 0, argument_count, variable_count, first_process};
  // From here on each packet says who sent it.
  int one = 1;
  if (is_held && setsockopt(enclosure->control, SOL_SOCKET, SO_PASSCRED, &one, sizeof one) != 0) return -errno;
  if (length + sizeof command > PACKET_LENGTH_MAX || argument_count + variable_count + 2 > STRINGS_MAX) return -E2BIG;
  struct iovec parts[2] = {{&command, sizeof command}, {(void *)text, length}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  return sendmsg(enclosure->control, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int send_command(const struct cenclosure *enclosure, enum command_kind kind) {
  struct command command = {.kind = kind};
  return send(enclosure->control, &command, sizeof command, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int cenclosure_release(const struct cenclosure *enclosure) { return send_command(enclosure, COMMAND_RELEASE); }

int cenclosure_kill(const struct cenclosure *enclosure) { return send_command(enclosure, COMMAND_KILL); }

int cenclosure_news(const struct cenclosure *enclosure, struct cenclosure_ending *ending, int32_t *held) {
  struct iovec part = {ending, sizeof *ending};
  union {
    char bytes[CMSG_SPACE(sizeof(struct ucred))];
    struct cmsghdr alignment;
  } ancillary;
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = ancillary.bytes, .msg_controllen = sizeof ancillary.bytes};
  ssize_t count = recvmsg(enclosure->control, &message, MSG_DONTWAIT);
  if (count == sizeof *ending) return CENCLOSURE_ENDED;
  if (count == 0) return -EPIPE;
  if (count < 0) return errno == EAGAIN || errno == EINTR ? CENCLOSURE_RUNS : -errno;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (count != 1 || header == NULL || header->cmsg_type != SCM_CREDENTIALS) return -EPROTO;
  struct ucred sender;
  memcpy(&sender, CMSG_DATA(header), sizeof sender);
  *held = sender.pid;
  return CENCLOSURE_HELD;
}

int cenclosure_wait(const int *descriptors, int count, int milliseconds) {
  struct pollfd waits[8];
  if (count > 8) return -EINVAL;
  for (int index = 0; index < count; index += 1) {
    waits[index] = (struct pollfd){.fd = descriptors[index], .events = POLLIN};
  }
  if (poll(waits, (nfds_t)count, milliseconds) < 0) return errno == EINTR ? 0 : -errno;
  int ready = 0;
  for (int index = 0; index < count; index += 1) {
    if (waits[index].revents != 0) ready |= 1 << index;
  }
  return ready;
}

int cenclosure_read(int descriptor, void *buffer, size_t capacity) {
  ssize_t count = read(descriptor, buffer, capacity);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? 0 : -errno;
  return (int)count;
}

int32_t cenclosure_start_copy(int *end) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
  pid_t parent = getpid();
  pid_t copy = fork();
  if (copy == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    // A trap in the copy is not one of the process that it helps.
    int signals[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGPIPE, SIGALRM};
    struct sigaction usual = {.sa_handler = SIG_DFL};
    for (size_t index = 0; index < sizeof signals / sizeof *signals; index += 1) sigaction(signals[index], &usual, NULL);
    close(ends[0]);
    *end = ends[1];
    return 0;
  }
  int error = -errno;
  close(ends[1]);
  if (copy < 0) {
    close(ends[0]);
    return error;
  }
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  fcntl(ends[0], F_SETPIPE_SZ, 1 << 20);
  *end = ends[0];
  return copy;
}

void cenclosure_end_copy(int32_t copy, int end) {
  close(end);
  kill(copy, SIGKILL);
  while (waitpid(copy, NULL, 0) < 0 && errno == EINTR) continue;
}

void cenclosure_tell(int end, const void *bytes, size_t length) {
  const char *next = bytes;
  while (length > 0) {
    ssize_t count = write(end, next, length);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) _exit(0);
    next += count;
    length -= (size_t)count;
  }
}

void cenclosure_leave_copy(void) { _exit(0); }
