import pytest
from hypothesis import given, strategies as st

from loadtest.bench.sampling import LOAD_WANTED, RATES, fitting_rate


@pytest.mark.parametrize("load", [0.65, 0.7, 0.9])
def test_BEN7_a_core_that_is_loaded_enough_keeps_its_rate(load: float) -> None:
    assert fitting_rate(50, load) == 50


@given(st.floats(5.0, 400.0), st.floats(0.0, 1.2))
def test_BEN7_the_fitted_rate_loads_the_core_or_is_at_an_end_of_the_range(rate: float, load: float) -> None:
    fitted = fitting_rate(rate, load)
    if fitted == rate:
        return
    expected_load = load * fitted / rate
    assert fitted in RATES or LOAD_WANTED[0] <= expected_load <= LOAD_WANTED[1]
