#!/bin/sh
# A repository with a few commits. Usage: commit.sh make | use | show, and settings of git as further arguments (-c NAME=VALUE).
set -eu
task=$1
shift
export HOME="$STORE" GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null LC_ALL=C
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com
export GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'

case $task in
make)
  git init -q -b main "$STORE/repository"
  cd "$STORE/repository"
  echo 'note 0' >note
  git "$@" add note
  git "$@" -c gc.auto=0 commit -q -m 'commit 0'
  ;;
use)
  cd "$STORE/repository"
  for number in 1 2; do
    echo "note $number" >note
    git "$@" add note
    git "$@" -c gc.auto=0 commit -q -m "commit $number"
    echo "committed $number"
  done
  ;;
show)
  # What was committed, and whether all of it can be read.
  cd "$STORE/repository"
  git log --format=%s main
  git fsck --full --no-dangling --no-progress 2>&1
  git show main:note
  ;;
esac
