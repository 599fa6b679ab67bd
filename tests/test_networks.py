"""Networks: shapes at every size, a gradient for every parameter, labels, what is refused."""

import re
from dataclasses import replace

import pytest
import torch
from helpers import CLASSES, FAMILIES, LABELLED, SMALL, gan

import train
from gan_models import GAN, Recipe, RecipeError, build
from gan_models.networks.common import pyramid
from gan_models.registry import LOSSES
from gan_models.styles import STYLED

EVERY = {**SMALL, **{f"family-{k}": r for k, r in FAMILIES.items()}, **LABELLED}


@pytest.mark.parametrize("recipe", [*FAMILIES.values(), *LABELLED.values()], ids=[*FAMILIES, *LABELLED])
def test_which_networks_have_styles_is_known_by_name(recipe):
    G, _ = build(recipe)
    assert bool(GAN(recipe, G).sides) == (recipe.network in STYLED)


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


@pytest.mark.parametrize(("size", "least"), [(28, 4), (32, 4), (56, 4), (64, 4), (40, 3), (48, 3), (80, 3)])
def test_dcgan_goes_down_to_maps_of_four_pixels_or_three(size, least):
    recipe = train.recipes()["dcgan"].resized(size, 1)
    recipe = replace(recipe, network_args={**recipe.network_args, "width": 2})
    G, D = build(recipe)
    sides = []
    for net in (G, D):
        for layer in net.modules():
            if isinstance(layer, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
                layer.register_forward_hook(lambda _, given, out: sides.append(min(given[0].shape[-1], out.shape[-1])))
        with torch.no_grad():
            net.eval()(torch.zeros(1, recipe.z_dim) if net is G else torch.zeros(1, 1, size, size))
        assert min(sides) == least
        sides.clear()
