#define _GNU_SOURCE
#include "look.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEEN_MAX = 256, PATH_LENGTH_MAX = 512 };

// Files that were listed, by their numbers, each with its first name.
static struct {
  ino_t number;
  char path[PATH_LENGTH_MAX];
} seen[SEEN_MAX];
static int seen_count;

// Runs of letters as `write` makes them; what is shorter is what the disk held before, and shown as one.
enum { LETTERS_MIN = 8 };

static char run_letter;
static unsigned long run_length;

static void print_run(void) {
  if (run_length > 0) printf(" %c%lu", run_letter, run_length);
  run_length = 0;
}

// One more run of equal letters.
static void add_run(char letter, unsigned long count) {
  if (count < LETTERS_MIN) letter = '?';
  if (letter != run_letter) print_run();
  run_letter = letter;
  run_length += count;
}

static void print_bytes(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    printf(" %s", strerrorname_np(errno));
    return;
  }
  char previous = 0;
  unsigned long count = 0;
  static unsigned char buffer[1 << 16];
  ssize_t length;
  while ((length = read(file, buffer, sizeof buffer)) > 0) {
    for (ssize_t index = 0; index < length; index += 1) {
      unsigned char byte = buffer[index];
      char letter = byte == 0 ? '.' : byte >= 'a' && byte <= 'z' ? (char)byte : '?';
      if (letter != previous && count > 0) {
        add_run(previous, count);
        count = 0;
      }
      previous = letter;
      count += 1;
    }
  }
  if (count > 0) add_run(previous, count);
  print_run();
  if (length < 0) printf(" %s", strerrorname_np(errno));
  close(file);
}

static int is_shown(const struct dirent *entry) {
  return entry->d_name[0] != '.' && strcmp(entry->d_name, "lost+found") != 0;
}

static void print_file(const char *path, const struct stat *status) {
  for (int place = 0; place < seen_count; place += 1) {
    if (seen[place].number == status->st_ino) {
      printf("%s = %s\n", path, seen[place].path);
      return;
    }
  }
  if (seen_count < SEEN_MAX) {
    seen[seen_count].number = status->st_ino;
    snprintf(seen[seen_count].path, PATH_LENGTH_MAX, "%s", path);
    seen_count += 1;
  }
  printf("%s %lld", path, (long long)status->st_size);
  print_bytes(path);
  printf("\n");
}

static void look_into(const char *directory) {
  struct dirent **entries;
  int count = scandir(directory[0] == 0 ? "." : directory, &entries, is_shown, alphasort);
  if (count < 0) {
    printf("%s/ %s\n", directory, strerrorname_np(errno));
    return;
  }
  for (int place = 0; place < count; place += 1) {
    char path[PATH_LENGTH_MAX];
    snprintf(path, sizeof path, "%s%s%s", directory, directory[0] == 0 ? "" : "/", entries[place]->d_name);
    struct stat status;
    if (lstat(path, &status) != 0) {
      printf("%s %s\n", path, strerrorname_np(errno));
    } else if (S_ISDIR(status.st_mode)) {
      printf("%s/\n", path);
      look_into(path);
    } else if (S_ISLNK(status.st_mode)) {
      char text[PATH_LENGTH_MAX] = "";
      ssize_t length = readlink(path, text, sizeof text - 1);
      printf("%s -> %s\n", path, length < 0 ? strerrorname_np(errno) : text);
    } else {
      print_file(path, &status);
    }
    free(entries[place]);
  }
  free(entries);
}

void look(void) {
  seen_count = 0;
  look_into("");
  fflush(stdout);
}
