"""The command line of a translator: exact resume, pairs and domains, refusals."""

import json

import numpy as np
import pytest
from helpers import grey_pictures
from PIL import Image

import train
from gan_models.folder import read_recipe
from gan_models.metrics import distances
from gan_models.metrics.translation import table
from train.engine import main
from train.measure import translation
from train.publish.card import render


def command(variant: str, *argv) -> None:
    main(train.translators()[variant], [*map(str, argv), "--device", "cpu"])


def refusal(capsys, variant: str, *argv) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        command(variant, *argv)
    assert stop.value.code == 2
    return capsys.readouterr().err.strip().splitlines()[-1].partition("error: ")[2]


def picture_folder(folder, n: int, channels: int = 1):
    folder.mkdir(parents=True)
    rng = np.random.default_rng(n)
    for k in range(n):
        pixels = rng.integers(0, 256, (16, 16, channels), dtype=np.uint8)
        Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(folder / f"{k}.png")
    return folder


SLIM = ("--size", 16, "--batch", 4, "--network-args", "width=4", "d_width=4")


def test_a_training_between_two_folders_goes_on_exactly_and_is_measured(tmp_path, capsys):
    domains = ["--a", picture_folder(tmp_path / "left", 24), "--b", picture_folder(tmp_path / "right", 30)]
    options = [*domains, *SLIM, "--pool", 8, "--seed", 3]
    command("cyclegan", *options, "--images", 24, "--out", tmp_path / "whole")
    command("cyclegan", *options, "--images", 12, "--out", tmp_path / "parts")
    command("cyclegan", "--resume", "--images", 24, "--out", tmp_path / "parts")
    weights = [tmp_path / name / "checkpoint" / "generator.safetensors" for name in ("whole", "parts")]
    assert weights[0].read_bytes() == weights[1].read_bytes()
    recipe, about = read_recipe(weights[0].parent)
    assert (recipe.domains, recipe.rule, about["dataset"]) == (("left", "right"), "", "left2right")
    assert about["data_counts"]["classes"] == {"left": 22, "right": 27}  # the last tenth is for testing
    assert not (weights[0].parent / "samples.png").exists()  # of one's own pictures: not for everybody
    with Image.open(tmp_path / "whole" / "samples.png") as sheet:
        assert sheet.size == (160, 96)

    capsys.readouterr()
    assert translation.main([str(weights[0].parent), *map(str, domains)]) == 0
    found = json.loads((weights[0].parent / "metrics.json").read_text())["translation"]
    assert not found["paired"] and "cycle_error" in found["rows"]["answer"]
    assert found["extractor"] is None and "taken" not in found["rows"]["answer"]
    assert "Nothing yet" not in render(weights[0].parent, "user/x")


def test_a_probe_says_how_many_answers_are_taken_for_pictures_of_the_wanted_domain(tmp_path):
    folders = {name: tmp_path / name for name in ("dark", "bright")}
    for folder, light in zip(folders.values(), (40, 210), strict=True):
        folder.mkdir()
        for k in range(60):
            Image.new("RGB", (32, 32), (light + k % 30, light, light)).save(folder / f"{k:02}.png")
    domains = ["--a", folders["dark"], "--b", folders["bright"]]
    command("cyclegan", *domains, "--size", 32, *SLIM[2:], "--images", 4, "--out", tmp_path / "run")
    folder = tmp_path / "run" / "checkpoint"
    assert translation.main([str(folder), *map(str, domains)]) == 0
    found = json.loads((folder / "metrics.json").read_text())["translation"]
    rows = found["rows"]
    assert found["extractor"]["name"] == "efficientnet-lite0"
    assert rows["wanted pictures"] == {"taken": 1.0} and rows["given picture itself"]["taken"] == 0.0
    assert rows["answer"]["kernel"] > 0 and "fd" not in rows["answer"]  # six test pictures


def test_pairs_by_a_rule_are_trained_on_and_measured(tmp_path, capsys):
    data = grey_pictures(tmp_path / "pictures")
    for variant in ("pix2pix", "srgan"):
        command(variant, "--data", data, *SLIM, "--images", 8, "--out", tmp_path / variant)
    assert "edges (16 x 16 grey) -> pictures (16 x 16 grey); 12 pairs." in capsys.readouterr().err
    folder = tmp_path / "srgan" / "checkpoint"
    assert read_recipe(folder)[0].given_size == 4
    many = grey_pictures(tmp_path / "many" / "pictures").parent
    for k in range(12):
        Image.effect_noise((16, 16), 50).save(many / f"{k}.png")
    assert translation.main([str(folder), "--data", str(many), "--baseline", str(folder)]) == 0
    found = json.loads((folder / "metrics.json").read_text())["translation"]
    assert set(found["rows"]) == {"answer", "given picture itself", "without D"}
    assert found["rows"]["answer"] == found["rows"]["without D"] and found["rows"]["answer"]["psnr"] > 0


def test_a_distance_of_too_few_pictures_is_marked(tmp_path, monkeypatch, capsys):
    """EfficientNet has 1,280 features: a thousand pictures cannot fill their covariance."""
    monkeypatch.setattr(translation, "FEW", 4)
    monkeypatch.setattr(distances, "frechet", lambda *_: 2.5)  # takes seconds with so many features
    data = picture_folder(tmp_path / "faces", 40, 3)
    folder = tmp_path / "run" / "checkpoint"
    options = ["--rule", "edges", "--size", 32, *SLIM[2:], "--images", 4, "--out", folder.parent]
    command("pix2pix", "--data", data, *options)
    capsys.readouterr()
    assert translation.main([str(folder), "--data", str(data)]) == 0
    found = json.loads((folder / "metrics.json").read_text())["translation"]
    distance = found["rows"]["answer"]["fd"]
    assert (found["extractor"]["features"], found["wanted"]) == (1280, found["n"])
    sentence = f"Rank-deficient: {found['n']} pictures cannot fill a covariance of 1,280 features"
    for said in (capsys.readouterr().out, render(folder, "user/x")):
        assert f"≈ {distance:.4g}" in said and sentence in said
    found["extractor"]["features"], found["n"], found["wanted"] = 8, 2000, 2000
    assert "≈" not in table(found) and "Rank" not in table(found)


def test_domains_that_cannot_be_are_refused(tmp_path, capsys):
    grey, colour = picture_folder(tmp_path / "grey", 4), picture_folder(tmp_path / "colour", 4, 3)
    one, empty = picture_folder(tmp_path / "one", 1), tmp_path / "empty"
    empty.mkdir()
    out = ["--out", tmp_path / "out"]
    said = refusal(capsys, "cyclegan", "--a", grey, "--b", colour, *out)
    assert "has pictures of 64 px in 1 channels, " in said and "--size and --channels make them equal" in said
    assert "the domain one has 1 picture: give 2 or more" in refusal(capsys, "cyclegan", "--a", one, "--b", grey, *out)
    assert "holds no images" in refusal(capsys, "cyclegan", "--a", grey, "--b", empty, *out)
    assert "--a and --b belong together" in refusal(capsys, "cyclegan", "--a", grey, *out)
    assert "have no pairs, which pix2pix learns from" in refusal(capsys, "pix2pix", "--a", grey, "--b", grey, *out)
    said = refusal(capsys, "pix2pix", "--data", grey, "--rule", "edgs", *out)
    assert "rule is 'edgs' (did you mean 'edges'?)" in said
    assert "needs colour pictures" in refusal(capsys, "pix2pix", "--data", grey, "--rule", "grey", *out)
    both = picture_folder(tmp_path / "both" / "cats", 3).parent
    picture_folder(both / "dogs", 3)
    said = refusal(capsys, "cyclegan", "--data", both, "--a", "cat", "--b", "not cats", *out)
    assert "has no class 'cat' (did you mean 'cats'?), and there is no folder of that name" in said
    assert not (tmp_path / "out").exists()


def test_classes_of_a_data_set_are_domains(tmp_path):
    both = picture_folder(tmp_path / "cats", 6).parent / "cats"
    picture_folder(tmp_path / "zoo" / "dogs", 5)
    both.rename(tmp_path / "zoo" / "cats")
    command("cyclegan", "--data", tmp_path / "zoo", "--a", "cats", "--b", "not cats", *SLIM, "--images", 4, "--out",
            tmp_path / "out", "--pool", 0)  # fmt: skip
    recipe, about = read_recipe(tmp_path / "out" / "checkpoint")
    assert recipe.domains == ("cats", "not cats")
    assert about["data_counts"]["classes"] == {"cats": 6, "not cats": 5} and about["dataset"] == "zoo"
