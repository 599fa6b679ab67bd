"""The options of train publish: none that was given is ignored."""

import json

import pytest
from test_publish import NAME, folder, refused, run  # noqa: F401

import gan_models
from train.publish import publish


@pytest.mark.parametrize(
    ("options", "other"),
    [
        *(
            (words, "--space")
            for words in (["--out", "d"], ["--sdk", "docker"], ["--with-real"], ["--checkpoints", "d"])
        ),
        *((words, "FOLDER") for words in (["--tag", "v1"], ["--licence", "mit"], ["--onnx"])),
    ],
)
def test_an_option_that_would_be_ignored_is_refused(options, other, capsys):
    given = ["x", "--repo", "a/b"] if other == "--space" else ["--space", "a/b"]
    with pytest.raises(SystemExit) as stop:
        publish.main([*given, *options])
    said = capsys.readouterr().err.splitlines()[-1]
    assert stop.value.code == 2 and f"error: {options[0]} belongs to {other}: leave it out." in said


@pytest.mark.parametrize("option", ["--private", "--overwrite", "--dry-run"])
def test_files_for_a_trial_are_not_sent(option, capsys, tmp_path):
    with pytest.raises(SystemExit) as stop:
        publish.main(["--space", "a/b", "--out", str(tmp_path / "out"), option])
    assert stop.value.code == 2 and "--out sends nothing to the Hub" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["x"], ["--repo", "a/b"], ["x", "--repo", "a/b", "--space", "a/b"]])
def test_the_command_wants_a_folder_and_a_name_or_a_space(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        publish.main(arguments)
    assert stop.value.code == 2 and "give either FOLDER" in capsys.readouterr().err


@pytest.mark.parametrize(
    "tag",
    ["", "a b", " v1", "-v1", "main", "f" * 40, "../x", "v1..2", "v1.", "a//b", "v1/", "v1.lock", "v1+cpu", "v" * 200],
)
def test_a_tag_that_could_not_be_loaded_is_refused_before_anything_is_pushed(hub, folder, capsys, tag):  # noqa: F811
    assert "cannot be a tag" in refused(capsys, folder, "--repo", NAME, f"--tag={tag}")
    assert "cannot be a tag" in refused(capsys, folder, "--repo", NAME, f"--tag={tag}", "--dry-run")
    assert not hub.log


@pytest.mark.parametrize("tag", ["v1", "1.0.2", "2026-12-01", "best_one", "é"])
def test_a_tag_that_is_pushed_is_loaded(hub, folder, tag):  # noqa: F811
    run(folder, "--repo", NAME, "--tag", tag)
    assert gan_models.load(f"{NAME}@{tag}").provenance["hub"].startswith(f"{NAME}@")


@pytest.mark.parametrize("licence", ["", "MIT", "a: b", "mit\nlicense: other"])
def test_a_licence_that_is_no_short_name_is_refused_before_anything_is_pushed(hub, folder, capsys, licence):  # noqa: F811
    assert "is no short name of the Hub's" in refused(capsys, folder, "--repo", NAME, f"--licence={licence}")
    assert not hub.log


def test_a_licence_that_the_hub_does_not_know_is_one_sentence(hub, folder, capsys):  # noqa: F811
    said = refused(capsys, folder, "--repo", NAME, "--licence", "no-such-licence")
    assert f"{NAME}: the Hub refuses the card." in said and '"license" must be one of' in said
    assert "no commit was made there" in said and len(hub.repo(NAME).commits) == 1


def test_a_checkpoint_that_names_no_data_set_is_published_as_such(hub, folder):  # noqa: F811
    content = json.loads((folder / "recipe.json").read_text())
    del content["provenance"]["dataset"]
    (folder / "recipe.json").write_text(json.dumps(content))
    run(folder, "--repo", NAME)
    assert hub.repo(NAME).head.title.startswith("Told GAN on unknown data, ")
    assert "# Told GAN on unknown data\n" in hub.repo(NAME).head.files["README.md"].decode()
