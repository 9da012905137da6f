"""ABC, the notation of tune books: Walshaw (2011), "The abc music standard 2.1"."""
