"""DCGAN with smoothing: one-sided label smoothing (Salimans et al. 2016, arXiv:1606.03498), and D sees blurred images,
with a blur that fades.
"""

from dataclasses import replace

from train.dcgan import RECIPE as DCGAN
from train.engine import main

RECIPE = replace(
    DCGAN,
    name="dcgan_smoothing",
    title="DCGAN + smoothing",
    year=2016,
    paper="Salimans et al., Improved Techniques for Training GANs, arXiv:1606.03498",
    parent="dcgan",
    summary=(
        "DCGAN with two kinds of smoothing. The discriminator is trained to be 90 % sure of real pictures and not "
        "more, so that its gradient does not vanish; and it sees all pictures through a Gaussian blur that fades "
        "during the training, so that coarse shapes are learned first."
    ),
    objective=(
        r"L_D = -\mathbb{E}_{x}[(1-s)\log D(k_\sigma * x) + s\log(1 - D(k_\sigma * x))] "
        r"- \mathbb{E}_{z}[\log(1 - D(k_\sigma * G(z)))], \qquad s = 0.1,\; k_\sigma: \text{blur},\; \sigma \to 0"
    ),
    loss_args={"smooth": 0.1},
    views={"image_smoothing": 1.0},
)

if __name__ == "__main__":
    main(RECIPE)
