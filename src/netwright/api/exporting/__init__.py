"""A net leaves the house as an ONNX file, and answers from there.

described   what the file says of itself beside its graph
exported    a net in such a file answers; without torch
graph       a run's net as a graph; pooling: of one kind of layer
own_split   the run's own data, read again
writing     the verb: written, held against the run, kept
smaller     the same in int8
"""
