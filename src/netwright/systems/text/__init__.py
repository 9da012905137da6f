"""Tell which one of a set of labels a text has: reviews, messages (notes 5.2.8).

The mean of the words' vectors, or a GRU over them, then the softmax over the classes.
"""
