#!/usr/bin/env python3
"""Runs the steps of action.yml as GitHub would, as far as that can be done without it, and checks how they end.

Steps that use another action are not run; their form is checked. Workflows and manifests in deploy/ are read, too.
Needs python3-yaml. Usage: test-action.py, in a checkout where `make build` has run.
"""

import os
import re
import subprocess
import sys
import tempfile

import yaml

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def fail(message):
    sys.exit(f"test-action: {message}")


with open(os.path.join(root, "action.yml")) as file:
    action = yaml.safe_load(file)
if action["runs"]["using"] != "composite":
    fail("the action is not a composite one")


def run(inputs, workspace, tools):
    """Runs the steps with `tools` first on the path; the exit status of the first that fails, the outputs, and the step summary."""
    values = {f"inputs.{name}": entry["default"] for name, entry in action["inputs"].items()}
    for name, value in inputs.items():
        if f"inputs.{name}" not in values:
            fail(f"there is no input '{name}'")
        values[f"inputs.{name}"] = value
    values["github.action_path"] = root
    values["github.sha"] = "0" * 40
    values["runner.os"] = "Linux"

    def fill(text):
        def value(match):
            for name in match[1].split("||"):
                if name.strip() not in values:
                    fail(f"'{name.strip()}' has no value in {text!r}")
                if values[name.strip()]:
                    return values[name.strip()]
            return ""

        return re.sub(r"\$\{\{\s*([\w.|\s-]+?)\s*\}\}", value, str(text))

    status = 0
    summary = os.path.join(workspace, "step-summary.md")
    output_text = ""
    for step in action["runs"]["steps"]:
        if "uses" in step:
            if not re.fullmatch(r"[\w-]+/[\w-]+(/[\w-]+)?@v\d+", step["uses"]):
                fail(f"'{step['uses']}' is no action with a version")
            for value in step.get("with", {}).values():
                fill(value)
            continue
        if status != 0 and step.get("if") != "always()":
            continue
        if "${{" in step["run"]:
            fail(f"the step '{step['name']}' puts an expression into its script")
        output = os.path.join(workspace, "output")
        open(output, "w").close()
        environment = dict(os.environ, GITHUB_ACTIONS="true", GITHUB_OUTPUT=output, GITHUB_STEP_SUMMARY=summary,
            PATH=f"{tools}:{os.environ['PATH']}")
        for name, value in step.get("env", {}).items():
            environment[name] = fill(value)
        done = subprocess.run(
            [step["shell"], "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=workspace, env=environment, stdout=subprocess.PIPE, text=True)
        output_text += done.stdout
        status = status or done.returncode
        with open(output) as file:
            for line in file:
                name, _, value = line.rstrip("\n").partition("=")
                values[f"steps.{step.get('id')}.outputs.{name}"] = value
    outputs = {name: fill(entry["value"]) for name, entry in action["outputs"].items()}
    text = open(summary).read() if os.path.exists(summary) else ""
    return status, outputs, text, output_text


def put(folder, name, script):
    """A command that is this script."""
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(f"#!/bin/sh\n{script}\n")
    os.chmod(path, 0o755)


with tempfile.TemporaryDirectory() as workspace, tempfile.TemporaryDirectory() as tools:
    # Neither needs the action: containers with a Swift toolchain have none.
    for name in ("make", "python3"):
        put(tools, name, f'echo "{name} is not to be needed" >&2; exit 99')
    os.symlink(os.path.join(root, "scenarios"), os.path.join(workspace, "scenarios"))
    clean = {"scenarios": "scenarios/bank.yaml", "options": "--runs 1 --quiet"}
    broken = "scenarios/canary/log-sync-dropped.yaml"
    status, outputs, text, _ = run(clean, workspace, tools)
    if status != 0 or outputs != {"status": "0", "report": "reports/latest"} or "Nothing found" not in text:
        fail(f"a clean campaign ended with {status}, {outputs}: {text}")
    status, outputs, text, said = run({"scenarios": broken, "options": "--runs 1 --quiet"}, workspace, tools)
    if status != 1 or outputs["status"] != "1" or "lost-commit" not in text or "::error file=Sources/" not in said:
        fail(f"a campaign that finds something ended with {status}, {outputs}: {text}{said}")
    for shard in ("1/2", "2/2"):
        status, outputs, _, _ = run(
            {
                "scenarios": broken, "options": f"--runs 2 --quiet --shard {shard}", "fail-on-findings": "false",
                "reports": f"shards/{shard[0]}",
            },
            workspace, tools)
        if status != 0 or outputs["status"] != "1":
            fail(f"a shard ended with {status}, {outputs}")
    status, outputs, _, said = run({"merge": "shards/*", "reports": "merged"}, workspace, tools)
    if status != 1 or "2 reports merged" not in said:
        fail(f"the merge ended with {status}, {outputs}: {said}")
    # What a caller supplies is never run.
    status, _, _, _ = run({"scenarios": "$(touch${IFS}hacked) `touch hacked` ;touch hacked"}, workspace, tools)
    if status != 64 or os.path.exists(os.path.join(workspace, "hacked")):
        fail(f"a hostile input ended with {status}")
    # A package of the user's own: what it builds is what runs.
    put(tools, "swift", 'case "$*" in *--version*) echo "Swift version 6.3.1";; *--show-bin-path*) pwd;; *) echo "$@" >built;; esac')
    put(workspace, "kv", 'echo "kv $*"; exit 1')
    status, outputs, _, said = run({"package": "store", "command": "kv"}, workspace, tools)
    with open(os.path.join(workspace, "built")) as file:
        built = file.read()
    if status != 1 or "kv run scenarios --time-limit 60s --out reports/latest" not in said:
        fail(f"a package of the user's own ended with {status}, {outputs}: {said}")
    if "--package-path store " not in built or "--product kv" not in built:
        fail(f"a package of the user's own is built by: {built}")

with open(os.path.join(root, "deploy", "kubernetes.yaml")) as file:
    kinds = [document["kind"] for document in yaml.safe_load_all(file)]
if kinds != ["PersistentVolumeClaim", "Job"]:
    fail(f"deploy/kubernetes.yaml has {kinds}")
with open(os.path.join(root, "deploy", "github-matrix.yml")) as file:
    workflow = yaml.safe_load(file)
for job in workflow["jobs"].values():
    for step in job["steps"]:
        if step.get("uses") == "./":
            unknown = set(step["with"]) - set(action["inputs"])
            if unknown:
                fail(f"deploy/github-matrix.yml has inputs that the action has not: {unknown}")
print("test-action: the steps of action.yml do what they say")
