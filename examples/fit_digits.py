"""Fit a two-layer network to scikit-learn's digits with SciPy's L-BFGS-B and a gradient from s2s_ad.

The loss is plain NumPy, its parameters are a dict of arrays.  A third of the 1,797 images is held out.
"""

import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import load_digits
from tqdm import tqdm

from s2s_ad import value_and_grad

HIDDEN = 64
DECAY = 1e-4
STEPS = 200


def logits(params, images):
    hidden = np.tanh(images @ params["w1"] + params["b1"])
    return hidden @ params["w2"] + params["b2"]


def loss(params, images, targets):
    """Return the mean cross entropy of the softmax, with weight decay."""
    scores = logits(params, images)
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    log_sums = np.log(np.sum(np.exp(shifted), axis=1))
    entropy = np.mean(log_sums - np.sum(targets * shifted, axis=1))
    return entropy + DECAY * (np.sum(params["w1"] ** 2) + np.sum(params["w2"] ** 2))


def initial_params(inputs, outputs, rng):
    return {
        "w1": rng.normal(size=(inputs, HIDDEN)) / np.sqrt(inputs),
        "b1": np.zeros(HIDDEN),
        "w2": rng.normal(size=(HIDDEN, outputs)) / np.sqrt(HIDDEN),
        "b2": np.zeros(outputs),
    }


def flat(params):
    return np.concatenate([value.ravel() for value in params.values()])


def unflat(vector, like):
    ends = np.cumsum([value.size for value in like.values()])
    parts = np.split(vector, ends[:-1])
    return {name: part.reshape(like[name].shape) for name, part in zip(like, parts, strict=True)}


def fit(images, targets, rng):
    """Return the fitted parameters."""
    start = initial_params(images.shape[1], targets.shape[1], rng)

    def objective(vector):
        value, gradient = loss_and_grad(unflat(vector, start), images, targets)
        return value, flat(gradient)

    with tqdm(total=STEPS, desc="L-BFGS-B") as bar:

        def progress(intermediate_result):
            bar.set_postfix(loss=f"{intermediate_result.fun:.4f}", refresh=False)
            bar.update()

        options = {"maxiter": STEPS}
        result = minimize(objective, flat(start), jac=True, method="L-BFGS-B", callback=progress, options=options)
    return unflat(result.x, start)


loss_and_grad = value_and_grad(loss)


def main():
    rng = np.random.default_rng(0)
    digits = load_digits()
    order = rng.permutation(len(digits.data))
    held_out, training = np.split(order, [len(order) // 3])
    images, targets = digits.data / 16, np.eye(10)[digits.target]

    params = fit(images[training], targets[training], rng)

    guesses = np.argmax(logits(params, images[held_out]), axis=1)
    accuracy = np.mean(guesses == digits.target[held_out])
    print(f"accuracy on {len(held_out)} images held out of {len(order)}: {accuracy:.4f}")
    print(f"the emitted gradient: {loss_and_grad.path}")
    return accuracy


if __name__ == "__main__":
    main()
