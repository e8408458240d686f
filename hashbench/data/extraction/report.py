"""What became of each video of an extraction, as Python and beside the feature file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from hashbench.data.extraction.extractor import Extractor
from hashbench.data.extraction.job import Job
from hashbench.errors import DataError
from hashbench.files.atomic import write_json
from hashbench.files.documents import read_json


@dataclass(frozen=True, slots=True)
class Report:
    """What became of each video.

    Parameters
    ----------
    card : Path
        The card that was written.
    failed : dict of str to str
        Why a video was skipped, by path.
    repeated : dict of str to int
        How many different frames a short video has, by path.
    resumed : int
        Videos that an earlier run had done already.
    """

    card: Path
    failed: dict[str, str]
    repeated: dict[str, int]
    resumed: int

    def write(self, job: Job, extractor: Extractor) -> None:
        """Write it beside the feature file of a job."""
        value = {
            "name": job.name,
            "model": job.model,
            "identity": extractor.identity,
            "frames": job.frames,
            "videos": len(job.clips) - len(self.failed),
            "failed": self.failed,
            "repeated_frames": {
                path: f"{distinct} different frames for {job.frames}"
                for path, distinct in self.repeated.items()
            },
        }
        write_json(report_path(job), value)

    @classmethod
    def read(cls, job: Job) -> Self:
        """Take back what :meth:`write` wrote when all videos were done.

        Raises
        ------
        DataError
            If it is not there, or no such report.
        """
        path = report_path(job)
        try:
            value = read_json(path)
            repeated = {p: int(told.split()[0]) for p, told in value["repeated_frames"].items()}
            failed = dict(value["failed"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise DataError(f"{path}: not a report of an extraction ({error})") from error
        return cls(job.out.with_suffix(".toml"), failed, repeated, len(job.clips) - len(failed))


def report_path(job: Job) -> Path:
    """Return the file of a job's report."""
    return job.out.with_suffix(".report.json")
