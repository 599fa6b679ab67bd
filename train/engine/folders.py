"""A folder of the user's pictures: its training part, its test part, and its classes."""

from __future__ import annotations

import csv
import json
import os
import posixpath
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import torch

from .cache import Pictures, cached, say_once
from .pixels import SUFFIXES, decode
from .request import DataError, Request, held_out, listed, need

PLACES = 5
"""Suffixes that are named when such files are ignored; others are only counted"""

RUN_FILES = ("resume.pt", "progress.json", "generator.safetensors", "extractor.safetensors", "real.json")
"""A folder with one of these files belongs to a run or a zoo: its pictures are not data"""
SPLIT = re.compile(
    r"(?:(?P<train>train|training|trn)|(?P<test>test|testing|tst)|(?P<val>val|valid|validation|dev|eval))"
    r"(?:[-_ ]?(?:set|split|data|images?|imgs?|pictures))?(?:[-_ ]?(?P<domain>[ab]))?",
    re.IGNORECASE,
)
"""Names of the parts of a data set; trainA and trainB are the training pictures of two kinds, A and B"""
SHARD = re.compile(r"\d{3,}|(?:shard|part|chunk|batch|split|fold)[-_ ]?\d+", re.IGNORECASE)
"""Names of folders that only divide many files into smaller groups"""


@dataclass
class Pile:
    """The content of a folder."""

    images: list[Path] = field(default_factory=list)
    """Sorted"""
    others: Counter[str] = field(default_factory=Counter)
    """Number of files that are no images by their names, by suffix; without hidden ones, such as macOS's ._*.jpg"""
    runs: list[Path] = field(default_factory=list)
    """Folders of runs, which are not searched"""


@dataclass(frozen=True)
class Layout:
    """The interpretation of a folder, before any picture of it is decoded."""

    classes: tuple[str, ...]
    """Empty if there are no classes"""
    train: list[tuple[Path, int]]
    """(file, class); class 0 if there are no classes"""
    test: list[tuple[Path, int]]
    where: str
    """The choice of test pictures, in words"""
    notes: tuple[str, ...]
    """A sentence for each point that the user may have meant differently"""


class Found(NamedTuple):
    """The pictures of one split."""

    pictures: Pictures
    where: str
    """See `Layout`"""


def folder(ask: Request) -> Found:
    """The pictures of one split of a folder; both are decoded together, so that they are scaled and coloured alike."""
    home = Path(ask.name).expanduser()
    found = layout(home)
    for note in found.notes:
        say_once(f"{home}: {note}.")
    need(
        getattr(found, ask.split),
        f"{home} has no {ask.split} images, the last tenth: give 10 images of a class or more.",
    )
    files = [path for path, _ in (*found.train, *found.test)]
    table = torch.tensor([(k, part) for part, rows in enumerate((found.train, found.test)) for _, k in rows])

    def decoded() -> Pictures:
        images, good = decode(ask, files, min)
        rows = table[good]
        gone = {k for _, k in found.train} - {k for k, part in rows.tolist() if part == 0}
        lost = [found.classes[k] for k in sorted(gone)] if found.classes else ["those for training"]
        need(not gone, f"no image of {listed(lost)} can be read: take {'it' if len(lost) == 1 else 'them'} away.")
        if ask.channels is None and bool((images == images[:, :1]).all()):
            images = images[:, :1]
        return images, rows, found.classes

    meant = [found.classes, table.tolist()]  # a labels.csv may change while the images stay the same
    images, rows, names = cached(["folder", *ask.decoding(), *meant], home, files, decoded)
    cut = int((rows[:, 1] == 0).sum())  # training pictures come first: each part is a view, not a copy
    part = slice(cut) if ask.split == "train" else slice(cut, None)
    return Found((images[part], rows[part, 0].contiguous(), names), found.where)


# Its interpretation


def layout(home: Path) -> Layout:
    """The layout of a folder. Raises DataError if it holds no pictures, or labels that do not fit them."""
    notes: list[str] = []
    flat, subs = pile(home, home, deep=False), {sub.name: pile(sub, home) for sub in folders(home)}
    everything = [*flat.images, *(path for sub in subs.values() for path in sub.images)]
    need(everything, f"{home} holds no images: give a folder with {' '.join(sorted(SUFFIXES))} files.")
    _tell_left_out(notes, home, [flat, *subs.values()])

    parts = splits({name for name, sub in subs.items() if sub.images}, bool(flat.images))
    labels = labels_of(home)
    if labels is not None:
        groups = by_label(labels, home, everything, notes)
        if parts:
            where = {Path(home, name): part for part, names in parts.items() for name in names.values()}
            part_of = {path: where.get(home / path.relative_to(home).parts[0]) for path in everything}
            train, test = (
                {name: [p for p in files if part_of[p] == part] for name, files in groups.items()}
                for part in ("train", "test")
            )
            _tell_outside(notes, {"beside them": [p for p in everything if part_of[p] is None]})
            if empty := [name for name, files in train.items() if not files]:
                told = [f"{len(test[name]):,} of {name}" for name in empty]
                notes.append(f"classes without an image for training are ignored: {listed(told)}")
                train, test = ({k: v for k, v in part.items() if k not in empty} for part in (train, test))
            test = test if "test" in parts else None
        else:
            train, test = groups, None
    elif parts:
        train, test = ({} if part not in parts else _part(home, parts[part], notes) for part in ("train", "test"))
        used = {name for names in parts.values() for name in names.values()}
        outside = {name: sub.images for name, sub in subs.items() if name not in used}
        _tell_outside(notes, {**outside, "no folder": flat.images})
        test = test or None
    else:
        train, test = classes_of(home, flat, subs, notes), None

    classes = tuple(train) if len(train) > 1 else ()
    words = ""
    if parts and test is not None:
        named = [*parts["test"].values()]
        words = f"the folder{'s' if len(named) > 1 else ''} {listed(named)}"
    if test is not None and classes and not {*test} <= {*classes}:
        why = "holds no classes" if len(test) < 2 else f"holds classes that {listed([*parts['train'].values()])} lacks"
        count = sum(len(files) for files in test.values())
        notes.append(
            f"{words} {why}, so it is ignored ({count:,} in all), and the last tenth of each class is held out"
        )
        test = None
    if test is not None and not classes:
        test = {name: [path for files in test.values() for path in files] for name in train}
    if test is None:
        words = "the last tenth of each class" if classes else "the last tenth by name"
        train, test = ({k: held_out(files, part) for k, files in train.items()} for part in ("train", "test"))
        words = words if any(test.values()) else "none, since that needs 10 images of a class"
    number = {name: k for k, name in enumerate(train)}
    _tell_doubtful(notes, home, classes, labels)
    return Layout(
        classes,
        *([(path, number[name]) for name in number for path in part.get(name, ())] for part in (train, test)),
        words,
        tuple(notes),
    )


def splits(names: set[str], flat: bool) -> dict[str, dict[str, str]]:
    """{"train": {domain: folder}, "test": ...} if these folders with pictures are the parts of a data set, else {}.

    domain: "A" of trainA, else the folder's own name. flat: whether there are pictures beside them. A folder `train`
    alone counts only if there is nothing else; `val` is the test set if there is no `test`.
    """
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for name in sorted(names):
        if match := SPLIT.fullmatch(name):
            part = next(kind for kind in ("train", "test", "val") if match[kind])
            found[part][(match["domain"] or "").upper() or name] = name
    test = found.get("test") or found.get("val")
    if "train" not in found or (not test and (flat or len(names) > len(found["train"]))):
        return {}
    return {"train": found["train"], **({"test": test} if test else {})}


def _part(home: Path, names: dict[str, str], notes: list[str]) -> dict[str, list[Path]]:
    """One part of a data set, class -> files."""
    domains = all(name != domain for domain, name in names.items())
    if domains:
        return {domain: pile(home / name, home).images for domain, name in names.items()}
    groups: dict[str, list[Path]] = defaultdict(list)
    for name in names.values():
        here = home / name
        labels = labels_of(here)
        if labels is not None:
            made = by_label(labels, here, pile(here, home).images, notes)
        else:
            subs = {sub.name: pile(sub, home) for sub in folders(here)}
            made = classes_of(here, pile(here, home, deep=False), subs, notes)
        for label, files in made.items():
            groups[label] += files
    return {label: groups[label] for label in in_order(groups)}


def classes_of(home: Path, flat: Pile, subs: dict[str, Pile], notes: list[str]) -> dict[str, list[Path]]:
    """The sub-folders with pictures as classes; {"": all files} if these are no classes."""
    classes = {name: sub.images for name, sub in subs.items() if sub.images}
    if len(classes) > 1 and not flat.images:
        if empty := [name for name in subs if name not in classes]:
            notes.append(f"not classes, since they hold no image: {listed(empty)}")
        below = {path.relative_to(home / name).parts[0] for name, files in classes.items() for path in files}
        if odd := sorted(filter(SPLIT.fullmatch, below)):
            notes.append(f"{listed(odd)} below the classes is not taken as a part of the data set: put it above them")
        return classes
    if classes:
        where = "beside its sub-folders" if flat.images else "in one sub-folder only"
        notes.append(f"{home.name} holds images {where}: all are taken, without classes")
    return {"": [*flat.images, *(path for files in classes.values() for path in files)]}


def _tell_left_out(notes: list[str], home: Path, piles: list[Pile]) -> None:
    if others := sum((one.others for one in piles), Counter()):
        kinds = listed([f"{count} {kind or 'without a suffix'}" for kind, count in others.most_common()])
        notes.append(f"ignored, since their names are not those of images: {kinds}")
    if runs := [os.path.relpath(run, home) for one in piles for run in one.runs]:
        notes.append(f"ignored, since they hold files of this program: {listed(runs)}")


def _tell_outside(notes: list[str], outside: dict[str, list[Path]]) -> None:
    counts = [(len(files), name) for name, files in outside.items() if files]
    if len(counts) > PLACES:
        counts[PLACES:] = [(sum(n for n, _ in counts[PLACES:]), "other places")]
    if there := [f"{n:,} in {name}" for n, name in counts]:
        notes.append(f"images that belong neither to the training nor to the test set are ignored: {', '.join(there)}")


def _tell_doubtful(notes: list[str], home: Path, classes: tuple[str, ...], labels: Labels | None) -> None:
    """Add notes on classes whose names suggest something else."""
    if labels is not None:
        return
    if odd := [name for name in classes if SPLIT.fullmatch(name)]:
        notes.append(f"{listed(odd)} looks like a part of a data set, and is taken as a class")
    if classes and all(map(SHARD.fullmatch, classes)):
        notes.append(
            f"{listed(list(classes), 3)} are taken as classes; if they only divide the files, put these into one "
            "folder, or name their classes in a labels.csv (file,label)"
        )


# Searching folders


def folders(home: Path) -> list[Path]:
    """The sub-folders that may hold pictures, sorted."""
    subs = (sub for sub in home.iterdir() if sub.is_dir() and not sub.name.startswith((".", "__")))
    here = Path(os.path.realpath(home))
    return sorted(sub for sub in subs if not is_run(sub) and not here.is_relative_to(os.path.realpath(sub)))


def is_run(here: Path) -> bool:
    """Whether a training or a measurement made this folder."""
    return any((here / name).exists() for name in RUN_FILES)


def pile(here: Path, home: Path, deep: bool = True) -> Pile:
    """The content of a folder, and below it if deep. Links are followed, each folder once, but not to `home` or its
    parents. Raises DataError if a folder cannot be opened."""
    found, todo = Pile(), [here]
    seen = {os.path.realpath(here)}
    above = [Path(os.path.realpath(path)) for path in (here, home)]
    while todo:
        at = todo.pop()
        try:
            inside = sorted(entry for entry in at.iterdir() if not entry.name.startswith((".", "__")))
        except OSError as error:
            raise DataError(f"{at} cannot be read ({error.strerror}): change that, or take it away.") from error
        for path in inside:
            if path.is_dir():
                real = os.path.realpath(path)
                if is_run(path):
                    found.runs.append(path)
                elif deep and real not in seen and not any(one.is_relative_to(real) for one in above):
                    seen.add(real)
                    todo.append(path)
            elif (suffix := path.suffix.lower()) in SUFFIXES:
                found.images.append(path)
            elif path.name not in LABEL_FILES or not (at == home or SPLIT.fullmatch(at.name)):
                found.others[suffix] += 1
    found.images.sort()
    return found


# Labels in a file

LABEL_FILES = ("dataset.json", "labels.csv")


class Labels(NamedTuple):
    """The class of each file."""

    name: str
    """Name of the label file"""
    of: dict[str, str]
    """File, relative to the folder and with slashes -> class; empty if the label file says that there are no classes"""


def labels_of(home: Path) -> Labels | None:
    """The labels of dataset.json, as StyleGAN's tools write it, or of labels.csv (file,label); None if neither exists.

    Raises DataError if it cannot be used.
    """
    there = [home / name for name in LABEL_FILES if (home / name).is_file()]
    need(len(there) < 2, f"{home} holds {' and '.join(LABEL_FILES)}: take one of them away.")
    for path in there:
        try:
            text = path.read_text(encoding="utf-8-sig")
            rows = from_json(json.loads(text)) if path.suffix == ".json" else from_csv(text)
        except (OSError, ValueError, csv.Error, RecursionError) as error:
            form = '{"labels": [["file.png", 3], ...]}' if path.suffix == ".json" else "lines such as cats/1.png,cat"
            raise DataError(f"{path} cannot be used as labels ({error}): give {form}, or take it away.") from error
        if rows is not None:
            return Labels(path.name, {posixpath.normpath(file.replace("\\", "/")): label for file, label in rows})
    return None


def from_json(content: Any) -> list[tuple[str, str]] | None:
    """(file, class) of StyleGAN's {"labels": [[file, class], ...]}; [] for "labels": null, which means no labels; None
    for another program's file. Raises ValueError."""
    if not isinstance(content, dict) or "labels" not in content:
        return None
    rows = content["labels"] or []
    if isinstance(rows, dict):
        rows = list(rows.items())
    if not isinstance(rows, list):
        raise ValueError("labels is no list")
    made = []
    for row in rows:
        if not isinstance(row, list | tuple) or len(row) != 2 or not isinstance(row[0], str):
            raise ValueError(f"{str(row)[:60]} is not a pair of a file and its class")
        file, label = row
        if isinstance(label, list) and sorted(label, key=str) == [*[0] * (len(label) - 1), 1]:
            label = label.index(1)
        if isinstance(label, bool) or not isinstance(label, int | str):
            raise ValueError(f"{str(label)[:60]} is no class")
        made.append((file, str(label)))
    return made


def from_csv(text: str) -> list[tuple[str, str]]:
    """(file, class) of each line; a first line whose first entry is not a file is the heading. Raises ValueError."""
    rows = [row for row in csv.reader(text.splitlines()) if any(cell.strip() for cell in row)]
    if rows and not Path(rows[0][0].strip()).suffix:
        rows = rows[1:]
    if bad := next((row for row in rows if len(row) != 2 or not row[1].strip()), None):
        raise ValueError(f"{','.join(bad)[:60]!r} is not one file and one label")
    if not rows:
        raise ValueError("it has no lines")
    return [(file.strip(), label.strip()) for file, label in rows]


def by_label(labels: Labels, home: Path, files: list[Path], notes: list[str]) -> dict[str, list[Path]]:
    """Class -> files; {"": all files} if there is one class or none. Raises DataError if a file has no label."""
    names = {path: path.relative_to(home).as_posix() for path in files}
    if gone := sorted({*labels.of} - {*names.values()}):
        notes.append(f"{labels.name} names {len(gone):,} files that do not exist: {listed(gone, 3)}")
    if len({*labels.of.values()}) < 2:
        notes.append(f"{labels.name} names {'one class' if labels.of else 'no classes'}: all images are taken without")
        return {"": files}
    bare = [name for name in names.values() if name not in labels.of]
    need(
        not bare,
        f"{home / labels.name} has no label for {len(bare):,} of the {len(files):,} images ({listed(bare, 3)}): "
        "add them, or take the images away.",
    )
    groups: dict[str, list[Path]] = defaultdict(list)
    for path, name in names.items():
        groups[labels.of[name]].append(path)
    return {label: sorted(groups[label]) for label in in_order(groups)}


def in_order(names) -> list[str]:
    """Names in order: whole numbers by their value, others as text."""
    numbers = all(re.fullmatch(r"-?\d+", name) for name in names)
    return sorted(names, key=(lambda name: (int(name), name)) if numbers else str)
