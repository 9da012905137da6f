"""The gradient of one batch: by autograd, traced and replayed, or compiled; the same numbers."""
