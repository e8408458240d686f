"""What is known of methods: from their specs, from facts of the same distribution, from authors."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hashbench.plugins import discover, registry
from hashbench.runs.facts import Facts, method_facts

METHOD = """
from hashbench import FactsSpec, MethodSpec, hookimpl

@hookimpl
def hashbench_register_methods():
    return [MethodSpec(name="Mine", summary="s", target="nowhere:N", reference="A, 2024",
                       year=2024, venue="CVPR", licence="MIT", chosen_on="test")]
"""

FACTS = """
from hashbench import FactsSpec, hookimpl

@hookimpl
def hashbench_register_facts():
    return [FactsSpec(name="{name}", summary="searched", {more})]
"""


@pytest.fixture
def folder(tmp_path: Path, fresh_registry: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder of single-file plugins that discovery reads."""
    fresh_registry.setenv("HASHBENCH_PLUGINS_DIR", str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def test_a_spec_says_it_all(folder: Path) -> None:
    (folder / "one.py").write_text(METHOD)
    told = method_facts("mine", str(folder / "one.py"))
    assert told == Facts(2024, "CVPR", "A, 2024", "", "MIT", "test")
    assert method_facts("mine", "another") is None
    assert method_facts("absent", "hashbench") is None


def test_facts_of_the_same_distribution_complete_it(folder: Path) -> None:
    more = FACTS.format(name="mine", more='licence="BSD-3-Clause", chosen_on="validation"')
    (folder / "one.py").write_text(METHOD + more)
    told = method_facts("Mine", str(folder / "one.py"))
    assert told is not None
    assert (told.year, told.licence, told.chosen_on) == (2024, "BSD-3-Clause", "validation")
    assert told.how == "searched"


def test_facts_of_another_distribution_do_not_count(folder: Path) -> None:
    (folder / "one.py").write_text(METHOD)
    (folder / "two.py").write_text(FACTS.format(name="mine", more='licence="none stated"'))
    told = method_facts("mine", str(folder / "one.py"))
    assert told is not None
    assert (told.licence, told.how) == ("MIT", "")


@pytest.mark.parametrize("hook", ["methods", "facts"])
def test_what_parameters_were_chosen_on_is_one_of_four(folder: Path, hook: str) -> None:
    text = METHOD.replace('"test"', '"luck"')
    if hook == "facts":
        text = FACTS.format(name="mine", more='chosen_on="luck"')
    (folder / "one.py").write_text(text)
    (plugin,) = (one for one in discover().plugins if one.name == "one")
    assert plugin.state == "broken"
    assert "chosen_on is 'luck', not one of nothing, validation, test, unknown" in plugin.reason


def test_every_built_in_method_says_what_it_was_chosen_on() -> None:
    shelf = registry().methods
    for spec in shelf:
        if shelf.plugin(spec.name).distribution != "hashbench" or spec.control:
            continue
        told = method_facts(spec.name, "hashbench")
        assert told is not None
        assert told.chosen_on in ("nothing", "validation"), spec.name
        assert told.how, spec.name
        assert not told.licence or told.program, "a licence is that of a program"
    assert {spec.name for spec in registry().facts} <= set(shelf.names())
