"""train.engine.data: batches, arguments, and the cache of what was decoded."""

import os

import pytest
import torch
from data_sets import fails, write_celeba, write_idx, write_images

from train.engine import cache
from train.engine.data import READERS, Data, load

pytestmark = pytest.mark.usefixtures("alone")


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


def test_root_comes_from_the_argument_the_environment_or_data(tmp_path, monkeypatch):
    for folder, n in (("data", 3), ("env", 4), ("argument", 5)):
        write_idx(tmp_path / folder, train=n)
    assert len(load("mnist")) == 3
    monkeypatch.setenv("GAN_DATA_ROOT", str(tmp_path / "env"))
    assert len(load("mnist")) == 4
    assert len(load("mnist", tmp_path / "argument")) == 5


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


def test_a_new_data_set_is_one_function(monkeypatch):
    def ramps(ask):
        images = torch.arange(4, dtype=torch.uint8).mul(10).view(4, 1, 1, 1).expand(4, 1, 8, 8)
        return images, torch.tensor([0, 1, 0, 1]), ("even", "odd")

    monkeypatch.setitem(READERS, "ramps", ramps)
    found = load("ramps", size=16, channels=3)
    assert found.images.shape == (4, 3, 16, 16) and found.images[:, 2, 9, 9].tolist() == [0, 10, 20, 30]
    assert found.class_names == ("even", "odd")
