"""Tiny scalar formulas: a few floats each, where a call of a function is already dear."""

import math

from tests.benchmarks.kernels.definition import kernels_of

kernel = kernels_of("scalar formulas")

ROOT_HALF = math.sqrt(0.5)
ROOT_TAU = math.sqrt(2.0 * math.pi)


@kernel("Black-Scholes", argnums=(0, 1, 2, 3, 4))
class BlackScholes:
    """The price of a call option.  By hand it is the Greeks, where the two densities cancel."""

    def arguments(size):
        return 100.0, 95.0, 0.03, 0.2, 1.5

    def primal(spot, strike, rate, volatility, time):
        spread = volatility * math.sqrt(time)
        d1 = (math.log(spot / strike) + (rate + volatility**2 / 2.0) * time) / spread
        d2 = d1 - spread
        n1 = (1.0 + math.erf(d1 * ROOT_HALF)) / 2.0
        n2 = (1.0 + math.erf(d2 * ROOT_HALF)) / 2.0
        return spot * n1 - strike * math.exp(-rate * time) * n2

    def hand(spot, strike, rate, volatility, time):
        root = math.sqrt(time)
        spread = volatility * root
        d1 = (math.log(spot / strike) + rate * time) / spread + 0.5 * spread
        n1 = 0.5 + 0.5 * math.erf(d1 * ROOT_HALF)
        owed = math.exp(-rate * time) * (0.5 + 0.5 * math.erf((d1 - spread) * ROOT_HALF))
        debt = strike * owed
        vega = spot * root * math.exp(-0.5 * d1 * d1) / ROOT_TAU
        return n1, -owed, time * debt, vega, 0.5 * vega * volatility / time + rate * debt

    def peer(np, spot, strike, rate, volatility, time):
        spread = volatility * np.sqrt(time)
        d1 = (np.log(spot / strike) + (rate + volatility**2 / 2.0) * time) / spread
        d2 = d1 - spread
        n1 = (1.0 + np.special.erf(d1 * ROOT_HALF)) / 2.0
        n2 = (1.0 + np.special.erf(d2 * ROOT_HALF)) / 2.0
        return spot * n1 - strike * np.exp(-rate * time) * n2


@kernel("Rosenbrock term", argnums=(0, 1))
class RosenbrockTerm:
    def arguments(size):
        return -1.2, 0.7

    def primal(x, y):
        return 100.0 * (y - x**2) ** 2 + (1.0 - x) ** 2

    def hand(x, y):
        y_bar = 200.0 * (y - x * x)
        return 2.0 * (x - 1.0 - y_bar * x), y_bar

    def peer(np, x, y):
        return 100.0 * (y - x**2) ** 2 + (1.0 - x) ** 2


@kernel("planar robot arm", argnums=(0, 1, 2))
class PlanarArm:
    """The squared distance of the tip of three joints from a target."""

    def arguments(size):
        return 0.4, 0.9, -0.3, 1.2, 1.1

    def primal(a, b, c, x, y):
        ab = a + b
        abc = ab + c
        miss_x = math.cos(a) + 0.8 * math.cos(ab) + 0.5 * math.cos(abc) - x
        miss_y = math.sin(a) + 0.8 * math.sin(ab) + 0.5 * math.sin(abc) - y
        return miss_x**2 + miss_y**2

    def hand(a, b, c, x, y):
        ab = a + b
        abc = ab + c
        cos_a, cos_ab, cos_abc = math.cos(a), 0.8 * math.cos(ab), 0.5 * math.cos(abc)
        sin_a, sin_ab, sin_abc = math.sin(a), 0.8 * math.sin(ab), 0.5 * math.sin(abc)
        x_bar = 2.0 * (cos_a + cos_ab + cos_abc - x)
        y_bar = 2.0 * (sin_a + sin_ab + sin_abc - y)
        c_bar = y_bar * cos_abc - x_bar * sin_abc
        b_bar = c_bar + y_bar * cos_ab - x_bar * sin_ab
        return b_bar + y_bar * cos_a - x_bar * sin_a, b_bar, c_bar

    def peer(np, a, b, c, x, y):
        ab = a + b
        abc = ab + c
        miss_x = np.cos(a) + 0.8 * np.cos(ab) + 0.5 * np.cos(abc) - x
        miss_y = np.sin(a) + 0.8 * np.sin(ab) + 0.5 * np.sin(abc) - y
        return miss_x**2 + miss_y**2


@kernel("log-normal density", argnums=(0, 1, 2))
class LogNormal:
    def arguments(size):
        return 1.7, 0.2, 0.6

    def primal(x, mean, deviation):
        z = (math.log(x) - mean) / deviation
        return math.exp(-z * z / 2.0) / (x * deviation * ROOT_TAU)

    def hand(x, mean, deviation):
        z = (math.log(x) - mean) / deviation
        density = math.exp(-0.5 * z * z) / (x * deviation * ROOT_TAU)
        mean_bar = density * z / deviation
        return -(density + mean_bar) / x, mean_bar, density * (z * z - 1.0) / deviation

    def peer(np, x, mean, deviation):
        z = (np.log(x) - mean) / deviation
        return np.exp(-z * z / 2.0) / (x * deviation * ROOT_TAU)


@kernel("Lennard-Jones pair", argnums=(0, 1, 2, 3, 4, 5))
class LennardJones:
    def arguments(size):
        return 0.1, 0.2, 0.3, 1.0, 0.9, -0.2

    def primal(x1, y1, z1, x2, y2, z2):
        square = (x1 - x2) ** 2 + (y1 - y2) ** 2 + (z1 - z2) ** 2
        inverse = 1.0 / square**3
        return 4.0 * (inverse**2 - inverse)

    def hand(x1, y1, z1, x2, y2, z2):
        x, y, z = x1 - x2, y1 - y2, z1 - z2
        square = x * x + y * y + z * z
        inverse = 1.0 / (square * square * square)
        force = 24.0 * (inverse - 2.0 * inverse * inverse) / square
        x, y, z = force * x, force * y, force * z
        return x, y, z, -x, -y, -z

    def peer(np, x1, y1, z1, x2, y2, z2):
        square = (x1 - x2) ** 2 + (y1 - y2) ** 2 + (z1 - z2) ** 2
        inverse = 1.0 / square**3
        return 4.0 * (inverse**2 - inverse)
