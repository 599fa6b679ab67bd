"""What a page is: controls, parts, its state (which is its address), and what makes its parts. Knows no page, no UI."""
