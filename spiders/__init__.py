"""Scrapy spiders: they fetch and store raw documents, nothing else."""
