"""Stages that rules decide; they go when the detector reads."""
