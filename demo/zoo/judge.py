"""What a variant's own discriminator D says of a picture. No UI. torch is imported where a network is asked."""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import gan_models
from demo.zoo.cache import LeastRecentlyUsed
from demo.zoo.changes import WORDS_FOR
from demo.zoo.folders import sentence
from demo.zoo.standing import Standing, percent, standing
from gan_models.folder import CheckpointError
from gan_models.limits import COMPANY  # generated pictures with which a score is compared: the seeds 0 to 119
from gan_models.metrics.names import minus
from gan_models.real import Real

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo
    from gan_models import GAN, Recipe


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

    @property
    def words(self) -> list[str]:
        """A sentence on each thing that a score tells."""
        words = [f"D's score: {self.logit:.3g}"]
        if self.probability is not None:
            words[0] += f", real with a probability of {percent(100 * self.probability)}"
        among = [(self.among_real, "the real test pictures"), (self.among_generated, "the generated ones")]
        shares = [f"{percent(one.percentile)} of {what}" for one, what in among if one]
        words[0] += f". D rates it more real than {' and '.join(shares)}."
        words.append(self.reading)
        if real := self.among_real:
            words.append(f"Nine in ten of {real.n} real pictures score between {real.low:.3g} and {real.high:.3g}.")
        made = self.among_generated
        words.append(f"Nine in ten of {made.n} generated ones score between {made.low:.3g} and {made.high:.3g}.")
        if self.tells is not None:
            share = percent(100 * self.tells)
            words.append(f"In {share} of all pairs of a real and a generated picture, the real one scores higher.")
        if self.guess:
            name, probability = self.guess
            words.append(f"D takes it for class {name} ({percent(100 * probability)}).")
        return [minus(one) for one in words]


class Judge:
    """A variant's D, and the scores that it gives to real pictures and to the variant's own.

    D is shown the pictures without the noise and the shifts of its training. A D that sees its whole batch judges a
    picture among others of its kind: a generated picture takes the place of the one of seed mod COMPANY.
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
        """How the input of D differs from that in training, or from that of other variants' D; one sentence each."""
        seen = [WORDS_FOR.get(f"views.{name}", name).partition("|")[0] for name in self.gan.recipe.views]
        words = [f"Its training used {' and '.join(seen)}; here D judges the picture as it is."] if seen else []
        if any(hasattr(m, "running_mean") for m in self.gan.D.modules()):
            words.append(
                "Its BatchNorm uses averages over real and generated pictures together, but each batch of the "
                "training held only one of the two kinds. That shifts all scores and probabilities, so use them only "
                "to compare pictures."
            )
        if self.gan.sees_batch:
            words.append(
                f"D looks at a whole batch: here it sees the picture among {COMPANY - 1} others of the variant."
            )
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


def judge_of(zoo: Zoo, key: str) -> Judge:
    """The judge of a key, made at the first call and kept. ValueError, one sentence, where it has no usable D."""
    entry = zoo.entry(key)

    def make() -> Judge:
        if not (entry.folder / "discriminator.safetensors").is_file():
            raise CheckpointError(f"{entry.title} came without its discriminator.")
        try:
            gan = gan_models.load(entry.folder, discriminator=True)
            return Judge(gan, zoo.real(entry.dataset))
        except Exception as error:  # its discriminator's problem: the pictures are not to blame
            raise CheckpointError(sentence(key, entry.folder, error)) from error

    return zoo.kept("judges", lambda: LeastRecentlyUsed(zoo.keep)).get(key, zoo.stamp(key), make)


def _finite(scores: np.ndarray) -> np.ndarray:
    """The same scores. ValueError: D answers with values that are not finite."""
    if not np.isfinite(scores).all():
        raise ValueError("its discriminator answers with values that are not finite: its weights are damaged.")
    return scores


def reading(recipe: Recipe) -> str:
    """What a logit of the recipe's D tells, one sentence."""
    from gan_models.registry import LOSSES

    loss = LOSSES.get(recipe.loss)
    words = getattr(loss, "reading", "")
    if not words:
        return (
            "Higher is more real. The loss is not part of this program, so it is not known what else the score means."
        )
    defaults = {name: p.default for name, p in inspect.signature(loss).parameters.items()}
    return words.format(**{**defaults, **recipe.loss_args})


def probable(recipe: Recipe) -> bool:
    """Whether the sigmoid of a logit is a probability."""
    from gan_models.registry import LOSSES

    return getattr(LOSSES.get(recipe.loss), "probability", False)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
