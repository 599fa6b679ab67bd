"""A variant in a file of its own: what its checkpoint needs elsewhere, what layers it may use, what it must not do."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import FAMILIES, LABELLED
from torch import nn

import gan_models
from demo.zoo.architecture import networks
from gan_models import GAN, CheckpointError, Recipe, RecipeError, build
from gan_models.networks.common import init_normal
from gan_models.registry import LOSSES, NETWORKS, check, register

SPECTRAL = {
    f"{name}-spectral": replace(FAMILIES[name], network_args={"width": 4, "d_spectral": True})
    for name in ("dcgan", "resnet")
}
ALL = {**FAMILIES, **LABELLED, **SPECTRAL}


@pytest.fixture(params=[True, False], ids=["ignores_shift", "minds_shift"])
def foreign(request):
    """A loss that is registered until `foreign()` is called, as a training script's is in its own process alone."""
    here = dict(LOSSES)

    @register(LOSSES, ignores_shift=request.param)
    def foreign_loss(real, fake):
        return fake.mean() - real.mean(), -fake.mean()

    def forget():
        LOSSES.clear()
        LOSSES.update(here)

    yield forget
    forget()


@pytest.mark.parametrize("recipe", ALL.values(), ids=ALL)
def test_a_checkpoint_of_a_scripts_own_loss_loads_where_the_loss_is_not_known(recipe, foreign, tmp_path):
    recipe = replace(recipe, loss="foreign_loss", loss_args={})
    torch.manual_seed(0)
    G, D = (net.half().float() for net in build(recipe))  # as precise as they are saved
    gan_models.save(tmp_path / "made", recipe, G, D)
    made = GAN(recipe, G, D=D)
    pictures = made.sample(range(4))
    labels = [0, 1, 2, 0] if recipe.classes else None
    expected = made.score(pictures, labels)
    foreign()
    loaded = gan_models.load(tmp_path / "made", discriminator=True)
    np.testing.assert_array_equal(loaded.sample(range(4)), pictures)
    np.testing.assert_allclose(loaded.score(pictures, labels), expected, rtol=1e-5, atol=1e-5)
    # The page Learn counts D's parameters without its weights.
    _, drawn = networks(tmp_path / "made", recipe)
    assert drawn.parameters == sum(p.numel() for p in made.D.parameters())


def test_weights_that_lack_the_bias_of_a_known_loss_are_refused(tmp_path):
    recipe = replace(FAMILIES["mlp"], loss="wasserstein")
    gan_models.save(tmp_path / "made", recipe, *build(recipe))
    path = tmp_path / "made" / "recipe.json"
    path.write_text(path.read_text().replace("wasserstein", "hinge"))
    with pytest.raises(CheckpointError, match=r"head\.judge\.bias"):
        gan_models.load(tmp_path / "made", discriminator=True)


def test_a_network_of_a_script_is_refused_with_the_place_where_networks_belong(monkeypatch):
    def tiny(recipe):
        return NETWORKS["mlp"](recipe)

    monkeypatch.setitem(NETWORKS, "tiny", tiny)
    recipe = Recipe(name="x", network="tiny")
    with pytest.raises(
        RecipeError, match=rf"'tiny' is registered in {__name__}, .* belongs in gan_models/networks/tiny\.py"
    ):
        check(recipe)
    tiny.__module__ = "__main__"
    with pytest.raises(RecipeError, match="'tiny' is registered in the training script"):
        check(recipe)
    tiny.__module__ = "gan_models.networks.mlp"  # the app finds it by the name of its file
    with pytest.raises(RecipeError, match=r"registered in gan_models\.networks\.mlp"):
        check(recipe)
    tiny.__module__ = "gan_models.networks.tiny"
    check(recipe)


class Odd(nn.Module):
    """Whatever a network of one's own may hold."""

    def __init__(self):
        super().__init__()
        self.bias = nn.Linear(3, 3)
        self.gain = nn.Parameter(torch.ones(3))
        self.layers = nn.Sequential(
            nn.Conv2d(3, 3, 3, bias=False), nn.BatchNorm2d(3, affine=False), nn.BatchNorm2d(3), nn.ReLU(inplace=True)
        )


class Biased(nn.Module):
    """A module whose bias starts at one."""

    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.ones(3))


def test_initial_weights_take_any_layer_and_leave_modules_of_ones_own_alone():
    torch.manual_seed(0)
    net = init_normal(nn.Sequential(Odd(), Biased()))
    odd, biased = net
    assert not odd.bias.bias.any() and 0 < odd.bias.weight.std() < 0.05
    assert odd.layers[1].weight is None and abs(odd.layers[2].weight.mean() - 1) < 0.05
    assert torch.equal(odd.gain, torch.ones(3)) and torch.equal(biased.bias, torch.ones(3))
