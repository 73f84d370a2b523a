"""Facts as a file: what a check looked at, to be judged again elsewhere and later."""
