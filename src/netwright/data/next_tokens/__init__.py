"""What a model of the next token learns from: windows of tokens, side by side in lanes."""
