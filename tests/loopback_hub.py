"""A Hub on this machine that keeps repositories in memory, for the real `huggingface_hub` client.

    with LoopbackHub() as hub:  # then HF_ENDPOINT=hub.url
        hub.fail("POST .*/commit/", "500")  # misbehaves at the next request that matches

`python tests/loopback_hub.py` starts one by hand, for a dry walk through docs/publishing.md.
"""

from __future__ import annotations

import argparse
import re
import threading
from dataclasses import dataclass
from http.server import ThreadingHTTPServer

from loopback_handler import Handler
from loopback_repos import TOKEN, Repo

FAULTS = ("500", "429", "timeout", "cut", "lost", "someone", "truncated", "short", "wrong")


@dataclass
class Fault:
    """What goes wrong at a request "METHOD path" that matches, the next `times` times.

    500, 429 (with Retry-After `value`): the answer. timeout: none for `value` seconds. cut: the connection is closed
    before anything is done; lost: after it is done, without an answer. someone: somebody else commits first.
    Of a download, truncated: half of the body and then the end; short: half of it, as if that were all; wrong: other
    bytes than the hash says.
    """

    match: str
    kind: str
    times: int = 1
    value: float = 0


class LoopbackHub:
    """A context manager; `url` is the endpoint. log: "METHOD path" of every request; seen: its headers
    (names in lower case), in the same order; tokens: what came with them."""

    def __init__(self, port: int = 0):
        self.repos: dict[tuple[str, str], Repo] = {}
        self.collections: dict[str, list[tuple[str, str]]] = {}
        """Slug -> (kind, id) of its items"""
        self.blobs: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.log: list[str] = []
        self.seen: list[dict[str, str]] = []
        self.tokens: set[str] = set()
        self.lock = threading.RLock()
        handler = type("Handler", (Handler,), {"hub": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> LoopbackHub:
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()

    def repo(self, name: str, kind: str = "model") -> Repo:
        return self.repos[kind, name]

    def add(self, name: str, files: dict[str, bytes], kind: str = "model", **fields) -> Repo:
        """A repository that somebody else has made."""
        repo = self.repos[kind, name] = Repo(kind, name, **fields)
        repo.commit({".gitattributes": b"*.safetensors filter=lfs\n"}, "initial commit")
        repo.commit({**repo.head.files, **files}, "somebody's files")
        return repo

    def fail(self, match: str, kind: str, times: int = 1, value: float = 0) -> None:
        assert kind in FAULTS
        self.faults.append(Fault(match, kind, times, value))

    def requests(self, match: str = "") -> list[str]:
        return [line for line in self.log if re.search(match, line)]

    def fault(self, line: str, headers: dict[str, str]) -> Fault | None:
        with self.lock:
            self.log.append(line)
            self.seen.append(headers)
            for one in self.faults:
                if one.times and re.search(one.match, line):
                    one.times -= 1
                    return one
        return None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tests/loopback_hub.py", description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=7999)
    with LoopbackHub(parser.parse_args().port) as hub:
        try:
            print(f"export HF_ENDPOINT={hub.url} HF_TOKEN={TOKEN} HF_HUB_DISABLE_XET=1", flush=True)
            threading.Event().wait()
        except KeyboardInterrupt:
            print("\n".join(f"{kind} {name}: {len(repo.commits)} commits" for (kind, name), repo in hub.repos.items()))


if __name__ == "__main__":
    main()
