"""The program's place on the computer: its folders, its desktop id, its log files, the display."""
