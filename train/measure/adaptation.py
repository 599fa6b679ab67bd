"""Domain adaptation with known answers: `python -m train adaptation checkpoints/mnist/cyclegan_coloured`.

Labels are known in one domain, but the test pictures come from the other. A small classifier is trained in the labelled
domain and tested on the other: directly, and with a CycleGAN between the two, which saw no label and no pair. It is
compared with a classifier trained on labels of the other domain. Where adaptation is needed these are unknown; here a
rule made both domains, so they are known. Both directions, several seeds. The result goes into the folder's
metrics.json, under "adaptation". See docs/translation.md.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gan_models.folder import CheckpointError, dataset_of, of_folder, read_recipe
from gan_models.metrics import record
from gan_models.metrics.names import percent
from gan_models.recipe import TranslatorRecipe

from . import classifier

if TYPE_CHECKING:
    from gan_models import Translator

    from ..engine.data import Data

N, STEPS, SEEDS = 5_000, 800, 3
"""Training pictures of each classifier, steps of its training, and number of trainings"""
GIVEN, WANTED = "given", "wanted"
OTHER = {GIVEN: WANTED, WANTED: GIVEN}


class Arm(NamedTuple):
    """The training and test pictures of a classifier: pictures of a domain, unchanged or translated into the other."""

    labels: str
    """The domain of the training pictures, GIVEN or WANTED"""
    train: bool
    """Whether they are translated"""
    tested: str
    """The domain of the test pictures"""
    test: bool
    """Whether they are translated"""

    def words(self, names: dict[str, str]) -> str:
        """ "trained on plain, tested on coloured → plain"."""
        sides = ((self.labels, self.train), (self.tested, self.test))
        trained, tested = (f"{names[of]} → {names[OTHER[of]]}" if moved else names[of] for of, moved in sides)
        return f"trained on {trained}, tested on {tested}"


ARMS = tuple(
    arm
    for labels in (WANTED, GIVEN)
    for arm in (
        Arm(labels, False, OTHER[labels], False),  # without adaptation
        Arm(labels, False, OTHER[labels], True),  # test pictures are translated into the labelled domain
        Arm(labels, True, OTHER[labels], False),  # training pictures are translated into the test domain
        Arm(OTHER[labels], False, OTHER[labels], False),  # with labels of the test domain
    )
)


@dataclass(frozen=True, eq=False)
class Domains:
    """Labelled pictures of both domains, from the same originals: the `train` parts are of different halves of the
    data."""

    train: dict[str, Data]
    test: dict[str, Data]
    names: dict[str, str]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train adaptation", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="checkpoint of a cycle that was trained with a rule")
    add("--n", type=int, default=N, help=f"training pictures of each classifier (default {N:,})")
    add("--steps", type=int, default=STEPS, help=f"steps of a classifier's training (default {STEPS})")
    add("--seeds", type=int, default=SEEDS, help=f"trainings of each classifier (default {SEEDS})")
    add("--data", metavar="FOLDER", help="the folder of training images, if it was trained on a folder")
    add("--data-root", metavar="DIR", help="folder of the data sets (default: $GAN_DATA_ROOT, else data/)")
    args = parser.parse_args(argv)
    if not (1 <= args.seeds <= 100 and args.steps >= 10 and args.n >= 10):
        parser.error("--seeds must be 1 to 100, --steps 10 or more, --n 10 or more.")
    try:
        recipe, about = cycle(args.folder)
    except CheckpointError as error:  # the cheap checks first; no torch yet
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2

    import gan_models

    from ..engine.args import RunError
    from ..engine.data import DataError
    from ..engine.tune import tune

    tune("cpu")
    try:
        domains = both(recipe, args.data or dataset_of(args.folder, about), args.data_root, args.n)
        block = measure(gan_models.load(args.folder), domains, args.steps, args.seeds)
        record.update(args.folder, str(about.get("dataset")), adaptation=block)
    except (CheckpointError, DataError, RunError, ValueError, OSError) as error:
        print(f"{parser.prog}: error: {of_folder(args.folder, error)}", file=sys.stderr)
        return 2
    print("\n".join(lines(args.folder, block)))
    return 0


def cycle(folder: Path) -> tuple[TranslatorRecipe, dict]:
    """(recipe, provenance) of a folder. Raises CheckpointError if it cannot be measured."""
    recipe, about = read_recipe(folder, TranslatorRecipe)
    if not recipe.cycle:
        raise CheckpointError(
            f"{folder} learnt from pairs, so it has one direction only: give a cycle, such as cyclegan."
        )
    if not recipe.rule:
        raise CheckpointError(
            f"{folder} was trained with --a and --b, so the labels of one domain are not known in the "
            "other: give one that was trained with a rule, such as --rule coloured."
        )
    record.current(folder)  # raises now if it is damaged or lacks weights
    return recipe, about


def both(recipe: TranslatorRecipe, dataset: str, root: str | None, n: int) -> Domains:
    """Both domains of a data set with its labels: n training pictures of each, from the half that the translator saw of
    it, and all test pictures. Raises DataError or RunError if the data has no classes, or too few pictures."""
    from ..engine import pairs
    from ..engine.data import load
    from ..engine.request import need

    ask = partial(load, dataset, root, size=recipe.size)
    sides: dict[str, dict[str, Data]] = {"train": {}, "test": {}}
    for split, seed in (("train", 0), ("test", 1)):
        data = ask(split)
        need(len(data.class_names) > 1, f"{data.name} has no classes, and a classifier needs some.")
        for side, images in zip((GIVEN, WANTED), pairs.ruled(recipe, data.images, seed), strict=True):
            sides[split][side] = replace(data, images=images)
    half = len(sides["train"][GIVEN]) // 2
    for side, part in ((GIVEN, slice(None, half)), (WANTED, slice(half, None))):
        data = sides["train"][side]
        data = replace(data, images=data.images[part], labels=data.labels[part])
        need(len(data) >= n, f"{data.name} has {len(data):,} training pictures of a domain: give --n {len(data)}.")
        sides["train"][side] = classifier.drawn(data, n, 0)
    return Domains(sides["train"], sides["test"], dict(zip((GIVEN, WANTED), recipe.domains, strict=True)))


def measure(translator: Translator, domains: Domains, steps: int, seeds: int) -> dict[str, Any]:
    """The block "adaptation" of metrics.json: test accuracy of each arm over the seeds."""
    from tqdm import tqdm

    moved = {
        split: {side: translated(translator, side, data) for side, data in sides.items()}
        for split, sides in (("train", domains.train), ("test", domains.test))
    }
    kinds = list(dict.fromkeys((arm.labels, arm.train) for arm in ARMS))
    found: dict[Arm, list[float]] = {arm: [] for arm in ARMS}
    with tqdm(total=seeds * len(kinds) * steps * classifier.BATCH, unit="img", unit_scale=True, disable=None) as bar:
        for seed in range(seeds):
            for side, after in kinds:
                data = moved["train"][side] if after else domains.train[side]
                net = classifier.taught([data], seed, steps, "cpu", bar)
                for arm in found:
                    if (arm.labels, arm.train) == (side, after):
                        test = (moved["test"] if arm.test else domains.test)[arm.tested]
                        found[arm].append(classifier.accuracy(net, test, "cpu"))
    train, test = domains.train[GIVEN], domains.test[GIVEN]
    return {
        "n": len(train),
        "test": len(test),
        "classifier": classifier.described(train.name, steps, mixed=False),
        "seeds": seeds,
        "arms": {
            arm.words(domains.names): {"translated": arm.train or arm.test, **record.figure(values)}
            for arm, values in found.items()
        },
    }


def translated(translator: Translator, side: str, data: Data) -> Data:
    """Pictures of a domain as pictures of the other one, with their labels."""
    import torch

    way = translator.translate if side == GIVEN else translator.back
    made = way(data.images.permute(0, 2, 3, 1).contiguous().numpy())
    return replace(data, images=torch.from_numpy(made).permute(0, 3, 1, 2).contiguous())


def lines(folder: Path, block: dict[str, Any]) -> list[str]:
    """The figures as lines of text."""
    told = [f"{folder}: {block['n']:,} training pictures, {block['test']:,} test pictures, {block['seeds']} seeds"]
    told.append(f"  {block['classifier']}")
    return told + [
        f"  {words}: {percent(one['mean'], 1)} ± {percent(one['spread'], 1)}" for words, one in block["arms"].items()
    ]


if __name__ == "__main__":
    sys.exit(main())
