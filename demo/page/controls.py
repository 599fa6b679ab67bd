"""What a visitor may set on a page: controls, whose values stand in its address, and buttons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

from demo.page import links
from demo.zoo import families
from demo.zoo.entries import Entry, Kind
from demo.zoo.seeds import MOST_SEED
from demo.zoo.words import dataset_title

if TYPE_CHECKING:
    from demo.page.state import State
    from demo.zoo.entries import Catalog
    from demo.zoo.zoo import Zoo

Changes = Mapping[str, Any] | None
"""{name of a control: its new value}; None changes nothing"""


def always(_: State) -> bool:
    return True


# Controls ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Item:
    """Anything on a page."""


@dataclass(frozen=True, eq=False)
class Control(Item):
    """What a visitor may set. Its value stands as texts in the query."""

    name: str
    """In State, and in links"""
    label: str
    first: Any = None
    """The value where the query says nothing; may be a function (zoo, s)"""
    _: KW_ONLY
    help: str = ""
    per_data: bool = False
    """Whether there is one for each data set: the link then calls it "class_mnist" """
    linked: bool = True
    """Whether it stands in links; else it is kept for the visitor alone"""
    when: Callable[[State], bool] = always
    """Whether it is shown. A control that is not shown keeps its value"""
    sets: Callable[[State, Any], Changes] | None = None
    """For a control that edits a part of other controls' values: sets(s, value) -> the changes of those controls. It
    then has no value of its own: `first` computes it from theirs"""

    @property
    def range(self) -> str:
        """A sentence on what it can be, where its choices do not say that."""
        return ""

    def link(self, s: State) -> str:
        """Its name in the query."""
        return f"{self.name}_{s.values['data']}" if self.per_data else self.name

    def choices(self, zoo: Zoo, s: State) -> dict[str, Any] | None:
        """{text in the link: value}; None where anything goes, {} hides the control, whose value is then None."""
        return None

    def read(self, texts: Sequence[str], choices: dict[str, Any] | None) -> Any:
        """The value of these texts. ValueError or KeyError: they are no value of this control."""
        return texts[-1]

    def write(self, value: Any, choices: dict[str, Any] | None) -> list[str]:
        return [] if value is None or value == "" else [str(value)]

    def linkable(self, texts: Sequence[str]) -> bool:
        """Whether a value with these texts stands in links."""
        return self.linked

    def misfit(self, zoo: Zoo, s: State, value: Any) -> str:
        """A sentence where a value that could be read does not fit what is chosen above."""
        return ""

    def unknown(self, texts: Sequence[str], choices: dict[str, Any] | None) -> list[str]:
        """The texts that are no values of this control."""
        try:
            self.read(texts, choices)
        except (ValueError, KeyError, OverflowError):
            return [texts[-1]]
        return []


@dataclass(frozen=True, eq=False)
class Choice(Control):
    """One of several options. If `first` is not among them, the first option is the default."""

    _: KW_ONLY
    options: Any = ()
    """A sequence of values, {text: value}, or a function (zoo, s) that gives one of these"""
    titles: Callable[[State], Mapping[Any, str]] | None = None
    """What the screen calls the values, where links call them otherwise"""
    way: str = ""
    """How it looks: "slider", "menu", "buttons"; "" lets the face choose by number and length"""

    def choices(self, zoo, s):
        made = self.options(zoo, s) if callable(self.options) else self.options
        return dict(made) if isinstance(made, Mapping) else {_text(one): one for one in made}

    def read(self, texts, choices):
        text = texts[-1]
        return choices[text if text in choices else _text(float(text))]  # "2.0" is "2"

    def write(self, value, choices):
        return [text for text, one in choices.items() if one == value][:1]

    def named(self, s: State) -> dict[Any, str]:
        """{value: what the screen calls it}, each by a name of its own: Streamlit knows options by these names alone.
        Where several have one title, the text in the link follows it."""
        titles, offers = self.titles(s) if self.titles else {}, s.offers[self.name] or {}
        called = {value: titles.get(value, text) for text, value in offers.items()}
        often = Counter(called.values())
        texts = {value: text for text, value in offers.items()}
        return {value: f"{title} ({texts[value]})" if often[title] > 1 else title for value, title in called.items()}


@dataclass(frozen=True, eq=False)
class Data(Choice):
    """The data set. Pages that show one have it as their first control."""

    name: str = "data"
    label: str = "Data set"
    _: KW_ONLY
    more: Callable[[Catalog], Iterable[str]] = lambda _: ()
    """Names of data sets that a page shows beside those that the variants were trained on"""

    def choices(self, zoo, s):
        return {dataset_title(name): name for name in (*s.catalog.datasets, *self.more(s.catalog))}


@dataclass(frozen=True, eq=False)
class Several(Control):
    """Any number of several options, given as in Choice; the value is a tuple. `first` None takes all."""

    _: KW_ONLY
    options: Any = ()
    titles: Callable[[State], Mapping[Any, str]] | None = None
    ordered: bool = False
    """Whether the order in which they are chosen matters; else they are in the order of the options"""

    choices = Choice.choices
    named = Choice.named

    def read(self, texts, choices):
        found = self.chosen((choices[text] for text in texts if text in choices), choices)
        if not found and NONE not in texts:
            raise ValueError
        return found

    def write(self, value, choices):
        texts = {one: text for text, one in choices.items()}
        return [texts[one] for one in self.chosen(value, choices)] or [NONE]

    def chosen(self, values: Iterable[Any], choices: dict[str, Any] | None) -> tuple:
        """The value where a visitor chose these. What is no option is left out, and nothing is chosen twice."""
        values = list(dict.fromkeys(values))
        there = list((choices or {}).values())
        return tuple(one for one in values if one in there) if self.ordered else tuple(o for o in there if o in values)

    def unknown(self, texts, choices):
        return [text for text in texts if text not in choices and text != NONE]


NONE = "none"
"""What a link says where none of several is chosen"""
MOST_NAMED = 4
"""Variants that the line on what is chosen names"""


@dataclass(frozen=True, eq=False)
class Variants(Several):
    """Variants of the data set, or those of one kind; the value: their keys, in the zoo's order."""

    name: str = "variants"
    label: str = "Variants"
    _: KW_ONLY
    kind: Kind | None = None

    def link(self, s):
        return links.variants(s.values["data"], self.kind)

    def entries(self, s: State) -> list[Entry]:
        return [e for e in s.catalog.of(s.values["data"]) if self.kind is None or self.kind.fit(e)]

    def choices(self, zoo, s):
        return {entry.title: entry.key for entry in self.entries(s)}

    def words(self, s: State) -> str:
        """What is chosen, in one line: "3 of 17 variants: GAN, DCGAN, WGAN"."""
        chosen = [title for title, key in (s.offers[self.name] or {}).items() if key in s.values[self.name]]
        names = ", ".join(chosen[:MOST_NAMED]) + (
            f" and {len(chosen) - MOST_NAMED} more" if len(chosen) > MOST_NAMED else ""
        )
        of = len(s.offers[self.name] or {})
        return f"{len(chosen)} of {of} variant{'' if of == 1 else 's'}{': ' if names else ''}{names}"

    def groups(self, s: State) -> list[tuple[str, tuple[str, ...]]]:
        """(words, keys) of what one press chooses: all, none, families."""
        entries = self.entries(s)
        found = families.groups(entries) if len(entries) > 1 else []
        return [(words, tuple(entry.key for entry in those)) for words, those in found]


@dataclass(frozen=True, eq=False)
class Number(Control):
    """A whole number. `first` None: none is chosen."""

    _: KW_ONLY
    least: int = 0
    most: int = MOST_SEED
    step: Any = 1
    """Of the buttons Previous and Next: a number, or a function of s; 0 shows no buttons"""
    random: int = 0
    """The button Random takes one below this; 0 shows no such button"""
    after: str = "Next"
    """What the button for the one after says"""

    @property
    def range(self):
        return f"It must be a whole number from {self.least:,} to {self.most:,}."

    def read(self, texts, choices):
        value = float(texts[-1])
        if not value.is_integer() or not self.least <= value <= self.most:
            raise ValueError
        return int(value)


def Seed(name: str = "seed", label: str = "First seed", first: int | None = 0, **more) -> Number:
    said = {"help": "Each seed is one latent vector: every variant gets the same ones.", "random": 100_000}
    return Number(name, label, first, **{**said, **more})


@dataclass(frozen=True, eq=False)
class Slider(Control):
    _: KW_ONLY
    least: float = 0.0
    most: float = 1.0
    step: float = 0.05

    @property
    def range(self):
        return f"It must be a {'whole ' if self.whole else ''}number from {self.least:,g} to {self.most:,g}."

    @property
    def whole(self) -> bool:
        """Whether its values are whole numbers."""
        return all(float(one).is_integer() for one in (self.least, self.most, self.step))

    def read(self, texts, choices):
        value = float(texts[-1])
        if not self.least <= value <= self.most or (self.whole and not value.is_integer()):
            raise ValueError
        return int(value) if self.whole else value

    def write(self, value, choices):
        return [f"{value:g}"]


@dataclass(frozen=True, eq=False)
class Toggle(Control):
    first: bool = False

    @property
    def range(self):
        return "It must be true or false."

    def read(self, texts, choices):
        return {"true": True, "1": True, "false": False, "0": False}[texts[-1]]

    def write(self, value, choices):
        return ["true" if value else "false"]


MOST_TEXT = 1000
"""Letters that a text may have"""


@dataclass(frozen=True, eq=False)
class Text(Control):
    first: str = ""
    _: KW_ONLY
    placeholder: str = ""

    @property
    def range(self):
        return f"It must be a text of at most {MOST_TEXT:,} letters."

    def read(self, texts, choices):
        if len(texts[-1]) > MOST_TEXT:
            raise ValueError
        return texts[-1]

    def write(self, value, choices):
        return [str(value)]


@dataclass(frozen=True, eq=False)
class Button(Item):
    """Changes the state: do(zoo, s) -> changes; what no link holds it changes in s.memory."""

    label: Any
    """A text, or a function of s"""
    do: Callable[[Zoo, State], Changes]
    _: KW_ONLY
    when: Callable[[State], bool] = always
    primary: bool = False
    shortcut: str = ""
    """A key, as browsers call it: "ArrowLeft" """

    def words(self, s: State) -> str:
        return self.label(s) if callable(self.label) else self.label


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
