#!/bin/sh
# Keys in a Tokyo Cabinet hash database, a process each. Usage: store.sh make | use | show
set -eu
case $1 in
make) tchmgr create "$STORE/store.tch" 100 && tchmgr put "$STORE/store.tch" key0 'value 0' ;;
use)
  for number in 1 2 3; do
    tchmgr put "$STORE/store.tch" "key$number" "value $number"
    echo "stored $number"
  done
  ;;
show) tchmgr list -pv "$STORE/store.tch" | sort ;;
esac
