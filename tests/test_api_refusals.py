"""The questions that programs ask wrongly, or over damaged files: one sentence for each."""

import json

import pytest
from gradio_client.exceptions import AppError
from gradio_pages import client

from demo.page.answers import MOST

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
    (PLANE, [["toys/told"], [0, 1, 2, "x"]], "A seed is a whole number, or a letter"),
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
    (CURVES, [{"a": 1}], "variant of /curves must be a text"),
    (CURVES, ["toys/cut"], "toys/cut"),
    (CURVES, ["toys/deep", 1], "A curve has two points or more, not 1."),
    (CURVES, ["toys/deep", 2.5], "points of /curves must be a whole number or null, not 2.5."),
    ("/catalog", ["moon"], "There is no data set 'moon'; there is photos, toys."),
    (SAMPLES, [["toys/plain"], [0], None, 1, "yes"], "separate of /samples must be true or false, not 'yes'."),
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
