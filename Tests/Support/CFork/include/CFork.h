#pragma once

// A child process that is a fork of the tests' and has all of their open files, until it is told to end. Swift knows no
// fork: in a process of several threads a child may do next to nothing, and this one does nothing.

/// What ends the child, when it is given to `cfork_end`; negative where there is none.
int cfork_begin(int *child);
/// Returns once the child has ended.
void cfork_end(int child, int end);

/// Runs `body` in a child process, and returns what it returned, from 0 to 255; negative where the child did not end by itself.
/// For a process of one thread.
int cfork_run(int (*body)(void *context), void *context);
