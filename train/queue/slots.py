"""The queue of one machine: a process per slot, until all jobs have ended. No torch import."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from ..engine.console import lost
from ..engine.run_folder import JOB, endings, progress
from .jobs import FAILED, RUNNING, STOPPED, WAITING, Job

ROOT = Path(__file__).parents[2]
APART = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {"start_new_session": True}
"""Start flags such that Ctrl-C on the terminal reaches the queue alone, which passes it on"""
POLL = 0.2
"""Seconds between two checks of the processes"""


class Slot(NamedTuple):
    """The place where a job runs."""

    name: str
    """For people: "GPU 0", "CPU" """
    environment: dict[str, str]


class Screen(Protocol):
    """Shows the state to people; see screen.py."""

    def say(self, line: str) -> None: ...

    def show(self, running: Mapping[Job, str], jobs: Sequence[Job]) -> None: ...


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def slots(gpus: Sequence[str], each: int, jobs: int) -> list[Slot]:
    """`each` slots on every GPU, listed one per GPU first; without GPUs `each` on the CPU. At most one per job.

    The jobs divide the cores, so that they do not compete for them; OMP_NUM_THREADS, if set, is kept.
    """
    names = [gpu for _ in range(each) for gpu in gpus or [""]][:jobs]
    threads = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS") or str(max(cores() // max(len(names), 1), 1))}
    return [Slot(f"GPU {gpu}" if gpu else "CPU", {"CUDA_VISIBLE_DEVICES": gpu, **threads}) for gpu in names]


def start(job: Job, environment: Mapping[str, str] | None = None) -> tuple[subprocess.Popen, str]:
    """(its process, the name that its progress.json will give). Raises OSError if it cannot be started.

    Its standard input is a pipe: the training saves and stops when the pipe is closed or this process is gone. Its
    output is appended to its log.
    """
    name = secrets.token_hex(4)
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    ours = {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"}  # so that -m train... is found, not a train.py in this folder
    command = job.command()
    job.folder.mkdir(parents=True, exist_ok=True)
    with job.log.open("a", encoding="utf-8") as log:
        log.write(f"\n$ {subprocess.list2cmdline(command[1:])}    # {time.strftime('%Y-%m-%d %H:%M:%S')}\n")
        log.flush()
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **ours, "PYTHONUNBUFFERED": "1", **(environment or {}), JOB: name},
            **APART,
        )
    return process, name


def let_go(process: subprocess.Popen) -> None:
    """Ask a training to save and stop."""
    with suppress(OSError):
        process.stdin.close()


class Queue:
    """Runs jobs in slots. The first Ctrl-C, SIGTERM or SIGHUP makes every training save and stop, as does the loss of
    the reader of our output; the second one kills them."""

    def __init__(self, slots: Sequence[Slot], screen: Screen):
        self.free, self.screen = list(slots), screen
        self.running: dict[int, tuple[Job, Slot, subprocess.Popen, str]] = {}
        self.asked = 0
        """How often the queue was asked to stop"""

    def run(self, jobs: Sequence[Job]) -> None:
        """Returns when every job that waits has ended: finished, failed, or stopped."""
        waiting = [job for job in jobs if job.state == WAITING]
        handlers = {s: signal.signal(s, self._ask) for s in endings()}
        told = 0
        try:
            while self.running or (waiting and not self.asked):
                while waiting and self.free and not self.asked:
                    self._start(waiting.pop(0))
                self.asked = max(self.asked, lost())
                if told != self.asked:
                    told = self.asked
                    self._stop()
                for key in [*self.running]:
                    self._look(key)
                self.screen.show({job: slot.name for job, slot, *_ in self.running.values()}, jobs)
                time.sleep(POLL)
        finally:
            for _, _, process, _ in self.running.values():  # only after an error of this program
                let_go(process)
            for s, handler in handlers.items():
                signal.signal(s, handler)
        for job in waiting:
            job.state, job.why = STOPPED, "not begun"

    def _ask(self, *_) -> None:
        self.asked += 1

    def _stop(self) -> None:
        if not self.running:
            return
        n = f"{len(self.running)} training{'s' if len(self.running) > 1 else ''}"
        if self.asked == 1:
            self.screen.say(f"Stopping: {n} will save and end. Ctrl-C again kills.")
        else:
            self.screen.say(f"Killing {n}; their last saved states are kept.")
        for _, _, process, _ in self.running.values():
            if self.asked == 1:
                let_go(process)
            else:
                process.kill()

    def _start(self, job: Job) -> None:
        try:
            process, name = start(job, self.free[0].environment)
        except OSError as error:
            job.state, job.why = FAILED, f"it cannot be started: {error}"
            self.screen.say(f"{job.name}: failed, {job.why}")
            return
        slot = self.free.pop(0)
        job.state, job.begun = RUNNING, True
        self.running[process.pid] = job, slot, process, name
        how = "goes on" if "--resume" in process.args else "begins"
        self.screen.say(f"{job.name}: {how} ({slot.name}, {job.folder})")

    def _look(self, key: int) -> None:
        """At one process: how far it is, or how it ended."""
        job, slot, process, name = self.running[key]
        code = process.poll()
        told = progress(job.folder)
        if told and told.job == name:  # else it is what an earlier process has left
            job.progress = told
        if code is None:
            return
        del self.running[key]
        self.free.append(slot)
        let_go(process)
        job.ended(code, bool(self.asked))
        self.screen.say(f"{job.name}: {job.state}, {job.why}")
