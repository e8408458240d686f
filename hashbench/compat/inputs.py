"""Codes and labels as programs hold them: arrays, tensors or lists."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.errors import DataError
from hashbench.labels import Labels, holds_ids, numbering, whole_ids
from hashbench.ternary import ternary_codes


def as_array(values: Any) -> NDArray[Any]:
    """Return an array, from a tensor of any device as well."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        if str(values.dtype) == "torch.bfloat16":  # which numpy does not have
            values = values.float()
    return np.asarray(values)


def as_codes(*parts: Any) -> list[BinaryCodes]:
    """Return codes that are compared with each other, all of one kind.

    Values are 0/1, -1/+1 or bool. Where -1 occurs in any part, a 0 in any part is a third value,
    one half away from anything, as published programs count it.

    Raises
    ------
    DataError
        If there is any other value.
    """
    arrays = [as_array(part) for part in parts]
    signed = any(array.dtype.kind in "if" and (array < 0).any() for array in arrays)
    if signed and any((array == 0).any() for array in arrays):
        return [ternary_codes(array) for array in arrays]
    return [BinaryCodes.from_bits(array) for array in arrays]


def as_labels(*parts: Any) -> list[Labels]:
    """Return labels of one set of classes from ids (n,) or multi-hot rows (n, C).

    Raises
    ------
    DataError
        If values are neither, or the parts have different numbers of classes.
    """
    arrays = [as_array(part) for part in parts]
    if all(holds_ids(array) for array in arrays):
        ids = [whole_ids(array) for array in arrays]
        n_classes = max(int(one.max(initial=0)) for one in ids) + 1
        class_ids = numbering(ids)
        return [Labels.from_array(one, n_classes, class_ids) for one in ids]
    widths = {array.shape[1:] for array in arrays}
    if len(widths) != 1:
        raise DataError(f"labels have shapes {[a.shape for a in arrays]}; one width is needed")
    return [Labels.from_array(array, array.shape[-1]) for array in arrays]
