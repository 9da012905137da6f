"""Find names in sentences and tell what each is: persons, places, firms (notes 5.1.2).

Words, their letters and vectors that others learned, a recurrent net from both ends, and a chain
over the tags.
"""
