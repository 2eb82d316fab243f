"""Passes that make a function leaner or safer, one a file, each a pure function of the IR."""
