"""What is seen: Qt widgets that show and forward. Of the engine they know only its plain data."""
