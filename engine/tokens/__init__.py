"""SentencePiece encoding, incremental detokenizing, per-line counting."""
