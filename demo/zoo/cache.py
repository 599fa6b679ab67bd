"""A cache of objects that are made once: models, judges, training pictures. Threads may share it. No UI."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class LeastRecentlyUsed(Generic[T]):
    """At most `most` things under their names; the least recently used one goes first."""

    def __init__(self, most: int):
        self.most = most
        self._lock = threading.Lock()
        self._futures: OrderedDict[Hashable, tuple[Hashable, Future[T]]] = OrderedDict()

    def get(self, name: Hashable, stamp: Hashable, make: Callable[[], T]) -> T:
        """What make() gave for this name and stamp; concurrent first calls make it once.

        What was made under another stamp of that name is dropped. Where make() fails, all who wait get its error, and
        the next call makes it anew.
        """
        with self._lock:
            known = self._futures.pop(name, None)
            making = known is None or known[0] != stamp
            known = (stamp, Future()) if making else known
            self._futures[name] = known
            while len(self._futures) > self.most:
                self._futures.popitem(last=False)
        _, future = known
        if making:
            try:
                future.set_result(make())
            except BaseException as error:
                with self._lock:
                    if self._futures.get(name) is known:
                        del self._futures[name]
                # Whoever waits for it must not wait for ever, and is not the one who was interrupted.
                future.set_exception(error if isinstance(error, Exception) else RuntimeError("It was interrupted."))
                raise
        return future.result()
