"""Publishing: one commit, a card and a tag through the real client; every fault leaves here and there intact."""

import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import contents, makes
from huggingface_hub import ModelCard
from loopback_hub import TOKEN
from PIL import Image
from sources import listed
from zoos import block, measure, put

import gan_models
import train
from gan_models import hub as hubs
from train import engine
from train.publish import publish, push
from train.publish.card import citation, render

ROOT = Path(__file__).parent.parent
ZOO = {f"{p.parent.parent.name}/{p.parent.name}": p.parent for p in listed("checkpoints", "*/*/recipe.json")}
NAME = "user/told-toys"


@pytest.fixture
def folder(tmp_path):
    """A conditional checkpoint with everything that a trained and measured one has, and more than is published."""
    told = {"conditional": True, "class_names": ("zero", "one", "two"), "year": 2014, "summary": "It is told what."}
    paper = "Mirza and Osindero, Conditional Generative Adversarial Nets, arXiv:1411.1784"
    folder = tmp_path / "told"
    put(folder, name="told", title="Told GAN", paper=paper, objective=r"\min_G V", **told)
    for name in ("samples.png", "evolution.webp", "stats.jsonl"):
        (folder / name).write_bytes(name.encode())
    (folder / "resume.pt").write_bytes(b"private")
    measure(folder, block(12.31, 0.2, (0.02, 0.38, 0.6), label_accuracy=0.98))
    return folder


PUBLISHED = {
    "recipe.json", "generator.safetensors", "discriminator.safetensors", "metrics.json", "stats.jsonl", "samples.png",
    "evolution.webp", "README.md", ".gitattributes",
}  # fmt: skip


def run(*arguments, capsys=None) -> str:
    """The command, which must succeed: what it printed."""
    assert publish.main([str(a) for a in arguments]) == 0
    return capsys.readouterr().out if capsys else ""


def refused(capsys, *arguments) -> str:
    """The command, which must fail: its one sentence."""
    assert publish.main([str(a) for a in arguments]) == 2
    said = capsys.readouterr()
    assert TOKEN not in said.err + said.out and "Traceback" not in said.err
    _bars, words = said.err.split("python -m train publish: error: ")
    assert words.count("\n") == 1
    return words


# What is published ------------------------------------------------------------------------------------------


def test_what_is_published_comes_back_bit_for_bit(hub, folder, capsys):
    before = contents(folder)
    said = run(folder, "--repo", "user/{variant}-{dataset}", capsys=capsys)
    repo = hub.repo(NAME)
    assert len(repo.commits) == 2 and set(repo.head.files) == PUBLISHED
    assert repo.tags == {"v1": repo.head.oid} and not repo.private
    assert repo.head.title == "Told GAN on toys, 20,000 images"
    assert contents(folder) == before
    assert {k: v for k, v in repo.head.files.items() if k in before} == {
        k: v for k, v in before.items() if k != "resume.pt"
    }
    assert f"Published: {NAME}@v1 ({repo.head.oid})" in said

    ours, theirs = gan_models.load(folder), gan_models.load(f"{NAME}@v1")
    asked = {"seeds": range(20), "labels": [1] * 20, "truncation": 0.7}
    np.testing.assert_array_equal(ours.sample(**asked), theirs.sample(**asked))


@pytest.mark.parametrize("key", ZOO)
def test_the_shipped_zoo_makes_the_round_trip(hub, key, capsys):
    run(ZOO[key], "--repo", "user/{variant}-{dataset}")
    name = f"user/{key.split('/')[1]}-{key.split('/')[0]}"
    ours, theirs = gan_models.load(ZOO[key]), gan_models.load(name)
    np.testing.assert_array_equal(makes(ours, 32), makes(theirs, 32))
    assert len(hub.repo(name).commits) == 2


def test_the_same_again_makes_no_commit_and_a_change_makes_one(hub, folder, capsys):
    run(folder, "--repo", NAME)
    posted = len(hub.requests("POST"))
    said = run(folder, "--repo", NAME, capsys=capsys)
    assert "is published already" in said and len(hub.requests("POST")) == posted
    assert len(hub.repo(NAME).commits) == 2

    (folder / "stats.jsonl").write_bytes(b"more")
    (folder / "samples.png").unlink()
    run(folder, "--repo", NAME)
    repo = hub.repo(NAME)
    assert len(repo.commits) == 3 and repo.tags == {"v1": repo.commits[1].oid, "v2": repo.head.oid}
    assert repo.head.files["stats.jsonl"] == b"more" and "samples.png" not in repo.head.files
    assert "samples.png" not in repo.head.files["README.md"].decode()


def test_figures_of_other_weights_are_not_published(hub, folder):
    measure(folder, block(1.0))
    text = (folder / "metrics.json").read_text()
    (folder / "metrics.json").write_text(re.sub(r'"generator": "\w+"', '"generator": "0000"', text))
    run(folder, "--repo", NAME)
    files = hub.repo(NAME).head.files
    assert "metrics.json" not in files and "Nothing yet." in files["README.md"].decode()


def test_private_tag_and_licence(hub, folder, capsys):
    run(folder, "--repo", NAME, "--private", "--tag", "first", "--licence", "apache-2.0")
    repo = hub.repo(NAME)
    assert repo.private and list(repo.tags) == ["first"]
    assert "license: apache-2.0" in repo.head.files["README.md"].decode()
    run(folder, "--repo", NAME, "--private", "--licence", "apache-2.0")
    assert len(repo.commits) == 2  # and no other tag
    assert list(repo.tags) == ["first"]
    (folder / "stats.jsonl").write_bytes(b"more")
    assert "first is the tag of" in refused(capsys, folder, "--repo", NAME, "--tag", "first")
    repo.private = False
    (folder / "stats.jsonl").write_bytes(b"even more")
    assert "everyone can see it" in refused(capsys, folder, "--repo", NAME, "--private")


def test_a_dry_run_shows_files_sizes_and_card_and_asks_nobody(hub, folder, capsys, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    said = run(folder, "--repo", "user/{variant}-{dataset}", "--dry-run", capsys=capsys)
    assert not hub.log
    size = (folder / "generator.safetensors").stat().st_size
    assert re.search(rf"{size:,}  generator.safetensors", said) and "bytes in 8 files" in said
    assert "# Told GAN on toys" in said and "resume.pt" not in said


# The card ---------------------------------------------------------------------------------------------------


def test_the_card_holds_the_figures_for_the_hub_and_for_people(folder):
    text = render(folder, NAME)
    card = ModelCard(text)
    fd = next(r for r in card.data.eval_results if r.metric_type == "fd-toys-cnn")
    assert (fd.metric_value, fd.dataset_name, fd.dataset_split) == (12.31, "toys", "test")
    assert fd.metric_args == {
        "extractor": "toys-cnn", "extractor_hash": "0123456789abcdef", "n": 10_000, "reference_n": 5000,
        "sampling_seeds": 3, "spread": 0.2,
    }  # fmt: skip
    assert {r.metric_type for r in card.data.eval_results} >= {"kd-toys-cnn", "recall", "label_accuracy"}
    assert card.data.tags == ["gan", "image-generation", "safetensors", "told"] and "FID" not in text
    for part in (
        "It is told what.", r"$$ \min_G V $$", "(samples.png)", "(evolution.webp)", "20,000",
        "| FD-toys-cnn | 12.3 ± 0.2 |",
        "zero makes 2.0 % of the pictures", "eprint = {1411.1784}", "author = {Mirza and Osindero}", "## Licence",
    ):  # fmt: skip
        assert part in text, part


@pytest.mark.parametrize("key", ZOO)
def test_the_card_of_a_shipped_checkpoint_is_whole(key):
    card = ModelCard(render(ZOO[key], f"user/{key.replace('/', '-')}"))
    terms = {"mnist": ("mit", "ylecun/mnist"), "fashion_mnist": ("mit", "zalando-datasets/fashion_mnist")}
    licence, data = terms.get(key.partition("/")[0], ("other", None))
    assert (card.data.license, card.data.datasets) == (licence, data and [data])
    assert "@misc{" in card.text and "None" not in card.text and "## Limits" in card.text


@pytest.mark.parametrize("name", train.everything())
def test_every_paper_can_be_cited(name):
    recipe = train.everything()[name]
    assert "".join(citation(recipe)).count("@misc{") == recipe.paper.count("arXiv:") > 0


def example(text: str) -> str:
    """The first block of Python in a text."""
    return re.search(r"```python\n(.+?)```", text, re.DOTALL)[1]


def test_the_three_lines_of_a_card_run(hub, folder):
    run(folder, "--repo", NAME)
    lines = example(hub.repo(NAME).head.files["README.md"].decode())
    assert len(lines.splitlines()) == 3
    made = {}
    exec(lines.replace("gan.sample", "made = gan.sample"), made)
    assert made["made"].shape == (16, 8, 8, 1)


def test_the_three_lines_of_the_readme_run(monkeypatch):
    monkeypatch.chdir(ROOT)
    exec(example((ROOT / "README.md").read_text(encoding="utf-8")), {})


# Who may ----------------------------------------------------------------------------------------------------


def test_without_a_token_nothing_is_asked(hub, folder, capsys, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    assert "run `hf auth login`, or set HF_TOKEN" in refused(capsys, folder, "--repo", NAME)
    assert not hub.log


def test_a_login_does_as_well_as_the_environment(hub, folder, monkeypatch, tmp_path):
    monkeypatch.delenv("HF_TOKEN")
    (tmp_path / "hf").mkdir(exist_ok=True)
    (tmp_path / "hf" / "token").write_text(TOKEN)
    run(folder, "--repo", NAME)
    assert hub.tokens == {TOKEN}


def test_the_token_goes_nowhere_but_to_the_hub(hub, folder, capsys):
    hub.fail("commit", "500")
    said = run(folder, "--repo", NAME, capsys=capsys)
    assert TOKEN not in said
    stored = [*hub.repo(NAME).head.files.values(), *contents(folder).values()]
    assert not any(TOKEN.encode() in content for content in stored)


@pytest.mark.parametrize(
    ("repo", "token", "words"),
    [
        ("user/x", "hf_wrong", "the token is not valid"),
        ("other/x", TOKEN, "the token may not do that"),
        ("nothing", TOKEN, "names no repository"),
        ("user/{colour}", TOKEN, "names no repository"),
        ("user/{variant.name}", TOKEN, "names no repository"),
        ("user/{variant:999999999}", TOKEN, "names no repository"),
        ("user/x@v1", TOKEN, "names no repository"),
    ],
)
def test_what_may_not_be_is_told_in_one_sentence(hub, folder, capsys, monkeypatch, repo, token, words):
    monkeypatch.setenv("HF_TOKEN", token)
    said = refused(capsys, folder, "--repo", repo)
    assert words in said and "hf_wrong" not in said and not hub.repos


def test_a_damaged_folder_is_not_published(hub, folder, capsys):
    os.truncate(folder / "generator.safetensors", 200)
    assert "generator.safetensors" in refused(capsys, folder, "--repo", NAME)
    shutil.rmtree(folder)
    assert "is not a checkpoint" in refused(capsys, folder, "--repo", NAME)
    assert not hub.log


# Others -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [True, False])
def test_who_commits_meanwhile_is_not_overwritten(hub, folder, capsys, first):
    if not first:
        run(folder, "--repo", NAME)
        (folder / "stats.jsonl").write_bytes(b"more")
    hub.fail("POST .*/commit/", "someone")
    before = contents(folder)
    assert "somebody else has committed to user/told-toys meanwhile" in refused(capsys, folder, "--repo", NAME)
    repo = hub.repo(NAME)
    assert repo.head.title == "Update NOTES.md" and repo.head.files["NOTES.md"] == b"mine"
    assert repo.head.files.get("stats.jsonl") != (folder / "stats.jsonl").read_bytes()
    assert contents(folder) == before

    # The same command again sees that the last commit is another's, and asks first.
    assert "'Update NOTES.md'" in refused(capsys, folder, "--repo", NAME)
    assert repo.head.title == "Update NOTES.md"
    run(folder, "--repo", NAME, "--overwrite")
    assert repo.head.files["NOTES.md"] == b"mine" and set(repo.head.files) == {*PUBLISHED, "NOTES.md"}


def test_a_card_that_was_edited_on_the_hub_is_not_overwritten(hub, folder, capsys):
    run(folder, "--repo", NAME)
    repo = hub.repo(NAME)
    repo.commit({**repo.head.files, "README.md": b"better words"}, "Update README.md")
    assert "--overwrite" in refused(capsys, folder, "--repo", NAME)
    assert repo.head.files["README.md"] == b"better words"


# Faults -----------------------------------------------------------------------------------------------------

REQUESTS = {
    "look": "GET /api/models/[^/]+/[^/]+$",
    "create": "POST /api/repos/create",
    "yaml": "POST /api/validate-yaml",
    "commits": "GET .*/commits/",
    "preupload": "POST .*/preupload/",
    "batch": "POST .*/objects/batch",
    "put": "PUT /lfs/",
    "commit": "POST .*/commit/",
    "refs": "GET .*/refs",
    "tag": "POST .*/tag/",
}


@pytest.mark.parametrize("kind", ["500", "cut", "lost", "429"])
@pytest.mark.parametrize("request_", REQUESTS)
def test_a_fault_that_passes_is_outlived_at_every_request(hub, folder, capsys, kind, request_):
    hub.fail(REQUESTS[request_], kind, value=7)
    before = contents(folder)
    run(folder, "--repo", NAME)
    repo = hub.repo(NAME)
    assert [c.title for c in repo.commits] == ["initial commit", "Told GAN on toys, 20,000 images"]
    assert set(repo.head.files) == PUBLISHED and repo.tags == {"v1": repo.head.oid}
    assert not hub.faults[0].times and contents(folder) == before
    if kind == "429":
        assert max(hub.naps) >= 7


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_fault_that_stays_is_told_with_how_to_go_on(hub, folder, capsys, request_):
    hub.fail(REQUESTS[request_], "500", times=10**6)
    before = contents(folder)
    said = refused(capsys, folder, "--repo", NAME)
    assert "user/told-toys" in said and "is out of order" in said and "the same command" in said
    assert contents(folder) == before
    repo = hub.repos.get(("model", NAME))
    committed = request_ in ("refs", "tag")
    if repo:  # all of it or nothing
        assert set(repo.head.files) == (PUBLISHED if committed else {".gitattributes"})

    hub.faults.clear()
    run(folder, "--repo", NAME)
    repo = hub.repo(NAME)
    assert len(repo.commits) == 2 and set(repo.head.files) == PUBLISHED and repo.tags == {"v1": repo.head.oid}


def test_a_stalled_hub_is_not_waited_for(hub, folder, monkeypatch):
    monkeypatch.setattr(push, "TIMEOUT", 0.3)
    hub.fail("POST .*/commit/", "timeout", value=1)
    run(folder, "--repo", NAME)
    assert len(hub.repo(NAME).commits) == 2


def test_ctrl_c_leaves_nothing_half_done(hub, folder, monkeypatch, capsys):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(hubs, "insist", stopped)
    assert publish.main([str(folder), "--repo", NAME]) == 130
    assert "the same command continues" in capsys.readouterr().err and not hub.repos


# The command ------------------------------------------------------------------------------------------------


def test_a_training_script_publishes_its_result(hub, tmp_path, capsys, monkeypatch):
    (tmp_path / "spots").mkdir()
    rng = np.random.default_rng(0)
    for i in range(12):
        Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8)).save(tmp_path / "spots" / f"{i}.png")
    out = tmp_path / "run"
    command = [
        "--data", str(tmp_path / "spots"), "--images", "64", "--batch", "8", "--network-args", "width=4",
        "--out", str(out), "--device", "cpu", "--publish", "user/{variant}-{dataset}", "--private",
    ]  # fmt: skip
    monkeypatch.setenv("GAN_CACHE", str(tmp_path / "cache"))

    def fails(*more) -> str:
        with pytest.raises(SystemExit) as stop:
            engine.main(train.recipes()["gan"], [*command, *more])
        said = capsys.readouterr()
        assert stop.value.code == 2 and TOKEN not in said.err + said.out
        return said.err

    monkeypatch.delenv("HF_TOKEN")
    assert "--publish: there is no token" in fails() and not out.exists()  # before anything is trained
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert "names no repository" in fails("--publish", "user/{nothing}") and not out.exists()
    hub.fail("POST .*/commit/", "someone")
    assert "the run is finished and safe, but not published: somebody else" in fails()
    assert "--overwrite" in fails("--resume")  # the other's commit is still the last one
    hub.repos.clear()
    engine.main(train.recipes()["gan"], [*command, "--resume"])
    repo = hub.repo("user/gan-spots")
    assert repo.private and repo.tags == {"v1": repo.head.oid}
    here = contents(out / "checkpoint")
    assert {k: repo.head.files[k] for k in here} == here
