"""Where the files of a card lie, and what is said when they do not."""

from __future__ import annotations

import os
from pathlib import Path

from hashbench.data.cards import Card, Split
from hashbench.data.selecting import selects
from hashbench.errors import DataError, UsageError
from hashbench.names import few
from hashbench.specs import DatasetSpec

DATA_ROOT = "HASHBENCH_DATA"

_INSTEAD = (".h5", ".hdf5", ".parquet")


class FilePlaces:
    """The folders in which a card's files may lie.

    Parameters
    ----------
    card : Card
    folders : list of Path
        Searched in this order.
    """

    def __init__(self, card: Card, folders: list[Path]) -> None:
        self.card = card
        self.folders = folders

    @classmethod
    def of(cls, card: Card, spec: DatasetSpec | None, data_root: Path | str | None) -> FilePlaces:
        """Return the folders of a card: its own where it has no registered name, then the root's.

        Raises
        ------
        UsageError
            If there is none.
        """
        root = data_root or os.environ.get(DATA_ROOT)
        below_root = [Path(root) / card.folder, Path(root)] if root else []
        if root:
            also = (Path(root) / name for name in card.folder_aliases)
            below_root[1:1] = [folder for folder in also if folder.is_dir()]
        own = [card.path.parent] if spec is None and card.path else []
        if not (own or below_root):
            raise UsageError(
                f"dataset {card.name} needs its files: name their folder with --data-root "
                f"or {DATA_ROOT}" + (f"; they come from {card.source}" if card.source else "")
            )
        return cls(card, own + below_root)

    def find(self, name: str) -> Path | None:
        """Return where a file lies; features named ``.npy`` may be HDF5 or Parquet instead."""
        names = [name]
        if any(name in split.feats for split in self.card.splits.values()):
            names += [name[:-4] + other for other in _INSTEAD] if name.endswith(".npy") else []
        places = (folder / one for one in names for folder in self.folders)
        return next((path for path in places if path.is_file()), None)

    def found(self, name: str) -> Path:
        """Return where ``name`` is, or raise the error that says what lies there instead."""
        path = self.find(name)
        if path is None:
            raise self._missing([name])
        # A card of somebody else's must not have files read that nobody named.
        lies_at = path.resolve()
        if not any(lies_at.is_relative_to(folder.resolve()) for folder in self.folders):
            raise DataError(
                f"{path}: is a link out of its folder; copy the file there, or name the folder "
                "that it leads to with --data-root"
            )
        return path

    def check(self) -> None:
        """Raise one error that lists every missing file and what lies there instead."""
        missing = [name for name in self._wanted() if self.find(name) is None]
        if missing:
            raise self._missing(missing)

    def needs_labels(self, name: str) -> bool:
        """Whether a split's files of labels must be there, where it names some.

        Training needs none, and published trees do not have those of training videos. Where a
        split's rows are chosen by class, they are needed all the same.
        """
        return name in self.card.ranked or selects(self.card.splits[name])

    def _wanted(self) -> dict[str, Split]:
        draw = self.card.draw
        if draw is not None:
            return dict.fromkeys((draw.features, draw.labels), Split())
        return {
            file: split
            for name, split in self.card.splits.items()
            for file in (
                *split.feats,
                *(split.labels if self.needs_labels(name) else ()),
                *filter(None, [split.rows]),
            )
        }

    def _missing(self, names: list[str]) -> DataError:
        wanted = self._wanted()
        described = ", ".join(self._described(name, wanted[name]) for name in names)
        present = sorted(
            p.name for f in self.folders if f.is_dir() for p in f.iterdir() if p.is_file()
        )
        found = few(present)
        return DataError(
            f"{self.card.name}: missing {described}; looked in "
            f"{' and '.join(map(str, self.folders))} and found {found}"
            + (f"; get them from {self.card.source}" if self.card.source else "")
        )

    def _described(self, name: str, split: Split) -> str:
        if name not in split.feats or split.videos is None or not self.card.dims:
            return name
        frames = self.card.stored_frames or self.card.frames
        total = 4e-9 * split.videos * frames * self.card.dims
        size = f"{total:.2g} GB" if total >= 0.1 else f"{total * 1e3:.2g} MB"
        share = "" if len(split.feats) == 1 else f" in {len(split.feats)} parts"
        return f"{name} ({split.videos} x {frames} x {self.card.dims} float32, {size}{share})"
