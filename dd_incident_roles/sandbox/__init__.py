"""A local Datadog over real HTTP: what is known of the real one, quirks included, in memory."""
