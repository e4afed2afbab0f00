#define FUSE_USE_VERSION 35
#define _GNU_SOURCE
#include "CFuse.h"
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

struct cfuse_session {
  struct fuse_session *session;
  struct fuse_buf buffer;
  cfuse_handler handler;
  void *context;
  /// Whether reads and writes of files arrive as the program made them, past the kernel's cache.
  int is_direct;
  /// Whether the answer under way is the one that begins the session.
  int answers_init;
  /// Of a mount that everybody sees: the process that detaches it when this one is gone, and the pipe by which it knows.
  pid_t watcher;
  int watched;
};

// A name that no file can have stands for a file without a name: see `cfuse_process`.
static const char nameless[] = "/";

static int64_t nanoseconds(struct timespec time) { return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec; }

static struct timespec timespec_of(int64_t nanoseconds) {
  int64_t seconds = nanoseconds / 1000000000, rest = nanoseconds % 1000000000;
  if (rest < 0) {
    seconds -= 1;
    rest += 1000000000;
  }
  return (struct timespec){.tv_sec = seconds, .tv_nsec = rest};
}

static struct stat stat_of(const struct cfuse_attributes *attributes) {
  return (struct stat){
      .st_ino = attributes->number,
      .st_mode = attributes->mode,
      .st_nlink = attributes->links,
      .st_uid = attributes->user,
      .st_gid = attributes->group,
      .st_rdev = attributes->device,
      .st_size = (off_t)attributes->size,
      .st_blocks = (blkcnt_t)attributes->blocks,
      .st_blksize = 4096,
      .st_atim = timespec_of(attributes->access_time),
      .st_mtim = timespec_of(attributes->modification_time),
      .st_ctim = timespec_of(attributes->change_time),
  };
}

static struct fuse_entry_param entry_of(const struct cfuse_attributes *attributes) {
  return (struct fuse_entry_param){.ino = attributes->node, .attr = stat_of(attributes)};
}

// Calls

static void hand_over(fuse_req_t request, struct cfuse_call call) {
  struct cfuse_session *session = fuse_req_userdata(request);
  const struct fuse_ctx *caller = fuse_req_ctx(request);
  call.request = request;
  call.thread = caller->pid;
  if (call.kind != CFUSE_SET_ATTRIBUTES) {
    call.user = caller->uid;
    call.group = caller->gid;
  }
  session->handler(session->context, &call);
}

static void start(void *context, struct fuse_conn_info *connection) {
  (void)context;
  // Nothing that lets the kernel answer, delay or reorder what the file system is asked.
  connection->want = 0;
  connection->max_readahead = 0;
}

static void lookup(fuse_req_t request, fuse_ino_t parent, const char *name) {
  hand_over(request, (struct cfuse_call){.kind = CFUSE_LOOKUP, .node = parent, .name = name});
}

static void getattr(fuse_req_t request, fuse_ino_t node, struct fuse_file_info *file) {
  hand_over(request, (struct cfuse_call){
      .kind = CFUSE_GET_ATTRIBUTES, .node = node, .handle = file ? file->fh : 0});
}

static void setattr(fuse_req_t request, fuse_ino_t node, struct stat *stat, int set, struct fuse_file_info *file) {
  hand_over(request, (struct cfuse_call){
      .kind = CFUSE_SET_ATTRIBUTES, .node = node, .handle = file ? file->fh : 0, .mode = stat->st_mode,
      .user = stat->st_uid, .group = stat->st_gid, .size = (uint64_t)stat->st_size, .set = (uint32_t)set,
      .access_time = nanoseconds(stat->st_atim), .change_time = nanoseconds(stat->st_mtim)});
}

static void readlink_(fuse_req_t request, fuse_ino_t node) {
  hand_over(request, (struct cfuse_call){.kind = CFUSE_READ_LINK, .node = node});
}

static void mknod_(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, dev_t device) {
  hand_over(request, (struct cfuse_call){
      .kind = CFUSE_MAKE_NODE, .node = parent, .name = name, .mode = mode, .device = (uint32_t)device});
}

static void mkdir_(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode) {
  hand_over(request, (struct cfuse_call){.kind = CFUSE_MAKE_DIRECTORY, .node = parent, .name = name, .mode = mode});
}

static void unlink_(fuse_req_t request, fuse_ino_t parent, const char *name) {
  hand_over(request, (struct cfuse_call){.kind = CFUSE_REMOVE_FILE, .node = parent, .name = name});
}

static void rmdir_(fuse_req_t request, fuse_ino_t parent, const char *name) {
  hand_over(request, (struct cfuse_call){.kind = CFUSE_REMOVE_DIRECTORY, .node = parent, .name = name});
}

static void symlink_(fuse_req_t request, const char *text, fuse_ino_t parent, const char *name) {
  hand_over(request, (struct cfuse_call){
      .kind = CFUSE_MAKE_SYMBOLIC_LINK, .node = parent, .name = name, .new_name = text});
}

static void rename_(
    fuse_req_t request, fuse_ino_t parent, const char *name, fuse_ino_t new_parent, const char *new_name,
    unsigned int flags) {
  hand_over(request, (struct cfuse_call){
      .kind = CFUSE_RENAME, .node = parent, .name = name, .new_node = new_parent, .new_name = new_name,
      .flags = flags});
}

static void link_(fuse_req_t request, fuse_ino_t node, fuse_ino_t new_parent, const char *new_name) {
  hand_over(request, (struct cfuse_call){
      .kind = CFUSE_LINK, .node = node, .new_node = new_parent, .new_name = new_name});
}

static void open_(fuse_req_t request, fuse_ino_t node, struct fuse_file_info *file) {
  hand_over(request, (struct cfuse_call){.kind = CFUSE_OPEN, .node = node, .flags = (uint32_t)file->flags});
}

static void read_(fuse_req_t request, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *file) {
  hand_over(request, (struct cfuse_call){
      .kind = CFUSE_READ, .node = node, .handle = file->fh, .offset = offset, .size = size});
}

static void write_(
    fuse_req_t request, fuse_ino_t node, const char *bytes, size_t size, off_t offset, struct fuse_file_info *file) {
  hand_over(request, (struct cfuse_call){
      .kind = CFUSE_WRITE, .node = node, .handle = file->fh, .offset = offset, .size = size, .bytes = bytes,
      .flags = (uint32_t)file->flags});
}

static void release(fuse_req_t request, fuse_ino_t node, struct fuse_file_info *file) {
  hand_over(request, (struct cfuse_call){.kind = CFUSE_RELEASE, .node = node, .handle = file->fh});
}

static void fsync_(fuse_req_t request, fuse_ino_t node, int is_data, struct fuse_file_info *file) {
  hand_over(request, (struct cfuse_call){
      .kind = CFUSE_SYNC_FILE, .node = node, .handle = file->fh, .flags = is_data != 0});
}

static void opendir_(fuse_req_t request, fuse_ino_t node, struct fuse_file_info *file) {
  (void)file;
  hand_over(request, (struct cfuse_call){.kind = CFUSE_OPEN_DIRECTORY, .node = node});
}

static void readdir_(fuse_req_t request, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *file) {
  hand_over(request, (struct cfuse_call){
      .kind = CFUSE_READ_DIRECTORY, .node = node, .handle = file->fh, .offset = offset, .size = size});
}

static void releasedir(fuse_req_t request, fuse_ino_t node, struct fuse_file_info *file) {
  hand_over(request, (struct cfuse_call){.kind = CFUSE_RELEASE_DIRECTORY, .node = node, .handle = file->fh});
}

static void fsyncdir(fuse_req_t request, fuse_ino_t node, int is_data, struct fuse_file_info *file) {
  hand_over(request, (struct cfuse_call){
      .kind = CFUSE_SYNC_DIRECTORY, .node = node, .handle = file->fh, .flags = is_data != 0});
}

static void statfs_(fuse_req_t request, fuse_ino_t node) {
  hand_over(request, (struct cfuse_call){.kind = CFUSE_STATISTICS, .node = node});
}

static void setxattr_(
    fuse_req_t request, fuse_ino_t node, const char *name, const char *value, size_t size, int flags) {
  hand_over(request, (struct cfuse_call){
      .kind = CFUSE_SET_XATTR, .node = node, .name = name, .bytes = value, .size = size, .flags = (uint32_t)flags});
}

static void getxattr_(fuse_req_t request, fuse_ino_t node, const char *name, size_t size) {
  hand_over(request, (struct cfuse_call){.kind = CFUSE_GET_XATTR, .node = node, .name = name, .size = size});
}

static void listxattr_(fuse_req_t request, fuse_ino_t node, size_t size) {
  hand_over(request, (struct cfuse_call){.kind = CFUSE_LIST_XATTR, .node = node, .size = size});
}

static void removexattr_(fuse_req_t request, fuse_ino_t node, const char *name) {
  hand_over(request, (struct cfuse_call){.kind = CFUSE_REMOVE_XATTR, .node = node, .name = name});
}

static void create(
    fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *file) {
  hand_over(request, (struct cfuse_call){
      .kind = strcmp(name, nameless) == 0 ? CFUSE_MAKE_NAMELESS_FILE : CFUSE_CREATE, .node = parent, .name = name,
      .mode = mode, .flags = (uint32_t)file->flags});
}

static void fallocate_(
    fuse_req_t request, fuse_ino_t node, int mode, off_t offset, off_t length, struct fuse_file_info *file) {
  hand_over(request, (struct cfuse_call){
      .kind = CFUSE_ALLOCATE, .node = node, .handle = file->fh, .offset = offset, .size = (uint64_t)length,
      .flags = (uint32_t)mode});
}

static void copy_file_range_(
    fuse_req_t request, fuse_ino_t node, off_t offset, struct fuse_file_info *file, fuse_ino_t new_node,
    off_t new_offset, struct fuse_file_info *new_file, size_t length, int flags) {
  hand_over(request, (struct cfuse_call){
      .kind = CFUSE_COPY_RANGE, .node = node, .handle = file->fh, .offset = offset, .new_node = new_node,
      .new_handle = new_file->fh, .new_offset = new_offset, .size = length, .flags = (uint32_t)flags});
}

// Left out, so that libfuse answers that they are not there and the kernel does without: access and flush, which change
// nothing here; lseek, so that a file is data from its beginning to its end; locks, which the kernel keeps itself. Inodes are never taken back while their disk lives, so what the
// kernel forgets needs no answer.
static const struct fuse_lowlevel_ops operations = {
    .init = start,
    .lookup = lookup,
    .getattr = getattr,
    .setattr = setattr,
    .readlink = readlink_,
    .mknod = mknod_,
    .mkdir = mkdir_,
    .unlink = unlink_,
    .rmdir = rmdir_,
    .symlink = symlink_,
    .rename = rename_,
    .link = link_,
    .open = open_,
    .read = read_,
    .write = write_,
    .release = release,
    .fsync = fsync_,
    .opendir = opendir_,
    .readdir = readdir_,
    .releasedir = releasedir,
    .fsyncdir = fsyncdir,
    .statfs = statfs_,
    .setxattr = setxattr_,
    .getxattr = getxattr_,
    .listxattr = listxattr_,
    .removexattr = removexattr_,
    .create = create,
    .fallocate = fallocate_,
    .copy_file_range = copy_file_range_,
};

// Past the cache

// In linux/fuse.h since 6.6: files that are opened past the cache can be mapped all the same. It is bit 36, the fifth of
// the second word of flags.
static const uint32_t direct_io_allow_mmap_high = 1u << 4;

// libfuse 3.14 knows only the first word of flags: whether the kernel offers this, and that it is wanted, goes past it.
static int offers_direct_mappings(const struct fuse_in_header *header) {
  const struct fuse_init_in *start = (const void *)(header + 1);
  return header->len >= sizeof *header + sizeof *start && (start->flags & FUSE_INIT_EXT) != 0 &&
         (start->flags2 & direct_io_allow_mmap_high) != 0;
}

static ssize_t send_answer(int descriptor, struct iovec *parts, int count, void *context) {
  struct cfuse_session *session = context;
  if (session->answers_init && count > 1 && parts[1].iov_len >= sizeof(struct fuse_init_out)) {
    struct fuse_init_out *answer = parts[1].iov_base;
    answer->flags |= FUSE_INIT_EXT;
    answer->flags2 |= direct_io_allow_mmap_high;
    session->is_direct = 1;
  }
  return writev(descriptor, parts, count);
}

static ssize_t receive_call(int descriptor, void *buffer, size_t length, void *context) {
  (void)context;
  return read(descriptor, buffer, length);
}

static const struct fuse_custom_io past_the_cache = {.writev = send_answer, .read = receive_call};

// Sessions

// What libfuse says while a session is mounted. One thread mounts at a time.
static char *log_message;
static size_t log_capacity;

static void keep_log(enum fuse_log_level level, const char *format, va_list arguments) {
  (void)level;
  if (log_message == NULL) return;
  size_t length = strlen(log_message);
  vsnprintf(log_message + length, log_capacity - length, format, arguments);
  length = strlen(log_message);
  while (length > 0 && log_message[length - 1] == '\n') log_message[--length] = 0;
}

static int open_session(
    const char *mount_point, const char *options, cfuse_handler handler, void *context,
    struct cfuse_session **result) {
  struct cfuse_session *session = calloc(1, sizeof *session);
  if (session == NULL) return -ENOMEM;
  session->handler = handler;
  session->context = context;
  struct fuse_args arguments = FUSE_ARGS_INIT(0, NULL);
  int status = fuse_opt_add_arg(&arguments, "lrvm-torture");
  if (status == 0 && options != NULL) status = fuse_opt_add_arg(&arguments, options);
  if (status == 0) session->session = fuse_session_new(&arguments, &operations, sizeof operations, session);
  fuse_opt_free_args(&arguments);
  if (session->session == NULL) {
    free(session);
    return -EINVAL;
  }
  errno = 0;
  if (fuse_session_mount(session->session, mount_point) != 0) {
    int error = errno != 0 ? errno : EPERM;
    fuse_session_destroy(session->session);
    free(session);
    return -error;
  }
  int descriptor = fuse_session_fd(session->session);
  int status_of_io = fuse_session_custom_io(session->session, &past_the_cache, descriptor);
  if (status_of_io != 0) {
    fuse_session_destroy(session->session);
    free(session);
    return -ENOMEM;
  }
  fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  *result = session;
  return 0;
}

int cfuse_open_descriptor(int descriptor, cfuse_handler handler, void *context, struct cfuse_session **session) {
  char name[32];
  snprintf(name, sizeof name, "/dev/fd/%d", descriptor);
  return open_session(name, NULL, handler, context, session);
}

// Waits until the process at the other end of the pipe is gone, however it ended, and detaches the dead mount that it
// left. (libfuse's auto_unmount looks whether the mount is dead at a time when it may not be so yet.) Runs in a copy of
// the process, and allocates nothing.
static void watch(int pipe, const char *directory) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  setsid();
  dup2(pipe, 0);
  syscall(SYS_close_range, 3, ~0U, 0);
  char byte;
  while (read(0, &byte, 1) < 0 && errno == EINTR) continue;
  // A mount that answers, or none at all, is not the one that was left.
  struct stat status;
  if (stat(directory, &status) == 0 || (errno != ENOTCONN && errno != ECONNABORTED)) _exit(0);
  if (umount2(directory, MNT_DETACH) != 0) execlp("fusermount3", "fusermount3", "-u", "-z", "-q", "--", directory, NULL);
  _exit(0);
}

static int start_watcher(struct cfuse_session *session, const char *directory) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
  pid_t watcher = fork();
  if (watcher == 0) {
    close(ends[1]);
    watch(ends[0], directory);
  }
  int error = watcher < 0 ? -errno : 0;
  close(ends[0]);
  if (watcher < 0) {
    close(ends[1]);
    return error;
  }
  session->watcher = watcher;
  session->watched = ends[1];
  return 0;
}

int cfuse_mount(
    const char *directory, const char *source, int is_for_all_users, cfuse_handler handler, void *context,
    struct cfuse_session **session, char *message, size_t message_length) {
  char options[4200];
  int length = snprintf(
      options, sizeof options, "-o%sdefault_permissions,fsname=%s,subtype=lrvm-torture",
      is_for_all_users ? "allow_other," : "", source);
  if (length < 0 || (size_t)length >= sizeof options) return -ENAMETOOLONG;
  message[0] = 0;
  log_message = message;
  log_capacity = message_length;
  fuse_set_log_func(keep_log);
  int status = open_session(directory, options, handler, context, session);
  log_message = NULL;
  if (status != 0) return status;
  status = start_watcher(*session, directory);
  if (status != 0) {
    fuse_session_unmount((*session)->session);
    cfuse_close(*session);
  }
  return status;
}

void cfuse_close(struct cfuse_session *session) {
  if (session->watcher > 0) {
    // First, so that it never meets another mount at the same place.
    kill(session->watcher, SIGKILL);
    while (waitpid(session->watcher, NULL, 0) < 0 && errno == EINTR) continue;
    close(session->watched);
    fuse_session_unmount(session->session);
  }
  fuse_session_destroy(session->session);
  free(session->buffer.mem);
  free(session);
}

int cfuse_descriptor(struct cfuse_session *session) { return fuse_session_fd(session->session); }

int cfuse_receive(struct cfuse_session *session) {
  int count = fuse_session_receive_buf(session->session, &session->buffer);
  if (count == -EAGAIN || count == -EINTR) return 0;
  if (count == 0) return -ENODEV;
  return count < 0 ? count : 1;
}

void cfuse_process(struct cfuse_session *session) {
  // libfuse 3.14 does not know FUSE_TMPFILE, whose request is that of FUSE_CREATE with "/" for a name, and whose
  // answer is the same.
  struct fuse_in_header *header = session->buffer.mem;
  if (header->opcode == FUSE_TMPFILE) header->opcode = FUSE_CREATE;
  session->answers_init = header->opcode == FUSE_INIT && offers_direct_mappings(header);
  fuse_session_process_buf(session->session, &session->buffer);
  session->answers_init = 0;
}

// Answers

void cfuse_answer_error(const struct cfuse_call *call, int error) { fuse_reply_err(call->request, error); }

void cfuse_answer_entry(const struct cfuse_call *call, const struct cfuse_attributes *attributes) {
  struct fuse_entry_param entry = entry_of(attributes);
  fuse_reply_entry(call->request, &entry);
}

static struct fuse_file_info opened_as(const struct cfuse_call *call, uint64_t handle) {
  struct cfuse_session *session = fuse_req_userdata(call->request);
  return (struct fuse_file_info){.fh = handle, .direct_io = session->is_direct && call->kind != CFUSE_OPEN_DIRECTORY};
}

void cfuse_answer_created(
    const struct cfuse_call *call, const struct cfuse_attributes *attributes, uint64_t handle) {
  struct fuse_entry_param entry = entry_of(attributes);
  struct fuse_file_info file = opened_as(call, handle);
  fuse_reply_create(call->request, &entry, &file);
}

void cfuse_answer_attributes(const struct cfuse_call *call, const struct cfuse_attributes *attributes) {
  struct stat stat = stat_of(attributes);
  fuse_reply_attr(call->request, &stat, 0);
}

void cfuse_answer_opened(const struct cfuse_call *call, uint64_t handle) {
  struct fuse_file_info file = opened_as(call, handle);
  fuse_reply_open(call->request, &file);
}

void cfuse_answer_bytes(const struct cfuse_call *call, const void *bytes, size_t count) {
  fuse_reply_buf(call->request, bytes, count);
}

void cfuse_answer_link(const struct cfuse_call *call, const char *text) { fuse_reply_readlink(call->request, text); }

void cfuse_answer_count(const struct cfuse_call *call, size_t count) { fuse_reply_write(call->request, count); }

void cfuse_answer_length(const struct cfuse_call *call, size_t length) { fuse_reply_xattr(call->request, length); }

void cfuse_answer_statistics(const struct cfuse_call *call, const struct cfuse_statistics *statistics) {
  struct statvfs answer = {
      .f_bsize = statistics->block_length,
      .f_frsize = statistics->block_length,
      .f_blocks = statistics->blocks,
      .f_bfree = statistics->free_blocks,
      .f_bavail = statistics->free_blocks,
      .f_files = statistics->files,
      .f_ffree = statistics->free_files,
      .f_favail = statistics->free_files,
      .f_namemax = statistics->name_length_max,
  };
  fuse_reply_statfs(call->request, &answer);
}

size_t cfuse_add_entry(
    const struct cfuse_call *call, void *buffer, size_t capacity, const char *name, uint64_t number, uint32_t mode,
    int64_t next_offset) {
  struct stat stat = {.st_ino = number, .st_mode = mode};
  size_t length = fuse_add_direntry(call->request, buffer, capacity, name, &stat, next_offset);
  return length <= capacity ? length : 0;
}
