"""What holds for every test, and a small corpus for those of the pages.

No limit of time decides a test: where one is needed, only what hangs meets it. Hypothesis takes the same examples each
time; `--hypothesis-profile=explore` lets it look for others.
"""

import signal
import sys

import pytest
from hypothesis import HealthCheck, settings

# A shell that runs tests in the background makes them, and all that they start, deaf to Ctrl-C; some press it.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("same", settings.get_profile("explore"), derandomize=True)
settings.load_profile("same")


@pytest.fixture(scope="session", autouse=True)
def patience():
    """Have nothing in this process said, left out or given up because the machine is slow."""
    patch = pytest.MonkeyPatch()
    # Only where a test has imported them: they are slow to load.
    if (server := sys.modules.get("curator.browse.server")) is not None:
        limits = {"facet_time_limit_ms": 600_000, "sql_time_limit_ms": 600_000}
        patch.setattr(server, "_SETTINGS", server._SETTINGS | limits)
        patch.setattr(server, "_PUBLIC_SETTINGS", server._PUBLIC_SETTINGS | {"sql_time_limit_ms": 600_000})
    if (progress := sys.modules.get("curator.cli.progress")) is not None:
        patch.setattr(progress, "_EVERY_S", 86_400.0)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return the path of a small corpus."""
    # Imported here: most tests need neither corpora nor Datasette, which are slow to load.
    import browse_corpus

    return browse_corpus.make_corpus(tmp_path_factory.mktemp("corpus") / "small.db", browse_corpus.small())


@pytest.fixture(scope="module")
def ask(small):
    """Return a function from an address to the answer of a real Datasette over the small corpus."""
    import browse_corpus

    from curator.browse.server import open_datasette

    return browse_corpus.asker(open_datasette(small))
