"""Loading from the Hub: the real client against a Hub on this machine that misbehaves on demand."""

import json
import pickle

import numpy as np
import pytest
from helpers import contents
from zoos import put

import gan_models
from gan_models import CheckpointError
from gan_models import hub as hubs

NAME = "user/plain-toys"


@pytest.fixture
def files(tmp_path) -> dict[str, bytes]:
    """Those of a checkpoint."""
    put(tmp_path / "plain", name="plain", title="Plain GAN", year=2014)
    (tmp_path / "plain" / "stats.jsonl").write_text('{"images": 1}\n')
    return contents(tmp_path / "plain")


@pytest.fixture
def local(tmp_path, files):
    return tmp_path / "plain"


@pytest.fixture
def repo(hub, files):
    """The same checkpoint on the Hub, as somebody else's repository."""
    return hub.add(NAME, files)


def test_a_name_is_a_repository_and_maybe_a_revision():
    sha = "0123456789abcdef" * 2 + "01234567"
    assert hubs.parse("user/dcgan-mnist") == ("user/dcgan-mnist", None)
    assert hubs.parse(f" user/dcgan-mnist@{sha} ") == ("user/dcgan-mnist", sha)
    assert hubs.parse("a/b@refs/pr/1") == ("a/b", "refs/pr/1")
    for bad in (
        "",
        "user",
        "a/b/c",
        "user/x@",
        "user/x@../y",
        "../x",
        "a/..",
        "user/x--y",
        "https://x/y",
        "a b/c",
        None,
    ):
        with pytest.raises(CheckpointError, match="names no repository"):
            hubs.parse(bad)


def test_a_folder_goes_before_a_repository_of_the_same_name(local, monkeypatch):
    monkeypatch.chdir(local.parent.parent)
    name = f"{local.parent.name}/plain"
    assert hubs.NAME.fullmatch(name) and not hubs.is_name(name)
    assert gan_models.load(name).recipe.name == "plain"
    assert not hubs.is_name(local) and hubs.is_name("user/plain")


@pytest.mark.parametrize("revision", ["", "@main", "@v1", "@commit"])
def test_the_hub_and_a_folder_give_the_same_pictures(repo, local, revision):
    repo.tags["v1"] = repo.head.oid
    ours = gan_models.load(local, discriminator=True)
    theirs = gan_models.load(NAME + revision.replace("commit", repo.head.oid), discriminator=True)
    np.testing.assert_array_equal(theirs.sample(range(20)), ours.sample(range(20)))
    np.testing.assert_array_equal(theirs.score(ours.sample([1, 2])), ours.score(ours.sample([1, 2])))
    assert theirs.recipe == ours.recipe
    assert theirs.provenance == {**ours.provenance, "hub": f"{NAME}@{repo.head.oid}"}


def test_a_commit_that_is_cached_needs_no_request_and_everything_cached_no_network(hub, repo):
    repo.tags["v1"] = repo.head.oid
    pinned = gan_models.load(f"{NAME}@v1").provenance["hub"]
    before = gan_models.load(pinned).sample(range(4))
    asked = len(hub.log)
    gan_models.load(pinned)
    assert len(hub.log) == asked
    hub.fail("", "cut", times=10**9)
    for name in (pinned, f"{NAME}@v1"):
        np.testing.assert_array_equal(gan_models.load(name).sample(range(4)), before)
    for name in (NAME, f"{NAME}@v2", "user/other"):
        with pytest.raises(hubs.Unreachable, match=r"cannot be reached \(.*\), and it is not in the cache"):
            gan_models.load(name)
    with pytest.raises(hubs.Unreachable):
        gan_models.load(pinned, discriminator=True)  # these weights were not asked for before


def test_offline_by_order(hub, repo, monkeypatch):
    from huggingface_hub import constants

    gan_models.load(NAME)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    asked = len(hub.log)
    gan_models.load(NAME)
    with pytest.raises(hubs.Unreachable, match="HF_HUB_OFFLINE forbids"):
        gan_models.load("user/other")
    assert len(hub.log) == asked


def test_a_tag_that_moves_is_followed_and_a_commit_is_not(repo, files):
    first = gan_models.load(NAME).provenance["hub"]
    recipe = json.loads(files["recipe.json"])
    recipe["recipe"]["title"] = "Another"
    repo.commit({**repo.head.files, "recipe.json": json.dumps(recipe).encode()}, "retitled")
    assert gan_models.load(NAME).recipe.title == "Another"
    assert gan_models.load(first).recipe.title == "Plain GAN"


@pytest.mark.parametrize("kind", ["500", "cut"])
@pytest.mark.parametrize("file", ["recipe.json", "stats.jsonl", "generator.safetensors"])
def test_an_update_that_breaks_off_leaves_what_was_cached(hub, repo, files, local, tmp_path, kind, file):
    repo.tags["v1"] = repo.head.oid
    first = gan_models.load(NAME)
    put(tmp_path / "other", name="other", size=16)
    new = contents(tmp_path / "other")
    repo.commit({**repo.head.files, **new, "stats.jsonl": b"{}"}, "other")
    hub.fail(f"(HEAD|GET) .*resolve.*{file}", kind, times=99)
    for _ in range(2):
        np.testing.assert_array_equal(gan_models.load(NAME).sample(range(4)), first.sample(range(4)))
    hub.fail("", "cut", times=10**9)
    assert gan_models.load(NAME).provenance["hub"] == first.provenance["hub"]


def test_a_commit_that_is_refused_leaves_what_was_cached(hub, repo, files):
    first = gan_models.load(NAME).provenance["hub"]
    repo.commit(changed(files, network="nothing"), "broken")
    with pytest.raises(CheckpointError, match="nothing"):
        gan_models.load(NAME)
    hub.fail("", "cut", times=10**9)
    assert gan_models.load(NAME).provenance["hub"] == first


@pytest.mark.parametrize("name", ["user/x\n", "user/x\r\ny", "a\tb", "a\u202eb"])
def test_a_name_with_odd_characters_is_told_on_one_line(hub, name):
    with pytest.raises(CheckpointError) as error:
        gan_models.load(name)
    assert str(error.value).isprintable() and "is not a checkpoint" in str(error.value)


# What must not be loaded ------------------------------------------------------------------------------------


def changed(files, **recipe) -> dict[str, bytes]:
    content = json.loads(files["recipe.json"])
    content["recipe"].update(recipe)
    return {**files, "recipe.json": json.dumps(content).encode()}


def without(files, name) -> dict[str, bytes]:
    return {k: v for k, v in files.items() if k != name}


BAD = {
    "nothing of ours": (lambda f: {"config.json": b"{}"}, "is no checkpoint of this project: it holds no recipe.json"),
    "no weights": (lambda f: without(f, "generator.safetensors"), "it holds no generator.safetensors"),
    "a pickle": (lambda f: {**f, "model.pt": pickle.dumps({})}, "holds model.pt, a kind of file that can run code"),
    "only a pickle": (lambda f: {"pytorch_model.bin": b"x"}, "holds pytorch_model.bin, a kind of file"),
    "a pickle below": (lambda f: {**f, "old/x.PKL": b"x"}, "holds old/x.PKL"),
    "a billion channels": (lambda f: changed(f, network_args={"width": 10**9}), "width is 1000000000, must be 1 to"),
    "too large a network": (
        lambda f: changed(f, network_args={"width": 60_000}),
        "parameters, and at most 200,000,000",
    ),
    "endless layers": (
        lambda f: changed(f, network="r3gan", network_args={"core": 60_000}),
        "the recipe makes no network: it has more than 2,000 tensors",
    ),
    "a foreign network": (lambda f: changed(f, network="unet"), "there is no network 'unet'"),
    "a newer format": (
        lambda f: {**f, "recipe.json": json.dumps({**json.loads(f["recipe.json"]), "format": 99}).encode()},
        "has format 99; this program reads up to 2",
    ),
    "a huge recipe": (lambda f: {**f, "recipe.json": b" " * 2_000_000}, "2,000,000 bytes: that is no recipe"),
    "huge weights": (
        lambda f: {**f, "generator.safetensors": bytes(3_000_000)},
        "generator.safetensors has 3,000,000 bytes, more than its recipe's network can use",
    ),
    "other weights": (lambda f: changed(f, z_dim=7), "does not fit its recipe or is damaged"),
    "a pickle in disguise": (
        lambda f: {**f, "generator.safetensors": pickle.dumps({})},
        "does not fit its recipe or is damaged",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_repository_is_refused_in_one_sentence(hub, files, what):
    change, words = BAD[what]
    repo = hub.add(NAME, change(files))
    with pytest.raises(CheckpointError) as error:
        gan_models.load(NAME)
    text = str(error.value)
    assert words in text and text.startswith(f"{NAME}@{repo.head.oid}") and "\n" not in text and len(text) < 400
    fetched = " ".join(hub.requests("GET /.*/resolve/"))
    if "weights" not in what and "disguise" not in what:
        assert "safetensors" not in fetched  # refused before any of it was fetched
    assert not any(name.endswith(hubs.PICKLES) for name in fetched.split())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("user/nobody", "the Hub has no such repository"),
        (f"{NAME}@v9", "the repository has no such commit, tag or branch"),
        (f"{NAME}@{'0' * 40}", "the repository has no such commit, tag or branch"),
    ],
)
def test_what_does_not_exist_gets_one_sentence(repo, name, words):
    with pytest.raises(CheckpointError) as error:
        gan_models.load(name)
    assert f"{name}: {words}" in str(error.value)
    assert ("There is no folder user/nobody here" in str(error.value)) == (name == "user/nobody")


def test_a_private_repository_needs_its_token_and_a_wrong_token_is_not_repeated(hub, repo, monkeypatch):
    repo.private = True
    gan_models.load(NAME)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with pytest.raises(CheckpointError, match="the token is not valid") as error:
        gan_models.load(f"{NAME}@v1")
    assert "hf_secret" not in str(error.value)


# Faults -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["500", "cut", "429", "lost"])
@pytest.mark.parametrize("where", ["GET /api/models", "HEAD .*recipe", "GET .*resolve.*generator"])
def test_a_fault_that_passes_is_outlived(hub, repo, local, kind, where):
    hub.fail(where, kind, times=2, value=3)
    theirs = gan_models.load(NAME)
    np.testing.assert_array_equal(theirs.sample(range(4)), gan_models.load(local).sample(range(4)))
    if kind == "429":
        assert max(hub.naps) >= 3  # as it was told


def test_a_stalled_hub_is_not_waited_for(hub, repo, monkeypatch):
    monkeypatch.setattr(hubs, "TIMEOUT", 0.2)
    hub.fail("GET /api/models", "timeout", value=1)
    gan_models.load(NAME)
    assert len(hub.requests("GET /api/models")) == 2


@pytest.mark.parametrize("kind", ["500", "cut", "429"])
def test_a_fault_that_stays_is_told_in_one_sentence(hub, repo, kind):
    hub.fail("GET /api/models", kind, times=99, value=1)
    with pytest.raises(hubs.Unreachable) as error:
        gan_models.load(NAME)
    assert str(error.value).startswith(f"{NAME}: the Hub ") and "\n" not in str(error.value)
    assert 5 < sum(hub.naps) <= hubs.PATIENCE


def test_a_hub_that_asks_for_an_hour_is_not_waited_for(hub, repo):
    hub.fail("GET /api/models", "429", times=99, value=3600)
    with pytest.raises(hubs.Unreachable, match=r"asks to wait \(429\)"):
        gan_models.load(NAME)
    assert not hub.naps


@pytest.mark.parametrize("kind", ["truncated", "short"])
def test_half_a_file_is_fetched_again(hub, repo, local, kind):
    hub.fail("GET .*resolve.*generator", kind)
    np.testing.assert_array_equal(gan_models.load(NAME).sample([1]), gan_models.load(local).sample([1]))


@pytest.mark.parametrize("file", ["recipe.json", "generator.safetensors"])
def test_a_file_with_another_hash_is_refused_and_not_kept(hub, repo, local, file):
    hub.fail(f"GET .*resolve.*{file}", "wrong")
    with pytest.raises(CheckpointError, match=f"{file} does not have the hash that the Hub gives"):
        gan_models.load(NAME)
    np.testing.assert_array_equal(gan_models.load(NAME).sample([1]), gan_models.load(local).sample([1]))


def test_a_cache_that_was_damaged_is_noticed_and_mended(hub, repo, tmp_path):
    pinned = gan_models.load(NAME).provenance["hub"]
    blob = next((tmp_path / "hf").rglob("generator.safetensors")).resolve()
    blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    with pytest.raises(CheckpointError, match="it was deleted, try again"):
        gan_models.load(pinned)
    gan_models.load(pinned)


def test_an_optional_file_that_was_damaged_in_the_cache_is_noticed_and_mended(hub, repo, local, tmp_path):
    pinned = gan_models.load(NAME).provenance["hub"]
    path = next((tmp_path / "hf").rglob("stats.jsonl"))
    path.resolve().write_text("x")
    with pytest.raises(
        CheckpointError, match=r"stats\.jsonl does not have the hash that the Hub gives; it was deleted"
    ):
        gan_models.load(pinned)
    gan_models.load(pinned)
    assert path.read_text() == (local / "stats.jsonl").read_text()


@pytest.mark.parametrize(
    "told", ["http://exa mple:abc", "http://x:abc", "http://", "ftp://x", "localhost:80", "http://x:0"]
)
def test_an_address_that_is_none_is_one_sentence(hub, repo, monkeypatch, told):
    monkeypatch.setenv("HF_ENDPOINT", told)
    for ask in (
        lambda: gan_models.load(NAME),
        lambda: gan_models.load(f"{NAME}@{'0' * 40}"),
        lambda: hubs.collection("user/x-1"),
    ):
        with pytest.raises(CheckpointError, match=r"HF_ENDPOINT is .*, must be an address such as https://") as error:
            ask()
        assert "\n" not in str(error.value)


def test_what_stands_beside_is_fetched_within_limits(hub, files):
    hub.add(NAME, {**files, "metrics.json": b"{}", "samples.png": bytes(21_000_000), "notes.txt": b"x"})
    pulled = hubs.pull(NAME)
    there = {path.name for path in pulled.folder.iterdir()}
    assert there == {"recipe.json", "generator.safetensors", "stats.jsonl", "metrics.json"}


# Collections ------------------------------------------------------------------------------------------------


def test_a_collection_names_its_models(hub):
    hub.collections["user/gans-0123"] = [("model", "user/a"), ("dataset", "user/d"), ("model", "user/b")]
    assert hubs.collection("user/gans-0123") == ["user/a", "user/b"]
    with pytest.raises(CheckpointError, match="the collection user/none"):
        hubs.collection("user/none")
    with pytest.raises(CheckpointError, match="is not the id of a collection"):
        hubs.collection("../../x")
    for odd in (None, 3, ["user/gans-0123"]):
        with pytest.raises(CheckpointError, match="is not the id of a collection"):
            hubs.collection(odd)
