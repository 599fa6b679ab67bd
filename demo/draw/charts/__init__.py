"""The charts of evolution, leaderboard and ablation, as Vega-Lite. Values in, a chart out.

Charts are as wide as their place and have neither a background nor a colour of text: `currentColor` is that of the
page, light or dark. Blue and orange, which all eyes tell apart, carry meaning and never alone: shapes, dashes,
labels or the order say it too. Each chart describes itself to a screen reader. A chart without data is None.

Importing this package imports altair and pandas, which takes a second: do it where a chart is drawn.
"""

from demo.draw.charts.anomaly import roc
from demo.draw.charts.augmentation import gain
from demo.draw.charts.classes import collapse, shares_over_training
from demo.draw.charts.costs import quality
from demo.draw.charts.family import ablation, ablations
from demo.draw.charts.ranks import ranks
from demo.draw.charts.rebuilt import rebuilt
from demo.draw.charts.training import critics, curves, overlaid, progress

__all__ = [
    "ablation",
    "ablations",
    "collapse",
    "critics",
    "curves",
    "gain",
    "overlaid",
    "progress",
    "quality",
    "ranks",
    "rebuilt",
    "roc",
    "shares_over_training",
]
