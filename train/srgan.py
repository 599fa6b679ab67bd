"""SRGAN (Ledig et al. 2017, arXiv:1609.04802): enlarges a picture to four times its side length.

Changes against pix2pix: G enlarges the given picture after its residual blocks; D sees only the large picture; the
losses on pixels, on features and of D have the weights 1 : 0.1 : 0.001. Differences from the paper: the features are
those of D (feature matching, Wang et al. 2018, arXiv:1711.11585) instead of those of a network trained on photographs;
D judges patches; the networks are small, and are trained in one run, without a first one on pixels alone.
"""

from dataclasses import replace

from gan_models.recipe import adam
from train.engine import main
from train.pix2pix import RECIPE as PIX2PIX

RECIPE = replace(
    PIX2PIX,
    name="srgan",
    title="SRGAN",
    paper="Ledig et al., Photo-Realistic Single Image Super-Resolution Using a GAN, arXiv:1609.04802",
    parent="pix2pix",
    summary=(
        "Many large pictures fit a small one. A network that is trained on the pixels alone answers with their mean, "
        "which is blurred; the discriminator, and the distance between the features that it computes of truth and "
        "answer, ask for one of them. The answer is sharper, and its detail is invented."
    ),
    objective=(
        r"\min_G \max_D \; \mathbb{E}\lVert y - G(x) \rVert_2^2"
        r" + 0.1 \, \mathbb{E}\lVert \phi_D(y) - \phi_D(G(x)) \rVert_1 + 10^{-3} \, \mathcal{L}(G, D), "
        r"\qquad \phi_D: \text{features of } D"
    ),
    network="srresnet",
    rule="small",
    given_size=7,
    d_sees_given=False,
    g_terms={"l2": 1000, "feature_matching": 100},
    g_optimizer=adam(2e-4, 0.9, 0.999),
    d_optimizer=adam(1e-4, 0.9, 0.999),
)

if __name__ == "__main__":
    main(RECIPE)
