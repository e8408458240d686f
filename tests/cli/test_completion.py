"""Completion as the shells ask for it: names, parameters, speed, and nothing heavy imported."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import get_completion_class

from hashbench.cli import complete
from hashbench.cli.completion import VARIABLE
from hashbench.cli.main import VERBS, cli

PLUGIN = """
import sys
from hashbench import DatasetSpec, MethodSpec, hookimpl
from pathlib import Path

@hookimpl
def hashbench_register_methods():
    return [MethodSpec(name="slowpoke", summary="imports torch", target="heavy_model:Model",
                       reference="none")]

@hookimpl
def hashbench_register_datasets():
    return [DatasetSpec(name="moving-shapes", summary="shapes", card=Path("none.toml")),
            DatasetSpec(name="shelf", summary="many", card=Path("none.toml"), family=True)]
"""
MODEL = """
import torch
raise RuntimeError("completion must not import this")
class Base:
    def __init__(self, bits=64, seed=0, alpha=1.0, beta=2, *, alternate=True): ...
class Model(Base): ...
"""


@pytest.fixture
def folder(tmp_path: Path, fresh_registry: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a plugins folder, with a method whose module must not be imported beside it."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "slow_plugin.py").write_text(PLUGIN)
    (tmp_path / "heavy_model.py").write_text(MODEL)
    fresh_registry.setenv("HASHBENCH_PLUGINS_DIR", str(tmp_path / "plugins"))
    fresh_registry.syspath_prepend(tmp_path)
    yield tmp_path
    assert "heavy_model" not in sys.modules
    sys.modules.pop("slow_plugin", None)


def offered(*words: str, shell: str = "bash") -> list[str]:
    """Return what a shell is offered for ``words``, the last of them incomplete."""
    made = get_completion_class(shell)
    assert made is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMP_WORDS", "\n".join(["hashbench", *words]))
        patch.setenv("COMP_CWORD", words[-1] if shell == "fish" else str(len(words)))
        answer = made(cli, {}, "hashbench", VARIABLE).complete()
    lines = filter(None, answer.splitlines())
    return [line.split(",", 1)[1].split("\t")[0] for line in lines]


@pytest.mark.usefixtures("folder")
def test_verbs_and_options() -> None:
    assert set(VERBS) <= set(offered(""))
    assert offered("new-p") == ["new-plugin"]
    assert offered("new-plugin", "--d") == ["--deep"]
    assert offered("completion", "f") == ["fish"]
    assert offered("no-such-verb", "x") == []
    assert offered("report", "runs", "--profile", "paper,s") == ["paper,strict"]
    assert offered("run", "itq", "--ties", "st") == ["stable"]
    assert offered("data", "info", "mov") == ["moving-shapes"]


@pytest.mark.parametrize("shell", ["bash", "fish"])
@pytest.mark.usefixtures("folder")
def test_names_in_any_case_and_in_lists(shell: str) -> None:
    assert offered("run", "SLOW", shell=shell) == ["slowpoke"]
    assert offered("run", "itq", "slow", shell=shell) == ["slowpoke"]
    assert offered("run", "itq,slow", shell=shell) == ["itq,slowpoke"]
    assert offered("run", "itq,IT", shell=shell) == []
    assert offered("run", "itq", "--dataset", "mov", shell=shell) == ["moving-shapes"]
    assert "shelf:" in offered("run", "itq", "--dataset", "s", shell=shell)


@pytest.mark.usefixtures("folder")
def test_parameters_come_from_source_not_from_an_import() -> None:
    names = [f"slowpoke[{name}=" for name in ("alpha", "beta", "alternate")]
    assert offered("run", "slowpoke[") == names
    assert offered("run", "slowpoke[al") == [names[0], names[2]]
    assert offered("run", "itq,slowpoke[b") == ["itq,slowpoke[beta="]
    assert offered("run", "nothing[") == []


@pytest.mark.usefixtures("folder")
def test_bash_cuts_words_and_fish_does_not() -> None:
    # bash hands over the pieces of slowpoke[alpha=1,al and replaces only the last.
    assert offered("run", "slowpoke[alpha", "=", "1,al") == ["1,alternate="]
    assert offered("run", "slowpoke[alpha=1,al", shell="fish") == ["slowpoke[alpha=1,alternate="]
    assert offered("run", "itq", "--dataset", "=", "mov") == ["moving-shapes"]
    assert offered("run", "slowpoke[alpha", "=", "1") == []


def test_a_card_s_path_is_left_to_the_shell() -> None:
    items = complete.datasets(click.Context(click.Command("x")), click.Option(["--x"]), "./my")
    assert [(item.type, item.value) for item in items] == [("file", "./my")]


def test_in_list_offers_each_name_once() -> None:
    rows = {"paper": "a", "official": "b", "strict": "c"}
    assert [item.value for item in complete.in_list(rows, "paper,")] == [
        "paper,official",
        "paper,strict",
    ]


HEAVY = ("torch", "numba", "pandas", "scipy", "sklearn", "matplotlib", "h5py")


@pytest.mark.parametrize("words", [["run", "it"], ["run", "itq", "--dataset", "d"]])
def test_completion_is_quick_and_imports_nothing_heavy(words: list[str]) -> None:
    program = (
        "import os, sys, time\n"
        "start = time.process_time()\n"
        "import click, importlib.metadata, numpy\n"
        "floor = time.process_time() - start\n"
        "from hashbench.cli.main import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "spent = time.process_time() - start\n"
        f"print(spent, floor, [name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    env = {
        **os.environ,
        "_HASHBENCH_COMPLETE": "bash_complete",
        "COMP_WORDS": "\n".join(["hashbench", *words]),
        "COMP_CWORD": str(len(words)),
        # Idle BLAS threads spin as they start; their time is nobody's wait.
        "OPENBLAS_NUM_THREADS": "1",
    }
    # Installed packages are compiled once; where this is set, sources are compiled at every start.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    done = [
        subprocess.run(
            [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
        ).stderr.split(maxsplit=2)
        for _ in range(3)
    ]
    assert {loaded.strip() for _, _, loaded in done} == {"[]"}
    # Processor time, the best of three; a busy machine stretches click and numpy alike.
    spent, floor = min((float(spent), float(floor)) for spent, floor, _ in done)
    assert spent < max(0.3, 2 * floor)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_loads_in_its_shell(shell: str, tmp_path: Path) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "hashbench", "completion", shell],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "_HASHBENCH_COMPLETE" in printed
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "script"
    script.write_text(printed)
    flags = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    done = subprocess.run(
        [shell, *flags, "-n", str(script)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def shell_environment(folder: Path, tmp_path: Path) -> dict[str, str]:
    """Return an environment whose ``hashbench`` is this one, with the slow plugin."""
    command = tmp_path / "bin" / "hashbench"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hashbench "$@"\n')
    command.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(folder),
        "HASHBENCH_PLUGINS_DIR": str(folder / "plugins"),
        "HOME": str(tmp_path),
    }


def test_bash_really_completes(shell_environment: dict[str, str]) -> None:
    program = (
        'eval "$(hashbench completion bash)"\n'
        "COMP_WORDS=(hashbench run slow); COMP_CWORD=2\n"
        "_hashbench_completion hashbench\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    command = ["bash", "--norc", "-c", program]
    done = subprocess.run(
        command, env=shell_environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["slowpoke"]


def test_fish_really_completes(shell_environment: dict[str, str]) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    program = "hashbench completion fish | source\ncomplete -C 'hashbench run slowpoke[alpha=1,alt'"
    command = ["fish", "--no-config", "-c", program]
    done = subprocess.run(
        command, env=shell_environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["slowpoke[alpha=1,alternate="]
