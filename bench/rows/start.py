"""From the command to the first answer, on an installed tree; and memory beside a bare page."""

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.harness.bare import as_template
from bench.harness.firm import SANDBOX, bench_firm
from bench.harness.load import ROOT
from bench.harness.servers import Server, free_port, granian, resident_mib, running, wait_for
from bench.harness.table import Table

ROUNDS = 3
GOAL_SECONDS = 2.0
GOAL_MEMORY = 1.5


def _started(var: Path) -> tuple[float, float]:
    """Seconds until `app.py` answers, and the web process's memory then, in MiB."""
    port = free_port()
    environ = {"RETAINER_VAR": str(var), "PORT": str(port)}
    began = time.monotonic()
    with running([sys.executable, str(ROOT / "app.py")], environ) as process:
        wait_for(port, "/healthz", process)
        return time.monotonic() - began, resident_mib(process.pid)


def _memory(table: Table) -> None:
    with bench_firm() as firm, granian("product", firm.given(**SANDBOX)) as product:
        page = product.page(f"/pay/{firm.link_token}")
        given = {"database": firm.environ["DATABASE_URL"], "page": as_template(page, {})}
        with granian("bare_page", given) as bare:
            servers: dict[str, Server] = {"R": bare, "product": product}
            for server in servers.values():
                for _ in range(20):
                    server.page(f"/pay/{firm.link_token}")
            used = {name: server.memory_mib() for name, server in servers.items()}
    for name, mib in used.items():
        table.note(f"memory under the same server, {name}", f"{mib:.0f} MiB")
    table.at_most("memory: of R's", used["product"] / used["R"], GOAL_MEMORY)


def main() -> None:
    """Measure and print."""
    table = Table("Start")
    # A folder outside the tree: a `.env` of this machine must not decide what is started.
    os.environ.pop("DATABASE_URL", None)
    with tempfile.TemporaryDirectory(prefix="retainer-bench-") as folder:
        first, _ = _started(Path(folder))
        again = [_started(Path(folder)) for _ in range(ROUNDS)]
    table.note("first start, which makes the demo firm", f"{first:.1f} s")
    table.at_most("seconds to the first answer", median(s for s, _ in again), GOAL_SECONDS)
    table.note("web process of `app.py`", f"{median(mib for _, mib in again):.0f} MiB")
    _memory(table)
    table.show()


if __name__ == "__main__":
    main()
