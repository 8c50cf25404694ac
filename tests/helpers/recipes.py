"""Recipes small enough to train, export and run in seconds."""

TINY = """
name = "tiny"
seed = 3

[net]
kind = "mfbm-net"
fine = 8
middle = 8
coarse = 8
layers = 1
heads = 2

[stream]
kind = "mfbm"
points = 1024

[stream.lengths]
64 = 1.0
100 = 1.0

[loss]
kind = "hurst-by-family"
quantiles = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]

[schedule]
steps = 12
rate = 3e-3
warmup = 4
looks = 2
cooldown = 0.25
average = 0.8
"""
TINY_CNN = """
name = "tiny-cnn"
seed = 3

[net]
kind = "mfbm-cnn"
widths = [8, 8, 8, 8]
blocks = [1, 1, 1]

[stream]
kind = "mfbm-paper"
signals = 2

[stream.lengths]
48 = 1.0

[loss]
kind = "mean-squared"

[schedule]
steps = 6
warmup = 1
looks = 2
average = 0.0
half = false

[schedule.plateau]
every = 2
patience = 1
factor = 0.3
stop = 9
"""
