"""Nets that read images (B, C, H, W)."""
