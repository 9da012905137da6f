"""Boxes on images: what they are, the formats that hold them, how they are drawn."""
