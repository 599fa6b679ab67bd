"""Reference statistics, anchors and metrics.json: made by the commands, on data where the answer is known."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import CLASSES
from PIL import Image
from zoos import block, edit, put

from gan_models.metrics import measure, record, reference
from gan_models.metrics.choose import extractor_for
from gan_models.metrics.reference import ReferenceError
from train.engine.data import load
from train.measure import evaluate, table
from train.measure import extractor as train_extractor
from train.measure import reference as train_reference

SIZE, TRAIN, TEST = 8, 40, 40
"""Of each class"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Commands write below the working directory; caches go where the test is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GAN_DATA_ROOT", str(tmp_path / "none"))


COST = {"seconds_per_1000": 0.5, "peak_memory_mb": 300, "device": "CPU (test)", "threads": 1}


@pytest.fixture(autouse=True)
def no_new_process(request, monkeypatch):
    """Timing takes a process of its own, which loads torch for seconds: once is enough."""
    if "real_cost" not in request.fixturenames:
        monkeypatch.setattr(evaluate, "sampling_cost", lambda folder: COST)


@pytest.fixture
def real_cost():
    """Asked for by tests of the timing itself."""


@pytest.fixture(scope="session")
def _made_once(tmp_path_factory):
    """A folder of images `toys`, and a zoo that holds its extractor, reference and anchors, made by the commands."""
    home = tmp_path_factory.mktemp("measured")
    rng = np.random.default_rng(0)
    for split, count in (("train", TRAIN), ("test", TEST)):
        for k, name in enumerate(CLASSES):
            (home / "toys" / split / name).mkdir(parents=True)
            for i in range(count):
                picture = rng.integers(0, 160, (SIZE, SIZE), dtype=np.uint8)
                picture[1 + 2 * k : 3 + 2 * k, 1:7] += np.uint8(rng.integers(50, 95))
                Image.fromarray(picture).save(home / "toys" / split / name / f"{i:03}.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        patch.setenv("GAN_CACHE", str(home / "cache"))
        made = ["--dataset", str(home / "toys"), "--size", str(SIZE), "--checkpoints", str(home / "zoo")]
        assert train_extractor.main([*made, "--epochs", "40", "--width", "4"]) == 0
        assert train_reference.main(made) == 0
    return home


@pytest.fixture
def home(_made_once, tmp_path):
    """The same, free to change, with two checkpoints: `plain`, and `told`, which takes the classes of the data."""
    home = shutil.copytree(_made_once, tmp_path / "home")
    classes = tuple(sorted(CLASSES))
    put(home / "zoo" / "toys" / "plain", name="plain")
    put(home / "zoo" / "toys" / "told", name="told", conditional=True, class_names=classes, seed=2)
    return home


def command(home, *folders, **options):
    """`train evaluate` on checkpoints of `home`; options: n, seeds, data, again."""
    options = {"n": 120, "seeds": 2, "data": home / "toys"} | options
    flags = [part for k, v in options.items() if v for part in (f"--{k}", *([] if v is True else [str(v)]))]
    return evaluate.main(
        [*(str(home / "zoo" / "toys" / f) for f in folders), "--checkpoints", str(home / "zoo"), *flags]
    )


def tools(home):
    zoo = home / "zoo"
    extractor = extractor_for("toys", 1, SIZE, zoo)
    return extractor, reference.read(zoo / "toys" / "reference.safetensors", extractor)


# Reference and anchors


def test_a_reference_holds_what_the_test_images_give(home):
    extractor, made = tools(home)
    data = load(home / "toys", split="test", size=SIZE)
    training = load(home / "toys", split="train", size=SIZE)
    assert made.about["n"] == len(data) == TEST * len(CLASSES)
    assert made.about["extractor"] == {"name": extractor.name, "hash": extractor.hash, "features": 16}
    seen = extractor(data.images)
    assert torch.equal(made.features, seen.features.half())
    assert torch.equal(made.predicted, seen.logits.argmax(1)) and torch.equal(made.labels, data.labels)
    assert torch.equal(made.moments.mean, seen.features.half().double().mean(0))
    assert [m.n for m in made.class_moments] == [TEST] * len(CLASSES)
    flat = data.images.flatten(1).double(), training.images.flatten(1).double()
    assert made.held_out_pixels.double().numpy() == pytest.approx(torch.cdist(*flat).min(1).values.numpy(), rel=1e-6)
    assert (home / "zoo" / "toys" / "reference.safetensors").stat().st_size < 20_000


def test_anchors_are_measured_and_stand_in_order(home):
    anchors = json.loads((home / "zoo" / "toys" / "anchors.json").read_text())
    assert [row["name"] for row in anchors["rows"]] == ["train", "noise", "one_class", "mean"]
    assert train_reference.order(anchors["rows"]) == []
    train, *_, mean = anchors["rows"]
    assert train["figures"]["copies_pixels"]["mean"] == 1  # the training images are copies of themselves
    assert train["figures"]["memorisation_pixels"]["mean"] == 1
    assert train["class_names"] == sorted(CLASSES) and sum(train["class_shares"]) == pytest.approx(1)
    assert mean["figures"]["recall"]["mean"] == 0


def test_anchors_in_the_wrong_order_are_an_error(home, monkeypatch, capsys):
    ours = train_reference.anchors

    def swapped(data, n):
        first, *rest = ours(data, n)
        yield from [*rest, first]

    monkeypatch.setattr(train_reference, "anchors", swapped)
    made = ["--dataset", str(home / "toys"), "--size", str(SIZE), "--checkpoints", str(home / "zoo")]
    assert train_reference.main(made) == 1
    assert "out of order: fd puts 'The mean image, over and over'" in capsys.readouterr().err


def test_a_reference_of_another_extractor_is_refused(home):
    extractor, _ = tools(home)
    extractor.hash = "0" * 16
    with pytest.raises(ReferenceError, match=r"was made with the extractor toys-cnn .* makes it anew"):
        reference.read(home / "zoo" / "toys" / "reference.safetensors", extractor)


@pytest.mark.parametrize(
    ("split", "left", "words"),
    [
        ("train", {"zero": 3, "two": 5}, "has 5 training images of 'two', 3 training images of 'zero'."),
        ("test", {"zero": 2, "one": 2, "two": 1}, "has 5 test images."),
    ],
)
def test_too_few_pictures_for_a_reference_are_one_sentence_and_nothing_is_written(home, split, left, words, capsys):
    for name, n in left.items():
        for path in sorted((home / "toys" / split / name).glob("*.png"))[n:]:
            path.unlink()
    files = [home / "zoo" / "toys" / name for name in ("reference.safetensors", "anchors.json")]
    for path in files:
        path.unlink()
    made = ["--dataset", str(home / "toys"), "--size", str(SIZE), "--checkpoints", str(home / "zoo")]
    assert train_reference.main(made) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert f"error: a reference needs 6 or more images of each kind, and toys {words}" in said
    assert not any(path.exists() for path in files)


@pytest.mark.parametrize("content", [b"", b"no tensors", None])
def test_a_missing_or_damaged_reference_is_one_sentence(home, content):
    path = home / "zoo" / "toys" / "reference.safetensors"
    extractor, _ = tools(home)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ReferenceError, match="--dataset toys makes it") as caught:
        reference.read(path, extractor)
    assert "\n" not in str(caught.value)


# metrics.json


def test_evaluate_writes_every_figure_with_what_stands_behind_it(home, real_cost, capsys):
    assert command(home, "plain", "told") == 0
    extractor, made = tools(home)
    plain, told = (record.read(home / "zoo" / "toys" / name) for name in ("plain", "told"))
    for content in (plain, told):
        block = content["measured"]["toys-cnn"]
        assert block["extractor"]["hash"] == extractor.hash and block["reference"] == made.summary()
        assert (block["n"], block["seeds"]) == (120, [0, 1])
        for figure in block["figures"].values():
            assert len(figure["values"]) == 2
            assert figure["mean"] == pytest.approx(np.mean(figure["values"]), rel=1e-6)
            assert figure["spread"] == pytest.approx(np.std(figure["values"], ddof=1), rel=1e-5, abs=1e-9)
        assert sum(block["class_shares"]) == pytest.approx(1)
        assert content["cost"]["seconds_per_1000"] > 0 and content["cost"]["peak_memory_mb"] > 50
        assert content["cost"]["images"] == 20_000 and content["training_seeds"] == 1
    unconditional, conditional = (set(c["measured"]["toys-cnn"]["figures"]) for c in (plain, told))
    assert conditional - unconditional == {"label_accuracy", "class_fd"}
    assert {"fd", "kd", "coverage", "class_kl", "smallest_share", "memorisation_pixels"} <= unconditional
    assert "FD-toys-cnn" in capsys.readouterr().out


def test_the_figures_are_those_of_the_pictures_that_anyone_can_draw(home):
    command(home, "plain")
    extractor, made = tools(home)
    import gan_models

    pictures = gan_models.load(home / "zoo" / "toys" / "plain").sample(range(120, 240))
    figures = measure.measure(torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous(), extractor, made)["figures"]
    block = record.read(home / "zoo" / "toys" / "plain")["measured"]["toys-cnn"]
    assert {k: v["values"][1] for k, v in block["figures"].items() if k in figures} == pytest.approx(figures, rel=1e-6)


def test_classes_are_asked_for_as_often_as_in_the_reference(home, monkeypatch):
    asked, ours = [], measure.measure

    def note(images, extractor, reference, labels=None, training=None):
        asked.append(labels)
        return ours(images, extractor, reference, labels)

    monkeypatch.setattr("gan_models.metrics.measure.measure", note)
    assert command(home, "told", n=100, seeds=1) == 0
    assert torch.bincount(asked[0]).tolist() == [33, 34, 33]


def test_real_pictures_measured_as_if_they_were_generated_are_perfect(home):
    extractor, made = tools(home)
    data = load(home / "toys", split="test", size=SIZE)
    figures = measure.measure(data.images, extractor, made, asked=data.labels)["figures"]
    assert figures["fd"] < 1e-3 and figures["precision"] == figures["recall"] == figures["coverage"] == 1
    about = json.loads((home / "zoo" / "toys" / "extractor" / "extractor.json").read_text())
    assert figures["class_kl"] == 0 and figures["label_accuracy"] == pytest.approx(about["test"]["accuracy"])


def test_what_was_measured_is_left_alone_until_it_changes(home, capsys):
    assert command(home, "plain") == 0
    path = home / "zoo" / "toys" / "plain" / "metrics.json"
    first = path.read_bytes()
    assert command(home, "plain") == 0
    assert "measured already" in capsys.readouterr().out and path.read_bytes() == first
    command(home, "plain", n=130)
    assert json.loads(path.read_bytes())["measured"]["toys-cnn"]["n"] == 130
    put(home / "zoo" / "toys" / "plain", name="plain", seed=5)  # other weights: save replaces the whole folder
    path.write_bytes(first)
    assert not record.current(path.parent)
    assert command(home, "plain") == 0
    assert record.current(path.parent) and path.read_bytes() != first


def test_an_interrupted_evaluation_goes_on_with_the_same_result(home, monkeypatch, capsys):
    command(home, "plain", seeds=3)
    folder = home / "zoo" / "toys" / "plain"
    whole = record.read(folder)["measured"]
    (folder / "metrics.json").unlink()
    calls, ours = [], measure.measure

    def cut(*args, **options):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return ours(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr("gan_models.metrics.measure.measure", cut)
        assert command(home, "plain", seeds=3) == 130
    assert not (folder / "metrics.json").exists() and (folder / evaluate.PARTIAL).exists()
    assert "continues" in capsys.readouterr().err
    left = []
    with monkeypatch.context() as patch:
        patch.setattr("gan_models.metrics.measure.measure", lambda *a, **k: left.append(1) or ours(*a, **k))
        assert command(home, "plain", seeds=3) == 0
    assert len(left) == 2  # the first seed was not measured twice
    assert record.read(folder)["measured"] == whole and not (folder / evaluate.PARTIAL).exists()


def test_without_the_training_set_all_but_memorisation_is_measured(home, monkeypatch, capsys):
    assert command(home, "plain", data=None) == 0
    cost = record.read(home / "zoo" / "toys" / "plain")["cost"]
    figures = record.read(home / "zoo" / "toys" / "plain")["measured"]["toys-cnn"]["figures"]
    assert "fd" in figures and not any("memorisation" in name or "copies" in name for name in figures)
    assert "memorisation is not measured" in capsys.readouterr().out
    monkeypatch.setattr(evaluate, "sampling_cost", lambda folder: {**COST, "seconds_per_1000": 9})
    assert command(home, "plain") == 0  # with it, there is more to measure: the cost is not timed again for it
    content = record.read(home / "zoo" / "toys" / "plain")
    assert "copies_pixels" in content["measured"]["toys-cnn"]["figures"] and content["cost"] == cost


def test_what_cannot_be_measured_is_named_and_the_rest_is_measured(home, capsys):
    toys = home / "zoo" / "toys"
    put(toys / "big", name="big", size=16)
    put(toys / "elsewhere", "photos", name="elsewhere", channels=3)
    put(toys / "other", name="other", conditional=True, class_names=("cat", "dog"))
    (toys / "torn").mkdir()
    (toys / "torn" / "recipe.json").write_text("{")
    assert command(home, "big", "elsewhere", "other", "torn", "extractor", "absent", "plain") == 2
    out = capsys.readouterr()
    errors = [line for line in out.err.splitlines() if line.startswith("python -m train evaluate: error:")]
    assert len(errors) == 5, errors
    for part in ("/big: ", "/elsewhere: ", "/other: ", "/torn/recipe.json is damaged", "/absent."):
        assert sum(part in line for line in errors) == 1, (part, errors)
    assert "extractor is no checkpoint: left out" in out.out
    assert record.read(toys / "plain")["measured"]


def test_a_checkpoint_that_names_no_data_set_is_told(home, capsys):
    edit(home / "zoo" / "toys" / "plain" / "recipe.json", lambda content: content["provenance"].pop("dataset"))
    assert command(home, "plain") == 2
    said = capsys.readouterr().err
    assert "does not say which data set it was trained on" in said and "None" not in said


@pytest.mark.parametrize("options", [{"n": 5}, {"seeds": -1}, {"seeds": 101}])
def test_impossible_numbers_are_refused(home, options):
    with pytest.raises(SystemExit) as stop:
        command(home, "plain", **options)
    assert stop.value.code == 2


def test_other_figures_of_the_same_weights_are_kept(home):
    folder = home / "zoo" / "toys" / "plain"
    record.update(folder, "toys", augment={"cas": 1}, measured={"other": block(1)})
    assert command(home, "plain") == 0
    content = record.read(folder)
    assert content["augment"] == {"cas": 1} and set(content["measured"]) == {"other", "toys-cnn"}


def test_one_checkpoint_is_in_memory_at_a_time(home, monkeypatch):
    import gc
    import weakref

    import gan_models

    alive, most = [], []
    ours = gan_models.load

    def counted(*args, **options):
        gc.collect()
        most.append(sum(ref() is not None for ref in alive))
        made = ours(*args, **options)
        alive.append(weakref.ref(made))
        return made

    monkeypatch.setattr(gan_models, "load", counted)
    for k in range(3):
        put(home / "zoo" / "toys" / f"v{k}", name=f"v{k}", seed=k)
    assert command(home, "v0", "v1", "v2", seeds=1) == 0
    assert max(most) <= 1


def test_the_table_of_the_zoo_has_what_was_measured_and_nothing_else(home):
    command(home, "plain", "told")
    shutil.rmtree(home / "zoo" / "toys" / "plain")
    shutil.copytree(home / "zoo" / "toys" / "told", home / "zoo" / "toys" / "stale")
    record.write(home / "zoo" / "toys" / "stale", record.read(home / "zoo" / "toys" / "told") | {"generator": "0" * 16})
    text = table.details(table.Measured(home / "zoo" / "toys"))
    names = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")][1:]
    assert names == [
        "`told`",
        "*Real training images*",
        "*Real images with noise (sigma 0.2)*",
        "*Real images of one class only*",
        "*The mean image, over and over*",
    ]
    figures = record.read(home / "zoo" / "toys" / "told")["measured"]["toys-cnn"]["figures"]
    assert f"| `told` | ≈ {figures['fd']['mean']:.3g} |" in text  # few images
    assert "±" not in text
    assert "FD-toys-cnn" in text and "FID" not in text


def test_reference_refuses_data_without_an_extractor(home, capsys):
    made = ["--dataset", str(home / "toys"), "--size", "16", "--checkpoints", str(home / "zoo")]
    assert train_reference.main(made) == 2
    assert "toys-cnn takes pictures of 1 x 8 x 8" in capsys.readouterr().err


def test_replace_keeps_the_reference_usable(home):
    """A Reference is frozen; what is computed from it follows what it holds."""
    _, made = tools(home)
    half = replace(made, features=made.features[::2], labels=made.labels[::2])
    assert half.moments.n == made.moments.n // 2
