"""Networks: shapes at every size, a gradient for every parameter, labels, what is refused, counts by hand."""

import re
from dataclasses import replace

import pytest
import torch
from helpers import CLASSES, SMALL, gan, small

from gan_models import GAN, Recipe, RecipeError, build
from gan_models.networks import stylegan2
from gan_models.networks.common import Dropout, pyramid
from gan_models.networks.resnet import Down, Up
from gan_models.registry import LOSSES, NETWORKS
from gan_models.styles import STYLED

FAMILIES = {name: small(Recipe(name=name, network=name)) for name in NETWORKS}
LABELLED = {
    f"{name}-{labels}": replace(r, conditional=True, class_names=CLASSES, network_args={"width": 4, "labels": labels})
    for name, r in FAMILIES.items()
    for labels in ("projection", "auxiliary")
}
EVERY = {**SMALL, **{f"family-{k}": r for k, r in FAMILIES.items()}, **LABELLED}


@pytest.mark.parametrize("recipe", [*FAMILIES.values(), *LABELLED.values()], ids=[*FAMILIES, *LABELLED])
def test_which_networks_have_styles_is_known_by_name(recipe):
    G, _ = build(recipe)
    assert bool(GAN(recipe, G).sides) == (recipe.network in STYLED)


def parameters(net) -> int:
    return sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [28, 32, 64])
@pytest.mark.parametrize("recipe", EVERY.values(), ids=EVERY)
def test_shapes_and_ranges(recipe, size, channels):
    recipe = replace(recipe, size=size, channels=channels)
    G, D = build(recipe)
    y = torch.arange(5) % len(CLASSES) if recipe.conditional else None
    images = G(torch.randn(5, recipe.z_dim), y)
    assert images.shape == (5, channels, size, size) and images.dtype == torch.float32
    assert -1 <= images.min() < images.max() <= 1
    verdict = D(images, y)
    assert verdict.logits.shape == (5,)
    assert verdict.classes is None or verdict.classes.shape == (5, recipe.classes)


@pytest.mark.parametrize("recipe", EVERY.values(), ids=EVERY)
def test_a_loss_that_ignores_shifts_has_no_bias_in_the_last_layer(recipe):
    for name, loss in LOSSES.items():
        _, D = build(replace(recipe, loss=name, loss_args={}))
        assert (D.head.judge.bias is None) == loss.ignores_shift


# Labels


@pytest.mark.parametrize("recipe", LABELLED.values(), ids=LABELLED)
def test_a_one_hot_mixture_is_the_label_and_half_a_mixture_lies_elsewhere(recipe):
    g = gan(recipe)
    z, y = torch.randn(4, recipe.z_dim), torch.tensor([0, 2, 1, 2])
    asked = g(z, y)
    assert torch.equal(g(z, torch.nn.functional.one_hot(y, 3).float()), asked)
    assert not torch.allclose(g(z, (y + 1) % 3), asked, atol=1e-3)
    half = g(z, torch.tensor([[0.5, 0, 0.5]] * 4))
    assert not torch.allclose(half, asked, atol=1e-3)


@pytest.mark.parametrize("recipe", LABELLED.values(), ids=LABELLED)
def test_d_uses_the_label_by_projection_and_guesses_it_with_a_class_head(recipe):
    _, D = build(recipe)
    D.eval()
    x = torch.rand(4, 1, 28, 28)
    a, b = D(x, torch.zeros(4, dtype=torch.int64)), D(x, torch.ones(4, dtype=torch.int64))
    judges_the_label = recipe.network_args["labels"] == "projection"
    assert torch.equal(a.logits, b.logits) != judges_the_label
    assert (a.classes is None) == judges_the_label


def test_the_projection_by_hand():
    # logit = <judge, h> + <vector of the class, h>, with h = D's features
    _, D = build(LABELLED["mlp-projection"])
    D.eval()
    x, y = torch.rand(2, 1, 28, 28), torch.tensor([2, 0])
    h = D.layers(x)
    by_hand = [
        (h[i] @ D.head.judge.weight[0] + D.head.judge.bias[0] + h[i] @ D.head.project.weight[c]).item()
        for i, c in enumerate(y.tolist())
    ]
    assert D(x, y).logits.tolist() == pytest.approx(by_hand, abs=1e-5)


# What is refused


@pytest.mark.parametrize(
    ("size", "shape"),
    [(8, (4, 1)), (12, (6, 1)), (24, (6, 2)), (28, (7, 2)), (32, (4, 3)), (64, (4, 4)), (80, (5, 4))],
)
def test_a_size_is_a_base_of_4_to_7_doubled(size, shape):
    assert pyramid(size) == shape


@pytest.mark.parametrize(
    ("size", "below", "above"), [(30, 28, 32), (9, 8, 10), (27, 24, 28), (100, 96, 112), (1000, 896, 1024)]
)
def test_a_size_between_is_refused_and_the_neighbours_are_named(size, below, above):
    with pytest.raises(RecipeError, match=f"{size}-pixel images.* {below} and {above} are the nearest"):
        pyramid(size)


@pytest.mark.parametrize("recipe", FAMILIES.values(), ids=FAMILIES)
def test_a_family_makes_a_size_or_refuses_it_and_names_two_that_it_makes(recipe):
    for size in (9, 30, 31, 50, 100):
        try:
            G, D = build(replace(recipe, size=size))
        except RecipeError as error:
            _, *neighbours = map(
                int, re.findall(r"(?<!\w)\d{1,4}(?= |-pixel)", re.sub(r"4, 5, 6 or 7", "", str(error)))
            )
            assert len(neighbours) == 2 and neighbours[0] < size < neighbours[1]
            for neighbour in neighbours:
                build(replace(recipe, size=neighbour))
        else:
            images = G(torch.randn(2, recipe.z_dim))
            assert images.shape == (2, 1, size, size) and D(images).logits.shape == (2,)


@pytest.mark.parametrize("recipe", FAMILIES.values(), ids=FAMILIES)
def test_unknown_network_arguments_are_refused_and_the_known_ones_listed(recipe):
    for key in ("widht", "recipe", "self"):
        with pytest.raises(RecipeError, match=f"takes no '{key}'.*it takes width"):
            build(replace(recipe, network_args={key: 3}))


@pytest.mark.parametrize("value", [0, -4, 1e3, 2.5, "abc", None, [4], True])
@pytest.mark.parametrize("recipe", FAMILIES.values(), ids=FAMILIES)
def test_a_width_that_cannot_be_is_refused_by_name(recipe, value):
    with pytest.raises(RecipeError, match="width"):
        build(replace(recipe, network_args={"width": value}))


@pytest.mark.parametrize(
    ("network", "wrong"),
    [
        ("mlp", {"dropout": 7}),
        ("mlp", {"dropout": "much"}),
        ("mlp", {"labels": "both"}),
        ("mlp", {"labels": ["projection"]}),
        ("dcgan", {"d_dropout": -0.1}),
        ("dcgan", {"g_dropout": 7}),
        ("dcgan", {"d_norm": "foo"}),
        ("dcgan", {"d_norm": []}),
        ("dcgan", {"d_spectral": "no"}),
        ("resnet", {"d_spectral": "no"}),
        ("resnet", {"labels": "both"}),
        ("stylegan2", {"labels": "both"}),
        ("stylegan2", {"depth": 0}),
        ("r3gan", {"labels": "both"}),
        ("r3gan", {"blocks": 1.5}),
    ],
)
def test_network_arguments_of_a_wrong_kind_are_refused(network, wrong):
    with pytest.raises(RecipeError) as error:
        build(replace(FAMILIES[network], network_args=wrong))
    assert "\n" not in str(error.value)


def test_a_conditional_recipe_without_classes_is_refused():
    with pytest.raises(RecipeError, match="is conditional but has no class names"):
        build(Recipe(name="x", conditional=True))


# Counts by hand


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
