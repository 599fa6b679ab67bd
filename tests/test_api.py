"""The questions that programs ask: typed endpoints through the real client, beside what the core and the pages say."""

import json
from pathlib import Path

import av
import numpy as np
import pytest
from gradio_client.exceptions import AppError
from gradio_pages import client
from page_helpers import decoded, parts_of
from PIL import Image
from zoos import record_runs

from demo.draw import compose
from demo.draw import styles as drawn_styles
from demo.page import Table, resolve
from demo.page.answers import MOST
from demo.pages import PAGES, leaderboard
from demo.zoo import evolution, inspection, styles
from demo.zoo.zoo import Zoo


def pixels(path: str) -> np.ndarray:
    return decoded(Path(path).read_bytes())


# Endpoints --------------------------------------------------------------------------------------------------


TAKES = {
    "/catalog": "dataset",
    "/add_from_hub": "name",
    "/samples": "variants seeds label truncation separate",
    "/inspect": "variants seed label truncation",
    "/interpolate": "variants seeds steps how labels truncation loop format separate found",
    "/latent_map": "variants seeds steps how labels truncation separate found",
    "/class_grid": "variant seeds truncation separate",
    "/style_mix": "variants rows columns levels label truncation separate",
    "/truncations": "variants seeds values label separate",
    "/translators": "dataset",
    "/translate": "variants picture test gan seed ordinary back separate hole",
    "/restore": "variants damage picture test hole factor sigma label thorough",
    "/rebuild": "variants picture test label thorough",
    "/direction": "variants effect seeds amounts label separate picture test found",
    "/directions": "variants",
    "/evolution": "variants at by number animation separate",
    "/leaderboard": "dataset extractor",
    "/curves": "variant points",
    "/class_shares": "dataset extractor",
    "/equal_budget": "dataset images",
    "/training_seeds": "dataset",
    "/table": "dataset name kind",
    "/ablation": "dataset parent",
    "/anomaly": "variants picture number dataset label",
    "/rebuild_errors": "dataset",
    "/learn": "variant",
    "/playground_story": "story",
    "/playground_run": "variants points steps every batch seed drawing",
    "/dirac": "loss penalty weight weight_clip theta psi g_lr d_lr updates steps",
    "/distances": "shifts shape",
    "/minimax": "real generated d",
    "/claims": "",
}
"""Endpoint -> its parameters in order: programs out there ask by these names and in this order"""


def test_the_endpoints_answer_what_the_core_answers(zoo_folder, tmp_path):
    zoo = Zoo(zoo_folder)
    with client(zoo_folder, tmp_path) as ask:
        api = ask.view_api(return_format="dict")["named_endpoints"]
        found = {name: [p["parameter_name"] for p in one["parameters"]] for name, one in api.items()}
        assert found == {name: names.split() for name, names in TAKES.items()}
        assert {f"/{ask.__name__}" for page in PAGES for ask in page.answers} | {"/catalog", "/add_from_hub"} == set(
            api
        )
        named = {p["parameter_name"]: p for p in api["/interpolate"]["parameters"]}
        assert named["steps"]["type"] == {"type": "integer"} and named["steps"]["parameter_default"] == 16
        for endpoint in api.values():
            assert all(f"{p['parameter_name']}:" in endpoint["description"] for p in endpoint["parameters"])

        found = ask.predict(api_name="/catalog")
        assert [facts["key"] for facts in found["variants"]] == zoo.catalog().keys and found["problems"] == []
        toys = [facts for facts in found["variants"] if facts["dataset"] == "toys"]
        assert ask.predict("toys", api_name="/catalog") == {"variants": toys, "problems": []}

        keys = ["toys/plain", "toys/told"]
        made = ask.predict(keys, [5, 2, 9, 4, 0], label="one", truncation=0.5, api_name="/samples")
        expected = zoo.samples(keys, [5, 2, 9, 4, 0], "one", 0.5)
        assert [one["variant"] for one in made] == keys
        for one in made:
            np.testing.assert_array_equal(pixels(one["picture"]), compose.sheet(expected[one["variant"]], 3))
        assert "seeds 5, 2, 9, 4, 0 · class one · truncation 0.5 · 20k images shown" in made[1]["caption"]

        (colour,) = ask.predict(["photos/colour"], [3], api_name="/samples")
        assert pixels(colour["picture"]).shape[2] == 3
        separate = ask.predict(["toys/told", "photos/colour"], [5, 2], "one", separate=True, api_name="/samples")
        for one in separate:
            made = zoo.samples([one["variant"]], [5, 2], "one")[one["variant"]]
            assert "picture" not in one and len(one["pictures"]) == 2
            for file, picture in zip(one["pictures"], made, strict=True):
                np.testing.assert_array_equal(pixels(file), picture.squeeze())

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
