"""The command line: one file a verb, in the groups of `netwright --help`."""
