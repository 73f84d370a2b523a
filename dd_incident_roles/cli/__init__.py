"""The command line: one file for each group of commands, nothing heavy before it is needed."""
