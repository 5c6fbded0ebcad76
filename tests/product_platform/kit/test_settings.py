import pytest
from pydantic import ValidationError

from product_platform.kit.settings import PlatformSettings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PlatformSettings.model_fields:
        monkeypatch.delenv(f"SIGNPOST_{name.upper()}", raising=False)


class TestPlatformSettings:
    def test_every_setting_has_a_default_a_description_and_an_example(self):
        PlatformSettings()
        fields = PlatformSettings.model_fields.values()
        assert all(field.description and field.examples for field in fields)

    def test_values_come_from_the_environment(self, monkeypatch):
        monkeypatch.setenv("SIGNPOST_DATABASE_URL", "postgresql://signpost@/signpost?host=/run/pg")
        monkeypatch.setenv("SIGNPOST_BASE_URL", "https://example.com/id/")
        settings = PlatformSettings()
        assert settings.database_url == "postgresql://signpost@/signpost?host=/run/pg"
        assert settings.base_url == "https://example.com/id"

    @pytest.mark.parametrize("value", ["192.0.2.53", "127.0.0.1:5353", "[2001:db8::53]", "[::1]:53"])
    def test_a_name_server_has_an_address(self, monkeypatch, value):
        monkeypatch.setenv("SIGNPOST_DNS_SERVER", value)
        assert PlatformSettings().dns_server == value

    def test_networks_are_listed_with_commas(self, monkeypatch):
        monkeypatch.setenv("SIGNPOST_OUTGOING_ALLOW", "10.20.0.0/16, 192.0.2.7")
        assert [str(network) for network in PlatformSettings().outgoing_networks] == [
            "10.20.0.0/16",
            "192.0.2.7/32",
        ]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DATABASE_URL", "mysql://localhost/signpost"),
            ("REDIS_URL", "localhost:6379"),
            ("BASE_URL", "id.example.com"),
            ("EDGE_MIN_CLAIM_TIER", "gold"),
            ("DNS_SERVER", "ns.example.com"),
            ("DNS_SERVER", "192.0.2.53:dns"),
            ("DNS_SERVER", "192.0.2.53:0"),
            ("DNS_SERVER", "192.0.2.53/24"),
            ("DNS_SERVER", "2001:db8::53"),
            ("OUTGOING_ALLOW", "10.0.0.0/40"),
            ("OUTGOING_ALLOW", "intranet"),
        ],
    )
    def test_a_wrong_value_is_refused(self, monkeypatch, name, value):
        monkeypatch.setenv(f"SIGNPOST_{name}", value)
        with pytest.raises(ValidationError) as refusal:
            PlatformSettings()
        assert refusal.value.errors()[0]["loc"] == (name.lower(),)
