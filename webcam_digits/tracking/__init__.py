"""Readings over time: what is steady, and what is reported of it."""
