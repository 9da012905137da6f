"""Learn to write as some texts are written: a language model (notes 5.1.8).

Books, names, letters by letters, words or pieces of words; it says how probable any text is, too.
"""
