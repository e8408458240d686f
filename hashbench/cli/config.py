"""``--config FILE.toml``: options under the names that the flags have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from hashbench.errors import UsageError
from hashbench.files.documents import read_toml
from hashbench.names import unknown


def config_option(table: str) -> Any:
    """Return the ``--config`` option of a command.

    Parameters
    ----------
    table : str
        Keys may also stand in a table of this name, such as ``[run]``, so that one file serves
        several commands.
    """

    def read(ctx: click.Context, _: click.Parameter, path: Path | None) -> Path | None:
        if path is not None:
            ctx.default_map = {**(ctx.default_map or {}), **_options(ctx, path, table)}
        return path

    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        is_eager=True,
        callback=read,
        help="TOML file of options, named like these flags. Flags on the command line win.",
    )


def _options(ctx: click.Context, path: Path, table: str) -> dict[str, Any]:
    params = ctx.command.params
    known = {_key(param): param for param in params if _key(param) != "config"}
    known |= {name: param for param in params if (name := _opposite(param)) is not None}
    try:
        values = read_toml(path)
    except FileNotFoundError:
        raise UsageError(f"--config {path}: no such file") from None
    except OSError as error:
        raise UsageError(f"--config {path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise UsageError(f"--config {path}: not TOML ({error})") from error
    section = values.pop(table, {})
    if not isinstance(section, dict):
        raise UsageError(f"--config {path}: {table!r} is a table of options, not a value")
    found: dict[str, Any] = {}
    for key, value in {**values, **section}.items():
        if key not in known or key == "help":
            raise UsageError(f"--config {path}: {unknown(f'option of {table}', key, known)}")
        param = known[key]
        _check(path, key, param, value)
        # --resume/--force is one option with two names.
        found[str(param.name)] = not value if _opposite(param) == key else _flat(value)
    return found


def _flat(value: Any) -> Any:
    """Return ``{"itq": {"iterations": 5}}`` as ``["itq.iterations=5"]``, and others as given."""
    if not isinstance(value, dict):
        return value
    tables = {name: params for name, params in value.items() if isinstance(params, dict)}
    lone = [
        f"{name}={json.dumps(param, default=str)}"
        for name, param in value.items()
        if name not in tables
    ]
    return lone + [
        f"{name}.{param}={json.dumps(number, default=str)}"
        for name, params in tables.items()
        for param, number in params.items()
    ]


def _opposite(param: click.Parameter) -> str | None:
    return param.secondary_opts[0].removeprefix("--") if param.secondary_opts else None


def _key(param: click.Parameter) -> str:
    """Return the name of a parameter as people write it: ``data-root``, ``methods``."""
    long = [option for option in param.opts if option.startswith("--")]
    return long[0].removeprefix("--") if long else str(param.name)


def _check(path: Path, key: str, param: click.Parameter, value: Any) -> None:
    if isinstance(param.type, click.types.BoolParamType):
        fits, wanted = isinstance(value, bool), "true or false"
    elif isinstance(param.type, click.types.IntParamType):
        fits, wanted = isinstance(value, int) and not isinstance(value, bool), "a whole number"
    elif isinstance(param.type, click.types.FloatParamType):
        fits, wanted = isinstance(value, int | float) and not isinstance(value, bool), "a number"
    elif isinstance(param.type, click.types.UnprocessedParamType):
        return
    elif param.multiple or param.nargs == -1:
        fits, wanted = isinstance(value, list), "a list"
    else:
        fits, wanted = isinstance(value, str), "a string"
    if not fits:
        raise UsageError(f"--config {path}: {key} = {value!r}: {wanted} is needed")
