"""Keys in a TDB, Samba's trivial database, a transaction each. Usage: store.py make | use | show"""
import os
import sys

import tdb

store = tdb.open(os.path.join(os.environ["STORE"], "store.tdb"), flags=os.O_CREAT | os.O_RDWR)
if sys.argv[1] == "show":
    for key in sorted(store.keys()):
        print(key.decode(), store.get(key).decode())
else:
    for number in [0] if sys.argv[1] == "make" else range(1, 4):
        store.transaction_start()
        store.store(b"key%d" % number, b"value %d" % number)
        store.transaction_commit()
        print("stored", number, flush=True)
