"""Documents in TinyDB with its default storage. Usage: store.py make | use | show"""
import os
import sys

from tinydb import TinyDB

store = TinyDB(os.path.join(os.environ["STORE"], "store.json"))
if sys.argv[1] == "show":
    for document in store.all():
        print(sorted(document.items()))
else:
    for number in [0] if sys.argv[1] == "make" else range(1, 4):
        store.insert({"number": number})
        print("stored", number, flush=True)
store.close()
