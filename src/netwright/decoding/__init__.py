"""From scores to answers, for every system: the next token, the best path of tags."""
