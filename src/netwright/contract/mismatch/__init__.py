"""What a system knows of how the sources of its examples may differ (notes 3.2.9)."""
