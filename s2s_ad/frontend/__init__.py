"""From a Python function to the IR: find its source, parse it with gast, lower it."""
