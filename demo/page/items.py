"""What a page consists of: controls that a visitor sets, parts that are shown, and boxes around them.

A page is declared once, as an ordered and static list of these; each face turns it into its own screen. A part is a
function `make(zoo, s)` of the zoo and the typed values of the controls (`demo.page.state.State`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

from demo.draw import scrubber
from demo.page.controls import Button, Changes, Control, Item, Variants, always
from gan_models.recipe import AnyRecipe, Recipe

if TYPE_CHECKING:
    from demo.page.state import State
    from demo.zoo.walks import Walk
    from demo.zoo.zoo import Zoo


@dataclass(frozen=True, eq=False)
class Part(Item):
    """What is shown: make(zoo, s) -> what each kind of part says; None shows nothing. A ValueError is a sentence for
    the screen. A generator shows each of its values in turn, for work of seconds."""

    make: Callable[[Zoo, State], Any]
    _: KW_ONLY
    when: Callable[[State], bool] = always
    anchor: str = ""
    """Its id on the screen, to which a click can lead"""

    def pack(self, value: Any) -> Any:
        """The form in which a value of `make` is kept and given to the screen."""
        return value


@dataclass(frozen=True, eq=False)
class Html(Part):
    """HTML, escaped where it holds what a stranger wrote. Links that `demo.page.state.changing` makes in it change the
    state."""

    _: KW_ONLY
    sticky: bool = False
    """Whether it stays in sight while the page is scrolled"""


@dataclass(frozen=True, eq=False)
class Pictures(Html):
    """HTML whose pictures may be clicked: click(zoo, s, which, x, y) -> changes. which: 0 for the first picture; x, y:
    shares of its width and height. leads: the anchor of the part that is then brought into sight. A convenience of the
    mouse: a control must do the same."""

    click: Callable[[Zoo, State, int, float, float], Changes] = lambda *_: None
    _: KW_ONLY
    leads: str = ""


@dataclass(frozen=True, eq=False)
class Chart(Part):
    """A tuple: a function of demo.draw.charts, and its arguments. It draws one chart, several, or none."""

    _: KW_ONLY
    most: int = 1
    """Charts that there may be"""
    across: int = 1
    """How many of them stand beside each other"""


@dataclass(frozen=True)
class Grid:
    """What a Table shows."""

    headers: Sequence[str]
    rows: Sequence[Sequence]
    """Of each row, per column, a text or number, or (what it sorts by, what is read)"""
    tinted: Sequence[int] = ()
    """Numbers of the rows that are set apart"""
    help: Sequence[str] = ()
    """Of each column"""
    alt: str = ""
    """What the table is, for those who cannot see it"""


@dataclass(frozen=True, eq=False)
class Table(Part):
    """A Grid. pick(zoo, s, row) -> changes, where somebody chooses a row."""

    _: KW_ONLY
    pick: Callable[[Zoo, State, int], Changes] | None = None


@dataclass(frozen=True, eq=False)
class Scrubber(Part):
    """A Walk under a slider that answers in the browser; where it stands is `at` in the link."""

    make: Callable[[Zoo, State], Walk | None]
    _: KW_ONLY
    at: str = "at"

    def pack(self, value: Walk | None) -> dict | None:
        """A walk's pictures take ten times as much as what is sent of them, which is made once for all visitors."""
        return value and scrubber.packed(value)


@dataclass(frozen=True, eq=False)
class Stage(Part):
    """Runs of the playground, which `demo.draw.stage_script` shows: make -> what the script takes, as plain JSON.

    hears(zoo, s, said): what the script asks is put into s.memory; what is then made answers it.
    """

    _: KW_ONLY
    hears: Callable[[Zoo, State, Mapping[str, Any]], None]


@dataclass(frozen=True, eq=False)
class Download(Part):
    """make -> bytes, when it is pressed. name: of the file, or a function of s."""

    _: KW_ONLY
    label: Any = "Download"
    """A text, or a function of s"""
    name: Any = "file.png"

    def called(self, s: State) -> str:
        return self.name(s) if callable(self.name) else self.name

    def words(self, s: State) -> str:
        return self.label(s) if callable(self.label) else self.label


# Boxes, pages -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Box(Item):
    """Items beside each other ("row"), in columns of equal width, one below the other ("stack", within a column), or
    folded away under a title."""

    items: tuple
    way: str = "row"
    title: Any = ""
    """A text, or a function of s"""
    open: bool = False

    def words(self, s: State) -> str:
        return self.title(s) if callable(self.title) else self.title


def Row(*items: Item) -> Box:
    return Box(items)


def Columns(*items: Item) -> Box:
    return Box(items, "columns")


def Stack(*items: Item) -> Box:
    return Box(items, "stack")


def Fold(title: Any, *items: Item | str, open: bool = False) -> Box:
    return Box(items, "fold", title, open)


class Page:
    """name: in links. title, words: a sentence or two on what it shows. items: from top to bottom; a str is Markdown
    of ours. python(zoo, s): the lines that make the same pictures. answers: endpoints for programs, see
    `demo.faces.api`. icon: of Streamlit's Material symbols. style: CSS of its parts. heading: what stands above it,
    where that is not the title in the menu. reads: it draws no pictures, and waits for no drawing of others. kind: of
    the checkpoints that it shows. trains: it trains for moments, and neither waits for drawing nor keeps it waiting.
    bare(s): whether only the items are shown at this moment, without heading, words, menus and link, on a projector.
    """

    def __init__(
        self,
        name: str,
        title: str,
        words: str,
        *items: Item | str,
        python: Callable[[Zoo, State], str] | None = None,
        answers: Sequence[Callable] = (),
        icon: str = "",
        style: str = "",
        heading: str = "",
        reads: bool = False,
        trains: bool = False,
        group: str = "",
        kind: type[AnyRecipe] = Recipe,
        bare: Callable[[State], bool] = lambda s: False,
    ):
        self.name, self.title, self.words, self.items = name, title, words, items
        self.heading, self.group, self.kind, self.bare = heading or title, group, kind, bare
        self.work = "train" if trains else "read" if reads else "draw"
        self.python, self.answers, self.icon, self.style = python, tuple(answers), icon, style
        flat = list(flattened(items))
        self.controls = [one for one in flat if isinstance(one, Control)]
        self.parts = [one for one in flat if isinstance(one, Part)]
        self.buttons = [one for one in flat if isinstance(one, Button)]
        self.places = [one.at for one in self.parts if isinstance(one, Scrubber)]

    def control(self, name: str) -> Control | None:
        return next((one for one in self.controls if one.name == name), None)

    @property
    def variants(self) -> Variants | None:
        """The control of the chosen variants, where the page has one."""
        return next((one for one in self.controls if isinstance(one, Variants)), None)

    def __repr__(self) -> str:
        return f"<page {self.name}>"


def flattened(items: Sequence[Item | str]) -> Iterator[Item | str]:
    """The items of boxes in place of the boxes."""
    for item in items:
        yield from flattened(item.items) if isinstance(item, Box) else (item,)
