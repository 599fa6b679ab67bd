"""Measurements: extractors, references, checkpoints, the effects of tricks, the use of pictures, the contract."""
