"""Styles: its controls as queries, its parts against the core's pictures, its answers and its Python."""

import numpy as np
import pytest
from page_helpers import alts, decoded, in_html, parts_of, run_python

from demo.draw import compose
from demo.draw import styles as drawn
from demo.page import Refusal, resolve
from demo.page.state import address
from demo.pages import styles as page
from demo.pages.styles import PAGE
from demo.zoo import styles

FIXTURE = "styled_zoo"
TOYS = {"data": ["toys"]}
STYLED, TOLD = "toys/styled", "toys/styled_told"
(DOWNLOAD,) = (part for part in PAGE.parts if hasattr(part, "called"))


def shown(zoo, query) -> tuple[str, str]:
    """The HTML of the mixtures and of the truncations."""
    made = list(parts_of(PAGE, zoo, resolve(PAGE, zoo, query)).values())
    assert not any(isinstance(one, Refusal) for one in made), made
    return made[0], made[1]


def same(a: str, b: str) -> list[bool]:
    """Of each picture."""
    return [np.array_equal(x, y) for x, y in zip(in_html(a), in_html(b), strict=True)]


def test_mixtures_and_truncations_are_the_cores(zoo):
    mixtures, strips = shown(zoo, TOYS)
    mixed = zoo.mix([STYLED, TOLD], range(4), range(100, 104), "coarse", "zero")
    for picture, one in zip(in_html(mixtures), mixed.values(), strict=True):
        np.testing.assert_array_equal(picture, drawn.grid(one, 56, clear=True))
    made = zoo.truncations([STYLED, TOLD], range(4), "zero")
    for picture, one in zip(in_html(strips), made.values(), strict=True):
        np.testing.assert_array_equal(picture, drawn.strip(one, styles.STEPS, 56, clear=True))
    seeds = "rows seeds 0 to 3, columns seeds 100 to 103"
    assert f"Styled GAN · toys · {seeds}: 4 and 8 px from the columns, 16 and 32 px from the rows" in alts(mixtures)[0]
    assert "· class zero ·" in alts(mixtures)[1] and "· seeds 0 to 3 · class zero ·" in alts(strips)[1]
    assert "class" not in alts(mixtures)[0]
    (alone,) = in_html(shown(zoo, {**TOYS, "styled_toys": ["Styled GAN"]})[0])
    np.testing.assert_array_equal(alone, drawn.grid(mixed[STYLED], 84, clear=True))  # room for larger pictures


@pytest.mark.parametrize(
    ("change", "mixtures", "strips"),
    [
        ({"levels": ["fine"]}, [False, False], [True, True]),
        ({"truncation": ["0.5"]}, [False, False], [True, True]),
        ({"column_seed": ["104"]}, [False, False], [True, True]),
        ({"style_class_toys": ["two"]}, [True, False], [True, False]),
        ({"seed": ["4"]}, [False, False], [False, False]),
    ],
)
def test_each_control_changes_what_it_is_about(zoo, change, mixtures, strips):
    before, after = shown(zoo, TOYS), shown(zoo, {**TOYS, **change})
    assert same(before[0], after[0]) == mixtures and same(before[1], after[1]) == strips


def test_next_goes_on_by_as_many_seeds_as_are_shown(zoo):
    s = resolve(PAGE, zoo, {**TOYS, "grid": ["3"]})
    assert [PAGE.control(name).step(s) for name in ("seed", "column_seed")] == [3, 3]


def test_a_link_opens_the_view_it_was_copied_from(zoo):
    link = {
        **TOYS, "styled_toys": ["Told styles"], "grid": ["3"], "seed": ["4"], "column_seed": ["0"],
        "levels": ["middle"], "truncation": ["0.7"], "style_class_toys": ["one"],
    }  # fmt: skip
    s = resolve(PAGE, zoo, link)
    assert address(s) == link and not s.problems
    (alt,) = alts(shown(zoo, link)[0])
    assert "rows seeds 4 to 6, columns seeds 0 to 2: 16 px from the columns" in alt and "one · truncation 0.7" in alt
    odd = {"styled_toys": ["Nobody"], "grid": ["99"], "levels": ["finest"], "column_seed": ["x"], "truncation": ["-1"]}
    s = resolve(PAGE, zoo, {**TOYS, **odd})
    assert s.values == resolve(PAGE, zoo, TOYS).values and len(s.problems) == len(odd)


def test_the_class_is_asked_for_only_where_a_variant_takes_one(zoo):
    assert resolve(PAGE, zoo, TOYS).shown["style_class"]
    s = resolve(PAGE, zoo, {**TOYS, "styled_toys": ["Styled GAN"], "style_class_toys": ["two"]})
    assert not s.shown["style_class"] and s.style_class is None


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({**TOYS, "styled_toys": ["none"]}, "Choose one variant or more."),
        (
            {"data": ["photos"]},
            "None of the variants trained on photos has styles to mix. Some of those trained on toys do. "
            "python -m train.stylegan2 trains one.",
        ),
    ],
)
def test_nothing_to_mix_gets_one_sentence(zoo, query, words):
    s = resolve(PAGE, zoo, query)
    made = [one for one in parts_of(PAGE, zoo, s).values() if one is not None]
    assert {one.sentence for one in made} == {words} and not DOWNLOAD.when(s)


@pytest.mark.parametrize("torn", [["styled"], ["styled", "styled_told"]])
def test_styles_that_are_torn_are_left_out(zoo, styled_zoo, torn):
    for name in torn:
        (styled_zoo / "toys" / name / "generator.safetensors").write_bytes(b"these are no weights")
    made = list(parts_of(PAGE, zoo, resolve(PAGE, zoo, TOYS)).values())
    if len(torn) == 1:
        assert all(alts(html)[0].startswith("Told styles") and len(alts(html)) == 1 for html in made[:2])
    else:
        assert all("toys/styled" in one.sentence for one in made[:2])
    assert len(zoo.problems()) == len(torn)


def test_the_mixtures_are_saved(zoo):
    s = resolve(PAGE, zoo, {**TOYS, "levels": ["fine"], "seed": ["8"]})
    assert DOWNLOAD.when(s) and DOWNLOAD.called(s) == "styles-fine-seeds8-100.png"
    mixed = zoo.mix([STYLED, TOLD], range(8, 12), range(100, 104), "fine", "zero")
    captions = [zoo.mix_caption(key, one, "zero", 1.0) for key, one in mixed.items()]
    poster = compose.panel(captions, [drawn.grid(one) for one in mixed.values()], across=2)
    np.testing.assert_array_equal(decoded(DOWNLOAD.make(zoo, s)), poster[0, ..., 0])


def test_the_python_makes_the_same_pictures(zoo, monkeypatch):
    s = resolve(PAGE, zoo, {**TOYS, "grid": ["2"], "truncation": ["0.5"], "style_class_toys": ["one"]})
    made = run_python(zoo, page.python(zoo, s), monkeypatch)
    for key, one in page.mixed(zoo, s).items():
        np.testing.assert_array_equal(made[zoo.entry(key).title], one.pictures[1:, 1:].reshape(4, 32, 32, 1))


def test_answers_are_the_pictures_of_the_page(zoo):
    s = resolve(PAGE, zoo, {**TOYS, "grid": ["2"], "truncation": ["0.5"], "style_class_toys": ["one"]})
    question = ([STYLED, TOLD], [0, 1], [100, 101], "coarse", "one", 0.5)
    sheets, files = page.style_mix(zoo, *question), page.style_mix(zoo, *question, separate=True)
    mixed, captions = page.mixed(zoo, s), page.captions_of(zoo, s)
    for sheet, many, one, caption in zip(sheets, files, mixed.values(), captions, strict=True):
        assert sheet["caption"] == caption and (sheet["sides"], sheet["taken"]) == ([4, 8, 16, 32], [4, 8])
        np.testing.assert_array_equal(decoded(sheet["picture"].data), drawn.grid(one))
        separate = [decoded(file.data) for file in many["pictures"]]
        np.testing.assert_array_equal(separate, one.pictures[1:, 1:].reshape(4, 32, 32))

    (sheet,) = page.truncations(zoo, [TOLD], [0, 1], None, "one")
    strip = page.truncated(zoo, s)[TOLD]
    np.testing.assert_array_equal(decoded(sheet["picture"].data), drawn.strip(strip, styles.STEPS))
    (many,) = page.truncations(zoo, ["toys/plain"], [1, 2], [0, 1.5], separate=True)  # any network
    own = zoo.truncations(["toys/plain"], [1, 2], None, [0, 1.5])["toys/plain"].reshape(4, 8, 8)
    np.testing.assert_array_equal([decoded(file.data) for file in many["pictures"]], own)
    for ask, words in (
        (lambda: page.style_mix(zoo, ["toys/plain"], [0], [1]), "Plain GAN has no styles to mix"),
        (lambda: page.style_mix(zoo, [STYLED, TOLD], list(range(12)), list(range(12))), "That is 338 pictures"),
        (lambda: page.style_mix(zoo, [STYLED], [0], [1], "finest"), "Levels are coarse, middle, fine"),
        (lambda: page.truncations(zoo, [STYLED], list(range(40))), "That is 280 pictures"),
    ):
        with pytest.raises(ValueError, match=words):
            ask()
