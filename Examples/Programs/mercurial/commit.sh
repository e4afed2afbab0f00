#!/bin/sh
# A Mercurial repository with a few commits. Usage: commit.sh make | use | show
set -eu
export HGRCPATH=/dev/null HGPLAIN=1 HGUSER=a
cd "$STORE"
case $1 in
make)
  hg init repository
  cd repository
  echo 'note 0' >note
  hg add -q note
  hg commit -d '0 0' -m 'commit 0'
  ;;
use)
  cd repository
  for number in 1 2; do
    echo "note $number" >note
    hg commit -d "$number 0" -m "commit $number"
    echo "committed $number"
  done
  ;;
show)
  cd repository
  # An interrupted commit is undone first, as its message says.
  hg recover -q >/dev/null 2>&1 || true
  hg log -T '{desc}\n'
  hg verify -q
  hg cat -r tip note
  ;;
esac
