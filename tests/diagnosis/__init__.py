"""The checks of ``doctor``, each as a table of what was read and what it makes of it."""
