#pragma once
#include <stddef.h>
#include <stdint.h>

// Namespaces in which programs run, one after the other, on a mount that nobody else sees.
//
// A process of its own, the keeper, makes them: a mount namespace, a process namespace whose first process it is, and,
// where the caller may not mount, a user namespace. It mounts /dev/fuse at a directory and hands the descriptor back,
// so that the caller is the file system's server. For each program it binds one entry of the mount's root over that
// directory, so that every program finds its files at the same path, starts the program, and, when that ends, kills
// whatever it left running. When the caller is gone, however it ended, so is its end of the keeper's socket: the keeper
// ends, with it all processes in the namespace, and with them the mount.
//
// The keeper is a copy of the caller's process made without exec: it runs only what is in this file, and allocates
// nothing. Functions return their result, or the errno negated.

/// What the keeper was doing when a call failed.
enum cenclosure_step {
  CENCLOSURE_CLONE,
  CENCLOSURE_MAP_USERS,
  CENCLOSURE_MAKE_PRIVATE,
  CENCLOSURE_OPEN_FUSE,
  CENCLOSURE_MOUNT,
  CENCLOSURE_BIND,
  CENCLOSURE_DIRECTORY,
  CENCLOSURE_EXECUTE,
  CENCLOSURE_TALK,
};

struct cenclosure {
  int keeper;
  /// What commands and answers go through, one in each packet.
  int control;
  /// /dev/fuse, mounted.
  int fuse;
  /// The ends that the programs' output is read from; they never block.
  int output;
  int errors;
  int has_user_namespace;
  /// Who programs run as.
  uint32_t user;
  uint32_t group;
};

/// Makes the namespaces, and mounts at `directory`. Where that fails, `step` says what failed.
int cenclosure_open(const char *directory, struct cenclosure *enclosure, enum cenclosure_step *step);
/// Ends the keeper, and with it everything in the namespaces, and waits for it. `fuse` is not closed.
void cenclosure_close(struct cenclosure *enclosure);

/// Starts a program. `text` holds strings, each with a zero byte at its end: the entry of the mount's root to bind, the
/// working directory, `argument_count` arguments, the first of them the program's path, `variable_count` variables. Processes are
/// numbered from `first_process` on, where the kernel lets us choose; 1 is the keeper. Where the program is to be held, its process waits for `cenclosure_release` before it does anything.
int cenclosure_start(
    const struct cenclosure *enclosure, const char *text, size_t length, uint32_t argument_count,
    uint32_t variable_count, uint32_t first_process, int is_held);
/// Lets the program that is held go on.
int cenclosure_release(const struct cenclosure *enclosure);
/// Kills the program that runs; nothing happens where none does.
int cenclosure_kill(const struct cenclosure *enclosure);

struct cenclosure_ending {
  /// Why the program was not started: a negative errno, and what failed; else 0.
  int32_t error;
  int32_t step;
  /// As waitpid gives it.
  int32_t wait_status;
  /// How many processes it left running, which were killed.
  int32_t leftovers;
  int64_t processor_nanoseconds;
};

enum cenclosure_news {
  CENCLOSURE_RUNS,
  CENCLOSURE_ENDED,
  CENCLOSURE_HELD,
};

/// What the keeper has to say: how the program ended, or the number of the process that is held, as this process sees it. A negative
/// errno where the keeper is gone.
int cenclosure_news(const struct cenclosure *enclosure, struct cenclosure_ending *ending, int32_t *held);

/// Starts a copy of this process, which dies with it: 0 in the copy, its number in this process, or a negative errno. `end` is
/// the copy's end of a pipe, or this process's, from which nothing is waited for.
int32_t cenclosure_start_copy(int *end);
/// Kills the copy and waits for its death; closes this process's end of the pipe.
void cenclosure_end_copy(int32_t copy, int end);
/// Writes all of it; ends the copy where nobody reads it.
void cenclosure_tell(int end, const void *bytes, size_t length);
/// Ends the copy, without anything that a process does at its end.
_Noreturn void cenclosure_leave_copy(void);

/// Waits until one of the descriptors can be read, for at most `milliseconds`, -1 for ever: a bit for each that can.
int cenclosure_wait(const int *descriptors, int count, int milliseconds);
/// Reads what there is: how many bytes, 0 where there are none now.
int cenclosure_read(int descriptor, void *buffer, size_t capacity);
