"""``netwright inspect``: what the units of a run's net look at."""
