#!/usr/bin/env bash
# Checks the manual pages, the shell completions and the libraries' reference in the folder $2, made of the command $1:
# each subcommand has its page, each shell takes its file, bash really completes, and the reference has its pages.
set -euo pipefail

command=$(realpath "${1:?usage: $0 COMMAND FOLDER}")
cd "${2:?usage: $0 COMMAND FOLDER}"
fail() { echo "test-pages: $*" >&2; exit 1; }

subcommands=$("$command" --help | sed -n '/^SUBCOMMANDS:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
[ "$(wc -w <<<"$subcommands")" -ge 10 ] || fail "only these subcommands: $subcommands"
for subcommand in $subcommands; do
  page=man/lrvm-torture.$subcommand.1
  [ -e "$page" ] || fail "$page is missing"
  mandoc -T lint -W error "$page" || fail "$page is not as mdoc(7) wants it"
  grep -q '^.Sh SYNOPSIS' "$page" || fail "$page does not say how $subcommand is called"
  grep -q "^.Xr lrvm-torture.$subcommand 1" man/lrvm-torture.1 || fail "lrvm-torture.1 does not name $subcommand"
done
for page in worker debug-case; do
  [ ! -e man/lrvm-torture.$page.1 ] || fail "there is a page for '$page', which no user calls"
done

# What bash offers for the words $@, the last of which is being typed.
offered() {
  bash -c '
    source completions/lrvm-torture.bash
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_TYPE=9
    COMP_POINT=${#COMP_LINE}
    function=$(complete -p lrvm-torture | sed "s/.*-F \([^ ]*\).*/\1/")
    "$function" lrvm-torture "${!#}" "${@:$#-1:1}"
    printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}
[ "$(offered lrvm-torture re)" = replay ] || fail "bash completes 're' to '$(offered lrvm-torture re)'"
[ "$(offered lrvm-torture run --double)" = --doublecheck ] || fail "bash does not complete options of run"
zsh -n completions/_lrvm-torture || fail "zsh does not take its completions"
grep -q '^#compdef lrvm-torture' completions/_lrvm-torture || fail "zsh does not know what it completes"
fish -c 'source completions/lrvm-torture.fish; complete --do-complete "lrvm-torture re"' | grep -q '^replay' ||
  fail "fish does not complete 're'"

for library in Storage LRVM LRVMHeap FaultFS TortureCore; do
  name=$(tr '[:upper:]' '[:lower:]' <<<"$library")
  page=documentation/$library.doccarchive/documentation/$name/index.html
  [ -e "$page" ] || fail "$page is missing"
done
[ -e documentation/LRVM.doccarchive/data/documentation/lrvm/transaction.json ] ||
  fail "the reference of LRVM has no page of Transaction"
echo "test-pages: $(wc -w <<<"$subcommands") manual pages, completions for three shells, five references"
