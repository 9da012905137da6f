"""Tell which one of a set of labels a text has: reviews, messages (notes 5.2.8).

The mean of the words' vectors, or a GRU, an LSTM or a transformer over them, then the softmax over
the classes.
"""
