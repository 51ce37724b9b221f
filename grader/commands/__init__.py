"""The commands, a module for each of their users' tasks; ``grader.cli`` registers them."""
