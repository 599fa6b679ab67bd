"""What follows many trainings: their checkpoints are collected, measured, published; what fails is noted."""

import os

import pytest
import torch
from helpers import contents
from trainings import command, trained
from zoos import block, edit, measure, put, steer

import gan_models
import train
from gan_models.latent import directions, encoder
from gan_models.metrics import record
from train.engine.args import TrainArgs
from train.measure import evaluate
from train.publish import publish as publishing
from train.queue import after, run_all
from train.queue.jobs import FINISHED, Job

pytestmark = pytest.mark.usefixtures("own_cache", "quick_queue")
RECIPES = train.recipes()


def finished_job(tmp_path, variant="dcgan", dataset="toys", seed=0) -> Job:
    out = tmp_path / "runs" / f"{variant}-{seed}"
    put(out / "checkpoint", dataset, seed=seed, name=variant)
    args = TrainArgs(dataset=dataset, out=str(out), seed=seed, checkpoints=str(tmp_path / "zoo"))
    return Job(RECIPES[variant], args, [], {"dataset": dataset}, FINISHED)


def test_what_is_collected_replaces_and_takes_its_own_figures_along(tmp_path):
    job, zoo = finished_job(tmp_path), tmp_path / "zoo"
    place = zoo / "toys" / "dcgan"
    put(place, "toys", seed=5, name="dcgan")
    measure(place, block(99.0))
    (place / "generator.onnx").write_text("of other weights")
    after.collect(job, zoo)
    assert contents(place) == contents(job.checkpoint)  # figures of other weights are gone

    measure(place, {**block(7.0), "extractor": {"name": "inception", "hash": "aa", "features": 8}}, augment={"cas": 1})
    measure(job.checkpoint, block(12.0))
    after.collect(job, zoo)  # the same weights: both belong to them
    held = record.read(place)
    assert record.current(place) and {k: b["figures"]["fd"]["mean"] for k, b in held["measured"].items()} == {
        "inception": 7.0, "toys-cnn": 12.0
    }  # fmt: skip
    assert held["augment"] == {"cas": 1}
    assert [p.name for p in (zoo / "toys").iterdir()] == ["dcgan"]


def test_what_was_made_from_the_same_weights_stays(tmp_path):
    job, zoo = finished_job(tmp_path), tmp_path / "zoo"
    place = zoo / "toys" / "dcgan"
    measure(job.checkpoint, block(12.0), latent={"anomaly": {"n": 1}})
    after.collect(job, zoo)
    recipe = gan_models.folder.read_recipe(place)[0]
    torch.manual_seed(0)
    encoder.write(place, encoder.Encoder(recipe, 4))
    steer(place, (0, {"slant": 1.0}, {}))
    (place / "generator.onnx").write_text("of these weights")
    record.update(place, "toys", latent={"rebuild": {"n": 2}}, cost={"seconds": 3})
    (job.checkpoint / "samples.png").write_bytes(b"newer")
    made = contents(place)
    for _ in range(2):  # the same command again
        after.collect(job, zoo)
        assert contents(place) == {**made, "samples.png": b"newer"}
    assert encoder.read(place, recipe) and directions.read(place, recipe)
    assert record.read(place)["latent"] == {"anomaly": {"n": 1}, "rebuild": {"n": 2}}

    other = finished_job(tmp_path, seed=1)
    after.collect(other, zoo)
    assert contents(place) == contents(other.checkpoint)


def test_damaged_figures_of_one_stop_no_other(tmp_path, monkeypatch, capsys):
    listed = [finished_job(tmp_path, name) for name in ("gan", "dcgan", "wgan")]
    for job in listed[1:]:
        measure(job.checkpoint, block(3.0))
    (listed[0].checkpoint / "metrics.json").write_text("{")
    edit(listed[2].checkpoint / "metrics.json", lambda content: content["measured"]["toys-cnn"].pop("figures"))
    monkeypatch.setattr(evaluate, "main", lambda argv: 2)
    assert after.After(evaluate=True, zoo=tmp_path / "zoo")(listed)
    undone = [["not evaluated", "not collected"], [], ["not evaluated", "not collected"]]
    assert [job.undone for job in listed] == undone
    assert (tmp_path / "zoo/toys/dcgan/recipe.json").is_file()
    assert "wgan on toys: not collected, " in (said := capsys.readouterr().err) and "lacks 'figures'" in said


def test_one_seed_is_collected_and_what_fails_is_noted(tmp_path, capsys):
    listed = [finished_job(tmp_path, seed=s) for s in (0, 1)]
    torn = finished_job(tmp_path, "gan")
    (torn.checkpoint / "metrics.json").write_text("{")
    assert after.After(zoo=tmp_path / "zoo")([torn, *listed])
    assert record.generator_hash(tmp_path / "zoo/toys/dcgan") == record.generator_hash(listed[0].checkpoint)
    assert [job.undone for job in (torn, *listed)] == [["not collected"], [], []]
    assert "gan on toys: not collected, " in capsys.readouterr().err


def test_what_cannot_be_evaluated_is_noted_and_not_published(tmp_path, monkeypatch):
    listed = [finished_job(tmp_path, name) for name in ("gan", "dcgan")]
    measure(listed[1].checkpoint, block(3.0))
    asked, published = [], []
    monkeypatch.setattr(evaluate, "main", lambda argv: asked.append(argv) or 2)
    monkeypatch.setattr(publishing, "publish", lambda folder, repo, private: published.append((folder, repo, private)))
    assert after.After(evaluate=True, publish="me/{variant}", private=True)(listed)
    assert asked == [[*(str(job.checkpoint) for job in listed), "--checkpoints", str(tmp_path / "zoo")]]
    assert [job.undone for job in listed] == [["not evaluated"], []]
    assert published == [(listed[1].checkpoint, "me/{variant}", True)]
    monkeypatch.setattr(evaluate, "main", lambda argv: 130)
    assert not after.After(evaluate=True)(listed)  # interrupted


def test_a_finished_list_is_published(hub, pictures, tmp_path, capsys):
    for variant in ("gan", "dcgan"):
        trained(pictures, tmp_path, variant)
    argv = command(pictures, tmp_path, "gan,dcgan", "--publish", "user/{variant}-{dataset}")
    assert run_all.main(argv) == 0
    assert "Published: user/gan-pictures@v1" in (said := capsys.readouterr().out) and "user/dcgan-pictures@v1" in said
    assert gan_models.load("user/gan-pictures@v1").recipe.name == "gan"
    os.truncate(tmp_path / "pictures/gan/checkpoint/samples.png", 0)  # not looked at before it is to be pushed
    (tmp_path / "pictures/gan/checkpoint/metrics.json").write_text("{")
    assert run_all.main(argv) == 1
    said = capsys.readouterr()
    assert "gan on pictures: not published, " in said.err and "finished, not published" in said.out
