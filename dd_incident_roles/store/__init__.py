"""The record: our own store of who held which role when; the only place that speaks SQL."""
