"""What Datadog sends, read from bytes: tolerant of the unknown, strict about what we need."""
