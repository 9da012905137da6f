"""How people write numbers and dates into the cells of a table."""
