"""Processes that work on many records: in order, shared by boards, and gone at the end."""

from __future__ import annotations

import os

import pytest

from hashbench.leaderboards import workers as module
from hashbench.leaderboards.workers import each, workers

# A process that is spawned may not find this module: what it is given says all.
ASKED = (
    "__import__('time').sleep(0.01) or ("  # long enough for the other process to take a chunk
    "{}, __import__('os').getpid(), "
    "__import__('hashbench.leaderboards.workers', fromlist=['threads']).threads())"
)


def asked(count):
    return [ASKED.format(number) for number in range(count)]


def test_few_records_stay_in_this_process():
    with workers(10):
        found = list(each(eval, asked(30)))
    assert found == [(number, os.getpid(), None) for number in range(30)]


def test_boards_share_processes_of_one_thread_each(monkeypatch):
    monkeypatch.setattr(module, "A_PROCESS", 20)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    with workers(60):
        first, second = each(eval, asked(30)), each(eval, asked(30))
        told = [list(first), list(second)]
    for one in told:
        assert [number for number, _, _ in one] == list(range(30))
        assert {width for _, _, width in one} == {1}
    pids = [{pid for _, pid, _ in one} for one in told]
    assert os.getpid() not in pids[0] | pids[1]
    assert len(pids[0] | pids[1]) <= 2
    assert {pid for _, pid, _ in each(eval, asked(3))} == {os.getpid()}, "gone with the block"


def test_what_a_record_raises_is_raised_here(monkeypatch):
    monkeypatch.setattr(module, "A_PROCESS", 20)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    with workers(60), pytest.raises(ZeroDivisionError):
        list(each(eval, ["1 / 0"] * 30))
