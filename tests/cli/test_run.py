"""``hashbench run``: what is printed where, dry runs, config files, reruns."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from making_data import write_set

PLUGINS = Path(__file__).parent.parent / "runs" / "plugins"

CommandLine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("set"))


def test_tables_on_stdout_and_everything_else_on_stderr(
    hashbench_command: CommandLine, card: Path, tmp_path: Path
) -> None:
    command = ["run", "ITQ", "itq[iterations=1]", "--dataset", card, "--bits", "2,4", "--k", "5,10"]
    done = hashbench_command(*command)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("mAP (%) on mine")
    for k in (5, 10):
        assert f"\nmAP@{k}\n" in done.stdout
    assert "itq[iterations=1]" in done.stdout
    assert "itq 4 bits seed 0 done in" in done.stderr
    for place in ("records  runs/records", "curves   runs/curves", "manifest runs/manifests/"):
        assert place in done.stderr
    assert list((tmp_path / "runs" / "curves").iterdir())
    again = hashbench_command(*command)
    assert again.stdout == done.stdout
    assert "0 cells to do; 4 more are there already" in again.stderr
    assert len(list((tmp_path / "runs" / "manifests").iterdir())) == 1


def test_a_finished_grid_loads_neither_torch_nor_numba(card: Path, tmp_path: Path) -> None:
    command = ["run", "itq", "--dataset", str(card), "--bits", "2", "--k", "5"]
    program = (
        "import sys\nfrom hashbench.cli.main import main\n"
        f"try:\n    main({command!r})\n"
        "finally:\n    print({'torch', 'numba', 'sklearn'} & sys.modules.keys(), file=sys.stderr)\n"
    )
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stderr.splitlines()[-1] == "set()"


def test_dry_run_prints_the_grid_and_makes_nothing(
    hashbench_command: CommandLine, card: Path, tmp_path: Path
) -> None:
    command = ["run", "itq", "--dataset", card, "--bits", "2,4", "--seed", "0,1", "--k", "5"]
    done = hashbench_command(*command, "--dry-run")
    assert done.returncode == 0
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert rows == [
        ["mine", "itq", bits, seed, "to do"] for bits in ("2", "4") for seed in ("0", "1")
    ]
    assert not (tmp_path / "runs").exists()
    cells = json.loads(hashbench_command(*command, "--dry-run", "--json").stdout)["cells"]
    assert [(cell["bits"], cell["seed"]) for cell in cells] == [(2, 0), (2, 1), (4, 0), (4, 1)]
    assert all(cell["to_do"] for cell in cells)


def test_json_holds_the_records(hashbench_command: CommandLine, card: Path, tmp_path: Path) -> None:
    done = hashbench_command("run", "itq", "--dataset", card, "--bits", "2", "--k", "5", "--json")
    value = json.loads(done.stdout)
    assert value["failed"] == 0
    (record,) = value["records"]
    (path,) = (tmp_path / "runs").glob("records/*/*.json")
    assert json.loads(path.read_text()) == record
    assert (tmp_path / value["manifest"]).exists()
    manifest = json.loads((tmp_path / value["manifest"]).read_text())
    assert manifest["argv"][-7:] == ["--dataset", str(card), "--bits", "2", "--k", "5", "--json"]


def test_a_failed_cell_is_said_and_exits_1(hashbench_command: CommandLine, card: Path) -> None:
    grid = ["run", "itq", "boom", "--dataset", card, "--bits", "4", "--k", "5"]
    done = hashbench_command("--plugins-dir", PLUGINS, *grid)
    assert done.returncode == 1
    assert "mAP@5 (%) on mine" in done.stdout
    assert "failed   boom 4 bits seed 0: ValueError: the loss is infinite\n" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hashbench: 1 of 2 cells failed" in done.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["itq"], "--dataset is needed"),
        (["--dataset", "CARD"], "no method is named"),
        (["itp", "--dataset", "CARD"], "no method 'itp'; did you mean 'itq'?"),
        (["itq", "--dataset", "digit-storys"], "did you mean 'digit-stories'?"),
        (["itq", "--dataset", "CARD", "--bits", "0"], "--bits 0: 0 is out of range"),
        (["itq", "--dataset", "CARD", "--bits", "8,15,...,256"], "no single progression"),
        (["itq", "--dataset", "CARD", "--bits", "8,8"], "8 comes twice"),
        (["itq", "--dataset", "CARD", "--k", "5,100"], "database of mine has only 20 videos"),
        (["itq", "--dataset", "CARD", "--jobs", "0"], "--jobs 0: at least 1"),
        (["itq", "--dataset", "CARD", "--jobs", "two"], "'two' is not a valid integer"),
        (["itq", "--dataset", "CARD", "--colour", "red"], "--colour"),
        (["itq", "--dataset", "nowhere.toml"], "nowhere.toml: no such card"),
        (["itq", "--dataset", "CARD", "--config", "absent.toml"], "absent.toml: no such file"),
        (["itq", "--dataset", "CARD", "--config", "x" * 5000], "File name too long"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(
    hashbench_command: CommandLine, card: Path, tmp_path: Path, args: list[str], message: str
) -> None:
    done = hashbench_command("run", *[str(card) if arg == "CARD" else arg for arg in args])
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.startswith("hashbench: ")
    assert done.stderr.count("\n") == 1
    assert not done.stdout
    assert not (tmp_path / "runs").exists()


def grid(command: CommandLine, *args: object) -> list[tuple[str, int, int]]:
    done = command("run", *args, "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    cells = json.loads(done.stdout)["cells"]
    return [(cell["method"], cell["bits"], cell["seed"]) for cell in cells]


def test_config_has_the_names_of_the_flags_and_flags_win(
    hashbench_command: CommandLine, card: Path, tmp_path: Path
) -> None:
    (tmp_path / "grid.toml").write_text(
        f'methods = ["itq", "itq[iterations=1]"]\ndataset = "{card}"\n'
        'k = [5]\nbits = "2,4"\nset = ["itq.iterations=7"]\nout = "there"\n'
        "[run]\nseed = 3\nforce = true\njobs = 2\n"
    )
    assert grid(hashbench_command, "--config", "grid.toml") == [
        ("itq[iterations=7]", 2, 3),
        ("itq[iterations=1]", 2, 3),
        ("itq[iterations=7]", 4, 3),
        ("itq[iterations=1]", 4, 3),
    ]
    args = [
        "itq",
        "--config",
        "grid.toml",
        "--bits",
        "2",
        "--seed",
        "0",
        "--set",
        "itq.iterations=9",
    ]
    assert grid(hashbench_command, *args) == [("itq[iterations=9]", 2, 0)]


def test_config_takes_shares(hashbench_command: CommandLine, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", rng.standard_normal((40, 8), np.float32))
    np.save(tmp_path / "y.npy", np.arange(40) % 4)
    (tmp_path / "grid.toml").write_text('features = "x.npy"\nlabels = "y.npy"\nsplit = 0.7\n')
    done = hashbench_command("run", "itq", "--k", "5", "--config", "grid.toml", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "--split 0.7" in done.stderr


def test_config_takes_parameters_as_tables(
    hashbench_command: CommandLine, card: Path, tmp_path: Path
) -> None:
    (tmp_path / "grid.toml").write_text("bits = 4\n[set.itq]\niterations = 3\n")
    args = ["itq", "--dataset", card, "--k", "5", "--config", "grid.toml"]
    assert grid(hashbench_command, *args) == [("itq[iterations=3]", 4, 0)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bit = 4", "no option of run 'bit'; did you mean 'bits'?"),
        ("[run]\nsed = 4", "no option of run 'sed'; did you mean 'seed'?"),
        ("help = true", "no option of run 'help'"),
        ("jobs = 'two'", "jobs = 'two': a whole number is needed"),
        ("methods = 'itq'", "methods = 'itq': a list is needed"),
        ("dry-run = 1", "dry-run = 1: true or false is needed"),
        ("split = 'most'", "split = 'most': a number is needed"),
        ("split = true", "split = True: a number is needed"),
        ("dataset = 3", "dataset = 3: a string is needed"),
        ("bits = [8, 16", "not TOML"),
        ("run = 3", "'run' is a table of options"),
        ("bits = '8,15,...,256'", "no single progression"),
        ("bits = true", "--bits True"),
        ("bits = 2024-01-01", "--bits 2024-01-01: whole numbers are needed"),
        ("dataset = 2024-01-01T00:00:00", "a string is needed"),
        ("[set.itq]\niterations = 2024-01-01", "iterations"),
    ],
)
def test_a_wrong_config_is_one_line(
    hashbench_command: CommandLine, card: Path, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "grid.toml").write_text(text)
    done = hashbench_command("run", "itq", "--dataset", card, "--k", "5", "--config", "grid.toml")
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_features_without_a_card(hashbench_command: CommandLine, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "X.npy", rng.standard_normal((60, 8), np.float32))
    np.save(tmp_path / "y.npy", np.arange(60) % 3)
    command = ["run", "itq", "--features", "X.npy", "--labels", "y.npy", "--bits", "4", "--k", "5"]
    first = hashbench_command(*command, "ssth", "--split", "0.5", "--jobs", "1")
    assert first.returncode == 1
    assert "split    X: 30 to train on and to rank, 30 queries (--split 0.5" in first.stderr
    assert "failed   ssth 4 bits seed 0: UsageError: ssth needs 2 frames a video" in first.stderr
    again = hashbench_command(*command, "--split", "0.5")
    assert "0 cells to do; 1 more is there already" in again.stderr
    record = json.loads(next((tmp_path / "runs/records/X").glob("itq-*")).read_text())
    draw = record["dataset"]["draw"]
    assert (draw["share"], draw["seed"], draw["features"]) == (0.5, 0, "X.npy")
    found = hashlib.sha256((tmp_path / "X.npy").read_bytes()).hexdigest()
    assert draw["features_sha256"] == found
    np.save(tmp_path / "X.npy", rng.standard_normal((60, 8), np.float32))
    planned = [
        hashbench_command(*command, *more, "--dry-run", "--json")
        for more in (["--split", "0.5"], ["--split-seed", "1"])
    ]
    cells = [json.loads(done.stdout)["cells"] for done in planned]
    assert all(cell["to_do"] for found in cells for cell in found)
    everything = hashbench_command(*command[:1], "all", *command[2:], "--dry-run")
    assert everything.returncode == 0, everything.stderr
    assert "left out " in everything.stderr
    assert "ssth (from 2)" in everything.stderr
    assert "mfh" in everything.stdout


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ([], "--features needs --labels"),
        (["--labels", "none.npy"], "none.npy: no such file"),
        (["--labels", "X.npy", "--dataset", "digit-stories"], "leave --dataset out"),
        (["--labels", "y.npy", "--split", "80"], "--split 80: a share between 0 and 1"),
    ],
)
def test_wrong_features_are_one_line(
    hashbench_command: CommandLine, tmp_path: Path, more: list[str], message: str
) -> None:
    np.save(tmp_path / "X.npy", np.ones((6, 2), np.float32))
    np.save(tmp_path / "y.npy", np.arange(6) % 2)
    done = hashbench_command("run", "itq", "--features", "X.npy", *more)
    assert done.returncode in (2, 3)
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
