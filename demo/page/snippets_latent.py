"""The lines of Python that search for latents and move them, as `demo.page.snippets` has those of the other pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from demo.page.snippets import SHAPE, _label, _seeds, _text, shipped, source

if TYPE_CHECKING:
    from demo.zoo.entries import Label
    from demo.zoo.zoo import Zoo


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
    names = "fit, operator" if operator else "fit"
    ours, rest = _parts(picture, f"from gan_models.latent import {names}")
    lines = ["import gan_models", *ours, "", *rest, *operator, f"pictures = {{  # {SHAPE} of each", *made, "}"]
    return "\n".join(lines) + "\n"


def moved_picture(
    zoo: Zoo,
    places: dict[str, tuple[int, float]],
    amounts: Sequence[float],
    picture: Sequence[str],
    steps: int,
    restarts: int,
    seeds: Sequence[int],
    label: Label | None = None,
) -> str:
    """As `steering.moved` of one picture: pictures [A, H, W, C] of each.

    picture, steps, restarts, seeds: as in `searched`. label: the class that conditional variants are told; None lets
    them search it.
    """
    rows = []
    for key, (place, sign) in places.items():
        entry = zoo.entry(key)
        told = f"[{_label(entry, label)}]" if entry.classes and label is not None else "None"
        rows.append(f"    ({_text(entry.title)}, {_text(source(zoo, entry))}, {place}, {sign:g}, {told}),")
    ours, rest = _parts(picture, "from gan_models.latent import fit")
    lines = [
        "import gan_models", *ours, "", *rest, f"pictures = {{}}  # {SHAPE} of each",
        "for title, source, place, sign, labels in [", *rows, "]:",
        "    gan = gan_models.load(source, latent=True)",
        f"    found = fit(gan, picture, labels=labels, restarts={restarts}, steps={steps}, seeds={_seeds(seeds)})",
        f"    amounts = [sign * a for a in ({', '.join(f'{a:g}' for a in amounts)})]",
        "    pictures[title] = gan.moved(found.texts, place, amounts)[:, 0]",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


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


def _parts(picture: Sequence[str], latent: str) -> tuple[list[str], list[str]]:
    """(imports, in order, beside that of gan_models; the other lines) of a picture and of what searches its latent."""
    imports = [line for line in picture if line.startswith("from ")]
    rest = [line for line in picture if line and not line.startswith("from ")]
    return sorted([*imports, latent], key=lambda line: line.split()[1]), rest
