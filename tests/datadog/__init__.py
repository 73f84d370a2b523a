"""Tests of the edge to Datadog."""
