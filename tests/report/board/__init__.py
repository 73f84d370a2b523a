"""The board: its model, its page, and the page in a real browser."""
