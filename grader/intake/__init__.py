"""From folders and archives to submissions; from a student's cells to the lab's slots."""
