"""Trainings over a folder of one's own pictures: what is said at the start, what is refused, what resuming finds."""

import numpy as np
import pytest
import torch
from helpers import contents
from PIL import Image

from train.engine import main
from train.gan import RECIPE
from train.queue import run_all

pytestmark = pytest.mark.usefixtures("alone")
TINY = ["--size", "8", "--batch", "4", "--network-args", "width=4", "--device", "cpu", "--images", "4"]


@pytest.fixture
def pets(tmp_path):
    """Two cats and three dogs for training, one of each for testing."""
    rng = np.random.default_rng(0)
    for name, n in (("train/cat", 2), ("train/dog", 3), ("val/cat", 1), ("val/dog", 1)):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for k in range(n):
            Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8)).save(tmp_path / "pets" / name / f"{k}.png")
    return tmp_path / "pets"


def refused(capsys, *argv) -> str:
    with pytest.raises(SystemExit) as stop:
        main(RECIPE, [*map(str, argv)])
    assert stop.value.code == 2
    return capsys.readouterr().err.strip().splitlines()[-1]


def test_every_training_says_what_it_understood(pets, tmp_path, capsys):
    main(RECIPE, ["--data", str(pets), *TINY, "--out", str(tmp_path / "run")])
    said = capsys.readouterr().err
    assert "pets: 5 images, 8 x 8, grey; 2 classes: cat 2, dog 3; test: the folder val.\n" in said
    assert "nearly constant" not in said


def test_a_training_warns_of_pictures_that_are_nearly_constant(tmp_path, capsys):
    (tmp_path / "dark").mkdir()
    for k in range(3):
        Image.fromarray(np.full((8, 8, 3), 3 + k, np.uint8)).save(tmp_path / "dark" / f"{k}.png")
    main(RECIPE, ["--data", str(tmp_path / "dark"), *TINY, "--out", str(tmp_path / "run"), "--dry-run"])
    assert "The images are nearly constant: 99 % of their values lie within 3 of 256 levels." in capsys.readouterr().err


@pytest.mark.parametrize("out", ["pets", "pets/runs/x", "link/new", "pets/train/../run"])
def test_a_run_inside_its_data_is_refused_before_anything_is_written(pets, tmp_path, capsys, out):
    (tmp_path / "link").symlink_to(pets)
    before = contents(pets)
    said = refused(capsys, "--data", pets, *TINY, "--out", tmp_path / out)
    assert "lies inside --data" in said and "choose an --out elsewhere." in said
    assert contents(pets) == before
    assert run_all.main(["--datasets", str(pets), "--variants", "gan", "--out", str(tmp_path / out), "--dry-run"]) != 0
    assert "lies inside --data" in "".join(capsys.readouterr())
    assert contents(pets) == before


def test_pictures_of_a_run_in_the_data_are_left_alone(pets, tmp_path, capsys):
    main(RECIPE, ["--data", str(pets), *TINY, "--out", str(tmp_path / "run")])
    (tmp_path / "run").rename(pets / "train" / "cat" / "run")
    capsys.readouterr()
    main(RECIPE, ["--data", str(pets), *TINY, "--out", str(tmp_path / "other")])
    said = capsys.readouterr().err
    assert "cat 2, dog 3" in said and "ignored, since they hold files of this program: train/cat/run." in said


def test_a_picture_more_is_told_in_counts_when_a_run_goes_on(pets, tmp_path, capsys):
    argv = ["--data", str(pets), *TINY, "--out", str(tmp_path / "run")]
    main(RECIPE, argv)
    capsys.readouterr()
    other = np.arange(64, dtype=np.uint8).reshape(8, 8)
    Image.fromarray(other).save(pets / "train" / "cat" / "9.png")
    assert "its data holds 5 images and yours 6 images (cat 2, now 3); use" in refused(capsys, *argv, "--resume")
    (pets / "train" / "cat" / "0.png").unlink()
    told = "its data holds as many images as yours, 5, but not the same ones"
    assert told in refused(capsys, *argv, "--resume")

    path = tmp_path / "run" / "resume.pt"
    saved = torch.load(path, weights_only=True)
    del saved["identity"]["counts"]  # of a run from before they were noted
    torch.save(saved, path)
    assert "its data holds other images than your 5 images" in refused(capsys, *argv, "--resume")


def test_a_run_from_before_counts_were_noted_goes_on(pets, tmp_path, capsys):
    argv = ["--data", str(pets), *TINY, "--out", str(tmp_path / "run")]
    main(RECIPE, argv)
    path = tmp_path / "run" / "resume.pt"
    saved = torch.load(path, weights_only=True)
    assert saved["identity"].pop("counts") == {"images": 5, "classes": {"cat": 2, "dog": 3}}
    torch.save(saved, path)
    main(RECIPE, [*argv, "--images", "8", "--resume"])
    assert "8 images in" in capsys.readouterr().out
