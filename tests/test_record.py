"""metrics.json: read and written whole, of these weights or not, every damage in one sentence."""

import contextlib
import copy
import json
import statistics
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from helpers import contents
from zoos import block, figure

from gan_models import CheckpointError
from gan_models.metrics import record
from train.measure import evaluate, table
from train.publish import card

ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "generator.safetensors").write_bytes(b"weights")
    return tmp_path


def test_no_file_is_an_empty_record(folder):
    assert record.read(folder) == {} and not record.current(folder)


def test_what_was_written_is_read_and_is_of_these_weights_until_they_change(folder):
    content = {"format": 1, "generator": record.generator_hash(folder), "dataset": "toys", "measured": {}}
    record.write(folder, content)
    assert record.read(folder) == content and record.current(folder)
    assert contents(folder).keys() == {"generator.safetensors", "metrics.json"}
    (folder / "generator.safetensors").write_bytes(b"other weights")
    assert not record.current(folder) and record.current(
        folder, {**content, "generator": record.generator_hash(folder)}
    )


def test_the_hash_is_blake2b_of_the_file(folder):
    done = subprocess.run(["b2sum", "-l", "64", folder / "generator.safetensors"], capture_output=True, text=True)
    if done.returncode:
        pytest.skip("there is no b2sum")
    assert record.generator_hash(folder) == done.stdout.split()[0]


def test_without_weights_nothing_is_of_them(folder):
    record.update(folder, "toys")
    (folder / "generator.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"holds no generator.safetensors"):
        record.current(folder)


def test_an_update_keeps_what_others_wrote(folder):
    record.update(folder, "toys", measured={"a": block(1)}, cost={"seconds": 2})
    record.update(folder, "toys", measured={"b": block(3)})
    made = record.update(folder, "toys", augment={"seeds": [0]})
    assert made == record.read(folder) == {
        "format": 1,
        "generator": record.generator_hash(folder),
        "dataset": "toys",
        "measured": {"a": block(1), "b": block(3)},
        "cost": {"seconds": 2},
        "augment": {"seeds": [0]},
    }  # fmt: skip


def test_two_updates_at_a_time_lose_nothing(folder, monkeypatch):
    read, meeting = record.read, threading.Barrier(2, timeout=0.5)

    def slow(where):
        content = read(where)
        with contextlib.suppress(threading.BrokenBarrierError):
            meeting.wait()  # both have read before one of them writes, unless the other one must wait
        return content

    monkeypatch.setattr(record, "read", slow)
    parts = [{"measured": {"a": block(1)}}, {"yardsticks": {"b": yardstick(2)}}, {"yardsticks": {"c": yardstick(3)}}]
    threads = [threading.Thread(target=record.update, args=(folder, "toys"), kwargs=one) for one in parts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    found = read(folder)
    assert set(found["measured"]) == {"a"} and set(found["yardsticks"]) == {"b", "c"}


def yardstick(value: float) -> dict:
    return {**{key: block(1)[key] for key in ("extractor", "reference", "n", "seeds")}, "figure": figure(value)}


def whole_record() -> dict:
    """A metrics.json with every block that is checked."""
    rows = {"answer": {"psnr": 20.0, "fd": 2.5}}
    return {
        "format": 1,
        "generator": "ab",
        "dataset": "toys",
        "measured": {"toys-cnn": {**block(3), "class_fds": [1.0, 2.0, 3.0]}},
        "yardsticks": {"label_free": yardstick(1), "sliced": {**yardstick(1), "extractor": None}},
        "cost": {"multiply_adds_per_image": 1, "multiply_adds_per_picture": 2},
        "latent": {"rebuild": {}},
        "augment": {"seeds": []},
        "translation": {
            "n": 5, "wanted": 4, "split": "test", "extractor": {"name": "a", "hash": "b", "features": 3}, "rows": rows,
            "failures": [], "baseline_images": 7,
        },
    }  # fmt: skip


def places(value, path=()):
    """The path of every value in JSON."""
    for key, one in value.items() if isinstance(value, dict) else ():
        yield (*path, key)
        yield from places(one, (*path, key))


WRONG = [None, 3.5, "odd", [], [{}], {}, {"odd": []}, True, float("nan")]


@pytest.mark.parametrize("path", [*places(whole_record())], ids="/".join)
def test_a_block_that_is_read_suits_all_its_readers(folder, path):
    """Whatever stands at any place: one sentence, or each command that reads the file can use it."""
    for wrong in WRONG:
        content = copy.deepcopy(whole_record())
        at = content
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = wrong
        (folder / "metrics.json").write_text(json.dumps(content))
        try:
            found = record.read(folder)
        except CheckpointError as error:
            assert str(folder / "metrics.json") in str(error) and "\n" not in str(error)
            continue
        card.figures(found["measured"])
        card.translations(found.get("translation"))
        for one in found["measured"].values():
            evaluate.line(one)
            evaluate._covers(one, {"n": 1, "seeds": [], "extractor": {}, "reference": {}, "memorisation": True})
            table.figure(one, "fd")
        for one in found.get("yardsticks", {}).values():
            assert evaluate._same(one, {"n": 1}) in (True, False) and one["figure"]["mean"] is not None


def test_an_update_drops_what_was_measured_on_other_weights(folder):
    record.update(folder, "toys", measured={"a": block(1)}, cost={"seconds": 2})
    (folder / "generator.safetensors").write_bytes(b"other weights")
    made = record.update(folder, "toys", augment={"seeds": [0]})
    assert made["measured"] == {} and "cost" not in made and record.current(folder)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "damaged or foreign"),
        ("[1]", "damaged or foreign"),
        ('{"format": 1}', "no 'generator'"),
        ('{"format": 1, "generator": 3, "dataset": "toys", "measured": {}}', "generator is int"),
        ('{"format": 1, "generator": "ab", "dataset": "toys", "measured": []}', "measured is list"),
        ('{"format": 1, "generator": "ab", "dataset": "toys", "measured": {}, "augment": 1}', "augment is int"),
        ('{"format": 1, "generator": "ab", "dataset": "toys", "measured": {}, "cost": [1]}', "cost is list"),
        ('{"format": 1, "generator": "ab", "dataset": "toys", "measured": {"a": 1}}', "measured, 'a' must be a table"),
        ('{"format": 99}', "format 99; this program reads up to 1"),
        ('{"format": "new"}', "format new"),
        ("[" * 100_000, "damaged or foreign"),
        ("\xff", "damaged or foreign"),
    ],
)
def test_damage_is_told_in_one_sentence(folder, text, says):
    (folder / "metrics.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(CheckpointError, match=says) as raised:
        record.read(folder)
    assert "\n" not in str(raised.value) and str(folder) in str(raised.value)


def test_what_json_cannot_hold_leaves_the_old_file(folder):
    record.update(folder, "toys", cost={"seconds": 2})
    before = contents(folder)
    with pytest.raises(ValueError, match="Out of range"):
        record.update(folder, "toys", cost={"seconds": float("nan")})
    assert contents(folder) == before


def test_a_figure_is_mean_spread_and_values():
    values = [0.5, 0.7, 0.9]
    made = record.figure(values)
    assert made == {"mean": pytest.approx(0.7), "spread": pytest.approx(statistics.stdev(values)), "values": values}
    assert record.figure([3]) == {"mean": 3, "spread": 0, "values": [3]}
    json.dumps(made)


def test_reading_imports_no_torch():
    code = "import sys, gan_models.metrics.record; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
