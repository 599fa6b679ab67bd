"""What generated pictures are worth to a classifier: the arms are paired, stops cost nothing, also from scratch."""

import json
import shutil
from pathlib import Path

import gains
import pytest
import torch
from gains import TRAIN, command
from helpers import contents
from zoos import block

import gan_models
from gan_models.metrics import record
from train import engine
from train.engine import report
from train.engine.data import Data
from train.measure import augment_gain, classifier
from train.measure.augment_gain import main
from train.measure.classifier import drawn

pytestmark = pytest.mark.usefixtures("one_thread")
small = pytest.fixture(autouse=True)(gains.small)
told = pytest.fixture(gains.told)
trainings = pytest.fixture(gains.trainings)

# The whole command


def test_metrics_json_gets_what_was_measured_and_keeps_the_rest(told, capsys):
    record.update(told, "toys", measured={"eye": block(7)}, cost={"parameters": 5})
    assert main(command(told)) == 0
    content = record.read(told)
    assert content["measured"] == {"eye": block(7)} and content["cost"] == {"parameters": 5}
    assert record.current(told)
    augment = content["augment"]
    assert augment.keys() == {"classifier", "settings", "seeds", "test", "cas", "gain", "generator_saw"}
    assert augment["seeds"] == [0, 1] and augment["test"] == {"n": 120, "split": "test"}
    assert augment["generator_saw"] == 90
    cas = augment["cas"]
    assert cas.keys() == {"mean", "spread", "values", "generated", "real"} and cas["generated"] == 60
    assert cas == {**record.figure(cas["values"]), "generated": 60, "real": record.figure(cas["real"]["values"])}
    for row, size in zip(augment["gain"], (6, 12), strict=True):
        assert row.keys() == {"real", "generated", "without", "with", "gain"}
        assert (row["real"], row["generated"]) == (size, 30)
        for arm in ("without", "with"):
            assert row[arm] == record.figure(row[arm]["values"])
            assert all(round(v * 120, 3) == round(v * 120) for v in row[arm]["values"])  # shares of 120 images
        pairs = zip(row["with"]["values"], row["without"]["values"], strict=True)
        assert row["gain"]["values"] == pytest.approx([a - b for a, b in pairs])
    out = capsys.readouterr().out
    assert "The generator saw 90 labelled real images" in out and "10 steps" in out
    assert sum("±" in line for line in out.splitlines()) == 4  # head, CAS, two sizes
    assert not [name for name in contents(told) if name.startswith(".")]


def test_without_a_metrics_json_there_is_one_afterwards(told):
    assert main(command(told)) == 0
    content = record.read(told)
    assert content.keys() == {"format", "generator", "dataset", "measured", "augment"}
    assert (content["dataset"], content["measured"]) == ("toys", {})


def test_figures_of_other_weights_are_dropped(told, trainings):
    assert main(command(told)) == 0
    path = told / "metrics.json"
    stale = {**json.loads(path.read_text()), "generator": "0" * 16, "measured": {"eye": block(7)}}
    path.write_text(json.dumps(stale))
    (told / augment_gain.PARTIAL).write_text(
        json.dumps(
            {"generator": "0" * 16, "settings": stale["augment"]["settings"], "values": [["cas", 60, 0, 0, 0.5]]}
        )
    )
    assert main(command(told)) == 0
    assert len(trainings) == 24  # none was taken from the other weights
    content = record.read(told)
    assert content["measured"] == {} and record.current(told)
    assert content["augment"] == stale["augment"]  # the weights were the same after all


def test_both_arms_start_alike_with_the_same_real_images_and_steps(told, trainings):
    assert main(command(told)) == 0
    gain = [t for t in trainings if len(t[0][0]) in (6, 12)]
    assert len(gain) == 8
    for without, with_ in zip(gain[::2], gain[1::2], strict=True):
        (real,), seed, steps, first = without
        (again, generated), *others, first_again = with_
        assert others == [seed, steps] and steps == 10
        assert torch.equal(real.images, again.images) and torch.equal(real.labels, again.labels)
        assert first.keys() == first_again.keys() and all(torch.equal(v, first_again[k]) for k, v in first.items())
        assert len(generated) == 30 and generated.labels.bincount().tolist() == [10, 10, 10]
    by_seed = {seed: (parts[0], first) for parts, seed, _, first in gain if len(parts[0]) == 6}
    assert not torch.equal(by_seed[0][0].images, by_seed[1][0].images)
    assert not torch.equal(by_seed[0][1]["0.weight"], by_seed[1][1]["0.weight"])


def test_the_score_is_of_generated_images_alone_beside_as_many_real_ones(told, trainings):
    assert main(command(told)) == 0
    cas = [t for t in trainings if len(t[0][0]) == 60]
    assert [(len(parts), steps) for parts, _, steps, _ in cas] == [(1, 10)] * 4
    for (generated,), (real,) in zip((t[0] for t in cas[::2]), (t[0] for t in cas[1::2]), strict=True):
        assert generated.labels.bincount().tolist() == real.labels.bincount().tolist() == [20, 20, 20]
        known = {image.numpy().tobytes() for image in TRAIN.images}
        assert all(image.numpy().tobytes() in known for image in real.images)
        assert not any(image.numpy().tobytes() in known for image in generated.images)


def test_every_batch_is_half_real(told, monkeypatch):
    taken = []
    original = Data.batch
    monkeypatch.setattr(Data, "batch", lambda self, n: taken.append((len(self), n)) or original(self, n))
    assert main(command(told, sizes=[6], seeds=1)) == 0
    assert taken == [(60, 8)] * 20 + [(6, 8)] * 10 + [(6, 4), (30, 4)] * 10


def test_what_is_measured_is_not_measured_again(told, trainings):
    assert main(command(told)) == 0
    before = contents(told)
    del trainings[:]
    assert main(command(told)) == 0
    assert not trainings and contents(told) == before
    assert main(command(told, seeds=3)) == 0
    assert [seed for _, seed, _, _ in trainings] == [2] * 6
    old, new = json.loads(before["metrics.json"])["augment"], record.read(told)["augment"]
    assert new["cas"]["values"][:2] == old["cas"]["values"]
    del trainings[:]
    assert main(command(told, steps=11)) == 0
    assert len(trainings) == 12


def test_a_second_checkpoint_shares_what_no_generator_has_a_part_in(told, trainings):
    other = told.with_name("other")
    shutil.copytree(told, other)
    gan = gan_models.load(other)
    for p in gan.G.parameters():
        p.mul_(2)
    gan_models.save(other, gan.recipe, gan.G, None, gan.provenance)
    assert main(command(told, other)) == 0
    assert len(trainings) == 12 + 6
    a, b = (record.read(folder)["augment"] for folder in (told, other))
    assert a["cas"]["real"] == b["cas"]["real"] and a["cas"]["values"] != b["cas"]["values"]
    assert [r["without"] for r in a["gain"]] == [r["without"] for r in b["gain"]]
    alone = b["gain"]
    (other / "metrics.json").unlink()
    assert main(command(other)) == 0
    assert record.read(other)["augment"]["gain"] == alone


# Interruption


def interrupt(monkeypatch, after: int) -> None:
    """Ctrl-C in the training that follows the first `after` ones."""
    original, calls = classifier.accuracy, []

    def accuracy(*args):
        calls.append(args)
        if len(calls) > after:
            raise KeyboardInterrupt
        return original(*args)

    monkeypatch.setattr(classifier, "accuracy", accuracy)


@pytest.mark.parametrize("after", [0, 5, 11])
def test_an_interrupted_measurement_ends_as_if_it_had_not_been(told, trainings, capsys, after):
    whole = told.with_name("whole")
    shutil.copytree(told, whole)
    assert main(command(whole)) == 0
    with pytest.MonkeyPatch.context() as patch:
        interrupt(patch, after)
        assert main(command(told)) == 130
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith("Stopped; the same command continues")
    assert (told / augment_gain.PARTIAL).exists() == bool(after) and not (told / "metrics.json").exists()
    del trainings[:]
    torch.rand(7)  # the state of the global generator must not matter
    assert main(command(told)) == 0
    assert len(trainings) == 12 - after
    assert contents(told) == contents(whole)


@pytest.mark.parametrize("text", ["{", '{"values": 3}'])
def test_a_partial_file_that_was_cut_is_as_none(told, text):
    (told / augment_gain.PARTIAL).write_text(text)
    assert main(command(told)) == 0
    assert not (told / augment_gain.PARTIAL).exists()


# From scratch


def test_generators_from_scratch_see_only_the_images_of_their_row(told, trainings, monkeypatch, capsys):
    seen = []
    original = Data.batch
    assert main(command(told)) == 0
    before = record.read(told)["augment"]
    del trainings[:]
    monkeypatch.setattr(Data, "batch", lambda self, n: seen.append((n, self)) or original(self, n))
    assert main(command(told, scratch="128")) == 0
    augment = record.read(told)["augment"]
    assert {k: v for k, v in augment.items() if k != "scratch"} == before
    assert len(trainings) == 8
    for row, size in zip(augment["scratch"], (6, 12), strict=True):
        assert (row["real"], row["generator_saw"], row["images"], row["training_seed"]) == (size, size, 128, 0)
        assert row["gain"].keys() == {"mean", "spread", "values"}
    # Both the generators (batch 64) and the classifiers of all seeds saw the draw of seed 0 and no other.
    for size in (6, 12):
        draw = drawn(TRAIN, size, 0).images
        of_gan = [data for n, data in seen if n == 64 and len(data) == size]
        assert len(of_gan) == 2 and all(torch.equal(data.images, draw) for data in of_gan)
        real = [parts[0] for parts, *_ in trainings if len(parts[0]) == size]
        assert len(real) == 4 and all(torch.equal(data.images, draw) for data in real)
    recipe, about = gan_models.checkpoint.read_recipe(next(Path("runs/augment/toys").glob("told-6-*")) / "checkpoint")
    assert recipe.views == {"diff_augment": 1.0} and about["images"] == 128
    assert capsys.readouterr().out.splitlines()[-4].startswith("Trained from scratch on the real images")
    # Later commands leave it, or take it from there.
    del trainings[:]
    assert main(command(told)) == 0 and record.read(told)["augment"] == augment
    assert main(command(told, scratch="128")) == 0 and record.read(told)["augment"] == augment
    assert not trainings


def test_two_commands_never_train_one_generator_from_scratch_at_a_time(told, trainings, monkeypatch, capsys):
    begun, claim, again = [], engine.claim, command(told, sizes=[6], seeds=1, scratch="64")

    def meanwhile(report):
        """The same command, given again when the first one has just begun this training."""
        claim(report)
        if not begun:
            begun.append(report.out)
            assert main(again) == 2

    monkeypatch.setattr(engine, "claim", meanwhile)
    assert main(again) == 0
    assert f"another training is at work in {begun[0]}" in capsys.readouterr().err


def test_a_training_from_scratch_goes_on_after_an_interruption(told, trainings, monkeypatch, tmp_path):
    original = report.Report.__call__

    def call(self, state):
        if self.recipe.name == "told-12" and state.images == 128:
            self.signals.asked = True
        original(self, state)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report.Report, "__call__", call)
        assert main(command(told, scratch="256")) == 130
    assert "scratch" not in record.read(told)["augment"]  # and the rest of it is safe
    assert len(trainings) == 12
    assert main(command(told, scratch="256")) == 0
    after = record.read(told)["augment"]
    parts = contents(next(Path("runs/augment/toys").glob("told-12-*")) / "checkpoint")
    shutil.rmtree("runs")
    (told / "metrics.json").unlink()
    assert main(command(told, scratch="256")) == 0
    assert record.read(told)["augment"] == after
    whole = contents(next(Path("runs/augment/toys").glob("told-12-*")) / "checkpoint")
    assert parts["generator.safetensors"] == whole["generator.safetensors"]
