"""The parts of a measured gain: draws of real images, generated ones, the score; and figures that can fail."""

from dataclasses import replace

import gains
import numpy as np
import pytest
import torch
from gains import SIZE, TRAIN, toys

import gan_models
from gan_models.sampling import latents
from train.measure import augment_gain, classifier, extractor
from train.measure.augment_gain import Job, Plan, Subject, measure
from train.measure.classifier import drawn, made

pytestmark = pytest.mark.usefixtures("one_thread")
small = pytest.fixture(autouse=True)(gains.small)
told = pytest.fixture(gains.told)


def test_draws_are_balanced_nested_and_by_seed():
    whole = drawn(TRAIN, 31, 0)
    assert whole.labels.bincount().tolist() == [11, 10, 10]
    few = drawn(TRAIN, 7, 0)
    all_of = {image.numpy().tobytes() for image in whole.images}
    assert len(all_of) == 31 and all(image.numpy().tobytes() in all_of for image in few.images)
    assert torch.equal(few.images, drawn(TRAIN, 7, 0).images)
    assert not torch.equal(few.images, drawn(TRAIN, 7, 1).images)


def test_generated_pictures_have_latents_of_their_own_for_each_seed(told):
    gan = gan_models.load(told)
    data = made(gan, TRAIN, 6, 2)
    assert data.images.dtype == torch.uint8 and data.images.shape == (6, 1, SIZE, SIZE)
    assert data.labels.tolist() == [0, 1, 2, 0, 1, 2]
    z = latents(range(12, 18), gan.recipe.z_dim)
    expected = gan.pictures(z, torch.eye(3)[data.labels])
    assert np.array_equal(data.images[:, 0].numpy(), expected[..., 0])


def test_the_score_takes_as_many_of_each_class_as_the_smallest_has(monkeypatch):
    monkeypatch.setattr(augment_gain, "CAS", 1000)
    lopsided = replace(TRAIN, images=TRAIN.images[:80], labels=TRAIN.labels[:80])
    assert lopsided.labels.bincount().tolist() == [27, 27, 26]
    assert augment_gain.balanced(lopsided) == 78
    monkeypatch.setattr(augment_gain, "CAS", 32)
    assert augment_gain.balanced(lopsided) == 30


def test_the_line_on_the_classifier_says_how_images_are_varied(monkeypatch):
    settings = {"flip": True, "degrees": 10.0, "zoom": 0.25, "width": 99, "epochs": 99}
    monkeypatch.setitem(extractor.SETTINGS, "toys", settings)
    line = classifier.described("toys", 40)
    assert line.endswith("moved by up to 2 px, turned by up to 10 degrees, scaled by up to 25 %, mirrored")
    monkeypatch.setitem(extractor.SETTINGS, "toys", {**settings, "flip": False, "degrees": 0.0, "zoom": 0.0})
    assert classifier.described("toys", 40).endswith("moved by up to 2 px")


class Painter:
    """A generator that paints toys as the real ones are, in the order that `mistake` makes of what was asked for."""

    def __init__(self, recipe, mistake):
        self.recipe, self.mistake = recipe, mistake

    def sample(self, seeds, labels):
        pictures = toys(len(labels), 100 + seeds[0])
        assert pictures.labels.tolist() == labels
        return pictures.images.permute(0, 2, 3, 1).numpy()[self.mistake(len(labels))]


def test_a_generator_is_worth_what_its_labels_are(told, monkeypatch):
    monkeypatch.setattr(augment_gain, "CAS", 300)
    monkeypatch.setattr(augment_gain, "GENERATED", 300)
    monkeypatch.setattr(classifier, "BATCH", 16)
    recipe, _ = gan_models.checkpoint.read_recipe(told)
    subject = Subject(told, recipe, toys(600), toys(600, 1), ("train", "test"))
    shared = {}

    def painted(mistake) -> dict:
        monkeypatch.setattr(gan_models, "load", lambda *_: Painter(recipe, mistake))
        (told / "metrics.json").unlink(missing_ok=True)
        return measure(subject, Plan(sizes=(3,), seeds=3, steps=60), shared)

    good = painted(np.arange)
    real = good["cas"]["real"]["mean"]
    assert real > 0.9 and good["cas"]["mean"] == pytest.approx(real, abs=0.05)
    assert good["gain"][0]["gain"]["mean"] > 0.03
    shuffled = painted(lambda n: np.random.default_rng(n).permutation(n))
    assert shuffled["cas"]["real"] == good["cas"]["real"]
    # Which class wins among labels without meaning is one draw for each of the three: far from exact, and from `real`.
    assert shuffled["cas"]["mean"] == pytest.approx(1 / 3, abs=0.3)
    wrong = painted(lambda n: (np.arange(n) + 1) % n)  # the class after that which was asked for
    assert wrong["cas"]["mean"] < 0.05
    assert Job("cas", 300, 0) in augment_gain.recall(wrong)
