"""Chat turns and infilling, built as token ids; control ids are spliced in by id."""
