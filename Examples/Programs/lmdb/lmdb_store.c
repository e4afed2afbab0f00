// A few keys in LMDB, a transaction each. Usage: lmdb_store MODE make | use | show, MODE one of default, nosync, writemap,
// mapasync. The environment is $STORE.
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int status, const char *what) {
  if (status == 0) return;
  fprintf(stderr, "%s: %s\n", what, mdb_strerror(status));
  exit(1);
}

static void put(MDB_env *environment, int number) {
  MDB_txn *transaction;
  MDB_dbi database;
  char key[16], text[32];
  snprintf(key, sizeof key, "key%d", number);
  snprintf(text, sizeof text, "value %d", number);
  must(mdb_txn_begin(environment, NULL, 0, &transaction), "begin");
  must(mdb_dbi_open(transaction, NULL, 0, &database), "open");
  MDB_val name = {strlen(key), key}, value = {strlen(text), text};
  must(mdb_put(transaction, database, &name, &value, 0), "put");
  must(mdb_txn_commit(transaction), "commit");
  printf("stored %d\n", number);
  fflush(stdout);
}

static void show(MDB_env *environment) {
  MDB_txn *transaction;
  MDB_dbi database;
  MDB_cursor *cursor;
  MDB_val name, value;
  must(mdb_txn_begin(environment, NULL, MDB_RDONLY, &transaction), "begin");
  must(mdb_dbi_open(transaction, NULL, 0, &database), "open");
  must(mdb_cursor_open(transaction, database, &cursor), "cursor");
  int status;
  while ((status = mdb_cursor_get(cursor, &name, &value, MDB_NEXT)) == 0) {
    printf("%.*s %.*s\n", (int)name.mv_size, (char *)name.mv_data, (int)value.mv_size, (char *)value.mv_data);
  }
  if (status != MDB_NOTFOUND) must(status, "get");
  mdb_cursor_close(cursor);
  mdb_txn_abort(transaction);
}

int main(int count, char **arguments) {
  if (count != 3) return 64;
  unsigned flags = MDB_NOTLS;
  if (strcmp(arguments[1], "nosync") == 0) flags |= MDB_NOSYNC;
  if (strcmp(arguments[1], "writemap") == 0) flags |= MDB_WRITEMAP;
  if (strcmp(arguments[1], "mapasync") == 0) flags |= MDB_WRITEMAP | MDB_MAPASYNC;
  MDB_env *environment;
  must(mdb_env_create(&environment), "create");
  must(mdb_env_set_mapsize(environment, 1 << 18), "map size");
  must(mdb_env_open(environment, getenv("STORE"), flags, 0644), "open");
  if (strcmp(arguments[2], "make") == 0) put(environment, 0);
  if (strcmp(arguments[2], "use") == 0) {
    for (int number = 1; number <= 3; number += 1) put(environment, number);
  }
  if (strcmp(arguments[2], "show") == 0) show(environment);
  mdb_env_close(environment);
  return 0;
}
