"""Python that makes the pictures of a view: three lines to copy. No UI, no torch.

Each function takes a zoo and what the method of `Zoo` of the same purpose takes, and returns a program that leaves its
pictures in `pictures`: an array where there is one variant, else {title: array}. It loads checkpoints from the Hub by
commit, those of the zoo that comes with the code by their keys, both from any folder; others by their path from the
folder in which the zoo lies.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from demo.draw import compose
from demo.zoo.entries import common_classes
from demo.zoo.walks import labels_of
from gan_models import real
from gan_models.home import SHIPPED
from gan_models.recipe import TranslatorRecipe

if TYPE_CHECKING:
    import numpy as np

    from demo.zoo.entries import Entry, Label
    from demo.zoo.translating import Task
    from demo.zoo.walks import KeyFrame, Walk
    from demo.zoo.zoo import Zoo

SHAPE = "uint8 [N, H, W, C]"


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
    seeds: Sequence[int],
    steps: int,
    how: str = "slerp",
    labels: Label | Sequence[Label] | None = None,
    truncation: float = 1.0,
    loop: bool = False,
) -> str:
    """As `Zoo.interpolate` with `steps`: pictures [steps, H, W, C] of each."""
    ends = labels if isinstance(labels, list | tuple) else None if labels is None else [labels] * len(seeds)

    def call(entry: Entry) -> str:
        told = f"({', '.join(_label(entry, one) for one in ends)})" if entry.classes and ends else None
        return _call(
            "interpolate",
            seeds=f"({', '.join(map(str, seeds))})",
            steps=str(steps),
            how=None if how == "slerp" else _text(how),
            labels=told,
            truncation=_truncation(truncation),
            loop="True" if loop else None,
        )

    return _program(zoo, keys, call)


def latent_map(
    zoo: Zoo,
    keys: Iterable[str],
    seeds: Sequence[int],
    steps: int,
    how: str = "slerp",
    labels: Sequence[Label] | None = None,
) -> str:
    """As `Zoo.latent_map`: pictures [steps, steps, H, W, C] of each."""

    def call(entry: Entry) -> str:
        told = f"({', '.join(_label(entry, one) for one in labels)})" if entry.classes and labels else None
        return _call(
            "latent_map",
            seeds=f"({', '.join(map(str, seeds))})",
            steps=str(steps),
            how=None if how == "slerp" else _text(how),
            labels=told,
        )

    return _program(zoo, keys, call)


def walk(zoo: Zoo, made: Walk, frames: Sequence[KeyFrame], how: str = "slerp") -> str:
    """The pictures of a path through key frames, or of a map between them, as the slider over it shows them."""
    keys, seeds = [entry.key for entry in made.entries], [frame.seed for frame in frames]
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


def rebuilt(
    zoo: Zoo, keys: Iterable[str], numbers: Sequence[tuple[str, Sequence[int]]], label: Label | None = None
) -> str:
    """As `anomalies.items_of`: what each variant makes of test pictures [N, H, W, C], and `scores`, high is odd.

    numbers: of each data set those in its file. label: the class at which the conditional variants are held.
    """
    n, entries = sum(len(some) for _, some in numbers), [zoo.entry(key) for key in keys]
    root = "gan_models.home.SHIPPED" if shipped(zoo) else _text(zoo.folder.resolve().name)
    read = [f"real.read({root}, {_text(name)}).pictures[{[*some]}]" for name, some in numbers]
    test = read[0] if len(read) == 1 else f"np.concatenate([\n    {f',{chr(10)}    '.join(read)},\n])"
    made = {}
    for entry in entries:
        told = f", [{_label(entry, label)}] * {n}" if entry.classes and label is not None else ""
        made[entry.title] = f"anomaly.rebuilt(gan_models.load({_text(source(zoo, entry))}, latent=True), test{told})"
    if len(made) == 1:
        (call,) = made.values()
        lines = [f"pictures = {call}  # {SHAPE}", "scores = anomaly.residual(test, pictures)"]
    else:
        lines = [f"pictures = {{  # {SHAPE} of each", *(f"    {_text(t)}: {call}," for t, call in made.items()), "}"]
        lines.append("scores = {name: anomaly.residual(test, made) for name, made in pictures.items()}")
    imports = ["import numpy as np", ""] * (len(read) > 1) + ["import gan_models"]
    imports += ["import gan_models.home"] * shipped(zoo)
    imports += ["from gan_models import real", "from gan_models.latent import anomaly", ""]
    return "\n".join([*imports, f"test = {test}", *lines]) + "\n"


def evolution(zoo: Zoo, keys: Iterable[str], by: str, number: int, at: float) -> str:
    """As `evolution.evolution` at one position: pictures [number, H, W, C] of each. Films are read by the demo."""
    entries = [zoo.entry(key) for key in keys]
    added, names = [entry.hub for entry in entries if entry.hub], json.dumps([entry.key for entry in entries])
    lines = [
        "from demo.zoo.evolution import evolution",
        "from demo.zoo.zoo import Zoo",
        "",
        f"zoo = Zoo({'' if shipped(zoo) else _text(zoo.folder.resolve().name)})",
        *([f"zoo.add({json.dumps(added)})"] if added else []),
        f"moments = evolution(zoo, {names}, {_text(by)}, {number}).at({float(at)!r})",
        f"pictures = {{zoo.entry(one.key).title: one.pictures for one in moments}}  # {SHAPE} of each",
    ]
    return "\n".join(lines) + "\n"


def searched(
    zoo: Zoo,
    keys: Iterable[str],
    picture: Sequence[str],
    steps: int,
    restarts: int,
    seeds: Sequence[int],
    operator: Sequence[str] = (),
    labels: Mapping[str, list[str]] | None = None,
) -> str:
    """As `rebuilding.search`: the best picture [1, H, W, C] of each for one picture.

    picture: lines of Python that leave it, uint8 [1, H, W, C], in `picture`. operator: lines that leave what is known
    of it in `known` and the operator in `how`; none where all of it is known. labels: of the keys that are told one.
    """
    target, made = "known, how" if operator else "picture", []
    for entry in (zoo.entry(key) for key in keys):
        gan = f"gan_models.load({_text(source(zoo, entry))}, latent=True)"
        told = f", labels={json.dumps(labels[entry.key])}" if labels and entry.key in labels else ""
        call = f"fit({gan}, {target}{told}, restarts={restarts}, steps={steps}, seeds={_seeds(seeds)}).pictures[:, 0]"
        made.append(f"    {_text(entry.title)}: {f'how.completed({call}, known)' if operator else call},")
    imports = ["import gan_models", *(line for line in picture if line.startswith("from "))]
    latent = "from gan_models.latent import fit, operator" if operator else "from gan_models.latent import fit"
    rest = [line for line in picture if line and not line.startswith("from ")]
    ours = sorted([*imports[1:], latent], key=lambda line: line.split()[1])
    lines = [imports[0], *ours, "", *rest, *operator, f"pictures = {{  # {SHAPE} of each", *made, "}"]
    return "\n".join(lines) + "\n"


# Translators ------------------------------------------------------------------------------------------------

MOST_WRITTEN = 2_000
"""Letters of a picture that stands in a program; a larger one is read from a file"""


class Taken(NamedTuple):
    """Where the pictures come from that are translated."""

    imports: tuple[str, ...]
    pictures: str
    """An expression for uint8 [N, H, W, C]"""
    shape: tuple[int, int, int] | None = None
    """(height, width, channels) of one; None where it is that of the zoo's data"""


def real_pictures(zoo: Zoo, dataset: str, places: Sequence[int]) -> Taken:
    """Those of a data set's real pictures that ship."""
    own = not shipped(zoo) and real.read(zoo.folder, dataset) is not None
    root = f"Path({_text(zoo.folder.resolve().name)})" if own else "SHIPPED"
    needed = "from pathlib import Path" if own else "from gan_models.home import SHIPPED"
    pictures = f"real.read({root}, {_text(dataset)}).pictures[{list(places)}]"
    return Taken((needed, "from gan_models import real"), pictures, zoo.real(dataset).pictures.shape[1:])


def drawn_pictures(zoo: Zoo, key: str, seeds: Sequence[int]) -> Taken:
    """Those that a GAN draws."""
    entry = zoo.entry(key)
    shape = (entry.recipe.size, entry.recipe.size, entry.recipe.channels)
    return Taken((), f"gan_models.load({_text(source(zoo, entry))}).{_call('sample', seeds=_seeds(seeds))}", shape)


def own_picture(picture: np.ndarray) -> Taken:
    """One that somebody drew or uploaded, uint8 [H, W, C]."""
    text = base64.b64encode(compose.png(picture)).decode()
    needed = ["import numpy as np", "from PIL import Image"]
    opened = 'Image.open("picture.png")'  # as the page has it, saved under this name
    if len(text) <= MOST_WRITTEN:
        needed, opened = ["import base64", "import io", *needed], f'Image.open(io.BytesIO(base64.b64decode("{text}")))'
    return Taken(tuple(needed), f"np.asarray({opened}).reshape(1, {', '.join(map(str, picture.shape))})", picture.shape)


def translate(zoo: Zoo, task: Task, taken: Taken, through: bool, numbers: Sequence[int], keys: Sequence[str]) -> str:
    """As `translating.translate`: the answers [N, H, W, C] of each translator. through: whether the pictures go through
    the rule first, with these seeds."""
    imports, rule = [*taken.imports], task.rule if through else ""
    size, _, channels = task.ordinary_shape if through else task.given_shape
    pictures = taken.pictures
    if taken.shape != (size, size, channels):
        imports.append("from gan_models.pictures import fitted")
        pictures = f"fitted({pictures}, {size}, {channels})"
    lines = [f"{'ordinary' if rule else 'given'} = {pictures}"]
    side = 1 if task.backwards else 0
    if rule:
        imports.append("from gan_models import domains")
    if rule and task.draws:
        imports.append("import numpy as np")
        each = f"for x, seed in zip(ordinary, {_seeds(numbers)})"
        lines.append(f"given = np.concatenate([domains.apply({_text(rule)}, x[None], seed)[{side}] {each}])")
    elif rule:
        lines.append(f"{'truth, given' if side else 'given, truth'} = domains.apply({_text(rule)}, ordinary)")
    way = "back" if task.backwards else "translate"
    entries = [zoo.entry(key, kind=TranslatorRecipe) for key in keys]
    loads = [f"gan_models.load({_text(source(zoo, entry))}).{way}(given)" for entry in entries]
    if len(entries) == 1:
        lines.append(f"pictures = {loads[0]}  # {SHAPE}")
    else:
        each = [f"    {_text(entry.title)}: {load}," for entry, load in zip(entries, loads, strict=True)]
        lines += [f"pictures = {{  # {SHAPE} of each", *each, "}"]
    order = sorted({"import gan_models", *imports}, key=lambda line: (line.startswith("from"), line))
    return "\n".join([*order, "", *lines]) + "\n"


# Parts ------------------------------------------------------------------------------------------------------


def source(zoo: Zoo, entry: Entry) -> str:
    """What `gan_models.load` takes: "user/repo@commit", a key of the zoo that comes with the code, or the path from the
    folder in which the zoo lies."""
    if entry.hub or shipped(zoo):
        return entry.hub or entry.key
    return (zoo.folder.resolve().name / entry.folder.relative_to(zoo.folder)).as_posix()


def shipped(zoo: Zoo) -> bool:
    """Whether a zoo is the one that comes with the code."""
    return zoo.folder.resolve() == SHIPPED


def _program(zoo: Zoo, keys: Iterable[str], call: Callable[[Entry], str], *told: str) -> str:
    """told: further arguments of `gan_models.load`."""
    entries = [zoo.entry(key) for key in keys]
    loads = [f"gan_models.load({', '.join((_text(source(zoo, entry)), *told))})" for entry in entries]
    if len(entries) == 1:
        made = f"gan = {loads[0]}\npictures = gan.{call(entries[0])}  # {SHAPE}"
    else:
        lines = [f"    {_text(entry.title)}: {load}.{call(entry)}," for entry, load in zip(entries, loads, strict=True)]
        made = "\n".join([f"pictures = {{  # {SHAPE} of each", *lines, "}"])
    return f"import gan_models\n\n{made}\n"


def _call(name: str, **arguments: str | None) -> str:
    """A call without the arguments that are as they come."""
    return f"{name}({', '.join(f'{key}={value}' for key, value in arguments.items() if value is not None)})"


def _seeds(seeds: Sequence[int]) -> str:
    """[0, 1, 2] -> "range(3)", [4, 5] -> "range(4, 6)", [7] -> "[7]"."""
    seeds = list(seeds)
    if len(seeds) < 2 or seeds != list(range(seeds[0], seeds[0] + len(seeds))):
        return str(seeds)
    return f"range({len(seeds)})" if not seeds[0] else f"range({seeds[0]}, {seeds[-1] + 1})"


def _label(entry: Entry, label: Label) -> str:
    """A class as its index, or the weights of a mixture."""
    if isinstance(label, str):
        return str(entry.classes.index(label))
    return str(label if isinstance(label, int) else [float(w) for w in label])


def _truncation(value: float) -> str | None:
    return None if value == 1 else f"{value:g}"


def _text(words: str) -> str:
    """As a literal: names in a checkpoint may come from anyone."""
    return json.dumps(words)
