"""Anomaly scores: how badly a GAN rebuilds a picture (AnoGAN: Schlegl et al. 2017, arXiv:1703.05921), and plain
baselines. A high score means an anomaly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ..arguments import checked_pictures, classes_of
from ..sampling import GAN, chunks
from .encoder import encode
from .features import check, d_features
from .fit import MOST_TARGETS, fit
from .operators import as_float
from .space import draw

WEIGHT = 0.1
"""Weight of D's features in AnoGAN's score, equation 5 of the paper"""
ROC_AT = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Shares of normal pictures above the threshold at which `roc_at` samples a curve"""


def scores(
    gan: GAN, pictures: np.ndarray, labels: Sequence | None = None, *, restarts: int = 4, steps: int = 60, progress=None
) -> dict[str, np.ndarray]:
    """Scores of pictures uint8 [N, H, W, C]: {name: float64 [N]}.

    residual: sum of |x - G(z)|, for the latent that `fit` finds. features: sum of |f(x) - f(G(z))| with D's features f,
    if there is a D that judges pictures one by one. anogan: 0.9 residual + 0.1 features. encoder: the residual for the
    encoder's latent, if there is an encoder. labels: the normal class for each picture, for a conditional recipe; None
    takes the class that fits best. restarts: 0 skips the search and gives the encoder's score alone, thousands of
    pictures in seconds; raises ValueError if there is no encoder. progress: called as progress(pictures done, pictures
    in all).
    """
    pictures = checked_pictures(gan.recipe, pictures)
    asked = None if labels is None else classes_of(gan.recipe, labels, len(pictures)).tolist()
    if not restarts:
        return {"encoder": residual(pictures, rebuilt(gan, pictures, asked))}
    made, classes = [], []
    for start in range(0, len(pictures), MOST_TARGETS):
        part = slice(start, start + MOST_TARGETS)
        targets = as_float(pictures[part])  # as floats, since an empty picture can be an anomaly too
        found = _fitted(gan, targets, None if asked is None else asked[part], restarts, steps)
        made.append(found.pictures[:, 0])
        classes += [] if found.labels is None else found.labels[:, 0].tolist()
        if progress is not None:
            progress(min(start + MOST_TARGETS, len(pictures)), len(pictures))
    return compared(gan, pictures, np.concatenate([pictures[:0], *made]), classes or None)


def _fitted(gan: GAN, targets: Tensor, labels, restarts: int, steps: int):
    flat = targets.flatten(1)
    empty = flat.amax(1) == flat.amin(1)
    targets = targets.clone()
    targets[empty, :, 0, 0] += 1e-3  # `fit` refuses an empty uint8 picture
    return fit(gan, targets, labels=labels, restarts=restarts, steps=steps)


def compared(gan: GAN, pictures: np.ndarray, made: np.ndarray, labels: list[int] | None) -> dict[str, np.ndarray]:
    """The scores of pictures uint8 [N, H, W, C], given their rebuilt versions `made`; see `scores`.

    labels: classes [N], which a discriminator that judges a picture with its class needs, or None. Raises ValueError
    without them, or if the two are not of one shape.
    """
    found = {"residual": residual(pictures, made)}
    try:
        check(gan)
    except ValueError:
        pass  # no D, or one that judges pictures together
    else:
        found["features"] = _features(gan, pictures, made, labels)
        found["anogan"] = (1 - WEIGHT) * found["residual"] + WEIGHT * found["features"]
    if gan.encoder is not None:
        found["encoder"] = residual(pictures, rebuilt(gan, pictures, labels))
    return found


def rebuilt(gan: GAN, pictures: np.ndarray, labels: Sequence | None = None) -> np.ndarray:
    """The pictures that G draws from the encoder's latents of pictures: uint8 [N, H, W, C] -> the same shape.

    labels: the class of each, as index or name, for a conditional recipe; None takes the encoder's likeliest class.
    Raises ValueError if the GAN has no encoder (`load(..., latent=True)`), or the pictures do not fit.
    """
    z, likely = encode(gan, pictures)
    return draw(gan, z, labels if labels is not None or likely is None else likely.tolist())


def residual(pictures: np.ndarray, rebuilt: np.ndarray) -> np.ndarray:
    """Sum of |x - G(z)| over all values, in units where the range is 2: two uint8 [N, H, W, C] -> float64 [N]. Raises
    ValueError if they are not of one shape."""
    if pictures.shape != rebuilt.shape:
        shapes = f"{list(pictures.shape)} and {list(rebuilt.shape)}"
        raise ValueError(f"pictures and their rebuilt versions have one shape, not {shapes}.")
    return np.abs(pictures.astype(np.float64) - rebuilt).sum((1, 2, 3)) / 127.5


@torch.inference_mode()
def _features(gan: GAN, pictures: np.ndarray, rebuilt: np.ndarray, labels: list[int] | None) -> np.ndarray:
    y = None if labels is None else torch.tensor(labels)
    found = []
    for n, x, other, part in chunks(as_float(pictures), as_float(rebuilt), y):
        x, other, part = (None if t is None else t.to(gan.device) for t in (x, other, part))
        found.append((d_features(gan, x, part) - d_features(gan, other, part)).abs().sum(1)[:n].double().cpu())
    return torch.cat(found).numpy() if found else np.zeros(0)


# Baselines ----------------------------------------------------------------------------------------------------


def pca_residual(train: np.ndarray, pictures: np.ndarray, components: int = 32) -> np.ndarray:
    """Squared distance of pictures [N, ...] to the plane of the first principal components of the training pictures
    [M, ...]: float64 [N]."""
    flat = train.reshape(len(train), -1).astype(np.float64) / 255
    mean = flat.mean(0)
    plane = _plane(flat - mean, components)
    off = pictures.reshape(len(pictures), -1).astype(np.float64) / 255 - mean
    return (off**2).sum(1) - ((off @ plane) ** 2).sum(1)


def _plane(rows: np.ndarray, components: int) -> np.ndarray:
    """Orthonormal [D, K], K <= components: the directions in which rows [M, D] of mean 0 vary most. From the smaller of
    the two products of the rows with themselves: D is 12,288 for faces of 64 pixels, and the time grows as its cube."""
    wide = rows.shape[1] > len(rows)
    values, vectors = np.linalg.eigh(rows @ rows.T if wide else rows.T @ rows)
    kept = np.argsort(-values)[:components]
    kept = kept[values[kept] > values.max() * 1e-10]  # no more directions than the rows span
    return rows.T @ vectors[:, kept] / np.sqrt(values[kept]) if wide else vectors[:, kept]


def neighbour_distance(train: np.ndarray, pictures: np.ndarray) -> np.ndarray:
    """Distance of pictures [N, ...] to the nearest training picture [M, ...], in pixels of 0 to 1: float64 [N]."""
    a, b = (torch.from_numpy(x.reshape(len(x), -1).astype(np.float32) / 255) for x in (pictures, train))
    return torch.cat([torch.cdist(part, b).min(1).values for part in a.split(256)]).double().numpy()


def auc(normal: np.ndarray, odd: np.ndarray) -> float:
    """Area under the ROC curve: the share of pairs in which the odd picture has the higher score; ties count half.

    Raises ValueError if one side is empty, or a score is not finite.
    """
    normal, odd = _both(normal, odd)
    order = np.sort(normal)
    below, upto = np.searchsorted(order, odd, "left"), np.searchsorted(order, odd, "right")
    return float((below + upto).mean() / 2 / len(normal))


def _both(normal, odd) -> tuple[np.ndarray, np.ndarray]:
    """The scores of both sides as float64, checked."""
    normal, odd = np.asarray(normal, np.float64), np.asarray(odd, np.float64)
    if not len(normal) or not len(odd):
        raise ValueError("a ROC curve and its AUC need normal and odd pictures, at least one of each.")
    if not (np.isfinite(normal).all() and np.isfinite(odd).all()):
        raise ValueError("a score is not finite, so that it has no place among the others.")
    return normal, odd


def roc(normal: np.ndarray, odd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(share of normal pictures above the threshold, share of odd ones above it), from the highest threshold to the
    lowest: the ROC curve, both float64 [T] from 0 to 1. Raises ValueError as `auc` does."""
    normal, odd = _both(normal, odd)
    cuts = np.unique(np.concatenate([normal, odd]))[::-1]
    above = [np.searchsorted(np.sort(side), cuts, "left") for side in (normal, odd)]
    false, true = (1 - n / len(side) for n, side in zip(above, (normal, odd), strict=True))
    return np.concatenate([[0.0], false]), np.concatenate([[0.0], true])


def roc_at(normal: np.ndarray, odd: np.ndarray) -> np.ndarray:
    """The share of odd pictures above the threshold, where the share of normal ones above it is ROC_AT: float64
    [len(ROC_AT)], the highest values of the curve there."""
    false, true = roc(normal, odd)
    return np.array([true[false <= at + 1e-12].max() for at in ROC_AT])
