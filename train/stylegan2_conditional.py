"""StyleGAN2 that takes labels, as the authors have it (Karras et al. 2020, arXiv:2006.06676, appendix F.2).

The label enters the mapping network together with the latent, and D by projection (Miyato and Koyama 2018,
arXiv:1802.05637).
"""

from dataclasses import replace

from train.engine import main
from train.stylegan2 import RECIPE as STYLEGAN2

RECIPE = replace(
    STYLEGAN2,
    name="stylegan2_conditional",
    title="Conditional StyleGAN2",
    paper="Karras et al., Training Generative Adversarial Networks with Limited Data, arXiv:2006.06676",
    parent="stylegan2",
    summary=(
        "StyleGAN2 that is told which class to draw: the label goes into the mapping network together with the "
        "latent, so that a class is a region in the space of styles, and D judges whether a picture is a real one of "
        "that class."
    ),
    objective=(
        r"L_D = -\mathbb{E}_{x,y}[\log D(x \mid y)] - \mathbb{E}_{z,y}[\log(1 - D(G(z, y) \mid y))] "
        r"+ \tfrac{\gamma}{2}\,\mathbb{E}_{x,y}[\lVert\nabla_x D(x \mid y)\rVert_2^2], "
        r"\qquad L_G = -\mathbb{E}_{z,y}[\log D(G(z, y) \mid y)]"
    ),
    conditional=True,
)

if __name__ == "__main__":
    main(RECIPE)
