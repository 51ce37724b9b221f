"""Evidence: probed in the kernel, collected as hostile data, stored under its hash."""
