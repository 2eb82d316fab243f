"""The text of a module from a `Function`: names, expressions, statements, comments."""
