"""What the stories are made of: a plot each, in the order in which to tell them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .settings import Settings


@dataclass(frozen=True)
class Plot:
    title: str
    lesson: str
    """Variant whose lesson it belongs to"""
    told: str
    """What to look at. What came out stands in the frames (`Story.outcome`), and is not said here"""
    settings: Settings
    variants: tuple[str, ...]
    """Names of recipes"""
    changes: tuple[dict[str, Any], ...] = ()
    """Of each variant, as in `settings.contestant`"""
    labels: tuple[str, ...] = ()
    """What tells the variants apart on the screen, where it is not their title"""


EVEN = {"g_lr": 1e-3, "d_lr": 1e-3}
HASTY = {"g_lr": 2e-3, "d_lr": 2e-4}
PLOTS: dict[str, Plot] = {}
PLOTS |= {
    "collapse": Plot(
        "Collapse on the ring",
        "wgan_gp",
        "In the first GAN, G learns ten times as fast as D. Its dots gather in one place and run from one of the "
        "eight points to the next, because G goes where D's answer is highest, and D follows. The critic of the "
        "WGAN-GP makes five steps for each step of G. The weight of its penalty is 0.1 here; 10, the weight for "
        "pictures, is too strong.",
        Settings(data="ring", batch=64, steps=900),
        ("gan", "wgan_gp"),
        (HASTY, {**EVEN, "d_terms": {"gradient_penalty": 0.1}}),
    ),
    "r1": Plot(
        "R1 calms the game",
        "dcgan_r1",
        "The same GAN without and with a penalty on D's slope at real points. Watch the background: the penalty keeps "
        "D from becoming steep, so that G is pushed gently.",
        Settings(data="blobs", batch=64, steps=1200),
        ("gan", "dcgan_r1"),
        (EVEN, EVEN),
    ),
    "pairs": Plot(
        "Pairs of real and generated points",
        "r3gan",
        "25 modes. In R3GAN each real point is compared with a generated one, so that D gives a gradient for every "
        "mode. Compare how many modes are covered, and how evenly.",
        Settings(data="grid", batch=64, steps=1500),
        ("gan", "r3gan"),
        (EVEN, EVEN),
    ),
    "walls": Plot(
        "Clipping: weights at the walls",
        "wgan",
        "Two WGANs whose weights may not leave a small interval. Look at both ends of the histogram of the "
        "critic's weights, where those that were clipped pile up. The smaller the interval, the simpler the critic.",
        Settings(data="two_moons", batch=64, steps=600, faster=10.0),
        ("wgan", "wgan"),
        ({"weight_clip": 0.01}, {"weight_clip": 0.1}),
        ("WGAN, clipped at 0.01", "WGAN, clipped at 0.1"),
    ),
    "time_scales": Plot(
        "Two time scales",
        "gan",
        "One GAN with three pairs of learning rates. G needs a D that keeps up with it.",
        Settings(data="ring", batch=64, steps=1200),
        ("gan", "gan", "gan"),
        (HASTY, EVEN, {"g_lr": 1e-3, "d_lr": 4e-3}),
        ("G ten times as fast as D", "G as fast as D", "D four times as fast as G"),
    ),
    "noise": Plot(
        "Noise on what D sees",
        "dcgan_noise",
        "Three blobs that do not overlap. Under noise the real and the generated points do overlap from the "
        "start, so D cannot be sure. Noise fades during the run.",
        Settings(data="blobs", batch=64, steps=1200),
        ("gan", "gan", "gan"),
        (EVEN, {**EVEN, "noise": 0.1}, {**EVEN, "noise": 0.6}),
        ("GAN", "GAN, noise 0.1", "GAN, noise 0.6"),
    ),
    "smoothing": Plot(
        "Smoothed labels",
        "dcgan_smoothing",
        "D is trained to answer 90 % at real points. Watch the background: D is no longer entirely sure at the real "
        "points.",
        Settings(data="two_moons", batch=64, steps=1200),
        ("gan", "dcgan_smoothing"),
        (EVEN, EVEN),
    ),
    "batchnorm": Plot(
        "BatchNorm in G",
        "dcgan",
        "The same GAN without and with BatchNorm after each hidden layer of G. Compare how fast the dots spread "
        "over the ring, and how much the losses fluctuate.",
        Settings(data="ring", batch=64, steps=1200),
        ("gan", "gan"),
        (EVEN, {**EVEN, "g_norm": "batch"}),
        ("GAN", "GAN, BatchNorm in G"),
    ),
    "dropout": Plot(
        "Dropout in D",
        "improved_dcgan",
        "25 modes, without and with dropout in D: at each step some of D's hidden units are switched off. Compare "
        "how many modes are covered, and how sharp the borders of D are.",
        Settings(data="grid", batch=64, steps=1200),
        ("gan", "gan"),
        (EVEN, {**EVEN, "dropout": 0.3}),
        ("GAN", "GAN, dropout 0.3 in D"),
    ),
}
