"""Rendered scenes with exact truth: hands, what they write on and beside, and the camera that sees it."""
