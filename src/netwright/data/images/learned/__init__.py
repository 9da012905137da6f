"""What an encoder of images learns from the pixels of the training split.

moments     mu, sigma and the principal colours
whitening   filters that make the numbers of small patches alike in size and independent
"""
