"""A cache keeps what was asked for lately, within its bound, and never what was replaced."""

from hypothesis import given
from hypothesis import strategies as st

from resolver.recent import Recent

LIMIT = 20


def keys(recent: Recent[str, str], *names: str) -> list[str]:
    return [name for name in names if recent.get(name) is not None]


def weigh(value: str) -> int:
    return max(1, len(value))


class TestGet:
    def test_what_was_kept_is_found(self) -> None:
        recent: Recent[str, str] = Recent(LIMIT)
        recent.put("a", "apple")
        assert (recent.get("a"), recent.get("b"), len(recent)) == ("apple", None, 1)

    def test_what_is_asked_for_again_and_again_stays(self) -> None:
        recent: Recent[str, str] = Recent(LIMIT)
        recent.put("a", "apple")
        for number in range(10 * LIMIT):
            recent.put(f"new {number}", "")
            assert recent.get("a") == "apple"

    def test_what_nobody_asks_for_leaves(self) -> None:
        recent: Recent[str, str] = Recent(LIMIT)
        recent.put("a", "apple")
        for number in range(LIMIT):
            recent.put(f"new {number}", "")
        assert recent.get("a") is None

    def test_what_was_asked_for_within_half_of_the_weight_is_there(self) -> None:
        recent: Recent[str, int] = Recent(LIMIT)
        for number in range(10 * LIMIT):
            recent.put(str(number), number)
            lately = range(max(0, number - LIMIT // 2 + 1), number + 1)
            # This moves nothing, so that it does not help what it asks for.
            there = recent._newer | recent._older
            assert [there.get(str(n)) for n in lately] == [*lately]


class TestPut:
    def test_the_newest_value_of_a_key_counts(self) -> None:
        recent: Recent[str, str] = Recent(LIMIT)
        recent.put("a", "apple")
        recent.put("a", "avocado")
        assert (recent.get("a"), len(recent)) == ("avocado", 1)

    def test_what_is_too_heavy_is_not_kept(self) -> None:
        recent: Recent[str, str] = Recent(LIMIT, weigh)
        recent.put("a", "x" * (LIMIT // 2))
        recent.put("b", "x" * (LIMIT // 2 + 1))
        assert keys(recent, "a", "b") == ["a"]

    def test_what_a_heavy_value_replaces_is_gone_as_well(self) -> None:
        recent: Recent[str, str] = Recent(LIMIT, weigh)
        recent.put("a", "apple")
        recent.put("a", "x" * LIMIT)
        assert recent.get("a") is None

    def test_a_key_that_is_put_often_weighs_once(self) -> None:
        recent: Recent[str, str] = Recent(LIMIT)
        recent.put("a", "apple")
        for _ in range(10 * LIMIT):
            recent.put("b", "banana")
        assert keys(recent, "a", "b") == ["a", "b"]


class TestDrop:
    def test_it_is_forgotten_in_both_generations(self) -> None:
        recent: Recent[str, str] = Recent(LIMIT, weigh)
        recent.put("old", "x" * (LIMIT // 2))
        recent.put("new", "x" * (LIMIT // 2))
        recent.drop("old")
        recent.drop("new")
        recent.drop("never there")
        assert keys(recent, "old", "new") == []

    def test_its_weight_is_free_again(self) -> None:
        recent: Recent[str, str] = Recent(LIMIT, weigh)
        recent.put("a", "x")
        for number in range(10 * LIMIT):
            recent.put(str(number), "x" * (LIMIT // 2 - 1))
            recent.drop(str(number))
        assert "a" in recent._newer

    def test_clear_forgets_everything(self) -> None:
        recent: Recent[str, str] = Recent(LIMIT, weigh)
        recent.put("a", "x" * (LIMIT // 2))
        recent.put("b", "x" * (LIMIT // 2))
        recent.clear()
        assert (keys(recent, "a", "b"), len(recent), recent.weight) == ([], 0, 0)


class TestResize:
    def test_what_was_asked_for_lately_stays_where_it_has_room(self) -> None:
        recent: Recent[str, str] = Recent(LIMIT, weigh)
        for name in "abc":
            recent.put(name, "x" * 5)
        recent.resize(12)
        assert (keys(recent, "a", "b", "c"), recent.weight) == (["c"], 5)

    def test_no_more_stays_than_the_new_limit_allows(self) -> None:
        recent: Recent[str, str] = Recent(LIMIT, weigh)
        for number in range(LIMIT):
            recent.put(str(number), "x")
        recent.resize(4)
        for number in range(LIMIT):
            recent.put(str(number), "x")
            assert recent.weight <= 4

    def test_a_wider_limit_takes_more(self) -> None:
        recent: Recent[str, str] = Recent(2, weigh)
        recent.resize(LIMIT)
        recent.put("a", "x" * (LIMIT // 2))
        assert keys(recent, "a") == ["a"]


steps = st.lists(
    st.tuples(
        st.sampled_from(["put", "get", "drop"]),
        st.sampled_from("abcdef"),
        st.integers(min_value=1, max_value=15),
    ),
    max_size=60,
)


@given(steps)
def test_it_never_weighs_too_much_and_never_gives_what_was_replaced(
    steps: list[tuple[str, str, int]],
) -> None:
    recent: Recent[str, tuple[int, int]] = Recent(LIMIT, lambda value: value[1])
    newest: dict[str, tuple[int, int]] = {}
    for at, (step, key, weight) in enumerate(steps):
        if step == "put":
            recent.put(key, (at, weight))
            newest[key] = (at, weight)
        elif step == "drop":
            recent.drop(key)
            newest.pop(key, None)
        else:
            assert recent.get(key) in {None, newest.get(key)}
        kept = [*recent._newer.values(), *recent._older.values()]
        assert sum(weight for _, weight in kept) == recent.weight <= LIMIT
