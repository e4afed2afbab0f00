"""A shelf with a few objects, synced after each. Usage: store.py make | use | show"""
import os
import shelve
import sys

PATH = os.path.join(os.environ["STORE"], "shelf")

if sys.argv[1] == "show":
    with shelve.open(PATH, "r") as shelf:
        for key in sorted(shelf):
            print(key, shelf[key])
else:
    with shelve.open(PATH, "c") as shelf:
        for number in [0] if sys.argv[1] == "make" else range(1, 4):
            shelf[f"key{number}"] = {"number": number}
            shelf.sync()
            print("stored", number, flush=True)
