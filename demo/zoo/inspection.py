"""One generated picture looked at closely: what the variant's own D says of it, and which training picture is nearest.

No UI. torch is imported where a network is asked.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from demo.zoo.changes import WORDS_FOR
from gan_models.limits import COMPANY  # generated pictures whose scores a score is set against: the seeds 0 to 119
from gan_models.real import TRAINING, Real, read
from gan_models.sources import source

if TYPE_CHECKING:
    from torch import Tensor

    from gan_models import GAN, Recipe
    from gan_models.metrics.extractors import Extractor


@dataclass(frozen=True)
class Standing:
    """Where a value stands among others."""

    percentile: float
    """Share of the others that are lower, in percent; equal ones count half"""
    n: int
    """How many others there are"""
    low: float
    """A twentieth of them is lower"""
    high: float
    """A twentieth of them is higher"""


def standing(value: float, others: np.ndarray) -> Standing | None:
    """others: float [N]; NaN is left out. None where nothing is left."""
    others = others[~np.isnan(others)]
    if not len(others):
        return None
    lower, equal = (others < value).sum(), (others == value).sum()
    low, high = np.quantile(others, [0.05, 0.95])
    return Standing(float(100 * (lower + equal / 2) / len(others)), len(others), float(low), float(high))


@dataclass(frozen=True, eq=False)
class Score:
    """What a variant's own D says of one picture."""

    logit: float
    """Higher is more real"""
    probability: float | None
    """That D gives the picture for being real; None where its loss teaches it no probability"""
    reading: str
    """What a logit tells under this loss, and how D was shown the picture, in sentences"""
    among_real: Standing | None
    """Among the scores of real pictures that D was not trained on; None where there are none at hand"""
    among_generated: Standing
    """Among those of the variant's own pictures, of the seeds 0 to COMPANY - 1"""
    tells: float | None
    """Share of pairs of a real and a generated picture in which D scores the real one higher, equal ones half"""
    real: np.ndarray
    """float [M], the scores of those real pictures"""
    generated: np.ndarray
    """float [N], of those generated ones"""
    guess: tuple[str, float] | None
    """The class that D takes the picture for, and the probability that it gives it, where D has a classifier"""


@dataclass(frozen=True, eq=False)
class Neighbour:
    """The training picture that is nearest to one picture, as an extractor sees them."""

    picture: np.ndarray
    """uint8 [H, W, C]"""
    label: str
    """Its class; empty where there are none"""
    distance: float
    """Euclidean, between the features of the extractor"""
    extractor: str
    """Its name: "mnist-cnn" """
    among_real: Standing | None
    """Among the same distances of real test pictures"""
    of: int
    """Training pictures that were looked through"""


@dataclass(frozen=True, eq=False)
class Look:
    """One picture of one variant."""

    key: str
    title: str
    year: int | None
    seed: int
    label: str
    """Its class; empty for an unconditional variant"""
    caption: str
    picture: np.ndarray
    """uint8 [H, W, C]"""
    score: Score | None
    neighbour: Neighbour | None
    notes: tuple[str, ...] = ()
    """Why there is no score, or no neighbour: a sentence each"""


class Judge:
    """A variant's D, and the scores that it gives to real pictures and to the variant's own.

    D is shown bare pictures, without the noise and the shifts of its training. One that sees its whole batch judges a
    picture in the company of others of its kind: a generated one in place of the generated one of the seed mod COMPANY.
    """

    def __init__(self, gan: GAN, real: Real | None):
        self.gan = gan
        self.made = gan.sample(range(COMPANY))
        self.labels = gan.labels_of(list(range(COMPANY)))
        self.generated = _finite(gan.score(self.made, self.labels))
        self.real = self._of_real(real)
        self._sorted = np.sort(self.real[~np.isnan(self.real)])

    @property
    def shown(self) -> list[str]:
        """What is other than in training, or than for other D, a sentence each."""
        seen = [WORDS_FOR.get(f"views.{name}", name).partition("|")[0] for name in self.gan.recipe.views]
        words = [f"In training there were {' and '.join(seen)}; here it judges the bare picture."] if seen else []
        if any(hasattr(m, "running_mean") for m in self.gan.D.modules()):
            words.append(
                "Its BatchNorm uses averages over real and generated pictures together, which no batch of the training "
                "had: that shifts all scores and probabilities, so compare them."
            )
        if self.gan.sees_batch:
            words.append(f"It looks at a whole batch: here at the picture among {COMPANY - 1} others of the variant.")
        return words

    def _of_real(self, real: Real | None) -> np.ndarray:
        """[N], as the pictures are; NaN for one of a class that D does not know."""
        recipe = self.gan.recipe
        if real is None or real.pictures.shape[1:] != self.made.shape[1:]:
            return np.full(0, np.nan)
        scores, labels = np.full(len(real.pictures), np.nan), None
        known = np.ones(len(scores), bool)
        if recipe.classes:
            names = [real.class_names[y] for y in real.labels] if real.class_names else [""] * len(scores)
            known = np.array([name in recipe.class_names for name in names])
            labels = [recipe.class_names.index(name) for name in names if name in recipe.class_names]
        if known.any():
            scores[known] = _finite(self.gan.score(real.pictures[known], labels))
        return scores

    def tells(self) -> float | None:
        """Share of pairs of a real and a generated picture in which D scores the real one higher, equal ones half."""
        if not len(self._sorted):
            return None
        sides = (np.searchsorted(self._sorted, self.generated, side) for side in ("left", "right"))
        return 1 - float(sum(side.mean() for side in sides)) / 2 / len(self._sorted)

    def logit(self, picture: np.ndarray, seed: int, label: int | None = None) -> tuple[float, np.ndarray | None]:
        """(score, class logits [K] or None) of a picture uint8 [H, W, C], made from the seed.

        label: its class, for a conditional variant.
        """
        recipe, at = self.gan.recipe, 0
        if self.gan.sees_batch:
            at, pictures = seed % COMPANY, self.made.copy()
            labels = None if self.labels is None else list(self.labels)
            pictures[at] = picture
            if labels:
                labels[at] = label
        else:
            pictures, labels = picture[None], [label] if recipe.classes else None
        logits, classes = self.gan.verdict(pictures, labels)
        return float(_finite(logits)[at]), None if classes is None else _finite(classes)[at]

    def __call__(self, picture: np.ndarray, seed: int, label: int | None = None) -> Score:
        """The score of a picture among others, arguments as in `logit`."""
        recipe, guess = self.gan.recipe, None
        logit, classes = self.logit(picture, seed, label)
        if classes is not None:
            odds = np.exp(classes - classes.max())
            best = int(odds.argmax())
            guess = recipe.class_names[best], float(odds[best] / odds.sum())
        return Score(
            logit,
            sigmoid(logit) if probable(recipe) else None,
            " ".join([reading(recipe), *self.shown]),
            standing(logit, self.real),
            standing(logit, self.generated),
            self.tells(),
            self._sorted,
            self.generated,
            guess,
        )


def _finite(scores: np.ndarray) -> np.ndarray:
    """The same; ValueError where D answers with what is no number."""
    if not np.isfinite(scores).all():
        raise ValueError("its discriminator answers with values that are not finite: its weights are damaged.")
    return scores


class Neighbours:
    """Training pictures of a data set as an extractor sees them."""

    def __init__(self, training: Real, shown: Real | None, extractor: Extractor, features: Tensor | None = None):
        """shown: test pictures, whose own neighbours are the measure. features: of the training pictures; None computes
        them, in seconds."""
        self.training, self.extractor = training, extractor
        self.features = extractor(_tensor(training.pictures)).features if features is None else features
        held_out = shown is not None and shown.split == "test"
        self.typical = self._closest(shown.pictures)[0] if held_out else np.full(0, np.nan)

    def _closest(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        from gan_models.metrics.neighbours import closest

        distances, at = closest(self.extractor(_tensor(pictures)).features, self.features)
        return distances.numpy(), at.numpy()

    def __call__(self, pictures: np.ndarray) -> list[Neighbour]:
        """Of each of the pictures uint8 [N, H, W, C]. ExtractorError where the extractor cannot see them."""
        training = self.training
        return [
            Neighbour(
                training.pictures[i],
                training.class_names[training.labels[i]] if training.class_names else "",
                float(distance),
                self.extractor.name,
                standing(distance, self.typical),
                len(training.pictures),
            )
            for distance, i in zip(*self._closest(pictures), strict=True)
        ]


def neighbours(root: Path, dataset: str, shown: Real | None) -> Neighbours:
    """The training pictures of a data set, with its own extractor below root. ValueError where they cannot be read, or
    no extractor sees them."""
    from gan_models.metrics.choose import extractor_for
    from gan_models.metrics.neighbours import read as seen

    training = read(root, dataset, TRAINING)
    if training is None:
        raise ValueError(f"{dataset}/{TRAINING}.png or the JSON file beside it is damaged, so there is no neighbour.")
    _, size, _, channels = training.pictures.shape
    extractor = extractor_for(dataset, channels, size, root)
    features = seen(root / dataset / f"{TRAINING}.safetensors", extractor, len(training.pictures))
    return Neighbours(training, shown, extractor, features)


def no_training(dataset: str, title: str) -> str:
    """Why there is no neighbour."""
    if source(dataset).pictures is False:
        return (
            f"No training pictures of {title} come with the zoo: its licence does not let them be passed on. With a "
            f"copy of your own, python -m train real --dataset {dataset} makes a file that stays on your machine."
        )
    return (
        f"No training pictures of {title} lie beside its checkpoints, so there is no neighbour: python -m train real "
        "puts them there."
    )


def seed_at(seeds: Sequence[int], x: float, y: float) -> int | None:
    """The seed whose picture lies at a place of a sheet, shares 0 to 1 of its width and height; None where none is."""
    columns = columns_of(len(seeds))
    rows = -(-len(seeds) // columns)
    if not (0 <= x <= 1 and 0 <= y <= 1):
        return None
    at = min(int(y * rows), rows - 1) * columns + min(int(x * columns), columns - 1)
    return seeds[at] if at < len(seeds) else None


def columns_of(n: int) -> int:
    """Of a sheet of n pictures: as many as rows, or one more."""
    return math.isqrt(n - 1) + 1


def reading(recipe: Recipe) -> str:
    """What a logit of the recipe's D tells, one sentence."""
    from gan_models.registry import LOSSES

    loss = LOSSES.get(recipe.loss)
    words = getattr(loss, "reading", "")
    if not words:
        return "Higher is more real; what else the score tells is not known, since the loss is another program's."
    defaults = {name: p.default for name, p in inspect.signature(loss).parameters.items()}
    return words.format(**{**defaults, **recipe.loss_args})


def probable(recipe: Recipe) -> bool:
    """Whether the sigmoid of a logit is a probability."""
    from gan_models.registry import LOSSES

    return getattr(LOSSES.get(recipe.loss), "probability", False)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _tensor(pictures: np.ndarray):
    """uint8 [N, H, W, C] -> uint8 [N, C, H, W]."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))


# Words ------------------------------------------------------------------------------------------------------


def score_words(score: Score) -> list[str]:
    """A sentence on each thing that a score tells."""
    words = [f"D's score: {score.logit:.3g}"]
    if score.probability is not None:
        words[0] += f", real with a probability of {percent(100 * score.probability)}"
    among = [(score.among_real, "the real test pictures"), (score.among_generated, "the generated ones")]
    shares = [f"{percent(one.percentile)} of {what}" for one, what in among if one]
    words[0] += f". It beats {' and '.join(shares)}."
    words.append(score.reading)
    if real := score.among_real:
        words.append(f"Nine in ten of {real.n} real pictures score {real.low:.3g} to {real.high:.3g}.")
    made = score.among_generated
    words.append(f"Nine in ten of {made.n} generated ones score {made.low:.3g} to {made.high:.3g}.")
    if score.tells is not None:
        share = percent(100 * score.tells)
        words.append(f"In {share} of all pairs of a real and a generated picture, the real one scores higher.")
    if score.guess:
        name, probability = score.guess
        words.append(f"Its classifier takes it for class {name} ({percent(100 * probability)}).")
    return words


def neighbour_words(neighbour: Neighbour) -> list[str]:
    """A sentence on each thing that a neighbour tells."""
    of = f"class {neighbour.label}, " if neighbour.label else ""
    words = [
        f"Nearest of {neighbour.of:,} training pictures: {of}at a distance of {neighbour.distance:.3g} in the features "
        f"of {neighbour.extractor}."
    ]
    if neighbour.among_real:
        share = percent(neighbour.among_real.percentile)
        words.append(f"{share} of {neighbour.among_real.n} real test pictures have theirs nearer.")
    return words


def percent(value: float) -> str:
    """83.4 -> "83 %", 0.26 -> "0.3 %", what is all but nothing or everything "under 0.1 %", "over 99.9 %"."""
    if 0 < value < 0.1:
        return "under 0.1 %"
    if 99.9 < value < 100:
        return "over 99.9 %"
    return f"{value:.1f} %" if 0 < value < 1 or 99 < value < 100 else f"{value:.0f} %"
