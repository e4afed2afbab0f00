#ifndef DISK_H
#define DISK_H

// Repairs the file system in the file `image`, which has no recovery of its own: runs `program`, an fsck, and lets it do what it thinks is
// best. Returns 0, or prints what failed and returns its status.
int disk_repair(const char *image, const char *program);

// Mounts the file `image` as a file system of type `type` at `directory`, in a mount namespace of this process's own, through a loop
// device that the kernel frees when the mount goes. So nothing stays behind when this process ends, however it ends.
//
// Returns 0, or prints what failed and returns the number of the error.
int disk_mount(const char *image, const char *directory, const char *type, const char *options, int is_read_only);

// Runs a program to its end: `count` words, each with a zero byte at its end. Returns its status as waitpid has it; that of a program
// which exits with 127 where it cannot be run.
int disk_run(const char *words, int count);

// Unmounts it again; the same as for mounting.
int disk_unmount(const char *directory);

#endif
