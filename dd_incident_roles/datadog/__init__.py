"""Everything that is said to Datadog and heard from it; nobody else speaks JSON:API."""
