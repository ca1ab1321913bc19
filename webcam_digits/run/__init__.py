"""A run: source, reading, tracking and outputs put together, and what ends it."""
