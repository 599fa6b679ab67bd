r"""Adversarial losses: pure functions of logits.

Sign convention, for all of them: D wants the logits of real images high and those of generated ones low,
and every loss is minimised. Each takes `real` and `fake`, logits [N], and returns (d_loss, g_loss), two
scalars. A loss that does not change when D's output is shifted by a constant says `ignores_shift=True`: its
D has no bias in the last layer, which would never receive a gradient.
"""

import torch.nn.functional as F
from torch import Tensor

from .recipe import RecipeError
from .registry import LOSSES, register


@register(LOSSES, ignores_shift=False)
def non_saturating(real: Tensor, fake: Tensor, smooth: float = 0.0) -> tuple[Tensor, Tensor]:
    r"""Goodfellow et al. 2014, arXiv:1406.2661, equation 1 and the end of section 3, on D = sigmoid(logit).

    L_D = -E[(1 - s) log D(x) + s log(1 - D(x))] - E[log(1 - D(G(z)))]
    L_G = -E[log D(G(z))]

    smooth: s in [0, 1), one-sided label smoothing (Salimans et al. 2016, arXiv:1606.03498, section 3.4);
    0.1 means that real images have the target 0.9.
    """
    if not 0 <= smooth < 1:
        raise RecipeError(f"smooth is {smooth}, must be 0 or more and less than 1.")
    on_real = (1 - smooth) * F.softplus(-real) + smooth * F.softplus(real)
    return on_real.mean() + F.softplus(fake).mean(), F.softplus(-fake).mean()


@register(LOSSES, ignores_shift=True)
def wasserstein(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    r"""Arjovsky et al. 2017, arXiv:1701.07875, equation 2 and algorithm 1; -L_D estimates the distance, up to
    the factor that the clipping leaves open.

    L_D = E[D(G(z))] - E[D(x)]
    L_G = -E[D(G(z))]
    """
    return fake.mean() - real.mean(), -fake.mean()
