"""The questions that programs ask for figures: metrics, ablations, evolutions, beside what the core says."""

import json
from pathlib import Path

import numpy as np
import pytest
from gradio_client.exceptions import AppError
from gradio_pages import client
from page_helpers import parts_of, pixels
from PIL import Image
from zoos import record_runs

from demo.draw import compose
from demo.page import Table, resolve
from demo.pages import leaderboard
from demo.zoo import evolution
from demo.zoo.zoo import Zoo


def test_the_endpoints_tell_what_metrics_json_holds(measured_zoo, tmp_path):
    with client(measured_zoo, tmp_path) as ask:
        board = ask.predict("toys", api_name="/leaderboard")
        assert [row["key"] for row in board["rows"]] == ["toys/deep", "toys/told", "toys/plain"]  # best first
        columns = {column["name"]: column for column in board["columns"]}
        for row in board["rows"]:
            file = json.loads((measured_zoo / row["key"] / "metrics.json").read_text())
            (block,) = file["measured"].values()
            for name, figure in block["figures"].items():
                scale = {"%": 100, "": 1}[columns[name]["unit"]]
                assert row["values"][name] == pytest.approx(scale * figure["mean"]), name
                assert row["spreads"][name] == pytest.approx(scale * figure["spread"]), name
            assert row["values"]["parameters"] == file["cost"]["parameters"]
        assert board["rows"][2]["values"]["label_accuracy"] is None  # unconditional
        assert (columns["fd"]["title"], columns["fd"]["better"]) == ("FD-toys-cnn", "lower")
        assert (columns["recall"]["better"], columns["work"]["unit"]) == ("higher", "10¹²")
        assert (board["anchors"][0]["key"], board["anchors"][0]["values"]["fd"]) == ("train", 0.86)
        assert board["extractor"] == {"name": "toys-cnn", "hash": "0123456789abcdef"}
        assert (board["reference"]["split"], board["reference"]["n"], board["n"]) == ("test", 5000, 10_000)
        assert board["fronts"]["parameters"] == ["toys/plain", "toys/deep"]  # told is told the class: ranked apart
        assert [row["gain"] for row in board["augmentation"]] == pytest.approx([-3, 5, 5])
        assert ask.predict("toys", "toys-cnn", api_name="/leaderboard") == board

        photos = ask.predict("photos", api_name="/leaderboard")
        assert photos["rows"] == [] and photos["extractor"] is None
        (missing,) = photos["unmeasured"]
        assert missing["key"] == "photos/colour" and missing["reason"].startswith("never measured")

        shares = ask.predict("toys", api_name="/class_shares")
        assert shares["class_names"] == ["zero", "one", "two"] and shares["reference"] == [0.3, 0.35, 0.35]
        assert {row["key"]: row["shares"] for row in shares["rows"]}["toys/plain"] == [0.7, 0.25, 0.05]

        curve = ask.predict("toys/deep", api_name="/curves")
        points = [json.loads(line) for line in (measured_zoo / "toys/deep/stats.jsonl").read_text().splitlines()]
        for name in ("images", "d_loss", "g_loss", "real_logit", "fd"):
            assert curve["columns"][name] == [point.get(name) for point in points]
        assert curve["distance"] == "FD-toys-cnn, n = 2,000"
        assert curve["shares"] == [point.get("shares") for point in points]
        assert ask.predict("toys/plain", api_name="/curves")["columns"] == {"images": []}
        few = ask.predict("toys/deep", points=3, api_name="/curves")
        assert few["columns"]["images"] == [points[i]["images"] for i in (0, 20, 39)]
        assert few["shares"] == [points[i].get("shares") for i in (0, 20, 39)]
        assert ask.predict("toys/deep", points=1000, api_name="/curves") == curve

        # The page shows the same figures, in the same order.
        zoo = Zoo(measured_zoo)
        parts = parts_of(leaderboard.PAGE, zoo, resolve(leaderboard.PAGE, zoo, {"data": ["toys"], "all": ["true"]}))
        grids = [made for part, made in parts.items() if isinstance(part, Table) and made and "Figures of" in made.alt]
        for told, grid in zip((False, True), grids, strict=True):
            rows = [row for row in board["rows"] if row["told"] == told]
            rows = sorted([*rows, *board["anchors"]], key=lambda row: row["values"]["fd"])
            assert [row[0] for row in grid.rows] == [row["title"] for row in rows]
            for column in board["columns"]:
                title = f"{column['title']} ({column['unit']})" if column["unit"] else column["title"]
                place = [one.rstrip(" ↓↑") for one in grid.headers].index(title)
                assert [row[place][0] for row in grid.rows] == [row["values"][column["name"]] for row in rows], column


def test_the_ablation_endpoint_tells_what_a_trick_did(family_zoo, tmp_path):
    record_runs(family_zoo / "toys")
    with client(family_zoo, tmp_path) as ask:
        found = ask.predict("toys", api_name="/ablation")
        assert found == ask.predict("toys", "root", api_name="/ablation")
        assert found["families"] == [["root", "Root GAN"]] and found["key"] == "toys/root"
        noisy = found["tricks"][0]
        assert noisy["effects"][0] == {
            "figure": "fd", "seeds": [0, 1, 2], "parent": [20, 22, 21], "child": [15, 16, 17],
            "differences": [-5, -6, -4], "before": 21, "after": 16, "difference": -5, "spread": 2,
            "verdict": "better", "reason": "",
        }  # fmt: skip
        assert noisy["changes"] == ["fading noise on the pictures that D sees (standard deviation 0.1 at the start)"]
        assert "made some figures better and others worse" in noisy["sentence"]
        assert found["sources"]["seeds"]["values"]["fd"] == [20, 22, 21]
        for question in (["toys", "noisy"], ["photos"], ["moon"]):
            with pytest.raises(AppError, match=r"(?i)no variant of|There is no checkpoint of the data set"):
                ask.predict(*question, api_name="/ablation")


def test_the_endpoint_of_evolution_gives_recorded_moments(filmed_zoo, tmp_path):
    zoo, keys = Zoo(filmed_zoo), ["toys/critic", "toys/deep", "toys/told"]
    (filmed_zoo / "toys" / "told" / "evolution.webp").unlink()
    with client(filmed_zoo, tmp_path) as ask:
        made = ask.predict(keys, 500, number=5, animation=True, api_name="/evolution")
        assert made["at"] == 500 and made["positions"] == [0, 50, 200, 400, 450, 1600]
        assert made["notes"][0].startswith("Told GAN: its evolution.webp cannot be shown")
        critic, deep = made["variants"]
        assert (critic["variant"], critic["images"], critic["total"], critic["ended"]) == (
            "toys/critic",
            400,
            1600,
            False,
        )
        assert (deep["variant"], deep["images"], deep["total"], deep["ended"]) == ("toys/deep", 450, 450, True)
        assert critic["estimate"] == 8 and deep["estimate"] is None
        assert "· seeds 0 to 4 · 450 of 450 images shown, where it ended ·" in deep["caption"]
        for one, moment in zip(made["variants"], evolution.evolution(zoo, keys, n=5).at(500), strict=True):
            np.testing.assert_array_equal(pixels(one["picture"]), compose.sheet(moment.pictures, 3))
            assert Path(one["film"]).read_bytes() == evolution.film(zoo, one["variant"])
        with Image.open(made["animation"]) as gif:
            assert gif.format == "GIF" and gif.n_frames >= 5
        half = ask.predict(["toys/critic"], 0.5, "share", api_name="/evolution")
        assert half["variants"][0]["images"] == 400 and half["animation"] is None
        assert not any("asked for" in note for note in made["notes"])
        (few, *_) = ask.predict(["toys/critic"], number=200, separate=True, api_name="/evolution")["notes"]
        assert few == "200 pictures of each were asked for, and there are 60: the films hold no more."
        end = ask.predict(["toys/critic"], api_name="/evolution")
        assert end["at"] == 1600 and end["variants"][0]["estimate"] == -0.5
