"""Tell which of several tags an image or a row has: each is yes or no, some are unknown.

One net with a sigmoid an output, J = (1/m) sum_i sum_j L over the tags that are known (notes
3.2.13).
"""
