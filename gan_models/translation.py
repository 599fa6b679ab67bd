"""A trained translator as people use it: pictures in, pictures out. No UI import."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from .arguments import checked_amount, checked_pictures, short
from .model import Model, as_float, chunks
from .networks.common import Both
from .pictures import fitted, sides
from .recipe import TranslatorRecipe


class Prepared(NamedTuple):
    """Pictures as a translator takes them."""

    pictures: np.ndarray
    """uint8 [N, H, W, C]"""
    said: str
    """One sentence that says how they were changed; empty if they were not"""


class Translator(Model):
    """A recipe and its trained translator, in evaluation mode. Never changed after loading: threads may share it.

    recipe: its description. provenance: the facts of its training (a dict, empty for a network made in memory).
    """

    kind = TranslatorRecipe
    recipe: TranslatorRecipe

    def __call__(self, x: Tensor) -> Tensor:
        """Given pictures, floats [N, C', H', W'] in [-1, 1] -> float32 [N, C, H, W] in [-1, 1]. Raises ValueError if
        they do not fit."""
        shape = self.recipe.input_shape
        if not isinstance(x, Tensor) or not x.is_floating_point() or x.shape[1:] != shape:
            said = f"{x.dtype} {list(x.shape)}" if isinstance(x, Tensor) else short(x)
            raise ValueError(f"{self.recipe.name} takes floats [N, {', '.join(map(str, shape))}], not {said}.")
        return self.G(x.to(self.device, torch.float32))

    def translate(self, pictures: np.ndarray) -> np.ndarray:
        """Pictures of the given domain, uint8 [N, H, W, C] or [N, H, W], as pictures of the wanted one: uint8
        [N, size, size, channels].

        Pictures of another size or with other channels are fitted first, with a warning (`prepared` gives its words
        without one). Raises ValueError if the argument holds no pictures.
        """
        return self._translated(self.G, pictures)

    def back(self, pictures: np.ndarray) -> np.ndarray:
        """The other way: pictures of the wanted domain as pictures of the given one. For a cycle only; else
        ValueError."""
        if not isinstance(self.G, Both):
            given, wanted = self.recipe.domains or ("given", "wanted")
            raise ValueError(f"{self.recipe.name} has no way back: it was trained from {given} to {wanted} alone.")
        return self._translated(self.G.back, pictures)

    @torch.inference_mode()
    def score(self, pictures: np.ndarray, given: np.ndarray) -> np.ndarray:
        """D's logits for pictures of the wanted domain, real or made, mean over its patches, high = real: float32 [N].

        pictures: uint8 [N, size, size, channels]. given: the pictures they were made from, as `translate` takes them; a
        D that does not see them ignores them. Raises ValueError if D was not loaded or the pictures do not fit.
        """
        if self.D is None:
            raise ValueError(f"{self.recipe.name} was loaded without its discriminator; load(..., discriminator=True).")
        pictures, given = checked_pictures(self.recipe, pictures), self.prepared(given).pictures
        if len(pictures) != len(given):
            raise ValueError(
                f"there are {len(pictures)} pictures and {len(given)} given ones; there must be one for each."
            )
        x = as_float(pictures)
        x = torch.cat([x, as_float(given)], 1) if self.recipe.d_sees_given else x
        logits = [self.D(part.to(self.device)).logits.flatten(1).mean(1)[:n] for n, part in chunks(x)]
        return torch.cat(logits).cpu().numpy()

    def prepared(self, pictures: np.ndarray) -> Prepared:
        """Pictures with the size and channels that the translator takes: the centre square, resized bicubically, in
        grey or in colour. Raises ValueError if the argument holds no pictures."""
        size, channels = self.recipe.given_size, self.recipe.given_channels
        kinds = {1: "grey", 3: "colour"}
        wanted = kinds.get(channels, f"{channels} channels")
        right = "pictures are uint8 [N, H, W, C], 0 to 255, with C of 1 (grey) or 3 (colour)"
        if isinstance(pictures, list | tuple):
            checked_amount(self.recipe, len(pictures))
        elif not isinstance(pictures, Tensor) and not hasattr(pictures, "__array__"):
            raise ValueError(f"{right}, not {short(type(pictures).__name__)}.")  # it could be a range of 10^12
        try:
            found = np.asarray(pictures.cpu() if isinstance(pictures, Tensor) else pictures)
        except (TypeError, ValueError, RuntimeError):
            raise ValueError(f"{right}, not {short(type(pictures).__name__)}.") from None
        if found.ndim == 3:
            found = found[..., None]
        if found.dtype != np.uint8 or found.ndim != 4 or found.shape[3] not in (1, 3) or 0 in found.shape:
            raise ValueError(f"{right}, not {found.dtype} {list(found.shape)}.")
        checked_amount(self.recipe, len(found))
        done = []
        _, height, width, colours = found.shape
        if height != width:
            done.append("cut to the centre square")
        if (height, width) != (size, size):
            done.append("resized")
        if colours != channels:
            done.append(f"put into {wanted}")
        name = self.recipe.title or self.recipe.name
        said = (
            f"{name} takes {sides(size, size)} in {wanted}: what it was given, {sides(height, width)}, in "
            f"{kinds[colours]}, was {', '.join(done)}."
        )
        return Prepared(fitted(found, size, channels), said if done else "")

    def _translated(self, net: torch.nn.Module, pictures: np.ndarray) -> np.ndarray:
        found, said = self.prepared(pictures)
        if said:
            warnings.warn(said, stacklevel=3)
        return self._drawn(lambda x: net(x.to(self.device)), as_float(found))
