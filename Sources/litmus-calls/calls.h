#ifndef CALLS_H
#define CALLS_H

// Makes one call of a litmus test, `text`, in the working directory: its name and arguments, with spaces between.
//
// Returns 0, the number of the call's error, or -1 for a call that there is not, or whose arguments are wrong.
int make_call(const char *text);

// Closes what calls left open.
void close_files(void);

#endif
