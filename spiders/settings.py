"""Scrapy's settings: polite, safe, and nothing that listens. `scrapy crawl` and `scrapy shell` see them, too."""

from .specs import user_agent

_HERE = __package__

BOT_NAME = "curator"
SPIDER_MODULES = [f"{_HERE}.{name}" for name in ("news", "sitemap", "feed", "list")]
NEWSPIDER_MODULE = _HERE
USER_AGENT = user_agent(None)

# The queue, the process that stores, and the way between them.
SCHEDULER = f"{_HERE}.frontier.Frontier"
ITEM_PIPELINES = {f"{_HERE}.pipelines.StoreVisits": 100}
CURATOR_CHANNEL = 0
CURATOR_WINDOW = 20_000  # links in memory; more wait in the file, and are read when fewer than a tenth are left
CURATOR_DB = ""  # that of curator.toml, or the default

# Polite: one connection a host, and no faster than the host is.
CONCURRENT_REQUESTS = 64
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0.0  # it would shorten some delays
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 1.0
AUTOTHROTTLE_MAX_DELAY = 60.0
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0
ROBOTSTXT_OBEY = False  # RobotsMiddleware below does it, and fails closed
RETRY_TIMES = 3
RETRY_HTTP_CODES = [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 524]
RETRY_GIVE_UP_LOG_LEVEL = "INFO"
CURATOR_BACKOFF_S = 5.0
DEFAULT_REQUEST_HEADERS = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,text/plain;q=0.8,*/*;q=0.1"}

# Safe: public addresses only, limits on size and time, nothing remembered between requests.
CURATOR_ALLOW_HOSTS: list[str] = []
TWISTED_DNS_RESOLVER = f"{_HERE}.safety.PublicResolver"
DOWNLOAD_HANDLERS = {"data": None, "file": None, "ftp": None, "s3": None}
DOWNLOAD_VERIFY_CERTIFICATES = True  # Scrapy takes any by default
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 60.0  # for the whole answer, however slowly it drips
COOKIES_ENABLED = False
HTTPPROXY_ENABLED = False  # a proxy would resolve names where they cannot be checked
REFERER_ENABLED = True
METAREFRESH_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False  # it would open a server that runs Python

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    f"{_HERE}.robots.RobotsMiddleware": 100,
    f"{_HERE}.backoff.BackoffMiddleware": 550,
    f"{_HERE}.safety.SafetyMiddleware": 800,
    f"{_HERE}.wire.WireMiddleware": 900,
}

LOG_LEVEL = "INFO"
LOGSTATS_INTERVAL = 60.0
