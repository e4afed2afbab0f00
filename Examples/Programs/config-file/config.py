"""Settings in a JSON file, replaced in one of the four usual ways. Usage: config.py METHOD set N | config.py show"""
import json
import os
import sys

FOLDER = os.environ["STORE"]
PATH = os.path.join(FOLDER, "settings.json")


def write(path, settings, syncs):
    with open(path, "w") as file:
        json.dump(settings, file)
        if syncs:
            file.flush()
            os.fsync(file.fileno())


def save(method, settings):
    if method == "in-place":
        return write(PATH, settings, True)
    write(PATH + ".new", settings, method != "renamed")
    os.rename(PATH + ".new", PATH)
    if method == "complete":
        descriptor = os.open(FOLDER, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


if sys.argv[1] == "show":
    with open(PATH) as file:
        print(json.load(file))
elif sys.argv[2] == "make":
    save("complete", {"volume": 0})
else:
    for volume in range(1, 4):
        save(sys.argv[1], {"volume": volume})
        print("volume is", volume, flush=True)
