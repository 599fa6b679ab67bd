"""Classes that a file names: StyleGAN's dataset.json, and labels.csv."""

import csv
import json
import tempfile
from pathlib import Path

import pytest
from data_sets import PATHS, fails, seen, write, write_images
from hypothesis import given, settings
from hypothesis import strategies as st

from train.engine.data import load
from train.engine.folders import layout

pytestmark = pytest.mark.usefixtures("alone")


def stylegan(home: Path, labels) -> Path:
    """As dataset_tool.py of StyleGAN writes it: pictures in shards, labels beside them."""
    write(home, "00000/img*.png", "00001/img*.png")
    (home / "dataset.json").write_text(json.dumps({"labels": labels}))
    return home


NAMES = [f"0000{shard}/img{i}.png" for shard in (0, 1) for i in range(5)]


@pytest.mark.parametrize(
    ("make", "classes"),
    [
        (lambda i: i % 2, ("0", "1")),
        (lambda i: 2 if i < 5 else 10, ("2", "10")),
        (lambda i: ["cat", "dog"][i % 2], ("cat", "dog")),
        (lambda i: [0, 1, 0] if i % 2 else [0, 0, 1], ("1", "2")),
    ],
    ids=["numbers", "gaps", "words", "one-hot"],
)
def test_labels_of_stylegan_are_read_and_shards_are_no_classes(tmp_path, make, classes):
    home = stylegan(tmp_path, [[name, make(i)] for i, name in enumerate(NAMES)])
    found, notes = seen(home)
    assert layout(home).classes == classes and len(found) == 10 and not notes
    labels = {name: make(i).index(1) if isinstance(make(i), list) else make(i) for i, name in enumerate(NAMES)}
    assert all(said.split()[0] == str(labels[name]) for name, said in found.items())


def test_stylegan_without_labels_has_no_classes(tmp_path):
    assert layout(stylegan(tmp_path, None)).classes == () and len(seen(tmp_path)[0]) == 10


def test_labels_csv_beside_any_layout(tmp_path):
    write(tmp_path, "a/*.png", "*.png")
    rows = [f"a/{i}.png, cat" for i in range(5)] + [f".\\{i}.png,dog" for i in range(5)]
    (tmp_path / "labels.csv").write_text("\ufefffile,label\r\n" + "\r\n".join([*rows, "gone.png,cow", ""]))
    found, notes = seen(tmp_path)
    assert found["a/0.png"] == "cat train" and found["0.png"] == "dog train" and len(found) == 10
    assert layout(tmp_path).classes == ("cat", "dog")
    assert "labels.csv names 1 files that do not exist: gone.png" in notes


def test_a_changed_label_is_seen_although_the_files_are_the_same(tmp_path):
    write_images(tmp_path, 10, 20, 30)
    for labels, numbers in (("cat dog cat", [0, 0, 1]), ("ant bee ant", [0, 0, 1]), ("dog dog cat", [0, 1, 1])):
        lines = [f"{i:02}.png,{label}" for i, label in enumerate(labels.split())]
        (tmp_path / "labels.csv").write_text("\n".join(lines))
        found = load(tmp_path, size=8)
        assert found.class_names == tuple(sorted({*labels.split()})) and found.labels.tolist() == numbers
        shades = found.images[:, 0, 0, 0].tolist()
        made = {shade: found.class_names[k] for shade, k in zip(shades, found.labels.tolist(), strict=True)}
        assert made == dict(zip((10, 20, 30), labels.split(), strict=True))


def test_labels_csv_over_parts(tmp_path):
    write(tmp_path, "train/*.png", "val/*.png")
    lines = [f"{part}/{i}.png,{'ab'[i % 2]}" for part in ("train", "val") for i in range(5)]
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    found, _ = seen(tmp_path)
    assert found["train/1.png"] == "b train" and found["val/0.png"] == "a test"
    for part in ("train", "val"):
        (tmp_path / part / "labels.csv").write_text("\n".join(f"{i}.png,{'ab'[i % 2]}" for i in range(5)))
    (tmp_path / "labels.csv").unlink()
    assert seen(tmp_path)[0] == found


def test_a_class_that_only_the_test_set_has_is_left_alone(tmp_path):
    write(tmp_path, "train/*.png", "val/*.png")
    labels = {f"train/{i}.png": "cow" if i > 2 else "dog" for i in range(5)}
    labels |= {f"val/{i}.png": "ant" if i > 2 else "dog" for i in range(5)}
    (tmp_path / "labels.csv").write_text("".join(f"{name},{label}\n" for name, label in labels.items()))
    found, notes = seen(tmp_path)
    assert layout(tmp_path).classes == ("cow", "dog") and len(found) == 8
    assert found["train/4.png"] == "cow train" and found["val/0.png"] == "dog test"
    assert "classes without an image for training are ignored: 2 of ant" in notes


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("dataset.json", '{"labels": [["a/0.png"', "Expecting"),
        ("dataset.json", '{"labels": 3}', "labels is no list"),
        ("dataset.json", '{"labels": [["a/0.png", 0.5]]}', "0.5 is no class"),
        ("dataset.json", '{"labels": [["a/0.png", [0.1, 0.2]]]}', "is no class"),
        ("dataset.json", '{"labels": ["a/0.png"]}', "is not a pair of a file and its class"),
        ("labels.csv", "", "it has no lines"),
        ("labels.csv", "file,label,sex\na/0.png,cat,f", "'a/0.png,cat,f' is not one file and one label"),
        ("labels.csv", "a/0.png;cat", "is not one file and one label"),
        ("labels.csv", "a/0.png,cat\na/1.png,dog", "no label for 3 of the 5 images .a/2.png, a/3.png, a/4.png.: add"),
    ],
)
def test_labels_that_cannot_be_used(tmp_path, name, content, words):
    write(tmp_path, "a/*.png")
    (tmp_path / name).write_text(content)
    with fails(name, words, "take"):
        layout(tmp_path)


def test_two_files_of_labels_are_one_too_many(tmp_path):
    (stylegan(tmp_path, None) / "labels.csv").write_text("a.png,b")
    with fails("dataset.json and labels.csv", "take one of them away"):
        layout(tmp_path)


def test_another_programs_dataset_json_is_no_hindrance(tmp_path):
    write(tmp_path, "cat/*.png", "dog/*.png")
    (tmp_path / "dataset.json").write_text('{"title": "cats and dogs"}')
    assert layout(tmp_path).classes == ("cat", "dog")


LABEL = st.sampled_from(["cat", "dog", "7", "12", "größe", "a, b"])


@given(st.dictionaries(PATHS.map(lambda p: "/".join([*p[0], p[1]])), LABEL, min_size=1, max_size=20), st.booleans())
@settings(max_examples=100, deadline=None)
def test_labels_of_any_layout_win_over_its_folders(labels, as_json):
    labels = {
        name: label for name, label in labels.items() if "/." not in f"/{name}" and name[-3:] not in ("txt", ".pt")
    }
    if len({*labels.values()}) < 2:
        return
    with tempfile.TemporaryDirectory() as folder:
        home = write(Path(folder), *labels)
        if as_json:
            (home / "dataset.json").write_text(json.dumps({"labels": [*labels.items()]}))
        else:
            with (home / "labels.csv").open("w", newline="") as file:
                csv.writer(file).writerows([("file", "label"), *labels.items()])
        found = layout(home)
        for path, k in [*found.train, *found.test]:
            assert not found.classes or found.classes[k] == labels[path.relative_to(home).as_posix()]
        assert found.classes or any("without an image for training" in note for note in found.notes)
