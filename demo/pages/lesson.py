"""Lesson: an ordered list of views, each with a question and its answer, for a class or for one reader."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING

from demo.draw import diagram, formula
from demo.page import Button, Choice, Download, Html, Page, Row, State, Toggle, changing
from demo.pages import taught, views
from demo.zoo import classroom

if TYPE_CHECKING:
    from demo.zoo.classroom import Lesson, Step
    from demo.zoo.zoo import Zoo

STYLE = """
.lessons { display: flex; flex-wrap: wrap; gap: .75rem; margin: 0 0 .5rem; }
.lessons article { flex: 1 1 18rem; border: 1px solid #8886; border-radius: .5rem; padding: .6rem .9rem; }
.lessons article.now { border-color: #6469ee; box-shadow: inset 4px 0 #6469ee; }
.lessons p { margin: .2rem 0; font-size: .9rem; }
.step .minutes { opacity: .8; font-size: .9rem; margin: 0; }
.step h2 { margin-top: .2rem; }
.step .question { font-size: 1.15rem; font-weight: 600; border-left: 4px solid #6469ee; padding-left: .8rem;
  margin: 1rem 0; }
.step .answer { border-left: 4px solid #2a9d78; padding-left: .8rem; margin: 1rem 0; }
.step .shown { max-width: 100%; overflow-x: auto; }
.step .shown :is(.cards, .tricks) > :nth-child(n+6) { display: none; }
.step.large .question { font-size: clamp(1.4rem, 2.6vw, 2.2rem); line-height: 1.3; max-width: none; }
.step.large .answer { font-size: clamp(1.2rem, 2.1vw, 1.8rem); line-height: 1.35; max-width: none; }
.step.large .shown { display: flex; gap: 1.5rem; align-items: flex-start; }
.step.large .shown > :not(style, h2) { flex: 1 1 0; min-width: 0; }
.step.large .shown > .taught:first-child { flex: 0 1 38rem; }
.step.large .drawing { max-width: none; }
.step.large .cards { flex-wrap: nowrap; }
.step.large .cards figure { flex: 1 1 0; width: auto !important; max-width: 46rem; font-size: 1.2rem; }
.step.large .cards img { width: 100%; max-height: 62vh; object-fit: contain; object-position: left top; }
.step.large .cards .wide img { image-rendering: auto; }
.step.large :is(figcaption, .cards small, .shown h2) { display: none; }
@media (max-width: 640px) { .step.large :is(.cards, .shown) { flex-wrap: wrap; display: flex; } }
"""
PAPER = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1c2030; background: #fff; max-width: 52rem; margin: 2rem auto;
  padding: 0 1rem; }
.step { border-top: 1px solid #c9cddc; padding-top: 1rem; margin-top: 1.5rem; break-inside: avoid; }
.step figure { break-inside: avoid; }
img { max-width: 100%; height: auto; }
@media print { body { margin: 0; max-width: none; font-size: 11pt; } .step { break-before: page; border: 0; }
  .step:first-of-type { break-before: auto; } }
"""


def never(_: State) -> bool:
    return False


def lesson_of(s: State) -> Lesson:
    return classroom.lessons()[s.lesson]


def step_of(s: State) -> Step:
    return lesson_of(s).steps[s.step - 1]


def lessons(zoo: Zoo, s: State) -> str:
    """The lessons that there are: title, for whom, how long."""
    made = []
    for name, one in classroom.lessons().items():
        title = html.escape(one.title)
        head = f"<b>{title}</b>" if name == s.lesson else changing(title, {"lesson": name, "step": "1", "answer": []})
        made.append(
            f'<article class="{"now" if name == s.lesson else ""}">{head}<p>{html.escape(one.for_whom)}</p>'
            f"<p>{len(one.steps)} steps, {one.minutes:g} minutes</p></article>"
        )
    return f'<div class="lessons">{"".join(made)}</div>'


def step(zoo: Zoo, s: State) -> Iterator[str]:
    """The step where the link stands: its words at once, and then its pictures."""
    lesson, at, large = lesson_of(s), step_of(s), s.projector
    question = f'<p class="question">{diagram.prose(at.question)}</p>'
    answer = f'<p class="answer">{diagram.prose(at.answer)}</p>' if s.answer else ""
    when = f'<p class="minutes">Step {s.step} of {len(lesson.steps)} · {at.minutes:g} minutes</p>'
    said = f"<h2>{html.escape(at.title)}</h2><p>{diagram.prose(at.say)}</p>"
    to = views.link(zoo, at.view)
    words = "" if large else f'<div class="taught">{when}{taught.linked(said)}{f"<p>{to}</p>" if to else ""}</div>'
    asked = f'<div class="taught">{question}{answer}</div>'

    def whole(shown: str) -> str:
        return f'<div class="step{" large" if large else ""}">{words}<div class="shown">{shown}</div>{asked}</div>'

    yield whole("")
    yield whole(pictures(zoo, at))


def pictures(zoo: Zoo, at: Step, still: bool = False) -> str:
    """The drawing of a step and what its view shows. still: for paper. Of a page to read the drawing stands for it."""
    drawn = f'<div class="taught">{taught.drawing(at.drawing, still)}</div>' if at.drawing else ""
    page = views.page_of(at.view.page)
    return drawn if drawn and page and page.group == "Understand" else drawn + views.shown(zoo, at.view)


def paper(zoo: Zoo, s: State) -> bytes:
    """The whole lesson as one HTML file that needs no network."""
    lesson = lesson_of(s)
    steps = "".join(
        f'<section class="step"><p class="minutes">Step {k} · {one.minutes:g} minutes</p>'
        f"<h2>{html.escape(one.title)}</h2>"
        f"<p>{diagram.prose(one.say)}</p>{pictures(zoo, one, True)}"
        f'<p class="question">{diagram.prose(one.question)}</p>'
        f'<p class="answer">{diagram.prose(one.answer)}</p></section>'
        for k, one in enumerate(lesson.steps, 1)
    )
    head = f"<h1>{html.escape(lesson.title)}</h1><p>{html.escape(lesson.for_whom)} {lesson.minutes:g} minutes.</p>"
    style = formula.STYLE + taught.STYLE + STYLE + PAPER
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(lesson.title)}</title><style>{style}</style></head><body>{head}{steps}</body></html>"
    ).encode()


def going(way: int) -> dict:
    """do and when of a button that leads a step on (1) or back (-1)."""

    def there(s: State) -> bool:
        return 1 <= s.step + way <= len(lesson_of(s).steps)

    return {"do": lambda zoo, s: {"step": s.step + way, "answer": False}, "when": there}


def numbers(zoo: Zoo, s: State) -> dict[str, int]:
    return {str(k): k for k in range(1, len(lesson_of(s).steps) + 1)}


def titles(s: State) -> dict[int, str]:
    return {k: f"{k}. {one.title}" for k, one in enumerate(lesson_of(s).steps, 1)}


PAGE = Page(
    "lesson",
    "Lesson",
    "Views in a fixed order, each with a question and its answer. Look at the pictures, think of an answer, and "
    "then press Show the answer. Each step has a link of its own, which a teacher can send to a class.",
    Choice("lesson", "Lesson", options=lambda zoo, s: list(classroom.lessons()), when=never),
    Toggle("answer", "Answer", when=never),
    Toggle("projector", "For a projector", when=never),
    Html(lessons, when=lambda s: not s.projector),
    Row(
        Choice("step", "Step", 1, options=numbers, titles=titles, way="menu", when=lambda s: not s.projector),
        Button("Projector layout: pictures and question only", lambda zoo, s: {"projector": True},
               when=lambda s: not s.projector),
    ),
    Html(step),
    Row(
        Button("Back", **going(-1), shortcut="ArrowLeft"),
        Button("Show the answer", lambda zoo, s: {"answer": True}, when=lambda s: not s.answer, primary=True,
               shortcut="Enter"),
        Button("Hide the answer", lambda zoo, s: {"answer": False}, when=lambda s: s.answer),
        Button("Next", **going(1), shortcut="ArrowRight"),
        Button("Leave the projector layout", lambda zoo, s: {"projector": False}, when=lambda s: s.projector),
    ),
    Download(paper, label="Download the lesson to print", name=lambda s: f"{s.lesson}.html",
             when=lambda s: not s.projector),
    group="Understand",
    icon="co_present",
    style=formula.STYLE + taught.STYLE + STYLE,
    bare=lambda s: s.projector,
)  # fmt: skip
