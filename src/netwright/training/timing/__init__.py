"""How long a training takes: an estimate before its first step, and a limit that it keeps to."""
