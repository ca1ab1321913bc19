"""How well a classifier does on pictures that it has not learned from."""
