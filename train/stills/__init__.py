"""Whole pictures of handwriting with exact truth, for benches and the rating of detectors."""
