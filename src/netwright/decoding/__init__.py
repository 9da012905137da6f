"""From the probabilities of a next token to tokens, for every system that writes."""
