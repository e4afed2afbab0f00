#define _GNU_SOURCE
#include "CPosix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

const int cposix_working_directory = AT_FDCWD;
const int cposix_parts_max = IOV_MAX;

// A result, or the errno of the call that has just failed.
#define RESULT(call) ({ __typeof__(call) result = (call); result < 0 ? -errno : result; })

int cposix_openat(int directory, const char *path, enum cposix_open_mode mode) {
  // O_NONBLOCK keeps the opening of a pipe from waiting for its other end; it changes nothing for files.
  static const int flags[] = {
    [CPOSIX_READ_ONLY] = O_RDONLY | O_NONBLOCK,
    [CPOSIX_READ_WRITE] = O_RDWR | O_NONBLOCK,
    [CPOSIX_CREATE_NEW] = O_RDWR | O_NONBLOCK | O_CREAT | O_EXCL,
    [CPOSIX_CREATE_OR_OPEN] = O_RDWR | O_NONBLOCK | O_CREAT,
    [CPOSIX_DIRECTORY] = O_RDONLY | O_DIRECTORY,
  };
  return RESULT(openat(directory, path, flags[mode] | O_CLOEXEC | O_NOCTTY, 0666));
}

int cposix_close(int descriptor) { return RESULT(close(descriptor)); }

int cposix_kind(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) < 0) return -errno;
  switch (status.st_mode & S_IFMT) {
    case S_IFDIR: return CPOSIX_KIND_DIRECTORY;
    case S_IFREG:
    case S_IFBLK:
    case S_IFCHR: return CPOSIX_KIND_BYTES;
    default: return CPOSIX_KIND_STREAM;
  }
}

int cposix_identify(int descriptor, struct cposix_identity *identity) {
  struct stat status;
  if (fstat(descriptor, &status) < 0) return -errno;
  *identity = (struct cposix_identity){.device = status.st_dev, .number = status.st_ino};
  return 0;
}

ssize_t cposix_pread(int descriptor, void *buffer, size_t count, int64_t offset) {
  return RESULT(pread(descriptor, buffer, count, offset));
}

ssize_t cposix_pwrite(int descriptor, const void *buffer, size_t count, int64_t offset) {
  return RESULT(pwrite(descriptor, buffer, count, offset));
}

ssize_t cposix_pwritev(int descriptor, const struct iovec *parts, int count, int64_t offset) {
  return RESULT(pwritev(descriptor, parts, count, offset));
}

int cposix_reopen_direct(int descriptor) {
  // By its descriptor: its name may be another file's by now.
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  return RESULT(open(path, O_RDWR | O_DIRECT | O_DSYNC | O_CLOEXEC | O_NOCTTY));
}

int cposix_stated_direct_alignment(int descriptor) {
#ifdef STATX_DIOALIGN
  struct statx status;
  if (statx(descriptor, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) < 0) return -errno;
  if (status.stx_mask & STATX_DIOALIGN) {
    unsigned memory = status.stx_dio_mem_align, offset = status.stx_dio_offset_align;
    return (int)(memory > offset ? memory : offset);
  }
#endif
  return -ENOSYS;
}

int cposix_tried_direct_alignment(int descriptor) {
  // Beyond the file's end a read reads nothing, and is checked alike.
  static const int candidates[] = {512, 4096};
  for (size_t index = 0; index < sizeof candidates / sizeof *candidates; index++) {
    int alignment = candidates[index];
    void *memory = NULL;
    if (posix_memalign(&memory, (size_t)alignment, (size_t)alignment) != 0) return 0;
    // Memory and place are aligned to this and to nothing coarser.
    ssize_t count = pread(descriptor, memory, (size_t)alignment, alignment);
    free(memory);
    if (count >= 0) return alignment;
  }
  return 0;
}

int cposix_sector_length(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) < 0) return -errno;
  // A partition has its queue in the folder of the disk that it is a part of.
  static const char *const queues[] = {"queue", "../queue"};
  for (size_t index = 0; index < sizeof queues / sizeof *queues; index++) {
    char path[96];
    snprintf(path, sizeof path, "/sys/dev/block/%u:%u/%s/physical_block_size", major(status.st_dev),
             minor(status.st_dev), queues[index]);
    FILE *file = fopen(path, "re");
    if (file == NULL) continue;
    int length = 0, found = fscanf(file, "%d", &length);
    fclose(file);
    return found == 1 ? length : -EIO;
  }
  return -ENOENT;
}

int cposix_map_privately(int descriptor, int64_t offset, size_t length, void **memory) {
  *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, offset);
  return *memory == MAP_FAILED ? -errno : 0;
}

int cposix_unmap(void *memory, size_t length) { return RESULT(munmap(memory, length)); }

int cposix_map_shared(int descriptor, size_t length, void **memory) {
  int protection = PROT_READ | PROT_WRITE;
  *memory = mmap(NULL, length, protection, MAP_SHARED_VALIDATE | MAP_SYNC, descriptor, 0);
  if (*memory != MAP_FAILED) return CPOSIX_SHARED_LINES;
  *memory = mmap(NULL, length, protection, MAP_SHARED, descriptor, 0);
  if (*memory == MAP_FAILED) return -errno;
  struct statfs status;
  if (fstatfs(descriptor, &status) < 0) {
    int error = errno;
    munmap(*memory, length);
    return -error;
  }
  return status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC ? CPOSIX_SHARED_STORES : CPOSIX_SHARED_PAGES;
}

int cposix_protect(void *memory, size_t length, int is_writable) {
  return RESULT(mprotect(memory, length, is_writable ? PROT_READ | PROT_WRITE : PROT_READ));
}

int cposix_sync_pages(void *memory, size_t length) { return RESULT(msync(memory, length, MS_SYNC)); }

int cposix_populate(void *memory, size_t length) {
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
  return RESULT(madvise(memory, length, MADV_POPULATE_READ));
}

int cposix_block_length(int descriptor) {
  struct stat status;
  return fstat(descriptor, &status) < 0 ? -errno : (int)status.st_blksize;
}

int64_t cposix_size(int descriptor) { return RESULT(lseek(descriptor, 0, SEEK_END)); }

int cposix_ftruncate(int descriptor, int64_t size) { return RESULT(ftruncate(descriptor, size)); }

int cposix_fallocate(int descriptor, int64_t size) { return RESULT(fallocate(descriptor, 0, 0, size)); }

int cposix_start_writing(int descriptor, int64_t offset, int64_t length) {
  return RESULT(sync_file_range(descriptor, offset, length, SYNC_FILE_RANGE_WRITE));
}

int cposix_fdatasync(int descriptor) { return RESULT(fdatasync(descriptor)); }

int cposix_fsync(int descriptor) { return RESULT(fsync(descriptor)); }

int cposix_lock(int descriptor) { return RESULT(flock(descriptor, LOCK_EX | LOCK_NB)); }

int cposix_unlock(int descriptor) { return RESULT(flock(descriptor, LOCK_UN)); }

int cposix_process(void) { return getpid(); }

int cposix_renameat(int directory, const char *path, const char *new_path) {
  return RESULT(renameat(directory, path, directory, new_path));
}

int cposix_unlinkat(int directory, const char *path) { return RESULT(unlinkat(directory, path, 0)); }

int cposix_list(int directory, void (*visit)(void *context, const char *name), void *context) {
  // The stream owns its descriptor and its position, so it gets one of its own.
  int own = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own < 0) return -errno;
  DIR *stream = fdopendir(own);
  if (stream == NULL) {
    int error = errno;
    close(own);
    return -error;
  }
  struct dirent *entry;
  while (errno = 0, (entry = readdir(stream)) != NULL) {
    unsigned char type = entry->d_type;
    if (type == DT_UNKNOWN || type == DT_LNK) {
      // The file may have gone, or the link lead nowhere: then there is nothing to list.
      struct stat status;
      if (fstatat(own, entry->d_name, &status, 0) < 0) continue;
      type = S_ISREG(status.st_mode) ? DT_REG : DT_DIR;
    }
    if (type == DT_REG) visit(context, entry->d_name);
  }
  int error = errno;
  closedir(stream);
  return -error;
}
