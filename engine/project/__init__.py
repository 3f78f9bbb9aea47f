"""A dropped folder: scan, gate, outline, ranking, packing to a budget."""
