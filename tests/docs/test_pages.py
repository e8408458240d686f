"""Every block of the documentation runs, every command parses, no link is dead."""

from __future__ import annotations

import doctest
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from pages import DOCS, ROOT, Block, blocks, commands, page_id, pages

import hashbench
from hashbench.cli.main import cli

RUN_WHOLE = {"quick-start.md", "tutorial.md", "python.md", "concepts.md", "reports.md"}
"""Pages that people follow to the letter: their shell blocks are really run."""

RESULTS = {
    "reports.md": ("runs", "other-runs", "runs-before", "runs-after"),
    "runs.md": ("runs",),
    "leaderboards.md": ("runs",),
}
"""Pages that begin where a grid was run already, and the folders that hold it."""

SHELL = {"sh", "bash", "shell"}
KNOWN = {
    "",
    "python",
    "pycon",
    "sh",
    "bash",
    "shell",
    "toml",
    "json",
    "text",
    "console",
    "bibtex",
    "sql",
}


def with_language(*languages: str) -> list[Path]:
    return [page for page in pages() if any(b.language in languages for b in blocks(page))]


def runs_whole(page: Path) -> bool:
    return page.name in RUN_WHOLE or page.parent.name == "hooks"


@pytest.mark.parametrize("page", pages(), ids=page_id)
def test_blocks_say_what_they_are(page: Path) -> None:
    assert {block.language for block in blocks(page)} <= KNOWN


@pytest.mark.parametrize("page", pages(), ids=page_id)
def test_code_is_fenced(page: Path) -> None:
    """Indented code has no language, and would escape the checks below."""
    text = re.sub(r"```.*?```", "```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for paragraph in re.split(r"\n\s*\n(?!\s+\S)", text):
        if not re.match(r"\s*([-*]|\d+\.) ", paragraph):
            assert not re.search(r"(^|\n\s*\n) {4,}\S", paragraph), paragraph


@pytest.mark.parametrize("page", with_language(*SHELL), ids=page_id)
def test_commands_parse(page: Path) -> None:
    for block in blocks(page):
        if block.language in SHELL:
            for arguments in commands(block.text):
                if not brought_by(page, arguments):
                    parse(arguments, f"{page_id(page)}:{block.line}")
            for script, *_ in commands(block.text, "python"):
                assert script.startswith("-") or (ROOT / script).is_file(), script


PASTED = {
    *("bash", "cd", "eval", "hashbench", "mkdir", "mkdocs", "mypy", "pip", "pytest", "python"),
    *(".", "ruff"),
}
"""What a line under a copy button may call."""


def test_shell_blocks_can_be_pasted() -> None:
    """No prompt, no output between commands, and the whole block is one that a shell reads."""
    seen = 0
    for page in pages():
        for block in blocks(page):
            if block.language not in SHELL:
                continue
            where = f"{page_id(page)}:{block.line}"
            read = subprocess.run(
                ["bash", "-n"], input=block.text, capture_output=True, text=True, check=False
            )
            assert (read.returncode, read.stderr) == (0, ""), where
            for line in block.text.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                while words and re.match(r"[A-Z_]+=", words[0]):  # set for this command
                    words = words[1:]
                assert not words or words[0] in PASTED, f"{where}: {line}"
            seen += 1
    assert seen > 60


def brought_by(page: Path, arguments: list[str]) -> bool:
    """Return whether the verb is one that the page's own plugin adds; such a page is run."""
    added = re.findall(r'CommandSpec\(\s*"([\w-]+)"', page.read_text(encoding="utf-8"))
    return runs_whole(page) and not {*added}.isdisjoint(arguments)


def parse(arguments: list[str], where: str) -> None:
    """Let click read ``arguments`` down to the last subcommand, without calling anything."""
    if "--plugins-dir" in arguments:
        start = arguments.index("--plugins-dir")
        arguments = arguments[:start] + arguments[start + 2 :]
    try:
        command: click.Command = cli
        name: str | None = "hashbench"
        context: click.Context | None = None
        while True:
            context = command.make_context(name, list(arguments), parent=context)
            if not isinstance(command, click.Group):
                return
            rest = [*context._protected_args, *context.args]
            name, found, arguments = command.resolve_command(context, rest)
            assert found is not None
            command = found
    except (SystemExit, click.exceptions.Exit):  # --help and --version end there
        return
    except click.ClickException as error:
        pytest.fail(f"{where}: hashbench {shlex.join(arguments)}: {error.format_message()}")


@pytest.mark.parametrize("page", with_language("toml", "json"), ids=page_id)
def test_data_blocks_are_well_formed(page: Path) -> None:
    for block in blocks(page):
        if block.language == "toml":
            tomllib.loads(block.text)
        if block.language == "json":
            json.loads(block.text)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run directory with two methods at two code lengths."""
    out = tmp_path_factory.mktemp("finished") / "runs"
    hashbench.run(["itq", "lsh"], "digit-stories", bits=[16, 64], k=[20, 100], out=out)
    return out


CARRIED_OUT = [
    page for page in pages() if runs_whole(page) or page in with_language("python", "pycon")
]


@pytest.mark.parametrize("page", CARRIED_OUT, ids=page_id)
def test_a_page_runs_from_top_to_bottom(
    page: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    fresh_registry: pytest.MonkeyPatch,
    python: str,
) -> None:
    """Files are written, Python is executed, and shell scripts are where RUN_WHOLE says so."""
    fresh_registry.chdir(tmp_path)
    for name in RESULTS.get(page.name, ()):
        shutil.copytree(request.getfixturevalue("finished"), tmp_path / name)
    fresh_registry.setenv("HASHBENCH_PLUGINS_DIR", "")
    fresh_registry.setenv("PATH", f"{command_folder(tmp_path, python)}:{os.environ['PATH']}")
    names: dict[str, object] = {"__name__": "__page__"}
    modules = set(sys.modules)
    try:
        for block in blocks(page):
            carry_out(block, page, names)
    finally:
        for name in set(sys.modules) - modules:
            if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]


def carry_out(block: Block, page: Path, names: dict[str, object]) -> None:
    where = f"{page_id(page)}:{block.line}"
    if "." in block.title:
        Path(block.title).parent.mkdir(parents=True, exist_ok=True)
        Path(block.title).write_text(block.text, encoding="utf-8")
    elif block.title == "Signature":
        return
    elif block.language == "python" and not block.text.startswith(">>>"):
        exec(compile(block.text, where, "exec"), names)
    elif block.language in ("python", "pycon"):
        test = doctest.DocTestParser().get_doctest(block.text, names, where, where, block.line)
        assert doctest.DocTestRunner().run(test).failed == 0, where
    elif block.language in SHELL and runs_whole(page) and "pip install" not in block.text:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.text],
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )
        assert done.returncode == 0, f"{where}\n{block.text}\n{done.stderr}"


def command_folder(folder: Path, python: str) -> Path:
    """Return a folder with a ``hashbench`` that is the one under test."""
    command = folder / "bin" / "hashbench"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{python}" -m hashbench "$@"\n')
    command.chmod(0o755)
    return command.parent


def anchors(page: Path) -> set[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ +(.+?)\s*$", text, flags=re.MULTILINE)
    return {slug(heading) for heading in headings}


def slug(heading: str) -> str:
    plain = re.sub(r"[^\w\s-]", "", heading.replace("`", "").lower()).strip()
    return re.sub(r"[\s-]+", "-", plain)


@pytest.mark.parametrize("page", pages(), ids=page_id)
def test_no_link_is_dead(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    for target in re.findall(r"\]\(([^)\s]+)", text):
        if re.match(r"[a-z]+:", target):
            assert target.startswith(("https://", "mailto:")), target
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{page_id(page)}: {target}"
        assert found.is_relative_to(ROOT), f"{page_id(page)}: {target}"
        if page.is_relative_to(DOCS):
            assert found.is_relative_to(DOCS), f"{page_id(page)}: {target} leaves the site"
        if anchor:
            assert anchor in anchors(found), f"{page_id(page)}: {target}"


@pytest.mark.parametrize("page", pages(), ids=page_id)
def test_no_page_fetches_from_the_network(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"!\[[^\]]*\]\(https?:|<(?:script|link|img|iframe)\b[^>]*https?:", text)
