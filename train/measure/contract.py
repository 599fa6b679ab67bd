"""Tests the contract of a variant's G, D and losses: see gan_models/networks/README.md. Raises Failed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

import gan_models
from gan_models import RecipeError
from gan_models.checkpoint import MODELS
from gan_models.folder import one_line
from gan_models.model import Model
from gan_models.networks.common import Verdict
from gan_models.recipe import AnyRecipe, Recipe, TranslatorRecipe
from gan_models.styles import STYLED

from ..engine import loop
from ..engine.data import Data
from ..engine.pairs import Pairs

SHAPES = ((28, 1), (32, 3), (64, 3))
"""(side, channels) of the data sets that a network should support"""
BATCHES = (2, 3, 5, 7)
TRIES = 12
"""Steps after which a parameter without a gradient fails the check"""
CLASSES = ("a", "b", "c")
GIVEN = {Recipe.kind: "latent z", TranslatorRecipe.kind: "picture"}
"""The name of G's input, by the kind of recipe"""
KEY = "check/saved"
"""Key of the checkpoint that `save` writes"""


class Failed(Exception):
    """A check that failed: one sentence that says what is wrong and what would be right."""


def built(recipe: AnyRecipe) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    return gan_models.build(recipe)


def inputs(recipe: AnyRecipe, n: int) -> tuple[Tensor, Tensor | None]:
    """G's inputs for n pictures: latents or given pictures, and labels if it takes labels."""
    x = torch.randn(n, *recipe.input_shape, generator=torch.Generator().manual_seed(n))
    x = x if len(recipe.input_shape) == 1 else x.clamp(-1, 1)
    return x, torch.arange(n) % recipe.classes if recipe.classes else None


def judged(recipe: AnyRecipe, n: int) -> Tensor:
    """D's input for n pictures."""
    return torch.rand(n, recipe.judged_channels, recipe.size, recipe.size) * 2 - 1


def called(what: str, net: nn.Module, *arguments):
    """A network's output; raises Failed with its error."""
    try:
        return net(*arguments)
    except Exception as error:  # a foreign network can raise anything
        raise Failed(f"{what} stops with {type(error).__name__}: {one_line(error).rstrip('.')}.") from error


def need(right: bool, words: str) -> None:
    if not right:
        raise Failed(words)


def shapes(recipe: AnyRecipe) -> str:
    """The shapes of inputs and outputs of G and D, at each size that the network makes."""
    made, refused = [], []
    for size, channels in dict.fromkeys([(recipe.size, recipe.channels), *SHAPES]):
        own = (size, channels) == (recipe.size, recipe.channels)
        one = recipe if own else recipe.resized(size, channels)
        try:
            G, D = built(one)
        except RecipeError as error:
            need(not own, str(error))
            refused.append(str(size))
            continue
        with torch.no_grad():
            look_at_g(one, G.eval(), f"G at {size} pixels")
            look_at_d(one, D.eval(), f"D at {size} pixels")
        made.append(f"{size} x {size} x {channels}")
    return f"{', '.join(made)}" + (f"; it makes no {', '.join(refused)} pixels" if refused else "")


def look_at_g(recipe: AnyRecipe, G: nn.Module, what: str) -> None:
    z, y = inputs(recipe, 4)
    images = called(what, G, z, y)
    shape = (4, recipe.channels, recipe.size, recipe.size)
    need(isinstance(images, Tensor), f"{what} gives {type(images).__name__}; it must give a tensor {list(shape)}.")
    need(images.shape == shape, f"{what} gives {list(images.shape)}; it must give [N, C, H, W], here {list(shape)}.")
    need(images.dtype == torch.float32, f"{what} gives {images.dtype}; it must give float32.")
    need(bool(images.isfinite().all()), f"{what} gives values that are not finite.")
    need(bool(images.abs().max() <= 1), f"{what} gives values beyond -1 and 1: let it end in a tanh.")
    need(
        not torch.equal(images[0], called(what, G, z.flip(0), y)[0]),
        f"{what} draws the same from another {GIVEN[recipe.kind]}.",
    )
    if y is not None:
        others = (y + 1) % recipe.classes
        need(not torch.equal(images, called(what, G, z, others)), f"{what} draws the same for another label y.")
        mixed = called(f"{what}, with y as weights of the classes [N, K],", G, z, nn.functional.one_hot(y).float())
        alike = mixed.shape == images.shape and torch.allclose(mixed, images, atol=1e-4)
        need(alike, f"{what} draws another picture for weights that are all on one class than for its label.")
    styled = recipe.network in STYLED
    need(
        bool(getattr(G, "sides", ())) == styled,
        f"{what} has {'no' if styled else ''} `sides`, but gan_models/styles.py says otherwise: STYLED there names the "
        "networks with styles.",
    )


def look_at_d(recipe: AnyRecipe, D: nn.Module, what: str) -> None:
    n, patches = 4, isinstance(recipe, TranslatorRecipe)
    verdict = called(what, D, judged(recipe, n), inputs(recipe, n)[1])
    need(
        isinstance(verdict, Verdict), f"{what} gives {type(verdict).__name__}; it must give a Verdict (its Head does)."
    )
    need(
        verdict.logits.shape == (n,) or (patches and verdict.logits.dim() == 2 and len(verdict.logits) == n),
        f"{what} gives logits {list(verdict.logits.shape)}; they must be [N], here [{n}]: squeeze(1).",
    )
    need(bool(verdict.logits.isfinite().all()), f"{what} gives logits that are not finite.")
    if verdict.classes is not None:
        right = verdict.classes.shape == (n, recipe.classes)
        need(right, f"{what} gives class logits {list(verdict.classes.shape)}; they must be [N, K] or None.")


def batches(recipe: AnyRecipe) -> str:
    """Batches of unusual sizes; after training a picture must depend on its own latent alone."""
    G, D = built(recipe)
    for n in BATCHES:
        z, y = inputs(recipe, n)
        images = called(f"G in training, with a batch of {n},", G, z, y)
        need(len(images) == n, f"G gives {len(images)} images for {n} latents.")
        verdict = called(f"D in training, with a batch of {n},", D, judged(recipe, n), y)
        need(len(verdict.logits) == n, f"D gives {len(verdict.logits)} logits for {n} images.")
    G, D = G.eval(), D.eval()
    z, y = inputs(recipe, max(BATCHES))
    with torch.no_grad():
        images = G(z, y)
        need(
            torch.equal(images, G(z, y)),
            "G draws other pictures at each call: it may draw random numbers in training only.",
        )
        one = called("G, with a single latent,", G, z[:1], None if y is None else y[:1])
        need(
            torch.allclose(one, images[:1], atol=1e-3),
            "G draws another picture of a latent in another batch: a layer that sees a batch (BatchNorm) must use its "
            "running averages after training.",
        )
        shown = judged(recipe, max(BATCHES))
        logits = D(shown, y).logits
        need(
            torch.equal(logits, D(shown, y).logits),
            "D gives other logits at each call: no random numbers after training.",
        )
        alone = called("D, with a single image,", D, shown[:1], None if y is None else y[:1]).logits
        said = any(getattr(m, "sees_batch", False) for m in D.modules())
        need(
            said or torch.allclose(alone, logits[:1], atol=1e-3, rtol=1e-3),
            "D's verdict on an image depends on the others of its batch: the module that looks at them must say "
            "`sees_batch = True`.",
        )
    return f"1, {', '.join(map(str, BATCHES))}" + ("; D sees its batch" if said else "")


def gradients(recipe: AnyRecipe) -> str:
    """A gradient for every parameter, from the losses and penalties of the recipe."""
    recipe = replace(recipe, batch=8, lazy=1)
    torch.manual_seed(0)
    try:
        # After a first step: until then a layer that starts at zero blocks the gradients of the layers before it.
        state = loop.State.new(recipe, "cpu")
        data = made_up(recipe)
        loop.train(recipe, data, state, 1, lambda state: None)
        # Then steps with twice the pictures, late in the run: under blur all noise looks alike, and gradients of a
        # clipped critic cancel. Each side keeps the gradients of its own update. Some cancel by chance (a bias under a
        # hinge while all pictures are on one side of it), and appear in the next steps.
        state.batch *= 2
        for _ in range(TRIES):
            loop.STEPS[recipe.kind](recipe, data, state, loop.Now.of(recipe, 900, 1000))
            missing = {side: without_gradient(getattr(state, side)) for side in ("G", "D")}
            if not any(missing.values()):
                break
    except (RecipeError, RuntimeError, TypeError, ValueError, IndexError) as error:
        raise Failed(f"a training step stops with {type(error).__name__}: {one_line(error).rstrip('.')}.") from error
    for side, names in missing.items():
        hint = ""
        if "head.judge.bias" in names:
            hint = " A loss that a shift of D's output does not change must be registered with ignores_shift=True."
        few = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        need(not names, f"{few} of {side} get no finite gradient other than 0 from the recipe's losses.{hint}")
    count = {side: sum(p.numel() for p in net.parameters()) for side, net in (("G", state.G), ("D", state.D))}
    return f"all {count['G']:,} parameters of G and {count['D']:,} of D"


def made_up(recipe: AnyRecipe) -> Data:
    """Pictures of noise to train a recipe on, of every class in turn."""
    rng, n = torch.Generator().manual_seed(0), 4 * recipe.batch

    def pictures(*shape: int) -> Tensor:
        return torch.randint(256, (n, *shape), generator=rng, dtype=torch.uint8)

    images, labels = pictures(recipe.channels, recipe.size, recipe.size), torch.arange(n) % len(CLASSES)
    if isinstance(recipe, TranslatorRecipe):
        return Pairs("check", images, labels, given=pictures(*recipe.input_shape), paired=not recipe.cycle)
    return Data("check", images, labels, CLASSES)


def without_gradient(net: nn.Module) -> list[str]:
    """Names of parameters whose gradient is missing, not finite, or 0."""
    return [
        name
        for name, p in net.named_parameters()
        if p.grad is None or not p.grad.isfinite().all() or not p.grad.abs().max() > 0
    ]


def save(recipe: AnyRecipe, folder: Path) -> Model:
    """Save an untrained pair in a zoo, at KEY; returns the model to compare with."""
    G, D = (rounded(net) for net in built(recipe))
    gan_models.save(folder / KEY, recipe, G, D, {"dataset": KEY.partition("/")[0]})
    return MODELS[type(recipe)](recipe, G, D=D)


def same(ours: Model, pictures: list, scores: list) -> str:
    """Check that another program draws and judges the same as the saved model.

    pictures: of the seeds from 0 on, or translations of made-up pictures. scores: their scores.
    """
    own, score = TRIED[type(ours.recipe)](ours, len(scores))
    near = np.abs(own.astype(int) - np.array(pictures)).max() <= 1
    need(near, "G draws other pictures after loading: its state must be in parameters or registered buffers.")
    need(
        np.allclose(score, scores, rtol=1e-2, atol=1e-2),
        "D gives other logits after loading: its state must be in parameters or registered buffers.",
    )
    return "the same pictures and logits in another process"


def sampled(gan, n: int) -> tuple[np.ndarray, np.ndarray]:
    """(pictures, scores) of seeds 0 to n - 1."""
    seeds = list(range(n))
    own = gan.sample(seeds)
    return own, gan.score(own, gan.labels_of(seeds))


def translated(translator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """(pictures, scores) of n made-up pictures, the same as in demo/pages/shown.py."""
    size, channels = translator.recipe.given_size, translator.recipe.given_channels
    given = np.random.default_rng(0).integers(256, size=(n, size, size, channels), dtype=np.uint8)
    own = translator.translate(given)
    return own, translator.score(own, given)


TRIED = {Recipe: sampled, TranslatorRecipe: translated}


def rounded(net: nn.Module) -> nn.Module:
    """A network with its weights in the precision of the saved file."""
    with torch.no_grad():
        for t in net.state_dict().values():
            if t.is_floating_point():
                t.copy_(t.half())
    return net
