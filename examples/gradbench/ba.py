"""ba: how far the points that cameras see are from where they are seen, for bundle adjustment.

Each observation has its own camera, point and weight here, as columns, so all derivatives of its two errors are the
columns of the Jacobian of the errors' sums.
"""

import numpy as np

from s2s_ad import elementwise_grad, jacrev


def rotate(r1, r2, r3, x, y, z):
    """Return a point, turned about a vector by its length; sin(angle) / length is 1 where the length is 0."""
    angle = np.sqrt(r1**2 + r2**2 + r3**2)
    still = angle == 0.0
    length, sin, cos = np.where(still, 1.0, angle), np.where(still, 1.0, np.sin(angle)), np.cos(angle)
    r1, r2, r3 = r1 / length, r2 / length, r3 / length
    along = (r1 * x + r2 * y + r3 * z) * (1.0 - cos)
    return (
        x * cos + (r2 * z - r3 * y) * sin + r1 * along,
        y * cos + (r3 * x - r1 * z) * sin + r2 * along,
        z * cos + (r1 * y - r2 * x) * sin + r3 * along,
    )


def errors(cameras, points, weights, seen):
    """Return what is projected less what is seen, weighted, of all observations."""
    r1, r2, r3, c1, c2, c3, focus, u, v, k1, k2 = cameras
    x, y, z = points
    x, y, z = rotate(r1, r2, r3, x - c1, y - c2, z - c3)
    x, y = x / z, y / z
    square = x**2 + y**2
    scale = focus * (1.0 + k1 * square + k2 * square**2)
    return np.stack([weights * (x * scale + u - seen[0]), weights * (y * scale + v - seen[1])])


def sums(cameras, points, weights, seen):
    return np.sum(errors(cameras, points, weights, seen), axis=1)


def weight_errors(weights):
    return 1.0 - weights**2


def observed(cameras, points, by, of):
    return np.take(cameras, by, axis=1), np.take(points, of, axis=1)


def objective(cameras, points, weights, seen, by, of):
    return errors(*observed(cameras, points, by, of), weights, seen), weight_errors(weights)


def arguments(given):
    cameras, points, seen = (
        np.repeat(np.array(given[name], float)[:, np.newaxis], given[count], axis=1)
        for name, count in [("cam", "n"), ("x", "m"), ("feat", "p")]
    )
    observations = np.arange(given["p"])
    weights = np.full(given["p"], float(given["w"]))
    return cameras, points, weights, seen, observations % given["n"], observations % given["m"]


def functions(**options):
    by_errors, by_weight = jacrev(sums, argnums=(0, 1, 2), **options), elementwise_grad(weight_errors, **options)

    def jacobian(cameras, points, weights, seen, by, of):
        """Return the Jacobian by rows: where each row starts, the columns that may differ from zero, and their values.

        The columns are all cameras' parameters, all points' coordinates, all weights.
        """
        n, m, p = cameras.shape[1], points.shape[1], len(weights)
        by_camera, by_point, by_own = by_errors(*observed(cameras, points, by, of), weights, seen)
        values, columns = np.empty(31 * p), np.empty(31 * p, np.int32)
        rows = values[: 30 * p].reshape(p, 2, 15)
        rows[:, :, :11], rows[:, :, 11:14] = by_camera.transpose(2, 0, 1), by_point.transpose(2, 0, 1)
        rows[:, :, 14], values[30 * p :] = by_own.T, by_weight(weights)
        rows = columns[: 30 * p].reshape(p, 2, 15)
        rows[:, :, :11] = (11 * by[:, np.newaxis] + np.arange(11))[:, np.newaxis]
        rows[:, :, 11:14] = (11 * n + 3 * of[:, np.newaxis] + np.arange(3))[:, np.newaxis]
        columns[30 * p :] = 11 * n + 3 * m + np.arange(p)
        rows[:, :, 14] = columns[30 * p :, np.newaxis]
        starts = np.concatenate([np.arange(0, 30 * p, 15), np.arange(30 * p, 31 * p + 1)])
        return {"rows": starts, "cols": columns, "vals": values}

    return {"objective": objective, "jacobian": jacobian}


def answer(function, found):
    """Return what the eval wants to know of a result: its beginning and its end."""
    if function == "jacobian":
        return {name: [*part[:30], part[-1]] for name, part in found.items()}
    (x, y), own = found
    return {
        "reproj_error": {"elements": [x[0], y[0]], "repeated": len(x)},
        "w_err": {"element": own[0], "repeated": len(own)},
    }
