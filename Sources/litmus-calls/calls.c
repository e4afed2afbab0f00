#define _GNU_SOURCE
#include "calls.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/falloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum {
  WORDS_MAX = 8,
  TEXT_LENGTH_MAX = 512,
  SLOTS_MAX = 26,
  FILES_MAX = 64,
  BTRFS_MAGIC = 0x9123683E,
};

// Files that stay open from one call to the next: those of `open` and `tmpfile`, by a letter.
static int slots[SLOTS_MAX];

static int result(int status) { return status < 0 ? errno : 0; }

static int close_after(int file, int status) {
  int error = result(status);
  close(file);
  return error;
}

static int slot(const char *name) { return slots[name[0] >= 'A' && name[0] <= 'Z' ? name[0] - 'A' : 0]; }

static long number(const char *text) { return strtol(text, NULL, 10); }

static void *filled(size_t length, char letter) {
  void *buffer = NULL;
  if (posix_memalign(&buffer, 4096, length + 1) != 0) abort();
  memset(buffer, letter, length);
  return buffer;
}

static int write_at(int file, long offset, long length, char letter) {
  char *buffer = filled((size_t)length, letter);
  ssize_t count = pwrite(file, buffer, (size_t)length, offset);
  int error = count < 0 ? errno : count < length ? ENOSPC : 0;
  free(buffer);
  return error;
}

static int write_file(char **words, int flags) {
  int file = open(words[1], O_WRONLY | O_CLOEXEC | flags);
  if (file < 0) return errno;
  int error = write_at(file, number(words[2]), number(words[3]), words[4][0]);
  close(file);
  return error;
}

static int append(char **words) {
  int file = open(words[1], O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file < 0) return errno;
  int error = write_at(file, 0, number(words[2]), words[3][0]);
  close(file);
  return error;
}

static int write_mapped(char **words) {
  int file = open(words[1], O_RDWR | O_CLOEXEC);
  if (file < 0) return errno;
  long offset = number(words[2]), length = number(words[3]);
  char *bytes = mmap(NULL, (size_t)(offset + length), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (bytes == MAP_FAILED) return close_after(file, -1);
  memset(bytes + offset, words[4][0], (size_t)length);
  munmap(bytes, (size_t)(offset + length));
  close(file);
  return 0;
}

static int sync_mapped(char **words) {
  int file = open(words[1], O_RDWR | O_CLOEXEC);
  if (file < 0) return errno;
  size_t length = (size_t)number(words[2]);
  char *bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (bytes == MAP_FAILED) return close_after(file, -1);
  int status = msync(bytes, length, MS_SYNC);
  int error = result(status);
  munmap(bytes, length);
  close(file);
  return error;
}

static int allocate(char **words) {
  static const struct { const char *name; int mode; } modes[] = {
      {"grow", 0},
      {"keep-size", FALLOC_FL_KEEP_SIZE},
      {"punch", FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE},
      {"zero", FALLOC_FL_ZERO_RANGE},
      {"zero-keep-size", FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE},
  };
  for (size_t place = 0; place < sizeof modes / sizeof *modes; place += 1) {
    if (strcmp(modes[place].name, words[2]) != 0) continue;
    int file = open(words[1], O_RDWR | O_CLOEXEC);
    if (file < 0) return errno;
    return close_after(file, fallocate(file, modes[place].mode, number(words[3]), number(words[4])));
  }
  return -1;
}

static int synchronize(const char *path, int is_data_only) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno;
  return close_after(file, is_data_only ? fdatasync(file) : fsync(file));
}

static int sync_range(const char *path, long offset, long length) {
  int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return errno;
  return close_after(
      file, sync_file_range(
                file, offset, length,
                SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER));
}

static int copy(char **words) {
  int source = open(words[1], O_RDONLY | O_CLOEXEC);
  if (source < 0) return errno;
  int target = open(words[3], O_WRONLY | O_CLOEXEC);
  if (target < 0) return close_after(source, -1);
  off_t offset = number(words[2]), new_offset = number(words[4]);
  ssize_t count = copy_file_range(source, &offset, target, &new_offset, (size_t)number(words[5]), 0);
  int error = count < 0 ? errno : 0;
  close(source);
  close(target);
  return error;
}

static int create(const char *path) {
  int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  return file < 0 ? errno : close_after(file, 0);
}

static int link_slot(char **words) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", slot(words[1]));
  return result(linkat(AT_FDCWD, path, AT_FDCWD, words[2], AT_SYMLINK_FOLLOW));
}

static int open_slot(char **words, int flags) {
  int file = open(words[2], flags | O_CLOEXEC, 0644);
  if (file < 0) return errno;
  slots[words[1][0] - 'A'] = file;
  return 0;
}

// The last byte of a file: what the cache shows, or, once it has given up what is clean, the disk.
static int show(const char *path, int drops_cache) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno;
  if (drops_cache) posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  char letter = 0;
  struct stat status = {0};
  fstat(file, &status);
  ssize_t count = pread(file, &letter, 1, status.st_size > 0 ? status.st_size - 1 : 0);
  int error = count < 0 ? errno : 0;
  if (count >= 0) printf("%s %c\n", path, count == 0 ? '-' : letter == 0 ? '.' : letter);
  fflush(stdout);
  close(file);
  return error;
}

// What the kernel may do by itself at any time, done now. It is nothing that the file system owes anybody.

static char found[FILES_MAX][TEXT_LENGTH_MAX];
static int found_count;

static int is_shown(const struct dirent *entry) {
  return entry->d_name[0] != '.' && strcmp(entry->d_name, "lost+found") != 0;
}

static void find_files(const char *directory) {
  struct dirent **entries;
  int count = scandir(directory[0] == 0 ? "." : directory, &entries, is_shown, alphasort);
  for (int place = 0; place < count; place += 1) {
    char path[TEXT_LENGTH_MAX];
    snprintf(path, sizeof path, "%s%s%s", directory, directory[0] == 0 ? "" : "/", entries[place]->d_name);
    struct stat status;
    if (lstat(path, &status) == 0) {
      if (S_ISDIR(status.st_mode)) find_files(path);
      if (S_ISREG(status.st_mode) && found_count < FILES_MAX) strcpy(found[found_count++], path);
    }
    free(entries[place]);
  }
  if (count >= 0) free(entries);
}

// Writes the data of all files back, one file after the other.
static int write_back(int is_reversed) {
  found_count = 0;
  find_files("");
  for (int place = 0; place < found_count; place += 1) {
    int error = sync_range(found[is_reversed ? found_count - 1 - place : place], 0, 0);
    if (error != 0) return error;
  }
  return 0;
}

// Commits the metadata as it is, and writes no data back that need not be.
static int commit(void) {
  struct statfs status;
  if (statfs(".", &status) != 0) return errno;
  if ((unsigned)status.f_type == (unsigned)BTRFS_MAGIC) {
    int root = open(".", O_RDONLY | O_CLOEXEC);
    uint64_t transaction = 0;
    int failed = root < 0 || ioctl(root, BTRFS_IOC_START_SYNC, &transaction) != 0 ||
                 ioctl(root, BTRFS_IOC_WAIT_SYNC, &transaction) != 0;
    int error = failed ? errno : 0;
    close(root);
    return error;
  }
  static char letter = 'a';
  int other = open(".other", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (other < 0) return errno;
  letter = letter == 'a' ? 'b' : 'a';
  int error = write_at(other, 0, 1, letter);
  if (error == 0) error = result(fsync(other));
  close(other);
  return error;
}

static int sync_all(void) {
  int root = open(".", O_RDONLY | O_CLOEXEC);
  if (root < 0) return errno;
  return close_after(root, syncfs(root));
}

struct known_call {
  const char *name;
  int argument_count;
};

enum call_number {
  CREATE, WRITE, WRITE_DIRECT, WRITE_DSYNC, WRITE_SYNC, WRITE_MAPPED, APPEND, TRUNCATE, ALLOCATE, COPY, FSYNC, FDATASYNC, MSYNC,
  SYNC_RANGE, RENAME, EXCHANGE, LINK, UNLINK, MKDIR, RMDIR, SYMLINK, TMPFILE, OPEN, SLOT_WRITE, SLOT_FSYNC, SLOT_LINK,
  SHOW_CACHE, SHOW_DISK, DRAIN_ALL, DRAIN_DATA, DRAIN_DATA_REVERSED, DRAIN_METADATA, CALL_COUNT,
};

static const struct known_call known[CALL_COUNT] = {
    [CREATE] = {"create", 1},
    [WRITE] = {"write", 4},
    [WRITE_DIRECT] = {"write-direct", 4},
    [WRITE_DSYNC] = {"write-dsync", 4},
    [WRITE_SYNC] = {"write-sync", 4},
    [WRITE_MAPPED] = {"write-mapped", 4},
    [APPEND] = {"append", 3},
    [TRUNCATE] = {"truncate", 2},
    [ALLOCATE] = {"allocate", 4},
    [COPY] = {"copy", 5},
    [FSYNC] = {"fsync", 1},
    [FDATASYNC] = {"fdatasync", 1},
    [MSYNC] = {"msync", 2},
    [SYNC_RANGE] = {"sync-range", 3},
    [RENAME] = {"rename", 2},
    [EXCHANGE] = {"exchange", 2},
    [LINK] = {"link", 2},
    [UNLINK] = {"unlink", 1},
    [MKDIR] = {"mkdir", 1},
    [RMDIR] = {"rmdir", 1},
    [SYMLINK] = {"symlink", 2},
    [TMPFILE] = {"tmpfile", 2},
    [OPEN] = {"open", 2},
    [SLOT_WRITE] = {"slot-write", 4},
    [SLOT_FSYNC] = {"slot-fsync", 1},
    [SLOT_LINK] = {"slot-link", 2},
    [SHOW_CACHE] = {"show-cache", 1},
    [SHOW_DISK] = {"show-disk", 1},
    [DRAIN_ALL] = {"drain-all", 0},
    [DRAIN_DATA] = {"drain-data", 0},
    [DRAIN_DATA_REVERSED] = {"drain-data-reversed", 0},
    [DRAIN_METADATA] = {"drain-metadata", 0},
};

static int perform(enum call_number call, char **words) {
  switch (call) {
    case CREATE: return create(words[1]);
    case WRITE: return write_file(words, 0);
    case WRITE_DIRECT: return write_file(words, O_DIRECT);
    case WRITE_DSYNC: return write_file(words, O_DSYNC);
    case WRITE_SYNC: return write_file(words, O_SYNC);
    case WRITE_MAPPED: return write_mapped(words);
    case APPEND: return append(words);
    case TRUNCATE: return result(truncate(words[1], number(words[2])));
    case ALLOCATE: return allocate(words);
    case COPY: return copy(words);
    case FSYNC: return synchronize(words[1], 0);
    case FDATASYNC: return synchronize(words[1], 1);
    case MSYNC: return sync_mapped(words);
    case SYNC_RANGE: return sync_range(words[1], number(words[2]), number(words[3]));
    case RENAME: return result(rename(words[1], words[2]));
    case EXCHANGE: return result(renameat2(AT_FDCWD, words[1], AT_FDCWD, words[2], RENAME_EXCHANGE));
    case LINK: return result(link(words[1], words[2]));
    case UNLINK: return result(unlink(words[1]));
    case MKDIR: return result(mkdir(words[1], 0755));
    case RMDIR: return result(rmdir(words[1]));
    case SYMLINK: return result(symlink(words[1], words[2]));
    case TMPFILE: return open_slot(words, O_TMPFILE | O_RDWR);
    case OPEN: return open_slot(words, O_RDWR);
    case SLOT_WRITE: return write_at(slot(words[1]), number(words[2]), number(words[3]), words[4][0]);
    case SLOT_FSYNC: return result(fsync(slot(words[1])));
    case SLOT_LINK: return link_slot(words);
    case SHOW_CACHE: return show(words[1], 0);
    case SHOW_DISK: return show(words[1], 1);
    case DRAIN_ALL: return sync_all();
    case DRAIN_DATA: return write_back(0);
    case DRAIN_DATA_REVERSED: return write_back(1);
    case DRAIN_METADATA: return commit();
    case CALL_COUNT: break;
  }
  return -1;
}

void close_files(void) {
  for (int place = 0; place < SLOTS_MAX; place += 1) {
    if (slots[place] > 0) close(slots[place]);
  }
}

int make_call(const char *text) {
  char copy_of_text[TEXT_LENGTH_MAX];
  char *words[WORDS_MAX + 1];
  int count = 0;
  if (strlen(text) >= sizeof copy_of_text) return -1;
  strcpy(copy_of_text, text);
  for (char *rest = copy_of_text, *word; count < WORDS_MAX && (word = strsep(&rest, " ")) != NULL;) {
    if (word[0] != 0) words[count++] = word;
  }
  for (int call = 0; call < CALL_COUNT; call += 1) {
    if (count > 0 && strcmp(words[0], known[call].name) == 0) {
      return count == known[call].argument_count + 1 ? perform((enum call_number)call, words) : -1;
    }
  }
  return -1;
}
