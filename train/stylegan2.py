"""StyleGAN2 (Karras et al. 2020, arXiv:1912.04958), simplified: see gan_models/networks/stylegan2.py for what is left
out.

Weight of R1: the authors' rule gamma = 0.0002 * side^2 / batch (arXiv:2006.06676) would give 0.0025 for 28 pixels and
batches of 64. The weight here is twenty times as large, because the first run on digits was stable with it; others were
not tried. Average of G: the authors' rule, a half-life of batch * 10 / 32 thousand images. Adam has the paper's
settings without the correction for lazy regularisation, because R1 is a part of D's step here and has no step of its
own.
"""

from dataclasses import replace

from gan_models.recipe import adam
from train.dcgan import RECIPE as DCGAN
from train.engine import main

RECIPE = replace(
    DCGAN,
    name="stylegan2",
    title="StyleGAN2",
    year=2020,
    paper="Karras et al., Analyzing and Improving the Image Quality of StyleGAN, arXiv:1912.04958",
    parent="dcgan",
    summary=(
        "A small network turns the latent into a style, and the style sets the strength of every feature map at every "
        "size, while added noise decides random details. Styles can be moved towards their mean (truncation), and "
        "coarse shape and fine detail can come from two seeds (style mixing). This version is simplified."
    ),
    objective=(
        r"L_D = -\mathbb{E}_{x}[\log D(x)] - \mathbb{E}_{z}[\log(1 - D(G(z)))] "
        r"+ \tfrac{\gamma}{2}\,\mathbb{E}_{x}[\lVert\nabla_x D(x)\rVert_2^2], "
        r"\qquad L_G = -\mathbb{E}_{z}[\log D(G(z))]"
    ),
    network="stylegan2",
    network_args={},
    d_terms={"r1": 0.05},
    lazy=16,
    g_optimizer=adam(2.5e-3, 0.0, 0.99),
    d_optimizer=adam(2.5e-3, 0.0, 0.99),
    ema_half_life=20_000,
    batch=64,
)

if __name__ == "__main__":
    main(RECIPE)
