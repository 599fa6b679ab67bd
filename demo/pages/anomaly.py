"""Anomaly: which test pictures are odd to a GAN, because it cannot draw them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from demo.draw import anomalies as drawn
from demo.draw import compose, figures, formula
from demo.page import (
    Chart,
    Choice,
    Data,
    Fold,
    Grid,
    Html,
    Pad,
    Page,
    Row,
    State,
    Table,
    Variants,
    shared,
    snippets_latent,
)  # fmt: skip
from demo.page.answers import File, PictureText, answer, keys_of, picture_of
from demo.page.state import EMPTY
from demo.pages import common, taken
from demo.pages.rebuild_errors import rebuild_errors
from demo.zoo import anomalies, detection
from demo.zoo.anomalies import CLASSES, Asked
from demo.zoo.checks import check_heard, check_label
from demo.zoo.detection import BASELINES, SCORES, Figures
from demo.zoo.entries import Entry
from demo.zoo.words import dataset_title

if TYPE_CHECKING:
    import numpy as np

    from demo.zoo.zoo import Zoo

NUMBERS = (8, 16, 32, 64)
"""Of pictures, half of them odd"""
FIRST = 3
"""Variants that are shown at first: each takes a whole row"""
HOW = (
    "A GAN draws pictures like those that it was trained on. The encoder estimates the latent of a test picture, and "
    "G draws a picture from this latent again. A normal picture is rebuilt well; an odd one turns into something "
    "normal, so that the picture and its rebuilding differ. The size of this difference is the **score**. No odd "
    "picture was ever shown to the GAN: it has learnt only what is normal.\n\nA picture gets a high score if the GAN "
    "draws it badly, and not every odd picture is drawn badly: a 1 is a single stroke, and a GAN that has never seen "
    "a 1 can still draw strokes."
)
CURVES = (
    "With a lower threshold, more odd pictures are found, and more normal ones are wrongly called odd. The dashed "
    "lines are baselines that use no GAN."
)
BY_CLASS = (
    "A conditional variant that is kept at one class models that class alone: test pictures of this class are "
    "normal, those of all other classes are odd. The table gives the AUC for each class."
)


def odd_of(s: State) -> str:
    """What is odd. A ValueError says why there is nothing to ask."""
    if s.data is None:
        raise ValueError(EMPTY)
    if s.odd is None:
        title = dataset_title(s.data)
        raise ValueError(
            f"There are no pictures to compare with those of {title}. They must have the same size and lie beside the "
            "checkpoints of their own data set; python -m train real puts them there."
        )
    return s.odd


def normal_of(s: State) -> str | None:
    """The class that is normal; None where another data set is odd."""
    return s.normal if s.odd == CLASSES else None


def chosen(zoo: Zoo, s: State) -> list[Entry]:
    """The chosen variants that can do what is asked."""
    entries = s.entries
    if s.odd == CLASSES:
        entries = [entry for entry in entries if s.normal in entry.classes]
        if not entries:
            raise ValueError(f"None of the chosen variants can be kept at the class {s.normal}.")
    return entries


@shared
def asked(zoo: Zoo, s: State) -> Asked:
    odd = odd_of(s)
    anomalies.test_pictures(zoo, s.data)
    return anomalies.asked(zoo, s.data, odd, s.number, normal_of(s))


def rows(zoo: Zoo, s: State) -> Iterator[str]:
    """The test pictures in the order of each variant's scores; each variant as soon as it is ready."""
    what, made = asked(zoo, s), []
    entries, notes = anomalies.usable(zoo, chosen(zoo, s))
    left = [entry.title for entry in s.entries if entry not in chosen(zoo, s)]
    if left:
        notes.append(f"Only a conditional variant can be kept at one class: {', '.join(left)} cannot.")
    head = figures.words(drawn.LEGEND, *notes)
    for entry in entries:
        one = anomalies.ranked(zoo, entry, what)
        made.append(drawn.row(entry.title, entry.recipe.year or None, one.words, one.items))
        yield head + "".join(made)


def own(zoo: Zoo, s: State) -> str | None:
    """What the variants make of the visitor's picture."""
    if s.own is None:
        return None
    entries, notes = anomalies.usable(zoo, chosen(zoo, s))
    made = []
    for entry in entries:
        one = anomalies.judged(zoo, entry, taken.brought(s, s.own.array), normal_of(s))
        made.append(drawn.row(entry.title, entry.recipe.year or None, one.words, [one.item], large=True))
    return figures.words(*notes) + f'<div class="odd-own">{"".join(made)}</div>'


# Figures ----------------------------------------------------------------------------------------------------


@shared
def found(zoo: Zoo, s: State) -> tuple[list[Figures], list[str]]:
    return detection.figures(zoo, chosen(zoo, s), odd_of(s))


def heading(zoo: Zoo, s: State) -> str | None:
    """The text above the curves and the table: on how many pictures they were measured."""
    if s.odd is None or not found(zoo, s)[0]:
        return None
    made, notes = found(zoo, s)
    behind = sorted({one.n for one in made if not one.live})
    said = (
        [f"Measured on {' to '.join(f'{n:,}' for n in behind)} normal test pictures (python -m train anomaly)."]
        if behind
        else []
    )
    if live := [one.title for one in made if one.live]:
        few = next(one.n for one in made if one.live)
        said.append(f"Measured now, on {few} normal and {few} odd test pictures: {', '.join(live)}.")
    return f"<h2>How well normal and odd pictures are told apart</h2>{figures.words(CURVES, *said, *notes)}"


def curves(zoo: Zoo, s: State) -> tuple | None:
    if s.odd is None:
        return None
    from demo.draw import charts

    made, _ = found(zoo, s)
    lines = {
        f"{one.title}, {SCORES[one.best]}": (one.auc[one.best], one.roc[one.best])
        for one in made
        if one.best in one.roc
    }
    plain: dict = {}
    for one in made:
        plain |= {
            SCORES[name]: (one.auc[name], one.roc[name])
            for name in BASELINES
            if name in one.roc and SCORES[name] not in plain
        }
    return charts.roc, lines, plain


def table(zoo: Zoo, s: State) -> Grid | None:
    """AUC of each score, a row per variant; of classes a row per class as well."""
    if s.odd is None:
        return None
    made, _ = found(zoo, s)
    names = [name for name in SCORES if any(name in one.auc for one in made)]
    if not names:
        return None
    cells, tinted = [], []
    for one in made:
        rows_ = {"all classes" if s.odd == CLASSES else "": one.auc}
        rows_ |= {k: {n: one.by_class[n][k] for n in one.by_class if k in one.by_class[n]} for k in _classes(one)}
        for k, aucs in rows_.items():
            tinted += [len(cells)] if k == "all classes" else []
            best = max(aucs.values(), default=0)
            row = [(aucs.get(n, -1), _auc(aucs.get(n), best)) for n in names]
            cells.append([one.title, *([k] if s.odd == CLASSES else []), *row, (one.n, f"{one.n:,}")])
    first = ["Variant", *(["Normal class"] if s.odd == CLASSES else [])]
    return Grid(
        [*first, *(f"{SCORES[n]} ↑" for n in names), "Normal pictures"], cells, tinted, alt="AUC of anomaly scores"
    )


def _classes(one: Figures) -> list[str]:
    return list(next(iter(one.by_class.values()), {}))


def _auc(value: float | None, best: float) -> str:
    return "–" if value is None else f"{value:.3f}{' ●' if value == best else ''}"


def lost(zoo: Zoo, s: State) -> str | None:
    """For which classes the AUC of the GAN is below that of PCA."""
    if s.odd is None or not found(zoo, s)[0]:
        return None
    said = ["● is the best of its row."]
    for one in found(zoo, s)[0]:
        if s.odd == CLASSES and one.by_class:
            below = ", ".join(one.lost)
            said.append(
                f"{one.title} is below PCA for: {below}." if below else f"{one.title} is above PCA for every class."
            )
        elif "pca" in one.auc and one.best and one.auc[one.best] < one.auc["pca"]:
            said.append(f"{one.title} is below PCA.")
    return figures.words(BY_CLASS if s.odd == CLASSES else "", *said)


# Controls ---------------------------------------------------------------------------------------------------


def odd_ones(zoo: Zoo, s: State) -> dict[str, str]:
    """{text: data set or CLASSES}."""
    if not s.data:
        return {}
    made = {f"Pictures of {dataset_title(name)}": name for name in anomalies.others(zoo, s.data)}
    return {**made, "All classes but one": CLASSES} if normals(zoo, s) else made


def normals(zoo: Zoo, s: State) -> list[str]:
    return anomalies.classes_of(zoo, s.data, s.entries) if s.data and s.variants else []


def python(zoo: Zoo, s: State) -> str:
    if s.odd is None:
        return ""
    keys = [entry.key for entry in anomalies.usable(zoo, chosen(zoo, s))[0]]
    return snippets_latent.rebuilt(zoo, keys, asked(zoo, s).numbers, normal_of(s))


@answer()
def anomaly(
    zoo: Zoo,
    variants: list[str],
    picture: PictureText | None = None,
    number: int | None = None,
    dataset: str | None = None,
    label: int | str | None = None,
) -> list[dict]:
    """The anomaly score of a picture for each variant: its difference from what G draws for the encoder's latent.

    Parameters:
        variants: keys from the catalog, whose checkpoints have an encoder.
        picture: of the size of the variants' pictures; larger or smaller ones are refused.
        number: number of a test picture, from 0, in place of a picture.
        dataset: data set of the test picture; null takes the variant's own data set.
        label: index or name of the class at which conditional variants are kept; null takes the one that the encoder
            finds. Unconditional variants have none.
    Returns:
        "variant", "label" (the class at which it was kept, null for none), "score" (sum of the differences over the
        pixels; black to white counts 2), "words" of each. "picture", "rebuilt", "heat" (PNG: where they differ, white
        where most). "among": "percentile" among the scores of "n" test pictures, nine in ten of which lie from "low" to
        "high"; null where no test pictures are at hand.
    """
    if (picture is None) == (number is None):
        raise ValueError("Give either a picture or the number of a test picture.")
    if picture is not None and dataset is not None:
        raise ValueError("A picture that is sent is of no data set: leave dataset out, or give a number.")
    told = []
    entries = zoo.chosen(keys_of(variants, 1))
    check_heard(entries, label)
    for entry in entries:
        held = None
        if label is not None and entry.classes:
            held = entry.classes[int(check_label(entry, label).argmax())]
        one = anomalies.judged(zoo, entry, _given(zoo, entry, picture, number, dataset), held)
        name = entry.key.replace("/", "-")
        heat = (one.item.heat * 255).round().astype("uint8")
        files = {"picture": one.item.picture, "rebuilt": one.item.rebuilt, "heat": heat}
        told.append(
            {
                "variant": entry.key,
                "label": held,
                "score": one.item.score,
                "words": one.words,
                **{what: File(f"{name}-{what}.png", compose.png(p)) for what, p in files.items()},
                "among": one.among and asdict(one.among),
            }
        )
    return told


def _given(zoo: Zoo, entry: Entry, picture: str | None, number: int | None, dataset: str | None) -> np.ndarray:
    """The picture uint8 [H, W, C] that an answer is asked about."""
    size, channels = entry.recipe.size, entry.recipe.channels
    if picture is not None:
        return picture_of(picture, size, size, channels)
    dataset = entry.dataset if dataset is None else dataset
    anomalies.test_pictures(zoo, dataset)  # where there are none, it says why
    made = taken.test_picture(zoo, dataset, number).picture
    if made.shape != (size, size, channels):
        raise ValueError(
            f"The test pictures of {dataset_title(dataset)} have another size than those of {entry.title}."
        )
    return made


PAGE = Page(
    "anomaly",
    "Anomaly",
    "Which pictures does a GAN find odd? Those that it cannot draw. Each variant rebuilds test pictures: the more a "
    "picture differs from its rebuilding, the higher is its score.",
    Data(),
    Variants(first=common.having("encoder.safetensors", FIRST)),
    Row(
        Choice(
            "odd", "Odd pictures", per_data=True, options=odd_ones, way="menu",
            when=lambda s: len(s.offers["odd"] or ()) > 1,
        ),
        Choice(
            "normal", "Normal class", per_data=True, options=normals, way="menu",
            when=lambda s: s.values.get("odd") == CLASSES,
        ),
        Choice("number", "Pictures", 16, options=NUMBERS),
    ),
    Html(rows),
    Fold(
        "Your own picture",
        Pad("own", "Draw a picture, or take one from a file", help="A picture from a file is scaled to this size."),
        taken.centre(),
    ),
    Html(own),
    Html(heading),
    Chart(curves),
    Table(table),
    Html(lost),
    Fold("What is measured", HOW, detection.MEANINGS),
    Html(common.about),
    python=python,
    answers=(anomaly, rebuild_errors),
    icon="crisis_alert",
    group="Measure",
    style=common.STYLE + drawn.STYLE + formula.STYLE + figures.STYLE,
)  # fmt: skip
