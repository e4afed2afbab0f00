#define _GNU_SOURCE
#include "CKernelDisk.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static const int block_length = 4096;

static int fail(const char *what, const char *where) {
  int error = errno;
  fprintf(stderr, "cannot %s '%s': %s\n", what, where, strerror(error));
  return error;
}

// A loop device over the file: blocks of 4096 bytes, reads of exactly what is asked for, freed with its last user.
// Another process may take the device that is free between the two calls; then the next one is tried.
static int attach(const char *image, int file, char *device, size_t capacity) {
  int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  if (control < 0) return -fail("open", "/dev/loop-control");
  int loop = -1;
  for (int attempt = 0; attempt < 64; attempt += 1) {
    int number = ioctl(control, LOOP_CTL_GET_FREE);
    if (number < 0) break;
    snprintf(device, capacity, "/dev/loop%d", number);
    loop = open(device, O_RDWR | O_CLOEXEC);
    if (loop < 0) break;
    struct loop_config config = {.fd = (unsigned)file, .block_size = (unsigned)block_length};
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    snprintf((char *)config.info.lo_file_name, sizeof config.info.lo_file_name, "lrvm-torture");
    if (ioctl(loop, LOOP_CONFIGURE, &config) == 0) {
      close(control);
      ioctl(loop, BLKRASET, 0UL);
      return loop;
    }
    int error = errno;
    close(loop);
    loop = -1;
    errno = error;
    if (error != EBUSY) break;
  }
  int error = fail("attach a loop device to", image);
  close(control);
  return -error;
}

// Waits for a process that was forked; the status of one that could not be is that of a program which cannot be run.
static int finish(pid_t process) {
  int status = 127 << 8;
  if (process > 0) {
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {}
  }
  return status;
}

int disk_repair(const char *image, const char *program) {
  pid_t process = fork();
  if (process == 0) {
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nowhere, 0);
    dup2(nowhere, 1);
    execl(program, program, "-f", "-y", image, (char *)NULL);
    fail("run", program);
    _exit(127);
  }
  int status = finish(process);
  // 1: what was wrong has been put right. 2: and the machine should be started again, had it been mounted.
  if (WIFEXITED(status) && WEXITSTATUS(status) <= 3) return 0;
  fprintf(stderr, "cannot repair '%s': %s ended with the status %d\n", image, program, status);
  return status;
}

int disk_mount(const char *image, const char *directory, const char *type, const char *options, int is_read_only) {
  if (unshare(CLONE_NEWNS) != 0) return fail("make a mount namespace for", directory);
  if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return fail("make private", "/");
  int file = open(image, O_RDWR | O_CLOEXEC);
  if (file < 0) return fail("open", image);
  char device[64] = "";
  int loop = attach(image, file, device, sizeof device);
  close(file);
  if (loop < 0) return -loop;
  int status = mount(device, directory, type, is_read_only ? MS_RDONLY : 0, options);
  int error = status != 0 ? fail("mount at", directory) : 0;
  // The mount keeps the device now; without one it is freed here.
  close(loop);
  return error;
}

int disk_run(const char *words, int count) {
  enum { WORDS_MAX = 64 };
  char *arguments[WORDS_MAX + 1] = {0};
  for (int place = 0; place < count && place < WORDS_MAX; place += 1) {
    arguments[place] = (char *)words;
    words += strlen(words) + 1;
  }
  pid_t process = fork();
  if (process == 0) {
    execv(arguments[0], arguments);
    fail("run", arguments[0]);
    _exit(127);
  }
  return finish(process);
}

int disk_unmount(const char *directory) {
  if (chdir("/") != 0) return fail("leave", directory);
  // A write-back of the kernel's may hold the mount for a moment.
  for (int attempt = 0; umount2(directory, 0) != 0; attempt += 1) {
    if (errno != EBUSY || attempt == 100) return fail("unmount", directory);
    usleep(10000);
  }
  return 0;
}
