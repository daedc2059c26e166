"""Many runs in search of the best settings."""
