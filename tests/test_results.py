"""The figures of benchmarks/results/, and what README.md and docs/ say of them: each table, and each sentence.

A table of a document belongs to the last command of a benchmark above it in its section. Each of its rows must stand
in one of the tables of the file with that command; it may leave out columns and rows.
"""

import importlib
import json
import math
import re
from functools import cache

import pytest
from PIL import Image
from sources import listed
from test_claims import ROOT, Claim, document

from benchmarks import app_latency, latent, live, load, playground, results, screenshots

RESULTS = ROOT / "benchmarks" / "results"
DOCUMENTS = ("README.md", *(f"docs/{path.name}" for path in listed("docs", "*.md")))
COMMAND = re.compile(r"`(python -m (?:benchmarks)\.\w+[^`]*)`")
COUNTS = "python -m benchmarks.attack --minutes 20"
"""Its table counts what came of one run, and measures nothing"""


@cache
def files() -> dict[str, dict]:
    """{command: what was found} of the files with tables."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in listed(RESULTS, "*.json")]
    return {one["command"]: one for one in found if "tables" in one}


def tables(text: str) -> list[tuple[str, list[str], list[list[str]]]]:
    """(command above it, headings, rows) of each table of a document that stands below a command."""
    made, command = [], ""
    for block in re.split(r"\n\s*\n", text):
        if block.startswith("#"):
            command = ""
        if block.startswith("|"):
            head, _, *lines = [[cell.strip() for cell in line[1:-1].split("|")] for line in block.strip().split("\n")]
            made += [(command, head, lines)] if command else []
        elif said := COMMAND.findall(" ".join(block.split())):
            command = said[-1]
    return made


TABLES = [(name, *one) for name in DOCUMENTS for one in tables((ROOT / name).read_text(encoding="utf-8"))]


def shown(table: dict, head: list[str]) -> list[list[str]] | None:
    """The rows of a table with these columns alone, as text; None where it has no such columns."""
    columns = list(table["columns"])
    if not set(head) <= set(columns):
        return None
    return [[cells[columns.index(one)] for one in head] for cells in results.cells(table)]


@pytest.mark.parametrize(
    ("name", "command", "head", "rows"), TABLES, ids=[f"{t[0]} {t[1][21:]} {t[2][0]}" for t in TABLES]
)
def test_a_table_of_a_document_is_what_was_measured(name, command, head, rows):
    if command == COUNTS:
        return
    assert command in files(), f"{name}: no file in benchmarks/results was made by {command}"
    known = [made for table in files()[command]["tables"].values() if (made := shown(table, head)) is not None]
    assert any(all(one in made for one in rows) for made in known), f"{name}: {head}"


def test_every_document_with_measured_tables_was_read():
    read = {(name, command.split()[2]) for name, command, *_ in TABLES}
    for one in ("app_latency", "load", "train_speed"):
        assert ("README.md", f"benchmarks.{one}") in read
    assert {("docs/playground.md", "benchmarks.playground"), ("docs/playground.md", "benchmarks.live")} <= read
    assert len(TABLES) >= 9


@pytest.mark.parametrize("command", files())
def test_a_file_has_its_place_in_a_document_and_a_page_beside_it(command):
    assert any(f"`{command}`" in document(name) for name in DOCUMENTS), f"no document names {command}: drop the file"
    (path,) = [path for path in RESULTS.glob("*.json") if json.loads(path.read_text()).get("command") == command]
    assert path.with_suffix(".md").read_text(encoding="utf-8") == results.page(files()[command])


BENCHMARKS = [path.stem for path in listed("benchmarks", "*.py") if "parse_args(" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_says_what_it_takes_and_a_document_names_it(name, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", [name, "--help"])
    with pytest.raises(SystemExit) as stopped:
        importlib.import_module(f"benchmarks.{name}").main()
    assert stopped.value.code == 0 and "usage: " in capsys.readouterr().out
    assert any(re.search(rf"\bbenchmarks\.{name}\b", document(page)) for page in DOCUMENTS)


@pytest.mark.parametrize("command", [command for command in files()])
def test_its_benchmark_writes_such_a_file(command, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["x", "--help"])
    with pytest.raises(SystemExit):
        importlib.import_module(command.split()[2]).main()
    assert "--json FILE" in capsys.readouterr().out


def test_a_file_by_hand(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["/x/benchmarks/load.py", "--visitors", "2", "--json", str(tmp_path / "a.json")])
    made = results.Results(visitors=2)
    made.table(
        "crowd", {"who": "{}", "took": "{:.1f} s", "range": "{:d} to {:d}"}, [["a", 1.25, (1, 2)], ["b", None, None]]
    )
    made.save(tmp_path / "a.json")
    found = json.loads((tmp_path / "a.json").read_text())
    assert (found["command"], found["visitors"]) == ("python -m benchmarks.load --visitors 2", 2)
    table = "| who | took | range |\n| --- | ---: | ---: |\n| a | 1.2 s | 1 to 2 |\n| b |  |  |"
    assert results.markdown(found["tables"]["crowd"]) == table and table in capsys.readouterr().out
    assert (tmp_path / "a.md").read_text() == results.page(found) and table in results.page(found)
    assert tables(f"# A\n\nSee `{found['command']}`.\n\n{table}\n") == [
        (found["command"], ["who", "took", "range"], [["a", "1.2 s", "1 to 2"], ["b", "", ""]])
    ]


def test_what_a_benchmark_finds_becomes_rows_by_hand():
    waited = app_latency.waited("x", [40, "ms"], [1.0, 3.0, 2.0])
    assert waited == ["x", [40, "ms"], [2.0, "ms", ""], [1.0, "ms", ""], [3.0, "ms", ""]]
    (drawn,) = app_latency.drawing([("a", 28, [1.0, 2.0, 9.0]), ("b", 28, [4.0]), ("c", 28, [8.0])])
    assert drawn[2:] == [[4.0, "ms", ""], [2.0, "ms", " (`a`)"], [8.0, "ms", " (`c`)"]]
    one = {
        "steps": [3, 1, 2],
        "first": [0.5],
        "memory_gb": [1.0, 2.0, 3.0],
        "drawn": [],
        "ten_starts": 1.0,
        "idle": 0.5,
    }
    assert live.rows({"A": one}) == [["A", [1, 2, 3], 0.5, None, [1.0, 2.0, 3.0], 1.0, 0.5]]
    seen = {"steps": {"open": load.summary([1.0, 3.0]), "all": load.summary([1.0, 3.0])}, "errors": {"x": 2},
            "memory_gb": {"after the visitors": 1.0, "after the whole zoo": 2.0}}  # fmt: skip
    assert load.crowds({"A": seen}) == [["A", 2, 2.0, 3.0, 3.0, 2, 1.0, 2.0]]
    assert load.steps({"A": seen})[0] == ["A", "open", 2, 2.0, 3.0, 3.0]
    assert len(load.CROWD) == 8 and len(load.STEPS) == 6 and len(live.COLUMNS) == 7


# Sentences --------------------------------------------------------------------------------------------------


def figure(command: str, column: str, *, table: str = "", **where) -> list:
    """The cells of a column, of the rows whose cells are as `where` says: {heading: cell}."""
    (found,) = [one["tables"] for said, one in files().items() if said.split()[2] == f"benchmarks.{command.split()[0]}"
                and all(word in said for word in command.split()[1:])]  # fmt: skip
    named = found[table] if table else next(iter(found.values()))
    at = list(named["columns"])
    return [r[at.index(column)] for r in named["rows"] if all(r[at.index(h)] == v for h, v in where.items())]


def speed(*variants: str) -> list[float]:
    return [figure("playground", "steps/s", variant=name)[0] for name in variants]


def four(critics: bool) -> list[float]:
    name = ", ".join(playground.TOGETHER[critics])
    return figure("playground", "wall", table="3,000 steps of four variants", variants=name)


def lived(column: str) -> list:
    return figure("live", column)


def ratio(*variants: str) -> list[float]:
    return [figure("train_speed", "ratio", variant=name)[0] for name in variants]


def ratios(low: float, high: float) -> list[float]:
    """Real peak / estimate of the batches whose estimate is above `low` MB, up to `high`."""
    pairs = zip(figure("work", "estimate, MB"), figure("work", "ratio"), strict=True)
    return [ratio for estimate, ratio in pairs if low < estimate <= high]


def sliders(front_end: str) -> dict[str, float]:
    whats = figure("app_latency --controls", "control")
    medians = dict(zip(whats, (cell[0] for cell in figure("app_latency --controls", front_end)), strict=True))
    return {what: took for what, took in medians.items() if what != "Compare, the next seeds"}


ONE_STEP, FIVE = ("gan", "lsgan", "dcgan_r1"), ("sngan", "wgan", "wgan_gp")
CLAIMS = [
    Claim("docs/playground.md", "The target is 600 steps a second for one variant. GAN, LSGAN and DCGAN + R1 meet it.",
          lambda: playground.TARGETS["steps"] == 600 and min(speed(*ONE_STEP)) >= 600),
    Claim("docs/playground.md", "does 407; SNGAN, WGAN and WGAN-GP, which take five critic steps for each of G's, "
          "do 131 to 208.",
          lambda: [*speed("r3gan"), min(speed(*FIVE)), max(speed(*FIVE))] == [407, 131, 208]
          and {figure("playground", "critic steps", variant=name)[0] for name in FIVE} == {5}),
    Claim("docs/playground.md", "The rest of a step, three quarters of it for the GAN, is Python",
          lambda: speed("gan") == pytest.approx([figure("playground", "floor, steps/s", variant="gan")[0] / 4], 0.05)),
    Claim("docs/playground.md", "The target of a first frame is 300 ms.",
          lambda: max(figure("playground", "first frame", table="first frame")) < 300
          and playground.TARGETS["first"] == 0.3),
    Claim("docs/playground.md", "The target of four variants side by side is 30 s. It is met at both batches where "
          "each takes one critic step, and missed at both where two of the four take five.",
          lambda: max(four(False)) < playground.TARGETS["four"] == 30 < min(four(True))
          and len(four(False)) == len(four(True)) == 2),
    Claim("docs/playground.md", "with Streamlit the most steps of a visitor are 1.1 times the least, with "
          "Gradio 1.3 times",
          lambda: [round(steps[2] / steps[0] + 1e-9, 1) for steps in lived("steps of a visitor: least, median, most")]
          == [1.1, 1.3]),
    Claim("docs/playground.md", "A visitor who draws waits less than a quarter of a second (median).",
          lambda: max(lived("drawing meanwhile, median")) < 0.25),
    Claim("docs/playground.md", "From the middle of the minute to its end memory grew by 0.02 and 0.03 GB.",
          lambda: [round(held[2] - held[1], 2) for held in lived("memory: opened, half, end")] == [0.02, 0.03]),
    Claim("README.md",
          "Every convolutional variant is above the target of 1.3; the fully connected one misses its target of 3.",
          lambda: [one for one in figure("train_speed", "ratio") if one < 1.3] == [] and ratio("gan")[0] < 3),
    Claim("README.md",
          "In each front end one slider misses it: with Streamlit the truncation of *Compare*, with Gradio the number "
          "of seeds of *Directions*.",
          lambda: [[what for what, took in sliders(face).items() if took > 150] for face in ("Streamlit", "Gradio")]
          == [["Compare, truncation"], ["Directions, number of seeds"]]),
    Claim("README.md", "The target is a median of 1 s, no error, and 1.5 GB.",
          lambda: (load.TARGET_SECONDS, load.TARGET_MEMORY) == (1.0, 1.5) > (max(figure("load", "median")), 0)
          and figure("load", "errors") == [0, 0]),
    Claim("README.md", "Both meet it.",
          lambda: max(figure("load", "memory after the whole zoo")) <= load.TARGET_MEMORY),
    Claim("README.md", "The worst answers of both are of *Evolution*",
          lambda: figure("load", "worst", table="steps", step="page Evolution") == figure("load", "worst")),
    Claim("docs/latent.md", "a picture of `mnist/dcgan` with 16 restarts and 150 steps took 0.7 s of the processor",
          lambda: [round(one, 1) for one in figure("latent", "processor, s", pictures=1, restarts=16)] == [0.7]),
    Claim("docs/latent.md", "64 test pictures with 4 restarts 11 s",
          lambda: [round(one) for one in figure("latent", "processor, s", pictures=64, restarts=4)] == [11]),
    Claim("docs/translation.md", "1.52 times the plain loop (1.34 to 1.66), and 119 ms for an answer",
          lambda: [*figure("translate_speed", "ratio"), *figure("translate_speed", "its lowest and highest turn")]
          == [1.52, [1.34, 1.66]] and figure("translate_speed", "time", table="one answer at 64 px") == [119]),
    Claim("docs/reliability.md", "Where the estimate is above 100 MB, the real peak is 0.95 to 1.59 times as "
          "large; where it is below, up to 1.95 times.",
          lambda: [min(ratios(100, math.inf)), max(ratios(100, math.inf)), max(ratios(0, 100))] == [0.95, 1.59, 1.95]),
    Claim("docs/reliability.md", "One thread does 5 to 45 billion multiply-adds a second",
          lambda: min(figure("work", "per s")) >= 5 and max(figure("work", "per s")) <= 45),
]  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: re.sub(r"\W+", " ", claim.sentence)[:50])
def test_a_sentence_about_a_measured_figure_holds(claim):
    assert " ".join(claim.sentence.split()) in document(claim.document), "no document says so any more: drop the claim"
    assert claim.holds()


def test_a_benchmark_of_searches_without_test_pictures_says_so(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["benchmarks.latent", "celeba/dcgan"])
    with pytest.raises(SystemExit) as stopped:
        latent.main()
    assert stopped.value.code == 2 and "no test pictures ship with celeba/dcgan" in capsys.readouterr().err


@pytest.mark.parametrize("view", [view for view, *_ in screenshots.README])
def test_a_picture_in_the_readme_is_of_the_zoo_that_ships(view):
    with Image.open(ROOT / "docs" / f"{view}.png") as picture:
        made_of = picture.text["zoo"]
    assert made_of == screenshots.state(ROOT / "checkpoints"), "run python -m benchmarks.screenshots --readme"
