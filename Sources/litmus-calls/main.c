// Makes the calls of a litmus test: on a real file system that it mounts for itself, or in a directory as it is.
//
//     litmus-calls DIRECTORY TYPE OPTIONS REPAIR CALL...
//
// TYPE is that of the file system in the file DIRECTORY/disk, mounted with the options OPTIONS; or "-": the calls are made in
// DIRECTORY itself. TYPE/ro mounts it for reading only. REPAIR is a program that repairs it first, or empty.
//
// Prints, each as one line and at once:
//
//     begin            when it comes to the call `begin`, which is none: what is before it sets up
//     N                the call N, counted from 1 from `begin` on, has returned
//     N ENAME          the same, with an error
//     end              when it comes to `end`
//
// The call `look` prints what is there; `arm` and `disarm` write into DIRECTORY/arm as it was before the mount, for whoever serves it.
// Draining calls and those of the set-up print nothing, and an error of one ends the program with the status 3.

#define _GNU_SOURCE
#include "calls.h"
#include "CKernelDisk.h"
#include "look.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const char *text) {
  puts(text);
  fflush(stdout);
}

static int is_drain(const char *call) { return strncmp(call, "drain-", 6) == 0; }

static int run(char **calls, int arm) {
  int has_begun = 0, number = 0;
  for (; *calls != NULL; calls += 1) {
    if (strcmp(*calls, "begin") == 0) {
      has_begun = 1;
      say("begin");
    } else if (strcmp(*calls, "end") == 0) {
      say("end");
    } else if (strcmp(*calls, "look") == 0) {
      look();
    } else if (strcmp(*calls, "arm") == 0 || strcmp(*calls, "disarm") == 0) {
      if (pwrite(arm, *calls, 1, 0) != 1) return 3;
    } else {
      int error = make_call(*calls);
      if (error < 0) {
        fprintf(stderr, "there is no call '%s'\n", *calls);
        return 2;
      }
      if (!has_begun || is_drain(*calls)) {
        if (error == 0) continue;
        fprintf(stderr, "'%s' failed: %s\n", *calls, strerror(error));
        return 3;
      }
      number += 1;
      char line[64];
      if (error == 0) snprintf(line, sizeof line, "%d", number);
      else snprintf(line, sizeof line, "%d %s", number, strerrorname_np(error));
      say(line);
    }
  }
  return 0;
}

int main(int count, char **arguments) {
  if (count < 5) {
    fprintf(stderr, "usage: litmus-calls DIRECTORY TYPE OPTIONS REPAIR CALL...\n");
    return 2;
  }
  const char *directory = arguments[1];
  int is_mounted = strcmp(arguments[2], "-") != 0;
  char path[4200];
  snprintf(path, sizeof path, "%s/arm", directory);
  int arm = open(path, O_WRONLY | O_CLOEXEC);
  if (is_mounted) {
    char *read_only = strstr(arguments[2], "/ro");
    if (read_only != NULL) *read_only = 0;
    snprintf(path, sizeof path, "%s/disk", directory);
    if (arguments[4][0] != 0 && disk_repair(path, arguments[4]) != 0) return 4;
    int error = disk_mount(path, directory, arguments[2], arguments[3], read_only != NULL);
    if (error != 0) return 4;
  }
  if (chdir(directory) != 0) {
    perror(directory);
    return 4;
  }
  int status = run(arguments + 5, arm);
  close_files();
  if (is_mounted && disk_unmount(directory) != 0 && status == 0) status = 4;
  return status;
}
