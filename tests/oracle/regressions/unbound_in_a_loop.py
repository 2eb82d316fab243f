"""exception: a name that is not bound was read and nothing was raised."""



def h(p, q):
    for i in range(4):
        if q >= 2.0:
            s = p
        else:
            a = s


def f(x, n):
    h(x, n)
    return x * n


ARGS = (0.5, 1)
