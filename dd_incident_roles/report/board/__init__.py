"""The board: one page for people who would rather look than read."""
