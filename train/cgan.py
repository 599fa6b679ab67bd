"""Conditional GAN (Mirza and Osindero 2014, arXiv:1411.1784) with the DCGAN networks.

Differences from the paper: D takes the label by projection (Miyato and Koyama 2018, arXiv:1802.05637), which works
better than appending the label to the input. G gets the label together with z, as in the paper.
"""

from dataclasses import replace

from train.dcgan import RECIPE as DCGAN
from train.engine import main

RECIPE = replace(
    DCGAN,
    name="cgan",
    title="Conditional GAN",
    year=2014,
    paper="Mirza and Osindero, Conditional Generative Adversarial Nets, arXiv:1411.1784",
    parent="dcgan",
    summary=(
        "DCGAN that is told which class to draw. Both networks get the label: the generator together with its random "
        "numbers, the discriminator by projection, so that a perfect 3 with the label 8 counts as a fake."
    ),
    objective=(
        r"\min_G \max_D \; \mathbb{E}_{x,y}[\log D(x \mid y)] + \mathbb{E}_{z,y}[\log(1 - D(G(z \mid y) \mid y))]"
    ),
    conditional=True,
)

if __name__ == "__main__":
    main(RECIPE)
