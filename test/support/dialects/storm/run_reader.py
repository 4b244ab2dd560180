"""Runs one reader of the Storm notebook as it stands there, against the server given, and says what it returned or raised."""

import contextlib
import json
import os
import sys
import types

url, key, reader, question = sys.argv[1:5]
source = os.path.join(os.path.dirname(__file__), "__fixtures__", "streaming_readers.py.txt")
cells = {}
with open(source, encoding="utf-8") as file:
    exec(compile(file.read(), source, "exec"), cells)
cells.update(API_URL=url, headers={"storm-api-key": key})
# Its pauses between repeats are not what is looked at.
cells["time"] = types.SimpleNamespace(time=cells["time"].time, sleep=lambda seconds: None)


def ask():
    if reader == "stream_chat":
        return cells["stream_chat"](question)
    if reader == "StreamingChatHandler":
        return cells["StreamingChatHandler"](key, url).stream_with_callbacks(question)
    return cells["robust_stream_chat"](question)


with contextlib.redirect_stdout(sys.stderr):
    try:
        outcome = {"returned": ask()}
    except Exception as error:
        outcome = {"raised": type(error).__name__}
print(json.dumps(outcome))
