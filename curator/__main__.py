"""``python -m curator`` is the command ``curator``."""

from __future__ import annotations

from curator.cli import main

if __name__ == "__main__":
    main(prog_name="curator")
