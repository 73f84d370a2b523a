"""What ``doctor`` makes of what it has read: pure checks, each of which says what to do."""
