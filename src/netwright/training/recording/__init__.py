"""What the recorder is made of: the opened record, messages, curves, best weights, checkpoints."""
