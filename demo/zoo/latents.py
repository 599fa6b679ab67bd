"""Models with their encoders, for the pages on which visitors bring a picture. No UI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.zoo.cache import LeastRecentlyUsed
from demo.zoo.folders import all_files, sentence
from gan_models.folder import CheckpointError

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo
    from gan_models import GAN


def with_encoder(zoo: Zoo, key: str) -> GAN:
    """The model of a key with its encoder, loaded at the first call and kept. It is shared: do not change it.

    CheckpointError, one sentence: it has no encoder, or a part of it is damaged.
    """
    entry = zoo.entry(key)

    def make() -> GAN:
        gan = None
        if (entry.folder / "encoder.safetensors").is_file():
            try:
                gan = zoo.loaded(key, latent=True)
            except Exception as error:  # its encoder's problem: its pictures are not to blame
                raise CheckpointError(sentence(key, entry.folder, error)) from error
        if gan is None or gan.encoder is None:
            raise CheckpointError(f"{entry.title} has no encoder yet: python -m train encoder FOLDER trains one.")
        return gan

    return zoo.kept("latents", lambda: LeastRecentlyUsed(zoo.keep)).get(key, all_files(entry.folder), make)


def inverter(zoo: Zoo, key: str) -> GAN:
    """As `with_encoder`, or the model alone if it has no usable encoder: a search then starts from random latents.

    CheckpointError where the weights of the model are damaged.
    """
    plain = zoo.gan(key)  # what is wrong with the weights is told as everywhere
    try:
        return with_encoder(zoo, key)
    except CheckpointError:
        return plain
