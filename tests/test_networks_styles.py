"""Style-based networks, their styles and noise; and those of R3GAN, which have no normalisation."""

from dataclasses import replace

import pytest
import torch
from helpers import FAMILIES, LABELLED

from gan_models import build
from gan_models.networks import stylegan2

# Style-based


@pytest.mark.parametrize("up", [False, True])
@pytest.mark.parametrize("demodulate", [False, True])
def test_a_modulated_convolution_has_weights_of_its_own_for_each_image(demodulate, up):
    torch.manual_seed(0)
    x, weight, style = torch.randn(3, 5, 7, 7), torch.randn(4, 5, 3, 3), torch.randn(3, 5)
    made = stylegan2.modulated_conv(x, weight, style, demodulate, up)
    for image, s, ours in zip(x, style, made, strict=True):
        own = weight * s[None, :, None, None]  # equation 1
        if demodulate:
            own = own / (own.square().sum([1, 2, 3], keepdim=True) + 1e-8).sqrt()  # equation 3
        image = image[None].repeat_interleave(2, 2).repeat_interleave(2, 3) if up else image[None]
        assert torch.allclose(ours, torch.nn.functional.conv2d(image, own, padding=1)[0], atol=1e-4)


def test_a_convolution_down_is_a_convolution_and_a_mean():
    torch.manual_seed(0)
    x, weight = torch.randn(2, 5, 6, 8), torch.randn(4, 5, 3, 3)
    by_hand = torch.nn.functional.conv2d(x, weight, padding=1).unflatten(3, (4, 2)).unflatten(2, (3, 2)).mean((3, 5))
    assert torch.allclose(stylegan2.conv_down(x, weight), by_hand, atol=1e-5)


def test_equalised_weights_are_scaled_when_they_are_used():
    torch.manual_seed(0)
    layer = stylegan2.Linear(400, 300, bias=0.5, rate=0.1)
    assert layer.weight.std().item() == pytest.approx(10, rel=0.02)
    x = torch.randn(200, 400)
    assert torch.allclose(layer(x), x @ layer.weight.T * 0.1 / 20 + 0.5, atol=1e-4)
    assert layer(x).std().item() == pytest.approx(1, rel=0.02)


def test_noise_is_new_in_training_and_constant_otherwise():
    torch.manual_seed(0)
    G, _ = build(FAMILIES["stylegan2"])
    z = torch.randn(1, 6).expand(2, -1)
    assert torch.allclose(*G.train()(z), atol=1e-5)  # its strength is zero at first
    for conv in (*G.convs, *G.ups):
        torch.nn.init.ones_(conv.strength)
    assert (G(z)[0] - G(z)[1]).abs().max() > 0.01
    G.eval()
    assert torch.allclose(*G(z), atol=1e-4)
    before = G(z)
    torch.manual_seed(5)
    assert torch.equal(G(z), before)
    G.convs[-1].noise.zero_()
    assert not torch.allclose(G(z), before, atol=1e-3)


def test_the_mean_style_follows_each_class():
    recipe = LABELLED["stylegan2-projection"]
    G, _ = build(recipe)
    G.mean.copy_(torch.arange(3.0)[:, None].expand(-1, 6))
    w = torch.arange(24.0).view(4, 6)
    G.follow(w, torch.tensor([2, 0, 2, 2]))
    rate = stylegan2.MEAN_RATE
    assert torch.allclose(G.mean[0], rate * w[1])
    assert torch.equal(G.mean[1], torch.ones(6))  # no image of this class
    assert torch.allclose(G.mean[2], 2 + rate * ((w[0] + w[2] + w[3]) / 3 - 2))

    before = G.mean.clone()
    z, y = torch.randn(4, 6), torch.tensor([2, 0, 2, 2])
    G.eval()(z, y)
    assert torch.equal(G.mean, before)
    G.train()(z, y)
    assert not torch.equal(G.mean, before)


def test_truncation_draws_a_style_towards_the_mean_of_its_class():
    G, _ = build(LABELLED["stylegan2-projection"])
    torch.nn.init.normal_(G.mean)
    z, y = torch.randn(4, 6), torch.tensor([2, 0, 1, 2])
    assert torch.equal(G.style(z, y, 0.0), G.mean[y])
    half = (G.style(z, y) + G.mean[y]) / 2
    assert torch.allclose(G.style(z, y, 0.5), half, atol=1e-6)
    mixed = torch.tensor([[0.5, 0.5, 0.0]] * 4)
    assert torch.allclose(G.style(z, mixed, 0.0), (G.mean[0] + G.mean[1]).expand(4, -1) / 2, atol=1e-6)


def test_only_the_direction_of_a_latent_counts_for_its_style():
    G, _ = build(FAMILIES["stylegan2"])
    z = torch.randn(3, 6)
    assert torch.allclose(G.style(z), G.style(3 * z), atol=1e-5)


def test_the_deviation_of_a_batch_by_hand():
    # Two places: 1 and 5 deviate by 2, 3 and 3 by 0. The mean is 1.
    x = torch.tensor([[1.0, 3.0], [5.0, 3.0]]).view(2, 1, 1, 2)
    seen = stylegan2.Deviation()(x)
    assert seen.shape == (2, 2, 1, 2) and torch.equal(seen[:, :1], x)
    assert seen[:, 1].flatten().tolist() == pytest.approx([1] * 4, abs=1e-3)


# Without normalisation


def test_r3gan_starts_as_a_linear_network():
    # The last convolution of each block is zero: what remains of D and, before its tanh, of G is linear.
    torch.manual_seed(0)
    G, D = build(replace(FAMILIES["r3gan"], loss="relativistic"))
    x, z = torch.randn(4, 1, 28, 28), 0.1 * torch.randn(4, 6)
    assert torch.allclose(D(2 * x).logits, 2 * D(x).logits, atol=1e-4) and D(x).logits.abs().max() > 0.01
    assert torch.allclose(G(2 * z).atanh(), 2 * G(z).atanh(), atol=1e-4) and G(z).abs().max() > 0.01


def test_r3gan_has_biases_only_within_its_blocks_and_no_norm():
    for net in build(replace(FAMILIES["r3gan"], loss="relativistic")):
        assert {name.rsplit(".", 2)[1] for name, _ in net.named_parameters() if name.endswith("bias")} == {
            "expand",
            "mix",
        }
        assert not [m for m in net.modules() if "Norm" in type(m).__name__]


@pytest.mark.parametrize(("core", "whole"), [(1, False), (3, True)])
def test_r3gans_d_sees_the_whole_image_with_three_blocks_at_its_coarsest_level(core, whole):
    # What the places behind the blocks add up is one number for each: does the middle one feel the corner?
    torch.manual_seed(0)
    _, D = build(replace(FAMILIES["r3gan"], network_args={"width": 4, "core": core}))
    for p in D.parameters():
        torch.nn.init.normal_(p)
    x = torch.randn(1, 1, 28, 28, requires_grad=True)
    (felt,) = torch.autograd.grad(D.layers(x)[:, :, 3, 3].sum(), x)
    assert (felt[0, 0, 0, 0] != 0) == whole
    assert felt[0, 0, 14, 14] != 0
