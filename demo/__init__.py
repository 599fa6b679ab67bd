"""What the screens show: the core that every front end asks, and the front ends themselves."""
