"""What becomes of a run when its process is killed, its disk is full, its files are a stranger's:
``python -m benchmarks reliability`` (docs/benchmarks.md).

``zygote`` makes processes cheap, ``comparing`` knows in what two runs may differ; ``kills``,
``live_kills``, ``search_kills``, ``disk``, ``fuzz``, ``browser`` and ``postgres`` try one thing
each, and ``tables`` says what came out.
"""
