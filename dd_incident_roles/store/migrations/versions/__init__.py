"""One file for each schema, in order; what is released is never edited again."""
