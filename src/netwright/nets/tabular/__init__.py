"""Nets that read rows (B, D) and categories (B, K)."""
