"""`gan_models.load`: a checkpoint by its folder, by its key in the zoo that comes with the code, or by its name on the
Hub."""

from __future__ import annotations

import difflib
import os

from . import checkpoint, hub, limits, work
from .folder import CheckpointError, checked_kind
from .home import SHIPPED
from .recipe import AnyRecipe
from .sampling import GAN
from .translation import Translator


def load(
    source,
    device="cpu",
    discriminator: bool = False,
    most: work.Work = work.LOCAL,
    latent: bool = False,
    kind: type[AnyRecipe] = AnyRecipe,
) -> GAN | Translator:
    """The GAN of a checkpoint, ready to sample, or its Translator, ready to translate.

    source: a checkpoint folder; or the key of one in the zoo that comes with the code, "mnist/dcgan", from anywhere; or
    the name of a repository on the Hub, "user/repo" or "user/repo@" with a commit, a tag or a branch. They are tried in
    this order. A model from the Hub has "user/repo@commit" as `provenance["hub"]`. discriminator: load D as well, for
    `score`. most: the largest cost allowed for a batch. latent: load the encoder and the directions as well, if they
    were made for these weights; `gan_models.latent` uses them. kind: the kind of recipe expected. Raises
    CheckpointError, with one sentence, if the checkpoint is missing, damaged, foreign, of another kind, too large or
    newer than this program, or if the Hub cannot be reached; ValueError if the device does not exist
    or the kind is none.
    """
    if not isinstance(source, str | os.PathLike):
        raise CheckpointError(f"a checkpoint is a folder, or a name such as mnist/dcgan, not {source!r:.60}.")
    device, kind = checkpoint.holding(device), checked_kind(kind)  # before anything is fetched
    if os.path.exists(source):
        return checkpoint.load(source, device, discriminator, most, latent, kind)
    if isinstance(source, str) and source in shipped():
        return checkpoint.load(SHIPPED / source, device, discriminator, most, latent, kind)
    if not hub.is_name(source):
        raise CheckpointError(
            f"{limits.printable(str(source)[:200])} is not a checkpoint: there is no such folder.{known_as(source)}"
        )
    try:
        folder, name = hub.pull(source, discriminator)
    except hub.NotThere as error:
        raise CheckpointError(f"There is no folder {source} here, and on the Hub: {error}{known_as(source)}") from error
    except hub.Unreachable as error:
        raise hub.Unreachable(f"{error}{known_as(source)}") from error
    try:
        model = checkpoint.load(folder, device, discriminator, most, latent, kind)
    except CheckpointError as error:
        raise CheckpointError(str(error).replace(str(folder), name)) from error
    model.provenance["hub"] = name
    return model


def shipped() -> list[str]:
    """Keys of the zoo that comes with the code: "mnist/dcgan"."""
    return sorted(path.parent.relative_to(SHIPPED).as_posix() for path in SHIPPED.glob("*/*/recipe.json"))


def known_as(source) -> str:
    """A sentence that lists the keys of the shipped zoo that match a name or resemble it; "" if there are none."""
    name, keys = str(source)[-100:].rstrip("/"), shipped()
    found = [key for key in keys if name.endswith("/" + key)] or [key for key in keys if key.endswith("/" + name)]
    found = found or difflib.get_close_matches(name, keys, 3, 0.8)
    return f" The zoo that comes with the code has {', '.join(found)}." if found else ""
