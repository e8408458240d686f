"""Specs that a plugin hands over: frozen, and importing nothing until they are used."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hashbench.errors import PluginError
from hashbench.guard import guarded

CHOSEN_ON = ("nothing", "validation", "test", "unknown")
"""On what the parameters or the checkpoint behind codes were chosen."""

API_VERSION = 1
"""The version of the hooks and specs that this release understands."""


@dataclass(frozen=True, slots=True)
class _Spec:
    """What every spec has; ``name`` is matched in any case."""

    name: str
    summary: str
    aliases: tuple[str, ...] = ()
    api: int = API_VERSION

    @property
    def names(self) -> tuple[str, ...]:
        """The name and its aliases, case-folded."""
        return tuple(name.casefold() for name in (self.name, *self.aliases))


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodSpec(_Spec):
    """A hashing method.

    Parameters
    ----------
    name, summary, aliases, api
        The name on the command line and in tables, one line on what it does, other names it
        answers to, and the version of the interface it was written for.
    target : str
        ``"module:Class"`` of the :class:`hashbench.Method`; imported when first used.
    reference : str
        The paper, as one line.
    supervised : bool
        Whether ``fit`` reads labels. An unsupervised method is handed videos without labels.
    control : bool
        A yardstick such as ``random`` or ``oracle``, marked as such in every table.
    min_frames : int
        The fewest frames a video must have: 2 for a method that makes nothing of a single vector.
    year : int, optional
        When the method was published.
    venue : str
        Where: ``"IEEE TIP"``, ``"CVPR"``.
    program : str
        Address of the authors' program; empty where none is public.
    licence : str
        Of that program: an SPDX identifier, or ``"none stated"``; empty where it is not known.
    chosen_on : {"unknown", "nothing", "validation", "test"}
        What the defaults of its parameters were chosen on; ``"nothing"`` where they are those of
        the paper or were never searched.

    Notes
    -----
    The source that keys of records cover holds the declaration too. What is corrected later is
    better said by a :class:`FactsSpec`, which no key covers.

    Examples
    --------
    >>> spec = MethodSpec(
    ...     name="Sign",
    ...     summary="Signs of the mean frame.",
    ...     target="my_plugin:Sign",
    ...     reference="none",
    ... )
    >>> spec.names, spec.supervised
    (('sign',), False)
    """

    target: str
    reference: str
    supervised: bool = False
    control: bool = False
    min_frames: int = 1
    year: int | None = None
    venue: str = ""
    program: str = ""
    licence: str = ""
    chosen_on: str = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsSpec(_Spec):
    """What is known of a method besides what it computes.

    It completes the :class:`MethodSpec` of the same name and distribution: what is not empty here
    stands in place of what is said there. The module that declares it is not part of the method's
    source, so that a correction leaves the keys of records as they are.

    Parameters
    ----------
    name : str
        The method's.
    summary : str
        One line on how its parameters were chosen.
    year : int, optional
    venue, program, licence : str
        As of :class:`MethodSpec`.
    chosen_on : {"unknown", "nothing", "validation", "test"}
        As of :class:`MethodSpec`.

    Examples
    --------
    >>> FactsSpec(name="net", summary="never searched", chosen_on="nothing").licence
    ''
    """

    year: int | None = None
    venue: str = ""
    program: str = ""
    licence: str = ""
    chosen_on: str = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSpec(_Spec):
    """A data set, or a family of them.

    Parameters
    ----------
    card : Path
        The TOML card.
    generator : str, optional
        ``"module:function"`` that makes the videos of a card without files, as a
        :data:`hashbench.data.Generator` does. Only a plugin can
        name code; a card found elsewhere cannot.
    family : bool
        Whether the name takes an argument, as ``aeon:JapaneseVowels`` does; the generator is
        then given the argument.
    images : str, optional
        ``"module:function"`` that draws the frames of some videos of a generated set again.
    needs : str, optional
        What must be there beforehand, as ``hashbench datasets`` shows it; by default nothing for
        a generated set and its feature files for another.

    Examples
    --------
    >>> spec = DatasetSpec(name="dots", summary="Moving dots.", card=Path("dots.toml"))
    >>> spec.generator is None, spec.family
    (True, False)
    """

    card: Path
    generator: str | None = None
    family: bool = False
    images: str | None = None
    needs: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureSpec(_Spec):
    """A measure of a ranking.

    Parameters
    ----------
    target : str
        ``"module:Class"`` of a :class:`hashbench.ranking.Measure`.

    Examples
    --------
    >>> resolve(MeasureSpec(name="AP", summary="", target="hashbench.ranking.measures:AP").target)
    <class 'hashbench.ranking.measures.AP'>
    """

    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec(_Spec):
    """A further verb of the command line.

    Parameters
    ----------
    target : str
        ``"module:object"`` of a click command.

    Examples
    --------
    >>> CommandSpec(name="plot", summary="Draw codes.", target="my_plugin:plot").names
    ('plot',)
    """

    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractorSpec(_Spec):
    """A network that turns frames into features.

    Parameters
    ----------
    target : str
        ``"module:Class"`` of a :class:`hashbench.data.extraction.Extractor`.
    reference : str
        The paper, as one line.
    family : bool
        Whether the name takes an argument, as ``torchvision:resnet50`` does; the target is then
        given the argument first.

    Examples
    --------
    >>> ExtractorSpec(
    ...     name="net", summary="A network.", target="my_plugin:Net", reference="A, B: Net. 2020"
    ... ).names
    ('net',)
    """

    target: str
    reference: str
    family: bool = False


def resolve(target: str) -> Any:
    """Import what a ``"module:attribute"`` string names.

    Raises
    ------
    PluginError
        If the module cannot be imported or lacks the attribute.
    """
    module_name, separator, attribute = target.partition(":")
    if not (module_name and separator and attribute):
        raise PluginError(f"target {target!r} is not of the form 'module:attribute'")
    try:
        with guarded():
            module = importlib.import_module(module_name)
    except PluginError as error:
        raise PluginError(f"{target!r} cannot be imported: {error}") from error
    try:
        return getattr(module, attribute)
    except AttributeError:
        raise PluginError(f"module {module_name!r} has no attribute {attribute!r}") from None
