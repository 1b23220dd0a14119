"""A shop server connected to the server under test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.liveroom_process import LiveroomProcess
from tests.support.shop import Shop


@pytest.fixture
async def shop(liveroom_process: LiveroomProcess) -> AsyncIterator[Shop]:
    """A shop whose API key has every scope."""
    async with Shop(liveroom_process.url, liveroom_process.api_key()) as connected:
        yield connected
