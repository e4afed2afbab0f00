#!/bin/sh
# A Redis with an append-only file. Usage: redis.sh always|everysec make | use | show
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
redis-server --port 0 --unixsocket "$folder/socket" --dir "$STORE" --save '' --appendonly yes --appendfsync "$1" \
  --auto-aof-rewrite-percentage 0 --loglevel warning --logfile "$folder/log" --daemonize no >/dev/null &
server=$!
ask() { redis-cli -s "$folder/socket" "$@" 2>/dev/null; }
until [ "$(ask ping)" = PONG ]; do
  # It ends by itself where it cannot load its files.
  kill -0 $server 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
  sleep 0.005
done
case $2 in
make) ask set key0 'value 0' >/dev/null ;;
use)
  for number in 1 2 3; do
    [ "$(ask set "key$number" "value $number")" = OK ]
    echo "stored $number"
  done
  ;;
show) for key in $(ask keys '*' | sort); do echo "$key $(ask get "$key")"; done ;;
esac
kill -9 $server
wait $server 2>/dev/null || true
