"""Classes, dataclasses and named tuples: made, read and written in functions, and given as arguments."""

# pyright: basic
# ruff: noqa

import dataclasses
import functools
from collections import namedtuple
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np

from tests.judge import Programs

PROGRAMS = Programs()
works, refused, defect = PROGRAMS.works, PROGRAMS.refused, PROGRAMS.defect
X = np.array([0.5, -1.2, 0.8])
W = np.array([0.3, 0.7, -0.4])


class Point:
    dimensions = 2

    def __init__(self, x, y=1.0):
        self.x = x
        self.y = y

    def __add__(self, other):
        if isinstance(other, Point):
            return Point(self.x + other.x, self.y + other.y)
        return Point(self.x + other, self.y + other)

    def __radd__(self, other):
        return self + other

    def __mul__(self, k):
        return type(self)(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __neg__(self):
        return Point(-self.x, -self.y)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def __len__(self):
        return self.dimensions

    def __getitem__(self, i):
        return (self.x, self.y)[i]

    def __setitem__(self, i, value):
        if i == 0:
            self.x = value
        else:
            self.y = value

    def __call__(self, t):
        return self.x + t * self.y

    def __abs__(self):
        return np.sqrt(self.norm2)

    @property
    def norm2(self):
        return self.x * self.x + self.y * self.y

    @norm2.setter
    def norm2(self, value):
        self.x = value
        self.y = 0.0

    def scale(self, k):
        self.x = self.x * k
        self.y *= k
        return self

    @staticmethod
    def of(t):
        return Point(t, t * t)

    @classmethod
    def unit(cls, t):
        return cls(np.cos(t), np.sin(t))


class Point3(Point):
    dimensions = 3

    def __init__(self, x, y, z):
        super().__init__(x, y)
        self.z = z

    @property
    def norm2(self):
        return super().norm2 + self.z**2

    def scale(self, k):
        super().scale(k)
        self.z *= k
        return self


@works(0.7, 1.3)
def an_object_is_made_and_read(a, b):
    p = Point(a, b)
    return p.x * p.y


@works(0.7)
def default_of_init(a):
    return Point(a).y * Point(a, y=a).y * a


@works(0.7, 1.3)
def operators_of_the_class(a, b):
    p = Point(a, b) + Point(b, a) * 2.0
    q = -(3.0 * p) + 1.0
    r = 1.0 + q
    return p.x * r.y + q[0] * r[1] + len(p)


@works(0.7, 1.3)
def class_call_abs_property(a, b):
    p = Point(a, b)
    return p(2.0) * abs(p) + p.norm2


@works(0.7, 1.3)
def property_is_set(a, b):
    p = Point(a, b)
    p.norm2 = a * b
    return p.x + p.y


@works(0.7, 1.3)
def items_are_set(a, b):
    p = Point(a, b)
    p[0] = a * b
    p[1] *= p[0]
    return p.x * p.y


@works(0.7, 1.3)
def method_changes_its_object(a, b):
    p = Point(a, b)
    q = p
    p.scale(a).scale(b)
    return q.x * q.y


@works(0.7, 1.3)
def inherited_methods_and_super(a, b):
    p = Point3(a, b, a * b)
    p.scale(2.0)
    return p.norm2 + len(p) + p.z


@works(0.7)
def static_and_class_methods(a):
    return Point.of(a).y * Point.unit(a).x * Point3(a, a, a).of(a).x


@works(0.7)
def unbound_method(a):
    return Point.scale(Point(a, a), a).x * Point.dimensions


@works(0.7, 1.3)
def objects_in_containers(a, b):
    ps = [Point(a, b), Point(b, a)]
    d = {"p": ps[0], "q": ps[1]}
    d["p"].x = a * b
    return sum([p.x * p.y for p in ps]) + ps[0].x


@works(0.7, 3)
def object_is_changed_in_loop(a, n):
    p = Point(a, 1.0)
    for i in range(n):
        p.x = p.x * a
        p.scale(a)
    return p.x * p.y


@works(0.7, 0)
def object_is_changed_in_no_iteration(a, n):
    p = Point(a, 1.0)
    for i in range(n):
        p.x = p.x * a
    return p.x * p.y


@works(0.7, 3)
def object_is_made_anew_in_loop(a, n):
    p = Point(a, 1.0)
    for i in range(n):
        p = Point(p.x * a, p.y + p.x)
    return p.x * p.y


@works(0.7, 3)
def objects_are_summed_in_loop(a, n):
    total = Point(0.0, 0.0)
    for i in range(n):
        total = total + Point(a, i) * a
    return total.x * total.y


@works(0.7, 3)
def object_made_in_loop_is_read_after_it(a, n):
    for i in range(n):
        p = Point(a * i, a)
        p.x = p.x * a
    p.y = p.x * p.y
    return p.x * p.y


@works(2.7, 0.1)
def while_changes_object(a, b):
    p = Point(a, b)
    while p.x > 0.1:
        p.x = p.x * 0.5
        p.y = p.y + p.x * a
    return p.y


@works(0.7)
def object_is_changed_in_branch(a):
    p = Point(a, a)
    if a > 0:
        p.x = a * a
    else:
        p.scale(3.0)
    return p.x * p.y


@works(-0.7)
def objects_of_two_branches(a):
    if a > 0:
        p = Point(a, 2.0)
    else:
        p = Point(a * a, a)
    p.x = p.x * p.y
    return p.x


@works(0.7)
def attribute_set_on_one_way_and_read_there(a):
    p = Point(a)
    if a > 0:
        p.z = a * a
        return p.z
    return p.x


@refused(0.7)
def attribute_set_on_one_way_only(a):
    p = Point(a)
    if a > 0:
        p.z = a * a
    return p.z


@works(0.7)
def branch_picks_one_of_two_objects(a):
    p, q = Point(a, 1.0), Point(1.0, a)
    r = p if a > 0 else q
    return r.x * q.y


@refused(0.7)
def object_that_may_be_another_is_changed(a):
    p, q = Point(a, 1.0), Point(1.0, a)
    r = p if a > 0 else q
    r.x = 2 * a
    return p.x * q.x


@refused(0.7)
def object_is_changed_whose_snapshot_was_chosen(a):
    p, q = Point(a, 1.0), Point(1.0, a)
    r = p if a > 0 else q
    p.x = 2 * a
    return r.x


@works(-0.7)
def way_that_raises_and_object_of_the_other(a):
    if a > 0:
        raise ValueError("positive")
    else:
        p = Point(a, a)
        q = p
    p.x = a * a
    return q.x * q.y


@works(X.copy())
def array_in_object_is_written(x):
    p = Point(x * 1.0, x)
    q = Point(p.x, 0.0)
    p.x[0] = x[1] * x[2]
    return np.sum(q.x * p.y)


@works(X.copy(), 3)
def array_in_object_is_written_in_loop(x, n):
    p = Point(np.zeros(3), 0.0)
    for i in range(n):
        p.x[i] = x[i] ** 2
        p.x += x
        p.y += np.sum(p.x)
    return p.y


@works(X.copy())
def attribute_array_is_added_to_in_place(x):
    p = Point(x * 1.0, x)
    y = p.x
    p.x += x
    return np.sum(y * p.x)


class Accumulator:
    def __init__(self):
        self.total = 0.0
        self.count = 0
        self.seen = {}

    def add(self, x, name="x"):
        self.total += x
        self.count = self.count + 1
        self.seen[name] = x
        return self

    @property
    def mean(self):
        return self.total / self.count


def feed(acc, x):
    for i in range(3):
        acc.add(x * i)


@works(0.7)
def helper_changes_object_in_loop(x):
    acc = Accumulator()
    acc.add(x)
    feed(acc, x)
    return acc.mean * acc.seen["x"]


@works(0.7, 4)
def accumulates_in_loop(x, n):
    acc = Accumulator().add(x)
    add = acc.add
    for i in range(n):
        if i > 1:
            add(x * i)
    return acc.mean * acc.count


class Secret:
    __w = 2.0

    def __init__(self, v):
        self.__v = v

    def value(self):
        return self.__v * self.__w * self.__twice(1.0)

    def __twice(self, t):
        return 2 * t


@works(0.7)
def private_names(x):
    return Secret(x).value() * x


class Slots:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a


@works(0.7)
def slots(x):
    s = Slots(x)
    s.b = s.a * x
    return s.b


@refused(0.7)
def slot_that_is_not_there(x):
    s = Slots(x)
    s.c = x
    return s.c


@refused(0.7)
def slot_that_is_not_set(x):
    return Slots(x).b


class Fallback:
    def __init__(self, a):
        self.a = a

    def __getattr__(self, name):
        if name == "twice":
            return 2 * self.a
        raise AttributeError(name)


@works(0.7)
def fallback_attribute(x):
    return Fallback(x).twice * Fallback(x).a


class Watched:
    def __init__(self, a):
        self.a = a

    def __setattr__(self, name, value):
        object.__setattr__(self, name, 2 * value)


class Watched2:
    def __init__(self, a):
        self.a = a

    def __setattr__(self, name, value):
        super().__setattr__(name, 2 * value)


@works(0.7)
def watched_attributes(x):
    return Watched2(x).a * x


@refused(0.7)
def metaclass_call(x):
    return Odd(x).a


class Meta(type):
    def __call__(cls, *args):
        return 3.0


class Odd(metaclass=Meta):
    def __init__(self, a):
        self.a = a


class Reads:
    def __getattribute__(self, name):
        return 3.0


@refused(0.7)
def getattribute(x):
    r = Reads()
    return r.a * x


class Descriptor:
    def __get__(self, instance, owner):
        return 3.0


class Described:
    d = Descriptor()


@refused(0.7)
def descriptor(x):
    return Described().d * x


class Loud:
    def __init__(self, x):
        self.x = x

    @property
    def value(self):
        print("read")
        return self.x * 2

    @functools.cached_property
    def once(self):
        print("once")
        return self.x * 3


@works(0.7)
def property_with_effect(x):
    p = Loud(x)
    return p.value * p.value + p.once * p.once


class Chain:
    def __init__(self, value, next=None):
        self.value = value
        self.next = next


@works(0.7)
def nested_objects(x):
    c = Chain(x, Chain(x * x, Chain(2.0 * x)))
    c.next.next.value *= x
    return c.value + c.next.value * c.next.next.value


@refused(0.7)
def list_of_linked_objects(x):
    c = Chain(x, Chain(x * x))
    total = 0.0
    while c is not None:
        total = total + c.value
        c = c.next
    return total


@works(0.7)
def object_that_holds_itself(x):
    c = Chain(x)
    c.next = c
    c.next.next.value = x * x
    return c.value


@works(0.7)
def identity(x):
    p, q = Point(x), Point(x)
    r = p
    return (2.0 if p is r else 3.0) * x + (5.0 if p is q else 7.0) * x + (1.0 if p is not None else 2.0)


@works(0.7)
def hasattr_getattr_setattr(x):
    p = Point(x)
    setattr(p, "z", x * x)
    y = getattr(p, "none", 3.0 * x)
    return getattr(p, "z") * y * (2.0 if hasattr(p, "z") else 1.0) * (2.0 if hasattr(p, "u") else 1.0)


@works(0.7)
def isinstance_of_classes(x):
    p = Point3(x, x, x)
    a = 2.0 if isinstance(p, Point) else 1.0
    b = 3.0 if isinstance(p, (float, Point3)) else 1.0
    c = 5.0 if isinstance(x, Point) else 1.0
    return a * b * c * x * (7.0 if type(p) is Point3 else 1.0)


# ---- dataclasses --------------------------------------------------------------------------------


@dataclass
class Params:
    w: np.ndarray
    b: float = 0.5
    name: str = "net"
    none: object = None

    def __call__(self, x):
        return np.sum(self.w * x) + self.b

    @property
    def norm(self):
        return np.sum(self.w**2)


@dataclass(frozen=True)
class Frozen:
    a: float
    b: float = 2.0
    kinds: ClassVar[int] = 3
    tail: tuple = (1.0, 2.0)

    def twice(self):
        return dataclasses.replace(self, a=2 * self.a)


@dataclass(slots=True, order=True)
class Slotted:
    a: float
    b: float = field(default=1.0, kw_only=True)


@dataclass
class Checked:
    a: float
    b: float = 1.0
    area: float = field(init=False)
    many: list = field(default_factory=list)
    scale: dataclasses.InitVar[float] = 1.0

    def __post_init__(self, scale):
        print("checked")
        self.area = self.a * self.b * scale


@dataclass
class Child(Params):
    c: float = 1.0

    def __post_init__(self):
        self.d = self.b * self.c


@dataclass
class Net:
    layers: list
    head: Params
    pair: Frozen


@works(X.copy(), 0.7)
def dataclass_is_made(x, b):
    p = Params(x * 2.0, b=b)
    return p(x) * p.norm + p.b


@works(0.7)
def frozen_dataclass(a):
    f = Frozen(a)
    g = dataclasses.replace(f.twice(), b=a)
    return f.a * g.a * g.b * g.kinds * g.tail[1]


@refused(0.7)
def frozen_dataclass_is_written(a):
    f = Frozen(a)
    f.a = 2 * a
    return f.a


@works(0.7)
def slotted_dataclass(a):
    s = Slotted(a, b=a * a)
    s.a = 3.0 * s.b
    return s.a * (2.0 if s == Slotted(s.a, b=s.b) else 1.0) * (2.0 if s < Slotted(10.0) else 1.0)


@works(0.7)
def dataclass_with_post_init(a):
    c = Checked(a, scale=2.0)
    return c.area * len(c.many) + c.area * Checked(a, a).area


@works(X.copy(), 0.7)
def child_dataclass(x, b):
    c = Child(x, b, c=b)
    return c.d * c.norm + c(x)


@works(Params(X.copy(), 0.3))
def dataclass_as_argument(p):
    return p.b * np.sum(p.w**2) + p(np.ones(3))


@works(Params(X.copy(), 0.3), X.copy())
def dataclass_method_with_branch(p, x):
    if p.name == "net":
        return p(x) * p.norm
    return p.b


@works(Frozen(0.3, 0.7))
def frozen_as_argument(f):
    return f.a * f.b * f.tail[1] * f.twice().a


@works(Slotted(0.3, b=0.7))
def slotted_as_argument(s):
    return s.a * s.b


@works(Checked(0.3, 0.7))
def checked_as_argument(c):
    return c.a * c.b + c.area**2


@works(Child(X.copy(), 0.7))
def child_as_argument(c):
    return c.d * c.b + np.sum(c.w) * c.c


@works(Net([Params(X.copy(), 0.1), Params(W.copy(), 0.2)], Params(X * W, 0.5), Frozen(0.3)), X.copy())
def nested_dataclasses(net, x):
    h = 0.0
    for layer in net.layers:
        h = h + np.tanh(layer(x)) * layer.b
    return h * net.head.norm + net.pair.a * net.layers[0].b


@works([Params(X.copy(), 0.1), Params(W.copy(), 0.2)], X.copy())
def list_of_dataclasses(ps, x):
    s = 1.0
    for p in ps:
        s = s * p(x)
    return s + ps[1].b


@works({"p": Params(X.copy(), 0.1), "q": (Params(W.copy(), 0.2), 3.0)})
def dataclasses_in_containers(d):
    return d["p"].norm * d["q"][0].b * d["q"][1]


@works(Params(X.copy(), 0.3))
def array_of_argument_is_written(p):
    p.w[0] = p.b**2
    p.w[1:] *= p.b
    return np.sum(p.w**2)


@refused(Params(X.copy(), 0.3))
def attribute_of_argument_is_set(p):
    p.b = p.b * 2
    return p.b


@works(Params(X.copy(), 0.3), 3)
def argument_is_rebound_in_loop(p, n):
    for i in range(n):
        p = Params(p.w * 0.5, p.b + p.norm)
    return p.b


@works(Params(X.copy(), 0.3), 3)
def argument_is_replaced_in_loop(p, n):
    for i in range(n):
        p = dataclasses.replace(p, w=p.w * p.b)
    return p.norm


# ---- named tuples ---------------------------------------------------------------------------------


class Pair(NamedTuple):
    a: float
    b: float = 2.0

    def product(self):
        return self.a * self.b

    @property
    def total(self):
        return self.a + self.b


Bare = namedtuple("Bare", "w k")


@works(0.7)
def named_tuple_is_made(x):
    p = Pair(x)
    q = p._replace(b=x * x)
    a, b = q
    return p.product() * q.total * a * q[1] + len(q) + q._asdict()["b"]


@works(Pair(0.3, 0.7))
def named_tuple_as_argument(p):
    a, *rest = p
    return p.product() * a * rest[0] + sum(p) + p[-1]


@works(Bare(X.copy(), 3), 0.7)
def bare_named_tuple(p, y):
    return np.sum(p.w**p.k) * y + sum((p + (y,))[2:])


@works([Pair(0.3, 0.7), Pair(0.1, 0.2)])
def list_of_named_tuples(ps):
    s = 0.0
    for a, b in ps:
        s = s + a * b
    for p in ps:
        s = s * p.product() + p.a
    return s


@works(Pair(0.3, 0.7), 3)
def named_tuple_in_loop(p, n):
    for i in range(n):
        p = Pair(p.a * p.b, p.a + p.b)
    return p.a * p.b


@works(Pair(0.3, 0.7))
def named_tuple_in_branch(p):
    q = Pair(p.b, p.a) if p.a > 0 else Pair(p.a)
    return q.a * q.b * q.b * (2.0 if q == p else 1.0)


# ---- captured -------------------------------------------------------------------------------------


class Config:
    def __init__(self):
        self.scale = 2.0
        self.w = np.array([1.0, 2.0, 3.0])
        self.layer = Point(3.0, 4.0)
        self.act = np.tanh

    def loss(self, x):
        return self.scale * np.sum(self.act(self.w * x)) * self.layer(1.0)

    @property
    def double(self):
        return self.scale * 2


CFG = Config()
FROZEN = Frozen(1.5)
PAIR = Pair(1.5, 2.5)


@works(X.copy())
def captured_object(x):
    return CFG.loss(x) + CFG.layer.x * np.sum(x * CFG.w) * CFG.double


@works(0.7)
def captured_records(x):
    return FROZEN.a * x * PAIR.b * FROZEN.twice().a * PAIR.product()


@refused(0.7)
def captured_object_is_written(x):
    CFG.scale = x
    return CFG.scale


# ---- adversarial ------------------------------------------------------------------------------------


class Closed:
    def __init__(self, d):
        self.d = d


def reader(d):
    return lambda: d["k"]


@works(0.7)
def closure_sees_later_change_of_dict(x):
    d = {"k": x}
    g = reader(d)
    d["k"] = x * x
    return g()


@works(0.7)
def default_sees_later_change_of_object(x):
    p = Point(x)
    g = lambda t, p=p: p.x * t
    p.x = x * x
    return g(2.0)


@works(0.7)
def dict_is_shared_by_objects(x):
    d = {"k": x}
    a, b = Closed(d), Closed(d)
    a.d["k"] = x * x
    b.d["m"] = a.d["k"] * x
    return d["m"] + b.d["k"]


@works(0.7)
def bound_method_sees_later_change(x):
    p = Point(x, x)
    m = p.__call__
    p.x = x * x
    return m(3.0)


@works(0.7, 3)
def two_names_of_one_object_in_loop(x, n):
    p = Point(x, x)
    q = p
    for i in range(n):
        q.x = p.x * p.y
        p.y = q.x + x
    return p.x * q.y


@works(0.7, 3)
def object_in_object_is_replaced_in_loop(x, n):
    c = Chain(x, Point(x, x))
    for i in range(n):
        c.next = Point(c.next.x * x, c.next.y + c.value)
        c.value = c.value * c.next.x
    return c.value * c.next.y


@works(0.7, 3)
def branch_in_loop_changes_object(x, n):
    p = Point(x, 0.0)
    for i in range(n):
        if i % 2 == 0:
            p.x = p.x * x
        else:
            p.y = p.y + p.x
    return p.x * p.y + p.y


@works(0.7)
def arrays_of_one_way_are_one_array(x):
    if x < 0:
        a = np.ones(3) * x
        b = a
    else:
        a = np.zeros(3)
        b = a
    a[0] = x * x
    return b[0]


@works(0.7)
def arrays_of_the_way_that_goes_on_are_one_array(x):
    if x < 0:
        raise ValueError("no")
    else:
        a = np.zeros(3)
        b = a
    a[0] = x * x
    return b[0]


@works(0.7, 2)
def arrays_made_in_a_loop_are_one_array(x, n):
    for i in range(n):
        a = np.zeros(3)
        b = a
    a[0] = x * x
    return b[0]


@refused(0.7, 2)
def array_of_a_loop_may_be_the_carried_one(x, n):
    o = np.ones(3)
    for i in range(n):
        o = np.zeros(3) * x
        a = o
    a[0] = x * x
    return o[0]


@refused(-0.7)
def pairs_of_objects_that_are_one_on_a_way(x):
    if x > 0:
        p = q = Point(x)
        r = Point(x)
    else:
        p = Point(2 * x)
        q = r = Point(x)
    r.x = x * x
    return q.x * p.x


@refused(0.7)
def while_test_changes_object(x):
    p = Loud(x)
    while p.__init__(p.x * 2) is None and p.x < 10:
        x = x * p.x
    return x


class Mutable:
    def __init__(self, x, seen={}):
        self.x = x
        self.seen = seen


@refused(0.7)
def mutable_default_is_changed(x):
    m = Mutable(x)
    m.seen["x"] = x
    return m.seen["x"]


@refused(0.7)
def object_is_printed(x):
    print(Pair(x))
    return x


@refused(0.7)
def numpy_of_object(x):
    return np.sin(Point(x))


@refused(X.copy())
def array_plus_object(x):
    return (x + Point(x)).x[0]


@refused(0.7)
def missing_attribute(x):
    return Point(x).q


@refused(0.7)
def wrong_argument_of_init(x):
    return Point(x, q=1.0).x


@refused(0.7, 3)
def attribute_is_new_in_loop(x, n):
    p = Point(x)
    for i in range(n):
        p.z = x * i
    return p.z


@refused(0.7)
def items_of_dict_differ_by_branch(x):
    d = {"a": x}
    if x > 0:
        d["b"] = x * x
    s = 0.0
    for k in d:
        s = s + d[k]
    return s


@works(0.7)
def item_known_on_all_ways_of_dict_in_doubt(x):
    d = {"a": x}
    if x > 0:
        d["b"] = x * x
    d["a"] = d["a"] * x
    return d["a"]


test_right, test_refused = PROGRAMS.tests()
