"""What the zoo holds beside the checkpoints: real pictures, and its table."""

import json
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from faults import Faults, failing, full
from helpers import contents, gan, noise, small
from PIL import Image
from zoos import EXTRACTOR, REFERENCE, block, measure, put_extractor

import gan_models
import train
from demo.zoo.distances import nearest
from demo.zoo.zoo import Zoo
from gan_models.home import SHIPPED
from gan_models.metrics import neighbours
from gan_models.metrics.extractors import load_cnn
from gan_models.real import TRAINING, Real, read, write
from train.engine.data import Data
from train.measure import real, table


def pictures(labels, names) -> Data:
    """Grey 4 x 4 pictures whose brightness is their index."""
    images = torch.arange(len(labels), dtype=torch.uint8)[:, None, None, None].expand(-1, 1, 4, 4).contiguous()
    return Data("toys", images, torch.tensor(labels), names)


def test_real_pictures_stand_in_columns_of_their_class_in_the_order_of_the_data():
    data = pictures([1, 0, 0, 1, 1, 0, 1], ("a", "b"))
    # a: 1, 2, 5; b: 0, 3, 4, 6; two rows of (a, b)
    assert real.choose(data, rows=2).tolist() == [1, 0, 2, 3]
    assert real.choose(data, rows=9).tolist() == [1, 0, 2, 3, 5, 4]  # as many rows as the rarest class fills


def test_the_core_reads_the_real_pictures_that_the_command_wrote(tmp_path):
    data = pictures([1, 0, 0, 1, 1, 0], ("a", "b"))
    real.write(data, "test", tmp_path / "toys")
    shown = Zoo(tmp_path).real_samples("toys", 3, "b")
    np.testing.assert_array_equal(shown[:, 0, 0, 0], [0, 3, 4])


def test_real_pictures_of_a_class_that_is_not_named_are_none(tmp_path):
    real.write(pictures([1, 0, 0, 1], ("a", "b")), "test", tmp_path / "toys")
    about = tmp_path / "toys" / "real.json"
    about.write_text(json.dumps({**json.loads(about.read_text()), "labels": [0, 1, 2, 1]}))
    assert read(tmp_path, "toys") is None and Zoo(tmp_path).real_samples("toys", 3) is None


@pytest.mark.parametrize(("n", "rows", "columns"), [(3, 1, 3), (10, 1, 10), (25, 2, 10), (400, 12, 10)])
def test_few_real_pictures_without_classes_make_a_short_row(n, rows, columns, tmp_path):
    real.write(pictures([0] * n, ()), "train", tmp_path / "toys")
    about = json.loads((tmp_path / "toys" / "real.json").read_text())
    assert (len(about["labels"]), about["columns"]) == (rows * columns, columns)
    assert Zoo(tmp_path).real_samples("toys", columns)[:, 0, 0, 0].tolist() == list(range(columns))


@pytest.mark.parametrize("kind", [np.array, np.int16, torch.tensor])
def test_labels_of_numpy_and_of_torch_are_written_as_numbers(kind, tmp_path):
    labels = kind([0, 1, 1, 0]) if kind is not np.int16 else [np.int16(y) for y in (0, 1, 1, 0)]
    shown = Real(np.full((4, 8, 8, 1), 9, np.uint8), labels, ["a", "b"], "test")
    write(tmp_path / "toys", "real", shown, "toys", 2)
    back = read(tmp_path, "toys")
    assert back.labels == [0, 1, 1, 0] and np.array_equal(back.pictures, shown.pictures)


@pytest.mark.parametrize(
    "odd",
    [
        {"labels": np.array([0.5, 1, 1, 0])},
        {"labels": [0, 1, 2, 1]},
        {"labels": [0, -1, 1, 1]},
        {"labels": [0, 1]},
        {"labels": None},
        {"class_names": ["a", "two\nlines"]},
        {"class_names": [str(i) for i in range(1_001)]},
        {"split": b"test"},
        {"pictures": np.zeros((0, 8, 8, 1), np.uint8), "labels": []},
        {"pictures": np.zeros((4, 8, 6, 1), np.uint8)},
        {"pictures": np.zeros((4, 8, 8, 2), np.uint8)},
        {"pictures": np.full((4, 8, 8, 1), 0.5)},
        {"pictures": np.zeros((4, 64), np.uint8)},
    ],
)
def test_what_would_not_be_read_is_not_written_and_the_old_pictures_stay(odd, tmp_path):
    good = Real(np.full((4, 8, 8, 1), 9, np.uint8), [0, 1, 1, 0], ["a", "b"], "test")
    write(tmp_path / "toys", "real", good, "toys", 2)
    before = contents(tmp_path)
    with pytest.raises(ValueError, match=r"toys/real\.png: ") as error:
        write(tmp_path / "toys", "real", replace(good, **odd), "toys", 2)
    assert "\n" not in str(error.value) and contents(tmp_path) == before


def test_the_command_takes_a_folder(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GAN_CACHE", str(tmp_path / "cache"))
    for name, shade in (("cats", 10), ("dogs", 20)):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for i in range(10):
            Image.new("L", (20, 16), shade + i).save(tmp_path / "pets" / name / f"{i}.png")
    (tmp_path / "pets" / "cats" / "8.png").write_bytes(b"nothing")
    argv = ["--data", str(tmp_path / "pets"), "--checkpoints", str(tmp_path / "runs"), "--size", "8"]
    assert real.main(argv) == 2 and "cats/8.png" in capsys.readouterr().err
    argv.append("--skip-broken")
    assert real.main(argv) == 0
    assert "No features, and no nearest neighbours in the app as long as" in capsys.readouterr().out
    assert Zoo(tmp_path / "runs").real_samples("pets", 2, ["cats", "dogs"])[:, 0, 0, 0].tolist() == [19, 29]
    training = read(tmp_path / "runs", "pets", TRAINING)
    assert training.pictures[:4, 0, 0, 0].tolist() == [10, 20, 11, 21] and training.labels == [0, 1] * 8
    assert training.split == "train"
    assert real.main([*argv, "--split", "train"]) == 0
    assert Zoo(tmp_path / "runs").real_samples("pets", 18).shape == (18, 8, 8, 1)
    (tmp_path / "pets" / "dogs" / "9.png").unlink()  # nine left, and no tenth of them
    capsys.readouterr()
    assert real.main(argv) == 2
    assert "a class of pets has no test images: give 10 of each or more" in capsys.readouterr().err


def test_many_training_pictures_make_a_sheet_and_the_extractor_sees_them(tmp_path):
    n = 2 * real.ACROSS + 30
    data = pictures([0, 1] * (n // 2), ("a", "b"))
    at = real.write(data, "train", tmp_path / "toys", TRAINING, n)
    assert at.tolist() == list(range(200))  # whole rows of a hundred
    with Image.open(tmp_path / "toys" / "training.png") as sheet:
        assert sheet.size == (400, 8)
    back = read(tmp_path, "toys", TRAINING)
    np.testing.assert_array_equal(back.pictures[:, 0, 0, 0], np.arange(200))
    assert back.labels == [0, 1] * 100

    put_extractor(tmp_path / "toys" / "extractor")
    images = noise(small(train.recipes()["gan"], size=8), 9).images
    path = tmp_path / "toys" / "training.safetensors"
    assert real.write_features(images, "toys", tmp_path) == str(path)
    extractor = load_cnn(tmp_path / "toys" / "extractor")
    given = images.permute(0, 2, 3, 1).numpy()
    seen = neighbours.read(path, extractor, given)
    torch.testing.assert_close(seen, extractor(images).features.half().float(), rtol=0, atol=0)
    assert neighbours.read(path, extractor, given[:8]) is None
    other = given.copy()
    other[4, 0, 0] ^= 1
    assert neighbours.read(path, extractor, other) is None
    extractor.hash = "0" * 16
    assert neighbours.read(path, extractor, given) is None  # of other weights
    path.write_bytes(b"nothing")
    assert neighbours.read(path, extractor, given) is None


def test_whenever_its_writing_dies_the_pictures_are_whole_or_not_read(tmp_path, monkeypatch):
    """Other pictures of the same number and size in the place of these: labels and features are never theirs."""

    def write(root, seed):
        data = replace(noise(small(train.recipes()["gan"], size=8), 12, seed), name="toys")
        data = replace(data, labels=data.labels.roll(seed))
        at = real.write(data, "train", root / "toys", TRAINING, 4)
        real.write_features(data.images[at], "toys", root)

    def begun(name):
        (tmp_path / name / "toys").mkdir(parents=True)
        put_extractor(tmp_path / name / "toys" / "extractor")
        write(tmp_path / name, 0)
        return tmp_path / name

    faults, root = Faults(), begun("whole")
    old = read(root, "toys", TRAINING)
    with failing(monkeypatch, faults):
        write(root, 1)
    new = read(root, "toys", TRAINING)
    for at in faults.chosen():
        root = begun(str(at))
        with failing(monkeypatch, Faults(at, full)), suppress(OSError):
            write(root, 1)
        found = read(root, "toys", TRAINING)
        assert found is None or any(same(vars(found), vars(one)) for one in (old, new))
        if found:
            extractor = load_cnn(root / "toys" / "extractor")
            features = neighbours.read(root / "toys" / "training.safetensors", extractor, found.pictures)
            images = torch.from_numpy(found.pictures).permute(0, 3, 1, 2).contiguous()
            assert features is None or torch.equal(features, extractor(images).features.half().float())


def same(one: dict, other: dict) -> bool:
    return all(np.array_equal(one[key], other[key]) for key in one)


def test_training_pictures_are_few_where_they_are_large():
    grey, faces = (torch.zeros(1, channels, size, size) for channels, size in ((1, 28), (3, 64)))
    labels = torch.zeros(1, dtype=torch.int64)
    assert real.training_rows(Data("a", grey, labels, tuple("0123456789"))) == 750
    assert real.training_rows(Data("b", faces, labels, ())) == 195  # of ten: 1,950 faces, 24 million values


@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist"])
def test_the_training_pictures_that_ship_are_whole(dataset):
    shown = read(SHIPPED, dataset, TRAINING)
    assert len(shown.pictures) == 7500 and shown.split == "train"
    assert [shown.labels.count(k) for k in range(10)] == [750] * 10
    extractor = load_cnn(SHIPPED / dataset / "extractor")
    features = neighbours.read(SHIPPED / dataset / "training.safetensors", extractor, shown.pictures)
    some = torch.from_numpy(shown.pictures[::500].transpose(0, 3, 1, 2).copy())
    torch.testing.assert_close(features[::500], extractor(some).features, rtol=2e-3, atol=2e-3)


def test_no_picture_of_celeba_ships():
    assert not {path.name for path in (SHIPPED / "celeba").glob("*.png")} - {"real.png", "training.png"}
    for line in ("/checkpoints/celeba/real.*", "/checkpoints/celeba/training.*"):
        assert line in (SHIPPED.parent / ".gitignore").read_text().splitlines()


def test_the_command_says_what_data_there_is(capsys):
    assert real.main(["--dataset", "nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


@pytest.fixture
def one(tmp_path) -> Path:
    recipe = small(train.recipes()["wgan"])
    about = {
        "dataset": "toys", "images": 80_000, "device": "CPU", "threads": 1, "seconds": 12.6,
        "parameters": {"generator": 1234, "discriminator": 5},
    }  # fmt: skip
    g = gan(recipe)
    gan_models.save(tmp_path / "toys" / "wgan", recipe, g.G, None, about)
    return tmp_path


def test_the_table_has_a_row_per_checkpoint(one, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["table", "--checkpoints", str(one)])
    assert table.main() == 0
    last = (one / "README.md").read_text().splitlines()[-1]
    # 80,000 images in batches of 8, five of them per G step
    assert last.startswith("| toys | `wgan` | 80,000 | 2,000 | 4 | ")
    assert " | CPU, 1 thread | 0.0" in last
    assert last.endswith(" MB | not measured |  |")


def test_the_table_leads_to_the_samples_that_ship(one):
    (one / "toys" / "wgan" / "samples.png").touch()
    text = table.written(one)
    assert "[✓](toys/wgan/samples.png)" in text and "[`wgan`](toys/wgan/samples.png)" in text


@pytest.mark.parametrize("name", ["dataset", "images", "device"])
def test_the_table_names_a_checkpoint_that_does_not_say_how_it_was_trained(one, monkeypatch, capsys, name):
    path = one / "toys" / "wgan" / "recipe.json"
    content = json.loads(path.read_text())
    del content["provenance"][name]
    path.write_text(json.dumps(content))
    monkeypatch.setattr(sys, "argv", ["table", "--checkpoints", str(one)])
    assert table.main() == 2
    said = capsys.readouterr().err
    assert f"recipe.json: its provenance must name '{name}', a" in said and said.count("\n") == 1
    assert not (one / "README.md").exists()


def test_the_table_that_ships_is_what_the_folders_say():
    """Which variants have a checkpoint on which data stands there alone."""
    shipped = (SHIPPED / "README.md").read_text(encoding="utf-8")
    assert shipped == table.written(SHIPPED), "checkpoints/ has changed: write its table anew, python -m train table"


def test_the_table_says_which_variants_there_are_on_which_data(translator_zoo):
    text = table.written(translator_zoo).partition("## Which variant on which data")[2].partition("## What each")[0]
    assert text.splitlines()[4:-1] == [
        "| variant | photos | toys |",
        "|---|:---:|:---:|",
        "| Plain GAN (`plain`) |  | ✓ |",
        "| Deep GAN (`deep`) |  | ✓ |",
        "| Told GAN (`told`) |  | ✓ |",
        "| Colour GAN (`colour`) | ✓ |  |",
        "| Edgy (`edges`) |  | ✓ |",
        "| Round trip (`cycle`) |  | ✓ |",
        "| Classy (`classy`) |  | ✓ |",
        "| Large (`large`) | ✓ |  |",
        "| Filler (`filler`) |  | ✓ |",
    ]


@pytest.fixture
def rows(measured_zoo, monkeypatch):
    """rows() -> {folder name: (distance, below target)} as the table of measured_zoo has them."""
    toys = measured_zoo / "toys"
    anchors = json.loads((toys / "anchors.json").read_text())
    (toys / "anchors.json").write_text(json.dumps({**anchors, "reference": REFERENCE}))
    monkeypatch.setattr(sys, "argv", ["table", "--checkpoints", str(measured_zoo)])

    def rows() -> dict[str, tuple[str, str]]:
        assert table.main() == 0
        text = (measured_zoo / "README.md").read_text().partition("## What each was trained on")[2]
        lines = text.split("## Measured")[0].splitlines()
        cells = [[cell.strip() for cell in line.split("|")] for line in lines if line.startswith("| ")][1:]
        return {row[2].split("`")[1]: (row[10], row[11]) for row in cells}

    return rows


def test_the_table_says_the_floor_and_which_target_is_missed(rows, measured_zoo, monkeypatch):
    # In toys a set of one class has the distance 165, so that 16.5 is the farthest.
    toys = measured_zoo / "toys"
    assert rows() == {
        "colour": ("not measured", ""),
        "deep": ("12.3 (floor 0.86)", "no"),
        "plain": ("40 (floor 0.86)", "no"),  # fully connected
        "told": ("20 (floor 0.86)", "no"),
    }
    measure(toys / "deep", block(16.4999, shares=(0.05, 0.45, 0.5)))
    assert rows()["deep"] == ("16.5 (floor 0.86)", "no")
    measure(toys / "deep", block(16.51, shares=(0.0499, 0.4501, 0.5)))
    assert rows()["deep"] == ("16.5 (floor 0.86)", "distance above 16.5; smallest class 5.0 %")
    monkeypatch.setitem(table.LABELS, "toys", 0.99)
    assert rows()["told"][1] == "label accuracy 98.0 %" and rows()["plain"][1] == "no"
    assert "at least 98 % (mnist) or 90 % (fashion_mnist) or 99 % (toys)." in (measured_zoo / "README.md").read_text()


def test_a_distance_that_real_images_would_miss_is_no_target(rows, measured_zoo):
    toys = measured_zoo / "toys"
    measure(toys / "deep", block(20))
    assert rows()["deep"][1] == "distance above 16.5"
    anchors = json.loads((toys / "anchors.json").read_text())
    anchors["rows"][0]["figures"]["fd"]["mean"] = 16.6
    (toys / "anchors.json").write_text(json.dumps(anchors))
    assert rows()["deep"] == ("20 (floor 16.6)", "no target")


def test_figures_of_other_weights_extractors_or_images_are_not_in_the_table(rows, measured_zoo):
    toys, other = measured_zoo / "toys", "0" * 16
    metrics = json.loads((toys / "told" / "metrics.json").read_text())
    (toys / "told" / "metrics.json").write_text(json.dumps({**metrics, "generator": other}))
    measure(toys / "deep", {**block(1), "extractor": {**EXTRACTOR, "hash": other}})
    measure(toys / "plain", {**block(1), "reference": {**REFERENCE, "n": 9}})
    assert {distance for distance, _ in rows().values()} == {"not measured"}


def test_the_table_names_a_checkpoint_that_is_damaged(one, monkeypatch, capsys):
    (one / "toys" / "wgan" / "recipe.json").write_text("{")
    monkeypatch.setattr(sys, "argv", ["table", "--checkpoints", str(one)])
    assert table.main() == 2
    assert "recipe.json is damaged" in capsys.readouterr().err
    assert not (one / "README.md").exists()


def test_the_nearest_to_the_data_comes_first_and_then_what_nobody_measured(measured_zoo):
    """FD 40, 12.31 and 20; nobody measured the photos' one."""
    zoo = Zoo(measured_zoo)
    found = nearest(zoo.files, [*zoo.catalog().of("photos"), *zoo.catalog().of("toys")])
    assert [entry.key for entry in found[:3]] == ["toys/deep", "toys/told", "toys/plain"]
    assert [entry.dataset for entry in found[3:]] == ["photos"]
