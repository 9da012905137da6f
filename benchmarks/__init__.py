"""What netwright costs beside a bare PyTorch loop and beside its peers: ``python -m benchmarks``
(docs/benchmarks.md).
"""
