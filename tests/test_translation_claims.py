"""The tables of docs/translation.md say what the figures of the translators in the zoo are, and so do the sentences."""

import json
import re
from pathlib import Path

import pytest
from sources import listed

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "translation.md").read_text(encoding="utf-8")
ZOO = TEXT.partition("## Those in the zoo, and where they fail")[2].partition("\n## ")[0]
PARTS = dict(re.findall(r"\*\*`(\w+/\w+)`, (.*?)(?=\n\*\*`|\Z)", ZOO, re.S))
COLUMNS = {
    "PSNR": "psnr", "SSIM": "ssim", "feature distance": "feature_distance", "FD": "fd", "class kept": "class_kept",
    "there and back": "cycle_error", "kernel distance": "kernel", "taken for the wanted domain": "taken",
}  # fmt: skip
"""Head of a column, or how it begins -> the figure in it"""


def figures(key: str) -> dict[str, dict[str, float]]:
    return json.loads((ROOT / "checkpoints" / key / "metrics.json").read_text())["translation"]["rows"]


def row_of(title: str, first: bool) -> str:
    if first:
        return "answer"
    return "without D" if "without D" in title else "wanted pictures" if "wanted" in title else "given picture itself"


def cells(part: str) -> list[tuple[str, str, str]]:
    """(row of the figures, figure, as it is written)"""
    lines = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in part.splitlines() if line[:1] == "|"]
    head, _, *rows = lines
    keys = [next(value for name, value in COLUMNS.items() if one.startswith(name)) for one in head[1:]]
    return [
        (row_of(title, i == 0), key, cell)
        for i, (title, *shown) in enumerate(rows)
        for key, cell in zip(keys, shown, strict=True)
        if cell
    ]


def test_every_translator_of_the_zoo_has_its_part():
    there = {f"{path.parent.parent.name}/{path.parent.name}" for path in listed("checkpoints", "*/*/metrics.json")}
    there = {
        key for key in there if "translation" in json.loads((ROOT / "checkpoints" / key / "metrics.json").read_text())
    }
    assert set(PARTS) == there


@pytest.mark.parametrize("key", PARTS)
def test_a_table_says_what_was_measured(key):
    found, told = figures(key), cells(PARTS[key])
    assert len(told) > 3
    for row, figure, written in told:
        value = found[row][figure]
        shown = re.match(r"[−-]?[\d,.]+", written).group().replace("−", "-").replace(",", "")
        digits = len(shown.partition(".")[2])
        value = 100 * value if "%" in written else value
        significant = len(shown.replace(".", "").lstrip("-0"))
        near = float(f"{value:.{significant}g}"), round(value, digits)
        assert float(shown) in near, f"{row}, {figure}: {written}, measured {value:.5g}"


def better(key: str, row: str, than: str) -> set[str]:
    """Figures in which one row is ahead of another."""
    one, other = (figures(key)[name] for name in (row, than))
    up = {"psnr", "ssim", "class_kept", "taken"}
    return {
        name for name in one if name in other and (one[name] > other[name] if name in up else one[name] < other[name])
    }


SENTENCES = {
    "at 28 pixels and this budget the network without D is ahead in every figure": lambda: (
        not better("fashion_mnist/pix2pix", "answer", "without D")
    ),
    "the distance to whole digits falls to a third": lambda: (
        0.3 < figures("mnist/inpainter")["answer"]["fd"] / figures("mnist/inpainter")["without D"]["fd"] < 0.37
    ),
    "right class more often, at the cost of 0.3 decibels": lambda: (
        {"fd", "class_kept"} <= better("mnist/inpainter", "answer", "without D")
        and 0.25 < figures("mnist/inpainter")["without D"]["psnr"] - figures("mnist/inpainter")["answer"]["psnr"] < 0.35
    ),
    "without it the answers are hardly nearer to real faces than the enlarged ones are": lambda: (
        0.85 < figures("celeba/srgan")["without D"]["fd"] / figures("celeba/srgan")["given picture itself"]["fd"] < 1
        and figures("celeba/srgan")["answer"]["fd"] < 0.6 * figures("celeba/srgan")["without D"]["fd"]
    ),
    "the network without it is ahead in every figure after half the training": lambda: (
        not better("celeba/inpainter", "answer", "without D")
    ),
    "the probe takes twice as many for smiling as before, while it is right on three in four": lambda: (
        figures("celeba/cyclegan")["answer"]["taken"] / figures("celeba/cyclegan")["given picture itself"]["taken"]
        > 1.8
        and 0.7 < figures("celeba/cyclegan")["wanted pictures"]["taken"] < 0.8
    ),
    "the same network without it, after half the training, is ahead in every figure": lambda: (
        not better("celeba/pix2pix", "answer", "without D")
    ),
}
"""A sentence of the document, line breaks apart -> whether the figures bear it out"""


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_is_true_of_the_figures(sentence):
    assert sentence in " ".join(ZOO.split())
    assert SENTENCES[sentence]()
