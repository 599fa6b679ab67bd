"""DCGAN with instance noise (Sonderby et al. 2016, arXiv:1610.04490): noise on all images that D sees, which fades."""

from dataclasses import replace

from train.dcgan import RECIPE as DCGAN
from train.engine import main

RECIPE = replace(
    DCGAN,
    name="dcgan_noise",
    title="DCGAN + instance noise",
    year=2016,
    paper="Sonderby et al., Amortised MAP Inference for Image Super-resolution, arXiv:1610.04490",
    parent="dcgan",
    summary=(
        "DCGAN whose discriminator sees all pictures with Gaussian noise that fades during the training. Real and "
        "generated pictures then overlap from the start, so that the discriminator cannot win outright."
    ),
    objective=(
        r"L_D = -\mathbb{E}_{x,\epsilon}[\log D(x + \epsilon)] "
        r"- \mathbb{E}_{z,\epsilon}[\log(1 - D(G(z) + \epsilon))], "
        r"\qquad \epsilon \sim \mathcal{N}(0, \sigma^2 I),\; \sigma: 0.1 \to 0"
    ),
    views={"instance_noise": 0.1},
)

if __name__ == "__main__":
    main(RECIPE)
