"""Early ends of a training: Ctrl-C, SIGTERM, a terminal that closes, a reader that goes away."""

from __future__ import annotations

import signal

from . import console, distributed
from .loop import State
from .run_folder import endings

AGREE = 20
"""G steps between two moments at which the processes of a training agree whether to stop"""


class Stopped(Exception):
    """The run was asked to stop, and its state is saved."""


class Signals:
    """Notes requests to stop the run: all of its processes stop together, after the same step."""

    def __init__(self, device: str):
        self.device, self.asked, self.steps = device, False, 0

    def __enter__(self) -> Signals:
        self.handlers = {s: signal.signal(s, self._ask) for s in endings()}
        return self

    def __exit__(self, *_) -> None:
        for s, handler in self.handlers.items():
            signal.signal(s, handler)

    def _ask(self, *_) -> None:
        """The first Ctrl-C stops the run after this step, the second one at once."""
        self.asked = True
        signal.signal(signal.SIGINT, self.handlers[signal.SIGINT])

    def stop(self) -> bool:
        """Whether to stop now; called once after each G step."""
        self.steps += 1
        asked = self.asked or console.lost()
        if distributed.alone():
            return asked
        return self.steps % AGREE == 0 and distributed.agreed(asked, self.device)


class Silent(Signals):
    """The callback of a process that is not the first: it stops together with the first, and does not write to disk or
    screen."""

    def __call__(self, state: State) -> None:
        if self.stop():
            raise Stopped
