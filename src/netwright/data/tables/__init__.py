"""Tables: files of rows to typed columns, columns to examples, rows to tensors."""
