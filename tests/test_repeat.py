"""Trainings that are repeated: plans, what is trained, recorded and kept as pictures."""

import json
import tomllib
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from test_watch import few_samples, put_extractor, put_reference  # noqa: F401  (few_samples goes with every test here)

import train
from gan_models.folder import CheckpointError
from gan_models.metrics import seeds
from train import engine
from train.measure import evaluate
from train.queue import repeat, settings, slots

KNOWN = train.recipes()

PLAN = """
[plan]
images = "16"
seeds = [0, 3]
record = "ablation.json"
settings = "small.toml"
variants = ["gan"]
pictures = true
[[part]]
name = "gan_slow"
title = "Slow"
of = "improved_dcgan"
variant = "gan"
options = "--g-optimizer lr=1e-5"
"""


class Here:
    """Stands for the queue: trains in this process, where torch is loaded already. Its own tests start processes."""

    asked = False

    def __init__(self, slots, screen):
        pass

    def run(self, jobs):
        for job in (job for job in jobs if job.state == "waiting"):
            print(f"{job.name} begins")
            engine.main(KNOWN[job.recipe.name], job.argv)
            job.look()


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """Arguments of a repetition of two entries with two seeds, on made-up pictures."""
    monkeypatch.setenv("GAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(slots, "POLL", 0.05)
    cost = {"seconds_per_1000": 0.5, "peak_memory_mb": 300, "device": "CPU (test)", "threads": 1}
    monkeypatch.setattr(evaluate, "sampling_cost", lambda folder: cost)
    monkeypatch.setattr(repeat, "Queue", Here)
    put_reference(tmp_path / "zoo", put_extractor(tmp_path / "zoo"))
    (tmp_path / "noise").mkdir()
    for k, pixels in enumerate(np.random.default_rng(0).integers(0, 256, (8, 28, 28), dtype=np.uint8)):
        Image.fromarray(pixels).save(tmp_path / "noise" / f"{k}.png")
    common = f"--size 28 --batch 8 --network-args width=4 --checkpoints {tmp_path / 'zoo'}"
    (tmp_path / "small.toml").write_text(f'[all]\nall = "{common}"\n', encoding="utf-8")
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    return [
        str(tmp_path / "plan.toml"), "--dataset", str(tmp_path / "noise"), "--checkpoints", str(tmp_path / "zoo"),
        "--out", str(tmp_path / "runs"), "--n", "100", "--gpus", "cpu",
    ]  # fmt: skip


def test_all_are_trained_measured_and_recorded_with_their_pictures(plan, tmp_path, capsys):
    assert repeat.main([*plan, "--dry-run"]) == 0
    commands = capsys.readouterr().out.splitlines()
    assert len(commands) == 4 and all(line.startswith("python -m train.gan ") for line in commands)
    assert sum("lr=1e-5" in line for line in commands) == 2

    assert repeat.main(plan) == 0
    path = tmp_path / "zoo" / "noise" / "ablation.json"
    content = seeds.read(path)
    assert [(run["variant"], run["seed"]) for run in content["runs"]] == [
        ("gan", 0), ("gan", 3), ("gan_slow", 0), ("gan_slow", 3),
    ]  # fmt: skip
    assert content["recipes"]["gan_slow"]["parent"] == "gan" and content["recipes"]["gan_slow"]["title"] == "Slow"
    assert content["recipes"]["gan_slow"]["g_optimizer"]["lr"] == 1e-5 != content["recipes"]["gan"]["g_optimizer"]["lr"]
    assert content["images"] == 16
    # One pair with two seeds: each in fd, recall, coverage and the smallest share.
    assert content["comparisons"] == {"number": 4, "by_chance": 0.28}
    assert "class_balanced" in content["runs"][0]["figures"]
    assert not any("memorisation" in name for name in content["runs"][0]["figures"])

    import gan_models

    shown = seeds.pictures(path, content)
    place = tmp_path / "runs" / "plan" / "gan_slow" / "noise" / "gan-3" / "checkpoint"
    assert shown["gan_slow", 3].shape == (8, 28, 28, 1)
    assert np.array_equal(shown["gan_slow", 3], gan_models.load(place).sample(range(8)))

    capsys.readouterr()
    before = path.read_bytes()
    assert repeat.main(plan) == 0  # nothing is trained or measured again
    assert "begins" not in (out := capsys.readouterr().out) and out.count("is measured already") == 4
    assert path.read_bytes() == before

    Image.new("L", (30, 28)).save(tmp_path / "zoo" / "noise" / "ablation.png")
    with pytest.raises(CheckpointError, match="does not go with ablation"):
        seeds.pictures(path, content)


def test_a_plan_is_done_in_parts(plan, tmp_path, capsys):
    """Parent first, then its trick: the record is that of both at once, and so is the sheet."""
    path = tmp_path / "zoo" / "noise" / "ablation.json"
    assert repeat.main(plan) == 0
    whole, sheet = json.loads(path.read_text()), path.with_suffix(".png").read_bytes()
    shown = seeds.pictures(path, whole)

    assert repeat.main([*plan, "--variants", "gan_slow"]) == 0  # measured already, and the rest is on record
    assert json.loads(path.read_text()) == whole and path.with_suffix(".png").read_bytes() == sheet

    # A run on record stays as it is, even where the training of today would differ.
    changed = json.loads(path.read_text())
    changed["runs"][0]["seconds"] = 1234.5
    path.write_text(json.dumps(changed))
    assert repeat.main([*plan, "--variants", "gan_slow", "--out", str(tmp_path / "again")]) == 0
    found = json.loads(path.read_text())
    assert found["runs"][0]["seconds"] == 1234.5 and found["comparisons"] == whole["comparisons"]
    assert [(r["variant"], r["seed"], r["row"]) for r in found["runs"]] == [
        ("gan", 0, 0), ("gan", 3, 1), ("gan_slow", 0, 2), ("gan_slow", 3, 3),
    ]  # fmt: skip
    after = seeds.pictures(path, found)
    assert after.keys() == shown.keys() and all(np.array_equal(after[run], shown[run]) for run in shown)

    capsys.readouterr()
    path.unlink()
    assert repeat.main([*plan, "--variants", "gan_slow"]) == 2
    said = capsys.readouterr()
    assert "nothing of gan_slow is beside its parent" in said.err and "begins" not in said.out
    assert repeat.main([*plan, "--variants", "gan_slwo"]) == 2
    assert "did you mean 'gan_slow'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new"),
    [('images = "16"', 'images = "24"'), ("seeds = [0, 3]", "seeds = [0, 4]"), ('["gan"]', '["gan", "lsgan"]')],
)
def test_a_record_of_another_plan_is_not_mixed_with_this_one(plan, tmp_path, capsys, old, new):
    assert repeat.main(plan) == 0
    path = tmp_path / "zoo" / "noise" / "ablation.json"
    before = path.read_bytes()
    where = tmp_path / "plan.toml"
    where.write_text(where.read_text().replace(old, new).replace("lr=1e-5", "lr=1e-6"))
    capsys.readouterr()
    assert repeat.main([*plan, "--variants", "gan"]) == 2
    said = capsys.readouterr()
    assert "trainings of gan_slow that this plan would not make" in said.err and "begins" not in said.out
    assert path.read_bytes() == before


def without(path, key) -> None:
    content = json.loads(path.read_text())
    del content[key]
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("spoil", "options", "words"),
    [
        (lambda path: None, ["--n", "90"], "has figures of 100 pictures, and --n is 90"),
        (lambda path: path.with_suffix(".png").unlink(), [], "does not go with ablation.json"),
        (lambda path: without(path, "pictures"), [], "has no pictures of gan,"),
        (lambda path: without(path, "images"), [], "is damaged, it has no images"),
        (lambda path: without(path, "recipes"), [], "is damaged, it has no recipes"),
        (lambda path: (path.parent / "reference.safetensors").unlink(), [], "the figures need "),
    ],
)
def test_what_a_record_could_not_take_in_is_refused_before_the_training(plan, tmp_path, capsys, spoil, options, words):
    assert repeat.main(plan) == 0
    path = tmp_path / "zoo" / "noise" / "ablation.json"
    spoil(path)
    before = path.read_bytes()
    capsys.readouterr()
    assert repeat.main([*plan, "--variants", "gan_slow", "--out", str(tmp_path / "again"), *options]) == 2
    said = capsys.readouterr()
    assert words in said.err and "begins" not in said.out and path.read_bytes() == before


def test_two_parts_at_once_are_both_on_record(plan, tmp_path, monkeypatch):
    """The second part ends while the first one trains."""
    where = tmp_path / "plan.toml"
    where.write_text(where.read_text() + PLAN[PLAN.index("[[part]]") :].replace("gan_slow", "gan_slower"))
    assert repeat.main([*plan, "--variants", "gan,gan_slow"]) == 0

    class Meanwhile(Here):
        def run(self, jobs):
            monkeypatch.setattr(repeat, "Queue", Here)
            assert repeat.main([*plan, "--variants", "gan_slower"]) == 0
            super().run(jobs)

    monkeypatch.setattr(repeat, "Queue", Meanwhile)
    assert repeat.main([*plan, "--variants", "gan_slow", "--out", str(tmp_path / "again")]) == 0
    path = tmp_path / "zoo" / "noise" / "ablation.json"
    assert list(json.loads(path.read_text())["recipes"]) == ["gan", "gan_slow", "gan_slower"]
    assert len(seeds.pictures(path, seeds.read(path))) == 6


def test_data_without_classes_trains_no_variant_that_takes_labels(plan, tmp_path, capsys):
    where = tmp_path / "plan.toml"
    where.write_text(where.read_text().replace('["gan"]', '["gan", "cgan"]'))
    assert repeat.main([*plan, "--variants", "cgan"]) == 2
    assert "noise has no classes, which cgan need: there is nothing to train." in capsys.readouterr().err


def test_trainings_that_the_record_would_not_take_are_not_begun(plan, tmp_path, capsys):
    where = tmp_path / "plan.toml"
    where.write_text(where.read_text().replace("lr=1e-5", "lr=1e-5 --batch 4"))
    assert repeat.main(plan) == 2
    said = capsys.readouterr()
    assert "gan_slow cannot be compared with gan: batch 4 instead of 8" in said.err and "begins" not in said.out
    # Error bars are those of each variant as it is: batch and width may differ.
    where.write_text(where.read_text().replace('"ablation.json"', '"seeds.json"'))
    assert repeat.main([*plan, "--dry-run"]) == 0


def test_without_a_sheet_there_are_no_pictures(tmp_path):
    assert seeds.pictures(tmp_path / "seeds.json", {"runs": []}) == {}


@pytest.mark.parametrize("name", ["seeds", "ablation"])
def test_the_plans_that_come_with_the_code_can_be_read(name, tmp_path):
    made = repeat.read(settings.PLANS / f"repeat-{name}.toml", KNOWN)
    assert made.seeds == (0, 1, 2) and made.record == f"{name}.json"
    jobs = {entry: repeat.jobs_of(made, entry, "mnist", tmp_path, "cpu", download=False) for entry in made.entries}
    assert all(len(some) == 3 for some in jobs.values())
    repeat.alike(made, jobs)  # its record will take them all


def test_the_ablation_holds_every_child_of_dcgan_and_wgan_and_each_part_of_improved_dcgan():
    made = repeat.read(settings.PLANS / "repeat-ablation.toml", KNOWN)
    names = {entry.name for entry in made.entries}
    assert {n for n, r in KNOWN.items() if r.parent in ("dcgan", "wgan")} | {"dcgan", "wgan"} <= names
    assert int(made.images.removesuffix("k")) >= 150 and made.pictures

    parts = {e.name: e for e in made.entries if e.words}
    assert all(e.variant == e.words["parent"] == "dcgan" for e in parts.values())
    # Together they change what improved_dcgan and dcgan_smoothing change of DCGAN, and each changes one thing.
    words = [option for e in parts.values() for option in e.options]
    for change in ("g_leaky=true", "d_norm_first=true", "--critic-steps", "smooth=0.1", "image_smoothing=1"):
        assert words.count(change) == 1
    assert any(word.startswith("d_dropout=") for word in words) and "constant_noise=0.1" in words


def test_a_trick_is_trained_with_its_parents_learning_rates():
    made = repeat.read(settings.PLANS / "repeat-ablation.toml", KNOWN)
    from train.engine.args import parse

    def trained(entry):
        words = settings.tries(made.settings, entry.variant, "mnist")[0]
        return parse(KNOWN[entry.variant], [*words, *entry.options, "--device", "cpu"])[1]

    found = {entry.name: trained(entry) for entry in made.entries}
    for name in ("dcgan_augmented", "dcgan_smoothing", "dcgan_noise", "dcgan_combined", "improved_dcgan", "lsgan",
                 "pacgan", "cgan", *(e.name for e in made.entries if e.words)):  # fmt: skip
        for side in ("g_optimizer", "d_optimizer"):
            assert getattr(found[name], side) == getattr(found["dcgan"], side), name
        assert found[name].network_args["width"] == 32 and found[name].batch == 32
    for name in ("wgan_noise_smoothing", "wgan_combined"):
        for key in ("g_optimizer", "d_optimizer", "weight_clip", "critic_steps"):
            assert getattr(found[name], key) == getattr(found["wgan"], key), name


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('images = "16"', "", "must give images"),
        ("seeds = [0, 3]", "seeds = [0]", "two or more different whole numbers"),
        ("seeds = [0, 3]", "seeds = [1, 1]", "two or more different whole numbers"),
        ('"ablation.json"', '"other.json"', "must be seeds.json or ablation.json"),
        ('["gan"]', '["gam"]', "did you mean 'gan'"),
        ('"gan_slow"', '"gan"', "names 'gan' twice"),
        ("pictures = true", "picture = true", "did you mean 'pictures'"),
        ('title = "Slow"', "", "a [[part]] gives"),
        ('variant = "gan"', 'variant = "dcgan"', "beside a parent that is in the plan"),
        ("[plan]", "[plans]", "is not a part of a plan"),
        ("[plan]", "[plan", "is not a valid plan"),
    ],
)
def test_a_plan_that_cannot_be_is_one_sentence(tmp_path, old, new, said):
    assert old in PLAN
    (tmp_path / "plan.toml").write_text(PLAN.replace(old, new))
    with pytest.raises(ValueError) as caught:
        repeat.read(tmp_path / "plan.toml", KNOWN)
    assert said in str(caught.value) and "\n" not in str(caught.value)


WRONG = [None, 3, -1, 1.5, True, "", "x", "a 'b", " ", [], [[1], [2]], ["x", 3], {}, {"gan": 5}, {"gan": "a 'b"}]


def toml(value) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


KEYS = [
    "plan",
    "options",
    "part",
    *(f"plan/{key}" for key in sorted(repeat.KEYS)),
    *(f"part/0/{key}" for key in sorted(repeat.PART)),
]


@pytest.mark.parametrize("path", [*KEYS, "part/0", "options/gan"])
def test_whatever_stands_in_a_plan_it_is_read_or_refused_in_one_sentence(tmp_path, path):
    (tmp_path / "small.toml").write_text("")
    for wrong in WRONG:
        content = {**tomllib.loads(PLAN), "options": {"gan": "--batch 8"}}
        *where, last = path.split("/")
        at = content
        for key in where:
            at = at[int(key) if isinstance(at, list) else key]
        if wrong is None:
            del at[int(last) if isinstance(at, list) else last]
        else:
            at[int(last) if isinstance(at, list) else last] = wrong
        (tmp_path / "plan.toml").write_text("".join(f"{key} = {toml(one)}\n" for key, one in content.items()))
        try:
            found = repeat.read(tmp_path / "plan.toml", KNOWN)
        except ValueError as error:
            assert str(tmp_path) in str(error) and "\n" not in str(error)
            continue
        for entry in found.entries:
            assert entry.variant in KNOWN and all(isinstance(word, str) for word in entry.options)


def test_one_variant_is_a_list_of_one(tmp_path):
    (tmp_path / "small.toml").write_text("")
    (tmp_path / "plan.toml").write_text(PLAN.replace('["gan"]', '"gan"'))
    assert [entry.name for entry in repeat.read(tmp_path / "plan.toml", KNOWN).entries] == ["gan", "gan_slow"]


def test_no_plan_of_that_name(capsys):
    assert repeat.main(["sead"]) == 2
    assert "there is no plan " in capsys.readouterr().err


def test_a_run_that_failed_leaves_no_record(plan, tmp_path, monkeypatch, capsys):
    queue = SimpleNamespace(asked=False, run=lambda jobs: None)
    monkeypatch.setattr(repeat, "Queue", lambda *a: queue)
    assert repeat.main(plan) == 1
    assert not (tmp_path / "zoo" / "noise" / "ablation.json").exists()
