"""What is known of the built-in methods besides what they compute.

It stands apart from their modules, whose digests are part of the keys of records: a licence that
is found out later changes no key. A licence is given where the files of the program were read.
"""

from __future__ import annotations

from collections.abc import Iterable

from hashbench import FactsSpec, hookimpl

_SEARCHED = "recipe fast chosen on training data that no board ranks (docs/recipes.md)"
_PAPER = "defaults of the paper where it gives them, never searched"
_NO_LICENCE = "none stated"


@hookimpl
def hashbench_register_facts() -> Iterable[FactsSpec]:
    """Return them, by name."""
    return [
        _facts("autossvh", "validation", _SEARCHED, licence=_NO_LICENCE),
        _facts("bihalf", "validation", _SEARCHED, licence=_NO_LICENCE),
        _facts("bth", "validation", _SEARCHED),
        _facts("cibhash", "validation", _SEARCHED),
        _facts("conmh", "validation", _SEARCHED, licence=_NO_LICENCE),
        _facts("dh", "validation", _SEARCHED),
        _facts("greedyhash", "validation", _SEARCHED, licence=_NO_LICENCE),
        _facts("itq", "nothing", _PAPER),
        _facts("lsh", "nothing", _PAPER),
        _facts("mfh", "nothing", _PAPER),
        _facts("pcah", "nothing", _PAPER),
        _facts("s5vh", "validation", _SEARCHED, licence=_NO_LICENCE),
        _facts("sh", "nothing", _PAPER),
        _facts("sklsh", "nothing", _PAPER),
        _facts("sph", "nothing", _PAPER),
        _facts("ssth", "validation", _SEARCHED),
        _facts("ssvh", "validation", _SEARCHED, licence=_NO_LICENCE),
        _facts("ssvh-t", "validation", _SEARCHED),
        _facts("submod", "nothing", _PAPER),
    ]


def _facts(name: str, chosen_on: str, how: str, licence: str = "") -> FactsSpec:
    return FactsSpec(name=name, summary=how, chosen_on=chosen_on, licence=licence)
