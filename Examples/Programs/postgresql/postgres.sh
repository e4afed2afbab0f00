#!/bin/sh
# PostgreSQL in single-user mode, a statement each. Usage: postgres.sh on|off make | use | show, where on and off are fsync.
set -eu
export PATH="$(echo /usr/lib/postgresql/*/bin):$PATH" LC_ALL=C
data=$STORE/data
# It does not run as root.
as_user() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }
run() {
  as_user stdbuf -oL postgres --single -D "$data" -c fsync="$1" -c full_page_writes=on -c max_connections=2 \
    -c shared_buffers=1MB -c autovacuum=off -c log_checkpoints=off -c update_process_title=off postgres
}
case $2 in
make)
  [ "$(id -u)" != 0 ] || chown postgres "$STORE"
  as_user initdb -D "$data" -A trust --no-sync --no-instructions --wal-segsize=1 >/dev/null
  echo 'CREATE TABLE notes (number int PRIMARY KEY, text text)' | run "$1" >/dev/null
  ;;
use)
  for number in 1 2 3; do
    echo "INSERT INTO notes VALUES ($number, 'note $number')"
    echo "SELECT 'stored $number' AS answer"
  done | run "$1" | grep --line-buffered -o 'stored [0-9]*'
  ;;
show)
  # A statement that fails ends nothing, so the number of rows says that there was an answer.
  found=$(printf '%s\n' "SELECT 'rows ' || count(*) AS note FROM notes" \
    "SELECT number || ' ' || text AS note FROM notes ORDER BY number" | run "$1")
  echo "$found" | sed -n 's/.*note = "\(.*\)".*/\1/p' | grep .
  ;;
esac
