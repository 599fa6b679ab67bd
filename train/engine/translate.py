"""One training step of a translator: pictures in, pictures out, in one direction or in both directions of a cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from gan_models.penalties import Judged, Way
from gan_models.recipe import TranslatorRecipe
from gan_models.steps import D_LOSS, G_LOSS, again, clip_weights, frozen, judge, objective, viewer

from .parts import average, update

if TYPE_CHECKING:
    from .loop import Now, State
    from .pairs import Pairs


def step(recipe: TranslatorRecipe, data: Pairs, state: State, now: Now) -> None:
    """One G step and the D steps before it. Nothing in here waits for the device or looks at a number on it.

    In a cycle the losses of both directions are summed, and each side takes one step for both (Zhu et al. 2017,
    equation 3).
    """
    G, D, low = state.G, state.D, state.low
    look = viewer(recipe, now.progress)
    for k, terms in enumerate(now.d_terms):
        wanted, given = data.batch(state.batch)
        # The G step uses the last batch of generated pictures too, as in the step from noise.
        with torch.set_grad_enabled(k == recipe.critic_steps - 1), low():
            ways = translated(recipe, G, given, wanted)
        judged = []
        for n, (way, D_n) in enumerate(zip(ways, judges(recipe, D), strict=True)):
            fake = shown(recipe, way, way.made.detach())
            fake = state.pool.exchange(n, fake) if state.pool else fake
            real = shown(recipe, way, way.wanted)
            judged.append(judge(recipe, D_n, look(real, real=True), look(fake), None, terms, low)._replace(way=way))
        d_loss = total(recipe, D_LOSS, D, judged, terms)
        update(state.d_opt, d_loss)
        clip_weights(D, recipe.weight_clip)

    with frozen(D):
        for n, D_n in enumerate(judges(recipe, D)):
            seen = look(shown(recipe, ways[n], ways[n].made))
            with state.low(now.g_terms):
                on_real, on_fake = again(recipe, D_n, judged[n]), D_n(seen)
            judged[n] = judged[n]._replace(fake=seen, on_real=on_real.float(), on_fake=on_fake.float())
        g_loss = total(recipe, G_LOSS, D, judged, now.g_terms)
        update(state.g_opt, g_loss)

    average(state.G_ema, G, now.decay)
    real, fake = (torch.stack([v.logits.mean() for v in side]).mean() for side in verdicts(judged))
    state.note(d_loss, g_loss, real, fake)


def translated(recipe: TranslatorRecipe, G: nn.Module, given: Tensor, wanted: Tensor) -> list[Way]:
    """The batch in its one direction, or in both."""
    if not recipe.cycle:
        return [Way(given, wanted, G(given).float(), G)]
    return [
        Way(given, wanted, G.there(given).float(), G.there, G.back),
        Way(wanted, given, G.back(wanted).float(), G.back, G.there),
    ]


def judges(recipe: TranslatorRecipe, D: nn.Module) -> list[nn.Module]:
    """The D of each direction, which judges the domain that the direction leads to."""
    return [D.there, D.back] if recipe.cycle else [D]


def shown(recipe: TranslatorRecipe, way: Way, picture: Tensor) -> Tensor:
    """D's input for a wanted or generated picture: with the given picture as further channels if the recipe says so.
    Views and penalties then treat the pair as one picture of more channels."""
    return torch.cat([picture, way.given], 1) if recipe.d_sees_given else picture


def total(recipe: TranslatorRecipe, side: int, D: nn.Module, judged: list[Judged], terms: dict[str, float]) -> Tensor:
    """The objective of one side, summed over the directions."""
    return sum(objective(recipe, side, D_n, one, terms) for D_n, one in zip(judges(recipe, D), judged, strict=True))


def verdicts(judged: list[Judged]):
    """The verdicts on real pictures, and those on generated ones."""
    return zip(*((one.on_real, one.on_fake) for one in judged), strict=True)
