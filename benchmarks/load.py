"""Twenty visitors at once: how long each waits for an answer, what goes wrong, and the memory of the server.

    python -m benchmarks.load [--visitors 20] [--rounds 3] [--json FILE]

Every visitor has a session of its own with each front end (see benchmarks/visitors.py), and thinks for a while between
two steps. An answer is there when all of its pictures are. Then one visitor sees the whole zoo, and the server's memory
is read (Linux). Prints Markdown. Run it on an idle machine: visitors and server share it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.browser import ROOT, started
from benchmarks.results import Results, add_json
from benchmarks.visitors import OfGradio, OfStreamlit, Visitor
from demo.zoo.words import dataset_title
from demo.zoo.zoo import Zoo

FRONT_ENDS = {"Streamlit": OfStreamlit, "Gradio": OfGradio}
TARGET_SECONDS, TARGET_MEMORY = 1.0, 1.5
"""Of the median answer; GB of the server"""


@dataclass
class Seen:
    """seconds: of each answer, by step. errors: what went wrong, and how often."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)

    @asynccontextmanager
    async def step(self, name: str):
        begin = time.perf_counter()
        yield
        self.seconds.setdefault(name, []).append(time.perf_counter() - begin)


async def visit(kind: type[Visitor], url: str, titles: list[str], seen: Seen, rounds: int, think: float, seed: int):
    """One visitor: opens the page, and goes `rounds` times through Compare, Evolution and Leaderboard."""
    dice = random.Random(seed)

    async def pause() -> None:
        await asyncio.sleep(dice.uniform(0.5, 1.5) * think)

    try:
        await pause()
        async with kind(url) as one:
            async with seen.step("open the app"):
                await one.open()
            for turn in range(rounds):
                if one.title() != "Compare":
                    await pause()
                    async with seen.step("page Compare"):
                        await one.page("Compare")
                for _ in range(2):
                    await pause()
                    async with seen.step("random seed"):
                        await one.random_seed()
                await pause()
                async with seen.step("other data set"):
                    await one.other_data(titles[(turn + 1) % len(titles)])
                for page in ("Evolution", "Leaderboard"):
                    await pause()
                    async with seen.step(f"page {page}"):
                        await one.page(page)
    except Exception as error:
        seen.errors[f"{type(error).__name__}: {error}"[:200]] += 1


async def crowd(kind: type[Visitor], url: str, titles: list[str], visitors: int, rounds: int, think: float) -> Seen:
    seen = Seen()
    await visit(kind, url, titles, Seen(), 1, 0, 0)  # the models of the first pages are loaded
    await asyncio.gather(*(visit(kind, url, titles, seen, rounds, think, i) for i in range(visitors)))
    return seen


def whole_zoo(url: str, zoo: Zoo, gradio: bool) -> None:
    """Every variant of every data set drawn on Compare, and its film looked at."""
    for data in zoo.catalog().datasets:
        entries = zoo.catalog().of(data)
        asyncio.run(of_gradio(url, data, entries) if gradio else of_streamlit(url, data, entries))


async def of_streamlit(url: str, data: str, entries: list) -> None:
    from urllib.parse import urlencode

    chosen = [("data", dataset_title(data)), *((f"variants_{data}", entry.title) for entry in entries)]
    async with OfStreamlit(url) as one:
        await one.open(urlencode(chosen))
        for page in ("Compare", "Evolution", "Leaderboard"):
            await one.page(page)


async def of_gradio(url: str, data: str, entries: list) -> None:
    async with OfGradio(url) as one:
        await one.open()
        if one.title() != "Compare":
            await one.page("Compare")
        await one.other_data(dataset_title(data))
        await one.choose("variants", *(entry.title for entry in entries))
        for page in ("Evolution", "Leaderboard"):
            await one.page(page)


def memory(pid: int) -> float | None:
    """GB that a process holds; None where the system does not say."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    return int(status.split("VmRSS:")[1].split()[0]) / 1e6


def summary(seconds: list[float]) -> dict[str, float]:
    ranked = sorted(seconds)
    return {
        "answers": len(ranked),
        "median": statistics.median(ranked),
        "p95": ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))],
        "worst": ranked[-1],
    }


def measure(folder: Path, gradio: bool, visitors: int, rounds: int, think: float) -> dict:
    kind, zoo = FRONT_ENDS["Gradio" if gradio else "Streamlit"], Zoo(folder)
    titles = [dataset_title(name) for name in zoo.catalog().datasets]
    with started(folder, gradio) as (url, pid):
        seen = asyncio.run(crowd(kind, url, titles, visitors, rounds, think))
        crowded = memory(pid)
        whole_zoo(url, zoo, gradio)
        steps = {name: summary(took) for name, took in seen.seconds.items()}
        every = [one for took in seen.seconds.values() for one in took]
        return {
            "steps": {**steps, "all": summary(every)} if every else {},
            "errors": dict(seen.errors),
            "memory_gb": {"after the visitors": crowded, "after the whole zoo": memory(pid)},
        }


CROWD = {
    "front end": "{}", "answers": "{:,d}", "median": "{:.2f} s", "95 %": "{:.2f} s", "worst": "{:.2f} s",
    "errors": "{:d}", "memory after the visitors": "{:.2f} GB", "memory after the whole zoo": "{:.2f} GB",
}  # fmt: skip
STEPS = {"front end": "{}", "step": "{}", **{name: CROWD[name] for name in ("answers", "median", "95 %", "worst")}}


def crowds(found: dict[str, dict]) -> list[list]:
    """A row for each front end."""
    return [
        [name, *one["steps"]["all"].values(), sum(one["errors"].values()), *one["memory_gb"].values()]
        for name, one in found.items()
        if one["steps"]
    ]


def steps(found: dict[str, dict]) -> list[list]:
    """A row for each step of each front end's visitors."""
    return [[name, step, *s.values()] for name, one in found.items() for step, s in one["steps"].items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoints", type=Path, default=ROOT / "checkpoints", metavar="DIR")
    parser.add_argument("--visitors", type=int, default=20, metavar="N")
    parser.add_argument("--rounds", type=int, default=2, metavar="N", help="how often each goes through the pages")
    parser.add_argument("--think", type=float, default=4.0, metavar="S", help="seconds between two steps, on average")
    parser.add_argument("--only", choices=list(FRONT_ENDS), help="one front end")
    add_json(parser)
    args = parser.parse_args()
    folder, results = args.checkpoints.resolve(), Results(visitors=args.visitors, think=args.think)
    found = {
        name: measure(folder, name == "Gradio", args.visitors, args.rounds, args.think)
        for name in FRONT_ENDS
        if args.only in (None, name)
    }
    print(f"Target: no error, a median of {TARGET_SECONDS:g} s, {TARGET_MEMORY:g} GB\n")
    results.table("crowd", CROWD, crowds(found))
    results.table("steps", STEPS, steps(found))
    for name, one in found.items():
        print(*(f"{name}: {count} × {error}" for error, count in one["errors"].items()), sep="\n")
    results.save(args.json)


if __name__ == "__main__":
    main()
