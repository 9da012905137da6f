"""Localize: where in an image the one thing of its kind is, and whether there is one (notes 4.3.1).

y = (p_c, b_x, b_y, b_h, b_w, c_1, ..., c_K); where p_c is 0 the loss does not care about the rest.
"""
