"""CycleGAN (Zhu et al. 2017, arXiv:1703.10593): two domains without pairs, two generators, there and back.

Changes against pix2pix: no truth. Each domain has a D of its own, which sees the made picture alone; the way there and
back must end at the picture that it began with (10 times the L1 distance), and a picture of the wanted domain must stay
as it is (5 times). Least squares, and a pool of 50 made pictures. Differs from the paper: small residual networks,
batches of 8 for single pictures, an average of the weights, D before G in each step.
"""

from dataclasses import replace

from gan_models.recipe import adam
from train.engine import main
from train.pix2pix import RECIPE as PIX2PIX

RECIPE = replace(
    PIX2PIX,
    name="cyclegan",
    title="CycleGAN",
    paper="Zhu et al., Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Nets, arXiv:1703.10593",
    parent="pix2pix",
    summary=(
        "There are two sets of pictures, without pairs. One generator translates from the first set to the second, "
        "and another one back. A discriminator for each set asks for pictures that look like those of the set, and "
        "the way there and back must restore the picture, so that its content is kept."
    ),
    objective=(
        r"\min_{G,F} \max_{D_A,D_B} \; \mathcal{L}(G, D_B) + \mathcal{L}(F, D_A)"
        r" + 10 \, \mathbb{E}\lVert F(G(a)) - a \rVert_1 + 10 \, \mathbb{E}\lVert G(F(b)) - b \rVert_1"
        r" + 5 \, \mathbb{E}\lVert G(b) - b \rVert_1 + 5 \, \mathbb{E}\lVert F(a) - a \rVert_1"
    ),
    network="resnet_translator",
    rule="thin",
    cycle=True,
    d_sees_given=False,
    loss="least_squares",
    g_terms={"cycle": 10, "identity": 5},
    g_optimizer=adam(2e-4, 0.5, 0.999),
    d_optimizer=adam(2e-4, 0.5, 0.999),
    pool=50,
    batch=8,
)

if __name__ == "__main__":
    main(RECIPE)
