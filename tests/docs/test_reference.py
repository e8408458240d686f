"""Hooks, commands and public names are documented with the signatures that they have."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from types import FunctionType

import pytest
from pages import DOCS, ROOT, Block, blocks

import hashbench
from hashbench import hookspecs
from hashbench.cli.reference import reference
from hashbench.data.reference import reference as card_keys
from hashbench.plugins import _KINDS
from hashbench.testing.reference import reference as checks

HOOKS = {
    name: hook
    for name, hook in vars(hookspecs).items()
    if isinstance(hook, FunctionType) and name.startswith("hashbench_")
}


def kind(hook: str) -> str:
    return hook.removeprefix("hashbench_register_")


def test_every_hook_has_its_page_and_the_overview_names_it() -> None:
    assert {path.stem for path in (DOCS / "hooks").glob("*.md")} == {
        "index",
        *(kind(hook) for hook in HOOKS),
    }
    overview = (DOCS / "hooks" / "index.md").read_text(encoding="utf-8")
    for hook in HOOKS:
        assert f"[`{hook}`]({kind(hook)}.md)" in overview


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_documented_with_its_signature(hook: str) -> None:
    page = DOCS / "hooks" / f"{kind(hook)}.md"
    shown = next(block for block in blocks(page) if block.title == "Signature")
    signature = str(inspect.signature(HOOKS[hook])).replace("'", "")
    assert shown.text.strip() == f"def {hook}{signature}: ..."
    line = (inspect.getdoc(HOOKS[hook]) or "").splitlines()[0]
    assert line.replace("``", "`") in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_s_page_lists_every_field_of_its_spec(hook: str) -> None:
    spec = _KINDS[kind(hook).removesuffix("s")]
    text = (DOCS / "hooks" / f"{kind(hook)}.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", text, flags=re.MULTILINE))
    fields = {field.name: str(field.type).replace("|", r"\|") for field in dataclasses.fields(spec)}
    assert rows == fields
    assert f"| field of `{spec.__name__}` |" in text


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_s_page_has_an_example_that_implements_it(hook: str) -> None:
    def implements(block: Block) -> bool:
        return block.title.endswith(".py") and f"@hookimpl\ndef {hook}(" in block.text

    assert any(map(implements, blocks(DOCS / "hooks" / f"{kind(hook)}.md")))


def test_the_command_line_page_is_the_generated_one() -> None:
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    assert page == reference(), "renew it: python -m hashbench.cli.reference > docs/cli.md"


def test_every_argument_on_the_command_line_page_has_a_meaning() -> None:
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    arguments = re.findall(r"^\| `([^-][^`]*)` \| *(.*?) *\|$", page, flags=re.MULTILINE)
    assert len(arguments) > 10
    assert [name for name, meaning in arguments if not meaning] == []


@pytest.mark.parametrize("verb", ["run", "cross", "experiment", "search", "encode"])
def test_the_command_line_page_shows_defaults(verb: str) -> None:
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## hashbench {verb}\n")[2].partition("\n## ")[0]
    row = next(line for line in section.splitlines() if line.startswith("| `--device"))
    assert r"\[default: auto\]" in row


def test_the_data_page_has_the_generated_table_of_card_keys() -> None:
    page = (DOCS / "data.md").read_text(encoding="utf-8")
    assert card_keys() in page, "renew it: python -m hashbench.data.reference"


def test_the_page_of_checks_is_the_generated_one() -> None:
    page = (DOCS / "testing.md").read_text(encoding="utf-8")
    assert page == checks(), "renew it: python -m hashbench.testing.reference > docs/testing.md"


def test_every_public_name_is_in_the_python_reference() -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^::: hashbench\.(\w+)$", text, flags=re.MULTILINE))
    assert shown == set(hashbench.__all__) - {"__version__"}


@pytest.mark.parametrize(("module", "constants"), [("nn", {"Estimator"}), ("linear", {"MARGIN"})])
def test_every_name_of_a_public_module_is_in_the_python_reference(
    module: str, constants: set[str]
) -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    shown = set(re.findall(rf"^::: hashbench\.{module}\.(\w+)$", text, flags=re.MULTILINE))
    assert shown == set(importlib.import_module(f"hashbench.{module}").__all__) - constants


@pytest.mark.parametrize("name", sorted(set(hashbench.__all__) - {"__version__"}))
def test_every_public_name_has_a_docstring(name: str) -> None:
    if name == "hookimpl":  # pluggy's marker, an instance
        return
    assert inspect.getdoc(getattr(hashbench, name))


def test_every_page_is_in_the_navigation() -> None:
    lines = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    listed = re.findall(r"([\w./-]+\.md)\s*$", lines, flags=re.MULTILINE)
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) == {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}


def test_the_minimal_method_is_twelve_lines_and_the_same_everywhere() -> None:
    code = (DOCS / "minimal_method.py").read_text(encoding="utf-8")
    assert len(code.splitlines()) <= 12
    shown = [b for b in blocks(DOCS / "tutorial.md") if b.title.endswith("/minimal_method.py")]
    assert [block.text for block in shown] == [code]
    assert code in (ROOT / "README.md").read_text(encoding="utf-8")
