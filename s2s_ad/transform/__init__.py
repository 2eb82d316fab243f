"""Derivatives of functions in the IR: Function → Function."""
