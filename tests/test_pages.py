"""All pages, over zoos that are large, empty, damaged, or made by someone who means harm."""

import itertools
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from helpers import put_translator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page_helpers import NO_ZOO, misprints
from zoos import put

from demo.draw import compose
from demo.page import Chart, Download, Grid, Html, Latents, Maker, Pad, Picture, Refusal, State, resolve
from demo.page.items import Box, Page
from demo.page.state import EMPTY, address
from demo.pages import PAGES
from demo.zoo.words import dataset_title
from demo.zoo.zoo import Zoo
from gan_models.found import Latent, held
from gan_models.metrics import record

NAMES = [page.name for page in PAGES]
BY_NAME = {page.name: page for page in PAGES}


def made(page: Page, maker: Maker, s: State) -> list:
    """(part, what it says) of all parts, the files of downloads too."""
    shown = []
    for part in page.parts:
        (*_, (_, value)) = maker.make(part, s)
        shown.append((part, value))
    return shown


def queries(zoo: Zoo) -> list[dict]:
    return [{"data": [dataset_title(name)]} for name in zoo.catalog().datasets] or [{}]


def told(values: list) -> set[str]:
    return {value.sentence for _, value in values if isinstance(value, Refusal)}


def rules(css: str) -> set[tuple[str, str]]:
    """(selector, declarations) of each rule."""
    found = re.findall(r"([^{}]+){([^{}]*)}", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    return {(one.strip(), body) for selectors, body in found for one in selectors.split(",")}


def test_no_page_styles_what_another_page_calls_by_the_same_name():
    """Gradio has all pages in one document: a rule for a bare class must be in each page that uses the class."""
    styles = {page.name: rules(page.style) for page in PAGES if page.name != "lesson"}  # which shows other pages
    for (name, here), (other, there) in itertools.permutations(styles.items(), 2):
        for selector, body in here - there:
            if re.fullmatch(r"\.[\w-]+", selector):
                uses = [one for one, _ in there if re.search(re.escape(selector) + r"(?![\w-])", one)]
                assert not uses, f"{selector} of {name} also styles {uses} of {other}: {body}"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("folder", ["filmed_zoo", "styled_zoo", "broken_zoo", "translator_zoo"])
def test_every_part_of_every_page_says_something_or_one_sentence(name, folder, request, caplog):
    """Whatever a zoo holds: never a fault of the app."""
    page, zoo = BY_NAME[name], Zoo(request.getfixturevalue(folder))
    maker = Maker(zoo)
    for query in queries(zoo):
        s = resolve(page, zoo, query)
        values = made(page, maker, s)
        assert not s.problems and not caplog.records, caplog.text
        for part, value in values:
            if isinstance(value, Refusal):
                assert not misprints(value.sentence)
            if isinstance(value, Refusal) or value is None:
                continue
            assert isinstance(value, str if isinstance(part, Html) else bytes if isinstance(part, Download) else object)
            if isinstance(part, Download):
                assert part.called(s).rpartition(".")[2] in compose.KINDS
            if isinstance(part, Chart):
                draw, *arguments = value
                charts = draw(*arguments)
                assert charts is None or not isinstance(charts, list) or len(charts) <= part.most
                some = [one for one in (charts if isinstance(charts, list) else [charts]) if hasattr(one, "to_dict")]
                assert not misprints(" ".join(one.to_dict()["description"] for one in some))
            if isinstance(value, Grid):
                assert all(len(row) == len(value.headers) for row in value.rows)
                cells = [cell[1] if isinstance(cell, tuple) else cell for row in value.rows for cell in row]
                assert not misprints(" | ".join(map(str, [*value.headers, *cells])))
            if isinstance(part, Html):
                assert not misprints(value)


@pytest.mark.parametrize("name", NAMES)
def test_a_checkpoint_that_drawing_finds_damaged_leaves_the_others(name, filmed_zoo, caplog):
    page, query = BY_NAME[name], {"data": ["toys"]}
    sound = Zoo(filmed_zoo)
    known = told(made(page, Maker(sound), resolve(page, sound, query)))
    for path in (filmed_zoo / "toys" / "plain").glob("*.safetensors"):
        path.write_bytes(b"these are no weights")
    zoo = Zoo(filmed_zoo)
    assert told(made(page, Maker(zoo), resolve(page, zoo, query))) == known and not caplog.records


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_zoo_says_how_to_train_one(name, tmp_path, caplog):
    page, zoo = BY_NAME[name], Zoo(tmp_path)
    sentences = told(made(page, Maker(zoo), resolve(page, zoo, {})))
    assert not caplog.records and bool(sentences) == (name not in NO_ZOO)
    assert all(sentence in (EMPTY, *ALONE) for sentence in sentences), sentences


ALONE = (
    "This zoo has no variant of this data set together with its parent, the variant that it changes, so nothing can be "
    "compared.",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_link_opens_the_view_that_it_was_copied_from(name, filmed_zoo):
    """Each control at another value than its first one."""
    page, zoo = BY_NAME[name], Zoo(filmed_zoo)
    start = resolve(page, zoo, {"data": ["toys"]})
    for control in page.controls:
        for value in others(control, zoo, start):
            query = {"data": ["toys"], control.link(start): control.write(value, start.offers[control.name])}
            s = resolve(page, zoo, query)
            if not control.linked or control.sets:
                continue
            assert not s.problems and s.values[control.name] == value, control.name
            again = resolve(page, zoo, address(s, whole=True))
            assert {n: v for n, v in again.values.items() if linked(page, n)} == {
                n: v for n, v in s.values.items() if linked(page, n)
            }


def linked(page: Page, name: str) -> bool:
    control = page.control(name)
    return control is None or (control.linked and not control.sets)


def others(control, zoo: Zoo, s: State) -> list:
    """One value or two that the control can have."""
    if isinstance(control, Pad):
        return [Picture.of(np.full(control.sides(zoo, s), 7, np.uint8))]
    if isinstance(control, Latents):
        return [(held("toys/plain", Latent("z", None, np.arange(6, dtype=np.float32)), "B"),)]
    choices, first = s.offers[control.name], s.values[control.name]
    if choices is not None:
        values = [one for one in dict.fromkeys(choices.values()) if one != first]
        return [tuple(values[:1])] if isinstance(first, tuple) and values else values[:2]
    kinds = {bool: [not first], int: [7], str: [getattr(control, "placeholder", "") or "1, 2, 3"], float: [0.5]}
    return kinds.get(type(first), [5])


NONSENSE = st.text(max_size=12) | st.sampled_from(
    ["-1", "1e9", "nan", "none", "true", "[]", "0", "9" * 12, "\x00", "…", "toys/plain:z.AAAA", "z.0.AAAA", ":"]
)
SHEETS = st.tuples(st.sampled_from([1, 8, 28]), st.sampled_from([1, 3]), st.sampled_from([0, 1, 255])).map(
    lambda one: Picture.of(np.full((one[0], one[0], one[1]), one[2], np.uint8)).text
)
"""Pictures that are drawn on no sheet: all alike, of another size, a hole that is everything"""


@pytest.mark.parametrize("name", NAMES)
def test_nonsense_in_a_link_is_told_and_the_page_stands(name, nonsense_zoo, caplog):
    page, zoo = BY_NAME[name], nonsense_zoo
    start = resolve(page, zoo, {})
    names = [*(control.link(start) for control in page.controls), *page.places, "nobody_knows_this"]

    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.dictionaries(st.sampled_from(names), st.lists(NONSENSE | SHEETS, min_size=1, max_size=2), min_size=1))
    def stands(query):
        s = resolve(page, zoo, query)
        made(page, Maker(zoo), s)
        assert not caplog.records, caplog.text

    stands()


@pytest.fixture(scope="module")
def nonsense_zoo(_zoo_once) -> Zoo:
    return Zoo(_zoo_once)


# A stranger's text ------------------------------------------------------------------------------------------

EVIL = "<img src=x onerror=alert(1)><script>alert(1)</script>\"'&"


class Harm(HTMLParser):
    """What in some HTML could do something."""

    def __init__(self):
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "iframe", "object", "embed", "link", "base", "form", "meta"):
            self.found.append(tag)
        for name, value in attrs:
            address = (value or "").strip().lower()
            if name.startswith("on") or (name != "xmlns" and address.startswith(("javascript:", "http://"))):
                self.found.append(f"{tag} {name}={value}")
            if tag == "img" and name == "src" and not (value or "").startswith("data:image/"):
                self.found.append(f"img {value}")


def harm(text: str) -> list[str]:
    parser = Harm()
    parser.feed(text)
    parser.close()
    return parser.found


def test_the_test_finds_harm():
    assert len(harm(EVIL)) == 3 and not harm("<b>words</b>")


@pytest.fixture(scope="module")
def evil_zoo(tmp_path_factory) -> Zoo:
    folder = tmp_path_factory.mktemp("evil")
    words = {
        "title": EVIL[:90],
        "summary": EVIL,
        "paper": f"{EVIL}; arXiv:1234.5678",
        "objective": r"\text{<b onclick=x>}",
    }
    put(folder / "plain", dataset="<b onload=x>", name="plain", **words)
    put(
        folder / "told", dataset="<b onload=x>", name="told", parent="plain", seed=1, conditional=True,
        class_names=("<script>", "two"), **{**words, "title": f"2{EVIL[:80]}"},
    )  # fmt: skip
    for one in ("plain", "told"):
        recipe = json.loads((folder / one / "recipe.json").read_text())
        recipe["provenance"]["device"] = EVIL
        (folder / one / "recipe.json").write_text(json.dumps(recipe))
    put_translator(
        folder / "turned", "<b onload=x>", name="turned", rule="thin", domains=("<script>", EVIL[:90]), cycle=True,
        network="unet", g_terms={"cycle": 1.0}, **words,
    )  # fmt: skip
    told = {"n": 5, "rows": {"answer": {"psnr": 1.0}, EVIL: {"psnr": 2.0}}, "failures": [EVIL]}
    record.update(folder / "turned", "<b onload=x>", translation={**told, "extractor": {"name": EVIL}})
    return Zoo(folder)


@pytest.mark.parametrize("name", NAMES)
def test_no_text_of_a_stranger_becomes_an_element(name, evil_zoo):
    page = BY_NAME[name]
    assert (len(evil_zoo.catalog()), len(evil_zoo.catalog().translators)) == (2, 1)
    s = resolve(page, evil_zoo, {"look": ["1"]} if page.control("look") else {})
    for part, value in made(page, Maker(evil_zoo), s):
        if isinstance(part, Html) and isinstance(value, str):
            assert not harm(value), part


# What a page declares ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_what_the_faces_need(name):
    page = BY_NAME[name]
    assert page.title and page.words and page.icon
    names = [control.name for control in page.controls] + page.places
    assert len(names) == len(set(names))
    assert sum(isinstance(item, Box) and not item.items for item in page.items) == 0
    anchors = {part.anchor for part in page.parts if part.anchor}
    leads = {part.leads for part in page.parts if getattr(part, "leads", "")}
    assert leads <= anchors


def test_the_menu_goes_group_by_group():
    groups = [page.group for page in PAGES]
    assert [name for name, _ in itertools.groupby(groups)] == ["", "See", "Use", "Measure", "Understand"]


def test_pages_and_answers_have_names_of_their_own():
    assert len(set(NAMES)) == len(NAMES)
    answers = [ask.__name__ for page in PAGES for ask in page.answers]
    assert len(answers) == len(set(answers)) and not {"catalog", "add_from_hub"} & set(answers)
    assert {
        "samples", "inspect", "interpolate", "latent_map", "class_grid", "style_mix", "truncations", "evolution",
        "leaderboard", "curves", "class_shares", "ablation", "learn", "translators", "translate",
    } <= set(answers)  # fmt: skip
