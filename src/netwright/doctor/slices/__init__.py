"""Where the error lies: slices of dev, each against the rest."""
