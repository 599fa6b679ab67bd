"""One loop over checkpoint folders, for the tools that measure each folder and write into it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from gan_models.folder import of_folder

STOPPED = 130
"""Exit code after Ctrl-C, as shells have it"""


def is_checkpoint(folder: Path) -> bool:
    """Whether a folder holds a checkpoint, intact or damaged: `checkpoints/mnist/*` also matches other folders."""
    return (folder / "recipe.json").is_file()


def each(prog: str, folders: Iterable[Path], work: Callable[[Path], object], there: str) -> int:
    """Call work(folder) for each checkpoint; folders that are none are skipped with a message.

    An error is one sentence on stderr, and the other folders follow. there: words for what is kept after Ctrl-C. The
    exit code: 0 if done, 2 if one failed or is not there or none is a checkpoint, STOPPED after Ctrl-C.
    """
    folders, failed = list(folders), 0
    if not any(map(is_checkpoint, folders)):
        return none_of(prog, folders)
    failed += missing(prog, folders)
    for folder in (folder for folder in folders if folder.exists()):
        if not is_checkpoint(folder):
            print(f"{folder} is no checkpoint: left out.")
            continue
        try:
            work(folder)
        except (ValueError, OSError) as error:
            failed += 1
            print(f"{prog}: error: {of_folder(folder, error)}", file=sys.stderr)
        except KeyboardInterrupt:
            print(f"\nStopped; {there}.", file=sys.stderr)
            return STOPPED
    return 2 if failed else 0


def missing(prog: str, folders: Iterable[Path]) -> bool:
    """Say which of the folders do not exist; whether there are any."""
    lost = [str(folder) for folder in folders if not folder.exists()]
    if lost:
        print(f"{prog}: error: there is no {', '.join(lost)}.", file=sys.stderr)
    return bool(lost)


def none_of(prog: str, folders: Iterable[Path]) -> int:
    """Say that no folder holds a checkpoint; the exit code."""
    print(f"{prog}: error: there is no checkpoint in {', '.join(map(str, folders))}.", file=sys.stderr)
    return 2
