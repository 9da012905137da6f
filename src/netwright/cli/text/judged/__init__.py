"""What is found out about a run that is there, as text."""
