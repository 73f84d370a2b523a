"""What the documents say, read and written by machine."""
