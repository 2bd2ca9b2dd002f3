"""Settings: where each value comes from, and what is refused."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from backend.kernel.errors import Invalid
from backend.platform.settings import Settings, load_settings


def test_the_bare_tree_is_the_defaults_whatever_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PORT", "1")
    assert Settings().port == 7464


def test_flag_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    (tmp_path / "ringback.toml").write_text(
        "port = 3\n[spend]\ndaily = 3\n[limits]\ncalls_max = 3\n[voice]\nspeakers = ['espeak']\n"
    )
    environment = {"RINGBACK_HOME": str(tmp_path), "PORT": "2", "RINGBACK_SPEND__DAILY": "2"}
    loaded = load_settings({"port": 1, "bind": None}, environment)
    settings, origins = loaded.settings, loaded.origins
    assert (settings.port, origins["port"]) == (1, "flag")
    assert (settings.spend.daily, origins["spend.daily"]) == (2.0, "environment")
    assert (settings.limits.calls_max, origins["limits.calls_max"]) == (3, "toml")
    assert settings.voice.speakers == ("espeak",)
    assert (settings.bind, origins["bind"]) == ("127.0.0.1", "default")


def test_names_that_people_know_stay_as_they_are() -> None:
    environment = {
        "DATABASE_URL": "postgres://u:p@h/d",
        "TWILIO_AUTH_TOKEN": "t",
        "R2_BUCKET": "b",
        "OPENAI_BASE_URL": "http://localhost:1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:2",
    }
    settings = load_settings({}, environment).settings
    assert settings.effective_database_url == "postgres://u:p@h/d"
    assert settings.twilio.auth_token.get_secret_value() == "t"
    assert settings.r2.bucket == "b"
    assert settings.openai.base_url == "http://localhost:1"
    assert settings.otel_endpoint == "http://localhost:2"


def test_what_is_empty_is_not_set() -> None:
    loaded = load_settings({}, {"PORT": "", "RINGBACK_PUBLIC_URL": ""})
    assert (loaded.settings.port, loaded.origins["port"]) == (7464, "default")


def test_lists_are_written_with_commas() -> None:
    settings = load_settings({}, {"RINGBACK_VOICE__SPEAKERS": "piper, espeak ,"}).settings
    assert settings.voice.speakers == ("piper", "espeak")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("RINGBACK_SPEND__DALY", "RINGBACK_SPEND__DAILY"),
        ("RINGBACK_PUBLICURL", "RINGBACK_PUBLIC_URL"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(Invalid, match=name) as caught:
        load_settings({}, {name: "1"})
    assert nearest in caught.value.cure


def test_an_unknown_name_in_the_file_is_refused_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "ringback.toml").write_text("[spend]\ndayly = 2\n")
    with pytest.raises(Invalid, match=r"spend\.dayly") as caught:
        load_settings({"home": tmp_path}, {})
    assert "spend.daily" in caught.value.cure


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ringback.toml").write_text("port = = 2")
    with pytest.raises(Invalid, match=r"ringback\.toml"):
        load_settings({"home": tmp_path}, {})


def test_the_file_can_not_move_the_home_it_lies_in(tmp_path: Path) -> None:
    (tmp_path / "ringback.toml").write_text("home = '/elsewhere'")
    with pytest.raises(Invalid, match="home"):
        load_settings({"home": tmp_path}, {})


def test_the_switch_of_the_tests_is_no_setting() -> None:
    load_settings({}, {"RINGBACK_ENGINES": "required"})


def test_a_wrong_value_is_named_but_never_repeated() -> None:
    with pytest.raises(Invalid, match="PORT") as caught:
        load_settings({}, {"PORT": "s3cret"})
    assert "s3cret" not in str(caught.value)


def test_a_secret_is_never_shown() -> None:
    loaded = load_settings({}, {"TWILIO_AUTH_TOKEN": "s3cret", "DATABASE_URL": "sqlite:///s3cret"})
    assert "s3cret" not in repr(loaded.settings)
    rows = {row["name"]: row for row in loaded.rows()}
    assert rows["twilio.auth_token"]["value"] == "********"
    assert rows["twilio.auth_token"]["origin"] == "environment"
    assert rows["openai.api_key"]["value"] == ""
    assert "s3cret" not in str(rows)


@pytest.mark.parametrize("play", [{"dummy_engines": True}, {"clock_file": Path("clock")}])
def test_what_is_for_play_is_refused_on_a_public_bind(play: dict[str, object]) -> None:
    load_settings({"bind": "127.0.0.1", **play}, {})
    with pytest.raises(Invalid, match="public bind"):
        load_settings({"bind": "0.0.0.0", **play}, {})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_loopback_is_known(host: str) -> None:
    assert Settings(bind=host).is_bound_to_loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", "localhost.evil"])
def test_what_others_reach_is_not_loopback(host: str) -> None:
    assert not Settings(bind=host).is_bound_to_loopback


def test_sqlite_lies_in_the_home_when_nothing_is_said(tmp_path: Path) -> None:
    settings = load_settings({"home": tmp_path}, {}).settings
    assert settings.effective_database_url == f"sqlite:///{tmp_path / 'ringback.db'}"


@pytest.mark.parametrize(
    "volume", [{}, {"RAILWAY_VOLUME_MOUNT_PATH": "/elsewhere"}], ids=["none", "elsewhere"]
)
def test_sqlite_without_a_volume_is_refused_on_railway(
    tmp_path: Path, volume: dict[str, str]
) -> None:
    environment = {"RAILWAY_ENVIRONMENT": "production", "RINGBACK_HOME": str(tmp_path), **volume}
    with pytest.raises(Invalid, match="volume") as caught:
        load_settings({}, environment)
    assert "DATABASE_URL" in caught.value.cure


def test_sqlite_on_a_volume_and_postgresql_are_taken_on_railway(tmp_path: Path) -> None:
    railway = {"RAILWAY_ENVIRONMENT": "production"}
    on_volume = {"RAILWAY_VOLUME_MOUNT_PATH": str(tmp_path), "RINGBACK_HOME": str(tmp_path / "h")}
    load_settings({}, railway | on_volume)
    load_settings({}, railway | {"DATABASE_URL": "postgresql://u@h/d"})


def test_an_address_that_is_no_database_is_refused_at_the_start() -> None:
    with pytest.raises(Invalid) as caught:
        load_settings({}, {"DATABASE_URL": "mysql://u:s3cret@h/d"})
    assert "s3cret" not in str(caught.value)


def test_an_origin_has_no_slash_at_its_end() -> None:
    settings = load_settings({}, {"RINGBACK_PUBLIC_URL": "https://a.example/"}).settings
    assert settings.public_url == "https://a.example"


def test_a_secret_flag_stays_secret() -> None:
    loaded = load_settings({"secret_key": "x" * 40}, {})
    assert isinstance(loaded.settings.secret_key, SecretStr)
