"""The questions that programs ask for pictures: typed endpoints through the real client, beside what the core says."""

import av
import numpy as np
import pytest
from gradio_client.exceptions import AppError
from gradio_pages import client
from page_helpers import pixels
from PIL import Image

from demo.draw import compose
from demo.draw import styles as drawn_styles
from demo.page.answers import MOST
from demo.pages import PAGES
from demo.zoo import inspection, styles
from demo.zoo.zoo import Zoo

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
            made = zoo.samples(["toys/told", "photos/colour"], [5, 2], "one")[one["variant"]]
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
