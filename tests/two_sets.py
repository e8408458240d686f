"""Two small data sets that the digits sets' rules hold for: one shape, other content."""

from __future__ import annotations

from pathlib import Path

from making_data import features, write_feats, write_set


def write_two_sets(folder: Path) -> tuple[Path, Path]:
    """Write two sets of one shape and return their cards."""
    cards = []
    for number, name in enumerate(("first", "second")):
        home = folder / name
        home.mkdir()
        card = write_set(home)
        card.write_text(card.read_text().replace('name = "mine"', f'name = "{name}"'))
        write_feats(home / "train.h5", features(30, seed=10 + number))
        cards.append(card)
    return cards[0], cards[1]
