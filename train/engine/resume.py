"""resume.pt: all that is needed to go on exactly, with a checksum, and the settings that the run was given."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import torch

from gan_models.disk import replacing, why
from gan_models.recipe import WORDS, Recipe

from .args import FROM_DATA, RunError, TrainArgs

FILE = "resume.pt"
SUM = 32
"""Bytes at the end of the file that are the BLAKE2b hash of those before them"""
KEPT = {
    "dataset": "the data",
    "data_root": "--data-root",
    "attributes": "--classes",
    "skip_broken": "--skip-broken",
    "images": "--images",
    "eval_every": "--eval-every",
    "checkpoints": "--checkpoints",
}
"""Fields of TrainArgs that belong to a run and not to one sitting of it, and what they are called. Those that make it
what it is (seed, precision, recipe) stand in its identity"""


class Sealed:
    """A binary file that takes the hash of what is written, and holds an error back: torch would hide it."""

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
    """Replace the file in one stroke. OSError where that cannot be; the one that was there is then untouched."""
    with replacing(path) as file:
        sealed = Sealed(file)
        torch.save(content, sealed)
        sealed.seal()


def read(path: Path, device="cpu", lazily: bool = False) -> dict[str, Any]:
    """What `write` was given. RunError, one sentence, where the file is missing, cannot be read or is damaged.

    device: where tensors go. lazily: their values are read once they are needed.
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
    except Exception as error:  # torch's own sentences advise to unpickle it
        raise damaged(path) from error


def damaged(path: Path) -> RunError:
    return RunError(f"{path} is damaged: it does not hold the state of a training. Start anew with another --out.")


def intact(path: Path) -> bool:
    """Whether the checksum fits. True as well for a whole zip archive, which earlier versions wrote, without one."""
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
    """What a resume file says of how its run was begun, beside its identity.

    asked: fields of the recipe that were asked for and win over what the data has.
    """
    kept = {name: getattr(args, name) for name in KEPT}
    return {**kept, "asked": sorted(asked)}


def begun_with(path: Path, recipe: Recipe) -> tuple[TrainArgs, Recipe, set[str]]:
    """How the run of a resume file was begun: its settings over the defaults, its recipe in the words of this one, and
    the fields of it that win over what the data has. RunError where it is another variant's, or as in `read`."""
    from .identity import compare

    saved = read(path, lazily=True)
    theirs = saved["identity"]
    compare(path, theirs, {"name": recipe.name})
    if "settings" not in saved:  # by an earlier version: the command has to say all, and what differs is refused
        return TrainArgs(), recipe, set()
    off = Recipe(recipe.name).to_json()  # a field that there was not yet counts as off
    known = {k: theirs.get(k, v) for k, v in off.items() if k not in (*WORDS, *FROM_DATA)}
    kept = {k: v for k, v in saved["settings"].items() if k in KEPT}
    precise = {"seed": theirs["seed"], "bf16": theirs["precision"] == "bfloat16"}
    return TrainArgs(**kept, **precise), replace(recipe, **known), set(saved["settings"]["asked"])


def changed(before: dict[str, Any], args: TrainArgs) -> list[str]:
    """Sentences on the settings that are others than those of a resume file."""

    def words(value) -> str:
        return f"{value:,}" if type(value) is int else str(value)

    both = ((called, before[name], getattr(args, name)) for name, called in KEPT.items() if name in before)
    return [f"{called} is {words(now)} from here on, and was {words(was)}." for called, was, now in both if was != now]
