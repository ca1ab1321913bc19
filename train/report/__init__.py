"""The page of `evaluate --report`."""
