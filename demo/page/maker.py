"""Makes the parts of pages, and keeps the last ones for all visitors.

A part depends on the zoo and on the values of the state that it has read. A part that has read a visitor's memory is
for this visitor alone, and is not kept.
"""

from __future__ import annotations

import ctypes
import inspect
import platform
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, is_dataclass
from typing import TYPE_CHECKING, Any

from demo.page import refusals
from demo.page.items import Part
from demo.page.state import MEMORY, State
from demo.zoo.entries import Catalog

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

MOST_BYTES = 64_000_000
"""Bytes of all parts that are kept, about"""
LARGE = 1_000_000
"""A part with more bytes than this, such as a film, took many times as many bytes to make"""
Signature = tuple[Hashable, ...]


@dataclass(frozen=True)
class Refusal:
    """In place of a part: one sentence on what is wrong."""

    sentence: str


def stamp(zoo: Zoo, catalog: Catalog) -> Hashable:
    """Changes with every checkpoint that the catalog lists, and with the figures beside them: all files of a zoo are
    replaced, never written over."""
    folders = {entry.folder for entry in (*catalog, *catalog.translators)}
    folders |= {folder.parent for folder in folders} | {zoo.folder}
    made = []
    for folder in sorted(folders):
        try:
            seen = folder.stat()
        except OSError:
            continue  # it is being replaced at this moment
        made.append((str(folder), seen.st_ino, seen.st_mtime_ns))
    return hash((tuple(made), catalog.problems))


def stamped(zoo: Zoo, s: State) -> Hashable:
    """`stamp` of the catalog of a state, read once: to ask the disk for each part takes longer than to show it."""
    if s.stamp is None:
        s.stamp = stamp(zoo, s.catalog)
    return s.stamp


class _Once:
    """A lock for each thing that is being made: who asks for the same one waits, and then finds it."""

    def __init__(self):
        self._locks: dict[Hashable, tuple[threading.Lock, list[None]]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def of(self, known: Hashable) -> Iterator[None]:
        with self._lock:
            one, here = self._locks.setdefault(known, (threading.Lock(), []))
            here.append(None)
        try:
            with one:
                yield
        finally:
            with self._lock:
                here.pop()
                if not here:
                    del self._locks[known]


class Maker:
    """Makes parts of any page over one zoo. Threads may share it.

    most: bytes of what is kept.
    """

    def __init__(self, zoo: Zoo, most: int = MOST_BYTES):
        self.zoo, self.most = zoo, most
        self._kept: OrderedDict[Signature, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._reads: dict[Part, set[str]] = {}
        self._lock = threading.Lock()
        self._once = _Once()

    def signature(self, part: Part, s: State) -> Signature | None:
        """What the part depends on; None where it is made anew for this visitor, or was never made."""
        with self._lock:
            names = self._reads.get(part)
            names = None if names is None else sorted(names)
        if names is None or MEMORY in names:
            return None
        try:
            return (id(part), stamped(self.zoo, s), s.hub, *((name, _frozen(s.values[name])) for name in names))
        except KeyError:
            return None

    def ready(self, part: Part, s: State) -> bool:
        """Whether the part is kept, so that to show it takes no work."""
        known = self.signature(part, s)
        with self._lock:
            return known is not None and known in self._kept

    def make(self, part: Part, s: State) -> Iterator[tuple[Signature | None, Any]]:
        """(signature, value), once; for a generator several times, of which only the last has a signature. The value is
        a Refusal if the part cannot be made, and None if it is not shown. A part that is being made for another visitor
        at this moment is not made a second time.
        """
        if inspect.isgeneratorfunction(part.make):
            yield from self._steps(part, s)
            return
        known = self.signature(part, s)
        with nullcontext() if known is None and part in self._reads else self._once.of(known or id(part)):
            made = self._found(part, s) or self._whole(part, s)
        yield made

    def _found(self, part: Part, s: State) -> tuple[Signature, Any] | None:
        known = self.signature(part, s)
        with self._lock:
            if known is None or known not in self._kept:
                return None
            self._kept.move_to_end(known)
            return known, self._kept[known][0]

    def _whole(self, part: Part, s: State) -> tuple[Signature | None, Any]:
        s.reads.clear()
        try:
            value = part.pack(part.make(self.zoo, s) if part.when(s) else None)
        except Exception as error:  # a part that fails leaves the others as they are
            return None, Refusal(refusals.sentence(error))
        return self._keep(part, s, value), value

    def _steps(self, part: Part, s: State) -> Iterator[tuple[Signature | None, Any]]:
        if found := self._found(part, s):
            yield found
            return
        s.reads.clear()
        value = None
        try:
            for one in part.make(self.zoo, s) if part.when(s) else ():
                value = part.pack(one)
                yield None, value
        except Exception as error:
            yield None, Refusal(refusals.sentence(error))
            return
        yield self._keep(part, s, value), value

    def _keep(self, part: Part, s: State, value: Any) -> Signature | None:
        with self._lock:
            self._reads.setdefault(part, set()).update(s.reads)
        known = self.signature(part, s)
        if known is None:
            return None
        size = _bytes(value)
        if size > LARGE:
            _trim()
        with self._lock:
            self._bytes += size - self._kept.pop(known, (None, 0))[1]
            self._kept[known] = value, size
            while self._bytes > self.most:
                self._bytes -= self._kept.popitem(last=False)[1][1]
        return known


def _trim() -> None:
    """Give freed memory back to the system, which glibc does not do by itself: a fifth of the server's."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)


def shared(make: Callable[[Zoo, State], Any], most: int = 4) -> Callable[[Zoo, State], Any]:
    """Decorates a function of (zoo, s) that several parts of a page call: it runs once as long as the values that it
    reads stay the same.

    It must not read the visitor's memory.
    """
    kept: OrderedDict[Signature, Any] = OrderedDict()
    names: set[str] = set()
    lock, once = threading.Lock(), _Once()

    def signature(zoo: Zoo, s: State) -> Signature:
        with lock:
            read = sorted(names)
        values = ((name, _frozen(s.values.get(name))) for name in read)
        return (id(zoo), stamped(zoo, s), s.hub, s.page.name, *values)

    def asked(zoo: Zoo, s: State) -> Any:
        with once.of(signature(zoo, s)):
            return found_or_made(zoo, s)

    def found_or_made(zoo: Zoo, s: State) -> Any:
        known = signature(zoo, s)
        with lock:
            if names and known in kept:
                kept.move_to_end(known)
                s.reads |= names
                return kept[known]
        before, s.reads = s.reads, set()
        try:
            made = make(zoo, s)
        finally:
            read, s.reads = s.reads, s.reads | before
        if MEMORY in read:
            raise RuntimeError(f"{make.__name__} is shared by all visitors, and reads what one of them did.")
        with lock:
            names.update(read)
        known = signature(zoo, s)
        with lock:
            kept[known] = made
            while len(kept) > most:
                kept.popitem(last=False)
        return made

    asked.__name__, asked.__doc__ = make.__name__, make.__doc__
    return asked


def _frozen(value: Any) -> Hashable:
    return value if isinstance(value, Hashable) else repr(value)


def _bytes(value: Any) -> int:
    """About how much a part's value takes."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, dict):
        return 100 + sum(_bytes(one) for one in value.values())
    if isinstance(value, tuple | list):
        return 100 + sum(_bytes(one) for one in value)
    if is_dataclass(value):
        return 100 + sum(_bytes(one) for one in vars(value).values())
    return getattr(value, "nbytes", 100)
