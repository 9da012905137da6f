"""Changing a run while it trains (notes 2.3.4): requests, kept epochs, and carrying a request
out.
"""
