"""ht: how far measured points are from a model of a hand, whose skin follows its bones as its pose tells."""

import numpy as np

from s2s_ad import jacfwd


def rotation(vector):
    """Return the rotation about a vector by its length."""
    angle = np.sqrt(np.sum(vector**2))
    if angle < 1e-4:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * (cross @ cross)


def bends(fingers, count):
    """Return how each bone is turned: all but the first of a finger bend, and the second also goes sideways."""
    x, z = np.zeros(count), np.zeros(count)
    x[1:-1].reshape(5, 4)[:, 1:] = fingers[:, [0, 2, 3]]
    z[1:-1].reshape(5, 4)[:, 1] = fingers[:, 1]
    turn = np.zeros((count, 4, 4))
    turn[:, 0, 0], turn[:, 0, 1], turn[:, 0, 2] = np.cos(z), -np.sin(z) * np.cos(x), np.sin(z) * np.sin(x)
    turn[:, 1, 0], turn[:, 1, 1], turn[:, 1, 2] = np.sin(z), np.cos(z) * np.cos(x), -np.cos(z) * np.sin(x)
    turn[:, 2, 1], turn[:, 2, 2], turn[:, 3, 3] = np.sin(x), np.cos(x), 1.0
    return turn


def skin(theta, parents, relatives, inverses, vertices, weights, is_mirrored):
    """Return where the vertices are: all bones move each of them, weighted."""
    posed = relatives @ bends(theta[6:].reshape(5, 4), len(parents))
    absolutes = []
    for parent, relative in zip(parents, posed):
        absolutes.append(relative if parent == -1 else absolutes[parent] @ relative)
    moves = (np.stack(absolutes) @ inverses)[:, :3]
    influences = (weights[:, :, np.newaxis] * vertices[:, np.newaxis]).reshape(len(vertices), -1)
    positions = influences @ moves.swapaxes(1, 2).reshape(-1, 3)
    if is_mirrored:
        positions = positions * np.array([-1.0, 1.0, 1.0])
    return positions @ rotation(theta[:3]).T + theta[3:6]


def errors(theta, us, model, points, chosen):
    """Return what points are away from vertices, or from points of triangles at the coordinates us."""
    found = np.take(skin(theta, *model), chosen.T, axis=0)
    if chosen.ndim == 2:
        first, second = us.T[:, :, np.newaxis]
        found = first * found[0] + second * found[1] + (1.0 - first - second) * found[2]
    return (points - found).ravel()


def shifted_errors(shift, theta, us, model, points, chosen):
    """Return the errors where all coordinates are shifted alike: each has errors of its own."""
    return errors(theta, us + shift, model, points, chosen)


def arguments(given):
    data, model = given["data"], given["data"]["model"]
    arrays = (
        np.array(model[n], float) for n in ("base_relatives", "inverse_base_absolutes", "base_positions", "weights")
    )
    chosen = np.array(data["correspondences"])
    if given["us"]:
        chosen = np.array(model["triangles"])[chosen]
    us = np.reshape(np.array(given["us"], float), (-1, 2))
    model = np.array(model["parents"]), *arrays, model["is_mirrored"]
    return np.array(given["theta"], float), us, model, np.array(data["points"], float), chosen


def functions(**options):
    by_theta, by_shift = jacfwd(errors, **options), jacfwd(shifted_errors, **options)

    def jacobian(theta, us, *others):
        by_pose = by_theta(theta, us, *others)
        return np.concatenate([by_shift(np.zeros(2), theta, us, *others), by_pose], axis=1) if len(us) else by_pose

    return {"objective": errors, "jacobian": jacobian}
