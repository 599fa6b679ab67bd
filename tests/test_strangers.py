"""One folder of a stranger's among sound ones: whatever is in it is its own problem, and the rest works."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from zoos import SIZE, put

from benchmarks import attack
from demo.draw import inspected
from demo.zoo import distances, evolution, inspection, leaderboard, teaching
from demo.zoo.zoo import Zoo
from gan_models import CheckpointError, hub, limits

VICTIM = "toys/deep"


def one_sentence(text: str, folder: Path) -> None:
    text.encode()
    assert "\n" not in text and len(text) <= 400 and str(folder) not in text


def others_work(zoo: Zoo) -> None:
    """All that the pages ask about the others."""
    keys = [key for key in zoo.catalog().keys if key.startswith("toys/") and key != VICTIM]
    assert keys == ["toys/plain", "toys/told"]
    assert [zoo.facts(key)["key"] for key in keys] == keys
    assert set(zoo.samples(keys, [1, 2])) == set(keys)
    assert {row.key for row in leaderboard.leaderboard(zoo, "toys").rows} == set(keys)
    assert (
        len(leaderboard.shares(zoo, "toys").rows) == 2
        and leaderboard.curves(zoo, keys[0])
        and teaching.lesson(zoo, keys[0])
    )
    assert (
        len(evolution.evolution(zoo, keys).films) == 2
        and evolution.critics(zoo, keys)
        and set(inspection.inspect(zoo, keys, 1)) == set(keys)
    )


def edit(folder: Path, change) -> None:
    content = json.loads((folder / "recipe.json").read_text())
    change(content)
    (folder / "recipe.json").write_text(json.dumps(content))


def reweigh(folder: Path, name: str, change) -> None:
    tensors = load_file(folder / name)
    save_file({k: change(k, t) for k, t in tensors.items()}, folder / name)


DAMAGE = {
    "400 digits": lambda f: edit(f, lambda c: c["recipe"].update(loss_args={"x": int("9" * 400)})),
    "half a character": lambda f: edit(f, lambda c: c["provenance"].update(dataset="caf\udce9")),
    "year 2^70": lambda f: edit(f, lambda c: c["recipe"].update(year=2**70)),
    "long name": lambda f: edit(f, lambda c: c["recipe"].update(name="x" * 5_000)),
    "two channels": lambda f: edit(f, lambda c: c["recipe"].update(channels=2)),
    "whole running mean": lambda f: reweigh(
        f, "generator.safetensors", lambda k, t: t.long() if k.endswith("running_mean") else t
    ),
    "a recipe that is a link to itself": lambda f: [
        act(f / "recipe.json") for act in (Path.unlink, lambda path: path.symlink_to(path))
    ],
    "weights that make NaN": lambda f: reweigh(
        f, "generator.safetensors", lambda k, t: -torch.ones_like(t) if k.endswith("running_var") else t
    ),
}


@pytest.mark.parametrize("visitor", [False, True], ids=["local", "added"])
@pytest.mark.parametrize("what", DAMAGE)
def test_one_folder_is_its_own_problem_and_the_rest_works(filmed_zoo, tmp_path, what, visitor):
    shutil.rmtree(filmed_zoo / "toys" / "critic")
    folder = filmed_zoo / VICTIM
    DAMAGE[what](folder)
    zoo, also = Zoo(filmed_zoo), []
    if visitor:
        folder = Path(shutil.move(folder, tmp_path / "added"))
        zoo._shelf._added[VICTIM] = hub.Pulled(folder, f"her/deep@{'0' * 40}")
        also = [VICTIM]
    if VICTIM in zoo.catalog(also).keys:  # its weights show it only when it is drawn
        assert set(zoo.samples([VICTIM, "toys/plain"], [1])) == {"toys/plain"}
        with pytest.raises(CheckpointError):
            zoo.samples([VICTIM], [1])
    assert VICTIM not in zoo.catalog(also).keys
    (problem,) = zoo.problems(also)
    one_sentence(problem, folder)
    assert VICTIM in problem
    assert visitor == (not zoo.problems())  # a visitor's is no concern of others
    others_work(zoo)


def fails_for(what: str):
    """A stand-in for a part of the program that a folder's content makes fail."""

    def broken(real):
        def asked(*args, **how):
            entries = [e for a in args for e in (a if isinstance(a, list) else [a]) if getattr(e, "key", "") == VICTIM]
            if entries:
                raise AttributeError(f"'NoneType' object has no attribute '{what}' in /home/someone/secret.py")
            return real(*args, **how)

        return asked

    return broken


@pytest.mark.parametrize("part", ["headline", "leaderboard", "shares", "curves"])
def test_any_error_while_an_entry_is_described_is_that_entrys_problem(filmed_zoo, monkeypatch, part):
    shutil.rmtree(filmed_zoo / "toys" / "critic")
    zoo = Zoo(filmed_zoo)
    assert VICTIM in zoo.catalog().keys
    where, name = (distances, part) if part == "headline" else (leaderboard, f"_{part}")
    monkeypatch.setattr(where, name, fails_for(part)(getattr(where, name)))
    if part in ("leaderboard", "shares"):
        assert VICTIM not in {
            row[0] if part == "shares" else row.key for row in getattr(leaderboard, part)(zoo, "toys").rows
        }
    else:
        with pytest.raises(CheckpointError):
            zoo.facts(VICTIM) if part == "headline" else leaderboard.curves(zoo, VICTIM)
    (problem,) = zoo.problems()
    one_sentence(problem, filmed_zoo)
    assert VICTIM in problem and "AttributeError" in problem and "/home" not in problem
    monkeypatch.undo()
    others_work(zoo)
    # A file of it has changed: it gets another chance.
    (filmed_zoo / VICTIM / "stats.jsonl").write_text('{"images": 1}\n')
    assert VICTIM in zoo.catalog().keys and not zoo.problems()


def test_any_error_while_an_entry_is_drawn_is_that_entrys_problem(zoo_folder, monkeypatch):
    zoo = Zoo(zoo_folder)
    gan = zoo.gan(VICTIM)
    monkeypatch.setattr(gan, "pictures", lambda *_: {}["no such tensor"])
    assert set(zoo.samples([VICTIM, "toys/plain"], range(20))) == {"toys/plain"}
    assert "KeyError" in zoo.problems()[0] and VICTIM not in zoo.catalog().keys


def test_a_machine_without_memory_is_no_ones_problem(zoo_folder, monkeypatch):
    zoo = Zoo(zoo_folder)
    gan = zoo.gan(VICTIM)
    for error in (MemoryError(), RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes")):
        with monkeypatch.context() as patch:
            patch.setattr(gan, "pictures", lambda *_, error=error: (_ for _ in ()).throw(error))
            with pytest.raises(ValueError):
                zoo.samples([VICTIM], range(20))
        assert VICTIM in zoo.samples([VICTIM], range(20)) and not zoo.problems()


def test_a_mistake_that_is_no_entrys_is_not_blamed_on_one(zoo_folder, monkeypatch):
    def broken(files, entries, *_):
        if len(entries) > 1:
            raise AttributeError("together only")

    monkeypatch.setattr(leaderboard, "_leaderboard", broken)
    zoo = Zoo(zoo_folder)
    with pytest.raises(AttributeError):
        leaderboard.leaderboard(zoo, "toys")
    assert len(zoo.catalog()) == 4 and not zoo.problems()


def test_a_d_that_answers_no_number_is_told_in_a_note(zoo_folder):
    def change(name, t):
        return torch.full_like(t, 3e38, dtype=torch.float32) if name.startswith("head") or "weight" in name else t

    reweigh(zoo_folder / VICTIM, "discriminator.safetensors", change)
    look = inspection.inspect(Zoo(zoo_folder), [VICTIM, "toys/plain"], 3)
    assert look[VICTIM].score is None and "answers with values that are not finite" in look[VICTIM].notes[0]
    assert look["toys/plain"].score and "No score" in inspected.cards(look.values())
    for note in look[VICTIM].notes:
        one_sentence(note, zoo_folder)


def test_two_channels_are_refused_by_name_and_four_are_shown(zoo_folder):
    for channels in (2, 4):
        put(zoo_folder / "toys" / f"c{channels}", name=f"c{channels}", channels=channels)
    zoo = Zoo(zoo_folder)
    (problem,) = zoo.problems()
    assert problem == "toys/c2 makes pictures of 2 channels: grey and colour ones, of 1, 3 or 4, are shown."
    assert zoo.samples(["toys/c4"], [1])["toys/c4"].shape == (1, SIZE, SIZE, 4)


@settings(max_examples=40, deadline=None)
@given(
    st.binary(min_size=1, max_size=12).filter(lambda name: not set(name) & set(b"/\0") and name not in (b".", b".."))
)
def test_a_folder_may_be_called_anything(_zoo_once, tmp_path_factory, name):
    root = tmp_path_factory.mktemp("named")
    folder = root / os.fsdecode(name)
    shutil.copytree(_zoo_once / "toys" / "plain", folder)
    shutil.copytree(_zoo_once / "toys" / "plain", root / "sound")
    catalog = Zoo(root).catalog()
    assert "sound" in catalog.keys
    for problem in catalog.problems:
        one_sentence(problem, root)
    for key in catalog.keys:
        assert not limits.line(key, 300)
    assert len(catalog.keys) + len(catalog.problems) == 2 or name.startswith(b".")


def test_mutated_folders_give_pictures_or_one_sentence():
    # The seeds that python -m benchmarks.attack found faults with, and some more.
    results = list(attack.run(0, count=8))
    assert {result.outcome for result in results} == {"pictures", "one sentence"}, results


def test_the_attack_knows_a_fault(monkeypatch):
    monkeypatch.setattr(leaderboard, "curves", lambda *_: np.zeros(3)[9])
    faults = [result for result in attack.run(0, count=6) if result.outcome == "fault"]
    assert faults and "curves: IndexError" in faults[0].why and "Traceback" in faults[0].trace


def test_what_lies_beside_the_checkpoints_is_told_without_the_path_to_it(looked_zoo):
    (looked_zoo / "toys" / "extractor" / "extractor.json").write_text('{"format": 1, "width": 1e400}')
    look = inspection.inspect(Zoo(looked_zoo), ["toys/plain"], 3)["toys/plain"]
    (note,) = look.notes
    assert look.score and look.neighbour is None and note.startswith("toys/extractor is no extractor or is damaged")
    one_sentence(note, looked_zoo)
