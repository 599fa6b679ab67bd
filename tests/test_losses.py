"""Losses against numbers worked out by hand, and the sign convention for every registered one."""

from math import log

import pytest
import torch

from gan_models.losses import hinge, least_squares, non_saturating, relativistic, wasserstein
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


def test_least_squares_by_hand():
    # Targets 0, 1, 1. L_D = ((3 - 1)^2 + (-1 - 1)^2) / 4 + (2^2 + 4^2) / 4 = 7, L_G = ((2 - 1)^2 + (4 - 1)^2) / 4 = 2.5
    real, fake = torch.tensor([3.0, -1.0]), torch.tensor([2.0, 4.0])
    d, g = least_squares(real, fake)
    assert d.item() == pytest.approx(7)
    assert g.item() == pytest.approx(2.5)
    # The paper's other targets, -1, 1, 0: 2 + (3^2 + 5^2) / 4 = 10.5, (2^2 + 4^2) / 4 = 5
    d, g = least_squares(real, fake, a=-1, b=1, c=0)
    assert d.item() == pytest.approx(10.5)
    assert g.item() == pytest.approx(5)


def test_least_squares_is_best_at_its_targets():
    a, b, c = 0.2, 0.9, 0.7
    real, fake = (torch.tensor([t], requires_grad=True) for t in (b, a))
    least_squares(real, fake, a, b, c)[0].backward()
    assert real.grad.item() == fake.grad.item() == 0
    mine = torch.tensor([c], requires_grad=True)
    least_squares(real.detach(), mine, a, b, c)[1].backward()
    assert mine.grad.item() == 0


def test_hinge_by_hand():
    # L_D = (max(0, 1 - 3) + max(0, 1 + 1)) / 2 + (max(0, 1 - 2) + max(0, 1 + 4)) / 2 = 1 + 2.5, L_G = -(-2 + 4) / 2
    real, fake = torch.tensor([3.0, -1.0]), torch.tensor([-2.0, 4.0])
    d, g = hinge(real, fake)
    assert d.item() == pytest.approx(3.5)
    assert g.item() == pytest.approx(-1)


def test_hinge_teaches_d_only_what_it_is_not_sure_of():
    real, fake = torch.tensor([3.0, 0.5], requires_grad=True), torch.tensor([-2.0, -0.5], requires_grad=True)
    d, g = hinge(real, fake)
    on_real, on_fake = torch.autograd.grad(d, (real, fake), retain_graph=True)
    assert on_real.tolist() == [0, -0.5]
    assert on_fake.tolist() == [0, 0.5]
    assert torch.autograd.grad(g, fake)[0].tolist() == [-0.5, -0.5]  # G learns from each


def test_relativistic_by_hand():
    # Pairs: real is ahead by ln 3, then behind by ln 3. L_D = (log(1 + 1/3) + log(1 + 3)) / 2, and L_G alike.
    # Means would say nothing of it: they are equal.
    real, fake = torch.tensor([2 * LN3, 0.0]), torch.tensor([LN3, LN3])
    d, g = relativistic(real, fake)
    assert d.item() == pytest.approx((log(4 / 3) + log(4)) / 2)
    assert g.item() == pytest.approx(d.item())
    d, g = relativistic(real, fake - LN3)  # ahead by ln 9, and level
    assert d.item() == pytest.approx((log(10 / 9) + log(2)) / 2)
    assert g.item() == pytest.approx((log(10) + log(2)) / 2)


# Of every loss. At logits of 0.5, which no loss wants: for least squares 0 is the target of generated images.


@pytest.mark.parametrize("name", LOSSES)
def test_a_better_d_has_a_lower_loss(name):
    worse, better = (LOSSES[name](torch.full((4,), 0.5 + a), torch.full((4,), 0.5 - a))[0] for a in (0.0, 0.25))
    assert better < worse


@pytest.mark.parametrize("name", LOSSES)
def test_each_step_moves_the_logits_the_right_way(name):
    real, fake = torch.full((4,), 0.5, requires_grad=True), torch.full((4,), 0.5, requires_grad=True)
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


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_says_whether_its_g_loss_looks_at_real_logits(name):
    real, fake = torch.tensor([0.3, -1.0], requires_grad=True), torch.tensor([0.1, 0.7], requires_grad=True)
    _, g_loss = LOSSES[name](real, fake)
    (on_real,) = torch.autograd.grad(g_loss, real, allow_unused=True)
    assert (on_real is not None) == getattr(LOSSES[name], "pairs", False)
