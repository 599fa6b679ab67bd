"""Uses of a trained generator on a picture: find its latent, restore it, edit it, score it.

>>> gan = gan_models.load("mnist/dcgan", latent=True)
>>> found = fit(gan, pictures)                        # rebuilds uint8 [N, H, W, C]
>>> found.pictures[:, 0], found.psnr[:, 0]            # the best answer for each, and its error in dB

docs/latent.md explains the methods and gives figures.
"""

from .fit import Fit, fit
from .operators import OPERATORS, Operator, operator

__all__ = ["OPERATORS", "Fit", "Operator", "fit", "operator"]
