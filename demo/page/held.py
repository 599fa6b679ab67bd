"""A control without a widget: latents that were found for pictures, which a page hands to another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

from demo.page.controls import Control
from demo.zoo.checks import misfit
from gan_models.found import read_held

if TYPE_CHECKING:
    from demo.page.state import State
    from demo.zoo.zoo import Zoo

MOST_LINKED = 8_000
"""Letters of all of them that stand in links: many servers take no longer address"""
MOST_HELD = 100_000
"""Letters of all of them"""


@dataclass(frozen=True, eq=False)
class Latents(Control):
    """The value: texts as `gan_models.found.held` writes them, a tuple."""

    first: tuple[str, ...] = ()
    _: KW_ONLY
    per_data: bool = True

    def read(self, texts: Sequence[str], choices: Any) -> tuple[str, ...]:
        return tuple(texts)

    def write(self, value: Sequence[str], choices: Any) -> list[str]:
        return list(value)

    def linkable(self, texts: Sequence[str]) -> bool:
        return self.linked and sum(map(len, texts)) <= MOST_LINKED

    def misfit(self, zoo: Zoo, s: State, value: Sequence[str]) -> str:
        if sum(map(len, value)) > MOST_HELD:
            return f"The latents in this link are too long: they have at most {MOST_HELD:,} letters."
        try:
            found = read_held(value)
        except ValueError as error:
            return str(error)
        entries = {entry.key: entry for entry in s.catalog.of(s.values["data"])}
        told = (
            misfit(entries[key], latent)
            for latents in found.values()
            for key, latent in latents.items()
            if key in entries
        )
        return next(filter(None, told), "")
