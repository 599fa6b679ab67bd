"""Words of a text that become links to the glossary: the first use of each. HTML in and out.

The text itself stays as it is: without the links that were put in, it is the old one, letter by letter. What is no
running text (links, code, formulas, headings, drawings) is left alone.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import Protocol

TAG = re.compile(r"<!--.*?-->|<(?:\"[^\"]*\"|'[^']*'|[^'\">])*>", re.DOTALL)
NAME = re.compile(r"<\s*(/?)\s*([a-zA-Z][\w-]*)")
ALONE = frozenset(
    [
        "a",
        "abbr",
        "button",
        "code",
        "dfn",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "kbd",
        "math",
        "option",
        "pre",
        "samp",
        "script",
        "select",
        "style",
        "summary",
        "svg",
        "textarea",
        "title",
        "var",
    ]
)
"""Elements in which no link is put"""
PICTURE = 'role="img"'
"""What is drawn of several elements: whoever cannot see it is told its label, and finds no link in it"""
FORMULA = re.compile(r"(\$\$.+?\$\$|\$[^$\n]+\$)", re.DOTALL)


class Term(Protocol):
    """What a term of the glossary has."""

    name: str
    definition: str

    @property
    def words(self) -> Sequence[str]: ...


Link = Callable[[str, Term], str]


def linked_html(text: str, terms: Sequence[Term], link: Link) -> str:
    """HTML whose first use of each term is a link.

    text: HTML whose texts and attributes are escaped. link: (the word as the text writes it, HTML; its term) -> HTML.
    """
    linker, made, depth, at = _Linker(terms, link), [], 0, 0
    picture, inside = "", 0  # the element that stands for a picture, and how many of its name are open within
    for tag in TAG.finditer(text):
        made.append(text[at : tag.start()] if depth or picture else linker.each(text[at : tag.start()]))
        made.append(tag[0])
        at = tag.end()
        name = NAME.match(tag[0])
        if name is None or tag[0].endswith("/>"):
            continue
        way, called = -1 if name[1] else 1, name[2].lower()
        if picture or (way > 0 and PICTURE in tag[0]):
            picture = picture or called
            inside += way * (called == picture)
            picture = picture if inside else ""
        elif called in ALONE:
            depth = max(0, depth + way)
    made.append(text[at:] if depth or picture else linker.each(text[at:]))
    return "".join(made)


class _Linker:
    """Puts in links, each term's once."""

    def __init__(self, terms: Sequence[Term], link: Link):
        self.link, self.left = link, {}
        for term in terms:
            for word in term.words:
                self.left[html.escape(word).lower()] = term
        # The longest goes first: "latent space" is no "latent".
        words = sorted(self.left, key=len, reverse=True)
        pattern = "|".join(r"\s+".join(map(re.escape, word.split())) for word in words)
        self.pattern = re.compile(rf"(?<![\w&#/@.-])(?:{pattern})(?![\w-])", re.IGNORECASE) if words else None
        self.done: set[str] = set()

    def each(self, text: str) -> str:
        """The text with links, its formulas left as they are."""
        if self.pattern is None:
            return text
        made, at = [], 0
        for part in FORMULA.finditer(text):
            made += [self.pattern.sub(self._one, text[at : part.start()]), part[0]]
            at = part.end()
        return "".join([*made, self.pattern.sub(self._one, text[at:])])

    def _one(self, found: re.Match) -> str:
        term = self.left[" ".join(found[0].lower().split())]
        if term.name in self.done:
            return found[0]
        self.done.add(term.name)
        return self.link(found[0], term)
