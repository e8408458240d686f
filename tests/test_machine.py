"""Free memory, as the system and the control group tell it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hashbench import machine


def test_free_memory_heeds_the_control_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = machine.free_memory()
    assert 0 < plain < 1 << 45
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("900\n")
    assert machine.free_memory() == 100
    (tmp_path / "memory.stat").write_text("anon 5\ninactive_file 40\n")
    assert machine.free_memory() == 140
    (tmp_path / "memory.max").write_text("max\n")
    assert machine.free_memory() > 1 << 20
    monkeypatch.setattr(machine, "_MEMINFO", tmp_path / "absent")
    assert machine.free_memory() > 0
