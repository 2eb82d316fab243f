"""Instances of the user's classes: construction, attributes, methods and operators, as Python finds them.

Methods, properties and special methods are inlined.  A name is looked up as in Python: data
descriptors of the class, then the instance, then the class, then `__getattr__`.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property
from types import FunctionType, MemberDescriptorType
from typing import Any, cast

from s2s_ad.frontend import captured
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.inline import Named
from s2s_ad.frontend.values import ObjectV, PartialV, Static, SuperV, TupleV, Unbound, Value
from s2s_ad.ir.classes import (
    attributes,
    dataclass_fields,
    entries,
    field_type,
    form_of,
    found_in,
    is_descriptor,
    is_generated,
    is_named_tuple,
)
from s2s_ad.ir.core import Lit

_FIND = "define it in the class, or use its attributes"


def class_of(value: Value) -> Static | None:
    """Return the class of an instance of a user's class, None for all other values."""
    match value:
        case ObjectV(cls):
            return cls
        case TupleV(cls=Static() as cls):
            return cls
        case Static(obj, path) if not isinstance(obj, type) and form_of(type(obj)) is not None:
            return Static(type(obj), f"{path}.__class__")
        case _:
            return None


def has(value: Value, name: str) -> bool:
    """Say whether the class of a value defines a special method in Python."""
    cls = class_of(value)
    found = found_in(cls.obj, name) if cls else None
    return found is not None and isinstance(found[1], FunctionType | staticmethod | classmethod)


def special(lo: Lowerer, value: Value, name: str, args: list[Value], named: Named | None = None) -> Value:
    """Call a special method, which is looked up in the class alone."""
    cls = class_of(value)
    assert cls is not None
    return lo.call(_of_class(lo, cls, name, value), args, named)


# -- attributes -----------------------------------------------------------------------------------


def get_attribute(lo: Lowerer, owner: Value, name: str) -> Value:
    """Return the attribute of an instance, or refuse where it has none."""
    found = find_attribute(lo, owner, name)
    if found is None:
        cls = class_of(owner)
        lo.refuse(f"an object of class {cls.obj.__qualname__ if cls else '?'} has no attribute {name!r} here", _FIND)
    return found


def find_attribute(lo: Lowerer, owner: Value, name: str) -> Value | None:
    """Return the attribute of an instance, None if it has none."""
    cls = class_of(owner)
    assert cls is not None
    depend(lo, cls)
    if has(owner, "__getattribute__"):
        lo.refuse(f"an attribute of a class with __getattribute__ ({cls.obj.__qualname__})", _FIND)
    if name == "__class__":
        return cls
    of_class = found_in(cls.obj, name)
    if isinstance(owner, TupleV) and (item := _held(lo, owner, name)) is not None:
        return item
    if of_class is not None and _is_data_descriptor(of_class[1]) and not isinstance(of_class[1], MemberDescriptorType):
        return _of_class(lo, cls, name, owner)
    held = _held(lo, owner, name)
    if held is not None:
        return held
    if of_class is not None and not isinstance(of_class[1], MemberDescriptorType):
        if isinstance(owner, Static) and not is_descriptor(of_class[1]):
            return captured.captured(lo, of_class[1], f"{owner.path}.{name}")
        if isinstance(owner, Static) and lo.notes:
            _depend_on_method(lo, f"{owner.path}.{name}", of_class[1])
        return _of_class(lo, cls, name, owner)
    if found_in(cls.obj, "__getattr__") is not None:
        return special(lo, owner, "__getattr__", [lo.lit(name)])
    return None


def _depend_on_method(lo: Lowerer, path: str, value: Any) -> None:
    """Note that an instance has a method of its class: it may get one of its own."""
    match value:
        case staticmethod():
            lo.dependencies[path] = cast(Any, value).__func__
        case classmethod():
            lo.dependencies[f"{path}.__func__"] = cast(Any, value).__func__
        case _ if isinstance(value, FunctionType) or captured.is_derivative(value):
            lo.dependencies[f"{path}.__func__"] = value
        case _:  # what else a class has for its instances is a property, or refused
            pass


def _own(cls: Static, name: str) -> bool:
    found = found_in(cls.obj, name)
    return found is not None and cls.obj.__mro__[found[0]] is not object


def _is_data_descriptor(value: object) -> bool:
    return hasattr(type(value), "__set__") or hasattr(type(value), "__delete__")


def _held(lo: Lowerer, owner: Value, name: str) -> Value | None:
    """Return what an instance itself holds under a name."""
    if isinstance(owner, Static):
        held = attributes(owner.obj) or {}
        return captured.captured(lo, held[name], f"{owner.path}.{name}") if name in held else None
    if isinstance(owner, TupleV):
        assert owner.cls is not None
        fields: tuple[str, ...] = owner.cls.obj._fields
        return owner.items[fields.index(name)] if name in fields else None
    assert isinstance(owner, ObjectV)
    value = dict(lo.record(owner, whole=False)).get(name)
    if isinstance(value, Unbound):
        lo.refuse(f"the attribute {name!r} {value.reason}", "set it on every way to this place")
    return value


def _of_class(lo: Lowerer, cls: Static, name: str, owner: Value | None, after: type | None = None) -> Value:
    """Return what a class has under a name, bound to the instance `owner`, or to the class if that is None."""
    found = found_in(cls.obj, name, after)
    if found is None:
        lo.refuse(f"{cls.obj.__qualname__} has no attribute {name!r}", _FIND)
    position, value = found
    home = f"{cls.path}.__mro__[{position}]" if after is not None else cls.path
    path = f"{home}.{name}"
    match value:
        case FunctionType():
            return _bound(lo, value, path, owner)
        case staticmethod():
            return _function(lo, cast(Any, value).__func__, path)
        case classmethod():
            function = _function(lo, cast(Any, value).__func__, f"{path}.__func__")
            return PartialV(function, (cls,))
        case property() if owner is not None and isinstance(value.fget, FunctionType):
            return lo.call(_function(lo, value.fget, f"{path}.fget"), [owner])
        case cached_property() if isinstance(owner, ObjectV) and owner.token:
            result = lo.call(_function(lo, cast(Any, value).func, f"{path}.func"), [owner])
            lo.change(owner, (*lo.record(owner, whole=False), (name, result)))
            return result
        case _ if captured.is_derivative(value):
            made = captured.derivative(lo, value, path)
            return made if owner is None else PartialV(made, (owner,))
        case _ if is_descriptor(value) and not isinstance(value, type):
            what = f"{name!r} of {cls.obj.__qualname__}, which is a {type(value).__qualname__}"
            lo.refuse(f"the attribute {what}", "use plain methods, properties and values")
        case _:
            return captured.captured(lo, value, path)


def _function(lo: Lowerer, function: Any, path: str) -> Static:
    if lo.notes:
        lo.dependencies[path] = function
    return Static(function, path)


def _bound(lo: Lowerer, function: FunctionType, path: str, owner: Value | None) -> Value:
    if owner is None:
        return _function(lo, function, path)
    return PartialV(_function(lo, function, path), (owner,))


def depend(lo: Lowerer, cls: Static) -> None:
    """Note that the emitted code is made for what a class is now."""
    if lo.notes and cls.path:
        lo.dependencies[cls.path] = cls.obj


def class_attribute(lo: Lowerer, cls: Static, name: str) -> Value:
    """Return the attribute of a user's class itself."""
    depend(lo, cls)
    if name == "__name__":
        return lo.lit(cls.obj.__name__)
    found = found_in(cls.obj, name)
    if found is None or (type(cls.obj) is not type and found_in(type(cls.obj), name) is not None):
        return captured.attribute(lo, cls, name)
    if isinstance(found[1], property):
        lo.refuse(f"the property {name!r} of the class {cls.obj.__qualname__}", "read it from an instance")
    return _of_class(lo, cls, name, None)


def super_attribute(lo: Lowerer, found: SuperV, name: str) -> Value:
    """Return super().name."""
    depend(lo, found.cls)
    of_class = found_in(found.cls.obj, name, found.after)
    if of_class is not None and found.cls.obj.__mro__[of_class[0]] is object:
        if name == "__init__":
            return Static(_nothing)
        if name == "__setattr__":
            return PartialV(Static(set_plainly), (found.owner,))
    owner = None if isinstance(found.owner, Static) and isinstance(found.owner.obj, type) else found.owner
    return _of_class(lo, found.cls, name, owner, found.after)


def _nothing() -> None:
    """Does what object.__init__ does."""


def set_plainly() -> None:
    """Stands for object.__setattr__."""


def set_attribute(lo: Lowerer, owner: Value, name: str, value: Value) -> None:
    """Lower owner.name = value."""
    cls = class_of(owner)
    if not isinstance(owner, ObjectV) or cls is None:
        lo.refuse("an attribute is set of what this function has not made", "keep the value in a local variable")
    depend(lo, cls)
    if cls.obj.__setattr__ is not object.__setattr__:
        if is_generated(cls.obj.__setattr__):
            lo.refuse(f"an attribute of the frozen {cls.obj.__qualname__} is set", "make a new one: replace(p, …)")
        special(lo, owner, "__setattr__", [lo.lit(name), value])
        return
    store_attribute(lo, owner, name, value)


def is_plainly_set(owner: Value, name: str) -> bool:
    """Say whether setting an attribute to what it is already does nothing."""
    if not isinstance(owner, ObjectV) or owner.cls.obj.__setattr__ is not object.__setattr__:
        return False
    found = found_in(owner.cls.obj, name)
    return found is None or isinstance(found[1], MemberDescriptorType) or not _is_data_descriptor(found[1])


def store_attribute(lo: Lowerer, owner: ObjectV, name: str, value: Value) -> None:
    """Set an attribute as object.__setattr__ does."""
    cls = owner.cls
    found = found_in(cls.obj, name)
    if found is not None and isinstance(found[1], property):
        if not isinstance(found[1].fset, FunctionType):
            lo.refuse(f"the property {name!r} of {cls.obj.__qualname__} cannot be set", "give it a setter")
        lo.call(_function(lo, found[1].fset, f"{cls.path}.{name}.fset"), [owner, value])
        return
    if found is not None and _is_data_descriptor(found[1]) and not isinstance(found[1], MemberDescriptorType):
        what = f"{name!r} of {cls.obj.__qualname__}, which is a {type(found[1]).__qualname__}"
        lo.refuse(f"the attribute {what}, is set", "use plain attributes and properties")
    if cls.obj.__dictoffset__ == 0 and not (found is not None and isinstance(found[1], MemberDescriptorType)):
        lo.refuse(f"{cls.obj.__qualname__} has no slot {name!r}", "name it in __slots__")
    lo.change(owner, tuple({**dict(lo.record(owner, whole=False)), name: value}.items()))


# -- construction -----------------------------------------------------------------------------------


def construct(lo: Lowerer, cls: Static, args: list[Value], named: Named) -> Value:
    """Make an instance of a user's class: its `__init__` is inlined."""
    depend(lo, cls)
    made = cls.obj
    if _own(Static(type(made)), "__call__") and type(made).__call__ is not type.__call__:
        lo.refuse(f"{made.__qualname__} has a metaclass that makes its instances", "use a plain class")
    if getattr(made, "__abstractmethods__", None):
        lo.refuse(f"{made.__qualname__} is abstract", "make an instance of a class that has all its methods")
    if is_named_tuple(made):
        return _named_tuple(lo, cls, args, named)
    new = found_in(made, "__new__")
    if new is not None and made.__mro__[new[0]] is not object and made.__mro__[new[0]].__module__ != "typing":
        lo.refuse(f"{made.__qualname__} has its own __new__", "make its instances in __init__")
    if found_in(made, "__del__") is not None:
        lo.refuse(f"{made.__qualname__} has a __del__", "use a class that does nothing at its end")
    token = lo.new_token()
    lo.memory.records[token] = ()
    instance = ObjectV(cls, (), token)
    if _own(cls, "__init__"):
        special(lo, instance, "__init__", args, named)
    elif args or named:
        lo.refuse(f"{made.__qualname__} takes no arguments", "give it an __init__ that takes them")
    return instance


def _named_tuple(lo: Lowerer, cls: Static, args: list[Value], named: Named) -> Value:
    made = cls.obj
    new = found_in(made, "__new__")
    if new is None or "_fields" not in vars(made.__mro__[new[0]]):
        lo.refuse(f"{made.__qualname__} has its own __new__", "use a plain named tuple")
    defaults = cast("dict[str, Any]", made._field_defaults)
    given: Named = {
        name: captured.captured(lo, value, f"{cls.path}._field_defaults[{name!r}]") for name, value in defaults.items()
    }
    items = _given(lo, made, list(made._fields), args, named, given)
    return TupleV(tuple(items[name] for name in made._fields), cls=cls)


def _given(lo: Lowerer, made: type, names: list[str], args: list[Value], named: Named, defaults: Named) -> Named:
    """Return the arguments of a generated `__init__` by name."""
    bound = defaults | dict(zip(names, args, strict=False))
    if len(args) > len(names):
        lo.refuse(f"{made.__qualname__} takes {len(names)} arguments and {len(args)} are given", "give what it takes")
    for name, value in named.items():
        if name in names[: len(args)]:
            lo.refuse(f"{made.__qualname__}: argument {name!r} is given twice", "give each argument once")
        bound[name] = value
    return bound


def generated_init(lo: Lowerer, function: FunctionType, args: list[Value], named: Named) -> Value:
    """Do what the `__init__` does that `dataclass` wrote."""
    instance, *values = args
    assert isinstance(instance, ObjectV)
    cls = instance.cls
    position = next(i for i, base in enumerate(cls.obj.__mro__) if entries(base).get("__init__") is function)
    made = cls.obj.__mro__[position]
    home = f"{cls.path}.__mro__[{position}].__dataclass_fields__"
    ours = dataclass_fields(made)
    names = [name for name, field in ours.items() if field.init and not field.kw_only]
    only = [name for name, field in ours.items() if field.init and field.kw_only]
    bound = _given(lo, made, names, values, named, {})
    wrong = [name for name in bound if name not in (*names, *only)]
    if wrong:
        lo.refuse(f"{made.__qualname__} has no parameter {wrong[0]!r}", "give what it takes")
    rest: list[Value] = []
    for name, field in ours.items():
        path = f"{home}[{name!r}]"
        if name not in bound and field.default_factory is not dataclasses.MISSING:
            bound[name] = lo.call(captured.captured(lo, field.default_factory, f"{path}.default_factory"), [])
        elif name not in bound and field.default is not dataclasses.MISSING:
            if not field.init and not hasattr(made, "__slots__"):
                continue
            bound[name] = captured.captured(lo, field.default, f"{path}.default")
        elif name not in bound:
            if not field.init:
                continue
            lo.refuse(f"{made.__qualname__}: argument {name!r} is missing", "give each argument once")
        if field_type(field) == "_FIELD_INITVAR":
            rest.append(bound[name])
        else:
            _store_field(lo, instance, name, bound[name])
    if hasattr(cls.obj, "__post_init__"):
        lo.call(get_attribute(lo, instance, "__post_init__"), rest)
    return lo.lit(None)


def _store_field(lo: Lowerer, instance: ObjectV, name: str, value: Value) -> None:
    if is_generated(instance.cls.obj.__setattr__):
        store_attribute(lo, instance, name, value)
    else:
        set_attribute(lo, instance, name, value)


def is_generated_init(function: Any, args: list[Value]) -> bool:
    """Say whether a call is that of an `__init__` that `dataclass` wrote."""
    return bool(args) and isinstance(args[0], ObjectV) and is_generated(function) and function.__name__ == "__init__"


def field_names(lo: Lowerer, value: Value, what: str) -> list[str]:
    """Return the names of the fields of a dataclass instance."""
    cls = class_of(value)
    if cls is None or not dataclasses.is_dataclass(cls.obj):
        lo.refuse(f"{what} of what is no dataclass instance", "use it with dataclasses")
    return [field.name for field in dataclasses.fields(cls.obj)]


def as_fields(lo: Lowerer, value: Value) -> TupleV:
    """Return the compared fields of a dataclass instance."""
    cls = class_of(value)
    assert cls is not None
    fields = [field.name for field in dataclasses.fields(cls.obj) if field.compare]
    return TupleV(tuple(get_attribute(lo, value, name) for name in fields))


def super_of(lo: Lowerer, args: list[Value]) -> Value:
    """Lower super()."""
    frame = lo.frame
    while frame.outer is not None:
        frame = frame.outer
    if args:
        after, owner = args[0], args[1] if len(args) > 1 else None
    else:
        spec = frame.source.node.args
        names = [arg.id for arg in (*spec.posonlyargs, *spec.args)]
        after = captured.global_name(lo, "__class__")
        owner = frame.env.get(names[0]) if names else None
    if not isinstance(after, Static) or not isinstance(after.obj, type) or owner is None:
        lo.refuse("super() outside of a method", "call the method of the class by its name")
    known = owner if isinstance(owner, Static) and isinstance(owner.obj, type) else class_of(owner)
    if known is None or not issubclass(known.obj, after.obj):
        lo.refuse("super() of what is no instance of the class", "call the method of the class by its name")
    return SuperV(after.obj, known, owner)


def mangled(lo: Lowerer, name: str) -> str:
    """Return a name as Python reads it inside a class: `__w` of the class Model is `_Model__w`."""
    if not name.startswith("__") or name.endswith("__"):
        return name
    parts = lo.frame.source.function.__code__.co_qualname.split(".")[:-1]
    while parts and parts[-1] == "<locals>":
        parts = parts[:-2]
    owner = parts[-1].lstrip("_") if parts else ""
    return f"_{owner}{name}" if owner else name


def constant_name(lo: Lowerer, value: Value, what: str) -> str:
    """Return the name that getattr and its kin are given."""
    if not isinstance(value, Lit) or not isinstance(value.value, str):
        lo.refuse(f"{what} with a name that is not known before the run", "write the name out")
    return value.value
