from webcam_digits.ui.controls import Drag, Key, Mouse, key_of


def test_a_drag_is_handed_out_while_it_lasts_and_at_its_end():
    mouse = Mouse()
    assert mouse.take() is None
    mouse.press((10, 20))
    assert mouse.take() == Drag((10, 20), (10, 20))
    assert mouse.take() is None
    mouse.move((30, 20))
    mouse.move((40, 50))
    assert mouse.take() == Drag((10, 20), (40, 50))
    mouse.release((41, 50))
    assert mouse.take() == Drag((10, 20), (41, 50), ended=True)
    assert mouse.take() is None


def test_clicks_between_two_polls_are_all_kept():
    mouse = Mouse()
    for x in (1, 2):
        mouse.press((x, 0))
        mouse.release((x, 0))
    mouse.press((3, 0))
    assert [mouse.take() for _ in range(4)] == [
        Drag((1, 0), (1, 0), ended=True),
        Drag((2, 0), (2, 0), ended=True),
        Drag((3, 0), (3, 0)),
        None,
    ]


def test_what_waits_is_bounded():
    mouse = Mouse()
    for _ in range(1000):
        mouse.press((0, 0))
        mouse.release((0, 0))
    assert sum(mouse.take() is not None for _ in range(1000)) < 20


def test_moving_without_the_button_is_nothing():
    mouse = Mouse()
    mouse.move((5, 5))
    mouse.release((5, 5))
    assert mouse.take() is None


def test_a_drag_that_is_cancelled_never_ends():
    """It goes back to where it began, so that nothing is seen of it any more."""
    mouse = Mouse()
    mouse.press((5, 5))
    mouse.move((90, 90))
    assert mouse.take() == Drag((5, 5), (90, 90))
    mouse.cancel()
    mouse.cancel()
    mouse.move((50, 50))
    mouse.release((50, 50))
    assert [mouse.take(), mouse.take()] == [Drag((5, 5), (5, 5)), None]


def test_a_hand_that_shakes_still_clicks():
    assert Drag((10, 10), (13, 6)).is_click
    assert not Drag((10, 10), (30, 10)).is_click
    assert not Drag((10, 10), (10, 30)).is_click


def test_keys_of_other_backends():
    assert key_of(-1) is None
    assert key_of(65361) is None  # an arrow
    assert key_of(0x250000) is None  # an arrow on Windows
    assert key_of(0x10000 | ord("Q")) is Key.QUIT  # with shift, as GTK has it
    assert key_of(0xFFAB) is Key.MORE  # the keypad's +, likewise
    assert key_of(0x1000439) is key_of(0x439) is key_of(0x6CA) is key_of(0x6EA) is Key.QUIT  # one letter
    assert key_of(0x6A0) is None  # a line, in the encoding of letters


def test_a_semicolon_asks_for_nothing_though_greek_layouts_have_it_in_the_place_of_q():
    assert key_of(ord(";")) is None
