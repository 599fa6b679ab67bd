"""`python -m train check`: a sound variant passes from its script to the app, each fault is told in one sentence."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from helpers import CLASSES, SMALL
from torch import nn

import train
from gan_models import Recipe, build, styles
from gan_models.networks.common import Head, Verdict
from gan_models.registry import LOSSES, NETWORKS
from train.measure import check, contract
from train.measure import trial as tried
from train.measure.contract import Failed

ROOT = Path(__file__).parent.parent

SCRIPT = '''
"""A variant in one file: a loss of its own, whose D may not have a bias in its last layer."""

from dataclasses import replace

from gan_models.registry import LOSSES, register
from train.gan import RECIPE as GAN
from train.engine import main


@register(LOSSES, ignores_shift=True)
def own_distance(real, fake, factor: float = 1.0):
    """L_D = E[D(G(z))] - E[D(x)]
    L_G = -E[D(G(z))]
    """
    return factor * (fake.mean() - real.mean()), -factor * fake.mean()


RECIPE = replace(
    GAN, name="own_variant", title="Own", parent="gan", loss="own_distance", loss_args={"factor": 2.0},
    network_args={"width": 4},
)
'''
START = '\nif __name__ == "__main__":\n    main(RECIPE)\n'


@pytest.fixture
def script(tmp_path):
    """Writes a script of one's own, and forgets afterwards what it registered."""
    before = dict(LOSSES), dict(NETWORKS)

    def write(text: str, name: str = "own_variant.py") -> Path:
        (tmp_path / name).write_text(text)
        return tmp_path / name

    yield write
    for table, had in zip((LOSSES, NETWORKS), before, strict=True):
        table.clear()
        table.update(had)


# The example of the contract ----------------------------------------------------------------------------------


def test_the_example_of_the_contract_holds_as_it_is_written(tmp_path):
    readme = (ROOT / "gan_models" / "networks" / "README.md").read_text(encoding="utf-8")
    for part in ("gan_models", "train", "demo", "ganscope", "requirements"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    written = re.findall(r"```python\n# (\S+\.py)\n(.*?)```", readme, re.DOTALL)
    for path, text in written:
        assert not (tmp_path / path).exists()
        (tmp_path / path).write_text(text, encoding="utf-8")
    (command,) = re.findall(r"`python -m (train check \w+)`\.\s*$", readme)
    done = subprocess.run([sys.executable, "-m", *command.split()], cwd=tmp_path, capture_output=True, text=True)
    assert [path for path, _ in written] == ["gan_models/networks/cbn.py", "train/cbn_gan.py"]
    assert done.returncode == 0 and done.stdout.count("ok      ") == 7, done.stdout + done.stderr


# The whole way ------------------------------------------------------------------------------------------------


def test_a_variant_in_a_file_of_its_own_holds_from_its_script_to_the_app(script, capsys):
    assert check.main([str(script(SCRIPT + START))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == [
        f"ok      {name}"
        for name in ("recipe", "shapes", "batches", "gradients", "training", "in another process", "publish")
    ]
    assert lines[-1].startswith("own_variant: all checks passed in ")


def test_a_wrong_variant_ends_with_one(script, capsys):
    assert check.main([str(script(SCRIPT.replace("ignores_shift=True", "ignores_shift=False")))]) == 1
    said = capsys.readouterr().out
    assert (
        "FAILED  gradients: head.judge.bias of D get no finite gradient other than 0 from the recipe's losses. A loss "
        "that a shift of D's output does not change must be registered with ignores_shift=True." in said
    )
    # It has no `main` either.
    assert "FAILED  training: the script ran and trained nothing: it must end in `if __name__" in said
    assert "not all checks passed" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "defines no RECIPE"),
        ("RECIPE = 3", "defines no RECIPE"),
        ("RECIPE = (", "cannot be imported: SyntaxError"),
        ("import nothing_of_that_name", "cannot be imported: ModuleNotFoundError"),
        (SCRIPT.replace('name="own_variant"', 'name="another"'), "give both one name"),
        (SCRIPT.replace('loss="own_distance"', 'loss="own_distnace"'), "did you mean 'own_distance'?"),
        (SCRIPT.replace('"factor": 2.0', '"factr": 2.0'), "own_distance takes no 'factr'; it takes factor"),
        (SCRIPT.replace('title="Own"', 'title="", summary=""'), "the recipe has no title, summary"),
        (
            SCRIPT + "from gan_models.registry import NETWORKS\n"
            "@register(NETWORKS)\ndef own_network(recipe): pass\n"
            'RECIPE = replace(RECIPE, network="own_network", network_args={})\n',
            "the network 'own_network' is registered in own_variant, where no program that loads a checkpoint would "
            "find it; it belongs in gan_models/networks/own_network.py.",
        ),
    ],
)
def test_a_script_that_cannot_be_trained_is_told_why(script, text, words, capsys):
    assert check.main([str(script(text))]) == 1
    said = capsys.readouterr().out
    assert said.startswith("FAILED  recipe: ") and words in said and said.count("\n") == 1


@pytest.mark.parametrize(
    ("asked", "words"),
    [("dcgann", "did you mean 'dcgan'?"), ("/nowhere/x.py", "there is no file"), ("../x", "there is no variant")],
)
def test_a_variant_that_is_not_there(asked, words, capsys):
    assert check.main([asked]) == 1 and words in capsys.readouterr().out


def test_a_network_of_a_script_is_refused_before_the_first_step(script, tmp_path):
    text = SCRIPT + (
        "from gan_models.registry import NETWORKS\n@register(NETWORKS)\ndef own_network(recipe):\n"
        '    return NETWORKS["mlp"](recipe)\n'
        'RECIPE = replace(RECIPE, network="own_network", network_args={})\n'
    )
    path = script(text + START)
    (tmp_path / "pictures").mkdir()
    command = [sys.executable, str(path), "--data", str(tmp_path / "pictures"), "--out", str(tmp_path / "run")]
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.returncode == 2 and "belongs in gan_models/networks/own_network.py." in done.stderr
    assert "Traceback" not in done.stderr and not (tmp_path / "run").exists()


def test_a_script_of_the_project_is_the_same_by_its_path():
    path = str(ROOT / "train" / "dcgan.py")
    assert tried.variant(path) is tried.variant("dcgan") is train.recipes()["dcgan"]
    assert check.main([path]) == 0


# The contract -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", SMALL.values(), ids=SMALL)
def test_every_variant_keeps_the_contract(recipe):
    contract.shapes(recipe)
    contract.batches(recipe)
    contract.gradients(recipe)


class G(nn.Module):
    """Sound; subclasses are not."""

    def __init__(self, recipe: Recipe):
        super().__init__()
        self.classes, self.shape = recipe.classes, (recipe.channels, recipe.size, recipe.size)
        self.layer = nn.Linear(recipe.z_dim + recipe.classes, recipe.channels * recipe.size**2)

    def forward(self, z, y=None):
        if y is not None:
            y = nn.functional.one_hot(y, self.classes) if y.dim() == 1 else y
            z = torch.cat([z, y.to(z.dtype)], 1)
        return self.layer(z).unflatten(1, self.shape).tanh()


class D(nn.Module):
    def __init__(self, recipe: Recipe):
        super().__init__()
        self.layer = nn.Linear(recipe.channels * recipe.size**2, 4)
        self.head = Head(recipe, 4)

    def forward(self, x, y=None):
        return self.head(self.layer(x.flatten(1)).relu(), y)


def of(base, forward=None, start=None):
    """A subclass with another forward, or with more in its constructor."""

    def init(self, recipe):
        base.__init__(self, recipe)
        if start:
            start(self)

    return type(base.__name__, (base,), {"__init__": init, **({"forward": forward} if forward else {})})


def forget(net):
    """Something that no checkpoint holds."""
    net.secret = torch.rand(1)


FAULTS = {
    "one dimension short": (of(G, lambda s, z, y=None: G.forward(s, z, y)[:, 0]), D, r"it must give \[N, C, H, W\]"),
    "no tensor": (of(G, lambda s, z, y=None: [G.forward(s, z, y)]), D, "gives list; it must give a tensor"),
    "double": (of(G, lambda s, z, y=None: G.forward(s, z, y).double()), D, "it must give float32"),
    "no tanh": (of(G, lambda s, z, y=None: 9 * G.forward(s, z, y)), D, "beyond -1 and 1: let it end in a tanh"),
    "not finite": (of(G, lambda s, z, y=None: G.forward(s, z, y) / 0), D, "not finite"),
    "blind to z": (of(G, lambda s, z, y=None: G.forward(s, 0 * z, y)), D, "the same from another latent"),
    "blind to y": (of(G, lambda s, z, y=None: G.forward(s, z, None if y is None else 0 * y)), D, "for another label y"),
    "labels only": (
        of(G, lambda s, z, y=None: G.forward(s, z, y if y is None else y.view(len(z)))), D, r"y as weights of",
    ),
    "stops": (of(G, lambda s, z, y=None: G.forward(s, z[:, :2], y)), D, "G at 28 pixels stops with RuntimeError"),
    "always random": (
        of(G, lambda s, z, y=None: G.forward(s, z + torch.rand_like(z), y)), D, "at each call|for its label",
    ),
    "sides": (of(G, start=lambda s: setattr(s, "sides", (7, 14))), D, "gan_models/styles.py says otherwise"),
    "a tuple": (G, of(D, lambda s, x, y=None: tuple(D.forward(s, x, y))), "it must give a Verdict"),
    "two dimensions": (
        G, of(D, lambda s, x, y=None: Verdict(D.forward(s, x, y).logits[:, None])), r"they must be \[N\], here \[4\]",
    ),
    "class logits": (G, of(D, lambda s, x, y=None: Verdict(D.forward(s, x, y).logits, x[:, 0, 0])), r"\[N, K\] or"),
    "unsaid batch": (
        G, of(D, lambda s, x, y=None: D.forward(s, x - x.mean(0, keepdim=True), y)), "must say `sees_batch = True`",
    ),
    "odd batches": (
        G, of(D, lambda s, x, y=None: Verdict(D.forward(s, x, y).logits.view(-1, 2).flatten())), "a batch of 3, stops",
    ),
    "unused parameter": (
        of(G, start=lambda s: setattr(s, "spare", nn.Linear(2, 2))), D, "spare.weight, spare.bias of G get no",
    ),
    "unused in D": (G, of(D, start=lambda s: setattr(s, "spare", nn.Linear(2, 2))), "spare.weight, spare.bias of D"),
}  # fmt: skip


@pytest.mark.parametrize(("make_g", "make_d", "words"), FAULTS.values(), ids=FAULTS)
def test_each_fault_of_a_network_is_told(make_g, make_d, words, monkeypatch):
    def faulty(recipe):
        return partial(make_g, recipe), partial(make_d, recipe)

    monkeypatch.setitem(NETWORKS, "faulty", faulty)
    recipe = Recipe(name="x", network="faulty", z_dim=6, conditional=True, class_names=CLASSES)
    with pytest.raises(Failed, match=words) as error:
        contract.shapes(recipe)
        contract.batches(recipe)
        contract.gradients(recipe)
    assert "\n" not in str(error.value) and str(error.value).endswith((".", "1)"))


def test_the_sound_pair_has_none_of_these_faults(monkeypatch):
    monkeypatch.setitem(NETWORKS, "sound", lambda recipe: (partial(G, recipe), partial(D, recipe)))
    recipe = Recipe(name="x", network="sound", z_dim=6, conditional=True, class_names=CLASSES)
    for check_of in (contract.shapes, contract.batches, contract.gradients):
        assert check_of(recipe)


@pytest.mark.parametrize("side", ["G", "D"])
def test_what_no_checkpoint_holds_is_found_in_what_comes_back(side, monkeypatch, tmp_path):
    """A tensor that is neither parameter nor buffer is another one in the process that loads."""
    secret_g = of(G, lambda s, z, y=None: G.forward(s, z + s.secret, y), forget)
    secret_d = of(D, lambda s, x, y=None: D.forward(s, x + 9 * s.secret, y), forget)
    pair = (secret_g, D) if side == "G" else (G, secret_d)
    monkeypatch.setitem(NETWORKS, "forgetful", lambda recipe: tuple(partial(one, recipe) for one in pair))
    recipe = Recipe(name="x", network="forgetful", z_dim=6)
    ours = contract.save(recipe, tmp_path)
    pictures = ours.sample(range(4))
    assert contract.same(ours, pictures.tolist(), ours.score(pictures).tolist())
    torch.manual_seed(1)
    other_g, other_d = build(recipe)
    with torch.no_grad():
        for net, own in ((other_g, ours.G), (other_d, ours.D)):
            net.load_state_dict(own.state_dict())
    theirs = type(ours)(recipe, other_g, D=other_d)
    with pytest.raises(Failed, match=f"{side} .* must be in parameters or registered buffers"):
        contract.same(ours, theirs.sample(range(4)).tolist(), theirs.score(pictures).tolist())


def test_a_size_that_a_network_does_not_make_is_said_and_its_own_is_needed(monkeypatch):
    assert contract.shapes(replace(SMALL["dcgan"], size=28)).count("x") == 6
    monkeypatch.setattr(contract, "SHAPES", ((30, 1), (28, 1)))
    assert "; it makes no 30 pixels" in contract.shapes(SMALL["dcgan"])
    with pytest.raises(Failed, match="30-pixel"):
        contract.shapes(replace(SMALL["dcgan"], size=30))
    assert set(styles.STYLED) <= set(NETWORKS)
