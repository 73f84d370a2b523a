"""The record: our own store of who held which role when; only this package uses SQL."""
