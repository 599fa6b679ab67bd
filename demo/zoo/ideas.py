"""The numbers behind the drawings that explain an idea: each is computed here, from a formula that its docstring names.

Small examples in one and two dimensions. Values out; demo/draw/ideas.py draws them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np


def _grid(low: float, high: float, n: int) -> np.ndarray:
    return np.linspace(low, high, n)


def _normal(x: np.ndarray, mean: float, sigma: float) -> np.ndarray:
    return np.exp(-((x - mean) ** 2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))


@dataclass(frozen=True, eq=False)
class BestD:
    """Two densities on a line, and the best D between them."""

    x: np.ndarray
    real: np.ndarray
    fake: np.ndarray
    best: np.ndarray
    """p_real / (p_real + p_fake), in [0, 1]"""


@cache
def best_d(real: float = 1.0, fake: float = -1.0, sigma: float = 1.0) -> BestD:
    """For a fixed G the best D is p_real / (p_real + p_fake) (Goodfellow et al. 2014, proposition 1), here of two
    normal densities with the means `real` and `fake` and one sigma."""
    x = _grid(min(real, fake) - 3 * sigma, max(real, fake) + 3 * sigma, 121)
    p, q = _normal(x, real, sigma), _normal(x, fake, sigma)
    return BestD(x, p, q, p / (p + q))


@dataclass(frozen=True, eq=False)
class TwoLosses:
    """Both losses of G over D's logit on a generated picture, and their slopes."""

    logit: np.ndarray
    minimax: np.ndarray
    """log(1 - sigmoid(t))"""
    non_saturating: np.ndarray
    """-log(sigmoid(t))"""
    minimax_slope: np.ndarray
    """-sigmoid(t)"""
    non_saturating_slope: np.ndarray
    """sigmoid(t) - 1"""


@cache
def two_losses(reach: float = 6.0) -> TwoLosses:
    """What G minimises, over D's logit t from -reach to reach (Goodfellow et al. 2014, end of section 3)."""
    t = _grid(-reach, reach, 121)
    probability = 1 / (1 + np.exp(-t))
    return TwoLosses(t, -np.logaddexp(0, t), np.logaddexp(0, -t), -probability, probability - 1)


@dataclass(frozen=True, eq=False)
class Transport:
    """Two heaps of points on a line, the cheapest way to match them, and two distances as one heap is moved away."""

    real: np.ndarray
    """[n], sorted"""
    fake: np.ndarray
    """[n], sorted: point k is moved to real point k"""
    distance: float
    """Wasserstein-1: the mean distance that a point is moved"""
    shifts: np.ndarray
    """How far the second of two equal heaps is moved"""
    wasserstein: np.ndarray
    jensen_shannon: np.ndarray
    """In nats: log 2 where the heaps do not touch"""


def wasserstein_1(a: Sequence[float], b: Sequence[float]) -> float:
    """Wasserstein-1 distance of two sets of equally many points on a line: there the best plan keeps the order, so it
    is the mean difference of the sorted points. ValueError: different numbers, or none."""
    if len(a) != len(b) or not len(a):
        raise ValueError(f"heaps of {len(a)} and {len(b)} points have no such plan.")
    return float(np.abs(np.sort(a) - np.sort(b)).mean())


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    """Jensen-Shannon divergence of two histograms that sum to 1, in nats: from 0 to log 2, reached if no bin is common
    to both."""
    middle = (p + q) / 2

    def kl(a: np.ndarray) -> float:
        there = a > 0
        return float((a[there] * np.log(a[there] / middle[there])).sum())

    return (kl(p) + kl(q)) / 2


@cache
def wasserstein(points: int = 8, reach: float = 3.0) -> Transport:
    """The example of Arjovsky et al. 2017 (arXiv:1701.07875, example 1) with heaps that have a width of 1.

    On the left two heaps of points; on the right both distances of two equal uniform densities of width 1, the second
    moved by 0 to `reach`, on a grid of a hundredth.
    """
    place = (np.arange(points) + 0.5) / points
    real = 1.6 + place**0.5
    fake = -1.2 + 1.4 * place**2
    shifts = _grid(0, reach, 31)
    step, width = 0.01, 100
    bins = width + round(reach / step)
    moved, divergences = [], []
    for shift in shifts:
        offset = round(shift / step)
        p, q = np.zeros(bins + 1), np.zeros(bins + 1)
        p[:width], q[offset : offset + width] = 1 / width, 1 / width
        divergences.append(jensen_shannon(p, q))
        moved.append(wasserstein_1(place, place + shift))
    return Transport(
        np.sort(real), np.sort(fake), wasserstein_1(real, fake), shifts, np.array(moved), np.array(divergences)
    )


@dataclass(frozen=True, eq=False)
class Slopes:
    """A steep function and one that is bounded, with the place where each is steepest."""

    x: np.ndarray
    steep: np.ndarray
    bounded: np.ndarray
    """The same, divided by its Lipschitz constant"""
    constant: float
    """Lipschitz constant of `steep` on the grid: its largest slope"""
    at: int
    """Place in x where it is steepest"""


@cache
def lipschitz(steepness: float = 8.0) -> Slopes:
    """tanh(steepness x / 2) on [-2, 2] and the same divided by its Lipschitz constant, which is steepness / 2 and is
    measured here: the largest slope between two neighbouring points of the grid."""
    x = _grid(-2, 2, 401)
    steep = np.tanh(steepness * x / 2)
    slopes = np.abs(np.diff(steep) / np.diff(x))
    constant = float(slopes.max())
    return Slopes(x, steep, steep / constant, constant, int(slopes.argmax()))


@dataclass(frozen=True, eq=False)
class OnTheLine:
    """A point u on the line between a real and a generated point, and the critic's gradient there."""

    real: tuple[float, float]
    fake: tuple[float, float]
    share: float
    """Of the real point: u = share * real + (1 - share) * fake"""
    point: tuple[float, float]
    gradient: tuple[float, float]
    length: float
    penalty: float
    """(length - 1)^2"""


def slope_of(u: Sequence[float]) -> tuple[float, float]:
    """Gradient of the example's critic D(u) = 0.9 u_1 + 0.25 u_2^2."""
    return 0.9, 0.5 * u[1]


@cache
def gradient_penalty() -> tuple[OnTheLine, ...]:
    """Five pairs in a plane, a random point on the line of each (seed 0), and WGAN-GP's penalty there (Gulrajani
    et al. 2017, arXiv:1704.00028, algorithm 1), for the critic whose gradient `slope_of` gives."""
    draw = np.random.default_rng(0)
    made = []
    for k in range(5):
        real = (2.0 + 0.5 * draw.standard_normal(), -1.6 + 0.8 * k + 0.2 * draw.standard_normal())
        fake = (-2.0 + 0.5 * draw.standard_normal(), 1.6 - 0.8 * k + 0.2 * draw.standard_normal())
        share = float(draw.uniform())
        u = tuple(share * r + (1 - share) * f for r, f in zip(real, fake, strict=True))
        gradient = slope_of(u)
        length = math.hypot(*gradient)
        made.append(OnTheLine(real, fake, share, u, gradient, length, (length - 1) ** 2))
    return tuple(made)


@dataclass(frozen=True, eq=False)
class Projection:
    """The features of a picture and a vector for each class, in a plane, and the scores that they give."""

    features: tuple[float, float]
    classes: tuple[tuple[str, tuple[float, float]], ...]
    plain: float
    """Score without a label: the inner product of the features with D's last layer"""
    scores: dict[str, float]
    """Class -> plain + inner product of the features with the class's vector"""


@cache
def projection() -> Projection:
    """D(x, y) = w . f(x) + v_y . f(x) (Miyato and Koyama 2018, arXiv:1802.05637, equation 6), of a picture whose
    features are near those of a 3: an example in two dimensions."""
    features, last = (1.6, 1.0), (0.25, 0.1)
    classes = (("3", (0.9, 0.5)), ("8", (0.6, -0.7)), ("1", (-0.8, 0.4)))
    plain = math.fsum(a * b for a, b in zip(last, features, strict=True))
    scores = {name: plain + math.fsum(a * b for a, b in zip(v, features, strict=True)) for name, v in classes}
    return Projection(features, classes, plain, scores)


@dataclass(frozen=True, eq=False)
class Orbits:
    """The smallest GAN, with and without R1: where G and D are after each step."""

    plain: np.ndarray
    """[steps + 1, 2]: theta, the generated point (the real one is 0), and psi, D's slope"""
    penalised: np.ndarray
    gamma: float


@cache
def r1(steps: int = 400, rate: float = 0.05, gamma: float = 0.5) -> Orbits:
    """The Dirac-GAN (Mescheder et al. 2018, arXiv:1801.04406, section 2): one real point at 0, one generated point at
    theta, D(x) = psi x, the minimax game, alternating gradient steps, D first. R1 is gamma / 2 psi^2. Without it
    theta^2 + psi^2 stays constant, apart from the error of finite steps."""

    def run(weight: float) -> np.ndarray:
        theta, psi, path = 1.0, 0.0, [(1.0, 0.0)]
        for _ in range(steps):
            fake = 1 / (1 + math.exp(-psi * theta))  # D's probability that the generated point is real
            psi -= rate * (fake * theta + weight * psi)  # of L_D = -log s(0) - log(1 - s(psi theta)) + R1
            theta += rate * psi / (1 + math.exp(-psi * theta))  # of L_G = log(1 - s(psi theta))
            path.append((theta, psi))
        return np.array(path)

    return Orbits(run(0.0), run(gamma), gamma)


@dataclass(frozen=True, eq=False)
class Compared:
    """A D on a line of pictures, trained by comparing each real one with a generated one."""

    x: np.ndarray
    curves: tuple[np.ndarray, np.ndarray]
    """D's score along x: without penalties, and with R1 and R2"""
    real: np.ndarray
    """[n]: where the real pictures are"""
    fake: np.ndarray
    """[n]: the generated ones, in the order of the real ones that they are compared with"""
    losses: tuple[float, float]
    """The mean over the pairs, of each D"""
    slopes: tuple[float, float]
    """The largest at a picture, of each D"""


@cache
def relativistic(weight: float = 0.5, steps: int = 100) -> Compared:
    """A small D on real pictures at two places and generated ones at one, by the project's own loss "relativistic" and
    penalties "r1" and "r2" (Huang et al. 2024, arXiv:2501.05441, equation 2 and section 2.2); weight: of both."""
    import torch

    import gan_models.losses
    from gan_models import penalties
    from gan_models.draws import InitialFrom
    from gan_models.networks.common import Verdict

    real, fake = (torch.tensor(v).view(-1, 1, 1, 1) for v in ([-1.2, -0.9, 1.1, 1.4], [-0.4, -0.2, -0.1, 0.1]))
    x, made = _grid(-2, 2, 161), []
    for by in (0.0, weight):
        with InitialFrom(torch.Generator().manual_seed(0)):
            net = torch.nn.Sequential(torch.nn.Linear(1, 32), torch.nn.Tanh(), torch.nn.Linear(32, 1))
        optimiser = torch.optim.Adam(net.parameters(), 0.05)
        for _ in range(steps + 1):
            at = [points.clone().requires_grad_() for points in (real, fake)]
            scores = [net(points.flatten(1)).squeeze(1) for points in at]
            loss = gan_models.losses.relativistic(*scores)[0]
            judged = penalties.Judged(*at, None, *map(Verdict, scores))
            squares = [penalties.squared_grad_norm(s, points) for s, points in zip(scores, at, strict=True)]
            total = loss + by * (penalties.r1(net, judged) + penalties.r2(net, judged))
            optimiser.zero_grad()
            total.backward()
            last = loss.item(), max(s.max().item() for s in squares) ** 0.5
            optimiser.step()
        with torch.no_grad():
            curve = net(torch.tensor(x, dtype=torch.float32)[:, None]).squeeze(1)
            made.append(((curve - curve.mean()).numpy(), *last))  # the loss knows no zero
    curves, losses, slopes = zip(*made, strict=True)
    return Compared(x, curves, real.flatten().numpy(), fake.flatten().numpy(), losses, slopes)


@dataclass(frozen=True, eq=False)
class Pulls:
    """How strongly two losses pull on a generated picture, over D's logit: the size of their slopes."""

    logit: np.ndarray
    cross_entropy: np.ndarray
    """1 - sigmoid(t): of -log(sigmoid(t))"""
    squared: np.ndarray
    """|t - 1|: of (t - 1)^2 / 2"""


@cache
def squared_error(reach: float = 4.0) -> Pulls:
    """The slope of the non-saturating loss and of least squares with target 1 (Mao et al. 2017, arXiv:1611.04076,
    equation 9), over D's answer t from -reach to reach."""
    t = _grid(-reach, reach, 161)
    return Pulls(t, 1 - 1 / (1 + np.exp(-t)), np.abs(t - 1))


@dataclass(frozen=True, eq=False)
class Overlap:
    """Real and generated pictures on a line, without and with noise."""

    clear: BestD
    noisy: BestD
    steepest: tuple[float, float]
    """Largest slope of the best D without and with noise"""


@cache
def overlap(sigma: float = 0.25, noise: float = 1.0) -> Overlap:
    """Normal densities of width sigma at -1 and 1, and the same after noise was added to both: their variances add up
    (Arjovsky and Bottou 2017, arXiv:1701.04862, section 3). The best D is as in `best_d`, on one grid."""
    x = _grid(-4, 4, 321)

    def made(width: float) -> BestD:
        p, q = _normal(x, 1, width), _normal(x, -1, width)
        return BestD(x, p, q, 1 / (1 + np.exp(-2 * x / width**2)))

    both = made(sigma), made(math.hypot(sigma, noise))
    steepest = tuple(float((np.diff(one.best) / np.diff(x)).max()) for one in both)
    return Overlap(*both, steepest)


@dataclass(frozen=True, eq=False)
class Smoothing:
    """D's loss on a real picture over its probability, with and without label smoothing."""

    probability: np.ndarray
    plain: np.ndarray
    """-log p"""
    smoothed: np.ndarray
    """-(1 - s) log p - s log(1 - p)"""
    target: float
    """1 - s, where the smoothed loss is least"""


@cache
def smoothing(s: float = 0.1) -> Smoothing:
    """One-sided label smoothing (Salimans et al. 2016, arXiv:1606.03498, section 3.4): the target of real pictures is
    1 - s in place of 1."""
    p = _grid(0.2, 0.999, 400)
    return Smoothing(p, -np.log(p), -(1 - s) * np.log(p) - s * np.log(1 - p), 1 - s)


@dataclass(frozen=True, eq=False)
class Pairs:
    """How many pairs are of one kind where a generator draws only some kinds."""

    kinds: np.ndarray
    """1 to 10"""
    alike: np.ndarray
    """Share of pairs whose two pictures are of one kind"""


@cache
def pairs(kinds: int = 10) -> Pairs:
    """Two pictures of k kinds that are equally frequent are of one kind with probability 1 / k: the sum over the kinds
    of (1 / k)^2."""
    k = np.arange(1, kinds + 1)
    return Pairs(k, np.array([math.fsum([(1 / n) ** 2] * n) for n in k]))


@dataclass(frozen=True)
class Neighbours:
    """How many weights one output pixel has."""

    side: int
    kernel: int

    @property
    def connected(self) -> int:
        """Of a fully connected layer that takes a picture: one for each of its pixels"""
        return self.side**2

    @property
    def shared(self) -> int:
        """Of a convolution: one for each pixel of its neighbourhood, the same at every place"""
        return self.kernel**2


@cache
def neighbours() -> Neighbours:
    """A picture of 28 x 28 pixels and the 4 x 4 filters of DCGAN."""
    return Neighbours(28, 4)
