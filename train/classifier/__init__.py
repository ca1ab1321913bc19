"""The classifier's network, its training, and searches for a better one."""
