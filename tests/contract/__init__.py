"""The sandbox held against what the real Datadog answered."""
