"""The files of an organisation, read together: its policy, and what is wrong with any of them."""
