"""The search: every setting trained alike, the best of each variant marked, what is finished left alone."""

import json
import re
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sources import listed
from test_watch import few_samples, put_extractor, put_reference  # noqa: F401  (few_samples goes with every test here)

import train
from gan_models.folder import read_recipe
from gan_models.recipe import Recipe
from train.engine.args import parse
from train.queue import search, settings, slots

ROOT = Path(__file__).parent.parent

PLAN = """
[all]
all = "--size 28 --batch 8 --network-args width=4 --checkpoints {zoo}"
gan = ["", "--g-optimizer lr=0.001"]
"""


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """The options of a search over two settings of one variant, on made-up pictures."""
    monkeypatch.setenv("GAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(slots, "POLL", 0.05)
    put_reference(tmp_path / "zoo", put_extractor(tmp_path / "zoo"))
    (tmp_path / "noise").mkdir()
    for k, pixels in enumerate(np.random.default_rng(0).integers(0, 256, (8, 28, 28), dtype=np.uint8)):
        Image.fromarray(pixels).save(tmp_path / "noise" / f"{k}.png")
    (tmp_path / "plan.toml").write_text(PLAN.format(zoo=tmp_path / "zoo"), encoding="utf-8")
    options = {
        "--dataset": "noise", "--settings": "plan.toml", "--out": "runs", "--write": "search.md", "--images": "16",
    }  # fmt: skip
    paths = {"--images": "16"}
    return [word for key, value in options.items() for word in (key, paths.get(key) or str(tmp_path / value))]


def test_all_settings_are_trained_alike_and_the_best_is_marked(plan, tmp_path, capsys):
    assert search.main([*plan, "--gpus", "cpu"]) == 0
    text = (tmp_path / "search.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| `gan`")
    ]
    assert [row[1] for row in rows] == ["`as the recipe has it`", "`--g-optimizer lr=0.001`"]
    distances = [float(row[2].strip("*")) for row in rows]
    assert [row[2].startswith("**") for row in rows] == [distance == min(distances) for distance in distances]
    assert "16 images of noise" in text
    assert "FD-noise-cnn" in text

    capsys.readouterr()
    other = "| `lsgan` | `--batch 8` | **1** | 7.0 % |\n"
    (tmp_path / "search.md").write_text(f"{text}{other}", encoding="utf-8")
    assert search.main([*plan, "--gpus", "cpu"]) == 0
    assert "begins" not in capsys.readouterr().out
    again = (tmp_path / "search.md").read_text(encoding="utf-8")
    assert again.count("| `gan`") == 2
    assert other in again

    (tmp_path / "search.md").write_text(again.replace("16 images", "32 images"), encoding="utf-8")
    assert search.main([*plan, "--gpus", "cpu"]) == 0
    assert (tmp_path / "search.md").read_text(encoding="utf-8") == text  # a row of another budget has no place here

    # Trainings that are not alike are not compared.
    capsys.readouterr()
    plan[plan.index("--images") + 1] = "8"
    assert search.main([*plan, "--gpus", "cpu"]) == 2
    assert "has trainings of 16 images: choose another --out." in capsys.readouterr().err
    plan[plan.index("--images") + 1] = "16"
    for path in (tmp_path / "runs").rglob("checkpoint/stats.jsonl"):
        points = [json.loads(line) for line in path.read_text().splitlines()]
        path.write_text("".join(f"{json.dumps({k: v for k, v in one.items() if k != 'fd'})}\n" for one in points))
    assert search.main([*plan, "--gpus", "cpu"]) == 2
    assert "was trained without --eval-every" in capsys.readouterr().err
    assert (tmp_path / "search.md").read_text(encoding="utf-8") == text


def test_a_search_that_cannot_be_is_one_sentence(plan, capsys):
    assert search.main([*plan, "--variants", "gam"]) == 2
    assert "did you mean 'gan'?" in capsys.readouterr().err


def test_the_plan_of_the_zoo_is_what_the_search_found_best():
    """A variant that was not searched has its parent's options, and the plan names it."""
    best = {}
    for line in (ROOT / "docs" / "search.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `") and "**" in line:
            variant, words, *_ = (cell.strip(" `") for cell in line.strip("|").split("|"))
            best[variant] = words
    assert {*PLANNED["all"]} - {*best} == {settings.ALL, "stylegan2_conditional", "r3gan_conditional"}
    assert "conditional\n# StyleGAN2 and R3GAN were not searched" in (settings.PLANS / "cpu.toml").read_text()
    for name, (words,) in PLANNED["all"].items():
        assert name == settings.ALL or words == best[name if name in best else RECIPES[name].parent], name


RECIPES = train.recipes()
PLANNED = settings.read(settings.PLANS / "cpu.toml", RECIPES)
SHIPPED = [path.parent for path in listed("checkpoints", "*/*/recipe.json") if path.parent.name in RECIPES]
SHIPPED = {f"{folder.parent.name}/{folder.name}": folder for folder in SHIPPED}


def older() -> set[str]:
    """The checkpoints that docs/training.md says were trained with other settings than the plan's."""
    text = " ".join((ROOT / "docs" / "training.md").read_text(encoding="utf-8").split())
    named = re.search(r"checkpoints are older than this file[^:]*:((?: `[\w/]+`[,.])+)", text)
    return {*re.findall(r"`([\w/]+)`", named[1])} if named else set()


def test_older_checkpoints_are_named_while_they_ship():
    assert older() <= {*SHIPPED}


@pytest.mark.parametrize("key", SHIPPED)
def test_a_checkpoint_was_trained_as_the_plan_says(key):
    """Whoever replaces one of those that docs/training.md names as older takes it out there."""
    data, variant = key.split("/")
    recipe, _ = read_recipe(SHIPPED[key])
    (words,) = settings.tries(PLANNED, variant, data)
    _, planned, _ = parse(RECIPES[variant], [*words, "--device", "cpu"])
    planned = replace(planned.resized(recipe.size, recipe.channels), class_names=recipe.class_names)
    same = all(getattr(planned, name) == getattr(recipe, name) for name in PLAYED)
    assert same != (key in older()), "trained as the plan says" if same else "trained with other settings"


PLAYED = {field.name for field in fields(Recipe)} - {"title", "summary", "objective", "paper", "year", "parent"}
"""What the training is made of; the rest are words, which may have been written anew since"""
