"""The role policy: pure rules over facts, and the engine that evaluates them."""
