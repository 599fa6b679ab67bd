"""Home: the tiles, the part that shows them, where they lead, and what there is to begin with."""

import math
import re
import sys

import numpy as np
import pytest
from page_helpers import alts, in_html, parts_of
from zoos import put

from demo.page import links, resolve
from demo.page.state import address
from demo.pages import PAGES, home
from demo.pages.home import PAGE
from demo.zoo import teaching
from demo.zoo.zoo import Zoo

# Tiles ------------------------------------------------------------------------------------------------------


def test_tiles_stand_in_order_of_year_with_their_distance(measured_zoo):
    zoo = Zoo(measured_zoo)
    tiles = home.tiles(zoo, zoo.catalog().of("toys"))
    assert [(t.title, t.year, t.words) for t in tiles] == [
        ("Real data", None, "what all of them learn to draw"),
        ("Plain GAN", 2014, "FD 40.0 · floor 0.86"),
        ("Deep GAN", 2015, "FD 12.3 · floor 0.86"),
        ("Told GAN", 2016, "FD 20.0 · floor 0.86"),
    ]
    assert tiles[1].level == 1 and tiles[0].level is None
    assert tiles[2].level == pytest.approx(math.log(12.31 / 0.86) / math.log(40 / 0.86))
    assert "in the features of toys-cnn: lower is better. The floor is" in home.legend(zoo, zoo.catalog().of("toys"))
    (photo,) = home.tiles(zoo, zoo.catalog().of("photos"))
    assert (photo.words, photo.level) == ("not measured", None) and home.legend(zoo, zoo.catalog().of("photos")) == ""


def test_a_tile_shows_the_same_latents_as_every_other_view(zoo_folder):
    zoo = Zoo(zoo_folder)
    real, plain, *_ = home.tiles(zoo, zoo.catalog().of("toys"))
    sheet, alt = home.picture(zoo, plain, "toys", range(9, 18))
    scale = round(home.SIDE / 8)
    np.testing.assert_array_equal(
        sheet[: 8 * scale : scale, : 8 * scale : scale, 0], zoo.samples(["toys/plain"], [9])["toys/plain"][0, ..., 0]
    )
    assert "Plain GAN" in alt and "seeds 9 to 17" in alt
    assert "test images, which no network was trained on" in home.picture(zoo, real, "toys", range(9))[1]
    (zoo_folder / "toys" / "plain" / "generator.safetensors").write_bytes(b"these are no weights")
    assert home.picture(Zoo(zoo_folder), plain, "toys", range(9)) is None


def test_a_name_cannot_leave_its_tile():
    tile = home.Tile("x", 2014, "FD <b>", 0.5, None)
    assert "FD &lt;b&gt;" in home.words(tile) and "width:50%" in home.words(tile)
    assert 'class="when"' in home.year(tile, 2013) and 'class="when same"' in home.year(tile, 2014)


# The page ---------------------------------------------------------------------------------------------------


def wall(zoo, **link) -> str:
    (text,) = parts_of(PAGE, zoo, resolve(PAGE, zoo, {"data": ["toys"], **link})).values()
    return text


def test_the_wall_shows_every_variant_by_year_at_the_same_latents(measured_zoo):
    zoo = Zoo(measured_zoo)
    text = wall(zoo)
    said = alts(text)
    assert [alt.partition(" · ")[0] for alt in said] == ["Real data", "Plain GAN", "Deep GAN", "Told GAN"]
    assert all("seeds 0 to 8" in alt for alt in said[1:]) and "FD 12.3 · floor 0.86" in text
    assert text.index(">2014<") < text.index(">2015<") < text.index(">2016<")
    (button,) = (control for control in PAGE.controls if control.name == "seed")
    assert button.after == "Another latent" and button.step == 9
    (before, *drawn), (real, *others) = in_html(text), in_html(wall(zoo, seed=["9"]))
    assert (before == real).all() and not any((a == b).all() for a, b in zip(drawn, others, strict=True))


def test_a_tile_is_a_link_to_its_lesson_but_the_real_data_are_none(zoo_folder):
    text = wall(Zoo(zoo_folder))
    assert re.findall(r'<a class="variant" href="([^"]*)"', text) == [
        f"?view=learn&amp;data=toys&amp;variant={name}" for name in ("plain", "deep", "told")
    ]
    assert '<div class="variant"><div class="when none">' in text


def test_what_is_there_to_begin_with_leads_to_variants_that_are_there(zoo_folder):
    zoo = Zoo(zoo_folder)
    assert home.examples(zoo.catalog().of("toys")) == [] and "To begin with" not in wall(zoo)
    for name, parent in (("gan", ""), ("dcgan", "gan")):
        put(zoo_folder / "toys" / name, name=name, title=name.upper(), parent=parent, year=2014)
    zoo = Zoo(zoo_folder)
    entries = zoo.catalog().of("toys")
    query = {"data": ["toys"], "variants_toys": ["GAN", "DCGAN"]}
    found = home.examples(entries)
    assert found[0] == ("GAN and DCGAN through their training", "evolution", query)
    assert [view for _, view, _ in found] == ["evolution", "interpolate", "quiz"]
    assert [view for _, view, _ in home.examples(entries, real=False)] == ["evolution", "interpolate"]
    pages = {page.name: page for page in PAGES}
    for _, view, query in found:
        s = resolve(pages[view], zoo, query)
        said = {name: texts for name, texts in query.items() if texts}
        assert not s.problems and address(s, whole=True).items() >= said.items()


def test_places_hold_the_size_of_the_pictures_until_torch_is_there(zoo_folder, monkeypatch):
    zoo = Zoo(zoo_folder)
    s = resolve(PAGE, zoo, {"data": ["toys"]})
    monkeypatch.delitem(sys.modules, "torch")
    steps = home.wall(zoo, s)
    first = next(steps)
    monkeypatch.undo()  # torch cannot be imported a second time
    monkeypatch.setattr(home, "FEW", 2)
    second, last = steps
    assert first.count('<div class="blank">') == 3 and "Deep GAN" in first
    assert first.count("<img") == 1 and "Real data" in first, "no network makes those"
    assert 0 < second.count('<div class="blank">') < 3 and last.count('<div class="blank">') == 0


def test_a_damaged_variant_keeps_its_tile(zoo_folder):
    (zoo_folder / "toys" / "plain" / "generator.safetensors").write_bytes(b"these are no weights")
    text = wall(Zoo(zoo_folder))
    assert len(in_html(text)) == 3 and text.count(home.DAMAGED) == 1


# Links ------------------------------------------------------------------------------------------------------


def test_a_tile_leads_to_its_variant(zoo_folder):
    entry = Zoo(zoo_folder).entry("toys/deep")
    added = ["her/style@" + "0" * 40]
    assert links.lesson(entry, added) == ("learn", {"data": ["toys"], "variant": ["deep"], "hub": added, "lessons": []})
    assert links.comparison(entry) == ("compare", {"data": ["toys"], "variants_toys": ["Deep GAN"]})


def test_the_page_of_a_second_checkpoint_of_a_variant_is_found(zoo_folder):
    put(zoo_folder / "toys" / "again", name="deep", title="Deep GAN again", year=2021)
    zoo = Zoo(zoo_folder)
    names = teaching.names(zoo.catalog().of("toys"))
    for key in ("toys/deep", "toys/again", "toys/plain"):
        name = links.lesson(zoo.entry(key))[1]["variant"][0]
        assert names[name].key == key


def test_addresses():
    assert links.address("http://x", {"a": ["1", "2 3"]}) == "http://x/?a=1&a=2+3"
    assert links.address("http://x/compare", {}) == "http://x/compare"
