"""Measurements, none of which passes or fails: training against a plain loop of the same run, waits in the app."""
