"""DCGAN with eight common pieces of advice at once (Salimans et al. 2016, arXiv:1606.03498; Chintala, "ganhacks").

Dropout in G and D, Gaussian noise on D's input, BatchNorm on the output of each hidden layer, LeakyReLU instead of
ReLU, tanh and data in [-1, 1], two D steps per G step, label smoothing, Adam with beta1 = 0.5. DCGAN already follows
the fifth and the last.
"""

from dataclasses import replace

from train.dcgan import RECIPE as DCGAN
from train.engine import main

RECIPE = replace(
    DCGAN,
    name="improved_dcgan",
    title="Improved DCGAN",
    year=2016,
    paper="Salimans et al., Improved Techniques for Training GANs, arXiv:1606.03498; Chintala et al., ganhacks",
    parent="dcgan",
    summary=(
        "DCGAN that follows eight recommendations at once: dropout in both networks, noise on the discriminator's "
        "input, BatchNorm after every hidden layer, LeakyReLU for ReLU, tanh output, two discriminator steps per "
        "generator step, smoothed labels, a low Adam momentum."
    ),
    objective=(
        r"L_D = -\mathbb{E}_{x}[(1-s)\log D(x + \epsilon) + s\log(1 - D(x + \epsilon))] "
        r"- \mathbb{E}_{z}[\log(1 - D(G(z) + \epsilon))], \qquad s = 0.1,\; \epsilon \sim \mathcal{N}(0, 0.1^2 I)"
    ),
    network_args={**DCGAN.network_args, "g_leaky": True, "g_dropout": 0.1, "d_norm_first": True, "d_dropout": 0.2},
    loss_args={"smooth": 0.1},
    views={"constant_noise": 0.1},
    critic_steps=2,
)

if __name__ == "__main__":
    main(RECIPE)
