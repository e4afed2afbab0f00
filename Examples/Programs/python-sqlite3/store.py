"""A table in SQLite, by Python's module with its defaults. Usage: store.py make | use | show"""
import os
import sqlite3
import sys

connection = sqlite3.connect(os.path.join(os.environ["STORE"], "store.db"))
if sys.argv[1] == "make":
    with connection:
        connection.execute("CREATE TABLE notes (number INTEGER PRIMARY KEY, text)")
        connection.execute("INSERT INTO notes VALUES (0, 'note 0')")
elif sys.argv[1] == "use":
    for number in range(1, 4):
        with connection:
            connection.execute("INSERT INTO notes VALUES (?, ?)", (number, f"note {number}"))
        print("stored", number, flush=True)
else:
    for row in connection.execute("SELECT * FROM notes ORDER BY number"):
        print(*row)
    print(*connection.execute("PRAGMA integrity_check").fetchone())
