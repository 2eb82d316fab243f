"""Derivative rules as equations, one file for each domain of NumPy."""
