"""From observations to findings."""
