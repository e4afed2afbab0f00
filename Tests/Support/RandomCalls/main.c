// Makes random system calls in its working directory and prints what each returned, then the tree that they left:
// random-calls SEED COUNT. Two file systems that print the same for the same seed answered alike.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <linux/falloc.h>
#include <linux/fs.h>

static uint64_t state;

// SplitMix64.
static uint64_t draw(uint64_t bound) {
  uint64_t word = state += UINT64_C(0x9e3779b97f4a7c15);
  word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (word ^ (word >> 31)) % bound;
}

static uint64_t hash(uint64_t hash, const void *bytes, size_t count) {
  for (size_t index = 0; index < count; index += 1) {
    hash = (hash ^ ((const unsigned char *)bytes)[index]) * UINT64_C(0x100000001b3);
  }
  return hash;
}

enum { FILES = 4, LENGTH_MAX = 40000 };

struct open_file {
  int descriptor;
  int can_write;
};
static struct open_file files[FILES];
static char buffer[LENGTH_MAX];

static const char *const names[] = {"a", "b", "c", "d", "d/a", "d/b", "d/e", "d/e/a", "f", "f/a", "l", "missing/a", "a/b"};

static const char *any_name(void) { return names[draw(sizeof names / sizeof *names)]; }

static void say(const char *what, const char *name, long result) {
  if (result < 0) {
    printf("%s %s: %s\n", what, name, strerrorname_np(errno));
  } else {
    printf("%s %s: %ld\n", what, name, result);
  }
}

static void fill(size_t count) {
  unsigned char byte = (unsigned char)(1 + draw(255));
  for (size_t index = 0; index < count; index += 1) buffer[index] = (char)(byte + index / 100);
}

static void say_stat(const char *what, const char *name, int result, const struct stat *stat) {
  if (result < 0) return say(what, name, result);
  long size = S_ISDIR(stat->st_mode) ? 0 : (long)stat->st_size;
  long links = S_ISDIR(stat->st_mode) ? 0 : (long)stat->st_nlink;
  printf("%s %s: mode %o, links %ld, size %ld\n", what, name, stat->st_mode, links, size);
}

static void use_file(void) {
  int place = (int)draw(FILES);
  struct open_file *file = &files[place];
  char label[32];
  snprintf(label, sizeof label, "#%d", place);
  if (file->descriptor < 0) {
    static const int flags[] = {
        O_RDONLY, O_RDWR, O_WRONLY, O_RDWR | O_CREAT, O_RDWR | O_CREAT | O_EXCL, O_RDWR | O_CREAT | O_TRUNC,
        O_RDWR | O_CREAT | O_APPEND, O_WRONLY | O_TRUNC, O_RDONLY | O_DIRECTORY, O_RDWR | O_NOFOLLOW | O_CREAT};
    int flag = flags[draw(sizeof flags / sizeof *flags)];
    const char *name = any_name();
    if (draw(12) == 0) {
      flag = O_TMPFILE | O_RDWR;
      name = draw(2) == 0 ? "." : "d";
    }
    file->descriptor = open(name, flag | O_CLOEXEC, 0644);
    file->can_write = (flag & O_ACCMODE) != O_RDONLY;
    printf("open %s %o as %s: %s\n", name, (unsigned)flag, label, file->descriptor < 0 ? strerrorname_np(errno) : "ok");
    return;
  }
  size_t count = (size_t)draw(draw(3) == 0 ? LENGTH_MAX : 700);
  off_t offset = (off_t)draw(draw(3) == 0 ? 60000 : 5000);
  switch (draw(19)) {
    case 0: say("close", label, close(file->descriptor)); file->descriptor = -1; break;
    case 1: case 2: fill(count); say("pwrite", label, pwrite(file->descriptor, buffer, count, offset)); break;
    case 3: fill(count); say("write", label, write(file->descriptor, buffer, count)); break;
    case 4: case 5: {
      ssize_t got = pread(file->descriptor, buffer, count, offset);
      say("pread", label, got);
      if (got > 0) printf("  %016" PRIx64 "\n", hash(1, buffer, (size_t)got));
      break;
    }
    case 6: {
      ssize_t got = read(file->descriptor, buffer, count);
      say("read", label, got);
      if (got > 0) printf("  %016" PRIx64 "\n", hash(1, buffer, (size_t)got));
      break;
    }
    case 7: say("ftruncate", label, ftruncate(file->descriptor, offset)); break;
    case 8: say("fsync", label, fsync(file->descriptor)); break;
    case 9: say("fdatasync", label, fdatasync(file->descriptor)); break;
    case 10: say("fallocate", label, fallocate(file->descriptor, 0, offset, (off_t)count + 1)); break;
    case 11:
      say("fallocate keep", label, fallocate(file->descriptor, FALLOC_FL_KEEP_SIZE, offset, (off_t)count + 1));
      break;
    case 12:
      say("punch", label,
          fallocate(file->descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, (off_t)count + 1));
      break;
    case 13: {
      struct stat found;
      int result = fstat(file->descriptor, &found);
      say_stat("fstat", label, result, &found);
      break;
    }
    case 14: say("lseek", label, lseek(file->descriptor, offset, SEEK_SET)); break;
    case 15: {
      // What the end of a directory is, each file system decides for itself.
      struct stat found;
      if (fstat(file->descriptor, &found) != 0 || S_ISDIR(found.st_mode)) break;
      say("lseek end", label, lseek(file->descriptor, 0, SEEK_END));
      break;
    }
    case 16: {
      int other = (int)draw(FILES);
      if (files[other].descriptor < 0 || other == place) break;
      off_t from = offset, to = (off_t)draw(5000);
      say("copy", label, copy_file_range(file->descriptor, &from, files[other].descriptor, &to, count, 0));
      break;
    }
    case 17: {
      struct stat found;
      if (!file->can_write || fstat(file->descriptor, &found) != 0 || !S_ISREG(found.st_mode) || found.st_size == 0) break;
      char *memory =
          mmap(NULL, (size_t)found.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file->descriptor, 0);
      if (memory == MAP_FAILED) {
        say("mmap", label, -1);
        break;
      }
      off_t start = (off_t)draw((uint64_t)found.st_size);
      size_t length = (size_t)draw((uint64_t)(found.st_size - start) + 1);
      fill(length > LENGTH_MAX ? LENGTH_MAX : length);
      memcpy(memory + start, buffer, length > LENGTH_MAX ? LENGTH_MAX : length);
      say("msync", label, draw(2) == 0 ? msync(memory, (size_t)found.st_size, MS_SYNC) : 0);
      munmap(memory, (size_t)found.st_size);
      break;
    }
    case 18: {
      char path[64];
      snprintf(path, sizeof path, "/proc/self/fd/%d", file->descriptor);
      const char *name = any_name();
      say("link of descriptor to", name, linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW));
      break;
    }
  }
}

static int compare_text(const void *left, const void *right) {
  return strcmp(*(char *const *)left, *(char *const *)right);
}

static void list(const char *name, int says_all) {
  DIR *directory = opendir(name);
  if (directory == NULL) return say("opendir", name, -1);
  char *found[64];
  int count = 0;
  struct dirent *entry;
  while ((entry = readdir(directory)) != NULL && count < 64) found[count++] = strdup(entry->d_name);
  qsort(found, (size_t)count, sizeof *found, compare_text);
  printf("list %s:", name);
  for (int index = 0; index < count; index += 1) printf(" %s", found[index]);
  printf("\n");
  closedir(directory);
  for (int index = 0; index < count; index += 1) {
    if (says_all && strcmp(found[index], ".") != 0 && strcmp(found[index], "..") != 0) {
      char path[4096];
      snprintf(path, sizeof path, "%s/%s", name, found[index]);
      struct stat found;
      int result = lstat(path, &found);
      say_stat("is", path, result, &found);
      if (result == 0 && S_ISREG(found.st_mode)) {
        int descriptor = open(path, O_RDONLY);
        uint64_t all = 1;
        ssize_t got;
        while ((got = read(descriptor, buffer, sizeof buffer)) > 0) all = hash(all, buffer, (size_t)got);
        printf("  %016" PRIx64 "\n", all);
        close(descriptor);
      }
      if (result == 0 && S_ISLNK(found.st_mode)) {
        char text[256] = {0};
        say("readlink", path, readlink(path, text, sizeof text - 1));
        printf("  %s\n", text);
      }
      if (result == 0 && S_ISDIR(found.st_mode)) list(path, 1);
    }
    free(found[index]);
  }
}

static void use_names(void) {
  const char *name = any_name(), *other = any_name();
  char label[64];
  snprintf(label, sizeof label, "%s %s", name, other);
  switch (draw(17)) {
    case 0: case 1: say("mkdir", name, mkdir(name, 0755)); break;
    case 2: say("rmdir", name, rmdir(name)); break;
    case 3: say("unlink", name, unlink(name)); break;
    case 4: case 5: say("rename", label, rename(name, other)); break;
    case 6: say("rename noreplace", label, renameat2(AT_FDCWD, name, AT_FDCWD, other, RENAME_NOREPLACE)); break;
    case 7: say("exchange", label, renameat2(AT_FDCWD, name, AT_FDCWD, other, RENAME_EXCHANGE)); break;
    case 8: say("link", label, link(name, other)); break;
    case 9: say("symlink", label, symlink(draw(2) == 0 ? "a" : "d", other)); break;
    case 10: {
      struct stat found;
      int result = lstat(name, &found);
      say_stat("lstat", name, result, &found);
      break;
    }
    case 11: {
      struct stat found;
      int result = stat(name, &found);
      say_stat("stat", name, result, &found);
      break;
    }
    case 12: list(draw(2) == 0 ? "." : name, 0); break;
    case 13: say("truncate", name, truncate(name, (off_t)draw(20000))); break;
    case 14: say("chmod", name, chmod(name, draw(2) == 0 ? 0700 : 0755)); break;
    case 15: {
      int descriptor = open(draw(2) == 0 ? "." : "d", O_RDONLY | O_DIRECTORY);
      say("fsync of directory", "", descriptor < 0 ? -1 : fsync(descriptor));
      if (descriptor >= 0) close(descriptor);
      break;
    }
    case 16: {
      char value[64];
      switch (draw(3)) {
        case 0: say("setxattr", name, setxattr(name, "user.k", "value", draw(6), 0)); break;
        case 1: say("getxattr", name, getxattr(name, "user.k", value, sizeof value)); break;
        case 2: say("removexattr", name, removexattr(name, "user.k")); break;
      }
      break;
    }
  }
}

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: random-calls SEED COUNT\n");
    return 64;
  }
  umask(022);
  state = strtoull(arguments[1], NULL, 10);
  for (int index = 0; index < FILES; index += 1) files[index].descriptor = -1;
  for (long left = strtol(arguments[2], NULL, 10); left > 0; left -= 1) {
    if (draw(5) < 3) use_file();
    else use_names();
  }
  list(".", 1);
  return 0;
}
