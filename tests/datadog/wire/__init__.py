"""Tests of what Datadog sends, against what it really sent where that is at hand."""
