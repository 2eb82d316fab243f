"""The faults: what goes wrong, in which file, the text that is replaced by what, and the tests to ask first.

Texts are unique in their file and as short as that allows; `tests/test_faults.py` sees to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A mistake that somebody could make, named by what it does."""

    name: str
    file: str
    """In s2s_ad/."""
    old: str
    new: str
    tests: tuple[str, ...]
    """What pytest is given first; where that notices nothing, all tests are run."""

    def planted_in(self, text: str) -> str:
        """Return the text of the file with the fault."""
        return text.replace(self.old, self.new)


def _in(file: str, tests: str, *planted: tuple[str, str, str] | tuple[str, str, str, str]) -> Iterator[Fault]:
    """Yield faults of one file: names, old texts, new texts, and other tests where the usual ones do not fit."""
    for name, old, new, *others in planted:
        yield Fault(name, file, old, new, tuple((others[0] if others else tests).split()))


RULES = "tests/rules/test_rules.py"
JOINED = " ".join(
    f"tests/test_jit.py::test_compiled_code_gives_what_python_gives[{name}]"
    for name in (
        "a_sum_is_read_by_the_next_loop",
        "an_element_is_read_between_two_loops",
        "what_was_made_is_added_to_and_read",
        "an_element_is_overwritten_in_a_loop",
        "rows_and_columns",
        "an_array_gets_shorter_in_a_loop",
        "distances_of_all_pairs",
        "spread_out_and_then_written",
        "two_arrays_in_turn",
        "parts_of_two_arrays_in_turn",
        "places_in_front_and_behind",
        "added_in_front_and_behind",
        "rows_in_front_and_behind",
        "part_of_a_part_from_its_end",
        "added_where_a_mask_holds",
        "added_at_places_and_read",
    )
)
ADVERSARY = "tests/test_adversary.py"
PROGRAMS = "tests/test_gradients.py"
PASSES = "tests/test_passes.py"
FORMS = "tests/emission/test_emit_forms.py"
RANDOM = "tests/emission/test_emit_random.py"
EMITTED = "tests/test_emitted.py"
API = "tests/test_api.py"
STORE = "tests/test_store.py"
DISPLAY = "tests/test_display.py"
INFER = "tests/rules/test_infer.py"
SYNTAX = "tests/python/test_syntax.py"
FLOW = "tests/python/test_control_flow.py"
EFFECTS = "tests/python/test_effects.py"
EXCEPTIONS = "tests/python/test_exceptions.py"
NAMES = "tests/python/test_names.py"
RECURSION = "tests/python/test_recursion.py"
REFUSED = "tests/python/test_refused.py"
ASSIGNMENT = "tests/python/test_assignment.py"
COMPLEX = "tests/python/test_complex.py"
LISTS = "tests/python/test_lists.py"
IN_PLACE = "tests/python/test_arrays_in_place.py"
REDUCTIONS = "tests/python/test_numpy_reductions.py"
UFUNCS = "tests/python/test_numpy_ufuncs.py"
NOT_CHOSEN = "tests/python/test_not_chosen.py"
SHAPE = "tests/python/test_numpy_shape.py"
SELECTION = "tests/python/test_numpy_selection.py"

_RULES = (
    *_in(
        "rules/elementwise.py",
        RULES,
        ("adjoint of a difference has the wrong sign", "bar[y] = -bar[z]\n", "bar[y] = bar[z]\n"),
        ("adjoint of a quotient misses a division", "bar[y] = -bar[z] * z / y", "bar[y] = -bar[z] * z"),
        (
            "adjoint of mod has the wrong sign",
            "bar[y] = -np.floor_divide(x, y) * bar[z]",
            "bar[y] = np.floor_divide(x, y) * bar[z]",
        ),
        ("fmod rounds down instead of towards zero", "bar[y] = -np.rint((x - z) / y)", "bar[y] = -np.floor(x / y)"),
        ("abs has the slope one at zero", "bar[x] = np.sign(x) * bar[z]", "bar[x] = np.copysign(1.0, x) * bar[z]"),
        (
            "0 ** y has an infinite slope by y",
            "bar[y] = bar[z] * z * np.log(x + (x == 0))",
            "bar[y] = bar[z] * z * np.log(x)",
        ),
        ("hypot divides by zero at zero", "bar[x] = bar[z] * (x / (z + (z == 0)))", "bar[x] = bar[z] * (x / z)"),
        ("arctan2 takes the other argument", "bar[y] = bar[z] * (x / r) / r", "bar[y] = bar[z] * (y / r) / r"),
        (
            "arctan2 is not known to have a pole",
            "@elementwise(np.arctan2, math.atan2, poles=True)",
            "@elementwise(np.arctan2, math.atan2)",
            NOT_CHOSEN,
        ),
        (
            "equal infinite terms of logaddexp count twice",
            "bar[x] = bar[z] * np.where((x == y) & np.isinf(x), 0.5, np.exp(np.fmin(x - z, 0)))",
            "bar[x] = bar[z] * np.exp(np.fmin(x - z, 0))",
        ),
        (
            "slope of arccosh overflows",
            "bar[x] = bar[z] / math.sqrt(x - 1) / math.sqrt(x + 1)",
            "bar[x] = bar[z] / math.sqrt(x * x - 1)",
        ),
        ("slope of expm1 cancels", "bar[x] = bar[z] * np.exp(x)\n", "bar[x] = bar[z] * (z + 1)\n"),
        ("frexp scales the wrong way", "bar[x] = np.ldexp(bar[m], -e)", "bar[x] = np.ldexp(bar[m], e)"),
        (
            "step has its value between in the wrong places",
            "bar[y] = np.where(x == 0, bar[z], 0)",
            "bar[y] = np.where(x == 0, 0, bar[z])",
        ),
        (
            "sign of a complex number turns the wrong way",
            "bar[x] = np.conj(z) * (np.imag(bar[z] * z) / size) * 1j",
            "bar[x] = np.conj(z) * (np.imag(bar[z] * z) / size) * -1j",
        ),
        (
            "logarithm to a base misses a factor",
            "bar[base] = -bar[z] * z / base / math.log(base)",
            "bar[base] = -bar[z] * z / base",
        ),
        ("slope of sinc cancels near zero", "np.abs(x) < 0.03", "np.abs(x) < 0.0"),
        ("where multiplies by a mask", "bar[y] = np.where(c, 0, bar[z])", "bar[y] = bar[z] * np.where(c, 0, 1)"),
        ("ties of maximum are counted twice", "half = np.where(x == y, bar[z] / 2, bar[z])", "half = bar[z]"),
        (
            "ties of Python's max go to the last",
            "bar[y] = np.where(y > x, bar[z], 0)\n\n\n@elementwise(min",
            "bar[y] = np.where(y >= x, bar[z], 0)\n\n\n@elementwise(min",
        ),
        (
            "clip counts its upper edge twice",
            "bar[a_max] = np.where((x > a_max) |",
            "bar[a_max] = np.where((x >= a_max) |",
        ),
        (
            "clip between crossed bounds gives to the lower",
            "bar[a_min] = np.where((x < a_min) & (a_min <= a_max), bar[z], 0)",
            "bar[a_min] = np.where(x < a_min, bar[z], 0)",
        ),
        (
            "copysign forgets the sign of x",
            "bar[x] = bar[z] * (np.sign(x) * np.sign(z))",
            "bar[x] = bar[z] * np.sign(z)",
        ),
        ("conjugate is not conjugated back", "bar[x] = np.conj(bar[z])", "bar[x] = bar[z]"),
        (
            "imaginary part turns the wrong way",
            "bar[x] = -1j * bar[z]\n\n\n@elementwise(np.conj",
            "bar[x] = 1j * bar[z]\n\n\n@elementwise(np.conj",
        ),
        (
            "absolute value of a complex number misses its conjugate",
            "bar[x] = bar[z] * (np.conj(x) / (z + (z == 0)))",
            "bar[x] = bar[z] * (x / (z + (z == 0)))",
        ),
        (
            "root is not known to have a pole",
            "@elementwise(np.sqrt, math.sqrt, cmath.sqrt, poles=True, ",
            "@elementwise(np.sqrt, math.sqrt, cmath.sqrt, ",
            ADVERSARY,
        ),
        (
            "where is not known to select",
            '@elementwise(np.where, passive="c", selects=True, ',
            '@elementwise(np.where, passive="c", ',
            ADVERSARY,
        ),
    ),
    *_in(
        "rules/ufuncs.py",
        RULES,
        ("a mask of logaddexp.reduce is forgotten", "np.where(where, powers, 0)", "powers"),
        ("ties of fmax.reduce are not shared", "unreduce(bar[y] / count, x", "unreduce(bar[y], x"),
    ),
    *_in(
        "rules/reductions.py",
        RULES,
        (
            "sum ignores keepdims",
            "bar[a] = taken(where, unreduce(bar[y], a.shape, axis, keepdims))",
            "bar[a] = taken(where, unreduce(bar[y], a.shape, axis, False))",
        ),
        (
            "sum counts what is left out",
            "bar[a] = taken(where, unreduce(bar[y], a.shape, axis, keepdims))",
            "bar[a] = unreduce(bar[y], a.shape, axis, keepdims)",
        ),
        (
            "product of the others divides by zero",
            "return np.all((y != 0) & np.isfinite(y))",
            "return np.all((y != np.inf) & np.isfinite(y))",
        ),
        ("product divides by its elements", "return before * after", "return np.prod(x, -1, keepdims=True) / x"),
        (
            "product forgets where it starts",
            "slopes = initial * unmerged(others(merged(x, axis)), a.shape, axis)\n        bar[a] = taken(",
            "slopes = unmerged(others(merged(x, axis)), a.shape, axis)\n        bar[a] = taken(",
        ),
        (
            "cumsum is not reversed",
            "np.flip(np.cumsum(np.flip(y_bar, axis), axis=axis), axis)",
            "np.cumsum(y_bar, axis=axis)",
        ),
        (
            "cumprod loses its first element",
            "return shifted(y, 1, 1.0, axis) * np.flip(back, axis)",
            "return shifted(y, 1, 0.0, axis) * np.flip(back, axis)",
        ),
        (
            "ties of max are not shared",
            "spread(bar[y] / ties, axis, keepdims), 0)\n\n\n@rule(np.ptp",
            "spread(bar[y], axis, keepdims), 0)\n\n\n@rule(np.ptp",
        ),
        (
            "start of a maximum is no tie",
            "ties = ties + (y == np.full_like(y, initial))",
            "ties = ties + (ties == 0)",
            REDUCTIONS,
        ),
        (
            "count of ties turns float32 into float64",
            "ties = np.sum(hit, axis=axis, keepdims=keepdims, dtype=y.dtype)\n    if initial",
            "ties = np.sum(hit, axis=axis, keepdims=keepdims)\n    if initial",
        ),
        ("ptp adds its ends", "bar[a] = up - np.where(low", "bar[a] = up + np.where(low"),
        (
            "norm of a complex array misses its conjugate",
            "return conjugated(x) * spread(y_bar",
            "return x * spread(y_bar",
        ),
        (
            "norm divides by zero at zero",
            "return conjugated(x) * spread(y_bar / (y + (y == 0)), axis",
            "return conjugated(x) * spread(y_bar / y, axis",
        ),
        ("norm has an infinite slope where an element is zero", "+ (x == 0)) ** (p - 1)", ") ** (p - 1)"),
        (
            "sums of rows and of columns are mixed up",
            "return sums_adjoint(y, x, y_bar, axis[1], axis, keepdims)",
            "return sums_adjoint(y, x, y_bar, axis[0], axis, keepdims)",
        ),
    ),
    *_in(
        "rules/statistics.py",
        RULES,
        (
            "mean along an axis divides by all elements",
            "unreduce(bar[y] / count(y, a, axis, keepdims, where), a.shape",
            "unreduce(bar[y] / a.size, a.shape",
        ),
        ("variance forgets ddof", "return n - (ddof if correction is None else correction)", "return n"),
        (
            "std divides by zero where all are equal",
            "less = freedom(count(y, a, axis, keepdims, where), ddof, correction) * (y + (y == 0))",
            "less = freedom(count(y, a, axis, keepdims, where), ddof, correction) * y",
        ),
        (
            "given mean has no influence",
            "    bar[a] = x_bar\n    bar[mean] = unbroadcast(-x_bar, np.shape(mean))\n\n\n@rule(np.std",
            "    bar[a] = x_bar\n    bar[mean] = unbroadcast(0 * x_bar, np.shape(mean))\n\n\n@rule(np.std",
        ),
        (
            "average does not fall with its weights",
            "off = a - spread(y, axis, keepdims)",
            "off = a",
        ),
        ("all of a quantile goes to its lower neighbour", "(1 - (place - low), place - low)", "(1 - 0 * low, 0 * low)"),
        (
            "quantile rises where its place stays at an end",
            "np.where((place == 0) | (place == n - 1), 0, speed)",
            "np.where(place == -1, 0, speed)",
        ),
        (
            "median of an even number takes the upper one",
            "np.array([(x.shape[-1] - 1) // 2, x.shape[-1] // 2])",
            "np.array([x.shape[-1] // 2, x.shape[-1] // 2])",
        ),
        ("covariance counts only one of its two sides", "weighted((g + hermitian(g)) / d", "weighted(g / d"),
        (
            "weights of a covariance do not change its divisor",
            "bar[aweights] = (pulled - slopes * np.sum(np.real(bar[c] * c))) / d",
            "bar[aweights] = pulled / d",
        ),
        (
            "correlation grows with the size of a variable",
            "pulled = (z_bar - conjugated(z) * np.sum(np.real(z_bar * z), axis=1, keepdims=True)) / size",
            "pulled = z_bar / size",
        ),
        (
            "weights outside of a histogram count",
            "bar[weights] = np.where(inside, np.take(sums_bar, place), 0)",
            "bar[weights] = np.take(sums_bar, place)",
        ),
        (
            "density does not fall where a bin grows",
            "moved = bar[edges] - undiff(bar[h] * h / widths, edges.shape)",
            "moved = bar[edges]",
        ),
    ),
    *_in(
        "analysis/finite.py",
        "tests/python/test_numpy_reductions.py",
        (
            "arguments are numbers even where nan is ignored",
            "    if _expects_nan(block):",
            "    if not block:",
        ),
    ),
    *_in(
        "transform/adjoints.py",
        "tests/python/test_numpy_reductions.py",
        (
            "broadcast view is taken for an array of its own",
            '("reshape", "transpose",',
            '("reshape", "broadcast_to", "transpose",',
        ),
    ),
    *_in(
        "rules/helpers.py",
        RULES,
        ("sums of slices forget single elements", "shape[axis]) - starts, 1)", "shape[axis]) - starts, 0)"),
        (
            "gaps of eigenvalues have the wrong sign",
            "gaps = w[..., None, :] - w[..., :, None]",
            "gaps = w[..., :, None] - w[..., None, :]",
        ),
        (
            "equal eigenvalues spoil their own derivative",
            "moved = (m != 0) & ~np.eye",
            "moved = ~np.eye",
            "tests/test_zero_adjoints.py",
        ),
        ("running maximum forgets where it rose", "np.nonzero(changed)[0] + 1", "np.nonzero(changed)[0]"),
        (
            "middle of a convolution is one to the right",
            "slice((m - 1) // 2, (m - 1) // 2 + n)",
            "slice(m // 2, m // 2 + n)",
        ),
        (
            "un-broadcasting takes the mean",
            "summed = np.sum(x_bar, axis=(*range(lead)",
            "summed = np.mean(x_bar, axis=(*range(lead)",
        ),
        (
            "element that is taken twice counts once",
            "np.add.at(x_bar.reshape(-1), indices, y_bar)",
            "x_bar.reshape(-1)[indices] = y_bar",
        ),
        (
            "element that is repeated counts once",
            "np.add.at(x_bar, index, np.moveaxis(y_bar, place, 0))",
            "x_bar[index] = np.moveaxis(y_bar, place, 0)",
        ),
        ("adjoint of diff has the wrong sign", "along[1:] += differences", "along[1:] -= differences"),
        (
            "unpad takes the width behind",
            "whole[before : before + size], whole[:before]",
            "whole[after : after + size], whole[:before]",
        ),
        (
            "border that repeats an element counts once",
            "np.add.at(inner, places[:before], front)",
            "inner[places[:before]] += front",
        ),
        (
            "inserted elements are taken in the order of their places",
            "return order[:size], order[size:]",
            "return order[:size], np.sort(order[size:])",
        ),
        (
            "the last of equal elements counts",
            "return order[np.searchsorted(np.ravel(x), values, sorter=order)]",
            'return order[np.searchsorted(np.ravel(x), values, "right", order) - 1]',
            SELECTION,
        ),
        (
            "all of several writes to one element count",
            "return order[index] == places",
            "return order[index] >= 0",
            ADVERSARY,
        ),
        (
            "copy of a list shares its arrays",
            "else np.copy(x) if np.ndim(x) else x for x in xs]",
            "else x for x in xs]",
            ADVERSARY,
        ),
        ("sum of lists keeps the last", "else x + y for x, y in", "else y for x, y in", ADVERSARY),
        ("pole is not guarded in arrays", "return np.where(z_bar == 0, 0.0, x_bar)", "return x_bar", ADVERSARY),
        ("frequencies of irfft count once", "x_bar = 2 * np.conj(np.fft.rfft(", "x_bar = np.conj(np.fft.rfft("),
        (
            "power that turns complex is passed on",
            "    if isinstance(z, complex):\n        raise Arith",
            "    if isinstance(z, str):\n        raise Arith",
            COMPLEX,
        ),
        (
            "cofactors of a singular matrix miss their sign",
            "return sign[..., None, None] * np.conj(",
            "return np.conj(",
        ),
    ),
    *_in(
        "rules/linalg.py",
        RULES,
        (
            "inverse is not transposed",
            "bar[a] = -y.mT @ bar[y] @ y.mT",
            "bar[a] = -y @ bar[y] @ y",
        ),
        ("vector solve is not transposed", "s = np.linalg.solve(a.T, bar[x])", "s = np.linalg.solve(a, bar[x])"),
        ("matrix solve is not transposed", "s = np.linalg.solve(a.mT, bar[x])\n", "s = np.linalg.solve(a, bar[x])\n"),
        (
            "batched vector solve is not transposed",
            "s = np.linalg.solve(a.mT, np.expand_dims(bar[x], -1))",
            "s = np.linalg.solve(a, np.expand_dims(bar[x], -1))",
        ),
        (
            "slope of log|A| is not transposed",
            "slope = inverse(a).mT",
            "slope = inverse(a)",
        ),
        ("cholesky counts its diagonal twice", "return np.tril(a) - np.tril(np.triu(a)) / 2", "return np.tril(a)"),
    ),
    *_in(
        "rules/products.py",
        RULES,
        (
            "batched product is not un-broadcast",
            "bar[x] = unbroadcast(bar[z] @ y.mT, np.shape(x))",
            "bar[x] = bar[z] @ y.mT",
        ),
        (
            "vdot takes the same operand twice",
            "bar[b] = bar[z] * conjugated(np.reshape(a, np.shape(b)))",
            "bar[b] = bar[z] * conjugated(np.reshape(b, np.shape(b)))",
        ),
        (
            "vdot does not conjugate its first operand",
            "bar[b] = bar[z] * conjugated(np.reshape(a, np.shape(b)))",
            "bar[b] = bar[z] * np.reshape(a, np.shape(b))",
        ),
    ),
    *_in(
        "rules/shape.py",
        RULES,
        (
            "transposition is not inverted",
            "np.transpose(bar[y], np.argsort(np.mod(axes, x.ndim)))",
            "np.transpose(bar[y], np.mod(axes, x.ndim))",
        ),
        (
            "adjoint of ravel goes back in an order of its own",
            "np.ravel(dot[x], order=read(x, order))\n        bar[x] = np.reshape(bar[y], x.shape, order=read(x, ",
            "np.ravel(dot[x], order=read(x, order))\n        bar[x] = np.reshape(bar[y], x.shape, order=read(bar[y], ",
        ),
        (
            "coordinates of a grid are taken for each other",
            'own = 1 - i if indexing == "xy"',
            'own = 1 - i if indexing == "ij"',
        ),
        (
            "constants of a border count for the array",
            "bar[constant_values] = unbroadcast(np.reshape(sums[1:], (y.ndim, 2))",
            "bar[constant_values] = unbroadcast(np.reshape(sums[:-1], (y.ndim, 2))",
        ),
        ("roll goes on instead of back", "np.roll(bar[y], negated(shift), axis)", "np.roll(bar[y], shift, axis)"),
        ("triangle forgets its offset", "bar[x] = np.tril(bar[y], k)", "bar[x] = np.tril(bar[y])"),
        ("reshape is not known to give views", "@rule(np.reshape, view=True, ", "@rule(np.reshape, "),
    ),
    *_in(
        "rules/fourier.py",
        RULES,
        (
            "adjoint of fft is that of its inverse",
            "bar[a] = np.fft.fft(bar[y], axis=axis, norm=norm)",
            "bar[a] = np.fft.ifft(bar[y], axis=axis, norm=norm)",
        ),
        (
            "shift of frequencies goes on instead of back",
            "bar[x] = np.fft.ifftshift(bar[y], axes)",
            "bar[x] = np.fft.fftshift(bar[y], axes)",
        ),
    ),
    *_in(
        "rules/selection.py",
        RULES,
        (
            "sort moves adjoints as it moves values",
            "back = moved(bar[y], np.argsort(order, axis=axis), axis)",
            "back = moved(bar[y], order, axis)",
        ),
        (
            "choice gets back what an earlier condition selects",
            "np.select(condlist, [bar[y] if j == i else 0.0 for j, _ in enumerate(choicelist)], 0.0)",
            "np.where(condlist[i], bar[y], 0.0)",
        ),
        (
            "partition is moved as what sorts it",
            "np.argsort(np.argsort(y, axis=last), axis=last)",
            "np.argsort(y, axis=last)",
        ),
        (
            "interpolation has the slope to the left",
            'np.searchsorted(points, x, side="right")',
            'np.searchsorted(points, x, side="left")',
            SELECTION,
        ),
        ("taking is no selection", "@rule(np.take, selects=True, ", "@rule(np.take, ", SELECTION),
    ),
    *_in(
        "rules/scipy_special.py",
        RULES,
        (
            "log_softmax sums the wrong terms",
            "np.exp(y) * np.sum(bar[y], axis",
            "np.exp(y) * np.sum(np.exp(y) * bar[y], axis",
        ),
        (
            "mean of two numbers moves twice by the second",
            "/ (2 * a * b)",
            "/ (a * b)",
        ),
        (
            "incomplete elliptic integrals forget whole turns",
            "return (rest + 2 * turns * special.elliprd(0, 1 - m, 1)) / 3",
            "return rest / 3",
        ),
    ),
    *_in(
        "rules/scipy_linalg.py",
        RULES,
        (
            "diagonal of ones gets an adjoint",
            "return np.tril(m, -1) if unit_diagonal else np.tril(m)",
            "return np.tril(m)",
        ),
        (
            "adjoint of the exponential of a matrix is not transposed",
            "bar[A] = linalg.expm_frechet(A.mT, bar[y], compute_expm",
            "bar[A] = linalg.expm_frechet(A, bar[y], compute_expm",
        ),
    ),
    *_in(
        "rules/scipy_stats.py",
        RULES,
        (
            "density by its scale forgets that it is spread",
            "bar[scale] = weigh(y, -bar[y] * (1 + z * slope(z)) / scale)",
            "bar[scale] = weigh(y, -bar[y] * z * slope(z) / scale)",
        ),
        (
            "log density has a slope outside of its support",
            "return np.where(np.isinf(y), 0, value)\n\n\ndef bounded_density",
            "return value\n\n\ndef bounded_density",
            "tests/python/test_scipy_stats.py",
        ),
    ),
    *_in(
        "rules/scipy_fft.py",
        RULES,
        (
            "transpose of the second cosine transform is the second",
            "_INVERSE_TYPE = {1: 1, 2: 3, 3: 2, 4: 4}",
            "_INVERSE_TYPE = {1: 1, 2: 2, 3: 3, 4: 4}",
        ),
    ),
    *_in(
        "rules/sizes.py",
        ADVERSARY,
        (
            "slices of different ends are taken to be of one size",
            "return name, less + front + back",
            "return name, less + front",
        ),
        (
            "two unknown sizes are taken to be the same",
            "return next(iter(found)) if len(found) == 1 else None",
            "return next(iter(found), None)",
        ),
    ),
    *_in(
        "rules/infer.py",
        ADVERSARY,
        (
            "result of another rank gets the sizes of its argument",
            "return kind.sized(first.sizes) if same_rank else kind",
            "return kind.sized(first.sizes)",
        ),
    ),
    *_in(
        "rules/indexing.py",
        INFER,
        ("part of a long axis is taken to be long", '_PART: "?", _INTEGER', "_PART: axes[at], _INTEGER"),
    ),
    *_in(
        "rules/methods.py",
        ADVERSARY,
        ("flatten gives a view", '"flatten": "s2s_ad.rules.helpers.flattened"', '"flatten": "numpy.ravel"'),
    ),
)

_TRANSFORM = (
    *_in(
        "transform/adjoints.py",
        ADVERSARY,
        (
            "axes of size one are not un-broadcast",
            'if mark == "1" and "n" in marks:',
            'if mark == "1" and not marks:',
            PROGRAMS,
        ),
        ("unknown axis beside a long one is not un-broadcast", ' or (mark == "?" and "n" in marks):', ":"),
        (
            "un-broadcasting drops axes of size one",
            '("keepdims", lo.lit(True))',
            '("keepdims", lo.lit(False))',
        ),
        (
            "second contribution replaces the first",
            'self.lo.emit(ADD if sign == "+" else SUBTRACT, [before, term], kind=kind)',
            "self.lo.emit(IDENTITY, [contribution], kind=kind)",
            PROGRAMS,
        ),
        (
            "negative contribution is added",
            'sign, term = ("+", contribution) if negated is None else ("-", negated)',
            'sign, term = "+", contribution if negated is None else negated',
            PROGRAMS,
        ),
        (
            "list gets its last contribution only",
            "self.lo.emit(SUM_OF_LISTS, [before, contribution]",
            "self.lo.emit(SUM_OF_LISTS, [contribution, contribution]",
        ),
        (
            "contribution is not cast to float32",
            "isinstance(value.kind, Array) and have != want:",
            'isinstance(value.kind, Array) and have.kind == "c":',
            COMPLEX,
        ),
        (
            "adjoint that is not owned is written",
            "if base not in self.owned:\n            self._copy(x)",
            "if base not in self.bars.values():\n            self._copy(x)",
        ),
        (
            "view of an adjoint is taken to be its own array",
            "    if not rule.is_view(stmt.args):\n        return True",
            "    if rule.name:\n        return True",
        ),
        ("two gradients are one array", "if not fresh:", "if not fresh and moved:", EMITTED),
        (
            "gradient is not the caller's own",
            "if _holds_arrays(x.kind) or not is_one or not mine.take(value):",
            "if _holds_arrays(x.kind) or not is_one:",
            EMITTED,
        ),
        (
            "gradient by a float is a NumPy float32",
            'elif self.narrow or (isinstance(value.kind, NumpyScalar) and value.kind.dtype != "float64"):',
            "elif not x.hint:",
        ),
        ("one branch sees the adjoints of the other", "self, bars=dict(self.bars)", "self, bars=self.bars", PROGRAMS),
        (
            "view of a view is read in the wrong order",
            "path.insert(0, part)\n        selected",
            "path.append(part)\n        selected",
        ),
        (
            "sum of selected and other adjoints is guarded",
            "selected = selected and before in self.selected",
            "selected = selected or before in self.selected",
        ),
        (
            "real number gets a complex adjoint",
            "return self.lo.emit(_REAL, [value])\n\n    def _unbroadcast",
            "return value\n\n    def _unbroadcast",
            COMPLEX,
        ),
        (
            "gradient by a complex number is a float",
            "elif is_complex(x.kind):  # the sum",
            "elif is_complex(value.kind):  # the sum",
            COMPLEX,
        ),
        (
            "adjoint that a branch passed on is not known to be written",
            "waiting += self.passed_on.get(each, ())",
            "waiting += ()",
            f"tests/oracle/test_oracle.py {ADVERSARY}",
        ),
        (
            "view of a reordered adjoint is written in a copy",
            "if ordered is not None:",
            "if ordered is not None and not path:",
            IN_PLACE,
        ),
    ),
    *_in(
        "transform/adjoints.py",
        "tests/test_sizes.py",
        ("axes that are summed later are of length one", "[lead:] if ones else axes", "[lead:] if False else axes"),
    ),
    *_in(
        "transform/equations.py",
        ADVERSARY,
        ("several results are guarded by the first", "    if len(parts) == 1:", "    if parts:", NOT_CHOSEN),
        (
            "pole is not guarded",
            "doubtful = ((rule.poles or rule.overflows) and not has_no_pole(rule, given))",
            "doubtful = ((rule.poles or rule.overflows) and has_no_pole(rule, given))",
            NOT_CHOSEN,
        ),
        (
            "value that may be infinite is not guarded",
            "or reads_unbounded(sweep, since)",
            "",
        ),
        (
            "only the first item of a sequence gets its adjoint",
            "for i, part in enumerate(parts):",
            "for i, part in enumerate(parts[:1]):",
            PROGRAMS,
        ),
    ),
    *_in(
        "transform/writes.py",
        ADVERSARY,
        (
            "adjoint of what is overwritten is not cleared",
            "_overwrite(sweep, adjoints, x, path, index, Lit(0.0, FLOAT))\n        adjoints.selected",
            "adjoints.selected",
            PROGRAMS,
        ),
        (
            "earlier writes to an element count too",
            "    if not is_fancy(index):\n        return slot\n",
            "    if slot is not None:\n        return slot\n",
        ),
        ("x[i] *= y keeps the adjoint of x[i]", "elif old_bar != slot_bar:", "elif old_bar == slot_bar:"),
        (
            "array that is written in part loses its adjoint",
            "if isinstance(index, Slice):\n        return all(",
            "if isinstance(index, Slice):\n        return any(",
            IN_PLACE,
        ),
    ),
    *_in(
        "transform/loops.py",
        PROGRAMS,
        (
            "iterations run forwards in the reverse sweep",
            "backward, not stmt.backwards, origin)",
            "backward, stmt.backwards, origin)",
        ),
        (
            "reverse of a while leaves out an iteration",
            "inits=(*loop.inits, sweep.lo.lit(0))",
            "inits=(*loop.inits, sweep.lo.lit(-1))",
            FLOW,
        ),
        (
            "adjoint that a loop is handed is lost",
            "inits.append(adjoints.as_complex(out, bar) if bar is not None else adjoints.zero(out))",
            "inits.append(adjoints.zero(out))",
        ),
        (
            "what a loop adds to replaces what was there",
            "adjoints.as_complex(x, adjoints.bars[x]) if x in adjoints.bars else adjoints.zero(x) for x in outer",
            "adjoints.zero(x) for x in outer",
        ),
        (
            "adjoint of a start value that has one already is lost",
            "if isinstance(init, Var) and init in sweep.active:",
            "if isinstance(init, Var) and init in sweep.active and init not in adjoints.bars:",
        ),
        (
            "loop writes to an adjoint that is not its own",
            "if param not in inner.written or not isinstance(init, Var):",
            "if not isinstance(init, Lit):",
            ADVERSARY,
        ),
        (
            "loop around does not know that an inner one writes",
            "adjoints.note_written(init)  # of a loop",
            "adjoints.owned.add(init)  # of a loop",
            "tests/oracle",
        ),
        (
            "iteration hands on an adjoint that is not its own",
            "if param in inner.written:\n        return inner.writable(x)",
            "if param in inner.absent:\n        return inner.writable(x)",
            FLOW,
        ),
        (
            "reverse of a loop left early begins at the end",
            "first = _moved(lo, start, skipped, step)",
            "first = _moved(lo, start, lo.lit(0), step)",
            FLOW,
        ),
    ),
    *_in(
        "transform/branches.py",
        PROGRAMS,
        (
            "adjoint that only one branch changes is lost",
            "changed = [x for x in outer if any(child",
            "changed = [x for x in outer if all(child",
        ),
        (
            "adjoint that one branch owns is written after both",
            "owned = all(",
            "owned = any(",
            "tests/python/test_attacks.py",
        ),
        ("body that failed leaves its values on the tape", "late = isinstance(stmt, Try)", "late = False", EXCEPTIONS),
        (
            "body that failed leaves its loops' values on the tape",
            "if isinstance(stmt, Try) and sweep.depth:",
            "if not stmt:",
            EXCEPTIONS,
        ),
    ),
    *_in(
        "transform/tape.py",
        PROGRAMS,
        (
            "values are taken off the tape in another order",
            "Eqn(tuple(change.values()), POP, (tape,))",
            "Eqn(tuple(reversed(change.values())), POP, (tape,))",
        ),
        ("value that an iteration gets is not saved", "return [*entry, *(var for stmt", "return [*(var for stmt"),
        ("recursion puts values on its tape too early", "if late or self.given is not None:", "if late:", RECURSION),
    ),
    *_in(
        "transform/shapes.py",
        EMITTED,
        (
            "zeros like an array of float32 are float64",
            "given = () if dtype == np.float64 else (Lit(",
            "given = () if dtype.kind else (Lit(",
        ),
        (
            "arrays of other shapes are as large",
            "len(arrays) != 1:",
            "not arrays:",
            "tests/test_lean.py tests/test_gradients.py tests/test_adversary.py",
        ),
    ),
    *_in(
        "transform/calls.py",
        RECURSION,
        (
            "adjoint of the result of a recursive function is lost",
            "bars.append(bar if bar is not None else adjoints.zero(eqn.outs[position]))",
            "bars.append(adjoints.zero(eqn.outs[position]))",
        ),
        (
            "arguments of a recursive function get each other's adjoint",
            "arg, bar in zip(called.params, args, outs, strict=True)",
            "arg, bar in zip(called.params, args, outs[::-1], strict=True)",
        ),
        ("an array that is given twice has one adjoint for both", "if twice or arg", "if arg"),
        ("what a view gets is added to the whole array", "if twice or arg in adjoints.views", "if twice"),
        ("what is written in place has one adjoint before and after", "not in written)", "not in ())"),
        (
            "what a recursive function has added is added again",
            "adjoints.goes_on(arg, bar)",
            "adjoints.add(arg, bar)",
        ),
        ("each call of a recursive function makes zeros", "sums = () if narrow", "sums = () if True"),
    ),
    *_in(
        "transform/contexts.py",
        SYNTAX,
        (
            "adjoints raise where the primal is told to",
            'return mode if quiet else Lit("warn", _TEXT)',
            "return mode if quiet else mode",
        ),
        (
            "handlers catch what NumPy reports of tangents",
            "if all(isinstance(stmt, Eqn) and _only_moves(stmt) for stmt in stmts):",
            "if True:",
            EXCEPTIONS,
        ),
    ),
    *_in(
        "transform/tangent.py",
        DISPLAY,
        (
            "an argument that a rule has no tangent for is taken to be constant",
            'if f"{name}_dot" not in reads and name not in rule.passive',
            'if False and f"{name}_dot" not in reads and name not in rule.passive',
            DISPLAY,
        ),
        (
            "tangent of a write reads what is overwritten",
            "return eqn.op in IN_PLACE",
            "return eqn.op == ACCUMULATE",
        ),
    ),
    *_in(
        "transform/zeros.py",
        DISPLAY,
        (
            "a zero beside the factors of a product makes it zero",
            "any(zero[_FACTORS.get(path, slice(2))])",
            "any(zero)",
            "tests/test_functions.py",
        ),
        (
            "padding with what varies is zero where the array is",
            "and not self._is_filled(eqn)",
            "",
            "tests/test_functions.py",
        ),
    ),
)

_ANALYSIS = (
    *_in(
        "analysis/activity.py",
        PROGRAMS,
        (
            "what varies is followed through one iteration only",
            "while before != len(self.found) + len(self.hidden):",
            "if before != len(self.found) + len(self.hidden):",
        ),
        (
            "what is useful is followed through one iteration only",
            "while before != len(self.found):",
            "if before != len(self.found):",
            ADVERSARY,
        ),
        (
            "text of an active value hides nothing",
            "return any(isinstance(leaf, Opaque) and not _is_plain(leaf.type) for leaf in leaves(kind))",
            "return False",
            SYNTAX,
        ),
        (
            "what varies is followed through one call only",
            "while before != (before := sum(map(len, found.values()))):\n        _Varied",
            "for before in range(1):\n        _Varied",
            RECURSION,
        ),
    ),
    *_in(
        "analysis/complexity.py",
        COMPLEX,
        (
            "array that is complex on one way is not refused",
            "yield from _handed((*then.results, *orelse.results), (*outs, *outs), found)",
            "yield from _handed(then.results, outs, found)",
        ),
    ),
    *_in(
        "emission/statements.py",
        "tests/test_lean.py",
        ("what is subtracted is added", "-= {value(added.operand)}", "+= {value(added.operand)}"),
    ),
    *_in(
        "transform/adjoints.py",
        "tests/test_lean.py",
        (
            "sum of what is negated loses its sign",
            "return summed if negated is None else self.lo.emit(NEGATE",
            "return summed if summed else self.lo.emit(NEGATE",
        ),
    ),
    *_in(
        "emission/axes.py",
        "tests/test_lean.py",
        ("axis is inserted a place too early", "inserted = {axis % rank", "inserted = {axis % known"),
        ("stack of vectors is taken for a vector", "all(_rank(arg) == 1 for", "any(_rank(arg) == 1 for"),
    ),
    *_in(
        "analysis/distinct.py",
        "tests/test_lean.py",
        ("one row is taken for many", 'and marks[axis.value] == "n"', "and marks[axis.value] in marks"),
        ("all rows of integers are taken for different ones", "any(part in counting for part in parts)", "bool(parts)"),
    ),
    *_in(
        "analysis/owned.py",
        EMITTED,
        ("one array is given to the caller twice", "self._taken.add(root)", "self._taken.add(value)"),
        (
            "array that cannot be written is the caller's",
            "if eqn.op.path in _READ_ONLY or eqn.op == POP",
            "if eqn.op == POP",
        ),
    ),
    *_in(
        "analysis/storage.py",
        ADVERSARY,
        (
            "slice is not known to share storage",
            "return isinstance(kind, Array) and not gives_copy(index) and",
            "return False and",
        ),
        (
            "reshaped array is not known to share storage",
            "        return rule.is_view(eqn.args)\n    if isinstance(eqn.op.fun, np.ufunc)",
            "        return False\n    if isinstance(eqn.op.fun, np.ufunc)",
            IN_PLACE,
        ),
        (
            "result of a branch shares storage with one way only",
            "self.join(out, x)\n                    self.join(out, y)",
            "self.join(out, x)",
            PASSES,
        ),
        ("loop is not known to hand storage on", "for other in (param, init, again):", "for other in (param,):"),
        ("arrays that a loop swaps are one", "if self._are_one(param, again):", "if True:", JOINED),
    ),
    *_in(
        "analysis/unbound.py",
        FLOW,
        (
            "value that may not be bound is so after one branch only",
            "if source in found or source == UNDEFINED",
            "if source == UNDEFINED",
        ),
    ),
    *_in(
        "optimize/protect.py",
        ADVERSARY,
        ("write of the user is not seen", "if by_user else ():", "if by_user and by_sweep else ():", PROGRAMS),
        ("write of the sweep is not seen", "if by_sweep else ():", "if by_user and by_sweep else ():"),
        (
            "views of what is written are not copied",
            "return self.storage.shared.root(var)",
            "return self.storage.same.root(var)",
        ),
        (
            "tape of a loop holds arrays that it writes itself",
            "            written |= self._roots(stmt, users=True) | self._roots(stmt, users=False)\n"
            "            stmts[:0] = self._copy_pushed_in(Block((stmt,)), written).stmts",
            "            stmts[:0] = self._copy_pushed_in(Block((stmt,)), written).stmts\n"
            "            written |= self._roots(stmt, users=True) | self._roots(stmt, users=False)",
            PROGRAMS,
        ),
        (
            "tape of an inner loop holds arrays that are written",
            "return replace(stmt, body=self._copy_pushed_in(body, written))",
            "return stmt",
            PROGRAMS,
        ),
        (
            "functions that call themselves are not protected",
            "protect(each, own_names(each), _given_and_taken(each) if outside else frozenset())",
            "each",
            RECURSION,
        ),
    ),
    *_in(
        "optimize/dead_code.py",
        PASSES,
        (
            "equation that may raise is removed",
            "needed = effect or any(out in wanted for out in outs) or not goes(stmt)",
            "needed = effect or any(out in wanted for out in outs)",
        ),
        (
            "what nobody reads stays on the tape",
            "_EFFECTS = CONTEXT | {PUSH, POP, CUT, ADD_TAPE, RAISE}",
            "_EFFECTS = CONTEXT | {PUSH, CUT, ADD_TAPE, RAISE}",
        ),
    ),
)

_EMISSION = (
    *_in(
        "emission/fold.py",
        FORMS,
        (
            "expression is folded past a write",
            "(own != EFFECT and all(_can_pass(own, other) for other in between))",
            "own != EFFECT",
        ),
        (
            "random numbers are drawn in another order",
            'if writes or module.startswith("numpy.random"):',
            "if writes:",
            EFFECTS,
        ),
        (
            "values are taken off a tape past each other",
            "return other == PURE or (own == PURE and other == TAPE)",
            "return other in (PURE, TAPE)",
        ),
        (
            "what is in an expression may have effects",
            "own = max([effect(stmt), *(effects[var.name] for var in operands(stmt) if var.name in effects)])",
            "own = effect(stmt)",
        ),
    ),
    *_in(
        "emission/names.py",
        RANDOM,
        (
            "name of a live value is given again",
            "return name in self._others or any(var in self._live for var in self._names.holders.get(name, ()))",
            "return name in self._others",
        ),
        (
            "value is called as an import",
            "if name not in taken and name not in self._reserved and alone:",
            "if name not in taken and alone:",
            FORMS,
        ),
        (
            "body of a loop overwrites what the next iteration reads",
            "live = live | self.liveness.through(loop)",
            "live = live | set()",
        ),
        (
            "body that fails overwrites what its handler reads",
            "through = through | self.liveness.free(stmt.then)\n",
            "through = through | self.liveness.free(stmt.orelse)\n",
            EXCEPTIONS,
        ),
    ),
    *_in(
        "emission/statements.py",
        FORMS,
        ("swapped values are assigned one by one", "if _one_by_one(pairs, self._read_names):", "if pairs:"),
        (
            "test of an empty branch is not negated",
            "test, then, orelse = ast.UnaryOp(ast.Not(), test), orelse, []",
            "test, then, orelse = test, orelse, []",
        ),
        (
            "range from one begins at zero",
            "if _is_number(loop.start, 0):",
            "if _is_number(loop.start, 0) or _is_number(loop.start, 1):",
            FLOW,
        ),
        (
            "accumulation overwrites",
            "{expression(element)} += {value(added)}",
            "{expression(element)} = {value(added)}",
        ),
        (
            "elements named twice are added to once",
            "if is_fancy(index) and eqn.outs[0] not in",
            "if is_fancy(path) and eqn.outs[0] not in",
        ),
    ),
    *_in(
        "emission/literals.py",
        FORMS,
        ("negative number binds less than its power", "return minus(_real(-value, reach))", "return name(repr(value))"),
        ("negative zero binds less than its power", "if math.copysign(1.0, value) < 0:", "if value < 0:"),
        (
            "negative integer binds less than its power",
            "return minus(name(repr(-value))) if value < 0 else name(repr(value))",
            "return name(repr(value))",
        ),
    ),
    *_in(
        "emission/comments.py",
        "tests/emission",
        ("comment names another line", 'else f"L{source.place.line}"', 'else f"L{source.place.line + 1}"'),
    ),
    *_in(
        "emission/signature.py",
        FORMS,
        ("seed is zero where none is given", '"=1.0" if can_default', '"=0.0" if can_default', PROGRAMS),
    ),
)

_FRONTEND = (
    *_in(
        "frontend/expressions.py",
        SYNTAX,
        (
            "middle of a chained comparison is evaluated twice",
            "lambda: _chain(lo, right, others), lambda: first)",
            "lambda: _chain(lo, lo.expr(node), others), lambda: first)",
        ),
        (
            "`and` evaluates all its operands",
            "return choose(lo, test, lambda: _boolean(lo, conjunction, nodes[1:]), lambda: first)",
            "others = _boolean(lo, conjunction, nodes[1:])\n"
            "        return choose(lo, test, lambda: others, lambda: first)",
            f"{EFFECTS} {SYNTAX}",
        ),
        (
            "both ways of a conditional expression are evaluated",
            "return choose(lo, test, lambda: lo.expr(node.body), lambda: lo.expr(node.orelse))",
            "both = lo.expr(node.body), lo.expr(node.orelse)\n"
            "    return choose(lo, test, lambda: both[0], lambda: both[1])",
        ),
        (
            "right operand is evaluated first",
            "left, changes = lo.expr(node.left), lo.changes\n    right = lo.expr(node.right)",
            "right = lo.expr(node.right)\n    left, changes = lo.expr(node.left), lo.changes",
            EFFECTS,
        ),
        (
            "arrays are added after the terms behind them",
            "if not all(_is_number(lo, value) for value in (total, waiting[-1][1])):",
            "if not waiting:",
            EFFECTS,
        ),
        (
            "`not in` is `in`",
            'right), lo.operand(left)], kind=BOOL)\n        return negate(lo, found) if symbol == "NotIn" else found',
            "right), lo.operand(left)], kind=BOOL)\n        return found",
        ),
        ("adjoint divides as Python does", 'return "numpy.divide"', "return None", ADVERSARY),
        (
            "conversion of an f-string is forgotten",
            'conversion = f"!{chr(part.conversion)}" if part.conversion != -1 else ""',
            'conversion = ""',
        ),
    ),
    *_in(
        "frontend/statements.py",
        ADVERSARY,
        (
            "item is looked up after the new value",
            "    owner = lo.expr(target.value)\n    index = lo.expr(target.slice)\n    if",
            "    given = evaluate()\n    evaluate = lambda: given\n"
            "    owner = lo.expr(target.value)\n    index = lo.expr(target.slice)\n    if",
        ),
    ),
    *_in(
        "frontend/memory.py",
        ADVERSARY,
        (
            "array that may be another is written",
            "if isinstance(leaf, Ref) and lo.memory.may_alias(leaf.cell, cell)\n",
            "if isinstance(leaf, Ref) and leaf.path and lo.memory.may_alias(leaf.cell, cell)\n",
        ),
        (
            "array that a list holds is written",
            "if cell in lo.memory.shared:",
            "if cell in lo.memory.shared and cell < 0:",
            f"{RECURSION} {ADVERSARY}",
        ),
        (
            "array of the enclosing module is written under another name",
            "if any(lo.memory.may_alias(outside, cell) for outside in lo.outside):",
            "if any(outside == cell for outside in lo.outside):",
            IN_PLACE,
        ),
        (
            "array that a nested function holds is written",
            "waiting += [(held, True) for held in leaf.made_with()]",
            "waiting += []",
            IN_PLACE,
        ),
    ),
    *_in(
        "frontend/layout.py",
        IN_PLACE,
        ("array in Fortran's order is taken to be in C's", "if eqn is None or _names_order(eqn):", "if eqn is None:"),
        (
            "columns of a compact array are taken to be compact",
            "        if run and not _is_whole(part):\n            return False\n",
            "",
        ),
        (
            "strided slice is taken to be compact",
            "return isinstance(part.step, Lit) and part.step.value in (None, 1)",
            "return isinstance(part.step, Lit)",
        ),
    ),
    *_in(
        "frontend/inplace.py",
        IN_PLACE,
        (
            "np.copyto writes where its mask is false",
            '"numpy.where", [where, source, target]',
            '"numpy.where", [where, target, source]',
        ),
    ),
    *_in(
        "frontend/ufuncs.py",
        UFUNCS,
        ("np.subtract.at adds", '    if sign == "-":', '    if sign == "-" and not index:', IN_PLACE),
        ("np.add.reduce sums over all axes", '{"axis": lo.lit(0), **given}', "given"),
        ("axes of an outer product are those of the second operand", "[lo.lit(None)] * len(ranks[1])", "[]"),
        (
            "operands of a masked operation are not broadcast",
            "if isinstance(target, Array) and _is_alike(lo.kind(value), target):",
            "if isinstance(target, Array):",
        ),
        ("dtype of a ufunc is not cast to", "        if again == kind:", "        if again is not None:"),
    ),
    *_in(
        "frontend/assembly.py",
        SHAPE,
        (
            "what is broadcast may be written",
            "lo.memory.shared |= {leaf.cell for leaf in leaves(value)",
            "lo.memory.shared |= {leaf.cell for leaf in ()",
        ),
    ),
    *_in(
        "frontend/higher.py",
        SHAPE,
        ("function takes pieces of nothing", 'choose(lo, _compare(lo, "gt", ', 'choose(lo, _compare(lo, "ge", '),
    ),
    *_in(
        "frontend/lists.py",
        f"{LISTS} {ADVERSARY}",
        (
            "list that others may share is changed",
            "if not token or token in lo.memory.frozen or around or",
            "if not token or around or",
        ),
        (
            "array is not known to be in a list",
            "lo.memory.shared |= lo.memory.may_be(leaf.cell)",
            "lo.memory.shared |= frozenset()",
        ),
        (
            "list may change its length while a loop runs over it",
            "if any(column.cell in lo.iterated for column in _columns(owner)):",
            "if any(column.path for column in _columns(owner)):",
        ),
        (
            "operand keeps the list from before a change",
            "if lo.changes == since or not tokens(value):",
            "if lo.changes >= since:",
        ),
    ),
    *_in(
        "frontend/context.py",
        ADVERSARY,
        ("view keeps the value from before a write", "key = (base, ref.path)", "key = (ref.cell, ref.path)"),
    ),
    *_in(
        "frontend/calls.py",
        SYNTAX,
        (
            "function is looked up after its arguments",
            "    function, changes = lo.expr(node.func), lo.changes\n    args = spread(lo, node.args)",
            "    args = spread(lo, node.args)\n    function, changes = lo.expr(node.func), lo.changes",
            EFFECTS,
        ),
        (
            "reshaped array is not known to be the same storage",
            "rule.is_view(args) and not gives_new(lo, path, args, named):\n        note_sharing",
            "rule.is_view(args) and named:\n        note_sharing",
            IN_PLACE,
        ),
    ),
    *_in(
        "frontend/inline.py",
        ADVERSARY,
        (
            "defaults of a nested function are evaluated when it is called",
            "defaults, only = list(function.defaults), dict",
            "defaults, only = [lo.expr(each) for each in function.node.args.defaults], dict",
        ),
    ),
    *_in(
        "frontend/iteration.py",
        ADVERSARY,
        (
            "enumerate counts from zero always",
            "TupleV((_plus(lo, index, start), element(index)))",
            "TupleV((index, element(index)))",
        ),
        ("zip does not look at lengths", "    if any(strict_zips(iterable)):\n", "    if False:\n", FLOW),
    ),
    *_in(
        "frontend/control.py",
        FLOW,
        ("zip looks at lengths after the else of a loop", "[end, *node.orelse]", "[*node.orelse, end]"),
        ("`continue` leaves the loop", '== "Break")', 'in ("Break", "Continue"))'),
        (
            "else of a loop runs after a break",
            "return either(lo, end.left, [], node.orelse, rest) if node.orelse else None",
            "return either(lo, end.left, node.orelse, [], rest) if node.orelse else None",
        ),
        (
            "list may change while a loop runs over it",
            "lo.memory.frozen |= iterated  #",
            "lo.memory.frozen |= frozenset()  #",
            ADVERSARY,
        ),
    ),
    *_in(
        "frontend/fixpoint.py",
        ADVERSARY,
        (
            "integer stays one though an iteration makes it a float",
            "if kind != slot.param.kind:",
            "if kind is None:",
            ADVERSARY,
        ),
        (
            "array that an iteration keeps is written by the next",
            "known.shared = now.shared & before - self.memory.shared",
            "known.shared = now.shared & self.memory.shared",
            f"{LISTS} {RECURSION}",
        ),
    ),
    *_in(
        "frontend/join.py",
        ADVERSARY,
        (
            "array chosen by a branch is taken to be a third",
            "alias(self.lo, value.cell, result.cell)",
            "alias(self.lo, result.cell, result.cell)",
        ),
        (
            "what may be one of two is not what that may be",
            "near = {known, *(cell for pair in memory.aliases if known in pair for cell in pair)} - {new}",
            "near = {known} - {new}",
            IN_PLACE,
        ),
        (
            "list chosen by a branch may be changed",
            "if list_tokens(x) != list_tokens(y):",
            "if not list_tokens(x) and list_tokens(y):",
        ),
    ),
    *_in(
        "frontend/exceptions.py",
        EXCEPTIONS,
        (
            "handler reads what the body may have changed",
            'lo.frame.env |= {name: _HALF_WAY for name in changed if not name.endswith(".") and lo.is_plain(name)}',
            "lo.frame.env |= {}",
        ),
        ("finally is forgotten", "    done = lo.suite(node.finalbody)\n", "    done = None\n"),
        (
            "else of a try runs where it failed",
            "        return either(lo, failed, [], node.orelse, rest) if node.orelse else None\n\n    def after",
            "        return either(lo, failed, node.orelse, [], rest) if node.orelse else None\n\n    def after",
        ),
        (
            "last handler that fits is run",
            "return fork(lo, fits, run, lambda: _choose(lo, others, caught))",
            "return fork(lo, fits, lambda: _choose(lo, others, caught), run)",
        ),
    ),
    *_in(
        "frontend/matching.py",
        SYNTAX,
        ("case whose guard fails ends the match", "gast.If(case.guard, body, orelse)", "gast.If(case.guard, body, [])"),
    ),
    *_in(
        "frontend/builtins.py",
        ADVERSARY,
        (
            "max gives the last of the largest",
            '_choose_best(lo, "Gt", args, named)',
            '_choose_best(lo, "GtE", args, named)',
        ),
    ),
    *_in(
        "frontend/recursion.py",
        RECURSION,
        (
            "array that a recursive function gave is written",
            "lo.memory.shared |= {leaf.cell for leaf in (*arrays, *given_arrays)}",
            "lo.memory.shared |= {leaf.cell for leaf in given_arrays}",
        ),
        (
            "recursive function writes to its arguments",
            "inner.memory.shared |= frozenset(inner.memory.versions)",
            "inner.memory.shared |= frozenset()",
        ),
    ),
    *_in(
        "frontend/recursion.py",
        "tests/test_jit.py",
        ("names are not bound that once were not", "            lo.maybe &= maybe\n", ""),
    ),
)

_CALLS = (
    *_in(
        "frontend/distributions.py",
        "tests/python/test_scipy_stats.py",
        (
            "parameters that were frozen by position have the next names",
            "enumerate(zip(names, owner.args",
            "enumerate(zip(names[1:], owner.args",
        ),
    ),
    *_in(
        "frontend/objects.py",
        "tests/python/test_names.py",
        ("static methods are never shadowed", "lo.dependencies[path] = cast(Any, value).__func__", "pass"),
        ("methods are never shadowed", "case _ if isinstance(value, FunctionType) or", "case _ if False or"),
    ),
    *_in(
        "frontend/captured.py",
        "tests/python/test_names.py",
        (
            "what is None is a builtin",
            "path, obj = _path(lo, name, found),",
            "path, obj = found.value and _path(lo, name, found),",
        ),
        (
            "builtins are never shadowed",
            "    if lo.notes and lo.frame",
            "    if False and lo.frame",
        ),
    ),
    *_in(
        "frontend/capture.py",
        STORE,
        (
            "functions with other defaults are the same",
            "_hash(repr((code_key(fun.__code__), defaults, keywords)))",
            "_hash(repr((code_key(fun.__code__), keywords)))",
        ),
        (
            "codes with other constants are the same",
            "repr((names, counts, place, plain, tuple",
            "repr((names, counts, place, tuple",
        ),
    ),
    *_in(
        "guards.py",
        f"{API} {ADVERSARY}",
        (
            "rebound number is not seen",
            'if sort in ("literal", "code", "method", "class", "derivative"):',
            'if sort in ("code", "method", "class", "derivative"):',
        ),
    ),
    *_in(
        "store.py",
        STORE,
        (
            "kinds of arguments are not part of the key",
            "repr((code_key(code), identity(), _PLATFORM, parts))",
            "repr((code_key(code), identity(), _PLATFORM))",
            API,
        ),
        (
            "version of the library is not part of the key",
            "repr((code_key(code), identity(), _PLATFORM, parts))",
            "repr((code_key(code), _PLATFORM, parts))",
        ),
        ("damaged module is used", 'if not head or digest != _digest(sealed) + "\\n":', "if not head:"),
        (
            "module made for something else is used",
            "if emitted is not None and matches(fun, emitted.dependencies, known):",
            "if emitted is not None:",
        ),
        ("stored module forgets that it writes its arguments", 'marks == "writes")', 'marks == "reads")'),
    ),
    *_in(
        "arguments.py",
        f"{API} {ADVERSARY}",
        (
            "arrays of size one are keyed as longer ones",
            "return value.dtype, tuple(map(_is_one, value.shape))",
            "return value.dtype, len(value.shape)",
        ),
        ("arrays of any dtype have one key", "return value.dtype, tuple(map(_is_one", "return None, tuple(map(_is_one"),
        ("dicts of other keys have one key", "return dict, tuple(value), tuple", "return dict, tuple"),
        (
            "views of one array are taken to be apart",
            "if np.may_share_memory(first, second) and np.shares_memory(first, second):",
            "if first is second:",
        ),
    ),
    *_in(
        "derivative.py",
        API,
        (
            "what a function takes from outside is not looked at again",
            "if fits(*args) and variant.holds():",
            "if fits(*args):",
        ),
        (
            "captured array of another kind gets the old code",
            "while captured is None or tuple(map(key_of, captured)) != variant.read_key:",
            "while captured is None:",
        ),
        (
            "argnums are not part of the key",
            "(repr(layers), repr(signature)",
            "(repr(signature)",
        ),
    ),
    *_in(
        "display/trace.py",
        DISPLAY,
        (
            "adjoints of the table are doubled",
            "leaves_of(seed.value, seed.kind, 1.0)",
            "leaves_of(seed.value, seed.kind, 2.0)",
        ),
    ),
    *_in(
        "display/interpret.py",
        DISPLAY,
        (
            "the tangent of a result does not know the next result",
            "self.values.update(results)",
            "self.values.update({})",
        ),
        (
            "values are handed on one after the other",
            "values = [self.value(source) for source in sources]",
            "values = (self.value(source) for source in sources)",
        ),
        (
            "interpreted loops run forwards",
            "reversed(steps) if loop.backwards else steps",
            "reversed(steps) if not loop else steps",
        ),
    ),
)

_ORDERS = (
    *_in(
        "transform/batch.py",
        "tests/test_jacobians.py",
        (
            "a tape of tangents has one direction",
            "self.tapes |= tapes\n        if eqn.op != PUSH",
            "self.tapes |= set()\n        if eqn.op != PUSH",
        ),
        (
            "a function that is called gives one direction",
            "how.results |= {i for i, x in enumerate(_items(each.result)) if x in inside.vars}",
            "how.results |= set()",
        ),
    ),
    *_in(
        "transform/batching.py",
        "tests/test_jacobians.py",
        (
            "axes are not counted further",
            "return Lit(axis.value % ranks + 1, INT)",
            "return Lit(axis.value % ranks, INT)",
        ),
        (
            "axes in front are summed with those of the directions",
            "axes = tuple(Lit(i + 1, INT) for i in range(lead))",
            "axes = tuple(Lit(i, INT) for i in range(lead))",
        ),
        (
            "arrays in an index that are apart are taken to stay behind",
            "if arrays and fancy != list(range(fancy[0], fancy[-1] + 1)):",
            "if False and fancy != list(range(fancy[0], fancy[-1] + 1)):",
        ),
        (
            "a direction of an array without axes is a number",
            'has_axes = axes_of(owner.kind) not in (None, "?")',
            "has_axes = True",
        ),
        ("operands of less rank are not aligned", "more = ranks - rank(arg)", "more = 0 * (ranks - rank(arg))"),
    ),
    *_in(
        "transform/jacobians.py",
        "tests/test_jacobians.py",
        ("unit vectors of two arguments are the same", "self._sum(end, self._size(x))", "self._size(x)"),
    ),
    *_in(
        "transform/jacobians.py",
        "tests/test_jacobians_of_lists.py",
        (
            "a list of structures in a list is one list",
            "range(_depth(tree) - depth)",
            "range(min(_depth(tree) - depth, 1))",
        ),
        (
            "items of a list have none of the unit vectors",
            "for index in (k, after)",
            "for index in (after, after)",
        ),
        ("floats that are written out have no rows", "if not is_differentiable(literal.kind):", "if True:"),
    ),
    *_in(
        "transform/batching.py",
        "tests/test_jacobians_of_lists.py",
        (
            "what is written in a list of arrays is written in all directions of the first item",
            "behind = step if isinstance(kind, ListKind) else None",
            "behind = behind_all(step) if isinstance(kind, ListKind) else None",
        ),
    ),
    *_in(
        "frontend/iterators.py",
        "tests/python/test_iterators.py",
        ("names that the user has stand in what is written for him", "node.id = own + node.id", "node.id = node.id"),
        ("combinations begin with an item itself", 'f"i{n - 1} + 1" if n', 'f"i{n - 1}" if n'),
        ("reduce begins with the first item twice", "for item in items[1:]:", "for item in items:"),
        ("effects of accumulate come before their turn", "if any(map(_has_effects, stmts)):", "if False:"),
    ),
    *_in(
        "frontend/control.py",
        "tests/python/test_iterators.py",
        (
            "names of a generator are those around it",
            "if isinstance(inner, gast.Name) and inner.id in own:",
            "if False:",
        ),
        ("a loop over a generator forgets the condition", "body = [*skips, ", "body = ["),
    ),
    *_in(
        "frontend/builtins.py",
        "tests/python/test_iterators.py",
        (
            "a list that is zipped may be changed unseen",
            "    lo.memory.frozen |= tokens(arg)  # Python would see what a loop changes in it\n",
            "",
        ),
    ),
    *_in(
        "rules/of_helpers.py",
        "tests/test_zero_adjoints.py",
        (
            "where an adjoint is zero its change is too",
            "helpers.unless_zero(helpers.either(z_bar, dot[z_bar]), dot[x_bar])",
            "helpers.unless_zero(z_bar, dot[x_bar])",
        ),
        (
            "where an adjoint is zero that of what is made of it is too",
            "bar[x_bar] = helpers.unless_pole(z_bar, x_bar, bar[y])",
            "bar[x_bar] = helpers.unless_zero(z_bar, bar[y])",
        ),
        ("a zero that changes twice is forgotten", "dot[z] = helpers.either(dot[x], dot[y])", "dot[z] = dot[x]"),
    ),
    *_in(
        "analysis/activity.py",
        "tests/test_zero_adjoints.py",
        (
            "what marks zeros has no tangent",
            "self.found.update(differentiable_operands(eqn), _marks(eqn))",
            "self.found.update(differentiable_operands(eqn))",
        ),
    ),
    *_in(
        "rules/elementwise.py",
        "tests/test_zero_adjoints.py",
        (
            "equal terms have constant shares",
            "bar[y] = bar[z] * np.where((x == y) & np.isinf(x), 0.5, np.exp(",
            "bar[y] = bar[z] * np.where(x == y, 0.5, np.exp(",
        ),
    ),
    *_in(
        "frontend/access.py",
        LISTS,
        (
            "a part of a list of structures is a structure of lists",
            "if isinstance(index, SliceV):\n            return ListOf(",
            "if False:\n            return ListOf(",
        ),
    ),
    *_in(
        "ir/kinds.py",
        LISTS,
        ("a list of structures with nothing in a part of them has no length", "or _has_nothing(joined)", "or False"),
        (
            "integers in a list of structures have gradients",
            "(is_differentiable(leaf), is_complex(leaf))\n        for",
            "is_complex(leaf)\n        for",
        ),
    ),
    *_in(
        "frontend/expressions.py",
        LISTS,
        ("no tuple is itself", "if 0 in tokens or lo.memory.frozen & tokens:", "if False:"),
        (
            "a dict merged with another is passive",
            "if isinstance(left, DictV) or isinstance(right, DictV):",
            "if False:",
            "tests/python/test_functions.py",
        ),
    ),
    *_in(
        "rules/indexing.py",
        LISTS,
        (
            "what is no integer is a slice of a list",
            'if _is_integer(kind) or kind == PyScalar("bool"):',
            "if _is_integer(kind):",
        ),
    ),
    *_in(
        "transform/reverse.py",
        LISTS,
        (
            "gradients by structures in lists within a list are numbers",
            "if any(_holds_structures(var.kind) for var in inputs):",
            "if False:",
        ),
        (
            "lists that are written out in items of a result have adjoints of any length",
            "return ListKind(item_kind(_structure_of(columns)))",
            "return arg_kind(result)",
        ),
    ),
    *_in(
        "frontend/results.py",
        LISTS,
        (
            "a list of dicts that a derivative gives is one dict",
            "ListOf(without_tokens(lo.memory.dissolved(value(columns))))",
            "ListOf(value(columns))",
        ),
    ),
    *_in(
        "frontend/derivatives.py",
        LISTS,
        ("a result is what it was made later", "_kept_apart(lo, main), sort", "main, sort"),
        (
            "a pair of lists is a tangent of a list of pairs",
            "if not absent and isinstance(value, ListOf) != isinstance(like, Rows):",
            "if False:",
        ),
    ),
    *_in(
        "frontend/operators.py",
        "tests/python/test_functions.py",
        (
            "operator.contains has the item first",
            "compare_values(lo, symbol, value, owner)",
            "compare_values(lo, symbol, owner, value)",
        ),
    ),
    *_in(
        "transform/lists.py",
        "tests/test_jacobians_of_lists.py",
        (
            "an item of a list has the size of the one that takes its place",
            "old = _read_item(sweep, x, index)",
            "pass",
            LISTS,
        ),
        (
            "what is written in a list in a list is read from the outer one",
            "for part in path.items:\n        xs",
            "for part in ():\n        xs",
        ),
    ),
    *_in(
        "transform/transposed.py",
        "tests/test_jacobians_of_lists.py",
        ("floats that are written out have no tangent", "or not is_differentiable(primal.kind):", "or True:"),
    ),
    *_in(
        "emission/expressions.py",
        LISTS,
        (
            "names in a list of objects hide that of their argument",
            "taken = {node.id for node in ast.walk(self.arg(rows.columns)) if isinstance(node, ast.Name)}",
            "taken: set[str] = set()",
        ),
    ),
    *_in(
        "transform/tangent.py",
        "tests/test_jacobians_of_lists.py",
        (
            "the tangent of a copied list is an array",
            "        if isinstance(eqn.outs[0].kind, ListKind):\n            return dot\n",
            "",
        ),
    ),
    *_in(
        "transform/layers.py",
        "tests/test_orders.py",
        ("a pushforward has guards that are not linear", "guarded=not pushes", "guarded=True"),
    ),
    *_in(
        "rules/elementwise.py",
        "tests/test_zero_adjoints.py",
        (
            "x ** 0 divides by zero at zero",
            "return v * helpers.unless_zero(y, y * x ** (y - 1.0)) if e",
            "return v * y * x ** (y - 1.0) if e",
        ),
    ),
    *_in(
        "optimize/protect.py",
        "tests/test_orders.py",
        (
            "what the caller may change is kept by functions that call themselves",
            "_given_and_taken(each) if outside else frozenset()",
            "frozenset()",
        ),
        (
            "tape holds views of tangents that are written later",
            "self._roots(stmt, users=True) | self._roots(stmt, users=False)\n",
            "self._roots(stmt, users=True)\n",
            "tests/test_jacobians.py",
        ),
    ),
)

_SECOND = (
    *_in(
        "rules/helpers.py",
        "tests/test_second_order.py",
        ("a gap of rounding is one", "gaps * (np.abs(gaps) > rounding)", "gaps"),
    ),
    *_in(
        "rules/linalg.py",
        "tests/test_second_order.py",
        ("the slope of the nuclear norm turns half as fast", "turning = 2 * over(", "turning = over("),
        (
            "the slope of the nuclear norm stays in its columns",
            " @ vh + across(u, e @ v, s) @ vh + u @ mH(across(v, mH(e) @ u, s))",
            " @ vh + u @ mH(across(v, mH(e) @ u, s))",
        ),
    ),
    *_in(
        "rules/shape.py",
        "tests/rules/test_rules.py",
        ("blocks are cut along the first axis", "axis = -depth(xs)\n", "axis = 1 - depth(xs)\n"),
        ("blocks end where they begin", "ends = [*ends, ends[-1] + extent(x, axis)]", "ends = [*ends, ends[-1]]"),
        ("what is resized is cut off", "times = -(-y.size // max(x.size, 1))", "times = y.size // max(x.size, 1)"),
    ),
    *_in(
        "transform/equations.py",
        "tests/test_second_order.py tests/test_functions.py",
        ("all contributions in a tuple are zero", "_ZERO if (atom := next(given)) is None else atom", "_ZERO"),
    ),
    *_in(
        "emission/expressions.py",
        "tests/test_second_order.py",
        (
            "what may be a tuple is copied as a list is",
            "isinstance(eqn.args[0], Var) and isinstance(eqn.args[0].kind, ListKind)",
            "False",
        ),
    ),
)

_NESTING = (
    *_in(
        "frontend/derivatives.py",
        "tests/test_nesting.py",
        (
            "a pullback takes its own tape twice",
            "again = {var: Var(lo.names.version(var.hint), var.kind) for var in all_bound(Block(stmts))}",
            "again: dict[Var, Atom] = {}",
        ),
    ),
    *_in(
        "frontend/apart.py",
        "tests/test_nesting.py",
        (
            "what is differentiated inside writes outside",
            "_refuse_changes(lo, before, known)",
            "pass",
        ),
    ),
    *_in(
        "frontend/capture.py",
        "tests/test_nesting.py",
        (
            "derivatives of a function are all one",
            "return f\"derivative {cast('Any', obj).asked!r}\"",
            'return "derivative"',
        ),
    ),
    *_in(
        "transform/taped.py",
        "tests/test_nesting.py",
        (
            "what comes of a copy of a tape is lost",
            "sweep.lo.stmts.append(Eqn((), ADD_TAPE, tuple(tapes), (), sweep.lo.origin))",
            "pass",
        ),
        (
            "adjoints of a sum of tapes go the wrong way",
            "(second, first) if eqn.op == ADD_TAPE else (first, second)",
            "(first, second)",
        ),
    ),
    *_in(
        "analysis/activity.py",
        "tests/test_nesting.py",
        (
            "a copy of a tape is constant",
            "                elif joined(stmt):\n                    _join_slots([joined(stmt)], self.found)\n",
            "",
        ),
    ),
)

_CUSTOM = (
    *_in(
        "custom.py",
        "tests/test_custom_rules.py",
        ("functions keep the code that they had before a rule", "forget_all()\n        return fun", "return fun"),
    ),
    *_in(
        "frontend/custom.py",
        "tests/test_custom_rules.py",
        (
            "a function reads old arrays of its module",
            "self.made.extras = tuple(sorted(found, key=lambda var: var.name))",
            "self.made.extras = ()",
        ),
        ("equations read no arrays of their module", "if plain and not _outside(custom):", "if plain:"),
        ("a rule knows a dict by its name", "without_tokens(lo.memory.dissolved(arg))", "without_tokens(arg)"),
    ),
    *_in(
        "frontend/rule_steps.py",
        "tests/test_custom_rules.py",
        ("a rule need not give what the function gives", "and _rank(kind) == _rank(lo.kind(y))", "and True"),
        ("pullbacks need not give an adjoint for each argument", "or len(given.items) != len(values)", "or False"),
        ("equations are silent on a part of an argument", "self.unasked.add(len(self.ways))", "pass"),
    ),
    *_in(
        "frontend/binding.py",
        "tests/test_custom_rules.py",
        (
            "a function with a rule is given no keywords",
            "return list(values[: self.positional]), dict(zip(names, values[self.positional :], strict=True))",
            "return list(values), {}",
        ),
        ("rules know no defaults", "while not in_python and rest[-1]", "while rest and rest[-1]"),
    ),
    *_in(
        "frontend/structures.py",
        "tests/test_custom_rules.py",
        (
            "structures of rules are matched by position",
            'return [named[next((way for way in ways if way in named), "")] for ways, _ in mine]',
            "return [part for _, part in theirs]",
        ),
    ),
    *_in(
        "frontend/equations.py",
        "tests/test_custom_rules.py",
        ("equations give parts that there are not", "    if found:\n", "    if False:\n"),
    ),
    *_in(
        "transform/custom.py",
        "tests/test_custom_rules.py",
        ("a rule is forgotten in forward mode", "found = iter(values[len(eqn.outs) :])", "found = iter(dots)"),
        (
            "adjoints by a rule take the place of those there are",
            "adjoints.add(arg, bar, others)",
            "adjoints.bars[arg] = bar",
        ),
        ("a rule multiplies zeros by what may be infinite", "[slope for slope, _, zero in known if zero]", "[]"),
        ("parts of structures are not broadcast", "if custom.broadcast else None", "if False else None"),
    ),
    *_in(
        "transform/transposed.py",
        "tests/test_custom_rules.py",
        ("what is not linear is transposed", "if not linear.isdisjoint(_values_read(lean.body)):", "if False:"),
    ),
)

_NONFINITE = (
    *_in(
        "display/watched.py",
        "tests/test_nonfinite.py",
        (
            "nan of an infinity is blamed and not the infinity",
            "(own > given) & ((passed == 0) | (passed >= GIVEN))",
            "own > given",
        ),
        ("what was given goes before what was made", "(0 if event.made else GIVEN)", "0"),
        ("an element has the mark of its array", "operator.getitem ir.identity ir.unpack", "ir.identity ir.unpack"),
        ("a write in place makes what it is given", "elif eqn.op in (UPDATE, ACCUMULATE):", "elif False:"),
    ),
    *_in(
        "display/search.py",
        "tests/test_nonfinite.py",
        (
            "iterations of a reverse sweep are counted as they run",
            "turn.count + 1 - turn.number if backwards else turn.number",
            "turn.number",
        ),
    ),
)

_RELEASED = (
    *_in(
        "emission/released.py",
        "tests/oracle",
        (
            "results of a block are let go",
            "for names in own for name in names if self._holders[name] <= inside} - kept",
            "for names in own for name in names if self._holders[name] <= inside}",
        ),
        ("older versions of an array lose their name", "if self._holders[name] <= inside} - kept", "} - kept"),
        (
            "names in blocks are no mention",
            "                yield from self._mentioned(inner)\n",
            "                yield from ()\n",
        ),
    ),
    *_in(
        "transform/batching.py",
        "tests/oracle",
        (
            "axes of length 1 are not left out in all directions",
            "([_NONE] * more or [Lit(0, INT)] * -more)",
            "([_NONE] * more)",
        ),
    ),
    *_in(
        "transform/batching.py",
        "tests/test_sizes.py",
        (
            "axes are as long as there are directions",
            "(several, *(sizes or (None,) * len(axes)))",
            "(several,) * (1 + len(axes))",
        ),
    ),
)

_RESULTS = (
    *_in(
        "transform/reverse.py",
        "tests/test_structured_results.py",
        (
            "a value that is returned twice has the last adjoint",
            "        for other in others:\n",
            "        for other in ():\n",
        ),
    ),
    *_in(
        "emission/expressions.py",
        "tests/test_structured_results.py",
        ("rows of a list have one name", "taken.add(items[column].name)", "pass"),
    ),
    *_in(
        "transform/split.py",
        "tests/test_structured_results.py",
        ("a pushforward forgets the class", "free(backward) | classes", "free(backward)"),
    ),
)

_OPTIMIZE = (
    *_in(
        "optimize/constants.py",
        "tests/test_lean.py",
        (
            "constants are rounded",
            "found[bound(stmt)[0]] = Lit(value, FLOAT)",
            "found[bound(stmt)[0]] = Lit(value + 1.0, FLOAT)",
        ),
    ),
    *_in(
        "optimize/contracted.py",
        "tests/test_passes.py",
        (
            "a factor is read after it was written",
            "products = {var: eqn for var, eqn in self.products.items() if stays(var, *operands(eqn))}",
            "products = self.products",
        ),
        (
            "a thin factor is read after it was written",
            "made = {var: eqn for var, eqn in self.made.items() if stays(var, *operands(eqn))}",
            "made = self.made",
        ),
        (
            "what is summed up along another axis is taken",
            "known.sums.get((whole, axis))",
            "known.sums.get((whole, 1 - axis))",
        ),
        ("a product that is read is not computed", " and uses[stmt.outs[0]] == 1", ""),
        (
            "arrays that may be broadcast are multiplied as one row",
            '(a == b and a != "?")',
            "a == b",
            "tests/test_lean.py tests/test_passes.py",
        ),
        (
            "numbers that are not float64 are added up with more error",
            ' and kind.dtype == "float64"',
            "",
            "tests/test_lean.py",
        ),
    ),
    *_in(
        "optimize/gathered.py",
        "tests/test_passes.py",
        ("signs of factors are lost", "self._negated[factor], -sign", "self._negated[factor], sign"),
    ),
    *_in(
        "optimize/gathered.py",
        "tests/test_lean.py",
        (
            "products of other factors are one",
            "(sign, frozenset(factors)) != (other, frozenset(others))",
            "(sign, factors[0]) != (other, others[0])",
        ),
        ("quotients by other divisors are one", "left.op == _DIV and x == y", "left.op == _DIV"),
        ("a difference of quotients is a sum", "self._of_term(eqn, eqn.op, (a, b)", "self._of_term(eqn, _ADD, (a, b)"),
        ("two terms are one", "_TWO if sign > 0 else _MINUS_TWO", "Lit(1, INT)"),
        ("what a square is added to is lost", "args=(base, twice)", "args=(twice, twice)"),
        ("complex squares are doubled", " and not is_complex(var.kind)", ""),
    ),
    *_in(
        "optimize/common.py",
        "tests/test_lean.py",
        (
            "a call is that of another argument",
            "return stmt.op.path, args, stmt.kwargs",
            "return stmt.op.path, (), stmt.kwargs",
        ),
    ),
    *_in(
        "optimize/once.py",
        "tests/test_lean.py",
        (
            "equations of other operands are one",
            "(eqn.op.path, eqn.args, eqn.kwargs) if known",
            "(eqn.op.path, eqn.args[:1], ()) if known",
        ),
        ("results are left out", "stmt.outs[0] not in results and ", ""),
        ("what is written is read again", "            known.update(_element_written(stmt))", "            pass"),
        ("what is added is what is written", "isinstance(sign, Lit) and not sign.value and not", "not"),
    ),
    *_in(
        "optimize/invariants.py",
        "tests/test_lean.py",
        ("what no iteration does is infinite before it", "if runs else _is_plain(eqn)", "if True else False"),
        (
            "what raises in a context does so before it",
            "if movable and not depth:",
            "if movable:",
        ),
    ),
    *_in(
        "transform/recomputed.py",
        "tests/test_lean.py",
        (
            "differences are any numbers",
            'for name in ("add", "sub", "mul", "floordiv", "mod"))',
            'for name in ("add",))',
        ),
        ("what is gone is computed of what is gone", "if var in there or var not in here:", "if True:"),
    ),
    *_in(
        "optimize/unboxed.py",
        "tests/test_numbers.py",
        ("quotients of Python's numbers raise", "                self._keep_one(eqn)", "                pass"),
        (
            "quotients and powers of Python's numbers stay",
            "stmts.append(replace(stmt, op=_guard(stmt)))",
            "stmts.append(stmt)",
        ),
        ("functions of Python's numbers give NumPy's", "self._opened | self._functions if", "self._opened if"),
        (
            "roots are whole powers",
            'return _FRACTIONAL if eqn.op.path == "operator.pow" and not is_whole else',
            "return",
        ),
        ("branches give other numbers", "self._sources[out] += variables(*given)", "pass"),
        (
            "numbers on tapes have other manners",
            "self._sources[slot if eqn.op == PUSH else value].append(value if eqn.op == PUSH else slot)",
            "pass",
        ),
        ("what reads a number never matters", "elif not _cannot_tell(eqn):", "elif False:"),
        ("results are Python's numbers", "given.get(var, var))", "var)"),
        (
            "results are NumPy's though no loop ran",
            "            if loops is not None:",
            "            if var.kind == FLOAT:",
        ),
        ("what is made of Python's numbers is NumPy's", "            if var in self._makers:", "            if False:"),
        ("truths are numbers", "return _is_float(arg.kind) or _is_whole", "return is_number(arg.kind) or _is_whole"),
    ),
    *_in(
        "optimize/listed.py",
        "tests/test_numbers.py",
        ("adjoints that are returned are lists", "arrays.get(var, var))", "lists.get(var, var))"),
        (
            "adjoints that are read as a whole are lists",
            "            self._refuse(*eqn.outs, *operands(eqn))",
            "            pass",
        ),
        (
            "adjoints that are returned are views of memory",
            "if var in lists or var in chosen.views:",
            "if var in lists:",
        ),
        ("arrays with wrong indices are lists", "- self._unfit - (self._own & self._unplaced)", "- self._unfit"),
        ("numbers of one axis are elements of all arrays", "_rank(x) == len(places) and", ""),
    ),
    *_in(
        "optimize/unboxed.py",
        "tests/test_lean.py",
        ("functions of Python's numbers are NumPy's", "and not _is_function(maker)  # fmt", "  # fmt"),
    ),
    *_in(
        "optimize/lists.py",
        "tests/test_numbers.py",
        ("lists are made before their array is", "and x not in inside and", "and"),
    ),
    *_in(
        "analysis/places.py",
        "tests/test_numbers.py",
        ("places are beyond the end", "span.low >= 0 and span.spare >= 0", "span.low >= 0"),
        ("places are before the start", "span.low >= 0 and span.spare >= 0", "span.spare >= 0"),
        ("arrays are as long as any other", "return x == y or (len(sizes) == 2", "return True or (len(sizes) == 2"),
    ),
    *_in(
        "optimize/direct.py",
        "tests/test_lean.py",
        (
            "means along an axis are of all numbers",
            "    if not is_whole:\n        shape",
            "    if False:\n        shape",
        ),
        ("the mean of a mask is a number of elements", "is_whole and eqn.op == _SUM and", "is_whole and"),
        ("sums are along the first axis", 'is_whole and len(kind.axes or "") == 1 and', "is_whole and"),
        ("means of float32 are divided in float32", 'kind.dtype != "float64" or not', "not"),
    ),
    *_in(
        "optimize/accumulated.py",
        PASSES,
        ("what is read later is added to", "self._last.get(self._root(var)) == place and ", ""),
        ("arrays of others are added to", " and self._owned.take(var)", ""),
        ("a write comes before what reads the array", "and not any(self._root(var) in written for", "and all(var for"),
    ),
    *_in(
        "optimize/spread.py",
        "tests/test_lean.py",
        (
            "what is spread out has any shape",
            "return like is not None and any(",
            "return like is not None or any(",
        ),
        (
            "axis that may be one is taken for a long one",
            'mark != "?" or other == "n" for',
            'mark != "1" or other == "n" for',
        ),
    ),
)

_JIT = (
    *_in(
        "jit/words.py",
        "tests/test_jit.py",
        (
            "places are along the first axis of the index",
            "return found[0] if found[-1] - found[0] < len(found) else 0",
            "return found[0]",
        ),
        ("axes are not swapped", "order[one], order[two] = two, one", "order[one], order[two] = one, two"),
        ("an axis is moved to the front", "[*order[:to], source, *order[to:]]", "[source, *order]"),
        ("a row stands as a column", "row = (NONE, WHOLE) if is_left", "row = (WHOLE, NONE) if is_left"),
        ("axes that are met are not looked at", "(size, size_of(lo, y, axis))", "(size, size)"),
    ),
    *_in(
        "jit/helpers.py",
        "tests/test_jit.py",
        ("all matrices meet the first of a stack", "y[k % y.shape[0]]", "y[0]"),
        ("what was taken is put elsewhere", "x_bar[i, place, j] += parts[i, k, j]", "x_bar[i, k, j] += parts[i, k, j]"),
        ("stacks that do not fit are multiplied", " or x.shape[2] != y.shape[1]:", ":"),
        ("all writes are the last ones", "return order[index] == places", "return order[index] >= 0"),
    ),
    *_in(
        "jit/words.py",
        "tests/test_jit.py",
        ("variances are of all degrees of freedom", "if ddof != Lit(0, INT):", "if ddof == Lit(-1, INT):"),
    ),
    *_in(
        "jit/bounds.py",
        "tests/test_jit.py",
        ("indices are not looked at", "not is_primal(stmt) or stmt.op not in (GETITEM, UPDATE, ACCUMULATE):", "True:"),
    ),
    *_in(
        "jit/fused.py",
        "tests/test_jit.py",
        (
            "arrays of other shapes join a loop",
            "if group.members and not self._is_near(stmt, group):",
            "if False:",
        ),
        ("what is written is where it is read", "or one.at != other.at", ""),
    ),
    *_in(
        "jit/loop.py",
        "tests/test_jit.py",
        (
            "what is written is as large as its part",
            "inputs = [*self._group.inputs(), *regions.values()]",
            "inputs = self._group.inputs()",
        ),
        ("nothing has to be broadcast", "return [var for var in inputs if not is_sure(var)]", "return []"),
        ("sizes that are not known are the same", "len(sizes) == 1 and None not in sizes", "len(sizes) == 1"),
        ("sums start at one", "return Lit(0.0, FLOAT)", "return Lit(1.0, FLOAT)"),
        ("sums along an axis are of all that came before", "Lit(0.0, FLOAT) if inner else param", "param"),
        (
            "sums over the first axes are empty",
            "return len(left) if left == tuple",
            "return 1 if left or left == tuple",
        ),
    ),
    *_in(
        "jit/pointwise.py",
        "tests/test_jit.py",
        ("sums are along another axis", "if each != axis % rank)", "if each != (axis + 1) % rank)"),
    ),
    *_in(
        "jit/anew.py",
        "tests/test_jit.py",
        ("what is written is computed anew", "and not any(map(storage.writes_to, (*operands(stmt), *stmt.outs)))", ""),
    ),
    *_in(
        "jit/prepare.py",
        "tests/test_jit.py",
        ("arrays are written from themselves", "if not self._storage.may_be_shared(target, new):", "if True:"),
        (
            "loops backwards end one early",
            "first, last = number(_SUB, stop, step), number(_SUB, start, step)",
            "first, last = number(_SUB, stop, step), start",
        ),
    ),
    *_in(
        "analysis/filled.py",
        "tests/test_jit.py::test_what_is_computed_again_is_what_it_was",
        ("what is written after a loop is read as it was", "if len(writes) == 1 and", "if writes and"),
        ("places that a loop names twice are read", "or start < 0 or", "or"),
        (
            "places that a loop has not passed are read",
            "if type(by) is int and 0 < by <= start:",
            "if type(by) is int:",
        ),
    ),
    *_in(
        "optimize/rematerialized.py",
        "tests/test_jit.py tests/test_lean.py",
        (
            "what was written is read again",
            "if eqn not in self._filled and any(map(self._storage.writes_to, outside)):",
            "if False:",
        ),
        ("a tape stays of which only a part is not read again", "if kept and self._whole:", "if False:"),
        ("arrays are made in each iteration", "if all(is_number(out.kind) for out in eqn.outs)]", "]"),
    ),
    *_in(
        "jit/joined.py",
        JOINED,
        (
            "a sum is read before it is whole",
            "numbers | (old & self._written_in(first))",
            "(old & self._written_in(first))",
        ),
        ("what is between two loops comes too early", "late.isdisjoint(operands(stmt))", "True"),
        ("what is between two loops comes too late", "if not moves or", "if"),
        (
            "a value is read that was stored before another write",
            "        forget(out for _, out in written(stmt))\n",
            "",
        ),
        ("a value is read that a loop has overwritten", "            forget(_writes(stmt))\n", ""),
        ("arrays that are read are not made", "dead = made - read", "dead = made"),
    ),
    *_in(
        "jit/pointwise.py",
        JOINED,
        ("elements at places are a part of an array", " and not gives_copy(eqn.args[1])", ""),
    ),
    *_in(
        "jit/touched.py",
        JOINED,
        ("loops are joined that touch other places of an array", "if touching and not any(", "if False and not any("),
        ("loops are joined that touch what one has not made yet", "max(after[axis]) <= min(before[axis])", "True"),
        ("loops are joined that touch arrays that may be one", "if any(var != root for var in touching):", "if False:"),
    ),
    *_in(
        "jit/sized.py",
        JOINED,
        ("sizes of arrays are those of others", "known[int(str(axis.value))]", "known[0]"),
        (
            "arrays keep the sizes of the first round",
            "made = isinstance(stmt, For) and stmt.index in self._places",
            "made = True",
        ),
        (
            "parts of arrays start where these do",
            "return place if start == Lit(0, INT) else",
            "return place if True else",
        ),
        (
            "places are counted from the end of an array and not of its part",
            "(item in self._places or item in places)",
            "True",
        ),
    ),
    *_in(
        "optimize/seeded.py",
        "tests/test_adversary.py tests/python/test_comprehensions.py tests/python/test_numbers.py",
        ("a sum of nothing is a float", "not self._is_float(others[0])", "False"),
        ("a loop hands on what it changes", "(again == param or (again, param) in copies)", "True"),
    ),
    *_in(
        "optimize/seeded.py",
        "tests/test_lean.py",
        ("a seed has Python's arithmetic", " and (arg.kind == FLOAT or not alone)", ""),
    ),
    *_in(
        "optimize/unneeded.py",
        EXCEPTIONS,
        ("what raises is not needed", "return stmt.op in (GETITEM, ITEM) and places.has(*stmt.args)", "return True"),
        (
            "what finds that sizes are unequal is not needed",
            "if all(root(first) == root(second) for first, second in sizes):",
            "if True:",
            "tests/test_lean.py",
        ),
        (
            "sizes are equal that a statement which goes has not found so",
            "elif not is_made(stmt):  # and so it stays",
            "else:",
            "tests/test_passes.py",
        ),
        ("elements that are not there are not read", "and places.has(*stmt.args)", "", "tests/test_lean.py"),
        (
            "a warning that raises is not needed",
            "if any(isinstance(stmt, Eqn) and stmt.op in CONTEXT",
            "if False and any(isinstance(stmt, Eqn) and stmt.op in CONTEXT",
        ),
    ),
    *_in(
        "analysis/total.py",
        EXCEPTIONS,
        (
            "arrays of any shapes fit together",
            "            found += equal\n",
            "",
            f"{EXCEPTIONS} tests/test_lean.py",
        ),
        (
            "matrices that are not square have a determinant",
            "_equal(x.kind.size_of(0), x.kind.size_of(1))",
            "_equal(x.kind.size_of(0), x.kind.size_of(0))",
            "tests/test_lean.py",
        ),
        ("integers fit into floats", "return INT in kinds", "return False"),
    ),
    *_in(
        "jit/recursion.py",
        "tests/test_jit.py::test_recursive_functions_are_called_again_by_the_next_process",
        ("literals are given to recursive functions", "arg not in known:", "False:"),
        ("functions that call each other are kept", "_is_one_of_several(path, reached)", "False"),
        ("functions of arrays that lie in memory otherwise are kept", "not _calls_itself_alike(each, path)", "False"),
    ),
    *_in(
        "jit/preallocated.py",
        "tests/test_jit.py",
        ("a tape has one place", "        return [], loop.index\n", "        return [], Lit(0, INT)\n"),
    ),
    *_in(
        "jit/tapes.py",
        "tests/test_jit.py",
        (
            "tapes of calls are one",
            "for key, tape in self._tapes(stmt.outs[0]).items()",
            "for key, tape in [*self._tapes(stmt.outs[0]).items()][:1]",
        ),
    ),
    *_in(
        "guards.py",
        "tests/test_gradients.py",
        ("arrays of length one are like others", 'tests.append(f"1 in {name}.shape")', "pass"),
        ("arrays of any dtype are alike", 'f"{name}.dtype is not {names.of(value.dtype)}", ', ""),
    ),
)

FAULTS = (
    *_JIT,
    *_OPTIMIZE,
    *_RESULTS,
    *_RELEASED,
    *_NONFINITE,
    *_CUSTOM,
    *_NESTING,
    *_SECOND,
    *_ORDERS,
    *_RULES,
    *_TRANSFORM,
    *_ANALYSIS,
    *_EMISSION,
    *_FRONTEND,
    *_CALLS,
)
