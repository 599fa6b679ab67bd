"""metrics.json of a checkpoint folder: the figures of its generator, and the hash of its weights. No torch import.

format     1
generator  hash of the measured generator.safetensors; figures of other weights must not be shown
dataset    the data set it was compared with
measured   figures by extractor (train evaluate)
augment    the gain of a classifier trained on its pictures too (train augment_gain)
yardsticks the same pictures by other measures (train evaluate, see yardsticks.py): name -> extractor, reference, n,
           seeds, figure
translation  figures of a translator, and of its baselines (train translation)
adaptation the gain of a classifier from its translations (train adaptation)
cost       parameters, images shown, multiply-adds (train cost), seconds to draw
latent     results of the search for latents, of anomaly scores and of rejection (train rebuild, anomaly, rejection)
"""

from __future__ import annotations

import hashlib
import json
import statistics
from collections.abc import Sequence
from pathlib import Path

from gan_models import limits
from gan_models.disk import locked, write_json
from gan_models.folder import CheckpointError, one_line

from .names import deficiency, is_rough

FILE = "metrics.json"
FORMAT = 1
"""Raised when an older program could no longer read the file"""
MOST, MOST_WEIGHTS = 4_000_000, 1_000_000_000
"""Most bytes of a file of figures (the zoo's have some thousands), and of weights that are hashed"""
ABLATION, ABLATION_FORMAT = "ablation.json", 1
"""The record of many trainings that train ablation writes beside the checkpoints of a data set, and its format"""
YARDSTICKS = "yardsticks.json"
"""Figures of a data set's anchors by other measures"""
ABLATION_PICTURES = "ablation.png"
"""The sheet of their pictures"""


def read(folder) -> dict:
    """The content of metrics.json, {} if there is none; `current` tells whether it belongs to these weights.

    Raises CheckpointError if the file or one of its blocks is damaged, or if it is foreign or newer than this program.
    """
    content = unchecked(folder)
    try:
        _check(content)
    except ValueError as error:
        raise _damaged(Path(folder) / FILE, error) from error
    return content


def unchecked(folder) -> dict:
    """`read` without a look into the blocks, for a reader that shows the good ones and says what is wrong with the
    others."""
    path = Path(folder) / FILE
    try:
        content = json.loads(limits.read(path, MOST).decode("utf-8"))
        version = content["format"]
        if not isinstance(version, int) or version > FORMAT:
            raise CheckpointError(f"{path} has format {version}; this program reads up to {FORMAT}: update it.")
        for key, kind in {"generator": str, "dataset": str, "measured": dict}.items():
            if not isinstance(content[key], kind):
                raise ValueError(f"{key} is {type(content[key]).__name__}")
        for key in BLOCKS:
            if not isinstance(content.get(key, {}), dict):
                raise ValueError(f"{key} is {type(content[key]).__name__}")
        return content
    except FileNotFoundError:
        return {}
    except CheckpointError:
        raise
    except limits.NotReadable as error:
        raise CheckpointError(f"{path} is not read: {error}.") from error
    except Exception as error:  # a foreign file can raise anything
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> CheckpointError:
    return CheckpointError(f"{path} is damaged or foreign: {one_line(error)}; delete it to measure anew.")


BLOCKS = ("augment", "yardsticks", "translation", "adaptation", "cost", "latent")
"""Parts of the file besides `measured` that are tables"""
BY_NAME = ("measured", "yardsticks", "cost", "latent")
"""Parts whose entries are measured one by one"""


def _check(content: dict) -> None:
    """Raises ValueError, which names the place, if a part lacks what its readers need or holds another type there."""
    for name, block in content.get("measured", {}).items():
        where = f"measured, {limits.shown(name)}"
        _measurement(block, where)
        _need(block, where, figures=dict)
        _need(block["figures"], f"the figures of {where}", fd=dict)
        for key, value in block["figures"].items():
            _figure(value, f"{limits.shown(key)} of {where}")
        for key, wanted in (("class_names", str), ("class_shares", float), ("class_fds", float)):
            if not all(_is(one, wanted) for one in _listed(block.get(key, []), f"{key} of {where}")):
                raise ValueError(f"{key} of {where} must be a list, each entry {WORDS[wanted]}")
    for name, block in content.get("yardsticks", {}).items():
        where = f"yardsticks, {limits.shown(name)}"
        _measurement(block, where, features=False)
        _need(block, where, figure=dict)
        _figure(block["figure"], f"the figure of {where}")
    for key in ("multiply_adds_per_image", "multiply_adds_per_picture"):
        if key in content.get("cost", {}):
            _need(content["cost"], "cost", **{key: float})
    for name, block in content.get("latent", {}).items():
        if not isinstance(block, dict):
            raise ValueError(f"latent, {limits.shown(name)}, must be a table")
    if block := content.get("translation"):
        _need(block, "translation", n=int, split=str, rows=dict, failures=list)
        if "wanted" in block:
            _need(block, "translation", wanted=int)
        if block.get("extractor"):
            _extractor(block["extractor"], "the extractor of translation")
        for name, row in block["rows"].items():
            keys = row if isinstance(row, dict) else ()
            _need(row, f"translation, {limits.shown(name)}", **dict.fromkeys(keys, float))
        if block.get("baseline_images") is not None:
            _need(block, "translation", baseline_images=int)


def _measurement(block, where: str, features: bool = True) -> None:
    """How a figure was measured. features: whether always through an extractor."""
    _need(block, where, reference=dict, n=int, seeds=list)
    _need(block["reference"], f"the reference of {where}", n=int, split=str)
    if features or block.get("extractor") is not None:
        _need(block, where, extractor=dict)
        _extractor(block["extractor"], f"the extractor of {where}")


def _extractor(value, where: str) -> None:
    _need(value, where, name=str, hash=str)
    if value.get("features") is not None:
        _need(value, where, features=int)


def _figure(value, where: str) -> None:
    _need(value, where, mean=float, spread=float)


def _listed(value, where: str) -> list:
    if not isinstance(value, list):
        raise ValueError(f"{where} must be a list")
    return value


WORDS = {dict: "a table", list: "a list", str: "text", int: "a whole number", float: "a number"}


def _need(block, where: str, **wanted: type) -> None:
    """Raises ValueError unless the block is a table with these keys, and values of these types."""
    if not isinstance(block, dict):
        raise ValueError(f"{where} must be a table")
    for key, kind in wanted.items():
        if key not in block:
            raise ValueError(f"{where} lacks {limits.shown(key)}")
        if not _is(block[key], kind):
            raise ValueError(f"{limits.shown(key)} of {where} is {limits.shown(block[key])}, must be {WORDS[kind]}")


def _is(value, kind: type) -> bool:
    if kind in (int, float):
        return not limits.number(value) and isinstance(value, int if kind is int else int | float)
    return isinstance(value, kind)


def generator_hash(folder) -> str:
    """The hash that identifies a folder's generator. Raises CheckpointError if there is no generator."""
    return weights_hash(folder, "generator")


def weights_hash(folder, name: str) -> str:
    """The hash that identifies the weights in NAME.safetensors: blake2b, 64 bits, hexadecimal. Raises CheckpointError
    if there are none."""
    path = Path(folder) / f"{name}.safetensors"
    try:
        with limits.opened(path, MOST_WEIGHTS) as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).hexdigest()
    except OSError as error:
        raise CheckpointError(f"{folder} holds no {path.name} that can be read: {one_line(error)}") from error


def current(folder, content: dict | None = None) -> bool:
    """Whether metrics.json (`content`, if it was read already) was measured on the weights beside it."""
    content = read(folder) if content is None else content
    return bool(content) and content["generator"] == generator_hash(folder)


def write(folder, content: dict) -> None:
    """metrics.json of a folder; see `disk.write_json`."""
    write_json(Path(folder) / FILE, content)


def update(folder, dataset: str, **parts) -> dict:
    """Read metrics.json, put `parts` into it, and write it; returns the new content. Of the parts in BY_NAME, entries
    of other names stay. Several commands may measure one folder at a time: none loses another's figures.

    Figures of other weights are dropped.
    """
    with locked(Path(folder)):
        content = read(folder)
        if not current(folder, content):
            content = {"format": FORMAT, "generator": generator_hash(folder), "dataset": dataset, "measured": {}}
        content = merged(content, parts)
        write(folder, content)
    return content


def merged(content: dict, parts: dict) -> dict:
    """The content with the parts put into it; see `update`."""
    return {**content, **parts, **{key: {**content.get(key, {}), **parts[key]} for key in BY_NAME if key in parts}}


def figure(values: Sequence[float]) -> dict:
    """One figure over seeds: mean, spread (standard deviation, ddof 1; 0 for a single value) and the values."""
    values = [_rounded(v) for v in values]
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return {"mean": _rounded(statistics.fmean(values)), "spread": _rounded(spread), "values": values}


def rough(block: dict) -> bool:
    """Whether the figures of a block are based on too few images; see `names.is_rough`."""
    return is_rough(block["n"], block["reference"]["n"], block["extractor"].get("features"))


def deficient(block: dict) -> str:
    """A sentence if the covariances of a block cannot have full rank, else ""; see `names.deficiency`."""
    return deficiency(block["n"], block["reference"]["n"], block["extractor"].get("features"))


def text(block: dict, one: dict) -> str:
    """A figure of a block: "12.3 ± 0.2", or "≈ 12.3" if it is rough."""
    return f"≈ {one['mean']:.3g}" if rough(block) else f"{one['mean']:.3g} ± {one['spread']:.1g}"


def _rounded(value: float) -> float:
    """Seven significant digits: more than any figure is accurate to, so that files differ only if figures do."""
    return float(f"{value:.7g}")
