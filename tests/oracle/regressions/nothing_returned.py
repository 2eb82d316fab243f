"""unplaced: a function that returns nothing on one way."""



def f(x):
    if x > 1.2:
        pass
    elif x > 0.0:
        return x


ARGS = (0.9,)
