"""A latent that was found for a picture, as a value and as text: "z.3.AbCd...". No torch import.

The text is the space, the class if the recipe has classes, and the numbers as float32 in base64url. It is exact: a
latent read from its text draws the same picture, to the pixel.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral

import numpy as np

from . import limits

FORM = re.compile(r"(z|w)(?:\.(\d{1,4}))?\.([A-Za-z0-9_-]+)", re.ASCII)
SPACES = ("z", "w")
""" "w" is that of the styles of a style-based network"""
MOST_TEXT = 22_000
"""Most letters of a text: for a latent with the most numbers that a recipe may have"""


@dataclass(frozen=True, eq=False)
class Latent:
    """A point of a generator's latent space."""

    space: str
    """ "z", or "w" for a style of a style-based network"""
    label: int | None
    """The class that it was found with; None for an unconditional recipe"""
    values: np.ndarray
    """float32 [D]"""

    @property
    def text(self) -> str:
        packed = base64.urlsafe_b64encode(np.asarray(self.values, "<f4").tobytes()).decode().rstrip("=")
        return ".".join([self.space, *([] if self.label is None else [str(self.label)]), packed])

    @classmethod
    def read(cls, text: str) -> Latent:
        """The latent of a text. Raises ValueError, with one sentence, if the text holds none."""
        found = FORM.fullmatch(text.strip()) if len(text) <= MOST_TEXT else None
        if not found:
            raise ValueError(
                "A latent as text is its space, z or w, the class where there is one, and its numbers, with points "
                f"between them: z.AbCd. {limits.shown(text)} is none."
            )
        try:
            data = base64.urlsafe_b64decode(found[3] + "=" * (-len(found[3]) % 4))
        except binascii.Error:
            data = b""
        if not data or len(data) % 4:
            raise ValueError("The numbers of this latent cannot be read: a part of its text is missing.")
        values = np.frombuffer(data, "<f4").astype(np.float32)
        if not np.isfinite(values).all():
            raise ValueError("This latent contains a value that is not a number.")
        return cls(found[1], None if found[2] is None else int(found[2]), values)

    def misfit(self, title: str, z_dim: int, classes: int, styled: bool) -> str:
        """A sentence that says why this latent does not fit a network; "" if it fits.

        title: what the sentence calls the network. styled: whether it has styles.
        """
        values, label = self.values, self.label
        if not isinstance(self.space, str) or self.space not in SPACES:
            return f"The space of a latent is {' or '.join(SPACES)}, not {limits.shown(self.space)}."
        if not isinstance(values, np.ndarray) or values.ndim != 1 or values.dtype.kind not in "fiu":
            kind = f"{values.dtype} {list(values.shape)}" if isinstance(values, np.ndarray) else type(values).__name__
            return f"The numbers of a latent are an array of float32 [{z_dim}], not {kind}."
        if len(values) != z_dim:
            return f"A latent of {title} has {z_dim} numbers; this text holds {len(values)}."
        most = limits.LATENT
        if len(odd := values[~((values >= -most) & (values <= most))]):  # a NaN fails both comparisons
            return f"The numbers of a latent are from {-most:,.0f} to {most:,.0f}, not {odd[0]:g}."
        known = isinstance(label, Integral) and not isinstance(label, bool) and 0 <= label < classes
        if not (known if classes else label is None):
            takes = f"one of {classes} classes, from 0" if classes else "no class"
            return f"{title} takes {takes}; this latent has {'none' if label is None else limits.shown(label)}."
        if self.space == "w" and not styled:
            return f'{title} has no styles, so its space is "z": its network is not style-based.'
        return ""


def held(variant: str, latent: Latent, name: str) -> str:
    """A latent of a variant as links and programs send it: "A:mnist/dcgan:z.AbCd".

    name: the letter of the picture that it was found for.
    """
    return f"{name}:{variant}:{latent.text}"


def read_held(texts: list[str]) -> dict[str, Mapping[str, Latent]]:
    """Texts that `held` wrote -> {name: {variant: latent}}. Raises ValueError, with one sentence, if a text is
    invalid."""
    found: dict[str, dict[str, Latent]] = {}
    for text in texts:
        name, _, rest = text.partition(":")
        variant, _, latent = rest.rpartition(":")
        if not re.fullmatch("[A-Z]", name) or not variant:
            raise ValueError(
                "A found latent is a letter, the key of a variant and the latent, with colons between them: "
                f"A:mnist/dcgan:z.AbCd. {limits.shown(text)} is none."
            )
        found.setdefault(name, {})[variant] = Latent.read(latent)
    return found
