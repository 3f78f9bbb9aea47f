"""What a model was given for an answer: its parts, its text, its ids."""
