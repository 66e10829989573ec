"""gdlib: gradient descent, small enough to read. The library of the book Downhill."""
