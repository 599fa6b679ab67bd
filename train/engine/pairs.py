"""The two domains of a translator as uint8 tensors: pairs made by a rule, or two sets of pictures without pairs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gan_models import domains
from gan_models.draws import per_image
from gan_models.recipe import RecipeError, TranslatorRecipe, did_you_mean
from gan_models.sources import source

from . import data as loading
from .data import READERS, Data
from .request import DataError, need
from .sheets import of_pictures

LEAST = 2
"""Least pictures of a domain"""
SHOWN = 20
"""Held-out pictures whose translations are recorded during a run"""
NOT = "not "


@dataclass(frozen=True, eq=False)
class Pairs(Data):
    """Two domains in memory. `images` are the wanted pictures; if `paired`, picture k of `given` belongs to picture k
    of `images`; else the two are drawn independently, and their numbers may differ."""

    given: Tensor = None
    """uint8 [M, C', H', W']"""
    domains: tuple[str, str] = ("", "")
    """Names of the given and the wanted domain"""
    paired: bool = True
    rule: str = ""
    """The rule that made both from one data set; empty if they were given by --a and --b"""
    shown: tuple[Tensor, Tensor | None] = (None, None)
    """(given, truth) of some pictures, held out if the data has held-out ones; truth is None without pairs"""

    def to(self, device) -> Pairs:
        """The same on another device, except `shown`."""
        return replace(super().to(device), given=self.given.to(device))

    def tensors(self) -> tuple[Tensor, ...]:
        return self.given, self.images

    def counts(self) -> dict:
        each = dict(zip(self.domains, (len(self.given), len(self.images)), strict=True))
        return {"images": len(self), "classes": {} if self.paired else each}

    def batch(self, n: int) -> tuple[Tensor, Tensor]:
        """n random pictures of each domain, with replacement, as float32 in [-1, 1]: (wanted [n, C, H, W], given
        [n, C', H', W']). See `Data.batch`."""
        device = self.images.device
        at = per_image(partial(torch.randint, len(self)), n, device=device)
        other = at if self.paired else per_image(partial(torch.randint, len(self.given)), n, device=device)
        return self.as_floats(self.images[at]), self.as_floats(self.given[other])

    def first(self) -> Pairs:
        return replace(super().first(), given=self.given[:1].clone())

    def sheet(self, model) -> np.ndarray:
        return of_pictures(model, *self.shown)

    def may_be_shown(self) -> bool:
        """Whether the data's licence allows its pictures, and pictures made from them, to be published."""
        return source(self.name).pictures is True

    def understood(self) -> list[str]:
        """How the two domains were understood, in one sentence."""
        colours = {1: "grey", 3: "colour"}
        kinds = [f"{t.shape[-1]} x {t.shape[-1]} {colours.get(t.shape[1], t.shape[1])}" for t in self.tensors()]
        names = [f"{name} ({kind})" for name, kind in zip(self.domains, kinds, strict=True)]
        count = f"{len(self):,} pairs" if self.paired else f"{len(self.given):,} and {len(self):,} pictures, no pairs"
        return [f"{self.name}: {names[0]} -> {names[1]}; {count}."]


def read(args, recipe: TranslatorRecipe, changed: set[str] = frozenset(), download: bool = True) -> Pairs:
    """The domains that a command line asks for. Raises DataError, with one sentence, if they cannot be loaded or do not
    fit."""
    ask = partial(
        loading.load, on_broken="skip" if args.skip_broken else "error", download=download,
        **{k: getattr(recipe, k) if k in changed else None for k in ("size", "channels")},
    )  # fmt: skip
    need(bool(args.a) == bool(args.b), "--a and --b belong together: give both domains, or neither for a rule.")
    if not args.a:
        return by_rule(args, recipe, ask)
    need(recipe.cycle, f"--a and --b have no pairs, which {recipe.name} learns from: train cyclegan.")
    train = [domain(name, args, ask, "train") for name in (args.a, args.b)]
    try:
        test = domain(args.a, args, ask, "test")
    except DataError:  # too few pictures for a held-out part
        test = train[0]
    return unpaired(train, test, [label(name) for name in (args.a, args.b)])


def by_rule(args, recipe: TranslatorRecipe, ask) -> Pairs:
    """Both domains from one data set. For a recipe without pairs, the given pictures are from its first half and the
    wanted ones from the second, so that no picture has its truth among them."""
    need(
        recipe.rule in domains.RULES,
        f"rule is {recipe.rule!r}{did_you_mean(recipe.rule, domains.RULES)}: give one of these, or --a and --b.",
    )
    data = ask(args.dataset, args.data_root)
    given, wanted = ruled(recipe, data.images)
    many(data.name, len(wanted))
    try:
        test = ask(args.dataset, args.data_root, "test").images[:SHOWN]
    except DataError:
        test = data.images[:SHOWN]
    shown = ruled(recipe, test)
    if not recipe.cycle:
        return Pairs(
            data.name, wanted, data.labels, (), given=given, domains=names(recipe), rule=recipe.rule, shown=shown
        )
    half = len(wanted) // 2
    many(data.name, half)
    return Pairs(
        data.name, wanted[half:], data.labels[half:], (), given=given[:half], domains=names(recipe), paired=False,
        rule=recipe.rule, shown=shown,
    )  # fmt: skip


def names(recipe: TranslatorRecipe) -> tuple[str, str]:
    return domains.RULES[recipe.rule].names


def ruled(recipe: TranslatorRecipe, images: Tensor, seed: int = 0) -> tuple[Tensor, Tensor]:
    """(given, wanted) of uint8 [N, C, H, W], by the recipe's rule. Raises DataError if it cannot use these pictures."""
    try:
        both = domains.apply(recipe.rule, images.permute(0, 2, 3, 1).contiguous().numpy(), seed)
    except ValueError as error:
        raise DataError(str(error)) from error
    return tuple(torch.from_numpy(np.ascontiguousarray(one.transpose(0, 3, 1, 2))) for one in both)


def domain(name: str, args, ask, split: str) -> Data:
    """One domain: a folder of pictures, or the data set's pictures with an attribute or of a class; "not NAME" takes
    all others."""
    if Path(name).expanduser().is_dir():
        return ask(name, args.data_root, split)
    wants, plain = not name.startswith(NOT), name.removeprefix(NOT)
    need(
        args.dataset in READERS or Path(args.dataset).is_dir(),
        f"there is no folder {name!r}, and no data set {args.dataset!r} with a class of that name.",
    )
    if args.dataset == "celeba":
        data = ask(args.dataset, args.data_root, split, attributes=(plain.replace(" ", "_"),))
        of = data.labels == 1
    else:
        data = ask(args.dataset, args.data_root, split)
        need(
            plain in data.class_names,
            f"{data.name} has no class {plain!r}{did_you_mean(plain, data.class_names)}, and there is no folder of "
            "that name: give a class, an attribute of celeba, or a folder.",
        )
        of = data.labels == data.class_names.index(plain)
    rows = torch.nonzero(of if wants else ~of)[:, 0]
    return replace(data, images=data.images[rows], labels=data.labels[rows], class_names=())


def unpaired(train: list[Data], test: Data, called: list[str]) -> Pairs:
    """Two sets of pictures as the domains of a cycle."""
    given, wanted = (one.images for one in train)
    for name, images in zip(called, (given, wanted), strict=True):
        many(name, len(images))
    shapes = [f"{t.shape[-1]} px in {t.shape[1]} channels" for t in (given, wanted)]
    need(
        given.shape[1:] == wanted.shape[1:],
        f"{called[0]} has pictures of {shapes[0]}, {called[1]} of {shapes[1]}: --size and --channels make them equal.",
    )
    name = train[1].name if train[0].name == train[1].name else "2".join(called)
    labels = torch.zeros(len(wanted), dtype=torch.int64)
    shown = (test.images[:SHOWN], None)
    return Pairs(name, wanted, labels, (), given=given, domains=tuple(called), paired=False, shown=shown)


def label(name: str) -> str:
    """The name of a domain: its class or attribute, or the name of its folder."""
    path = Path(name).expanduser()
    return path.resolve().name[:40] if path.is_dir() else name


def many(name: str, n: int) -> None:
    need(
        n >= LEAST,
        f"the domain {name} has {n:,} picture{'s' * (n != 1)}: give {LEAST} or more, better some thousand.",
    )


def fitted(recipe: TranslatorRecipe, data: Pairs) -> TranslatorRecipe:
    """The recipe for this data: sizes, channels and names of both domains. Raises RecipeError if it cannot be."""
    (_, given_channels, given_size, _), (_, channels, size, _) = (t.shape for t in data.tensors())
    if recipe.cycle == data.paired:
        raise RecipeError(f"{recipe.name} has cycle={recipe.cycle}, and its data {'pairs' if data.paired else 'none'}.")
    sizes = {"given_size": given_size, "given_channels": given_channels, "size": size, "channels": channels}
    return replace(recipe, **sizes, domains=data.domains, rule=data.rule)
