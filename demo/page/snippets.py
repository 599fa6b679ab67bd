"""Python that makes the pictures of a view: three lines to copy. No UI, no torch.

Each function takes a zoo and what the method of `Zoo` of the same purpose takes, and returns a program that leaves its
pictures in `pictures`: an array where there is one variant, else {title: array}. It loads checkpoints from the Hub by
commit, those of the zoo that comes with the code by their keys, both from any folder; others by their path from the
folder in which the zoo lies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.zoo.entries import common_classes
from demo.zoo.walks import NO_PICTURES, labels_of
from gan_models.home import SHIPPED
from gan_models.metrics import record

if TYPE_CHECKING:
    from demo.zoo.entries import Entry, Label
    from demo.zoo.walks import Found, KeyFrame, Walk
    from demo.zoo.zoo import Zoo
    from gan_models.found import Latent

SHAPE = "uint8 [N, H, W, C]"


@dataclass(frozen=True)
class Picture:
    """A key frame that is no seed: its letter, and the latent that was found for each variant."""

    letter: str
    found: Mapping[str, Latent]


def samples(
    zoo: Zoo, keys: Iterable[str], seeds: Sequence[int], label: Label | None = None, truncation: float = 1.0
) -> str:
    """As `Zoo.samples`: pictures [N, H, W, C] of each."""
    n = len(seeds)

    def call(entry: Entry) -> str:
        told = f"[{_label(entry, label)}] * {n}" if entry.classes and label is not None else None
        return _call("sample", seeds=_seeds(seeds), labels=told, truncation=_truncation(truncation))

    return _program(zoo, keys, call)


def interpolate(
    zoo: Zoo,
    keys: Iterable[str],
    seeds: Sequence[int | Picture],
    steps: int,
    how: str = "slerp",
    labels: Label | Sequence[Label] | None = None,
    truncation: float = 1.0,
    loop: bool = False,
) -> str:
    """As `Zoo.interpolate` with `steps`: pictures [steps, H, W, C] of each."""
    keys = list(keys)
    ends = labels if isinstance(labels, list | tuple) else None if labels is None else [labels] * len(seeds)

    def call(entry: Entry) -> str:
        told = f"({', '.join(_label(entry, one) for one in ends)})" if entry.classes and ends else None
        return _call(
            "interpolate",
            seeds=_keys_text(entry, seeds, len(keys)),
            steps=str(steps),
            how=None if how == "slerp" else _text(how),
            labels=told,
            truncation=_truncation(truncation),
            loop="True" if loop else None,
        )

    return _program(zoo, keys, call, above=_found(zoo, keys, seeds))


def latent_map(
    zoo: Zoo,
    keys: Iterable[str],
    seeds: Sequence[int | Picture],
    steps: int,
    how: str = "slerp",
    labels: Sequence[Label] | None = None,
) -> str:
    """As `Zoo.latent_map`: pictures [steps, steps, H, W, C] of each."""
    keys = list(keys)

    def call(entry: Entry) -> str:
        told = f"({', '.join(_label(entry, one) for one in labels)})" if entry.classes and labels else None
        return _call(
            "latent_map",
            seeds=_keys_text(entry, seeds, len(keys)),
            steps=str(steps),
            how=None if how == "slerp" else _text(how),
            labels=told,
        )

    return _program(zoo, keys, call, above=_found(zoo, keys, seeds))


def walk(zoo: Zoo, made: Walk, frames: Sequence[KeyFrame], how: str = "slerp", found: Found = NO_PICTURES) -> str:
    """The pictures of a path through key frames, or of a map between them, as the slider over it shows them."""
    keys = [entry.key for entry in made.entries]
    seeds = [Picture(frame.picture, found[frame.picture]) if frame.picture else frame.seed for frame in frames]
    labels = labels_of(frames, common_classes(made.entries))
    if len(made.axes) > 1:
        return latent_map(zoo, keys, seeds, len(made.axes[0]), how, labels)
    return interpolate(zoo, keys, seeds, len(made.axes[0]) - made.loop, how, labels and list(labels), loop=made.loop)


def class_grid(
    zoo: Zoo, keys: Iterable[str], seeds: Sequence[int], classes: Sequence[str] = (), truncation: float = 1.0
) -> str:
    """As `Zoo.class_grid`, of several variants: pictures [K * N, H, W, C] of each, class by class. classes: these
    alone."""

    def call(entry: Entry) -> str:
        told = [entry.classes.index(name) for name in classes] or range(len(entry.classes))
        labels = f"[y for y in {_seeds(told)} for _ in range({len(seeds)})]"
        return _call(
            "sample", seeds=f"[*{_seeds(seeds)}] * {len(told)}", labels=labels, truncation=_truncation(truncation)
        )

    return _program(zoo, keys, call)


def mix(
    zoo: Zoo,
    keys: Iterable[str],
    rows: Sequence[int],
    columns: Sequence[int],
    levels: str | Sequence[int] = "fine",
    label: Label | None = None,
    truncation: float = 1.0,
) -> str:
    """As `Zoo.mix`: the mixed pictures [R * C, H, W, C] of each, row by row."""
    n = len(rows) * len(columns)

    def call(entry: Entry) -> str:
        told = None
        if entry.classes:  # of all pictures, as the core has it; by itself each row would have its own
            told = f"[{rows[0] % len(entry.classes) if label is None else _label(entry, label)}] * {n}"
        return _call(
            "mix",
            seeds=f"[a for a in {_seeds(rows)} for _ in range({len(columns)})]",
            others=f"[*{_seeds(columns)}] * {len(rows)}",
            levels=json.dumps(levels if isinstance(levels, str) else list(levels)),
            labels=told,
            truncation=_truncation(truncation),
        )

    return _program(zoo, keys, call)


def moved(
    zoo: Zoo,
    keys: Iterable[str],
    places: dict[str, tuple[int, float]],
    seeds: Sequence[int],
    amounts: Sequence[float],
    label: Label | None = None,
) -> str:
    """As `steering.moved`: pictures [A * N, H, W, C] of each, amount by amount. places: of each key, the place of its
    direction and 1 or -1, by which the amounts are multiplied."""

    def call(entry: Entry) -> str:
        place, sign = places[entry.key]
        told = f"[{_label(entry, label)}] * {len(seeds)}" if entry.classes and label is not None else None
        by = f"[{', '.join(f'{a * sign:g}' for a in amounts)}]"
        made = _call("moved", seeds=_seeds(seeds), direction=str(place), amounts=by, labels=told)
        return f"{made}.reshape(-1, {entry.recipe.size}, {entry.recipe.size}, {entry.recipe.channels})"

    return _program(zoo, keys, call, "latent=True")


def equal(zoo: Zoo, keys: Iterable[str], images: int, number: int) -> str:
    """As `equal.moments`: pictures [number, H, W, C] of each, at the same number of images shown."""
    call = f"moments(zoo, {_keys(zoo, keys)}, {images}, {number}).values()"
    return over_zoo(
        zoo, keys, "from demo.zoo.equal import moments",
        f"pictures = {{one.title: one.pictures for one in {call}}}  # {SHAPE} of each",
    )  # fmt: skip


def judged(zoo: Zoo, dataset: str) -> str:
    """The pictures [N, H, W, C] of each training on the record of an ablation: {"variant, seed": pictures}."""
    folder = "SHIPPED" if shipped(zoo) else f"Path({_text(zoo.folder.resolve().name)})"
    needed = "from gan_models.home import SHIPPED" if shipped(zoo) else "from pathlib import Path"
    lines = [
        needed,
        "from gan_models.metrics import seeds",
        "",
        f'path = {folder} / {_text(dataset)} / "{record.ABLATION}"',
        "found = seeds.pictures(path, seeds.read(path))",
        f'pictures = {{f"{{name}}, seed {{seed}}": one for (name, seed), one in found.items()}}  # {SHAPE} of each',
    ]
    return "\n".join(lines) + "\n"


def look(zoo: Zoo, keys: Iterable[str], seed: int, label: Label | None = None, truncation: float = 1.0) -> str:
    """As `inspection.inspect`: a look for each key, with picture, score and neighbour."""
    told = None if label is None else _text(label) if isinstance(label, str) else str(label)
    call = _call(
        "inspect", zoo="zoo", keys=_keys(zoo, keys), seed=str(seed), label=told, truncation=_truncation(truncation)
    )
    return over_zoo(
        zoo, keys, "from demo.zoo.inspection import inspect",
        f"looks = {call}  # each has picture, score.logit, neighbour.distance",
    )  # fmt: skip


def evolution(zoo: Zoo, keys: Iterable[str], by: str, number: int, at: float) -> str:
    """As `evolution.evolution` at one position: pictures [number, H, W, C] of each. Films are read by the demo."""
    return over_zoo(
        zoo, keys, "from demo.zoo.evolution import evolution",
        f"moments = evolution(zoo, {_keys(zoo, keys)}, {_text(by)}, {number}).at({float(at)!r})",
        f"pictures = {{zoo.entry(one.key).title: one.pictures for one in moments}}  # {SHAPE} of each",
    )  # fmt: skip


# Parts ------------------------------------------------------------------------------------------------------


def _keys(zoo: Zoo, keys: Iterable[str]) -> str:
    return json.dumps([zoo.entry(key).key for key in keys])


def over_zoo(zoo: Zoo, keys: Iterable[str], needed: str, *lines: str) -> str:
    """A program that asks the whole zoo, whose checkpoints from the Hub are added first."""
    added = [entry.hub for entry in map(zoo.entry, keys) if entry.hub]
    first = f"zoo = Zoo({'' if shipped(zoo) else _text(zoo.folder.resolve().name)})"
    adding = [f"zoo.add({json.dumps(added)})"] if added else []
    return "\n".join([needed, "from demo.zoo.zoo import Zoo", "", first, *adding, *lines]) + "\n"


def source(zoo: Zoo, entry: Entry) -> str:
    """What `gan_models.load` takes: "user/repo@commit", a key of the zoo that comes with the code, or the path from the
    folder in which the zoo lies."""
    if entry.hub or shipped(zoo):
        return entry.hub or entry.key
    return (zoo.folder.resolve().name / entry.folder.relative_to(zoo.folder)).as_posix()


def shipped(zoo: Zoo) -> bool:
    """Whether a zoo is the one that comes with the code."""
    return zoo.folder.resolve() == SHIPPED


def _program(zoo: Zoo, keys: Iterable[str], call: Callable[[Entry], str], *told: str, above: Sequence[str] = ()) -> str:
    """told: further arguments of `gan_models.load`. above: lines that the calls need."""
    entries = [zoo.entry(key) for key in keys]
    loads = [f"gan_models.load({', '.join((_text(source(zoo, entry)), *told))})" for entry in entries]
    if len(entries) == 1:
        made = f"gan = {loads[0]}\npictures = gan.{call(entries[0])}  # {SHAPE}"
    else:
        lines = [f"    {_text(entry.title)}: {load}.{call(entry)}," for entry, load in zip(entries, loads, strict=True)]
        made = "\n".join([f"pictures = {{  # {SHAPE} of each", *lines, "}"])
    return "\n".join(["import gan_models", "", *above, made]) + "\n"


def _found(zoo: Zoo, keys: Sequence[str], seeds: Sequence[int | Picture]) -> list[str]:
    """Lines with the latents of the pictures: each under its letter, of several variants by title."""
    lines = []
    for one in {seed.letter: seed for seed in seeds if isinstance(seed, Picture)}.values():
        texts = {zoo.entry(key).title: _text(one.found[key].text) for key in keys}
        if len(texts) == 1:
            lines.append(f"{one.letter} = {next(iter(texts.values()))}  # the latent of a picture")
        else:
            said = [f"    {_text(title)}: {text}," for title, text in texts.items()]
            lines += [f"{one.letter} = {{  # the latents of a picture", *said, "}"]
    return lines


def _keys_text(entry: Entry, seeds: Sequence[int | Picture], variants: int) -> str:
    """Key frames as a tuple."""
    of = "" if variants == 1 else f"[{_text(entry.title)}]"
    return f"({', '.join(f'{one.letter}{of}' if isinstance(one, Picture) else str(one) for one in seeds)})"


def _call(name: str, **arguments: str | None) -> str:
    """A call; arguments that are None are left out."""
    return f"{name}({', '.join(f'{key}={value}' for key, value in arguments.items() if value is not None)})"


def _seeds(seeds: Sequence[int]) -> str:
    """[0, 1, 2] -> "range(3)", [4, 5] -> "range(4, 6)", [7] -> "[7]"."""
    seeds = list(seeds)
    if len(seeds) < 2 or seeds != list(range(seeds[0], seeds[0] + len(seeds))):
        return str(seeds)
    return f"range({len(seeds)})" if not seeds[0] else f"range({seeds[0]}, {seeds[-1] + 1})"


def _label(entry: Entry, label: Label | None) -> str:
    """A class as its index, or the weights of a mixture."""
    if label is None:
        return "None"
    if isinstance(label, str):
        return str(entry.classes.index(label))
    return str(label if isinstance(label, int) else [float(w) for w in label])


def _truncation(value: float) -> str | None:
    return None if value == 1 else f"{value:g}"


def _text(words: str) -> str:
    """As a literal: names in a checkpoint may come from anyone."""
    return json.dumps(words)
