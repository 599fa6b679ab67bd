"""train.engine.datasets: the data sets that are known by name; their files, pixels, labels and faults."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from data_sets import IDX, complete_celeba, fails, write_celeba, write_cifar, write_idx
from PIL import Image

from gan_models.recipe import Recipe
from train.engine import datasets
from train.engine.data import DataError, like, load

pytestmark = pytest.mark.usefixtures("alone")


@pytest.mark.parametrize(("name", "folder"), [("mnist", "MNIST"), ("fashion_mnist", "FashionMNIST")])
def test_idx_sets_hold_the_files_bytes_in_order(tmp_path, name, folder):
    arrays = write_idx(tmp_path, folder)
    for split, images, labels in (("train", *IDX[:2]), ("test", *IDX[2:])):
        found = load(name, tmp_path, split)
        assert found.images.dtype == torch.uint8 and found.labels.dtype == torch.int64
        assert np.array_equal(found.images[:, 0].numpy(), arrays[images])
        assert found.labels.tolist() == arrays[labels].tolist()
        assert found.name == name and len(found.class_names) == 10
    assert not (tmp_path / "cache").exists()


def test_class_names(tmp_path):
    for folder in ("MNIST", "FashionMNIST"):
        write_idx(tmp_path, folder)
    assert load("mnist", tmp_path).class_names == tuple("0123456789")
    names = load("fashion_mnist", tmp_path).class_names
    assert names[0] == "T-shirt/top" and names[9] == "Ankle boot"


@pytest.mark.parametrize(("split", "name"), [("train", IDX[0]), ("test", IDX[2])])
def test_stacked_mnist_has_a_digit_in_each_channel(tmp_path, split, name):
    digits = write_idx(tmp_path, train=12, test=5)[name]
    found = load("stacked_mnist", tmp_path, split)
    at = datasets.stacks(len(digits))
    assert found.images.shape == (len(digits), 3, 28, 28) and found.images.dtype == torch.uint8
    assert found.images.is_contiguous()
    for c in range(3):
        assert np.array_equal(found.images[:, c].numpy(), digits[at[:, c]])
        assert sorted(at[:, c].tolist()) == [*range(len(digits))]  # every digit once
    assert found.class_names == () and found.labels.tolist() == [0] * len(digits)
    assert found.labels.dtype == torch.int64 and found.name == "stacked_mnist"
    assert torch.equal(load("stacked_mnist", tmp_path, split).images, found.images)


def test_stacks_are_the_same_everywhere():
    torch.manual_seed(1)
    np.random.seed(1)
    assert datasets.stacks(5).tolist() == [[2, 0, 1], [0, 2, 3], [1, 1, 4], [3, 4, 0], [4, 3, 2]]
    many = datasets.stacks(1000)
    assert many.dtype == torch.int64
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert (many[:, a] == many[:, b]).sum() < 10  # independent of each other


def test_stacked_mnist_without_mnist_says_what_it_needs(tmp_path):
    with fails("stacked_mnist", IDX[0], "put into .*MNIST/raw"):
        load("stacked_mnist", tmp_path)


def test_cifar_is_read_channel_by_channel(tmp_path, monkeypatch):
    pixels = write_cifar(tmp_path, monkeypatch)
    train, test = load("cifar10", tmp_path), load("cifar10", tmp_path, "test")
    assert train.images.shape == (10, 3, 32, 32) and test.images.shape == (2, 3, 32, 32)
    assert train.images[0, :, 5, 5].tolist() == [255, 0, 0]
    assert np.array_equal(train.images[4].numpy(), pixels[4].reshape(3, 32, 32))
    assert train.labels.tolist() == [0, 9, 1, 8, 2, 7, 3, 6, 4, 5] and test.labels.tolist() == [5, 4]
    assert train.class_names == tuple(f"class {i}" for i in range(10))


@pytest.mark.parametrize(
    ("width", "height", "crop"),
    [
        (178, 218, (slice(29, 189), slice(9, 169))),
        (89, 109, (slice(14, 94), slice(4, 84))),
    ],
)
def test_celeba_crop_at_full_and_half_size(tmp_path, width, height, crop):
    pixels = write_celeba(tmp_path, 2, width, height)
    side = round(width * 160 / 178)
    found = load("celeba", tmp_path, size=side)  # at this size nothing is resized
    assert np.array_equal(found.images.permute(0, 2, 3, 1).numpy(), pixels[:, crop[0], crop[1]])
    native = load("celeba", tmp_path).images
    expected = Image.fromarray(pixels[1][crop]).resize((64, 64), Image.Resampling.BICUBIC)
    assert native.shape == (2, 3, 64, 64)
    assert np.array_equal(native[1].permute(1, 2, 0).numpy(), np.asarray(expected))


def test_celeba_without_attributes_has_no_classes(tmp_path):
    write_celeba(tmp_path, 3)
    (tmp_path / "celeba" / "list_attr_celeba.txt").unlink()
    for _ in range(2):  # decoded, cached
        found = load("celeba", tmp_path)
        assert found.class_names == () and found.labels.tolist() == [0, 0, 0]


def test_celeba_attributes_count_in_binary(tmp_path, decoded):
    write_celeba(tmp_path)
    found = load("celeba", tmp_path, attributes=("Male", "Smiling"))
    names = ("not Male + not Smiling", "not Male + Smiling", "Male + not Smiling", "Male + Smiling")
    assert found.class_names == names
    assert found.labels.tolist()[:8] == [0, 2, 1, 3, 0, 2, 1, 3]
    assert load("celeba", tmp_path, attributes="Wearing_Hat").class_names == (
        "not Wearing Hat",
        "Wearing Hat",
    )
    swapped = load("celeba", tmp_path, attributes="Smiling,Male")
    assert swapped.labels.tolist()[:4] == [0, 1, 2, 3]
    assert len(decoded) == 18  # other attributes, the same pictures


def test_celeba_holds_out_the_last_tenth(tmp_path):
    pixels = write_celeba(tmp_path)
    train, test = (load("celeba", tmp_path, split, size=160) for split in ("train", "test"))
    assert (len(train), len(test)) == (18, 2)
    assert np.array_equal(test.images[0].permute(1, 2, 0).numpy(), pixels[18, 29:189, 9:169])
    assert load("celeba", tmp_path, "test", attributes=["Male"]).labels.tolist() == [0, 1]


def test_celeba_partition_is_honoured_without_the_other_lists(tmp_path):
    write_celeba(tmp_path, 4)
    parts = tmp_path / "celeba" / "list_eval_partition.txt"
    parts.write_text("000001.jpg 2\n000002.jpg 0\n000003.jpg 1\n000004.jpg 0\n")
    assert load("celeba", tmp_path, attributes="Male").labels.tolist() == [1, 1]
    assert load("celeba", tmp_path, "test", attributes="Male").labels.tolist() == [0]


def test_complete_celeba_goes_through_torchvision(tmp_path, monkeypatch):
    pixels = write_celeba(tmp_path)
    parts = [0, 2, 1, 0, 2] * 4
    complete_celeba(tmp_path, monkeypatch, parts)
    monkeypatch.setattr(datasets, "_celeba_rows", None)  # the reader for a part is not needed
    want = [i for i, part in enumerate(parts) if part == 2]
    found = load("celeba", tmp_path, "test", size=160, attributes=("Male",))
    assert found.labels.tolist() == [i % 2 for i in want]
    assert np.array_equal(found.images.permute(0, 2, 3, 1).numpy(), pixels[want, 29:189, 9:169])


def test_faces_that_had_to_be_downloaded_are_read(tmp_path, monkeypatch):
    def reader(root, split, download=False):
        if not download:
            raise RuntimeError("Dataset not found or corrupted.")
        write_celeba(root)

    monkeypatch.setattr(torchvision.datasets, "CelebA", reader)
    made = load("celeba", tmp_path, attributes="Male")
    assert made.images.shape == (18, 3, 64, 64) and made.class_names == ("not Male", "Male")


def test_missing_data_says_which_files_go_where(tmp_path):
    with fails("mnist", *(f"{name} .missing." for name in IDX), "put into .*raw", "no network"):
        load("mnist", tmp_path)
    with fails("fashion_mnist", "FashionMNIST", IDX[0]):
        load("fashion_mnist", tmp_path)
    with fails("cifar10", "data_batch_1 .missing.", "batches.meta .missing.", "cifar-10-batches-py"):
        load("cifar10", tmp_path)
    with fails("celeba", "img_align_celeba.zip, unpacked .missing.", "list_attr_celeba.txt .missing."):
        load("celeba", tmp_path)


def test_only_what_is_missing_is_named(tmp_path):
    write_idx(tmp_path)
    (tmp_path / "MNIST" / "raw" / IDX[3]).unlink()
    with pytest.raises(DataError, match=rf"{IDX[3]} \(missing\)") as error:
        load("mnist", tmp_path)
    assert IDX[0] not in str(error.value)


def test_missing_data_is_downloaded(tmp_path, monkeypatch):
    monkeypatch.setattr(torchvision.datasets.MNIST, "download", lambda self: write_idx(Path(self.root)))
    assert len(load("mnist", tmp_path / "new")) == 12


@pytest.mark.parametrize("keep", [0, 3, 10, 500])
@pytest.mark.parametrize("name", IDX[:2])
def test_half_downloaded_idx_file_is_named(tmp_path, name, keep):
    write_idx(tmp_path)
    path = tmp_path / "MNIST" / "raw" / name
    content = path.read_bytes()
    path.write_bytes(content[: min(keep, len(content) - 1)])
    with fails(name, "not downloaded completely", "delete it"):
        load("mnist", tmp_path)


def test_images_and_labels_must_be_as_many(tmp_path):
    write_idx(tmp_path, train=12, test=5)
    raw = tmp_path / "MNIST" / "raw"
    (raw / IDX[1]).write_bytes((raw / IDX[3]).read_bytes())
    with fails("12 train images but 5 labels"):
        load("mnist", tmp_path)


def test_damaged_cifar_batch_is_named(tmp_path, monkeypatch):
    write_cifar(tmp_path, monkeypatch)
    path = tmp_path / "cifar-10-batches-py" / "data_batch_3"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(DataError, match=r"data_batch_3 \(damaged\)") as error:
        load("cifar10", tmp_path)
    assert "data_batch_2" not in str(error.value)


def test_attributes_of_a_set_without_them(tmp_path):
    write_idx(tmp_path)
    with fails("'mnist' has no attributes", "Male"):
        load("mnist", tmp_path, attributes=("Male",))


def test_unknown_attribute_lists_near_ones_before_decoding(tmp_path, decoded):
    write_celeba(tmp_path, 3)
    with fails("'smilling'", "Smiling"):
        load("celeba", tmp_path, attributes="Male,smilling")
    with fails("'Qqq'", "Eyeglasses, Male, Smiling, Wearing_Hat"):
        load("celeba", tmp_path, attributes="Qqq")
    assert decoded == []
    load("celeba", tmp_path)
    with fails("'Mal'", "Male"):
        load("celeba", tmp_path, attributes="Mal")  # from the cache


def test_attributes_without_their_file(tmp_path):
    write_celeba(tmp_path, 3)
    (tmp_path / "celeba" / "list_attr_celeba.txt").unlink()
    with fails("list_attr_celeba.txt", "put it into"):
        load("celeba", tmp_path, attributes="Male")


def test_truncated_attribute_file(tmp_path):
    write_celeba(tmp_path, 3)
    lists = tmp_path / "celeba" / "list_attr_celeba.txt"
    lists.write_text(lists.read_text()[:-6])  # the last row lacks values
    with fails("000003.jpg", "download it again"):
        load("celeba", tmp_path, attributes="Male")
    lists.write_text("\n".join(lists.read_text().splitlines()[:-1]))  # the last row is not there
    with fails("000003.jpg", "download it again"):
        load("celeba", tmp_path, attributes="Male")


def test_half_unpacked_celeba(tmp_path, monkeypatch):
    write_celeba(tmp_path)
    complete_celeba(tmp_path, monkeypatch, [0] * 20)
    (tmp_path / "celeba" / "img_align_celeba" / "000007.jpg").unlink()
    with fails("lacks 1 images", "000007.jpg", "unpack"):
        load("celeba", tmp_path)
    with fails("no test images"):
        load("celeba", tmp_path, "test")


def kaggle(root) -> None:
    """Makes of what write_celeba wrote what Kaggle's archive holds: a folder in a folder, and tables."""
    home = root / "celeba"
    pictures = (home / "img_align_celeba").rename(home / "pictures")
    (home / "img_align_celeba").mkdir()
    pictures.rename(home / "img_align_celeba" / "img_align_celeba")
    _, columns, *rows = (home / "list_attr_celeba.txt").read_text().splitlines()
    table = [["image_id", *columns.split()], *(row.split() for row in rows)]
    (home / "list_attr_celeba.csv").write_text("".join(",".join(row) + "\n" for row in table))
    (home / "list_attr_celeba.txt").unlink()


def test_kaggles_layout_of_celeba_is_read_alike(tmp_path):
    for root in ("official", "kaggle"):
        write_celeba(tmp_path / root, 8)
    kaggle(tmp_path / "kaggle")
    for asked in (None, "Male,Smiling", "Eyeglasses"):
        a, b = (load("celeba", tmp_path / root, attributes=asked) for root in ("official", "kaggle"))
        assert torch.equal(a.images, b.images) and torch.equal(a.labels, b.labels) and a.class_names == b.class_names
    parts = ["image_id,partition", *(f"{i + 1:06}.jpg,{i % 3}" for i in range(8))]
    (tmp_path / "kaggle" / "celeba" / "list_eval_partition.csv").write_text("\n".join(parts))
    assert load("celeba", tmp_path / "kaggle", "test", attributes="Male").labels.tolist() == [0, 1]  # images 3 and 6


def test_only_what_kaggles_layout_lacks_is_named(tmp_path):
    write_celeba(tmp_path, 3)
    kaggle(tmp_path)
    (tmp_path / "celeba" / "list_attr_celeba.csv").rename(tmp_path / "celeba" / "list.csv")
    with fails("attributes need CelebA's list_attr_celeba.txt or .csv"):
        load("celeba", tmp_path, attributes="Male")
    (tmp_path / "celeba" / "list.csv").rename(tmp_path / "celeba" / "list_attr_celeba.csv")
    with pytest.raises(DataError, match="no attribute 'Mail'"):
        load("celeba", tmp_path, attributes="Mail")
    shutil.rmtree(tmp_path / "celeba" / "img_align_celeba")
    with pytest.raises(DataError, match=r"unpacked \(missing\)") as error:
        load("celeba", tmp_path)
    assert "list_attr_celeba" not in str(error.value)


@pytest.mark.parametrize(
    "attributes", [("Male",), ("Male", "Smiling"), ("5_o_Clock_Shadow", "No_Beard"), ("Young", "Bald", "Male")]
)
def test_class_names_tell_the_attributes_that_made_them(attributes):
    table = torch.zeros((1, len(attributes)), dtype=torch.int64)
    names = datasets.attribute_classes(table, tuple(attributes), attributes)[1]
    assert datasets.attributes_of(names) == attributes


@pytest.mark.parametrize("names", [(), ("0", "1"), tuple("0123456789"), ("not a",), ("a", "not a"), ("not a", "b")])
def test_other_class_names_are_made_of_no_attributes(names):
    assert datasets.attributes_of(names) == ()


def test_data_as_a_recipe_takes_it_has_its_size_and_its_classes(tmp_path, decoded):
    write_celeba(tmp_path)
    names = ("not Male + not Smiling", "not Male + Smiling", "Male + not Smiling", "Male + Smiling")
    told = Recipe(name="told", network="dcgan", conditional=True, size=32, channels=1, class_names=names)
    found = like(told, "celeba", tmp_path, "test")
    wanted = load("celeba", tmp_path, "test", 32, 1, ("Male", "Smiling"))
    assert found.class_names == names and torch.equal(found.labels, wanted.labels)
    assert torch.equal(found.images, wanted.images)
    assert like(replace(told, conditional=False, class_names=()), "celeba", tmp_path).class_names == ()
    write_idx(tmp_path)
    assert len(like(told, "mnist", tmp_path).class_names) == 10  # another data set has its own
