"""Ablation: whose pictures stand beside a verdict, and how many verdicts chance would give."""

import json

import numpy as np
import pytest
from page_helpers import alts, in_html, run_python
from PIL import Image
from zoos import RUNS, record_runs

from demo.page import resolve
from demo.pages import ablation
from demo.zoo import recorded
from demo.zoo.ablation import ablation as asked
from demo.zoo.zoo import Zoo
from gan_models.pictures import tile

SIZE, MANY = 8, 2


def keep_pictures(toys, seed: int = 0) -> np.ndarray:
    """Adds a sheet of two pictures of each run to an ablation.json, as train repeat does: uint8 [runs, 2, H, W, 1]."""
    content = json.loads((toys / "ablation.json").read_text())
    drawn = np.random.default_rng(seed).integers(0, 256, (len(content["runs"]), MANY, SIZE, SIZE, 1), dtype=np.uint8)
    Image.fromarray(tile(drawn.reshape(-1, SIZE, SIZE, 1), MANY)).save(toys / "ablation.png")
    content["pictures"] = {"file": "ablation.png", "columns": MANY, "size": SIZE, "channels": 1}
    for row, run in enumerate(content["runs"]):
        run["row"] = row
    (toys / "ablation.json").write_text(json.dumps(content))
    return drawn


@pytest.fixture
def zoo(family_zoo) -> Zoo:
    record_runs(family_zoo / "toys")
    return Zoo(family_zoo)


def cards(zoo: Zoo) -> tuple[str, object]:
    s = resolve(ablation.PAGE, zoo, {"data": ["toys"]})
    return ablation.cards(zoo, s), s


def test_pictures_of_other_trainings_than_the_judged_are_called_so_with_both_budgets(zoo):
    shown, _ = cards(zoo)
    said = "from a training of 20,000 images; the verdict is about 3 trainings of 5,000 images each (seeds 0, 1 and 2)."
    assert (
        shown.count("<b>Other trainings were judged.</b>") == shown.count(said) == 2
    )  # of the parent and of one trick
    wide = shown[shown.index("<b>Wide GAN</b>") :]
    assert "Other trainings" not in wide  # it was not judged by the record


def test_the_pictures_of_the_judged_trainings_stand_beside_the_verdict(zoo, family_zoo, monkeypatch):
    drawn = keep_pictures(family_zoo / "toys")
    shown, s = cards(zoo)
    assert "Other trainings" not in shown and "judged: 3 trainings of 5,000 images each" in shown
    root, noisy, *others = in_html(shown)
    k = 264 // MANY // SIZE
    for sheet, rows in ((root, drawn[:3]), (noisy, drawn[3:])):
        side = (SIZE + 1) * k
        for i in range(3):
            for n in range(MANY):
                tiles = sheet[i * side : i * side + SIZE * k : k, n * side : n * side + SIZE * k : k, 0]
                np.testing.assert_array_equal(tiles, rows[i, n, ..., 0])
    assert alts(shown)[0] == "root · 3 trainings of 5,000 images each (seeds 0, 1 and 2), one row for each" and others
    made = run_python(zoo, ablation.python(zoo, s), monkeypatch)
    assert list(made) == [f"{name}, seed {seed}" for name in RUNS for seed in range(3)]
    np.testing.assert_array_equal(made["noisy, seed 1"], drawn[4])


@pytest.mark.parametrize("content", [b"", b"no picture", None])
def test_a_damaged_sheet_leaves_the_pictures_of_the_zoo(zoo, family_zoo, content):
    keep_pictures(family_zoo / "toys")
    path = family_zoo / "toys" / "ablation.png"
    path.unlink() if content is None else path.write_bytes(content)
    shown, _ = cards(zoo)
    assert shown.count("Other trainings were judged") == 2
    assert recorded.judged(zoo, "toys")["root"].pictures is None


def test_a_new_sheet_is_read_again(zoo, family_zoo):
    before = keep_pictures(family_zoo / "toys")
    assert (recorded.judged(zoo, "toys")["root"].pictures == before[:3]).all()
    after = keep_pictures(family_zoo / "toys", seed=1)
    assert (recorded.judged(zoo, "toys")["root"].pictures == after[:3]).all()


def test_how_many_comparisons_and_how_many_by_chance_stand_at_the_verdict(zoo, family_zoo):
    shown, _ = cards(zoo)
    said = "4 comparisons were made; if no trick did anything, about 0.2 of them would count by chance alone."
    assert shown.index(said) < shown.index("Root GAN")  # above the cards, in no fold
    assert asked(zoo, "toys").chance.comparisons == 4  # hints, of one seed each, are none
    (family_zoo / "toys" / "ablation.json").unlink()
    assert "comparisons" not in cards(zoo)[0]
