"""Networks: shapes at every size, a gradient for every parameter, labels, what is refused, counts by hand."""

import re
from dataclasses import replace

import pytest
import torch
from helpers import CLASSES, gan, noise, small

import train
from gan_models import Recipe, RecipeError, build
from gan_models.networks.common import Dropout, pyramid
from gan_models.registry import LOSSES, NETWORKS
from train.engine import loop

SMALL = {name: small(recipe) for name, recipe in train.recipes().items()}
FAMILIES = {name: small(Recipe(name=name, network=name)) for name in NETWORKS}
LABELLED = {
    f"{name}-{labels}": replace(r, conditional=True, class_names=CLASSES, network_args={"width": 4, "labels": labels})
    for name, r in FAMILIES.items()
    for labels in ("projection", "auxiliary")
}
EVERY = {**SMALL, **{f"family-{k}": r for k, r in FAMILIES.items()}, **LABELLED}


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


@pytest.mark.parametrize("recipe", SMALL.values(), ids=SMALL)
def test_every_parameter_gets_a_gradient_from_the_recipes_own_losses(recipe):
    torch.manual_seed(0)
    G, D = (net.train() for net in build(recipe))
    real, y = noise(recipe).batch(16)
    look = loop.viewer(recipe, 0.1)
    fake = G(torch.randn(16, recipe.z_dim), loop.labels(recipe, y))

    judged = loop.judge(recipe, D, look(real), look(fake.detach()), y)
    loop.objective(recipe, loop.D_LOSS, D, judged, recipe.d_terms).backward()
    assert not _without_gradient(D)
    assert all(p.grad is None for p in G.parameters())

    judged = judged._replace(on_real=loop.detached(judged.on_real), on_fake=D(look(fake), loop.labels(recipe, y)))
    loop.objective(recipe, loop.G_LOSS, D, judged, recipe.g_terms).backward()
    assert not _without_gradient(G)


def _without_gradient(net) -> list[str]:
    return [
        name
        for name, p in net.named_parameters()
        if p.grad is None or not p.grad.isfinite().all() or not p.grad.abs().max() > 0
    ]


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


def test_spectral_norm_bounds_every_layer_of_d():
    torch.manual_seed(0)
    _, D = build(small(Recipe(name="x"), network_args={"width": 4, "d_norm": "none", "d_spectral": True}))
    for _ in range(50):  # one power iteration each
        D(torch.randn(4, 1, 28, 28))
    layers = [m for m in D.modules() if isinstance(m, torch.nn.Linear | torch.nn.Conv2d)]
    assert len(layers) == 3
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
