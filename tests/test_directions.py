"""Directions: closed forms against NumPy, a planted direction found and named, what a stranger's file may hold."""

import dataclasses
import itertools
import json
import time

import numpy as np
import pytest
import torch
from helpers import contents, gan, small
from zoos import put

import gan_models
import train
from gan_models import GAN, CheckpointError, Recipe
from gan_models.latent import directions, measures
from gan_models.latent.directions import Direction, apart, boundary, first_weight, move, pca, sefa
from gan_models.latent.naming import Scene, discover, name
from gan_models.sampling import latents

RECIPES = train.recipes()


class Bar(torch.nn.Module):
    """A vertical bar: z0 makes it brighter, z3 wider, z1 moves it; the other latents do nothing."""

    def __init__(self):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.ones(1))

    def forward(self, z, y=None):
        place = torch.arange(28.0) - 13.5
        wide = 2 + torch.sigmoid(z[:, 3:4]) * 3
        bar = torch.sigmoid((wide - (place - 1.5 * z[:, 1:2]).abs()) * 4)
        light = 0.2 + 0.7 * torch.sigmoid(z[:, :1]) * self.gain
        tall = ((torch.arange(28) - 13.5).abs() < 9).float()
        return (2 * tall[None, :, None] * (light * bar)[:, None] - 1)[:, None]


@pytest.fixture(scope="module")
def scene() -> Scene:
    made = GAN(Recipe(name="bar", size=28, z_dim=6, network="mlp"), Bar())
    return Scene.of(made, lambda pictures: (pictures.mean((1, 2, 3)) > 1e9).astype(int), ("bar", "other"), n=600)


def test_sefa_is_the_singular_vectors_of_the_first_weight():
    weight = torch.randn(40, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    rows = weight.numpy() / np.linalg.norm(weight.numpy(), axis=1, keepdims=True)
    expected = np.linalg.svd(rows)[2]
    found = sefa(weight, 4).numpy()
    assert np.abs((found * expected[:4]).sum(1)) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_every_network_has_a_first_weight_and_it_meets_the_latent(recipe):
    g = gan(small(recipe))
    weight = first_weight(g)
    assert weight.shape[1] == g.recipe.z_dim and len(weight) >= 1
    vectors = pca(g, 3)
    assert vectors.shape == (3, g.recipe.z_dim) and vectors.norm(dim=1).numpy() == pytest.approx(1, abs=1e-6)
    if not g.sides:  # a latent that the weight sends to zero changes nothing
        z = latents([1], g.recipe.z_dim)
        with torch.no_grad():
            layer = next(m for m in g.G.modules() if isinstance(m, torch.nn.Linear))
            layer.weight[:, 0] = 0
        y = None if not g.recipe.classes else torch.tensor([0])
        assert torch.equal(g(z, y), g(z + 5 * torch.eye(g.recipe.z_dim)[:1], y))


def test_a_planted_direction_is_found_and_named(scene):
    found = discover(scene)
    leads = {d.name.partition(" +")[0]: d for d in found}
    assert {"further right", "further left"} & set(leads)
    for words, axis in (("brighter", 0), ("further right", 1), ("wider", 3)):
        opposite = {"brighter": "darker", "further right": "further left", "wider": "narrower"}[words]
        d = leads.get(words) or leads[opposite]
        sign = 1 if words in leads else -1
        assert sign * d.vector[axis] > 0.75, d.name  # a wider bar is brighter too
        assert d.unchanged == 1 and "class unchanged in 100 %" in d.name


def test_a_direction_that_does_nothing_is_dropped_and_a_name_has_the_measured_effect(scene):
    assert name(scene, "sefa", torch.eye(6)[4]) is None
    d = name(scene, "sefa", torch.eye(6)[1])
    places = scene.values["across"]
    ahead, behind = (scene.look(move(scene.gan, scene.points[:256], d, by))[0]["across"] for by in (1, -1))
    effect = ((ahead - behind) / 2).mean() / places.std()
    assert d.effects["across"] == pytest.approx(effect, rel=1e-3) and f"+{effect:.1f} sd" in d.name
    back = name(scene, "sefa", -torch.eye(6)[1])
    assert back.name.startswith("further left") and back.effects["across"] < 0


def test_a_direction_that_changes_the_class_is_named_by_it():
    made = GAN(Recipe(name="bar", size=28, z_dim=6, network="mlp"), Bar())
    right = Scene.of(made, lambda x: (measures.across(x) > 13.5).astype(int), ("left", "right"), n=400)
    d = name(right, "boundary", torch.eye(6)[1])
    assert d.name.startswith("towards right: ") and d.unchanged < 0.6 and d.vector[1] > 0.99


def test_a_boundary_is_the_normal_of_the_plane_between():
    x = latents(range(2000), 5)
    normal = torch.tensor([0.6, 0.0, 0.8, 0.0, 0.0], dtype=torch.float64)
    assert boundary(x, (x.double() @ normal).numpy()) @ normal > 0.99


@pytest.mark.parametrize("share", [0.012, 0.02, 0.04, 0.06, 0.3, 0.9, 0.98])
def test_the_boundary_of_a_class_is_fitted_to_its_own_pictures_however_rare_it_is(share):
    x = latents(range(1500), 8)
    along = x.double() @ torch.eye(8, dtype=torch.float64)[2]
    labels = (along > along.quantile(1 - share)).double().numpy()
    fewest = min(labels.sum(), 1500 - labels.sum())
    found = boundary(x, labels, 0.05)
    assert found[2] > 0.65
    # With values that are all different, and in the same order, the ends are just as long as the class is large.
    ordered = labels + np.arange(1500) * 1e-9
    assert torch.equal(found, boundary(x, ordered, (min(75, fewest) + 0.5) / 1500))


def test_there_is_no_boundary_between_equal_values():
    with pytest.raises(ValueError, match="no boundary between equal values"):
        boundary(latents(range(20), 3), np.ones(20))


def test_directions_along_another_are_left_out():
    a, b = torch.eye(3)[0], torch.tensor([0.99, 0.141, 0.0])
    assert apart(torch.stack([a, -a, b, torch.eye(3)[1]])) == [0, 3]


def test_a_move_in_z_keeps_the_length_of_a_latent():
    g, z = gan(small(RECIPES["dcgan"])), latents(range(4), 6)
    d = Direction("x", "sefa", "z", torch.eye(6)[2], 1.5)
    assert move(g, z, d, 2).norm(dim=1).numpy() == pytest.approx(z.norm(dim=1).numpy(), rel=1e-5)
    assert torch.allclose(move(g, z, Direction("x", "pca", "w", torch.eye(6)[2], 1.5), 2)[:, 2], z[:, 2] + 3)


def test_pictures_of_seeds_are_moved_by_standard_deviations(scene):
    axis = torch.eye(6)[1]
    d = Direction("x", "sefa", "z", axis, directions.STEP)  # a standard deviation of z1 is 1
    made = directions.moved(scene.gan, [3, 4, 5], d, [-2, 0, 2])
    assert made.shape == (3, 3, 28, 28, 1) and made.dtype == np.uint8
    np.testing.assert_array_equal(made[1], scene.gan.sample([3, 4, 5]))
    z = latents([3, 4, 5], 6)
    by_hand = (z + 2 * axis) * (z.norm(dim=1) / (z + 2 * axis).norm(dim=1))[:, None]
    np.testing.assert_array_equal(made[2], scene.gan.pictures(by_hand))
    places = measures.across(made.reshape(-1, 28, 28, 1)).reshape(3, 3)
    assert (np.diff(places, axis=0) > 0.5).all()
    with pytest.raises(ValueError, match=r"^a move needs one seed or more, not 0\.$"):
        directions.moved(scene.gan, [], d, [1])


AXIS = Direction("axis", "sefa", "z", torch.eye(6)[1], 2.0)
SD = "an amount of standard deviations is a number from -100 to 100, not"


@pytest.mark.parametrize(
    ("amounts", "words"),
    [
        ([], "no amount is given: give one or more"),
        (5, "amounts are a list of numbers, in standard deviations, not 5."),
        ("12", "amounts are a list of numbers, in standard deviations, not '12'."),
        (itertools.count(), "amounts are a list of numbers, in standard deviations, at most 1,000,000 at a time"),
        (itertools.repeat(0.0), "amounts are a list of numbers, in standard deviations, at most 1,000,000 at a time"),
        (np.ones(300_000), "that would be 900,000 pictures of 28 x 28 pixels, for which 1,200,000 are drawn, 1.0 GB;"),
        (np.ones(400_000), "that would be 1,200,000 pictures of 28 x 28 pixels, for which 1,600,000 are drawn, 1.3 GB"),
        *((([one], f"{SD} {said}.")) for one, said in (
            (None, "None"), ([1], "[1]"), ("x", "'x'"), (True, "True"), (10**5000, "a number of thousands of digits"),
            (1e25, "1e+25"), (1e300, "1e+300"), (float("nan"), "nan"), (-float("inf"), "-inf"), (101, "101"),
        )),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else type(value).__name__,
)  # fmt: skip
def test_amounts_that_no_move_has_are_told_before_they_cost_anything(scene, amounts, words):
    began = time.process_time()
    with pytest.raises(ValueError) as error:
        scene.gan.moved([3, 4, 5], AXIS, amounts)
    assert type(error.value) is ValueError and str(error.value).startswith(words) and "\n" not in str(error.value)
    assert time.process_time() - began < 3


def test_every_form_of_an_amount_means_the_same(scene):
    usual = scene.gan.moved([3, 4, 5], AXIS, [-1.0, 2.0])
    vector = dataclasses.replace(AXIS, vector=AXIS.vector.double(), step=np.float32(2))
    for direction, amounts in (
        (AXIS, (-1, 2)), (AXIS, np.array([-1, 2])), (AXIS, torch.tensor([-1.0, 2])), (AXIS, iter([-1, np.float16(2)])),
        (AXIS, [torch.tensor(-1), np.array(2.0)]), (vector, [-1, 2]),
    ):  # fmt: skip
        np.testing.assert_array_equal(scene.gan.moved([3, 4, 5], direction, amounts), usual)


@pytest.mark.parametrize(
    ("direction", "words"),
    [
        *((one, f"a direction is a Direction, or the index of one of bar, not {one!r}.")
          for one in (None, "0", True, 0.0, [0])),
        (0, "bar has 0 directions, from 0, not 0: load"),
        (-1, "bar has 0 directions, from 0, not -1: load"),
        *((dataclasses.replace(AXIS, **change), words) for change, words in (
            ({"space": "w"}, 'bar has no styles, so its space is "z"'),
            ({"space": "q"}, "a space is one of z, w, not 'q'."),
            ({"vector": torch.eye(5)[0]}, "the vector of a direction of bar is a tensor of floats [6], not torch."),
            ({"vector": [1.0] + [0.0] * 5}, "the vector of a direction of bar is a tensor of floats [6], not [1.0"),
            ({"vector": torch.zeros(6)}, "the vector of a direction has length 1, not 0."),
            ({"vector": torch.full((6,), torch.nan)}, "the vector of a direction has length 1, not nan."),
            ({"step": 1e30}, "the step of a direction is a number from 0 to 100, not 1e+30."),
            ({"step": None}, "the step of a direction is a number from 0 to 100, not None."),
        )),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else type(value).__name__,
)  # fmt: skip
def test_a_direction_that_does_not_fit_is_told(scene, direction, words):
    with pytest.raises(ValueError) as error:
        scene.gan.moved([3], direction, [1])
    assert type(error.value) is ValueError and str(error.value).startswith(words) and "\n" not in str(error.value)


def test_styles_and_classes_are_moved_as_well():
    g = gan(small(RECIPES["stylegan2_conditional"]))
    d = Direction("x", "pca", "w", torch.eye(g.recipe.z_dim)[0], 1.0)
    made = directions.moved(g, [1, 2, 3], d, [0, 1.5], [0, 1, 0])
    np.testing.assert_array_equal(made[0], g.sample([1, 2, 3], [0, 1, 0]))
    assert (made[0] != made[1]).any()


# Measures


def figure(left: int, right: int, top: int, bottom: int) -> np.ndarray:
    x = np.zeros((1, 28, 28, 1), np.uint8)
    x[:, top:bottom, left:right] = 255
    return x


def test_measures_of_a_figure_by_hand():
    bar = figure(10, 14, 4, 24)
    assert measures.brightness(bar) == pytest.approx(80 / 784) and measures.across(bar) == pytest.approx(11.5)
    assert measures.down(bar) == pytest.approx(13.5) and measures.slant(bar) == pytest.approx(0, abs=1e-9)
    assert measures.width(bar) == pytest.approx(np.sqrt((4**2 - 1) / 12))
    assert measures.height(bar) == pytest.approx(np.sqrt((20**2 - 1) / 12))
    assert 3 < measures.stroke_width(bar)[0] < 4.5 < measures.stroke_width(figure(10, 18, 4, 24))[0]
    leans = np.zeros((1, 28, 28, 1), np.uint8)
    for row in range(20):
        leans[0, 4 + row, 20 - row // 2] = 255
    assert measures.slant(leans) == pytest.approx(0.5, abs=0.02)
    assert np.isfinite(np.concatenate([*measures.measured(np.zeros((2, 28, 28, 1), np.uint8)).values()])).all()
    assert set(measures.measured(np.zeros((1, 8, 8, 3), np.uint8))) == {"brightness", "contrast", "warmth"}


# The file


@pytest.fixture
def folder(zoo_folder):
    folder = zoo_folder / "toys" / "plain"
    vector = torch.tensor([0.6, 0.8, 0, 0, 0, 0])
    made = Direction("wider +0.5 sd", "sefa", "z", vector, 2.0, {"width": 0.5}, 0.1, 0.2, 0.97)
    directions.write(folder, [made])
    return folder


def test_directions_come_with_a_checkpoint_and_belong_to_its_weights(folder):
    (d,) = gan_models.load(folder, latent=True).directions
    assert d.name == "wider +0.5 sd" and d.vector.tolist() == pytest.approx([0.6, 0.8, 0, 0, 0, 0])
    assert d.effects == {"width": 0.5} and d.unchanged == 0.97 and gan_models.load(folder).directions == ()
    weights = folder / "generator.safetensors"
    weights.write_bytes((folder.parent / "deep" / weights.name).read_bytes())
    assert directions.read(folder, gan_models.folder.read_recipe(folder)[0]) == ()
    (folder / directions.FILE).unlink()
    assert gan_models.load(folder.parent / "told", latent=True).directions == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"vector": [1.0] * 5}, "a vector is a list of 6 numbers"),
        ({"vector": [1.0] * 6}, "a vector has length 1"),
        ({"vector": [float("nan")] + [0.0] * 5}, "must be a number"),
        ({"vector": [1e300] + [0.0] * 5}, "must be a number"),
        ({"name": "two\nlines"}, "name is 'two"),
        ({"name": "x" * 300}, "must be one line of at most 200"),
        ({"step": 0}, "a step is above 0"),
        ({"step": True}, "must be a number"),
        ({"method": "magic"}, "method is one of"),
        ({"space": ["z"]}, "damaged or foreign"),
        ({"effects": {"a": "much"}}, "must be a number"),
        ({"effects": {str(k): 1 for k in range(101)}}, "at most 100"),
        ({"unchanged": "all"}, "must be a number"),
    ],
)
def test_a_strangers_directions_are_refused_in_a_sentence(folder, change, words):
    path = folder / directions.FILE
    content = json.loads(path.read_text())
    content["directions"][0] |= change
    path.write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match=words) as error:
        gan_models.load(folder, latent=True)
    assert str(folder) in str(error.value) and "\n" not in str(error.value)
    gan_models.load(folder)  # the rest of it still works


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b'{"format": 1}', b"[" * 100_000, b"0" * 3_000_000])
def test_a_damaged_file_of_directions_is_refused_in_a_sentence(folder, content):
    (folder / directions.FILE).write_bytes(content)
    recipe = gan_models.folder.read_recipe(folder)[0]
    for look in (directions.read, directions.current):
        with pytest.raises(CheckpointError, match=r"directions\.json is (damaged or foreign: .*; delete it|not read)"):
            look(folder, recipe)
    with pytest.raises(CheckpointError, match=r"directions\.json is (damaged or foreign|not read)"):
        gan_models.load(folder, latent=True)
    (folder / directions.FILE).write_text('{"format": 99}')
    with pytest.raises(CheckpointError, match="has format 99; this program reads up to 2"):
        gan_models.load(folder, latent=True)


def test_directions_towards_a_class_name_it_and_older_files_are_found_anew(folder):
    recipe = gan_models.folder.read_recipe(folder)[0]
    assert directions.current(folder, recipe)
    made = Direction("towards 3: 2 % to 40 % of the pictures", "boundary", "z", torch.eye(6)[0], 2.0, {"width": 0.5})
    directions.write(folder, [dataclasses.replace(made, towards="3", shares=(0.02, 0.4))])
    (d,) = directions.read(folder, recipe)
    assert d.towards == "3" and d.shares == (0.02, 0.4)
    content = json.loads((folder / directions.FILE).read_text())
    for part in ("towards", "shares"):
        del content["directions"][0][part]
    (folder / directions.FILE).write_text(json.dumps({**content, "format": 1}))
    assert directions.read(folder, recipe)[0].towards is None and not directions.current(folder, recipe)
    directions.write(folder, [])  # none was found, which is an answer
    assert directions.current(folder, recipe)


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ({"vector": torch.eye(5)[0]}, "a vector is a list of 6 numbers"),
        ({"vector": torch.ones(6)}, "a vector has length 1"),
        ({"vector": torch.full((6,), float("nan"))}, "JSON"),
        ({"name": "two\nlines"}, "name is 'two"),
        ({"method": "magic"}, "method is one of"),
        ({"effects": {"width": np.float32(0.5)}}, "float32"),
        ({"towards": "3"}, "shares are two numbers"),
    ],
)
def test_directions_that_would_not_be_read_are_not_written(folder, odd, words):
    (made,), before = gan_models.load(folder, latent=True).directions, contents(folder)
    with pytest.raises(ValueError, match=rf"directions\.json is not written: .*{words}") as error:
        directions.write(folder, [made, dataclasses.replace(made, **odd)])
    assert "\n" not in str(error.value) and contents(folder) == before


def test_no_more_directions_are_written_than_are_read(folder, tmp_path):
    (made,) = gan_models.load(folder, latent=True).directions
    directions.write(folder, [made] * directions.MOST)
    assert len(gan_models.load(folder, latent=True).directions) == directions.MOST
    with pytest.raises(ValueError, match="it holds 65 directions, and at most 64 are read"):
        directions.write(folder, [made] * (directions.MOST + 1))
    put(tmp_path / "wide", name="wide", z_dim=4_096)
    vector = torch.nn.functional.normalize(torch.linspace(-1.23456, 1, 4_096), dim=0)
    with pytest.raises(ValueError, match="bytes, and at most 2,000,000 are read"):
        directions.write(tmp_path / "wide", [dataclasses.replace(made, vector=vector)] * directions.MOST)


@pytest.mark.parametrize("odd", [{"towards": 3, "shares": [0, 1]}, {"towards": "3"}, {"shares": [0.1, 0.2]},
                                 {"towards": "3", "shares": [0.1]}, {"towards": "3", "shares": ["a", 1]}])  # fmt: skip
def test_a_strangers_class_is_refused_in_a_sentence(folder, odd):
    content = json.loads((folder / directions.FILE).read_text())
    content["directions"][0] |= {"towards": None, "shares": None, **odd}
    (folder / directions.FILE).write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match=r"directions\.json is damaged or foreign"):
        gan_models.load(folder, latent=True)
