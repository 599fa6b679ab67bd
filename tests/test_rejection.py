"""Discriminator rejection sampling restores a mixture that is known; streams, refusals, calibration."""

from argparse import Namespace
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import CLASSES, doubles, gan, small
from zoos import SIZE, put, put_extractor

import train
from gan_models import GAN, Recipe, real
from gan_models.latent import rejection
from gan_models.latent.rejection import Calibration, calibrate
from gan_models.metrics import reference
from gan_models.metrics.choose import extractor_for
from gan_models.networks.common import Verdict
from train.engine.data import Data
from train.measure import rejection as tool

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


def test_another_default_precision_changes_nothing():
    # A convolution, which takes no latents of another precision than its weights.
    g = gan(small(RECIPES["dcgan"]))
    g.calibration = Calibration(1.0, 0.0, (-1.0, 0.0, 1.0))
    usual = g.sample(range(9), accept=0.3)
    with doubles():
        assert np.array_equal(g.sample(range(9), accept=0.3), usual)


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
    with pytest.raises(ValueError, match="at least one of each"):
        calibrate([], [1.0])
    assert np.array_equal(toy.sample([1], accept=np.float32(0.5)), toy.sample([1], accept=0.5))


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


# The command


@pytest.fixture
def told(tmp_path):
    """The folder of a conditional checkpoint, in a zoo with 60 held-out pictures of its classes."""
    put(tmp_path / "toys" / "told", name="told", conditional=True, class_names=tuple(CLASSES))
    held_out(tmp_path, list(CLASSES))
    return tmp_path / "toys" / "told"


def held_out(zoo, names):
    pictures = np.random.default_rng(1).integers(0, 256, (60, SIZE, SIZE, 1), dtype=np.uint8)
    labels = [i % 3 if names else 0 for i in range(60)]
    real.write(zoo / "toys", real.SHOWN, real.Real(pictures, labels, names, "test"), "toys", 3)


@pytest.mark.parametrize("names", [[], ["cat", "dog", "owl"], ["two", "one", "zero"]])
def test_a_conditional_discriminator_is_not_calibrated_on_pictures_without_its_classes(told, tmp_path, names, capsys):
    held_out(tmp_path, names)
    assert tool.main([str(told), "--checkpoints", str(tmp_path), "--data-root", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert f"have {'the classes ' + ', '.join(names) if names else 'no classes'}: pictures with its own" in said
    assert not (told / "metrics.json").exists()


def test_the_effect_on_a_conditional_generator_is_measured_with_the_shares_of_the_reference(tmp_path):
    zoo = tmp_path / "zoo"
    (zoo / "toys").mkdir(parents=True)
    put_extractor(zoo / "toys" / "extractor")
    extractor = extractor_for("toys", 1, SIZE, zoo)
    images = torch.randint(256, (40, 1, SIZE, SIZE), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    data = Data("toys", images, torch.tensor([0] * 20 + [1] * 12 + [2] * 8), tuple(CLASSES))
    training = reference.Training(images, extractor(images).features)
    reference.write(reference.build(extractor, data, training, "test", "0"), zoo / "toys" / "reference.safetensors")
    asked = []

    class Asked(GAN):
        def sample(self, seeds, labels=None, *more, **options):
            asked.extend(self.labels_of(seeds) if labels is None else labels)
            return super().sample(seeds, labels, *more, **options)

    made = gan(small(Recipe(name="told", network="mlp", conditional=True, size=SIZE)))
    one = Asked(made.recipe, made.G, {"dataset": "toys"}, D=made.D, calibration=Calibration(1.0, 0.0, (-1.0, 1.0)))
    found = tool.measured(one, Namespace(n=100, accept=0.5, checkpoints=zoo))
    assert found["before"]["figures"]["fd"] > 0 and found["after"]["figures"]["fd"] > 0
    counts = [asked.count(k) / 2 for k in range(3)]  # before, and after
    assert sum(counts) == 100 and np.abs(np.array(counts) - [50, 30, 20]).max() <= 1
