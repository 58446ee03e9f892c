"""Article text -> shingles -> MinHash signatures, bit-identical to ``datasketch.MinHash``."""
