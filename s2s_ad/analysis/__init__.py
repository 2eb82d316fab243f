"""Facts about a function in the IR, computed before it is transformed."""
