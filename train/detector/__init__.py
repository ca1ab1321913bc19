"""The digit detector's training: `webcam-digits train detector`."""
