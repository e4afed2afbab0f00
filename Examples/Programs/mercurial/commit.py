"""A Mercurial repository with a few commits. Usage: commit.py make | use | show

All commands of a run share one process: most of the time that one takes is the start of the interpreter.
"""
import os
import sys

os.environ.update(HGRCPATH="/dev/null", HGPLAIN="1", HGUSER="a")
import hgdemandimport

hgdemandimport.enable()
from mercurial import dispatch


def hg(*arguments, may_fail=False):
    status = dispatch.dispatch(dispatch.request([argument.encode() for argument in arguments]))
    if status and not may_fail:
        sys.exit(f"hg {' '.join(arguments)} failed with status {status}")


def commit(number):
    with open("note", "w") as file:
        print("note", number, file=file)
    hg("commit", "--addremove", "-q", "-d", f"{number} 0", "-m", f"commit {number}")


os.chdir(os.environ["STORE"])
if sys.argv[1] == "make":
    hg("init", "repository")
    os.chdir("repository")
    commit(0)
elif sys.argv[1] == "use":
    os.chdir("repository")
    for number in 1, 2:
        commit(number)
        print("committed", number, flush=True)
else:
    os.chdir("repository")
    # An interrupted commit is undone first, as its message says.
    hg("recover", "-q", may_fail=True)
    hg("log", "-T", "{desc}\\n")
    hg("verify", "-q")
    hg("cat", "-r", "tip", "note")
