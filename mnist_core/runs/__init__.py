"""What is known of runs and data sets, and where they are kept: MLflow."""
