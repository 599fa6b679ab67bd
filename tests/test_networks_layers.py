"""Networks by hand: counts of parameters, initial weights, residual blocks, spectral norm, dropout."""

from dataclasses import replace

import pytest
import torch
from helpers import CLASSES, small

from gan_models import Recipe, build
from gan_models.networks.common import Dropout
from gan_models.networks.resnet import Down, Up


def parameters(net) -> int:
    return sum(p.numel() for p in net.parameters())


def test_parameters_of_the_mlp_by_hand():
    G, D = build(Recipe(name="x", network="mlp", z_dim=64, network_args={"width": 128}))
    assert parameters(G) == (64 * 128 + 128) + (128 * 256 + 256) + (256 * 512 + 512) + (512 * 784 + 784)
    assert parameters(D) == (784 * 512 + 512) + (512 * 256 + 256) + (256 + 1)


def test_parameters_of_the_dcgan_by_hand():
    recipe = Recipe(name="x", network="dcgan", z_dim=5, network_args={"width": 4})
    G, D = build(recipe)
    # 28 = 7 * 4: two steps, 8 channels at 7 pixels and 4 at 14; a bias only where no BatchNorm follows.
    assert parameters(G) == 5 * 8 * 49 + 16 + 8 * 4 * 16 + 8 + (4 * 16 + 1)
    assert parameters(D) == (4 * 16 + 4) + 4 * 8 * 16 + 16 + (8 * 49 + 1)
    # Three classes widen G's input by three; D has a vector of 8 * 49 per class, or a class head with biases.
    for labels, more in (("projection", 3 * 8 * 49), ("auxiliary", 3 * 8 * 49 + 3)):
        args = {"width": 4, "labels": labels}
        G2, D2 = build(replace(recipe, conditional=True, class_names=CLASSES, network_args=args))
        assert parameters(G2) == parameters(G) + 3 * 8 * 49
        assert parameters(D2) == parameters(D) + more


def test_parameters_of_the_resnet_by_hand():
    recipe = Recipe(name="x", network="resnet", z_dim=5, network_args={"width": 4})
    G, D = build(recipe)

    def up(i, o):  # two BatchNorms, two convolutions and a shortcut without biases
        return 2 * i + 9 * i * o + 2 * o + 9 * o * o + i * o

    def down(i, o):
        return (9 * i * o + o) + (9 * o * o + o) + (i * o + o)

    # 28 = 7 * 4: 8 channels up to 14 pixels, 4 at 28; D ends with a third block at 7 pixels, and sums over its places.
    assert parameters(G) == (5 * 8 * 49 + 8 * 49) + up(8, 8) + up(8, 4) + 2 * 4 + (9 * 4 + 1)
    assert parameters(D) == down(1, 4) + down(4, 8) + down(8, 8) + (8 + 1)
    for labels, more in (("projection", 3 * 8), ("auxiliary", 3 * 8 + 3)):
        args = {"width": 4, "labels": labels}
        G2, D2 = build(replace(recipe, conditional=True, class_names=CLASSES, network_args=args))
        assert parameters(G2) == parameters(G) + 3 * 8 * 49
        assert parameters(D2) == parameters(D) + more


@pytest.mark.parametrize(("halve", "side"), [(True, 2), (False, 4)])
def test_without_its_convolutions_a_residual_block_is_its_shortcut(halve, side):
    x = torch.randn(2, 3, 4, 4)
    up, down = Up(3, 5).eval(), Down(3, 5, halve=halve)
    for block in (up, down):
        torch.nn.init.zeros_(block.layers[-1].weight)
    mixed = torch.einsum("oi,nihw->nohw", up.shortcut.weight[:, :, 0, 0], x)
    twice = mixed.repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert torch.allclose(up(x), twice, atol=1e-6)
    torch.nn.init.constant_(down.shortcut.bias, 3)
    mixed = torch.einsum("oi,nihw->nohw", down.shortcut.weight[:, :, 0, 0], x) + 3
    mean = mixed.unflatten(2, (side, -1)).unflatten(4, (side, -1)).mean((3, 5))
    assert torch.allclose(down(x), mean, atol=1e-6)


def test_residual_d_hears_the_image_itself_and_later_blocks_what_a_relu_lets_through():
    torch.manual_seed(0)
    x = -torch.rand(2, 3, 4, 4) - 0.1
    first, later = Down(3, 5, first=True), Down(3, 5)
    assert (first.layers(x) - first.layers(2 * x)).abs().max() > 1e-3
    assert torch.equal(later(x) - later.shortcut(torch.nn.functional.avg_pool2d(x, 2)), torch.zeros(2, 5, 2, 2))


def test_parameters_of_the_stylegan2_by_hand():
    recipe = Recipe(name="x", network="stylegan2", z_dim=5, network_args={"width": 4, "most": 8})
    G, D = build(recipe)

    def dense(i, o):
        return i * o + o

    def styled(i, o):  # the style, the convolution, its bias, the strength of the noise
        return dense(5, i) + 9 * i * o + o + 1

    def to_image(i):
        return dense(5, i) + i + 1

    def block(i, o):
        return (9 * i * i + i) + (9 * i * o + o) + i * o

    # Channels 8, 8, 4 at 7, 14 and 28 pixels
    levels = styled(8, 8) + 2 * styled(8, 8) + styled(8, 4) + styled(4, 4)
    assert parameters(G) == 2 * dense(5, 5) + 8 * 49 + levels + 2 * to_image(8) + to_image(4)
    assert parameters(D) == (4 + 4) + block(4, 8) + block(8, 8) + (9 * 9 * 8 + 8) + dense(8 * 49, 8) + (8 + 1)
    assert G.sides == (7, 14, 28)
    args = {"width": 4, "most": 8}
    G2, D2 = build(replace(recipe, conditional=True, class_names=CLASSES, network_args=args))
    assert parameters(G2) == parameters(G) + 3 * 5 + 5 * 5  # an embedding, and its place beside z
    assert parameters(D2) == parameters(D) + 3 * 8


def test_parameters_of_the_r3gan_by_hand():
    recipe = Recipe(name="x", network="r3gan", z_dim=5, network_args={"width": 12, "core": 2}, size=14)
    G, D = build(recipe)

    def block(c, group):
        return (c * 2 * c + 2 * c) + (9 * 2 * c * group + 2 * c) + 2 * c * c

    # 24 channels at 7 pixels and 12 at 14; of 48 and 24 channels in the middle, groups of 16 and 8.
    blocks = 2 * block(24, 16) + block(12, 8) + 24 * 12
    assert parameters(G) == 5 * 24 + 24 * 49 + blocks + 12
    assert parameters(D) == 12 + blocks + 24 * 49 + (24 + 1)


def test_channels_double_up_to_a_limit():
    _, D = build(Recipe(name="x", size=128, network_args={"width": 96, "d_norm": "none"}))
    assert [m.out_channels for m in D.modules() if isinstance(m, torch.nn.Conv2d)] == [96, 192, 384, 512, 512]


def test_initial_weights_are_dcgans():
    torch.manual_seed(0)
    G, D = build(Recipe(name="x", network_args={"width": 32}))
    for net in (G, D):
        for m in net.modules():
            if isinstance(m, torch.nn.Conv2d | torch.nn.ConvTranspose2d) and m.weight.numel() > 5000:
                assert m.weight.std().item() == pytest.approx(0.02, rel=0.05)
            elif isinstance(m, torch.nn.BatchNorm2d):
                assert m.weight.mean().item() == pytest.approx(1, abs=0.02)
                assert m.bias.abs().max() == 0


@pytest.mark.parametrize(
    ("network", "args", "count"),
    [("dcgan", {"d_norm": "none"}, 3), ("resnet", {}, 10)],
)
def test_spectral_norm_bounds_every_layer_of_d(network, args, count):
    torch.manual_seed(0)
    recipe = Recipe(name="x", network=network)
    _, D = build(small(recipe, network_args={"width": 4, "d_spectral": True, **args}))
    for _ in range(50):  # one power iteration each
        D(torch.randn(4, 1, 28, 28))
    layers = [m for m in D.modules() if isinstance(m, torch.nn.Linear | torch.nn.Conv2d)]
    assert len(layers) == count
    for m in layers:
        assert torch.linalg.matrix_norm(m.weight.flatten(1), 2).item() == pytest.approx(1, rel=0.02)


def test_dropout_drops_its_share_and_keeps_the_mean():
    layer = Dropout(0.3)  # 0.3 * 256 is 76.8: 77 of 256 are dropped, and the others grow by 256 / 179
    torch.manual_seed(0)
    out = layer(torch.ones(1000, 1001))  # an odd number of elements
    assert sorted(out.unique().tolist()) == [0, pytest.approx(256 / 179)]
    assert (out == 0).float().mean().item() == pytest.approx(77 / 256, abs=0.002)
    assert out.mean().item() == pytest.approx(1, abs=0.003)
    for place in range(8):  # each byte of a draw is as good as the others
        assert (out.flatten()[place::8] == 0).float().mean().item() == pytest.approx(77 / 256, abs=0.006)
    assert layer.eval()(torch.ones(3)).tolist() == [1, 1, 1]
    assert Dropout(0)(torch.ones(3)).tolist() == [1, 1, 1]
