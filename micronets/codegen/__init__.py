"""The compiler: from a Keras model to one C++ header."""
