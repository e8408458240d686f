"""Conformance checks, the declaration of known exceptions, and the pytest decorator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hashbench.errors import UsageError
from hashbench.names import unknown

if TYPE_CHECKING:
    import pytest


class ConformanceError(AssertionError):
    """A conformance check failed; the message names it, what it protects and how to mend it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One property that a method, data set or measure must have.

    Parameters
    ----------
    name : str
        Short and stable, such as ``"same-seed-same-codes"``.
    protects : str
        What goes wrong for a user without it.
    mend : str
        What the author changes when it fails.
    run : callable
        Takes the subject and raises AssertionError with what was found.
    """

    name: str
    protects: str
    mend: str
    run: Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class BoundCheck:
    """A check together with what it looks at; call it to run it.

    Parameters
    ----------
    label : str
        Name of the subject, for test ids.
    check : Check
    subject : object
    exception : str, optional
        Why this subject is known to fail. Then the check must fail: an exception that is no
        longer needed is an error too.
    """

    label: str
    check: Check
    subject: Any
    exception: str | None = None

    def __call__(self) -> None:
        """Run the check.

        Raises
        ------
        ConformanceError
            If it does not hold, or holds in spite of a declared exception.
        """
        problem = self._problem()
        if problem is None and self.exception is not None:
            raise ConformanceError(
                f"{self.label} passes {self.check.name}, which is declared an exception "
                f"({self.exception}): take the declaration away"
            )
        if problem is not None and self.exception is None:
            raise ConformanceError(
                f"{self.label} fails {self.check.name}: {problem}\n"
                f"  protects: {self.check.protects}\n  to mend:  {self.check.mend}"
            )

    def _problem(self) -> str | None:
        try:
            self.check.run(self.subject)
        except Exception as error:  # whatever a stranger's code raises is what was found
            found = str(error) or "no message"
            return (
                found if isinstance(error, AssertionError) else f"{type(error).__name__}: {found}"
            )
        return None

    def __str__(self) -> str:
        return f"{self.label}-{self.check.name}"


def bind(
    label: str, checks: Iterable[Check], subject: Any, exceptions: Mapping[str, str] | None
) -> list[BoundCheck]:
    """Put checks and subject together.

    Raises
    ------
    UsageError
        If an exception names no check, or gives no reason.
    """
    known = list(checks)
    declared = dict(exceptions or {})
    for name, reason in declared.items():
        if name not in {check.name for check in known}:
            raise unknown("check", name, [check.name for check in known])
        if not reason.strip():
            raise UsageError(f"the exception to {name} needs its reason")
    return [BoundCheck(label, check, subject, declared.get(check.name)) for check in known]


def run_all(checks: Iterable[BoundCheck]) -> None:
    """Run every check and raise one ConformanceError that lists all that failed."""
    failures = []
    for check in checks:
        try:
            check()
        except ConformanceError as failure:
            failures.append(str(failure))
    if failures:
        raise ConformanceError("\n".join(failures))


def parametrize_with_checks(*groups: Iterable[BoundCheck]) -> pytest.MarkDecorator:
    """Make a pytest test of one argument, ``check``, run once for each check.

    Parameters
    ----------
    *groups
        What :func:`method_checks`, :func:`dataset_checks` and :func:`measure_checks` return.

    Examples
    --------
    ::

        @parametrize_with_checks(method_checks("itq"))
        def test_conforms(check):
            check()
    """
    import pytest

    return pytest.mark.parametrize("check", [c for group in groups for c in group], ids=str)
