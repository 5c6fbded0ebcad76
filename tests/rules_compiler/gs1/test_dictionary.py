from rules_compiler.gs1 import IDENTIFIERS, PRIMARY_KEYS


class TestIdentifiers:
    def test_holds_every_identifier_of_the_release(self):
        assert len(IDENTIFIERS) == 541

    def test_exclusions_are_mutual_and_never_of_itself(self):
        for ai, definition in IDENTIFIERS.items():
            assert ai not in definition.excludes
            assert all(ai in IDENTIFIERS[other].excludes for other in definition.excludes)

    def test_patterns_stand_for_their_family(self):
        assert IDENTIFIERS["3103"].excludes == {"3100", "3101", "3102", "3104", "3105"}


class TestPrimaryKeys:
    def test_are_those_of_the_standard(self):
        assert set(PRIMARY_KEYS) == {
            "00",
            "01",
            "253",
            "255",
            "401",
            "402",
            "414",
            "415",
            "417",
            "8003",
            "8004",
            "8006",
            "8010",
            "8013",
            "8017",
            "8018",
        }

    def test_have_alternative_sequences(self):
        assert PRIMARY_KEYS["01"] == (("22", "10", "21"), ("235",))
