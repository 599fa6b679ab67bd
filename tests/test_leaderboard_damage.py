"""What of the figures cannot be compared, and what damaged files leave of them."""

import json
import math
from dataclasses import asdict

import pytest
from zoos import EXTRACTOR, REFERENCE, TOYS, block, edit, figure, measure, put

from demo.zoo import files, leaderboard
from demo.zoo.files import LARGEST
from demo.zoo.zoo import Zoo

FIXTURE = "measured_zoo"


def reasons(table) -> dict[str, str]:
    return {one.key: one.reason for one in table.unmeasured}


# What cannot be compared ------------------------------------------------------------------------------------


def test_variants_without_figures_have_a_reason(toys, zoo):
    (toys / "plain" / "metrics.json").unlink()
    put(toys / "told", name="told", title="Told GAN", seed=9, conditional=True, class_names=("zero", "one", "two"))
    measure(toys / "deep", block(12))
    put(toys / "fresh", name="fresh", title="Fresh GAN", year=2020)
    (toys / "fresh" / "metrics.json").write_text(json.dumps(json.loads((toys / "deep" / "metrics.json").read_text())))
    table = leaderboard.leaderboard(zoo, "toys")
    assert [row.key for row in table.rows] == ["toys/deep"]
    assert "never measured" in reasons(table)["toys/plain"]
    assert "other weights" in reasons(table)["toys/fresh"]
    assert zoo.facts("toys/fresh")["quality"] is None and zoo.facts("toys/plain")["quality"] is None


OTHER = {
    "extractor": (
        lambda b: b.update(extractor={**EXTRACTOR, "hash": "ffff"}),
        "another toys-cnn (ffff) than the anchors",
    ),
    "reference": (lambda b: b.update(reference={**REFERENCE, "hash": "ffff"}), "other real images"),
    "split": (lambda b: b.update(reference={**REFERENCE, "split": "train"}), "toys, train, 5,000"),
    "n": (lambda b: b.update(n=2000), "n = 2,000, the others with 10,000"),
    "name": (lambda b: b.update(extractor={**EXTRACTOR, "name": "other"}), "measured with other only"),
}


@pytest.mark.parametrize(("change", "words"), OTHER.values(), ids=OTHER)
def test_figures_of_different_sights_never_stand_in_one_table(toys, zoo, change, words):
    odd = block(1)
    change(odd)
    measure(toys / "plain", odd)
    table = leaderboard.leaderboard(zoo, "toys")
    assert [row.key for row in table.rows] == ["toys/deep", "toys/told"]
    assert list(reasons(table)) == ["toys/plain"]
    assert words in reasons(table)["toys/plain"]


def test_a_second_extractor_has_a_table_of_its_own(toys, zoo):
    other = {**block(3), "extractor": {"name": "other", "hash": "ee", "features": 4}}
    measure(toys / "plain", block(40), other)
    assert leaderboard.leaderboard(zoo, "toys").extractors == ("toys-cnn", "other")
    table = leaderboard.leaderboard(zoo, "toys", "other")
    assert [row.values["fd"] for row in table.rows] == [3] and table.anchors == ()
    assert reasons(table) == dict.fromkeys(["toys/deep", "toys/told"], "measured with toys-cnn only")
    assert "no anchors for FD-other" in table.notes[0]
    with pytest.raises(ValueError, match="extractor 'third'; there is toys-cnn, other"):
        leaderboard.leaderboard(zoo, "toys", "third")


def test_without_anchors_what_most_have_in_common_makes_the_table(toys, zoo):
    (toys / "anchors.json").unlink()
    measure(toys / "plain", {**block(1), "reference": {**REFERENCE, "hash": "ffff"}})
    table = leaderboard.leaderboard(zoo, "toys")
    assert [row.key for row in table.rows] == ["toys/deep", "toys/told"] and table.floor is None
    assert "than the others" in reasons(table)["toys/plain"]


def test_nothing_measured_is_an_empty_table(zoo, toys):
    table = leaderboard.leaderboard(zoo, "photos")
    assert (table.rows, table.columns, table.extractor, table.n) == ((), (), None, None)
    assert list(reasons(table)) == ["photos/colour"] and not any(table.fronts.values())
    for key in TOYS:
        (toys / key[5:] / "metrics.json").unlink()
    table = leaderboard.leaderboard(zoo, "toys")
    assert table.rows == () and [row.key for row in table.anchors] == ["train", "noise", "one_class"]
    with pytest.raises(ValueError, match="data set 'cats'; there are those of photos, toys"):
        leaderboard.leaderboard(zoo, "cats")


def test_a_folder_of_runs_is_held_against_the_shipped_anchors(measured_zoo, tmp_path, monkeypatch):
    monkeypatch.setattr("demo.zoo.finding.SHIPPED", measured_zoo)
    put(tmp_path / "runs" / "mine" / "checkpoint", name="mine", title="Mine")
    measure(tmp_path / "runs" / "mine" / "checkpoint", block(5))
    table = leaderboard.leaderboard(Zoo(tmp_path / "runs"), "toys")
    assert [row.key for row in table.rows] == ["mine"] and table.floor.values["fd"] == 0.86


def test_what_measures_is_no_checkpoint(toys, zoo):
    (toys / "extractor").mkdir()
    for name in ("reference.safetensors", "reference-inception.safetensors", "extractor/extractor.safetensors"):
        (toys / name).write_bytes(b"")
    assert [entry.key for entry in zoo.catalog().of("toys")] == TOYS and zoo.problems() == []


# Damage -----------------------------------------------------------------------------------------------------

DAMAGE = {
    "no json": lambda path: path.write_text('{"format": 1, "gen'),
    "binary": lambda path: path.write_bytes(bytes(range(256))),
    "empty": lambda path: path.write_text(""),
    "a list": lambda path: path.write_text("[1, 2]"),
    "a directory": lambda path: (path.unlink(), path.mkdir()),
    "huge": lambda path: path.write_text(" " * LARGEST + "{}"),
    "deep": lambda path: path.write_text("[" * 100_000),
    "newer": lambda path: edit(path, lambda c: c.update(format=99)),
    "no format": lambda path: edit(path, lambda c: c.pop("format")),
    "measured is text": lambda path: edit(path, lambda c: c.update(measured="well")),
    "nothing measured": lambda path: edit(path, lambda c: c.update(measured={})),
    "blocks are numbers": lambda path: edit(path, lambda c: c.update(measured={"toys-cnn": 3})),
}
BLOCKS = {
    "no extractor": lambda b: b.pop("extractor"),
    "extractor is text": lambda b: b.update(extractor="toys-cnn"),
    "another's figures": lambda b: b.update(extractor={**EXTRACTOR, "name": "else"}),
    "a name with markup": lambda b: b.update(extractor={**EXTRACTOR, "hash": "<b>"}),
    "no reference": lambda b: b.pop("reference"),
    "no n": lambda b: b.pop("n"),
    "n is true": lambda b: b.update(n=True),
    "n is none": lambda b: b.update(n=0),
    "no seeds": lambda b: b.update(seeds=[]),
    "no figures": lambda b: b.pop("figures"),
    "figures are a list": lambda b: b.update(figures=[1]),
    "fd is text": lambda b: b["figures"].update(fd="12"),
    "fd is nan": lambda b: b["figures"].update(fd=figure(math.nan)),
    "fd is infinite": lambda b: b["figures"].update(fd=figure(math.inf)),
    "fd is immense": lambda b: b["figures"].update(fd={"mean": 10**400}),
    "fd has no mean": lambda b: b["figures"].update(fd={"spread": 1}),
}
for name, change in BLOCKS.items():
    DAMAGE[name] = lambda path, change=change: edit(path, lambda c: change(c["measured"]["toys-cnn"]))


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_metrics_are_a_reason_and_leave_the_others_alone(toys, zoo, damage):
    damage(toys / "plain" / "metrics.json")
    table, seen = leaderboard.leaderboard(zoo, "toys"), leaderboard.shares(zoo, "toys")
    assert [row.key for row in table.rows] == ["toys/deep", "toys/told"]
    (reason,) = reasons(table).values()
    assert 10 < len(reason) < 300 and "\n" not in reason and str(toys) not in reason and not reason.endswith(".")
    assert [key for key, *_ in seen.rows] == ["toys/deep", "toys/told"]
    assert zoo.caption("toys/plain").endswith("parameters")
    assert zoo.catalog().problems == ()
    json.dumps(asdict(table), allow_nan=False)


def test_single_odd_figures_are_left_out_with_a_note(toys, zoo):
    odd = block(40)
    odd["figures"] |= {"recall": figure(math.nan), "kd": {"mean": "x"}, "precision": {"mean": 0.5, "spread": "wide"}}
    odd["class_shares"] = [0.5, 0.5, 0.5]
    cost = {"parameters": "many", "images": -3, "multiply_adds_per_image": math.inf, "peak_memory_mb": ["300"]}
    augment = {"cas": 3, "gain": [5, {"real": "50"}, {"real": 50, "generated": 1, "without": 1}], "scratch": {}}
    content = {"format": 1, "dataset": "toys", "measured": {"toys-cnn": odd}, "cost": cost, "augment": augment}
    content |= {"generator": files.record.generator_hash(toys / "plain"), "training_seeds": "three"}
    (toys / "plain" / "metrics.json").write_text(json.dumps(content))
    table = leaderboard.leaderboard(zoo, "toys")
    plain = table.rows[-1]
    assert plain.key == "toys/plain" and plain.values["fd"] == 40
    assert (plain.values["recall"], plain.values["kd"]) == (None, None)
    assert (plain.values["precision"], plain.spreads["precision"]) == (0.5, 0)
    assert plain.values["parameters"] == zoo.facts("toys/plain")["parameters"] and plain.values["images"] == 20_000
    assert plain.values["work"] is None and plain.values["peak_memory_mb"] is None
    (note,) = table.notes
    assert note == "Plain GAN: kd, recall in metrics.json are no numbers and left out."
    assert all(row.key == "toys/told" for row in table.augmentation)
    assert [key for key, *_ in leaderboard.shares(zoo, "toys").rows] == ["toys/deep", "toys/told"]


@pytest.mark.parametrize("name", ["no json", "binary", "empty", "a list", "huge", "deep", "newer", "no format"])
def test_damaged_anchors_are_a_note(toys, zoo, name):
    DAMAGE[name](toys / "anchors.json")
    table = leaderboard.leaderboard(zoo, "toys")
    assert len(table.rows) == 3 and table.anchors == ()
    assert "anchors.json of toys cannot be used" in table.notes[0] and str(toys) not in " ".join(table.notes)
    assert zoo.caption("toys/deep").endswith("FD-toys-cnn 12.3 ± 0.2 (n = 10,000 against 5,000 real)")


def test_anchors_of_several_extractors_are_a_note(toys, zoo):
    edit(toys / "anchors.json", lambda content: content["rows"][1].update(reference={**REFERENCE, "hash": "f"}))
    table = leaderboard.leaderboard(zoo, "toys")
    assert table.anchors == () and "several extractors or references" in table.notes[0]
