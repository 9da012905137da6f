"""Where the trials of a search are kept: a file of its folder, or a PostgreSQL database."""
