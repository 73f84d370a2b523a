"""The roles of an incident: what they are, who can hold them, and who held them when."""
