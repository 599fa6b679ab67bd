"""Linear probes: one layer on an extractor's features for each of several yes-or-no questions.

A probe can tell only what is linearly readable from the features (Alain and Bengio 2016, arXiv:1610.01644); its
accuracy is measured on pictures that it was not fitted to.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Probe:
    """K logistic regressions on features of width d."""

    mean: Tensor
    deviation: Tensor
    """Both [d], of the features used for the fit"""
    weight: Tensor
    """[K, d], of standardised features"""
    bias: Tensor
    """[K]"""

    @classmethod
    def fit(cls, features: Tensor, answers: Tensor, decay: float = 1e-2) -> Probe:
        """features [N, d], answers bool [N, K] -> a probe of each column, by L-BFGS.

        decay: weight of the squared weights in the loss, which is the mean cross entropy. Raises ValueError if a column
        has only one answer, or the numbers of rows differ.
        """
        if answers.dim() != 2 or len(answers) != len(features):
            raise ValueError(f"answers are [{len(features)}, K], one row per picture, not {list(answers.shape)}.")
        if not ((answers.any(0)) & (~answers).any(0)).all():
            raise ValueError("every question needs pictures with either answer.")
        mean, deviation = features.mean(0), features.std(0).clamp_min(1e-6)
        x, y = (features - mean) / deviation, answers.to(features.dtype)
        weight = torch.zeros(y.shape[1], x.shape[1], dtype=x.dtype, requires_grad=True)
        bias = torch.zeros(y.shape[1], dtype=x.dtype, requires_grad=True)
        solver = torch.optim.LBFGS([weight, bias], max_iter=100, line_search_fn="strong_wolfe")

        def loss() -> Tensor:
            solver.zero_grad()
            parts = F.binary_cross_entropy_with_logits(F.linear(x, weight, bias), y, reduction="none").mean(0)
            total = (parts + decay * weight.square().sum(1)).sum()
            total.backward()
            return total

        with torch.enable_grad():
            solver.step(loss)
        return cls(mean, deviation, weight.detach(), bias.detach())

    def __call__(self, features: Tensor) -> Tensor:
        """[N, d] -> logits [N, K]: above 0 is yes."""
        return F.linear((features - self.mean) / self.deviation, self.weight, self.bias)
