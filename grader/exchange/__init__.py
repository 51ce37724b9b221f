"""What leaves the instructor's desk: the released notebooks, the student kit, exports."""
