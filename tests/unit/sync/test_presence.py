"""Who is in a room."""

from sync.framing.yjs import Presence
from sync.rooms.presence import CLIENTS_PER_SOCKET_MAX, Present

PHONE, LAPTOP = object(), object()
ANN = Presence(1, 5, '{"name":"Ann"}')


def test_a_client_is_news_once() -> None:
    present = Present()
    assert present.hear((ANN,), PHONE) == (ANN,)
    assert present.hear((ANN,), LAPTOP) == ()
    assert present.everybody == (ANN,)


def test_a_later_clock_is_news_and_an_earlier_is_not() -> None:
    present = Present()
    present.hear((ANN,), PHONE)
    later, earlier = Presence(1, 6, "{}"), Presence(1, 4, "{}")
    assert present.hear((later, earlier), PHONE) == (later,)
    assert present.everybody == (later,)


def test_a_client_may_say_that_it_goes() -> None:
    present = Present()
    present.hear((ANN,), PHONE)
    gone = Presence(1, 5, None)
    assert present.hear((gone,), PHONE) == (gone,)
    assert present.everybody == ()


def test_a_socket_takes_its_clients_with_it_and_nobody_elses() -> None:
    present = Present()
    bea = Presence(2, 1, "{}")
    present.hear((ANN,), PHONE)
    present.hear((ANN, bea), LAPTOP)  # it repeats what it has heard
    assert present.leave(LAPTOP) == (Presence(2, 1, None),)
    assert present.everybody == (ANN,)


def test_one_socket_cannot_bring_a_crowd() -> None:
    present = Present()
    for client in range(CLIENTS_PER_SOCKET_MAX + 10):
        present.hear((Presence(client, 1, "{}"),), PHONE)
    assert len(present.everybody) == CLIENTS_PER_SOCKET_MAX
