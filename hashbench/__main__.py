"""``python -m hashbench``."""

from hashbench.cli.main import main

if __name__ == "__main__":
    main()
