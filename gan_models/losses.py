r"""Adversarial losses: pure functions of logits.

Sign convention for all losses: D raises the logits of real images and lowers those of generated images,
and every loss is minimised. Each takes `real` and `fake`, logits [N], and returns (d_loss, g_loss), two
scalars. `register` takes these facts about a loss:

ignores_shift: the loss does not change when D's output is shifted by a constant. Its D then has no bias in the last
layer, which would never receive a gradient. pairs: L_G depends on the real logits too, so the current D judges the real
images again in a G step. estimates_distance: D estimates a distance between real and generated images, as mean(real) -
mean(fake). probability: the sigmoid of D's logit is a probability. reading: one sentence that says what a logit means,
with the loss's arguments in braces.
"""

import torch.nn.functional as F
from torch import Tensor

from .recipe import RecipeError
from .registry import LOSSES, register


@register(
    LOSSES,
    ignores_shift=False,
    probability=True,
    reading="The sigmoid of the score is D's probability that the picture is real.",
)
def non_saturating(real: Tensor, fake: Tensor, smooth: float = 0.0) -> tuple[Tensor, Tensor]:
    r"""Goodfellow et al. 2014, arXiv:1406.2661, equation 1 and the end of section 3, on D = sigmoid(logit).

    L_D = -E[log D(x)] - E[log(1 - D(G(z)))]
    L_G = -E[log D(G(z))]

    smooth: s in [0, 1), one-sided label smoothing (Salimans et al. 2016, arXiv:1606.03498, section 3.4), which puts
    (1 - s) log D(x) + s log(1 - D(x)) in place of log D(x); 0.1 means that real images have the target 0.9.
    """
    if not 0 <= smooth < 1:
        raise RecipeError(f"smooth is {smooth}, must be 0 or more and less than 1.")
    on_real = (1 - smooth) * F.softplus(-real) + smooth * F.softplus(real)
    return on_real.mean() + F.softplus(fake).mean(), F.softplus(-fake).mean()


@register(
    LOSSES,
    ignores_shift=True,
    estimates_distance=True,
    reading="A critic's score has neither a zero nor a unit: it says only which of two pictures is more real.",
)
def wasserstein(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    r"""Arjovsky et al. 2017, arXiv:1701.07875, equation 2 and algorithm 1; -L_D estimates the distance, up to
    the factor that the clipping leaves open.

    L_D = E[D(G(z))] - E[D(x)]
    L_G = -E[D(G(z))]
    """
    return fake.mean() - real.mean(), -fake.mean()


@register(
    LOSSES,
    ignores_shift=False,
    reading="D was taught to answer {b:g} to a real picture and {a:g} to a generated one.",
)
def least_squares(real: Tensor, fake: Tensor, a: float = 0.0, b: float = 1.0, c: float = 1.0) -> tuple[Tensor, Tensor]:
    r"""Mao et al. 2017, arXiv:1611.04076, equation 2; D is the logit itself, without a sigmoid.

    L_D = E[(D(x) - b)^2] / 2 + E[(D(G(z)) - a)^2] / 2
    L_G = E[(D(G(z)) - c)^2] / 2

    a, b: targets of D's answer to generated and to real images. c: target of D's answer in G's loss. 0, 1, 1 is the
    paper's equation 9; −1, 1, 0, its equation 8, makes L_G a Pearson chi^2 divergence.
    """
    return ((real - b).square().mean() + (fake - a).square().mean()) / 2, (fake - c).square().mean() / 2


@register(
    LOSSES,
    ignores_shift=False,
    reading="From 1 upwards D is sure that a picture is real, from −1 downwards that it is generated.",
)
def hinge(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    r"""Miyato et al. 2018, arXiv:1802.05957, equations 16 and 17: D learns nothing more from images that it judges
    rightly by a margin of 1.

    L_D = E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]
    L_G = -E[D(G(z))]
    """
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean(), -fake.mean()


@register(
    LOSSES,
    ignores_shift=True,
    pairs=True,
    reading="D was trained on differences of scores, so one score alone means nothing: the sigmoid of a difference is "
    "the probability that the higher of two pictures is the more real one.",
)
def relativistic(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    r"""Relativistic pairing: Huang et al. 2024, arXiv:2501.05441, equation 2 with f(t) = -log(1 + exp(-t))
    (Jolicoeur-Martineau 2018, arXiv:1807.00734, section 4.3): the real image k against the generated image k.

    L_D = E[log(1 + exp(D(G(z)) - D(x)))]
    L_G = E[log(1 + exp(D(x) - D(G(z))))]
    """
    return F.softplus(fake - real).mean(), F.softplus(real - fake).mean()
