"""python -m train extractor: what it writes, exact resume, what it refuses."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from faults import Faults, failing, full
from helpers import CLASSES, contents
from PIL import Image

from gan_models.metrics.choose import extractor_for
from gan_models.metrics.extractors import load_cnn
from train.engine.data import load
from train.measure import extractor as training

pytestmark = pytest.mark.usefixtures("alone", "one_thread")


def write_folder(root: Path, n: int = 20, size: int = 8, mode: str = "L") -> Path:
    """n pictures in each of three classes: dark, half, bright, with a little noise."""
    rng = np.random.default_rng(0)
    for k, name in enumerate(CLASSES):
        (root / name).mkdir(parents=True)
        for i in range(n):
            pixels = (40 + 80 * k + rng.integers(0, 30, (size, size))).astype(np.uint8)
            Image.fromarray(pixels).convert(mode).save(root / name / f"{i:02}.png")
    return root


SHORT = ("--width", "2", "--size", "8", "--epochs", "3", "--zoom", "0.1", "--flip", "--device", "cpu")


def train(data: Path, *argv: str) -> int:
    return training.main(["--dataset", str(data), *SHORT, *argv])


def test_a_trained_extractor_is_a_folder_that_says_what_it_is(tmp_path, capsys):
    assert train(write_folder(tmp_path / "shades", n=100), "--epochs", "12", "--width", "4") == 0
    folder = Path("checkpoints") / "shades" / "extractor"
    assert sorted(contents(folder)) == ["extractor.json", "extractor.safetensors"]
    about = json.loads((folder / "extractor.json").read_text())
    assert (about["name"], about["width"], about["channels"], about["size"]) == ("shades-cnn", 4, 1, 8)
    assert about["class_names"] == sorted(CLASSES) and about["training"]["images"] == 270
    test = load(tmp_path / "shades", split="test", size=8)
    extractor = load_cnn(folder)
    right = (extractor(test.images).logits.argmax(1) == test.labels).double().mean().item()
    assert about["test"] == {"images": 30, "accuracy": pytest.approx(right, abs=1e-6)}
    assert right > 0.8  # 0.33 is chance
    assert "of the 30 test images are classified correctly" in capsys.readouterr().out
    assert extractor_for("shades", 1, 8, Path("checkpoints")).name == "shades-cnn"


def test_an_interrupted_training_goes_on_exactly(tmp_path, monkeypatch, capsys):
    data = write_folder(tmp_path / "shades", n=100)  # three steps an epoch
    for place in ("whole", "broken"):
        (tmp_path / place).mkdir()
    monkeypatch.chdir(tmp_path / "whole")
    assert train(data) == 0

    monkeypatch.chdir(tmp_path / "broken")
    original, steps = training.step, []

    def step(*args):
        steps.append(1)
        if len(steps) == 5:  # in the second epoch
            raise KeyboardInterrupt
        return original(*args)

    monkeypatch.setattr(training, "step", step)
    assert train(data) == 130
    assert "the same command continues" in capsys.readouterr().err
    assert not Path("checkpoints").exists()
    torch.manual_seed(99)  # of whatever ran in between
    assert train(data) == 0
    assert len(steps) == 5 + 6  # the first epoch is not trained again

    weights = [tmp_path / place / "checkpoints/shades/extractor/extractor.safetensors" for place in ("whole", "broken")]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_a_finished_training_only_writes_and_other_settings_begin_anew(tmp_path, monkeypatch):
    data = write_folder(tmp_path / "shades")
    path = Path("checkpoints/shades/extractor/extractor.safetensors")
    assert train(data) == 0
    first = path.read_bytes()
    path.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(training, "step", None)
        assert train(data) == 0
    assert path.read_bytes() == first

    assert train(data, "--seed", "1") == 0
    after = path.read_bytes()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert train(data, "--seed", "1") == 0
    assert path.read_bytes() == after != first


def test_a_damaged_state_is_named(tmp_path, capsys):
    data = write_folder(tmp_path / "shades")
    path = Path("runs/extractor/shades/resume.pt")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"nonsense")
    assert train(data) == 2
    assert str(path) in (said := capsys.readouterr().err) and "delete it" in said


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch, capsys):
    data = write_folder(tmp_path / "shades")
    faults = Faults()
    with failing(monkeypatch, faults):
        assert train(data) == 0
    moments = [k for k, what in enumerate(faults.log) if what.startswith("write .resume.pt.")]
    for at in (moments[0], moments[-1]):
        shutil.rmtree("runs")
        with failing(monkeypatch, Faults(at, full)):
            assert train(data) == 2
        (said,) = (line for line in capsys.readouterr().err.splitlines() if "error" in line)
        assert said.startswith("python -m train extractor: error: ") and "No space left" in said
    assert train(data) == 0


def test_two_never_train_one_extractor_at_a_time(tmp_path, monkeypatch, capsys):
    data, original = write_folder(tmp_path / "shades"), training.step

    def step(*args):
        monkeypatch.setattr(training, "step", original)
        assert train(data) == 2
        return original(*args)

    monkeypatch.setattr(training, "step", step)
    assert train(data) == 0
    assert f"another training is at work in {Path('runs/extractor/shades')}" in capsys.readouterr().err


@pytest.mark.parametrize("steps", range(1, 9))
def test_a_cycle_of_any_length(steps):
    """In PyTorch's of five steps a share of none is taken."""
    net = torch.nn.Linear(1, 1)
    opt, cycle = training.learner(net, steps)
    for _ in range(steps):
        loss = training.step(net, opt, cycle, torch.ones(2, 1), torch.zeros(2, dtype=torch.int64))
        assert loss.isfinite() and 0 <= opt.param_groups[0]["lr"] <= training.LR


def test_colour_to_train_on_and_grey_to_test_on(tmp_path):
    write_folder(tmp_path / "shades" / "train", mode="RGB")
    for path in (tmp_path / "shades" / "train").rglob("00.png"):
        Image.new("RGB", (8, 8), "red").save(path)
    write_folder(tmp_path / "shades" / "test", n=2)
    assert train(tmp_path / "shades") == 0
    assert json.loads(Path("checkpoints/shades/extractor/extractor.json").read_text())["channels"] == 3


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--epochs", "0"), "--epochs must be 1 or more"),
        (("--epochs", "-2"), "--epochs must be 1 or more"),
        (("--width", "0"), "--width 1 to 512"),
        (("--width", "513"), "--width 1 to 512"),
        (("--degrees", "nan"), "--degrees must be 0 to 180"),
        (("--zoom", "1"), "--zoom 0 to 0.9"),
        (("--size", "4"), "size is 4 pixels"),
        (("--device", "tpu"), "'tpu' is not available"),
        (("--dataset", "nowhere"), "there is no data set 'nowhere'"),
        (("--dataset", "flat"), "flat has none"),
        (("--dataset", "uneven"), "give 10 images of a class or more"),
    ],
)
def test_what_cannot_be_trained(tmp_path, capsys, argv, words):
    data = write_folder(tmp_path / "shades")
    (tmp_path / "flat").mkdir()
    for path in (data / "one").iterdir():
        path.rename(tmp_path / "flat" / path.name)
    (data / "one").rmdir()  # an empty class would be told of as well
    write_folder(tmp_path / "uneven" / "train", n=2)
    write_folder(tmp_path / "uneven" / "test", n=2)
    (tmp_path / "uneven" / "test" / "one").rename(tmp_path / "uneven" / "test" / "four")
    assert train(data, *argv) == 2
    (said,) = (line for line in capsys.readouterr().err.splitlines() if "error" in line)
    assert said.startswith("python -m train extractor: error: ") and words in said
    assert not Path("checkpoints").exists() and not Path("runs").exists()


@pytest.mark.parametrize("argv", [("--seed", "-1"), ("--seed", "1.5"), ("--epochs", "many")])
def test_what_argparse_refuses(tmp_path, capsys, argv):
    with pytest.raises(SystemExit) as stop:
        train(tmp_path, *argv)
    assert stop.value.code == 2 and argv[0] in capsys.readouterr().err
