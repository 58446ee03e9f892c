"""Article text -> shingles -> MinHash signatures, bit-identical to ``datasketch.MinHash``."""

from curator.signature.minhash import Signatures, from_bytes, from_datasketch, sign, to_datasketch, to_rows
from curator.signature.scheme import Scheme

__all__ = ["Scheme", "Signatures", "from_bytes", "from_datasketch", "sign", "to_datasketch", "to_rows"]
