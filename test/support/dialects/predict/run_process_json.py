"""Runs `process_json` of the predict document as it stands there on a list of events, and prints what it returns."""

import json
import os
import sys
import textwrap

path = os.path.join(os.path.dirname(__file__), "__fixtures__", "process_json.py.txt")
cells = {"json": json}
with open(path, encoding="utf-8") as file:
    exec(compile(textwrap.dedent(file.read()), path, "exec"), cells)
print(cells["process_json"](json.load(sys.stdin)))
