"""The files that hold what was measured, read and checked: metrics, anchors, curves, ablations. No torch.

Anyone may write them. A file that is damaged, foreign or measured on other weights is left out, with a sentence that
says so.
"""

from __future__ import annotations

import itertools
import json
import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.zoo import yardsticks
from demo.zoo.figures import Block, Figure, Sight, figure, finite, is_histogram, is_name, line, whole
from gan_models import limits
from gan_models.folder import CheckpointError
from gan_models.metrics import record, seeds
from gan_models.metrics.names import distance_name
from gan_models.recipe import Recipe

if TYPE_CHECKING:
    import numpy as np

LARGEST = record.MOST
KEPT, SMALLEST = 32_000_000, 2_000
"""Bytes of the files whose content stays in memory, and the bytes that a smaller file counts as"""
MOST_POINTS = 5000
"""Of a training curve; ours have 500"""
MOST_COLUMNS = 40
"""Of a training curve; ours have 8"""
MOST_RUNS = 200
"""Of an ablation"""


@dataclass(frozen=True)
class Metrics:
    """The figures in a checkpoint folder."""

    blocks: dict[str, Block] = field(default_factory=dict)
    """By extractor"""
    problem: str = ""
    """Why there are no figures, as `Unmeasured.reason`"""
    damaged: dict[str, str] = field(default_factory=dict)
    """Extractor -> what is wrong with its figures"""
    cost: dict[str, Any] = field(default_factory=dict)
    training_seeds: int | None = None
    augment: dict[str, Any] = field(default_factory=dict)
    latent: dict[str, Any] = field(default_factory=dict)
    """The results of searches for latents, unchecked"""
    translation: Any = None
    """As the file has it: see `demo.zoo.translating.read`"""
    yardsticks: dict[str, yardsticks.Yardstick] = field(default_factory=dict)
    """By name"""


@dataclass(frozen=True)
class Anchors:
    """One anchors file: rows of (name, title, figures), all of one sight."""

    sight: Sight
    n: int
    """Number of images of the first row; one class alone may have fewer"""
    rows: tuple[tuple[str, str, Block], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """One training of an ablation."""

    variant: str
    seed: int
    about: dict[str, Any]
    """Data set, images, seed, device, as in a checkpoint's provenance"""
    block: Block


@dataclass(frozen=True)
class Runs:
    """ablation.json: trainings of several variants with several seeds (train ablation), all measured alike."""

    recipes: dict[str, Recipe]
    """By variant; of the words only name, title, year and parent"""
    runs: tuple[Run, ...]


class Files:
    """Reads metrics.json, anchors, curves and ablations below some folders, each again only when it has changed.

    roots: a zoo, and other folders that may hold the anchors of its data sets; the first one that has anchors is used.
    most: bytes of the files whose content is kept; the least recently used one is dropped first. Threads may share it:
    at worst a file is read twice.
    """

    def __init__(self, *roots: Path, most: int = KEPT):
        self.roots, self.most = roots, most
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple, tuple[list, int, Any]] = OrderedDict()

    def metrics(self, folder: Path) -> Metrics:
        return self._once(_metrics, folder, "metrics.json", "generator.safetensors")

    def curve(self, folder: Path) -> tuple[list[dict], tuple[str, ...]]:
        """(points, notes) of stats.jsonl."""
        return self._once(_points, folder, "stats.jsonl")

    def anchors(self, dataset: str) -> tuple[list[Anchors], tuple[str, ...]]:
        """(one for each extractor, the data set's own first; notes)."""
        if not _is_folder(dataset):
            return [], ()
        for root in self.roots:
            names = sorted((p.name for p in (root / dataset).glob("anchors*.json")), key=lambda name: (len(name), name))
            read = [self._once(_anchors, root / dataset, name) for name in names[:8]]
            if read:
                return [a for a in read if isinstance(a, Anchors)], tuple(a for a in read if isinstance(a, str))
        return [], ()

    def ablation(self, dataset: str) -> tuple[Runs | None, tuple[str, ...]]:
        """(the trainings on record in the first root, the zoo itself, or None; notes)."""
        if not _is_folder(dataset):
            return None, ()
        read = self._once(_runs, self.roots[0] / dataset, record.ABLATION)
        return (None, (read,)) if isinstance(read, str) else (read, ())

    def judged(self, dataset: str) -> dict[tuple[str, int], np.ndarray]:
        """(variant, seed) -> the pictures that the record of an ablation kept of that training, uint8 [N, H, W, C]; {}
        if it kept none, or none that can be read."""
        if not _is_folder(dataset):
            return {}
        return self._once(_judged, self.roots[0] / dataset, record.ABLATION, record.ABLATION_PICTURES)

    def yardsticks(self, dataset: str) -> tuple[dict[str, Sight], dict[str, dict[str, Figure]]]:
        """See `yardsticks.parse_anchors`: of the first root that has a yardsticks.json."""
        for root in self.roots if _is_folder(dataset) else ():
            if (root / dataset / record.YARDSTICKS).is_file():
                return self._once(_yardsticks, root / dataset, record.YARDSTICKS)
        return {}, {}

    def seeds(self, dataset: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        """(content of seeds.json in the first root, the zoo itself, {} where there is none; notes)."""
        if not _is_folder(dataset):
            return {}, ()
        read = self._once(_seeds, self.roots[0] / dataset, seeds.SEEDS)
        return ({}, (read,)) if isinstance(read, str) else (read, ())

    def _once(self, make: Callable, folder: Path, *names: str):
        paths = [folder / name for name in names]
        stamps, slot = [_stamp(path) for path in paths], (make, folder, names)
        with self._lock:
            known = self._known.pop(slot, None)
        if known is None or known[0] != stamps:
            cost = SMALLEST + min(stamps[0][2] if stamps[0] else 0, LARGEST)
            known = stamps, cost, make(paths[0])
        with self._lock:
            self._known[slot] = known
            used = sum(cost for _, cost, _ in self._known.values())
            while used > self.most and len(self._known) > 1:
                used -= self._known.popitem(last=False)[1][1]
        return known[2]


def _is_folder(dataset: str) -> bool:
    """Whether the name of a data set is the name of a single folder and not a path."""
    return bool(dataset) and not dataset.startswith(".") and "/" not in dataset and "\\" not in dataset


def _stamp(path: Path) -> tuple | None:
    try:
        s = path.stat()
        return s.st_ino, s.st_mtime_ns, s.st_size
    except OSError:
        return None


def _metrics(path: Path) -> Metrics:
    try:
        content = record.unchecked(path.parent)
        if not content:
            return Metrics(problem="never measured (python -m train evaluate does it)")
        if not record.current(path.parent, content):
            return Metrics(problem="measured on other weights than those in its folder (python -m train evaluate anew)")
    except CheckpointError as error:
        text = str(error).replace(str(path.parent), "").replace("/metrics.json", "metrics.json")
        return Metrics(problem=line(text).rstrip("."))
    except OSError as error:
        return Metrics(problem=f"its metrics.json cannot be read ({line(error.strerror or 'error')})")
    blocks, damaged = {}, {}
    for name, block in content["measured"].items():
        try:
            blocks[name] = _block(block)
            if blocks[name].sight.extractor != name:
                raise ValueError(f"they are of the extractor {blocks.pop(name).sight.extractor}")
        except ValueError as error:
            damaged[line(name)[:40]] = line(str(error))
    cost, augment = content.get("cost"), content.get("augment")
    return Metrics(
        blocks,
        "" if blocks or damaged else "its metrics.json holds no figures",
        damaged,
        cost if isinstance(cost, dict) else {},
        whole(content.get("training_seeds")),
        augment if isinstance(augment, dict) else {},
        content.get("latent", {}),
        content.get("translation"),
        yardsticks.parse(content.get("yardsticks")),
    )


def _anchors(path: Path) -> Anchors | str:
    """The anchors of a file, or what is wrong with it."""
    try:
        content = json.loads(limits.read(path, LARGEST).decode("utf-8"))
        if not isinstance(content, dict) or not isinstance(content.get("rows"), list) or not content["rows"]:
            raise ValueError("it holds no rows")
        if not isinstance(content.get("format"), int) or content["format"] > record.FORMAT:
            raise ValueError(f"its format is not {record.FORMAT}")
        rows = []
        for row in content["rows"][:20]:
            block = _block(row)
            if not isinstance(row.get("name"), str) or not isinstance(row.get("title"), str):
                raise ValueError("a row has no name")
            rows.append((line(row["name"])[:40], line(row["title"])[:60], block))
        first = rows[0][2]
        if any(block.sight != first.sight for *_, block in rows):
            raise ValueError("its rows were measured with several extractors or references")
    except Exception as error:  # a file from a stranger may raise anything
        return f"{path.name} of {path.parent.name} cannot be used: {line(str(error))}."
    notes = [
        f"{distance_name(first.sight.extractor)} puts “{a}” above “{b}”: the anchors are out of order, so do not "
        "trust this distance."
        for (_, a, one), (_, b, other) in itertools.pairwise(rows)
        if one.figures["fd"].mean > other.figures["fd"].mean
    ]
    return Anchors(first.sight, first.n, tuple(rows), tuple(notes))


def _runs(path: Path) -> Runs | str | None:
    """The trainings of an ablation.json, what is wrong with it, or None where there is none."""
    try:
        content = json.loads(limits.read(path, LARGEST).decode("utf-8"))
        if not isinstance(content, dict) or not isinstance(content.get("format"), int):
            raise ValueError("it is no record of trainings")
        if content["format"] > record.ABLATION_FORMAT:
            raise ValueError(f"its format is not {record.ABLATION_FORMAT}")
        if not isinstance(content.get("recipes"), dict) or not isinstance(content.get("runs"), list):
            raise ValueError("recipes or runs are missing")
        recipes = {name: Recipe.from_json(one) for name, one in list(content["recipes"].items())[:MOST_RUNS]}
        if any(name != recipe.name for name, recipe in recipes.items()):
            raise ValueError("a recipe stands under another name")
        runs, common = [], {"dataset": path.parent.name, "data_hash": content.get("data_hash")}
        for one in content["runs"][:MOST_RUNS]:
            if not isinstance(one, dict) or one.get("variant") not in recipes or whole(one.get("seed")) is None:
                raise ValueError("a run has no recipe or no seed")
            about = {**common, **{key: one.get(key) for key in ("images", "seed", "device")}}
            about["planned_images"] = content.get("images")
            runs.append(Run(one["variant"], one["seed"], about, _block({**content, "figures": one.get("figures")})))
        if len({(run.variant, run.seed) for run in runs}) < len(runs):
            raise ValueError("two of its runs are of one variant and one seed")
        return Runs(recipes, tuple(runs))
    except FileNotFoundError:
        return None
    except Exception as error:
        return f"{path.name} of {path.parent.name} cannot be used: {line(str(error)).rstrip('.')}."


def _judged(path: Path) -> dict[tuple[str, int], np.ndarray]:
    try:
        return seeds.pictures(path, seeds.read(path))
    except CheckpointError:
        return {}  # what is wrong with the record stands beside its figures


def _yardsticks(path: Path) -> tuple[dict[str, Sight], dict[str, dict[str, Figure]]]:
    try:
        return yardsticks.parse_anchors(json.loads(limits.read(path, LARGEST).decode("utf-8")))
    except (OSError, ValueError, RecursionError, limits.NotReadable):
        return {}, {}  # the anchors are then without these figures


def _seeds(path: Path) -> dict[str, Any] | str:
    try:
        return seeds.read(path)
    except CheckpointError as error:
        return f"{line(str(error).replace(str(path), f'{path.name} of {path.parent.name}')).rstrip('.')}."


def _block(content: Any) -> Block:
    """A Block of the file; ValueError, in words that follow a colon, where it cannot be used."""
    if not isinstance(content, dict):
        raise ValueError("there is something else than a table of figures")
    extractor, reference, figures = (content.get(key) for key in ("extractor", "reference", "figures"))
    if not all(isinstance(part, dict) for part in (extractor, reference, figures)):
        raise ValueError("extractor, reference or figures are missing")
    names = [extractor.get("name"), extractor.get("hash"), reference.get("dataset"), reference.get("split")]
    names.append(reference.get("hash"))
    n, real, seeds = whole(content.get("n")), whole(reference.get("n")), content.get("seeds")
    if not all(map(is_name, names)):
        raise ValueError("the names or hashes of extractor and reference are missing or odd")
    if not n or not real or not isinstance(seeds, list) or not seeds:
        raise ValueError("n or the seeds are missing")
    read = {line(name)[:40]: figure(value) for name, value in list(figures.items())[:100]}
    good = {name: value for name, value in read.items() if value}
    if "fd" not in good:
        raise ValueError("there is no distance, or it is no number")
    shares, classes = content.get("class_shares"), content.get("class_names")
    if not is_histogram(shares) or not _names(classes) or len(classes) != len(shares):
        shares, classes = (), ()
    sight = Sight(names[0], names[1], names[2], names[3], real, names[4])
    odd = tuple(name for name in read if name not in good)
    named = tuple(line(name)[:40] for name in classes)
    return Block(sight, n, len(seeds), good, odd, named, tuple(map(float, shares)), whole(extractor.get("features")))


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _points(path: Path) -> tuple[list[dict], tuple[str, ...]]:
    """Points of a stats.jsonl, by images, with what is wrong with it. Damaged lines are left out."""
    try:
        lines = limits.read(path, LARGEST).decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return [], ("There is no training curve in its folder.",)
    except limits.NotReadable as error:
        return [], (f"The training curve is not read: {error}.",)
    except OSError:
        return [], ("The training curve cannot be read.",)
    points: dict[float, dict] = {}
    bad = 0
    for text in filter(str.strip, lines):
        try:
            point = _point(json.loads(text))
            images = point.get("images")
        except (ValueError, RecursionError):
            images = None
        if images is None:
            bad += 1
        else:
            points[images] = {**points.get(images, {}), **point}
    notes = [f"{bad} of {len(lines)} lines of the training curve are damaged and left out."] if bad else []
    kept = [points[images] for images in sorted(points)]
    return kept[:: math.ceil(len(kept) / MOST_POINTS) or 1], tuple(notes)


def _point(content: Any) -> dict:
    """The parts of a line of a curve that may be drawn: finite numbers under short names, and the shares of classes."""
    if not isinstance(content, dict) or finite(content.get("images"), 0) is None:
        return {}
    numbers = {k: v for k, v in content.items() if finite(v) is not None and not limits.line(k, 40)}
    kept = {"images": content["images"], **dict(list(numbers.items())[:MOST_COLUMNS])}
    return {**kept, "shares": content["shares"]} if is_histogram(content.get("shares")) else kept
