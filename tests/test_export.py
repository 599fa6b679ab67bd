"""ONNX: every variant's generator draws under onnxruntime what it draws under PyTorch."""

import errno
import os
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from helpers import CLASSES, gan, small
from test_publish import NAME, folder, run  # noqa: F401  (a fixture)

import gan_models
import train
from gan_models import disk
from gan_models.sampling import latents
from train.publish import onnx as export
from train.publish import publish

FAMILIES = {
    (recipe.network, conditional): recipe
    for conditional in (False, True)
    for recipe in reversed(train.recipes().values())
}


@pytest.mark.parametrize("what", FAMILIES, ids=lambda w: f"{w[0]}{'-conditional' if w[1] else ''}")
def test_every_network_can_be_exported(what, tmp_path):
    recipe = small(FAMILIES[what], conditional=what[1], class_names=CLASSES if what[1] else (), size=8, channels=3)
    made = gan(recipe)
    gan_models.save(tmp_path / "x", recipe, made.G)
    made = gan_models.load(tmp_path / "x")
    content = export.export(tmp_path / "x")
    proto = onnx.load_from_string(content)
    onnx.checker.check_model(proto)
    assert str(tmp_path).encode() not in content and b".py" not in content  # no path of this machine

    session = onnxruntime.InferenceSession(content)
    names = [one.name for one in session.get_inputs()]
    assert names == (["latent", "label", "truncation"] if what[1] else ["latent", "truncation"])
    seeds = [5, 9, 100, 3, 8, 7, 6]
    asked = {"latent": latents(seeds, recipe.z_dim).numpy(), "truncation": np.asarray(0.6, np.float32)}
    if what[1]:
        asked["label"] = np.array([0, 1, 2, 0, 1, 2, 0])
    (image,) = session.run(["image"], asked)
    ours = made.sample(seeds, asked.get("label"), truncation=0.6)
    theirs = ((image + 1) * 127.5).round().clip(0, 255).transpose(0, 2, 3, 1)
    assert image.shape == (7, 3, 8, 8) and np.abs(ours - theirs).max() <= 1 and ours.std() > 5


def test_the_command_writes_the_same_bytes_each_time(folder, capsys):  # noqa: F811
    assert export.main([str(folder)]) == 0
    assert "within 0.0001" in capsys.readouterr().out
    assert (folder / "generator.onnx").read_bytes() == export.export(folder)


def test_publishing_takes_it_along(hub, folder, monkeypatch):  # noqa: F811
    monkeypatch.setattr(export, "export", lambda folder: b"ONNX")
    run(folder, "--repo", NAME, "--onnx")
    assert hub.repo(NAME).head.files["generator.onnx"] == b"ONNX"
    run(folder, "--repo", NAME, "--onnx")
    assert len(hub.repo(NAME).commits) == 2
    gan_models.load(NAME)
    run(folder, "--repo", NAME)  # without the flag it goes: it would belong to other weights one day
    assert publish.ONNX not in hub.repo(NAME).head.files


def test_another_picture_is_refused(folder, capsys, monkeypatch):  # noqa: F811
    monkeypatch.setattr(export, "difference", lambda *_: 2e-4)
    assert export.main([str(folder)]) == 2
    assert "the export draws different pictures" in capsys.readouterr().err and not (folder / "generator.onnx").exists()


def test_missing_tools_and_a_damaged_folder_get_a_sentence(folder, capsys, monkeypatch):  # noqa: F811
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    assert export.main([str(folder)]) == 2
    assert "onnxscript is missing: pip install -r requirements/onnx.txt" in capsys.readouterr().err
    monkeypatch.undo()
    (folder / "generator.safetensors").unlink()
    assert export.main([str(folder)]) == 2
    assert "holds no generator.safetensors" in capsys.readouterr().err


def test_a_failed_write_leaves_the_file_that_was_there(folder, capsys, monkeypatch):  # noqa: F811
    (folder / "generator.onnx").write_bytes(b"the last one")
    before = sorted(path.name for path in folder.iterdir())
    monkeypatch.setattr(export, "export", lambda folder: b"ONNX")
    monkeypatch.setattr(disk, "sync", full)
    assert export.main([str(folder)]) == 2 and "No space left" in capsys.readouterr().err
    assert (folder / "generator.onnx").read_bytes() == b"the last one"
    assert sorted(path.name for path in folder.iterdir()) == before


def full(path):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("out", [".", "nowhere/x.onnx"])
def test_a_file_that_cannot_be_written_is_told_before_the_export(folder, tmp_path, capsys, monkeypatch, out):  # noqa: F811
    monkeypatch.setattr(export, "export", lambda folder: pytest.fail("it was exported"))
    assert export.main([str(folder), "--out", str(tmp_path / out)]) == 2
    assert "names no file in a folder that exists." in capsys.readouterr().err
