"""A conditional generator is asked in the shares of the reference while it trains and when it is measured; and what the
reference's file may hold."""

import json
from dataclasses import replace

import pytest
import torch
from helpers import CLASSES, gan, noise, small
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save
from test_watch import RECIPE, put_extractor, put_reference

import gan_models
import train
from gan_models.metrics import reference as references
from gan_models.metrics.extractors import load_cnn
from train.engine import watch
from train.engine.args import RunError, TrainArgs


@pytest.fixture
def zoo(tmp_path):
    put_reference(tmp_path, put_extractor(tmp_path))
    return tmp_path


def unequal(counts) -> references.Reference:
    """A reference with this many pictures of each class, of features that no test uses."""
    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    labels = labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))]
    about = {"dataset": "noise", "n": len(labels), "class_names": list(CLASSES)}
    return references.Reference(about, torch.zeros(len(labels), 1), labels, labels, *[torch.zeros(len(labels))] * 3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=3, max_size=3), st.integers(1, 500))
def test_a_conditional_generator_is_asked_for_each_class_as_often_as_it_stands_in_the_reference(counts, n):
    recipe = replace(RECIPE, conditional=True, class_names=CLASSES)
    asked = unequal(counts).asked(recipe, n)
    assert asked.dtype == torch.int64 and torch.equal(asked, asked.sort().values)
    shares, real = asked.bincount(minlength=3) / n, torch.tensor(counts) / sum(counts)
    assert len(asked) == n and ((shares - real).abs() <= 2 / n + 1 / sum(counts)).all()
    assert unequal(counts).asked(RECIPE, n) is None


def test_a_look_asks_for_the_shares_of_the_reference(zoo, monkeypatch):
    monkeypatch.setattr(watch, "SAMPLES", 100)
    extractor = load_cnn(zoo / "noise" / "extractor")
    data = noise(RECIPE, seed=1)
    data = replace(data, labels=torch.tensor([0] * 30 + [1] * 15 + [2] * 3))
    training = references.Training(data.images, extractor(data.images).features)
    reference = references.build(extractor, data, training, "test", "0" * 16)
    told = gan(small(train.recipes()["cgan"]))
    asked = []

    class Asked(gan_models.GAN):
        def sample(self, seeds, labels=None, **more):
            asked.extend(self.labels_of(seeds) if labels is None else labels.tolist())
            return super().sample(seeds, labels, **more)

    look = watch.Watch(extractor, reference, 10)(Asked(told.recipe, told.G))
    assert look["fd"] > 0 and [asked.count(k) for k in range(3)] == [63, 31, 6]


def test_a_conditional_run_of_other_classes_than_the_references_is_refused(zoo):
    args = TrainArgs(images=80, eval_every=40, checkpoints=str(zoo), device="cpu")
    recipe = replace(RECIPE, conditional=True, class_names=("cat", "dog"))
    with pytest.raises(RunError, match="has the classes cat, dog, and the reference of noise has zero, one, two"):
        watch.Watch.open(args, noise(RECIPE), recipe)
    assert watch.Watch.open(args, noise(RECIPE), RECIPE).every == 40  # without labels it makes no difference


DAMAGE = {
    "no class names": lambda about, t: about.pop("class_names"),
    "class names of another kind": lambda about, t: about.update(class_names="zero"),
    "no data set": lambda about, t: about.pop("dataset"),
    "no split": lambda about, t: about.pop("split"),
    "no hash": lambda about, t: about.pop("hash"),
    "no size": lambda about, t: about.pop("size"),
    "channels of text": lambda about, t: about.update(channels="1"),
    "fewer classes": lambda about, t: about["class_names"].pop(),
    "a negative label": lambda about, t: t["labels"].fill_(-1),
    "a class that is never seen": lambda about, t: t["predicted"].fill_(3),
    "labels that are no whole numbers": lambda about, t: t.update(labels=t["labels"].float()),
    "not a number": lambda about, t: t["features"].view(-1)[:1].fill_(float("nan")),
    "an infinite radius": lambda about, t: t["radii"][:1].fill_(float("inf")),
    "a table of radii": lambda about, t: t.update(radii=t["radii"][:, None].contiguous()),
    "fewer features": lambda about, t: t.update(features=t["features"][:, 1:].contiguous()),
    "no picture": lambda about, t: (about.update(n=0), t.update({name: one[:0] for name, one in t.items()})),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_reference_whose_parts_do_not_fit_is_one_sentence_and_is_not_written(zoo, what):
    path, extractor = zoo / "noise" / "reference.safetensors", load_cnn(zoo / "noise" / "extractor")
    good = references.read(path, extractor)
    before = path.read_bytes()
    about, tensors = json.loads(json.dumps(good.about)), load(before)
    DAMAGE[what](about, tensors)
    if what != "a class that is never seen":  # the writer does not know the extractor's classes
        with pytest.raises(references.ReferenceError, match="is not written: ") as caught:
            references.write(references.Reference(about, **tensors), path)
        assert "\n" not in str(caught.value) and path.read_bytes() == before
    path.write_bytes(save(tensors, {"format": "1", "about": json.dumps(about)}))
    with pytest.raises(references.ReferenceError, match=r"is no reference or is damaged \(.*\): .* anew") as caught:
        references.read(path, extractor)
    assert "\n" not in str(caught.value)
