"""The whole product over real HTTP: what somebody types, and what is true afterwards."""
