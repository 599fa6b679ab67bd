"""The Gradio front end: its endpoints through the real client, its page in a real browser."""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from demo.draw import styles as drawn_styles
from demo.zoo import evolution, inspection, leaderboard, published, styles
from demo.zoo.zoo import Zoo

QUIET = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
os.environ.update(QUIET)  # before gradio is imported

from conftest import record_runs  # noqa: E402
from gradio_client import Client  # noqa: E402
from gradio_client.exceptions import AppError  # noqa: E402

from benchmarks.browser import ROOT, free_port, served  # noqa: E402
from demo import gradio_ablation, gradio_board  # noqa: E402
from demo.draw import charts, compose  # noqa: E402
from demo.faces.api import MOST  # noqa: E402
from demo.gradio import EMPTY, build  # noqa: E402


@contextmanager
def in_thread(folder: Path):
    """The app over a zoo, in a thread: its address."""
    app = build(Zoo(folder))
    _, address, _ = app.launch(
        server_name="127.0.0.1", server_port=free_port(), prevent_thread_lock=True, quiet=True, ssr_mode=False
    )
    try:
        yield address
    finally:
        app.close(verbose=False)


@contextmanager
def client(folder: Path, downloads: Path):
    with in_thread(folder) as address:
        yield Client(address, verbose=False, analytics_enabled=False, download_files=downloads)


def pixels(path: str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


# Endpoints --------------------------------------------------------------------------------------------------


ENDPOINTS = [
    "/catalog",
    "/add_from_hub",
    "/samples",
    "/inspect",
    "/interpolate",
    "/latent_map",
    "/class_grid",
    "/style_mix",
]
ENDPOINTS += ["/truncations", "/evolution", "/leaderboard", "/curves", "/class_shares", "/ablation", "/learn"]


def test_the_endpoints_answer_what_the_core_answers(zoo_folder, tmp_path):
    zoo = Zoo(zoo_folder)
    with client(zoo_folder, tmp_path) as ask:
        api = ask.view_api(return_format="dict")["named_endpoints"]
        assert list(api) == ENDPOINTS
        named = {p["parameter_name"]: p for p in api["/interpolate"]["parameters"]}
        assert list(named) == ["variants", "seeds", "steps", "how", "labels", "truncation", "loop", "format"]
        assert named["steps"]["type"] == {"type": "integer"} and named["steps"]["parameter_default"] == 16
        for endpoint in api.values():
            assert all(f"{p['parameter_name']}:" in endpoint["description"] for p in endpoint["parameters"])

        found = ask.predict(api_name="/catalog")
        assert [facts["key"] for facts in found["variants"]] == zoo.catalog().keys and found["problems"] == []

        keys = ["toys/plain", "toys/told"]
        made = ask.predict(keys, [5, 2, 9, 4, 0], label="one", truncation=0.5, api_name="/samples")
        expected = zoo.samples(keys, [5, 2, 9, 4, 0], "one", 0.5)
        assert [one["variant"] for one in made] == keys
        for one in made:
            np.testing.assert_array_equal(pixels(one["picture"]), compose.sheet(expected[one["variant"]], 3))
        assert "seeds 5, 2, 9, 4, 0 · class one · truncation 0.5 · 20k images of training" in made[1]["caption"]

        (colour,) = ask.predict(["photos/colour"], [3], api_name="/samples")
        assert pixels(colour["picture"]).shape[2] == 3

        # From class to class is a path between one seed and itself.
        (told,) = ask.predict(["toys/told"], [7, 7], steps=6, labels=["zero", 2], api_name="/interpolate")
        path = zoo.interpolate(["toys/told"], [7, 7], steps=6, labels=[0, 2])["toys/told"]
        np.testing.assert_array_equal(pixels(told["picture"]), compose.sheet(path, 6))
        with Image.open(told["animation"]) as gif:
            assert gif.format == "GIF" and gif.n_frames == 10
        assert "class zero to two" in told["caption"]

        grid = ask.predict("toys/told", [1, 2, 3, 4], api_name="/class_grid")
        expected = compose.sheet(zoo.class_grid("toys/told", [1, 2, 3, 4]), 4, row_names=["zero", "one", "two"])
        np.testing.assert_array_equal(pixels(grid["picture"]), expected)


def test_a_loop_and_a_map_by_request(zoo_folder, tmp_path):
    zoo, keys = Zoo(zoo_folder), ["toys/plain", "toys/told"]
    with client(zoo_folder, tmp_path) as ask:
        labels = [0, "two", "one"]
        path = zoo.interpolate(keys, [0, 4, 9], steps=9, how="lerp", labels=labels, loop=True)
        for kind in compose.FORMATS:
            for one in ask.predict(keys, [0, 4, 9], 9, "lerp", labels, loop=True, format=kind, api_name="/interpolate"):
                strip = compose.sheet(path[one["variant"]], 9)
                np.testing.assert_array_equal(pixels(one["picture"]), strip)
                assert one["animation"].endswith(f".{kind}")
                if kind == "mp4":
                    with av.open(one["animation"]) as film:
                        assert sum(1 for _ in film.decode(video=0)) == 9
                else:
                    with Image.open(one["animation"]) as film:
                        assert film.format.lower() == kind and film.n_frames == 9
        made = zoo.latent_map(keys, [0, 4, 9, 5], 5, "lerp", [0, "two", 1, 1], 0.5)
        for one in ask.predict(keys, [0, 4, 9, 5], 5, "lerp", [0, "two", 1, 1], 0.5, api_name="/latent_map"):
            np.testing.assert_array_equal(pixels(one["picture"]), compose.sheet(made[one["variant"]], 5))
        assert "seeds 0, 4, 9, 5 · class zero to two to one · truncation 0.5" in one["caption"]


def test_a_picture_is_looked_at_by_request(looked_zoo, tmp_path):
    (looked_zoo / "toys" / "deep" / "discriminator.safetensors").unlink()
    zoo, keys = Zoo(looked_zoo), ["toys/told", "toys/deep"]
    with client(looked_zoo, tmp_path) as ask:
        told, deep = ask.predict(keys, 7, "two", 0.5, api_name="/inspect")
        expected = inspection.inspect(zoo, keys, 7, "two", 0.5)["toys/told"]
        assert (told["variant"], told["seed"], told["label"], told["notes"]) == ("toys/told", 7, "two", [])
        np.testing.assert_array_equal(pixels(told["picture"]), expected.picture[:, :, 0])
        score = told["score"]
        assert score["logit"] == pytest.approx(expected.score.logit) and "real" not in score
        assert score["among_real"]["percentile"] == expected.score.among_real.percentile
        assert score["among_generated"]["n"] == 120 and score["tells"] == pytest.approx(expected.score.tells)
        near = told["neighbour"]
        np.testing.assert_array_equal(pixels(near["picture"]), expected.neighbour.picture[:, :, 0])
        assert (near["of"], near["extractor"], near["label"]) == (30, "toys-cnn", expected.neighbour.label)
        assert deep["score"] is None and deep["notes"] == ["No score: Deep GAN came without its discriminator."]
        assert deep["neighbour"] and deep["label"] == ""
        for question, sentence in (
            ([["toys/told"], 7, "nine"], "has no class 'nine'"),
            ([["toys/told"], 7, [0.5, 0.5, 0]], "label of /inspect must be a whole number, a text or null"),
            ([["toys/told"], -7], "A seed is a whole number from 0"),
            ([["toys/told"], "x"], "seed of /inspect must be a whole number"),
            (["toys/told", 7], "variants of /inspect must be a list of texts"),
        ):
            with pytest.raises(AppError) as refused:
                ask.predict(*question, api_name="/inspect")
            assert sentence in str(refused.value) and "\n" not in str(refused.value), question


def test_styles_are_mixed_and_truncated_by_request(styled_zoo, tmp_path):
    zoo, keys = Zoo(styled_zoo), ["toys/styled", "toys/styled_told"]
    with client(styled_zoo, tmp_path) as ask:
        styled = [facts["key"] for facts in ask.predict(api_name="/catalog")["variants"] if facts["styled"]]
        assert styled == keys
        made = ask.predict(keys, [1, 2], [3, 4, 5], [4, 32], "one", 0.5, api_name="/style_mix")
        expected = zoo.mix(keys, [1, 2], [3, 4, 5], [4, 32], "one", 0.5)
        for one in made:
            np.testing.assert_array_equal(pixels(one["picture"]), drawn_styles.grid(expected[one["variant"]]))
            assert (one["sides"], one["taken"]) == ([4, 8, 16, 32], [4, 32])
        assert "rows seeds 1, 2, columns seeds 3 to 5: 4 and 32 px from the columns" in made[0]["caption"]
        assert "class one · truncation 0.5" in made[1]["caption"]
        (coarse,) = ask.predict(keys[:1], [1], [2], "coarse", api_name="/style_mix")
        assert coarse["taken"] == [4, 8]

        (plain,) = ask.predict(["toys/plain"], [1, 2], api_name="/truncations")  # any network
        np.testing.assert_array_equal(
            pixels(plain["picture"]),
            drawn_styles.strip(zoo.truncations(["toys/plain"], [1, 2])["toys/plain"], styles.STEPS),
        )
        (told,) = ask.predict(keys[1:], [1], [0, 1.5], "two", api_name="/truncations")
        strip = zoo.truncations(keys[1:], [1], "two", [0, 1.5])[keys[1]]
        np.testing.assert_array_equal(pixels(told["picture"]), drawn_styles.strip(strip, values=[0, 1.5]))

        for endpoint, question, sentence in (
            ("/style_mix", [["toys/plain"], [0], [1]], "Plain GAN has no styles to mix"),
            ("/style_mix", [keys, list(range(12)), list(range(12))], f"338 pictures, and at most {MOST}"),
            ("/style_mix", [keys, 3, [1]], "rows of /style_mix must be a list of whole numbers, not 3."),
            ("/style_mix", [keys, [0], []], "No seed is given."),
            (
                "/style_mix",
                [keys, [0], [1], "finest"],
                "Levels are coarse, middle, fine, or a list of sides",
            ),
            (
                "/style_mix",
                [keys, [0], [1], 7],
                "levels of /style_mix must be a text or a list of whole numbers, not 7.",
            ),
            ("/style_mix", [keys, [0], [1], "fine", "nine"], "has no class 'nine'"),
            ("/truncations", [["toys/plain"], [0], [9]], "The truncation is a number from 0 to 2"),
            ("/truncations", [["toys/plain"], [0], "0.5"], "values of /truncations must be a list of numbers or null"),
            ("/truncations", [["toys/plain"], [0], []], "No truncation is given."),
            ("/truncations", [["toys/plain"], list(range(60))], f"420 pictures, and at most {MOST}"),
        ):
            with pytest.raises(AppError) as refused:
                ask.predict(*question, api_name=endpoint)
            assert sentence in str(refused.value) and "\n" not in str(refused.value), question


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
        assert (columns["recall"]["better"], columns["seconds"]["unit"]) == ("higher", "s")
        assert (board["anchors"][0]["key"], board["anchors"][0]["values"]["fd"]) == ("train", 0.86)
        assert board["extractor"] == {"name": "toys-cnn", "hash": "0123456789abcdef"}
        assert (board["reference"]["split"], board["reference"]["n"], board["n"]) == ("test", 5000, 10_000)
        assert board["fronts"]["parameters"] == ["toys/plain", "toys/told", "toys/deep"]
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
        assert noisy["changes"] == ["fading noise on all that D sees (from sigma 0.1)"]
        assert "helped and hurt" in noisy["sentence"] and found["sources"]["seeds"]["values"]["fd"] == [20, 22, 21]
        for question in (["toys", "noisy"], ["photos"], ["moon"]):
            with pytest.raises(AppError, match=r"No variant of|There is no checkpoint of the data set"):
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
        assert "· seeds 0 to 4 · 450 of 450 images of training, its last ·" in deep["caption"]
        for one, moment in zip(made["variants"], evolution.evolution(zoo, keys, n=5).at(500), strict=True):
            np.testing.assert_array_equal(pixels(one["picture"]), compose.sheet(moment.pictures, 3))
            assert Path(one["film"]).read_bytes() == evolution.film(zoo, one["variant"])
        with Image.open(made["animation"]) as gif:
            assert gif.format == "GIF" and gif.n_frames >= 5
        half = ask.predict(["toys/critic"], 0.5, "share", api_name="/evolution")
        assert half["variants"][0]["images"] == 400 and half["animation"] is None
        end = ask.predict(["toys/critic"], api_name="/evolution")
        assert end["at"] == 1600 and end["variants"][0]["estimate"] == -0.5


SAMPLES, WAY, GRID, PLANE = "/samples", "/interpolate", "/class_grid", "/latent_map"
BOARD, CURVES, SHARES = "/leaderboard", "/curves", "/class_shares"
MOMENT = "/evolution"
BAD = [
    (SAMPLES, [["toys/plian"], [0]], "There is no checkpoint 'toys/plian'; did you mean 'toys/plain'?"),
    (SAMPLES, ["toys/plain", [0]], "variants of /samples must be a list of texts, not 'toys/plain'."),
    (SAMPLES, [[{}], [0]], "must be a list of texts, not [{}]."),
    (SAMPLES, [[], [0]], "No variant is chosen."),
    (SAMPLES, [["toys/plain"], []], "No seed is given."),
    (SAMPLES, [["toys/plain"], 3], "seeds of /samples must be a list of whole numbers, not 3."),
    (SAMPLES, [["toys/plain"], [1.5]], "must be a list of whole numbers, not [1.5]."),
    (SAMPLES, [["toys/plain"], [-1]], "A seed is a whole number from 0"),
    (SAMPLES, [["toys/plain", "toys/deep"], [0] * 129], f"258 pictures, and at most {MOST}"),
    (SAMPLES, [["toys/told"], [0], "seven"], "Told GAN has no class 'seven'"),
    (SAMPLES, [["toys/told"], [0], {"a": 1}], "label of /samples must be a whole number, a text or null"),
    (SAMPLES, [["toys/plain"], [0], None, "much"], "truncation of /samples must be a number, not 'much'."),
    (SAMPLES, [["toys/cut"], [0]], "toys/cut"),
    (WAY, [["toys/plain"], [0]], "A path needs two seeds or more."),
    (WAY, [["toys/plain"], [0, 1], 257], "257 pictures"),
    (WAY, [["toys/plain"], [0, 1], 1], "A path needs two steps or more"),
    (WAY, [["toys/plain"], [0, 1], "many"], "steps of /interpolate must be a whole number"),
    (WAY, [["toys/plain"], [0, 1], 4, ["slerp"]], "how of /interpolate must be one of 'slerp', 'lerp', not ['slerp']."),
    (WAY, [["toys/told"], [0, 1], 4, "lerp", [1]], "one label per seed"),
    (WAY, [["toys/plain"], [0, 1], 4, "lerp", None, 1, True, "avi"], "must be one of 'gif', 'webp', 'mp4', not 'avi'."),
    (WAY, [["toys/plain"], [0, 1], 4, "lerp", None, 1, True, ["gif"]], "must be one of 'gif', 'webp', 'mp4'"),
    (PLANE, [["toys/plain"], [0, 1, 2]], "A map has four corners, a seed at each; 3 were given."),
    (PLANE, [["toys/plain"], [0, 1, 2, 3], 17], f"289 pictures, and at most {MOST}"),
    (PLANE, [["toys/plain"], [0, 1, 2, 3], 1], "A map needs two steps or more"),
    (PLANE, [["toys/plain"], [0, 1, 2, 3], "many"], "steps of /latent_map must be a whole number"),
    (PLANE, [["toys/plain"], [0, 1, 2, 3], 4, ["slerp"]], "how of /latent_map must be one of"),
    (PLANE, [["toys/told"], [0, 1, 2, 3], 4, "lerp", [1]], "one label per seed"),
    (PLANE, [["toys/told"], [0, 1, 2, "x"]], "must be a list of whole numbers"),
    (GRID, ["toys/plain", [0]], "is unconditional: it cannot be told which class"),
    (GRID, [["toys/told"], [0]], "variant of /class_grid must be a text"),
    (GRID, ["toys/told", list(range(86))], "258 pictures"),
    (MOMENT, [["toys/plain"]], "Plain GAN (toys/plain): its evolution.webp cannot be shown: there is no such file."),
    (MOMENT, [["toys/plian"]], "did you mean 'toys/plain'?"),
    (MOMENT, ["toys/plain"], "variants of /evolution must be a list of texts"),
    (MOMENT, [["toys/plain"], 0, "steps"], "by of /evolution must be one of 'images', 'share', not 'steps'."),
    (MOMENT, [["toys/plain"], 0, ["images"]], "by of /evolution must be one of"),
    (MOMENT, [["toys/plain"], 0, "images", "many"], "number of /evolution must be a whole number"),
    (MOMENT, [["toys/plain", "toys/deep"], 0, "images", 129], f"258 pictures, and at most {MOST}"),
    (MOMENT, [["toys/cut"]], "toys/cut"),
    (BOARD, ["mnist"], "There is no checkpoint of the data set 'mnist'; there are those of photos, toys."),
    (BOARD, [None], "dataset of /leaderboard must be a text, not null."),
    (BOARD, [{"a": 1}], "dataset of /leaderboard must be a text, not {'a': 1}."),
    (BOARD, ["toys", "inception"], "No variant was measured with the extractor 'inception'; there is none."),
    (BOARD, ["toys", ["inception"]], "extractor of /leaderboard must be a text or null"),
    (CURVES, ["toys/plian"], "There is no checkpoint 'toys/plian'; did you mean 'toys/plain'?"),
    (CURVES, [{"a": 1}], "key of /curves must be a text"),
    (CURVES, ["toys/cut"], "toys/cut"),
    (SHARES, ["../toys"], "There is no checkpoint of the data set '../toys'"),
    (SHARES, ["toys", "inception"], "No variant was measured with the extractor 'inception'"),
]


def test_a_bad_question_gets_one_sentence_and_a_damaged_folder_is_left_out(broken_zoo, tmp_path):
    with client(broken_zoo, tmp_path) as ask:
        for endpoint, question, sentence in BAD:
            with pytest.raises(AppError) as refused:
                ask.predict(*question, api_name=endpoint)
            text = str(refused.value)
            assert sentence in text and "\n" not in text and str(broken_zoo) not in text, (question, text)
            assert len(text) <= 300

        before = ask.predict(api_name="/catalog")
        (made,) = ask.predict(["toys/torn", "toys/plain"], [0], api_name="/samples")
        after = ask.predict(api_name="/catalog")
        assert made["variant"] == "toys/plain"
        assert len(after["problems"]) == len(before["problems"]) + 1
        assert any("toys/torn" in problem for problem in after["problems"])


def test_damaged_figures_are_left_out_with_a_reason(measured_zoo, tmp_path):
    toys = measured_zoo / "toys"
    (toys / "plain" / "metrics.json").write_text('{"format": 1, "gen')
    metrics = json.loads((toys / "told" / "metrics.json").read_text())
    (toys / "told" / "metrics.json").write_text(json.dumps({**metrics, "generator": "0" * 16}))
    (toys / "anchors.json").write_text("[]")
    (toys / "deep" / "stats.jsonl").write_bytes(b"\xff{\n[1]\n")
    with client(measured_zoo, tmp_path) as ask:
        board = ask.predict("toys", api_name="/leaderboard")
        assert [row["key"] for row in board["rows"]] == ["toys/deep"] and board["anchors"] == []
        assert {one["key"] for one in board["unmeasured"]} == {"toys/plain", "toys/told"}
        assert "other weights" in {one["key"]: one["reason"] for one in board["unmeasured"]}["toys/told"]
        assert ask.predict("toys", api_name="/class_shares")["reference"] is None
        curve = ask.predict("toys/deep", api_name="/curves")
        assert curve["columns"] == {"images": []} and curve["notes"]


# The leaderboard's parts ------------------------------------------------------------------------------------


def test_the_table_sorts_by_numbers_and_reads_as_text(measured_zoo):
    board = leaderboard.leaderboard(Zoo(measured_zoo), "toys")
    shown = gradio_board.figures(board, every=False).value
    fd = shown["headers"].index("FD-toys-cnn ↓")
    parameters = shown["headers"].index("Parameters ↓")
    front = shown["headers"].index("Pareto front")
    assert "Rarest class (%) ↑" in shown["headers"] and "KD-toys-cnn ↓" not in shown["headers"]
    texts = shown["metadata"]["display_value"]
    assert [row[0] for row in texts] == [
        "Real training images", "Deep GAN", "Noise", "Told GAN", "Plain GAN", "One class only",
    ]  # fmt: skip
    assert [row[fd] for row in shown["data"]] == [0.86, 12.31, 17, 20, 40, 165]
    assert texts[1][fd] == "12.31 ± 0.20" and texts[1][parameters] == "4,000"
    assert shown["data"][0][parameters] is None and texts[0][parameters] == "–"
    assert texts[1][front] == "parameters, images, steps, time" and texts[0][front] == "anchor"
    anchors = [i for i, row in enumerate(shown["metadata"]["styling"]) if row[0]]
    assert anchors == [0, 2, 5]  # set apart
    every = gradio_board.figures(board, every=True).value["headers"]
    assert "KD-toys-cnn ↓" in every and "CAS (%) ↑" in every and "Gain at 50 (points) ↑" in every


def test_the_words_carry_who_measured_and_what_the_generator_saw(measured_zoo):
    zoo = Zoo(measured_zoo)
    board = leaderboard.leaderboard(zoo, "toys")
    said = gradio_board.caption(board)
    for part in ("FD-toys-cnn", "0123456789abcdef", "n = 10,000", "5,000 test images of toys", "fedcba9876543210"):
        assert part in said
    assert "3 sampling seeds, 1 training seed" in said
    assert "saw 60,000 labelled images" in gradio_board.caveat(board)
    assert "Told GAN: 90.0 ± 1.0 % of the real test images right; trained on as many real ones, 95.0 %." in (
        gradio_board.scores(board)
    )
    gains = gradio_board.gains(board).value["metadata"]["display_value"]
    assert [row[5] for row in gains] == ["-3.0 ± 1.0", "+5.0 ± 2.0", "+5.0 ± 2.0"]
    assert gains[2][0] == "Told GAN, of these images alone" and gains[2][6] == "50"
    assert gradio_board.caption(leaderboard.leaderboard(zoo, "photos")) == gradio_board.UNMEASURED
    elsewhere = gradio_board.theirs(published.published("mnist"))
    assert "Inception" in elsewhere and "arXiv:1711.10337" in elsewhere and "<td>6.7</td>" in elsewhere


def test_events_have_one_small_place_for_their_progress(zoo_folder):
    """Else each step of one costs the browser a search for all outputs of all: see docs/decisions.md."""
    config = build(Zoo(zoo_folder)).config
    places = {
        tuple(event["show_progress_on"] or ()): event["api_name"]
        for event in config["dependencies"]
        if event["backend_fn"] and event["api_visibility"] == "private"
    }
    (problems, _) = sorted(one for place in places for one in place)  # and the form of the Hub, which shows it
    assert len(places) == 2 and next(one for one in config["components"] if one["id"] == problems)["type"] == "html"


def test_a_long_training_curve_is_drawn(measured_zoo):
    lines = [{"images": i, "d_loss": 0.5, "g_loss": 1.0, "shares": [0.2, 0.3, 0.5]} for i in range(4000)]
    (measured_zoo / "toys" / "deep" / "stats.jsonl").write_text("\n".join(map(json.dumps, lines)))
    curve = leaderboard.curves(Zoo(measured_zoo), "toys/deep")
    for chart in (*gradio_board.specs(charts.curves, curve), gradio_board.spec(charts.shares_over_training, curve)):
        assert len(json.loads(chart.plot)["datasets"]) >= 1


def test_looking_at_figures_does_not_import_torch(measured_zoo):
    code = (
        "import sys; from demo import gradio, gradio_board;"
        "from demo.zoo import leaderboard; from demo.zoo.zoo import Zoo;"
        "zoo = Zoo(sys.argv[1]); gradio.build(zoo);"
        "board = leaderboard.leaderboard(zoo, 'toys'); gradio_board.figures(board, True); from demo.draw import charts;"
        "gradio_board.plot(gradio_board.spec(charts.quality, board)); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(measured_zoo)], check=True, cwd=ROOT)


# The page ---------------------------------------------------------------------------------------------------


def pictures(page, view: int = 0) -> list[str]:
    """Addresses of the pictures in one place of the open tab."""
    return page.locator(".cards:visible").nth(view).locator("img").evaluate_all("all => all.map(one => one.src)")


def changes(page, act, view: int = 0) -> None:
    """act() makes every generated picture of a place another one."""
    before = pictures(page, view)
    assert before
    act()
    until = time.monotonic() + 90
    while time.monotonic() < until:
        if (now := pictures(page, view)) and not set(now) & set(before):
            return
        page.wait_for_timeout(50)
    pytest.fail("the pictures stayed as they were")


def downloaded(page, button: str) -> Image.Image:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return Image.open(download.value.path())


@pytest.mark.browser
def test_an_empty_zoo_says_how_to_fill_it(browser, tmp_path):
    (tmp_path / "zoo").mkdir()
    with in_thread(tmp_path / "zoo") as address:
        page = browser.new_page()
        page.goto(f"{address}?view=compare")
        page.get_by_text(EMPTY).wait_for()
        page.get_by_role("tab", name="Leaderboard").click()
        page.get_by_text(gradio_board.EMPTY, exact=True).wait_for()
        page.close()


@pytest.mark.browser
def test_a_visitor_reads_the_leaderboard(browser, measured_zoo):
    with served(measured_zoo, gradio=True) as url:
        for width in (1280, 390):
            read(browser, url, width)


def read(browser, address: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    errors, strangers = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else strangers.append(r.url))
    page.goto(f"{address}/?view=compare&data=photos")
    page.locator(".cards img").first.wait_for()
    page.get_by_role("tab", name="Leaderboard").click()

    # The photos come first, and were not measured.
    page.get_by_text("Colour GAN: never measured").wait_for()
    assert not page.get_by_role("checkbox", name="Colour GAN").is_visible()  # the board is of all variants
    page.get_by_label("Data set").click()
    page.get_by_role("option", name="toys").click()
    table = page.locator(".board:visible").first
    table.locator(".virtual-row", has_text="12.31 ± 0.20").wait_for()

    def names() -> list[str]:
        return table.locator(".virtual-row .first-column").all_inner_texts()

    best = ["Real training images", "Deep GAN", "Noise", "Told GAN", "Plain GAN", "One class only"]
    assert names() == best
    table.locator("th", has_text="FD-toys-cnn").locator("button").click()
    page.get_by_role("menuitem", name="Sort descending").click()
    page.wait_for_timeout(300)
    assert names() == best[::-1]

    # Charts fill their places: quality twice, gain, collapse, and the curves of the best variant.
    charts = page.locator(".chart svg.marks")
    charts.nth(3).wait_for()
    page.get_by_text("Losses", exact=True).wait_for()
    assert all(250 < box["width"] <= width for box in (one.bounding_box() for one in charts.all()))
    page.get_by_text("FD-toys-cnn, n = 2,000 (log scale)").wait_for()
    page.get_by_label("Variant", exact=True).click()
    page.get_by_role("option", name="Plain GAN").click()
    page.get_by_text(gradio_board.NO_CURVE).wait_for()

    page.get_by_role("radio", name="Training time (s)").check()
    page.get_by_text("Time compares only on one device.").wait_for()
    page.get_by_label("All columns").check()
    table.locator("th", has_text="KD-toys-cnn").wait_for(state="attached")

    page.get_by_role("tab", name="Compare").click()
    page.get_by_role("checkbox", name="Plain GAN").wait_for()
    assert page.get_by_role("checkbox", name="Plain GAN").is_checked()
    page.locator(
        "figcaption:visible", has_text="FD-toys-cnn 12.3 ± 0.2 (floor 0.86, n = 10,000 against 5,000 real)"
    ).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not errors and not strangers
    page.close()


@pytest.mark.browser
def test_a_visitor_sees_what_a_trick_did(browser, family_zoo):
    path = family_zoo / "toys" / "deep" / "recipe.json"
    path.write_text(path.read_text().replace('"parent": ""', '"parent": "plain"'))
    record_runs(family_zoo / "toys")
    with served(family_zoo, gradio=True) as url:
        for width in (1280, 390):
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.set_default_timeout(60_000)
            errors: list[str] = []
            page.on("pageerror", lambda error, errors=errors: errors.append(str(error)))
            page.goto(f"{url}/?view=compare&data=photos")
            page.locator(".cards img").first.wait_for()
            page.get_by_role("tab", name="Ablation").click()
            page.get_by_text(gradio_ablation.NONE).wait_for()  # the photos come first
            assert not page.get_by_role("checkbox", name="Colour GAN").is_visible()
            page.get_by_label("Data set").click()
            page.get_by_role("option", name="toys").click()
            page.get_by_text("Noisy GAN helped and hurt").wait_for()
            images = page.locator(".tricks img")
            assert images.count() == 4 and page.locator(".tricks article").count() == 4
            assert page.locator(".tricks .better").first.inner_text() == "▲ better"
            page.locator(".chart svg.marks:visible").nth(3).wait_for()
            assert (
                "Noisy GAN: FD-toys-cnn 21.0 → 16.0 (-5.00), better"
                in page.locator(".chart:visible").first.inner_html()
            )
            before = images.first.get_attribute("src")
            page.locator("button:visible", has_text="Next").click()
            page.wait_for_function("src => document.querySelector('.tricks img').src != src", arg=before)
            page.get_by_text("Every difference in numbers").click()
            page.locator(".board:visible .virtual-row", has_text="-6.00").wait_for()
            page.get_by_role("combobox", name="Parent").click()
            page.get_by_role("option", name="Plain GAN").click()
            page.locator(".tricks article", has_text="Deep GAN").wait_for()
            page.locator(".chart svg.marks:visible").first.wait_for(state="hidden")  # nobody measured these
            assert page.evaluate("document.documentElement.scrollWidth") <= width and not errors
            page.close()


@pytest.mark.browser
def test_a_visitor_moves_a_training(browser, filmed_zoo):
    (filmed_zoo / "toys" / "told" / "evolution.webp").write_bytes(b"RIFF")
    with served(filmed_zoo, gradio=True) as url:
        move(browser.new_page(viewport={"width": 390, "height": 844}), url)


def move(page, address: str) -> None:
    page.set_default_timeout(60_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}/?view=compare&data=photos")
    page.locator(".cards img").first.wait_for()
    page.get_by_role("tab", name="Evolution").click()
    page.get_by_text("Colour GAN: its evolution.webp cannot be shown").wait_for()
    page.get_by_label("Data set").click()
    page.get_by_role("option", name="toys").click()

    page.get_by_text("Told GAN: its evolution.webp cannot be shown: it is damaged").wait_for()
    page.get_by_text("At 401 images shown.").wait_for()
    assert len(pictures(page)) == 3
    slider = page.get_by_role("slider", name="From the beginning of the training to its end")
    changes(page, lambda: slider.fill("0"))
    page.get_by_text("At 0 images shown.").wait_for()
    changes(page, lambda: slider.fill("1"))
    page.locator("figcaption:visible", has_text="450 of 450 images of training, its last").wait_for()
    page.locator(".chart svg.marks").nth(1).wait_for()  # the critic's estimate, the measured distance
    page.get_by_text("Plain GAN, Deep GAN: the losses tell nothing of quality").wait_for()
    slider.evaluate("one => one.scrollIntoView()")
    page.mouse.wheel(0, 300)
    page.wait_for_timeout(300)
    assert 0 <= slider.bounding_box()["y"] < 100  # it stays in sight

    page.get_by_label("Play").check()
    shown = page.locator(".played img")
    shown.wait_for()
    assert "beginning" in shown.get_attribute("alt")
    page.wait_for_function("document.querySelector('.played img').naturalWidth > 0")
    assert downloaded(page, "Download the animation as GIF").n_frames >= 5
    with page.expect_download() as download:
        page.get_by_role("link", name="Deep GAN").click()
    assert Image.open(download.value.path()).format == "WEBP"
    page.get_by_text("Share of the training", exact=True).click()
    page.get_by_text("At 100 % of each training.").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not errors
    page.close()


@pytest.mark.browser
def test_a_visitor_uses_every_tab(browser, broken_zoo):
    (broken_zoo / "toys" / "real.png").unlink()  # all pictures are then of networks
    with served(broken_zoo, gradio=True) as url:
        for width in (1280, 390):
            visit(browser, url, width)


def visit(browser, address: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    errors, strangers = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else strangers.append(r.url))
    page.goto(f"{address}/?view=compare&data=photos")

    # Another data set, and the notice on folders that cannot be shown.
    page.locator(".cards img").first.wait_for()
    page.get_by_text("Colour GAN").first.wait_for()
    page.locator("#problems summary", has_text=re.compile("checkpoints cannot be shown")).click()
    page.get_by_text("toys/cut").first.wait_for()

    def other_data() -> None:
        page.get_by_label("Data set").click()
        page.get_by_role("option", name="toys").click()

    changes(page, other_data)
    page.get_by_text("Deep GAN").first.wait_for()
    assert len(pictures(page)) == 3  # and the torn one is not among them
    assert page.locator("#problems").get_by_text("toys/torn").count() == 1

    changes(page, lambda: page.get_by_role("button", name="Next").first.click())
    assert page.get_by_label("First seed").locator("visible=true").first.input_value() == "16"
    changes(page, lambda: page.get_by_label("First seed").locator("visible=true").first.fill("99"))
    changes(page, lambda: page.get_by_role("radio", name="4", exact=True).click())
    assert "seeds 99 to 102" in page.locator("figcaption:visible").first.inner_text()
    page.get_by_role("checkbox", name=re.compile(r"^Plain GAN( .toys.plain.)?$")).uncheck()
    page.wait_for_function("document.querySelectorAll('.cards img').length == 2")
    assert downloaded(page, "Download as PNG").format == "PNG"

    page.locator("summary", has_text="Told GAN").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not errors and not strangers
    page.close()
