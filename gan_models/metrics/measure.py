"""All figures of one set of pictures at once, in the form in which metrics.json keeps them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from .classes import accuracy, classwise_frechet, histogram, kl, modes, smallest_share, stacked_codes
from .distances import Moments, frechet, kernel
from .extractors import Extractor
from .neighbours import memorisation, nearest, prdc
from .record import figure
from .reference import K, Reference, Training


def measure(
    images: Tensor,
    extractor: Extractor,
    reference: Reference,
    asked: Tensor | None = None,
    training: Training | None = None,
) -> dict[str, Any]:
    """{"figures": {name: number}, "class_shares": [K], "class_fds": [K]} of pictures uint8 [N, C, H, W].

    asked: the labels int64 [N] that a conditional generator was given. training: with it, memorisation is
    measured as well. Figures that cannot be measured (of classes, if the extractor knows none) are left out.
    """
    seen = extractor(images)
    real = reference.features.float()
    nearby = prdc(real, seen.features, K, reference.radii)
    figures: dict[str, float] = {
        "fd": frechet(reference.moments, Moments.of(seen.features)),
        "kd": kernel(real, seen.features),
        **{name: getattr(nearby, name) for name in ("precision", "recall", "density", "coverage")},
    }
    out: dict[str, Any] = {"figures": figures}
    if training is not None:
        for space, distances, held_out in (
            ("pixels", nearest(images, training.images), reference.held_out_pixels),
            ("features", nearest(seen.features, training.features), reference.held_out_features),
        ):
            found = memorisation(distances, held_out)
            figures |= {f"memorisation_{space}": found.closer, f"copies_{space}": found.copies}
            figures[f"flagged_{space}"] = float(found.flagged)
    if asked is not None and reference.class_names:
        out["class_fds"] = classwise_frechet(seen.features, asked, reference.class_moments)
        figures["class_fd"] = statistics.fmean(out["class_fds"])
    if seen.logits is None:
        return out
    predicted = seen.logits.argmax(-1)
    if predicted.dim() == 2:  # a digit in each of three channels
        found = modes(stacked_codes(predicted))
        return out | {"figures": finite({**figures, "modes": float(found.count), "reverse_kl": found.reverse_kl})}
    shares = histogram(predicted, len(extractor.class_names))
    out["class_shares"] = shares.tolist()
    figures["class_kl"] = kl(shares, reference.shares(len(shares)))
    figures["smallest_share"] = smallest_share(shares)
    if asked is not None and tuple(extractor.class_names) == reference.class_names:
        figures["label_accuracy"] = accuracy(predicted, asked)
    return out | {"figures": finite(figures)}


def finite(figures: dict[str, float]) -> dict[str, float]:
    """The figures without those that JSON cannot hold: a divergence is infinite if the reference lacks a class."""
    return {name: value for name, value in figures.items() if math.isfinite(value)}


def block(parts: Sequence[dict[str, Any]], n: int, seeds: Sequence[int], extractor: Extractor, reference: Reference):
    """The results of `measure` for each sampling seed as one block of metrics.json: means, spreads and all values."""
    first = parts[0]
    out: dict[str, Any] = {
        "extractor": {"name": extractor.name, "hash": extractor.hash, "features": reference.features.shape[1]},
        "reference": reference.summary(),
        "n": n,
        "seeds": list(seeds),
        "figures": {
            name: figure([part["figures"][name] for part in parts])
            for name in first["figures"]
            if all(name in part["figures"] for part in parts)
        },
    }
    if "class_shares" in first:
        out["class_names"] = list(extractor.class_names)
    elif "class_fds" in first:
        out["class_names"] = list(reference.class_names)
    for key in ("class_shares", "class_fds"):
        if key in first:
            out[key] = [statistics.fmean(values) for values in zip(*(p[key] for p in parts), strict=True)]
    return out
