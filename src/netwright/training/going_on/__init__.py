"""A complete run goes on, as a new run; a run that stopped goes on by other settings."""
