"""Finding faces: priors, matching, loss, suppression, average precision, and data to train with."""
