"""The JSON documents that programs read: each is a model, and its schema is made from that."""
