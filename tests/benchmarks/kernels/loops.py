"""Python loops, in which each step needs the one before it.  By hand they stay loops."""

import math

import numpy as np

from tests.benchmarks.kernels.definition import kernels_of

kernel = kernels_of("Python loops")

TIME_STEP = 0.01


@kernel("recurrence", argnums=(0, 1, 2, 3), small=7, full=1000)
class Recurrence:
    def arguments(size):
        return 0.5, 0.9, 0.3, 0.01, size

    def primal(s, a, b, c, steps):
        for _ in range(steps):
            s = a * s + b * math.sin(s) + c
        return s

    def hand(s, a, b, c, steps):
        tape = []
        for _ in range(steps):
            sine = math.sin(s)
            tape.append((s, sine))
            s = a * s + b * sine + c
        s_bar, a_bar, b_bar, c_bar = 1.0, 0.0, 0.0, 0.0
        for s, sine in reversed(tape):
            a_bar += s_bar * s
            b_bar += s_bar * sine
            c_bar += s_bar
            s_bar *= a + b * math.cos(s)
        return s_bar, a_bar, b_bar, c_bar

    def numba(s, a, b, c, steps):
        tape = np.empty(steps)
        for i in range(steps):
            tape[i] = s
            s = a * s + b * math.sin(s) + c
        s_bar, a_bar, b_bar, c_bar = 1.0, 0.0, 0.0, 0.0
        for i in range(steps - 1, -1, -1):
            s = tape[i]
            a_bar += s_bar * s
            b_bar += s_bar * math.sin(s)
            c_bar += s_bar
            s_bar *= a + b * math.cos(s)
        return s_bar, a_bar, b_bar, c_bar

    def peer(np, s, a, b, c, steps):
        for _ in range(steps):
            s = a * s + b * np.sin(s) + c
        return s

    def jax(np, s, a, b, c, steps):
        return np.lax.fori_loop(0, steps, lambda _, s: a * s + b * np.sin(s) + c, s)


def growth(prey, predators, a, b, c, d):
    """Return the slopes of Lotka and Volterra."""
    return a * prey - b * prey * predators, d * prey * predators - c * predators


def runge_kutta(prey, predators, a, b, c, d):
    """Return both numbers one time step later, by the classical method of order four."""
    x1, y1 = growth(prey, predators, a, b, c, d)
    x2, y2 = growth(prey + TIME_STEP / 2.0 * x1, predators + TIME_STEP / 2.0 * y1, a, b, c, d)
    x3, y3 = growth(prey + TIME_STEP / 2.0 * x2, predators + TIME_STEP / 2.0 * y2, a, b, c, d)
    x4, y4 = growth(prey + TIME_STEP * x3, predators + TIME_STEP * y3, a, b, c, d)
    return (
        prey + TIME_STEP / 6.0 * (x1 + 2.0 * x2 + 2.0 * x3 + x4),
        predators + TIME_STEP / 6.0 * (y1 + 2.0 * y2 + 2.0 * y3 + y4),
    )


@kernel("Lotka-Volterra, RK4", argnums=(0, 1, 2, 3, 4, 5), small=5, full=200)
class LotkaVolterra:
    """The product of both numbers at the end."""

    def arguments(size):
        return 1.0, 0.7, 1.1, 0.4, 0.5, 0.2, size

    def primal(prey, predators, a, b, c, d, steps):
        for _ in range(steps):
            prey, predators = runge_kutta(prey, predators, a, b, c, d)
        return prey * predators

    def hand(prey, predators, a, b, c, d, steps):
        half, sixth = TIME_STEP / 2.0, TIME_STEP / 6.0
        x, y, tape = prey, predators, []
        for _ in range(steps):
            xy1 = x * y
            k1, l1 = a * x - b * xy1, d * xy1 - c * y
            x2, y2 = x + half * k1, y + half * l1
            xy2 = x2 * y2
            k2, l2 = a * x2 - b * xy2, d * xy2 - c * y2
            x3, y3 = x + half * k2, y + half * l2
            xy3 = x3 * y3
            k3, l3 = a * x3 - b * xy3, d * xy3 - c * y3
            x4, y4 = x + TIME_STEP * k3, y + TIME_STEP * l3
            xy4 = x4 * y4
            tape.append((x, y, xy1, x2, y2, xy2, x3, y3, xy3, x4, y4, xy4))
            x += sixth * (k1 + 2.0 * (k2 + k3) + a * x4 - b * xy4)
            y += sixth * (l1 + 2.0 * (l2 + l3) + d * xy4 - c * y4)
        x_bar, y_bar = y, x
        a_bar = b_bar = c_bar = d_bar = 0.0
        for x1, y1, xy1, x2, y2, xy2, x3, y3, xy3, x4, y4, xy4 in reversed(tape):
            k4_bar, l4_bar = sixth * x_bar, sixth * y_bar
            xy_bar = d * l4_bar - b * k4_bar
            x4_bar, y4_bar = a * k4_bar + y4 * xy_bar, x4 * xy_bar - c * l4_bar
            k3_bar, l3_bar = 2.0 * k4_bar + TIME_STEP * x4_bar, 2.0 * l4_bar + TIME_STEP * y4_bar
            xy_bar = d * l3_bar - b * k3_bar
            x3_bar, y3_bar = a * k3_bar + y3 * xy_bar, x3 * xy_bar - c * l3_bar
            k2_bar, l2_bar = 2.0 * k4_bar + half * x3_bar, 2.0 * l4_bar + half * y3_bar
            xy_bar = d * l2_bar - b * k2_bar
            x2_bar, y2_bar = a * k2_bar + y2 * xy_bar, x2 * xy_bar - c * l2_bar
            k1_bar, l1_bar = k4_bar + half * x2_bar, l4_bar + half * y2_bar
            xy_bar = d * l1_bar - b * k1_bar
            a_bar += k1_bar * x1 + k2_bar * x2 + k3_bar * x3 + k4_bar * x4
            b_bar -= k1_bar * xy1 + k2_bar * xy2 + k3_bar * xy3 + k4_bar * xy4
            c_bar -= l1_bar * y1 + l2_bar * y2 + l3_bar * y3 + l4_bar * y4
            d_bar += l1_bar * xy1 + l2_bar * xy2 + l3_bar * xy3 + l4_bar * xy4
            x_bar += a * k1_bar + y1 * xy_bar + x2_bar + x3_bar + x4_bar
            y_bar += x1 * xy_bar - c * l1_bar + y2_bar + y3_bar + y4_bar
        return x_bar, y_bar, a_bar, b_bar, c_bar, d_bar

    def numba(prey, predators, a, b, c, d, steps):
        half, sixth = TIME_STEP / 2.0, TIME_STEP / 6.0
        x, y, tape = prey, predators, np.empty((steps, 2))
        for i in range(steps):
            tape[i, 0], tape[i, 1] = x, y
            xy = x * y
            k1, l1 = a * x - b * xy, d * xy - c * y
            x2, y2 = x + half * k1, y + half * l1
            xy = x2 * y2
            k2, l2 = a * x2 - b * xy, d * xy - c * y2
            x3, y3 = x + half * k2, y + half * l2
            xy = x3 * y3
            k3, l3 = a * x3 - b * xy, d * xy - c * y3
            x4, y4 = x + TIME_STEP * k3, y + TIME_STEP * l3
            xy = x4 * y4
            x += sixth * (k1 + 2.0 * (k2 + k3) + a * x4 - b * xy)
            y += sixth * (l1 + 2.0 * (l2 + l3) + d * xy - c * y4)
        x_bar, y_bar = y, x
        a_bar = b_bar = c_bar = d_bar = 0.0
        for i in range(steps - 1, -1, -1):
            x1, y1 = tape[i, 0], tape[i, 1]
            xy1 = x1 * y1
            x2, y2 = x1 + half * (a * x1 - b * xy1), y1 + half * (d * xy1 - c * y1)
            xy2 = x2 * y2
            x3, y3 = x1 + half * (a * x2 - b * xy2), y1 + half * (d * xy2 - c * y2)
            xy3 = x3 * y3
            x4, y4 = x1 + TIME_STEP * (a * x3 - b * xy3), y1 + TIME_STEP * (d * xy3 - c * y3)
            k4_bar, l4_bar = sixth * x_bar, sixth * y_bar
            xy_bar = d * l4_bar - b * k4_bar
            x4_bar, y4_bar = a * k4_bar + y4 * xy_bar, x4 * xy_bar - c * l4_bar
            k3_bar, l3_bar = 2.0 * k4_bar + TIME_STEP * x4_bar, 2.0 * l4_bar + TIME_STEP * y4_bar
            xy_bar = d * l3_bar - b * k3_bar
            x3_bar, y3_bar = a * k3_bar + y3 * xy_bar, x3 * xy_bar - c * l3_bar
            k2_bar, l2_bar = 2.0 * k4_bar + half * x3_bar, 2.0 * l4_bar + half * y3_bar
            xy_bar = d * l2_bar - b * k2_bar
            x2_bar, y2_bar = a * k2_bar + y2 * xy_bar, x2 * xy_bar - c * l2_bar
            k1_bar, l1_bar = k4_bar + half * x2_bar, l4_bar + half * y2_bar
            xy_bar = d * l1_bar - b * k1_bar
            a_bar += k1_bar * x1 + k2_bar * x2 + k3_bar * x3 + k4_bar * x4
            b_bar -= k1_bar * xy1 + k2_bar * xy2 + k3_bar * xy3 + k4_bar * x4 * y4
            c_bar -= l1_bar * y1 + l2_bar * y2 + l3_bar * y3 + l4_bar * y4
            d_bar += l1_bar * xy1 + l2_bar * xy2 + l3_bar * xy3 + l4_bar * x4 * y4
            x_bar += a * k1_bar + y1 * xy_bar + x2_bar + x3_bar + x4_bar
            y_bar += x1 * xy_bar - c * l1_bar + y2_bar + y3_bar + y4_bar
        return x_bar, y_bar, a_bar, b_bar, c_bar, d_bar

    def peer(np, prey, predators, a, b, c, d, steps):
        for _ in range(steps):
            prey, predators = runge_kutta(prey, predators, a, b, c, d)
        return prey * predators

    def jax(np, prey, predators, a, b, c, d, steps):
        prey, predators = np.lax.fori_loop(
            0, steps, lambda _, state: runge_kutta(*state, a, b, c, d), (prey, predators)
        )
        return prey * predators


@kernel("biquad filter", argnums=(0, 1, 2, 3, 4), small=9, full=1000)
class Biquad:
    """The misfit of a signal that goes through a recursive filter of order two, by its five coefficients."""

    def arguments(size):
        rng = np.random.default_rng(0)
        return 0.2, 0.3, 0.1, -0.6, 0.2, rng.normal(size=size), rng.normal(size=size)

    def primal(b0, b1, b2, a1, a2, x, target):
        y = np.zeros(len(x))
        misfit = 0.0
        for i in range(2, len(x)):
            y[i] = b0 * x[i] + b1 * x[i - 1] + b2 * x[i - 2] - a1 * y[i - 1] - a2 * y[i - 2]
            misfit += (y[i] - target[i]) ** 2
        return misfit

    def hand(b0, b1, b2, a1, a2, x, target):
        x, tape = x.tolist(), []
        y1 = y2 = 0.0
        x2, x1 = x[:2]
        for x0, wanted in zip(x[2:], target[2:].tolist()):
            y0 = b0 * x0 + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
            tape.append((x0, x1, x2, y0 - wanted, y1, y2))
            x2, x1, y2, y1 = x1, x0, y1, y0
        b0_bar = b1_bar = b2_bar = a1_bar = a2_bar = 0.0
        y1_bar = y2_bar = 0.0
        for x0, x1, x2, miss, y1, y2 in reversed(tape):
            y_bar = 2.0 * miss - a1 * y1_bar - a2 * y2_bar
            b0_bar += y_bar * x0
            b1_bar += y_bar * x1
            b2_bar += y_bar * x2
            a1_bar -= y_bar * y1
            a2_bar -= y_bar * y2
            y1_bar, y2_bar = y_bar, y1_bar
        return b0_bar, b1_bar, b2_bar, a1_bar, a2_bar

    def numba(b0, b1, b2, a1, a2, x, target):
        y = np.zeros(len(x))
        for i in range(2, len(x)):
            y[i] = b0 * x[i] + b1 * x[i - 1] + b2 * x[i - 2] - a1 * y[i - 1] - a2 * y[i - 2]
        b0_bar = b1_bar = b2_bar = a1_bar = a2_bar = 0.0
        y1_bar = y2_bar = 0.0
        for i in range(len(x) - 1, 1, -1):
            y_bar = 2.0 * (y[i] - target[i]) - a1 * y1_bar - a2 * y2_bar
            b0_bar += y_bar * x[i]
            b1_bar += y_bar * x[i - 1]
            b2_bar += y_bar * x[i - 2]
            a1_bar -= y_bar * y[i - 1]
            a2_bar -= y_bar * y[i - 2]
            y2_bar = y1_bar
            y1_bar = y_bar
        return b0_bar, b1_bar, b2_bar, a1_bar, a2_bar

    def peer(np, b0, b1, b2, a1, a2, x, target):
        y1, y2, misfit = 0.0, 0.0, 0.0
        for i in range(2, len(x)):
            y1, y2 = b0 * x[i] + b1 * x[i - 1] + b2 * x[i - 2] - a1 * y1 - a2 * y2, y1
            misfit = misfit + (y1 - target[i]) ** 2
        return misfit

    def jax(np, b0, b1, b2, a1, a2, x, target):
        def step(state, given):
            y1, y2, misfit = state
            x0, x1, x2, wanted = given
            y = b0 * x0 + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
            return (y, y1, misfit + (y - wanted) ** 2), None

        return np.lax.scan(step, (0.0, 0.0, 0.0), (x[2:], x[1:-1], x[:-2], target[2:]))[0][2]


@kernel("hidden Markov chain", argnums=(0, 1, 2, 3), small=9, full=1000)
class MarkovChain:
    """The log-likelihood of two hidden states, by the chances that they stay and the means of what is seen."""

    def arguments(size):
        return 0.9, 0.8, -1.0, 1.0, np.random.default_rng(0).normal(size=size)

    def primal(stay0, stay1, mean0, mean1, seen):
        chance0, likelihood = 0.5, 0.0
        for value in seen:
            before0 = chance0 * stay0 + (1.0 - chance0) * (1.0 - stay1)
            joint0 = before0 * math.exp(-((value - mean0) ** 2) / 2.0)
            joint1 = (1.0 - before0) * math.exp(-((value - mean1) ** 2) / 2.0)
            total = joint0 + joint1
            chance0 = joint0 / total
            likelihood += math.log(total)
        return likelihood

    def hand(stay0, stay1, mean0, mean1, seen):
        slope, leave1, chance0, tape = stay0 + stay1 - 1.0, 1.0 - stay1, 0.5, []
        for value in seen.tolist():
            off0, off1 = value - mean0, value - mean1
            before0 = chance0 * slope + leave1
            peak0, peak1 = math.exp(-0.5 * off0 * off0), math.exp(-0.5 * off1 * off1)
            joint0, joint1 = before0 * peak0, (1.0 - before0) * peak1
            total = joint0 + joint1
            now0 = joint0 / total
            tape.append((chance0, off0, off1, peak0, peak1, joint0, joint1, total, now0))
            chance0 = now0
        chance0_bar = stay0_bar = leave1_bar = mean0_bar = mean1_bar = 0.0
        for chance0, off0, off1, peak0, peak1, joint0, joint1, total, now0 in reversed(tape):
            joint1_bar = (1.0 - chance0_bar * now0) / total
            joint0_bar = joint1_bar + chance0_bar / total
            mean0_bar += joint0_bar * joint0 * off0
            mean1_bar += joint1_bar * joint1 * off1
            before0_bar = joint0_bar * peak0 - joint1_bar * peak1
            stay0_bar += before0_bar * chance0
            leave1_bar += before0_bar
            chance0_bar = before0_bar * slope
        return stay0_bar, stay0_bar - leave1_bar, mean0_bar, mean1_bar

    def numba(stay0, stay1, mean0, mean1, seen):
        slope, leave1, chance0, tape = stay0 + stay1 - 1.0, 1.0 - stay1, 0.5, np.empty((len(seen), 4))
        for i in range(len(seen)):
            before0 = chance0 * slope + leave1
            peak0, peak1 = math.exp(-0.5 * (seen[i] - mean0) ** 2), math.exp(-0.5 * (seen[i] - mean1) ** 2)
            joint0 = before0 * peak0
            inverse = 1.0 / (joint0 + (1.0 - before0) * peak1)
            tape[i, 0], tape[i, 1], tape[i, 2], tape[i, 3] = chance0, peak0, peak1, inverse
            chance0 = joint0 * inverse
        now0, chance0_bar, stay0_bar, leave1_bar, mean0_bar, mean1_bar = chance0, 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(len(seen) - 1, -1, -1):
            chance0, peak0, peak1, inverse = tape[i, 0], tape[i, 1], tape[i, 2], tape[i, 3]
            before0 = chance0 * slope + leave1
            joint1_bar = (1.0 - chance0_bar * now0) * inverse
            joint0_bar = (joint1_bar + chance0_bar * inverse) * peak0
            joint1_bar *= peak1
            mean0_bar += joint0_bar * before0 * (seen[i] - mean0)
            mean1_bar += joint1_bar * (1.0 - before0) * (seen[i] - mean1)
            before0_bar = joint0_bar - joint1_bar
            stay0_bar += before0_bar * chance0
            leave1_bar += before0_bar
            chance0_bar = before0_bar * slope
            now0 = chance0
        return stay0_bar, stay0_bar - leave1_bar, mean0_bar, mean1_bar

    def peer(np, stay0, stay1, mean0, mean1, seen):
        chance0, likelihood = 0.5, 0.0
        for value in seen:
            before0 = chance0 * stay0 + (1.0 - chance0) * (1.0 - stay1)
            joint0 = before0 * np.exp(-((value - mean0) ** 2) / 2.0)
            joint1 = (1.0 - before0) * np.exp(-((value - mean1) ** 2) / 2.0)
            total = joint0 + joint1
            chance0 = joint0 / total
            likelihood = likelihood + np.log(total)
        return likelihood

    def jax(np, stay0, stay1, mean0, mean1, seen):
        def step(state, value):
            chance0, likelihood = state
            before0 = chance0 * stay0 + (1.0 - chance0) * (1.0 - stay1)
            joint0 = before0 * np.exp(-((value - mean0) ** 2) / 2.0)
            total = joint0 + (1.0 - before0) * np.exp(-((value - mean1) ** 2) / 2.0)
            return (joint0 / total, likelihood + np.log(total)), None

        return np.lax.scan(step, (0.5, 0.0), seen)[0][1]


@kernel("sum of squares, by index", small=5, full=1000)
class SumOfSquares:
    def arguments(size):
        return (np.linspace(-1.0, 1.0, size),)

    def primal(x):
        total = 0.0
        for i in range(len(x)):
            total += x[i] * x[i]
        return total

    def hand(x):
        return np.array([2.0 * value for value in x.tolist()])

    def numba(x):
        x_bar = np.empty_like(x)
        for i in range(len(x)):
            x_bar[i] = 2.0 * x[i]
        return x_bar

    def peer(np, x):
        total = 0.0
        for i in range(len(x)):
            total = total + x[i] * x[i]
        return total

    def jax(np, x):
        return np.lax.fori_loop(0, len(x), lambda i, total: total + x[i] * x[i], 0.0)


@kernel("Fisher's wave, in place", argnums=(0, 1, 2), small=6, full=500)
class FisherWave:
    """A population of 64 cells that spreads and grows, by where it starts, and how fast it spreads and grows."""

    def arguments(size):
        return np.exp(-np.linspace(0.0, 4.0, 64)), 0.2, 0.05, size

    def primal(start, spread, rate, steps):
        u = start.copy()
        for _ in range(steps):
            inner = u[1:-1]
            u[1:-1] += spread * (u[2:] - 2.0 * inner + u[:-2]) + rate * inner * (1.0 - inner)
        return np.sum(u**2)

    def hand(start, spread, rate, steps):
        tape = np.empty((steps + 1, len(start)))
        tape[:] = start
        inners, arounds = tape[:, 1:-1], np.empty((steps, len(start) - 2))
        base, growth, kept = 1.0 + rate - 2.0 * spread, np.empty(len(start) - 2), np.empty(len(start) - 2)
        for left, inner, right, around, then in zip(tape[:, :-2], inners, tape[:, 2:], arounds, inners[1:]):
            np.add(left, right, out=around)
            np.multiply(inner, -rate, out=growth)
            growth += base
            growth *= inner
            np.multiply(around, spread, out=then)
            then += growth
        u_bar = 2.0 * tape[-1]
        left_bar, inner_bar, right_bar = u_bar[:-2], u_bar[1:-1], u_bar[2:]
        spread_bar = rate_bar = 0.0
        for inner, around in zip(inners[-2::-1], arounds[::-1]):
            np.multiply(inner_bar, inner, out=growth)
            once = inner_bar.dot(inner)
            spread_bar += inner_bar.dot(around) - 2.0 * once
            rate_bar += once - growth.dot(inner)
            growth *= 2.0 * rate
            np.multiply(inner_bar, spread, out=kept)
            inner_bar *= base
            inner_bar -= growth
            left_bar += kept
            right_bar += kept
        return u_bar, spread_bar, rate_bar

    def numba(start, spread, rate, steps):
        last = len(start) - 1
        tape = np.empty((steps + 1, last + 1))
        tape[0] = start
        for n in range(steps):
            u, then = tape[n], tape[n + 1]
            then[0], then[last] = u[0], u[last]
            for i in range(1, last):
                bend = u[i + 1] - 2.0 * u[i] + u[i - 1]
                then[i] = u[i] + spread * bend + rate * u[i] * (1.0 - u[i])
        now_bar, then_bar = np.empty(last + 1), 2.0 * tape[steps]
        spread_bar = rate_bar = 0.0
        for n in range(steps - 1, -1, -1):
            u = tape[n]
            now_bar[0], now_bar[last] = then_bar[0], then_bar[last]
            for i in range(1, last):
                spread_bar += then_bar[i] * (u[i + 1] - 2.0 * u[i] + u[i - 1])
                rate_bar += then_bar[i] * u[i] * (1.0 - u[i])
                now_bar[i] = then_bar[i] * (1.0 - 2.0 * spread + rate * (1.0 - 2.0 * u[i]))
            for i in range(1, last):
                now_bar[i - 1] += spread * then_bar[i]
                now_bar[i + 1] += spread * then_bar[i]
            now_bar, then_bar = then_bar, now_bar
        return then_bar, spread_bar, rate_bar

    def peer(np, start, spread, rate, steps):
        u = start
        for _ in range(steps):
            inner = u[1:-1]
            moved = inner + spread * (u[2:] - 2.0 * inner + u[:-2]) + rate * inner * (1.0 - inner)
            u = np.concatenate((u[:1], moved, u[-1:]))
        return np.sum(u**2)

    def jax(np, start, spread, rate, steps):
        def step(_, u):
            inner = u[1:-1]
            return u.at[1:-1].add(spread * (u[2:] - 2.0 * inner + u[:-2]) + rate * inner * (1.0 - inner))

        return np.sum(np.lax.fori_loop(0, steps, step, start) ** 2)
