"""Every trial, in the order in which they are run."""

from loadtests.chaos import counting_scans, failing_static, random_kills, reloading

TRIALS = (*failing_static.TRIALS, *random_kills.TRIALS, *counting_scans.TRIALS, *reloading.TRIALS)
