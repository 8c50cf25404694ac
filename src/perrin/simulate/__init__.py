"""From truth to Tracks."""
