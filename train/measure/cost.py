"""The cost of training and drawing, in multiply-adds: `python -m train cost checkpoints/mnist/*`.

A training step of the recipe runs on PyTorch's meta device, where tensors have shapes and no numbers, and the
multiply-adds of its matrix products and convolutions are counted: all passes of G and D, forwards and backwards, every
step of the critic, and the penalties. The result is a property of the recipe. Unlike seconds, it does not depend on the
machine or its load. It is written into each folder's metrics.json.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from gan_models import work
from gan_models.checkpoint import build
from gan_models.folder import read_recipe
from gan_models.metrics import record
from gan_models.recipe import AnyRecipe

from .folders import each

PLANNED = 1_000_000
"""Length in images of the run whose first steps are counted; no count depends on it"""


class MultiplyAdds(TorchDispatchMode):
    """Counts the multiply-adds of the operations that run inside it: matrix products and convolutions, both ways.

    Activations, norms and optimisers are not counted: they are a few per cent, and have no agreed count.
    """

    def __init__(self):
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        if flops := flop_registry.get(func._overloadpacket):
            self.total += flops(*args, **(kwargs or {}), out_val=made) // 2
        return made


def training(recipe: AnyRecipe) -> float:
    """Multiply-adds for each real image that D is shown in a training: one G step and its `critic_steps` D steps,
    divided by the images of these D steps. Averaged over a whole cycle of lazy penalties.

    Raises RecipeError if the recipe cannot be built.
    """
    from ..engine import loop
    from .contract import made_up

    data = made_up(recipe).to("meta")
    state, each = loop.State.new(recipe, "meta"), recipe.batch * recipe.critic_steps
    turn = [loop.Now.of(recipe, k * each, PLANNED) for k in range(recipe.lazy)]
    kinds = [tuple(frozenset(terms) for terms in now.d_terms) for now in turn]
    counted: dict[tuple, int] = {}  # steps with the same terms cost the same
    for kind, now in zip(kinds, turn, strict=True):
        if kind not in counted:
            with MultiplyAdds() as count:
                loop.STEPS[recipe.kind](recipe, data, state, now)
            counted[kind] = count.total
    return sum(counted[kind] for kind in kinds) / (each * recipe.lazy)


def passes(recipe: AnyRecipe) -> tuple[float, float]:
    """Multiply-adds of one picture that G draws, and of one that D judges."""
    nets = enumerate(build(recipe, "meta"))
    g, d = (work.estimate(net, recipe, judges=bool(k)).multiply_adds / work.batch_of(net) for k, net in nets)
    return g, d


def cost(recipe: AnyRecipe) -> dict[str, int]:
    """The part of metrics.json's "cost" that follows from the recipe:

    multiply_adds_per_image      of a training, for each real image that D is shown
    multiply_adds_per_picture    of drawing one picture
    multiply_adds_per_verdict    of one picture that D judges
    """
    g, d = passes(recipe)
    return {
        "multiply_adds_per_image": round(training(recipe)),
        "multiply_adds_per_picture": round(g),
        "multiply_adds_per_verdict": round(d),
    }


def write(folder: Path) -> dict[str, int]:
    """Count, and merge the result into the costs in metrics.json; other figures stay. Raises CheckpointError."""
    recipe, about = read_recipe(folder)
    counted = cost(recipe)
    record.update(folder, str(about.get("dataset")), cost=counted)
    return counted


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train cost", description=__doc__.split("\n\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="checkpoint folders")
    return each(parser.prog, parser.parse_args(argv).folders, told, "what was counted is written")


def told(folder: Path) -> None:
    """Count and write the costs of one folder, and print them."""
    counted = write(folder)
    image, picture = (counted[f"multiply_adds_per_{what}"] / 1e6 for what in ("image", "picture"))
    print(f"{folder}: {image:.3g} million multiply-adds for each training image, {picture:.3g} for a picture")


if __name__ == "__main__":
    sys.exit(main())
