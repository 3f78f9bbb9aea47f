"""What the person has set."""
