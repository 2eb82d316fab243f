"""Small arrays: ten to a hundred numbers each, where every call of NumPy costs more than what it computes."""

import math

import numpy as np

from tests.benchmarks.kernels.definition import kernels_of

kernel = kernels_of("small arrays")


@kernel("dense layer", argnums=(0, 1), small=3, full=8)
class DenseLayer:
    """The misfit of one layer of a network, by its weights and offsets."""

    def arguments(size):
        rng = np.random.default_rng(0)
        return rng.normal(size=(size, size)) / 3.0, rng.normal(size=size), rng.normal(size=size), np.ones(size)

    def primal(weights, offsets, x, target):
        return np.sum((np.tanh(weights @ x + offsets) - target) ** 2)

    def hand(weights, offsets, x, target):
        y = weights.dot(x)
        y += offsets
        np.tanh(y, out=y)
        bar = y - target
        y *= y
        np.subtract(1.0, y, out=y)
        bar *= y
        bar *= 2.0
        return bar[:, None] * x, bar

    def numba(weights, offsets, x, target):
        weights_bar, bar = np.empty_like(weights), np.empty_like(offsets)
        for i in range(len(offsets)):
            score = offsets[i]
            for j in range(len(x)):
                score += weights[i, j] * x[j]
            y = math.tanh(score)
            bar[i] = 2.0 * (y - target[i]) * (1.0 - y * y)
            for j in range(len(x)):
                weights_bar[i, j] = bar[i] * x[j]
        return weights_bar, bar

    def peer(np, weights, offsets, x, target):
        return np.sum((np.tanh(weights @ x + offsets) - target) ** 2)


@kernel("softmax cross-entropy", small=3, full=8)
class CrossEntropy:
    """Of ten classes, by the scores."""

    def arguments(size):
        rng = np.random.default_rng(0)
        return rng.normal(size=(size, 10)), rng.integers(10, size=size)

    def primal(scores, labels):
        shifted = scores - np.max(scores, axis=1, keepdims=True)
        chosen = shifted[np.arange(len(labels)), labels]
        return np.mean(np.log(np.sum(np.exp(shifted), axis=1)) - chosen)

    def hand(scores, labels):
        bar = scores - np.maximum.reduce(scores, axis=1, keepdims=True)
        np.exp(bar, out=bar)
        sums = np.add.reduce(bar, axis=1, keepdims=True)
        sums *= len(labels)
        bar /= sums
        bar[np.arange(len(labels)), labels] -= 1.0 / len(labels)
        return bar

    def numba(scores, labels):
        bar = np.empty_like(scores)
        for i in range(len(labels)):
            top, total = scores[i].max(), 0.0
            for j in range(scores.shape[1]):
                bar[i, j] = math.exp(scores[i, j] - top)
                total += bar[i, j]
            bar[i] /= total * len(labels)
            bar[i, labels[i]] -= 1.0 / len(labels)
        return bar

    def peer(np, scores, labels):
        shifted = scores - np.max(scores, axis=1, keepdims=True)
        chosen = shifted[np.arange(len(labels)), labels]
        return np.mean(np.log(np.sum(np.exp(shifted), axis=1)) - chosen)

    def torch(np, scores, labels):
        return np.nn.functional.cross_entropy(scores, labels)


@kernel("least squares", small=5, full=20)
class LeastSquares:
    def arguments(size):
        rng = np.random.default_rng(0)
        return rng.normal(size=4), rng.normal(size=(size, 4)), rng.normal(size=size)

    def primal(x, matrix, target):
        return np.mean((matrix @ x - target) ** 2)

    def hand(x, matrix, target):
        miss = matrix.dot(x)
        miss -= target
        miss *= 2.0 / len(target)
        return miss.dot(matrix)

    def numba(x, matrix, target):
        x_bar = np.zeros_like(x)
        for i in range(len(target)):
            miss = -target[i]
            for j in range(len(x)):
                miss += matrix[i, j] * x[j]
            miss *= 2.0 / len(target)
            for j in range(len(x)):
                x_bar[j] += miss * matrix[i, j]
        return x_bar

    def peer(np, x, matrix, target):
        return np.mean((matrix @ x - target) ** 2)


@kernel("Kalman step", argnums=(0, 1, 2), small=2, full=4)
class KalmanStep:
    """The negative log-likelihood of one measurement, by the motion and both covariances of noise."""

    def arguments(size):
        rng = np.random.default_rng(0)
        motion, sight = rng.normal(size=(size, size)), rng.normal(size=(2, size))
        return motion, np.eye(size), 0.5 * np.eye(2), sight, rng.normal(size=size), np.eye(size), rng.normal(size=2)

    def primal(motion, noise, blur, sight, mean, covariance, seen):
        ahead = motion @ covariance @ motion.T + noise
        spread = sight @ ahead @ sight.T + blur
        miss = seen - sight @ (motion @ mean)
        return (miss @ np.linalg.solve(spread, miss) + np.linalg.slogdet(spread)[1]) / 2.0

    def hand(motion, noise, blur, sight, mean, covariance, seen):
        moved = motion.dot(covariance)
        ahead = moved.dot(motion.T)
        ahead += noise
        spread = sight.dot(ahead).dot(sight.T)
        spread += blur
        miss = seen - sight.dot(motion.dot(mean))
        blur_bar = np.linalg.inv(spread)
        weighed = blur_bar.dot(miss)
        blur_bar -= weighed[:, None] * weighed
        blur_bar *= 0.5
        noise_bar = sight.T.dot(blur_bar).dot(sight)
        motion_bar = noise_bar.dot(moved)
        motion_bar *= 2.0  # all covariances are symmetric
        motion_bar -= weighed.dot(sight)[:, None] * mean
        return motion_bar, noise_bar, blur_bar

    def peer(np, motion, noise, blur, sight, mean, covariance, seen):
        ahead = motion @ covariance @ motion.T + noise
        spread = sight @ ahead @ sight.T + blur
        miss = seen - sight @ (motion @ mean)
        return (miss @ np.linalg.solve(spread, miss) + np.linalg.slogdet(spread)[1]) / 2.0


@kernel("chain of products", argnums=(0, 1, 2), small=2, full=4)
class ProductChain:
    def arguments(size):
        rng = np.random.default_rng(0)
        return rng.normal(size=(size, 6)), rng.normal(size=(6, 5)), rng.normal(size=(5, size))

    def primal(a, b, c):
        return np.sum((a @ b @ c) ** 2)

    def hand(a, b, c):
        ab = a.dot(b)
        bar = ab.dot(c)
        bar *= 2.0
        ab_bar = bar.dot(c.T)
        return ab_bar.dot(b.T), a.T.dot(ab_bar), ab.T.dot(bar)

    def peer(np, a, b, c):
        return np.sum((a @ b @ c) ** 2)
