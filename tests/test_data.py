"""train.engine.data, on tiny data sets that the tests write themselves: pixels, labels, caching, errors."""

import hashlib
import os
import pickle
import struct
from itertools import pairwise
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import datasets

from train.engine import cache, data
from train.engine.data import READERS, Data, DataError, load

IDX = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """A cache of its own, no data root from the environment, no network."""
    monkeypatch.setenv("GAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GAN_DATA_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    cache.say_once.cache_clear()

    def offline(self):
        raise URLError("no network")

    for reader in (datasets.MNIST, datasets.CIFAR10, datasets.CelebA):
        monkeypatch.setattr(reader, "download", offline)


@pytest.fixture
def decoded(monkeypatch) -> list[str]:
    """The names of the files that were decoded so far."""
    names, picture = [], data._picture

    def counted(path, *args):
        names.append(path.name)
        return picture(path, *args)

    monkeypatch.setattr(data, "_picture", counted)
    return names


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def write_idx(root: Path, folder: str = "MNIST", train: int = 12, test: int = 5) -> dict[str, np.ndarray]:
    """Random images and labels in torchvision's raw layout -> name -> array."""
    raw = root / folder / "raw"
    raw.mkdir(parents=True)
    arrays = {}
    for name, n in zip(IDX, (train, train, test, test), strict=True):
        shape = (n, 28, 28) if "images" in name else (n,)
        arrays[name] = rng(n).integers(0, 256 if "images" in name else 10, shape, dtype=np.uint8)
        head = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)
        (raw / name).write_bytes(head + arrays[name].tobytes())
    return arrays


def write_cifar(root: Path, monkeypatch) -> np.ndarray:
    """Six batches of two images, and their md5 sums where torchvision looks for them -> pixels [12, 3072]."""
    reader, folder = datasets.CIFAR10, root / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    pixels = rng().integers(0, 256, (12, 3072), dtype=np.uint8)
    pixels[0] = np.repeat([255, 0, 0], 1024)  # channel by channel: all red
    pixels[1] = np.repeat([0, 255, 0], 1024)
    pixels[2] = np.repeat([0, 0, 255], 1024)
    names = [name for name, _ in (*reader.train_list, *reader.test_list)]
    contents = {name: {"data": pixels[2 * i : 2 * i + 2], "labels": [i, 9 - i]} for i, name in enumerate(names)}
    contents["batches.meta"] = {"label_names": [f"class {i}" for i in range(10)]}
    md5 = {}
    for name, content in contents.items():
        (folder / name).write_bytes(pickle.dumps(content))
        md5[name] = hashlib.md5((folder / name).read_bytes()).hexdigest()
    monkeypatch.setattr(reader, "train_list", [[name, md5[name]] for name in names[:5]])
    monkeypatch.setattr(reader, "test_list", [[names[5], md5[names[5]]]])
    monkeypatch.setattr(reader, "meta", {**reader.meta, "md5": md5["batches.meta"]})
    return pixels


ATTRIBUTES = ("Eyeglasses", "Male", "Smiling", "Wearing_Hat")


def write_celeba(root: Path, n: int = 20, width: int = 178, height: int = 218) -> np.ndarray:
    """Random images (PNG inside, so that pixels are exact) and the attribute file -> pixels [N, H, W, 3].

    Image i is Male if i is odd and Smiling if i % 4 is 2 or 3.
    """
    home = root / "celeba"
    (home / "img_align_celeba").mkdir(parents=True)
    pixels = rng().integers(0, 256, (n, height, width, 3), dtype=np.uint8)
    rows = [str(n), " ".join(ATTRIBUTES) + " "]
    for i in range(n):
        Image.fromarray(pixels[i]).save(home / "img_align_celeba" / f"{i + 1:06}.jpg", format="png")
        values = (-1, 1 if i % 2 else -1, 1 if i % 4 > 1 else -1, -1)
        rows.append(f"{i + 1:06}.jpg " + " ".join(f"{value:2}" for value in values))
    (home / "list_attr_celeba.txt").write_text("\n".join(rows) + "\n")
    return pixels


def complete_celeba(root: Path, monkeypatch, parts: list[int]) -> None:
    """The files that make the layout complete for torchvision; its md5 sums cannot hold for them."""
    home = root / "celeba"
    names = [f"{i + 1:06}.jpg" for i in range(len(parts))]
    write = {
        "identity_CelebA.txt": [f"{name} 7" for name in names],
        "list_bbox_celeba.txt": ["20", "x_1 y_1 width height", *(f"{name} 1 2 3 4" for name in names)],
        "list_landmarks_align_celeba.txt": ["20", "a b", *(f"{name} 1 2" for name in names)],
        "list_eval_partition.txt": [f"{name} {part}" for name, part in zip(names, parts, strict=True)],
    }
    for name, lines in write.items():
        (home / name).write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(datasets.CelebA, "file_list", [(url, None, name) for url, _, name in datasets.CelebA.file_list])


def write_images(folder: Path, *colours, side: int = 8) -> Path:
    """One plain picture per colour: 00.png, 01.png, ..."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, colour in enumerate(colours):
        Image.new("L" if isinstance(colour, int) else "RGB", (side, side), colour).save(folder / f"{i:02}.png")
    return folder


def fails(*words: str):
    """The sentence must hold all the words: one line, one sentence."""
    pattern = "".join(f"(?=.*{word})" for word in words)
    return pytest.raises(DataError, match=rf"^{pattern}.*\.$")


# Data


def test_batch_maps_0_to_255_onto_minus_1_to_1():
    images = torch.tensor([0, 51, 255], dtype=torch.uint8).view(3, 1, 1, 1).expand(3, 2, 4, 4)
    x, y = Data("made", images, torch.tensor([10, 11, 12])).batch(500)
    assert x.shape == (500, 2, 4, 4) and x.dtype == torch.float32
    assert y.shape == (500,) and y.dtype == torch.int64
    assert {*y.tolist()} == {10, 11, 12}  # 500 of 3: with replacement
    for label, value in ((10, -1.0), (11, -0.6), (12, 1.0)):
        assert x[y == label].unique().tolist() == [pytest.approx(value, abs=1e-6)]
    assert x.min() == -1 and x.max() == 1  # exactly


def test_batches_depend_on_the_global_generator_alone():
    made = Data("made", torch.arange(200, dtype=torch.uint8).view(-1, 1, 1, 1), torch.arange(200))
    torch.manual_seed(3)
    first, state, second = made.batch(16), torch.get_rng_state(), made.batch(16)
    assert not torch.equal(first[1], second[1])
    torch.manual_seed(3)
    assert torch.equal(made.batch(16)[0], first[0])
    torch.set_rng_state(state)  # what a resumed run does
    resumed = made.batch(16)
    assert torch.equal(resumed[0], second[0]) and torch.equal(resumed[1], second[1])


def test_to_moves_images_and_labels_and_keeps_the_rest():
    made = Data("made", torch.zeros(2, 1, 8, 8, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64), ("a", "b"))
    moved = made.to("meta")
    assert moved.images.device.type == moved.labels.device.type == "meta"
    assert (moved.name, moved.class_names, len(moved)) == ("made", ("a", "b"), 2)
    with pytest.raises(AttributeError):
        made.name = "other"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_batch_never_waits_for_the_gpu():
    made = Data("made", torch.zeros(9, 1, 8, 8, dtype=torch.uint8), torch.arange(9)).to("cuda")
    made.batch(4)
    torch.cuda.set_sync_debug_mode("error")
    try:
        assert made.batch(4)[0].is_cuda
    finally:
        torch.cuda.set_sync_debug_mode("default")


# Grey sets and CIFAR


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
    at = data.stacks(len(digits))
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
    assert data.stacks(5).tolist() == [[2, 0, 1], [0, 2, 3], [1, 1, 4], [3, 4, 0], [4, 3, 2]]
    many = data.stacks(1000)
    assert many.dtype == torch.int64
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert (many[:, a] == many[:, b]).sum() < 10  # independent of each other


def test_stacked_mnist_without_mnist_says_what_it_needs(tmp_path):
    with fails("stacked_mnist", IDX[0], "put into .*MNIST/raw"):
        load("stacked_mnist", tmp_path)


def test_root_comes_from_the_argument_the_environment_or_data(tmp_path, monkeypatch):
    for folder, n in (("data", 3), ("env", 4), ("argument", 5)):
        write_idx(tmp_path / folder, train=n)
    assert len(load("mnist")) == 3
    monkeypatch.setenv("GAN_DATA_ROOT", str(tmp_path / "env"))
    assert len(load("mnist")) == 4
    assert len(load("mnist", tmp_path / "argument")) == 5


def test_cifar_is_read_channel_by_channel(tmp_path, monkeypatch):
    pixels = write_cifar(tmp_path, monkeypatch)
    train, test = load("cifar10", tmp_path), load("cifar10", tmp_path, "test")
    assert train.images.shape == (10, 3, 32, 32) and test.images.shape == (2, 3, 32, 32)
    assert train.images[0, :, 5, 5].tolist() == [255, 0, 0]
    assert np.array_equal(train.images[4].numpy(), pixels[4].reshape(3, 32, 32))
    assert train.labels.tolist() == [0, 9, 1, 8, 2, 7, 3, 6, 4, 5] and test.labels.tolist() == [5, 4]
    assert train.class_names == tuple(f"class {i}" for i in range(10))


def test_colour_becomes_luma(tmp_path, monkeypatch):
    write_cifar(tmp_path, monkeypatch)
    grey = load("cifar10", tmp_path, channels=1).images
    assert grey.shape == (10, 1, 32, 32)
    assert grey[:3, 0, 0, 0].tolist() == [76, 150, 29]  # 255 * (.299, .587, .114)


def test_grey_becomes_three_equal_channels(tmp_path):
    arrays = write_idx(tmp_path)
    images = load("mnist", tmp_path, channels=3).images
    assert images.shape == (12, 3, 28, 28) and images.is_contiguous()
    assert all(np.array_equal(images[:, c].numpy(), arrays[IDX[0]]) for c in range(3))


@pytest.mark.parametrize("size", [14, 32, 64])
def test_size_is_resized_as_pillow_does(size):
    """In the middle of the range: Pillow also clips and rounds between rows and columns."""
    images = rng().integers(64, 192, (5, 28, 28), dtype=np.uint8)
    resized = data._fit(torch.from_numpy(images)[:, None], size, None)
    assert resized.shape == (5, 1, size, size) and resized.dtype == torch.uint8
    for ours, original in zip(resized, images, strict=True):
        pillow = Image.fromarray(original).resize((size, size), Image.Resampling.BICUBIC)
        assert np.abs(ours[0].numpy().astype(int) - np.asarray(pillow)).max() <= 1


def test_size_keeps_black_black_and_white_white(tmp_path, monkeypatch):
    write_cifar(tmp_path, monkeypatch)
    images = load("cifar10", tmp_path, size=64).images
    assert images.shape == (10, 3, 64, 64)
    assert (images[0, 0] == 255).all() and (images[0, 1:] == 0).all()
    assert images[3].min() == 0 and images[3].max() == 255  # overshoot is clipped, it does not wrap around


# CelebA


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
    monkeypatch.setattr(data, "_celeba_list", None)  # the reader for a part is not needed
    want = [i for i, part in enumerate(parts) if part == 2]
    found = load("celeba", tmp_path, "test", size=160, attributes=("Male",))
    assert found.labels.tolist() == [i % 2 for i in want]
    assert np.array_equal(found.images.permute(0, 2, 3, 1).numpy(), pixels[want, 29:189, 9:169])


# Folders


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
    assert f"{home} holds images {where}: all are taken, without classes." in capfd.readouterr().err


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
    assert f"{home}: no classes, since they hold no image: empty, texts." in said
    assert f"{home}: left alone, since no images by their names: 2 .heic, 1 .txt, 1 without a suffix." in said.replace(
        "1 without a suffix, 1 .txt", "1 .txt, 1 without a suffix"
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


def test_of_an_animation_the_first_frame_is_taken(tmp_path):
    first, *rest = (Image.new("RGB", (16, 16), (shade,) * 3) for shade in (50, 100, 150))
    (tmp_path / "set").mkdir()
    for suffix in ("gif", "webp", "png", "tiff"):
        options = {"lossless": True} if suffix == "webp" else {}
        first.save(tmp_path / "set" / f"a.{suffix}", save_all=True, append_images=rest, **options)
    assert load(tmp_path / "set", size=8).images.unique().tolist() == [50]


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (1, 400)])
def test_tiny_images_are_enlarged(tmp_path, size):
    (tmp_path / "set").mkdir()
    Image.new("RGB", size, (10, 20, 30)).save(tmp_path / "set" / "a.png")
    assert load(tmp_path / "set", size=64).images[0, :, 60, 3].tolist() == [10, 20, 30]


@pytest.mark.parametrize("scale", [1, 255])
def test_floats_reach_from_0_to_1_or_to_255(tmp_path, scale):
    (tmp_path / "set").mkdir()
    values = np.array([[0, 0.4], [float("nan"), 1]], np.float32).repeat(8, 0).repeat(8, 1) * scale
    Image.fromarray(values).save(tmp_path / "set" / "a.tiff")
    found = load(tmp_path / "set", size=16).images[0]
    assert found.shape[0] == 1 and [found[0, y, x].item() for y in (2, 13) for x in (2, 13)] == [0, 102, 0, 255]


def test_grey_folder_is_grey(tmp_path):
    write_images(tmp_path / "grey", 5, (9, 9, 9))
    assert load(tmp_path / "grey", size=8).images[:, :, 0, 0].tolist() == [[5], [9]]
    assert load(tmp_path / "grey", size=8, channels=3).images.shape == (2, 3, 8, 8)
    assert load(tmp_path / "grey", size=8).images.shape == (2, 1, 8, 8)  # from the cache
    write_images(tmp_path / "colour", (255, 0, 0))
    assert load(tmp_path / "colour", size=8, channels=1).images.unique().tolist() == [76]


def palette(transparent: bool) -> Image.Image:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 30, 60, 90])
    if transparent:
        image.info["transparency"] = 1
    return image


@pytest.mark.parametrize(
    ("image", "rgb"),
    [
        (Image.new("RGBA", (8, 8), (255, 0, 0, 128)), (255, 127, 127)),
        (Image.new("RGBA", (8, 8), (0, 0, 0, 0)), (255, 255, 255)),
        (Image.new("LA", (8, 8), (0, 51)), (204, 204, 204)),
        (palette(transparent=False), (30, 60, 90)),
        (palette(transparent=True), (255, 255, 255)),
        (Image.new("1", (8, 8), 1), (255, 255, 255)),
        (Image.fromarray(np.full((8, 8), 0x4012, np.uint16)), (0x40, 0x40, 0x40)),
    ],
    ids=["RGBA", "clear", "LA", "P", "P clear", "1", "16 bit"],
)
def test_modes(tmp_path, image, rgb):
    (tmp_path / "set").mkdir()
    image.save(tmp_path / "set" / "a.png")
    found = load(tmp_path / "set", size=8, channels=3).images
    assert {tuple(p) for p in found.permute(0, 2, 3, 1).reshape(-1, 3).tolist()} == {rgb}


def test_cmyk_and_every_file_format(tmp_path):
    (tmp_path / "set").mkdir()
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "set" / "a.JPG")
    for suffix in ("png", "bmp", "gif", "tiff", "webp", "ppm", "jpeg"):
        Image.new("RGB", (16, 16), (250, 10, 10)).save(tmp_path / "set" / f"b.{suffix}")
    found = load(tmp_path / "set", size=8).images
    assert len(found) == 8
    assert (found[:, 0] > 240).all() and (found[:, 1:] < 20).all()


def test_exif_rotation(tmp_path):
    """Orientation 6: the camera's left edge is the top of the picture."""
    (tmp_path / "set").mkdir()
    image = Image.new("RGB", (16, 16), (255, 0, 0))
    image.paste((0, 0, 255), (8, 0, 16, 16))  # red left, blue right
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "set" / "a.jpg", exif=exif, quality=100, subsampling=0)
    found = load(tmp_path / "set", size=16).images[0].int()
    assert (found[0, :7] > 250).all() and (found[2, :7] < 5).all()
    assert (found[0, 9:] < 5).all() and (found[2, 9:] > 250).all()


def test_centre_crop_of_wide_and_tall_images(tmp_path):
    (tmp_path / "set").mkdir()
    for name, size, box in (("wide", (12, 8), (2, 0, 10, 8)), ("tall", (8, 14), (0, 3, 8, 11))):
        image = Image.new("L", size, 255)
        image.paste(40, box)
        image.save(tmp_path / "set" / f"{name}.png")
    found = load(tmp_path / "set", size=8).images
    assert found.shape == (2, 1, 8, 8) and found.unique().tolist() == [40]


def test_folder_is_resized_with_antialiasing(tmp_path):
    (tmp_path / "set").mkdir()
    stripes = np.tile(np.array([0, 255], np.uint8), (64, 32))  # finer than 8 pixels can show
    Image.fromarray(stripes).save(tmp_path / "set" / "a.png")
    found = load(tmp_path / "set", size=8).images
    assert found.min() > 115 and found.max() < 140


# The cache


def test_second_load_decodes_nothing(tmp_path, decoded):
    home = write_images(tmp_path / "set" / "a", 1, 2).parent
    write_images(home / "b", 3)
    first, second = load(home, size=8), load(home, size=8)
    assert sorted(decoded) == ["00.png", "00.png", "01.png"]
    assert torch.equal(first.images, second.images) and torch.equal(first.labels, second.labels)
    assert first.class_names == second.class_names == ("a", "b")
    load(home, size=16)
    assert len(decoded) == 6  # other settings, another file
    load(home, size=8)
    assert len(decoded) == 6


def test_a_folder_that_was_moved_or_copied_is_not_decoded_again(tmp_path, decoded):
    home = write_images(tmp_path / "set" / "a", 1, 2).parent
    write_images(home / "b", 3)
    first = load(home, size=8)
    home = home.rename(tmp_path / "elsewhere")
    for path in home.rglob("*.png"):
        os.utime(path, ns=(1, 1))
    second = load(home, size=8)
    assert len(decoded) == 3
    assert torch.equal(first.images, second.images) and first.class_names == second.class_names
    (home / "a").rename(home / "c")  # the same pictures under another name are another class
    assert load(home, size=8).class_names == ("b", "c") and len(decoded) == 6


def test_changed_added_and_removed_files_are_seen(tmp_path, decoded):
    home = write_images(tmp_path / "set", 1, 2)
    load(home, size=8)
    write_images(home, 5)
    os.utime(home / "00.png", ns=(1, 1))  # the size may be the same, the time is not
    assert load(home, size=8).images[:, 0, 0, 0].tolist() == [5, 2]
    write_images(home, 5, 2, 7)
    assert load(home, size=8).images[:, 0, 0, 0].tolist() == [5, 2, 7]
    (home / "01.png").unlink()
    assert load(home, size=8).images[:, 0, 0, 0].tolist() == [5, 7]


def test_changed_attribute_file_is_seen(tmp_path):
    write_celeba(tmp_path, 2)
    assert load("celeba", tmp_path, attributes="Male").labels.tolist() == [0, 1]
    lists = tmp_path / "celeba" / "list_attr_celeba.txt"
    lists.write_text(lists.read_text().replace("000001.jpg -1 -1", "000001.jpg -1  1"))
    os.utime(lists, ns=(1, 1))
    assert load("celeba", tmp_path, attributes="Male").labels.tolist() == [1, 1]


@pytest.mark.parametrize("damage", ["truncated", "flipped", "foreign", "empty"])
def test_damaged_cache_is_rebuilt(tmp_path, decoded, damage):
    home = write_images(tmp_path / "set", 1, 2)
    load(home, size=8)
    (kept,) = (tmp_path / "cache").glob("*.safetensors")
    content = kept.read_bytes()
    kept.write_bytes(
        {
            "truncated": content[:-10],
            "flipped": content[:-20] + b"\xff" + content[-19:],
            "foreign": b"no safetensors at all",
            "empty": b"",
        }[damage]
    )
    assert load(home, size=8).images[:, 0, 0, 0].tolist() == [1, 2]
    assert len(decoded) == 4
    load(home, size=8)
    assert len(decoded) == 4 and [*(tmp_path / "cache").glob("*.safetensors")] == [kept]


def test_unwritable_cache_is_said_once_and_no_error(tmp_path, monkeypatch, capfd):
    (tmp_path / "file").write_text("a file where the cache folder should be")
    monkeypatch.setenv("GAN_CACHE", str(tmp_path / "file"))
    home = write_images(tmp_path / "set", 1, 2)
    for _ in range(2):
        assert load(home, size=8).images[:, 0, 0, 0].tolist() == [1, 2]
    assert capfd.readouterr().err.count("cannot write to the cache") == 1


def test_interrupted_write_leaves_no_file_behind(tmp_path, monkeypatch, capfd):
    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(cache.os, "replace", full)
    load(write_images(tmp_path / "set", 1), size=8)
    assert [*(tmp_path / "cache").iterdir()] == []
    assert "no space left" in capfd.readouterr().err


# Errors


def test_unknown_data_set_lists_what_exists():
    with fails("'minst'", "mnist, fashion_mnist, cifar10, celeba, stacked_mnist", "folder of images"):
        load("minst")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"split": "valid"}, ("'valid'", "'train' or 'test'")),
        ({"size": 4}, ("4 pixels", "8 or more")),
        ({"channels": 4}, ("channels is 4", "1 .grey.")),
        ({"on_broken": "ignore"}, ("'ignore'", "'skip'")),
        ({"attributes": ("Male", "Male")}, ("'Male', 'Male'", "each once")),
        ({"attributes": "a,b,c,d,e,f,g"}, ("at most 6",)),
    ],
)
def test_bad_arguments(options, words):
    with fails(*words):
        load("mnist", **options)


def test_faces_that_had_to_be_downloaded_are_read(tmp_path, monkeypatch):
    def reader(root, split, download=False):
        if not download:
            raise RuntimeError("Dataset not found or corrupted.")
        write_celeba(root)

    monkeypatch.setattr(datasets, "CelebA", reader)
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
    monkeypatch.setattr(datasets.MNIST, "download", lambda self: write_idx(Path(self.root)))
    assert len(load("mnist", tmp_path / "new")) == 12


@pytest.mark.parametrize("keep", [0, 3, 10, 500])
@pytest.mark.parametrize("name", IDX[:2])
def test_half_downloaded_idx_file_is_named(tmp_path, name, keep):
    write_idx(tmp_path)
    path = tmp_path / "MNIST" / "raw" / name
    content = path.read_bytes()
    path.write_bytes(content[: min(keep, len(content) - 1)])
    with fails(name, "not downloaded to its end", "delete it"):
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


def test_folders_that_cannot_be_used(tmp_path):
    (tmp_path / "empty").mkdir()
    with fails("empty holds no images", ".png"):
        load(tmp_path / "empty")
    write_images(tmp_path / "few", *range(9))
    with fails("no test images", "10 images"):
        load(tmp_path / "few", split="test")


def test_broken_image_is_named_or_skipped(tmp_path, decoded, capfd):
    home = write_images(tmp_path / "set" / "a", 1, 2, 3).parent
    write_images(home / "b", 4, 5)
    whole = (home / "a" / "01.png").read_bytes()
    (home / "a" / "01.png").write_bytes(whole[: len(whole) // 2])
    (home / "b" / "00.png").write_bytes(b"<html>404</html>")
    with fails("2 of the 5 images", "(a/01.png, b/00.png)", "--skip-broken"):
        load(home, size=8)
    assert not [*(tmp_path / "cache").glob("*.safetensors")]
    found = load(home, size=8, on_broken="skip")
    assert found.images[:, 0, 0, 0].tolist() == [1, 3, 5] and found.labels.tolist() == [0, 0, 1]
    assert f"2 of the 5 images of {home} cannot be read (a/01.png, b/00.png): skipped." in capfd.readouterr().err
    before = len(decoded)
    assert load(home, size=8, on_broken="skip").labels.tolist() == [0, 0, 1]
    assert len(decoded) == before
    with fails("01.png"):
        load(home, size=8)  # a cache without the broken ones does not hide them


def test_nothing_but_broken_images(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.png").write_bytes(b"nothing")
    with fails("none of the 1 images"):
        load(tmp_path / "set", on_broken="skip")


# Adding a data set


def test_a_new_data_set_is_one_function(monkeypatch):
    def ramps(ask):
        images = torch.arange(4, dtype=torch.uint8).mul(10).view(4, 1, 1, 1).expand(4, 1, 8, 8)
        return images, torch.tensor([0, 1, 0, 1]), ("even", "odd")

    monkeypatch.setitem(READERS, "ramps", ramps)
    found = load("ramps", size=16, channels=3)
    assert found.images.shape == (4, 3, 16, 16) and found.images[:, 2, 9, 9].tolist() == [0, 10, 20, 30]
    assert found.class_names == ("even", "odd")


def test_files_are_sorted(tmp_path):
    home = write_images(tmp_path / "set", *range(30))
    values = load(home, size=8).images[:, 0, 0, 0].tolist()
    assert all(a < b for a, b in pairwise(values))
