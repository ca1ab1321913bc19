"""The window, and what keys and mouse do."""
