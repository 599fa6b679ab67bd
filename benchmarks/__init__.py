"""Measurements, each a ratio against a plain reference of the same run. None of them passes or fails."""
