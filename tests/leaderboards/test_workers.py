"""Processes that work on many records: in order, shared by boards, and gone at the end."""

from __future__ import annotations

import os
import time

import pytest

from hashbench.leaderboards import workers as module
from hashbench.leaderboards.workers import each, threads, workers


def pid_of(number):
    time.sleep(0.01)  # long enough for the other process to take a chunk
    return number, os.getpid(), threads()


def refused(number):
    raise ValueError(f"record {number}")


def test_few_records_stay_in_this_process():
    with workers(10):
        found = list(each(pid_of, range(30)))
    assert found == [(number, os.getpid(), None) for number in range(30)]


def test_boards_share_processes_of_one_thread_each(monkeypatch):
    monkeypatch.setattr(module, "A_PROCESS", 20)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    with workers(60):
        first, second = each(pid_of, range(30)), each(pid_of, range(30))
        told = [list(first), list(second)]
    for one in told:
        assert [number for number, _, _ in one] == list(range(30))
        assert {width for _, _, width in one} == {1}
    pids = [{pid for _, pid, _ in one} for one in told]
    assert os.getpid() not in pids[0] | pids[1]
    assert len(pids[0] | pids[1]) <= 2
    assert {pid for _, pid, _ in each(pid_of, range(3))} == {os.getpid()}, "gone with the block"


def test_what_a_record_raises_is_raised_here(monkeypatch):
    monkeypatch.setattr(module, "A_PROCESS", 20)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    with workers(60), pytest.raises(ValueError, match="record 0"):
        list(each(refused, range(30)))
