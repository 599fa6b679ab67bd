"""The files of a checkpoint and of a zoo that may be published, by name. Anything else stays on this machine."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gan_models import hub, real
from gan_models.metrics import record, seeds
from gan_models.sources import source

from .push import is_own

CHECKPOINT = ("recipe.json", *hub.WEIGHTS, *hub.BESIDE)
"""Files of a folder that holds a recipe.json"""
MEASURED = ("anchors*.json", record.YARDSTICKS, record.ABLATION, record.ABLATION_PICTURES, seeds.SEEDS)
"""Patterns of files with figures in a data set's folder"""
EXTRACTOR = ("extractor/extractor.json", "extractor/extractor.safetensors")
"""Extractor files of a data set's folder. A published app needs them only to search nearest training pictures, so they
are published only with these"""


class Zoo(NamedTuple):
    """The part of a zoo that may be published."""

    files: dict[str, Path]
    """path in the zoo -> file"""
    kept: list[str]
    """A sentence for each set of real pictures that is not published"""


def zoo(folder: Path, with_real: bool = False) -> Zoo:
    """The files of a zoo, or of a folder of runs, that the app reads.

    with_real: include real pictures of data that is not known to be free, such as the user's own. Pictures whose
    licence forbids it are never published. Raises PushError if a file is a link that leads out of its folder.
    """
    files: dict[str, Path] = {}
    kept: list[str] = []
    for one in _checkpoints(folder):
        _take(files, folder, one, CHECKPOINT)
    for dataset in sorted(p for p in folder.glob("[!.]*") if p.is_dir()):
        _take(files, folder, dataset, MEASURED)
        for name in (real.SHOWN, real.TRAINING):
            these = real.files(name)
            if not any((dataset / file).is_file() for file in these):
                continue
            if why := _private(dataset, name, with_real):
                kept.append(f"{dataset.name}/{name}.png and the files that belong to it are not published: {why}")
                continue
            _take(files, folder, dataset, these)
            if name == real.TRAINING:
                _take(files, folder, dataset, EXTRACTOR)
    return Zoo(dict(sorted(files.items())), kept)


def datasets(files: dict[str, Path]) -> set[str]:
    """Names of the data sets of a zoo's checkpoints and real pictures."""
    names = set()
    for place, path in files.items():
        if path.name == CHECKPOINT[0]:
            about = _read(path).get("provenance")
            names.add(str(about.get("dataset")) if isinstance(about, dict) else "unknown data")
        elif path.name in (*real.files(real.SHOWN), *real.files(real.TRAINING)):
            names.add(place.partition("/")[0])
    return names


def _private(dataset: Path, name: str, with_real: bool) -> str:
    """Why real pictures are not published; "" if they may be."""
    about = _read(dataset / f"{name}.json")
    known = source(dataset.name)
    for one in (source(dataset.name.lower()), source(str(about.get("dataset")).lower())):
        if one.pictures is False:
            return f"the licence of {one.title} does not let pictures be passed on."
    if with_real or (known.pictures and about.get("credit") == known.credit):
        return ""
    if known.credit and not known.pictures:
        return f"{known.credit} --with-real publishes them."
    if known.credit:
        return (
            f"their JSON file does not credit {known.title}; python -m train real --dataset {dataset.name} writes both "
            "anew, and --with-real publishes them unchanged."
        )
    return "they are of data that is not known to be free, so they count as your own; --with-real publishes them."


def _read(path: Path) -> dict:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return about if isinstance(about, dict) else {}


def _checkpoints(folder: Path) -> Iterator[Path]:
    """Folders with a recipe.json, hidden ones left out."""
    for here, below, files in os.walk(folder):
        below[:] = sorted(name for name in below if not name.startswith("."))
        if "recipe.json" in files:
            below.clear()
            yield Path(here)


def _take(files: dict[str, Path], root: Path, folder: Path, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        files |= {path.relative_to(root).as_posix(): path for path in folder.glob(pattern) if is_own(path)}
