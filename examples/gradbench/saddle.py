"""saddle: the least of the greatest of a function, by a descent whose function is a descent."""

from descent import MODES, argmin


def height(p, q):
    return p[0] ** 2 + p[1] ** 2 - (q[0] ** 2 + q[1] ** 2)


def depth(q, p):
    return -height(p, q)


def saddle(outer, inner, options):
    """Return what finds the saddle, by the modes of the outer and inner gradients."""
    by_q = inner(depth, **options)

    def highest(p, start):
        return argmin(lambda q: depth(q, p), lambda q: by_q(q, p), start)

    def greatest(p, start):
        return height(p, highest(p, start))

    by_p = outer(greatest, **options)

    def found(start):
        p = argmin(lambda p: greatest(p, start), lambda p: by_p(p, start), start)
        return *p, *highest(p, start)

    return found


def arguments(given):
    return (tuple(map(float, given["start"])),)


def functions(**options):
    return {outer + inner: saddle(MODES[outer], MODES[inner], options) for outer in MODES for inner in MODES}
