"""What a zoo holds, as values: its checkpoints without their weights, and what they can do. No torch, no UI."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.zoo.figures import finite, whole
from demo.zoo.words import dataset_title
from gan_models.recipe import AnyRecipe
from gan_models.styles import STYLED

Label = int | str | Sequence[float]
"""A class as its index, as its name, or as K weights that sum to 1 (a mixture of classes)"""


@dataclass(frozen=True)
class Entry:
    """One checkpoint of the zoo, without its weights."""

    key: str
    """Its name in every call and link: "mnist/dcgan"; the path below the zoo's folder"""
    title: str
    """As the screens call it, unlike any other title of the same data set: "DCGAN" """
    recipe: AnyRecipe
    """A `Recipe` among the entries of the catalog; a `TranslatorRecipe` among its translators"""
    provenance: dict[str, Any]
    """How it was trained; empty or odd in a folder that someone else wrote: use `Zoo.facts` to read it"""
    folder: Path
    hub: str = ""
    """ "user/repo@commit" where it came from the Hub"""

    @property
    def variant(self) -> str:
        """The recipe's name: "dcgan"."""
        return self.recipe.name

    @property
    def dataset(self) -> str:
        """Name of its data: "mnist"; "unknown data" where the folder does not say."""
        name = self.provenance.get("dataset")
        return name if isinstance(name, str) and name else "unknown data"

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of the labels; empty for an unconditional variant."""
        return self.recipe.class_names

    @property
    def styled(self) -> bool:
        """Whether its network has styles to mix."""
        return self.recipe.network in STYLED


@dataclass(frozen=True)
class Kind:
    """The kind of variants that a page needs."""

    name: str
    fit: Callable[[Entry], bool]
    can: str
    """What they do, to go on after "None of the variants": "takes a class" """
    train: str
    """What trains one"""

    def none(self, of: str, then: str = "", code: str = "{}") -> str:
        """What to say where there is none. of: "variants trained on MNIST"; then: a sentence on what else to do;
        code: how a command is written."""
        return " ".join(f"None of the {of} {self.can}. {then} {code.format(self.train)} trains one.".split())


CONDITIONAL = Kind("conditional", lambda e: bool(e.classes), "takes a class", "python -m train.cgan")
STYLE_BASED = Kind("styled", lambda e: e.styled, "has styles to mix", "python -m train.stylegan2")


@dataclass(frozen=True)
class Catalog:
    """What a zoo holds, and what is wrong in it."""

    entries: tuple[Entry, ...] = ()
    """By data set, year, generation (a parent before its children), title"""
    problems: tuple[str, ...] = ()
    """One sentence for each folder that cannot be used"""
    translators: tuple[Entry, ...] = ()
    """The checkpoints that take a picture (`gan_models.Translator`), in the same order; the entries have none of them,
    so that no page that draws from noise meets one"""

    def __iter__(self):
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def keys(self) -> list[str]:
        return [entry.key for entry in self.entries]

    @property
    def datasets(self) -> list[str]:
        """Names of the data sets, in the order of the entries."""
        return list(dict.fromkeys(entry.dataset for entry in self.entries))

    def of(self, dataset: str) -> list[Entry]:
        """The entries of one data set."""
        return [entry for entry in self.entries if entry.dataset == dataset]

    def first(self, variant: str) -> Entry | None:
        """The first entry or translator of a variant, of any data set; None where there is none."""
        return next((entry for entry in (*self.entries, *self.translators) if entry.variant == variant), None)


@dataclass(frozen=True)
class Added:
    """The result of a visitor's wish for checkpoints from the Hub."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()
    """One sentence for each repository that cannot be shown"""


def common_classes(entries: Sequence[Entry]) -> list[str]:
    """The class names that all conditional ones among the entries know, in their order."""
    named = [entry.classes for entry in entries if entry.classes]
    common = set(named[0]).intersection(*named[1:]) if named else ()
    return [name for name in named[0] if name in common] if named else []


def stated(entry: Entry) -> dict[str, Any]:
    """The part of `Zoo.facts` that follows from the recipe and the provenance."""
    recipe, about = entry.recipe, entry.provenance
    parameters = about.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    device = about.get("device")
    return {
        "key": entry.key,
        "title": entry.title,
        "variant": recipe.name,
        "year": recipe.year or None,
        "paper": recipe.paper or None,
        "parent": recipe.parent or None,
        "summary": recipe.summary or None,
        # A text that could break out of a formula (and, say, load a picture from elsewhere) is not shown as a formula.
        "objective": recipe.objective if recipe.objective and not set("$<\n") & set(recipe.objective) else None,
        "dataset": entry.dataset,
        "dataset_title": dataset_title(entry.dataset),
        "size": recipe.size,
        "classes": list(recipe.class_names),
        "styled": entry.styled,
        "images": _number(about.get("images")),
        "parameters": _number(parameters.get("generator")),
        "discriminator_parameters": _number(parameters.get("discriminator")),
        "device": device if isinstance(device, str) and device else None,
        "seconds": _number(about.get("seconds")),
        "width": whole(recipe.network_args.get("width")),
    }


def _number(value) -> int | float | None:
    return finite(value, 0)
