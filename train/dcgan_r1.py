"""DCGAN with R1 (Mescheder et al. 2018, arXiv:1801.04406): a penalty on D's slope at real images, and no norm in D.

Differences from the paper: Adam instead of RMSprop, DCGAN's networks instead of residual ones, and a penalty weight of
0.5 instead of 10, because our pictures are smaller and our networks narrower. The penalty is computed at every eighth
step of D only.
"""

from dataclasses import replace

from gan_models.recipe import adam
from train.dcgan import RECIPE as DCGAN
from train.engine import main

RECIPE = replace(
    DCGAN,
    name="dcgan_r1",
    title="DCGAN + R1",
    year=2018,
    paper="Mescheder et al., Which Training Methods for GANs do actually Converge?, arXiv:1801.04406",
    parent="dcgan",
    summary=(
        "DCGAN whose discriminator is penalised for being steep at real pictures, and has no BatchNorm. A steep "
        "discriminator still moves pictures that are as good as real ones, and the training circles around the "
        "solution; with the penalty it provably converges, if it starts near it."
    ),
    objective=(
        r"L_D = -\mathbb{E}_{x}[\log D(x)] - \mathbb{E}_{z}[\log(1 - D(G(z)))] "
        r"+ \tfrac{\gamma}{2}\,\mathbb{E}_{x}[\lVert\nabla_x D(x)\rVert_2^2], "
        r"\qquad L_G = -\mathbb{E}_{z}[\log D(G(z))]"
    ),
    network_args={**DCGAN.network_args, "d_norm": "none"},
    d_terms={"r1": 0.5},
    lazy=8,
    g_optimizer=adam(2e-3, 0.0, 0.99),
    d_optimizer=adam(2e-3, 0.0, 0.99),
)

if __name__ == "__main__":
    main(RECIPE)
