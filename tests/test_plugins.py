"""Discovery is guarded: whatever a plugin does, the rest works and the reason is told."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from hashbench.errors import PluginError, UsageError
from hashbench.plugins import Plugin, discover, registry, use_plugins_dir

HEAD = """
from hashbench import BinaryCodes, Method, MethodSpec, DatasetSpec, hookimpl

def spec(name, **more):
    return MethodSpec(name=name, summary="s", target="nowhere:Nothing", reference="r", **more)
"""


@pytest.fixture
def plugin_dir(tmp_path: Path, fresh_registry: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder of single-file plugins that discovery reads."""
    modules = set(sys.modules)
    fresh_registry.setenv("HASHBENCH_PLUGINS_DIR", str(tmp_path))
    yield tmp_path
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def write(folder: Path, name: str, body: str) -> None:
    """Write a plugin file."""
    (folder / f"{name}.py").write_text(HEAD + textwrap.dedent(body), encoding="utf-8")


def found(name: str) -> Plugin:
    """Return the plugin called ``name`` after a fresh discovery."""
    return next(plugin for plugin in discover().plugins if plugin.name == name)


def test_our_own_methods_come_in_as_entry_points(fresh_registry: pytest.MonkeyPatch) -> None:
    fresh_registry.delenv("HASHBENCH_PLUGINS_DIR", raising=False)
    plugin = registry().methods.plugin("itq")
    assert (plugin.distribution, plugin.state) == ("hashbench", "ok")
    assert not registry().broken


def test_names_match_in_any_case_and_by_alias(plugin_dir: Path) -> None:
    write(
        plugin_dir,
        "good_plugin",
        """
        @hookimpl
        def hashbench_register_methods():
            return [spec("MyHash", aliases=("mh",))]
        """,
    )
    methods = discover().methods
    assert methods.get("myHASH") is methods.get("MH")
    with pytest.raises(UsageError, match="did you mean 'myhash'"):
        methods.get("myhush")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise SystemError('boom\\nsecond line')", "SystemError: boom second line"),
        ("import a_module_that_is_not_there", "a_module_that_is_not_there is not installed"),
        ("x = 1", "implements no hook"),
        (
            "@hookimpl\ndef hashbench_register_wishes():\n    return []",
            "hashbench_register_wishes",
        ),
        (
            "@hookimpl\ndef hashbench_register_methods():\n    return [spec('a'), 'not a spec']",
            "returned a str, not a MethodSpec",
        ),
        (
            "@hookimpl\ndef hashbench_register_methods():\n    return [spec('a', api=2)]",
            "asks for api 2; this release speaks api 1",
        ),
        (
            "@hookimpl\ndef hashbench_register_methods():\n    yield spec('a')\n    raise OSError",
            "OSError",
        ),
        (
            "@hookimpl\ndef hashbench_register_methods():\n    return [spec('a,b')]",
            "is empty or has a space",
        ),
        (
            "@hookimpl\ndef hashbench_register_methods(no_such_argument):\n    return []",
            "no_such_argument",
        ),
    ],
)
def test_a_broken_plugin_is_listed_and_nothing_of_it_is_used(
    plugin_dir: Path, body: str, reason: str
) -> None:
    write(plugin_dir, "broken_plugin", body)
    result = discover()
    plugin = next(p for p in result.plugins if p.name == "broken_plugin")
    assert plugin.state == "broken"
    assert reason in plugin.reason
    assert "\n" not in plugin.reason
    assert "itq" in result.methods.names()
    assert "a" not in result.methods.names()


def test_two_plugins_with_one_name_are_an_error_that_names_both(plugin_dir: Path) -> None:
    hook = "@hookimpl\ndef hashbench_register_methods():\n    return [spec('ITQ'), spec('other')]"
    write(plugin_dir, "usurper", hook)
    result = discover()
    with pytest.raises(PluginError, match=r"hashbench \S+ and by .*usurper\.py"):
        result.methods.get("itq")
    assert "other" not in result.methods.names()


def test_a_name_clash_is_settled_by_switching_one_off(
    plugin_dir: Path, fresh_registry: pytest.MonkeyPatch
) -> None:
    hook = "@hookimpl\ndef hashbench_register_methods():\n    return [spec('itq')]"
    write(plugin_dir, "usurper", hook)
    fresh_registry.setenv("HASHBENCH_DISABLE", "lsh, Usurper")
    assert found("usurper").state == "disabled"
    assert discover().methods.plugin("itq").distribution == "hashbench"


def test_a_file_that_hides_a_module_is_refused(plugin_dir: Path) -> None:
    write(plugin_dir, "json", "")
    write(plugin_dir, "antigravity", "")
    assert "rename it" in found("json").reason
    assert "rename it" in found("antigravity").reason


def test_plugins_dir_must_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        use_plugins_dir(tmp_path / "nowhere")


def test_command_line_lists_the_broken_and_goes_on(tmp_path: Path, hashbench_command) -> None:
    write(tmp_path, "broken_plugin", "raise ValueError('no [brackets] lost')")
    listed = hashbench_command("--plugins-dir", tmp_path, "plugins", "--json")
    assert listed.returncode == 0
    rows = {row["name"]: row for row in json.loads(listed.stdout)}
    assert rows["broken_plugin"]["reason"] == "ValueError: no [brackets] lost"
    assert rows["itq"]["state"] == "ok"
    table = hashbench_command("--plugins-dir", tmp_path, "plugins")
    assert "broken_plugin" in table.stdout
    strict = hashbench_command("--plugins-dir", tmp_path, "--strict", "methods")
    assert strict.returncode == 3
    assert strict.stderr.count("\n") == 1
    assert "broken_plugin" in strict.stderr
    assert not strict.stdout


def test_a_plugin_adds_a_command(tmp_path: Path, hashbench_command) -> None:
    write(
        tmp_path,
        "greeter",
        """
        import click
        from hashbench import CommandSpec

        @click.command()
        def greet():
            click.echo("good day")

        @hookimpl
        def hashbench_register_commands():
            return [CommandSpec(name="greet", summary="Say so.", target="greeter:greet")]
        """,
    )
    assert "Say so." in hashbench_command("--plugins-dir", tmp_path, "--help").stdout
    assert hashbench_command("--plugins-dir", tmp_path, "greet").stdout == "good day\n"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import sys\nsys.exit(0)", "SystemExit: tried to end the program with status 0"),
        ("import argparse\nargparse.ArgumentParser().parse_args(['--x'])", "status 2"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("@hookimpl\ndef hashbench_register_methods():\n    raise SystemExit(3)", "status 3"),
        (
            "@hookimpl\ndef hashbench_register_methods():\n"  # noqa: ISC004
            "    return iter(lambda: spec('a'), None)",
            "returned more than 10000 specs",
        ),
        (
            "class Odd(Exception):\n    def __str__(self):\n        raise ValueError\nraise Odd",
            "Odd:",
        ),
        (
            "@hookimpl\ndef hashbench_register_methods():\n    return [spec('../a')]",
            "is empty or has a space, a slash",
        ),
    ],
)
def test_a_plugin_cannot_end_the_program(plugin_dir: Path, body: str, reason: str) -> None:
    write(plugin_dir, "ending_plugin", body)
    plugin = found("ending_plugin")
    assert plugin.state == "broken"
    assert reason in plugin.reason
    assert "itq" in discover().methods.names()


def test_an_interrupt_passes_through_a_plugin(plugin_dir: Path) -> None:
    write(plugin_dir, "interrupted_plugin", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        discover()


def test_what_a_plugin_prints_or_closes_is_not_our_output(
    plugin_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        plugin_dir,
        "loud_plugin",
        """
        import sys
        print("loaded")
        sys.stdout.close()
        sys.stdout = None

        @hookimpl
        def hashbench_register_methods():
            print("asked")
            return [spec("loud")]
        """,
    )
    before = sys.stdout
    assert found("loud_plugin").brings == ("method loud",)
    assert sys.stdout is before
    print("ours")
    captured = capsys.readouterr()
    assert captured.out == "ours\n"
    assert "loaded" in captured.err
