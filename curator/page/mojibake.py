"""Text that was decoded wrongly once before -> repaired text, with a record of every change."""

from __future__ import annotations

import ftfy
from ftfy.badness import is_bad
from ftfy.chardata import UTF8_DETECTOR_RE

from curator.model import Repair

#: Only what encodes to bytes that are UTF-8 as they stand: nothing lost is guessed at.
_PROVEN = ftfy.TextFixerConfig(restore_byte_a0=False, replace_lossy_sequences=False, fix_c1_controls=False)


def repair(text: str) -> tuple[str, tuple[Repair, ...]]:
    """Return text without mojibake, and what stood in the place of each repaired stretch.

    Proven means: the stretch is UTF-8 read as another encoding, byte for byte, and such stretches outnumber the
    letters beyond ASCII that are right. So an article that quotes mojibake keeps its quotes.

    >>> repair("fÃ¼r KÃ¶ln")
    ('für Köln', (Repair(start=1, end=2, original='Ã¼'), Repair(start=5, end=6, original='Ã¶')))
    >>> repair("„für“ wird zu „fÃ¼r“")[1]
    ()
    """
    # The detector first: it is four times as fast, and hardly a text without mojibake passes it.
    if text.isascii() or not UTF8_DETECTOR_RE.search(text) or not is_bad(text):
        return text, ()
    pieces: list[str] = []
    repairs: list[Repair] = []
    last = length = n_broken = 0
    for found in UTF8_DETECTOR_RE.finditer(text):
        original = found.group()
        fixed = ftfy.fix_encoding(original, _PROVEN) if is_bad(original) else original
        # A line separator must not come to stand inside a line: its number and hints hold for one line.
        if fixed == original or fixed.splitlines() != [fixed]:
            continue
        length += found.start() - last
        pieces += [text[last : found.start()], fixed]
        repairs.append(Repair(length, length + len(fixed), original))
        length += len(fixed)
        last = found.end()
        n_broken += sum(map(str.isalpha, original))
    n_beyond = sum(char > "\x7f" and char.isalpha() for char in text)
    if len(repairs) <= n_beyond - n_broken:
        return text, ()
    return "".join(pieces) + text[last:], tuple(repairs)
