"""train.engine.folders: what a folder of one's own pictures is taken for."""

import re
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from data_sets import PATHS, fails, seen, write, write_images
from hypothesis import given, settings
from hypothesis import strategies as st

from train.engine import pixels
from train.engine.data import load, understood
from train.engine.folders import layout

pytestmark = pytest.mark.usefixtures("alone")


def test_folder_of_plain_images(tmp_path):
    write_images(tmp_path / "pictures", (255, 0, 0), (0, 255, 0), 7)
    found = load(tmp_path / "pictures", size=8)
    assert found.name == "pictures" and found.class_names == () and found.labels.tolist() == [0, 0, 0]
    assert found.images.shape == (3, 3, 8, 8)
    assert found.images[:, :, 0, 0].tolist() == [[255, 0, 0], [0, 255, 0], [7, 7, 7]]
    assert load(str(tmp_path / "pictures")).images.shape == (3, 3, 64, 64)


def test_sub_folders_are_classes_in_alphabetical_order(tmp_path):
    home = tmp_path / "set"
    write_images(home / "b", 20, 21)
    write_images(home / "a" / "deeper", 10)
    write_images(home / ".hidden", 1)
    (home / "notes").mkdir()
    (home / "a" / "._00.png").write_bytes(b"what macOS leaves")
    (home / "readme.txt").write_text("no image")
    found = load(home, size=8)
    assert found.class_names == ("a", "b") and found.labels.tolist() == [0, 1, 1]
    assert found.images[:, 0, 0, 0].tolist() == [10, 20, 21]


def test_folder_holds_out_the_last_tenth_of_each_class(tmp_path):
    write_images(tmp_path / "set" / "a", *range(10))
    write_images(tmp_path / "set" / "b", *range(100, 120))
    train, test = (load(tmp_path / "set", split=split, size=8) for split in ("train", "test"))
    assert test.images[:, 0, 0, 0].tolist() == [9, 118, 119] and test.labels.tolist() == [0, 1, 1]
    assert train.images[:, 0, 0, 0].tolist() == [*range(9), *range(100, 118)]


def test_train_and_test_sub_folders_are_the_splits(tmp_path):
    for split, base in (("train", 0), ("test", 100)):
        write_images(tmp_path / "set" / split / "a", base)
        write_images(tmp_path / "set" / split / "b", base + 1)
    assert load(tmp_path / "set", size=8).images[:, 0, 0, 0].tolist() == [0, 1]
    test = load(tmp_path / "set", split="test", size=8)
    assert test.images[:, 0, 0, 0].tolist() == [100, 101] and test.class_names == ("a", "b")


@pytest.mark.parametrize("beside", [True, False])
def test_one_class_or_images_beside_classes_are_taken_without_classes(tmp_path, capfd, beside):
    home = tmp_path / "set"
    write_images(home / "cats", 10, 11)
    if beside:
        write_images(home / "dogs" / "deeper", 20)
        write_images(home, 1)
    found = load(home, size=8)
    assert found.images[:, 0, 0, 0].tolist() == ([1, 10, 11, 20] if beside else [10, 11])
    assert found.class_names == () and not found.labels.any()
    where = "beside its sub-folders" if beside else "in one sub-folder only"
    assert f"{home}: set holds images {where}: all are taken, without classes." in capfd.readouterr().err


def test_what_is_left_out_is_said(tmp_path, capfd):
    home = tmp_path / "mein Ordner ○"
    write_images(home / "größe", 1)
    write_images(home / "日本", 2)
    (home / "empty").mkdir()
    (home / "texts").mkdir()
    for name in ("größe/a.HEIC", "größe/b.heic", "texts/notes.txt", "Makefile", ".DS_Store", "größe/._a.png"):
        (home / name).write_text("no image")
    (home / "größe" / "folder.png").mkdir()
    found = load(home, size=8)
    assert (found.name, found.class_names) == ("mein Ordner ○", ("größe", "日本"))
    said = capfd.readouterr().err
    assert f"{home}: not classes, since they hold no image: empty, texts." in said
    assert (
        f"{home}: ignored, since their names are not those of images: 2 .heic, 1 .txt, 1 without a suffix."
        in said.replace("1 without a suffix, 1 .txt", "1 .txt, 1 without a suffix")
    )


def test_links_are_followed_and_a_broken_one_is_a_broken_image(tmp_path, capfd):
    home, elsewhere = tmp_path / "set", tmp_path / "elsewhere"
    write_images(home / "a", 1)
    write_images(elsewhere, 2, 3)
    (home / "b").symlink_to(elsewhere)
    (home / "a" / "more.png").symlink_to(elsewhere / "00.png")
    (home / "a" / "loop").symlink_to(home)
    found = load(home, size=8)
    assert found.images[:, 0, 0, 0].tolist() == [1, 2, 2, 3] and found.labels.tolist() == [0, 0, 1, 1]
    (home / "a" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    with fails("1 of the 5 images", "(a/gone.png)"):
        load(home, size=8)
    assert load(home, size=8, on_broken="skip").labels.tolist() == [0, 0, 1, 1]


def test_a_class_of_broken_images_alone_is_named(tmp_path):
    write_images(tmp_path / "set" / "a", 1)
    write_images(tmp_path / "set" / "b", 2)
    (tmp_path / "set" / "b" / "00.png").write_bytes(b"")
    with fails("no image of b can be read"):
        load(tmp_path / "set", size=8, on_broken="skip")


def test_a_folder_named_as_a_data_set_does_not_pass_for_it(tmp_path):
    write_images(tmp_path / "mnist", 1)
    assert load(tmp_path / "mnist", size=8).name == "mnist (folder)"


def test_folders_that_cannot_be_used(tmp_path):
    (tmp_path / "empty").mkdir()
    with fails("empty holds no images", ".png"):
        load(tmp_path / "empty")
    write_images(tmp_path / "few", *range(9))
    with fails("no test images", "10 images"):
        load(tmp_path / "few", split="test")


def test_files_are_sorted(tmp_path):
    home = write_images(tmp_path / "set", *range(30))
    values = load(home, size=8).images[:, 0, 0, 0].tolist()
    assert all(a < b for a, b in pairwise(values))


# Splits, labels, runs


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train", "test"), ("train", "val"), ("train", "valid"), ("Train", "Test"), ("TRAIN", "Val"),
        ("training", "testing"), ("training_set", "test_set"), ("train", "dev"), ("train-images", "validation-images"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("classes", [True, False])
def test_parts_of_a_data_set_are_no_classes(tmp_path, train, test, classes):
    below = ("cat/", "dog/") if classes else ("",)
    write(tmp_path, *(f"{part}/{name}*.png" for part in (train, test) for name in below))
    found, notes = seen(tmp_path)
    names = ("cat", "dog") if classes else ("-",)
    for name, folder in zip(names, below, strict=True):
        assert found[f"{train}/{folder}0.png"] == f"{name} train" and found[f"{test}/{folder}4.png"] == f"{name} test"
    assert len(found) == 10 * len(names) and not notes
    assert layout(tmp_path).where == f"the folder {test}"


def test_the_two_kinds_of_an_unpaired_set_are_its_classes(tmp_path):
    write(tmp_path, "trainA/*.jpg", "trainB/*.jpg", "testA/*.jpg", "testB/*.jpg")
    found, _ = seen(tmp_path)
    assert found["trainB/0.jpg"] == "B train" and found["testA/3.jpg"] == "A test" and len(found) == 20
    assert layout(tmp_path).where == "the folders testA, testB"


def test_a_folder_train_alone_is_the_set(tmp_path):
    write(tmp_path, *(f"train/{name}/{half}*.png" for name in ("cat", "dog") for half in "ab"))
    found, _ = seen(tmp_path)
    assert found["train/cat/a0.png"] == "cat train" and found["train/dog/b4.png"] == "dog test"
    assert layout(tmp_path).where == "the last tenth of each class"


def test_a_train_among_cars_is_a_class_with_a_word_on_it(tmp_path):
    write(tmp_path, "bus/*.png", "car/*.png", "train/*.png")
    found, notes = seen(tmp_path)
    assert found["train/0.png"] == "train train" and len(layout(tmp_path).classes) == 3
    assert "train looks like a part of a data set, and is taken as a class" in notes


def test_what_lies_beside_the_parts_is_left_alone_and_counted(tmp_path):
    write(tmp_path, "train/*.png", "test/*.png", "val/*.png", "extras/more/*.png", "a.png")
    found, notes = seen(tmp_path)
    assert len(found) == 10 and layout(tmp_path).where == "the folder test"
    assert "ignored: 5 in extras, 5 in val, 1 in no folder" in notes


@pytest.mark.parametrize(
    ("test", "why"),
    [(["test/*.png"], "holds no classes"), (["test/cow/*.png", "test/dog/*.png"], "holds classes that train lacks")],
)
def test_a_test_set_whose_classes_are_others_is_left_alone(tmp_path, test, why):
    write(tmp_path, *(f"train/{name}/{half}*.png" for name in ("cat", "dog") for half in "ab"), *test)
    found, notes = seen(tmp_path)
    assert f"the folder test {why}, so it is ignored" in notes
    assert found["train/dog/b4.png"] == "dog test" and len(found) == 20


def test_a_class_that_the_test_set_lacks_moves_no_label(tmp_path):
    write(tmp_path, "train/ant/*.png", "train/bee/*.png", "train/cow/*.png", "test/bee/*.png", "test/cow/*.png")
    found, _ = seen(tmp_path)
    assert found["test/bee/0.png"] == "bee test" and found["test/cow/0.png"] == "cow test"


def test_parts_below_the_classes_are_said(tmp_path):
    write(tmp_path, *(f"{name}/{part}/*.png" for name in ("cat", "dog") for part in ("train", "test")))
    found, notes = seen(tmp_path)
    assert len(found) == 20 and "test, train below the classes" in notes


@pytest.mark.parametrize("names", [("00000", "00001"), ("000", "001"), ("part1", "part2"), ("shard-0", "shard-1")])
def test_shards_without_labels_are_said(tmp_path, names):
    write(tmp_path, *(f"{name}/*.png" for name in names))
    assert "if they only divide the files" in seen(tmp_path)[1]
    assert "if they only divide the files" not in seen(write(tmp_path, "cat/*.png"))[1]


def test_linked_folders_below_a_class_are_followed_once(tmp_path):
    home = write(tmp_path / "set", "a/*.png", "b/*.png")
    write(tmp_path, "more/deep/*.png")
    (home / "a" / "link").symlink_to(tmp_path / "more")
    (home / "a" / "deeper").mkdir()
    (home / "a" / "deeper" / "again").symlink_to(tmp_path / "more")
    (tmp_path / "more" / "round").symlink_to(tmp_path / "more")
    (tmp_path / "more" / "home").symlink_to(home)
    (home / "c").symlink_to(tmp_path)  # the folder that the set lies in
    (home / "b" / "self").symlink_to(home / "b" / "self")
    found, _ = seen(home)
    assert sum(said.startswith("a") for said in found.values()) == 10 and len(found) == 15
    assert layout(home).classes == ("a", "b")


def test_what_runs_made_is_no_data(tmp_path):
    write(tmp_path, "cat/*.png", "dog/*.png", "runs/dcgan/resume.pt", "runs/dcgan/checkpoint/samples.png")
    write(
        tmp_path,
        *("cat/checkpoint/generator.safetensors", "cat/checkpoint/samples.png", "zoo/real.json", "zoo/real.png"),
    )
    found, notes = seen(tmp_path)
    assert len(found) == 10 and layout(tmp_path).classes == ("cat", "dog")
    assert "files of this program: zoo, cat/checkpoint, runs/dcgan" in notes


def test_the_sentence_at_the_start(tmp_path):
    for part, n in (("train", 3), ("val", 1)):
        write_images(tmp_path / "pets" / part / "cat", *range(10, 10 + n))
        write_images(tmp_path / "pets" / part / "dog", *range(100, 100 + 2 * n, 2))
        write_images(tmp_path / "pets" / part / "dog" / "more", 250)
    said = understood(load(tmp_path / "pets", size=8))
    assert said == ["pets: 7 images, 8 x 8, grey; 2 classes: cat 3, dog 4; test: the folder val."]
    (only,) = understood(load(write_images(tmp_path / "flat", *[(200, 0, 0), (0, 0, 100)] * 6), size=8))
    assert (
        "test: none, since that needs 10 images of a class." in understood(load(tmp_path / "pets" / "val", size=8))[0]
    )
    assert only == "flat: 11 images, 8 x 8, colour; no classes; test: the last tenth by name."


def test_both_splits_are_coloured_alike(tmp_path):
    write_images(tmp_path / "train", (255, 0, 0))
    write_images(tmp_path / "test", 7)
    assert [load(tmp_path, split=split, size=8).images.shape[1] for split in ("train", "test")] == [3, 3]


# Any layout


@given(st.lists(PATHS, min_size=1, max_size=25))
@settings(max_examples=100, deadline=None)
def test_no_image_of_any_layout_is_dropped_or_taken_twice_without_a_word(paths):
    with tempfile.TemporaryDirectory() as folder:
        home = write(Path(folder), *("/".join([*parts, name]) for parts, name in paths))
        runs = {path.parent for path in home.rglob("resume.pt")} - {home}
        images = [p for p in home.rglob("*") if p.suffix.lower() in pixels.SUFFIXES and "/." not in p.as_posix()]
        images = {p for p in images if not any(p.is_relative_to(run) for run in runs)}
        if not images:
            with fails("holds no images"):
                layout(home)
            return
        found = layout(home)
        used = [path for path, _ in [*found.train, *found.test]]
        assert len({*used}) == len(used) and {*used} <= images
        told = [n.partition(" are ignored: ")[2] for n in found.notes] + [n for n in found.notes if "so it is" in n]
        assert len(used) == len(images) or any(told)
        assert sum(int(n) for note in told for n in re.findall(r"(\d+) in ", note)) == len(images) - len(used)
        assert found.where and len(found.classes) != 1
        assert {k for _, k in found.train} == {*range(max(1, len(found.classes)))} or not found.classes
        suspects = [name for name in found.classes if name in ("train", "Test", "val", "trainB", "testA")]
        assert bool(suspects) == any("looks like a part" in note for note in found.notes)
