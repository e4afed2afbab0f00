#pragma once
#include <stddef.h>
#include <stdint.h>

// The door to libfuse3's low-level interface: a call of the kernel as one flat value, an answer as one flat value.
// Functions return their result, or the errno negated. Times are nanoseconds since 1970.

enum cfuse_kind {
  CFUSE_LOOKUP,
  CFUSE_GET_ATTRIBUTES,
  CFUSE_SET_ATTRIBUTES,
  CFUSE_READ_LINK,
  CFUSE_MAKE_NODE,
  CFUSE_MAKE_DIRECTORY,
  CFUSE_REMOVE_FILE,
  CFUSE_REMOVE_DIRECTORY,
  CFUSE_MAKE_SYMBOLIC_LINK,
  CFUSE_RENAME,
  CFUSE_LINK,
  CFUSE_OPEN,
  CFUSE_READ,
  CFUSE_WRITE,
  CFUSE_RELEASE,
  CFUSE_SYNC_FILE,
  CFUSE_OPEN_DIRECTORY,
  CFUSE_READ_DIRECTORY,
  CFUSE_RELEASE_DIRECTORY,
  CFUSE_SYNC_DIRECTORY,
  CFUSE_STATISTICS,
  CFUSE_SET_XATTR,
  CFUSE_GET_XATTR,
  CFUSE_LIST_XATTR,
  CFUSE_REMOVE_XATTR,
  CFUSE_CREATE,
  CFUSE_MAKE_NAMELESS_FILE,
  CFUSE_ALLOCATE,
  CFUSE_COPY_RANGE,
};

/// What CFUSE_SET_ATTRIBUTES sets (`set`).
enum cfuse_set {
  CFUSE_SET_MODE = 1 << 0,
  CFUSE_SET_USER = 1 << 1,
  CFUSE_SET_GROUP = 1 << 2,
  CFUSE_SET_SIZE = 1 << 3,
  CFUSE_SET_ACCESS_TIME = 1 << 4,
  CFUSE_SET_CHANGE_TIME = 1 << 5,
  CFUSE_SET_ACCESS_TIME_NOW = 1 << 7,
  CFUSE_SET_CHANGE_TIME_NOW = 1 << 8,
};

/// A call. What a kind does not use is zero. Pointers are valid until the call is answered.
struct cfuse_call {
  enum cfuse_kind kind;
  /// The inode, or the directory in which `name` is.
  uint64_t node;
  /// The directory in which `new_name` is; for CFUSE_LINK the directory, and `node` the file.
  uint64_t new_node;
  const char *name;
  /// The second name; the text of a symbolic link; the value's name of an extended attribute is `name`.
  const char *new_name;
  uint64_t handle;
  uint64_t new_handle;
  int64_t offset;
  int64_t new_offset;
  /// The length in bytes, or the new size.
  uint64_t size;
  /// What is written, or an extended attribute's value.
  const void *bytes;
  uint32_t mode;
  /// The flags of open(2), rename(2), fallocate(2), setxattr(2); 1 for a sync of the data alone.
  uint32_t flags;
  /// `cfuse_set`
  uint32_t set;
  /// Who calls; for CFUSE_SET_ATTRIBUTES the new owner.
  uint32_t user;
  uint32_t group;
  /// The thread that calls, by its number in the namespace of the process that mounted; 0 where the kernel does.
  int32_t thread;
  uint32_t device;
  int64_t access_time;
  int64_t change_time;
  /// libfuse's own.
  void *request;
};

struct cfuse_attributes {
  /// The number that the kernel is to call the inode by; never used for another inode.
  uint64_t node;
  /// The number that stat(2) shows.
  uint64_t number;
  uint64_t size;
  uint64_t blocks;
  uint32_t mode;
  uint32_t links;
  uint32_t user;
  uint32_t group;
  uint32_t device;
  int64_t access_time;
  int64_t modification_time;
  int64_t change_time;
};

struct cfuse_statistics {
  uint64_t block_length;
  uint64_t blocks;
  uint64_t free_blocks;
  uint64_t files;
  uint64_t free_files;
  uint64_t name_length_max;
};

struct cfuse_session;

/// Handles a call, which it must answer once, by one of the functions below.
typedef void (*cfuse_handler)(void *context, const struct cfuse_call *call);

/// A session over a descriptor of /dev/fuse that was mounted by somebody else; it closes the descriptor in the end.
int cfuse_open_descriptor(int descriptor, cfuse_handler handler, void *context, struct cfuse_session **session);
/// A session mounted at `directory`, visible to the whole system, which goes with this process, however it ends.
/// `message` gets what libfuse says where that fails.
int cfuse_mount(
    const char *directory, const char *source, int is_for_all_users, cfuse_handler handler, void *context,
    struct cfuse_session **session, char *message, size_t message_length);
/// Unmounts what `cfuse_mount` mounted, and frees the session.
void cfuse_close(struct cfuse_session *session);

/// What to poll for reading.
int cfuse_descriptor(struct cfuse_session *session);
/// Takes one call from the kernel: 1, 0 where none is waiting, -ENODEV where the mount is gone.
int cfuse_receive(struct cfuse_session *session);
/// Hands the call that was received to the handler, where it is one of the kinds above; answers others itself.
void cfuse_process(struct cfuse_session *session);

void cfuse_answer_error(const struct cfuse_call *call, int error);
void cfuse_answer_entry(const struct cfuse_call *call, const struct cfuse_attributes *attributes);
void cfuse_answer_created(
    const struct cfuse_call *call, const struct cfuse_attributes *attributes, uint64_t handle);
void cfuse_answer_attributes(const struct cfuse_call *call, const struct cfuse_attributes *attributes);
void cfuse_answer_opened(const struct cfuse_call *call, uint64_t handle);
void cfuse_answer_bytes(const struct cfuse_call *call, const void *bytes, size_t count);
void cfuse_answer_link(const struct cfuse_call *call, const char *text);
/// How many bytes were written or copied.
void cfuse_answer_count(const struct cfuse_call *call, size_t count);
/// How many bytes an extended attribute or their list needs.
void cfuse_answer_length(const struct cfuse_call *call, size_t length);
void cfuse_answer_statistics(const struct cfuse_call *call, const struct cfuse_statistics *statistics);

/// Adds an entry to `buffer`, which has room for `capacity` bytes more: how many bytes it took, 0 where it has no room.
size_t cfuse_add_entry(
    const struct cfuse_call *call, void *buffer, size_t capacity, const char *name, uint64_t number, uint32_t mode,
    int64_t next_offset);
