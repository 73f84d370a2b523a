"""Two-way sync: a pure plan over three states, a guard, and one place that performs it."""
