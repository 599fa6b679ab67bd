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
import os
import statistics
from collections.abc import Sequence
from pathlib import Path

from gan_models import limits
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

    Raises CheckpointError if the file is damaged, foreign or newer than this program.
    """
    path = Path(folder) / FILE
    try:
        content = json.loads(limits.read(path, MOST).decode("utf-8"))
        version = content["format"]
        if not isinstance(version, int) or version > FORMAT:
            raise CheckpointError(f"{path} has format {version}; this program reads up to {FORMAT}: update it.")
        for key, kind in {"generator": str, "dataset": str, "measured": dict}.items():
            if not isinstance(content[key], kind):
                raise ValueError(f"{key} is {type(content[key]).__name__}")
        for key in ("augment", "latent"):
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
        raise CheckpointError(f"{path} is damaged or foreign: {one_line(error)}; delete it to measure anew.") from error


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
    """metrics.json of a folder; see `write_json`."""
    write_json(Path(folder) / FILE, content)


def write_json(path: Path, content: dict) -> None:
    """Write a JSON file, whole or not at all. Raises ValueError if a figure is NaN or infinite, which JSON cannot
    hold."""
    text = json.dumps(content, indent=1, allow_nan=False) + "\n"
    new = path.with_name(f".{path.name}.{os.getpid()}.tmp")  # two commands may measure one folder at a time
    try:
        new.write_text(text, encoding="utf-8")
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def update(folder, dataset: str, **parts) -> dict:
    """Read metrics.json, replace `parts` of it, and write it; returns the new content. `measured` is merged by
    extractor, `latent` by the question.

    Figures of other weights are dropped.
    """
    content = read(folder)
    if not current(folder, content):
        content = {"format": FORMAT, "generator": generator_hash(folder), "dataset": dataset, "measured": {}}
    for key in ("measured", "latent"):
        if key in parts:
            parts[key] = {**content.get(key, {}), **parts[key]}
    content = {**content, **parts}
    write(folder, content)
    return content


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
