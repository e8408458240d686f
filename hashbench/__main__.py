"""``python -m hashbench``."""

from hashbench.cli.main import command

if __name__ == "__main__":
    command()
