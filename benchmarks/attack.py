"""Checkpoint folders and questions of strangers, mutated at random: what the app makes of them, counted by outcome.

    python -m benchmarks.attack --minutes 10
    python -m benchmarks.attack --seed 1234 --once     # one mutated folder again, with the traceback of its fault

Each folder is a sound checkpoint with one to three mutations: JSON of any kind in recipe.json, metrics.json and
stats.jsonl, files cut, swapped, removed, or replaced by pipes, folders and giants, weights of other kinds and values.
It stands in a zoo between sound ones, or among what a visitor added from the Hub, and is asked all that the pages
ask. The outcome is "pictures" (it drew), "one sentence" (it is refused or cannot answer, and says why), or a fault:
another exception, a sentence that names a path of this machine, has several lines or is long, a sound neighbour that no
longer answers, or more than SLOW seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
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
from PIL import Image
from safetensors.torch import load_file, save

import gan_models
from demo import closeup, compose, core, styles
from demo.core import Zoo
from gan_models import Recipe, checkpoint, film, hub, real
from gan_models.metrics import record

SLOW = 60
"""Seconds that all questions about one folder may take on one core; some 2 are usual"""
LONGEST = 600
"""Letters of a sentence on what is wrong"""
CLASSES = ("zero", "one", "two")
SIZE = 8
VICTIM = "toys/victim"
PATHS = re.compile(r"(/tmp|/home|/root|/usr)/\w")


class Fault(Exception):
    """Neither pictures nor a sentence."""


# The zoo ----------------------------------------------------------------------------------------------------


KINDS: dict[str, dict] = {
    "mlp": {},
    "dcgan": {"channels": 3},
    "resnet": {"conditional": True, "class_names": CLASSES, "network_args": {"width": 4, "d_spectral": True}},
    "r3gan": {"conditional": True, "class_names": CLASSES, "loss": "relativistic"},
    "stylegan2": {"conditional": True, "class_names": CLASSES, "size": 16},
}
"""Network -> what else a recipe of the zoo has"""


def build(folder: Path) -> None:
    """A zoo of small untrained networks: two sound neighbours, and one of each kind, with all files that one can have,
    in `folder/kinds`."""
    for seed, (network, fields) in enumerate(KINDS.items()):
        settings = {"size": SIZE, "z_dim": 6, "network_args": {"width": 4}, "name": network, "year": 2014 + seed}
        recipe = Recipe(**{**settings, "network": network, "title": network.upper(), "parent": "mlp", **fields})
        _checkpoint(folder / "kinds" / network, recipe, seed)
    for i, network in enumerate(("mlp", "resnet")):
        shutil.copytree(folder / "kinds" / network, folder / "zoo" / "toys" / f"sound{i}")
    pictures = np.arange(12, dtype=np.uint8)[:, None, None, None] * np.ones((1, SIZE, SIZE, 1), np.uint8)
    shown = real.Real(pictures, [i % 3 for i in range(12)], list(CLASSES), "test")
    real.write(folder / "zoo" / "toys", real.SHOWN, shown, "toys", 3)


def _checkpoint(folder: Path, recipe: Recipe, seed: int) -> None:
    torch.manual_seed(seed)
    G, D = checkpoint.build(recipe)
    about = {"dataset": "toys", "images": 1000, "seconds": 10.0, "frames": [0, 500, 1000], "device": "CPU"}
    count = sum(p.numel() for p in G.parameters())
    gan_models.save(folder, recipe, G, D, {**about, "parameters": {"generator": count, "discriminator": 9}})
    points = ({"images": 10 * i, "d_loss": 1.0, "real_logit": 2.0, "fake_logit": 1.0} for i in range(20))
    (folder / "stats.jsonl").write_text("".join(json.dumps(point) + "\n" for point in points))
    sheet = np.zeros((2 * recipe.size, 4 * recipe.size, *([3] if recipe.channels == 3 else [])), np.uint8)
    film.write(folder / "evolution.webp", [sheet + 80 * k for k in range(3)])
    Image.fromarray(sheet).save(folder / "samples.png")
    figure = {"mean": 12.0 + seed, "spread": 0.1, "values": [12.0]}
    block = {
        "extractor": {"name": "toys-cnn", "hash": "01", "features": 8}, "n": 1000, "seeds": [0],
        "reference": {"dataset": "toys", "split": "test", "n": 500, "hash": "02"},
        "figures": {name: figure for name in ("fd", "precision", "recall", "coverage")},
        "class_names": list(CLASSES), "class_shares": [0.3, 0.3, 0.4],
    }  # fmt: skip
    head = {"format": 1, "generator": record.generator_hash(folder), "dataset": "toys"}
    cost = {"parameters": count, "images": 1000, "training_seconds": 10.0}
    record.write(folder, {**head, "measured": {"toys-cnn": block}, "cost": cost, "training_seeds": 1})


# Mutations --------------------------------------------------------------------------------------------------


TEXTS = [
    "",
    " ",
    "x" * 101,
    "x" * 255,
    "x" * 5_001,
    "x" * 300_000,
    "\x00",
    "a\nb",
    "a\u2028b",
    "\u202eabc",
    "caf\udce9",
]
TEXTS += ["\ud83d", "../../etc/passwd", "/etc", ".", "con", "<script>alert(1)</script>", "$\\input{x}$", "é" * 100]
TEXTS += [
    "![x](http://x)",
    "{x}",
    "%s",
    "mlp",
    "dcgan",
    "wasserstein",
    "toys",
    "'; --",
    "A\u0301" * 50,
    "\U0001f600" * 64,
]
NUMBERS = [0, 1, -1, 2, 3, 2**31, 2**63, 2**70, -(2**70), 10**400, 0.5, -0.0, 1e-320, 1e308, -1e308, 1e12, 4096, 1024]
NUMBERS += [float("nan"), float("inf"), -float("inf"), 3.0, 7, 100]


def value(chance: random.Random, depth: int = 0):
    """Any JSON, odd where it can be."""
    kind = chance.randrange(9 if depth < 3 else 6)
    if kind < 2:
        return chance.choice(TEXTS)
    if kind < 4:
        return chance.choice(NUMBERS)
    if kind < 6:
        return chance.choice([None, True, False, [], {}, "1", [[]]])
    if kind == 6:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == 7:
        return {
            chance.choice(["x", "lr", "mean", *TEXTS]): value(chance, depth + 1) for _ in range(chance.randrange(4))
        }
    return chance.choice([["a"] * 2_000, {str(i): i for i in range(3_000)}, [[0] * 100] * 100, _nested(2_000)])


def _nested(depth: int) -> list:
    made: list = []
    for _ in range(depth):
        made = [made]
    return made


def change(chance: random.Random, content):
    """The same JSON with one place in it changed, removed, doubled or swapped."""
    if isinstance(content, dict) and content and chance.random() < 0.9:
        key = chance.choice(list(content))
        kind = chance.random()
        if kind < 0.6 and isinstance(content[key], dict | list):
            return {**content, key: change(chance, content[key])}
        if kind < 0.7:
            return {k: v for k, v in content.items() if k != key}
        if kind < 0.8:
            return {**content, chance.choice(["extra", *TEXTS]): value(chance)}
        return {**content, key: value(chance)}
    if isinstance(content, list) and content and chance.random() < 0.9:
        at = chance.randrange(len(content))
        new = change(chance, content[at]) if chance.random() < 0.5 else value(chance)
        return chance.choice([content[:at], content + content, [*content[:at], new, *content[at + 1 :]]])
    return value(chance)


def json_file(name: str) -> Callable:
    def mutate(chance: random.Random, folder: Path) -> str:
        content = change(chance, json.loads((folder / name).read_text()))
        text = json.dumps(content, ensure_ascii=chance.random() < 0.9)
        (folder / name).write_text(text, encoding="utf-8", errors="surrogatepass")
        return name

    return mutate


def recipe_field(chance: random.Random, folder: Path) -> str:
    content = json.loads((folder / "recipe.json").read_text())
    where = chance.choice(["recipe", "recipe", "provenance"])
    field = chance.choice(list(content[where]))
    old = content[where][field]
    near = [old * 2, old + 1, -old, old / 2] if type(old) in (int, float) else []
    content[where][field] = chance.choice([value(chance), value(chance), *near])
    (folder / "recipe.json").write_text(json.dumps(content))
    return f"{where}.{field}"


def sizes(chance: random.Random, folder: Path) -> str:
    """Another network, or another size of it, often with weights that fit."""
    content = json.loads((folder / "recipe.json").read_text())
    recipe = content["recipe"]
    field = chance.choice(["width", "size", "channels", "z_dim", "network", "depth", "blocks", "most", "class_names"])
    if field in ("width", "depth", "blocks", "most"):
        recipe["network_args"][field] = chance.choice([1, 2, 8, 17, 64, 256, 3000, 65536])
    elif field == "class_names":
        recipe |= {"class_names": [str(i) for i in range(chance.choice([1, 2, 50, 1000, 1001]))], "conditional": True}
    elif field == "network":
        recipe[field] = chance.choice(list(KINDS))
    else:
        recipe[field] = chance.choice(
            {"size": [8, 16, 28, 64, 256, 1024], "channels": [1, 2, 3, 4]}.get(field, [1, 4096])
        )
    with contextlib.suppress(Exception):  # what makes no network keeps the weights that it has
        made = Recipe.from_json(recipe)
        G, D = checkpoint.skeleton(folder, made, True)
        if sum(t.numel() for net in (G, D) for t in net.state_dict().values()) < 3e6:
            for name, net in zip(("generator", "discriminator"), checkpoint.build(made), strict=True):
                (folder / f"{name}.safetensors").write_bytes(save(checkpoint.halved(net)))
    (folder / "recipe.json").write_text(json.dumps(content))
    return f"size: {field}"


def lines(chance: random.Random, folder: Path) -> str:
    path = folder / "stats.jsonl"
    points = [change(chance, json.loads(line)) for line in path.read_text().splitlines()]
    path.write_text("\n".join(json.dumps(point) for point in points), errors="surrogatepass")
    return "stats.jsonl"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def cut(chance: random.Random, folder: Path) -> str:
    path = chance.choice(files(folder))
    os.truncate(path, chance.randrange(path.stat().st_size + 1))
    return f"cut {path.name}"


def flip(chance: random.Random, folder: Path) -> str:
    path = chance.choice(files(folder))
    content = bytearray(path.read_bytes())
    for _ in range(chance.choice([1, 10, 100])):
        if content:
            content[chance.randrange(min(len(content), chance.choice([64, 1_000, 10**9])))] = chance.randrange(256)
    path.write_bytes(content)
    return f"flip {path.name}"


def replaced(chance: random.Random, folder: Path) -> str:
    """A file by something else."""
    path = chance.choice(files(folder))
    path.unlink()
    kind = chance.choice(["gone", "pipe", "folder", "giant", "device", "loop", "empty", "other", "noise"])
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "giant":
        path.touch()
        os.truncate(path, chance.choice([5_000_001, 70_000_000, 10**12]))
    elif kind == "device":
        path.symlink_to(chance.choice(["/dev/zero", "/dev/null", "/dev/stdin", "/dev/tty"]))
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "empty":
        path.touch()
    elif kind == "other" and files(folder):
        shutil.copy(chance.choice(files(folder)), path)
    elif kind == "noise":
        path.write_bytes(chance.randbytes(chance.choice([10, 1_000, 100_000])))
    return f"{kind} {path.name}"


def weights(chance: random.Random, folder: Path) -> str:
    """Tensors swapped, of another kind or shape, or with odd values."""
    path = folder / chance.choice(["generator.safetensors", "generator.safetensors", "discriminator.safetensors"])
    tensors = {name: t.clone() for name, t in load_file(path).items()}
    name, other = chance.choice(list(tensors)), chance.choice(list(tensors))
    kind = chance.choice(["swap", "dtype", "shape", "gone", "extra", "value", "value", "all", "rename"])
    if kind == "swap":
        tensors[name], tensors[other] = tensors[other], tensors[name]
    elif kind == "dtype":
        kinds = (torch.float8_e4m3fn, torch.float64, torch.int64, torch.int8, torch.bool, torch.bfloat16, torch.float32)
        tensors[name] = tensors[name].to(chance.choice(kinds))
    elif kind == "shape":
        tensors[name] = chance.choice([tensors[name].flatten(), tensors[name][None], torch.zeros(0), torch.zeros(())])
    elif kind == "gone":
        del tensors[name]
    elif kind == "extra":
        tensors[chance.choice(["extra", "x" * 10_000, "a\nb"])] = torch.zeros(3)
    elif kind == "rename":
        tensors[f"{name}x"] = tensors.pop(name)
    else:
        odd = chance.choice([float("nan"), float("inf"), 3e38, -3e38, 1e20, 0.0, -1.0, 1e-40, 60_000.0])
        for one in tensors if kind == "all" else [name]:
            if tensors[one].is_floating_point():
                tensors[one] = torch.full_like(tensors[one], odd, dtype=torch.float32)
    path.write_bytes(save({k: t.contiguous() for k, t in tensors.items()}))
    record_anew(chance, folder)
    return f"weights {kind} {path.name[:1]}"


def record_anew(chance: random.Random, folder: Path) -> None:
    """Let the figures often be those of the weights that now are there."""
    with contextlib.suppress(Exception):
        content = record.read(folder)
        if content and chance.random() < 0.7:
            record.write(folder, {**content, "generator": record.generator_hash(folder)})


MUTATIONS: list[Callable[[random.Random, Path], str]] = [
    recipe_field, recipe_field, recipe_field, json_file("recipe.json"), json_file("metrics.json"),
    json_file("metrics.json"), lines, sizes, sizes, weights, weights, cut, flip, replaced, replaced,
]  # fmt: skip


# Questions --------------------------------------------------------------------------------------------------


def questions(zoo: Zoo, key: str, dataset: str) -> Iterator[tuple[str, Callable]]:
    """All that the pages ask about one entry, by name, and what they make of the answers."""
    entry = zoo.entry(key)
    keys = [key, "toys/sound0", "toys/sound1"]
    sound = lambda made: [compose.png(compose.sheet(p, 2)) for p in made.values()]  # noqa: E731
    yield "facts", lambda: zoo.facts(key)
    yield "caption", lambda: zoo.caption(key, range(4))
    yield "samples", lambda: sound(zoo.samples(keys, range(4)))
    yield "many", lambda: sound(zoo.samples([key], range(20), truncation=0.5))
    yield "panel", lambda: compose.gif(compose.panel([entry.title], [zoo.interpolate([key], [1, 2], steps=4)[key]], 2))
    yield "map", lambda: sound(zoo.latent_map([key], [1, 2, 3, 4], 3))
    yield "truncations", lambda: [styles.strip(p) for p in zoo.truncations([key], [1]).values()]
    if entry.classes:
        some = entry.classes[:1]
        yield "grid", lambda: compose.sheet(zoo.class_grid(key, [1]), 1, row_names=entry.classes)
        yield "class", lambda: (sound(zoo.samples([key], [1, 2], some[0])), zoo.caption(key, [1], some[0]))
    if entry.styled:
        yield "mix", lambda: [styles.grid(m) for m in zoo.mix([key], [1, 2], [3]).values()]
    yield "inspect", lambda: closeup.cards(zoo.inspect(keys, 3).values())
    yield "quiz", lambda: quiz(zoo, key)
    yield "evolution", lambda: zoo.evolution(keys).animation()
    yield "critics", lambda: zoo.critics(keys)
    yield "film", lambda: zoo.film(key)
    yield "curves", lambda: zoo.curves(key)
    yield "lesson", lambda: lesson(zoo, key)
    yield "leaderboard", lambda: (zoo.leaderboard(dataset), zoo.shares(dataset), zoo.families(dataset))
    yield "ablation", lambda: zoo.ablation(dataset)
    yield "walk", lambda: zoo.walk(dataset)
    yield "classes", lambda: core.common_classes(zoo.catalog([key]).entries)


def quiz(zoo: Zoo, key: str):
    asked = zoo.quiz_round([key], 5, 1)
    return [compose.png(picture) for picture in asked.pictures], zoo.quiz_answer(asked, 0)


def lesson(zoo: Zoo, key: str):
    found = zoo.lesson(key)
    return found, [zoo.illustrate(key, part) for part in found.wrong]


def neighbours(zoo: Zoo) -> None:
    """What must work whatever lies beside: the sound entries in a catalog, described, measured and drawn."""
    keys = ["toys/sound0", "toys/sound1"]
    missing = set(keys) - set(zoo.catalog().keys)
    if missing:
        raise Fault(f"a sound neighbour is gone: {missing}")
    plain([zoo.facts(key) for key in keys])
    if set(zoo.samples(keys, [1])) != set(keys) or not zoo.leaderboard("toys").rows:
        raise Fault("a sound neighbour is not drawn or not measured")
    zoo.lesson("toys/sound0")
    zoo.evolution(keys)


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
            except Exception as error:
                raise Fault(f"{name}: {type(error).__name__}: {ascii(str(error))[:200]}") from error
            else:
                plain(answer)
                outcome = "pictures" if name == "samples" and VICTIM in zoo.catalog(also).keys else outcome
        for problem in zoo.catalog(also).problems:
            sentence(problem)
    elif not catalog.problems:
        raise Fault("it is neither shown nor refused")
    neighbours(zoo)
    return outcome


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
    zoo = Zoo(work / "zoo", seconds=SLOW / 2)
    if visitor:
        zoo._shelf._added[VICTIM] = hub.Pulled(victim, f"her/victim@{'0' * 40}")
    started = time.monotonic()

    def late(*_):
        raise Fault(f"more than {SLOW} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SLOW)
    try:
        outcome, why, trace = ask(zoo, visitor), "", ""
    except Exception as error:
        outcome, why, trace = "fault", str(error), traceback.format_exc()
        if not isinstance(error, Fault):
            why = f"{type(error).__name__}: {ascii(why)[:200]}"
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
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


ATTACKS: dict[str, Callable[[float, int], Counter]] = {"mutated folders": folders}
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
        faults += counts["fault"]
        told = ", ".join(f"{n:,} {outcome}" for outcome, n in counts.most_common())
        print(f"{sum(counts.values()):,} {name}: {told}")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
