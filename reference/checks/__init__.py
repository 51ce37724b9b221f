"""The checks of this lab, one module per group of tasks."""
