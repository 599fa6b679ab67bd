"""What docs/latent.md says of anomalies, rejection and searches is what metrics.json holds and the code does."""

import re
from inspect import signature

import pytest
from test_claims import Claim, document, latent

from demo.zoo import rebuilding
from gan_models.latent import fit

PAGE = "docs/latent.md"


def rejected(key: str, figure: str) -> str:
    """A figure before and after rejection, with as many digits as the document has: "0.485 → 0.464"."""
    found = latent(key)["rejection"]
    digits = 4 if key == "mnist/dcgan" and figure == "class_kl" else 3
    return " → ".join(f"{found[when]['figures'][figure]:.{digits}f}" for when in ("before", "after"))


def plan(key: str) -> tuple:
    found = latent(key)["rejection"]
    return found["accept"], found["n"]


def against_garments(key: str, score: str) -> float:
    found = latent(key)["anomaly"]["other_data"]
    assert found["dataset"] == "fashion_mnist"
    return round(found["auc"][score], 3)


CLAIMS = [
    Claim(PAGE, "Against Fashion-MNIST as anomalies the encoders of `mnist/acgan` and `mnist/cgan` have .999, "
          "PCA .963.",
          lambda: {(against_garments(key, "encoder"), against_garments(key, "pca"))
                   for key in ("mnist/acgan", "mnist/cgan")} == {(0.999, 0.963)}),
    Claim(PAGE, "Rejection with `mnist/dcgan` (`python -m train rejection checkpoints/mnist/dcgan`), half accepted, "
          "3,000 pictures before and after: FD-mnist-cnn 0.485 → 0.464, coverage 0.448 → 0.481, class KL 0.0105 → "
          "0.0145.",
          lambda: plan("mnist/dcgan") == (0.5, 3000) and [rejected("mnist/dcgan", name) for name in
          ("fd", "coverage", "class_kl")] == ["0.485 → 0.464", "0.448 → 0.481", "0.0105 → 0.0145"]),
    Claim(PAGE, "FD-mnist-cnn 0.139 → 0.211, class KL 0.004 → 0.021, though precision rises (0.888 → 0.903)",
          lambda: plan("mnist/dcgan_r1") == (0.5, 3000) and [rejected("mnist/dcgan_r1", name) for name in
          ("fd", "class_kl", "precision")] == ["0.139 → 0.211", "0.004 → 0.021", "0.888 → 0.903"]),
    Claim(PAGE, "those of 1,000 random latents whose pictures are nearest",
          lambda: len(signature(fit).parameters["seeds"].default) == 1000),
    Claim(PAGE, "A quick search takes 60 steps and ends after 6 seconds for each variant, a thorough one takes "
          "150 steps and ends after 20 seconds; both run 16 starts, out of 256 random latents.",
          lambda: rebuilding.EFFORTS == {"quick": (60, 6), "thorough": (150, 20)}
          and (rebuilding.RESTARTS, len(rebuilding.SEEDS)) == (16, 256)),
]  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: re.sub(r"\W+", " ", claim.sentence)[:50])
def test_a_sentence_about_latents_holds(claim):
    assert claim.sentence in document(claim.document), "no document says so any more: drop the claim"
    assert claim.holds()
