"""Attacks on the walls around a student's code, each a test."""
