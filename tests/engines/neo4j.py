"""Neo4j 5.26 from Maven's jars: GPLv3, so a separate process in tests and never shipped."""

import socket
import subprocess
from pathlib import Path

from tests.engines.processes import Server, cache_folder, environment, need, program

VERSION = "5.26.30"  # .ci/neo4j.xml names the same one
PASSWORD = "not-a-secret"
HANDSHAKE = bytes.fromhex("6060b017" + "00000405" + "00000004" + "00000000" * 2)  # Bolt 5.4, 4.0
OPENS = ("java.base/java.nio", "java.base/java.io", "java.base/sun.nio.ch")
SETTINGS = """\
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
dbms.security.auth_enabled=true
dbms.security.auth_max_failed_attempts=0
dbms.usage_report.enabled=false
client.allow_telemetry=false
server.memory.pagecache.size=64m
db.tx_log.preallocate=false
internal.dbms.bolt.netty_server_shutdown_quiet_period=0
"""
# Without the last two lines an empty store takes 516 MB and a stop eleven seconds.


class Neo4jServer(Server):
    """A graph server that speaks Bolt only."""

    name = "neo4j"
    ready_s = 180.0
    user_name = "neo4j"
    password = PASSWORD

    @property
    def url(self) -> str:
        """Return what NEO4J_URI is set to."""
        return f"bolt://127.0.0.1:{self.port}"

    def settings(self) -> dict[str, str]:
        """Return the variables that point the product here."""
        return {
            "NEO4J_URI": self.url,
            "NEO4J_USER": self.user_name,
            "NEO4J_PASSWORD": self.password,
        }

    def prepare(self) -> None:
        """Write its settings and choose its password, once."""
        configuration = self.folder / "conf" / "neo4j.conf"
        if configuration.exists():
            return
        configuration.parent.mkdir()
        configuration.write_text(SETTINGS.format(port=self.port))
        folders = {"NEO4J_HOME": str(self.folder), "NEO4J_CONF": str(configuration.parent)}
        subprocess.run(
            [
                *(self._java(), "-cp", self._jars(), "org.neo4j.cli.AdminTool"),
                *("dbms", "set-initial-password", PASSWORD),
            ],
            check=True,
            capture_output=True,
            env=environment(folders),
        )

    def command(self) -> list[str]:
        """Run it small: heap sizes are flags here, its settings file does nothing for them."""
        return [
            *(self._java(), "-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            *(f"--add-opens={package}=ALL-UNNAMED" for package in OPENS),
            *("-cp", self._jars(), "org.neo4j.server.CommunityEntryPoint"),
            *(f"--home-dir={self.folder}", f"--config-dir={self.folder / 'conf'}"),
        ]

    def is_ready(self) -> bool:
        """Expect an answer to Bolt's handshake: four bytes, the version it chose."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
            line.sendall(HANDSHAKE)
            return len(line.recv(4)) == 4

    @staticmethod
    def _java() -> str:
        return program("java", "apt-get install default-jre-headless")

    @staticmethod
    def _jars() -> str:
        folder: Path = cache_folder() / f"neo4j-{VERSION}" / "lib"
        if not any(folder.glob("neo4j-5*.jar")):
            need("Neo4j", "run .ci/neo4j (123 MB by Maven, once)")
        return f"{folder}/*"
