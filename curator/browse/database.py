"""A corpus file as Datasette holds it."""

from __future__ import annotations

from typing import Any

from datasette.database import Database, QueryInterrupted

from curator.browse.quicker import quicker
from curator.browse.scanned import with_scanned

#: To count the rows of these, SQLite reads all their texts and bytes: they have no smaller index.
_UNCOUNTED = frozenset({"article_texts", "raws", "pages", "signatures", "segment_blocks", "page_lines"})


class CorpusDatabase(Database):  # type: ignore[misc]
    """A corpus whose lists and counts open without reading it all (7 s at 500,000 articles on a cold disk)."""

    async def execute(self, sql: str, params: Any = None, *more: Any, **options: Any) -> Any:  # noqa: ANN401 - as Datasette has it
        """Return the rows of a statement, asked in the quickest way that is known, of a search the whole."""
        sql, params = with_scanned(sql, params)
        return await super().execute(quicker(sql), params, *more, **options)

    async def table_counts(self, limit: int = 10) -> dict[str, int | None]:
        """Return the number of rows of each table; None for one that is costly to count.

        ``limit`` is not used: SQLite counts an index in one step, which no time limit interrupts.
        """
        counts: dict[str, int | None] = {}
        for table in await self.table_names():
            costly = table in _UNCOUNTED or table.startswith("articles_fts")
            counts[table] = None if costly else await self._count(table)
        return counts

    async def _count(self, table: str) -> int | None:
        try:
            return int((await self.execute(f'select count(*) from "{table}"')).single_value())
        except QueryInterrupted:
            return None
