"""Encoders: trained with G and D frozen, loaded strictly; where a search begins; the tools that measure latents."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import gan, small
from safetensors.torch import load, save

import gan_models
import train
from gan_models import CheckpointError, real
from gan_models.latent import directions, encoder, fit
from gan_models.latent.encoder import Encoder, encode
from gan_models.metrics import record
from train.measure import anomaly as anomaly_tool
from train.measure import at_hand, rebuild, rejection
from train.measure import directions as directions_tool
from train.measure import encoder as tool
from train.publish.publish import content as published

RECIPES = train.recipes()


@pytest.fixture(scope="module")
def learnt():
    """A small conditional GAN, and an encoder that learnt it from generated pictures."""
    g = gan(small(RECIPES["cgan"]))
    before = [p.clone() for p in (*g.G.parameters(), *g.D.parameters())]
    net, losses = tool.trained(g, None, 60, 16, 8, 0)
    same = all(torch.equal(a, b) for a, b in zip(before, (*g.G.parameters(), *g.D.parameters()), strict=True))
    return g, net, losses, same


def test_an_encoder_learns_while_generator_and_discriminator_stay_as_they_are(learnt):
    g, _, losses, same = learnt
    assert same and set(losses) == {"pixels", "latent", "features", "classes"}
    _, first = tool.trained(g, None, 3, 16, 8, 0)
    assert losses["pixels"] < 0.95 * first["pixels"] and losses["latent"] < first["latent"]
    again, _ = tool.trained(g, None, 3, 16, 8, 0)
    other, _ = tool.trained(g, None, 3, 16, 8, 0)
    assert all(torch.equal(a, b) for a, b in zip(again.state_dict().values(), other.state_dict().values(), strict=True))


def test_a_search_begins_at_the_encoders_answer(learnt):
    g, net, *_ = learnt
    with_, pictures = gan_models.GAN(g.recipe, g.G, D=g.D, encoder=net), g.sample(range(800, 808))
    z, classes = encode(with_, pictures)
    assert z.shape == (8, 6) and z.norm(dim=1).numpy() == pytest.approx(6**0.5, rel=1e-5)
    first = fit(with_, pictures, restarts=1, steps=0)
    assert torch.allclose(first.latents[:, 0], z, atol=1e-5) and first.labels[:, 0].tolist() == classes.tolist()
    told = fit(with_, pictures, labels=[2] * 8, restarts=1, steps=0)
    assert (told.labels == 2).all()
    two = fit(with_, pictures, restarts=2, steps=0)
    assert (two.labels.sort(1).values.diff(dim=1) > 0).all()  # its two likeliest classes
    alone = fit(with_, pictures[3:4], restarts=1, steps=2)
    assert torch.equal(alone.latents, fit(with_, pictures, restarts=1, steps=2).latents[3:4])
    with pytest.raises(ValueError, match="has no encoder: python -m train encoder"):
        encode(g, pictures)


@pytest.mark.parametrize(("size", "channels", "most"), [(28, 1, 200_000), (64, 3, 280_000)])
@pytest.mark.parametrize("classes", [0, 10])
def test_the_file_of_an_encoder_is_small(size, channels, most, classes):
    names = tuple(map(str, range(classes)))
    recipe = gan_models.Recipe(
        name="x", size=size, channels=channels, z_dim=64, conditional=bool(classes), class_names=names
    )
    net = Encoder(recipe, tool.WIDTHS[size])
    assert len(save(gan_models.checkpoint.halved(net))) <= most
    z, likely = net.eval()(torch.zeros(1, channels, size, size))
    assert z.shape == (1, 64) and (likely is None if not classes else likely.shape == (1, classes))


# The file


@pytest.fixture
def folder(zoo_folder):
    folder = zoo_folder / "toys" / "plain"
    torch.manual_seed(0)
    encoder.write(folder, Encoder(gan_models.load(folder).recipe, 4))
    return folder


def test_an_encoder_comes_with_a_checkpoint_and_belongs_to_its_weights(folder):
    g = gan_models.load(folder, latent=True)
    assert g.encoder.width == 4 and not g.encoder.training and gan_models.load(folder).encoder is None
    assert len(encode(g, g.sample([1, 2]))[0]) == 2
    vector = torch.eye(6)[0]
    directions.write(folder, [directions.Direction("wider +0.5 sd", "sefa", "z", vector, 2.0)])
    record.update(folder, "toys", latent={"rebuild": {"n": 6, "own": {"psnr": 31.25}, "test": "?"}})
    kept = published(folder, "a/b", None, False)
    assert encoder.FILE in kept and directions.FILE in kept
    card = kept["README.md"].decode()
    assert "Direction 0: wider +0.5 sd." in card and "its own seeds with a PSNR of 31.2 dB (n = 6)" in card
    weights = folder / "generator.safetensors"
    weights.write_bytes((folder.parent / "deep" / weights.name).read_bytes())
    left = published(folder, "a/b", None, False)
    assert encoder.read(folder, g.recipe) is None and encoder.FILE not in left and directions.FILE not in left
    assert "## Latents" not in left["README.md"].decode()
    assert gan_models.load(folder.parent / "told", latent=True).encoder is None


def altered(path, about=(), **tensors):
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        head = file.metadata()
    path.write_bytes(save({**load(path.read_bytes()), **tensors}, {**head, **dict(about)}))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.write_bytes(b"no weights"), "damaged or foreign"),
        (lambda path: path.write_bytes(path.read_bytes()[:-100]), "damaged or foreign"),
        (lambda path: path.write_bytes(bytes(21_000_000)), "is not read"),
        (lambda path: path.write_bytes(save({"x": torch.zeros(3)})), "damaged or foreign"),
        (lambda path: altered(path, {"width": "1000000"}), "width is 1000000, must be 1 to 64"),
        (lambda path: altered(path, {"width": "5"}), "does not fit its recipe"),
        (lambda path: altered(path, {"format": "9"}), "has format 9; this program reads up to 1"),
        (lambda path: altered(path, more=torch.zeros(2)), "does not fit its recipe"),
        (lambda path: altered(path, more=torch.zeros(400_000)), "is not read"),
        (lambda path: altered(path, **{"latent.bias": torch.full((6,), float("nan"))}), "not finite"),
    ],
)
def test_a_strangers_encoder_is_refused_in_a_sentence(folder, spoil, words):
    spoil(folder / encoder.FILE)
    with pytest.raises(CheckpointError, match=words) as error:
        gan_models.load(folder, latent=True)
    assert "\n" not in str(error.value)
    gan_models.load(folder)


# The tools


@pytest.fixture
def tools(looked_zoo, alone):
    """(zoo, "toys/told"): eight pixels, three classes, real pictures of training and test."""
    pictures = np.random.default_rng(1).integers(0, 256, (30, 8, 8, 1), dtype=np.uint8)
    shown = real.Real(pictures, [i % 3 for i in range(30)], ["zero", "one", "two"], "test")
    real.write(looked_zoo / "toys", real.SHOWN, shown, "toys", 3)
    return looked_zoo, looked_zoo / "toys" / "told"


@pytest.mark.parametrize(
    ("n", "rows"),
    [(2, [0, 1]), (4, [0, 3, 1, 2]), (7, [0, 3, 6, 1, 2, 4, 5]), (100, [0, 3, 6, 7, 1, 2, 4, 5])],
)
def test_test_pictures_are_taken_from_the_classes_in_turn(n, rows):
    labels = np.array([0, 1, 2, 0, 2, 2, 0, 0])
    assert at_hand.in_turn(labels, n).tolist() == rows


def test_the_tools_train_measure_and_write_what_belongs_to_a_checkpoint(tools, capsys):
    zoo, folder = tools
    common = ["--checkpoints", str(zoo)]
    assert tool.main([str(folder), "--steps", "3", "--batch", "4", "--width", "4"]) == 0
    assert gan_models.load(folder, latent=True).encoder.width == 4
    assert tool.main([str(folder)]) == 0 and "has an encoder already" in capsys.readouterr().out

    few = ["--n", "6", "--restarts", "2", "--steps", "3"]
    assert rebuild.main([str(folder), *few, *common]) == 0
    made = record.read(folder)["latent"]["rebuild"]
    assert made["encoder"] and made["n"] == 6 and 0 < made["own"]["psnr"] < 60
    assert set(made["test"]["by_class"]) == {"zero", "one", "two"} and made["hole"]["told"]
    assert 0 <= made["hole"]["accuracy"] <= 1
    table = capsys.readouterr().out
    assert f"| `toys/told` | {made['own']['psnr']:.1f} ±" in table
    assert rebuild.main([str(folder), *few, *common]) == 0  # measured already
    assert record.read(folder)["latent"]["rebuild"] == made

    assert anomaly_tool.main([str(folder), "--n", "20", "--restarts", "1", "--steps", "2", *common]) == 0
    table = record.read(folder)["latent"]["anomaly"]["one_class"]
    assert {"residual", "anogan", "encoder", "pca", "neighbour"} <= set(table)
    for score in table.values():
        assert score["mean"] == pytest.approx(np.mean(list(score["by_class"].values())), abs=1e-3)
    assert "is below PCA for" in capsys.readouterr().out and record.read(folder)["latent"]["rebuild"] == made

    assert anomaly_tool.main([str(folder), "--n", "20", "--restarts", "0", *common]) == 0
    alone = record.read(folder)["latent"]["anomaly"]["one_class"]
    assert set(alone) == {"encoder", "pca", "neighbour"} and alone["encoder"] == table["encoder"]

    assert directions_tool.main([str(folder), "--samples", "100", *common]) == 0
    assert json.loads((folder / directions.FILE).read_text())["format"] == directions.FORMAT
    assert set(train.tools()) >= {"encoder", "directions", "anomaly", "rebuild", "rejection"}


def test_the_tools_say_what_is_missing(tools, capsys):
    zoo, folder = tools
    assert rejection.main([str(zoo / "toys" / "plain"), "--checkpoints", str(zoo)]) == 2
    assert "50 are needed: give --data-root" in capsys.readouterr().err
    for name in ("training.png", "training.json", "real.png"):
        (zoo / "toys" / name).unlink()
    assert anomaly_tool.main([str(folder), "--checkpoints", str(zoo)]) == 2
    assert "there are no held-out pictures of toys: give --data-root" in capsys.readouterr().err
    for main in (tool.main, directions_tool.main, rebuild.main, anomaly_tool.main, rejection.main):
        with pytest.raises(SystemExit):
            main([str(folder), "--n" if main in (rebuild.main, anomaly_tool.main, rejection.main) else "--steps", "0"])
        assert main([str(zoo / "toys" / "none")]) == 2


@pytest.mark.parametrize("components", ["0", "-5", "100001"])
def test_principal_components_are_one_or_more(tools, components, capsys):
    zoo, folder = tools
    with pytest.raises(SystemExit) as stop:
        anomaly_tool.main([str(folder), "--components", components, "--checkpoints", str(zoo)])
    assert stop.value.code == 2 and "--components must be 1 to 100,000" in capsys.readouterr().err


def test_another_data_set_that_is_not_there_is_no_measurement(tools, monkeypatch, capsys):
    zoo, folder = tools
    run = [str(folder), "--n", "20", "--restarts", "1", "--steps", "1", "--checkpoints", str(zoo)]
    for other, words in (("tyos", "there are no held-out pictures of 'tyos' (8 px in 1 channels): --other is"),
                         ("toys", "--other toys is its own data set")):  # fmt: skip
        assert anomaly_tool.main([*run, "--other", other]) == 2
        assert words in capsys.readouterr().err
        assert "anomaly" not in record.read(folder).get("latent", {})
    monkeypatch.setitem(anomaly_tool.OTHER, "toys", "garments")  # not asked for: the rest is measured
    assert anomaly_tool.main(run) == 0
    assert "the other-data protocol is not measured" in capsys.readouterr().out
    made = record.read(folder)["latent"]["anomaly"]
    assert "one_class" in made and "other_data" not in made


def test_an_encoder_learns_from_the_training_pictures_of_the_folder_that_is_named(tools, capsys):
    zoo, folder = tools
    quick = [str(folder), "--steps", "1", "--batch", "2", "--width", "2", "--again"]
    n = json.loads((zoo / "toys" / "training.json").read_text())["labels"]
    assert tool.main([*quick, "--checkpoints", str(zoo)]) == 0
    assert f"on {len(n)} training pictures and generated ones" in capsys.readouterr().out
    assert tool.main([*quick, "--checkpoints", str(zoo / "nowhere")]) == 0
    assert "on generated pictures alone" in capsys.readouterr().out


def test_shown_pictures_of_the_training_are_not_held_out(tools, capsys):
    zoo, folder = tools
    shown = real.read(zoo, "toys")
    real.write(zoo / "toys", real.SHOWN, replace(shown, split="train"), "toys", 3)
    assert anomaly_tool.main([str(folder), "--checkpoints", str(zoo)]) == 2
    assert "there are no held-out pictures of toys" in capsys.readouterr().err
    assert rebuild.main([str(folder), "--n", "2", "--restarts", "1", "--steps", "1", "--checkpoints", str(zoo)]) == 0
    assert "test" not in record.read(folder)["latent"]["rebuild"]


def test_directions_without_an_extractor_say_that_no_class_is_recognised(tools, capsys):
    zoo, folder = tools
    assert directions_tool.main([str(folder), "--samples", "100", "--checkpoints", str(zoo / "nowhere")]) == 0
    assert "no classes are recognised: " in capsys.readouterr().out
