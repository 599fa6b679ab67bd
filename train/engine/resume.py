"""resume.pt: everything needed to continue a run exactly, with a checksum, and the settings of the run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import torch

from gan_models.disk import replacing, why
from gan_models.recipe import WORDS, AnyRecipe

from .args import RunError, TrainArgs

FILE = "resume.pt"
SUM = 32
"""Bytes at the end of the file: the BLAKE2b hash of the bytes before"""
KEPT = {
    "dataset": "the data",
    "data_root": "--data-root",
    "attributes": "--classes",
    "a": "--a",
    "b": "--b",
    "skip_broken": "--skip-broken",
    "images": "--images",
    "eval_every": "--eval-every",
    "checkpoints": "--checkpoints",
}
"""Fields of TrainArgs that belong to the whole run and not to one sitting, with their names in words. Those that define
the run (seed, precision, recipe) are in its identity"""


class Sealed:
    """A binary file that hashes the written bytes, and stores an error, which torch would hide."""

    def __init__(self, file: BinaryIO):
        self.file, self.digest = file, hashlib.blake2b(digest_size=SUM)
        self.error: OSError | None = None

    def write(self, content) -> int:
        if self.error is None:
            try:
                self.file.write(content)
                self.digest.update(content)
            except OSError as error:
                self.error = error
        return len(content)

    def flush(self) -> None:
        pass

    def seal(self) -> None:
        if self.error:
            raise self.error
        self.file.write(self.digest.digest())


def write(path: Path, content: dict[str, Any]) -> None:
    """Replace the file atomically. Raises OSError if that fails; the old file is then untouched."""
    with replacing(path) as file:
        sealed = Sealed(file)
        torch.save(content, sealed)
        sealed.seal()


def read(path: Path, device="cpu", lazily: bool = False) -> dict[str, Any]:
    """Read the content that `write` stored. Raises RunError, with one sentence, if the file is missing, unreadable or
    damaged.

    device: where tensors go. lazily: values are read when they are needed.
    """
    try:
        if not intact(path):
            raise RunError(
                f"{path} is damaged: its checksum does not fit. Put a copy of it there, or start anew with another "
                "--out."
            )
        saved = torch.load(path, map_location=device, weights_only=True, mmap=lazily)
        if saved["identity"]["name"]:
            return saved
        raise ValueError
    except FileNotFoundError as error:
        raise RunError(f"there is nothing to resume: {path} does not exist.") from error
    except (RunError, MemoryError, torch.OutOfMemoryError):
        raise
    except OSError as error:
        raise RunError(f"cannot read {path} ({why(error)}).") from error
    except Exception as error:  # torch's own messages advise to unpickle it
        raise damaged(path) from error


def damaged(path: Path) -> RunError:
    return RunError(f"{path} is damaged: it does not hold the state of a training. Start anew with another --out.")


def intact(path: Path) -> bool:
    """Whether the checksum fits. Also true for an intact zip archive without one, which earlier versions wrote."""
    digest, size = hashlib.blake2b(digest_size=SUM), path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(size - 22, 0))
        if file.read(4) == b"PK\5\6":
            return True
        file.seek(0)
        left = size - SUM
        while left > 0 and (part := file.read(min(left, 1 << 20))):
            digest.update(part)
            left -= len(part)
        return left == 0 and file.read() == digest.digest()


# The settings


def settings(args: TrainArgs, asked: Iterable[str]) -> dict[str, Any]:
    """The settings of a run that its resume file holds, besides its identity.

    asked: fields of the recipe that were asked for and take precedence over the data's.
    """
    kept = {name: getattr(args, name) for name in KEPT}
    return {**kept, "asked": sorted(asked)}


def begun_with(path: Path, recipe: AnyRecipe) -> tuple[TrainArgs, AnyRecipe, set[str]]:
    """The start of a resume file's run: its settings over the defaults, its recipe with this one's title and texts, and
    the recipe fields that take precedence over the data's. Raises RunError if it is another variant's run, and the
    errors of `read`."""
    from .identity import compare

    saved = read(path, lazily=True)
    theirs = saved["identity"]
    compare(path, theirs, {"name": recipe.name})
    if "settings" not in saved:  # by an earlier version: the command must give all settings; differences are refused
        return TrainArgs(), recipe, set()
    off = type(recipe)(recipe.name).to_json()  # a field that did not exist yet counts as off
    known = {k: theirs.get(k, v) for k, v in off.items() if k not in ("kind", "class_names", *WORDS)}
    kept = {k: v for k, v in saved["settings"].items() if k in KEPT}
    precise = {"seed": theirs["seed"], "bf16": theirs["precision"] == "bfloat16"}
    return TrainArgs(**kept, **precise), replace(recipe, **known), set(saved["settings"]["asked"])


def changed(before: dict[str, Any], args: TrainArgs) -> list[str]:
    """Sentences on the settings that differ from those of a resume file."""

    def words(value) -> str:
        return f"{value:,}" if type(value) is int else str(value)

    both = ((called, before[name], getattr(args, name)) for name, called in KEPT.items() if name in before)
    return [f"{called} is {words(now)} from here on, and was {words(was)}." for called, was, now in both if was != now]
