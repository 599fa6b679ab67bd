"""Checkpoint folders and questions of strangers, mutated at random: what the app makes of them, counted by outcome.

    python -m benchmarks.attack --minutes 10
    python -m benchmarks.attack --seed 1234 --once     # one mutated folder again, with the traceback of its fault

Each folder is a sound checkpoint with one to three mutations: JSON of any kind in recipe.json, metrics.json and
stats.jsonl, files cut, swapped, removed, or replaced by pipes, folders and giants, weights of other kinds and values.
It stands in a zoo between sound ones, or among what a visitor added from the Hub, and is asked all that the pages
ask. The outcome is "pictures" (it drew), "one sentence" (it is refused or cannot answer, and says why), or a fault:
another exception, a sentence that names a path of this machine, has several lines or is long, a sound neighbour that no
longer answers, or more than SLOW seconds of work.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path

import numpy as np
import torch

from benchmarks.attack_calls import calls
from benchmarks.attack_folders import KINDS, MUTATIONS, build
from demo.draw import compose, inspected
from demo.draw import styles as drawn_styles
from demo.draw.evolution import animation
from demo.zoo import ablation, evolution, inspection, leaderboard, quiz, styles, teaching
from demo.zoo.entries import common_classes
from demo.zoo.zoo import Zoo
from gan_models import hub

SLOW, STUCK = 60, 600
"""Seconds of the processor that all questions about one folder may take, some 2 are usual; and of the clock"""
LONGEST = 600
"""Letters of a sentence on what is wrong"""
VICTIM = "toys/victim"
PATHS = re.compile(r"(/tmp|/home|/root|/usr)/\w")


class Fault(Exception):
    """Neither pictures nor a sentence."""


# Questions --------------------------------------------------------------------------------------------------


def questions(zoo: Zoo, key: str, dataset: str) -> Iterator[tuple[str, Callable]]:
    """All that the pages ask about one entry, by name, and what they make of the answers."""
    entry = zoo.entry(key)
    keys = [key, "toys/sound0", "toys/sound1"]

    def sheets(made: dict[str, np.ndarray]) -> list[bytes]:
        return [compose.png(compose.sheet(pictures, 2)) for pictures in made.values()]

    yield "facts", lambda: zoo.facts(key)
    yield "caption", lambda: zoo.caption(key, range(4))
    yield "samples", lambda: sheets(zoo.samples(keys, range(4)))
    yield "many", lambda: sheets(zoo.samples([key], range(20), truncation=0.5))
    yield "panel", lambda: compose.gif(compose.panel([entry.title], [zoo.interpolate([key], [1, 2], steps=4)[key]], 2))
    yield "map", lambda: sheets(zoo.latent_map([key], [1, 2, 3, 4], 3))
    yield "truncations", lambda: [drawn_styles.strip(p, styles.STEPS) for p in zoo.truncations([key], [1]).values()]
    if entry.classes:
        some = entry.classes[:1]
        yield "grid", lambda: compose.sheet(zoo.class_grid(key, [1]), 1, row_names=entry.classes)
        yield "class", lambda: (sheets(zoo.samples([key], [1, 2], some[0])), zoo.caption(key, [1], some[0]))
    if entry.styled:
        yield "mix", lambda: [drawn_styles.grid(m) for m in zoo.mix([key], [1, 2], [3]).values()]
    yield "inspect", lambda: inspected.cards(inspection.inspect(zoo, keys, 3).values())
    yield "quiz", lambda: played(zoo, key)
    yield "evolution", lambda: animation(evolution.evolution(zoo, keys))
    yield "critics", lambda: evolution.critics(zoo, keys)
    yield "film", lambda: evolution.film(zoo, key)
    yield "curves", lambda: leaderboard.curves(zoo, key)
    yield "lesson", lambda: lesson(zoo, key)
    yield (
        "leaderboard",
        lambda: (
            leaderboard.leaderboard(zoo, dataset),
            leaderboard.shares(zoo, dataset),
            ablation.families(zoo, dataset),
        ),
    )
    yield "ablation", lambda: ablation.ablation(zoo, dataset)
    yield "walk", lambda: teaching.walk(zoo, dataset)
    yield "classes", lambda: common_classes(zoo.catalog([key]).entries)


def played(zoo: Zoo, key: str):
    asked = quiz.round_of(zoo, [key], 5, 1)
    return [compose.png(picture) for picture in asked.pictures], quiz.answer_of(zoo, asked, 0)


def lesson(zoo: Zoo, key: str):
    found = teaching.lesson(zoo, key)
    return found, [teaching.illustrate(zoo, key, part) for part in found.wrong]


def neighbours(zoo: Zoo) -> None:
    """What must work whatever lies beside: the sound entries in a catalog, described, measured and drawn."""
    keys = ["toys/sound0", "toys/sound1"]
    missing = set(keys) - set(zoo.catalog().keys)
    if missing:
        raise Fault(f"a sound neighbour is gone: {missing}")
    plain([zoo.facts(key) for key in keys])
    if set(zoo.samples(keys, [1])) != set(keys) or not leaderboard.leaderboard(zoo, "toys").rows:
        raise Fault("a sound neighbour is not drawn or not measured")
    teaching.lesson(zoo, "toys/sound0")
    evolution.evolution(zoo, keys)


def plain(answer) -> None:
    """What an endpoint would have to send: JSON in UTF-8."""

    def text(one):
        if is_dataclass(one):
            return asdict(one)
        if isinstance(one, np.ndarray | np.generic):
            return one.shape
        return str(type(one))

    json.dumps(answer, default=text, ensure_ascii=False).encode()


def sentence(error: object) -> str:
    """The text, or a Fault where no screen should show it."""
    text = str(error)
    with contextlib.suppress(UnicodeEncodeError):
        text.encode()
        if text and "\n" not in text and len(text) <= LONGEST and not PATHS.search(text):
            return text
    raise Fault(f"no sentence for a screen: {ascii(text)[:200]}")


def ask(zoo: Zoo, visitor: bool) -> str:
    """The outcome of one mutated folder."""
    also = [VICTIM] if visitor else []
    catalog = zoo.catalog(also)
    for problem in catalog.problems:
        sentence(problem)
    outcome = "one sentence"
    if VICTIM in catalog.keys:
        entry = next(entry for entry in catalog if entry.key == VICTIM)
        for name, question in questions(zoo, VICTIM, entry.dataset):
            try:
                answer = question()
            except ValueError as error:
                sentence(error)
            except Fault as error:
                raise Fault(f"{name}: {error}") from error
            except Exception as error:
                raise Fault(f"{name}: {type(error).__name__}: {ascii(str(error))[:200]}") from error
            else:
                plain(answer)
                outcome = "pictures" if name == "samples" and VICTIM in zoo.catalog(also).keys else outcome
        for problem in zoo.catalog(also).problems:
            sentence(problem)
    elif not catalog.problems:
        told(zoo)
    neighbours(zoo)
    return outcome


def told(zoo: Zoo) -> None:
    """A visitor's folder may have gone from the cache; whoever asks for it must hear so."""
    try:
        zoo.entry(VICTIM)
    except ValueError as error:
        sentence(error)
    else:
        raise Fault("it is neither shown nor refused")


# One after another ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    seed: int
    outcome: str
    """pictures, one sentence, or fault"""
    mutations: tuple[str, ...]
    why: str = ""
    trace: str = ""


def one(seed: int, base: Path, work: Path) -> Result:
    """Mutates one folder and asks everything of it. base: see `build`; work: an empty folder."""
    chance = random.Random(seed)
    torch.manual_seed(seed)
    shutil.copytree(base / "zoo", work / "zoo")
    visitor = chance.random() < 0.3
    victim = (work / "hub" if visitor else work / "zoo" / "toys") / "victim"
    shutil.copytree(base / "kinds" / chance.choice(list(KINDS)), victim)
    done = []
    chosen = {chance.choice(MUTATIONS) for _ in range(chance.choice([1, 1, 1, 2, 3]))}
    for mutate in sorted(chosen, key=MUTATIONS.index):  # `replaced` last: nothing must be written into a pipe
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, IndexError):
            done.append(mutate(chance, victim))  # a second one may not find what it changes
    zoo = Zoo(work / "zoo", seconds=STUCK)
    if visitor:
        zoo._shelf._added[VICTIM] = hub.Pulled(victim, f"her/victim@{'0' * 40}")
    started = time.monotonic()

    def late(number: int, _) -> None:
        raise Fault(f"it waits for more than {STUCK} s" if number == signal.SIGALRM else f"more than {SLOW} s of work")

    before = [signal.signal(number, late) for number in (signal.SIGALRM, signal.SIGPROF)]
    signal.alarm(STUCK)
    signal.setitimer(signal.ITIMER_PROF, SLOW)
    try:
        outcome, why, trace = ask(zoo, visitor), "", ""
    except Exception as error:
        outcome, why, trace = "fault", str(error), traceback.format_exc()
        if not isinstance(error, Fault):
            why = f"{type(error).__name__}: {ascii(why)[:200]}"
    finally:
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        for number, handler in zip((signal.SIGALRM, signal.SIGPROF), before, strict=True):
            signal.signal(number, handler)
    took = time.monotonic() - started
    return Result(seed, outcome, (*done, *(["visitor's"] if visitor else [])), why or f"{took:.1f} s", trace)


def run(seed: int, count: int | None = None, seconds: float = float("inf"), tell: Callable = print) -> Iterator[Result]:
    """Results of the seeds from `seed` on, until `count` or `seconds` are reached."""
    logging.getLogger("demo").setLevel(logging.CRITICAL)  # what is left out on purpose is no news here
    until = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="attack") as home:
        base = Path(home) / "base"
        build(base)
        while time.monotonic() < until and count != 0:
            with tempfile.TemporaryDirectory(dir=home) as work:
                yield one(seed, base, Path(work))
            seed, count = seed + 1, None if count is None else count - 1


def folders(seconds: float, seed: int) -> Counter:
    """Mutated folders for so many seconds: how many there were of each outcome; each fault is printed with its seed."""
    counts: Counter = Counter()
    for result in run(seed, seconds=seconds):
        counts[result.outcome] += 1
        if result.outcome == "fault":
            print(f"  seed {result.seed}: {result.why}  ({', '.join(result.mutations)})", flush=True)
    return counts


ATTACKS: dict[str, Callable[[float, int], Counter]] = {"mutated folders": folders, "malformed calls": calls}
"""What is attacked: (seconds, seed) -> counts by outcome. Each gets an equal share of the minutes"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10, help="of all attacks together (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="the first; others follow it (default: %(default)s)")
    parser.add_argument("--once", action="store_true", help="only the folder of this seed, with its traceback")
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.once:
        (result,) = run(args.seed, count=1)
        print(f"{result.outcome}: {result.why}  ({', '.join(result.mutations)})\n{result.trace}")
        return result.outcome == "fault"
    faults = 0
    for name, attack in ATTACKS.items():
        counts = attack(60 * args.minutes / len(ATTACKS), args.seed)
        faults += sum(n for outcome, n in counts.items() if outcome.startswith("fault"))
        told = ", ".join(f"{n:,} {outcome}" for outcome, n in counts.most_common())
        print(f"{sum(counts.values()):,} {name}: {told}")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
