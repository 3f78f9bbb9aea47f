"""What the program finds and leaves on the computer: its folders, its name there, its log files, a display."""
