"""The network of touching digits; it goes with the rules."""
