"""Whole pictures of handwriting with exact truth, as benches and the networks of `legacy` use them."""
