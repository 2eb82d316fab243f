"""hello: the square of a number and its derivative."""

from s2s_ad import grad


def square(x):
    return x * x


def arguments(given):
    return (float(given),)


def functions(**options):
    return {"square": square, "double": grad(square, **options)}
