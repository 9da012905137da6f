"""One file a trainer. Each trains the same net on the same arrays and answers ``worker.serve``;
none imports another.
"""
