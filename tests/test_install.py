"""What an installed GANscope has and does, in an environment of its own and far from any checkout; and the command."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from gradio_client import Client
from helpers import contents
from packaging.requirements import Requirement
from sources import imported, listed
from test_space import started
from zoos import put

import gan_models
import ganscope
import train
from benchmarks.browser import free_port
from demo.page import snippets
from demo.zoo import evolution
from demo.zoo.zoo import Zoo
from gan_models.home import SHIPPED
from train.publish import card

ROOT = Path(__file__).parent.parent
PACKAGES = ("gan_models", "demo", "train", "ganscope")
DATA_SETS = ("mnist", "fashion_mnist", "celeba")
SMALL = 20_000
"""Bytes: the weights, films and pictures of most of the zoo are left empty, to have the wheel sooner"""


def checkout() -> list[str]:
    """The files that git has, or would take."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """`pip install .` without the network: python, scripts and site-packages of an environment whose other packages are
    this one's, but for torchvision, which fails as it does beside a torch of another build.

    In the checkout lies what must not be passed on.
    """
    top = tmp_path_factory.mktemp("installed")
    source, files = top / "source", checkout()
    for name in files:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        whole = not name.startswith("checkpoints/") or name.startswith("checkpoints/mnist/gan/")
        if whole or (ROOT / name).stat().st_size < SMALL:
            shutil.copyfile(ROOT / name, source / name)
        else:
            (source / name).touch()
    for name in (
        "celeba/real.png", "celeba/training.png", "celeba/training.json", "celeba/training.safetensors",
        "mine/real.png", "mine/dcgan/recipe.json", "mnist/gan/resume.pt", "mnist/gan/generator.onnx",
        "mnist/gan/.metrics.partial.json",
    ):  # fmt: skip
        (source / "checkpoints" / name).parent.mkdir(parents=True, exist_ok=True)
        (source / "checkpoints" / name).write_text("private")
    environment = top / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    found = SimpleNamespace(
        source=source,
        files=files,
        scripts=environment / ("Scripts" if os.name == "nt" else "bin"),
        site=Path(sysconfig.get_path("purelib", "venv", {"base": str(environment)})),
    )
    found.python = found.scripts / Path("python").with_suffix(Path(sys.executable).suffix if os.name == "nt" else "")
    (found.site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (found.site / "torchvision.py").write_text('raise RuntimeError("operator torchvision::nms does not exist")\n')
    pip = [sys.executable, "-m", "pip", "--python", found.python, "install", "-q", "--no-deps", "--no-index"]
    done = subprocess.run([*pip, "--no-build-isolation", source], capture_output=True, text=True)
    assert not done.returncode, done.stderr[-2000:]
    return found


@pytest.fixture
def run(installed, tmp_path, monkeypatch):
    """run(code) -> what a program prints in that environment, in an empty folder."""
    (tmp_path / "empty").mkdir()
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.delenv("GANSCOPE_CHECKPOINTS", raising=False)

    def go(code: str) -> str:
        command = [installed.python, "-c", code]
        done = subprocess.run(command, cwd=tmp_path / "empty", capture_output=True, text=True, timeout=240)
        assert not done.returncode, done.stderr[-2000:]
        return done.stdout

    return go


# What is in it ------------------------------------------------------------------------------------------------


def test_the_wheel_has_the_packages_and_the_zoo_and_nothing_else(installed):
    record = (installed.site / f"ganscope-{gan_models.__version__}.dist-info" / "RECORD").read_text()
    had = {line.rpartition(",sha256=")[0] for line in record.splitlines() if ",sha256=" in line}
    had = {name for name in had if ".dist-info/" not in name and not name.startswith("..")}
    code = {name for name in installed.files if name.split("/")[0] in PACKAGES}
    zoo = {name for name in installed.files if name.split("/")[:2] in [["checkpoints", one] for one in DATA_SETS]}
    around = {f"ganscope/{name}" for name in (*zoo, "app.py", "hub.json", ".streamlit/config.toml")}
    assert len(zoo) > 200 and "gan_models/py.typed" in code and any(name.endswith("plans/cpu.toml") for name in code)
    assert had == code | around


def test_every_checkpoint_of_the_repository_is_of_a_data_set_that_ships():
    assert {path.parent.parent.name for path in SHIPPED.glob("*/*/recipe.json")} >= set(DATA_SETS)
    assert not {name.split("/")[1] for name in checkout() if re.match("checkpoints/.+/", name)} - set(DATA_SETS)


def requirements(name: str) -> dict[str, str]:
    """Distribution -> requirement, of one list."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    found = [line.partition("#")[0].strip().replace(" ", "") for line in lines]
    return {re.match(r"[\w-]+", line)[0].replace("_", "-").lower(): line for line in found if line}


def test_metadata_has_the_ranges_of_the_lists(run):
    asked = json.loads(run("import json, importlib.metadata as m; print(json.dumps(m.requires('ganscope')))"))
    by_extra: dict[str, set[str]] = {}
    for line in asked:
        words, _, extra = line.partition("; extra == ")
        name, _, limits = re.fullmatch(r"([\w-]+(\[\w+\])?)(.*)", words).groups()
        by_extra.setdefault(extra.strip("\"'"), set()).add(f"{name}:{','.join(sorted(limits.split(',')))}")

    def as_there(*lists: str) -> set[str]:
        parts = [
            re.fullmatch(r"([\w-]+(?:\[\w+\])?)(.*)", one).groups() for li in lists for one in requirements(li).values()
        ]
        return {f"{name}:{','.join(sorted(limits.split(',')))}" for name, limits in parts}

    extras = ("app", "train", "metrics", "onnx", "cluster")
    expected = {
        "": as_there("gan_models"),
        **{name: as_there(name) for name in extras},
        "dev": as_there(*extras, "dev"),
    }
    assert by_extra == expected


def test_every_range_stands_once_and_has_a_reason():
    names = [path.stem for path in (ROOT / "requirements").glob("*.txt")]
    all_of_them = [name for one in names for name in requirements(one)]
    assert len(all_of_them) == len(set(all_of_them)) > 20
    for name in names:
        for line in (ROOT / "requirements" / f"{name}.txt").read_text().splitlines():
            assert line.startswith("#") or re.fullmatch(r"[\w\[\]-]+>=[\d.]+,<[\d.]+ +# .{10,}", line), line
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        assert line.startswith(("#", "-r requirements/"))


WITH = {"fastapi": "gradio", "starlette": "gradio", "gradio_client": "gradio"}
"""Modules that come with another's distribution, which is the one that we ask for"""
OPTIONAL = {"spaces"}
"""Where it is installed; only on ZeroGPU"""


owners = cache(packages_distributions)


def distributions(folder: str) -> set[str]:
    """Distributions, in small letters, that the modules of a folder import anywhere."""
    known, found = owners(), set()
    for path in listed(folder, "**/*.py"):
        found |= {one.partition(".")[0] for one in imported(path)}
    found -= {*sys.stdlib_module_names, *PACKAGES, *OPTIONAL, "app", "benchmarks"}
    found -= {path.stem for path in listed("tests", "*.py")}
    return {known[WITH.get(one, one)][0].replace("_", "-").lower() for one in found}


def test_each_package_imports_what_its_lists_name_and_each_list_only_what_is_imported():
    base, app, train = requirements("gan_models"), requirements("app"), requirements("train")
    further = {**requirements("onnx"), **requirements("cluster"), **requirements("metrics")}
    # efficientnet and torch-fidelity are imported by name, in gan_models.metrics.choose.
    assert distributions("gan_models") == {*base}
    assert {*app} <= distributions("demo") <= {*base, *app}
    assert {*train, *requirements("onnx"), *requirements("cluster")} <= distributions("train")
    assert distributions("train") <= {*base, *train, *further}
    assert not distributions("ganscope") - {*app}
    dev = requirements("dev")
    assert distributions("tests") | distributions("benchmarks") <= {*base, *app, *train, *further, *dev}
    commands = {"ruff", "import-linter", "pytest-timeout", "pytest-xdist"}  # and what pytest loads by itself
    assert {*dev} - commands <= distributions("tests") | distributions("benchmarks")


def test_torch_without_cuda_is_installed_within_the_same_ranges():
    ranges = requirements("gan_models")["torch"], requirements("train")["torchvision"]
    made = subprocess.run(
        ["make", "-n", "venv", "CPU=1", "-W", "requirements.txt"], cwd=ROOT, capture_output=True, text=True
    )
    assert f"pip install '{ranges[0]}' '{ranges[1]}' --index-url" in made.stdout
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"pip install '{one}' --index-url" in readme for one in ranges)
    (taken,) = re.findall(r"--index-url \S+whl/cpu \\\n *\"\$\((.*)\)\"$", (ROOT / "Dockerfile").read_text(), re.M)
    assert subprocess.check_output(["sh", "-c", taken], cwd=ROOT, text=True).split() == [ranges[0]]


def test_what_is_tested_here_is_within_the_ranges():
    for path in listed("requirements", "*.txt"):
        for line in map(Requirement, requirements(path.stem).values()):
            try:
                assert line.specifier.contains(version(line.name)), line
            except PackageNotFoundError:
                assert path.stem in ("metrics", "onnx", "cluster"), f"{line} is not installed"


def test_gradio_is_bound_to_one_minor_version_while_its_inside_is_used():
    used = {name for path in listed("demo/faces", "*.py") for name in imported(path) if name.startswith("gradio.")}
    low, high = re.fullmatch(r".*>=6\.(\d+),<6\.(\d+)", requirements("app")["gradio"]).groups()
    assert "gradio.queueing" in used and int(high) == int(low) + 1


# What it does -------------------------------------------------------------------------------------------------


def test_the_library_needs_nothing_that_only_the_extras_bring(run):
    others = {name for one in ("app", "train", "metrics", "onnx", "cluster") for name in requirements(one)}
    modules = {module for module, names in owners().items() for one in names if one.lower() in others}
    modules -= {"tqdm", "rich"}  # huggingface_hub imports them
    assert {"torchvision", "streamlit", "gradio", "altair", "pandas", "av"} <= modules
    code = f"""
import sys
sys.modules.update(dict.fromkeys({sorted(modules)}))
import gan_models
assert "load" in dir(gan_models) and {{*gan_models.__all__}} <= {{*dir(gan_models)}} and "torch" not in sys.modules
print(gan_models.__version__, gan_models.load("mnist/gan").sample(range(3)).shape)
"""
    assert run(code) == f"{gan_models.__version__} (3, 28, 28, 1)\n"


@pytest.fixture
def published(hub, tmp_path):
    """A conditional checkpoint on the Hub, and the same in a folder."""
    put(tmp_path / "told", name="told", title="Told GAN", conditional=True, class_names=("zero", "one", "two"))
    return hub.add("user/told-toys", contents(tmp_path / "told")), tmp_path / "told"


def test_the_lines_of_a_model_card_run_where_there_is_no_checkout(run, published):
    _, folder = published
    (code,) = re.findall(r"```python\n(.+?)```", card.render(folder, "user/told-toys"), re.S)
    *lines, last = code.strip().splitlines()
    assert len(lines) == 2
    made = json.loads(run("\n".join([*lines, f"made = {last}", "print(made.tolist())"])))
    np.testing.assert_array_equal(made, gan_models.load(folder).sample(range(16), labels=[0] * 16))


def test_the_python_of_the_app_runs_where_there_is_no_checkout(run, published, tmp_path):
    repo, _ = published
    (tmp_path / "none").mkdir()
    zoo = Zoo(tmp_path / "none")
    (key,) = [entry.key for entry in zoo.add([f"user/told-toys@{repo.head.oid}"]).entries]
    question = [key], range(5), "two", 0.7
    code = snippets.samples(zoo, *question)
    np.testing.assert_array_equal(json.loads(run(f"{code}\nprint(pictures.tolist())")), zoo.samples(*question)[key])


def test_the_python_of_the_shipped_zoo_runs_where_there_is_no_checkout(run):
    zoo = Zoo(SHIPPED)
    made = run(f"{snippets.samples(zoo, ['mnist/gan'], range(3))}\nprint(pictures.tolist())")
    np.testing.assert_array_equal(json.loads(made), zoo.samples(["mnist/gan"], range(3))["mnist/gan"])
    code = snippets.evolution(zoo, ["mnist/gan"], "images", 2, 20_000)
    (moment,) = evolution.evolution(zoo, ["mnist/gan"], "images", 2).at(20_000)
    made = run(f"{code}\nprint([one.tolist() for one in pictures.values()])")
    np.testing.assert_array_equal(json.loads(made), [moment.pictures])


def test_ganscope_gradio_shows_the_zoo_from_an_empty_folder_without_torchvision(installed, run, tmp_path):
    port, expected = free_port(), Zoo(SHIPPED)
    address = f"http://127.0.0.1:{port}/"
    command = [installed.scripts / "ganscope", "gradio", "--port", str(port)]
    with started(command, tmp_path / "empty", address, GRADIO_SERVER_NAME="127.0.0.1"):
        ask = Client(address, verbose=False, analytics_enabled=False, download_files=tmp_path / "files")
        found = ask.predict(api_name="/catalog")
        assert [one["key"] for one in found["variants"]] == expected.catalog().keys and not found["problems"]
        (made,) = ask.predict(["mnist/gan"], [3], api_name="/samples")
        assert made["caption"].startswith(expected.entry("mnist/gan").title)


def test_ganscope_app_shows_the_zoo_from_an_empty_folder_without_torchvision(installed, run, tmp_path):
    port = free_port()
    options = ["--server.port", str(port), "--server.headless", "true"]
    command = [installed.scripts / "ganscope", "app", *options]
    with started(command, tmp_path / "empty", f"http://127.0.0.1:{port}/_stcore/health") as answer:
        assert answer == b"ok"
    seen = run(
        "from streamlit.testing.v1 import AppTest; from gan_models.home import HOME\n"
        "app = AppTest.from_file(HOME / 'app.py', default_timeout=100)\n"
        "app.query_params['view'] = 'learn'; app.query_params['variant'] = 'gan'\n"
        "app.run(); assert not app.exception, app.exception\n"
        "print(*(one.proto.json for one in app.get('bidi_component')), sep='\\n')"
    )
    assert "Vanilla GAN" in seen


def test_an_installed_training_does_not_take_the_commit_of_the_repository_around_it(installed, run):
    around = installed.site.parent
    git = ["git", "-C", around, "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run([*git, *words], check=True)
    try:
        assert run("from train.engine.machine import commit; print(repr(commit()))") == "''\n"
    finally:
        shutil.rmtree(around / ".git")


# The command --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["evalaute"], "ganscope has no command 'evalaute' (did you mean 'evaluate'?).\n"),
        (["ap"], "ganscope has no command 'ap' (did you mean 'app'?).\n"),
        (["train", "dcgam"], "there is no variant or tool 'dcgam' (did you mean 'dcgan'?).\n"),
    ],
)
def test_an_unknown_word_gets_one_sentence(capsys, words, sentence):
    assert ganscope.main(words) == 2
    assert capsys.readouterr().err == sentence


def test_the_command_lists_every_tool_and_says_its_version(capsys):
    assert ganscope.main([]) == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    said = {name: words for name, *words in lines}
    assert {"app", "gradio", "train", "evaluate", "publish", "run_all", "ablation"} <= {*said} and all(said.values())
    assert ganscope.main(["--version"]) == 0
    assert capsys.readouterr().out == f"ganscope {gan_models.__version__}\n"


@pytest.mark.parametrize("name", train.tools())
def test_every_tool_answers_to_its_name(capsys, name):
    for argv in ([name, "--help"], ["train", name, "--help"]):
        with pytest.raises(SystemExit) as stop:
            ganscope.main(argv)
        assert stop.value.code == 0 and "usage: " in capsys.readouterr().out


def test_no_tool_has_the_name_of_a_variant():
    assert not {*train.tools()} & {*train.recipes(), "app", "gradio", "train"}


@pytest.mark.parametrize(
    ("words", "module", "extra"),
    [
        (["app"], "streamlit", "app"),
        (["gradio"], "gradio", "app"),
        (["real", "--dataset", "mnist"], "torchvision", "train"),
    ],
)
def test_a_missing_extra_is_one_sentence(capsys, monkeypatch, words, module, extra):
    users = ("train.engine.data", "train.engine.datasets")
    for name in [name for name in sys.modules if name.partition(".")[0] == module or name in users]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    assert ganscope.main(words) == 1
    sentence = f"ganscope {words[0]} needs {module}, which is not installed: pip install -r requirements/{extra}.txt\n"
    assert capsys.readouterr().err == sentence


def test_outside_a_checkout_a_missing_extra_is_named_as_pip_takes_it(run):
    assert run("from gan_models.home import install; print(install('onnx'))") == "pip install 'ganscope[onnx]'\n"


def test_from_pretrained_gives_its_own_kind():
    assert isinstance(gan_models.Translator.from_pretrained("mnist/cyclegan"), gan_models.Translator)
    for cls, key in ((gan_models.GAN, "mnist/cyclegan"), (gan_models.Translator, "mnist/gan")):
        with pytest.raises(gan_models.CheckpointError):
            cls.from_pretrained(key)


def test_from_pretrained_is_load():
    ours, theirs = gan_models.load("mnist/gan"), gan_models.GAN.from_pretrained("mnist/gan", discriminator=True)
    np.testing.assert_array_equal(ours.sample([1, 2]), theirs.sample([1, 2]))
    assert theirs.D is not None and theirs.recipe == ours.recipe
