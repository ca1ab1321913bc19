"""Data sets and what of them is learned from."""
