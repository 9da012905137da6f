"""Few photographs: the sets, the ways to learn from them, what is measured of each."""
