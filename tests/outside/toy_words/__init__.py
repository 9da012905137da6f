"""Tell what a text is about by the words in it."""
