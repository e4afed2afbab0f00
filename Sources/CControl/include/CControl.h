#pragma once
#include <stddef.h>
#include <stdint.h>

// What the process that serves a mount and those that command it need of the system: local sockets, and signals as
// something to wait for. Functions return their result, or the errno negated.

/// A socket at `path`, which only this user may connect to. Never blocks.
int ccontrol_listen(const char *path);
/// The next connection; -EAGAIN where nobody waits. Reading from it and writing to it end after `seconds`.
int ccontrol_accept(int listener, int seconds);
int ccontrol_connect(const char *path);
/// Sends all bytes.
int ccontrol_send(int socket, const void *bytes, size_t count);
/// Receives what there is, and waits for it: how many bytes, 0 where the other side has ended.
int ccontrol_receive(int socket, void *buffer, size_t capacity);
/// Says that nothing more will be sent.
int ccontrol_end(int socket);
void ccontrol_close(int descriptor);

/// A descriptor that can be read once SIGINT, SIGTERM or SIGHUP came, which do nothing else from here on.
int ccontrol_signals(void);
/// Waits until one of the descriptors can be read: a bit for each that can.
int ccontrol_wait(const int *descriptors, int count);
/// Detaches whatever is mounted at `directory`, as the caller may: by itself, or through fusermount3.
int ccontrol_detach(const char *directory);
