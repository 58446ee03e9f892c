"""Our pages, one module each: from a request to the rows that a template shows."""
