"""CycleGAN (Zhu et al. 2017, arXiv:1703.10593): two domains without pairs, and two generators, there and back.

Changes against pix2pix: there is no truth. Each domain has its own D, which sees only the generated picture. A picture
that is translated there and back must become the original again (10 times the L1 distance), and a picture that already
is of the wanted domain must not change (5 times the L1 distance). The loss is least squares; each D is trained with a
pool of 50 earlier generated pictures. Differences from the paper: small residual networks, batches of 8 pictures
instead of 1, averaged weights of G, and D is updated before G in each step.
"""

from dataclasses import replace

from gan_models.recipe import adam
from train.engine import main
from train.pix2pix import RECIPE as PIX2PIX

RECIPE = replace(
    PIX2PIX,
    name="cyclegan",
    title="CycleGAN",
    paper="Zhu et al., Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks, "
    "arXiv:1703.10593",
    parent="pix2pix",
    summary=(
        "There are two sets of pictures, without pairs. One generator translates from the first set to the second, "
        "and another one back. A discriminator for each set asks for pictures that look like those of the set, and "
        "the way there and back must restore the picture (weight λ₁), so that its content is kept. A picture that "
        "belongs to the wanted set already should stay as it is (weight λ₂)."
    ),
    objective=(
        r"\min_{G,F} \max_{D_A,D_B} \; \mathcal{L}(G, D_B) + \mathcal{L}(F, D_A)"
        r" + \lambda_1 (\mathbb{E}\lVert F(G(a)) - a \rVert_1 + \mathbb{E}\lVert G(F(b)) - b \rVert_1)"
        r" + \lambda_2 (\mathbb{E}\lVert G(b) - b \rVert_1 + \mathbb{E}\lVert F(a) - a \rVert_1)"
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
