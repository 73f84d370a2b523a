"""All requests to Datadog and their answers; only this package knows JSON:API."""
