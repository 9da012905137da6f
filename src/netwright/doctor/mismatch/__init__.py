"""What differs between two sources, what lessens that, and whether it shrank (notes 3.2.9)."""
