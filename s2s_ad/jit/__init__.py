"""Emitted code that Numba compiles: `jit="numba"`."""
