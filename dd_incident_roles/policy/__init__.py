"""What an incident must be like: pure rules over facts, and the engine that asks them."""
