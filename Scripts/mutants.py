#!/usr/bin/env python3
"""Plants the defects of mutants/catalog.json into the engines, one at a time, and says how well the harness finds them.

For each it applies the patch to a copy of the sources, builds it, runs the engine's shipped scenarios at one job until
something is found, makes the first failure smaller, and asks what closes it. The unchanged engine runs over the same
scenarios first, for false alarms. Prints a table for each engine, and writes it to reports/mutants-ENGINE.json and
docs/detection.md.

Exits with 1 where a defect is missed, a claim of the catalog does not hold, or an unchanged engine fails; with 3 where a
patch does not apply or build.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".build" / "mutants"
TREE = WORK / "tree"
COMMAND = TREE / ".build" / "release" / "lrvm-torture"
# Without the flag, merged functions lose their line numbers, and call stacks with them.
BUILD = [
    "swift", "build", "--configuration", "release", "-Xswiftc", "-Xfrontend", "-Xswiftc",
    "-disable-llvm-merge-functions-pass", "--product", "lrvm-torture",
]
COPIED = ["Package.swift", "Package.resolved", "Sources", "Tests", "Examples", "Benchmarks"]
# How long the scenarios may look for one defect, in seconds, and a case before it counts as hanging.
SECONDS_MAX = 60
CASE_SECONDS_MAX = 30
# How long the unchanged engine is looked at for a false alarm: long enough for a case of each scenario.
UNCHANGED_SECONDS_MAX = 600
# Seeds of each quick scenario, which come first.
QUICK_RUNS = 20
# Seeds of each quick scenario on a profile under which a defect is said to be invisible.
CLAIM_RUNS = 10


class Unusable(Exception):
    """A patch that does not apply or build."""


def run(arguments, folder=ROOT, check=True):
    result = subprocess.run([str(a) for a in arguments], cwd=folder, capture_output=True, text=True)
    if check and result.returncode != 0:
        raise Unusable(f"{' '.join(map(str, arguments))} failed:\n{result.stdout[-2000:]}{result.stderr[-2000:]}")
    return result


def copy_sources():
    """Brings the tree up to the sources; files that are equal keep their times, so that little is built anew."""
    TREE.mkdir(parents=True, exist_ok=True)
    wanted = {}
    for name in COPIED:
        source = ROOT / name
        files = [source] if source.is_file() else [p for p in source.rglob("*") if p.is_file()]
        wanted.update({p.relative_to(ROOT): p for p in files if ".build" not in p.relative_to(ROOT).parts})
    for path, source in wanted.items():
        target = TREE / path
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for name in COPIED:
        for path in (TREE / name).rglob("*"):
            if path.is_file() and path.relative_to(TREE) not in wanted:
                path.unlink()


def build(what):
    result = run(BUILD, TREE, check=False)
    if result.returncode != 0:
        errors = [line for line in (result.stdout + result.stderr).splitlines() if "error:" in line]
        raise Unusable(f"{what} does not build:\n" + "\n".join(errors[:5]))


class LRVM:
    """LRVM on its shipped scenarios, of which the quick ones come first."""

    name, title, place = "lrvm", "LRVM", "on posix"

    @staticmethod
    def stages():
        """Scenario files with the options that they run with, in the order in which they run."""
        files = [p for p in sorted((ROOT / "scenarios").glob("*.yaml")) if not p.name.startswith("sqlite")]
        quick = [p for p in files if p.name.startswith("quick")]
        return [(quick, ["--runs", QUICK_RUNS]), ([p for p in files if p not in quick], [])]

    @staticmethod
    def on_profile(profile):
        """What runs where a defect is said to be invisible: the quick scenarios on another profile, as files."""
        folder = WORK / "profiles" / profile
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for source in LRVM.stages()[0][0]:
            text = source.read_text()
            if re.search(r"^disk:", text, re.M):
                raise Unusable(f"{source} names a disk; the quick scenarios leave it to the profile")
            file = folder / source.name
            file.write_text(text + f"disk: {{profile: {profile}}}\n")
            files.append(file)
        return files, ["--runs", CLAIM_RUNS]


class Vista:
    """Vista on its shipped scenarios: the quick ones, then those on memory behind caches, which have all states of the others."""

    name, title, place = "vista", "Vista", "on adr or rio"

    @staticmethod
    def stages():
        quick = sorted((ROOT / "scenarios" / "vista").glob("vista-adr-quick*.yaml"))
        others = [p for p in Vista.on_profile("adr")[0] if p not in quick]
        return [(quick, []), (others, []), (Vista.on_profile("rio")[0], [])]

    @staticmethod
    def on_profile(profile):
        return sorted((ROOT / "scenarios" / "vista").glob(f"vista-{profile}-*.yaml")), []


class Threads:
    """LRVM with clients that are threads, and its own."""

    name, title, place = "threads", "LRVM with threads", "on posix"

    @staticmethod
    def stages():
        return [(sorted((ROOT / "scenarios" / "threads").glob("*.yaml")), [])]

    @staticmethod
    def on_profile(profile):
        raise Unusable(f"no scenario with threads is on {profile}")


ENGINES = {engine.name: engine for engine in (LRVM, Vista, Threads)}


def engine_of(entry):
    return ENGINES[entry.get("engine", LRVM.name)]


def campaign(files, options, out):
    """Runs scenarios; the cases in order, and how the command ended."""
    result = run(
        [COMMAND, "run", *files, *options, "--jobs", "1", "--no-shrink", "--no-regressions", "--quiet", "--out", out],
        check=False)
    results = out / "results.jsonl"
    cases = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    # 3 is a harness that failed, but for cases that hang.
    if result.returncode not in (0, 1) and not (result.returncode == 3 and any(map(hangs, cases))):
        raise Unusable(f"a run ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    return cases


def hangs(case):
    """Whether the case was ended because it did not end by itself, with its call stack."""
    return case["verdict"] == "failed" and len(case["violations"]) > 0


def hunt(engine, out):
    """The first finding of the scenarios with the states before it, and how many seconds it took; None for nothing."""
    begin = time.monotonic()
    states = 0
    for files, options in engine.stages():
        left = max(1, int(SECONDS_MAX - (time.monotonic() - begin)))
        limits = ["--time-limit", f"{left}s", "--case-limit", f"{CASE_SECONDS_MAX}s", "--allow-skipped"]
        for case in campaign(files, [*options, "--stop-at-first", *limits], out):
            if case["violation_count"] > 0 or hangs(case):
                finding = case["violations"][0]
                # A trap does not say how far its case had come.
                states += finding["after_crash_states"] if finding.get("violation") else case["crash_states"]
                return case, finding, states, time.monotonic() - begin
            states += case["crash_states"]
    return None, None, states, time.monotonic() - begin


def count_operations(operations):
    """Transactions, and the operations between them."""
    outside = ("flush", "truncate", "truncateStep", "truncate_step", "remap", "reopen")
    return sum(1 for o in operations if "begin" in o or any(k in o for k in outside))


def shrink(out, finding):
    """The smallest reproducer of the failure, and its path."""
    found = list((out / "failures").glob(f"{re.sub(r'[^A-Za-z0-9._-]', '_', finding['id'])}/reproducer.json"))
    path = found[0]
    run([COMMAND, "shrink", path, "--time-limit", "30s"], check=False)
    smaller = path.with_name("reproducer.shrunk.json")
    path = smaller if smaller.exists() else path
    return path, json.loads(path.read_text())


def explain(path):
    result = run([COMMAND, "explain", path, "--json"], check=False)
    try:
        return json.loads(result.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return {"barriers": [], "profiles": [], "isThere": False, "withoutBarrier": "it traps"}


def names_barrier(wanted, barriers):
    """Whether one of the barriers that were named is the one that the patch removed."""

    def words(place):
        """The functions on the stack and what was being done, as text to search."""
        return "\n".join([frame["function"] for frame in place["stack"]] + [json.dumps(place["moment"])])

    def matches(barrier):
        return (
            re.search(wanted["subject"], barrier["subject"])
            and barrier["directory"] == wanted.get("directory", False)
            and re.search(wanted.get("first", ""), words(barrier["first"]))
            and re.search(wanted.get("second", ""), words(barrier["second"]))
        )

    return any(matches(b) for b in barriers)


def fingerprint(entry):
    """A hash of all that decides what comes of a defect, seconds aside."""
    hash = hashlib.sha256(json.dumps(entry, sort_keys=True).encode())
    files = [TREE / name for name in ("Package.swift", "Package.resolved")]
    files += sorted(p for p in (TREE / "Sources").rglob("*") if p.is_file())
    files += [p for group, _ in engine_of(entry).stages() for p in group]
    files += [p for p in [ROOT / "mutants" / f"{entry['name']}.patch"] if p.exists()]
    for file in files:
        hash.update(f"{file.name} {file.stat().st_size}\n".encode() + file.read_bytes())
    return hash.hexdigest()


def remembered(name, entry, make):
    """What `make` returns; what it returned for the same sources and scenarios, where an earlier run was cut off."""
    file = WORK / "rows" / f"{name}.json"
    key = fingerprint(entry)
    if file.exists():
        known = json.loads(file.read_text())
        if known["key"] == key:
            return known["row"]
    row = make()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"key": key, "row": row}))
    return row


def sought_in_vain(entry):
    """The profiles under which the defect is said to be invisible, and is found all the same."""
    wrong = []
    for profile in entry.get("invisible", []):
        files, options = engine_of(entry).on_profile(profile)
        cases = campaign(files, options, WORK / "out-claim")
        if any(case["violation_count"] > 0 or hangs(case) for case in cases):
            wrong.append(profile)
    return wrong


def patch(entry, *options):
    file = ROOT / "mutants" / f"{entry['name']}.patch"
    # The tree lies in a repository that ignores it; git is to take it for a folder of its own.
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(WORK)}
    result = subprocess.run(
        ["git", "apply", *options, str(file)], cwd=TREE, env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        raise Unusable(f"{file.relative_to(ROOT)} does not apply:\n{result.stderr}")


def judge(entry):
    """The row of one defect."""
    out = WORK / "out" / entry["name"]
    patch(entry)
    try:
        build(f"mutants/{entry['name']}.patch")
        case, finding, states, seconds = hunt(engine_of(entry), out)
        row = {"engine": engine_of(entry).name, "name": entry["name"], "number": entry["number"], "found": finding is not None, "states": states,
               "seconds": round(seconds, 1)}
        if finding is None:
            return row
        path, smaller = shrink(out, finding)
        explanation = explain(path)
        kept = WORK / "reproducers" / f"{entry['name']}.json"
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, kept)
        violation = finding.get("violation")
        row |= {
            "scenario": case["scenario"], "seed": case["seed"],
            "strategy": finding["strategy"] or "run",
            "faults": [f["kind"] for f in finding.get("faults", [])],
            "violation": violation["kind"] if violation else "hang" if hangs(case) else "trap",
            "operations": count_operations(smaller.get("operations") or []),
            "crashes": len(smaller["finding"]["crashes"]),
            "barriers": [f"{b['subject'] or 'the directory'}" for b in explanation["barriers"]],
            "invisible": entry.get("invisible", []), "invisible_but_found": sought_in_vain(entry),
        }
        if entry.get("barrier"):
            row["barrier_named"] = names_barrier(entry["barrier"], explanation["barriers"])
        (kept.with_suffix(".explain.json")).write_text(json.dumps(explanation, indent=2))
        return row
    finally:
        patch(entry, "--reverse")


def false_alarms(engine):
    """Violations of the unchanged engine over the same scenarios, and how many states they had."""
    count = 0
    states = 0
    for files, options in engine.stages():
        limit = ["--time-limit", f"{UNCHANGED_SECONDS_MAX}s"]
        cases = campaign(files, [*options, *limit], WORK / "out" / "unchanged")
        count += sum(case["violation_count"] + hangs(case) for case in cases)
        states += sum(case["crash_states"] for case in cases)
    return count, states


def summary(engine, entries, rows, alarms, unchanged_states):
    """The figures of one engine."""
    found = [row for row in rows if row["found"]]
    named = [row["barrier_named"] for row in rows if "barrier_named" in row]
    return {
        "engine": engine.name, "planted": len(rows), "found": len(found), "false_alarms": alarms,
        "unchanged_states": unchanged_states,
        "median_states": int(statistics.median([r["states"] for r in found] or [0])),
        "median_operations": statistics.median([r["operations"] for r in found] or [0]),
        "slowest_seconds": max([r["seconds"] for r in found] or [0]),
        "barriers_removed": sum(1 for e in entries if e.get("barrier")), "barriers_named": sum(named), "rows": rows,
    }


def table(engine, report):
    head = ["defect", "found", "by", "states", "seconds", "operations", "crashes", "missing sync", "invisible under"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in report["rows"]:
        if not row["found"]:
            cells = [f"{row['number']}. {row['name']}", "no", "", f"{row['states']:,}", row["seconds"], "", "", "", ""]
        else:
            by = f"{row['violation']} in `{row['scenario']}` seed {row['seed']}, {row['strategy']}"
            if row["faults"]:
                by += f", {', '.join(row['faults'])}"
            named = {True: "named", False: "not named", None: ""}[row.get("barrier_named")]
            cells = [
                f"{row['number']}. {row['name']}", "yes", by, f"{row['states']:,}", row["seconds"],
                row["operations"], row["crashes"], named, ", ".join(row["invisible"]),
            ]
        lines.append("| " + " | ".join(str(c) for c in cells) + " |")
    named = ""
    if report["barriers_removed"] > 0:
        named = f"{report['barriers_named']} of {report['barriers_removed']} missing syncs named; "
    lines += [
        "",
        f"{report['found']} of {report['planted']} found {engine.place}; median {report['median_states']:,} executed "
        f"states and {report['median_operations']} operations; {named}the unchanged engine: {report['false_alarms']} "
        f"false alarms in {report['unchanged_states']:,} states.",
    ]
    return lines


def write_document(engine, lines):
    page = ROOT / "docs" / "detection.md"
    text = page.read_text()
    begin = text.index(f"<!-- mutants {engine}: begin -->\n")
    end = text.index(f"<!-- mutants {engine}: end -->", begin)
    begin = text.index("\n", begin)
    page.write_text(text[:begin] + "\n" + "\n".join(lines) + "\n" + text[end:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fresh", action="store_true", help="remember nothing of earlier runs")
    parser.add_argument("--engine", choices=sorted(ENGINES), help="the defects of this engine alone")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these defects alone; writes nothing")
    options = parser.parse_args()
    catalog = json.loads((ROOT / "mutants" / "catalog.json").read_text())["defects"]
    catalog = [e for e in catalog if options.engine in (None, engine_of(e).name)]
    if options.only:
        unknown = set(options.only) - {e["name"] for e in catalog}
        if unknown:
            sys.exit(f"mutants: the catalog has no {', '.join(sorted(unknown))}")
        catalog = [e for e in catalog if e["name"] in options.only]
    copy_sources()
    if options.fresh:
        shutil.rmtree(WORK / "rows", ignore_errors=True)
    # All that does not apply is named, before hours are spent.
    broken = []
    for entry in catalog:
        try:
            patch(entry, "--check")
        except Unusable as error:
            broken.append(str(error))
    if broken:
        print("\n".join(broken), file=sys.stderr)
        sys.exit(3)
    try:
        build("the unchanged engine")
        shutil.copy2(COMMAND, WORK / "lrvm-torture-unchanged")
        reports = []
        for engine in ENGINES.values():
            entries = [e for e in catalog if engine_of(e) is engine]
            if entries:
                reports.append(study(engine, entries, looks_for_alarms=not options.only))
    except Unusable as error:
        print(f"mutants: {error}", file=sys.stderr)
        sys.exit(3)
    for report in reports:
        lines = table(ENGINES[report["engine"]], report)
        print("\n" + "\n".join(lines))
        if not options.only:
            (ROOT / "reports").mkdir(exist_ok=True)
            file = ROOT / "reports" / f"mutants-{report['engine']}.json"
            file.write_text(json.dumps(report, indent=2) + "\n")
            write_document(report["engine"], lines)
    wrong = [problem for report in reports for problem in problems(report)]
    if wrong:
        print("\nmutants: " + "; ".join(wrong), file=sys.stderr)
        sys.exit(1)


def study(engine, entries, looks_for_alarms):
    """The figures of an engine and its defects."""
    alarms, states = 0, 0
    if looks_for_alarms:
        unchanged = {"name": f"unchanged-{engine.name}", "engine": engine.name}
        alarms, states = remembered(unchanged["name"], unchanged, lambda: false_alarms(engine))
        print(f"{engine.title} unchanged: {alarms} false alarms in {states:,} states", flush=True)
    rows = []
    for entry in entries:
        rows.append(remembered(entry["name"], entry, lambda entry=entry: judge(entry)))
        print(json.dumps(rows[-1]), flush=True)
    return summary(engine, entries, rows, alarms, states)


def problems(report):
    """What `make mutants` fails for."""
    rows = report["rows"]
    wrong = [f"{r['name']} was missed" for r in rows if not r["found"]]
    wrong += [f"{r['name']} was found under {', '.join(r['invisible_but_found'])}" for r in rows
              if r.get("invisible_but_found")]
    wrong += [f"the sync that {r['name']} takes away was not named" for r in rows if r.get("barrier_named") is False]
    if report["false_alarms"]:
        wrong.append(f"the unchanged {report['engine']} raised {report['false_alarms']} false alarms")
    return wrong


if __name__ == "__main__":
    main()
