"""What a run's system makes of it once it is trained.

views   pictures, tables and texts
references   usual methods beside the net, on the same dev examples
"""
