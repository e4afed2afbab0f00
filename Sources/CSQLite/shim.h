// The system's SQLite, and what of it Swift cannot call: functions with variable arguments.
#ifndef CSQLITE_SHIM_H
#define CSQLITE_SHIM_H

#include <sqlite3.h>

// Connections are used by one thread at a time, so they need no mutexes; nobody asks for memory statistics, so none
// are kept. To be called before anything else of SQLite.
static inline int csqlite_configure(void) {
  int error = sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
  if (error == SQLITE_OK) error = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  return error;
}

#endif
