"""Reads the files of an organisation, and finds everything that is wrong with them."""
