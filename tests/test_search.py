"""The search: every setting trained alike, the best of each variant marked, what is finished left alone."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_watch import few_samples, put_extractor, put_reference  # noqa: F401  (few_samples goes with every test here)

import train
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


def test_a_search_that_cannot_be_is_one_sentence(plan, capsys):
    assert search.main([*plan, "--variants", "gam"]) == 2
    assert "did you mean 'gan'?" in capsys.readouterr().err


def test_the_zoo_is_trained_with_what_the_search_found_best():
    """Of every variant that was searched, the options of train/queue/plans/cpu.toml are the row in bold."""
    best = {}
    for line in (ROOT / "docs" / "search.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `") and "**" in line:
            variant, words, *_ = (cell.strip(" `") for cell in line.strip("|").split("|"))
            best[variant] = words
    known = settings.read(settings.PLANS / "cpu.toml", train.recipes())["all"]
    assert best
    assert {name: known[name] for name in best} == {name: [words] for name, words in best.items()}
