"""Discriminator rejection sampling restores a mixture that is known; streams, refusals, calibration."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import gan, small

import train
from gan_models import GAN, Recipe
from gan_models.latent import rejection
from gan_models.latent.rejection import Calibration, calibrate
from gan_models.networks.common import Verdict

RECIPES = train.recipes()


class White(torch.nn.Module):
    """A white picture in 80 % of all latents, else a black one."""

    def __init__(self):
        super().__init__()
        self.cut = torch.nn.Parameter(torch.tensor(-0.8416))

    def forward(self, z, y=None):
        return (2.0 * (z[:, :1, None, None] > self.cut) - 1).expand(-1, 1, 8, 8)


class Knows(torch.nn.Module):
    """The optimal D where half of the real pictures are white, in other units: 3 times the logit, and 5 more."""

    def forward(self, x, y=None):
        ratio = torch.where(x[:, 0, 0, 0] > 0, 0.5 / 0.8, 0.5 / 0.2)
        return Verdict(3 * ratio.log() + 5)


@pytest.fixture
def toy() -> GAN:
    made = GAN(Recipe(name="toy", size=8, z_dim=4, network="mlp"), White(), D=Knows())
    real = made.score(np.repeat(np.uint8([255, 0]), 500)[:, None, None, None] * np.ones((1, 8, 8, 1), np.uint8))
    made.calibration = calibrate(real, made.score(made.sample(range(10_000, 14_000))))
    return made


def test_what_is_accepted_has_the_shares_of_the_real_mixture(toy):
    calibration = toy.calibration
    assert calibration.slope == pytest.approx(1 / 3, rel=0.1) and calibration.offset == pytest.approx(-5 / 3, rel=0.1)
    # The likeliest picture is 2.5 times as likely among real ones, so exact rejection accepts 1 in 2.5.
    before, after = toy.sample(range(3000)), toy.sample(range(3000), accept=0.4)
    assert (before > 127).mean() == pytest.approx(0.8, abs=0.02)
    assert (after > 127).mean() == pytest.approx(0.5, abs=0.03)
    weak = (toy.sample(range(3000), accept=0.8) > 127).mean()
    assert 0.55 < weak < 0.77  # less is rejected, less is restored


def test_a_picture_is_its_seeds_own(toy):
    all_ = toy.sample(range(40), accept=0.3)
    assert np.array_equal(toy.sample([7, 39, 3], accept=0.3), all_[[7, 39, 3]])
    assert np.array_equal(toy.sample(range(40), accept=1), toy.sample(range(40)))
    kept = (all_ == toy.sample(range(40))).all((1, 2, 3))
    assert kept.any() and not kept.all()  # the usual picture where it is accepted


def test_every_variant_rejects_or_says_why_not():
    words = {}
    for name, recipe in RECIPES.items():
        g = gan(small(recipe))
        g.calibration = Calibration(1.0, 0.0, (-1.0, 0.0, 1.0))
        try:
            pictures = g.sample(range(5), accept=0.5)
            assert pictures.shape == (5, 28, 28, 1)
            words[name] = ""
        except ValueError as error:
            words[name] = str(error)
    assert not words["dcgan"] and not words["acgan"] and not words["cgan"]
    for name in ("wgan", "wgan_gp", "lsgan", "sngan", "r3gan"):
        assert "no probability" in words[name]
    assert "together" in words["pacgan"] and "together" in words["stylegan2"]


def test_what_it_cannot_do_is_refused_in_a_sentence(toy):
    for accept in (0, 0.01, 1.5, True, "half", float("nan")):
        with pytest.raises(ValueError, match=r"accept is a share from 0.02 to 1"):
            toy.sample([1], accept=accept)
    told = gan(small(RECIPES["cgan"]))
    with pytest.raises(ValueError, match="not calibrated; python -m train rejection"):
        told.sample([1], accept=0.5)
    told.calibration = toy.calibration
    with pytest.raises(ValueError, match="one class at a time"):
        told.sample([1], [[0.5, 0.5, 0]], accept=0.5)
    with pytest.raises(ValueError, match="without its discriminator"):
        GAN(told.recipe, told.G, calibration=toy.calibration).sample([1], accept=0.5)
    with pytest.raises(ValueError, match="does not tell generated pictures from real"):
        calibrate([0.0, 1.0, 2.0], [1.0, 2.0, 3.0])


def test_real_and_generated_that_do_not_overlap_still_give_a_finite_calibration():
    found = calibrate([10.0, 11.0], [-3.0, -2.0])
    assert Calibration.from_json(found.to_json()) == found and np.isfinite(found.gamma(0.5))


@pytest.mark.parametrize(
    "change",
    [
        {"slope": 0}, {"slope": -1}, {"slope": "1"}, {"offset": float("nan")}, {"offset": True}, {"quantiles": [1.0]},
        {"quantiles": [1.0, 0.0]}, {"quantiles": [0.0] * 1002}, {"quantiles": [0, 1e40]}, {"more": 1},
    ],
)  # fmt: skip
def test_a_strangers_calibration_is_read_only_where_it_makes_sense(change):
    good = {"slope": 1.0, "offset": 0.0, "quantiles": [-1.0, 1.0]}
    assert replace(Calibration.from_json(good), offset=0.0) == Calibration(1.0, 0.0, (-1.0, 1.0))
    with pytest.raises(ValueError):
        Calibration.from_json({**good, **change})


def test_the_calibration_of_a_folder_is_loaded_with_its_discriminator(zoo_folder):
    import gan_models
    from gan_models.metrics import record

    folder = zoo_folder / "toys" / "plain"
    found = Calibration(0.5, 0.25, (-1.0, 0.0, 2.0))
    record.update(folder, "toys", latent={"calibration": found.to_json()})
    record.update(folder, "toys", latent={"rebuild": {}})  # one does not lose the other
    assert gan_models.load(folder, discriminator=True).calibration == found
    assert gan_models.load(folder).calibration is None
    weights = (folder / "generator.safetensors").read_bytes()
    (folder / "generator.safetensors").write_bytes(
        (zoo_folder / "toys" / "deep" / "generator.safetensors").read_bytes()
    )
    assert rejection.read(folder) is None  # measured on other weights
    (folder / "generator.safetensors").write_bytes(weights)
    (folder / "metrics.json").write_text("no figures")
    assert gan_models.load(folder, discriminator=True).calibration is None
