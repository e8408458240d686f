"""``hashbench completion``: the shells' side of completion, on click's own mechanism."""

from __future__ import annotations

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    add_completion_class,
    get_completion_class,
)

from hashbench.cli.arguments import argument

VARIABLE = "_HASHBENCH_COMPLETE"
"""The environment variable through which a shell asks click."""

_CUTS = ("=", ":")


@click.command()
@argument("shell", "The shell.", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes verbs, options and names in SHELL.

    Load it where the shell starts: eval "$(hashbench completion bash)" in ~/.bashrc, the same
    with zsh in ~/.zshrc, and hashbench completion fish | source in ~/.config/fish/config.fish.
    """
    from hashbench.cli.main import cli

    made = get_completion_class(shell)
    assert made is not None  # click brings all three
    click.echo(made(cli, {}, "hashbench", VARIABLE).source())


class _Bash(BashComplete):
    """Bash, which cuts words at ``=`` and ``:``, as in ``itq[iterations=5,``: join them first."""

    _cut = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        args, incomplete = super().get_completion_args()
        words: list[str] = []
        for word in [*args, incomplete]:
            if words and (word in _CUTS or words[-1].endswith(_CUTS)):
                words[-1] += word
            else:
                words.append(word)
        *args, joined = words
        self._cut = joined if incomplete in _CUTS else joined.removesuffix(incomplete)
        return args, joined

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type},{str(item.value).removeprefix(self._cut)}"


class _Fish(FishComplete):
    """Fish, whose script as click writes it would cut a value at its first comma."""

    source_template = FishComplete.source_template.replace(
        'string split ","', 'string split --max 1 ","'
    )


add_completion_class(_Bash, "bash")
add_completion_class(_Fish, "fish")
