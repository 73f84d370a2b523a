"""How the sandbox shows its state: one file per shape that Datadog answers with."""
