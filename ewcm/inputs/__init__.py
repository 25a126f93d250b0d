"""The inputs of one country: where they are, what is said of them, and how they are read."""
