#!/bin/sh
# Copies the command $1 with its manual, completions, schema and scenarios below the folder $2. Manual and completions
# are those of `make manual completions`; where there are none, they are left out.
set -eu
command=${1:?usage: $0 COMMAND FOLDER}
prefix=${2:?usage: $0 COMMAND FOLDER}
generated=.build/generated

install -D -m 755 "$command" "$prefix/bin/lrvm-torture"
share=$prefix/share
mkdir -p "$share/lrvm-torture"
"$command" schema >"$share/lrvm-torture/scenario.schema.json"
cp -R scenarios "$share/lrvm-torture"
if [ -d $generated/man ]; then
  mkdir -p "$share/man/man1"
  cp $generated/man/*.1 "$share/man/man1"
fi
if [ -d $generated/completions ]; then
  install -D -m 644 $generated/completions/lrvm-torture.bash "$share/bash-completion/completions/lrvm-torture"
  install -D -m 644 $generated/completions/_lrvm-torture "$share/zsh/site-functions/_lrvm-torture"
  install -D -m 644 $generated/completions/lrvm-torture.fish "$share/fish/vendor_completions.d/lrvm-torture.fish"
fi
echo "installed: $prefix/bin/lrvm-torture"
