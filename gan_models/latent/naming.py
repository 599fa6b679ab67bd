"""Names a direction after its measured effect: latents are moved along it, and their pictures are measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from gan_models.metrics.names import percent

from ..keys import styled
from ..sampling import GAN, latents
from .directions import STEP, Direction, apart, boundary, first_weight, move, pca, sefa
from .fit import one_hot
from .measures import MEASURES, measured
from .space import draw

SAMPLES, MOVED = 1500, 256
"""Number of random pictures whose spread is the unit of all effects, and number of moved pictures"""
LEAST_EFFECT = 0.3
"""In standard deviations: a direction with a smaller effect is dropped, unless it changes the class"""
LEAST_SHARE = 0.15
"""Least growth of a class's share that gives a name"""
LEAST_UNCHANGED = 0.6
"""If a smaller share of pictures keeps its class, a direction is named after the class that it leads to"""
EACH = 2
"""Most directions of one name"""

Classify = Callable[[np.ndarray], np.ndarray]
"""Pictures uint8 [N, H, W, C] -> the class that an extractor sees in each, int [N]"""
Measure = Callable[[np.ndarray], dict[str, np.ndarray]]
"""Pictures -> values of more measures: {name: float [N]}; a name says what a larger value means"""


@dataclass(frozen=True, eq=False)
class Scene:
    """Random latents of a GAN, their pictures and their measures."""

    gan: GAN
    space: str
    points: Tensor
    """[N, D]"""
    labels: list[int] | None
    values: dict[str, np.ndarray]
    """Each measure, [N]"""
    classes: np.ndarray | None
    classify: Classify | None
    class_names: tuple[str, ...]
    extra: Measure | None

    @classmethod
    def of(
        cls,
        gan: GAN,
        classify: Classify | None = None,
        class_names: tuple[str, ...] = (),
        extra: Measure | None = None,
        n: int = SAMPLES,
    ) -> Scene:
        """classify and class_names: how an extractor sees classes; extra: measures in addition to those of
        `measures`."""
        z, k = latents(range(n), gan.recipe.z_dim), gan.recipe.classes
        labels = [i % k for i in range(n)] if k else None
        space, points = "z", z
        if gan.sides:
            y = one_hot(torch.tensor(labels), k) if k else None
            space, points = "w", styled(gan, z, y).clone()
        pictures = draw(gan, points, labels, space)
        values = {**measured(pictures), **(extra(pictures) if extra else {})}
        return cls(
            gan,
            space,
            points,
            labels,
            values,
            classify(pictures) if classify else None,
            classify,
            tuple(class_names),
            extra,
        )

    def look(self, points: Tensor) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
        """(measures, classes) of the pictures of `points`, the first of the scene's points after a move."""
        labels = None if self.labels is None else self.labels[: len(points)]
        pictures = draw(self.gan, points, labels, self.space)
        values = {**measured(pictures), **(self.extra(pictures) if self.extra else {})}
        return values, self.classify(pictures) if self.classify else None


def candidates(scene: Scene, most: int = 8) -> list[tuple[str, Tensor]]:
    """(method, vector) of candidate directions: boundaries first, then the closed forms, without near-parallel ones."""
    varied = (v for v in scene.values.values() if v.min() < v.max())
    found: list[tuple[str, Tensor]] = [("boundary", boundary(scene.points, v)) for v in varied]
    if scene.classes is not None and not scene.gan.recipe.classes:  # a conditional GAN is given its class
        for k in range(len(scene.class_names)):
            if 0.01 < (scene.classes == k).mean() < 0.99:
                found.append(("boundary", boundary(scene.points, (scene.classes == k).astype(float), 0.05)))
    weight = first_weight(scene.gan)
    if weight is not None:
        found += [("sefa", v) for v in sefa(weight, most)]
        found += [("pca", v) for v in pca(scene.gan, most)]
    return [found[i] for i in apart(torch.stack([v.double() for _, v in found]))]


def name(scene: Scene, method: str, vector: Tensor, moved: int = MOVED) -> Direction | None:
    """The direction, named after its effect; None if its effect is too small."""
    vector = (vector / vector.norm()).float()
    along = (scene.points @ vector).std().item()
    draft = Direction("", method, scene.space, vector, STEP * along)
    points = scene.points[:moved]
    ahead, behind = (scene.look(move(scene.gan, points, draft, by)) for by in (1, -1))
    changes = {
        key: (ahead[0][key] - behind[0][key]) / 2 / max(values.std(), 1e-9) for key, values in scene.values.items()
    }
    effects = {key: float(change.mean()) for key, change in changes.items()}
    first, second = [*sorted(effects, key=lambda key: -abs(effects[key])), None][:2]
    unchanged, towards = None, None
    if scene.classes is not None:
        here = scene.classes[:moved]
        unchanged = float(np.mean([(seen[1] == here).mean() for seen in (ahead, behind)]))
        shares = [np.bincount(c, minlength=len(scene.class_names)) / len(here) for c in (behind[1], ahead[1])]
        towards = int(np.argmax(shares[1] - shares[0]))
        low, high = shares[0][towards], shares[1][towards]
    sign, leads = 1.0, None
    if unchanged is not None and unchanged < LEAST_UNCHANGED and high - low >= LEAST_SHARE:
        leads = scene.class_names[towards]
        words = f"towards {leads}: {percent(low)} to {percent(high)} of the pictures"
    elif abs(effects[first]) >= LEAST_EFFECT:
        fn = MEASURES.get(first)
        words = (fn.more if effects[first] > 0 else fn.less) if fn else f"more {first}"
        words += f" +{abs(effects[first]):.1f} sd"
        words += "" if unchanged is None else f", class unchanged in {percent(unchanged)}"
        if not fn:  # an extra measure has a name for a larger value only
            sign = float(np.sign(effects[first]))
    else:
        return None
    return replace(
        draft,
        name=words,
        vector=vector * sign,
        effects={key: round(value * sign, 4) for key, value in effects.items()},
        spread=round(float(changes[first].std()), 4),
        entanglement=round(abs(effects[second] / effects[first]) if second and effects[first] else 0.0, 4),
        unchanged=None if unchanged is None else round(unchanged, 4),
        towards=leads,
        shares=None if leads is None else (round(float(low), 4), round(float(high), 4)),
    )


def discover(scene: Scene, most: int = 16) -> list[Direction]:
    """The directions with an effect, those with the clearest single effect first; at most EACH of one name."""
    named = [found for method, vector in candidates(scene) if (found := name(scene, method, vector))]
    named.sort(key=lambda d: -max(map(abs, d.effects.values())) * (1 - d.entanglement / 2))
    kept: list[Direction] = []
    for one in named:
        alike = [d for d in kept if _stem(d) == _stem(one)]
        if len(alike) < EACH:
            kept.append(one)
    return kept[:most]


def _stem(direction: Direction) -> str:
    """The direction's name without its numbers."""
    return direction.name.partition(" +")[0].partition(":")[0]
