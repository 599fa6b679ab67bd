"""The command line of a training: what it prints, what it reads, every refusal; run folders of other runs."""

import json
import os
import runpy
import sys
from argparse import ArgumentTypeError
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import CLASSES, TINY, contents, refused
from PIL import Image

import gan_models
import train
from demo.zoo import leaderboard
from demo.zoo.zoo import Zoo
from gan_models import Recipe
from train.engine import args as arguments
from train.engine import main
from train.measure import real

pytestmark = pytest.mark.usefixtures("one_thread", "own_cache")
RECIPES = train.recipes()


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_dry_run_prints_the_configuration_with_its_overrides_and_writes_nothing(
    recipe, pictures, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    main(
        recipe,
        [
            *("--data", str(pictures)),
            *TINY,
            *("--images", "1.5k", "--d-optimizer", "lr=0.5", "--seed", "9", "--dry-run"),
        ],
    )
    shown = json.loads(capsys.readouterr().out)
    fitted = replace(
        recipe,
        batch=8,
        network_args={**recipe.network_args, "width": 4},
        d_optimizer={**recipe.d_optimizer, "lr": 0.5},
        class_names=sorted(CLASSES) if recipe.conditional else (),
    )
    assert Recipe.from_json(shown["recipe"]) == fitted
    assert (shown["run"]["images"], shown["run"]["seed"]) == (1500, 9)
    assert shown["run"]["out"] == str(Path("runs") / pictures.name / recipe.name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_help_names_every_setting(recipe, capsys):
    with pytest.raises(SystemExit) as stop:
        main(recipe, ["--help"])
    out = capsys.readouterr().out
    assert stop.value.code == 0
    for flag in ("--dataset", "--resume", "--critic-steps", "--views", "--d-terms", "--ema-half-life"):
        assert flag in out


def test_pairs_are_merged_and_taken_out(pictures, capsys):
    argv = ["--data", str(pictures), *TINY, "--dry-run", "--views", "image_smoothing=", "constant_noise=0.5"]
    main(RECIPES["dcgan_combined"], argv)
    shown = json.loads(capsys.readouterr().out)["recipe"]
    assert shown["views"] == {"diff_augment": 1.0, "instance_noise": 0.1, "constant_noise": 0.5}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("600k", 600_000),
        ("1.2M", 1_200_000),
        ("1.5k", 1500),
        ("50000", 50_000),
        ("2m", 2_000_000),
        ("1.005k", 1005),
    ],
)
def test_a_count_is_read(text, number):
    assert arguments.count(text) == number


@pytest.mark.parametrize(
    "text", ["0", "-1", "1.5", "abc", "", "k", "0k", "1.0005k", "1e5", "inf", "nan", " 5", "5 k", "5G"]
)
def test_what_is_no_count_is_refused(text):
    with pytest.raises(ArgumentTypeError, match="is not a count; write 600k"):
        arguments.count(text)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (
            ["--dataset", "nonsense"],
            "there is no data set 'nonsense': give mnist, fashion_mnist, cifar10, celeba",
        ),
        (["--images", "abc"], "'abc' is not a count; write 600k, 1.2M or 50000"),
        (["--images", "-1"], "--images"),
        (["--seed", "-1"], "is not a whole number from 0 to 2^32 - 1"),
        (["--seed", "1.5"], "is not a whole number"),
        (["--batch", "many"], "argument --batch: invalid int value"),
        (["--batch", "1"], "batch is 1, must be 2 to 65536"),
        (["--z-dim", "0"], "z_dim is 0, must be 1 to 4096"),
        (["--weight-clip", "nan"], "weight_clip is nan"),
        (["--conditional", "maybe"], "'maybe' is neither true nor false"),
        (["--views", "instance_noise"], "'instance_noise' is not a NAME=VALUE pair"),
        (["--views", "instance_noise=much"], "must be name=number pairs"),
        (["--views", "instance_noise=NaN"], "views"),
        (["--views", "image_smoothing=1e400"], "views"),
        (["--views", "image_smoothing=-1"], "views"),
        (["--views", "diff_augment=-1"], "views"),
        (["--views", "noise=1"], "views names 'noise', which does not exist"),
        (["--views", "noise="], "noise"),
        (["--d-terms", "r3=1"], "d_terms names 'r3', which does not exist"),
        (["--d-terms", "classify_real=1"], "needs D's class head"),
        (["--g-terms", "r1=1"], "cannot be one of G's"),
        (["--loss", "hinje"], "loss names 'hinje', which does not exist (did you mean 'hinge'?)"),
        (["--loss", "least_squares", "--loss-args", "d=1"], "least_squares takes no 'd'; it takes a, b, c"),
        (["--loss", "least_squares", "--loss-args", "a=much"], "loss_args"),
        (["--loss-args", "smoth=0.1"], "smoth"),
        (["--network", "dcgam"], "did you mean 'dcgan'?"),
        (["--network-args", "widht=3"], "takes no 'widht'"),
        (["--network-args", "width=abc"], "width"),
        (["--network-args", "width=1e3"], "width"),
        (["--network-args", "width=0"], "width"),
        (["--network-args", "d_dropout=7"], "dropout"),
        (["--network-args", "d_norm=foo"], "must be batch, layer, none"),
        (["--d-optimizer", "name=SGD"], "d_optimizer names 'SGD' (there are Adam, RMSprop"),
        (["--d-optimizer", "name=[1]"], "d_optimizer"),
        (["--d-optimizer", "lr=abc"], "d_optimizer"),
        (["--g-optimizer", "lr=-1"], "Invalid learning rate"),
        (["--g-optimizer", "speed=1"], "g_optimizer"),
        (["--schedule", "lr=0"], "schedule has lr=0, must be [first, last]"),
        (["--schedule", "r1=[1,0]"], "schedule names 'r1'"),
        (["--schedule", "speed=[1,0]"], "schedule names 'speed'"),
        (["--lazy", "0"], "lazy is 0, must be 1 to 1000"),
        (["--size", "30"], "cannot make 30-pixel images"),
        (["--channels", "2"], "channels is 2"),
        (["--device", "cuda:99"], "device 'cuda:99' is not available here"),
        (["--device", "nonsense"], "device 'nonsense' is not available here"),
        (["--device", "meta"], "device 'meta' is not available here"),
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["--resume"], "there is nothing to resume"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_a_wrong_command_line_is_refused_and_nothing_is_written(argv, words, pictures, tmp_path, capsys):
    out = tmp_path / "out"
    sentence = refused(capsys, "--data", pictures, *TINY, *_without_data(argv), *argv, "--out", out)
    assert words in sentence
    assert not out.exists()


def _without_data(argv) -> list[str]:
    return ["--data", ""] if "--dataset" in argv else []


def test_a_loss_without_the_recipes_arguments_is_refused(pictures, tmp_path, capsys):
    argv = "--data", pictures, *TINY, "--loss", "wasserstein", "--out", tmp_path / "out"
    assert "smooth" in refused(capsys, *argv, variant="dcgan_smoothing")


def test_an_empty_data_folder_is_refused(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert "holds no images" in refused(capsys, "--data", tmp_path / "empty", *TINY, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_broken_image_is_named(pictures, tmp_path, capsys):
    (tmp_path / "data").mkdir()
    for k in range(3):
        (tmp_path / "data" / f"{k}.png").write_bytes((pictures / "one" / f"{k}.png").read_bytes())
    os.truncate(tmp_path / "data" / "1.png", 100)
    sentence = refused(capsys, "--data", tmp_path / "data", *TINY, "--out", tmp_path / "out")
    assert f"1 of the 3 images of {tmp_path / 'data'} cannot be read (1.png" in sentence
    assert not (tmp_path / "out").exists()


def test_a_variant_with_labels_refuses_data_without_classes(pictures, tmp_path, capsys):
    argv = "--data", pictures / "one", *TINY, "--out", tmp_path / "out"
    assert "needs labelled data" in refused(capsys, *argv, variant="cgan")


def test_an_output_folder_that_cannot_be_is_refused(pictures, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        assert f"cannot write to {out}" in refused(capsys, "--data", pictures, *TINY, "--out", out)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.fixture(scope="session")
def finished(pictures, tmp_path_factory):
    """A finished run, and the arguments that made it."""
    out = tmp_path_factory.mktemp("finished") / "run"
    argv = ["--data", str(pictures), *TINY, "--out", str(out)]
    main(RECIPES["dcgan"], argv)
    return out, argv


def test_a_run_over_a_folder_appears_in_the_app(pictures, tmp_path, capsys):
    runs = tmp_path / "runs"
    for name in ("cgan", "dcgan"):
        main(RECIPES[name], ["--data", str(pictures), *TINY, "--out", str(runs / "mine" / name)])
    assert "12 images are few: D soon memorises them." in capsys.readouterr().err
    zoo = Zoo(runs)
    assert [e.key for e in zoo.catalog().of(pictures.name)] == ["mine/cgan", "mine/dcgan"] and not zoo.problems()
    assert zoo.caption("mine/cgan", [1], "two").startswith(f"Conditional GAN · {pictures.name} · seed 1 · class two ·")
    assert zoo.samples(["mine/cgan"], [0, 1], "one")["mine/cgan"].shape == (2, 28, 28, 1)
    assert zoo.real_samples(pictures.name, 3) is None
    assert real.main(["--data", str(pictures), "--size", "28", "--split", "train", "--checkpoints", str(runs)]) == 0
    shown = zoo.real_samples(pictures.name, 1, "two")[0, :, :, 0]
    assert np.array_equal(shown, np.asarray(Image.open(pictures / "two" / "0.png")))
    assert {one.reason[:14] for one in leaderboard.leaderboard(zoo, pictures.name).unmeasured} == {"never measured"}


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "holds a run already; add --resume to continue it, or choose another --out"),
        (["--resume", "--d-optimizer", "lr=1", "eps=0.1"], "another recipe: its d_optimizer is {'name': 'Adam'"),
        (["--resume", "--batch", "16"], "another recipe: its batch is 8, yours is 16"),
        (
            ["--resume", "--loss-args", "smooth=0.1"],
            "another recipe: its loss_args is {}, yours is {'smooth': 0.1}",
        ),
        (["--resume", "--network-args", "width=8"], "another recipe: its network_args"),
        (["--resume", "--seed", "1"], "its seed is 0, yours is 1"),
        (["--resume", "--size", "32"], "its size is 28, yours is 32"),
        (["--resume", "--bf16"], "another run: its precision is 'float32', yours is 'bfloat16'"),
    ],
)
def test_a_run_folder_of_another_run_is_refused_and_left_alone(argv, words, finished, capsys):
    out, made_by = finished
    before = contents(out)
    assert words in refused(capsys, *made_by, *argv)
    assert contents(out) == before


def test_a_diverged_run_ends_with_2_and_names_its_step(pictures, tmp_path, capsys):
    argv = "--data", pictures, *TINY, "--images", "800", "--g-optimizer", "lr=1e30", "--out", tmp_path / "out"
    assert "the run diverged by step 1 (8 images): G's pictures are no longer finite." in refused(capsys, *argv)


def test_a_run_over_other_data_is_refused(finished, tmp_path, capsys):
    out, made_by = finished
    before = contents(out)
    for name in CLASSES:
        (tmp_path / name).mkdir()
        Image.fromarray(np.zeros((28, 28), np.uint8)).save(tmp_path / name / "0.png")
    assert "belongs to another run" in refused(capsys, *made_by, "--data", tmp_path, "--resume")
    assert contents(out) == before


def test_another_variant_is_refused(finished, capsys):
    _, made_by = finished
    assert "another recipe: its name is 'dcgan', yours is 'wgan'" in refused(
        capsys, *made_by, "--resume", variant="wgan"
    )


def test_a_run_from_before_a_setting_existed_goes_on(finished, tmp_path):
    out, made_by = finished
    saved = torch.load(out / "resume.pt", weights_only=True)
    del saved["identity"]["lazy"], saved["identity"]["schedule"]
    torch.save(saved, tmp_path / "resume.pt")
    main(RECIPES["dcgan"], [*made_by, "--out", str(tmp_path), "--images", "32", "--resume"])
    assert gan_models.load(tmp_path / "checkpoint").provenance["images"] == 32


def _module(monkeypatch, *argv) -> None:
    """`python -m train ...` in this process."""
    monkeypatch.setattr(sys, "argv", ["train", *argv])
    monkeypatch.delitem(sys.modules, "train.__main__", raising=False)  # `ganscope` imports it, and runpy warns then
    try:
        runpy.run_module("train", run_name="__main__")
    except SystemExit as stop:
        if stop.code:
            raise


def test_an_unknown_variant_is_refused(capsys, monkeypatch):
    with pytest.raises(SystemExit) as stop:
        _module(monkeypatch, "dcgam")
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith("there is no variant or tool 'dcgam' (did you mean 'dcgan'?")


def test_the_module_lists_every_variant_and_runs_one(capsys, monkeypatch, pictures):
    _module(monkeypatch)
    out = capsys.readouterr().out
    assert all(f"  {name} " in out for name in [*RECIPES, "evaluate", "run_all", "publish"])
    _module(monkeypatch, "gan", "--data", str(pictures), *TINY, "--dry-run")
    assert json.loads(capsys.readouterr().out)["recipe"]["name"] == "gan"
