"""Speed, memory and endurance, measured by hand; see README.md beside this file."""
