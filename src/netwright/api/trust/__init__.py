"""How far an answer can be trusted: intervals of numbers, and answers that are held back."""
