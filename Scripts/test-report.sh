#!/usr/bin/env bash
# Opens HTML reports in a headless Chromium: a report has to open without an error on the console, its filters have to
# filter, and its links have to lead somewhere. Usage: test-report.sh REPORT.html...
set -euo pipefail

chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
  echo "test-report: no Chromium here: install the package chromium" >&2
  exit 1
}
[ $# -gt 0 ] || { echo "usage: $0 REPORT.html..." >&2; exit 64; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What a reader does, done by a script at the end of a copy of the page. It leaves what it found in the page itself.
cat >"$work/reader.js" <<'SCRIPT'
const wrong = [];
const expect = (what, holds) => { if (!holds) wrong.push(what); };
addEventListener("error", event => wrong.push("an error: " + event.message));
const groups = [...document.querySelectorAll("details.group")];
const visible = () => groups.filter(group => !group.hidden);
for (const link of document.querySelectorAll('a[href^="#"]')) {
  expect("the link " + link.hash, document.getElementById(link.hash.slice(1)));
}
expect("a title", document.title.startsWith("lrvm-torture: "));
expect("one h1", document.querySelectorAll("h1").length === 1);
// What is hidden from whoever listens says again what a drawing beside it says.
for (const image of document.querySelectorAll('svg:not([aria-hidden="true"])')) {
  expect("a label of each drawing", image.getAttribute("role") === "img" && image.getAttribute("aria-label"));
}
for (const control of document.querySelectorAll("input, select")) expect("a label of each control", control.labels.length);
for (const region of document.querySelectorAll(".scroll")) {
  expect("what scrolls takes the keyboard", region.tabIndex === 0 && region.getAttribute("aria-label"));
}
const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
expect("identifiers that differ", new Set(ids).size === ids.length);
expect("a page no wider than the window", document.documentElement.scrollWidth <= innerWidth + 1);
if (groups.length > 0) {
  const set = (id, value) => {
    const control = document.getElementById(id);
    control.value = value;
    control.dispatchEvent(new Event("input"));
  };
  expect("filters are shown", !document.getElementById("filters").hidden);
  expect("all groups at first", visible().length === groups.length);
  const said = document.getElementById("said");
  for (const id of ["kind", "scenario"]) {
    for (const option of document.getElementById(id).options) {
      set(id, option.value);
      expect("a group for the " + id + " " + option.value, visible().length > 0);
      if (id === "kind" && option.value) {
        expect("only the kind " + option.value, visible().every(group => group.dataset.kind === option.value));
      }
      expect("the count is said", said.textContent === visible().length + " of " + groups.length + " groups shown");
    }
    set(id, "");
  }
  set("words", "no group has these words");
  expect("words that nothing has", visible().length === 0);
  set("words", groups[0].querySelector(".kind").textContent.toUpperCase());
  expect("words in capitals", visible().length > 0);
  set("words", "");
  const last = groups[groups.length - 1];
  last.open = false;
  location.hash = "#" + last.id;
  dispatchEvent(new HashChangeEvent("hashchange"));
  expect("a link to a group opens it", last.open);
  document.getElementById("open").click();
  document.getElementById("open").click();
  expect("all groups can be closed and opened", groups.every(group => group.open) || groups.every(group => !group.open));
}
document.documentElement.dataset.reader = wrong.length === 0 ? "content" : "found " + wrong.join("; ");
SCRIPT

failures=0
for report; do
  {
    cat "$report"
    printf '<script>\n'
    cat "$work/reader.js"
    printf '</script>\n'
  } >"$work/report.html"
  for size in 1200,900 500,900; do
    "$chromium" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" \
      --window-size="$size" --enable-logging=stderr --virtual-time-budget=5000 --dump-dom \
      "file://$work/report.html" >"$work/dom" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
    answer=$(sed -n 's/.*data-reader="\([^"]*\)".*/\1/p' "$work/dom" | head -n 1)
    if [ "$answer" != content ] || grep -q 'CONSOLE' "$work/log"; then
      failures=$((failures + 1))
      printf 'test-report: %s at %s: %s\n' "$report" "$size" "${answer:-the page said nothing}" >&2
      grep 'CONSOLE' "$work/log" >&2 || true
    fi
  done
done
if [ "$failures" -ne 0 ]; then
  echo "test-report: $failures of $(($# * 2)) views are not as they should be" >&2
  exit 1
fi
echo "test-report: $# reports opened at two widths, without an error"
