"""The drawings that explain an idea: their numbers against what they stand for, and what is drawn."""

import base64
import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch
from test_teaching import Reader

from demo.draw import ideas as draw
from demo.draw import svg, training_step
from demo.zoo import classroom, first_steps, ideas
from gan_models.losses import non_saturating

# The numbers of the drawings


def test_the_best_d_is_where_no_other_answer_is_better():
    made = ideas.best_d()
    for k in range(0, 121, 10):
        p, q = made.real[k], made.fake[k]
        value = [p * math.log(d) + q * math.log(1 - d) for d in np.linspace(0.001, 0.999, 999)]
        assert abs(np.linspace(0.001, 0.999, 999)[int(np.argmax(value))] - made.best[k]) < 2e-3


def test_the_two_losses_and_their_slopes_are_autograds():
    made = ideas.two_losses()
    t = torch.tensor(made.logit, requires_grad=True)
    ns = torch.stack([non_saturating(x[None], x[None])[1] for x in t])
    mm = torch.nn.functional.logsigmoid(-t)
    for values, curve, slope in (
        (ns, made.non_saturating, made.non_saturating_slope),
        (mm, made.minimax, made.minimax_slope),
    ):
        assert values.detach().numpy() == pytest.approx(curve)
        (gradient,) = torch.autograd.grad(values.sum(), t, retain_graph=True)
        assert gradient.numpy() == pytest.approx(slope)


def test_the_wasserstein_distance_is_that_of_the_best_of_all_plans():
    from itertools import permutations

    a, b = (0.3, 2.0, 1.1, -1.0), (5.0, 0.0, 2.2, 0.4)
    best = min(sum(abs(x - y) for x, y in zip(a, plan, strict=True)) / 4 for plan in permutations(b))
    assert ideas.wasserstein_1(a, b) == pytest.approx(best)
    with pytest.raises(ValueError, match="no such plan"):
        ideas.wasserstein_1([1], [])


def test_one_distance_grows_and_the_other_stops():
    made = ideas.wasserstein()
    assert made.wasserstein == pytest.approx(made.shifts)
    apart = made.shifts >= 1
    assert made.jensen_shannon[apart] == pytest.approx(math.log(2)) and made.jensen_shannon[0] == 0
    assert np.all(np.diff(made.jensen_shannon) >= -1e-12)
    # Of two uniform heaps that share 1 - s of their width the divergence is s log 2.
    assert made.jensen_shannon[5] == pytest.approx(made.shifts[5] * math.log(2))


def test_the_lipschitz_constant_is_the_largest_slope():
    made = ideas.lipschitz(8.0)
    assert made.constant == pytest.approx(4, rel=0.01) and abs(made.x[made.at]) < 0.02
    slopes = np.abs(np.diff(made.bounded) / np.diff(made.x))
    assert slopes.max() == pytest.approx(1)


def test_the_points_of_the_penalty_lie_on_their_lines_and_have_the_critics_gradient():
    for one in ideas.gradient_penalty():
        ux = one.share * one.real[0] + (1 - one.share) * one.fake[0]
        assert one.point[0] == pytest.approx(ux) and 0 <= one.share <= 1
        u = torch.tensor(one.point, dtype=torch.float64, requires_grad=True)
        (gradient,) = torch.autograd.grad(0.9 * u[0] + 0.25 * u[1] ** 2, u)
        assert gradient.tolist() == pytest.approx(one.gradient)
        assert one.penalty == pytest.approx((gradient.norm().item() - 1) ** 2)


def test_projection_adds_the_inner_product():
    made = ideas.projection()
    for name, vector in made.classes:
        assert made.scores[name] == pytest.approx(made.plain + np.dot(vector, made.features))
    assert max(made.scores, key=made.scores.get) == "3"


def test_without_r1_the_game_goes_round_and_with_it_it_rests():
    made = ideas.r1()
    radius = np.hypot(*made.plain.T)
    assert np.all(np.abs(radius - 1) < 0.06)  # round and round
    turned = np.unwrap(np.arctan2(*made.plain.T[::-1]))
    assert abs(turned[-1] - turned[0]) > 2 * math.pi
    assert np.hypot(*made.penalised[-1]) < 0.02


# The drawings


FIGURES = {name: make(getattr(ideas, name)()) for name, make in draw.BY_NAME.items()} | {
    "training_step": training_step.training_step(first_steps.PHASES),
    **{name: make() for name, make in draw.SCHEMES.items()},
}
STILL = {"phases": training_step.phases(first_steps.PHASES)}
"""Drawings that stand for another one"""


def document(figure: str) -> ET.Element:
    (address,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', figure)
    return ET.fromstring(base64.b64decode(address))


def test_every_drawing_of_a_lesson_is_there():
    assert set(FIGURES) == set(classroom.DRAWINGS)


@pytest.mark.parametrize("name", [*FIGURES, *STILL])
def test_a_drawing_is_sound_described_and_within_its_frame(name):
    drawn = {**FIGURES, **STILL}[name]
    root = document(drawn)
    width, height = float(root.get("width")), float(root.get("height"))
    numbers = [float(n) for p in root.iter() for n in re.findall(r"-?\d+\.\d+", p.get("points") or "")]
    assert all(math.isfinite(n) for n in numbers)
    for element in root.iter():
        for key, most in (("x", width), ("cx", width), ("x1", width), ("x2", width), ("y", height), ("cy", height)):
            if element.get(key):
                assert 0 <= float(element.get(key)) <= most, (name, element.attrib)
    (alt,) = re.findall(r'alt="([^"]+)"', drawn)
    assert len(alt) > 60 and "nan" not in alt
    assert "prefers-color-scheme:dark" in ET.tostring(root, encoding="unicode")
    assert "script" not in ET.tostring(root, encoding="unicode")


def luminance(colour: str) -> float:
    parts = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("theme", [svg.LIGHT, svg.DARK], ids=["light", "dark"])
def test_text_can_be_read_on_its_paper(theme):
    for name in ("ink", "blue", "orange", "green"):
        high, low = sorted((luminance(theme[name]), luminance(theme["paper"])), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, name


def test_words_in_a_drawing_are_escaped():
    made = svg.figure(svg.drawing(9, 9, [svg.text(1, 1, '<script>"&')]), '"><b>', "<i>")
    assert document(made).find(".//{*}text").text == '<script>"&'
    assert '"&gt;' not in made and Reader(made).tags[1][1]["alt"] == '"><b>' and "&lt;i&gt;" in made


# The drawings of single variants


def test_penalties_make_a_d_flat_at_real_and_generated_pictures():
    """The drawing of R3GAN: the loss and the slopes that it names are those of the curves that it shows."""
    made = ideas.relativistic()
    for curve, loss, slope in zip(made.curves, made.losses, made.slopes, strict=True):
        real, fake = (np.interp(points, made.x, curve) for points in (made.real, made.fake))
        assert np.log1p(np.exp(fake - real)).mean() == pytest.approx(loss, rel=0.3, abs=0.01)
        seen = np.interp([*made.real, *made.fake], made.x, np.abs(np.gradient(curve, made.x))).max()
        assert seen == pytest.approx(slope, rel=0.3) and (real > fake).all()
    assert made.slopes[1] < 1 < made.slopes[0] / 5, "R1 and R2 do what the caption says"


def test_squared_error_pulls_on_where_cross_entropy_has_let_go():
    made = ideas.squared_error()
    t = torch.tensor(made.logit, requires_grad=True)
    for loss, pull in (
        (torch.nn.functional.softplus(-t).sum(), made.cross_entropy),
        ((t - 1).pow(2).sum() / 2, made.squared),
    ):
        (gradient,) = torch.autograd.grad(loss, t)
        assert gradient.abs().numpy() == pytest.approx(pull)
    assert made.squared[-1] > 2 > 0.02 > made.cross_entropy[-1]


def test_noise_makes_the_best_d_gentle_and_the_densities_those_of_sums():
    made, draw = ideas.overlap(), np.random.default_rng(0)
    sigma = math.hypot(0.25, 1)
    for one in (made.clear, made.noisy):
        assert np.trapezoid(one.real, one.x) == pytest.approx(1, abs=5e-3)
        there = one.real + one.fake > 1e-9
        assert one.best[there] == pytest.approx((one.real / (one.real + one.fake))[there])
        assert np.trapezoid(one.real * one.x, one.x) == pytest.approx(1, abs=2e-2)
    noisy = draw.normal(1, 0.25, 50_000) + draw.normal(0, 1, 50_000)
    assert noisy.std() == pytest.approx(sigma, rel=0.02)
    assert made.steepest[0] > 10 * made.steepest[1]
    assert np.diff(made.clear.best).max() / 0.025 == pytest.approx(made.steepest[0])


def test_smoothed_labels_have_their_least_loss_at_the_target():
    made = ideas.smoothing()
    assert made.probability[made.smoothed.argmin()] == pytest.approx(made.target, abs=3e-3) and made.target == 0.9
    logit = torch.tensor(np.log(made.probability / (1 - made.probability)))
    both = torch.stack([non_saturating(one[None], torch.tensor([-99.0]), 0.1)[0] for one in logit])
    assert both.numpy() == pytest.approx(made.smoothed, abs=1e-5)


def test_pairs_of_few_kinds_are_alike():
    made, draw = ideas.pairs(), np.random.default_rng(0)
    for k, share in zip(made.kinds, made.alike, strict=True):
        some = draw.integers(0, k, (20_000, 2))
        assert (some[:, 0] == some[:, 1]).mean() == pytest.approx(share, abs=0.02)


def test_the_weights_of_a_pixel_are_those_of_the_layers():
    made = ideas.neighbours()
    assert made.connected == torch.nn.Linear(made.side**2, 1, bias=False).weight.numel() == 784
    assert made.shared == torch.nn.Conv2d(1, 1, made.kernel, bias=False).weight.numel() == 16
