"""Inside a trained model, in NumPy: what its layers answer, and what they do without a part of them."""
