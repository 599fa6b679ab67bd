"""What D is shown: when a view does nothing, what it does by hand, and that G's gradient passes."""

from math import exp

import pytest
import torch

from gan_models.recipe import Recipe
from gan_models.registry import VIEWS
from gan_models.views import color, cutout, image_smoothing, translation
from train.engine.loop import viewer

FADING = ("instance_noise", "image_smoothing")


def pictures(n=4, channels=3, size=16):
    return torch.rand(n, channels, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", VIEWS)
def test_strength_zero_leaves_images_as_they_are(name, channels):
    x = pictures(channels=channels)
    assert torch.allclose(VIEWS[name](x, 0.0, 0.3), x, atol=1e-6)


@pytest.mark.parametrize("name", FADING)
def test_at_the_end_of_the_training_a_fading_view_is_gone(name):
    x = pictures()
    assert torch.equal(VIEWS[name](x, 1.5, 1.0), x)
    assert not torch.allclose(VIEWS[name](x, 1.5, 0.5), x, atol=1e-2)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", VIEWS)
def test_a_view_keeps_the_shape_passes_the_gradient_and_leaves_its_input_alone(name, channels):
    x = pictures(channels=channels).requires_grad_()
    before = x.detach().clone()
    torch.manual_seed(0)
    seen = VIEWS[name](x, 1.0, 0.0)
    assert seen.shape == x.shape and seen.dtype == x.dtype
    assert not torch.allclose(seen, x, atol=1e-3)
    seen.square().sum().backward()
    assert (x.grad.flatten(1).norm(dim=1) > 0).all() and x.grad.isfinite().all()
    assert torch.equal(x.detach(), before)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_draws_from_the_global_generator_only(name):
    x = pictures()
    seen = []
    for _ in range(2):
        torch.manual_seed(5)
        seen.append(VIEWS[name](x, 1.0, 0.2))
    assert torch.equal(*seen)


# Mirror


def test_half_of_the_pictures_are_mirrored_and_nothing_else_happens_to_them():
    x = pictures(n=400)
    torch.manual_seed(0)
    seen = VIEWS["mirror"](x, 1.0, 0.0)
    same, flipped = ((seen == one).flatten(1).all(1) for one in (x, x.flip(3)))
    assert (same ^ flipped).all()
    assert 160 < flipped.sum() < 240


def test_only_real_pictures_are_mirrored():
    look = viewer(Recipe(name="x", views={"mirror": 2.0}), 0.5)  # 2: every one
    x = pictures()
    assert torch.equal(look(x), x)
    assert torch.equal(look(x, real=True), x.flip(3))


# Blur


def test_blur_by_hand():
    # sigma 1, cut off at 2 pixels: 1, e^-1/2, e^-2, over their sum 1 + 2 e^-1/2 + 2 e^-2.
    x = torch.zeros(1, 1, 9, 9)
    x[0, 0, 4, 4] = 1
    line = torch.tensor([exp(-2), exp(-0.5), 1, exp(-0.5), exp(-2)]) / (1 + 2 * exp(-0.5) + 2 * exp(-2))
    seen = image_smoothing(x, 1.0, 0.0)[0, 0]
    assert torch.allclose(seen[2:7, 2:7], line[:, None] * line, atol=1e-6)
    assert seen.sum().item() == pytest.approx(1, abs=1e-5)
    assert seen[4, 4].item() == pytest.approx(0.40262**2, abs=1e-5)


def test_blur_halves_its_sigma_halfway():
    # strength 2 at progress 0.5 is sigma 1: neighbours along a line are in the ratio e^-1/2.
    x = torch.zeros(1, 1, 17, 17)
    x[0, 0, 8, 8] = 1
    seen = image_smoothing(x, 2.0, 0.5)[0, 0]
    assert (seen[8, 9] / seen[8, 8]).item() == pytest.approx(exp(-0.5), rel=1e-4)


def test_blur_keeps_channels_apart_and_a_constant_image_constant_up_to_its_edges():
    x = torch.tensor([-0.5, 0.0, 0.9]).view(1, 3, 1, 1).expand(2, 3, 12, 12)
    assert torch.allclose(image_smoothing(x, 1.5, 0.2), x, atol=1e-6)


# Noise


@pytest.mark.parametrize(
    ("name", "strength", "progress", "sigma"),
    [
        ("instance_noise", 0.5, 0.0, 0.5),
        ("instance_noise", 0.5, 0.75, 0.125),
        ("constant_noise", 0.3, 0.0, 0.3),
        ("constant_noise", 0.3, 1.0, 0.3),
    ],
)
def test_noise_has_the_sigma_that_was_asked_for(name, strength, progress, sigma):
    torch.manual_seed(0)
    seen = VIEWS[name](torch.full((64, 1, 32, 32), 0.25), strength, progress)
    assert seen.std().item() == pytest.approx(sigma, rel=0.02)
    assert seen.mean().item() == pytest.approx(0.25, abs=0.01)


# DiffAugment


def test_translation_moves_by_whole_pixels_within_its_limit():
    torch.manual_seed(0)
    x = torch.zeros(1000, 2, 16, 16)
    x[:, 0, 8, 8], x[:, 1, 8, 8] = 1, 0.5
    seen = translation(x, 1 / 8)
    n, row, column = seen[:, 0].nonzero().unbind(1)
    assert n.tolist() == list(range(1000))  # one pixel each, whole
    assert torch.equal(seen[:, 1], seen[:, 0] / 2)  # channels move together
    assert {(r - 8, c - 8) for r, c in zip(row.tolist(), column.tolist(), strict=True)} == {
        (dy, dx) for dy in range(-2, 3) for dx in range(-2, 3)
    }


def test_translation_shows_mid_grey_where_nothing_was():
    torch.manual_seed(0)
    seen = translation(torch.ones(200, 1, 16, 16), 1 / 8)[:, 0]
    assert set(seen.unique().tolist()) == {0.0, 1.0}
    assert (seen == 0).flatten(1).sum(1).max() == 16 * 16 - 14 * 14  # by two pixels in both directions


def test_grey_images_are_shifted_and_nothing_else():
    torch.manual_seed(0)
    seen = VIEWS["diff_augment"](torch.full((50, 1, 16, 16), 0.5), 1.0, 0.0)
    assert set(seen.unique().tolist()) == {0.0, 0.5}


@pytest.mark.parametrize(("wanted", "given"), [(1, 1), (3, 1), (3, 3)])
def test_diff_augment_moves_and_cuts_both_pictures_of_a_pair_alike_and_mixes_nothing_of_them(wanted, given):
    def seen(x):
        torch.manual_seed(0)
        return VIEWS["diff_augment"](x, 1.0, 0.0)

    pair = pictures(n=50, channels=wanted + given)
    other = pair.clone()
    other[:, wanted:] = 0.7  # another given picture
    assert torch.equal(seen(pair)[:, :wanted], seen(other)[:, :wanted])
    shown = seen(torch.full_like(pair, 0.5))
    assert set(shown.unique().tolist()) == {0.0, 0.5}  # shifted and cut out, never brighter or darker
    assert torch.equal(shown, shown[:, :1].expand_as(shown))  # at the same place in both
    assert ((shown == 0).flatten(1).sum(1) > 0).all()


def test_diff_augment_of_colour_pictures_is_colour_then_translation_then_cutout():
    x = pictures()
    torch.manual_seed(3)
    seen = VIEWS["diff_augment"](x, 1.0, 0.0)
    torch.manual_seed(3)
    assert torch.equal(seen, cutout(translation(color(x, 1.0), 1 / 8), 1 / 2))


def test_cutout_takes_out_a_square_of_half_the_side():
    torch.manual_seed(0)
    seen = cutout(torch.ones(400, 3, 32, 32), 0.5)
    gone = (seen == 0).all(1)
    assert torch.equal(gone, (seen == 0).any(1))  # all channels at the same place
    assert gone.flatten(1).sum(1).max() == 16 * 16
    assert (gone.any(1).sum(1) * gone.any(2).sum(1) == gone.flatten(1).sum(1)).all()  # a rectangle each
    assert gone.any(0).all()  # anywhere


def test_color_by_hand_on_a_constant_grey_image():
    # No saturation and no contrast to change: only brightness, one number per image, in +- 0.5.
    torch.manual_seed(0)
    seen = color(torch.full((500, 3, 4, 4), 0.1), 1.0) - 0.1
    each = seen[:, 0, 0, 0]
    assert torch.allclose(seen, each.view(-1, 1, 1, 1).expand_as(seen), atol=1e-6)
    assert each.min() >= -0.5001 and each.max() <= 0.5001
    assert each.min() < -0.45 and each.max() > 0.45


def test_color_stretches_colours_by_0_to_2_and_contrast_by_half_to_one_and_a_half():
    torch.manual_seed(0)
    x = torch.zeros(500, 3, 2, 2)
    x[:, 0], x[:, 2] = (
        0.1,
        -0.1,
    )  # the same colour in each pixel: its spread over channels shows saturation x contrast
    colour = color(x, 1.0)
    spread = (colour[:, 0] - colour[:, 2])[:, 0, 0] / 0.2
    assert spread.min() >= -1e-4 and spread.max() <= 3.0001
    assert spread.min() < 0.2 and spread.max() > 2.3
    x = torch.zeros(500, 3, 2, 2)
    x[:, :, 0], x[:, :, 1] = 0.1, -0.1  # grey stripes: their distance shows contrast
    stripes = color(x, 1.0)
    contrast = (stripes[:, 0, 0] - stripes[:, 0, 1])[:, 0] / 0.2
    assert contrast.min() >= 0.4999 and contrast.max() <= 1.5001
    assert contrast.min() < 0.55 and contrast.max() > 1.45
