"""Digit Lab without its pages: everything here runs with no web server."""

import os

# TensorFlow has faster convolutions, oneDNN's, and leaves them off on processors without AVX-512.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
