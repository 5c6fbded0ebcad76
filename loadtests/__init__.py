"""Traffic against running services, and how its answers are checked and its figures are told."""
