"""The coach: what a run's curves say is wrong with it, why, and which settings to change.

Few plain rules, each with one remedy. The thresholds come from some 120 small runs: dense and convolutional
networks of several depths, activations, optimizers and rates, on 1,000 to 10,000 digits, for 3 to 50 epochs.
`benchmarks/coach.py` measures what following the advice does.
"""
