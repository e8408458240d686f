"""Cut-offs, profiles and tie policies to show."""

from __future__ import annotations

from dataclasses import dataclass

from hashbench.errors import UsageError
from hashbench.names import unknown
from hashbench.ranking.scores import Scores
from hashbench.reports.results import Section


@dataclass(frozen=True, slots=True)
class Selection:
    """Which numbers to show; None takes what the records have.

    Attributes
    ----------
    k : tuple of int or None
        Cut-offs; None is every one that some record has.
    profiles : tuple of str or None
        None is the data set's own profile.
    ties : tuple of str or None
        None is ``expected`` where it was measured, else everything that was.
    """

    k: tuple[int, ...] | None = None
    profiles: tuple[str, ...] | None = None
    ties: tuple[str, ...] | None = None

    @classmethod
    def everything(cls, section: Section) -> Selection:
        """Return all that was measured in one section."""
        scores = Scores().union(*(result.scores for result in section.measured))
        return cls(profiles=scores.profiles or None, ties=scores.ties or None).resolve(section)

    def resolve(self, section: Section) -> Selection:
        """Return the selection with every None filled in for one section.

        Raises
        ------
        UsageError
            If a K, a profile or a tie policy is asked for that no record of the section has.
        """
        measured = section.measured
        if not measured:
            return Selection(
                self.k or (20,), self.profiles or (section.profile,), self.ties or ("expected",)
            )
        scores = Scores().union(*(result.scores for result in measured))
        has_k, has_profiles, has_ties = scores.k, scores.profiles, scores.ties
        for k in self.k or ():
            if k not in has_k:
                listed = ",".join(map(str, has_k)) or "none"
                raise UsageError(
                    f"no record on {section.dataset.name} has mAP@{k}; they have K = {listed}; "
                    f"'hashbench run ... --k {k}' adds it"
                )
        for kind, asked, known in (
            ("profile", self.profiles, has_profiles),
            ("tie policy", self.ties, has_ties),
        ):
            for name in asked or ():
                if name not in known:
                    raise unknown(kind, name, known)
        own = section.profile if section.profile in has_profiles else has_profiles[0]
        usual = ("expected",) if "expected" in has_ties else has_ties
        return Selection(self.k or has_k, self.profiles or (own,), self.ties or usual)
