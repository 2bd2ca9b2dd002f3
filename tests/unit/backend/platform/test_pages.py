"""The talk page's server."""

import base64
import gzip
import hashlib
from pathlib import Path

import pytest

from backend.kernel.errors import Corrupt, Missing
from backend.platform.pages import Pages, inline_scripts

SCRIPT = 'self.x=["<b>&amp;</b>", 1]'
HTML = f"<html><script>{SCRIPT}</script><script src='/a.js'></script></html>"
BROWSER = {"accept": "text/html"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "index.html", HTML)
    write(tmp_path, "404.html", "<html>none</html>")
    write(tmp_path, "about.html", "<html>about</html>")
    write(tmp_path, "_next/static/chunks/a1b2.js", "let x = 1;" * 500)
    write(tmp_path, "_next/static/media/f.woff2", "font" * 500)
    return tmp_path


def write(folder: Path, name: str, content: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def test_the_page_is_served_with_its_type_and_is_asked_for_again(folder: Path) -> None:
    answer = Pages(folder).answer("", BROWSER)
    assert answer.body == HTML.encode()
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


def test_only_the_pages_own_inline_scripts_may_run(folder: Path) -> None:
    policy = Pages(folder).answer("", BROWSER).headers["content-security-policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert scripts == f"script-src 'self' 'sha256-{digest}'"


def test_inline_scripts_are_read_as_a_browser_reads_them() -> None:
    html = "<script>a</script><script src=x>b</script><SCRIPT>\n1<2 &lt;</SCRIPT><script>a</script>"
    assert inline_scripts(html) == ["a", "\n1<2 &lt;"]


def test_hashed_files_are_kept_for_ever(folder: Path) -> None:
    answer = Pages(folder).answer("_next/static/chunks/a1b2.js", {})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")


def test_a_page_is_found_without_its_ending(folder: Path) -> None:
    assert Pages(folder).answer("about", BROWSER).body == b"<html>about</html>"


@pytest.mark.parametrize("shown", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_what_the_browser_has_is_not_sent_again(folder: Path, shown: str) -> None:
    served = Pages(folder)
    tag = served.answer("", BROWSER).headers["etag"]
    answer = served.answer("", {**BROWSER, "if-none-match": shown.format(tag=tag)})
    assert (answer.status_code, answer.body) == (304, b"")


def test_what_is_not_sent_again_keeps_its_policy(folder: Path) -> None:
    served = Pages(folder)
    first = served.answer("", BROWSER)
    again = served.answer("", {**BROWSER, "if-none-match": first.headers["etag"]})
    policy = "content-security-policy"
    assert again.headers[policy] == first.headers[policy]


def test_text_travels_compressed_and_fonts_do_not(folder: Path) -> None:
    served = Pages(folder)
    script = served.answer("_next/static/chunks/a1b2.js", {"accept-encoding": "gzip, br"})
    assert gzip.decompress(bytes(script.body)) == b"let x = 1;" * 500
    assert script.headers["content-encoding"] == "gzip"
    font = served.answer("_next/static/media/f.woff2", {"accept-encoding": "gzip"})
    assert "content-encoding" not in font.headers


def test_a_browser_sees_the_pages_own_404_and_a_program_an_error(folder: Path) -> None:
    served = Pages(folder)
    answer = served.answer("nothing", BROWSER)
    assert (answer.status_code, answer.body) == (404, b"<html>none</html>")
    with pytest.raises(Missing):
        served.answer("v1/nothing", {"accept": "application/json"})


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "_next/../../secret", "..%2fsecret"])
def test_no_path_leads_out_of_the_folder(folder: Path, path: str) -> None:
    write(folder.parent, "secret", "secret")
    with pytest.raises(Missing):
        Pages(folder).answer(path, {})


def test_without_a_build_it_says_how_to_build_and_finds_it_afterwards(tmp_path: Path) -> None:
    served = Pages(tmp_path / "out")
    assert not served.is_built
    assert b"make web" in served.answer("", BROWSER).body
    write(tmp_path, "out/index.html", HTML)
    assert served.answer("", BROWSER).body == HTML.encode()


def test_a_folder_of_something_else_is_refused(folder: Path) -> None:
    with (folder / "film.mp4").open("wb") as film:
        film.truncate(9 << 20)
    with pytest.raises(Corrupt):
        Pages(folder)
