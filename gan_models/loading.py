"""`gan_models.load`: a checkpoint by its folder, by its key in the zoo that comes with the code, or by its name on the
Hub."""

from __future__ import annotations

import difflib
import os

from . import checkpoint, hub, work
from .arguments import checked_device
from .folder import CheckpointError
from .home import SHIPPED
from .sampling import GAN


def load(source, device="cpu", discriminator: bool = False, most: work.Work = work.LOCAL, latent: bool = False) -> GAN:
    """The GAN of a checkpoint, ready to sample.

    source: a checkpoint folder; or the key of one in the zoo that comes with the code, "mnist/dcgan", from anywhere; or
    the name of a repository on the Hub, "user/repo" or "user/repo@" with a commit, a tag or a branch. The first of them
    that is there counts. What comes from the Hub has "user/repo@commit" as `provenance["hub"]`. discriminator: load D
    as well, for `score`. most: what a batch may cost. latent: load the encoder and the directions as well, where there
    are some of these weights, for `gan_models.latent`. CheckpointError, one sentence, where it is missing, damaged,
    foreign, too large or newer than this program, or where the Hub cannot be reached; ValueError where there is no such
    device.
    """
    if not isinstance(source, str | os.PathLike):
        raise CheckpointError(f"a checkpoint is a folder, or a name such as mnist/dcgan, not {source!r:.60}.")
    device = checked_device(device)  # before anything is fetched
    if os.path.exists(source):
        return checkpoint.load(source, device, discriminator, most, latent)
    if isinstance(source, str) and source in shipped():
        return checkpoint.load(SHIPPED / source, device, discriminator, most, latent)
    if not hub.is_name(source):
        raise CheckpointError(f"{source!s:.200} is not a checkpoint: there is no such folder.{known_as(source)}")
    try:
        folder, name = hub.pull(source, discriminator)
    except hub.NotThere as error:
        raise CheckpointError(f"There is no folder {source} here, and on the Hub: {error}{known_as(source)}") from error
    except hub.Unreachable as error:
        raise hub.Unreachable(f"{error}{known_as(source)}") from error
    try:
        gan = checkpoint.load(folder, device, discriminator, most, latent)
    except CheckpointError as error:
        raise CheckpointError(str(error).replace(str(folder), name)) from error
    gan.provenance["hub"] = name
    return gan


def shipped() -> list[str]:
    """Keys of the zoo that comes with the code: "mnist/dcgan"."""
    return sorted(path.parent.relative_to(SHIPPED).as_posix() for path in SHIPPED.glob("*/*/recipe.json"))


def known_as(source) -> str:
    """A sentence on what the zoo that comes with the code has of a name, or near it; "" where it has nothing."""
    name, keys = str(source)[-100:].rstrip("/"), shipped()
    found = [key for key in keys if name.endswith("/" + key)] or [key for key in keys if key.endswith("/" + name)]
    found = found or difflib.get_close_matches(name, keys, 3, 0.8)
    return f" The zoo that comes with the code has {', '.join(found)}." if found else ""
