"""What a trick did: families of the zoo, records of several training seeds, and the command that records them."""

import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from zoos import EXTRACTOR, REFERENCE, block, edit, measure, put, record_runs

from demo.zoo import ablation, leaderboard
from demo.zoo.effects import Effect
from demo.zoo.zoo import Zoo
from train.measure import ablation as command
from train.measure import table

FIXTURE = "family_zoo"


def told(found: ablation.Ablation) -> dict[str, ablation.Trick]:
    return {trick.variant: trick for trick in found.tricks}


def effects(trick: ablation.Trick) -> dict[str, Effect]:
    return {effect.figure: effect for effect in trick.effects}


# A family of the zoo ----------------------------------------------------------------------------------------


def test_single_checkpoints_give_hints_where_they_are_like_for_like(zoo):
    found = ablation.ablation(zoo, "toys")
    assert (found.parent, found.title, found.key) == ("root", "Root GAN", "toys/root")
    assert found.families == (("root", "Root GAN"),) == ablation.families(zoo, "toys")
    assert found.keys == ["toys/root", "toys/noisy", "toys/wide", "toys/late"]
    noisy, wide, late = found.tricks
    assert (
        noisy.changes == ("fading noise on the pictures that D sees (standard deviation 0.1 at the start)",)
        and noisy.source == "zoo"
    )
    seen = effects(noisy)
    assert (seen["fd"].difference, seen["fd"].verdict) == (-5, "better") and seen["fd"].hint
    assert seen["fd"].spread == pytest.approx(2 * 0.5**0.5)
    assert seen["recall"].verdict == "unclear" and seen["coverage"].verdict == "worse"
    assert noisy.sentence == (
        "One training seed of Noisy GAN (20,000 images), so no more than a hint: FD-toys-cnn fell from 20.0 to 15.0, "
        "but coverage fell from 0.300 to 0.250. No difference in recall or the rarest class's share is larger than the "
        "sampling spread."
    )
    assert wide.changes == ("loss: hinge instead of non-saturating",) and not wide.effects
    assert wide.sentence == "Not trained under the same conditions, so no difference is given: width 8 instead of 4."
    assert "never measured (python -m train evaluate does it)" in late.sentence and not late.effects
    assert late.changes[0].startswith("2 D steps per G step instead of 1") and "1/2" in late.changes[0]
    assert list(found.sources) == ["zoo"] and found.sources["zoo"].images == 20_000
    assert any("another training seed may reverse it" in line for line in found.method) and not found.notes


def test_another_budget_or_seed_is_not_like_for_like(zoo, toys):
    edit(toys / "noisy" / "recipe.json", lambda c: c["provenance"].update(images=60_000, seed=1))
    sentence = told(ablation.ablation(zoo, "toys"))["noisy"].sentence
    assert "60,000 images shown instead of 20,000; training seed 1 instead of unknown." in sentence


def test_figures_of_other_weights_are_no_figures(zoo, toys):
    shutil.copy(toys / "wide" / "generator.safetensors", toys / "noisy" / "generator.safetensors")
    assert "Noisy GAN: measured on other weights" in told(ablation.ablation(zoo, "toys"))["noisy"].sentence


def test_a_variant_that_is_told_the_class_gets_a_word_on_it(zoo, toys):
    put(toys / "labelled", name="labelled", parent="root", conditional=True, class_names=("zero", "one", "two"))
    measure(toys / "labelled", block(5, recall=0.5, coverage=0.3))
    trick = told(ablation.ablation(zoo, "toys"))["labelled"]
    assert trick.changes == ("G and D are told the class",)
    assert trick.sentence.endswith("makes the shares of the classes right, and so lowers the distance too.")


def test_of_several_checkpoints_of_a_variant_the_one_that_fits_is_shown(zoo, toys):
    shutil.copytree(toys / "noisy", toys / "another")
    edit(toys / "another" / "recipe.json", lambda c: c["provenance"].update(images=1))
    found = ablation.ablation(zoo, "toys")
    assert told(found)["noisy"].key == "toys/noisy" and told(found)["noisy"].effects
    assert found.notes == ("One checkpoint of each variant is shown, not toys/another.",)


def test_questions_that_have_no_answer(zoo):
    with pytest.raises(ValueError, match="No variant of toys changes 'noisy'; the parents are root"):
        ablation.ablation(zoo, "toys", "noisy")
    with pytest.raises(ValueError, match="no variant of photos together with the parent"):
        ablation.ablation(zoo, "photos")
    with pytest.raises(ValueError, match="no checkpoint of the data set 'moon'"):
        ablation.ablation(zoo, "moon")
    assert ablation.families(zoo, "photos") == ()


def test_the_largest_family_comes_first(zoo, toys):
    put(toys / "grandchild", name="grandchild", parent="noisy")
    put(toys / "own", name="own", title="Own parent", parent="own")
    put(toys / "orphan", name="orphan", parent="nobody")
    assert [name for name, _ in ablation.families(zoo, "toys")] == ["root", "noisy"]
    assert [trick.variant for trick in ablation.ablation(zoo, "toys", "noisy").tricks] == ["grandchild"]


def test_the_numbers_import_neither_torch_nor_a_user_interface():
    code = "import sys, demo.zoo.ablation; print(*{'torch', 'altair', 'pandas', 'train', 'gradio'} & {*sys.modules})"
    root = Path(__file__).parent.parent
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert out.stdout.strip() == ""


# A record of several seeds ----------------------------------------------------------------------------------


def test_a_record_wins_over_single_checkpoints(zoo, toys):
    record_runs(toys)
    found = ablation.ablation(zoo, "toys")
    noisy = told(found)["noisy"]
    seen = effects(noisy)
    assert noisy.source == "seeds" and seen["fd"].seeds == (0, 1, 2)
    assert seen["fd"].differences == (-5, -6, -4) and (seen["fd"].before, seen["fd"].after) == (21, 16)
    assert (seen["fd"].verdict, seen["fd"].spread) == ("better", 2)
    assert (seen["recall"].verdict, seen["recall"].reason) == ("unclear", "the seeds disagree")
    assert (seen["coverage"].verdict, seen["coverage"].reason) == ("unclear", "within the spread")
    assert seen["smallest_share"].parent == pytest.approx((5, 6, 7))  # in %
    assert seen["smallest_share"].verdict == "worse" and seen["smallest_share"].difference == pytest.approx(-3)
    assert noisy.sentence == (
        "Over 3 training seeds (5,000 images each), Noisy GAN made some figures better and others worse: FD-toys-cnn "
        "fell from 21.0 to 16.0, but the rarest class's share fell from 6.0 to 3.0 %. No difference "
        "in recall or coverage can be distinguished from chance."
    )
    source = found.sources["seeds"]
    assert (source.seeds, source.images, source.values["fd"]) == ((0, 1, 2), 5000, (20, 22, 21))
    assert source.reference == "5,000 test images" and source.devices == ("CPU (test)",)
    assert found.chance.sentence().startswith("4 comparisons were made; if no trick did anything, about 0.2 of them")
    rows = found.numbers()
    assert len(rows) == 12 and rows[1] == {
        "Variant": "Noisy GAN", "Figure": "FD-toys-cnn", "Seed": "1", "Parent": "22.0", "Variant's": "16.0",
        "Difference": "−6.00", "Spread": "2.00", "Verdict": "▲ better",
    }  # fmt: skip
    assert json.loads(json.dumps(asdict(found), allow_nan=False))["tricks"][0]["variant"] == "noisy"


def test_only_seeds_that_both_have_are_compared(zoo, toys):
    record_runs(toys)
    edit(toys / "ablation.json", lambda c: c["runs"].pop(1))  # root with seed 1
    found = ablation.ablation(zoo, "toys")
    seen = effects(told(found)["noisy"])["fd"]
    assert seen.seeds == (0, 2) and (seen.before, seen.after) == (20.5, 16)
    assert seen.spread == 4 and seen.verdict == "better"  # twice 17 - 15
    assert any("larger than twice the spread" in line for line in found.method)


def test_a_recorded_variant_needs_no_checkpoint(zoo, toys):
    record_runs(toys)
    shutil.rmtree(toys / "noisy")
    shutil.rmtree(toys / "root")
    found = ablation.ablation(zoo, "toys")
    assert found.key is None and told(found)["noisy"].key is None and found.keys == ["toys/wide", "toys/late"]
    assert effects(told(found)["noisy"])["fd"].verdict == "better"
    assert "neither both in the zoo nor both on record" in told(found)["wide"].sentence


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(format=99),
        lambda c: c.update(runs={}),
        lambda c: c.update(recipes=[]),
        lambda c: c.pop("extractor"),
        lambda c: c["runs"].append(dict(c["runs"][0])),
        lambda c: c["runs"].append("run"),
        lambda c: c["runs"][0].update(variant="ghost"),
        lambda c: c["runs"][0].update(variant=[]),
        lambda c: c["runs"][0].update(seed=-1),
        lambda c: c["runs"][0].update(figures={"fd": {"mean": "low"}}),
        lambda c: c["recipes"]["root"].update(colour="red"),
        lambda c: c["recipes"].update(ghost=c["recipes"]["root"]),
    ],
)
def test_a_damaged_record_is_a_note_and_the_zoo_speaks(zoo, toys, change):
    record_runs(toys)
    edit(toys / "ablation.json", change)
    found = ablation.ablation(zoo, "toys")
    assert len(found.notes) == 1 and found.notes[0].startswith("ablation.json of toys cannot be used: ")
    assert found.notes[0].count("\n") == 0 and told(found)["noisy"].source == "zoo"


@pytest.mark.parametrize("content", ["", "[]", "{", '"x"', "[" * 100_000, "\0"])
def test_a_record_that_is_no_json_is_a_note(zoo, toys, content):
    (toys / "ablation.json").write_text(content)
    assert "ablation.json of toys cannot be used" in ablation.ablation(zoo, "toys").notes[0]


def test_the_table_replaces_no_file_that_it_did_not_write(zoo, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["table", "--checkpoints", str(zoo.folder)])
    readme = zoo.folder / "README.md"
    assert table.main() == table.main() == 0
    readme.write_text("# Years of work")
    assert table.main() == 2 and readme.read_text() == "# Years of work"
    assert "was not written by this command" in capsys.readouterr().err


def test_the_record_disturbs_neither_catalog_nor_table(zoo, toys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["table", "--checkpoints", str(zoo.folder)])

    def rows() -> str:
        assert table.main() == 0
        return (zoo.folder / "README.md").read_text()

    keys, text = zoo.catalog().keys, rows()
    assert "| toys | `root` |" in text
    record_runs(toys)
    assert zoo.catalog().keys == keys and zoo.problems() == [] and rows() == text
    assert leaderboard.leaderboard(zoo, "toys").notes == leaderboard.leaderboard(Zoo(zoo.folder), "toys").notes


# Recording --------------------------------------------------------------------------------------------------


def run(root: Path, name: str, seed: int, fd: float = 20, **fields) -> Path:
    """A finished, measured training."""
    folder = root / f"{name}-s{seed}" / "checkpoint"
    put(folder, name=name, seed=seed, **fields)
    edit(
        folder / "recipe.json",
        lambda c: c["provenance"].update(seed=seed, data_hash="aa", images=5008, planned_images=5000),
    )
    measure(folder, block(fd, 0.1, coverage=0.3))
    return folder


@pytest.fixture(scope="module")
def _runs_once(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("runs")
    for seed in (0, 1):
        run(root, "root", seed, 20 + seed, title="Root GAN")
        run(root, "noisy", seed, 15 + seed, title="Noisy GAN", parent="root", views={"instance_noise": 0.1})
    return root


@pytest.fixture
def runs(_runs_once, tmp_path) -> Path:
    return Path(shutil.copytree(_runs_once, tmp_path / "runs"))


def recorded(runs: Path, *options: str) -> int:
    folders = [str(path) for path in sorted(runs.glob("*/checkpoint"))]
    return command.main([*folders, "--checkpoints", str(runs.parent / "zoo"), *options])


def test_the_app_reads_what_the_command_recorded(runs, capsys):
    assert recorded(runs) == 0
    out = capsys.readouterr().out
    assert "root: FD-toys-cnn 20, 21" in out and out.endswith("ablation.json\n")
    path = runs.parent / "zoo" / "toys" / "ablation.json"
    content = json.loads(path.read_text())
    assert (content["images"], content["data_hash"], content["n"]) == (5000, "aa", 10_000)
    assert content["extractor"] == EXTRACTOR and content["reference"] == REFERENCE
    assert [(one["variant"], one["seed"]) for one in content["runs"]] == [
        ("noisy", 0), ("noisy", 1), ("root", 0), ("root", 1),
    ]  # fmt: skip
    assert content["runs"][0]["figures"]["fd"] == {"mean": 15, "spread": 0.1}
    assert content["runs"][0]["device"] == "CPU (test)" and content["runs"][0]["images"] == 5008
    assert not {"paper", "summary", "objective"} & set(content["recipes"]["root"])
    assert sorted(p.name for p in path.parent.iterdir()) == ["ablation.json", "ablation.png"]  # nothing half-written
    shutil.copytree(runs / "root-s0" / "checkpoint", runs.parent / "zoo" / "toys" / "root")
    trick = ablation.ablation(Zoo(runs.parent / "zoo"), "toys").tricks[0]
    assert trick.changes == ("fading noise on the pictures that D sees (standard deviation 0.1 at the start)",)
    assert effects(trick)["fd"].differences == (-5, -5) and effects(trick)["fd"].verdict == "better"
    assert recorded(runs) == 0  # again, over what is there


def about(**values):
    return lambda folder: edit(folder / "recipe.json", lambda c: c["provenance"].update(values))


def recipe(**values):
    return lambda folder: edit(folder / "recipe.json", lambda c: c["recipe"].update(values))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (about(images=100), "is not finished: 100 of 5,000 images"),
        (about(images=9000, planned_images=9000), "9,000 images shown instead of 5,000"),
        (about(data_hash="bb"), "other images of the data set"),
        (about(dataset="moon"), "data moon instead of toys"),
        (about(dataset=None), "does not say what data it was shown"),
        (about(seed=0), "are both root with the training seed 0"),
        (about(seed=None), "does not say what data it was shown, how many images, or its training seed"),
        (recipe(batch=7), "batch 7 instead of 64"),
        (recipe(network_args={"width": 5}), "width 5 instead of 4"),
        (recipe(loss="hinge"), "has other settings than the other root: loss"),
        (lambda folder: (folder / "recipe.json").unlink(), "is not a checkpoint: it holds no recipe.json"),
        (lambda folder: (folder / "metrics.json").unlink(), "was never measured: python -m train evaluate"),
        (lambda folder: (folder / "metrics.json").write_text("{"), "is damaged or foreign"),
        (lambda folder: (folder / "generator.safetensors").write_bytes(b"x"), "was measured on other weights"),
        (lambda folder: measure(folder, {**block(1), "n": 500, "seeds": [0]}), "s0/checkpoint: other n, seeds."),
        (lambda folder: measure(folder, {**block(1), "reference": {**REFERENCE, "hash": "0"}}), "other reference"),
        (lambda folder: measure(folder, {**block(1), "extractor": {**EXTRACTOR, "hash": "0"}}), "other extractor"),
        (lambda folder: measure(folder, {**block(1), "extractor": {**EXTRACTOR, "name": "x"}}), "No extractor has"),
        (lambda folder: measure(folder, {"extractor": EXTRACTOR}), "is damaged"),
    ],
)  # fmt: skip
def test_trainings_that_do_not_belong_together_are_refused(runs, capsys, spoil, said):
    spoil(runs / "root-s1" / "checkpoint")
    assert recorded(runs) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1 and error.startswith("python -m train ablation: error: ")
    assert not (runs.parent / "zoo").exists()


def test_a_parent_alone_is_no_ablation(runs, capsys):
    shutil.rmtree(runs / "noisy-s0")
    shutil.rmtree(runs / "noisy-s1")
    assert recorded(runs) == 2
    assert "has its parent beside it: there is nothing to compare" in capsys.readouterr().err


def test_of_several_extractors_one_must_be_named(runs, capsys):
    inception = {"name": "inception", "hash": "00", "features": 2048}
    for folder in runs.glob("*/checkpoint"):
        measure(folder, block(9), {**block(50), "extractor": inception})
    assert recorded(runs) == 2
    assert "were measured with inception, toys-cnn: name one of them with --extractor" in capsys.readouterr().err
    assert recorded(runs, "--extractor", "inception") == 0
    assert json.loads((runs.parent / "zoo" / "toys" / "ablation.json").read_text())["extractor"] == inception
    assert recorded(runs, "--extractor", "moon") == 2
    assert "was not measured with moon" in capsys.readouterr().err
