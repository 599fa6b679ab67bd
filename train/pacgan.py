"""PacGAN (Lin et al. 2018, arXiv:1712.04086): D judges two pictures at a time, and so sees when they are too much
alike.

Differences from the paper: packs overlap, see `Pack` in gan_models/networks/common.py.
"""

from dataclasses import replace

from train.dcgan import RECIPE as DCGAN
from train.engine import main

RECIPE = replace(
    DCGAN,
    name="pacgan",
    title="PacGAN",
    year=2018,
    paper="Lin et al., PacGAN: The Power of Two Samples in Generative Adversarial Networks, arXiv:1712.04086",
    parent="dcgan",
    summary=(
        "DCGAN whose discriminator is shown two pictures at a time, both real or both generated. A single picture "
        "hardly shows that a class is drawn too often. Two pictures do: they show the same class too often, and the "
        "generator learns to avoid this."
    ),
    objective=(
        r"\min_G \max_D \; \mathbb{E}_{x_1, x_2}[\log D(x_1, x_2)] "
        r"+ \mathbb{E}_{z_1, z_2}[\log(1 - D(G(z_1), G(z_2)))], "
        r"\qquad L_G = -\mathbb{E}_{z_1, z_2}[\log D(G(z_1), G(z_2))]"
    ),
    network_args={**DCGAN.network_args, "d_pack": 2},
)

if __name__ == "__main__":
    main(RECIPE)
