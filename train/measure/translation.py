"""Measure translators: `python -m train translation checkpoints/fashion_mnist/pix2pix` writes into its metrics.json.

Test pictures, which no network was trained on, are translated. If a rule made the pairs, each answer is compared with
its truth: PSNR, SSIM, and the distance between the features of both through the data set's extractor. For comparison
the given picture itself is scored, and, with --baseline, a network trained without influence of its discriminator
(--adversarial 0). Without pairs: the distance of all answers to the wanted domain, the share that a linear probe takes
for pictures of it, whether the class stayed, and the error of the way there and back. Labels that flip and inverted
brightness are reported. See docs/translation.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_models.folder import CheckpointError, dataset_of, of_folder, read_recipe
from gan_models.metrics import record
from gan_models.metrics.names import FEW, percent
from gan_models.metrics.translation import NAMES, deficient, text
from gan_models.pictures import fitted, luma
from gan_models.recipe import TranslatorRecipe

if TYPE_CHECKING:
    import numpy as np
    import torch

    from gan_models.metrics.extractors import Extractor

N = 2_000
"""Number of test pictures: the first ones of the data set"""
FLIPPED = 0.1
"""Share of answers of another class above which labels flip"""
TURNED = 0.05
"""Share of answers with brightness opposite to the truth's, or without a truth to the given picture's, above which it
turns over"""
MOST_FITTED = 3_000
"""Training pictures of each domain to fit the probe"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train translation", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("folders", nargs="+", type=Path, metavar="FOLDER", help="checkpoint folders of translators")
    add("--baseline", type=Path, metavar="FOLDER", help="a translator that was trained without its discriminator")
    add("--n", type=int, default=N, help=f"test pictures (default {N:,})")
    add("--data", metavar="FOLDER", help="the folder of training images")
    add("--a", default="", metavar="A", help="as in the training, where it was given")
    add("--b", default="", metavar="B", help="as in the training, where it was given")
    add("--data-root", metavar="DIR", help="folder of the data sets (default: $GAN_DATA_ROOT, else data/)")
    add("--checkpoints", default="checkpoints", metavar="DIR", help="folder of the extractor")
    args = parser.parse_args(argv)
    if not 2 <= args.n <= 100_000:
        parser.error("--n must be 2 to 100,000.")
    failed = 0
    for folder in args.folders:
        try:
            print("\n".join(measure(folder, args)))
        except (CheckpointError, ValueError, OSError) as error:
            failed += 1
            print(f"{parser.prog}: error: {of_folder(folder, error)}", file=sys.stderr)
    return 2 if failed else 0


def measure(folder: Path, args) -> list[str]:
    """Measure one translator and write its figures; returns them as lines of text."""
    import gan_models
    from gan_models.metrics.choose import extractor_for
    from gan_models.metrics.extractors import ExtractorError

    recipe, about = read_recipe(folder, TranslatorRecipe)
    translator = gan_models.load(folder)
    dataset = dataset_of(folder, about)
    given, wanted, paired = test_pictures(recipe, args.data or dataset, args)
    try:
        extractor = extractor_for(dataset, seen_channels(recipe), recipe.size, Path(args.checkpoints))
    except ExtractorError as error:
        print(f"{folder}: no extractor sees its pictures ({error}): features and classes are left out.")
        extractor = None

    made = translator.translate(given)
    answers = {"answer": made, "given picture itself": fitted(given, recipe.size, recipe.channels)}
    if args.baseline:
        answers["without D"] = gan_models.load(args.baseline, kind=TranslatorRecipe).translate(given)
    rows = {name: figures(one, given, wanted, paired, extractor) for name, one in answers.items()}
    if extractor and not paired:
        taken = taken_for_wanted(recipe, dataset, args, extractor)
        for name, one in {**answers, "wanted pictures": wanted}.items():
            rows.setdefault(name, {})["taken"] = taken(one)
    if recipe.cycle:
        back = translator.back(made)
        rows["answer"]["cycle_error"] = rounded(abs(back.astype(float) - given).mean())
    seen = extractor and {"name": extractor.name, "hash": extractor.hash, "features": width(extractor, made)}
    block = {"n": len(given), "wanted": len(wanted), "paired": paired, "split": "test", "extractor": seen, "rows": rows}
    if args.baseline:
        block["baseline_images"] = read_recipe(args.baseline, TranslatorRecipe)[1].get("images")
    block["failures"] = failures(rows["answer"])
    record.update(folder, dataset, translation=block)
    return lines(folder, recipe, block)


def test_pictures(recipe: TranslatorRecipe, dataset: str, args) -> tuple[np.ndarray, np.ndarray, bool]:
    """(given, wanted, whether the wanted are the truth of the given), uint8 [N, H, W, C]. Raises DataError if there are
    none."""
    from ..engine import pairs
    from ..engine.data import load
    from ..engine.request import need
    from ..engine.sheets import channels_last

    if recipe.rule:
        images = load(dataset, args.data_root, "test", recipe.size).images[: args.n]
        given, wanted = pairs.ruled(recipe, images, seed=1)
        return channels_last(given), channels_last(wanted), True
    need(args.a and args.b, "it was trained with --a and --b: give the same ones here.")
    return *(channels_last(one) for one in domains(recipe, dataset, args, "test", args.n)), False


def domains(recipe: TranslatorRecipe, dataset: str, args, split: str, most: int) -> list[torch.Tensor]:
    """The first pictures of both domains, uint8 [N, C, H, W]."""
    from ..engine import pairs
    from ..engine.data import load

    place = argparse.Namespace(dataset=dataset, data_root=args.data_root)
    ask = partial(load, size=recipe.size, channels=None)
    return [pairs.domain(name, place, ask, split).images[:most] for name in (args.a, args.b)]


def taken_for_wanted(
    recipe: TranslatorRecipe, dataset: str, args, extractor: Extractor
) -> Callable[[np.ndarray], float]:
    """pictures uint8 [N, H, W, C] -> share of them that a linear probe on the extractor's features takes for pictures
    of the wanted domain; fitted to equally many training pictures of both domains."""
    import torch

    from gan_models.metrics.probe import Probe

    both = domains(recipe, dataset, args, "train", MOST_FITTED)
    even = min(len(one) for one in both)
    features = torch.cat([extractor(one[:even]).features for one in both])
    probe = Probe.fit(features, (torch.arange(2 * even) >= even)[:, None])
    return lambda pictures: rounded((probe(extractor(first(pictures)).features) > 0).float().mean())


def seen_channels(recipe: TranslatorRecipe) -> int:
    """Channels of the data set's extractor: those that the rule takes, which may be copies of one."""
    from gan_models.domains import RULES

    return getattr(RULES.get(recipe.rule), "takes", None) or recipe.channels


def figures(made, given, wanted, paired: bool, extractor: Extractor | None) -> dict[str, float]:
    """The figures of a set of answers, see docs/translation.md."""
    from gan_models.metrics.distances import Moments, frechet, kernel
    from gan_models.metrics.similarity import psnr, ssim

    found: dict[str, float] = {}
    answers, truth = first(made), first(wanted)
    seen_in = partial(see, extractor)

    if paired:
        found["psnr"] = rounded(psnr(answers, truth).clamp(max=99).mean())
        found["ssim"] = rounded(ssim(answers, truth).mean())
    if extractor:
        seen, right = seen_in(made), seen_in(wanted)
        if not paired:
            found["kernel"] = rounded(kernel(seen.features, right.features))
        if min(len(made), len(wanted)) >= FEW:  # with fewer a distance is left out
            found["fd"] = rounded(frechet(Moments.of(seen.features), Moments.of(right.features)))
        if paired:
            found["feature_distance"] = rounded((seen.features - right.features).square().mean())
        if seen.logits is not None:
            of = right if paired else seen_in(given)
            found["class_kept"] = rounded((seen.logits.argmax(1) == of.logits.argmax(1)).float().mean())
    like = wanted if paired else fitted(given, made.shape[1], made.shape[-1])
    a, b = (luma(x).reshape(len(x), -1).astype(float) for x in (like, made))
    a, b = (x - x.mean(1, keepdims=True) for x in (a, b))
    found["turned_over"] = rounded(((a * b).sum(1) < 0).mean())
    return found


def see(extractor: Extractor, pictures: np.ndarray):
    """The features and logits of pictures uint8 [N, H, W, C], made grey if the extractor wants that."""
    return extractor(first(luma(pictures) if extractor.channels == 1 else pictures))


def width(extractor: Extractor, pictures: np.ndarray) -> int:
    """The number of the extractor's features; pictures: some that it can see."""
    return see(extractor, pictures[:1]).features.shape[1]


def first(pictures: np.ndarray) -> torch.Tensor:
    """[N, H, W, C] -> [N, C, H, W]: channels first, as an extractor takes them."""
    import torch

    return torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous()


def failures(answer: dict[str, float]) -> list[str]:
    """Sentences on the two usual failures of translators, if they happen."""
    told = []
    if (kept := answer.get("class_kept", 1.0)) < 1 - FLIPPED:
        told.append(f"labels flip: in {percent(1 - kept, 1)} of the answers the extractor sees another class")
    if answer["turned_over"] > TURNED:
        told.append(f"brightness turns over in {percent(answer['turned_over'], 1)} of the answers")
    return told


def lines(folder: Path, recipe: TranslatorRecipe, block: dict[str, Any]) -> list[str]:
    """The figures as lines of text."""
    told = [f"{folder}: {' -> '.join(recipe.domains)}, {block['n']:,} test pictures"]
    for row, found in block["rows"].items():
        told.append(f"  {row}: " + ", ".join(f"{NAMES[key]} {text(block, key, value)}" for key, value in found.items()))
    told += [f"  {sentence}"] if (sentence := deficient(block)) else []
    return told + [f"  {words}" for words in block["failures"]]


def rounded(value) -> float:
    return float(f"{float(value):.6g}")


if __name__ == "__main__":
    sys.exit(main())
