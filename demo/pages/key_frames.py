"""What Interpolate and Classes share: key frames to edit, how the path runs between them, films to save."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import TYPE_CHECKING

from demo.draw import walk as drawn
from demo.page import Box, Button, Choice, Control, Download, Row, State, Text, Toggle
from demo.zoo import walks
from demo.zoo.entries import common_classes
from demo.zoo.walks import KeyFrame, Walk

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

Shown = Callable[[State], bool]
NUMBERS = {2: "two", 4: "four"}


def classes(s: State) -> list[str]:
    """Names of the classes that all chosen variants with classes have in common."""
    return list(common_classes(s.entries)) if s[s.page.variants.name] else []


class KeyFrames:
    """A text with key frames (`text`), and controls that change one of them (`editor`).

    name: of the text in links. first: the text at first. least, most: how many there may be; none is added or removed
    where both are one number. labelled: whether a key frame may have a class. letters(s): of the pictures that may be
    key frames; None where only seeds may.
    """

    def __init__(
        self,
        name: str,
        label: str,
        first: str,
        help: str,
        when: Shown = lambda s: True,
        least: int = 2,
        most: int = walks.MOST_KEYS,
        labelled: bool = True,
        letters: Callable[[State], Container[str]] | None = None,
    ):
        self.name, self.first, self.least, self.most, self.labelled = name, first, least, most, labelled
        self.letters = letters

        def some(s: State) -> bool:
            return when(s) and bool(self.read(s))

        def reseed(zoo: Zoo, s: State) -> dict[str, str]:
            return self._with(s, walks.reseeded(self.read(s), self.at(s)))

        self.text = Text(name, label, first, help=help.format(name="3"), when=when)
        self.editor = Row(
            Choice(
                f"{name}_one", f"{label[:-1]} to change", 0, linked=False, when=some, way="buttons",
                options=lambda zoo, s: {str(i + 1): i for i in range(len(self.read(s)))},
                titles=lambda s: {i: key.text for i, key in enumerate(self.read(s))},
            ),
            *((self._its_class(some),) if labelled else ()),
            Button("Random seed", reseed, when=some),
            *(self._number(some) if least < most else ()),
        )  # fmt: skip

    def frames(self, s: State) -> list[KeyFrame]:
        """The key frames. A ValueError says what is wrong with the text."""
        keys = self._parsed(s)
        if len(keys) < self.least:
            more = " or more" if self.least < self.most else ""
            raise ValueError(f"Give {NUMBERS[self.least]} seeds{more}: {self.first}.")
        return keys

    def read(self, s: State) -> list[KeyFrame]:
        """The key frames, maybe too few; none where the text is wrong, or no variant is chosen."""
        try:
            return self._parsed(s)
        except ValueError:
            return []

    def _parsed(self, s: State) -> list[KeyFrame]:
        return walks.parse(s[self.name], self._names(s), self.most, self.letters and self.letters(s))

    def ready(self, s: State) -> bool:
        """Whether `frames` gives some."""
        return len(self.read(s)) >= self.least

    def file_name(self, s: State) -> str:
        """For a file: "0-7-23"."""
        return "-".join(key.mark for key in self.read(s))

    def at(self, s: State) -> int:
        """The place of the key frame to change."""
        return min(s[f"{self.name}_one"] or 0, max(len(self.read(s)) - 1, 0))

    def _names(self, s: State) -> Sequence[str]:
        return classes(s) if self.labelled else ()

    def _with(self, s: State, keys: Sequence[KeyFrame]) -> dict[str, str]:
        return {self.name: walks.write(keys, self._names(s))}

    def _its_class(self, when: Shown) -> Control:
        """Without a name a key frame has the class of the one before, the first one that of its seed, a picture the
        one with which it was found."""

        def unnamed(s: State) -> str:
            if any(key.picture for key in self.read(s)[self.at(s) :][:1]):
                return walks.AS_FOUND
            return walks.BEFORE if self.at(s) else walks.BY_SEED

        def now(zoo: Zoo, s: State) -> str:
            keys = self.read(s)
            return (keys[self.at(s)].label if keys else "") or unnamed(s)

        def sets(s: State, value: str) -> dict[str, str]:
            label = "" if value == unnamed(s) else value
            return self._with(s, walks.labelled(self.read(s), self.at(s), label)) if self.read(s) else {}

        return Choice(
            f"{self.name}_class", "Its class", now, linked=False, when=when, way="menu", sets=sets,
            options=lambda zoo, s: [unnamed(s), *names] if (names := classes(s)) else [],
        )  # fmt: skip

    def _number(self, when: Shown) -> tuple[Button, Button]:
        """Buttons for fewer and for more key frames."""

        def remove(zoo: Zoo, s: State) -> dict:
            keys = walks.removed(self.read(s), self.at(s))
            return {**self._with(s, keys), f"{self.name}_one": min(self.at(s), len(keys) - 1)}

        def add(zoo: Zoo, s: State) -> dict:
            return self._with(s, walks.added(self.read(s)))

        return (
            Button("Remove", remove, when=lambda s: when(s) and len(self.read(s)) > self.least),
            Button("Add", add, when=lambda s: when(s) and len(self.read(s)) < self.most),
        )


# Paths and films --------------------------------------------------------------------------------------------


def path(when: Shown = lambda s: True) -> Choice:
    return Choice("path", "Path", "slerp", options=("slerp", "lerp"), help=walks.HOW_HELP, when=when)


def loop(when: Shown = lambda s: True) -> Toggle:
    return Toggle("loop", "Loop", True, help="The path returns from the last key frame to the first.", when=when)


def film(walk: Callable[[Zoo, State, int], Walk], name: Callable[[State], str], when: Shown) -> Box:
    """A film to save. walk(zoo, s, n): with n pictures from one key frame to the next. name: of the file, without its
    ending."""

    def made(zoo: Zoo, s: State) -> bytes:
        shown = walk(zoo, s, round(walks.FPS * s.seconds))
        return drawn.film(shown, s.film, s.seconds, walks.SIZES[s.size])

    kinds = {"GIF": "gif", "WebP": "webp", "MP4": "mp4"}
    return Row(
        Choice("film", "Format", "gif", options=kinds, when=when),
        Choice(
            "seconds", "Seconds per step", 1.0, options=walks.SECONDS, when=when, way="slider",
            help="From one key frame to the next.",
        ),
        Choice(
            "size", "Size", "medium", options=tuple(walks.SIZES), when=when,
            help="The size of each picture in the film. A long film of many variants is made smaller.",
        ),
        Download(
            made, label=lambda s: f"Download the film as {next(k for k, end in kinds.items() if end == s.film)}",
            name=lambda s: f"{name(s)}.{s.film}", when=when,
        ),
    )  # fmt: skip
