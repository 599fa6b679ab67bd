"""What of a user's data leaves the machine, and under which licence: one table, one list of files, for all commands."""

import json
import os
import re
from pathlib import Path

import pytest
from huggingface_hub import ModelCard, SpaceCard
from hypothesis import given, settings
from hypothesis import strategies as st
from test_publish import refused, run
from zoos import put

from gan_models import real
from gan_models.sources import SOURCES, source, terms
from train.engine.data import READERS, Data
from train.measure import real as command
from train.publish import public, push, space
from train.publish.card import render

ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "checkpoints"
NAME = "user/ganscope"
PICTURES = {f"{name}.{kind}" for name in (real.SHOWN, real.TRAINING) for kind in ("png", "json", "safetensors")}


def put_real(folder: Path, credit: str = "", dataset: str | None = None) -> None:
    """Real pictures beside checkpoints, with an extractor that sees them."""
    (folder / "extractor").mkdir(parents=True, exist_ok=True)
    for name in PICTURES | set(public.EXTRACTOR):
        (folder / name).write_bytes(b"x")
    for name in (real.SHOWN, real.TRAINING):
        (folder / f"{name}.json").write_text(json.dumps({"dataset": dataset or folder.name, "credit": credit}))


def sent(files) -> set[str]:
    return {Path(name).name for name in files} & PICTURES


# Own pictures -------------------------------------------------------------------------------------------------


@pytest.fixture
def pets(tmp_path) -> Path:
    """A folder of runs over pictures of one's own."""
    run = tmp_path / "runs" / "pets" / "dcgan"
    put(run / "checkpoint", "pets", name="dcgan", title="DCGAN")
    for name in ("progress.json", "train.log", "resume.pt", ".lock", "notes.json", "checkpoint/notes.png"):
        (run / name).write_bytes(b"private")
    put_real(tmp_path / "runs" / "pets")
    return tmp_path / "runs"


def test_pictures_of_ones_own_stay_at_home_unless_they_are_asked_for(hub, pets, capsys):
    said = run("--space", NAME, "--checkpoints", pets, capsys=capsys)
    head = hub.repo(NAME, "space").head
    assert {name for name in head.files if name.startswith("checkpoints/")} == {
        f"checkpoints/pets/dcgan/checkpoint/{name}"
        for name in ("recipe.json", "generator.safetensors", "discriminator.safetensors")
    }
    assert "pets/real.png and the files that belong to it are not published" in said and "--with-real" in said
    # What will be public stands before anything was sent.
    assert said.index("checkpoints/pets/dcgan/checkpoint/generator.safetensors") < said.index("Pushing")
    assert b"private" not in head.files.values()

    said = run("--space", NAME, "--checkpoints", pets, "--with-real", capsys=capsys)
    head = hub.repo(NAME, "space").head
    assert sent(head.files) == PICTURES and "checkpoints/pets/extractor/extractor.json" in head.files
    assert "not published" not in said and said.index("pets/training.png") < said.index("Pushing")
    assert b"private" not in head.files.values()


@pytest.mark.parametrize(
    ("name", "credit", "dataset", "plain", "asked"),
    [
        ("mnist", SOURCES["mnist"].credit, "mnist", True, True),
        ("fashion_mnist", SOURCES["fashion_mnist"].credit, "fashion_mnist", True, True),
        ("mnist", "", "mnist", False, True),  # a folder of one's own may have that name
        ("mnist", SOURCES["fashion_mnist"].credit, "mnist", False, True),
        ("cifar10", SOURCES["cifar10"].credit, "cifar10", False, True),
        ("celeba", SOURCES["celeba"].credit, "celeba", False, False),
        ("celeba", SOURCES["mnist"].credit, "celeba", False, False),
        ("CelebA", "", "CelebA", False, False),
        ("faces", "", "celeba", False, False),
        ("pets", SOURCES["mnist"].credit, "pets", False, True),
    ],
)
def test_whose_pictures_may_be_passed_on(name, credit, dataset, plain, asked, tmp_path):
    put_real(tmp_path / name, credit, dataset)
    for with_real, goes in ((False, plain), (True, asked)):
        files, kept = public.zoo(tmp_path, with_real)
        assert sent(files) == (PICTURES if goes else set())
        assert len(kept) == (0 if goes else 2) and all(one.endswith(".") and "\n" not in one for one in kept)


@pytest.mark.parametrize("damage", [b"", b"[1]", b"{", b"[" * 100_000, b"\xff\xfe"])
def test_pictures_whose_facts_cannot_be_read_stay_at_home(damage, tmp_path):
    put_real(tmp_path / "mnist", SOURCES["mnist"].credit)
    for name in (real.SHOWN, real.TRAINING):
        (tmp_path / "mnist" / f"{name}.json").write_bytes(damage)
    assert not sent(public.zoo(tmp_path).files)


NAMES = st.text("abcdefgh._-", min_size=1, max_size=12).filter(lambda name: name.strip("."))
DOCUMENT = " ".join((ROOT / "docs" / "publishing.md").read_text(encoding="utf-8").split())
(FIGURES,) = re.findall(r"of each data set the figures \(([^)]*)\)", DOCUMENT)
FIGURES = re.findall(r"`([^`]+)`", FIGURES)
"""Patterns of the files with figures that a Space publishes, as docs/publishing.md lists them"""
ALLOWED = (*public.CHECKPOINT, *FIGURES)
KNOWN = [pattern.replace("*", "-inception") for pattern in ALLOWED]
NEARLY = st.tuples(st.sampled_from(KNOWN), NAMES).map(lambda two: two[1] + two[0])


def test_the_figures_of_a_data_set_that_are_published_are_those_of_the_document():
    assert sorted(public.MEASURED) == sorted(FIGURES)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(NAMES, max_size=3),
            st.one_of(
                st.tuples(NAMES, st.sampled_from([".json", ".png", ".safetensors", ".pt", ".webp", ".log"])).map(
                    "".join
                ),
                st.sampled_from(["progress.json", "resume.pt", "train.log", *PICTURES, *KNOWN, "generator.onnx"]),
                NEARLY,
            ),
        ),
        max_size=8,
    )
)
def test_no_file_leaves_but_those_of_the_list(tmp_path_factory, places):
    zoo = tmp_path_factory.mktemp("zoo")
    for below, name in places:
        path = zoo.joinpath(*below, name)
        if not path.exists() and not any(p.is_file() for p in path.parents):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"{}")
    files, _ = public.zoo(zoo)
    for place, path in files.items():
        assert any(path.match(pattern) for pattern in ALLOWED), place
        assert zoo / place == path and not any(part.startswith(".") for part in Path(place).parts)


@pytest.mark.parametrize("name", ["samples.png", "metrics.json", "generator.safetensors", "../../real.png"])
def test_a_link_out_of_its_folder_publishes_nothing(pets, tmp_path, capsys, name):
    folder = pets / "pets" / "dcgan" / "checkpoint"
    secret = tmp_path / "secret"
    secret.write_bytes(b"of this machine")
    link = Path(os.path.normpath(folder / name))
    link.unlink(missing_ok=True)
    link.symlink_to(secret)
    for ask in (lambda: public.zoo(link.parent.parent, with_real=True), lambda: push.chosen(link.parent, [link.name])):
        with pytest.raises(push.PushError, match=rf"{link.name} is a link to {secret}, which would be published"):
            ask()


def test_what_the_hubs_cache_links_to_is_its_own(tmp_path):
    home = tmp_path / "models--user--gan"
    (home / "blobs").mkdir(parents=True)
    (home / "blobs" / "0123").write_bytes(b"{}")
    (home / "snapshots" / "abc").mkdir(parents=True)
    (home / "snapshots" / "abc" / "recipe.json").symlink_to("../../blobs/0123")
    assert list(push.chosen(home / "snapshots" / "abc", public.CHECKPOINT)) == ["recipe.json"]


def test_a_checkpoint_is_published_by_the_same_list(hub, pets, capsys):
    folder = pets / "pets" / "dcgan" / "checkpoint"
    said = run(folder, "--repo", "user/dcgan-pets", capsys=capsys)
    files = set(hub.repo("user/dcgan-pets").head.files) - {".gitattributes", "README.md"}
    assert files == {"recipe.json", "generator.safetensors", "discriminator.safetensors"} <= set(public.CHECKPOINT)
    assert said.index("generator.safetensors") < said.index("Pushing")


def test_the_command_credits_data_that_is_known_and_no_folder(tmp_path, monkeypatch, capsys):
    import torch

    from train.engine import data

    made = Data("mnist", torch.zeros(20, 1, 8, 8, dtype=torch.uint8), torch.arange(20) % 2, ("a", "b"))
    monkeypatch.setattr(data, "load", lambda *args, **kwargs: made)
    for argv, goes in ((["--dataset", "mnist"], True), (["--data", str(tmp_path / "mnist")], False)):
        assert command.main([*argv, "--checkpoints", str(tmp_path)]) == 0
        assert bool(sent(public.zoo(tmp_path).files)) == goes


# Licences -----------------------------------------------------------------------------------------------------


def test_the_table_knows_every_data_set_that_training_takes():
    assert set(SOURCES) == set(READERS)


def test_pictures_that_ship_carry_their_attribution():
    for folder in (p for p in SHIPPED.iterdir() if p.is_dir()):
        for name in (real.SHOWN, real.TRAINING):
            if (folder / f"{name}.png").is_file() and source(folder.name).pictures is not False:
                about = json.loads((folder / f"{name}.json").read_text())
                assert about["credit"] == source(folder.name).credit != ""
    files, _ = public.zoo(SHIPPED)
    assert {"mnist/real.png", "mnist/real.json", "fashion_mnist/training.png"} <= set(files)
    assert not [name for name in files if name.startswith("celeba/") and sent([name])]


@pytest.mark.parametrize("name", [p.name for p in SHIPPED.iterdir() if p.is_dir()])
def test_card_readme_and_space_say_the_same_of_the_weights(name):
    """The licence of each data set of the zoo, in each of the three places."""
    one = source(name)
    words = one.credit, terms(one.weights)
    folder = next(SHIPPED.glob(f"{name}/*/recipe.json")).parent
    card = ModelCard(render(folder, "user/x"))
    made = SpaceCard(space.content(SHIPPED, "gradio")[0]["README.md"].decode())
    assert card.data.license == one.weights and all(part in card.text for part in words)
    assert made.data.license == "other" and all(part in made.text for part in words)  # CelebA is among them
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").partition("## Licence")[2].split())
    assert one.credit in readme
    if one.weights == "mit":
        assert f"`checkpoints/{name}`" in readme.partition("MIT licence, and so are")[2].partition(". -")[0]
    else:
        assert terms(one.weights).rstrip(".") in readme and f"`checkpoints/{name}`" in readme


def test_a_space_of_free_weights_is_free(tmp_path):
    for name in ("mnist", "fashion_mnist"):
        put(tmp_path / "zoo" / name / "plain", name, name="plain")
    text = space.content(tmp_path / "zoo", "gradio")[0]["README.md"].decode()
    assert SpaceCard(text).data.license == "mit" and "CelebA" not in text
    put(tmp_path / "zoo" / "pets" / "plain", "pets", name="plain")
    text = space.content(tmp_path / "zoo", "gradio")[0]["README.md"].decode()
    assert SpaceCard(text).data.license == "other"
    assert "pets: The licence of the training data is not known here." in text


def test_no_free_licence_is_stated_of_weights_that_are_not_free(hub, tmp_path, capsys):
    put(tmp_path / "faces", "celeba", name="faces")
    folder = tmp_path / "faces"
    words = refused(capsys, folder, "--repo", "user/x", "--licence", "apache-2.0")
    assert "--licence apache-2.0 does not fit: CelebA is for non-commercial research only." in words and not hub.repos
    run(folder, "--repo", "user/x", "--licence", "cc-by-nc-4.0")
    run(folder, "--repo", "user/y")
    assert "license_name: non-commercial-research" in hub.repo("user/y").head.files["README.md"].decode()
