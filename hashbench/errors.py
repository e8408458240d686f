"""Every error that hashbench raises on purpose.

::

    HashbenchError            exit 1
    ├── UsageError            exit 2   a name, an option or a value that cannot be right
    ├── DataError             exit 2   a file, card or array is not what it should be
    ├── StoreError            exit 2   a run directory cannot be read or written
    ├── MethodError           exit 1   a method cannot do what is asked of it, or diverged
    ├── PluginError           exit 3   a plugin is broken
    └── VerificationError     exit 4   something does not agree with what was written down

A message is one line: what is wrong, where, and what would be right.
"""


class HashbenchError(Exception):
    """Base of all deliberate errors; the command line prints its message without a traceback.

    Examples
    --------
    >>> try:
    ...     raise DataError("codes.npz: 3 rows of codes and 4 labels")
    ... except HashbenchError as error:
    ...     print(error, error.exit_code)
    codes.npz: 3 rows of codes and 4 labels 2
    """

    exit_code = 1


class UsageError(HashbenchError):
    """A name, an option or a value that cannot be right."""

    exit_code = 2


class DataError(HashbenchError):
    """A file, a card or an array is not what it should be."""

    exit_code = 2


class StoreError(HashbenchError):
    """A run directory cannot be read or written."""

    exit_code = 2


class MethodError(HashbenchError):
    """A method cannot do what is asked of it, or its training diverged."""


class PluginError(HashbenchError):
    """A plugin is broken, or two plugins claim one name."""

    exit_code = 3


class VerificationError(HashbenchError):
    """Something recomputed does not agree with what was written down."""

    exit_code = 4
