from loadtest.crowds import people_at


def test_VRD2_an_evening_fills_in_its_first_quarter_and_ends_on_time() -> None:
    assert people_at(0, 120, 60) == (120, 8.0)
    assert people_at(59.9, 120, 60) == (120, 8.0)
    assert people_at(60, 120, 60) is None


def test_VRD2_even_a_few_people_come_one_a_second() -> None:
    assert people_at(0, 3, 60) == (3, 1.0)
