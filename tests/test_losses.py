"""Losses against numbers worked out by hand, and the sign convention for every registered one."""

from math import log

import pytest
import torch

from gan_models.losses import non_saturating, wasserstein
from gan_models.registry import LOSSES

LN3 = log(3)


def test_non_saturating_by_hand():
    # sigmoid(0) = 1/2, sigmoid(ln 3) = 3/4, sigmoid(-ln 3) = 1/4.
    # L_D = -(log 1/2 + log 3/4) / 2 - (log(1 - 1/2) + log(1 - 1/4)) / 2 = log 8/3
    # L_G = -(log 1/2 + log 1/4) / 2 = 3/2 log 2
    d, g = non_saturating(torch.tensor([0.0, LN3]), torch.tensor([0.0, -LN3]))
    assert d.item() == pytest.approx(log(8 / 3))
    assert g.item() == pytest.approx(1.5 * log(2))


def test_label_smoothing_by_hand():
    # One real image, D = 3/4, target 0.9: -(0.9 log 3/4 + 0.1 log 1/4). The fake one, D = 1/4, target 0.
    d, g = non_saturating(torch.tensor([LN3]), torch.tensor([-LN3]), smooth=0.1)
    assert d.item() == pytest.approx(-(0.9 * log(3 / 4) + 0.1 * log(1 / 4)) - log(3 / 4))
    assert g.item() == pytest.approx(-log(1 / 4))


def test_label_smoothing_is_best_where_d_says_the_target():
    # With s = 0.1 the loss of a real image is least at D = 0.9, that is at a logit of log 9.
    real = torch.tensor([log(9)], requires_grad=True)
    non_saturating(real, torch.zeros(1), smooth=0.1)[0].backward()
    assert real.grad.item() == pytest.approx(0, abs=1e-6)


def test_wasserstein_by_hand():
    # L_D = (4 - 2) / 2 - (1 + 5) / 2 = -2, L_G = -(4 - 2) / 2 = -1
    d, g = wasserstein(torch.tensor([1.0, 5.0]), torch.tensor([4.0, -2.0]))
    assert d.item() == pytest.approx(-2)
    assert g.item() == pytest.approx(-1)


@pytest.mark.parametrize("name", LOSSES)
def test_a_better_d_has_a_lower_loss(name):
    worse, better = (LOSSES[name](torch.full((4,), a), torch.full((4,), -a))[0] for a in (0.0, 1.0))
    assert better < worse


@pytest.mark.parametrize("name", LOSSES)
def test_each_step_moves_the_logits_the_right_way(name):
    real, fake = torch.zeros(4, requires_grad=True), torch.zeros(4, requires_grad=True)
    d_loss, g_loss = LOSSES[name](real, fake)
    on_real, on_fake = torch.autograd.grad(d_loss, (real, fake), retain_graph=True)
    (for_g,) = torch.autograd.grad(g_loss, fake)
    assert (on_real < 0).all()  # going down the gradient, D's real logits rise
    assert (on_fake > 0).all()
    assert (for_g < 0).all()  # and G makes D's fake logits rise


@pytest.mark.parametrize("name", LOSSES)
def test_what_a_loss_says_of_shifts_is_true(name):
    real, fake = torch.tensor([0.3, -1.0]), torch.tensor([0.1, 0.7])
    bare, shifted = (LOSSES[name](real + c, fake + c)[0].item() for c in (0.0, 2.0))
    assert (bare == pytest.approx(shifted, abs=1e-6)) == LOSSES[name].ignores_shift


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_two_scalars_that_stay_finite_for_certain_ds(name):
    real, fake = torch.full((3,), -300.0), torch.full((3,), 300.0)
    for loss in (*LOSSES[name](real, fake), *LOSSES[name](-real, -fake)):
        assert loss.shape == () and loss.isfinite()
