"""Several targets a row, tags or numbers: named in a line, held as columns."""
