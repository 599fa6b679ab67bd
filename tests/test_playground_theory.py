"""The playground without training: the Dirac-GAN, minimax by hand, and one dimension, against closed forms."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.zoo.playground import apart, critics, dirac, distances, g_losses, game, minimax
from demo.zoo.playground.dirac_gan import velocity
from demo.zoo.playground.one_dimension import LENGTHS, SHAPES
from gan_models.registry import LOSSES, PENALTIES


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


# Mescheder et al. 2018, appendix D, whose psi is ours with the other sign: (loss, terms) -> the field at (theta, psi).
FORMS = {
    "NS-GAN": (("non_saturating", {}), lambda t, p: (p * sigmoid(-p * t), -t * sigmoid(p * t))),
    "WGAN": (("wasserstein", {}), lambda t, p: (p, -t)),
    "WGAN-GP": (
        ("wasserstein", {"gradient_penalty": 0.7}),
        lambda t, p: (p, -t - 1.4 * np.sign(p) * (np.abs(p) - 1)),
    ),
    "R1": (("non_saturating", {"r1": 0.5}), lambda t, p: (p * sigmoid(-p * t), -t * sigmoid(p * t) - 0.5 * p)),
    "R2": (("non_saturating", {"r2": 0.5}), lambda t, p: (p * sigmoid(-p * t), -t * sigmoid(p * t) - 0.5 * p)),
    "LSGAN": (("least_squares", {}), lambda t, p: (p * (1 - p * t), -p * t * t)),
    "hinge": (("hinge", {}), lambda t, p: (p, -t * (p * t > -1))),
    "relativistic, R1 and R2": (
        ("relativistic", {"r1": 0.3, "r2": 0.2}),
        lambda t, p: (p * sigmoid(-p * t), -t * sigmoid(p * t) - 0.5 * p),
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_the_field_of_the_dirac_gan_is_the_closed_form(name):
    (loss, terms), form = FORMS[name]
    made = dirac(game(loss, terms), steps=1, side=8)
    theta, psi = made.at.astype(float).T
    assert np.abs(made.field.T - form(theta, psi)).max() < 2e-6 * max(1, np.abs(made.field).max())


def test_every_registered_loss_and_each_penalty_that_needs_no_labels_has_a_field():
    for loss in LOSSES:
        for terms in ({}, {"r1": 1.0}, {"r2": 1.0}, {"gradient_penalty": 1.0}):
            field = torch.stack(velocity(game(loss, terms), torch.tensor([0.5, -1.0]), torch.tensor([1.0, 0.3])))
            assert field.isfinite().all() and field.abs().sum() > 0
    with pytest.raises(ValueError, match="cannot take this objective: a class term needs"):
        dirac(game("hinge", {"classify_real": 1.0}))
    assert set(PENALTIES) >= {"r1", "r2", "gradient_penalty", "classify_real"}


def test_simultaneous_wgan_leaves_by_the_known_factor_and_alternating_stays():
    made = dirac(game("wasserstein"), (0.6, 0.8), 0.1, 0.1, steps=100)
    # (theta, psi) turns, and each step makes it longer by sqrt(1 + lr^2).
    assert made.distance[-1] == pytest.approx(1.01**50, rel=1e-4)
    assert "away" in made.verdict
    kept = dirac(game("wasserstein"), (0.6, 0.8), 0.1, 0.1, updates="alternating", steps=100)
    assert kept.distance.min() > 0.9 and kept.distance.max() < 1.1
    assert "does not come to rest" in kept.verdict


@pytest.mark.parametrize("term", ["r1", "r2"])
def test_with_r1_or_r2_it_comes_to_rest(term):
    made = dirac(game("non_saturating", {term: 0.5}), g_lr=0.3, d_lr=0.3, steps=150)
    assert made.distance[-1] < 0.02 and "comes to rest" in made.verdict


def test_clipping_holds_psi_within_its_walls_and_does_not_converge():
    made = dirac(game("wasserstein", weight_clip=0.4), g_lr=0.2, d_lr=0.2, steps=200)
    assert np.abs(made.path[1:, 1]).max() == pytest.approx(0.4)
    assert "does not come to rest" in made.verdict and made.distance[-50:].max() > 0.2


def test_a_path_that_runs_away_ends_early():
    made = dirac(game("least_squares"), (2.0, 2.0), 1.0, 1.0, steps=500)
    assert len(made.path) < 500 and np.isfinite(made.path).all() and "runs away" in made.verdict


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"updates": "both"}, "no update 'both'"),
        ({"start": (3.0, 0.0)}, "Theta at the start must be a number from -2 to 2"),
        ({"start": (0.0, math.nan)}, "Psi at the start"),
        ({"g_lr": 0}, "A learning rate must be a number from"),
        ({"steps": 10**9}, "Steps must be a whole number from 1 to 2,000"),
    ],
)
def test_the_dirac_gan_says_what_is_wrong(changes, words):
    with pytest.raises(ValueError, match=words):
        dirac(game(), **changes)


# Minimax


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), min_size=2, max_size=20), st.randoms())
def test_the_best_d_is_best_and_its_value_is_minus_log_4_plus_2_jsd(pairs, random):
    p, q = map(list, zip(*pairs, strict=True))
    if not sum(p) > 1e-3 or not sum(q) > 1e-3:
        return
    made = minimax(p, q, [random.random() for _ in p])
    p, q, best = made.p, made.q, made.best
    by_hand = sum(a * math.log(d) for a, d in zip(p, best, strict=True) if a > 1e-12)
    by_hand += sum(b * math.log(b / (a + b)) for a, b in zip(p, q, strict=True) if b > 1e-12)
    assert made.value == pytest.approx(by_hand, abs=1e-9)
    assert made.value == pytest.approx(-math.log(4) + 2 * made.jsd, abs=1e-9)
    assert -1e-12 <= made.jsd <= math.log(2) + 1e-12
    assert made.d_value <= made.value + 1e-12


def test_minimax_by_hand():
    # p = (1/4, 3/4), q = (3/4, 1/4): D* = p, JSD = log 2 - H(1/4).
    made = minimax([1, 3], [3, 1])
    entropy = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert made.best.tolist() == [0.25, 0.75] and made.jsd == pytest.approx(math.log(2) - entropy)
    assert minimax([1, 0], [0, 1]).jsd == pytest.approx(math.log(2))
    assert minimax([1, 0], [0, 1], [0.0, 0.5]).d_value == -math.inf


@pytest.mark.parametrize("p", [[1], [0, 0], [1, -1], [1, math.nan], "ab", [[1, 2]], [1] * 21, [1, math.inf]])
def test_a_histogram_that_is_none_gets_one_sentence(p):
    with pytest.raises(ValueError, match="The real histogram must be 2 to 20 heights"):
        minimax(p, [1, 1])


def test_the_losses_of_g_are_numbers():
    made = g_losses()
    assert all(np.isfinite(values).all() for values in made.losses.values())
    np.testing.assert_allclose(made.losses["saturating"], np.log1p(-made.probability), atol=1e-4)


def test_the_gradients_of_g():
    made = g_losses()
    d = made.probability
    assert made.gradients["saturating"] == pytest.approx(-d, abs=1e-5)  # nothing where D is sure that it is generated
    assert made.gradients["non_saturating"] == pytest.approx(d - 1, abs=1e-5)
    assert set(made.losses) == {"saturating"} | {k for k in LOSSES if not getattr(LOSSES[k], "pairs", False)}


# One dimension


@pytest.mark.parametrize("shape", SHAPES)
def test_emd_is_the_shift_and_js_is_flat_where_nothing_overlaps(shape):
    made = distances(shape, [-3.5, -1.0, 0.5, 3.0])
    assert made.values["EMD"] == pytest.approx(np.abs(made.shift), abs=1e-6)
    assert made.gradients["EMD"] == pytest.approx(np.sign(made.shift), abs=1e-3)
    for k in (0, 3):
        assert made.values["JS"][k] == pytest.approx(math.log(2), abs=0.01)
        assert made.gradients["JS"][k] == pytest.approx(0, abs=0.03)
    assert made.gradients["JS"][2] > 0.1


def test_kl_of_two_normal_densities_is_the_known_one_and_infinite_without_overlap():
    assert distances("normal", [0.5]).values["KL"][0] == pytest.approx(0.5**2 / (2 * LENGTHS["normal"] ** 2), rel=1e-3)
    assert distances("uniform", [2.0]).values["KL"][0] == math.inf


def test_the_plan_carries_all_mass_by_the_shift():
    made = apart(1.5, "two peaks")
    assert made.plan[:, 0] - made.plan[:, 1] == pytest.approx(1.5, abs=0.02)


def test_a_learnt_d_saturates_and_a_learnt_critic_does_not():
    made = critics(2.5, steps=250)
    at = np.abs(made.x - 2.5) < 0.3  # generated points
    assert made.probability[at].max() < 0.05
    assert np.abs(made.saturating_slope[at]).max() < 0.1
    assert np.abs(made.critic_slope[at]).min() > 0.4 and (made.critic_slope[at] < 0).all()  # towards the real ones


@pytest.mark.parametrize("shift", [5, math.nan, "1", True])
def test_a_shift_that_is_none(shift):
    with pytest.raises(ValueError, match="The shift must be a number from -4 to 4"):
        apart(shift)
    with pytest.raises(ValueError, match="no shape 'round'"):
        apart(1.0, "round")
