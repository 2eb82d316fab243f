"""The textbook example: f(x1, x2) = ln(x1) + x1 x2 - sin(x2), its SSA form, its tables, its code."""

import numpy as np

from s2s_ad import grad


def f(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


def main():
    df = grad(f, argnums=(0, 1))
    print("The function in SSA form:\n")
    print(df.ssa)
    print("\nForward and reverse mode at (2, 5):\n")
    print(df.trace(2.0, 5.0))
    print(f"\nf(2, 5) = {f(2.0, 5.0):.3f}")
    print("gradient = ({:.3f}, {:.3f})".format(*df(2.0, 5.0)))
    print("\nThe emitted module:\n")
    print(df.source)


if __name__ == "__main__":
    main()
