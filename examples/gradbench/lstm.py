"""lstm: how badly a recurrent network, of long short-term memory with diagonal weights, foretells a text's bits."""

import numpy as np

from s2s_ad import grad


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def layer(weights, biases, hidden, cell, inputs):
    """Return what a layer gives for each of its inputs, which come one after the other."""
    by_forget, by_enter, by_leave, by_change = weights.reshape(4, -1)
    to_forget, to_enter, to_leave, to_change = biases.reshape(4, -1)
    forget = sigmoid(inputs * by_forget + to_forget)
    leave = sigmoid(inputs * by_leave + to_leave)
    outputs = np.empty_like(inputs)
    for t in range(len(inputs)):
        enter = sigmoid(hidden * by_enter + to_enter)
        change = np.tanh(hidden * by_change + to_change)
        cell = cell * forget[t] + enter * change
        hidden = leave[t] * np.tanh(cell)
        outputs[t] = hidden
    return outputs


def loss(main, extra, state, sequence):
    by_in, by_out, to_out = extra
    x = sequence[:-1] * by_in
    for n in range(0, len(state), 2):
        x = layer(main[n], main[n + 1], state[n], state[n + 1], x)
    x = x * by_out + to_out
    x = x - np.log(np.sum(np.exp(x), axis=1, keepdims=True) + 2.0)
    return -np.mean(sequence[1:] * x)


def arguments(given):
    return tuple(np.array(given[name], float) for name in ("main_params", "extra_params", "state", "sequence"))


def functions(**options):
    gradient = grad(loss, argnums=(0, 1), **options)
    return {"objective": loss, "jacobian": lambda *args: np.concatenate([part.ravel() for part in gradient(*args)])}
