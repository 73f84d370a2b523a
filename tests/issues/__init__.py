"""Tests of the issue trackers."""
