"""The small CNNs: what they see, how each is refused in one sentence, and which extractor sees which data."""

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from extractor_helpers import pictures, refuses
from helpers import CLASSES
from safetensors.torch import load_file, save_file

from gan_models.metrics import choose, names
from gan_models.metrics.choose import extractor_for
from gan_models.metrics.classes import stacked_codes
from gan_models.metrics.extractors import CHUNK, SmallCNN, load_cnn
from train.engine.data import Data
from train.measure import extractor as training

pytestmark = pytest.mark.usefixtures("alone", "one_thread")

DIGITS = tuple("0123456789")


def put(folder: Path, name: str = "toys-cnn", channels: int = 1, size: int = 8, classes=CLASSES) -> Path:
    """A CNN without training, written as train extractor writes one."""
    torch.manual_seed(0)
    net = SmallCNN(2, channels, len(classes)).eval()
    for p in net.parameters():
        if p.dim() > 1:
            p.data.normal_(0, 1)
    about = {"name": name, "width": 2, "channels": channels, "size": size, "class_names": list(classes)}
    test = Data("toys", pictures(6, channels, size), torch.zeros(6, dtype=torch.int64), tuple(classes))
    training.write(folder, net, about, test)
    return folder


def change(folder: Path, **facts) -> Path:
    """Other facts in extractor.json."""
    path = folder / "extractor.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **facts}))
    return folder


# The small CNN


def test_features_and_logits_are_those_of_the_network(tmp_path):
    extractor = load_cnn(put(tmp_path / "cnn"))
    images = pictures(5)
    seen = extractor(images)
    assert seen.features.shape == (5, 8) and seen.logits.shape == (5, 3)
    assert seen.features.dtype == seen.logits.dtype == torch.float32
    assert (extractor.name, extractor.channels, extractor.size, extractor.class_names) == ("toys-cnn", 1, 8, CLASSES)
    *body, head = extractor.net
    by_hand = torch.nn.Sequential(*body)(images.float() / 127.5 - 1)
    assert torch.allclose(seen.features, by_hand, atol=1e-6) and seen.features.std() > 0.01
    assert torch.allclose(seen.logits, head(by_hand), atol=1e-6)
    assert not torch.allclose(seen.features[0], seen.features[1])


def test_black_is_minus_one_and_white_is_one(tmp_path):
    extractor = load_cnn(put(tmp_path / "cnn"))
    extractor.net = SmallCNN(1, 1, 2).eval()
    shown = []
    extractor.net[0].register_forward_pre_hook(lambda _, x: shown.append(x[0]))
    extractor(torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1).expand(2, 1, 8, 8))
    assert shown[0][0].unique().tolist() == [-1] and shown[0][1].unique().tolist() == [1]


def test_many_pictures_are_seen_as_few(tmp_path):
    extractor = load_cnn(put(tmp_path / "cnn"))
    images = pictures(CHUNK + 3)
    seen = extractor(images)
    assert seen.features.shape == (CHUNK + 3, 8)
    for part in (slice(0, 2), slice(CHUNK - 1, CHUNK + 3)):
        assert torch.allclose(seen.features[part], extractor(images[part]).features, atol=1e-5)
        assert torch.allclose(seen.logits[part], extractor(images[part]).logits, atol=1e-5)


def test_the_hash_is_that_of_the_weights(tmp_path):
    folder = put(tmp_path / "cnn")
    first = load_cnn(folder)
    content = (folder / "extractor.safetensors").read_bytes()
    assert first.hash == hashlib.blake2b(content, digest_size=8).hexdigest() and len(first.hash) == 16
    state = load_file(folder / "extractor.safetensors")
    state["0.weight"] = state["0.weight"] * 2
    save_file(state, folder / "extractor.safetensors")
    assert load_cnn(folder).hash != first.hash


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (pictures(2).float(), ("uint8", "torch.float32")),
        (pictures(2)[0], (r"\[1, 8, 8\]",)),
        (pictures(2)[:0], (r"\[0, 1, 8, 8\]",)),
        (pictures(2, channels=3), ("1 x 8 x 8", "not 3 x 8 x 8")),
        (pictures(2, size=9), ("1 x 8 x 8", "not 1 x 9 x 9")),
        (torch.full((2, 1, 8, 8), float("nan")), ("uint8",)),
    ],
)
def test_pictures_that_do_not_fit(tmp_path, images, words):
    extractor = load_cnn(put(tmp_path / "cnn"))
    with refuses("toys-cnn", *words):
        extractor(images)


@pytest.mark.parametrize("lost", ["extractor.json", "extractor.safetensors", ""])
def test_missing_extractor_says_how_to_train_one(tmp_path, lost):
    folder = put(tmp_path / "cnn")
    for path in [folder / lost] if lost else [*folder.iterdir()]:
        path.unlink()
    with refuses("cnn holds no extractor", "python -m train extractor"):
        load_cnn(folder)


@pytest.mark.parametrize(
    "text",
    [
        '{"format": 1, "wid',
        "",
        "[]",
        "7",
        "\x00",
        '{"format": 1}',
        '{"format": "new"}',
        '{"format": null}',
        "[" * 10**5,
    ],
    ids=["cut", "empty", "list", "number", "zero", "nothing", "word", "null", "deep"],
)
def test_damaged_json(tmp_path, text):
    folder = put(tmp_path / "cnn")
    (folder / "extractor.json").write_text(text)
    with refuses("no extractor or is damaged"):
        load_cnn(folder)


@pytest.mark.parametrize(
    "facts",
    [
        {"width": 10**9},  # must cost no memory
        {"width": 3},  # other weights than those in the file
        {"width": 0},
        {"width": "many"},
        {"width": float("inf")},
        {"channels": 3},
        {"channels": 10**6},
        {"size": 0},
        {"size": 10**9},
        {"class_names": ["one"]},
        {"class_names": []},
        {"class_names": 3},
        {"class_names": ["x"] * 10**5},
        {"name": "inception"},  # its distances would be called FID
    ],
    ids=str,
)
def test_json_that_cannot_be(tmp_path, facts):
    folder = put(tmp_path / "cnn")
    with refuses("no extractor or is damaged"):
        load_cnn(change(folder, **facts))


def test_newer_format(tmp_path):
    with refuses("has format 99", "reads up to 1"):
        load_cnn(change(put(tmp_path / "cnn"), format=99))


@pytest.mark.parametrize("keep", [0, 7, 200, -1])
def test_damaged_weights(tmp_path, keep):
    path = put(tmp_path / "cnn") / "extractor.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with refuses("no extractor or is damaged"):
        load_cnn(path.parent)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda state: state.pop("0.weight"),
        lambda state: state.update(more=torch.zeros(1)),
        lambda state: state.update({"0.weight": torch.zeros(2, 1, 5, 5)}),
        lambda state: state["0.weight"].fill_(float("nan")),
    ],
    ids=["less", "more", "shape", "nan"],
)
def test_foreign_weights(tmp_path, spoil):
    path = put(tmp_path / "cnn") / "extractor.safetensors"
    state = load_file(path)
    spoil(state)
    save_file(state, path)
    with refuses("no extractor or is damaged"):
        load_cnn(path.parent)


# Which one


def test_only_inceptions_distances_are_fid_and_kid():
    assert names.distance_name("inception") == "FID" and names.kernel_name("inception") == "KID"
    for name in ("mnist-cnn", "efficientnet-lite0", "stacked-mnist-cnn", "inception-cnn"):
        assert names.distance_name(name) == f"FD-{name}" and names.kernel_name(name) == f"KD-{name}"


def test_names_come_without_torch():
    assert "import torch" not in Path(names.__file__).read_text()


def test_a_data_set_is_seen_by_its_own_cnn(tmp_path):
    put(tmp_path / "toys" / "extractor")
    for name in (None, "toys-cnn"):
        assert extractor_for("toys", 1, 8, tmp_path, name).name == "toys-cnn"
    put(tmp_path / "own_photos" / "extractor", "own-photos-cnn", channels=3, size=40)  # colour as well
    for name in (None, "own-photos-cnn"):
        assert extractor_for("own_photos", 3, 40, str(tmp_path), name).name == "own-photos-cnn"


def test_a_damaged_cnn_is_not_replaced_in_silence(tmp_path):
    (put(tmp_path / "photos" / "extractor", channels=3, size=40) / "extractor.json").write_text("{")
    with refuses("photos/extractor is no extractor or is damaged"):
        extractor_for("photos", 3, 40, tmp_path)


def test_pictures_of_another_size_are_refused_at_once(tmp_path):
    put(tmp_path / "toys" / "extractor")
    with refuses("toys-cnn", "1 x 8 x 8", "not 1 x 16 x 16"):
        extractor_for("toys", 1, 16, tmp_path)


def test_grey_data_without_a_cnn_is_told_to_train_one(tmp_path):
    with refuses("toys/extractor holds no extractor", "python -m train extractor"):
        extractor_for("toys", 1, 40, tmp_path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("toy-cnn", ("'toy-cnn'", "did you mean 'toys-cnn'")),
        ("efficientnet", ("did you mean 'efficientnet-lite0'",)),
        ("mnist-cnn", ("toys", "toys-cnn")),  # another data set's
        ("vgg", ("'vgg'", "efficientnet-lite0, inception, toys-cnn")),
        ("", ("there are",)),
    ],
)
def test_unknown_names(tmp_path, name, words):
    put(tmp_path / "toys" / "extractor")
    with refuses("there is no extractor", *words):
        extractor_for("toys", 1, 8, tmp_path, name)


def test_the_document_on_ones_own_pictures_says_through_what_they_are_seen(tmp_path, monkeypatch, capsys):
    page = (Path(__file__).parent.parent / "docs" / "own-data.md").read_text(encoding="utf-8")
    text = " ".join(page.partition("## Measured")[2].split())
    monkeypatch.setitem(choose.LOADERS, choose.EFFICIENTNET, lambda *_: SimpleNamespace(check=len, name="pretrained"))
    assert "**Colour pictures** are seen through EfficientNet-Lite0, which comes trained. They need no classes" in text
    assert extractor_for("photos", 3, 40, tmp_path).name == "pretrained"
    assert "it is then used in place of EfficientNet-Lite0" in text
    put(tmp_path / "photos" / "extractor", "photos-cnn", channels=3, size=40)
    assert extractor_for("photos", 3, 40, tmp_path).name == "photos-cnn"
    assert "**Grey pictures without classes** can be measured only with `--extractor inception`" in text
    with refuses("toys/extractor holds no extractor"):
        extractor_for("toys", 1, 40, tmp_path)
    with pytest.raises(SystemExit):
        training.main(["--help"])
    assert "a data set with classes is measured" in " ".join(capsys.readouterr().out.split())


# Stacked MNIST


def test_stacked_digits_are_seen_channel_by_channel(tmp_path):
    digits = load_cnn(put(tmp_path / "mnist" / "extractor", "mnist-cnn", classes=DIGITS))
    stacked = extractor_for("stacked_mnist", 3, 8, tmp_path)
    images = pictures(20, channels=3)
    seen, alone = stacked(images), [digits(images[:, c : c + 1]) for c in range(3)]
    assert seen.features.shape == (20, 24) and seen.logits.shape == (20, 3, 10)
    assert torch.allclose(seen.features, torch.cat([each.features for each in alone], 1), atol=1e-5)
    assert torch.allclose(seen.logits, torch.stack([each.logits for each in alone], 1), atol=1e-5)
    a, b, c = (each.logits.argmax(1) for each in alone)
    codes = stacked_codes(seen.logits.argmax(-1))
    assert torch.equal(codes, 100 * a + 10 * b + c) and len(codes.unique()) > 1
    assert stacked.name == "stacked-mnist-cnn" and stacked.hash == digits.hash and stacked.class_names == ()
    assert stacked.to("cpu") is stacked
    assert extractor_for("stacked_mnist", 3, 8, tmp_path, "stacked-mnist-cnn").hash == digits.hash
    with refuses("stacked-mnist-cnn", "3 x 8 x 8", "not 1 x 8 x 8"):
        stacked(images[:, :1])


def test_stacked_mnist_of_another_size(tmp_path):
    put(tmp_path / "mnist" / "extractor", "mnist-cnn", classes=DIGITS)
    with refuses("stacked-mnist-cnn", "3 x 8 x 8", "not 3 x 16 x 16"):
        extractor_for("stacked_mnist", 3, 16, tmp_path)


def test_stacked_mnist_needs_the_cnn_of_mnist(tmp_path):
    with refuses("mnist/extractor holds no extractor"):
        extractor_for("stacked_mnist", 3, 28, tmp_path)  # and not EfficientNet in its place
    put(tmp_path / "mnist" / "extractor", "mnist-cnn")
    with refuses("3 classes", "ten classes"):
        extractor_for("stacked_mnist", 3, 8, tmp_path)
    put(tmp_path / "mnist" / "extractor", "mnist-cnn", channels=3, classes=DIGITS)
    with refuses("3 channels", "grey"):
        extractor_for("stacked_mnist", 3, 8, tmp_path)
