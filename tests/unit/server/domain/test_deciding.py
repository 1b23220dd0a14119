"""Every command finds its module."""

import pytest

from server.domain.deciding import decide
from tests.unit.server.domain.builders import NOW, a_world, an_order


def test_R8_a_command_about_nobody_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="RecordPaidOrder"):
        decide(an_order(), None, a_world(), NOW)
