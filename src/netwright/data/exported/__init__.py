"""The inputs of an exported net: what its file says of them, how they are brought to arrays without
torch, and what the graph makes of these.

``about`` of an encoder is all that ``arrays`` needs; ``prepared`` is traced.
"""
