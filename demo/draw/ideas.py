"""Drawings that explain an idea. The numbers come from demo/zoo/ideas.py, and stand in the drawings as they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from . import schemes
from .svg import Plot, arrow, cross, dot, drawing, figure, line, text

if TYPE_CHECKING:
    from demo.zoo import ideas


def best_d(made: ideas.BestD) -> str:
    """Two densities, and the best D between them."""
    most = float(max(made.real.max(), made.fake.max())) * 1.1
    reach = (float(made.x[0]), float(made.x[-1]))
    above, below = Plot(50, 35, 420, 90, reach, (0, most * 1.2)), Plot(50, 170, 420, 90, reach, (0, 1))
    middle = float(made.x[abs(made.best - 0.5).argmin()])
    parts = [
        above.axes(y_title="how many pictures there are"),
        above.curve(made.x, made.real, "green"), above.curve(made.x, made.fake, "orange", dashed=True),
        text(*above.at(float(made.x[made.real.argmax()]), most), "real", "green", "middle"),
        text(*above.at(float(made.x[made.fake.argmax()]), most), "generated", "orange", "middle"),
        below.axes("all pictures, laid out on a line", "the best D", y_marks=(0, 0.5, 1)),
        below.curve(made.x, made.best, "blue"),
        line(*below.at(middle, 0), *below.at(middle, 1), "faint", dashed=True),
    ]  # fmt: skip
    said = (
        "Above: the densities of real and of generated pictures, two bells that overlap. Below: the best D rises from "
        f"{made.best[0]:.2f} on the left to {made.best[-1]:.2f} on the right, and is 1/2 where both are as frequent."
    )
    return figure(drawing(500, 297, parts), said, "The best D: the share of real pictures among all that are like it.")


def two_losses(made: ideas.TwoLosses) -> str:
    """Both losses of G over D's logit."""
    reach = (float(made.logit[0]), float(made.logit[-1]))
    low, high = float(made.minimax.min()), float(made.non_saturating.max())
    plot = Plot(50, 30, 420, 190, reach, (low, high))
    k = int(abs(made.logit + 4).argmin())
    steep, flat = made.non_saturating_slope[k], made.minimax_slope[k]
    parts = [
        plot.axes("D's logit on a generated picture", "G's loss", x_marks=(-4, 0, 4)),
        line(*plot.at(0, low), *plot.at(0, high), "faint", dashed=True),
        plot.curve(made.logit, made.non_saturating, "blue"),
        plot.curve(made.logit, made.minimax, "orange", dashed=True),
        text(*plot.at(0.3, high * 0.6), f"−log D: slope {steep:.2f} at −4", "blue"),
        text(*plot.at(-5.8, -1.1), f"log(1 − D): slope {flat:.2f} at −4", "orange"),
        text(*plot.at(-5.8, low * 0.97), "D is sure: generated", "small"),
        text(*plot.at(5.8, high * 0.97), "D takes it for real", "small", "end"),
    ]
    said = (
        f"Two falling curves over D's logit. Where D is sure that a picture is generated, at -4, the minimax loss has "
        f"slope {flat:.2f}, the non-saturating loss {steep:.2f}; where D takes it for real it is the other way round."
    )
    return figure(drawing(500, 265, parts), said, "What G minimises: in the minimax game, and in practice.")


def wasserstein(made: ideas.Transport) -> str:
    """A plan that moves one heap onto another, and two distances as a heap is moved away."""
    low, high = float(made.fake[0]) - 0.3, float(made.real[-1]) + 0.3
    heap = Plot(30, 60, 200, 110, (low, high), (0, 1))
    parts = [text(30, 25, "A way for every point", "bold")]
    for g, r in zip(made.fake, made.real, strict=True):
        (x1, y1), (x2, y2) = heap.at(float(g), 0.15), heap.at(float(r), 0.85)
        parts += [line(x1, y1, x2, y2, "faint"), dot(x1, y1, "orange"), cross(x2, y2, "green")]
    parts += [
        text(30, 195, "• generated", "orange"), text(230, 50, "× real", "green", "end"),
        text(30, 215, f"Mean distance: {made.distance:.2f}", "small"),
    ]  # fmt: skip
    most, flat = float(made.wasserstein[-1]), float(made.jensen_shannon[-1])
    plot = Plot(300, 45, 170, 130, (0, float(made.shifts[-1])), (0, most))
    parts += [
        text(300, 25, "One heap is moved away", "bold"),
        plot.axes("by how much (width of a heap: 1)", x_marks=(0, 1, 2, 3), y_marks=(0, 1, 2, 3)),
        plot.curve(made.shifts, made.wasserstein, "blue"),
        plot.curve(made.shifts, made.jensen_shannon, "orange", dashed=True),
        text(*plot.at(1.75, 2.55), "Wasserstein", "blue", "end"),
        text(*plot.at(3, flat - 0.45), f"Jensen-Shannon {flat:.2f}", "orange", "end"),
    ]  # fmt: skip
    said = (
        f"Left: {len(made.fake)} generated points move to as many real ones, {made.distance:.2f} on average. Right: "
        f"while one heap is moved away by {made.shifts[-1]:g}, the Wasserstein distance grows in a straight line to "
        f"{most:.2f}; the Jensen-Shannon divergence stays at {flat:.2f} once the heaps do not touch."
    )
    caption = "The Wasserstein distance is the smallest mean distance of all such moves; it has a slope everywhere."
    return figure(drawing(500, 230, parts), said, caption)


def lipschitz(made: ideas.Slopes) -> str:
    """A steep function and the same divided by its Lipschitz constant, with the steepest place of each."""
    parts, plots = [], (Plot(40, 40, 190, 150, (-2, 2), (-1.2, 1.2)), Plot(285, 40, 190, 150, (-2, 2), (-1.2, 1.2)))
    x, at = made.x, made.at
    middle = float((x[at] + x[at + 1]) / 2)
    for plot, ys, constant, colour in (
        (plots[0], made.steep, made.constant, "orange"),
        (plots[1], made.bounded, 1.0, "blue"),
    ):
        value, reach = float((ys[at] + ys[at + 1]) / 2), 1.1 / max(constant, 1.0)
        parts += [
            plot.axes(x_marks=(-2, 0, 2), y_marks=(-1, 0, 1)), plot.curve(x, ys, colour),
            line(*plot.at(middle - reach, value - constant * reach), *plot.at(middle + reach, value + constant * reach),
                 "ink", dashed=True),
            text(plot.left, 24, f"Lipschitz constant {constant:.2f}", "bold"),
        ]  # fmt: skip
    said = (
        f"Left: a curve that jumps from -1 to 1, steepest in the middle, with slope {made.constant:.2f}. Right: the "
        "same curve divided by that number: nowhere is it steeper than 1."
    )
    return figure(drawing(500, 225, parts), said, "The Lipschitz constant of a function is its largest slope.")


def gradient_penalty(made: tuple[ideas.OnTheLine, ...]) -> str:
    """Pairs of a real and a generated point, a random point between them, and the critic's gradient there."""
    plot = Plot(20, 40, 300, 220, (-3.4, 3.4), (-2.6, 2.6))
    parts = [
        text(20, 24, "The critic's gradient on lines", "bold"),
        text(385, 24, "length", "small", "end"),
        text(480, 24, "(length − 1)²", "small", "end"),
    ]
    for k, one in enumerate(made):
        (rx, ry), (fx, fy), (ux, uy) = (plot.at(*p) for p in (one.real, one.fake, one.point))
        scale = plot.width / 6.8
        tip = ux + one.gradient[0] * scale, uy - one.gradient[1] * scale
        parts += [
            line(fx, fy, rx, ry, "faint"), dot(fx, fy, "orange"), cross(rx, ry, "green"), arrow(ux, uy, *tip, "blue"),
            text(ux - 4, uy - 6, str(k + 1), "small", "end"),
            text(345, 48 + 22 * k, f"{k + 1}", "small", "end"),
            text(385, 48 + 22 * k, f"{one.length:.2f}", "small", "end"),
            text(480, 48 + 22 * k, f"{one.penalty:.3f}", "small", "end"),
        ]  # fmt: skip
    mean = math.fsum(one.penalty for one in made) / len(made)
    parts += [
        text(385, 48 + 22 * len(made), "mean", "small bold", "end"),
        text(480, 48 + 22 * len(made), f"{mean:.3f}", "small bold", "end"),
        text(20, 285, "• generated", "orange"), text(120, 285, "× real", "green"), text(190, 285, "→ gradient", "blue"),
    ]  # fmt: skip
    said = (
        f"{len(made)} lines, each from a generated to a real point. At a random point of each an arrow shows the "
        f"critic's gradient; its length is {min(o.length for o in made):.2f} to {max(o.length for o in made):.2f}, "
        f"and the mean penalty {mean:.3f}."
    )
    return figure(
        drawing(500, 300, parts), said, "WGAN-GP asks for a gradient of length 1 on these lines, and nowhere else."
    )


def projection(made: ideas.Projection) -> str:
    """The features of a picture, a vector for each class, and the scores."""
    plot = Plot(20, 35, 240, 200, (-1.4, 2.2), (-1.4, 1.8))
    centre, tip = plot.at(0, 0), plot.at(*made.features)
    parts = [
        text(20, 22, "One picture, asked as three classes", "bold"),
        arrow(*centre, *tip, "ink"), text(tip[0] + 5, tip[1], "features"),
        text(300, 52, f"without a label: {made.plain:.2f}", "small"),
    ]  # fmt: skip
    best = max(made.scores, key=made.scores.get)
    for k, (name, vector) in enumerate(made.classes):
        end = plot.at(*vector)
        colour = "blue" if name == best else "orange"
        product = made.scores[name] - made.plain
        parts += [
            arrow(*centre, *end, colour, dashed=colour == "orange"),
            text(end[0] + (8 if end[0] > centre[0] else -4), end[1] + (16 if end[0] > centre[0] else -6),
                 f"class {name}", colour),
            text(300, 82 + 44 * k, f"asked as a {name}", f"bold {colour}"),
            text(300, 99 + 44 * k, f"{made.plain:.2f} {product:+.2f} = {made.scores[name]:.2f}", "small"),
        ]  # fmt: skip
    told = ", ".join(f"{score:.2f} as a {name}" for name, score in made.scores.items())
    said = f"The picture's features and three vectors of classes as arrows from one point. The score is {told}."
    return figure(
        drawing(500, 250, parts),
        said,
        "Projection adds to D's score the inner product of the features and the vector of the class.",
    )


def r1(made: ideas.Orbits) -> str:
    """The smallest GAN with and without R1: where G and D go."""
    reach = 1.1 * float(max(abs(made.plain).max(), abs(made.penalised).max()))
    parts, ends = [], []
    for k, (title, path, colour) in enumerate(
        (("Without a penalty", made.plain, "orange"), (f"With R1 (γ = {made.gamma:g})", made.penalised, "blue"))
    ):
        plot = Plot(35 + 245 * k, 40, 190, 190, (-reach, reach), (-reach, reach))
        end = path[-1]
        ends.append(math.hypot(*end))
        parts += [
            text(plot.left, 24, title, "bold"),
            line(*plot.at(-reach, 0), *plot.at(reach, 0), "faint"),
            line(*plot.at(0, -reach), *plot.at(0, reach), "faint"),
            plot.curve(path[:, 0], path[:, 1], colour), dot(*plot.at(*path[0]), "ink"), cross(*plot.at(0, 0), "green"),
            text(plot.at(*path[0])[0] - 6, plot.at(*path[0])[1] - 8, "start", "small", "end"),
            text(plot.left + 190, plot.at(0, 0)[1] + 18, "θ", "bold", "end"),
            text(plot.left + 100, 50, "ψ", "bold"),
            text(plot.left, 248, f"at the end {ends[-1]:.2f} from rest", "small"),
        ]  # fmt: skip
    said = (
        f"Two paths of G and D from the same start, {len(made.plain) - 1} steps each. Without a penalty the path goes "
        f"round and ends {ends[0]:.2f} from the point of rest; with R1 it winds inwards and ends {ends[1]:.2f} from it."
    )
    return figure(
        drawing(500, 262, parts),
        said,
        "The smallest GAN: a real point at 0, a generated one at θ, and a D with slope ψ. With R1 it comes to rest.",
    )


def relativistic(made: ideas.Compared) -> str:
    """Pairs of a real and a generated picture on the score of D, without and with penalties on its slope."""
    score = [lambda x, k=k: float(np.interp(x, made.x, made.curves[k])) for k in (0, 1)]
    low, high = (edge(float(edge(curve)) for curve in made.curves) for edge in (min, max))
    parts = []
    for k, (title, colour) in enumerate((("Without penalties", "orange"), ("With R1 and R2", "blue"))):
        plot = Plot(35 + 245 * k, 45, 200, 165, (float(made.x[0]), float(made.x[-1])), (low - 1, high + 1))
        pairs = [(plot.at(a, score[k](a)), plot.at(b, score[k](b))) for a, b in zip(made.real, made.fake, strict=True)]
        parts += [
            text(plot.left, 22, title, "bold"), plot.axes("all pictures, laid out on a line", "D's score"),
            plot.curve(made.x, made.curves[k], colour), *(line(*a, *b, "faint", dashed=True) for a, b in pairs),
            *(part for a, b in pairs for part in (cross(*a, "green"), dot(*b, "orange"))),
            text(plot.left, 262, f"mean loss of the pairs {made.losses[k]:.2f}", "small"),
            text(plot.left, 278, f"largest slope at a picture {made.slopes[k]:.2f}", "small"),
        ]  # fmt: skip
    parts += [text(35, 296, "× real", "green small"), text(85, 296, "• generated", "orange small")]
    said = (
        f"Two curves of D's score over pictures on a line. {len(made.real)} dashed lines join each real picture with "
        f"the generated one that it is compared with. Without penalties D is steep, by {made.slopes[0]:.2f} at a "
        f"picture, and the mean loss is {made.losses[0]:.2f}; with R1 and R2 its slope is {made.slopes[1]:.2f} at most "
        f"and the loss {made.losses[1]:.2f}."
    )
    return figure(
        drawing(500, 306, parts),
        said,
        "Only the difference of two scores counts: each real picture should score higher than the generated one that "
        "it is joined with. R1 and R2 keep D flat at both.",
    )


def squared_error(made: ideas.Pulls) -> str:
    """How strongly two losses pull on a picture, over D's answer."""
    reach = (float(made.logit[0]), float(made.logit[-1]))
    plot = Plot(50, 30, 420, 180, reach, (0, float(made.squared.max())))
    k = int(abs(made.logit - 3).argmin())
    parts = [
        plot.axes(
            "D's answer on a generated picture", "how strongly the loss pulls", (-4, 0, 1, 4), (0, 1, 2, 3, 4, 5)
        ),
        plot.curve(made.logit, made.squared, "blue"),
        plot.curve(made.logit, made.cross_entropy, "orange", dashed=True),
        line(*plot.at(1, 0), *plot.at(1, 3.2), "faint", dashed=True),
        text(*plot.at(1.1, 3.1), "1: what D says of real pictures", "small"),
        text(*plot.at(-3.2, 4.6), "squared error", "blue"),
        text(*plot.at(-3.9, 1.2), "cross-entropy", "orange"),
    ]
    said = (
        f"Squared error pulls a picture towards the answer 1 from both sides, with strength {made.squared[k]:.2f} at "
        f"3. Cross-entropy pulls with strength 1 at most, and {made.cross_entropy[k]:.2f} at 3."
    )
    caption = (
        "Cross-entropy hardly pulls at a picture that D takes for real; squared error pulls it back to the score of "
        "real pictures."
    )
    return figure(drawing(500, 255, parts), said, caption)


def overlap(made: ideas.Overlap) -> str:
    """Two heaps that do not touch, and the same after noise, each with its best D."""
    parts = []
    for k, (title, one, steepest) in enumerate(
        (("As they are", made.clear, made.steepest[0]), ("With noise", made.noisy, made.steepest[1]))
    ):
        left, most = 30 + 240 * k, float(one.real.max()) * 1.1
        above, below = Plot(left, 40, 205, 80, (-4, 4), (0, most)), Plot(left, 150, 205, 80, (-4, 4), (0, 1))
        parts += [
            text(left, 24, title, "bold"), above.axes(),
            above.curve(one.x, one.real, "green"), above.curve(one.x, one.fake, "orange", dashed=True),
            below.axes(y_title="the best D", y_marks=(0, 1)), below.curve(one.x, one.best, "blue"),
            text(left, 252, f"steepest slope {steepest:.2f}", "small"),
        ]  # fmt: skip
        parts += [text(above.at(1.6, 0)[0], 60, "real", "green small"),
                  text(above.at(-1.6, 0)[0], 60, "generated", "orange small", "end")]  # fmt: skip
    said = (
        f"Without noise two narrow heaps do not touch, and the best D is a step of slope {made.steepest[0]:.2f}, flat "
        f"at the heaps. With noise they overlap, and the best D rises everywhere, by {made.steepest[1]:.2f} at most."
    )
    return figure(drawing(500, 265, parts), said, "If D is flat at the generated pictures, it teaches G nothing.")


def smoothing(made: ideas.Smoothing) -> str:
    """D's loss on a real picture, with and without label smoothing."""
    shown = made.smoothed < 1.7
    plot = Plot(50, 30, 420, 180, (float(made.probability[0]), 1), (0, 1.7))
    least = float(made.smoothed.min())
    parts = [
        plot.axes("D's probability that a real picture is real", "D's loss", (0.2, 0.5, 0.9), (0, 1)),
        plot.curve(made.probability, made.plain, "orange", dashed=True),
        plot.curve(made.probability[shown], made.smoothed[shown], "blue"),
        line(*plot.at(made.target, 0), *plot.at(made.target, least), "faint", dashed=True),
        text(*plot.at(0.3, 1.42), "label 1", "orange"), text(*plot.at(0.66, 0.72), f"label {made.target:g}", "blue"),
    ]  # fmt: skip
    said = (
        f"With label 1 the loss falls all the way to probability 1. With label {made.target:g} it is least at "
        f"{made.target:g} and rises beyond."
    )
    return figure(drawing(500, 255, parts), said, "With smoothed labels, being entirely sure raises D's loss.")


def pairs(made: ideas.Pairs) -> str:
    """The share of pairs that are alike, over the number of kinds."""
    plot = Plot(50, 30, 420, 170, (0.4, float(made.kinds[-1]) + 0.6), (0, 1.15))
    wide = 26
    parts = [
        plot.axes("kinds of pictures that G draws", "share of pairs that are of one kind", made.kinds, (0, 0.5, 1))
    ]
    for k, share in zip(made.kinds, made.alike, strict=True):
        x, y = plot.at(float(k), float(share))
        colour = "green" if k == made.kinds[-1] else "orange"
        rect = f'x="{x - wide / 2:.1f}" y="{y:.1f}" width="{wide}" height="{plot.top + plot.height - y:.1f}"'
        parts += [
            f'<rect {rect} style="stroke:none" class="{colour}-fill"/>',
            text(x, y - 4, f"{100 * share:.0f} %", "small", "middle"),
        ]
    said = "Bars: " + ", ".join(
        f"{100 * share:.0f} % of pairs with {k} kinds" for k, share in zip(made.kinds, made.alike, strict=True)
    )
    caption = (
        "One picture does not show how many kinds G draws; pairs do. If ten digits are drawn equally often, one pair "
        "in ten shows the same digit twice."
    )
    return figure(drawing(500, 245, parts), f"{said}.", caption)


def neighbours(made: ideas.Neighbours) -> str:
    """What one pixel depends on, in a fully connected layer and in a convolution."""
    cells, step, at = made.side, 6.5, (13, 16)
    everything = [(row, column) for row in range(cells) for column in range(cells)]
    near = [
        (at[0] + row, at[1] + column) for row in range(-1, made.kernel - 1) for column in range(-1, made.kernel - 1)
    ]
    parts = [
        text(20, 24, "Fully connected", "bold"), schemes.grid(20, 40, cells, step, everything, at),
        text(20, 242, f"{made.connected} weights for this pixel", "small"),
        text(20, 257, "and others for the next one", "small"),
        text(270, 24, f"Convolution {made.kernel} × {made.kernel}", "bold"),
        schemes.grid(270, 40, cells, step, near, at),
        text(270, 242, f"{made.shared} weights", "small"), text(270, 257, "and the same ones at every pixel", "small"),
    ]  # fmt: skip
    said = (
        f"Left: a pixel that depends on all {made.connected} pixels of a picture. Right: one that depends on the "
        f"{made.shared} around it."
    )
    caption = "A convolution knows which pixels are neighbours; a fully connected layer does not."
    return figure(drawing(500, 270, parts), said, caption)


BY_NAME: dict[str, Callable[..., str]] = {
    "best_d": best_d, "two_losses": two_losses, "wasserstein": wasserstein, "lipschitz": lipschitz,
    "gradient_penalty": gradient_penalty, "projection": projection, "r1": r1, "squared_error": squared_error,
    "relativistic": relativistic, "overlap": overlap, "smoothing": smoothing, "pairs": pairs, "neighbours": neighbours,
}  # fmt: skip
"""Name of a drawing, as lessons give it -> function of what the function of that name in demo/zoo/ideas.py returns"""
SCHEMES: dict[str, Callable[[], str]] = {
    "style": schemes.style, "two_answers": schemes.two_answers, "augmentation": schemes.augmentation,
}  # fmt: skip
"""Name of a drawing without numbers -> what draws it"""
