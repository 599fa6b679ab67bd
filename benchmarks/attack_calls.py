"""Malformed questions to the Gradio app, one after the other on loopback, counted by what comes of them.

A question ends well with an answer or with one sentence. Everything else is a fault: a traceback, a path of the
machine, `{"error": null}`, a sentence that is too long, no answer at all, a server that has gone.
"""

from __future__ import annotations

import base64
import json
import random
import re
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.browser import ROOT, started
from demo.draw import compose
from demo.page.refusals import FOLDERS, MOST_LETTERS, UNEXPECTED

PATIENCE = 90
"""Seconds for one answer"""
PROTOCOL = (-32600, -32602)
"""JSON-RPC's errors for what is no message of MCP, in the words of its own library"""
_TILTED = np.tri(28, dtype=np.uint8)[..., None] * 200
PICTURE, HOLE = (base64.b64encode(compose.png(one)).decode() for one in (_TILTED, _TILTED // 200 * 255))
SMALL = base64.b64encode(compose.png(_TILTED[:9])).decode()
SOUND = {
    "catalog": ["mnist"], "inspect": [["mnist/acgan"], 3, 2, 0.7],
    "samples": [["mnist/dcgan"], [0, 1], None, 1.0, True],
    "interpolate": [["mnist/gan"], [0, 1], 4, "slerp", None, 1.0, False, "gif"],
    "latent_map": [["mnist/cgan"], [0, 1, 2, 3], 3, "lerp", None, 1.0], "class_grid": ["mnist/cgan", [0, 1], 1.0],
    "style_mix": [["mnist/stylegan2"], [0], [1], "fine", None, 1.0], "truncations": [["mnist/gan"], [0], [0, 1], None],
    "evolution": [["mnist/dcgan"], None, "images", 4, False], "leaderboard": ["mnist", None],
    "curves": ["mnist/dcgan", 20], "class_shares": ["mnist", None], "ablation": ["mnist", None],
    "learn": ["mnist/gan"], "add_from_hub": ["no/body"],
    "direction": [["mnist/dcgan"], "stroke_width", [0], [-1.0, 1.0], None],
    "directions": [["mnist/dcgan"]], "translators": [None],
    "translate": [["fashion_mnist/pix2pix"], PICTURE, None, None, 0, True, False, True],
    "rebuild": [["mnist/gan"], PICTURE, None, None, False],
    "restore": [["mnist/gan"], "mask", PICTURE, None, HOLE, None, None, None, False],
    "equal_budget": ["mnist", None], "training_seeds": ["mnist"], "table": ["mnist", "curves", "csv"],
    "anomaly": [["mnist/dcgan"], PICTURE, None, None, None], "rebuild_errors": ["mnist"], "playground_story": [""],
    "playground_run": [["gan"], "ring", 20, 10, 16, 0, None],
    "dirac": ["non_saturating", "", 1.0, 0.0, 1.0, 1.0, 0.05, 0.05, "alternating", 40],
    "distances": [[0.0, 1.0], "normal"], "minimax": [[0.5, 0.5], [0.1, 0.9], None], "claims": [],
}  # fmt: skip
"""Arguments in order that are answered, of each endpoint; they ask for little, and the Hub is offline"""
ODD = [
    None, True, False, 0, -1, 1, 7, 256, 257, 10**9, 2**31, 2**53 + 1, 10**30, -0.0, 0.5, 1e308, float("nan"),
    float("inf"), "", " ", "mnist", "mnist/dcgan", "mnist/dcgn", "null", "[]", "../../etc/passwd", "/etc/passwd", "a/b",
    "C:\\Windows\\x", "é" * 40, "\u0000", "\u202e\u0301", "😀" * 300, "\ud800", "x" * 5000, "<script>alert(1)</script>",
    "{0}", "%s%n", "\n\n", [], {}, [[]], [None], [0] * 300, [1.5], ["0"], list(range(2000)), ["mnist/dcgan"] * 50,
    {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, {"__type__": "update"}, {"data": []}, [[[[[[1]]]]]],
    PICTURE, SMALL, PICTURE[:99], "data:image/png;base64," + PICTURE, "data:text/html,x", "A" * 900_000,
    [[0.0, 1e999]], [[1, 2]] * 501, ["gan"] * 9, [0.0] * 5, [-1, 2.0], "ring", "mask", "slower", 1e-320, -3.5,
]  # fmt: skip
BODIES = [
    b"", b"null", b"[]", b"{}", b"1", b'"x"', b"{", b"\xff\xfe", b'{"data": null}', b'{"data": {}}', b'{"data": "x"}',
    b'{"data": [' + b"[" * 5000 + b"]" * 5000 + b"]}", b'{"data": [1e999]}', b'{"data": [' + b"9" * 5000 + b"]}",
    b'{"data": [], "fn_index": "x"}', b'{"data": [], "fn_index": 99999}', b'{"data": [], "session_hash": [1]}',
    b'{"data": [], "event_data": 7, "trigger_id": "x"}', b"x" * 2_000_000, b'{"data": [' + b'"\\ud800",' * 9 + b"0]}",
]  # fmt: skip
ROUTES = [
    "queue/join", "queue/data?session_hash=x", "upload", "upload?upload_id=1", "component_server", "run/samples",
    "api/samples", "call/nothing", "call/v2/nothing", "reset", "cancel", "call/samples/" + "0" * 32, "stream/1", "info",
    "file=/etc/passwd", "file=http://127.0.0.1/", "proxy=http://127.0.0.1/", "process_recording", "deep_link",
    "vibe-edit", "nothing", "mcp/", "heartbeat", "startup-events", "custom_component/1/2/3/4", "run-history/connect",
]  # fmt: skip


def fault_of(text: Any) -> str:
    """What is wrong with a refusal; empty where it is one sentence."""
    if not isinstance(text, str) or not text:
        return f"no sentence: {str(text)[:80]!r}"
    for wrong, name in (
        (text == UNEXPECTED, "a fault of the app"),
        (len(text) > MOST_LETTERS, f"{len(text)} letters"), (not text.isprintable(), "odd letters"),
        (FOLDERS.search(text), "a path"), ("Traceback" in text, "a traceback"),
        (not re.search(r"[.?!…]$", text), "no end"), (" " not in text, "one word"),
    ):  # fmt: skip
        if wrong:
            return f"{name}: {text[:80]!r}"
    return ""


def outcome(refusal: Any) -> str:
    wrong = fault_of(refusal)
    return f"fault: {wrong}" if wrong else "one sentence"


class Caller:
    """Asks a server; each method gives "answer", "one sentence" or "fault: ..."."""

    def __init__(self, address: str):
        self.base = f"{address.rstrip('/')}/gradio_api"
        self.http = httpx.Client(timeout=httpx.Timeout(PATIENCE), follow_redirects=True)

    def call(self, endpoint: str, body: bytes | dict, way: str = "call") -> str:
        """A question over plain HTTP. way: "call", or "call/v2", which takes the arguments by name."""
        said = self._post(f"{way}/{endpoint}", body)
        if said.status_code != 200:
            return self._refused(said)
        until = time.monotonic() + PATIENCE
        with self.http.stream("GET", f"{self.base}/{way}/{endpoint}/{said.json()['event_id']}") as stream:
            event = ""
            for line in stream.iter_lines():
                if time.monotonic() > until:
                    return "fault: no answer"
                if line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif line.startswith("data: ") and event == "complete":
                    return "answer"
                elif line.startswith("data: ") and event == "error":
                    data = json.loads(line.removeprefix("data: "))
                    return outcome(data.get("error") if isinstance(data, dict) else data)
        return "fault: the stream ended"

    def join(self, fn_index: Any, data: Any) -> str:
        """An event of the page."""
        session = uuid.uuid4().hex[:11]
        said = self._post("queue/join", {"data": data, "fn_index": fn_index, "session_hash": session})
        if said.status_code != 200:
            return self._refused(said)
        with self.http.stream("GET", f"{self.base}/queue/data", params={"session_hash": session}) as stream:
            for line in stream.iter_lines():
                told = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                if told.get("msg") == "process_completed":
                    return "answer" if told["success"] else outcome(told["output"].get("error"))
                if told.get("msg") == "unexpected_error":
                    return outcome(told["message"])
        return "fault: the stream ended"

    def tool(self, name: Any, arguments: Any) -> str:
        """A question of an MCP client."""
        asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
        said = self._post("mcp/", asked, {"Accept": "application/json, text/event-stream"})
        lines = [line.removeprefix("data: ") for line in said.text.splitlines() if line.startswith(("data: ", "{"))]
        told = json.loads(lines[-1]) if lines else {}
        if told.get("error", {}).get("code") in PROTOCOL:
            return "one sentence"
        if not told.get("result"):
            return f"fault: {said.status_code} {said.text[:80]!r}"
        return outcome(told["result"]["content"][0]["text"]) if told["result"].get("isError") else "answer"

    def route(self, method: str, path: str, body: bytes) -> str:
        """Any request to any route; an answer that is a stream is not read to its end."""
        with self.http.stream(
            method, f"{self.base}/{path}", content=body, headers={"Content-Type": "application/json"}
        ) as said:
            if said.status_code < 400:
                return "answer"
            said.read()
            return self._refused(said)

    def _post(self, path: str, body: bytes | dict, headers: dict | None = None) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **(headers or {})}
        return self.http.post(f"{self.base}/{path}", content=content, headers=headers)

    def _refused(self, said: httpx.Response) -> str:
        try:
            told = said.json()
        except ValueError:
            told = said.text
        if isinstance(told, dict) and "jsonrpc" in told and told["error"]["code"] in PROTOCOL:
            return "one sentence"
        return outcome(told.get("detail", told) if isinstance(told, dict) else told)


def questions(draw: random.Random, names: dict[str, list[str]], events: dict[int, int]) -> Iterator[tuple[str, tuple]]:
    """(method of Caller, its arguments), without end. names: parameters of each endpoint; events: number of values that
    each event of the page takes."""
    while True:
        endpoint = draw.choice(list(SOUND))
        values = list(SOUND[endpoint])
        for _ in range(draw.randint(1, 2)):
            if values:
                place = draw.randrange(len(values))
                one = draw.choice(ODD)
                values[place] = [one] if isinstance(values[place], list) and draw.random() < 0.3 else one
        if draw.random() < 0.2:
            values = values[: draw.randint(0, len(values))] or [draw.choice(ODD)] * draw.randint(0, 9)
        named = dict(zip(names[endpoint], values, strict=False))
        if draw.random() < 0.2:
            named[draw.choice(["x", "", "oauth_token", "self", "\ud800"])] = draw.choice(ODD)
        kind = draw.choice(["call", "call", "call", "named", "tool", "join", "body", "route"])
        if kind == "call":
            yield "call", (endpoint, {"data": values})
        elif kind == "named":
            yield "call", (endpoint, named, "call/v2")
        elif kind == "tool":
            yield "tool", (draw.choice([endpoint, endpoint, endpoint, draw.choice(ODD)]), named)
        elif kind == "join":
            event = draw.choice([*events, -1])
            many = events.get(event, 1) + draw.choice([-1, 0, 0, 0, 3])
            yield "join", (event, [draw.choice(ODD) for _ in range(max(many, 0))])
        elif kind == "body":
            yield "call", (endpoint, draw.choice(BODIES), draw.choice(["call", "call/v2"]))
        else:
            yield "route", (draw.choice(["GET", "POST", "PUT", "DELETE"]), draw.choice(ROUTES), draw.choice(BODIES))


def described(address: str) -> tuple[dict[str, list[str]], dict[int, int]]:
    """(parameters of each endpoint, number of values of each event of the page) of a server."""
    with httpx.Client(timeout=PATIENCE) as http:
        info = http.get(f"{address}/gradio_api/info").json()["named_endpoints"]
        events = http.get(f"{address}/config").json()["dependencies"]
    names = {name.strip("/"): [one["parameter_name"] for one in about["parameters"]] for name, about in info.items()}
    return names, {one["id"]: len(one["inputs"]) for one in events if one["backend_fn"] and not one["api_name"]}


def attack(address: str, seconds: float, seed: int, alive: Callable[[], bool] = lambda: True) -> Counter[str]:
    """`calls` against a server that runs already; it ends where `alive` says that the server has gone."""
    found, until = Counter(), time.monotonic() + seconds
    caller = Caller(address)
    for method, values in questions(random.Random(seed), *described(address)):
        if time.monotonic() > until:
            break
        try:
            came = getattr(caller, method)(*values)
        except (httpx.HTTPError, ValueError, KeyError) as error:
            came = f"fault: {type(error).__name__}: {str(error)[:120]}"
        if came.startswith("fault"):
            came = f"{came}: {method}{repr(values)[:300]}"
        found[came] += 1
        if not alive():
            found[f"fault: the server has gone after {method}{repr(values)[:300]}"] += 1
            break
    caller.http.close()
    return found


def calls(seconds: float, seed: int = 0, zoo: Path = ROOT / "checkpoints") -> Counter[str]:
    """Malformed questions for so many seconds, by outcome: "answer", "one sentence", or "fault: " with what makes it.

    The app is started over the zoo on this machine and ended afterwards; each question waits for the one before.
    """
    with started(zoo, gradio=True) as (address, pid):
        return attack(address, seconds, seed, lambda: Path(f"/proc/{pid}").exists() or not Path("/proc/self").exists())


if __name__ == "__main__":
    import sys

    for what, number in calls(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0).most_common():
        print(f"{number:6,} {what}")
