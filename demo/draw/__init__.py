"""What values look like: HTML, PNG or a Vega-Lite specification out. No zoo, no state, no UI."""
