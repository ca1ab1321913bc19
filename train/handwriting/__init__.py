"""Handwriting: the project's own pen, fonts, letters and signs."""
