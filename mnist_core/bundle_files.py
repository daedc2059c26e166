"""What is in the zip of a run, beside its model: written by `take_home`, read by `uploads`."""

from __future__ import annotations

CONFIG_FILE, METRICS_FILE, STORY_FILE, README_FILE = "config.json", "metrics.csv", "story.json", "README.md"

METRICS = ("loss", "accuracy", "val_loss", "val_accuracy", "seconds", "learning_rate", "batch_loss", "batch_accuracy")
