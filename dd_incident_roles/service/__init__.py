"""Unattended operation: run after run, what is told of them, and who may ask for one."""
