"""Optional keys of a card as a markdown table: ``python -m hashbench.data.reference``."""

from __future__ import annotations

from dataclasses import MISSING

from hashbench.data.cardkeys import keys
from hashbench.data.cards import Card, Draw, Split


def reference() -> str:
    """Return the optional keys of a card as a markdown table."""
    return "\n".join(
        [
            "| key | default | meaning |",
            "|---|---|---|",
            *_rows(Card, ""),
            *_rows(Split, "in a split: "),
            *_rows(Draw, "in `[draw]`: "),
        ]
    )


def _rows(cls: type[Card] | type[Split] | type[Draw], where: str) -> list[str]:
    rows = []
    for name, (key, field) in keys(cls).items():
        if field.default is not MISSING:
            default = f"the value of `{key.otherwise}`" if key.otherwise else _shown(field.default)
            rows.append(f"| `{name}` | {default} | {where}{key.meaning} |")
    return rows


def _shown(default: object) -> str:
    if default in ("", (), None):
        return "none"
    return f"`{str(default).lower()}`" if isinstance(default, bool) else f"`{default}`"


if __name__ == "__main__":
    print(reference())
