"""Visitors who train in the playground at the same time: fair shares, flat memory, and nobody else kept waiting.

    python -m benchmarks.live [--visitors 20] [--seconds 30] [--only Gradio]

Each visitor opens the playground, starts the run of its first story and asks for more as soon as an answer is there, as
the page does. One more visitor draws on Compare meanwhile. Then one visitor starts ten runs, one after the other, all
close their tabs in the midst of a question, and the server's processor time is read while nobody is there (Linux).
Prints Markdown.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import time
from pathlib import Path

from benchmarks.browser import ROOT, started
from benchmarks.load import FRONT_ENDS, memory
from benchmarks.results import Results, add_json
from benchmarks.visitors import Visitor

QUIET = 3.0
"""Seconds for which the server is watched when all have left"""


class Trainer:
    """A visitor with a run."""

    def __init__(self, visitor: Visitor, every: int = 10):
        self.visitor, self.every, self.seen, self.asked, self.first = visitor, every, 0, 0, 0.0

    @property
    def stage(self) -> dict:
        return self.visitor.stage

    async def ask(self, do: str) -> dict:
        self.asked += 1
        await self.visitor.ask(do=do, run=self.stage["run"], have=self.seen, every=self.every, echo=self.asked)
        if self.stage["frames"]:
            self.seen = self.stage["frames"][-1]["n"] + 1
            self.step = self.stage["frames"][-1]["step"]
        return self.stage

    async def train(self, until: float) -> None:
        begun = time.perf_counter()
        await self.ask("go")
        self.first = time.perf_counter() - begun
        while time.perf_counter() < until:
            if (await self.ask("go"))["ended"]:
                await self.ask("reset")
                self.done, self.seen = getattr(self, "done", 0) + self.step, 0

    @property
    def steps(self) -> int:
        return getattr(self, "done", 0) + self.step


def processor(pid: int) -> float:
    """Seconds that a process has worked."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def crowd(kind: type[Visitor], url: str, pid: int, visitors: int, seconds: float, query: str) -> dict:
    trainers: list[Trainer] = []

    async def arrive() -> None:
        one = kind(url)
        await one.__aenter__()
        await one.open(query)
        if one.title() != "Playground":
            await one.page("Playground")
        trainers.append(Trainer(one))

    async def draws(until: float, took: list[float]) -> None:
        async with kind(url) as one:
            await one.open()
            await one.page("Compare")
            while time.perf_counter() < until:
                begun = time.perf_counter()
                await one.random_seed()
                took.append(time.perf_counter() - begun)
                await asyncio.sleep(1)

    for _ in range(visitors):
        await arrive()
    drawn: list[float] = []
    held = [memory(pid)]
    for _ in range(2):  # two halves: memory must not grow from one to the other
        until = time.perf_counter() + seconds / 2
        await asyncio.gather(*(one.train(until) for one in trainers), draws(until, drawn))
        held.append(memory(pid))
    steps = [one.steps for one in trainers]
    begun = time.perf_counter()
    hasty = trainers[0]
    for _ in range(10):
        await hasty.ask("reset")
        await hasty.ask("D")
    ten = time.perf_counter() - begun
    leaving = [asyncio.create_task(one.ask("go")) for one in trainers]
    await asyncio.sleep(0.2)
    for task in leaving:
        task.cancel()
    await asyncio.gather(*leaving, return_exceptions=True)
    await asyncio.gather(*(one.visitor.__aexit__() for one in trainers), return_exceptions=True)
    await asyncio.sleep(2)
    before = processor(pid)
    await asyncio.sleep(QUIET)
    return {
        "steps": steps, "first": [one.first for one in trainers], "memory_gb": held, "drawn": drawn,
        "ten_starts": ten, "idle": (processor(pid) - before) / QUIET,
    }  # fmt: skip


def measure(folder: Path, gradio: bool, visitors: int, seconds: float, query: str = "view=playground") -> dict:
    with started(folder, gradio) as (url, pid):
        return asyncio.run(crowd(FRONT_ENDS["Gradio" if gradio else "Streamlit"], url, pid, visitors, seconds, query))


COLUMNS = {
    "front end": "{}", "steps of a visitor: least, median, most": "{:,.0f}, {:,.0f}, {:,.0f}",
    "first answer, median": "{:.2f} s", "drawing meanwhile, median": "{:.2f} s",
    "memory: opened, half, end": "{:.2f}, {:.2f}, {:.2f} GB", "ten starts": "{:.1f} s",
    "processor when all have left": "{:.0%} of a core",
}  # fmt: skip


def rows(found: dict[str, dict]) -> list[list]:
    return [
        [
            name, [min(one["steps"]), statistics.median(one["steps"]), max(one["steps"])],
            statistics.median(one["first"]), statistics.median(one["drawn"]) if one["drawn"] else None,
            one["memory_gb"] if all(one["memory_gb"]) else None, one["ten_starts"], one["idle"],
        ]
        for name, one in found.items()
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoints", type=Path, default=ROOT / "checkpoints", metavar="DIR")
    parser.add_argument("--visitors", type=int, default=20, metavar="N")
    parser.add_argument("--seconds", type=float, default=30.0, metavar="S", help="that they train for")
    parser.add_argument("--only", choices=list(FRONT_ENDS), help="one front end")
    add_json(parser)
    args = parser.parse_args()
    results = Results(visitors=args.visitors, seconds=args.seconds)
    found = {
        name: measure(args.checkpoints.resolve(), name == "Gradio", args.visitors, args.seconds)
        for name in FRONT_ENDS
        if args.only in (None, name)
    }
    results.table("live", COLUMNS, rows(found))
    results.save(args.json)


if __name__ == "__main__":
    main()
