"""`--resume` takes its settings from the run folder, and says what is given and differs."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from helpers import SLIM, contents, refused, same
from hypothesis import HealthCheck, given
from hypothesis import settings as few
from hypothesis import strategies as st

import gan_models
import train
from gan_models.views import VIEWS
from train.engine import main, report, resume, run_folder
from train.engine.args import TrainArgs, parse
from train.engine.identity import identity, precision

pytestmark = pytest.mark.usefixtures("own_cache")

RECIPES = train.recipes()
PLAIN = RECIPES["dcgan"].network_args
WIDTH_4 = {**PLAIN, "width": 4}


OWN = [*SLIM, "--device", "cpu", "--images", "64", "--seed", "5", "--skip-broken", "--lazy", "2", "--z-dim", "7"]
OWN += ["--views", "instance_noise=0.05", "--d-terms", "r1=0.1", "--d-optimizer", "lr=1e-4", "--schedule", "lr=[1,0.5]"]
"""A run in which next to nothing is as the script has it"""


@pytest.fixture
def interrupted(monkeypatch):
    """interrupted(variant, argv): a training that is stopped by a Ctrl-C at 32 images."""

    def run(variant, argv):
        original = report.Report.__call__

        def call(self, state):
            if state.images >= 32:
                os.kill(os.getpid(), signal.SIGINT)
            original(self, state)

        with monkeypatch.context() as patch, pytest.raises(SystemExit) as stop:
            patch.setattr(report.Report, "__call__", call)
            main(RECIPES[variant], [*map(str, argv)])
        assert stop.value.code == 130

    return run


@pytest.mark.parametrize("variant", ["dcgan_combined", "cgan"])
def test_resume_alone_goes_on_as_the_run_was_begun(variant, pictures, tmp_path, interrupted, capsys):
    argv = ["--data", pictures, *OWN]
    interrupted(variant, [*argv, "--out", tmp_path / "parts"])
    torch.manual_seed(99)
    capsys.readouterr()
    main(RECIPES[variant], ["--out", str(tmp_path / "parts"), "--resume", "--device", "cpu"])
    assert "here on" not in capsys.readouterr().err
    main(RECIPES[variant], [*map(str, argv), "--out", str(tmp_path / "whole")])

    a, b = (resume.read(tmp_path / name / "resume.pt") for name in ("parts", "whole"))
    a.pop("seconds"), b.pop("seconds")
    assert same(a, b)
    a, b = (contents(tmp_path / name / "checkpoint") for name in ("parts", "whole"))
    assert {k: v for k, v in a.items() if k != "recipe.json"} == {k: v for k, v in b.items() if k != "recipe.json"}
    recipes = [json.loads(files["recipe.json"])["recipe"] for files in (a, b)]
    assert recipes[0] == recipes[1] and recipes[0]["lazy"] == 2


def begun(folder: Path, recipe, argv, fitted: bool = True) -> tuple[TrainArgs, object]:
    """What a command line makes of a run, and in the folder what such a run would leave of its settings."""
    args, mine, changed = parse(recipe, [*argv, "--device", "cpu", "--out", str(folder)])
    in_data = {"size": 20, "channels": 3, "class_names": ("a", "b") if mine.conditional else ()}
    made = replace(mine, **{k: v for k, v in in_data.items() if k not in changed})
    content = {
        "identity": identity(made, "toys", "0" * 16, args.seed, precision(args)),
        "settings": resume.settings(args, changed & {"size", "channels"}),
    }
    folder.mkdir(exist_ok=True)
    resume.write(folder / "resume.pt", content)
    return args, made


number = st.floats(0, 2).map("{:g}".format)
OPTIONS = {
    "--data-root": st.sampled_from(["data", "elsewhere"]),
    "--dataset": st.sampled_from(["mnist", "celeba", "nothing that is there"]),
    "--classes": st.sampled_from(["Male", "Male,Smiling"]),
    "--images": st.sampled_from(["600k", "1.2M", "50000"]),
    "--seed": st.integers(0, 2**32 - 1).map(str),
    "--eval-every": st.sampled_from(["0", "50k"]),
    "--checkpoints": st.sampled_from(["zoo"]),
    "--size": st.sampled_from(["28", "32"]),
    "--channels": st.sampled_from(["1", "3"]),
    "--batch": st.integers(2, 65536).map(str),
    "--z-dim": st.integers(1, 4096).map(str),
    "--lazy": st.integers(1, 1000).map(str),
    "--critic-steps": st.integers(1, 1000).map(str),
    "--weight-clip": number,
    "--ema-half-life": st.integers(0, 10**9).map(str),
    "--loss": st.sampled_from(["hinge", "wasserstein"]),
    "--views": st.sampled_from(sorted(VIEWS)).flatmap(lambda name: number.map(f"{name}={{}}".format)),
    "--network-args": st.integers(1, 64).map("width={}".format),
    "--d-optimizer": number.map("lr={}".format),
    "--g-optimizer": number.map("eps={}".format),
    "--schedule": number.map("lr=[1,{}]".format),
}
command_lines = st.fixed_dictionaries({}, optional=OPTIONS).map(
    lambda given: [x for pair in given.items() for x in pair]
)
switches = st.lists(st.sampled_from(["--bf16", "--skip-broken"]), unique=True)


@given(st.sampled_from(sorted(RECIPES)), command_lines, switches)
@few(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_settings_come_back_from_the_folder(tmp_path, variant, options, switches):
    folder, recipe = tmp_path / "run", RECIPES[variant]
    args, made = begun(folder, recipe, [*options, *switches])
    resumed = replace(args, resume=True)
    for more in ([], [*options, *switches]):  # alone, or with the same again
        again, its_recipe, changed = parse(recipe, ["--out", str(folder), "--resume", "--device", "cpu", *more])
        assert again == resumed
        assert replace(its_recipe, class_names=made.class_names) == made
        assert changed >= {name for name in ("size", "channels") if f"--{name}" in options}
    assert "size" in changed or "--size" not in options


def test_a_part_that_was_taken_out_may_be_taken_out_again(tmp_path):
    recipe, options = RECIPES["dcgan_combined"], ["--views", "image_smoothing=", "instance_noise=0.2"]
    _, made = begun(tmp_path, recipe, options)
    for more in ([], options):
        _, again, _ = parse(recipe, ["--out", str(tmp_path), "--resume", *more])
        assert again.views == made.views and "image_smoothing" not in again.views


def test_what_the_script_says_by_now_does_not_count(tmp_path):
    _, made = begun(tmp_path, RECIPES["dcgan"], [])
    newer = replace(RECIPES["dcgan"], lazy=4, batch=16, network_args={"width": 8}, summary="Said better.")
    _, again, _ = parse(newer, ["--out", str(tmp_path), "--resume"])
    assert again == replace(made, summary="Said better.")


def test_device_and_publishing_belong_to_a_command(tmp_path):
    begun(tmp_path, RECIPES["dcgan"], ["--publish", "me/{variant}", "--private"])
    args, _, _ = parse(RECIPES["dcgan"], ["--out", str(tmp_path), "--resume"])
    assert (args.publish, args.private) == (None, False)


@pytest.fixture
def stopped(pictures, tmp_path, interrupted):
    """The folder of a run that was stopped."""
    interrupted("dcgan", ["--data", pictures, *OWN, "--out", tmp_path / "run"])
    return tmp_path / "run"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--batch", "16"], "another recipe: its batch is 8, yours is 16"),
        (["--lazy", "1"], "another recipe: its lazy is 2, yours is 1"),
        (
            ["--network-args", "width=8"],
            f"another recipe: its network_args is {WIDTH_4}, yours is { ({**WIDTH_4, 'width': 8}) }",
        ),
        (["--d-optimizer", "eps=0.1"], "another recipe: its d_optimizer is {'name': 'Adam', 'lr': 0.0001"),
        (["--views", "instance_noise="], "another recipe: its views is {'instance_noise': 0.05}, yours is {}"),
        (["--seed", "0"], "another run: its seed is 5, yours is 0"),
        (["--bf16"], "another run: its precision is 'float32', yours is 'bfloat16'"),
        (["--size", "32"], "its size is 28, yours is 32"),
    ],
)
def test_what_makes_another_run_is_refused_and_named(options, words, stopped, capsys):
    before = contents(stopped)
    assert words in refused(capsys, "--out", stopped, "--resume", "--device", "cpu", *options)
    assert contents(stopped) == before


def test_another_variant_is_refused_before_its_data_is_read(stopped, capsys):
    sentence = refused(capsys, "--out", stopped, "--resume", "--data", "/nowhere", variant="wgan")
    assert "belongs to another recipe: its name is 'dcgan', yours is 'wgan'" in sentence


def test_what_may_change_is_told(pictures, stopped, tmp_path, capsys):
    moved = (tmp_path / "pictures").resolve()
    pictures.rename(moved)
    try:
        options = ["--data", str(moved), "--images", "96", "--d-optimizer", "lr=5e-5"]
        main(RECIPES["dcgan"], ["--out", str(stopped), "--resume", "--device", "cpu", *options])
    finally:
        moved.rename(pictures)
    said = capsys.readouterr().err
    assert f"the data is {moved} from here on, and was {pictures.resolve()}." in said
    assert "--images is 96 from here on, and was 64." in said
    assert "Another learning rate from 32 images on: d_optimizer's is 5e-05, was 0.0001." in said
    saved = resume.read(stopped / "resume.pt")
    assert (saved["settings"]["images"], saved["settings"]["dataset"]) == (96, str(moved))
    assert saved["identity"]["d_optimizer"]["lr"] == 5e-5
    args, recipe, _ = parse(RECIPES["dcgan"], ["--out", str(stopped), "--resume"])
    assert (args.images, recipe.d_optimizer["lr"]) == (96, 5e-5)  # the latest ones


def test_a_job_of_a_queue_says_all_itself(pictures, stopped, capsys, monkeypatch):
    monkeypatch.setenv(run_folder.JOB, "one")
    monkeypatch.setattr(run_folder, "obey", lambda: None)
    argv = ["--data", pictures, "--out", stopped, "--resume", "--device", "cpu"]
    assert f"another recipe: its network_args is {WIDTH_4}, yours is {PLAIN}" in refused(capsys, *argv)


def test_a_resume_file_of_an_earlier_version_wants_the_whole_command(pictures, stopped, capsys):
    saved = resume.read(stopped / "resume.pt")
    del saved["settings"]
    torch.save(saved, stopped / "resume.pt")  # and without a checksum
    argv = ["--data", str(pictures), "--out", str(stopped), "--resume", "--device", "cpu"]
    assert f"its network_args is {WIDTH_4}, yours is {PLAIN}" in refused(capsys, *argv)
    main(RECIPES["dcgan"], [*argv, *OWN])
    assert gan_models.load(stopped / "checkpoint").provenance["images"] == 64
