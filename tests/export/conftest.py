"""Codes of three lengths to be exported."""

from __future__ import annotations

import pytest
from exhibits import Exhibit, written


@pytest.fixture(scope="module", params=[64, 100, 256])
def exhibit(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exhibit:
    return written(tmp_path_factory.mktemp("codes"), request.param)
