"""What holds for every test, and a small corpus for those of the pages."""

import signal

import pytest

# A shell that runs tests in the background makes them, and all that they start, deaf to Ctrl-C; some press it.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
