"""What several rooms of the window are made of."""
