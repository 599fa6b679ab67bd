"""Words of a text that become links to the glossary: the first use of each. HTML or Markdown in and out.

The text itself stays as it is: without the links that were put in, it is the old one, letter by letter. What is no
running text (links, code, formulas, headings, drawings) is left alone. Definitions and addresses are escaped.
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
FORMULA = re.compile(r"(\$\$.+?\$\$|\$[^$\n]+\$)", re.DOTALL)
QUIET = re.compile(
    r"""(```.*?```|~~~.*?~~~      # code
    |`[^`]*`
    |\$\$.+?\$\$|\$[^$\n]+\$      # formulas
    |!?\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])?  # pictures, links, what stands in brackets
    |<[^>]*>                      # HTML and addresses
    |https?://\S+
    |\{[^}]*\}                    # places for figures
    |^\#{1,6}[^\n]*$)             # headings""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)


class Term(Protocol):
    """What a term of the glossary has."""

    name: str
    definition: str

    @property
    def words(self) -> Sequence[str]: ...


Link = Callable[[str, Term], str]


def linked_html(text: str, terms: Sequence[Term], href: Callable[[Term], str]) -> str:
    """HTML whose first use of each term is a link with the definition as its title.

    text: HTML whose texts and attributes are escaped. href: address of a term in the glossary.
    """

    def link(word: str, term: Term) -> str:
        address, about = html.escape(href(term)), html.escape(term.definition)
        return f'<a class="term" href="{address}" title="{about}">{word}</a>'

    linker, made, depth, at = _Linker(terms, link, html.escape), [], 0, 0
    for tag in TAG.finditer(text):
        made.append(text[at : tag.start()] if depth else linker.each(FORMULA, text[at : tag.start()]))
        made.append(tag[0])
        at = tag.end()
        name = NAME.match(tag[0])
        if name and name[2].lower() in ALONE and not tag[0].endswith("/>"):
            depth = max(0, depth - 1) if name[1] else depth + 1
    made.append(text[at:] if depth else linker.each(FORMULA, text[at:]))
    return "".join(made)


def linked_markdown(text: str, terms: Sequence[Term], href: Callable[[Term], str]) -> str:
    """Markdown whose first use of each term is a link with the definition as its title."""

    def link(word: str, term: Term) -> str:
        about = term.definition.replace("\\", "").replace('"', "'").replace("\n", " ")
        address = href(term).replace(" ", "%20").replace("(", "%28").replace(")", "%29").replace("<", "%3C")
        return f'[{word}]({address} "{about}")'

    return _Linker(terms, link, str).each(QUIET, text)


class _Linker:
    """Puts in links, each term's once."""

    def __init__(self, terms: Sequence[Term], link: Link, written: Callable[[str], str]):
        self.link, self.left = link, {}
        for term in terms:
            for word in term.words:
                self.left[written(word).lower()] = term
        # The longest goes first: "latent space" is no "latent".
        words = sorted(self.left, key=len, reverse=True)
        pattern = "|".join(r"\s+".join(map(re.escape, word.split())) for word in words)
        self.pattern = re.compile(rf"(?<![\w&#/@.-])(?:{pattern})(?![\w-])", re.IGNORECASE) if words else None
        self.done: set[str] = set()

    def each(self, quiet: re.Pattern, text: str) -> str:
        """The text with links, what `quiet` finds left as it is."""
        if self.pattern is None:
            return text
        made, at = [], 0
        for part in quiet.finditer(text):
            made += [self.pattern.sub(self._one, text[at : part.start()]), part[0]]
            at = part.end()
        return "".join([*made, self.pattern.sub(self._one, text[at:])])

    def _one(self, found: re.Match) -> str:
        term = self.left[" ".join(found[0].lower().split())]
        if term.name in self.done:
            return found[0]
        self.done.add(term.name)
        return self.link(found[0], term)
