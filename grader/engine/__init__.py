"""Runs notebooks: the Engine protocol, fresh kernels behind the wall, replay of stored runs."""
