"""What there is to show, and the questions about it: arrays, tables and text out. No UI."""
