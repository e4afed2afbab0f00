"""A GDBM file with a few keys, synced after each. Usage: store.py make | use | show"""
import dbm.gnu
import os
import sys

PATH = os.path.join(os.environ["STORE"], "store.gdbm")

if sys.argv[1] == "show":
    store = dbm.gnu.open(PATH, "r")
    for key in sorted(store.keys()):
        print(key.decode(), store[key].decode())
else:
    store = dbm.gnu.open(PATH, "c")
    for number in [0] if sys.argv[1] == "make" else range(1, 4):
        store[f"key{number}"] = f"value {number}"
        store.sync()
        print("stored", number, flush=True)
    store.close()
