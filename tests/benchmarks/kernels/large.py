"""Large arrays: a hundred thousand numbers and more, where what counts is how often memory is gone through."""

import math

import numpy as np

from tests.benchmarks.kernels.definition import kernels_of

kernel = kernels_of("large arrays")


@kernel("elementwise chain", argnums=(0, 1), small=20, full=200_000)
class ElementwiseChain:
    def arguments(size):
        return np.linspace(0.1, 0.9, size), np.linspace(0.5, 1.5, size)

    def primal(x, y):
        a = np.sin(x) * y
        b = np.exp(-a * a)
        return np.sum(b / (1.0 + x * x) + np.sqrt(y))

    def hand(x, y):
        sine = np.sin(x)
        a = sine * y
        b = a * a
        np.negative(b, out=b)
        np.exp(b, out=b)
        square = x * x
        square += 1.0
        b /= square
        a *= b
        a *= -2.0  # the adjoint of a
        b /= square
        b *= x
        b *= 2.0
        y_bar = np.sqrt(y, out=square)
        np.divide(0.5, y_bar, out=y_bar)
        sine *= a
        y_bar += sine
        a *= y
        x_bar = np.cos(x, out=sine)
        x_bar *= a
        x_bar -= b
        return x_bar, y_bar

    def numba(x, y):
        x_bar, y_bar = np.empty_like(x), np.empty_like(y)
        for i in range(len(x)):
            sine, inverse = np.sin(x[i]), 1.0 / (1.0 + x[i] * x[i])
            a = sine * y[i]
            b = np.exp(-a * a) * inverse
            a_bar = -2.0 * a * b
            x_bar[i] = a_bar * y[i] * np.cos(x[i]) - 2.0 * b * inverse * x[i]
            y_bar[i] = a_bar * sine + 0.5 / np.sqrt(y[i])
        return x_bar, y_bar

    def peer(np, x, y):
        a = np.sin(x) * y
        b = np.exp(-a * a)
        return np.sum(b / (1.0 + x * x) + np.sqrt(y))


@kernel("log-sum-exp of rows", small=3, full=1000)
class LogSumExp:
    """Of 200 columns."""

    def arguments(size):
        return (np.random.default_rng(0).normal(size=(size, min(size, 200))),)

    def primal(x):
        top = np.max(x, axis=1)
        return np.sum(top + np.log(np.sum(np.exp(x - top[:, None]), axis=1)))

    def hand(x):
        bar = x - x.max(axis=1, keepdims=True)
        np.exp(bar, out=bar)
        bar /= bar.sum(axis=1, keepdims=True)
        return bar

    def numba(x):
        bar = np.empty_like(x)
        for i in range(len(x)):
            top, total = x[i].max(), 0.0
            for j in range(x.shape[1]):
                bar[i, j] = math.exp(x[i, j] - top)
                total += bar[i, j]
            bar[i] *= 1.0 / total
        return bar

    def peer(np, x):
        top = np.max(x, axis=1)
        return np.sum(top + np.log(np.sum(np.exp(x - top[:, None]), axis=1)))

    def torch(np, x):
        return np.sum(np.logsumexp(x, 1))


@kernel("two-layer network", argnums=(0, 1, 2, 3), small=2, full=128)
class Network:
    """Of 768, 128 and 10 cells, and its cross-entropy on a batch of 128."""

    def arguments(size):
        rng = np.random.default_rng(0)
        w1, w2 = rng.normal(size=(6 * size, size)) / 28.0, rng.normal(size=(size, 10)) / 11.0
        x, targets = rng.normal(size=(size, 6 * size)), np.eye(10)[rng.integers(10, size=size)]
        return w1, np.zeros(size), w2, np.zeros(10), x, targets

    def primal(w1, b1, w2, b2, x, targets):
        scores = np.tanh(x @ w1 + b1) @ w2 + b2
        shifted = scores - np.max(scores, axis=1, keepdims=True)
        return np.mean(np.log(np.sum(np.exp(shifted), axis=1)) - np.sum(targets * shifted, axis=1))

    def hand(w1, b1, w2, b2, x, targets):
        hidden = x @ w1
        hidden += b1
        np.tanh(hidden, out=hidden)
        bar = hidden @ w2
        bar += b2
        bar -= bar.max(axis=1, keepdims=True)
        np.exp(bar, out=bar)
        bar /= bar.sum(axis=1, keepdims=True)
        bar -= targets
        bar /= len(x)
        w2_bar = hidden.T @ bar
        hidden *= hidden
        np.subtract(1.0, hidden, out=hidden)
        hidden *= bar @ w2.T
        return x.T @ hidden, hidden.sum(axis=0), w2_bar, bar.sum(axis=0)

    def numba(w1, b1, w2, b2, x, targets):
        hidden = x @ w1
        for i in range(len(x)):
            for j in range(len(b1)):
                hidden[i, j] = math.tanh(hidden[i, j] + b1[j])
        bar = hidden @ w2
        for i in range(len(x)):
            bar[i] += b2
            bar[i] = np.exp(bar[i] - bar[i].max())
            bar[i] = (bar[i] / bar[i].sum() - targets[i]) / len(x)
        hidden_bar = bar @ w2.T
        for i in range(len(x)):
            for j in range(len(b1)):
                hidden_bar[i, j] *= 1.0 - hidden[i, j] * hidden[i, j]
        return x.T @ hidden_bar, hidden_bar.sum(axis=0), hidden.T @ bar, bar.sum(axis=0)

    def peer(np, w1, b1, w2, b2, x, targets):
        scores = np.tanh(x @ w1 + b1) @ w2 + b2
        shifted = scores - np.max(scores, axis=1, keepdims=True)
        return np.mean(np.log(np.sum(np.exp(shifted), axis=1)) - np.sum(targets * shifted, axis=1))

    def torch(np, w1, b1, w2, b2, x, targets):
        return np.nn.functional.cross_entropy(np.tanh(x @ w1 + b1) @ w2 + b2, targets)


@kernel("stencil, 50 steps in place", argnums=(0, 1), small=5, full=256)
class Stencil:
    """Heat that spreads on a square, by where it is at the start and how well it is conducted."""

    def arguments(size):
        rng = np.random.default_rng(0)
        return rng.normal(size=(size, size)), rng.uniform(0.1, 0.2, size=(size - 2, size - 2)), 50

    def primal(start, conduction, steps):
        u = start.copy()
        for _ in range(steps):
            bend = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1]
            u[1:-1, 1:-1] += conduction * bend
        return np.sum(u**2)

    def hand(start, conduction, steps):
        u, work, tape = start.copy(), np.empty_like(conduction), []
        north, south, west, east, inner = u[:-2, 1:-1], u[2:, 1:-1], u[1:-1, :-2], u[1:-1, 2:], u[1:-1, 1:-1]
        for _ in range(steps):
            bend = north + south
            bend += west
            bend += east
            bend -= np.multiply(inner, 4.0, out=work)
            inner += np.multiply(bend, conduction, out=work)
            tape.append(bend)
        u *= 2.0  # from here on its adjoint
        conduction_bar = np.zeros_like(conduction)
        while tape:
            bend = tape.pop()
            bend *= inner
            conduction_bar += bend
            np.multiply(inner, conduction, out=work)
            north += work
            south += work
            west += work
            east += work
            work *= 4.0
            inner -= work
        return u, conduction_bar

    def numba(start, conduction, steps):
        rows, columns = start.shape
        u, tape = start.copy(), np.empty((steps, rows - 2, columns - 2))
        for n in range(steps):
            bend = tape[n]
            for i in range(rows - 2):
                for j in range(columns - 2):
                    around = u[i, j + 1] + u[i + 2, j + 1] + u[i + 1, j] + u[i + 1, j + 2]
                    bend[i, j] = around - 4.0 * u[i + 1, j + 1]
            for i in range(rows - 2):
                for j in range(columns - 2):
                    u[i + 1, j + 1] += conduction[i, j] * bend[i, j]
        u *= 2.0
        conduction_bar, work = np.zeros_like(conduction), np.zeros((rows + 2, columns + 2))
        for n in range(steps - 1, -1, -1):
            bend = tape[n]
            for i in range(rows - 2):
                for j in range(columns - 2):
                    conduction_bar[i, j] += u[i + 1, j + 1] * bend[i, j]
                    work[i + 2, j + 2] = u[i + 1, j + 1] * conduction[i, j]
            for i in range(rows):
                for j in range(columns):
                    around = work[i, j + 1] + work[i + 2, j + 1] + work[i + 1, j] + work[i + 1, j + 2]
                    u[i, j] += around - 4.0 * work[i + 1, j + 1]
        return u, conduction_bar

    def peer(np, start, conduction, steps):
        u = start
        for _ in range(steps):
            bend = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1]
            moved = np.hstack((u[1:-1, :1], u[1:-1, 1:-1] + conduction * bend, u[1:-1, -1:]))
            u = np.vstack((u[:1], moved, u[-1:]))
        return np.sum(u**2)

    def jax(np, start, conduction, steps):
        def step(_, u):
            bend = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1]
            return u.at[1:-1, 1:-1].add(conduction * bend)

        return np.sum(np.lax.fori_loop(0, steps, step, start) ** 2)


@kernel("pairwise distances", small=4, full=400)
class Pairwise:
    """The energy of points in space, each of which feels all others.  By hand no array has three axes."""

    def arguments(size):
        return (np.random.default_rng(0).normal(size=(size, 3)),)

    def primal(x):
        square = np.sum((x[:, None, :] - x[None, :, :]) ** 2, axis=2)
        return np.sum(1.0 / (1.0 + square))

    def hand(x):
        bar, work = np.ones((len(x), len(x))), np.empty((len(x), len(x)))
        for column in x.T:
            np.subtract(column[:, None], column, out=work)
            work *= work
            bar += work
        bar *= bar
        np.divide(-4.0, bar, out=bar)
        return bar.sum(axis=1, keepdims=True) * x - bar @ x

    def numba(x):
        x_bar = np.zeros_like(x)
        for i in range(len(x)):
            for j in range(i):
                a, b, c = x[i, 0] - x[j, 0], x[i, 1] - x[j, 1], x[i, 2] - x[j, 2]
                square = 1.0 + a * a + b * b + c * c
                force = -4.0 / (square * square)
                a, b, c = force * a, force * b, force * c
                x_bar[i, 0] += a
                x_bar[i, 1] += b
                x_bar[i, 2] += c
                x_bar[j, 0] -= a
                x_bar[j, 1] -= b
                x_bar[j, 2] -= c
        return x_bar

    def peer(np, x):
        square = np.sum((x[:, None, :] - x[None, :, :]) ** 2, axis=2)
        return np.sum(1.0 / (1.0 + square))
