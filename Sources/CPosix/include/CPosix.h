#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

// The system calls that storage needs, as plain functions. Some are not visible to Swift at all, and errno
// cannot be read safely after a call has returned through Swift: so each function returns the call's own
// result, or the errno negated, as the kernel itself does.

/// How `cposix_openat` opens. The descriptor is always closed on exec, and never blocks in the call.
enum cposix_open_mode {
  CPOSIX_READ_ONLY,
  CPOSIX_READ_WRITE,
  CPOSIX_CREATE_NEW,
  CPOSIX_CREATE_OR_OPEN,
  CPOSIX_DIRECTORY,
};

/// What tells a file from all others.
struct cposix_identity {
  uint64_t device;
  uint64_t number;
};

/// What a descriptor refers to.
enum cposix_file_kind {
  CPOSIX_KIND_DIRECTORY,
  /// A regular file or a device: bytes at offsets.
  CPOSIX_KIND_BYTES,
  /// A pipe, a socket, and whatever else has no offsets.
  CPOSIX_KIND_STREAM,
};

/// The directory that relative paths start from before one is opened (AT_FDCWD).
extern const int cposix_working_directory;
/// The most parts that one `cposix_pwritev` takes (IOV_MAX).
extern const int cposix_parts_max;

/// A descriptor.
int cposix_openat(int directory, const char *path, enum cposix_open_mode mode);
int cposix_close(int descriptor);
/// A `cposix_file_kind`.
int cposix_kind(int descriptor);
int cposix_identify(int descriptor, struct cposix_identity *identity);

ssize_t cposix_pread(int descriptor, void *buffer, size_t count, int64_t offset);
ssize_t cposix_pwrite(int descriptor, const void *buffer, size_t count, int64_t offset);
ssize_t cposix_pwritev(int descriptor, const struct iovec *parts, int count, int64_t offset);

/// The same file once more, for direct writes, each of which is durable when it returns (O_DIRECT and O_DSYNC).
int cposix_reopen_direct(int descriptor);
/// The alignment in memory and in the file, in bytes, that the kernel says direct calls on the descriptor need; 0 where it
/// says that there are none, and -ENOSYS where it does not say (before Linux 6.1, and for some file systems since).
int cposix_stated_direct_alignment(int descriptor);
/// The same for a descriptor that was opened for direct calls, found out by trying them; 0 where none works.
int cposix_tried_direct_alignment(int descriptor);

/// What the device that holds the file writes whole or not at all, in bytes, as it says (`physical_block_size`); -ENOENT
/// where no single device does.
int cposix_sector_length(int descriptor);

/// Maps `length` bytes of the file from `offset` on, to be read and written, copied page by page when first written to
/// (MAP_PRIVATE). 0, or the negative errno.
int cposix_map_privately(int descriptor, int64_t offset, size_t length, void **memory);
int cposix_unmap(void *memory, size_t length);

/// How a shared mapping's stores become permanent.
enum cposix_shared_kind {
  /// By an msync of their pages.
  CPOSIX_SHARED_PAGES,
  /// When their cache lines are written to memory (MAP_SYNC).
  CPOSIX_SHARED_LINES,
  /// When they are made: the file is nowhere but in memory (tmpfs).
  CPOSIX_SHARED_STORES,
};
/// Maps `length` bytes of the file, shared with all who have it open. A `cposix_shared_kind`, or the negative errno.
int cposix_map_shared(int descriptor, size_t length, void **memory);
/// Lets pages of a mapping be written to, or not any more. `memory` is page-aligned.
int cposix_protect(void *memory, size_t length, int is_writable);
/// Writes pages of a shared mapping to the disk and waits for that. `memory` is page-aligned.
int cposix_sync_pages(void *memory, size_t length);
/// Reads pages of a mapping from wherever they are; -EHWPOISON or -EFAULT where one cannot be read, -EINVAL where the
/// kernel cannot tell (before Linux 5.14).
int cposix_populate(void *memory, size_t length);

/// In what the file system gives space to the file, in bytes.
int cposix_block_length(int descriptor);

/// The size in bytes of a regular file or of a block device. Moves the descriptor's position.
int64_t cposix_size(int descriptor);
int cposix_ftruncate(int descriptor, int64_t size);
/// Reserves the bytes from 0 to `size` and grows the file to them.
int cposix_fallocate(int descriptor, int64_t size);
/// Starts writing the range's dirty pages to the disk, and waits for none (sync_file_range).
int cposix_start_writing(int descriptor, int64_t offset, int64_t length);
int cposix_fdatasync(int descriptor);
int cposix_fsync(int descriptor);
/// The exclusive flock of the open file; -EWOULDBLOCK where another open file holds it.
int cposix_lock(int descriptor);
/// Lets it go, also where a forked child holds the open file still.
int cposix_unlock(int descriptor);
int cposix_process(void);

int cposix_renameat(int directory, const char *path, const char *new_path);
int cposix_unlinkat(int directory, const char *path);
/// Calls `visit` with the name of each regular file, or link to one, in the directory; 0.
int cposix_list(int directory, void (*visit)(void *context, const char *name), void *context);
