"""Training, evaluation and export of the classifier: the optional extra `train`."""
