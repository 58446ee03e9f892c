"""Errors that curator raises on purpose; a caller's mistake is a plain ``ValueError`` or ``TypeError`` instead.

CuratorError
|-- ReadError       an input cannot be read, or is not what it claims to be
|   `-- MissingError  no input that was named exists
|-- SettingsError   a configuration file, variable or flag has a wrong value
|-- PhraseError     a TOML file of phrases or site rules is malformed
|-- OutputError     what is to be written stands in the way of something, or has no place
|-- StoreError      the corpus file is damaged, locked, or from another version
`-- EngineError     what a cluster run needs is missing, or its output cannot be written
"""


class CuratorError(Exception):
    """Base of all errors whose message is meant for the user: what was found, what was expected, what to do."""


class ReadError(CuratorError):
    """An input cannot be read, or is not what it claims to be."""


class MissingError(ReadError):
    """None of the files, folders and patterns that were named exists: nothing was done."""


class SettingsError(CuratorError):
    """A configuration file, environment variable or flag has a wrong value."""


class PhraseError(CuratorError):
    """A TOML file of phrases or site rules is malformed."""


class OutputError(CuratorError):
    """An output is there already, is of the wrong sort, or has no folder to stand in."""


class StoreError(CuratorError):
    """The corpus file is damaged, locked, or was written by another version."""


class EngineError(CuratorError):
    """What a cluster run needs (pyarrow, Spark, Java) is missing, or its output is there already or incomplete."""
