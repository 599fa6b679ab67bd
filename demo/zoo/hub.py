"""What the zoo shows from the Hub: checkpoints that hub.json pins, and those that visitors ask for. No torch, no UI.

Visitors share one machine: their checkpoints are fetched without the token of the person who runs it, into a
separate cache, from which the oldest are deleted.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Collection
from pathlib import Path

from gan_models import hub, pins
from gan_models.folder import CheckpointError, one_line
from gan_models.recipe import Recipe

MOST_NAMES = 8
"""Checkpoints that one visitor has at a time; a further one replaces the first"""
MOST_KEPT = 64
"""Checkpoints of all visitors together"""
MOST_BYTES = 64_000_000
"""Of one checkpoint that a visitor asks for"""
MOST_SIDE = 256
"""Pixels of its pictures"""
MOST_CACHE = 1_000_000_000
"""Bytes of all that visitors asked for"""
BUSY = 30
"""Seconds that one visitor waits for the others' downloads"""
GRACE = 3.0
"""Seconds that the first page waits for what hub.json pins"""
AGAIN = 300
"""Seconds after which an unreachable Hub is asked again"""
HELP = (
    "user/repository, with @ and a commit or a tag if you like, or the id of a collection. Only JSON and safetensors "
    "are read; the figures under such pictures come from the person who published the checkpoint."
)
"""What both front ends say beside the place for a name"""
COLLECTION = re.compile(r"[^/@]+/[^/@]+-[0-9a-f]{24}")
ADDRESS = re.compile(r"https?://[^/]+/")


def cache_folder() -> Path:
    """The cache of the visitors' checkpoints: GANSCOPE_HUB_CACHE, else a folder in the user's cache."""
    return Path(os.environ.get("GANSCOPE_HUB_CACHE") or "~/.cache/ganscope/hub").expanduser()


class Shelf:
    """Threads may share it.

    pins: hub.json; None pins nothing.
    """

    def __init__(self, pins: Path | None = None):
        self.pins = pins
        self._lock, self._fetching = threading.Lock(), threading.Lock()
        self._pinned: dict[str, hub.Pulled] = {}
        self._problems: list[str] = []
        self._thread: threading.Thread | None = None
        self._retry_at = 0.0
        self._added: OrderedDict[str, hub.Pulled] = OrderedDict()

    # hub.json -----------------------------------------------------------------------------------------------

    def pinned(self, local: Collection[str]) -> tuple[dict[str, hub.Pulled], list[str]]:
        """({key: checkpoint}, a sentence on each trouble) of what hub.json pins and is not there already.

        Fetched in the background: a key is missing until it has come.
        """
        if self.pins is None:
            return {}, []
        with self._lock:
            first = self._thread is None
            if first or (self._retry_at and time.monotonic() > self._retry_at):
                self._retry_at = 0.0
                self._thread = threading.Thread(target=self._fetch, args=(frozenset(local),), daemon=True)
                self._thread.start()
        if first:
            self._thread.join(GRACE)
        with self._lock:
            return {key: one for key, one in self._pinned.items() if key not in local}, list(self._problems)

    def _fetch(self, local: Collection[str]) -> None:
        names, problems, missing = {}, [], []
        try:
            names = pins.read(self.pins)
        except CheckpointError as error:
            problems.append(str(error))
        for key, name in names.items():
            if key in local:
                continue
            try:
                found = hub.cached(name)
                if found is None and missing:
                    missing.append(key)  # one unanswered question is enough
                    continue
                found = found or hub.pull(name)
                with self._lock:
                    self._pinned[key] = found
            except hub.Unreachable:
                missing.append(key)
            except CheckpointError as error:
                problems.append(f"{key}: {error}")
            except Exception as error:  # a thread has nobody to tell
                problems.append(f"{key}: {name} could not be fetched: {one_line(error)}")
        if missing:
            problems.append(f"The Hub cannot be reached now; not shown: {', '.join(missing)}.")
        with self._lock:
            self._problems = problems
            self._retry_at = time.monotonic() + AGAIN if missing else 0.0

    # Visitors -----------------------------------------------------------------------------------------------

    def names(self, text: str) -> list[str]:
        """The repositories that a text names: "user/repo[@revision]", the id of a collection, or the address of one.
        ValueError, one sentence: it names none.
        """
        text = str(text).strip()[:300]
        if address := ADDRESS.match(text):
            text = re.split("[?#]", text[address.end() :])[0]
        text = text.strip("/")
        slug = text.removeprefix("collections/")
        if slug == text and not COLLECTION.fullmatch(slug):
            repo, revision = hub.parse(text.replace("/tree/", "@", 1))
            return [repo if revision is None else f"{repo}@{revision}"]
        found = hub.collection(slug, anonymous=True)
        if not found:
            raise CheckpointError(f"the collection {slug} has no models.")
        return found

    def add(self, name: str) -> tuple[str, hub.Pulled]:
        """(key, checkpoint) of a repository that a visitor names. ValueError, one sentence, where it cannot be had."""
        name = name.strip()
        repo, _ = hub.parse(name)
        with self._lock:
            known = next((key for key, one in self._added.items() if one.name == name), None)
            if known is not None and self._added[known].folder.is_dir():
                self._added.move_to_end(known)
                return known, self._added[known]
        if not self._fetching.acquire(timeout=BUSY):
            raise CheckpointError("others are fetching from the Hub at this moment; try again.")
        pulled = None
        try:
            pulled = hub.pull(name, cache=cache_folder(), check=bearable, anonymous=True)
            key = f"{repo}@{pulled.name.partition('@')[2][:12]}"
            with self._lock:
                self._added[key] = pulled
                self._added.move_to_end(key)
        finally:
            with contextlib.suppress(OSError):  # what cannot be deleted stays
                self._make_room(pulled and pulled.folder)  # what was refused, or broke off, takes room too
            self._fetching.release()
        return key, pulled

    def added(self) -> dict[str, hub.Pulled]:
        """{key: checkpoint} of all checkpoints that visitors have added and that are still there; unreadable ones too,
        so that the visitor is told."""
        with self._lock:
            return {key: one for key, one in self._added.items() if os.path.lexists(one.folder / "recipe.json")}

    def _make_room(self, newest: Path | None) -> None:
        """Delete what was asked for longest ago, down to MOST_CACHE bytes and MOST_KEPT names; never the newest."""
        home = newest and newest.parent.parent
        if home:
            os.utime(home)
        repositories = sorted(cache_folder().glob("models--*"), key=lambda path: path.stat().st_mtime, reverse=True)
        used = 0
        for i, path in enumerate(repositories):
            used += _bytes(path)
            if path == home and used > MOST_CACHE:  # many commits of one repository
                _keep_only(newest)
                used = _bytes(path)
            elif path != home and (used > MOST_CACHE or i >= MOST_KEPT):
                shutil.rmtree(path, ignore_errors=True)
        with self._lock:
            for key in [key for key, one in self._added.items() if not one.folder.is_dir()]:
                del self._added[key]


def _bytes(repository: Path) -> int:
    return sum(file.stat().st_size for file in (repository / "blobs").glob("*"))


def _keep_only(snapshot: Path) -> None:
    """Delete all other commits of a repository from the cache."""
    kept = {file.resolve() for file in snapshot.iterdir()}
    for other in snapshot.parent.iterdir():
        if other != snapshot:
            shutil.rmtree(other, ignore_errors=True)
    for blob in (snapshot.parent.parent / "blobs").iterdir():
        if blob.resolve() not in kept:
            blob.unlink()


def bearable(sizes: dict[str, int], recipe: Recipe) -> None:
    """CheckpointError: a visitor's checkpoint is too large for a shared machine."""
    from gan_models import checkpoint, work  # they import torch

    total = sum(sizes.values())
    if total > MOST_BYTES:
        raise CheckpointError(f"it has {total:,} bytes; at most {MOST_BYTES:,} are fetched for a visitor.")
    if recipe.size > MOST_SIDE:
        raise CheckpointError(f"its pictures of {recipe.size} pixels would keep this machine busy for too long.")
    G, _ = checkpoint.skeleton(Path(recipe.name), recipe)
    if excess := work.excess(G, recipe, work.VISITOR):
        raise CheckpointError(f"it is too large for a machine that is shared: it needs {excess}.")
