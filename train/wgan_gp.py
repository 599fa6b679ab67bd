"""WGAN-GP (Gulrajani et al. 2017, arXiv:1704.00028): a gradient penalty instead of weight clipping."""

from dataclasses import replace

from gan_models.recipe import adam
from train.engine import main
from train.wgan import RECIPE as WGAN

RECIPE = replace(
    WGAN,
    name="wgan_gp",
    title="WGAN-GP",
    paper="Gulrajani et al., Improved Training of Wasserstein GANs, arXiv:1704.00028",
    parent="wgan",
    summary=(
        "WGAN without clipping: instead, the critic is penalised where the length of its gradient, between real and "
        "generated pictures, is not 1. The critic has no BatchNorm, because the penalty is about the gradient at "
        "each single picture."
    ),
    objective=(
        r"L_D = \mathbb{E}_{z}[D(G(z))] - \mathbb{E}_{x}[D(x)] "
        r"+ \lambda\,\mathbb{E}_{u}[(\lVert\nabla_u D(u)\rVert_2 - 1)^2], "
        r"\qquad \lambda = 10,\; u: \text{between real and generated}"
    ),
    network_args={**WGAN.network_args, "d_norm": "none"},
    weight_clip=0.0,
    d_terms={"gradient_penalty": 10.0},
    g_optimizer=adam(1e-4, 0.0, 0.9),
    d_optimizer=adam(1e-4, 0.0, 0.9),
)

if __name__ == "__main__":
    main(RECIPE)
