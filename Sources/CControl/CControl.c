#define _GNU_SOURCE
#include "CControl.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int address_of(const char *path, struct sockaddr_un *address) {
  if (strlen(path) >= sizeof address->sun_path) return -ENAMETOOLONG;
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  strcpy(address->sun_path, path);
  return 0;
}

static int close_for(int descriptor) {
  int error = -errno;
  close(descriptor);
  return error;
}

int ccontrol_listen(const char *path) {
  struct sockaddr_un address;
  int status = address_of(path, &address);
  if (status != 0) return status;
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) return -errno;
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || chmod(path, 0600) != 0 ||
      listen(listener, 16) != 0) {
    return close_for(listener);
  }
  return listener;
}

int ccontrol_accept(int listener, int seconds) {
  int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (connection < 0) return -errno;
  struct timeval limit = {.tv_sec = seconds};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return connection;
}

int ccontrol_connect(const char *path) {
  struct sockaddr_un address;
  int status = address_of(path, &address);
  if (status != 0) return status;
  int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0) return -errno;
  if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) return close_for(connection);
  return connection;
}

int ccontrol_send(int socket, const void *bytes, size_t count) {
  while (count > 0) {
    ssize_t sent = send(socket, bytes, count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return -errno;
    bytes = (const char *)bytes + sent;
    count -= (size_t)sent;
  }
  return 0;
}

int ccontrol_receive(int socket, void *buffer, size_t capacity) {
  for (;;) {
    ssize_t count = recv(socket, buffer, capacity, 0);
    if (count >= 0) return (int)count;
    if (errno != EINTR) return -errno;
  }
}

int ccontrol_end(int socket) { return shutdown(socket, SHUT_WR) != 0 ? -errno : 0; }

void ccontrol_close(int descriptor) { close(descriptor); }

int ccontrol_signals(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0) return -errno;
  int descriptor = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  return descriptor < 0 ? -errno : descriptor;
}

int ccontrol_wait(const int *descriptors, int count) {
  struct pollfd waits[8];
  if (count > 8) return -EINVAL;
  for (int index = 0; index < count; index += 1) {
    waits[index] = (struct pollfd){.fd = descriptors[index], .events = POLLIN};
  }
  if (poll(waits, (nfds_t)count, -1) < 0) return errno == EINTR ? 0 : -errno;
  int ready = 0;
  for (int index = 0; index < count; index += 1) {
    if (waits[index].revents != 0) ready |= 1 << index;
  }
  return ready;
}

int ccontrol_detach(const char *directory) {
  if (umount2(directory, MNT_DETACH | UMOUNT_NOFOLLOW) == 0) return 0;
  if (errno != EPERM) return -errno;
  char *arguments[] = {"fusermount3", "-u", "-z", "-q", "--", (char *)directory, NULL};
  pid_t child;
  int error = posix_spawnp(&child, arguments[0], NULL, NULL, arguments, environ);
  if (error != 0) return -error;
  int status;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -errno;
  }
  return status == 0 ? 0 : -EPERM;
}
