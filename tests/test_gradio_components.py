"""The Gradio front end without a browser: what its components get, what is imported and sent."""

import html
import json
import subprocess
import sys

from gradio_pages import PAGES, Visit, gradio
from page_helpers import parts_of

from benchmarks.browser import ROOT
from demo.draw import figures
from demo.faces import gradio_parts
from demo.faces.gradio_tab import Sent
from demo.page import Chart, Grid, Html, Pictures, Table, resolve
from demo.pages import leaderboard
from demo.zoo import leaderboard as board
from demo.zoo import published
from demo.zoo.zoo import Zoo

# What components get ----------------------------------------------------------------------------------------


def of_toys(zoo: Zoo, kind, **query: str) -> list:
    """What the parts of a kind say on the leaderboard of the toys."""
    s = resolve(leaderboard.PAGE, zoo, {"data": ["toys"], **{name: [text] for name, text in query.items()}})
    return [value for part, value in parts_of(leaderboard.PAGE, zoo, s).items() if isinstance(part, kind) and value]


def test_the_table_sorts_by_numbers_and_reads_as_text(measured_zoo):
    zoo = Zoo(measured_zoo)

    def table(**query: str) -> dict:
        return gradio_parts.table(of_toys(zoo, Table, **query)[0])["value"]

    shown = table()
    fd = shown["headers"].index("FD-toys-cnn ↓")
    parameters = shown["headers"].index("Parameters ↓")
    front = shown["headers"].index("Pareto front")
    assert "Rarest class (%) ↑" in shown["headers"] and "KD-toys-cnn ↓" not in shown["headers"]
    texts = shown["metadata"]["display_value"]
    assert [row[0] for row in texts] == [
        "Real training images", "Deep GAN", "Plain GAN", "Noise", "One class only",
    ]  # fmt: skip
    assert [row[fd] for row in shown["data"]] == [0.86, 12.31, 40, 60, 165]
    assert texts[1][fd] == "12.31 ± 0.20" and texts[1][parameters] == "4,000"
    assert shown["data"][0][parameters] is None and texts[0][parameters] == "–"
    assert texts[1][front] == "every cost" and texts[0][front] == "anchor"
    anchors = [i for i, row in enumerate(shown["metadata"]["styling"]) if row[0]]
    assert anchors == [0, 3, 4]  # set apart
    every = table(all="true")["headers"]
    assert "KD-toys-cnn ↓" in every and "CAS (%) ↑" in every and "Gain at 50 (points) ↑" in every


def test_every_table_has_a_name_and_says_what_its_columns_are(zoo_folder_of_all):
    visit, tables = Visit(zoo_folder_of_all, data="toys"), 0
    for page in PAGES:
        if not any(isinstance(part, Table) for part in page.parts):
            continue
        visit.open(page.name)
        s = resolve(page, visit.face.maker.zoo, {"data": ["toys"]})
        for part in page.parts:
            grid = next(visit.face.maker.make(part, s))[1] if isinstance(part, Table) else None
            if not isinstance(grid, Grid):
                continue
            tables += 1
            place, below = (visit.stands[visit.tab.places[one]] for one in (part, (part, "columns")))
            assert place["label"] == grid.alt and grid.alt, f"{page.name}: a table without a name"
            for words in filter(None, grid.help):
                assert html.escape(words) in below, f"{page.name}: {words}"
            assert below or not any(grid.help)
    assert tables > 3


def test_the_words_carry_who_measured_and_what_the_generator_saw(measured_zoo):
    zoo = Zoo(measured_zoo)
    said = " ".join(
        str(one) for one in parts_of(leaderboard.PAGE, zoo, resolve(leaderboard.PAGE, zoo, {"data": ["toys"]})).values()
    )
    for part in (
        "FD-toys-cnn",
        "0123456789abcdef",
        "10,000 generated images",
        "5,000 test images of toys",
        "fedcba9876543210",
    ):
        assert part in said
    assert "3 sampling seeds and 1 training seed" in said and "trained on 60,000 labelled images" in said
    assert "90.0 ± 1.0 % of the real test images; trained on the same number of real images, on 95.0 %." in said
    gains = next(
        one for one in of_toys(zoo, Table) if any("trained on these images alone" in str(row[0]) for row in one.rows)
    )
    gains = gradio_parts.table(gains)["value"]["metadata"]["display_value"]
    assert [row[5] for row in gains] == ["−3.0 ± 1.0", "+5.0 ± 2.0", "+5.0 ± 2.0"]
    assert gains[2][0] == "Told GAN, trained on these images alone" and gains[2][6] == "50"
    assert figures.caption(board.leaderboard(zoo, "photos"), "") == figures.UNMEASURED
    elsewhere = figures.literature(published.published("mnist"))
    assert "Inception" in elsewhere and "arXiv:1711.10337" in elsewhere and "<td>6.7</td>" in elsewhere


def test_a_long_training_curve_is_drawn(measured_zoo):
    lines = [{"images": i, "d_loss": 0.5, "g_loss": 1.0, "shares": [0.2, 0.3, 0.5]} for i in range(4000)]
    (measured_zoo / "toys" / "deep" / "stats.jsonl").write_text("\n".join(map(json.dumps, lines)))
    zoo = Zoo(measured_zoo)
    made = parts_of(
        leaderboard.PAGE, zoo, resolve(leaderboard.PAGE, zoo, {"data": ["toys"], "curve_toys": ["Deep GAN"]})
    )
    drawn = [gradio_parts.charts(value) for part, value in made.items() if isinstance(part, Chart) and value]
    assert len(drawn) >= 5
    for chart in (one for charts in drawn for one in charts):
        assert len(json.loads(chart.plot)["datasets"]) >= 1 and "$schema" not in chart.plot


def test_looking_at_figures_does_not_import_torch(measured_zoo):
    code = """
import sys
from demo.faces import gradio
from demo.pages import PAGES
from demo.zoo.zoo import Zoo

face = gradio.Face(Zoo(sys.argv[1]), PAGES)
session = gradio.Session()
session.opening, session.query = None, {"data": ["toys"]}
sent = [one for one in face.tabs["leaderboard"].answer(session, None, None)]
assert "12.31" in str(sent[-1]) or "12.31" in str([[str(getattr(v, "value", v)) for v in one.values()] for one in sent])
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code, str(measured_zoo)], check=True, cwd=ROOT)


def test_what_the_browser_looks_up_before_it_shows_anything_stays_little(zoo_folder):
    config = gradio.build(Zoo(zoo_folder), PAGES).get_config_file()
    for one in config["components"]:
        if one["type"] == "html":
            assert len(one["props"].get("js_on_load") or "") < 1500, "scripts are sent once, in the head of the page"
    told = [target for event in config["dependencies"] for target in event["targets"]]
    shown = {part for page in PAGES for part in page.parts if isinstance(part, Html) and not isinstance(part, Pictures)}
    picked = [part for page in PAGES for part in page.parts if isinstance(part, Pictures)]
    html = {one["id"] for one in config["components"] if one["type"] == "html"}
    assert len(shown) > 3 * len(PAGES)
    assert sum(target in html and name == "click" for target, name in told) == len(PAGES) + len(picked)
    assert not any(name == "success" for _, name in told), "each event costs a look at the whole page"


# What is sent ---------------------------------------------------------------------------------------------


def test_what_is_hidden_from_the_start_is_not_hidden_again():
    sent, place = Sent({}), object()
    sent.say("a", place, 1, visible=False, value="x")
    assert sent.updates == {} and sent.fresh == {"a": 1}
    sent.say("a", place, 2, visible=True, value="x")
    assert sent.updates[place]["visible"] is True
    sent.say("a", place, 3, visible=False, value="x")
    assert sent.updates[place]["visible"] is False, "what was shown is hidden"
