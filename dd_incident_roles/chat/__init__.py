"""Chats: the topic of the incident's room."""
