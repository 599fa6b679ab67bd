"""A quick evaluation of the generator during training (`--eval-every`): a distance, the share of each class, warnings.

Every evaluation ("look") draws the same latents, so that looks of the same run can be compared. A conditional generator
is asked for each class as often as it stands in the reference. With so few images the distance comes out too large: it
is not for the zoo's table.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

import torch

from gan_models import GAN
from gan_models.metrics.choose import extractor_for
from gan_models.metrics.classes import histogram
from gan_models.metrics.distances import Moments, frechet
from gan_models.metrics.extractors import Extractor, ExtractorError
from gan_models.metrics.names import percent
from gan_models.metrics.reference import Reference, ReferenceError, read
from gan_models.recipe import AnyRecipe

from .args import RunError, TrainArgs

SAMPLES = 2000
"""Images per look, of seeds 0 to 1999: a share of 1 % is 20 images, and a look costs a second of a CPU core"""
WORSE = 1.5
"""A distance of this many times the best so far, twice in a row, gives a warning: the averaged generator at fixed
latents varies by a few per cent from look to look, and a single bad look means nothing"""
LOST = 0.1
"""A class is lost below this part of its share in the real images: below 1 % for ten equal classes"""
RARE = 0.01
"""Classes that are rarer than this in the real images are not watched: by chance alone 2,000 images may contain none"""
FLOOD = 0.5
"""One class fills the images if it has more than this share, and more than twice its share in the real images"""
EARLY = 0.1
"""Share of the budget before which lost classes are normal: a GAN learns the digits one after the other"""


class Watch:
    """The needs of a look: extractor, reference, and interval. Uses no global random numbers."""

    def __init__(self, extractor: Extractor, reference: Reference, every: int):
        self.extractor, self.reference, self.every = extractor, reference, every

    @classmethod
    def open(cls, args: TrainArgs, data, recipe: AnyRecipe) -> Watch:
        """The zoo's extractor and reference for this data. Raises RunError, before the run starts, if one is missing or
        they do not belong together, or if a conditional recipe has other classes than the reference."""
        zoo, (_, channels, size, _) = Path(args.checkpoints), data.images.shape
        try:
            extractor = extractor_for(data.name, channels, size, zoo)
            reference = read(zoo / data.name / "reference.safetensors", extractor)
            reference.asked(recipe, SAMPLES)  # raises if it has other classes than the run
        except (ExtractorError, ReferenceError) as error:
            why = str(error).replace("--dataset NAME", f"--dataset {args.dataset}")  # so that it can be copied and run
            raise RunError(f"--eval-every cannot measure {data.name}: {why}") from error
        made_for = (reference.about["channels"], reference.about["size"])
        if made_for != (channels, size):
            raise RunError(
                f"--eval-every cannot measure {data.name}: its reference has {made_for[0]} channels and {made_for[1]} "
                f"pixels, and this run has {channels} and {size}; use these, or give --eval-every 0."
            )
        return cls(extractor.to(args.device), reference, args.eval_every)

    def due(self, images: int, step: int) -> bool:
        """Whether the last step, of `step` images, reached or passed a multiple of `every`."""
        return images // self.every > (images - step) // self.every

    def about(self) -> dict:
        """The entry for the provenance."""
        extractor = {"name": self.extractor.name, "hash": self.extractor.hash}
        return {"extractor": extractor, "n": SAMPLES, "reference": len(self.reference.features), "every": self.every}

    def __call__(self, gan: GAN) -> dict:
        """One look: {"fd": float} and, if the extractor knows classes, {"shares": [K floats that sum to 1]}."""
        labels = self.reference.asked(gan.recipe, SAMPLES)
        images = torch.from_numpy(gan.sample(range(SAMPLES), labels)).permute(0, 3, 1, 2)
        features, logits = self.extractor(images)
        look = {"fd": float(f"{frechet(Moments.of(features), self.reference.moments):.6g}")}
        if names := self.extractor.class_names:
            shares = histogram(logits.argmax(1), len(names))
            look["shares"] = [round(float(share), 4) for share in shares]
        return look

    def remarks(self, looks: list[dict], budget: int) -> list[str]:
        """Lines for the log about the last of these looks (see the function `remarks`)."""
        names = self.extractor.class_names
        real = self.reference.shares(len(names)) if names else ()
        return remarks(looks, budget, real, names)


def remarks(looks: list[dict], budget: int, real: Sequence[float], names: Sequence[str]) -> list[str]:
    """News of the last look compared with the looks before: lines for the log, usually none.

    looks: points of the curve with "images", "fd" and perhaps "shares", oldest first, one or more. budget: images
    of the whole run. real: share of each class in the real images, names: of the classes; for "shares" alone.
    """
    *before, now = looks
    at, lines = f"{now['images']:,} images", []
    if diverging(looks) and not diverging(before):
        best = min(looks[:-2], key=lambda look: look["fd"])
        lines.append(
            f"Warning at {at}: FD {now['fd']:.4g} is more than {WORSE} times the best, {best['fd']:.4g} at "
            f"{best['images']:,}, twice in a row: the run may be diverging."
        )
    elif diverging(before) and not diverging(looks):
        lines.append(f"At {at}: FD {now['fd']:.4g} is back within {WORSE} times the best.")

    odd, *earlier = (collapsed(look, budget, real) for look in reversed(looks))
    known = set().union(*takewhile(bool, earlier))  # since this collapse began
    if odd - known:
        shares = now["shares"]
        full = [f"'{names[k]}' fills {percent(shares[k], 1)} of the samples" for k in sorted(odd) if shares[k] > FLOOD]
        gone = [f"'{names[k]}' ({percent(shares[k], 1)})" for k in sorted(odd) if shares[k] <= FLOOD]
        words = [*full, *([f"hardly any {', '.join(gone)}"] if gone else [])]
        lines.append(f"Warning at {at}: the classes collapse: {'; '.join(words)}.")
    elif known and not odd:
        lines.append(f"At {at}: all classes are drawn again.")
    return lines


def diverging(looks: list[dict]) -> bool:
    """Whether the last two distances are far above the best before them."""
    fds = [look["fd"] for look in looks]
    return len(fds) > 2 and min(fds[-2:]) > WORSE * min(fds[:-2])


def collapsed(look: dict, budget: int, real: Sequence[float]) -> set[int]:
    """Classes that are lost or that fill the images; an empty set early in the run."""
    if "shares" not in look or look["images"] < EARLY * budget:
        return set()
    pairs = enumerate(zip(look["shares"], map(float, real), strict=True))
    return {k for k, (share, was) in pairs if (was >= RARE and share < LOST * was) or share > max(FLOOD, 2 * was)}
