"""Penalties on discriminators whose gradient is known."""

from math import log

import pytest
import torch
from torch import nn

from gan_models.networks.common import Verdict
from gan_models.penalties import Judged, squared_grad_norm
from gan_models.registry import PENALTIES

W = torch.tensor([1.0, 2.0, 2.0, 4.0]).view(1, 1, 2, 2)
"""Of length 5"""


class Linear(nn.Module):
    """D(x) = <w, x> + 3: its gradient is w everywhere."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(W.clone())

    def forward(self, x, y=None):
        return Verdict((self.w * x).sum([1, 2, 3]) + 3)


class Square(nn.Module):
    """D(x) = ||x||^2 / 2: its gradient is x. Remembers what it was asked."""

    def forward(self, x, y=None):
        self.x, self.y = x, y
        return Verdict(x.square().sum([1, 2, 3]) / 2)


class Flat(nn.Module):
    """D(x) = <0, x>: its gradient is nothing."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(1, 1, 2, 2))

    def forward(self, x, y=None):
        return Verdict((self.w * x).sum([1, 2, 3]))


def judged(D, real=None, fake=None, labels=None):
    real = torch.randn(6, 1, 2, 2) if real is None else real
    fake = torch.randn(6, 1, 2, 2) if fake is None else fake
    real, fake = real.requires_grad_(), fake.requires_grad_()
    return Judged(real, fake, torch.zeros(len(real), dtype=torch.int64) if labels is None else labels, D(real), D(fake))


def test_squared_grad_norm_is_one_number_per_image():
    x = torch.tensor([[3.0, 4.0], [1.0, 2.0]]).view(2, 1, 1, 2).requires_grad_()
    assert squared_grad_norm(Square()(x).logits, x).tolist() == pytest.approx([25, 5])


@pytest.mark.parametrize(
    ("name", "value", "slope"),
    [
        ("r1", 12.5, 1.0),  # ||w||^2 / 2, whose derivative is w
        ("r2", 12.5, 1.0),
        ("gradient_penalty", 16.0, 1.6),  # (||w|| - 1)^2, whose derivative is 2 (||w|| - 1) w / ||w||
    ],
)
def test_on_a_linear_d_by_hand(name, value, slope):
    D = Linear()
    penalty = PENALTIES[name](D, judged(D))
    penalty.backward()
    assert penalty.item() == pytest.approx(value, rel=1e-5)
    assert D.w.grad.flatten().tolist() == pytest.approx((slope * W).flatten().tolist(), rel=1e-5)


def test_r1_looks_at_the_real_images_and_r2_at_the_generated_ones():
    D = Square()
    real, fake = torch.full((3, 1, 2, 2), 1.0), torch.full((3, 1, 2, 2), 3.0)
    # ||x||^2 / 2 = 4 / 2 and 36 / 2
    assert PENALTIES["r1"](D, judged(D, real, fake)).item() == pytest.approx(2)
    assert PENALTIES["r2"](D, judged(D, real, fake)).item() == pytest.approx(18)


def test_the_gradient_penalty_is_taken_between_each_real_and_generated_image():
    D, n = Square(), 400
    torch.manual_seed(0)
    real, fake = torch.zeros(n, 1, 2, 2), torch.full((n, 1, 2, 2), 5.0)
    labels = torch.arange(n)
    penalty = PENALTIES["gradient_penalty"](D, judged(D, real, fake, labels)).item()
    t = D.x.detach().flatten(1) / 5
    assert (t == t[:, :1]).all()  # one place on the line for all pixels of an image
    assert (t >= 0).all() and (t <= 1).all()
    assert t[:, 0].unique().numel() > n / 2  # and another one for each image
    assert D.y is labels
    # The gradient at t is 5 t four times, of length 10 t: the mean of (10 t - 1)^2 over [0, 1] is 73 / 3.
    assert penalty == pytest.approx(73 / 3, rel=0.15)
    assert penalty == pytest.approx((10 * t[:, 0] - 1).square().mean().item(), rel=1e-4)


def test_a_flat_d_gets_no_nan_from_the_gradient_penalty():
    D = Flat()
    penalty = PENALTIES["gradient_penalty"](D, judged(D))
    penalty.backward()
    assert penalty.item() == pytest.approx(1, abs=1e-4)
    assert D.w.grad.isfinite().all()


def test_class_terms_by_hand():
    # Odds of 3 to 1 for class 0: -log 3/4 where the class is 0, -log 1/4 where it is 1. The mean of both.
    sure, unsure = torch.tensor([[log(3), 0.0]] * 2), torch.zeros(2, 2)
    both = Judged(None, None, torch.tensor([0, 1]), Verdict(None, sure), Verdict(None, unsure))
    assert PENALTIES["classify_real"](None, both).item() == pytest.approx((log(4 / 3) + log(4)) / 2)
    assert PENALTIES["classify_fake"](None, both).item() == pytest.approx(log(2))
