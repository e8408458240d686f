"""Methods by name: made, saved, loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hashbench.errors import DataError, PluginError
from hashbench.estimator import Method, read_description
from hashbench.names import spelled, unknown
from hashbench.parameters import of_kind
from hashbench.plugins import registry
from hashbench.specs import resolve


def method(name: str, *, bits: int = 64, seed: int = 0, **params: Any) -> Method:
    """Return a new, unfitted method.

    Parameters
    ----------
    name : str
        As ``hashbench methods`` lists it, in any case.
    bits : int
        Code length L.
    seed : int
        Seed of everything random.
    **params
        Parameters of the method.

    Raises
    ------
    UsageError
        If there is no such method or parameter, or a value is of another kind than the default or
        out of range.

    Examples
    --------
    >>> method("itq", bits=32).bits
    32
    """
    spec = registry().methods.get(name)
    cls = method_class(spec.name)
    declared = cls.parameters()
    known = set(declared)
    params = {spelled(param, known): value for param, value in params.items()}
    for param, value in params.items():
        if param not in known:
            raise unknown(f"parameter of {spec.name}", param, known - {"bits", "seed"})
        of_kind(declared[param].default, **{param: value})
    made = cls(bits=bits, seed=seed, **params)
    made.check_bits()
    made.check_params()
    return made


def list_methods() -> list[str]:
    """Return the names of the hashing methods, as :func:`method` and ``hashbench run`` take them.

    Examples
    --------
    >>> {"itq", "ssvh"} <= set(list_methods())
    True
    """
    return registry().methods.names()


def list_datasets() -> list[str]:
    """Return the names of the data sets; one that ends in ``:NAME`` stands for a whole family.

    Their files may still be missing: ``hashbench data info NAME`` says which a set needs.

    Examples
    --------
    >>> "digit-stories" in list_datasets()
    True
    """
    return [f"{spec.name}:NAME" if spec.family else spec.name for spec in registry().datasets]


def method_class(name: str) -> type[Method]:
    """Return the class behind a method's name.

    Raises
    ------
    PluginError
        If it cannot be imported or is no :class:`Method`.
    """
    spec = registry().methods.get(name)
    cls = resolve(spec.target)
    if not (isinstance(cls, type) and issubclass(cls, Method)):
        raise PluginError(f"{spec.target} is not a subclass of hashbench.Method")
    return cls


def load_method(folder: Path | str) -> Method:
    """Load a fitted method that :meth:`Method.save` wrote.

    Only registered methods are loaded: a folder cannot name code of its own.

    Raises
    ------
    DataError
        If the folder holds no method, or one that no plugin provides.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hashbench import load_dataset
    >>> train = load_dataset("digit-stories").train
    >>> with TemporaryDirectory() as folder:
    ...     method("lsh", bits=16).fit(train).save(folder)
    ...     load_method(folder).bits
    16
    """
    target = read_description(folder)["target"]
    for spec in registry().methods:
        if spec.target == target:
            return method_class(spec.name).load(folder)
    raise DataError(f"{folder} was saved by {target}, which no installed plugin provides")
