"""Tests of the package ``suggesting``."""
