"""Training, evaluation and export of the classifier and the detector: the optional extra `train`."""
