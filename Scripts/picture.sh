#!/usr/bin/env bash
# Makes the picture of the README: the drawing of the first failure in the report $1, as a file of its own in $2.
set -euo pipefail

report=${1:?usage: $0 REPORT.html PICTURE.svg}
picture=${2:?usage: $0 REPORT.html PICTURE.svg}
# The page's colours, for light and dark, and its rules for drawings.
style=$(sed -n '/<style>/,/<\/style>/p' "$report" | sed -n -e '/^:root/,/} }$/p' -e '/^ *svg /p')
drawing=$(sed -n '/<svg role="img" aria-label="Timeline/,/<\/svg>/p' "$report" | sed '/<\/svg>/q')
[ -n "$style" ] && [ -n "$drawing" ] || { echo "picture: '$report' has no drawing of a failure" >&2; exit 1; }
mkdir -p "$(dirname "$picture")"
{
  head -n 1 <<<"$drawing" | sed 's/<svg /<svg xmlns="http:\/\/www.w3.org\/2000\/svg" /'
  printf '<style>\n%s\n</style>\n<rect width="100%%" height="100%%" rx="6" fill="var(--card)"/>\n' "$style"
  tail -n +2 <<<"$drawing"
} >"$picture"
echo "picture: $picture, $(wc -c <"$picture") bytes"
